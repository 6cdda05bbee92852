//! Archives from strangers: nothing is made outside the folder they are unpacked in, and nothing in them ends `tar` or
//! `gzip` but an exit status.
#![allow(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use support::Dice;
use tar::{Builder, EntryType, Header};

/// An applet with `input` on standard input, in a folder.
fn guest(words: &str, folder: &Path, input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cnm"))
        .arg("guest")
        .args(words.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // An archive that is refused early is not read to its end.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn entry(kind: EntryType, name: &str, target: &str, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.name[..name.len()].copy_from_slice(name.as_bytes());
    gnu.linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_cksum();
    let mut builder = Builder::new(Vec::new());
    builder.append(&header, content).unwrap();
    let mut bytes = builder.into_inner().unwrap();
    bytes.truncate(bytes.len() - 1024);
    bytes
}

/// Every path below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.clone());
        if path.is_dir() && !path.is_symlink() {
            found.extend(below(&path));
        }
    }
    found
}

#[test]
fn nothing_is_written_outside_the_folder() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("in");
    fs::create_dir(&folder).unwrap();
    fs::write(outside.path().join("kept"), "kept").unwrap();
    let away = outside.path().to_string_lossy().into_owned();
    let file = |name: &str| entry(EntryType::Regular, name, "", b"x\n");
    let archive = [
        file("../evil"),
        file(&format!("{away}/evil")),
        file("a/../../evil"),
        entry(EntryType::Symlink, "away", &away, b""),
        file("away/evil"),
        entry(EntryType::Symlink, "up", "..", b""),
        file("up/evil"),
        entry(EntryType::Link, "hard", "../kept", b""),
        entry(EntryType::Symlink, "here", ".", b""),
        file("here/fine"),
        vec![0; 1024],
    ]
    .concat();
    let unpacked = guest("tar x", &folder, &archive);
    assert_eq!(unpacked.status.code(), Some(1));
    let said = String::from_utf8_lossy(&unpacked.stderr).into_owned();
    assert!(
        said.starts_with("tar: removing leading '../' from member names\n"),
        "{said}"
    );
    for path in below(outside.path()) {
        let is_inside = path.starts_with(&folder) || path == outside.path().join("kept");
        assert!(is_inside, "{}", path.display());
    }
    assert_eq!(fs::read_to_string(outside.path().join("kept")).unwrap(), "kept");
    assert_eq!(fs::read_to_string(folder.join("fine")).unwrap(), "x\n");
    // What was to be written through a link lies in a folder of its name.
    assert!(folder.join("up").is_dir() && !folder.join("up").is_symlink());
}

#[test]
fn damaged_archives_end_with_a_status() {
    let mut dice = Dice::seeded();
    let long = "n".repeat(99);
    let plain = [
        entry(EntryType::Regular, "file", "", &[b'x'; 700]),
        entry(EntryType::GNULongName, "././@LongLink", "", "l".repeat(300).as_bytes()),
        entry(EntryType::Regular, &long, "", b"long"),
        entry(EntryType::XHeader, "pax", "", b"19 path=some/name\n\n"),
        entry(EntryType::Directory, "d/", "", b""),
        entry(EntryType::Symlink, "link", "file", b""),
        vec![0; 1024],
    ]
    .concat();
    let folder = tempfile::tempdir().unwrap();
    let packed = guest("gzip -c", folder.path(), &plain).stdout;
    for turn in 0..60 {
        let mut bytes = if turn % 2 == 0 { plain.clone() } else { packed.clone() };
        for _ in 0..=dice.below(4) {
            let at = dice.below(bytes.len());
            bytes[at] = u8::try_from(dice.below(256)).unwrap();
        }
        if dice.below(3) == 0 {
            bytes.truncate(dice.below(bytes.len()));
        }
        let place = folder.path().join(turn.to_string());
        fs::create_dir(&place).unwrap();
        for words in ["tar tv", "tar x", "zcat"] {
            let output = guest(words, &place, &bytes);
            let status = output.status.code();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(matches!(status, Some(0 | 1)), "{words}: {status:?} {said}");
            assert!(!said.contains("panicked"), "{words}: {said}");
        }
    }
}
