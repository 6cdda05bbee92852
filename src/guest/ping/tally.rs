//! What was sent, what came back, how long it took.

use std::collections::VecDeque;
use std::fmt::Write;
use std::time::Duration;

use super::socket::Reply;

/// Requests whose replies may still be timed; older ones count without a time.
const REMEMBERED: usize = 1024;
/// A round trip can be told only where a time stamp would fit the data (busybox carries it there).
const TIMED_FROM: usize = 4;

/// Counts and times of one run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    transmitted: u64,
    received: u64,
    repeated: u64,
    timed: u64,
    shortest: Duration,
    longest: Duration,
    total: Duration,
    /// Sequence number, time sent, whether it was answered.
    pending: VecDeque<(u16, Duration, bool)>,
}

impl Tally {
    /// Notes a request sent at `now`; its sequence number.
    pub(super) fn sent(&mut self, now: Duration) -> u16 {
        let sequence = (self.transmitted & 0xffff) as u16;
        self.transmitted += 1;
        if self.pending.len() == REMEMBERED {
            self.pending.pop_front();
        }
        self.pending.push_back((sequence, now, false));
        sequence
    }

    /// Notes a reply; the line to print, or nothing where no request asked for it.
    pub(super) fn received(&mut self, reply: &Reply, now: Duration, size: usize) -> Option<String> {
        let (_, sent, answered) = self
            .pending
            .iter_mut()
            .rev()
            .find(|(sequence, ..)| *sequence == reply.sequence)?;
        let again = std::mem::replace(answered, true);
        let time = now.saturating_sub(*sent);
        let mut line = format!("{} bytes from {}: seq={}", reply.length, reply.from, reply.sequence);
        if let Some(ttl) = reply.ttl {
            let _ = write!(line, " ttl={ttl}");
        }
        if size >= TIMED_FROM {
            self.time(time);
            let _ = write!(line, " time={} ms", millis(time));
        }
        if again {
            self.repeated += 1;
            line.push_str(" (DUP!)");
        } else {
            self.received += 1;
        }
        Some(line)
    }

    fn time(&mut self, time: Duration) {
        self.shortest = if self.timed == 0 { time } else { self.shortest.min(time) };
        self.longest = self.longest.max(time);
        self.total += time;
        self.timed += 1;
    }

    /// Requests sent.
    pub(super) const fn transmitted(&self) -> u64 {
        self.transmitted
    }

    /// Requests answered.
    pub(super) const fn replies(&self) -> u64 {
        self.received
    }

    /// How long to wait after the last request: `first` while nothing has come back, else about two round trips and
    /// at least a second.
    pub(super) fn last_wait(&self, first: Duration) -> Duration {
        if self.received == 0 {
            first
        } else {
            Duration::from_secs((self.longest * 2).as_secs().max(1))
        }
    }

    /// The closing lines.
    pub(super) fn summary(&self, host: &str) -> String {
        let mut text = format!(
            "\n--- {host} ping statistics ---\n{} packets transmitted, {} packets received, ",
            self.transmitted, self.received
        );
        if self.repeated > 0 {
            let _ = write!(text, "{} duplicates, ", self.repeated);
        }
        let lost = self.transmitted.saturating_sub(self.received) * 100;
        if let Some(percent) = lost.checked_div(self.transmitted) {
            let _ = write!(text, "{percent}% packet loss");
        }
        text.push('\n');
        let total = u64::try_from(self.total.as_micros()).unwrap_or(u64::MAX);
        if let Some(average) = total.checked_div(self.timed).map(Duration::from_micros) {
            let _ = writeln!(
                text,
                "round-trip min/avg/max = {}/{}/{} ms",
                millis(self.shortest),
                millis(average),
                millis(self.longest)
            );
        }
        text
    }
}

/// Milliseconds with three decimals.
fn millis(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{:03}", micros / 1000, micros % 1000)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const fn reply(sequence: u16) -> Reply {
        Reply {
            from: Ipv4Addr::new(172, 18, 0, 2),
            sequence,
            ttl: Some(64),
            length: 64,
        }
    }

    #[test]
    fn lines_and_summary_are_busybox_s() {
        let mut tally = Tally::default();
        assert_eq!(tally.sent(Duration::ZERO), 0);
        assert_eq!(
            tally.received(&reply(0), Duration::from_micros(558), 56).as_deref(),
            Some("64 bytes from 172.18.0.2: seq=0 ttl=64 time=0.558 ms")
        );
        assert_eq!(tally.sent(Duration::from_secs(1)), 1);
        assert_eq!(
            tally
                .received(&reply(1), Duration::from_secs(1) + Duration::from_micros(83), 56)
                .as_deref(),
            Some("64 bytes from 172.18.0.2: seq=1 ttl=64 time=0.083 ms")
        );
        assert_eq!(
            tally.summary("es"),
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
            tally.summary("es"),
            "\n--- es ping statistics ---\n3 packets transmitted, 0 packets received, 100% packet loss\n"
        );
        tally.received(&reply(0), Duration::from_millis(1), 56);
        let line = tally.received(&reply(0), Duration::from_millis(1), 56).unwrap();
        assert!(line.ends_with("(DUP!)"), "{line}");
        assert!(
            tally
                .summary("es")
                .contains("3 packets transmitted, 1 packets received, 1 duplicates, 66% packet loss\n")
        );
        assert_eq!(tally.received(&reply(9), Duration::ZERO, 56), None, "nobody asked");
    }

    #[test]
    fn small_packets_have_no_times() {
        let mut tally = Tally::default();
        tally.sent(Duration::ZERO);
        assert_eq!(
            tally
                .received(&Reply { length: 11, ..reply(0) }, Duration::ZERO, 3)
                .as_deref(),
            Some("11 bytes from 172.18.0.2: seq=0 ttl=64")
        );
        assert!(!tally.summary("es").contains("round-trip"));
    }
}
