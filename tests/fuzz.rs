//! Mutations of real requests, thrown at the entries that strangers reach: the resolver's packets and the API's bodies.
//!
//! Bounded and seeded (`CNM_SEED`); `CNM_FUZZ=100000` throws that many. `tests/corpus` holds where mutations start.

mod support;

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use cnm::engine::dns::{Received, receive};
use cnm::observe::Transport;
use hickory_proto::op::{Message, ResponseCode};
use support::{Dice, Lab};

/// How often, unless `CNM_FUZZ` says otherwise.
fn rounds(usual: usize) -> usize {
    std::env::var("CNM_FUZZ")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(usual)
}

fn corpus(kind: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(kind);
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(&path).expect("a file of the corpus"))
        })
        .collect();
    files.sort();
    assert!(files.len() > 3, "a corpus of {kind}");
    files
}

fn byte(dice: &mut Dice) -> u8 {
    u8::try_from(dice.below(256)).unwrap_or(0)
}

/// Some bytes changed, put in, taken out, doubled, or a piece of another one spliced in.
fn mutate(dice: &mut Dice, seed: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(16)).min(bytes.len());
        match dice.below(7) {
            0 if at < bytes.len() => bytes[at] = byte(dice),
            1 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            2 => bytes.insert(at, byte(dice)),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            5 => bytes.truncate(at),
            _ => {
                let from = dice.below(other.len() + 1);
                bytes.splice(at..end, other[from..].iter().copied().take(24));
            }
        }
    }
    bytes
}

#[test]
fn packets() {
    let corpus = corpus("dns");
    let mut dice = Dice::seeded();
    let holders: Vec<Ipv4Addr> = (0..50).map(|n| Ipv4Addr::new(172, 18, 0, n)).collect();
    let mut questions = 0;
    for _ in 0..rounds(60_000) {
        let (seed, other) = (dice.below(corpus.len()), dice.below(corpus.len()));
        let packet = mutate(&mut dice, &corpus[seed].1, &corpus[other].1);
        let transport = if dice.below(2) == 0 {
            Transport::Udp
        } else {
            Transport::Tcp
        };
        let Received::Query(query) = receive(&packet, transport) else {
            continue;
        };
        questions += 1;
        for reply in [
            query.empty(),
            query.failed(ResponseCode::ServFail),
            query.pointer("es.dev"),
            query.addresses(&holders, transport, dice.below(2) == 0),
        ] {
            assert!(reply.len() <= query.room, "{packet:?}");
            assert!(Message::from_vec(&reply).is_ok(), "{packet:?} gives {reply:?}");
        }
    }
    assert!(questions > 100, "most mutations are still questions: {questions}");
}

#[test]
fn bodies() {
    let corpus = corpus("api");
    let mut dice = Dice::seeded();
    let lab = Lab::start();
    let mut answers = std::collections::BTreeMap::<u16, usize>::new();
    for _ in 0..rounds(1500) {
        let (seed, other) = (dice.below(corpus.len()), dice.below(corpus.len()));
        let (name, body) = &corpus[seed];
        // `POST networks_create.json` is `POST /networks/create`.
        let path = format!("/{}", name.trim_end_matches(".json").replace('_', "/"));
        let body = mutate(&mut dice, body, &corpus[other].1);
        let (status, text) = lab.http_bytes("POST", &path, &body);
        assert!(
            (200..600).contains(&status) && !text.contains("panicked"),
            "{path} {}: {status} {text}",
            String::from_utf8_lossy(&body)
        );
        if status >= 400 {
            let told: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(told["message"].is_string(), "{text}");
        }
        *answers.entry(status).or_default() += 1;
    }
    println!("{answers:?}");
    // It still works, and still knows good from bad.
    assert_eq!(lab.http("GET", "/_ping", "").0, 200);
    assert_eq!(lab.http("POST", "/networks/create", r#"{"Name":"after"}"#).0, 201);
    assert!(answers.get(&400).is_some_and(|count| *count > 10), "{answers:?}");
}
