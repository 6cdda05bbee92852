//! The house keeps its walls: a room imports its own band and what stands below it, never above and never in a
//! circle; pure rooms touch neither the clock nor the outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms of the house by band; a lower number stands below.
const BANDS: &[(&str, u8)] = &[
    ("model", 0),
    ("texts", 0),
    ("yaml", 0),
    ("terminal", 0),
    ("paths", 0),
    ("moment", 0),
    ("shells", 0),
    ("observe", 1),
    ("lesson", 1),
    ("settings", 1),
    ("engine", 1),
    ("guest", 1),
    ("lab", 2),
    ("scene", 3),
    ("workshop", 3),
    ("docker_backend", 3),
    ("console", 3),
    ("ui", 4),
    ("plain", 4),
    ("share", 4),
    ("grade", 4),
    ("docker_cli", 4),
    ("cli", 5),
    ("main", 6),
    ("lib", 6),
];

/// Rooms inside the engine. The pure ones stand below those that act.
const ENGINE_BANDS: &[(&str, u8)] = &[
    ("era", 0),
    ("ipam", 0),
    ("plan", 1),
    ("images", 1),
    ("drivers", 2),
    ("core", 3),
    ("netlink", 3),
    ("sandbox", 4),
    ("dns", 4),
    ("reaper", 4),
    ("executor", 5),
    ("server", 6),
    ("api", 7),
    ("outside", 7),
    ("launch", 8),
    ("doctor", 8),
    ("mod", 9),
];

/// Folders and files that may not do I/O, read a clock or be async.
const PURE: &[&str] = &[
    "model",
    "scene",
    "engine/core",
    "engine/ipam",
    "engine/drivers",
    "engine/plan",
];

const IMPURE_WORDS: &[&str] = &[
    "tokio::",
    "std::fs",
    "std::process",
    "std::thread",
    "std::os::fd",
    "SystemTime::now",
    "UNIX_EPOCH",
    "moment::now",
    "Instant::now",
    "rustix::",
    "nix::",
    "libc::",
    "async fn",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder can be read") {
        let path = entry.expect("a source entry can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Path below `src`, with forward slashes.
fn below_src(path: &Path) -> String {
    path.strip_prefix(src())
        .expect("a source is below src")
        .to_string_lossy()
        .replace('\\', "/")
}

/// The code of a file: without comments, and without its unit tests, which may look anywhere.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source can be read");
    let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
    text.lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every path that begins with `prefix` in `text`, as its next segment; `prefix{a, b::c}` counts each.
fn mentioned(text: &str, prefix: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find(prefix) {
        rest = &rest[at + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            let mut first = true;
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => first = true,
                    _ => {}
                }
                if c.is_alphanumeric() || c == '_' {
                    if first {
                        word.push(c);
                    }
                } else if !word.is_empty() {
                    rooms.insert(std::mem::take(&mut word));
                    first = false;
                }
                if c == ',' && depth == 0 {
                    first = true;
                }
            }
            rooms.extend((!word.is_empty()).then_some(word));
        } else {
            let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            rooms.extend((!word.is_empty()).then_some(word));
        }
    }
    rooms
}

fn room_of(below: &str) -> String {
    let first = below.split('/').next().unwrap_or_default();
    first.trim_end_matches(".rs").to_owned()
}

fn engine_room_of(below: &str) -> Option<String> {
    let inside = below.strip_prefix("engine/")?;
    Some(
        inside
            .split('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".rs")
            .to_owned(),
    )
}

fn edges() -> Edges {
    let mut files = Vec::new();
    sources(&src(), &mut files);
    let mut edges = Edges::new();
    for file in files {
        let below = below_src(&file);
        let from = room_of(&below);
        let prefix = if from == "main" { "cnm::" } else { "crate::" };
        for to in mentioned(&code(&file), prefix) {
            if to != from && BANDS.iter().any(|(room, _)| *room == to) {
                edges.entry(from.clone()).or_default().insert(to, below.clone());
            }
        }
    }
    edges
}

fn band(room: &str) -> u8 {
    BANDS
        .iter()
        .find(|(name, _)| *name == room)
        .unwrap_or_else(|| panic!("the room `{room}` has no band in tests/layering.rs"))
        .1
}

#[test]
fn rooms_import_their_own_band_or_lower() {
    let mut breaches = Vec::new();
    for (from, targets) in edges() {
        for (to, file) in targets {
            if band(&to) > band(&from) {
                breaches.push(format!("{file}: {from} imports {to}, which stands above it"));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// Which room imports which, and a file that does.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

fn assert_no_circle(edges: &Edges) {
    for start in edges.keys() {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = edges[start].keys().collect();
        while let Some(room) = open.pop() {
            assert!(
                room != start,
                "the room `{start}` reaches itself through its imports: {:?}",
                edges[start]
            );
            if seen.insert(room.clone()) {
                open.extend(edges.get(room).into_iter().flat_map(|t| t.keys()));
            }
        }
    }
}

#[test]
fn rooms_do_not_import_in_a_circle() {
    assert_no_circle(&edges());
    assert_no_circle(&engine_edges());
}

fn engine_edges() -> Edges {
    let mut files = Vec::new();
    sources(&src().join("engine"), &mut files);
    let mut edges = Edges::new();
    for file in files {
        let below = below_src(&file);
        let from = engine_room_of(&below).expect("an engine source is in the engine");
        for to in mentioned(&code(&file), "crate::engine::") {
            // A mention of what the engine's door shows is none of a room.
            if to != from && ENGINE_BANDS.iter().any(|(room, _)| *room == to) {
                edges.entry(from.clone()).or_default().insert(to, below.clone());
            }
        }
    }
    edges
}

#[test]
fn the_engine_keeps_its_own_bands() {
    let band = |room: &str| {
        let found = ENGINE_BANDS.iter().find(|(name, _)| *name == room);
        found
            .unwrap_or_else(|| panic!("the engine's room `{room}` has no band here"))
            .1
    };
    let mut breaches = Vec::new();
    for (from, targets) in engine_edges() {
        for (to, file) in targets {
            if band(&to) > band(&from) {
                breaches.push(format!(
                    "{file}: engine::{from} imports engine::{to}, which stands above it"
                ));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn pure_rooms_stay_pure() {
    let mut breaches = Vec::new();
    for room in PURE {
        let mut files = Vec::new();
        sources(&src().join(room), &mut files);
        for file in files {
            let text = code(&file);
            for word in IMPURE_WORDS {
                if text.contains(word) {
                    breaches.push(format!("{}: names {word}", below_src(&file)));
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn files_stay_short_enough_to_read() {
    let mut files = Vec::new();
    sources(&src(), &mut files);
    let long: Vec<String> = files
        .iter()
        .map(|f| {
            (
                below_src(f),
                fs::read_to_string(f).expect("a source can be read").lines().count(),
            )
        })
        .filter(|(_, lines)| *lines > 450)
        .map(|(f, lines)| format!("{f}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "split these:\n{}", long.join("\n"));
}

#[test]
fn the_walker_sees_each_way_of_importing() {
    let text = "use crate::model::Topology;\nuse crate::{lab::LabState, texts};\nfn f() -> crate::ui::X {}";
    let found = mentioned(text, "crate::");
    let expected: BTreeSet<String> = ["lab", "model", "texts", "ui"].map(String::from).into();
    assert_eq!(found, expected);
}
