//! `traceroute`: datagrams that may take one hop more each time, and who says that they came no further.
//!
//! What routers answer is read from the socket's error queue (`IP_RECVERR`, ip(7)), for which no capability is needed;
//! busybox reads it from a raw socket. What is printed is the same.

mod errors;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::{Domain, Socket, Type};

use super::{Call, errno, getopt, resolve};
use errors::Notice;

/// Help.
pub const USAGE: &str = "[-4nv] [-f 1ST_TTL] [-m MAXTTL] [-q PROBES] [-p PORT]
	[-t TOS] [-w WAIT_SEC] [-s SRC_IP] [-i IFACE]
	[-z PAUSE_MSEC] HOST [BYTES]

Trace the route to HOST

	-4	Force IP name resolution
	-n	Print numeric addresses
	-v	Verbose
	-f N	First number of hops (default 1)
	-m N	Max number of hops
	-q N	Number of probes per hop (default 3)
	-p N	Base UDP port number used in probes
		(default 33434)
	-s IP	Source address
	-i IFACE Source interface
	-t N	Type-of-service in probe packets (default 0)
	-w SEC	Wait for a response (default 5)
	-z MSEC	Wait before each send";

/// IP and UDP headers (RFC 791, RFC 768), and the least data behind them: what busybox puts there.
const HEADERS: u32 = 28;
const LEAST: u32 = HEADERS + 18;
const MOST: u32 = 32 * 1024;

/// ICMP's types and codes (RFC 792, RFC 1812).
const UNREACHABLE: u8 = 3;
const TIME_EXCEEDED: u8 = 11;

/// What the command line asks for.
#[derive(Debug)]
struct Request {
    host: String,
    /// Bytes of a whole packet.
    length: u32,
    first: u32,
    last: u32,
    probes: u32,
    port: u16,
    wait: Duration,
    pause: Duration,
    service: u32,
    source: Option<String>,
    device: Option<String>,
    numeric: bool,
    verbose: bool,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let request = match read_request(call) {
        Ok(request) => request,
        Err(status) => return status,
    };
    match trace(call, &request) {
        Ok(()) => 0,
        Err(sentence) => {
            call.complain(sentence);
            1
        }
    }
}

fn read_request(call: &Call) -> Result<Request, i32> {
    // `-l` is taken, and changes nothing in busybox either.
    let options = getopt::parse(call, "4lnvt:i:m:p:q:s:w:z:f:", &[])?;
    let text = |letter| options.value(letter).map(|text| text.to_string_lossy().into_owned());
    let number = |letter, usual, least, most| match text(letter) {
        None => Ok(usual),
        Some(text) => in_range(&text, least, most),
    };
    let read = || {
        let last = number('m', 30, 1, 255)?;
        let port = number('p', 33_434, 0, u32::from(u16::MAX))?;
        Ok(Request {
            host: String::new(),
            length: LEAST,
            first: number('f', 1, 1, last)?,
            last,
            probes: number('q', 3, 1, i32::MAX.unsigned_abs())?,
            port: u16::try_from(port).unwrap_or_default(),
            wait: Duration::from_secs(u64::from(number('w', 5, 1, 24 * 60 * 60)?)),
            pause: Duration::from_millis(u64::from(number('z', 0, 0, 60 * 60 * 1000)?)),
            service: number('t', 0, 0, 255)?,
            source: text('s'),
            device: text('i'),
            numeric: options.has('n'),
            verbose: options.has('v'),
        })
    };
    let mut operands = options.operands.iter().map(|word| word.to_string_lossy().into_owned());
    let Some(host) = operands.next() else {
        return Err(call.usage());
    };
    let complete = read().and_then(|request| {
        let length = operands.next().map_or(Ok(LEAST), |text| in_range(&text, LEAST, MOST))?;
        Ok(Request {
            host,
            length,
            ..request
        })
    });
    complete.map_err(|sentence: String| {
        call.complain(sentence);
        1
    })
}

fn in_range(text: &str, least: u32, most: u32) -> Result<u32, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("invalid number '{text}'"));
    }
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("number {text} is not in {least}..{most} range"))
}

/// The socket, and what is known before the first datagram.
struct Route {
    socket: Socket,
    target: Ipv4Addr,
    /// The address datagrams leave with.
    own: Ipv4Addr,
}

impl Route {
    fn open(call: &Call, request: &Request) -> Result<Self, String> {
        let target = resolve::ipv4(&request.host)
            .first()
            .copied()
            .ok_or_else(|| format!("bad address '{}'", request.host))?;
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).map_err(|error| failed("socket", &error))?;
        errors::request(&socket).map_err(|error| failed("setsockopt", &error))?;
        if request.service != 0 {
            socket
                .set_tos_v4(request.service)
                .map_err(|error| failed("setsockopt(TOS)", &error))?;
        }
        // busybox goes on without the interface.
        if let Some(device) = &request.device
            && let Err(error) = socket.bind_device(Some(device.as_bytes()))
        {
            call.complain_of(format_args!("can't bind to interface {device}"), &error);
        }
        let own = match &request.source {
            Some(source) => source.parse().map_err(|_| format!("bad address '{source}'"))?,
            None => source_towards(target, request)
                .map_err(|error| failed(&format!("can't connect to remote host ({target})"), &error))?,
        };
        socket
            .bind(&SocketAddrV4::new(own, 0).into())
            .map_err(|error| match error.raw_os_error() {
                // The question busybox asks first has this answer.
                Some(libc::EADDRNOTAVAIL) => "can't set multicast source interface".to_owned(),
                _ => failed("bind", &error),
            })?;
        Ok(Self { socket, target, own })
    }

    /// Sends a datagram that may take so many hops.
    fn send(&self, port: u16, hops: u32, data: &[u8]) -> Result<(), String> {
        self.socket
            .set_ttl_v4(hops)
            .map_err(|error| failed(&format!("setsockopt(TTL) {hops}"), &error))?;
        let to = SocketAddrV4::new(self.target, port).into();
        // What became of an earlier datagram would be told as this one's failure; it is in the queue too.
        let _ = self.socket.take_error();
        let sent = self.socket.send_to(data, &to).or_else(|_| {
            let _ = self.socket.take_error();
            self.socket.send_to(data, &to)
        });
        sent.map(drop).map_err(|error| failed("sendto", &error))
    }

    /// What is said about the datagram to a port, and how long after `begin`.
    fn answer(&self, port: u16, begin: Instant, wait: Duration) -> Result<Option<(Notice, Duration)>, String> {
        loop {
            while let Some(notice) = errors::next(&self.socket).map_err(|error| failed("recv", &error))? {
                if notice.port == port && matches!(notice.kind, UNREACHABLE | TIME_EXCEEDED) {
                    return Ok(Some((notice, begin.elapsed())));
                }
            }
            let left = wait.saturating_sub(begin.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            // Rounded up: a wait that ends a moment too early would spin until it is over.
            let millis = left.as_micros().div_ceil(1000).min(60_000);
            let mut waited = [PollFd::new(self.socket.as_fd(), PollFlags::empty())];
            match poll(
                &mut waited,
                PollTimeout::from(u16::try_from(millis).unwrap_or(u16::MAX)),
            ) {
                Ok(_) | Err(nix::errno::Errno::EINTR) => {
                    // An error that is not in the queue would wake again and again.
                    let _ = self.socket.take_error();
                }
                Err(error) => return Err(format!("poll: {}", errno::of_code(error as i32))),
            }
        }
    }
}

fn failed(what: &str, error: &io::Error) -> String {
    format!("{what}: {}", errno::words(error))
}

/// The address the kernel would send from.
fn source_towards(target: Ipv4Addr, request: &Request) -> io::Result<Ipv4Addr> {
    let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    probe.connect(SocketAddrV4::new(target, request.port))?;
    match probe.local_addr()?.ip() {
        IpAddr::V4(own) => Ok(own),
        IpAddr::V6(_) => Ok(Ipv4Addr::UNSPECIFIED),
    }
}

fn trace(call: &Call, request: &Request) -> Result<(), String> {
    let route = Route::open(call, request)?;
    let from = request
        .source
        .as_ref()
        .map_or_else(String::new, |source| format!(" from {source}"));
    println!(
        "traceroute to {} ({}){from}, {} hops max, {} byte packets",
        request.host, route.target, request.last, request.length
    );
    let mut sequence = 0_u16;
    for hops in request.first..=request.last {
        print!("{hops:2}");
        let end = probe_hop(request, &route, hops, &mut sequence);
        println!();
        if end? {
            break;
        }
    }
    Ok(())
}

/// Sends the datagrams of one hop; whether there is nothing beyond it.
fn probe_hop(request: &Request, route: &Route, hops: u32, sequence: &mut u16) -> Result<bool, String> {
    let mut data = vec![0; usize::try_from(request.length - HEADERS).unwrap_or_default()];
    let mut last = None;
    let mut arrived = false;
    let mut refused = 0;
    for probe in 0..request.probes {
        let _ = io::stdout().flush();
        if probe != 0 {
            thread::sleep(request.pause);
        }
        *sequence = sequence.wrapping_add(1);
        let port = request.port.wrapping_add(*sequence);
        // Its number and its hops, as busybox marks them.
        data[0] = sequence.to_be_bytes()[1];
        data[1] = u8::try_from(hops).unwrap_or(u8::MAX);
        let begin = Instant::now();
        route.send(port, hops, &data)?;
        let Some((notice, took)) = route.answer(port, begin, request.wait)? else {
            print!("  *");
            continue;
        };
        if probe == 0 || last != Some(notice.from) {
            print!("{}", teller(request, route, &notice));
            last = Some(notice.from);
        }
        print!("  {}.{:03} ms", took.as_millis(), took.as_micros() % 1000);
        if notice.kind == UNREACHABLE {
            let (mark, end) = verdict(&notice);
            print!("{mark}");
            if end {
                arrived = true;
            } else {
                refused += 1;
            }
        }
    }
    Ok(arrived || (refused > 0 && refused + 1 >= request.probes))
}

/// Who answered.
fn teller(request: &Request, route: &Route, notice: &Notice) -> String {
    let address = notice.from;
    let mut text = if request.numeric {
        format!("  {address}")
    } else {
        let name = resolve::name_of(IpAddr::V4(address)).unwrap_or_else(|| address.to_string());
        format!("  {name} ({address})")
    };
    if request.verbose {
        // ICMP's own header, and what it quotes.
        let bytes = 8 + usize::try_from(HEADERS).unwrap_or_default() + notice.quoted;
        let _ = write!(text, " {bytes} bytes to {}", route.own);
    }
    text
}

/// The mark of a reason for being unreachable, and whether it means that the datagram has arrived.
fn verdict(notice: &Notice) -> (String, bool) {
    let mark = match notice.code {
        0 => " !N",
        1 => " !H",
        2 => return (" !P".to_owned(), true),
        3 if notice.ttl.is_some_and(|ttl| ttl <= 1) => return (" !".to_owned(), true),
        3 => return (String::new(), true),
        4 => return (format!(" !F-{}", notice.info), false),
        5 => " !S",
        6 | 7 => " !U",
        8 => " !I",
        9 | 13 => " !A",
        10 | 15 => " !C",
        11 | 12 => " !T",
        14 => " !V",
        other => return (format!(" !<{other}>"), false),
    };
    (mark.to_owned(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(code: u8, ttl: u8) -> Notice {
        Notice {
            from: Ipv4Addr::new(172, 18, 0, 1),
            port: 33_435,
            kind: UNREACHABLE,
            code,
            info: 1400,
            ttl: Some(ttl),
            quoted: 18,
        }
    }

    #[test]
    fn reasons_have_marks() {
        for (code, mark, end) in [
            (0, " !N", false),
            (1, " !H", false),
            (2, " !P", true),
            (3, "", true),
            (4, " !F-1400", false),
            (13, " !A", false),
            (99, " !<99>", false),
        ] {
            assert_eq!(verdict(&notice(code, 64)), (mark.to_owned(), end), "{code}");
        }
        assert_eq!(verdict(&notice(3, 1)), (" !".to_owned(), true));
    }

    #[test]
    fn numbers_are_checked_as_in_busybox() {
        assert_eq!(in_range("46", 46, 32768), Ok(46));
        assert_eq!(
            in_range("10", 46, 32768).unwrap_err(),
            "number 10 is not in 46..32768 range"
        );
        assert_eq!(
            in_range("99999999999", 1, 255).unwrap_err(),
            "number 99999999999 is not in 1..255 range"
        );
        for text in ["x", "", "-1", "+1"] {
            assert_eq!(in_range(text, 1, 3).unwrap_err(), format!("invalid number '{text}'"));
        }
    }
}
