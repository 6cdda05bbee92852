//! Commands about the engine and about whatever has a name.

use super::super::super::filter;
use super::super::super::flag::{switch, value, values};
use super::{Arity, Command, Deed, FILTER, FORMAT_PLAIN};

pub(super) const COMMANDS: &[Command] = &[
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
        deed: Deed::VolumeInspect,
        names: &[("volume inspect", "volume inspect")],
        usage: "[OPTIONS] VOLUME [VOLUME...]",
        about: "Display detailed information on one or more volumes",
        aliases: "",
        arity: Arity::AtLeast(1),
        flags: &[value("format", "string", FORMAT_PLAIN).letter('f')],
    },
    Command {
        deed: Deed::PluginInspect,
        names: &[("plugin inspect", "plugin inspect")],
        usage: "[OPTIONS] PLUGIN [PLUGIN...]",
        about: "Display detailed information on one or more plugins",
        aliases: "",
        arity: Arity::AtLeast(1),
        flags: &[value("format", "string", FORMAT_PLAIN).letter('f')],
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
        deed: Deed::SystemPrune,
        names: &[("system prune", "system prune")],
        usage: "[OPTIONS]",
        about: "Remove unused data",
        aliases: "",
        arity: Arity::None,
        flags: &[
            switch("all", "Remove all unused images not just dangling ones").letter('a'),
            values(
                "filter",
                "filter",
                "Provide filter values (e.g. \"label=<key>=<value>\")",
            )
            .checked(filter::check),
            switch("force", "Do not prompt for confirmation").letter('f'),
            switch("volumes", "Prune anonymous volumes"),
        ],
    },
];
