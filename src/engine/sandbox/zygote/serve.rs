//! The zygote's loop: requests of the engine and the front, reports of containers, ends of children.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use nix::sys::signalfd::SignalFd;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, WaitStatus, wait};

use super::consoles::Consoles;
use super::execs::Execs;
use super::files;
use super::images::Images;
use super::imports;
use super::outbox::{Heard, Outbox};
use super::places::Places;
use super::refusal::{refused, short};
use super::renewal;
use super::sandboxes::Sandboxes;
use crate::engine::images::StoreError;
use crate::engine::plan::Place;
use crate::engine::sandbox::container::Kit;
use crate::engine::sandbox::protocol::{Answer, Ask, Request, SpawnConsole};
use crate::engine::sandbox::wire;

/// All that pid 1 of a lab holds.
pub(super) struct Zygote {
    pub janitor: OwnedFd,
    pub engine: Outbox,
    pub engine_pid: Pid,
    pub front: Option<OwnedFd>,
    pub ends: SignalFd,
    pub places: Places,
    pub sandboxes: Sandboxes,
    pub execs: Execs,
    pub consoles: Consoles,
    /// Requests that wait for the images.
    pub deferred: Vec<(Request, Vec<OwnedFd>)>,
    pub images: Images,
}

/// Who has something to say.
enum Speaker {
    Janitor,
    Engine,
    Front,
    Ends,
    Images,
    Container(String),
    Exec(Pid),
    Console(Pid),
    /// The clock: somebody takes too long.
    Clock,
}

impl Zygote {
    /// Serves until the engine or the janitor ends. In the zygote's first life it goes on in the second: [`renewal`].
    ///
    /// # Errors
    /// There are no images.
    pub fn serve(mut self) -> Result<(), StoreError> {
        for (request, fds) in std::mem::take(&mut self.deferred) {
            self.carry_out(request, fds);
        }
        // Ends that were told between two lives.
        if !self.reap() {
            return Ok(());
        }
        loop {
            for speaker in self.listen() {
                match speaker {
                    Speaker::Janitor => return Ok(()),
                    Speaker::Engine if !self.hear_engine() => return Ok(()),
                    Speaker::Ends if !self.reap() => return Ok(()),
                    Speaker::Engine | Speaker::Ends => {}
                    Speaker::Images => {
                        self.images.finish()?;
                        return Err(renewal::renew(&self));
                    }
                    Speaker::Front => self.hear_front(),
                    Speaker::Container(container) => self.sandboxes.report(&container, &self.engine),
                    Speaker::Exec(pid) => self.execs.report(pid, &self.engine),
                    Speaker::Console(pid) => self.consoles.hear(pid),
                    Speaker::Clock => self.give_up(Instant::now()),
                }
            }
        }
    }

    /// Waits until someone speaks. Reports come before ends, and both before new requests.
    fn listen(&self) -> Vec<Speaker> {
        let mut speakers = Vec::new();
        let mut fds = Vec::new();
        let mut add = |speaker, fd| {
            speakers.push(speaker);
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
        };
        add(Speaker::Janitor, self.janitor.as_fd());
        for (container, fd) in self.sandboxes.awaited() {
            add(Speaker::Container(container.to_owned()), fd);
        }
        for (pid, fd) in self.execs.awaited() {
            add(Speaker::Exec(pid), fd);
        }
        add(Speaker::Ends, self.ends.as_fd());
        for (pid, fd) in self.consoles.sockets() {
            add(Speaker::Console(pid), fd);
        }
        if let Some(news) = self.images.news() {
            add(Speaker::Images, news);
        }
        if let (Some(front), Some(_)) = (&self.front, self.images.kit()) {
            add(Speaker::Front, front.as_fd());
        }
        add(Speaker::Engine, self.engine.as_fd());
        let deadline = self.sandboxes.deadline().into_iter().chain(self.execs.deadline()).min();
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // A wait of whole nanoseconds is no earlier over than it says.
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        // Interrupted or out of memory: nobody spoke, and the caller asks again.
        if poll(&mut fds, left.as_ref()).is_err() {
            return Vec::new();
        }
        let heard = fds.iter().map(|fd| !fd.revents().is_empty());
        let clock = deadline.filter(|deadline| *deadline <= Instant::now());
        speakers
            .into_iter()
            .zip(heard)
            .filter_map(|(speaker, heard)| heard.then_some(speaker))
            .chain(clock.map(|_| Speaker::Clock))
            .collect()
    }

    /// Ends those that have not executed their command in time.
    fn give_up(&mut self, now: Instant) {
        self.sandboxes.give_up(now);
        self.execs.give_up(now, &self.engine);
    }

    /// One request; false when the engine has ended.
    fn hear_engine(&mut self) -> bool {
        let (request, fds) = match self.engine.hear() {
            Some(Heard::Request(request, fds)) => (request, fds),
            Some(Heard::Nothing) => return true,
            None => return false,
        };
        if self.images.kit().is_none() && waits_for_images(&request.ask) {
            self.deferred.push((request, fds));
        } else {
            self.carry_out(request, fds);
        }
        true
    }

    fn carry_out(&mut self, Request { id, ask }: Request, fds: Vec<OwnedFd>) {
        let (answer, fd) = match self.answer(id, ask, fds) {
            Ok(Some(answer)) => answer,
            Ok(None) => return,
            Err(answer) => (answer, None),
        };
        self.engine.reply(id, answer, fd.as_ref().map(AsFd::as_fd));
    }

    /// Does what is asked; `None` where the answer comes later, from a report or an end.
    fn answer(&mut self, id: u64, ask: Ask, fds: Vec<OwnedFd>) -> Result<Option<(Answer, Option<OwnedFd>)>, Answer> {
        let done = |fd| Ok(Some((Answer::Done, fd)));
        match ask {
            Ask::Create { spec } => {
                let kit = kit_of(&self.images)?;
                self.sandboxes.create(id, &spec, fds, &mut self.places, kit)?;
                Ok(None)
            }
            Ask::Start { container } => {
                self.sandboxes.start(id, &container)?;
                Ok(None)
            }
            Ask::Kill { container, signal } => {
                self.sandboxes.kill(&container, signal)?;
                done(None)
            }
            Ask::End { container } => {
                if self.sandboxes.end(id, &container, &mut self.places)? {
                    done(None)
                } else {
                    Ok(None)
                }
            }
            Ask::MakeNamespace { place } => {
                let made = self.places.make(&place);
                made.map_err(|error| refused(format!("make the network of {}", named(&place)), &error))?;
                done(None)
            }
            Ask::NetlinkSocket { place, protocol } => {
                let socket = self.places.netlink_socket(self.place(&place)?, protocol);
                let socket = socket.map_err(|error| refused(format!("open a socket in {}", named(&place)), &error))?;
                done(Some(socket))
            }
            Ask::Netns { place } => {
                let copy = self.place(&place)?.try_clone();
                done(Some(copy.map_err(|error| {
                    refused(format!("pass on the network of {}", named(&place)), &error)
                })?))
            }
            Ask::Socket { place, transport, bind } => {
                let socket = self.places.socket(self.place(&place)?, transport, bind);
                let doing = || {
                    let at = bind.map_or_else(String::new, |address| format!(" at {address}"));
                    format!("open a {} socket{at} in {}", transport.word(), named(&place))
                };
                done(Some(socket.map_err(|error| refused(doing(), &error))?))
            }
            Ask::PacketSocket { place } => {
                let socket = self.places.packet_socket(self.place(&place)?);
                let doing = || format!("open a packet socket in {}", named(&place));
                done(Some(socket.map_err(|error| refused(doing(), &error))?))
            }
            Ask::Sysctl { place, path, value } => {
                let written = self.places.sysctl(self.place(&place)?, &path, &value);
                let value = written.map_err(|error| refused(format!("set {path} in {}", named(&place)), &error))?;
                Ok(Some((Answer::Before { value }, None)))
            }
            Ask::EditFile { container, path, edit } => {
                let pid = self.sandboxes.pid(&container)?;
                let before = files::edit(pid, &path, &edit);
                let before =
                    before.map_err(|error| refused(format!("edit {path} in {}", short(&container)), &error))?;
                Ok(Some((Answer::Text { before }, None)))
            }
            Ask::UnpackImage { image, size } => {
                imports::unpack_image(&image, size, fds)?;
                done(None)
            }
            Ask::SealImage { image } => {
                imports::seal(&image)?;
                done(None)
            }
            Ask::DropImage { image } => {
                imports::drop_image(&image)?;
                done(None)
            }
            Ask::Exec { spec } => {
                let first = self.sandboxes.first_process(&spec.container)?;
                let kit = kit_of(&self.images)?;
                self.execs.spawn(id, &spec, fds, first, kit)?;
                Ok(None)
            }
        }
    }

    fn place(&self, place: &Place) -> Result<&OwnedFd, Answer> {
        self.places.get(place).ok_or_else(|| Answer::Unknown {
            what: named(place).into(),
        })
    }

    fn hear_front(&mut self) {
        let (Some(front), Some(kit)) = (&self.front, self.images.kit()) else {
            return;
        };
        let Ok(Some(packet)) = wire::receive_packet(front) else {
            // The front has ended; the janitor sees to the rest.
            self.front = None;
            return;
        };
        // The descriptors of one that cannot be read are closed, which tells the one who asked.
        if let Ok((request, fds)) = packet.read::<SpawnConsole>() {
            self.consoles.spawn(&request, fds, kit);
        }
    }

    /// Reaps every child that ended, and every orphan that pid 1 was given; false when the engine was among them. Hears of
    /// those that were stopped, too.
    fn reap(&mut self) -> bool {
        while let Ok(Some(_)) = self.ends.read_signal() {}
        loop {
            match wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
                Ok(Some((pid, status))) if status.stopped() => self.sandboxes.stopped(pid, &self.engine),
                Ok(Some((pid, status))) => {
                    if pid == self.engine_pid {
                        return false;
                    }
                    let code = shell_status(status);
                    let _ = self.sandboxes.ended(pid, code, &self.engine, &mut self.places)
                        || self.execs.ended(pid, code, &self.engine)
                        || self.consoles.ended(pid, code);
                }
                Err(Errno::INTR) => {}
                Ok(None) | Err(_) => return true,
            }
        }
    }
}

/// Whether a request must find the images complete: all that forks, and what follows from it. The engine's own start needs
/// none of them.
fn waits_for_images(ask: &Ask) -> bool {
    !matches!(
        ask,
        Ask::MakeNamespace { .. }
            | Ask::NetlinkSocket { .. }
            | Ask::Netns { .. }
            | Ask::Sysctl { .. }
            | Ask::Socket { .. }
    )
}

fn kit_of(images: &Images) -> Result<&Kit, Answer> {
    let early = || refused("make a process before the images".into(), &Errno::AGAIN.into());
    images.kit().ok_or_else(early)
}

/// A shell's status: the exit status, or 128 + signal.
fn shell_status(status: WaitStatus) -> i32 {
    status
        .exit_status()
        .or_else(|| status.terminating_signal().map(|signal| 128 + signal))
        .unwrap_or(255)
}

fn named(place: &Place) -> &str {
    match place {
        Place::Host => "the lab's host",
        Place::Router => "the router",
        Place::Container(id) => id.get(..12).unwrap_or(id),
    }
}
