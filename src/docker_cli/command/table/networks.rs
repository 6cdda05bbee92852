//! Commands about networks.

use super::super::super::container::flags;
use super::super::super::filter;
use super::super::super::flag::{switch, value, values};
use super::super::super::network;
use super::{Arity, Command, Deed, FORMAT, FORMAT_PLAIN};

pub(super) const COMMANDS: &[Command] = &[
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
    Command {
        deed: Deed::NetworkConnect,
        names: &[("network connect", "network connect")],
        usage: "[OPTIONS] NETWORK CONTAINER",
        about: "Connect a container to a network",
        aliases: "",
        arity: Arity::Exactly(2),
        flags: &[
            values("alias", "strings", "Add network-scoped alias for the container"),
            values("driver-opt", "strings", "driver options for the network"),
            value(
                "gw-priority",
                "int",
                "Highest gw-priority provides the default gateway. Accepts positive and negative values.",
            ),
            value("ip", "string", "IPv4 address (e.g., \"172.30.100.104\")"),
            value("ip6", "string", "IPv6 address (e.g., \"2001:db8::33\")"),
            values("link", "list", "Add link to another container").checked(flags::check_link),
            values("link-local-ip", "strings", "Add a link-local address for the container"),
        ],
    },
    Command {
        deed: Deed::NetworkDisconnect,
        names: &[("network disconnect", "network disconnect")],
        usage: "[OPTIONS] NETWORK CONTAINER",
        about: "Disconnect a container from a network",
        aliases: "",
        arity: Arity::Exactly(2),
        flags: &[switch("force", "Force the container to disconnect from a network").letter('f')],
    },
    Command {
        deed: Deed::NetworkPrune,
        names: &[("network prune", "network prune")],
        usage: "[OPTIONS]",
        about: "Remove all unused networks",
        aliases: "",
        arity: Arity::None,
        flags: &[
            values("filter", "filter", "Provide filter values (e.g. \"until=<timestamp>\")").checked(filter::check),
            switch("force", "Do not prompt for confirmation").letter('f'),
        ],
    },
];
