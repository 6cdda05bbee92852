//! Images from outside: archives sent to the real program, containers started from them, nothing of them left.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod support;

use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::Value;
use support::{CNM, Lab};
use tar::{Builder, EntryType, Header};

/// Sends a request with a body; status and answer.
fn ask(lab: &Lab, method: &str, path: &str, body: &[u8]) -> (u16, String) {
    let mut stream = UnixStream::connect(&lab.socket).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // One who refuses early may not read all of it.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

fn import(lab: &Lab, query: &str, archive: &[u8]) -> (u16, String) {
    ask(lab, "POST", &format!("/images/create?fromSrc=-{query}"), archive)
}

fn json(lab: &Lab, path: &str) -> Value {
    serde_json::from_str(&ask(lab, "GET", path, b"").1).unwrap()
}

fn entry(tar: &mut Builder<Vec<u8>>, kind: EntryType, name: &str, link: &str, content: &[u8]) {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o755);
    header.set_size(content.len() as u64);
    header.set_cksum();
    tar.append(&header, content).unwrap();
}

/// A root file system with nothing but this program, under its libraries' own paths, as a shell.
fn root_file_system(more: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    entry(
        &mut tar,
        EntryType::Regular,
        "bin/busybox",
        "",
        &std::fs::read(CNM).unwrap(),
    );
    for applet in ["sh", "cat", "ls", "sleep", "echo", "id"] {
        entry(&mut tar, EntryType::Symlink, &format!("bin/{applet}"), "busybox", b"");
    }
    let needed = std::process::Command::new("ldd").arg(CNM).output();
    let needed = needed
        .map(|ldd| String::from_utf8_lossy(&ldd.stdout).into_owned())
        .unwrap_or_default();
    for path in needed.split_whitespace().filter(|word| word.starts_with('/')) {
        entry(&mut tar, EntryType::Regular, path, "", &std::fs::read(path).unwrap());
    }
    more(&mut tar);
    tar.into_inner().unwrap()
}

#[test]
fn an_imported_root_file_system_runs_and_ends_with_the_lab() {
    let mut lab = Lab::start();
    let archive = root_file_system(|tar| {
        entry(tar, EntryType::Regular, "data/word", "", b"told\n");
        entry(tar, EntryType::Char, "data/device", "", b"");
    });
    let query =
        "&repo=own&tag=1&changes=CMD%20%5B%22cat%22%2C%22/data/word%22%5D&changes=ENV%20A=b&changes=LABEL%20k=v";
    let (status, answer) = import(&lab, query, &archive);
    assert_eq!(status, 200, "{answer}");
    let told: Value = serde_json::from_str(answer.trim()).unwrap_or_else(|_| {
        // The answer may come in pieces, each with its length.
        let line = answer.lines().find(|line| line.starts_with('{')).unwrap();
        serde_json::from_str(line).unwrap()
    });
    assert!(told["status"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(lab.ok(&["run", "--rm", "own:1"]), "told\n");
    assert_eq!(lab.ok(&["run", "--rm", "own:1", "ls", "/data"]), "word\n");
    // Two containers share the root file system, and neither sees what the other writes.
    lab.ok(&[
        "run",
        "-d",
        "--name",
        "c1",
        "own:1",
        "sh",
        "-c",
        "echo mine >/data/word; sleep 1000",
    ]);
    assert_eq!(lab.ok(&["run", "--rm", "own:1"]), "told\n");
    let image = json(&lab, "/images/own:1/json");
    assert_eq!(image["Config"]["Labels"]["k"], "v");
    assert_eq!(image["RepoTags"][0], "own:1");
    let (status, refusal) = ask(&lab, "DELETE", "/images/own:1", b"");
    assert!(
        status == 409 && refusal.contains("is using its referenced image"),
        "{refusal}"
    );
    lab.ok(&["rm", "-f", "c1"]);
    assert_eq!(ask(&lab, "DELETE", "/images/own:1", b"").0, 200);
    assert_eq!(ask(&lab, "GET", "/images/own:1/json", b"").0, 404);
    assert!(lab.end().success());
}

#[test]
fn a_hostile_archive_reaches_nothing_outside_its_image() {
    let lab = Lab::start();
    let secret = lab.home.path("home").join("secret");
    std::fs::write(&secret, "mine").unwrap();
    let home = lab.home.path("home").display().to_string();
    let archive = root_file_system(|tar| {
        entry(
            tar,
            EntryType::Regular,
            "../../../../../../../../tmp/cnm-escaped",
            "",
            b"out",
        );
        // What the container mounts on below /etc would go to the person's home, if a link could lead there.
        entry(tar, EntryType::Symlink, "etc", &home, b"");
    });
    assert_eq!(import(&lab, "&repo=hostile", &archive).0, 200);
    assert!(!std::path::Path::new("/tmp/cnm-escaped").exists());
    let ran = lab.cli(&["run", "--rm", "hostile", "echo", "hi"]);
    let names: Vec<_> = std::fs::read_dir(lab.home.path("home"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["secret"], "{ran:?}");
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "mine");
    for (name, link) in [("proc", "/"), ("dev", "/tmp"), ("sys", "..")] {
        let archive = root_file_system(|tar| entry(tar, EntryType::Symlink, name, link, b""));
        assert_eq!(import(&lab, "&repo=odd", &archive).0, 200);
        let refused = lab.cli(&["run", "--rm", "odd", "echo", "hi"]);
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(words.contains("no ordinary folder"), "{name}: {words}");
    }
}

#[test]
fn what_is_no_archive_leaves_no_image() {
    let lab = Lab::start();
    let before = json(&lab, "/images/json");
    let mut lie = Builder::new(Vec::new());
    entry(&mut lie, EntryType::Regular, "x", "", b"hi");
    let mut lie = lie.into_inner().unwrap();
    lie[124..136].copy_from_slice(b"77777777777\0");
    let mut header = Header::new_gnu();
    header.as_mut_bytes().copy_from_slice(&lie[..512]);
    header.set_cksum();
    lie[..512].copy_from_slice(header.as_bytes());
    let garbage = b"this is no archive".repeat(100_000);
    for (archive, words) in [
        (&garbage[..], "archive/tar: invalid tar header"),
        (&lie[..], "unexpected EOF"),
        (b"BZh91AY&SY", "compressed with bzip2"),
    ] {
        let (status, answer) = import(&lab, "&repo=bad", archive);
        assert!(status == 500 && answer.contains(words), "{answer}");
    }
    for (query, words) in [
        ("&repo=UPPER", "must be lowercase"),
        ("&repo=a&tag=b%20c", "invalid tag format"),
        ("&changes=RUN%20x", "run is not a valid change command"),
    ] {
        let (status, answer) = import(&lab, query, b"");
        assert!(status == 400 && answer.contains(words), "{answer}");
    }
    assert_eq!(json(&lab, "/images/json"), before);
}

#[test]
fn a_sender_that_goes_away_leaves_nothing() {
    let lab = Lab::start();
    let before = json(&lab, "/images/json");
    let mut stream = UnixStream::connect(&lab.socket).unwrap();
    let head = "POST /images/create?fromSrc=-&repo=half HTTP/1.1\r\nHost: lab\r\nContent-Length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![0; 100_000]).unwrap();
    drop(stream);
    // A whole one after it: whatever the half one began is over by then or stays out of sight.
    assert_eq!(import(&lab, "&repo=whole", b"").0, 200);
    assert_eq!(ask(&lab, "DELETE", "/images/whole", b"").0, 200);
    assert_eq!(json(&lab, "/images/json"), before);
}

#[test]
fn a_refusal_reaches_a_client_that_is_still_sending() {
    let lab = Lab::start();
    let mut stream = UnixStream::connect(&lab.socket).unwrap();
    let head = "POST /images/create?fromSrc=-&repo=x&changes=NONSENSE%20x HTTP/1.1\r\nHost: lab\r\nContent-Length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![0; 100_000]).unwrap();
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains("nonsense is not a valid change command") {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&part[..count]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 400 "));
    // docker's client gives up on an answer once it cannot write; so the connection stays for a moment.
    std::thread::sleep(Duration::from_millis(50));
    stream.write_all(&vec![0; 100_000]).unwrap();
}

#[test]
fn an_image_whose_program_is_the_link_to_ones_own_is_given_a_copy() {
    let lab = Lab::start();
    let archive = root_file_system(|tar| entry(tar, EntryType::Symlink, "bin/own", "/proc/self/exe", b""));
    assert_eq!(import(&lab, "&repo=own", &archive).0, 200);
    let words = ["/bin/own", "guest", "sleep", "74001"];
    lab.ok(&[&["run", "-d", "--name", "c1", "own"], &words[..]].concat());
    let place = |path: &std::path::Path| {
        let found = std::fs::metadata(path).unwrap();
        (found.dev(), found.ino())
    };
    let executed = support::processes::with_words(&words).path("exe");
    assert_ne!(place(&executed), place(CNM.as_ref()));
    let output = lab.cli(&["exec", "c1", "sh", "-c", "echo changed > /proc/1/exe"]);
    assert!(!output.status.success());
}
