//! What a container goes through after its first start: restart, another name, a look at its processes, the broom.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod support;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use support::Lab;

fn ask(lab: &Lab, method: &str, path: &str) -> (u16, Value) {
    let mut stream = UnixStream::connect(&lab.socket).unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[test]
fn a_restart_is_a_stop_and_a_start_told_in_dockers_order() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&["run", "-d", "--name", "c1", "--net", "dev", "alpine", "sleep", "1000"]);
    let pid = |lab: &Lab| ask(lab, "GET", "/containers/c1/json").1["State"]["Pid"].clone();
    let before = pid(&lab);
    assert_eq!(ask(&lab, "POST", "/containers/c1/restart?t=0").0, 204);
    assert_ne!(pid(&lab), before);
    let inspected = ask(&lab, "GET", "/containers/c1/json").1;
    assert_eq!(inspected["State"]["Status"], "running");
    assert_eq!(
        inspected["NetworkSettings"]["Networks"]["dev"]["IPAddress"],
        "172.18.0.2"
    );
    // `until` has whole seconds: the present one is waited for.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let until = (now.as_secs() + 1).to_string();
    let events = lab.ok(&["events", "--since", "1", "--until", &until]);
    // Time, type, action, id, attributes.
    let words = |line: &str| line.split(' ').skip(1).take(2).collect::<Vec<_>>().join(" ");
    let told: Vec<String> = events
        .lines()
        .map(words)
        .skip_while(|line| line != "container kill")
        .collect();
    assert_eq!(
        told,
        [
            "container kill",
            "container kill",
            "network disconnect",
            "container die",
            "container stop",
            "network connect",
            "container start",
            "container restart"
        ]
    );
    let (status, refusal) = ask(&lab, "POST", "/containers/nosuch/restart");
    assert_eq!(
        (status, refusal["message"].as_str().unwrap()),
        (404, "No such container: nosuch")
    );
}

#[test]
fn a_new_name_is_found_and_the_old_one_is_gone() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&["run", "-d", "--name", "old", "--net", "dev", "alpine", "sleep", "1000"]);
    assert_eq!(ask(&lab, "POST", "/containers/old/rename?name=new").0, 204);
    assert_eq!(ask(&lab, "GET", "/containers/new/json").1["Name"], "/new");
    let ping = |name: &str| {
        lab.cli(&["run", "--rm", "--net", "dev", "alpine", "ping", "-c1", "-W5", name])
            .status
            .success()
    };
    assert!(ping("new"));
    assert!(!ping("old"));
}

#[test]
fn top_lists_a_containers_own_processes_and_prune_takes_the_ended() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sh", "-c", "sleep 1000; true"]);
    let all_there = support::eventually(std::time::Duration::from_secs(20), || {
        ask(&lab, "GET", "/containers/c1/top").1["Processes"]
            .as_array()
            .is_some_and(|rows| rows.len() == 2 && rows[1][7] == "sleep 1000")
    });
    assert!(all_there);
    let (_, top) = ask(&lab, "GET", "/containers/c1/top");
    assert_eq!(top["Titles"][7], "CMD");
    assert_eq!(
        (&top["Processes"][0][0], &top["Processes"][1][7]),
        (&"root".into(), &"sleep 1000".into())
    );
    assert_eq!(ask(&lab, "GET", "/containers/c1/top?ps_args=aux").0, 501);
    lab.ok(&["run", "--name", "ended", "alpine", "true"]);
    let id = ask(&lab, "GET", "/containers/ended/json").1["Id"].clone();
    assert_eq!(ask(&lab, "GET", "/containers/ended/top").0, 409);
    let (status, pruned) = ask(&lab, "POST", "/containers/prune");
    assert_eq!((status, &pruned["ContainersDeleted"][0]), (200, &id));
    assert_eq!(
        ask(&lab, "POST", "/containers/prune").1["ContainersDeleted"],
        Value::Null
    );
    assert_eq!(
        ask(&lab, "GET", "/containers/json?all=1").1.as_array().unwrap().len(),
        1
    );
}
