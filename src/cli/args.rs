//! Flags and commands.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::settings::Settings;
use crate::texts::Lang;

/// Learn Docker's Container Network Model by doing: a live picture, a real shell, a rootless engine.
#[derive(Debug, Parser)]
#[command(name = "cnm", version, disable_help_subcommand = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; nothing opens the lesson where one left off.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Which engine: auto (the built-in one, else Docker), builtin, docker or docker=HOST (`unix://PATH`, `tcp://HOST:PORT`).
    #[arg(long, global = true, default_value = "auto", value_name = "BACKEND")]
    pub backend: BackendChoice,
    /// Docker Engine version whose behaviour the built-in engine has.
    #[arg(long, global = true, value_enum, default_value_t = EraChoice::E28, value_name = "ERA")]
    pub era: EraChoice,
    /// Language of every text: fr or en; else that of the settings, else the locale's.
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Where the console runs: among your own files, or in a root file system of its own.
    #[arg(long, global = true, value_enum, value_name = "PLACE")]
    pub console: Option<ConsoleChoice>,
    /// The workshop in plain text, line by line: for screen readers, dumb terminals and scripts.
    #[arg(long, global = true)]
    pub plain: bool,
    /// Draw with ASCII characters only.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Numbered arrows instead of animation.
    #[arg(long, global = true)]
    pub no_motion: bool,
    /// Write a log to FILE.
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// What the person's settings file says; the flags above win over it.
    #[arg(skip)]
    pub settings: Settings,
}

/// Which engine to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendChoice {
    /// The built-in engine where it can run, else Docker.
    Auto,
    /// The built-in engine.
    Builtin,
    /// A Docker Engine: the default one, or the one named.
    Docker(Option<String>),
}

impl std::str::FromStr for BackendChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "auto" => Ok(Self::Auto),
            None if text == "builtin" => Ok(Self::Builtin),
            None if text == "docker" => Ok(Self::Docker(None)),
            Some(("docker", host)) if !host.is_empty() => Ok(Self::Docker(Some(host.to_owned()))),
            _ => Err("expected auto, builtin, docker or docker=HOST".to_owned()),
        }
    }
}

/// Docker Engine versions that can be imitated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EraChoice {
    /// Engine 20.10, API 1.41.
    #[value(name = "20.10")]
    E20_10,
    /// Engine 28, API 1.51.
    #[value(name = "28")]
    E28,
}

/// Where the console runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConsoleChoice {
    /// Your own files and tools, in the lab host's namespaces.
    Real,
    /// A self-contained root file system.
    Sandbox,
}

/// What `cnm` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Workshop: the lesson, step by step.
    Learn {
        /// Lesson, or the folder of one of your own; absent means `cnm`.
        lesson: Option<String>,
        /// Step to open, by id.
        #[arg(long, value_name = "ID")]
        step: Option<String>,
    },
    /// Grade lessons or steps of them on a lab that runs. `cnm --check` is the same.
    Check(CheckArgs),
    /// Run the built-in engine: alone, or with a command in its console place.
    Lab {
        /// Where the API listens; absent means `$XDG_RUNTIME_DIR/cnm/lab.sock` (no file at all with a command).
        #[arg(long, value_name = "PATH", value_parser = OsStringValueParser::new().map(|text| socket(&text)))]
        socket: Option<PathBuf>,
        /// A command to run in the lab; the lab ends with it.
        #[arg(last = true, value_name = "CMD")]
        command: Vec<OsString>,
    },
    /// The `docker` command, for machines without one.
    #[command(disable_help_flag = true)]
    Docker {
        /// Arguments as `docker` takes them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
    /// For authors of lessons.
    #[command(subcommand)]
    Lessons(LessonsCommand),
    /// List what is ours on a Docker Engine and, after a yes, remove it. What others made there is never touched.
    Clean {
        /// Remove without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Say which engines can run here and, where one cannot, the cause and the remedy.
    Doctor {
        /// One JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// The keeper of a workshop on a Docker Engine, which the workshop starts.
    #[command(hide = true)]
    Keeper {
        /// Where the Engine is.
        host: String,
        /// Whose things it removes.
        run: String,
    },
    /// A guest tool, by name. For tests.
    #[command(hide = true, disable_help_flag = true)]
    Guest {
        /// Tool and arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
}

/// `cnm check`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CheckArgs {
    /// A lesson, by its id, its folder or its `lesson.yaml`, or one step, `lesson/step`. A lesson is graded by its end: what a later step undoes is not asked for.
    #[arg(required = true, value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Wait this long for the checks to pass (`500ms`, `20s`, `2m`, `1h`; a number alone is seconds).
    #[arg(long, value_name = "DUR", value_parser = duration)]
    pub wait: Option<Duration>,
    /// The lab to grade, by its socket (a path, or `unix://PATH` as `cnm lab` prints it); else `DOCKER_HOST` where one of our engines answers, else the default socket.
    #[arg(long, value_name = "SOCKET", value_parser = OsStringValueParser::new().map(|text| socket(&text)))]
    pub lab: Option<PathBuf>,
    /// Grade the solutions instead of a lab of yours: on a fresh lab each target's steps are solved in order, red before and green
    /// after.
    #[arg(long, conflicts_with_all = ["lab", "wait", "probe"])]
    pub solve: bool,
    /// Ask again from within the containers, by their own nslookup and ping, what passes by what the engine tells.
    #[arg(long)]
    pub probe: bool,
    /// Tell the commands that lead to what is asked for.
    #[arg(long)]
    pub solutions: bool,
    /// Report format: human or json.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: String,
}

/// As the contract of `cnm check` has them.
const EXIT_CODES: &str = "Exit status: 0 all pass, 1 some fail, 2 the command line makes no sense, 3 a lesson needs mending,\n\
4 no lab answers, 5 --wait ran out, 130 interrupted. With 2, 3 and 4 standard output stays empty.";

/// `cnm lessons`.
#[derive(Debug, Subcommand)]
pub enum LessonsCommand {
    /// The lessons that are built in.
    List,
    /// Write a small lesson to begin with: a question, a network, a container.
    New {
        /// A folder to be made; its name becomes the lesson's id.
        folder: PathBuf,
    },
    /// Read a lesson and say everything that is wrong with it.
    Lint {
        /// A lesson's folder; absent means all built-in ones.
        folder: Option<PathBuf>,
    },
    /// Try each step on a fresh lab: red before its solution, green after; say where it is not.
    Try {
        /// A lesson's folder; absent means all built-in ones.
        folder: Option<PathBuf>,
    },
}

/// A socket's path, with or without `unix://` before it.
fn socket(text: &OsStr) -> PathBuf {
    let path = text.to_str().and_then(|text| text.strip_prefix("unix://"));
    path.map_or_else(|| PathBuf::from(text), PathBuf::from)
}

/// `500ms`, `20s`, `2m`, `1h`, or plain seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let refuse = || format!("`{text}` is no duration: write 500ms, 20s, 2m or 1h (a number alone is seconds)");
    let number: u64 = number.parse().map_err(|_| refuse())?;
    let seconds = |factor: u64| number.checked_mul(factor).map(Duration::from_secs).ok_or_else(refuse);
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "" | "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        _ => Err(refuse()),
    }
}

/// Reads the command line. `--check` in the place of a command is the command `check`.
///
/// # Errors
/// Help, version, or what was wrong; print it and exit with its code (2 for usage).
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    if let Some(at) = place_of_command(&args)
        && args[at] == "--check"
    {
        args[at] = "check".into();
    }
    Cli::try_parse_from(args)
}

/// Where the command stands, or would: behind the options that hold for every command, and their values.
fn place_of_command(args: &[OsString]) -> Option<usize> {
    let cli = Cli::command();
    let takes_value = |word: &str| {
        let named = |arg: &&clap::Arg| word.strip_prefix("--") == arg.get_long();
        cli.get_arguments()
            .find(named)
            .map(|arg| arg.get_action().takes_values())
    };
    let mut at = 1;
    loop {
        let word = args.get(at)?.to_string_lossy();
        let name = word.split_once('=').map_or(&*word, |(name, _)| name);
        match takes_value(name) {
            None => return Some(at),
            Some(true) if name == word => at += 2,
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cli(line: &str) -> Result<Cli, clap::Error> {
        parse(line.split(' ').map(OsString::from))
    }

    #[test]
    fn the_definition_holds_together() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_command_in_the_lab_keeps_its_flags() {
        let Some(Command::Lab { socket, command }) = cli("cnm lab -- sh -c x --lang").expect("it parses").command
        else {
            panic!("not a lab");
        };
        assert_eq!(socket, None);
        assert_eq!(command, ["sh", "-c", "x", "--lang"]);
    }

    #[test]
    fn docker_gets_its_arguments_untouched() {
        let Some(Command::Docker { args }) = cli("cnm docker run --rm -it alpine --help").expect("it parses").command
        else {
            panic!("not docker");
        };
        assert_eq!(args, ["run", "--rm", "-it", "alpine", "--help"]);
    }

    #[test]
    fn check_as_a_flag_is_the_command() {
        let Some(Command::Check(check)) = cli("cnm --check cnm/first --wait 2s").expect("it parses").command else {
            panic!("not check");
        };
        assert_eq!(check.targets, ["cnm/first"]);
        assert_eq!(check.wait, Some(Duration::from_secs(2)));
    }

    #[test]
    fn check_as_a_flag_may_follow_what_holds_for_every_command() {
        for line in [
            "cnm --lang en --check cnm",
            "cnm --plain --era=28 --check cnm",
            "cnm --check cnm --lang en",
        ] {
            let command = cli(line).expect(line).command;
            assert!(
                matches!(&command, Some(Command::Check(check)) if check.targets == ["cnm"]),
                "{line}: {command:?}"
            );
        }
        for line in ["cnm learn --check", "cnm -- --check", "cnm --lang --check cnm"] {
            assert!(cli(line).is_err(), "{line}");
        }
        let Some(Command::Docker { args }) = cli("cnm docker --check").expect("it parses").command else {
            panic!("not docker");
        };
        assert_eq!(args, ["--check"]);
    }

    #[test]
    fn a_socket_may_be_named_as_a_lab_prints_it() {
        for (typed, path) in [("unix:///x/two.sock", "/x/two.sock"), ("two.sock", "two.sock")] {
            let command = cli(&format!("cnm check cnm --lab {typed}")).expect("it parses").command;
            assert!(
                matches!(command, Some(Command::Check(check)) if check.lab == Some(path.into())),
                "{typed}"
            );
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("20s"), Ok(Duration::from_secs(20)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("3"), Ok(Duration::from_secs(3)));
        for wrong in ["", "s", "1d", "-3s", "99999999999999999999s", "18446744073709551615h"] {
            let refused = duration(wrong).expect_err(wrong);
            assert!(refused.contains("500ms, 20s, 2m or 1h"), "{refused}");
        }
    }

    #[test]
    fn backends() {
        assert_eq!(
            "docker=unix:///x".parse(),
            Ok(BackendChoice::Docker(Some("unix:///x".into())))
        );
        assert!("docker=".parse::<BackendChoice>().is_err());
        assert!("podman".parse::<BackendChoice>().is_err());
    }
}
