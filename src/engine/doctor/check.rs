//! What is asked of the kernel, one thing at a time.

use serde::{Serialize, Serializer};

/// One thing a lab needs, or a lesson may want, in the order it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Leaving root's identity.
    Identity,
    /// A new user namespace.
    UserNamespace,
    /// Its user and group maps.
    IdMap,
    /// Mount, network, PID, UTS and IPC namespaces inside it.
    Namespaces,
    /// Changing propagation, and a tmpfs.
    Mounts,
    /// A /proc of the lab's own.
    Proc,
    /// An overlay of two folders (Linux 5.11 for an ordinary user).
    Overlay,
    /// Bringing the loopback device up.
    Loopback,
    /// A bridge.
    Bridge,
    /// A veth pair.
    Veth,
    /// An nftables table.
    Nftables,
    /// A /sys of the lab's own.
    Sysfs,
    /// A macvlan link.
    Macvlan,
    /// An ipvlan link.
    Ipvlan,
    /// A VLAN link (802.1Q).
    Vlan,
    /// A VXLAN link.
    Vxlan,
    /// A dummy link.
    Dummy,
    /// Delay and loss on a link (netem).
    Netem,
}

impl Check {
    /// All of them, in order.
    pub const ALL: [Self; 18] = [
        Self::Identity,
        Self::UserNamespace,
        Self::IdMap,
        Self::Namespaces,
        Self::Mounts,
        Self::Proc,
        Self::Overlay,
        Self::Loopback,
        Self::Bridge,
        Self::Veth,
        Self::Nftables,
        Self::Sysfs,
        Self::Macvlan,
        Self::Ipvlan,
        Self::Vlan,
        Self::Vxlan,
        Self::Dummy,
        Self::Netem,
    ];

    /// Stable name, in English.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::UserNamespace => "user-namespace",
            Self::IdMap => "id-map",
            Self::Namespaces => "namespaces",
            Self::Mounts => "mounts",
            Self::Proc => "proc",
            Self::Overlay => "overlay",
            Self::Loopback => "loopback",
            Self::Bridge => "bridge",
            Self::Veth => "veth",
            Self::Nftables => "nftables",
            Self::Sysfs => "sysfs",
            Self::Macvlan => "macvlan",
            Self::Ipvlan => "ipvlan",
            Self::Vlan => "vlan",
            Self::Vxlan => "vxlan",
            Self::Dummy => "dummy",
            Self::Netem => "netem",
        }
    }

    /// Its text in the catalogues.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Identity => "doctor.check.identity",
            Self::UserNamespace => "doctor.check.user_namespace",
            Self::IdMap => "doctor.check.id_map",
            Self::Namespaces => "doctor.check.namespaces",
            Self::Mounts => "doctor.check.mounts",
            Self::Proc => "doctor.check.proc",
            Self::Overlay => "doctor.check.overlay",
            Self::Loopback => "doctor.check.loopback",
            Self::Bridge => "doctor.check.bridge",
            Self::Veth => "doctor.check.veth",
            Self::Nftables => "doctor.check.nftables",
            Self::Sysfs => "doctor.check.sysfs",
            Self::Macvlan => "doctor.check.macvlan",
            Self::Ipvlan => "doctor.check.ipvlan",
            Self::Vlan => "doctor.check.vlan",
            Self::Vxlan => "doctor.check.vxlan",
            Self::Dummy => "doctor.check.dummy",
            Self::Netem => "doctor.check.netem",
        }
    }

    /// The check of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.id() == id)
    }

    /// A lab cannot run without it. The others limit what a lesson can show.
    #[must_use]
    pub fn is_required(self) -> bool {
        self < Self::Sysfs
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for check in Check::ALL {
            assert_eq!(Check::from_id(check.id()), Some(check));
        }
        assert!(Check::ALL.is_sorted());
    }
}
