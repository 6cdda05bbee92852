//! Neighbours of a new endpoint are told of its address: contract §2.2, §3.4.

use super::wire::{Wire, listens};
use super::{both, document, network, running, told};
use crate::support::{Lab, eventually, processes, text};

const TIMES: &str = "com.docker.network.advertise_addr_nmsgs";
const SPACING: &str = "com.docker.network.advertise_addr_ms";

/// A network whose third host (after the gateway and who listens) is `172.18.0.3`, with these options.
fn made(lab: &Lab, options: &[(&str, &str)]) {
    let options: Vec<String> = options
        .iter()
        .map(|(key, value)| format!(r#""{key}":"{value}""#))
        .collect();
    let members = format!(r#""Options":{{{}}}"#, options.join(","));
    assert_eq!(network(lab, &members), "201");
}

/// Lets the container ask for an address that nobody has: once that is on the wire, so is what it sent before.
fn marked(lab: &Lab, wire: &Wire, container: &str) {
    let output = lab.cli(&["exec", container, "ping", "-c1", "-W1", "172.18.200.200"]);
    assert!(!output.status.success(), "nobody has that address");
    wire.await_line(|line| line.starts_with("arp 172.18.0.3 172.18.200.200 "));
}

#[test]
fn a_new_address_is_told_three_times() {
    if listens() {
        return;
    }
    let said = both(|lab| {
        made(lab, &[(SPACING, "100")]);
        let wire = Wire::tap(lab, "n", "neighbours::a_new_address_is_told_three_times");
        running(lab, "c1", "n");
        let now = lab
            .ok(&["version", "--format", "{{.Server.Version}}"])
            .starts_with("28");
        if now {
            let all = eventually(std::time::Duration::from_secs(20), || {
                wire.told_of("172.18.0.3").len() >= 3
            });
            assert!(all, "{:#?}", wire.seen());
        }
        marked(lab, &wire, "c1");
        let inspected = document(lab, "/containers/c1/json");
        let mac = inspected["NetworkSettings"]["Networks"]["n"]["MacAddress"]
            .as_str()
            .expect("a MAC address")
            .to_owned();
        let told = wire.told_of("172.18.0.3");
        assert!(told.iter().all(|of| *of == mac), "{told:?}, not {mac}");
        told.len().to_string()
    });
    assert_eq!(said, ["3", "0"]);
}

#[test]
fn an_address_is_told_as_often_as_the_network_says() {
    if listens() {
        return;
    }
    for (times, expected) in [("0", 0), ("1", 1)] {
        let lab = Lab::start();
        made(&lab, &[(TIMES, times), (SPACING, "100")]);
        let name = "neighbours::an_address_is_told_as_often_as_the_network_says";
        let wire = Wire::tap(&lab, "n", name);
        running(&lab, "c1", "n");
        let told = eventually(std::time::Duration::from_secs(20), || {
            wire.told_of("172.18.0.3").len() >= expected
        });
        assert!(told, "{:#?}", wire.seen());
        // It takes a second: ten times as long as another one would be away.
        marked(&lab, &wire, "c1");
        assert_eq!(wire.told_of("172.18.0.3").len(), expected, "{:#?}", wire.seen());
    }
}

#[test]
fn who_has_left_is_told_of_no_more() {
    if listens() {
        return;
    }
    let lab = Lab::start();
    made(&lab, &[(SPACING, "400")]);
    let wire = Wire::tap(&lab, "n", "neighbours::who_has_left_is_told_of_no_more");
    running(&lab, "c1", "bridge");
    let mut told = Vec::new();
    for time in 1..=2 {
        // The same address with another MAC address.
        lab.ok(&["network", "connect", "n", "c1"]);
        let came = eventually(std::time::Duration::from_secs(20), || {
            told = wire.told_of("172.18.0.3");
            told.chunk_by(|a, b| a == b).count() == time
        });
        assert!(came, "{:#?}", wire.seen());
        if time == 1 {
            lab.ok(&["network", "disconnect", "n", "c1"]);
        }
    }
    let last = told.last().cloned().expect("a MAC address");
    let all = eventually(std::time::Duration::from_secs(20), || {
        told = wire.told_of("172.18.0.3");
        told.iter().filter(|mac| **mac == last).count() == 3
    });
    assert!(all, "{told:?}");
    assert_eq!(
        told.chunk_by(|a, b| a == b).count(),
        2,
        "the first one is never told of again: {told:?}"
    );
}

/// Descriptors of all processes of a lab.
fn descriptors(lab: &Lab) -> usize {
    let root = i32::try_from(lab.child.id()).expect("a process id");
    let count = |process: &processes::Process| std::fs::read_dir(process.path("fd")).map_or(0, Iterator::count);
    processes::family(root).iter().map(count).sum()
}

#[test]
fn what_was_opened_to_tell_is_closed_and_nobody_wakes_any_more() {
    let lab = Lab::start();
    made(&lab, &[(SPACING, "100")]);
    // A lab is not all there before its first container, and nothing is told of one without a network.
    running(&lab, "c0", "none");
    lab.ok(&["rm", "-f", "c0"]);
    let mut before = descriptors(&lab);
    let settled = eventually(std::time::Duration::from_secs(20), || {
        std::thread::sleep(std::time::Duration::from_millis(200));
        std::mem::replace(&mut before, descriptors(&lab)) == before
    });
    assert!(settled && before > 0, "{before} descriptors");
    for name in ["c1", "c2", "c3"] {
        running(&lab, name, "n");
    }
    for name in ["c1", "c2", "c3"] {
        lab.ok(&["rm", "-f", name]);
    }
    let closed = eventually(std::time::Duration::from_secs(20), || descriptors(&lab) == before);
    assert!(closed, "{before} descriptors before, {} after", descriptors(&lab));
    // The thread that tells is named after it, and sleeps: its count of switches stays.
    let root = i32::try_from(lab.child.id()).expect("a process id");
    let tasks = processes::family(root)
        .into_iter()
        .flat_map(|process| std::fs::read_dir(process.path("task")).into_iter().flatten().flatten());
    let announcers: Vec<_> = tasks
        .map(|task| task.path())
        .filter(|task| text(task.join("comm")).trim() == "announcer")
        .collect();
    assert_eq!(announcers.len(), 1, "one for the lab");
    let switches = || -> Vec<String> {
        let status = text(announcers[0].join("status"));
        status
            .lines()
            .filter(|line| line.contains("ctxt_switches"))
            .map(str::to_owned)
            .collect()
    };
    let mut last = switches();
    let asleep = eventually(std::time::Duration::from_secs(20), || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        std::mem::replace(&mut last, switches()) == last
    });
    assert!(asleep, "it wakes with nothing to tell: {last:?}");
}

#[test]
fn how_often_and_how_fast_within_bounds() {
    for (key, value, why) in [
        (
            TIMES,
            "4",
            "com.docker.network.advertise_addr_nmsgs must be in the range 0 to 3",
        ),
        (
            TIMES,
            "-1",
            "com.docker.network.advertise_addr_nmsgs must be in the range 0 to 3",
        ),
        (
            TIMES,
            "x",
            "value for option com.docker.network.advertise_addr_nmsgs \"x\" must be an integer",
        ),
        (
            SPACING,
            "99",
            "com.docker.network.advertise_addr_ms must be in the range 100 to 2000",
        ),
        (
            SPACING,
            "2001",
            "com.docker.network.advertise_addr_ms must be in the range 100 to 2000",
        ),
        (
            SPACING,
            "1s",
            "value for option com.docker.network.advertise_addr_ms \"1s\" must be integer milliseconds",
        ),
    ] {
        let body = format!(r#"{{"Name":"n","Options":{{"{key}":"{value}"}}}}"#);
        let said = both(|lab| {
            let said = told(lab, "POST", "/networks/create", &body);
            if said == "201" {
                assert_eq!(
                    document(lab, "/networks/n")["Options"][key],
                    value,
                    "kept as it was sent"
                );
            }
            said
        });
        assert_eq!(said, [format!("500 {why}"), "201".into()]);
    }
}
