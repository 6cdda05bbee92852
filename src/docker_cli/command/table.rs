//! The commands: their names, flags and arity.

use super::super::flag::{Flag, Takes, switch, value, values};
use super::super::{create, filter, network};

/// How many operands a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arity {
    None,
    Exactly(usize),
    AtLeast(usize),
    AtMost(usize),
}

impl Arity {
    /// The CLI's reproach, without the command it is about.
    pub(super) fn reproach(self, given: usize) -> Option<String> {
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
pub(super) enum Deed {
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
pub(super) struct Command {
    pub deed: Deed,
    /// What may be typed after `docker`, and the name the CLI then uses of it.
    pub names: &'static [(&'static str, &'static str)],
    pub usage: &'static str,
    pub about: &'static str,
    /// The line under `Aliases:`; empty for none.
    pub aliases: &'static str,
    pub arity: Arity,
    pub flags: &'static [Flag],
}

pub(super) const FORMAT: &str = "Format output using a custom template:
'table':            Print output in table format with column headers (default)
'table TEMPLATE':   Print output in table format using the given Go template
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates";
pub(super) const FORMAT_PLAIN: &str = "Format output using a custom template:
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates";

pub(super) const FILTER: Flag = values("filter", "filter", "Filter output based on conditions provided")
    .letter('f')
    .checked(filter::check);

pub(super) const COMMANDS: &[Command] = &[
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
pub(super) const GROUPS: &[(&str, &str)] = &[
    ("container", "Manage containers"),
    ("image", "Manage images"),
    ("network", "Manage networks"),
    ("system", "Manage Docker"),
];

/// Commands of Docker's CLI that this one does not have.
pub(super) const ELSEWHERE: &[&str] = &[
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
pub(super) const ELSEWHERE_IN_GROUPS: &[(&str, &[&str])] = &[
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
pub(super) const GLOBAL: &[Flag] = &[
    value("config", "string", "").checked(|_| Ok(())),
    value("context", "string", "").letter('c'),
    switch("debug", "").letter('D'),
    values("host", "list", "").letter('H'),
    value("log-level", "string", "").letter('l'),
    switch("tls", ""),
    switch("tlsverify", ""),
    switch("version", "").letter('v'),
];
