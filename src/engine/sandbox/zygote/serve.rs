//! The zygote's loop: requests of the engine and the front, reports of containers, ends of children.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::signalfd::SignalFd;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, WaitStatus, wait};

use super::consoles::Consoles;
use super::images::Images;
use super::places::Places;
use super::sandboxes::{Sandboxes, refused};
use crate::engine::images::StoreError;
use crate::engine::plan::Place;
use crate::engine::sandbox::protocol::{Answer, Ask, FromZygote, Request, SpawnConsole};
use crate::engine::sandbox::wire;

/// The engine's end of the conversation.
#[derive(Debug)]
pub(super) struct Outbox(OwnedFd);

impl Outbox {
    pub fn new(socket: OwnedFd) -> Self {
        Self(socket)
    }

    /// Answers a request. If the engine has ended, so does the zygote, at its next look.
    pub fn reply(&self, id: u64, answer: Answer, fd: Option<BorrowedFd<'_>>) {
        let _ = wire::send(&self.0, &FromZygote::Reply { id, answer }, fd.as_slice());
    }

    /// Reports the end of a container's first process.
    pub fn exit(&self, container: &str, code: i32) {
        let container = container.to_owned();
        let _ = wire::send(&self.0, &FromZygote::Exit { container, code }, &[]);
    }
}

/// All that pid 1 of a lab holds.
pub(super) struct Zygote {
    pub janitor: OwnedFd,
    pub engine: Outbox,
    pub engine_pid: Pid,
    pub front: Option<OwnedFd>,
    pub ends: SignalFd,
    pub places: Places,
    pub sandboxes: Sandboxes,
    pub consoles: Consoles,
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
    Console(Pid),
}

impl Zygote {
    /// Serves until the engine or the janitor ends.
    ///
    /// # Errors
    /// There are no images.
    pub fn serve(mut self) -> Result<(), StoreError> {
        loop {
            for speaker in self.listen() {
                let goes_on = match speaker {
                    Speaker::Janitor => false,
                    Speaker::Engine => self.hear_engine(),
                    Speaker::Ends => self.reap(),
                    other => {
                        self.hear(other)?;
                        true
                    }
                };
                if !goes_on {
                    return Ok(());
                }
            }
        }
    }

    /// Hears those whose end is not the lab's.
    fn hear(&mut self, speaker: Speaker) -> Result<(), StoreError> {
        match speaker {
            Speaker::Janitor | Speaker::Engine | Speaker::Ends => {}
            Speaker::Front => self.hear_front()?,
            Speaker::Images => drop(self.images.kit()?),
            Speaker::Container(container) => self.sandboxes.report(&container, &self.engine),
            Speaker::Console(pid) => self.consoles.hear(pid),
        }
        Ok(())
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
        add(Speaker::Ends, self.ends.as_fd());
        for (pid, fd) in self.consoles.sockets() {
            add(Speaker::Console(pid), fd);
        }
        if let Some(news) = self.images.news() {
            add(Speaker::Images, news);
        }
        if let Some(front) = &self.front {
            add(Speaker::Front, front.as_fd());
        }
        add(Speaker::Engine, self.engine.0.as_fd());
        // Interrupted or out of memory: nobody spoke, and the caller asks again.
        if poll(&mut fds, None).is_err() {
            return Vec::new();
        }
        let heard = fds.iter().map(|fd| !fd.revents().is_empty());
        speakers
            .into_iter()
            .zip(heard)
            .filter_map(|(speaker, heard)| heard.then_some(speaker))
            .collect()
    }

    /// One request; false when the engine has ended.
    fn hear_engine(&mut self) -> bool {
        let Ok(Some((Request { id, ask }, fds))) = wire::receive(&self.engine.0) else {
            return false;
        };
        match self.answer(id, ask, fds) {
            Ok(Some((answer, fd))) => self.engine.reply(id, answer, fd.as_ref().map(AsFd::as_fd)),
            Ok(None) => {}
            Err(answer) => self.engine.reply(id, answer, None),
        }
        true
    }

    /// Does what is asked; `None` where the answer comes later, from a report or an end.
    fn answer(&mut self, id: u64, ask: Ask, fds: Vec<OwnedFd>) -> Result<Option<(Answer, Option<OwnedFd>)>, Answer> {
        let done = |fd| Ok(Some((Answer::Done, fd)));
        match ask {
            Ask::Create { spec } => {
                let kit = self.images.kit().map_err(|error| refused(error.doing, &error.source))?;
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
            Ask::Sysctl { place, path, value } => {
                let written = self.places.sysctl(self.place(&place)?, &path, &value);
                let value = written.map_err(|error| refused(format!("set {path} in {}", named(&place)), &error))?;
                Ok(Some((Answer::Before { value }, None)))
            }
        }
    }

    fn place(&self, place: &Place) -> Result<&OwnedFd, Answer> {
        self.places.get(place).ok_or_else(|| Answer::Unknown {
            what: named(place).into(),
        })
    }

    fn hear_front(&mut self) -> Result<(), StoreError> {
        let Some(front) = &self.front else { return Ok(()) };
        if let Ok(Some((request, fds))) = wire::receive::<SpawnConsole>(front) {
            self.consoles.spawn(&request, fds, self.images.kit()?);
        } else {
            // The front has ended; the janitor sees to the rest.
            self.front = None;
        }
        Ok(())
    }

    /// Reaps every child that ended, and every orphan that pid 1 was given; false when the engine was among them.
    fn reap(&mut self) -> bool {
        while let Ok(Some(_)) = self.ends.read_signal() {}
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => {
                    if pid == self.engine_pid {
                        return false;
                    }
                    let code = shell_status(status);
                    let _ = self.sandboxes.ended(pid, code, &self.engine, &mut self.places)
                        || self.consoles.ended(pid, code);
                }
                Err(Errno::INTR) => {}
                Ok(None) | Err(_) => return true,
            }
        }
    }
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
