//! The commands: their names, flags and arity.

mod containers;
mod images;
mod networks;
mod system;

use super::super::filter;
use super::super::flag::{Flag, switch, value, values};

/// How many operands a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arity {
    None,
    Exactly(usize),
    AtLeast(usize),
    AtMost(usize),
    Between(usize, usize),
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
            Self::Between(least, most) if given < least || given > most => {
                Some(format!("requires at least {least} and at most {}", arguments(most)))
            }
            Self::AtMost(count) if given > count => Some(format!("requires at most {}", arguments(count))),
            _ => None,
        }
    }
}

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Run,
    Create,
    Attach,
    Exec,
    Start,
    Stop,
    Restart,
    Kill,
    Pause,
    Unpause,
    Rm,
    Rename,
    Wait,
    Logs,
    Top,
    Port,
    Ps,
    ContainerInspect,
    ContainerPrune,
    Images,
    History,
    Pull,
    Import,
    Tag,
    Rmi,
    ImageInspect,
    ImagePrune,
    NetworkCreate,
    NetworkLs,
    NetworkInspect,
    NetworkRm,
    NetworkConnect,
    NetworkDisconnect,
    NetworkPrune,
    VolumeInspect,
    PluginInspect,
    Inspect,
    Events,
    Version,
    Info,
    SystemPrune,
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

impl Command {
    /// How it is typed, under one of its names.
    pub(super) fn usage_line(&self, shown: &str) -> String {
        format!("docker {shown} {}", self.usage)
    }
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

/// Every command.
pub(super) fn commands() -> impl Iterator<Item = &'static Command> {
    [
        containers::COMMANDS,
        images::COMMANDS,
        networks::COMMANDS,
        system::COMMANDS,
    ]
    .into_iter()
    .flatten()
}

/// Groups of commands, and what they are for.
pub(super) const GROUPS: &[(&str, &str)] = &[
    ("container", "Manage containers"),
    ("image", "Manage images"),
    ("network", "Manage networks"),
    ("plugin", "Manage plugins"),
    ("system", "Manage Docker"),
    ("volume", "Manage volumes"),
];

/// Commands of Docker's CLI that this one does not have.
pub(super) const ELSEWHERE: &[&str] = &[
    "build",
    "builder",
    "buildx",
    "checkpoint",
    "commit",
    "compose",
    "config",
    "context",
    "cp",
    "diff",
    "export",
    "load",
    "login",
    "logout",
    "manifest",
    "node",
    "push",
    "save",
    "search",
    "secret",
    "service",
    "stack",
    "stats",
    "swarm",
    "trust",
    "update",
];
/// The same, inside the groups.
pub(super) const ELSEWHERE_IN_GROUPS: &[(&str, &[&str])] = &[
    ("container", &["commit", "cp", "diff", "export", "stats", "update"]),
    ("image", &["build", "load", "push", "save"]),
    (
        "plugin",
        &[
            "create", "disable", "enable", "install", "ls", "push", "rm", "set", "upgrade",
        ],
    ),
    ("system", &["df", "dial-stdio"]),
    ("volume", &["create", "ls", "prune", "rm", "update"]),
];

/// Of those, what asks nothing of an engine that ours does not have.
pub(super) const ONLY_OF_CLI: &[&str] = &["compose", "context", "logout", "manifest", "system dial-stdio", "trust"];
/// Commands and groups that are here for a Docker Engine, and of which nothing works in a lab of ours: help leaves them out.
pub(super) const IN_NO_LAB: &[&str] = &["pause", "plugin", "unpause", "volume"];

/// Options before the command.
pub(super) const GLOBAL: &[Flag] = &[
    value("config", "string", "").checked(|_| Ok(())),
    value("context", "string", "").letter('c'),
    switch("debug", "").letter('D'),
    values("host", "list", "").letter('H'),
    value("log-level", "string", "").letter('l'),
    switch("tls", ""),
    value("tlscacert", "string", ""),
    value("tlscert", "string", ""),
    value("tlskey", "string", ""),
    switch("tlsverify", ""),
    switch("version", "").letter('v'),
];
