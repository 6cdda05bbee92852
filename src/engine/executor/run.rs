//! One Plan on its way through the kernel.

mod immediate;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::detach;
use super::error::StepError;
use super::places::StdioSource;
use super::rollback;
use super::sockets::Sockets;
use super::{Ends, Fault};
use crate::engine::netlink::request::{self, VethPeer};
use crate::engine::netlink::{NetlinkError, Request};
use crate::engine::plan::{Learned, Place, Plan, Step, Undo, bridge_mac, inverse};
use crate::engine::reaper::{Dying, Reaper};

/// Which step was refused, and why.
pub(super) type Refusal = (usize, StepError);

/// Requests of consecutive steps in one place, not sent yet: they go in one `sendmsg`.
#[derive(Debug, Default)]
struct Pending {
    place: Option<Place>,
    requests: Vec<Request>,
    steps: Vec<(usize, Undo)>,
    makes_link: bool,
}

/// State of one run.
pub(super) struct Run<'a> {
    sockets: &'a mut Sockets,
    ends: &'a mut Ends,
    reaper: &'a Reaper,
    fault: Option<Fault>,
    plan: &'a Plan,
    pending: Pending,
    /// Steps done, with what takes them back, in order.
    pub(super) done: Vec<(usize, Undo)>,
    pub(super) durations: Vec<Option<Duration>>,
    /// For the reaper, once all is done.
    pub(super) dying: Vec<Dying>,
    /// Where the far ends of this Plan's veths are.
    pub(super) new_far: Vec<((Place, String), Place)>,
    /// Links made by this Plan: they were not up before.
    made: HashSet<(Place, String)>,
    made_places: HashSet<Place>,
    /// Containers that this Plan ends: their ends of veths need no care.
    ending: HashSet<Place>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        sockets: &'a mut Sockets,
        ends: &'a mut Ends,
        reaper: &'a Reaper,
        plan: &'a Plan,
        fault: Option<Fault>,
    ) -> Self {
        let ending = plan.steps.iter().filter_map(|step| match step {
            Step::EndSandbox { container } => Some(Place::Container(container.clone())),
            _ => None,
        });
        Self {
            sockets,
            ends,
            reaper,
            fault,
            plan,
            pending: Pending::default(),
            done: Vec::with_capacity(plan.steps.len()),
            durations: vec![None; plan.steps.len()],
            dying: Vec::new(),
            new_far: Vec::new(),
            made: HashSet::new(),
            made_places: HashSet::new(),
            ending: ending.collect(),
        }
    }

    /// Runs all steps; stops at the first refusal. What was done is in [`Self::done`].
    pub(super) fn all(&mut self, io: &mut dyn StdioSource) -> Result<(), Refusal> {
        let plan = self.plan;
        for (index, step) in plan.steps.iter().enumerate() {
            if self.fault.as_ref().is_some_and(|fault| fault.step == index) {
                self.flush()?;
                return Err((index, self.refuse()));
            }
            self.step(index, step, io)?;
        }
        self.flush()
    }

    /// Takes back what was done, last first; what could not be taken back is returned.
    pub(super) fn take_back(&mut self) -> Vec<StepError> {
        let mut left = Vec::new();
        for (index, undo) in std::mem::take(&mut self.done).into_iter().rev() {
            // A sandbox made by this Plan takes its namespace with it when its own step is taken back.
            let doomed = undo.place().is_some_and(|place| self.made_places.contains(place));
            if doomed {
                continue;
            }
            let title = &self.plan.title;
            if let Err(error) = rollback::apply(self.sockets, &undo) {
                tracing::warn!(%error, %title, step = index, "a step could not be taken back");
                left.push(error);
            }
            if let Undo::EndSandbox { container } = &undo {
                self.ends.pids.remove(container);
            }
        }
        left
    }

    /// A request that the kernel really refuses.
    fn refuse(&mut self) -> StepError {
        match self.sockets.host().execute(&request::impossible_link()) {
            Err(error) => error.into(),
            Ok(()) => NetlinkError::malformed("inject a fault", "", "the kernel made a link of an unknown kind").into(),
        }
    }

    fn step(&mut self, index: usize, step: &Step, io: &mut dyn StdioSource) -> Result<(), Refusal> {
        match step {
            Step::CreateBridge { place, name, mtu } => {
                self.free_name(index, place, name)?;
                self.made.insert((place.clone(), name.clone()));
                self.queue(
                    index,
                    step,
                    Learned::Nothing,
                    request::create_bridge(name, bridge_mac(name), *mtu),
                )
            }
            Step::CreateVeth { .. } => self.veth(index, step),
            Step::SetUp { place, link, up } => {
                let learned = self.was_up(place, link).map_err(|error| (index, error))?;
                self.queue(index, step, learned, request::set_up(link, *up))
            }
            Step::IsolatePort { link, .. } => self.queue(index, step, Learned::Nothing, request::isolate_port(link)),
            Step::AddAddress { place, link, address } => {
                let found = self.index_of(index, place, link)?;
                self.queue(
                    index,
                    step,
                    Learned::Nothing,
                    request::add_address(found, *address, link),
                )
            }
            Step::AddRoute { destination, via, .. } => self.queue(
                index,
                step,
                Learned::Nothing,
                request::add_route(*destination, Some(*via), None),
            ),
            _ => {
                self.flush()?;
                let began = Instant::now();
                let learned = self.immediate(step, io).map_err(|error| (index, error))?;
                self.durations[index] = Some(began.elapsed());
                self.done.push((index, inverse(step, learned)));
                Ok(())
            }
        }
    }

    fn veth(&mut self, index: usize, step: &Step) -> Result<(), Refusal> {
        let Step::CreateVeth {
            place,
            name,
            master,
            peer_place,
            peer_name,
            peer_mac,
            mtu,
        } = step
        else {
            return Ok(());
        };
        let mac = match peer_mac.as_deref().map(parse_mac) {
            Some(None) => {
                let error = NetlinkError::new("create veth", format!("{name}: MAC address"), libc::EINVAL);
                return Err((index, error.into()));
            }
            mac => mac.flatten(),
        };
        self.free_name(index, place, name)?;
        self.free_name(index, peer_place, peer_name)?;
        let master = master
            .as_deref()
            .map(|bridge| self.index_of(index, place, bridge))
            .transpose()?;
        let elsewhere = peer_place != place;
        let netns = elsewhere
            .then(|| self.sockets.netns(peer_place))
            .transpose()
            .map_err(|error| (index, error))?;
        let far = VethPeer {
            name: peer_name,
            netns: netns.map(std::os::fd::AsFd::as_fd),
            mac,
        };
        let request = request::create_veth(name, master, *mtu, &far);
        self.made
            .extend([(place.clone(), name.clone()), (peer_place.clone(), peer_name.clone())]);
        self.queue(index, step, Learned::Nothing, request)?;
        self.new_far.push(((place.clone(), name.clone()), peer_place.clone()));
        Ok(())
    }

    /// A link that was taken away and is still being deleted gives up the name that a new one is to have.
    fn free_name(&mut self, index: usize, place: &Place, name: &str) -> Result<(), Refusal> {
        if self.dying.iter().any(|link| link.bears(place, name)) || self.reaper.bears(place, name) {
            self.flush()?;
            detach::free_name(self.sockets, place, name).map_err(|error| (index, error))?;
        }
        Ok(())
    }

    /// Adds a request to those that go together; sends the others first if they act elsewhere.
    fn queue(&mut self, index: usize, step: &Step, learned: Learned, request: Request) -> Result<(), Refusal> {
        let place = place_of(step);
        if self.pending.place.as_ref() != place {
            self.flush()?;
            self.pending.place = place.cloned();
        }
        self.pending.makes_link |= request.kind == libc::RTM_NEWLINK;
        self.pending.requests.push(request);
        self.pending.steps.push((index, inverse(step, learned)));
        Ok(())
    }

    /// Sends what waits. All that succeeded counts as done, also behind a refused one: the kernel goes on.
    fn flush(&mut self) -> Result<(), Refusal> {
        let pending = std::mem::take(&mut self.pending);
        let (Some(place), Some((first, _))) = (pending.place, pending.steps.first()) else {
            return Ok(());
        };
        let first = *first;
        let began = Instant::now();
        let route = self.sockets.route(&place).map_err(|error| (first, error))?;
        let outcomes = match route.batch(&pending.requests) {
            Ok(outcomes) => outcomes,
            Err(error) => {
                // Unknown which were done: take all back, what is absent does no harm.
                self.done.extend(pending.steps);
                return Err((first, error.into()));
            }
        };
        let share = began.elapsed() / u32::try_from(outcomes.len().max(1)).unwrap_or(1);
        let mut refusal = None;
        for ((index, undo), outcome) in pending.steps.into_iter().zip(outcomes) {
            self.durations[index] = Some(share);
            match outcome {
                Ok(()) => self.done.push((index, undo)),
                Err(error) => {
                    refusal.get_or_insert((index, error.into()));
                }
            }
        }
        refusal.map_or(Ok(()), Err)
    }

    /// A link's index, for the step `index`; what waits may make that very link.
    fn index_of(&mut self, index: usize, place: &Place, link: &str) -> Result<u32, Refusal> {
        if self.pending.makes_link || self.pending.place.as_ref() != Some(place) {
            self.flush()?;
        }
        let route = self.sockets.route(place).map_err(|error| (index, error))?;
        route.index(link).map_err(|error| (index, error.into()))
    }

    fn was_up(&mut self, place: &Place, link: &str) -> Result<Learned, StepError> {
        if self.made_places.contains(place) || self.made.contains(&(place.clone(), link.to_owned())) {
            return Ok(Learned::WasUp(false));
        }
        match self.sockets.route(place)?.link(link) {
            Ok(link) => Ok(Learned::WasUp(link.up)),
            // The step itself will be refused, with the kernel's words.
            Err(error) if error.is_absent() => Ok(Learned::Nothing),
            Err(error) => Err(error.into()),
        }
    }
}

fn place_of(step: &Step) -> Option<&Place> {
    match step {
        Step::CreateBridge { place, .. }
        | Step::CreateVeth { place, .. }
        | Step::IsolatePort { place, .. }
        | Step::SetUp { place, .. }
        | Step::AddAddress { place, .. }
        | Step::AddRoute { place, .. } => Some(place),
        _ => None,
    }
}

pub(super) fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut mac {
        *byte = u8::from_str_radix(parts.next().filter(|part| part.len() == 2)?, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}
