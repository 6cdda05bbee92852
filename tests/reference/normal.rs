//! What no two runs have alike, made alike: ids, times, random MAC addresses, latencies. Nothing else: addresses, ports,
//! interface names and every order stay as they were printed.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::recording::{Recording, Step};

/// The steps of a recording with placeholders. An id is told by the order in which the ids of the recording appear, so that
/// the same id twice is still the same.
pub fn steps(recording: &Recording) -> Vec<Step> {
    let mut ids = Ids::default();
    recording
        .steps
        .iter()
        .map(|step| Step {
            exit: step.exit,
            stdout: text(&step.stdout, &mut ids),
            stderr: text(&step.stderr, &mut ids),
        })
        .collect()
}

#[derive(Debug, Default)]
struct Ids(HashMap<String, usize>);

impl Ids {
    /// The number of an id, by its first 12 characters: a short id is the id's own.
    fn number(&mut self, id: &str) -> usize {
        let next = self.0.len() + 1;
        *self.0.entry(id[..id.len().min(12)].to_owned()).or_insert(next)
    }
}

fn text(text: &str, ids: &mut Ids) -> String {
    let mut text = text.to_owned();
    for (pattern, replacement) in PLAIN.iter() {
        text = pattern.replace_all(&text, *replacement).into_owned();
    }
    text = MAC.replace_all(&text, |found: &Captures| mac(&found[0])).into_owned();
    text = ID
        .replace_all(&text, |found: &Captures| {
            let number = ids.number(&found[0]);
            match found[0].len() {
                64 => format!("<id {number}>"),
                12 => format!("<short id {number}>"),
                _ => format!("veth<id {number}>"),
            }
        })
        .into_owned();
    aligned(&text)
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this file")
}

/// Ids of containers, networks, endpoints, sandboxes, images: 64 hexadecimal characters or the first 12; the seven after `veth`.
static ID: LazyLock<Regex> = LazyLock::new(|| regex(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b|\bveth[0-9a-f]{7}\b"));

static MAC: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"));

/// A MAC address made from a private IPv4 address (Docker's for containers until 27), and the two that are nobody's, are not
/// random.
fn mac(found: &str) -> String {
    let of_address = ["02:42:0a:", "02:42:ac:", "02:42:c0:"];
    let nobodys = ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"];
    if of_address.iter().any(|start| found.starts_with(start)) || nobodys.contains(&found) {
        found.to_owned()
    } else {
        "<random mac>".to_owned()
    }
}

/// Pattern and replacement, in this order.
static PLAIN: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        // Docker's zero time is not a time.
        (r"\b0001-01-01T00:00:00Z", "<never>"),
        (
            r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)",
            "<time>",
        ),
        (
            r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} [A-Z]+",
            "<time>",
        ),
        // Unix time, in seconds and in nanoseconds; in this century.
        (r"\b1\d{9}\.\d{9}\b|\b1\d{18}\b|\b1\d{9}\b", "<time>"),
        (
            r"\b(?:Less than a second|Less than a minute|About a minute|About an hour|\d+ (?:second|minute)s?)\b",
            "<a while>",
        ),
        // ping's, busybox's and iputils'.
        (r"time=[\d.]+ ms", "time=<ms> ms"),
        (r"\btime \d+ms", "time <ms>ms"),
        (r"= [\d.]+(?:/[\d.]+)+ ms", "= <ms> ms"),
        // dig's.
        (r"\bid: \d+", "id: <id>"),
        (r"Query time: \d+ msec", "Query time: <ms> msec"),
        (r"WHEN: .*", "WHEN: <time>"),
        (r"COOKIE: .*", "COOKIE: <cookie>"),
        // Storage drivers name their folders by ids of their own.
        (r"/overlay2/[0-9a-f]{64}", "/overlay2/<layer>"),
        // Ids the kernel gives: processes and interfaces.
        (r#""Pid": ?[1-9]\d*"#, r#""Pid": <pid>"#),
        (r"(?m)^\d+: ([^\s:@]+)", "<n>: $1"),
        (r"@if\d+", "@if<n>"),
        // A link-local address made from a random MAC address.
        (r"\bfe80::[0-9a-f:]+", "fe80::<random mac>"),
    ]
    .map(|(pattern, replacement)| (regex(pattern), replacement))
    .into()
});

/// A table with a column of times is as wide as its times; its gaps are made alike.
fn aligned(text: &str) -> String {
    if !text.lines().next().is_some_and(|head| head.contains("CREATED  ")) {
        return text.to_owned();
    }
    let lines = text.lines().map(|line| {
        let cells: Vec<&str> = line
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect();
        cells.join("  ") + "\n"
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        super::text(text, &mut Ids::default())
    }

    #[test]
    fn ids_are_told_by_their_order_and_short_ids_by_the_long() {
        let (a, b) = ("ab".repeat(32), "0123456789ab".repeat(6)[..64].to_owned());
        assert_eq!(
            normal(&format!(
                "{a} {b} abababababab br-0123456789ab sha256:{a} vethabc0123@if7"
            )),
            "<id 1> <id 2> <short id 1> br-<short id 2> sha256:<id 1> veth<id 3>@if<n>"
        );
    }

    #[test]
    fn times_are_replaced_and_docker_s_zero_is_not_one() {
        assert_eq!(normal("0001-01-01T00:00:00Z"), "<never>");
        assert_eq!(normal("2026-11-24T04:08:44.130113492Z x"), "<time> x");
        assert_eq!(
            normal(r#""time":1795493324,"timeNano":1795493324257739186"#),
            r#""time":<time>,"timeNano":<time>"#
        );
        assert_eq!(
            normal("Up Less than a second|Exited (3) 4 seconds ago"),
            "Up <a while>|Exited (3) <a while> ago"
        );
    }

    #[test]
    fn addresses_ports_names_and_their_order_stay() {
        for kept in [
            "172.18.0.2/16 dev eth0 scope link src 172.18.0.2\n",
            "0.0.0.0:32768->80/tcp",
            "02:42:ac:12:00:02",
            "1 packets transmitted, 1 packets received, 0% packet loss",
            "es.dev.\t\t600\tIN\tA\t172.18.0.2",
            "fe00::0\tip6-localnet",
        ] {
            assert_eq!(normal(kept), kept);
        }
        assert_eq!(
            normal("link/ether 02:42:73:e2:15:12 brd ff:ff:ff:ff:ff:ff"),
            "link/ether <random mac> brd ff:ff:ff:ff:ff:ff"
        );
    }

    #[test]
    fn latencies_and_the_kernel_s_numbers_are_replaced() {
        assert_eq!(
            normal("64 bytes from 172.18.0.2: seq=0 ttl=64 time=0.631 ms"),
            "64 bytes from 172.18.0.2: seq=0 ttl=64 time=<ms> ms"
        );
        assert_eq!(
            normal("round-trip min/avg/max = 0.6/0.7/0.8 ms"),
            "round-trip min/avg/max = <ms> ms"
        );
        assert_eq!(normal("5: eth0@if6: <BROADCAST>"), "<n>: eth0@if<n>: <BROADCAST>");
    }

    #[test]
    fn a_table_of_containers_is_compared_by_its_cells() {
        let one = "CONTAINER ID   IMAGE   CREATED        STATUS\nabababababab   box     1 second ago   Up 1 second\n";
        let two = "CONTAINER ID   IMAGE   CREATED                  STATUS\n\
                   cdcdcdcdcdcd   box     Less than a second ago   Up Less than a second\n";
        assert_eq!(normal(one), normal(two));
    }
}
