//! `netstat`: the sockets of this network namespace, as /proc/net lists them.

mod owners;
mod sockets;

use std::fs;
use std::io::Write;

use super::super::{Call, errno, getopt};
use super::known::{Hosts, Services};
use super::routes::{Columns, listing};
use owners::Owners;
use sockets::{Inet, Local, Protocol};

/// Help.
pub const USAGE: &str = "[-ral] [-tuwx] [-enWp]

Display networking information

	-r	Routing table
	-a	All sockets
	-l	Listening sockets
		Else: connected sockets
	-t	TCP sockets
	-u	UDP sockets
	-w	Raw sockets
	-x	Unix sockets
		Else: all socket types
	-e	Other/more information
	-n	Don't resolve names
	-W	Wide display
	-p	Show PID/program name for sockets";

/// Columns of an address, and with `-W`: the longest an address of IPv6 can be, with a port.
const WIDTH: usize = 23;
const WIDE: usize = 51;

/// Which sockets are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    listening: bool,
    connected: bool,
}

impl Wanted {
    const fn words(self) -> &'static str {
        match (self.listening, self.connected) {
            (true, true) => "(servers and established)",
            (true, false) => "(only servers)",
            _ => "(w/o servers)",
        }
    }

    const fn wants(self, connected: bool) -> bool {
        if connected { self.connected } else { self.listening }
    }
}

/// How the lists are written.
struct Manner {
    wanted: Wanted,
    width: usize,
    hosts: Hosts,
    services: Services,
    /// With `-p`: whose each socket is.
    owners: Option<Owners>,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "laentuwxrWp", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let numeric = options.has('n');
    if options.has('r') {
        return routes(call, options.has('e'), numeric);
    }
    let owners = options.has('p').then(|| {
        let (owners, unseen) = Owners::read();
        if let Some(sentence) = unseen {
            call.complain(sentence);
        }
        owners
    });
    let mut manner = Manner {
        wanted: Wanted {
            listening: options.has('l') || options.has('a'),
            connected: !options.has('l') || options.has('a'),
        },
        width: if options.has('W') { WIDE } else { WIDTH },
        hosts: Hosts::new(numeric),
        services: if numeric {
            Services::none()
        } else {
            Services::of_this_host()
        },
        owners,
    };
    let kinds = ['t', 'u', 'w', 'x'];
    let every = !kinds.iter().any(|kind| options.has(*kind));
    let protocols: Vec<Protocol> = [('t', Protocol::Tcp), ('u', Protocol::Udp), ('w', Protocol::Raw)]
        .into_iter()
        .filter(|(letter, _)| every || options.has(*letter))
        .map(|(_, protocol)| protocol)
        .collect();
    if !protocols.is_empty() {
        print!("{}", manner.inet_heading());
    }
    for protocol in protocols {
        for path in protocol.paths() {
            list(call, path, |line| {
                Inet::read(line).map(|socket| manner.inet(&socket, protocol))
            });
        }
    }
    if every || options.has('x') {
        print!("{}", manner.local_heading());
        list(call, "/proc/net/unix", |line| {
            Local::read(line).map(|socket| manner.local(&socket))
        });
    }
    0
}

fn routes(call: &Call, extended: bool, numeric: bool) -> i32 {
    match fs::read_to_string("/proc/net/route") {
        Ok(table) => {
            let columns = if extended { Columns::Metric } else { Columns::Window };
            print!("{}", listing(&table, columns, &mut Hosts::new(numeric)));
            0
        }
        Err(error) => {
            call.complain_of("can't open '/proc/net/route'", &error);
            1
        }
    }
}

/// Prints what `line_of` makes of each line but the first, which is headings.
fn list(call: &Call, path: &str, mut line_of: impl FnMut(&str) -> Option<String>) {
    let table = match fs::read(path) {
        Ok(table) => String::from_utf8_lossy(&table).into_owned(),
        Err(error) => {
            call.complain(format_args!("{path}: {}", errno::words(&error)));
            return;
        }
    };
    let mut out = std::io::stdout().lock();
    for (at, line) in table.lines().enumerate().skip(1) {
        match line_of(line) {
            // Names may take long to find: each line is shown once it is known.
            Some(text) => {
                let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            }
            None => call.complain(format_args!("{path}: bogus data on line {}", at + 1)),
        }
    }
}

impl Manner {
    fn banner(&self) -> &'static str {
        if self.owners.is_some() {
            "PID/Program name    "
        } else {
            ""
        }
    }

    fn inet_heading(&self) -> String {
        let width = self.width;
        format!(
            "Active Internet connections {}\nProto Recv-Q Send-Q {:<width$} {:<width$} State       {}\n",
            self.wanted.words(),
            "Local Address",
            "Foreign Address",
            self.banner()
        )
    }

    /// The line of a socket, empty where it is not wanted.
    fn inet(&mut self, socket: &Inet, protocol: Protocol) -> String {
        if !self.wanted.wants(socket.is_connected(protocol)) {
            return String::new();
        }
        let word = protocol.word();
        let mut end = |address, port| {
            let host = self.hosts.name_or_digits(address);
            format!("{host}:{}", self.services.port(port, word))
        };
        let (local, foreign) = (
            end(socket.local, socket.local_port),
            end(socket.foreign, socket.foreign_port),
        );
        let width = self.width;
        let owner = self.owners.as_ref().map_or("", |owners| owners.of(socket.inode));
        format!(
            "{word}   {:>6} {:>6} {local:<width$} {foreign:<width$} {:<12}{owner}\n",
            socket.received,
            socket.sent,
            socket.state(protocol)
        )
    }

    fn local_heading(&self) -> String {
        format!(
            "Active UNIX domain sockets {}\nProto RefCnt Flags       Type       State         I-Node {}Path\n",
            self.wanted.words(),
            self.banner()
        )
    }

    fn local(&self, socket: &Local) -> String {
        if !self.wanted.wants(!socket.is_listening()) {
            return String::new();
        }
        let owner = self
            .owners
            .as_ref()
            .map_or_else(String::new, |owners| format!("{:<20}", owners.of(socket.inode)));
        format!(
            "{:<5} {:<6} {:<11} {:<10} {:<13} {:>6} {owner}{}\n",
            socket.protocol(),
            socket.references,
            socket.flags(),
            socket.kind(),
            socket.state(),
            socket.inode,
            socket.path
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manner(listening: bool, connected: bool, owners: Option<Owners>) -> Manner {
        Manner {
            wanted: Wanted { listening, connected },
            width: WIDTH,
            hosts: Hosts::new(true),
            services: Services::none(),
            owners,
        }
    }

    fn hex(address: [u8; 4]) -> String {
        format!("{:08X}", u32::from_ne_bytes(address))
    }

    #[test]
    fn sockets_read_as_in_busybox() {
        let line = format!(
            "   0: {}:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0",
            hex([127, 0, 0, 11])
        );
        let socket = Inet::read(&line).unwrap();
        let mut servers = manner(true, false, Some(Owners::from([(4711, "1/nginx".to_owned())])));
        assert_eq!(
            servers.inet_heading() + &servers.inet(&socket, Protocol::Tcp),
            "Active Internet connections (only servers)\n\
             Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    \n\
             tcp        0      0 127.0.0.11:80           0.0.0.0:*               LISTEN      1/nginx\n"
        );
        let mut connected = manner(false, true, None);
        assert_eq!(connected.inet(&socket, Protocol::Tcp), "");
        let line = format!(
            "   1: {}:AA9A {}:0050 01 00000004:00000002 00:00000000 00000000     0        0 0 1 0000",
            hex([172, 18, 0, 3]),
            hex([172, 18, 0, 2])
        );
        assert_eq!(
            connected.inet(&Inet::read(&line).unwrap(), Protocol::Tcp),
            "tcp        2      4 172.18.0.3:43674        172.18.0.2:80           ESTABLISHED \n"
        );
        let line = "  66: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 12 2 0000 0";
        assert_eq!(
            servers.inet(&Inet::read(line).unwrap(), Protocol::Udp),
            "udp        0      0 0.0.0.0:53              0.0.0.0:*                           -\n"
        );
    }

    #[test]
    fn local_sockets_read_as_in_busybox() {
        let all = manner(true, true, None);
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01 23456 /run/x.sock";
        assert_eq!(
            all.local_heading() + &all.local(&Local::read(line).unwrap()),
            "Active UNIX domain sockets (servers and established)\n\
             Proto RefCnt Flags       Type       State         I-Node Path\n\
             unix  2      [ ACC ]     STREAM     LISTENING      23456 /run/x.sock\n"
        );
        let line = "0000000000000000: 00000003 00000000 00000000 0002 03 7";
        assert_eq!(
            all.local(&Local::read(line).unwrap()),
            "unix  3      [ ]         DGRAM      CONNECTED          7 \n"
        );
        assert_eq!(manner(true, false, None).local(&Local::read(line).unwrap()), "");
    }
}
