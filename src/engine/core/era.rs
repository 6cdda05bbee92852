//! What differs between the Docker Engines this one can imitate, as data.

use crate::engine::drivers::options;
use crate::engine::ipam::SubnetChoice;

/// Which behaviour the engine imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Era {
    /// Engine 20.10, API 1.41.
    E20_10,
    /// Engine 28, API 1.51.
    #[default]
    E28,
}

/// The rules of one era. Every place that depends on the era reads one of these fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a table of independent facts, not a state machine"
)]
pub struct Rules {
    /// The era these rules are of.
    pub era: Era,
    /// Engine version, as `GET /version` prints it.
    pub version: &'static str,
    /// Highest API version spoken, minor part (`1.N`).
    pub api_max: u16,
    /// Lowest API version spoken, minor part.
    pub api_min: u16,
    /// Choice of automatic subnets.
    pub subnets: SubnetChoice,
    /// `invalid network config:` checks of subnets, ranges, gateways and auxiliary addresses (25.0).
    pub validates_ipam: bool,
    /// A second network of the same name is refused whatever the client asked (25.0).
    pub refuses_duplicate_names: bool,
    /// MAC addresses are random (28.0) instead of `02:42:` and the address.
    pub random_macs: bool,
    /// Endpoint settings of `POST /containers/create` are checked there (25.0) and not at start.
    pub validates_endpoints_at_create: bool,
    /// Containers on an internal network get no default route (25.0).
    pub internal_without_route: bool,
    /// A generated container name is one of its names on the network (25.0).
    pub generated_names_resolve: bool,
    /// `NetworkMode` `default` is stored as `bridge` and network ids are completed (25.0).
    pub normalizes_network_mode: bool,
    /// `network … has active endpoints (name:"c1" id:"…")` (28.1) instead of the network's id.
    pub names_active_endpoints: bool,
    /// A network's endpoints are told gone before their container is told dead (25.0), or after.
    pub disconnect_before_die: bool,
    /// `/etc/hosts` writes `fe00::` (25.0) or `fe00::0`; `resolv.conf` says where it comes from (26.0).
    pub annotated_files: bool,
    /// A bridge is given its network's MTU when it is made (26.0); before, it takes the lowest of its ports'.
    pub sets_bridge_mtu: bool,
    /// IPv6 is off on a container's loopback too (before 26.0): no `::1`.
    pub loopback_without_ipv6: bool,
    /// A new interface gets the lowest number that is free in its container (28.0), or one no interface of this run had.
    pub lowest_interface: bool,
    /// An endpoint option names the interface (28.0); before, such an option is kept and means nothing.
    pub names_interfaces: bool,
    /// `network disconnect` tells of itself twice, and of a container that does not run once (before 28.0).
    pub repeats_disconnect: bool,
    /// Leaving a network removes its own line from `/etc/hosts` (28.0), or each line of a name that the network knows.
    pub removes_own_line: bool,
    /// The default bridge is joined before all other networks (before 25.0).
    pub default_bridge_first: bool,
    /// The host's name servers are asked also for a container that is on internal networks only (until 26.0).
    pub internal_forwards_names: bool,
    /// A question that no name server answers gets `SERVFAIL`, instead of no answer at all.
    pub unanswered_names_fail: bool,
    /// `NXDOMAIN` and rarer errors of a name server that is not the authority let the next one be asked.
    pub foreign_errors_go_on: bool,
    /// An answer too long for a datagram is compressed before it is cut.
    pub compresses_long_answers: bool,
    /// The subnet's first and last address are never handed out, not even of a /31 or /32 (until 25.0).
    pub reserves_ends_of_smallest: bool,
    /// A container that has ended keeps the id of its last network sandbox (until 25.0).
    pub keeps_sandbox_id: bool,
    /// `repository name (library/UPPER) must be lowercase` (26.0) instead of no name.
    pub names_bad_repository: bool,
    /// An archive that cannot be unpacked is told as the exit status of a process of the daemon's (until 23.0).
    pub tells_tar_process: bool,
    /// `ConsoleSize` is the size of a new terminal (23.0); before, only a resize is.
    pub sizes_terminals_at_start: bool,
    /// `_ping` tells of the Swarm (23.0).
    pub tells_swarm: bool,
    /// A condition of `wait` that there is not is refused (23.0); before, it is the usual one.
    pub refuses_conditions: bool,
    /// The new name of a `tag` is read before the image is looked for (25.0).
    pub reads_tag_first: bool,
    /// A resize of an exec whose container has ended tells how that ended, as a fault of the daemon's (until 23.0).
    pub tells_how_exec_ended: bool,
    /// Gateway modes of bridges (27.0), and the options of IPv6 that go with them.
    pub gateway_modes: bool,
    /// Neighbours are told of a new endpoint's address by gratuitous ARP (28.0).
    pub announces_addresses: bool,
    /// No gateway is taken for an internal network whose bridge is to have no address (28.0).
    pub spares_gateways: bool,
    /// An exec whose command is not there keeps 127 (25.0); before, every failed start is 126.
    pub tells_failed_execs_apart: bool,
}

impl Rules {
    /// The options of bridges that are read.
    #[must_use]
    pub const fn options(&self) -> options::Known {
        options::Known {
            gateway_modes: self.gateway_modes,
            announcements: self.announces_addresses,
        }
    }
}

impl Era {
    /// The rules of this era.
    #[must_use]
    pub const fn rules(self) -> &'static Rules {
        match self {
            Self::E28 => &E28,
            Self::E20_10 => &E20_10,
        }
    }
}

static E28: Rules = Rules {
    era: Era::E28,
    version: "28.5.2",
    api_max: 51,
    api_min: 24,
    subnets: SubnetChoice::LowestFree,
    validates_ipam: true,
    refuses_duplicate_names: true,
    random_macs: true,
    validates_endpoints_at_create: true,
    internal_without_route: true,
    generated_names_resolve: true,
    normalizes_network_mode: true,
    names_active_endpoints: true,
    disconnect_before_die: true,
    annotated_files: true,
    sets_bridge_mtu: true,
    loopback_without_ipv6: false,
    lowest_interface: true,
    names_interfaces: true,
    repeats_disconnect: false,
    removes_own_line: true,
    default_bridge_first: false,
    internal_forwards_names: false,
    unanswered_names_fail: true,
    foreign_errors_go_on: false,
    compresses_long_answers: true,
    reserves_ends_of_smallest: false,
    keeps_sandbox_id: false,
    names_bad_repository: true,
    tells_tar_process: false,
    sizes_terminals_at_start: true,
    tells_failed_execs_apart: true,
    tells_swarm: true,
    refuses_conditions: true,
    reads_tag_first: true,
    tells_how_exec_ended: false,
    gateway_modes: true,
    announces_addresses: true,
    spares_gateways: true,
};

static E20_10: Rules = Rules {
    era: Era::E20_10,
    version: "20.10.24",
    api_max: 41,
    api_min: 12,
    subnets: SubnetChoice::Advancing,
    validates_ipam: false,
    refuses_duplicate_names: false,
    random_macs: false,
    validates_endpoints_at_create: false,
    internal_without_route: false,
    generated_names_resolve: false,
    normalizes_network_mode: false,
    names_active_endpoints: false,
    disconnect_before_die: false,
    annotated_files: false,
    sets_bridge_mtu: false,
    loopback_without_ipv6: true,
    lowest_interface: false,
    names_interfaces: false,
    repeats_disconnect: true,
    removes_own_line: false,
    default_bridge_first: true,
    internal_forwards_names: true,
    unanswered_names_fail: false,
    foreign_errors_go_on: true,
    compresses_long_answers: false,
    reserves_ends_of_smallest: true,
    keeps_sandbox_id: true,
    names_bad_repository: false,
    tells_tar_process: true,
    sizes_terminals_at_start: false,
    tells_failed_execs_apart: false,
    tells_swarm: false,
    refuses_conditions: false,
    reads_tag_first: false,
    tells_how_exec_ended: true,
    gateway_modes: false,
    announces_addresses: false,
    spares_gateways: false,
};
