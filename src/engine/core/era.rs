//! What differs between the Docker Engines this one can imitate, as data.

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
};
