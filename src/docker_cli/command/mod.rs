//! What a command line asks for.

mod table;

use std::fmt::Write;

use super::client::{Client, is_older};
use super::failure::Failure;
use super::flag::{self, Flag, Parsed};
use super::{container, image, network, system};
use table::{Arity, Command, Deed, ELSEWHERE, ELSEWHERE_IN_GROUPS, GLOBAL, GROUPS, IN_NO_LAB, ONLY_OF_CLI, commands};

/// What a command line asks for.
pub(super) enum Request {
    /// Run a command against the engine.
    Run(Invocation),
    /// Say something and end: help, the version.
    Say {
        /// The text, with its line ends.
        text: String,
        /// On standard error instead of standard output.
        to_error: bool,
        /// Exit status.
        status: i32,
    },
}

/// Why a command line was not understood.
pub(super) struct Reproach {
    /// For standard error.
    pub text: String,
    /// Exit status.
    pub status: i32,
}

/// A command with its arguments read.
pub(super) struct Invocation {
    deed: Deed,
    flags: &'static [Flag],
    parsed: Parsed,
    host: Option<String>,
}

impl Invocation {
    /// The engine that `-H` named.
    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Carries it out; the exit status.
    pub(super) async fn perform(self, mut client: Client) -> Result<i32, Failure> {
        client.negotiate().await;
        let parsed = &self.parsed;
        self.check_versions(&client)?;
        match self.deed {
            Deed::Run => container::run::run(&client, parsed).await,
            Deed::Create => container::create::run(&client, parsed).await,
            Deed::Attach => container::attach::run(&client, parsed).await,
            Deed::Exec => container::exec::run(&client, parsed).await,
            Deed::Start => container::start::run(&client, parsed).await,
            Deed::Stop => container::lifecycle::stop(&client, parsed).await,
            Deed::Restart => container::lifecycle::restart(&client, parsed).await,
            Deed::Kill => container::lifecycle::kill(&client, parsed).await,
            Deed::Pause => container::lifecycle::pause(&client, parsed).await,
            Deed::Unpause => container::lifecycle::unpause(&client, parsed).await,
            Deed::Rm => container::lifecycle::remove(&client, parsed).await,
            Deed::Rename => container::lifecycle::rename(&client, parsed).await,
            Deed::Wait => container::lifecycle::wait(&client, parsed).await,
            Deed::Logs => container::logs::show(&client, parsed).await,
            Deed::Top => container::top::show(&client, parsed).await,
            Deed::Port => container::port::show(&client, parsed).await,
            Deed::Ps => container::ps::list(&client, parsed).await,
            Deed::ContainerInspect => system::inspect::one_kind(&client, parsed, "container").await,
            Deed::ContainerPrune => container::prune::prune(&client, parsed).await,
            Deed::VolumeInspect => system::inspect::one_kind(&client, parsed, "volume").await,
            Deed::PluginInspect => system::inspect::one_kind(&client, parsed, "plugin").await,
            Deed::History => image::history::history(&client, parsed).await,
            Deed::Images => image::list::list(&client, parsed).await,
            Deed::Pull => image::pull::pull(&client, parsed).await,
            Deed::Import => image::import(&client, parsed).await,
            Deed::Tag => image::remove::tag(&client, parsed).await,
            Deed::Rmi => image::remove::remove(&client, parsed).await,
            Deed::ImageInspect => system::inspect::one_kind(&client, parsed, "image").await,
            Deed::ImagePrune => image::remove::prune(&client, parsed).await,
            Deed::NetworkCreate => network::create(&client, parsed).await,
            Deed::NetworkLs => network::list(&client, parsed).await,
            Deed::NetworkInspect => system::inspect::one_kind(&client, parsed, "network").await,
            Deed::NetworkRm => network::remove(&client, parsed).await,
            Deed::NetworkConnect => network::connect::connect(&client, parsed).await,
            Deed::NetworkDisconnect => network::connect::disconnect(&client, parsed).await,
            Deed::NetworkPrune => network::connect::prune(&client, parsed).await,
            Deed::Inspect => system::inspect::any(&client, parsed).await,
            Deed::Events => system::events::follow(&client, parsed).await,
            Deed::Version => system::version(&client, parsed).await,
            Deed::Info => system::info(&client, parsed).await,
            Deed::SystemPrune => system::prune::prune(&client, parsed).await,
        }
    }

    /// Refuses what the engine is too old for.
    fn check_versions(&self, client: &Client) -> Result<(), Failure> {
        for flag in self.flags {
            if let Some(since) = flag.since
                && self.parsed.last(flag.name).is_some()
                && is_older(client.version(), since)
            {
                return Err(Failure::said(format!(
                    "\"--{}\" requires API version {since}, but the Docker daemon API version is {}",
                    flag.name,
                    client.version()
                )));
            }
        }
        Ok(())
    }
}

/// Reads what follows `docker`.
pub(super) fn read(args: &[String]) -> Result<Request, Reproach> {
    let global = flag::parse(GLOBAL, args, false)
        .map_err(|reason| flag_reproach(&reason, "docker", "docker [OPTIONS] COMMAND [ARG...]"))?;
    if let Some(level) = global.last("log-level").filter(|level| !is_log_level(level)) {
        let text = format!("Unable to parse logging level: {level}");
        return Err(Reproach { text, status: 1 });
    }
    if global.on("version") {
        return Ok(Request::Say {
            text: system::one_line_version(),
            to_error: false,
            status: 0,
        });
    }
    let words = &global.operands;
    let Some(first) = words.first().filter(|_| !global.help) else {
        return Ok(Request::Say {
            text: overview(),
            to_error: !global.help,
            status: 0,
        });
    };
    if first == "help" {
        return help(&words[1..]);
    }
    let host = host(&global).map_err(|text| Reproach { text, status: 1 })?;
    if let Some((command, shown, taken)) = find(words) {
        return read_command(command, shown, &words[taken..], host);
    }
    if let Some((group, about)) = GROUPS.iter().find(|(group, _)| group == first) {
        return read_group(group, about, &words[1..]);
    }
    Err(unknown(first, ELSEWHERE))
}

/// As logrus has them, whose words the CLI takes.
fn is_log_level(level: &str) -> bool {
    let known = [
        "", "trace", "debug", "info", "warn", "warning", "error", "fatal", "panic",
    ];
    known.iter().any(|name| level.eq_ignore_ascii_case(name))
}

/// The engine that the options before the command name.
fn host(global: &Parsed) -> Result<Option<String>, String> {
    if let Some(given) = ["tls", "tlsverify"].into_iter().find(|name| global.on(name)) {
        return Err(format!(
            "--{given} is not built in cnm's docker: it speaks to unix sockets and to plain TCP"
        ));
    }
    let hosts: Vec<&str> = global.all("host").collect();
    let context = global.last("context").filter(|context| !context.is_empty());
    match (hosts.as_slice(), context) {
        ([], None | Some("default")) => Ok(None),
        ([], Some(context)) => Err(format!(
            "context \"{context}\": context not found: cnm's docker has none but \"default\""
        )),
        (_, Some(_)) => Err("conflicting options: cannot specify both --host and --context".into()),
        ([host], None) => Ok(Some((*host).to_owned())),
        (_, None) => Err("specify only one -H".into()),
    }
}

/// The command whose name the words begin with, its shown name, and how many words the name takes.
fn find(words: &[String]) -> Option<(&'static Command, &'static str, usize)> {
    commands().find_map(|command| {
        command.names.iter().find_map(|(typed, shown)| {
            let parts: Vec<&str> = typed.split(' ').collect();
            let matches = words.len() >= parts.len() && parts.iter().zip(words).all(|(part, word)| part == word);
            matches.then_some((command, *shown, parts.len()))
        })
    })
}

fn read_command(
    command: &'static Command,
    shown: &str,
    args: &[String],
    host: Option<String>,
) -> Result<Request, Reproach> {
    // What follows an image or a container there belongs to another command.
    let interspersed = !matches!(
        command.deed,
        Deed::Run | Deed::Create | Deed::Exec | Deed::Top | Deed::Tag
    );
    let full = format!("docker {shown}");
    let usage = command.usage_line(shown);
    let parsed =
        flag::parse(command.flags, args, interspersed).map_err(|reason| flag_reproach(&reason, &full, &usage))?;
    for note in &parsed.notes {
        super::complain(note);
    }
    if parsed.help {
        if parsed.help_by_letter {
            super::complain("Flag shorthand -h has been deprecated, use --help");
        }
        return Ok(Request::Say {
            text: command_help(command, shown),
            to_error: false,
            status: 0,
        });
    }
    if let Some(reason) = command.arity.reproach(parsed.operands.len()) {
        let verb = match command.arity {
            Arity::AtLeast(_) => "See",
            // As Docker's CLI has it, slip of the pen included.
            Arity::AtMost(_) => "SRun",
            _ => "Run",
        };
        let text =
            format!("docker: '{full}' {reason}\n\nUsage:  {usage}\n\n{verb} '{full} --help' for more information");
        return Err(Reproach { text, status: 1 });
    }
    if matches!(command.deed, Deed::Run | Deed::Create)
        && let Some(name) = parsed.names().find(|name| container::flags::is_absent(name))
    {
        let reason = unbuilt(&format!("--{name}"), container::flags::is_only_of_cli(name));
        let text = format!("docker: {reason}\n\nRun '{full} --help' for more information");
        return Err(Reproach { text, status: 125 });
    }
    Ok(Request::Run(Invocation {
        deed: command.deed,
        flags: command.flags,
        parsed,
        host,
    }))
}

fn read_group(group: &str, about: &str, words: &[String]) -> Result<Request, Reproach> {
    let asks = |word: &String| word == "--help" || word == "-h";
    let Some(word) = words.first().filter(|word| !asks(word)) else {
        return Ok(Request::Say {
            text: group_help(group, about),
            to_error: words.is_empty(),
            status: 0,
        });
    };
    let full = format!("docker {group}");
    if word.starts_with('-') {
        let reason = flag::parse(&[], words, false).err().unwrap_or_default();
        return Err(flag_reproach(&reason, &full, &full));
    }
    let elsewhere = ELSEWHERE_IN_GROUPS
        .iter()
        .find(|(name, _)| *name == group)
        .map_or(&[][..], |(_, names)| names);
    if elsewhere.contains(&word.as_str()) {
        return Err(unknown(&format!("{group} {word}"), &[&format!("{group} {word}")]));
    }
    let text =
        format!("docker: unknown command: {full} {word}\n\nUsage:  {full}\n\nRun '{full} --help' for more information");
    Err(Reproach { text, status: 1 })
}

fn help(words: &[String]) -> Result<Request, Reproach> {
    let text = match (find(words), words.first()) {
        (Some((command, shown, _)), _) => command_help(command, shown),
        (None, None) => overview(),
        (None, Some(word)) => match GROUPS.iter().find(|(group, _)| group == word) {
            Some((group, about)) => group_help(group, about),
            None => return Err(unknown(word, ELSEWHERE)),
        },
    };
    Ok(Request::Say {
        text,
        to_error: false,
        status: 0,
    })
}

fn unknown(name: &str, elsewhere: &[&str]) -> Reproach {
    let text = if elsewhere.contains(&name) {
        let reason = unbuilt(&format!("'docker {name}'"), ONLY_OF_CLI.contains(&name));
        format!("docker: {reason}")
    } else {
        format!("docker: unknown command: docker {name}\n\nRun 'docker --help' for more information")
    };
    Reproach { text, status: 1 }
}

/// What is not here, and whether another CLI helps: not where our engine lacks it as well.
fn unbuilt(what: &str, only_of_cli: bool) -> String {
    if only_of_cli {
        format!("{what} is not built yet in cnm's docker: the real docker CLI has it, and works with this engine")
    } else {
        format!(
            "{what} is not built yet in cnm's docker, nor in the engine of cnm's labs: it takes the real docker CLI and a Docker Engine"
        )
    }
}

fn flag_reproach(reason: &str, full: &str, usage: &str) -> Reproach {
    Reproach {
        text: format!("{reason}\n\nUsage:  {usage}\n\nRun '{full} --help' for more information"),
        status: 125,
    }
}

fn command_help(command: &Command, shown: &str) -> String {
    let mut text = format!("Usage:  {}\n\n{}\n", command.usage_line(shown), command.about);
    if !command.aliases.is_empty() {
        let _ = writeln!(text, "\nAliases:\n  {}", command.aliases);
    }
    let options = flag::describe(command.flags);
    if !options.is_empty() {
        text.push_str("\nOptions:\n");
        text.push_str(&options);
    }
    text
}

fn group_help(group: &str, about: &str) -> String {
    let prefix = format!("{group} ");
    let mut lines: Vec<(&str, &str)> = commands()
        .filter_map(|command| {
            let (_, shown) = command.names.iter().find(|(typed, _)| typed.starts_with(&prefix))?;
            Some((shown.strip_prefix(&prefix)?, command.about))
        })
        .filter(|(name, _)| !IN_NO_LAB.contains(name))
        .collect();
    lines.sort_unstable();
    let body = listing(&lines);
    format!(
        "Usage:  docker {group} COMMAND\n\n{about}\n\nCommands:\n{body}\nRun 'docker {group} COMMAND --help' for more information on a command.\n"
    )
}

fn overview() -> String {
    let mut lines: Vec<(&str, &str)> = commands()
        .filter_map(|command| {
            let (typed, _) = command.names.iter().find(|(typed, _)| !typed.contains(' '))?;
            Some((*typed, command.about))
        })
        .filter(|(name, _)| !IN_NO_LAB.contains(name))
        .collect();
    lines.sort_unstable();
    let groups: Vec<_> = GROUPS
        .iter()
        .filter(|(name, _)| !IN_NO_LAB.contains(name))
        .copied()
        .collect();
    format!(
        "Usage:  docker [OPTIONS] COMMAND\n\nA docker look-alike for cnm's labs\n\nManagement Commands:\n{}\nCommands:\n{}\n\
         Run 'docker COMMAND --help' for more information on a command.\n",
        listing(&groups),
        listing(&lines)
    )
}

fn listing(lines: &[(&str, &str)]) -> String {
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(9);
    let mut text = String::new();
    for (name, about) in lines {
        let _ = writeln!(text, "  {name:width$}   {about}");
    }
    text
}
