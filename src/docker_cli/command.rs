//! The commands: their names, flags and arity, and what a command line asks for.

use super::client::Client;
use super::failure::Failure;
use super::flag::{self, Flag, Parsed, Takes, switch, value, values};
use super::{containers, create, events, filter, images, inspect, logs, network, ps, run, system};

/// How many operands a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arity {
    None,
    Exactly(usize),
    AtLeast(usize),
    AtMost(usize),
}

impl Arity {
    /// The CLI's reproach, without the command it is about.
    fn reproach(self, given: usize) -> Option<String> {
        let arguments = |count: usize| {
            if count == 1 {
                "1 argument".to_owned()
            } else {
                format!("{count} arguments")
            }
        };
        match self {
            Self::None if given > 0 => Some("accepts no arguments".into()),
            Self::Exactly(count) if given != count => Some(format!("requires {}", arguments(count))),
            Self::AtLeast(count) if given < count => Some(format!("requires at least {}", arguments(count))),
            Self::AtMost(count) if given > count => Some(format!("requires at most {}", arguments(count))),
            _ => None,
        }
    }
}

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Run,
    Ps,
    Inspect,
    Rm,
    Stop,
    Kill,
    Logs,
    Images,
    Events,
    Version,
    Info,
    NetworkCreate,
    NetworkLs,
    NetworkInspect,
    NetworkRm,
}

/// One command under all its names.
struct Command {
    deed: Deed,
    /// What may be typed after `docker`, and the name the CLI then uses of it.
    names: &'static [(&'static str, &'static str)],
    usage: &'static str,
    about: &'static str,
    /// The line under `Aliases:`; empty for none.
    aliases: &'static str,
    arity: Arity,
    flags: &'static [Flag],
}

const FORMAT: &str = "Format output using a custom template:
'table':            Print output in table format with column headers (default)
'table TEMPLATE':   Print output in table format using the given Go template
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates";
const FORMAT_PLAIN: &str = "Format output using a custom template:
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates";

const FILTER: Flag = values("filter", "filter", "Filter output based on conditions provided")
    .letter('f')
    .checked(filter::check);

const COMMANDS: &[Command] = &[
    Command {
        deed: Deed::Run,
        names: &[("run", "run"), ("container run", "container run")],
        usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        about: "Create and run a new container from an image",
        aliases: "docker container run, docker run",
        arity: Arity::AtLeast(1),
        flags: create::FLAGS,
    },
    Command {
        deed: Deed::Ps,
        names: &[
            ("ps", "ps"),
            ("container ls", "container ls"),
            ("container list", "container ls"),
            ("container ps", "container ls"),
        ],
        usage: "[OPTIONS]",
        about: "List containers",
        aliases: "docker container ls, docker container list, docker container ps, docker ps",
        arity: Arity::None,
        flags: &[
            switch("all", "Show all containers (default shows just running)").letter('a'),
            FILTER,
            value("format", "string", FORMAT),
            value(
                "last",
                "int",
                "Show n last created containers (includes all states) (default -1)",
            )
            .letter('n'),
            switch("latest", "Show the latest created container (includes all states)").letter('l'),
            switch("no-trunc", "Don't truncate output"),
            switch("quiet", "Only display container IDs").letter('q'),
            switch("size", "Display total file sizes").letter('s'),
        ],
    },
    Command {
        deed: Deed::Inspect,
        names: &[("inspect", "inspect")],
        usage: "[OPTIONS] NAME|ID [NAME|ID...]",
        about: "Return low-level information on Docker objects",
        aliases: "",
        arity: Arity::AtLeast(1),
        flags: &[
            value("format", "string", FORMAT_PLAIN).letter('f'),
            switch("size", "Display total file sizes if the type is container").letter('s'),
            value("type", "string", "Only inspect objects of the given type"),
        ],
    },
    Command {
        deed: Deed::Rm,
        names: &[
            ("rm", "rm"),
            ("container rm", "container rm"),
            ("container remove", "container rm"),
        ],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        about: "Remove one or more containers",
        aliases: "docker container rm, docker container remove, docker rm",
        arity: Arity::AtLeast(1),
        flags: &[
            switch("force", "Force the removal of a running container (uses SIGKILL)").letter('f'),
            switch("link", "Remove the specified link").letter('l'),
            switch("volumes", "Remove anonymous volumes associated with the container").letter('v'),
        ],
    },
    Command {
        deed: Deed::Stop,
        names: &[("stop", "stop"), ("container stop", "container stop")],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        about: "Stop one or more running containers",
        aliases: "docker container stop, docker stop",
        arity: Arity::AtLeast(1),
        flags: &[
            value("signal", "string", "Signal to send to the container").letter('s'),
            value("timeout", "int", "Seconds to wait before killing the container").letter('t'),
            Flag::alias("time", "timeout", Takes::Value("int")),
        ],
    },
    Command {
        deed: Deed::Kill,
        names: &[("kill", "kill"), ("container kill", "container kill")],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        about: "Kill one or more running containers",
        aliases: "docker container kill, docker kill",
        arity: Arity::AtLeast(1),
        flags: &[value("signal", "string", "Signal to send to the container").letter('s')],
    },
    Command {
        deed: Deed::Logs,
        names: &[("logs", "logs"), ("container logs", "container logs")],
        usage: "[OPTIONS] CONTAINER",
        about: "Fetch the logs of a container",
        aliases: "docker container logs, docker logs",
        arity: Arity::Exactly(1),
        flags: &[
            switch("details", "Show extra details provided to logs"),
            switch("follow", "Follow log output").letter('f'),
            value(
                "since",
                "string",
                "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
            ),
            value(
                "tail",
                "string",
                "Number of lines to show from the end of the logs (default \"all\")",
            )
            .letter('n'),
            switch("timestamps", "Show timestamps").letter('t'),
            value(
                "until",
                "string",
                "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
            ),
        ],
    },
    Command {
        deed: Deed::Images,
        names: &[
            ("images", "images"),
            ("image ls", "image ls"),
            ("image list", "image ls"),
        ],
        usage: "[OPTIONS] [REPOSITORY[:TAG]]",
        about: "List images",
        aliases: "docker image ls, docker image list, docker images",
        arity: Arity::AtMost(1),
        flags: &[
            switch("all", "Show all images (default hides intermediate images)").letter('a'),
            switch("digests", "Show digests"),
            FILTER,
            value("format", "string", FORMAT),
            switch("no-trunc", "Don't truncate output"),
            switch("quiet", "Only show image IDs").letter('q'),
        ],
    },
    Command {
        deed: Deed::Events,
        names: &[("events", "events"), ("system events", "system events")],
        usage: "[OPTIONS]",
        about: "Get real time events from the server",
        aliases: "docker system events, docker events",
        arity: Arity::None,
        flags: &[
            FILTER,
            value("format", "string", FORMAT_PLAIN),
            value("since", "string", "Show all events created since timestamp"),
            value("until", "string", "Stream events until this timestamp"),
        ],
    },
    Command {
        deed: Deed::Version,
        names: &[("version", "version")],
        usage: "[OPTIONS]",
        about: "Show the Docker version information",
        aliases: "",
        arity: Arity::None,
        flags: &[value("format", "string", FORMAT_PLAIN).letter('f')],
    },
    Command {
        deed: Deed::Info,
        names: &[("info", "info"), ("system info", "system info")],
        usage: "[OPTIONS]",
        about: "Display system-wide information",
        aliases: "docker system info, docker info",
        arity: Arity::None,
        flags: &[value("format", "string", FORMAT_PLAIN).letter('f')],
    },
    Command {
        deed: Deed::NetworkCreate,
        names: &[("network create", "network create")],
        usage: "[OPTIONS] NETWORK",
        about: "Create a network",
        aliases: "",
        arity: Arity::Exactly(1),
        flags: network::CREATE_FLAGS,
    },
    Command {
        deed: Deed::NetworkLs,
        names: &[("network ls", "network ls"), ("network list", "network ls")],
        usage: "[OPTIONS]",
        about: "List networks",
        aliases: "docker network ls, docker network list",
        arity: Arity::None,
        flags: &[
            values("filter", "filter", "Provide filter values (e.g. \"driver=bridge\")")
                .letter('f')
                .checked(filter::check),
            value("format", "string", FORMAT),
            switch("no-trunc", "Do not truncate the output"),
            switch("quiet", "Only display network IDs").letter('q'),
        ],
    },
    Command {
        deed: Deed::NetworkInspect,
        names: &[("network inspect", "network inspect")],
        usage: "[OPTIONS] NETWORK [NETWORK...]",
        about: "Display detailed information on one or more networks",
        aliases: "",
        arity: Arity::AtLeast(1),
        flags: &[
            value("format", "string", FORMAT_PLAIN).letter('f'),
            switch("verbose", "Verbose output for diagnostics").letter('v'),
        ],
    },
    Command {
        deed: Deed::NetworkRm,
        names: &[("network rm", "network rm"), ("network remove", "network rm")],
        usage: "NETWORK [NETWORK...]",
        about: "Remove one or more networks",
        aliases: "docker network rm, docker network remove",
        arity: Arity::AtLeast(1),
        flags: &[switch("force", "Do not error if the network does not exist").letter('f')],
    },
];

/// Groups of commands, and what they are for.
const GROUPS: &[(&str, &str)] = &[
    ("container", "Manage containers"),
    ("image", "Manage images"),
    ("network", "Manage networks"),
    ("system", "Manage Docker"),
];

/// Commands of Docker's CLI that this one does not have.
const ELSEWHERE: &[&str] = &[
    "attach",
    "build",
    "builder",
    "buildx",
    "checkpoint",
    "commit",
    "compose",
    "config",
    "context",
    "cp",
    "create",
    "diff",
    "exec",
    "export",
    "history",
    "import",
    "load",
    "login",
    "logout",
    "manifest",
    "node",
    "pause",
    "plugin",
    "port",
    "pull",
    "push",
    "rename",
    "restart",
    "rmi",
    "save",
    "search",
    "secret",
    "service",
    "stack",
    "start",
    "stats",
    "swarm",
    "tag",
    "top",
    "trust",
    "unpause",
    "update",
    "volume",
    "wait",
];
/// The same, inside the groups.
const ELSEWHERE_IN_GROUPS: &[(&str, &[&str])] = &[
    (
        "container",
        &[
            "attach", "commit", "cp", "create", "diff", "exec", "export", "inspect", "pause", "port", "prune",
            "rename", "restart", "start", "stats", "top", "unpause", "update", "wait",
        ],
    ),
    (
        "image",
        &[
            "build", "history", "import", "inspect", "load", "prune", "pull", "push", "rm", "save", "tag",
        ],
    ),
    ("network", &["connect", "disconnect", "prune"]),
    ("system", &["df", "dial-stdio", "prune"]),
];

/// Options before the command.
const GLOBAL: &[Flag] = &[
    value("config", "string", "").checked(|_| Ok(())),
    value("context", "string", "").letter('c'),
    switch("debug", "").letter('D'),
    values("host", "list", "").letter('H'),
    value("log-level", "string", "").letter('l'),
    switch("tls", ""),
    switch("tlsverify", ""),
    switch("version", "").letter('v'),
];

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
    parsed: Parsed,
}

impl Invocation {
    /// Carries it out; the exit status.
    pub(super) async fn perform(self, mut client: Client) -> Result<i32, Failure> {
        client.negotiate().await;
        let parsed = &self.parsed;
        if parsed.last("format").is_some() {
            return Err(Failure::said(
                "--format is not built yet in cnm's docker: the real docker CLI has it, and works with this engine",
            ));
        }
        match self.deed {
            Deed::Run => run::run(&client, parsed).await,
            Deed::Ps => ps::list(&client, parsed).await,
            Deed::Inspect => inspect::any(&client, parsed).await,
            Deed::Rm => containers::remove(&client, parsed).await,
            Deed::Stop => containers::stop(&client, parsed).await,
            Deed::Kill => containers::kill(&client, parsed).await,
            Deed::Logs => logs::show(&client, parsed).await,
            Deed::Images => images::list(&client, parsed).await,
            Deed::Events => events::follow(&client, parsed).await,
            Deed::Version => system::version(&client).await,
            Deed::Info => system::info(&client).await,
            Deed::NetworkCreate => network::create(&client, parsed).await,
            Deed::NetworkLs => network::list(&client, parsed).await,
            Deed::NetworkInspect => inspect::networks(&client, parsed).await,
            Deed::NetworkRm => network::remove(&client, parsed).await,
        }
    }
}

/// Reads what follows `docker`.
pub(super) fn read(args: &[String]) -> Result<Request, Reproach> {
    let global = flag::parse(GLOBAL, args, false)
        .map_err(|reason| flag_reproach(&reason, "docker", "docker [OPTIONS] COMMAND [ARG...]"))?;
    if global.on("version") {
        return Ok(Request::Say {
            text: system::one_line_version(),
            to_error: false,
            status: 0,
        });
    }
    if let Some(given) = global
        .names()
        .find(|name| matches!(*name, "host" | "context" | "tls" | "tlsverify"))
    {
        let text =
            format!("docker: --{given} is not read by cnm's docker: it speaks to the lab (cnm --lab, DOCKER_HOST)");
        return Err(Reproach { text, status: 125 });
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
    if let Some((command, shown, taken)) = find(words) {
        return read_command(command, shown, &words[taken..]);
    }
    if let Some((group, about)) = GROUPS.iter().find(|(group, _)| group == first) {
        return read_group(group, about, &words[1..]);
    }
    Err(unknown(first, ELSEWHERE))
}

/// The command whose name the words begin with, its shown name, and how many words the name takes.
fn find(words: &[String]) -> Option<(&'static Command, &'static str, usize)> {
    COMMANDS.iter().find_map(|command| {
        command.names.iter().find_map(|(typed, shown)| {
            let parts: Vec<&str> = typed.split(' ').collect();
            let matches = words.len() >= parts.len() && parts.iter().zip(words).all(|(part, word)| part == word);
            matches.then_some((command, *shown, parts.len()))
        })
    })
}

fn read_command(command: &'static Command, shown: &str, args: &[String]) -> Result<Request, Reproach> {
    // What follows an image belongs to the container's command.
    let interspersed = command.deed != Deed::Run;
    let full = format!("docker {shown}");
    let usage = format!("{full} {}", command.usage);
    let parsed =
        flag::parse(command.flags, args, interspersed).map_err(|reason| flag_reproach(&reason, &full, &usage))?;
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
        let verb = if matches!(command.arity, Arity::AtLeast(_)) {
            "See"
        } else {
            "Run"
        };
        let text =
            format!("docker: '{full}' {reason}\n\nUsage:  {usage}\n\n{verb} '{full} --help' for more information");
        return Err(Reproach { text, status: 1 });
    }
    if command.deed == Deed::Run
        && let Some(name) = parsed.names().find(|name| create::is_absent(name))
    {
        let text = format!(
            "docker: --{name} is not built yet in cnm's docker: the real docker CLI has it\n\nRun 'docker run --help' for more information"
        );
        return Err(Reproach { text, status: 125 });
    }
    Ok(Request::Run(Invocation {
        deed: command.deed,
        parsed,
    }))
}

fn read_group(group: &str, about: &str, words: &[String]) -> Result<Request, Reproach> {
    let asks = |word: &String| word == "--help" || word == "-h";
    let Some(word) = words.first().filter(|word| !asks(word)) else {
        let to_error = words.is_empty();
        return Ok(Request::Say {
            text: group_help(group, about),
            to_error,
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
        format!(
            "docker: 'docker {name}' is not built yet in cnm's docker: the real docker CLI has it, and works with this engine"
        )
    } else {
        format!("docker: unknown command: docker {name}\n\nRun 'docker --help' for more information")
    };
    Reproach { text, status: 1 }
}

fn flag_reproach(reason: &str, full: &str, usage: &str) -> Reproach {
    Reproach {
        text: format!("{reason}\n\nUsage:  {usage}\n\nRun '{full} --help' for more information"),
        status: 125,
    }
}

fn command_help(command: &Command, shown: &str) -> String {
    let mut text = format!("Usage:  docker {shown} {}\n\n{}\n", command.usage, command.about);
    if !command.aliases.is_empty() {
        text.push_str(&format!("\nAliases:\n  {}\n", command.aliases));
    }
    text.push_str("\nOptions:\n");
    text.push_str(&flag::describe(command.flags));
    text
}

fn group_help(group: &str, about: &str) -> String {
    let prefix = format!("{group} ");
    let mut lines: Vec<(&str, &str)> = COMMANDS
        .iter()
        .filter_map(|command| {
            let (_, shown) = command.names.iter().find(|(typed, _)| typed.starts_with(&prefix))?;
            Some((shown.strip_prefix(&prefix)?, command.about))
        })
        .collect();
    lines.sort_unstable();
    let body = listing(&lines);
    format!(
        "Usage:  docker {group} COMMAND\n\n{about}\n\nCommands:\n{body}\nRun 'docker {group} COMMAND --help' for more information on a command.\n"
    )
}

fn overview() -> String {
    let mut lines: Vec<(&str, &str)> = COMMANDS
        .iter()
        .filter_map(|command| {
            let (typed, _) = command.names.iter().find(|(typed, _)| !typed.contains(' '))?;
            Some((*typed, command.about))
        })
        .collect();
    lines.sort_unstable();
    format!(
        "Usage:  docker [OPTIONS] COMMAND\n\nA docker look-alike for cnm's labs\n\nManagement Commands:\n{}\nCommands:\n{}\n\
         Run 'docker COMMAND --help' for more information on a command.\n",
        listing(GROUPS),
        listing(&lines)
    )
}

fn listing(lines: &[(&str, &str)]) -> String {
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(9);
    lines
        .iter()
        .map(|(name, about)| format!("  {name:width$}   {about}\n"))
        .collect()
}
