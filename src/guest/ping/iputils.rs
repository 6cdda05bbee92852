//! `ping` of iputils, as `centos` has it: it asks for the name of who answers, and tells how long the whole took.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::super::{Call, errno, getopt, resolve};
use super::socket::{EchoSocket, Reply};
use super::tally::{Heard, Tally, millis};
use super::{Manner, Request, converse, keep_interrupt};

const USAGE: &str = "Usage: ping [-aAbBdDfhLnOqrRUvV64] [-c count] [-i interval] [-I interface]
            [-m mark] [-M pmtudisc_option] [-l preload] [-p pattern] [-Q tos]
            [-s packetsize] [-S sndbuf] [-t ttl] [-T timestamp_option]
            [-w deadline] [-W timeout] [hop1 ...] destination";

/// A flood sends as soon as a reply came, and a hundred times a second where none does (ping(8), `-f`).
const FLOOD_INTERVAL: Duration = Duration::from_millis(10);

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let mut asked = match read(call) {
        Ok(asked) => asked,
        Err(sentence) => {
            let _ = writeln!(io::stderr(), "{sentence}");
            return 2;
        }
    };
    let host = asked.request.host.clone();
    let numeric = host.parse::<Ipv4Addr>().ok();
    let Some(address) = numeric.or_else(|| resolve::ipv4(&host).first().copied()) else {
        return complain(&format!("{host}: Name or service not known"));
    };
    let mut socket = match EchoSocket::open() {
        Ok(socket) => socket,
        Err(error) => return complain(&format!("socket: {}", errno::glibc_words(&error))),
    };
    if let Err(sentence) = prepare(&socket, &asked.request) {
        return complain(&sentence);
    }
    if let Err(error) = EchoSocket::reaches(address) {
        let _ = writeln!(io::stderr(), "connect: {}", errno::glibc_words(&error));
        return 2;
    }
    let size = asked.request.size;
    if let Err(sentence) = keep_interrupt() {
        return complain(&sentence);
    }
    println!("PING {host} ({address}) {size}({}) bytes of data.", size + 28);
    let _ = io::stdout().flush();
    asked.manner.numeric |= numeric.is_some();
    match converse(&asked.request, address, &mut socket, &mut asked.manner) {
        Ok(tally) => {
            let missing = asked.request.deadline.is_some() && tally.replies() < asked.request.count;
            i32::from(tally.replies() == 0 || missing)
        }
        Err(sentence) => complain(&sentence),
    }
}

fn complain(sentence: &str) -> i32 {
    let _ = io::stdout().flush();
    let _ = writeln!(io::stderr(), "ping: {sentence}");
    2
}

struct Asked {
    request: Request,
    manner: Iputils,
}

fn read(call: &Call) -> Result<Asked, String> {
    // The reproach is iputils' own: the shared reader's would be musl's.
    let known = "46aAbBc:dDfhi:I:l:Lm:M:nOp:qQ:rRs:S:t:T:UvVw:W:";
    let options = getopt::read(&call.args, known).map_err(|wrong| {
        let words = if wrong.missing {
            "option requires an argument"
        } else {
            "invalid option"
        };
        format!("ping: {words} -- '{}'\n{USAGE}", wrong.option)
    })?;
    let [host] = options.operands.as_slice() else {
        return Err(USAGE.to_owned());
    };
    let text = |letter: char| options.value(letter).map(|text| text.to_string_lossy().into_owned());
    let number = |letter: char, what: &str, least: u64, most: u64| match text(letter) {
        None => Ok(None),
        Some(text) => text
            .parse::<u64>()
            .ok()
            .filter(|value| (least..=most).contains(value))
            .map(Some)
            .ok_or_else(|| format!("ping: bad {what}: {text}")),
    };
    let flood = options.has('f');
    let interval = match text('i') {
        None if flood => FLOOD_INTERVAL,
        None => Duration::from_secs(1),
        Some(text) => text
            .parse()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| format!("ping: bad timing interval: {text}"))?,
    };
    let seconds = |value: Option<u64>| value.filter(|value| *value > 0).map(Duration::from_secs);
    let request = Request {
        host: host.to_string_lossy().into_owned(),
        count: number('c', "number of packets to transmit", 1, u64::from(u32::MAX))?.unwrap_or(0),
        size: usize::try_from(number('s', "packet size", 0, 65_507)?.unwrap_or(56)).unwrap_or(56),
        interval,
        adaptive: options.has('A') || flood,
        ttl: number('t', "ttl", 0, 255)?.and_then(|ttl| u32::try_from(ttl).ok()),
        source: text('I'),
        wait: seconds(number('W', "linger time", 0, 1_000_000)?).unwrap_or(Duration::from_secs(10)),
        deadline: seconds(number('w', "wait time", 0, u64::from(u32::MAX))?),
        quiet: options.has('q'),
        pattern: text('p')
            .and_then(|hex| u8::from_str_radix(hex.get(..2)?, 16).ok())
            .unwrap_or(0),
    };
    let manner = Iputils {
        numeric: options.has('n'),
        flood,
        hasty: request.adaptive,
        host: request.host.clone(),
        names: HashMap::new(),
    };
    Ok(Asked { request, manner })
}

fn prepare(socket: &EchoSocket, request: &Request) -> Result<(), String> {
    if let Some(source) = &request.source {
        let bound = match source.parse::<IpAddr>() {
            Ok(address) => socket.bind(address),
            Err(_) => socket.bind_device(source),
        };
        bound.map_err(|error| match error.raw_os_error() {
            Some(libc::ENODEV) => format!("unknown iface {source}"),
            _ => format!("bind: {}", errno::glibc_words(&error)),
        })?;
    }
    match request.ttl {
        Some(ttl) => socket
            .set_ttl(ttl)
            .map_err(|error| format!("cannot set unicast time-to-live: {}", errno::glibc_words(&error))),
        None => Ok(()),
    }
}

/// Names are asked for once per address.
struct Iputils {
    numeric: bool,
    /// Dots instead of lines.
    flood: bool,
    /// Requests follow the replies: the summary tells how fast.
    hasty: bool,
    host: String,
    names: HashMap<Ipv4Addr, Option<String>>,
}

impl Manner for Iputils {
    fn tally(&self) -> Tally {
        Tally::from_one()
    }

    fn sent(&self) -> &'static str {
        if self.flood { "." } else { "" }
    }

    fn told(&mut self, reply: &Reply, heard: Heard) -> String {
        if self.flood {
            // Takes back the request's dot: what stays on the line was lost.
            return "\u{8} \u{8}".to_owned();
        }
        let numeric = self.numeric;
        let name = self.names.entry(reply.from).or_insert_with(|| {
            if numeric {
                None
            } else {
                resolve::name_of(reply.from.into())
            }
        });
        line(reply, heard, name.as_deref()) + "\n"
    }

    fn summary(&self, tally: &Tally, took: Duration) -> String {
        summary(tally, &self.host, took, self.hasty)
    }
}

/// `64 bytes from es.dev (172.18.0.2): icmp_seq=1 ttl=64 time=0.221 ms`.
fn line(reply: &Reply, heard: Heard, name: Option<&str>) -> String {
    let from = name.map_or_else(|| reply.from.to_string(), |name| format!("{name} ({})", reply.from));
    let mut line = format!("{} bytes from {from}: icmp_seq={}", reply.length, reply.sequence);
    if let Some(ttl) = reply.ttl {
        let _ = write!(line, " ttl={ttl}");
    }
    if let Some(time) = heard.time {
        let _ = write!(line, " time={} ms", three_digits(time));
    }
    if heard.again {
        line.push_str(" (DUP!)");
    }
    line
}

/// Milliseconds with about three digits, as a line has them.
fn three_digits(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..1000 => millis(time),
        1000..10_000 => format!("{}.{:02}", micros / 1000, micros % 1000 / 10),
        10_000..100_000 => format!("{}.{}", micros / 1000, micros % 1000 / 100),
        _ => format!("{}", micros / 1000),
    }
}

fn summary(tally: &Tally, host: &str, took: Duration, hasty: bool) -> String {
    let mut text = format!(
        "\n--- {host} ping statistics ---\n{} packets transmitted, {} received, ",
        tally.transmitted(),
        tally.replies()
    );
    if tally.repeats() > 0 {
        let _ = write!(text, "+{} duplicates, ", tally.repeats());
    }
    let _ = writeln!(text, "{}% packet loss, time {}ms", tally.lost(), took.as_millis());
    if let Some([shortest, mean, longest, deviation]) = tally.times() {
        let _ = write!(
            text,
            "rtt min/avg/max/mdev = {}/{}/{}/{} ms",
            millis(shortest),
            millis(mean),
            millis(longest),
            millis(deviation)
        );
    }
    if hasty && let Some(gaps) = tally.transmitted().checked_sub(1).filter(|gaps| *gaps > 0) {
        let gap = Duration::from_micros(u64::try_from(took.as_micros()).unwrap_or(u64::MAX) / gaps);
        let _ = write!(text, ", ipg/ewma {}/{} ms", millis(gap), millis(tally.moving_average()));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_summary_are_the_lesson_s() {
        let mut tally = Tally::from_one();
        let mut lines = Vec::new();
        for (second, micros) in [(0, 221), (1, 114), (2, 114)] {
            let sent = Duration::from_secs(second);
            let reply = Reply {
                from: Ipv4Addr::new(172, 18, 0, 2),
                sequence: tally.sent(sent),
                ttl: Some(64),
                length: 64,
            };
            let heard = tally
                .received(&reply, sent + Duration::from_micros(micros), 56)
                .unwrap();
            lines.push(line(&reply, heard, Some("es.dev")));
        }
        assert_eq!(
            lines[..2],
            [
                "64 bytes from es.dev (172.18.0.2): icmp_seq=1 ttl=64 time=0.221 ms",
                "64 bytes from es.dev (172.18.0.2): icmp_seq=2 ttl=64 time=0.114 ms"
            ]
        );
        assert_eq!(
            summary(&tally, "es", Duration::from_secs(2), false),
            "\n--- es ping statistics ---\n3 packets transmitted, 3 received, 0% packet loss, time 2000ms\n\
             rtt min/avg/max/mdev = 0.114/0.149/0.221/0.052 ms\n"
        );
        let hasty = summary(&tally, "es", Duration::from_secs(2), true);
        assert!(hasty.ends_with("0.052 ms, ipg/ewma 1000.000/0.196 ms\n"), "{hasty}");
    }

    #[test]
    fn silence_leaves_an_empty_line() {
        let mut tally = Tally::from_one();
        tally.sent(Duration::ZERO);
        assert_eq!(
            summary(&tally, "es", Duration::ZERO, false),
            "\n--- es ping statistics ---\n1 packets transmitted, 0 received, 100% packet loss, time 0ms\n\n"
        );
    }

    #[test]
    fn times_have_about_three_digits() {
        for (micros, text) in [(83, "0.083"), (1234, "1.23"), (12_345, "12.3"), (123_456, "123")] {
            assert_eq!(three_digits(Duration::from_micros(micros)), text);
        }
    }
}
