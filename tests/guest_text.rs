//! The guest's tools for text and files, against facts recorded from busybox, and against busybox itself where it is.
//!
//! Each fact of `tests/data/guest_text` is a script and what it printed. It runs in a folder of its own with the same few files, by
//! the machine's `/bin/sh`, whose search path holds nothing but links to the one program: to ours, or to busybox.
//! `cargo test --test guest_text record -- --ignored` writes the facts anew from the busybox there is.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

/// One script and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Fact {
    run: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    out: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    err: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    status: i32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(status: &i32) -> bool {
    *status == 0
}

const BUSYBOX: &str = "/bin/busybox";

/// Groups of facts, each a file.
const GROUPS: &[&str] = &[
    "archive", "awk", "blocks", "date", "diff", "dump", "files", "grep", "lines", "made", "sed", "sort", "sums",
    "system", "words",
];

fn place(group: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/guest_text")
        .join(group)
        .with_extension("yaml")
}

fn facts(group: &str) -> Vec<Fact> {
    serde_yaml::from_str(&fs::read_to_string(place(group)).unwrap()).unwrap()
}

/// What every script finds in its folder: name and content.
const FILES: &[(&str, &str)] = &[
    ("fruit", "apple 3\nbanana 12\ncherry 7\napple pie 3\n\nDate 1\n"),
    ("numbers", "10\n9\n2\n33\n2\n1\n"),
    ("open", "first\nlast without end"),
    (
        "table",
        "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1::/bin:/sbin/nologin\nada:x:1000:100:Ada L.:/home/ada:/bin/ash\n",
    ),
    ("d/inner", "apple inside\n"),
    ("d/e/deep", "deep apple\nplum\n"),
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("d/e")).unwrap();
    for (name, content) in FILES {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    for name in ["d", "d/e"] {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    symlink("fruit", folder.path().join("link")).unwrap();
    folder
}

/// A folder of links to one program, under the name of each applet that ours has.
fn links(program: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in cnm::guest::APPLETS {
        symlink(program, folder.path().join(name)).unwrap();
    }
    folder
}

fn run(script: &str, path: &Path) -> Fact {
    let folder = folder();
    let mut child = Command::new("/bin/sh")
        .args(["-c", &format!("umask 022\n{script}")])
        .env_clear()
        .env("PATH", path)
        .env("TZ", "UTC")
        .env("HOME", "/nowhere")
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A script that reads no input may be over already.
    let _ = child.stdin.take().unwrap().write_all(b"from input\n");
    let output = child.wait_with_output().unwrap();
    Fact {
        run: script.to_owned(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: plain(&String::from_utf8_lossy(&output.stderr)),
        status: output.status.code().unwrap_or(-1),
    }
}

/// An error text without what a version of busybox or its C library decides: the banner, the help that follows, the reason
/// a regular expression is bad for; and without what a busy machine does to a time below a second.
fn plain(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines() {
        if line.contains("multi-call binary") || line.is_empty() {
            continue;
        }
        if let Some(usage) = line.strip_prefix("Usage: ") {
            kept.push_str("Usage: ");
            kept.push_str(usage.split(' ').next().unwrap_or_default());
            kept.push('\n');
            break;
        }
        let line = match line.split_once("\t0m 0.") {
            Some((what, _)) => format!("{what}\t0m 0.00s"),
            None => line.to_owned(),
        };
        let line = match line.split_once(": bad regex '") {
            Some((name, _)) => format!("{name}: bad regex"),
            None => line,
        };
        kept.push_str(&line);
        kept.push('\n');
    }
    kept
}

/// Every fact that does not hold, with what is so instead.
fn failures(group: &str, path: &Path) -> Vec<String> {
    let differing = |fact: Fact| {
        let seen = run(&fact.run, path);
        (seen != fact).then(|| format!("{group}: {}\n  expected {fact:?}\n  but was  {seen:?}", fact.run))
    };
    facts(group).into_iter().filter_map(differing).collect()
}

fn holds(group: &str, program: &Path) {
    let path = links(program);
    let failures = failures(group, path.path());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn ours() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_cnm"))
}

#[test]
fn archives_are_packed_and_unpacked_as_busybox_does() {
    holds("archive", ours());
}

#[test]
fn files_are_handled_as_busybox_does() {
    holds("files", ours());
}

#[test]
fn grep_does_what_busybox_does() {
    holds("grep", ours());
}

#[test]
fn sed_does_what_busybox_does() {
    holds("sed", ours());
}

#[test]
fn lines_are_cut_joined_and_changed_as_busybox_does() {
    holds("lines", ours());
}

#[test]
fn text_is_made_up_as_busybox_does() {
    holds("made", ours());
}

#[test]
fn sort_and_uniq_do_what_busybox_does() {
    holds("sort", ours());
}

#[test]
fn dates_are_busybox_s() {
    holds("date", ours());
}

#[test]
fn the_machine_s_tools_do_what_busybox_does() {
    holds("system", ours());
}

#[test]
fn test_expr_printf_and_which_do_what_busybox_does() {
    holds("words", ours());
}

#[test]
fn awk_does_what_busybox_does() {
    holds("awk", ours());
}

#[test]
fn blocks_are_copied_as_busybox_does() {
    holds("blocks", ours());
}

#[test]
fn files_are_compared_as_busybox_does() {
    holds("diff", ours());
}

#[test]
fn bytes_are_shown_as_busybox_does() {
    holds("dump", ours());
}

#[test]
fn sums_are_made_and_checked_as_busybox_does() {
    holds("sums", ours());
}

#[test]
fn every_group_of_facts_is_checked_and_full() {
    let mut files: Vec<String> = fs::read_dir(place("x").parent().unwrap())
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.sort();
    assert_eq!(files, GROUPS);
    for group in GROUPS {
        assert!(facts(group).len() > 20, "{group}");
    }
}

/// The same scripts through busybox: the facts are its own, whatever was recorded when.
#[test]
fn busybox_itself_does_so() {
    if !Path::new(BUSYBOX).exists() {
        println!("no {BUSYBOX} on this machine: only the recorded facts were checked");
        return;
    }
    for group in GROUPS {
        holds(group, Path::new(BUSYBOX));
    }
}

#[test]
#[ignore = "writes the facts anew"]
fn record() {
    let path = links(Path::new(BUSYBOX));
    for group in GROUPS {
        let seen: Vec<Fact> = facts(group).iter().map(|fact| run(&fact.run, path.path())).collect();
        fs::write(place(group), serde_yaml::to_string(&seen).unwrap()).unwrap();
    }
}
