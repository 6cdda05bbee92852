//! Tells neighbours of new addresses by gratuitous ARP, behind everybody's back: whoever waits for a Plan does not wait for
//! this. (moby `libnetwork/osl/interface_linux.go`, `advertiseAddrs`.)
//!
//! An address is free again the moment somebody leaves, and whoever gets it next has another MAC address: neighbours who
//! still have the old one in their tables would talk to nobody.
//!
//! One thread for the lab, which sleeps while nothing is to be told. A socket keeps its container's namespace, so it is closed with the
//! last packet, when the cable is pulled, and when the container ends.

mod packet;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::places::Places;
use super::run::parse_mac;
use crate::engine::netlink::Route;
use crate::engine::plan::{Place, Step};
use packet::PacketSocket;

/// A bridge lets a new port's packets pass a moment after the port is up: how often that is looked at, and how long between two
/// looks (as moby's `waitForBridgePort`).
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// Rest after each packet, in times of what it took: a packet to a thousand neighbours is a thousand packets, which the kernel delivers
/// before it returns, and a thousand containers that start at once must not wait for each other's.
const REST: u32 = 9;
/// On a busy machine most of the time a packet took may be others'.
const LONGEST_REST: Duration = Duration::from_millis(100);
/// Of an Ethernet frame with an ARP packet for IPv4.
const FRAME: usize = 14 + 28;

/// What is told of one interface.
#[derive(Debug)]
pub(super) struct Job {
    container: String,
    link: String,
    host_end: String,
    mac: [u8; 6],
    address: Ipv4Addr,
    left: u8,
    spacing: Duration,
}

impl Job {
    /// What a step asks for.
    pub(super) fn of(step: &Step) -> Option<Self> {
        let Step::AnnounceAddress {
            container,
            link,
            host_end,
            mac,
            address,
            times,
            spacing,
        } = step
        else {
            return None;
        };
        Some(Self {
            container: container.clone(),
            link: link.clone(),
            host_end: host_end.clone(),
            mac: parse_mac(mac)?,
            address: *address,
            left: *times,
            spacing: Duration::from_millis(u64::from(*spacing)),
        })
    }
}

#[derive(Debug)]
enum Command {
    Begin(Vec<Job>),
    /// The cable of that end on the lab host is pulled.
    Unplugged(String),
    /// The container has ended.
    Ended(String),
}

/// Handle to the thread, which ends with the last of them.
#[derive(Debug, Clone)]
pub(super) struct Announcer {
    commands: Sender<Command>,
}

impl Announcer {
    /// Starts the thread, which looks at ports in the calling thread's network namespace.
    pub(super) fn start(places: Arc<dyn Places>) -> io::Result<Self> {
        let (commands, inbox) = mpsc::channel();
        let host = Route::open()?;
        std::thread::Builder::new()
            .name("announcer".into())
            .spawn(move || work(&inbox, &*places, host))?;
        Ok(Self { commands })
    }

    pub(super) fn begin(&self, jobs: Vec<Job>) {
        self.tell(Command::Begin(jobs));
    }

    pub(super) fn unplugged(&self, host_end: &str) {
        self.tell(Command::Unplugged(host_end.to_owned()));
    }

    pub(super) fn ended(&self, container: &str) {
        self.tell(Command::Ended(container.to_owned()));
    }

    fn tell(&self, command: Command) {
        // Refused only when the thread has ended, and then nothing is told any more.
        let _ = self.commands.send(command);
    }
}

/// A job under way.
struct Going {
    job: Job,
    due: Instant,
    looks: u32,
    socket: Option<PacketSocket>,
}

fn work(inbox: &Receiver<Command>, places: &dyn Places, mut host: Route) {
    let mut going: Vec<Going> = Vec::new();
    let mut rested = Instant::now();
    loop {
        let next = going.iter().map(|one| one.due.max(rested)).min();
        let heard = match next {
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(next) => inbox.recv_timeout(next.saturating_duration_since(Instant::now())),
        };
        match heard {
            Ok(command) => obey(command, &mut going),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // Who has left is told of no more, however late it is.
        while let Ok(command) = inbox.try_recv() {
            obey(command, &mut going);
        }
        let now = Instant::now();
        let first = (0..going.len()).min_by_key(|index| going[*index].due);
        if let Some(first) = first.filter(|first| going[*first].due.max(rested) <= now) {
            if !going[first].go_on(places, &mut host) {
                going.swap_remove(first);
            }
            rested = Instant::now() + (now.elapsed() * REST).min(LONGEST_REST);
        }
    }
}

fn obey(command: Command, going: &mut Vec<Going>) {
    match command {
        Command::Begin(jobs) => going.extend(jobs.into_iter().map(|job| Going {
            job,
            due: Instant::now(),
            looks: 0,
            socket: None,
        })),
        Command::Unplugged(host_end) => going.retain(|one| one.job.host_end != host_end),
        Command::Ended(container) => going.retain(|one| one.job.container != container),
    }
}

impl Going {
    /// Sends the next one, or waits for the port; false when there is nothing more to do.
    fn go_on(&mut self, places: &dyn Places, host: &mut Route) -> bool {
        if self.socket.is_none() {
            let Ok(port) = host.link(&self.job.host_end) else {
                return false;
            };
            if !port.forwarding && self.looks < LOOKS {
                self.looks += 1;
                self.due = Instant::now() + BETWEEN_LOOKS;
                return true;
            }
        }
        if let Err(error) = self.send(places) {
            // Mostly of a container that ends just now.
            tracing::debug!(%error, container = self.job.container, link = self.job.link, "an address is told no more");
            return false;
        }
        self.job.left -= 1;
        self.due = Instant::now() + self.job.spacing;
        self.job.left > 0
    }

    fn send(&mut self, places: &dyn Places) -> io::Result<()> {
        let job = &self.job;
        let socket = if let Some(socket) = self.socket.take() {
            socket
        } else {
            let place = Place::Container(job.container.clone());
            let fd = places.packet_socket(&place).map_err(io::Error::other)?;
            PacketSocket::bound(fd, &job.link)?
        };
        // Somebody who has chosen another MAC address meanwhile would be told off the network.
        if socket.mac()? != job.mac {
            return Err(io::Error::other("it has another MAC address now"));
        }
        socket.send(&frame(job.mac, job.address))?;
        self.socket = Some(socket);
        Ok(())
    }
}

/// To everybody: "who has this address? Tell this address", from whom it belongs to (RFC 826, RFC 5227 §3).
fn frame(mac: [u8; 6], address: Ipv4Addr) -> [u8; FRAME] {
    let address = address.octets();
    let parts: [&[u8]; 8] = [
        &[0xff; 6],
        &mac,
        &[0x08, 0x06],
        // Ethernet, IPv4, lengths of their addresses, request.
        &[0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01],
        &mac,
        &address,
        &[0; 6],
        &address,
    ];
    let mut frame = [0; FRAME];
    for (to, byte) in frame.iter_mut().zip(parts.into_iter().flatten()) {
        *to = *byte;
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_is_a_request_from_oneself_for_oneself_to_all() {
        let frame = frame([2, 0x42, 0xac, 18, 0, 2], Ipv4Addr::new(172, 18, 0, 2));
        let hex: Vec<String> = frame.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex.concat(),
            "ffffffffffff0242ac120002080600010800060400010242ac120002ac120002000000000000ac120002"
        );
    }

    #[test]
    fn what_is_told_of_one_interface_ends_with_its_cable_or_its_container() {
        let step = |container: &str, host_end: &str| Step::AnnounceAddress {
            container: container.into(),
            link: "eth0".into(),
            host_end: host_end.into(),
            mac: "02:42:ac:12:00:02".into(),
            address: Ipv4Addr::new(172, 18, 0, 2),
            times: 3,
            spacing: 100,
        };
        let steps = [step("a", "veth1"), step("a", "veth2"), step("b", "veth3")];
        let mut going = Vec::new();
        obey(Command::Begin(steps.iter().filter_map(Job::of).collect()), &mut going);
        let left = |going: &[Going]| -> Vec<String> { going.iter().map(|one| one.job.host_end.clone()).collect() };
        obey(Command::Unplugged("veth1".into()), &mut going);
        assert_eq!(left(&going), ["veth2", "veth3"]);
        obey(Command::Ended("a".into()), &mut going);
        assert_eq!(left(&going), ["veth3"]);
    }
}
