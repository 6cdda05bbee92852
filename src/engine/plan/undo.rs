//! The inverse of each step, as data: what the executor does, in reverse order, when a later step fails.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use super::{FileEdit, NftExpression, NftObject, Place, Step};

/// What the executor found out while it ran a step, as far as the inverse needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    /// Nothing that matters.
    Nothing,
    /// The link was up (or down) before.
    WasUp(bool),
    /// The sysctl read so before.
    Sysctl(String),
    /// What was detached, near end first. A second entry is the far end of a veth pair.
    Detached(Vec<Detached>),
    /// What was deleted from nftables.
    Nft(NftDeletion),
    /// The route's next hop before, where there was one.
    Route(Option<Ipv4Addr>),
    /// The file's text before, where it was changed.
    Text(Option<String>),
}

/// A link that was taken away but not deleted yet, with everything needed to put it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detached {
    /// Where.
    pub place: Place,
    /// Interface index.
    pub index: u32,
    /// Name before.
    pub name: String,
    /// Group before.
    pub group: u32,
    /// Up before.
    pub up: bool,
    /// Index of the bridge it was a port of.
    pub master: Option<u32>,
    /// As a port, kept from others that were so before.
    pub isolated: bool,
    /// Addresses before.
    pub addresses: Vec<Ipv4Network>,
    /// Routes over it before, without those the kernel makes itself.
    pub routes: Vec<(Ipv4Network, Option<Ipv4Addr>)>,
}

/// A rule that was deleted from a chain that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleGap {
    /// Table.
    pub table: String,
    /// Chain.
    pub chain: String,
    /// What it said.
    pub expressions: Vec<NftExpression>,
    /// Handle of the rule it stood behind; absent at the head.
    pub after: Option<u64>,
}

/// What was really deleted from nftables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NftDeletion {
    /// Objects to add again, in the order in which that works; the rules in [`Self::gaps`] are not among them.
    pub objects: Vec<NftObject>,
    /// Rules to add again, in the order in which that gives the old chains.
    pub gaps: Vec<RuleGap>,
}

/// What takes a step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// The step changed nothing, or cannot be taken back (a process that was killed stays dead).
    Nothing,
    /// Delete a link at once, waiting for the kernel.
    DeleteLink {
        /// Where.
        place: Place,
        /// Interface name.
        name: String,
    },
    /// Bring a link up or down.
    SetUp {
        /// Where.
        place: Place,
        /// Interface name.
        link: String,
        /// Up or down.
        up: bool,
    },
    /// Remove an address.
    DeleteAddress {
        /// Where.
        place: Place,
        /// Interface name.
        link: String,
        /// Address and prefix length.
        address: Ipv4Network,
    },
    /// Remove a route.
    DeleteRoute {
        /// Where.
        place: Place,
        /// `0.0.0.0/0` for the default route.
        destination: Ipv4Network,
        /// Next hop.
        via: Ipv4Addr,
    },
    /// Move a route back.
    ReplaceRoute {
        /// Where.
        place: Place,
        /// As in the step.
        destination: Ipv4Network,
        /// Next hop before.
        via: Ipv4Addr,
    },
    /// Write a sysctl's old value.
    SetSysctl {
        /// Where.
        place: Place,
        /// As in the step.
        key: String,
        /// Old value.
        value: String,
    },
    /// Delete nftables objects.
    DeleteNft {
        /// Where.
        place: Place,
        /// Objects, in the order they were added.
        objects: Vec<NftObject>,
    },
    /// Put deleted nftables objects back.
    RestoreNft {
        /// Where.
        place: Place,
        /// What was deleted.
        deletion: NftDeletion,
    },
    /// Put detached links back, near end first.
    Reattach(Vec<Detached>),
    /// End a sandbox.
    EndSandbox {
        /// Container's full id.
        container: String,
    },
    /// Write a file's old text.
    EditFile {
        /// Container's full id.
        container: String,
        /// As in the step.
        path: String,
        /// From the text the step left, if that is what is there, to the one before.
        edit: FileEdit,
    },
    /// Open a container's resolver again.
    StartResolver {
        /// Container's full id.
        container: String,
    },
    /// Close a container's resolver.
    StopResolver {
        /// Container's full id.
        container: String,
    },
    /// Close the simulated internet's name server.
    StopUpstream,
}

impl Undo {
    /// The place it acts in, where it acts in one.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::DeleteLink { place, .. }
            | Self::SetUp { place, .. }
            | Self::DeleteAddress { place, .. }
            | Self::DeleteRoute { place, .. }
            | Self::ReplaceRoute { place, .. }
            | Self::SetSysctl { place, .. }
            | Self::DeleteNft { place, .. }
            | Self::RestoreNft { place, .. } => Some(place),
            Self::Nothing
            | Self::Reattach(_)
            | Self::EndSandbox { .. }
            | Self::StartResolver { .. }
            | Self::StopResolver { .. }
            | Self::EditFile { .. }
            | Self::StopUpstream => None,
        }
    }
}

/// The inverse of `step`, given what was learned when it ran.
#[must_use]
pub fn inverse(step: &Step, learned: Learned) -> Undo {
    match (step.clone(), learned) {
        (Step::CreateBridge { place, name, .. } | Step::CreateVeth { place, name, .. }, _) => {
            Undo::DeleteLink { place, name }
        }
        (Step::SetUp { up, .. }, Learned::WasUp(was)) if was == up => Undo::Nothing,
        (Step::SetUp { place, link, up }, _) => Undo::SetUp { place, link, up: !up },
        (Step::AddAddress { place, link, address }, _) => Undo::DeleteAddress { place, link, address },
        (Step::ReplaceRoute { via, .. }, Learned::Route(Some(before))) if before == via => Undo::Nothing,
        (Step::ReplaceRoute { place, destination, .. }, Learned::Route(Some(via))) => Undo::ReplaceRoute {
            place,
            destination,
            via,
        },
        (
            Step::AddRoute {
                place,
                destination,
                via,
            }
            | Step::ReplaceRoute {
                place,
                destination,
                via,
            },
            _,
        ) => Undo::DeleteRoute {
            place,
            destination,
            via,
        },
        (
            Step::EditFile {
                container, path, edit, ..
            },
            Learned::Text(Some(to)),
        ) => match edit.apply(&to) {
            Some(from) => Undo::EditFile {
                container,
                path,
                edit: FileEdit::Replace { from, to },
            },
            None => Undo::Nothing,
        },
        (Step::SetSysctl { value, .. }, Learned::Sysctl(before)) if before == value => Undo::Nothing,
        (Step::SetSysctl { place, key, .. }, Learned::Sysctl(value)) => Undo::SetSysctl { place, key, value },
        (Step::Nft { place, objects }, _) => Undo::DeleteNft { place, objects },
        (Step::DeleteBridge { .. } | Step::DeleteVeth { .. }, Learned::Detached(links)) => Undo::Reattach(links),
        (Step::NftDelete { place, .. }, Learned::Nft(deletion)) => Undo::RestoreNft { place, deletion },
        (Step::CreateSandbox { spec }, _) => Undo::EndSandbox {
            container: spec.container,
        },
        (Step::StartProcess { container }, _) => Undo::EndSandbox { container },
        (Step::StartResolver { container }, _) => Undo::StopResolver { container },
        (Step::StopResolver { container }, _) => Undo::StartResolver { container },
        (Step::StartUpstream { .. }, _) => Undo::StopUpstream,
        (
            Step::SetSysctl { .. }
            // It goes with its link, which was made for it.
            | Step::IsolatePort { .. }
            | Step::DeleteBridge { .. }
            | Step::DeleteVeth { .. }
            | Step::NftDelete { .. }
            | Step::EndSandbox { .. }
            | Step::EditFile { .. }
            // Begun only once the whole plan is done.
            | Step::AnnounceAddress { .. }
            | Step::DropImage { .. },
            _,
        ) => Undo::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_nothing_is_not_taken_back() {
        let up = Step::SetUp {
            place: Place::Host,
            link: "lo".into(),
            up: true,
        };
        assert_eq!(inverse(&up, Learned::WasUp(true)), Undo::Nothing);
        assert_eq!(
            inverse(&up, Learned::WasUp(false)),
            Undo::SetUp {
                place: Place::Host,
                link: "lo".into(),
                up: false
            }
        );
        let sysctl = Step::SetSysctl {
            place: Place::Host,
            key: "net.ipv4.ip_forward".into(),
            value: "1".into(),
        };
        assert_eq!(inverse(&sysctl, Learned::Sysctl("1".into())), Undo::Nothing);
        assert!(matches!(inverse(&sysctl, Learned::Sysctl("0".into())), Undo::SetSysctl { value, .. } if value == "0"));
    }
}
