//! What busybox's `ping` prints of a reply and at the end.

use std::fmt::Write;

use super::socket::Reply;
use super::tally::{Heard, Tally, millis};

/// `64 bytes from 172.18.0.2: seq=0 ttl=64 time=0.376 ms`.
pub(super) fn line(reply: &Reply, heard: Heard) -> String {
    let mut line = format!("{} bytes from {}: seq={}", reply.length, reply.from, reply.sequence);
    if let Some(ttl) = reply.ttl {
        let _ = write!(line, " ttl={ttl}");
    }
    if let Some(time) = heard.time {
        let _ = write!(line, " time={} ms", millis(time));
    }
    if heard.again {
        line.push_str(" (DUP!)");
    }
    line
}

/// The closing lines.
pub(super) fn summary(tally: &Tally, host: &str) -> String {
    let mut text = format!(
        "\n--- {host} ping statistics ---\n{} packets transmitted, {} packets received, ",
        tally.transmitted(),
        tally.replies()
    );
    if tally.repeats() > 0 {
        let _ = write!(text, "{} duplicates, ", tally.repeats());
    }
    let _ = writeln!(text, "{}% packet loss", tally.lost());
    if let Some([shortest, mean, longest, _]) = tally.times() {
        let _ = writeln!(
            text,
            "round-trip min/avg/max = {}/{}/{} ms",
            millis(shortest),
            millis(mean),
            millis(longest)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    const fn reply(sequence: u16) -> Reply {
        Reply {
            from: Ipv4Addr::new(172, 18, 0, 2),
            sequence,
            ttl: Some(64),
            length: 64,
        }
    }

    fn told(tally: &mut Tally, reply: &Reply, now: Duration, size: usize) -> Option<String> {
        tally.received(reply, now, size).map(|heard| line(reply, heard))
    }

    #[test]
    fn lines_and_summary_are_busybox_s() {
        let mut tally = Tally::default();
        assert_eq!(tally.sent(Duration::ZERO), 0);
        assert_eq!(
            told(&mut tally, &reply(0), Duration::from_micros(558), 56).as_deref(),
            Some("64 bytes from 172.18.0.2: seq=0 ttl=64 time=0.558 ms")
        );
        assert_eq!(tally.sent(Duration::from_secs(1)), 1);
        assert_eq!(
            told(
                &mut tally,
                &reply(1),
                Duration::from_secs(1) + Duration::from_micros(83),
                56
            )
            .as_deref(),
            Some("64 bytes from 172.18.0.2: seq=1 ttl=64 time=0.083 ms")
        );
        assert_eq!(
            summary(&tally, "es"),
            "\n--- es ping statistics ---\n2 packets transmitted, 2 packets received, 0% packet loss\n\
             round-trip min/avg/max = 0.083/0.320/0.558 ms\n"
        );
    }

    #[test]
    fn losses_and_repeats_are_told() {
        let mut tally = Tally::default();
        for _ in 0..3 {
            tally.sent(Duration::ZERO);
        }
        assert_eq!(
            summary(&tally, "es"),
            "\n--- es ping statistics ---\n3 packets transmitted, 0 packets received, 100% packet loss\n"
        );
        tally.received(&reply(0), Duration::from_millis(1), 56);
        let line = told(&mut tally, &reply(0), Duration::from_millis(1), 56).unwrap();
        assert!(line.ends_with("(DUP!)"), "{line}");
        assert!(
            summary(&tally, "es")
                .contains("3 packets transmitted, 1 packets received, 1 duplicates, 66% packet loss\n")
        );
        assert_eq!(tally.received(&reply(9), Duration::ZERO, 56), None, "nobody asked");
    }

    #[test]
    fn small_packets_have_no_times() {
        let mut tally = Tally::default();
        tally.sent(Duration::ZERO);
        assert_eq!(
            told(&mut tally, &Reply { length: 11, ..reply(0) }, Duration::ZERO, 3).as_deref(),
            Some("11 bytes from 172.18.0.2: seq=0 ttl=64")
        );
        assert!(!summary(&tally, "es").contains("round-trip"));
    }
}
