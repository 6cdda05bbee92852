//! `ping`: echo requests (RFC 792) and what came back, in busybox's words.

mod busybox;
pub(crate) mod iputils;
mod socket;
mod tally;
mod ttl;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::{Call, errno, getopt, resolve};
use socket::{EchoSocket, Reply};
use tally::{Heard, Tally};

/// Help.
pub const USAGE: &str = "[OPTIONS] HOST

Send ICMP ECHO_REQUESTs to HOST

	-4		Force IP name resolution
	-c CNT		Send only CNT pings
	-s SIZE		Send SIZE data bytes in packets (default 56)
	-i SECS		Interval
	-A		Ping as soon as reply is received
	-t TTL		Set TTL
	-I IFACE/IP	Source interface or IP address
	-W SEC		Seconds to wait for the first response (default 10)
			(after all -c CNT packets are sent)
	-w SEC		Seconds until ping exits (default:infinite)
			(can exit earlier with -c CNT)
	-q		Quiet, only display output at start/finish
	-p HEXBYTE	Payload pattern";

/// What the command line asks for.
#[derive(Debug)]
struct Request {
    host: String,
    /// 0: no end.
    count: u64,
    size: usize,
    interval: Duration,
    /// Send the next as soon as a reply came.
    adaptive: bool,
    ttl: Option<u32>,
    source: Option<String>,
    /// How long to wait for a first reply once all were sent.
    wait: Duration,
    /// When to end whatever came.
    deadline: Option<Duration>,
    quiet: bool,
    pattern: u8,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let request = match read_request(call) {
        Ok(request) => request,
        Err(status) => return status,
    };
    let Some(address) = resolve::ipv4(&request.host).first().copied() else {
        call.complain(format_args!("bad address '{}'", request.host));
        return 1;
    };
    // The line stands before the socket is asked for anything, as busybox's does.
    let mut socket = match EchoSocket::open() {
        Ok(socket) => socket,
        Err(error) if matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES)) => {
            call.complain("permission denied (are you root?)");
            return 1;
        }
        Err(error) => {
            call.complain_of("socket", &error);
            return 1;
        }
    };
    if let Err(status) = prepare(call, &socket, &request) {
        return status;
    }
    if let Err(error) = keep_interrupt() {
        call.complain(error);
        return 1;
    }
    println!("PING {} ({address}): {} data bytes", request.host, request.size);
    let _ = io::stdout().flush();
    let mut manner = Busybox {
        host: request.host.clone(),
    };
    match converse(&request, address, &mut socket, &mut manner) {
        Ok(tally) => {
            let incomplete = request.deadline.is_some() && tally.replies() < request.count;
            i32::from(tally.replies() == 0 || incomplete)
        }
        Err(error) => {
            call.complain(error);
            1
        }
    }
}

fn read_request(call: &Call) -> Result<Request, i32> {
    let options = getopt::parse(call, "4c:s:i:At:I:W:w:qp:nv", &[])?;
    let [host] = options.operands.as_slice() else {
        return Err(call.usage());
    };
    let number = |letter: char, most: u64| -> Result<Option<u64>, i32> {
        let Some(text) = options.value(letter).map(|text| text.to_string_lossy().into_owned()) else {
            return Ok(None);
        };
        match text.parse::<u64>() {
            Ok(value) if value <= most => Ok(Some(value)),
            Ok(value) => {
                call.complain(format_args!("number {value} is not in 0..{most} range"));
                Err(1)
            }
            Err(_) => {
                call.complain(format_args!("invalid number '{text}'"));
                Err(1)
            }
        }
    };
    let interval = match options.value('i').map(|text| text.to_string_lossy().into_owned()) {
        None => Duration::from_secs(1),
        Some(text) => read_interval(&text).ok_or_else(|| {
            call.complain(format_args!("invalid number '{text}'"));
            1
        })?,
    };
    let pattern = match options.value('p').map(|text| text.to_string_lossy().into_owned()) {
        None => 0,
        Some(text) => u8::from_str_radix(&text, 16).map_err(|_| {
            call.complain(format_args!("invalid number '{text}'"));
            1
        })?,
    };
    Ok(Request {
        host: host.to_string_lossy().into_owned(),
        count: number('c', u64::from(u32::MAX))?.unwrap_or(0),
        size: usize::try_from(number('s', 65535)?.unwrap_or(56)).unwrap_or(56),
        interval,
        adaptive: options.has('A'),
        ttl: number('t', 255)?.and_then(|ttl| u32::try_from(ttl).ok()),
        source: options.value('I').map(|source| source.to_string_lossy().into_owned()),
        wait: Duration::from_secs(number('W', u64::from(u16::MAX))?.unwrap_or(10)),
        deadline: number('w', u64::from(u32::MAX))?
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs),
        quiet: options.has('q'),
        pattern,
    })
}

/// Seconds, with a fraction.
fn read_interval(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

fn prepare(call: &Call, socket: &EchoSocket, request: &Request) -> Result<(), i32> {
    if let Some(source) = &request.source {
        match source.parse::<IpAddr>() {
            Ok(address) => socket.bind(address).map_err(|error| {
                call.complain_of("bind", &error);
                1
            })?,
            Err(_) => socket.bind_device(source).map_err(|error| {
                match error.raw_os_error() {
                    Some(libc::ENODEV) => call.complain(format_args!("bad address '{source}'")),
                    _ => call.complain_of(format_args!("can't bind to interface {source}"), &error),
                }
                1
            })?,
        }
    }
    if let Some(ttl) = request.ttl {
        socket.set_ttl(ttl).map_err(|error| {
            call.complain_of("can't set TTL", &error);
            1
        })?;
    }
    Ok(())
}

/// How one of the two pings tells what it sees.
trait Manner {
    /// An empty tally.
    fn tally(&self) -> Tally;
    /// What is printed when a request leaves.
    fn sent(&self) -> &'static str {
        ""
    }
    /// What is printed for a reply, the end of its line included.
    fn told(&mut self, reply: &Reply, heard: Heard) -> String;
    /// The closing lines; `took` is from the first request to the last packet.
    fn summary(&self, tally: &Tally, took: Duration) -> String;
}

struct Busybox {
    host: String,
}

impl Manner for Busybox {
    fn tally(&self) -> Tally {
        Tally::default()
    }

    fn told(&mut self, reply: &Reply, heard: Heard) -> String {
        busybox::line(reply, heard) + "\n"
    }

    fn summary(&self, tally: &Tally, _: Duration) -> String {
        busybox::summary(tally, &self.host)
    }
}

/// Keeps Ctrl-C to be read from a descriptor: also pid 1 of a container hears it this way. Called before the first line is
/// printed: whoever has read it may press the keys.
fn keep_interrupt() -> Result<SigSet, String> {
    let mut interrupt = SigSet::empty();
    interrupt.add(Signal::SIGINT);
    interrupt
        .thread_block()
        .map_err(|error| format!("sigprocmask: {}", errno::of_code(error as i32)))?;
    Ok(interrupt)
}

/// Sends and receives until the count, the deadline or Ctrl-C; prints the tally and returns it.
fn converse(
    request: &Request,
    address: Ipv4Addr,
    socket: &mut EchoSocket,
    manner: &mut dyn Manner,
) -> Result<Tally, String> {
    let interrupt = keep_interrupt()?;
    let signals = SignalFd::with_flags(&interrupt, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .map_err(|error| format!("signalfd: {}", errno::of_code(error as i32)))?;

    let begin = Instant::now();
    let deadline = request.deadline.map(|after| begin + after);
    let mut tally = manner.tally();
    let mut last_packet = Duration::ZERO;
    let mut next_send = begin;
    let mut last_wait: Option<Instant> = None;
    loop {
        let now = Instant::now();
        if deadline.is_some_and(|deadline| now >= deadline) || last_wait.is_some_and(|end| now >= end) {
            break;
        }
        if last_wait.is_none() && now >= next_send {
            let sequence = tally.sent(begin.elapsed());
            socket
                .send(address, sequence, request.size, request.pattern)
                .map_err(|error| format!("sendto: {}", errno::words(&error)))?;
            last_packet = begin.elapsed();
            next_send = now + request.interval;
            if !request.quiet && !manner.sent().is_empty() {
                print!("{}", manner.sent());
                let _ = io::stdout().flush();
            }
            if request.count > 0 && tally.transmitted() >= request.count {
                last_wait = Some(now + tally.last_wait(request.wait));
            }
            continue;
        }
        let wake = [Some(last_wait.unwrap_or(next_send)), deadline]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(next_send);
        if wait_for(socket, &signals, wake.saturating_duration_since(now))? {
            break;
        }
        while let Some(reply) = socket
            .receive()
            .map_err(|error| format!("recvfrom: {}", errno::words(&error)))?
        {
            last_packet = begin.elapsed();
            if let Some(heard) = tally.received(&reply, last_packet, request.size)
                && !request.quiet
            {
                print!("{}", manner.told(&reply, heard));
                let _ = io::stdout().flush();
            }
            if request.adaptive {
                next_send = Instant::now();
            }
        }
        if request.count > 0 && tally.replies() >= request.count {
            break;
        }
    }
    print!("{}", manner.summary(&tally, last_packet));
    Ok(tally)
}

/// Waits for a packet, Ctrl-C (true) or the time to act.
fn wait_for(socket: &EchoSocket, signals: &SignalFd, most: Duration) -> Result<bool, String> {
    // Rounded up: a wait that ends a moment too early would spin until it is over.
    let millis = most.as_micros().div_ceil(1000).min(60_000);
    let timeout = PollTimeout::from(u16::try_from(millis).unwrap_or(u16::MAX));
    let mut fds = [
        PollFd::new(socket.as_fd(), PollFlags::POLLIN),
        PollFd::new(signals.as_fd(), PollFlags::POLLIN),
    ];
    match poll(&mut fds, timeout) {
        Ok(_) => Ok(fds[1].any().unwrap_or(false)),
        Err(nix::errno::Errno::EINTR) => Ok(false),
        Err(error) => Err(format!("poll: {}", errno::of_code(error as i32))),
    }
}
