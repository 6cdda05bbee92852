//! Steps that do not go through rtnetlink batches: each is carried out by itself, at once.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipnetwork::Ipv4Network;

use super::super::detach::{self, Parked};
use super::super::error::StepError;
use super::super::places::StdioSource;
use super::Run;
use crate::engine::netlink::request;
use crate::engine::plan::{FileEdit, Learned, Place, SandboxNetwork, SandboxSpec, Step};
use crate::engine::sandbox::SandboxError;

/// How often a new cable's carrier is looked at before a program starts, and how long between two looks.
const CARRIER_LOOKS: u32 = 50;
const CARRIER_PAUSE: Duration = Duration::from_micros(200);

impl Run<'_> {
    /// Waits until the links of a container that have carrier say so: the kernel notes it a moment later, from a queue of its
    /// own (`net/core/link_watch.c`), and a program that starts before would see `NO-CARRIER`. A kernel that takes longer
    /// than the bound is not waited for.
    fn await_carrier(&mut self, container: &str) -> Result<(), StepError> {
        let place = Place::Container(container.to_owned());
        if !self.new_far.iter().any(|(_, far)| *far == place) {
            return Ok(());
        }
        for _ in 0..CARRIER_LOOKS {
            let links = self.sockets.route(&place)?.links()?;
            if !links.iter().any(|link| link.carrier && !link.operational) {
                break;
            }
            std::thread::sleep(CARRIER_PAUSE);
        }
        Ok(())
    }

    /// Carries one out.
    pub(super) fn immediate(&mut self, step: &Step, io: &mut dyn StdioSource) -> Result<Learned, StepError> {
        match step {
            Step::SetSysctl { place, key, value } => Ok(Learned::Sysctl(self.sockets.sysctl(place, key, value)?)),
            Step::Nft { place, objects } => {
                self.sockets.nft(place)?.add(objects)?;
                Ok(Learned::Nothing)
            }
            Step::NftDelete { place, objects } => Ok(Learned::Nft(self.sockets.nft(place)?.delete(objects)?)),
            Step::DeleteBridge { place, name } => {
                let parked = detach::bridge(self.sockets, place, name)?;
                Ok(self.park(parked))
            }
            Step::DeleteVeth { place, name } => self.delete_veth(place, name),
            Step::ReplaceRoute {
                place,
                destination,
                via,
            } => self.replace_route(place, *destination, *via),
            Step::EditFile { container, path, edit } => self.edit_file(container, path, edit),
            Step::CreateSandbox { spec } => self.create_sandbox(spec, io),
            Step::StartProcess { container } => {
                self.await_carrier(container)?;
                self.sockets.places.start(container)?;
                Ok(Learned::Nothing)
            }
            Step::EndSandbox { container } => self.end_sandbox(container),
            Step::StartResolver { container } => {
                self.sockets.open_resolver(container)?;
                Ok(Learned::Nothing)
            }
            Step::StopResolver { container } => {
                self.sockets.close_resolver(container);
                Ok(Learned::Nothing)
            }
            Step::StartUpstream { address } => {
                self.sockets.open_upstream(*address)?;
                Ok(Learned::Nothing)
            }
            Step::DropImage { image } => {
                self.sockets.places.drop_image(image)?;
                Ok(Learned::Nothing)
            }
            // Begun when the whole Plan is done and answered.
            Step::AnnounceAddress { .. }
            | Step::CreateBridge { .. }
            | Step::CreateVeth { .. }
            | Step::IsolatePort { .. }
            | Step::SetUp { .. }
            | Step::AddAddress { .. }
            | Step::AddRoute { .. } => Ok(Learned::Nothing),
        }
    }

    /// Keeps what was detached for the reaper, if there was anything.
    fn park(&mut self, parked: Option<Parked>) -> Learned {
        let Some(parked) = parked else {
            return Learned::Nothing;
        };
        self.dying.push(parked.dying);
        Learned::Detached(parked.links)
    }

    /// An address that a link leads to is told to whoever has the link, if it can be: Docker, too, starts a container whose news
    /// nobody takes.
    fn edit_file(&mut self, container: &str, path: &str, edit: &FileEdit) -> Result<Learned, StepError> {
        match self.sockets.places.edit_file(container, path, edit) {
            Ok(text) => Ok(Learned::Text(text)),
            Err(error) if edit.is_news() => {
                tracing::warn!(%error, %container, path, "a link's new address was not written");
                Ok(Learned::Text(None))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn create_sandbox(&mut self, spec: &SandboxSpec, io: &mut dyn StdioSource) -> Result<Learned, StepError> {
        let stdio = io.stdio(&spec.container).map_err(|source| StepError::Io {
            doing: format!("standard streams of {}", spec.container),
            source,
        })?;
        let place = Place::Container(spec.container.clone());
        // A container that ran before had a namespace of its own, which is gone.
        self.sockets.forget(&place);
        let pid = self.sockets.places.create(spec, stdio)?;
        if spec.network != SandboxNetwork::Own {
            self.ends.pids.insert(spec.container.clone(), pid);
            return Ok(Learned::Nothing);
        }
        self.made_places.insert(place.clone());
        self.ends.pids.insert(spec.container.clone(), pid);
        if let Err(error) = self.sockets.netns(&place).map(|_| ()) {
            // The step fails as a whole, so its own half must go here.
            if let Err(error) = self.sockets.places.end(&spec.container) {
                tracing::warn!(%error, "could not end a sandbox without a numbered namespace");
            }
            self.ends.pids.remove(&spec.container);
            return Err(error);
        }
        Ok(Learned::Nothing)
    }

    fn end_sandbox(&mut self, container: &str) -> Result<Learned, StepError> {
        match self.sockets.places.end(container) {
            // What is gone already needs nothing.
            Ok(()) | Err(SandboxError::Unknown(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.sockets.forget(&Place::Container(container.to_owned()));
        self.ends.pids.remove(container);
        Ok(Learned::Nothing)
    }

    fn delete_veth(&mut self, place: &Place, name: &str) -> Result<Learned, StepError> {
        let end = (place.clone(), name.to_owned());
        let far = self.ends.far.get(&end).filter(|far| !self.ending.contains(far));
        let parked = detach::veth(self.sockets, place, name, far)?;
        Ok(self.park(parked))
    }

    fn replace_route(&mut self, place: &Place, destination: Ipv4Network, via: Ipv4Addr) -> Result<Learned, StepError> {
        let route = self.sockets.route(place)?;
        let known = route.routes(None)?;
        let before = known.iter().find(|known| known.destination == destination);
        route.execute(&request::replace_route(destination, via))?;
        Ok(Learned::Route(before.and_then(|known| known.via)))
    }
}
