//! What is seen on the wire in a container's network: this test binary, run again in there with a packet socket.

use std::io::{BufRead, BufReader, Read};
use std::net::Ipv4Addr;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::support::Lab;
use crate::support::eventually;
use crate::support::inside::{again_in, is_inside};
use crate::support::processes::with_words;

/// How long a loaded machine may take.
const REST: Duration = Duration::from_secs(20);
/// `ETH_P_ALL` (`linux/if_ether.h`), which shows what is sent too.
const EVERYTHING: u16 = 3;

/// Lines of what was seen.
pub struct Wire {
    child: Child,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    /// Listens in a network of that name (or the host's), from a container of its own, for the test of that full path, which
    /// begins with [`listens`].
    pub fn tap(lab: &Lab, network: &str, test: &str) -> Self {
        let seconds = format!("{}", 70_000_000 + lab.child.id());
        lab.ok(&["run", "-d", "--net", network, "alpine", "sleep", &seconds]);
        let process = with_words(&["sleep", &seconds]);
        let mut child = again_in(&process, test)
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test runs again");
        let output = BufReader::new(child.stdout.take().expect("a piped stdout"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&seen);
        std::thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            for line in lines.filter_map(|line| line.strip_prefix("seen ").map(str::to_owned)) {
                into.lock().expect("nobody panics with it").push(line);
            }
        });
        let wire = Self { child, seen };
        wire.await_line(|line| line == "nothing yet");
        wire
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panics with it").clone()
    }

    /// Waits for such a line.
    pub fn await_line(&self, is_it: impl Fn(&str) -> bool) {
        let came = eventually(REST, || self.seen().iter().any(|line| is_it(line)));
        assert!(came, "not on the wire: {:#?}", self.seen());
    }

    /// What was seen of somebody's own address, told to all: the MAC addresses, in order.
    pub fn told_of(&self, address: &str) -> Vec<String> {
        let own = format!("arp {address} {address} ");
        let seen = self.seen();
        seen.iter()
            .filter_map(|line| line.strip_prefix(&own).map(str::to_owned))
            .collect()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the second run: prints what it sees until it is killed, and is true.
pub fn listens() -> bool {
    if !is_inside() {
        return false;
    }
    let all = i32::from(EVERYTHING.to_be());
    let mut socket =
        Socket::new(Domain::PACKET, Type::from(libc::SOCK_RAW), Some(Protocol::from(all))).expect("a socket");
    println!("\nseen nothing yet");
    let mut frame = [0; 2048];
    while let Ok(length) = socket.read(&mut frame) {
        if let Some(line) = told(&frame[..length]) {
            println!("seen {line}");
        }
    }
    true
}

/// `arp SENDER TARGET MAC` of a request, `icmp SOURCE TARGET` of an echo request.
fn told(frame: &[u8]) -> Option<String> {
    let at = |from: usize| -> Option<Ipv4Addr> { Some(<[u8; 4]>::try_from(frame.get(from..from + 4)?).ok()?.into()) };
    match frame.get(12..14)? {
        [0x08, 0x06] if frame.get(20..22)? == [0, 1] => {
            let mac: Vec<String> = frame.get(22..28)?.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(format!("arp {} {} {}", at(28)?, at(38)?, mac.join(":")))
        }
        [0x08, 0x00] if frame.get(23)? == &1 && frame.get(34)? == &8 => Some(format!("icmp {} {}", at(26)?, at(30)?)),
        _ => None,
    }
}
