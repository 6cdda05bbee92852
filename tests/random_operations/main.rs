//! Eight clients, thousands of random operations at once, one engine: whatever the order, each answer is one that a state
//! between question and answer explains, no address has two holders, and nothing is left when all is removed.
//!
//! `CNM_SEED` repeats a run's choices (not its interleaving), `CNM_OPERATIONS` changes how many there are.
#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;

mod model;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ipnetwork::Ipv4Network;
use model::{Model, Operation, Told};
use serde_json::Value;
use support::{Dice, Lab, eventually, processes};

const CLIENTS: usize = 8;
const OPERATIONS: usize = 5_000;
/// After each the clients meet, and the engine is looked at from all sides.
const ROUNDS: usize = 5;
const NETWORKS: usize = 6;
const CONTAINERS: usize = 24;

fn network(number: usize) -> String {
    format!("n{number}")
}

/// Not a prefix of any id.
fn container(number: usize) -> String {
    format!("web{number}")
}

/// An operation with its answer, and when it was asked and answered (nanoseconds since the Unix epoch).
struct Answered {
    operation: Operation,
    asked: i64,
    told: i64,
    status: u16,
    message: String,
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    i64::try_from(since.as_nanos()).expect("before 2262")
}

/// Networks are made more often than removed, containers start more often than they go: most of the time much is there.
fn choose(dice: &mut Dice) -> Operation {
    let name = container(dice.below(CONTAINERS));
    let network = match dice.below(NETWORKS + 1) {
        NETWORKS => "bridge".into(),
        number => network(number),
    };
    match dice.below(20) {
        0 | 1 => Operation::CreateNetwork(self::network(dice.below(NETWORKS))),
        2 => Operation::RemoveNetwork(self::network(dice.below(NETWORKS))),
        3..=5 => Operation::Create { name, network },
        6..=8 => Operation::Start(name),
        9 => Operation::Stop(name),
        10 => Operation::Kill(name),
        11 => Operation::Remove { name, force: false },
        12 | 13 => Operation::Remove { name, force: true },
        14..=16 => Operation::Connect { network, name },
        17 | 18 => Operation::Disconnect { network, name },
        _ => {
            let to = container(dice.below(CONTAINERS));
            if to == name {
                Operation::Start(name)
            } else {
                Operation::Rename { from: name, to }
            }
        }
    }
}

fn ask(lab: &Lab, operation: &Operation) -> (u16, String) {
    let post = |path: &str, body: &str| lab.http("POST", path, body);
    match operation {
        Operation::CreateNetwork(name) => post("/networks/create", &format!(r#"{{"Name":"{name}"}}"#)),
        Operation::RemoveNetwork(name) => lab.http("DELETE", &format!("/networks/{name}"), ""),
        Operation::Create { name, network } => post(
            &format!("/containers/create?name={name}"),
            &format!(r#"{{"Image":"alpine","Cmd":["sleep","1d"],"HostConfig":{{"NetworkMode":"{network}"}}}}"#),
        ),
        Operation::Start(name) => post(&format!("/containers/{name}/start"), ""),
        Operation::Stop(name) => post(&format!("/containers/{name}/stop?t=0"), ""),
        Operation::Kill(name) => post(&format!("/containers/{name}/kill"), ""),
        Operation::Remove { name, force } => lab.http("DELETE", &format!("/containers/{name}?force={force}"), ""),
        Operation::Connect { network, name } => post(
            &format!("/networks/{network}/connect"),
            &format!(r#"{{"Container":"{name}"}}"#),
        ),
        Operation::Disconnect { network, name } => post(
            &format!("/networks/{network}/disconnect"),
            &format!(r#"{{"Container":"{name}"}}"#),
        ),
        Operation::Rename { from, to } => post(&format!("/containers/{from}/rename?name={to}"), ""),
    }
}

/// The engine's events as they come, from a thread that ends with the lab.
fn listen(lab: &Lab) -> Arc<Mutex<Vec<Told>>> {
    let mut stream = UnixStream::connect(&lab.socket).expect("the engine's socket");
    // HTTP/1.0: the body is not in chunks.
    write!(stream, "GET /events HTTP/1.0\r\nHost: lab\r\n\r\n").expect("a request");
    let told = Arc::new(Mutex::new(Vec::new()));
    let ours = Arc::clone(&told);
    let mut lines = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(lines.read_line(&mut head).expect("an answer"), 0, "{head}");
    }
    assert!(head.starts_with("HTTP/1.0 200"), "{head}");
    std::thread::spawn(move || {
        for event in serde_json::Deserializer::from_reader(lines)
            .into_iter::<Value>()
            .map_while(Result::ok)
        {
            ours.lock().expect("the events").push(read(&event));
        }
    });
    told
}

fn read(event: &Value) -> Told {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attributes = &event["Actor"]["Attributes"];
    let kind = text(&event["Type"]);
    let container = if kind == "container" {
        &event["Actor"]["ID"]
    } else {
        &attributes["container"]
    };
    Told {
        at: event["timeNano"].as_i64().expect("a time"),
        action: text(&event["Action"]),
        name: text(&attributes["name"]).trim_start_matches('/').to_owned(),
        id: text(&event["Actor"]["ID"]),
        container: text(container),
        kind,
    }
}

/// The answers that no state between question and answer explains.
fn unexplained(answers: &[Answered], told: &[Told]) -> Vec<String> {
    let mut model = Model::default();
    let mut states = vec![model.clone()];
    let mut wrong = Vec::new();
    for event in told {
        wrong.extend(model.follow(event).err());
        states.push(model.clone());
    }
    for answer in answers {
        let first = told.partition_point(|event| event.at < answer.asked);
        let last = told.partition_point(|event| event.at <= answer.told);
        let fits = |state: &Model| {
            let expected = state.answers(&answer.operation);
            expected
                .iter()
                .any(|e| e.0 == answer.status && answer.message.contains(&e.1))
        };
        if !states[first..=last].iter().any(fits) {
            let around = &told[first.saturating_sub(12)..told.len().min(last + 12)];
            let around: Vec<String> = around
                .iter()
                .map(|event| {
                    let (before, after) = (event.at - answer.asked, event.at - answer.told);
                    format!(
                        "{before:+} {after:+} {} {} {} {:.12}",
                        event.kind, event.action, event.name, event.container
                    )
                })
                .collect();
            wrong.push(format!(
                "{:?} was answered {} {:?}, which none of {} states explains; events around it (ns since the question, since the answer):\n  {}",
                answer.operation,
                answer.status,
                answer.message,
                last - first + 1,
                around.join("\n  ")
            ));
        }
    }
    wrong
}

fn json(lab: &Lab, path: &str) -> Value {
    let (status, body) = lab.http("GET", path, "");
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).expect("JSON")
}

/// Who has which address, by network, as the networks tell it.
fn holders(lab: &Lab) -> BTreeMap<String, BTreeMap<String, Ipv4Network>> {
    let names: Vec<String> = json(lab, "/networks")
        .as_array()
        .expect("networks")
        .iter()
        .map(|n| n["Name"].to_string())
        .collect();
    let one = |name: &String| {
        let network = json(lab, &format!("/networks/{}", name.trim_matches('"')));
        let containers = network["Containers"].as_object().cloned().unwrap_or_default();
        let address = |c: &Value| c["IPv4Address"].as_str().and_then(|text| text.parse().ok());
        let all = containers
            .values()
            .filter_map(|c| Some((c["Name"].as_str()?.to_owned(), address(c)?)));
        let subnet: Option<Ipv4Network> = network["IPAM"]["Config"][0]["Subnet"]
            .as_str()
            .and_then(|s| s.parse().ok());
        let gateway = network["IPAM"]["Config"][0]["Gateway"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let all: BTreeMap<String, Ipv4Network> = all.collect();
        let distinct: BTreeSet<_> = all.values().map(|address| address.ip()).collect();
        assert_eq!(
            distinct.len(),
            all.len(),
            "an address has two holders on {name}: {all:?}"
        );
        for address in &distinct {
            assert!(
                subnet.is_some_and(|subnet| subnet.contains(*address)),
                "{address} is not of {name}"
            );
            assert_ne!(
                address.to_string(),
                gateway,
                "the gateway's address was handed out on {name}"
            );
        }
        (name.trim_matches('"').to_owned(), all)
    };
    names.iter().map(one).collect()
}

/// Links of the lab's host: bridges, and cables to containers.
fn links(lab: &Lab) -> (usize, usize) {
    let (_, kernel) = lab.http("GET", "/lab/kernel", "");
    let count = |prefix: &str| kernel.lines().filter(|line| line.starts_with(prefix)).count();
    (count("link br-"), count("link veth"))
}

/// The engine, the kernel and the model agree, now that nobody asks anything.
fn agree(lab: &Lab, told: &Mutex<Vec<Told>>, at_birth: usize) {
    let model = || {
        let mut model = Model::default();
        for event in told.lock().expect("the events").iter() {
            model.follow(event).expect("every event follows from those before");
        }
        model
    };
    let listed = || -> BTreeMap<String, bool> {
        let all = json(lab, "/containers/json?all=1");
        let one = |c: &Value| {
            (
                c["Names"][0]
                    .as_str()
                    .unwrap_or_default()
                    .trim_start_matches('/')
                    .to_owned(),
                c["State"] == "running",
            )
        };
        all.as_array().expect("containers").iter().map(one).collect()
    };
    let expected = || -> BTreeMap<String, bool> {
        model()
            .containers
            .values()
            .map(|container| (container.name.clone(), container.running))
            .collect()
    };
    // The last events may still be on their way to this client.
    assert!(
        eventually(Duration::from_secs(20), || listed() == expected()),
        "listed {:?}, told {:?}",
        listed(),
        expected()
    );
    let model = model();
    let held = holders(lab);
    for (network, all) in &held {
        let attached: BTreeSet<String> = model.holders(network).map(|container| container.name.clone()).collect();
        let names: BTreeSet<String> = all.keys().cloned().collect();
        assert_eq!(names, attached, "who is on {network}");
    }
    let endpoints = held.values().map(BTreeMap::len).sum();
    assert_eq!(
        links(lab),
        (model.networks.len(), endpoints),
        "bridges and cables in the kernel"
    );
    let running = model.containers.values().filter(|container| container.running).count();
    let processes = || processes::family(i32::try_from(lab.child.id()).expect("a pid")).len();
    assert!(
        eventually(Duration::from_secs(20), || processes() == at_birth + running),
        "{} processes for {running} containers, {at_birth} without any",
        processes()
    );
}

/// One client's share of a round.
fn play(lab: &Lab, dice: &mut Dice, count: usize) -> Vec<Answered> {
    let one = |_| {
        let operation = choose(dice);
        let asked = now();
        let (status, message) = ask(lab, &operation);
        Answered {
            operation,
            asked,
            told: now(),
            status,
            message,
        }
    };
    (0..count).map(one).collect()
}

/// Removes everything; then a container on a new network finds none of the names.
fn clear(lab: &Lab) {
    for c in json(lab, "/containers/json?all=1").as_array().expect("containers") {
        let (status, said) = lab.http(
            "DELETE",
            &format!("/containers/{}?force=1", c["Id"].as_str().expect("an id")),
            "",
        );
        assert_eq!(status, 204, "{said}");
    }
    for n in json(lab, "/networks?filters=%7B%22type%22%3A%5B%22custom%22%5D%7D")
        .as_array()
        .expect("networks")
    {
        let (status, said) = lab.http("DELETE", &format!("/networks/{}", n["Id"].as_str().expect("an id")), "");
        assert_eq!(status, 204, "{said}");
    }
    lab.ok(&["network", "create", "n0"]);
    let names: Vec<String> = (0..CONTAINERS).map(container).collect();
    let script = format!(
        "for c in {}; do ping -c1 -w1 $c >/dev/null 2>/tmp/said; cat /tmp/said; done",
        names.join(" ")
    );
    let said = lab.ok(&["run", "--rm", "--net", "n0", "alpine", "sh", "-c", &script]);
    assert_eq!(said.matches("bad address").count(), CONTAINERS, "{said}");
    lab.ok(&["network", "rm", "n0"]);
}

#[test]
fn eight_clients_at_once() {
    let operations = std::env::var("CNM_OPERATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(OPERATIONS);
    let lab = Lab::start_with(&[], &[("CNM_FAULTS", "1")]);
    let family = || processes::family(i32::try_from(lab.child.id()).expect("a pid")).len();
    // The first container waits for the images, whose copying is a process of its own.
    lab.ok(&["run", "--rm", "alpine", "true"]);
    let (_, untouched) = lab.http("GET", "/lab/kernel", "");
    let at_birth = family();
    let told = listen(&lab);
    let mut dice: Vec<Dice> = {
        let mut first = Dice::seeded();
        (0..CLIENTS).map(|_| first.another()).collect()
    };
    let mut answers = Vec::new();
    for _ in 0..ROUNDS {
        std::thread::scope(|scope| {
            let lab = &lab;
            let clients: Vec<_> = dice
                .iter_mut()
                .map(|dice| scope.spawn(move || play(lab, dice, operations / ROUNDS / CLIENTS)))
                .collect();
            for client in clients {
                answers.extend(client.join().expect("a client"));
            }
        });
        agree(&lab, &told, at_birth);
        let wrong = unexplained(&answers, &told.lock().expect("the events"));
        assert!(
            wrong.is_empty(),
            "{} of {}:\n{}",
            wrong.len(),
            answers.len(),
            wrong.join("\n")
        );
    }
    clear(&lab);
    let kernel = || lab.http("GET", "/lab/kernel", "").1;
    assert!(
        eventually(Duration::from_secs(20), || kernel() == untouched),
        "{untouched}\n---\n{}",
        kernel()
    );
    assert!(
        eventually(Duration::from_secs(20), || family() == at_birth),
        "processes are left"
    );
    let kinds: BTreeSet<u16> = answers.iter().map(|answer| answer.status).collect();
    println!(
        "{} operations, {} events, statuses {kinds:?}",
        answers.len(),
        told.lock().expect("the events").len()
    );
    assert!(kinds.len() > 5, "the operations were too tame: {kinds:?}");
}
