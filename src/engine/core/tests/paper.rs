//! A kernel on paper: what plans have made of it so far, and whether that is what the state says.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use super::*;
use crate::engine::core::attach::default_gateway;
use crate::engine::plan::{Place, Plan, Step};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cable {
    container: String,
    interface: String,
    address: Option<Ipv4Network>,
}

/// Cables by their end on the host, default routes and files by container.
#[derive(Debug, Default)]
pub(super) struct Paper {
    cables: BTreeMap<String, Cable>,
    routes: BTreeMap<String, Ipv4Addr>,
    files: BTreeMap<String, BTreeMap<String, String>>,
}

impl Paper {
    /// Does what a kernel would do, which refuses what is there already or is not there.
    pub fn run(&mut self, plan: &Plan) {
        plan.steps.iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::CreateVeth {
                name,
                peer_place: Place::Container(container),
                peer_name,
                ..
            } => {
                let twin = self
                    .cables
                    .values()
                    .any(|cable| (&cable.container, &cable.interface) == (container, peer_name));
                assert!(!twin, "{peer_name} twice");
                let cable = Cable {
                    container: container.clone(),
                    interface: peer_name.clone(),
                    address: None,
                };
                assert_eq!(self.cables.insert(name.clone(), cable), None, "{name} twice");
            }
            Step::AddAddress {
                place: Place::Container(container),
                link,
                address,
            } => {
                let mut cables = self.cables.values_mut();
                let cable = cables.find(|cable| (&cable.container, &cable.interface) == (container, link));
                cable.expect("a link to give an address to").address = Some(*address);
            }
            Step::AddRoute {
                place: Place::Container(container),
                via,
                ..
            } => {
                self.reach(container, *via);
                assert_eq!(self.routes.insert(container.clone(), *via), None, "two default routes");
            }
            Step::ReplaceRoute {
                place: Place::Container(container),
                via,
                ..
            } => {
                self.reach(container, *via);
                self.routes.insert(container.clone(), *via);
            }
            Step::DeleteVeth { name, .. } => {
                let cable = self.cables.remove(name).expect("a cable to unplug");
                let over_it = |via: &Ipv4Addr| cable.address.is_some_and(|address| address.contains(*via));
                if self.routes.get(&cable.container).is_some_and(over_it) {
                    self.routes.remove(&cable.container);
                }
            }
            Step::CreateSandbox { spec } => {
                self.files.insert(spec.container.clone(), spec.files.clone());
            }
            Step::EditFile { container, path, edit } => {
                let text = self.files.get_mut(container).and_then(|files| files.get_mut(path));
                let text = text.expect("a file to edit");
                if let Some(after) = edit.apply(text) {
                    *text = after;
                }
            }
            Step::EndSandbox { container } => {
                assert!(self.cables.values().all(|cable| cable.container != *container));
                self.routes.remove(container);
                self.files.remove(container);
            }
            _ => {}
        }
    }

    fn reach(&self, container: &str, via: Ipv4Addr) {
        let mut own = self.cables.values().filter(|cable| cable.container == container);
        let reached = own.any(|cable| cable.address.is_some_and(|address| address.contains(via)));
        assert!(reached, "{via} is out of reach");
    }

    /// Holds if the state says of every container what is on the paper.
    pub fn agrees(&self, lab: &Lab) {
        let mut plugged = 0;
        for container in lab.state.containers() {
            let live = || container.endpoints.iter().filter_map(|endpoint| endpoint.live.as_ref());
            for live in live().filter(|live| !live.host_end.is_empty()) {
                let cable = Cable {
                    container: container.id.clone(),
                    interface: live.interface.clone(),
                    address: live.address,
                };
                assert_eq!(self.cables.get(&live.host_end), Some(&cable));
                plugged += 1;
            }
            assert_eq!(
                self.routes.get(&container.id).copied(),
                default_gateway(&lab.state, &container.endpoints)
            );
            let files = self.files.get(&container.id);
            assert_eq!(files.is_some(), container.is_running());
            if let Some(text) = files.and_then(|files| files.get("/etc/resolv.conf")) {
                assert_eq!(text.contains("127.0.0.11"), container.resolver);
            }
            if let Some(text) = files.and_then(|files| files.get("/etc/hosts"))
                && lab.state.rules().era == Era::E28
            {
                let own = text
                    .lines()
                    .filter_map(|line| line.strip_suffix(&container.spec.hostname));
                let written: Vec<&str> = own.map(str::trim_end).collect();
                let held: Vec<String> = live().filter_map(|live| Some(live.address?.ip().to_string())).collect();
                assert_eq!(written, held, "in attach order");
            }
        }
        assert_eq!(self.cables.len(), plugged, "a cable that nobody has: {:?}", self.cables);
    }
}
