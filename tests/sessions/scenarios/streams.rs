//! Scripts with pipes.

use super::{Outcome, PATIENCE, Session};
use crate::support::eventually;
use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;

/// Ten million bytes.
const MUCH: usize = 10_000_000;

fn outcome(out: &str, err: &str, status: i32) -> Outcome {
    Outcome {
        out: out.to_owned(),
        err: err.to_owned(),
        status: Some(status),
    }
}

pub fn input_is_passed_where_it_is_asked_for(session: &Session) {
    session.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "1000"]);
    for (args, out) in [
        (&["run", "--rm", "-i", "alpine", "cat"][..], "hi\n"),
        (&["run", "--rm", "alpine", "cat"], ""),
        (&["exec", "-i", "c1", "cat"], "hi\n"),
        (&["exec", "c1", "cat"], ""),
        (&["run", "--rm", "-i", "alpine"], "sh: hi: not found\n"),
    ] {
        let said = session.given(args, b"hi\n");
        assert_eq!(format!("{}{}", said.out, said.err), out, "{args:?}");
    }
    assert_eq!(
        session.given(
            &["run", "--rm", "-i", "alpine", "sh"],
            b"echo one\nread x\ntwo\necho $x; exit 3\n"
        ),
        outcome("one\ntwo\n", "", 3)
    );
}

pub fn large_input_arrives_whole(session: &Session) {
    let input: Vec<u8> = b"0123456789abcde\n".iter().copied().cycle().take(MUCH).collect();
    session.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "1000"]);
    let count = ["sh", "-c", "cat | wc -c"];
    let counted = format!("{MUCH}\n");
    assert_eq!(
        session.given(&[&["run", "--rm", "-i", "alpine"], &count[..]].concat(), &input),
        outcome(&counted, "", 0)
    );
    assert_eq!(
        session.given(&[&["exec", "-i", "c1"], &count[..]].concat(), &input),
        outcome(&counted, "", 0)
    );
    let back = session.given(&["run", "--rm", "-i", "alpine", "cat"], &input);
    assert!(back.out.as_bytes() == input, "{} bytes came back", back.out.len());
}

/// Much comes for each line that goes in: a client that only writes, or only reads, would hold up everything.
pub fn output_goes_on_beside_input(session: &Session) {
    let input = b"0123456789abcdefghi\n".repeat(30_000);
    let script = format!("s/.*/{}/", "x".repeat(399));
    session.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "1000"]);
    let said = session.given(&["exec", "-i", "c1", "sed", &script], &input);
    assert_eq!(
        (said.out.len(), said.err.as_str(), said.status),
        (400 * 30_000, "", Some(0))
    );
}

/// More than all buffers between a container and a pipe hold.
const FLOOD: u64 = 1_700_000;

/// Reads as little as lets a program end whose output is on its way here, then waits for longer than the engine waits for a
/// process that holds the streams of an ended one; then all.
fn read_late(mut stdout: impl Read, ended: impl Fn() -> bool) -> u64 {
    let mut count = 0;
    let mut little = |most| std::io::copy(&mut (&mut stdout).take(most), &mut std::io::sink()).expect("output");
    while !ended() {
        std::thread::sleep(Duration::from_millis(50));
        count += little(16 * 1024);
        assert!(count < FLOOD, "all is read, and it has not ended");
    }
    std::thread::sleep(Duration::from_secs(3));
    count + little(u64::MAX)
}

pub fn a_reader_who_comes_late_misses_nothing(session: &Session) {
    let flood = FLOOD.to_string();
    let words = ["alpine", "head", "-c", &flood, "/dev/zero"];
    session.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "1000"]);
    let is = |container: &str, field: &str| {
        session.ok(&["inspect", "-f", &format!("{{{{{field}}}}}"), container]) == "true\n"
    };
    let mut run = session.spawn(&[&["run", "--name", "c2"], &words[..]].concat());
    let mut exec = session.spawn(&[&["exec", "c1"], &words[1..]].concat());
    let stdout = exec.stdout.take().expect("a pipe");
    session.until("c1", "not .ExecIDs", "false");
    assert_eq!(read_late(stdout, || is("c1", "not .ExecIDs")), FLOOD);
    let stdout = run.stdout.take().expect("a pipe");
    assert_eq!(read_late(stdout, || is("c2", "eq .State.Status \"exited\"")), FLOOD);
    for mut child in [exec, run] {
        assert_eq!(child.wait().expect("the CLI ends").code(), Some(0));
    }
}

pub fn the_end_of_input_is_not_the_end_of_output(session: &Session) {
    let mut child = session.spawn(&["run", "--rm", "-i", "alpine", "sh", "-c", "cat; echo more; exit 3"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    for sent in ["one\n", "two\n"] {
        stdin.write_all(sent.as_bytes()).expect("input is taken");
        line.clear();
        stdout.read_line(&mut line).expect("output comes");
        assert_eq!(line, sent, "each line comes back while input is open");
    }
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("output ends");
    assert_eq!(rest, "more\n");
    assert_eq!(child.wait().expect("the CLI ends").code(), Some(3));
}

pub fn logs_follow_until_the_container_stops(session: &Session) {
    session.ok(&[
        "run",
        "-d",
        "-i",
        "--name",
        "c1",
        "alpine",
        "sh",
        "-c",
        "echo one; while read x; do echo $x; done",
    ]);
    let mut following = session.spawn(&["logs", "-f", "c1"]);
    let mut lines = BufReader::new(following.stdout.take().expect("a pipe"));
    let mut line = String::new();
    lines.read_line(&mut line).expect("a line");
    assert_eq!(line, "one\n");
    session.given(&["exec", "-i", "c1", "sh", "-c", "echo two >/proc/1/fd/1"], b"");
    line.clear();
    lines.read_line(&mut line).expect("a line");
    assert_eq!(line, "two\n");
    session.ok(&["kill", "c1"]);
    line.clear();
    lines.read_to_string(&mut line).expect("the end");
    assert_eq!(
        (line.as_str(), following.wait().expect("the end").code()),
        ("", Some(0))
    );
    assert_eq!(
        session.run(&["logs", "-f", "c1"]),
        outcome("one\ntwo\n", "", 0),
        "of an ended one they end at once"
    );
}

pub fn logs_are_cut_as_asked(session: &Session) {
    session.ok(&[
        "run",
        "--name",
        "c1",
        "alpine",
        "sh",
        "-c",
        "for i in 1 2 3; do echo line $i; sleep 1; done; echo bad >&2",
    ]);
    assert_eq!(
        session.run(&["logs", "c1"]),
        outcome("line 1\nline 2\nline 3\n", "bad\n", 0)
    );
    assert_eq!(
        session.run(&["logs", "--tail", "2", "c1"]),
        outcome("line 3\n", "bad\n", 0)
    );
    assert_eq!(session.run(&["logs", "--tail", "0", "c1"]), outcome("", "", 0));
    assert_eq!(session.run(&["logs", "-n", "all", "c1"]).out.lines().count(), 3);
    let stamped = session.ok(&["logs", "-t", "c1"]);
    let stamps: Vec<&str> = stamped
        .lines()
        .map(|line| line.split_once(' ').expect("a stamp").0)
        .collect();
    assert!(
        stamps.len() == 3 && stamps.is_sorted() && stamps.iter().all(|stamp| stamp.len() == 30 && stamp.ends_with('Z')),
        "{stamped}"
    );
    assert_eq!(session.ok(&["logs", "--since", stamps[1], "c1"]), "line 2\nline 3\n");
    assert_eq!(session.ok(&["logs", "--until", stamps[1], "c1"]), "line 1\nline 2\n");
    assert_eq!(
        session.ok(&["logs", "--since", "10m", "c1"]),
        "line 1\nline 2\nline 3\n"
    );
    assert_eq!(session.ok(&["logs", "--until", "10m", "c1"]), "");
    let refused = session.run(&["logs", "--since", "x", "c1"]);
    assert_eq!(
        refused,
        outcome(
            "",
            "invalid value for \"since\": failed to parse value as time or duration: \"x\"\n",
            1
        )
    );
}

pub fn an_attached_client_sees_output_and_the_status(session: &Session) {
    session.ok(&[
        "run",
        "-d",
        "-i",
        "--name",
        "c1",
        "alpine",
        "sh",
        "-c",
        "read x; echo got $x; echo bad >&2; exit 8",
    ]);
    // The end of an attached client's input would be the end of its output, too: it stays open.
    for (args, word) in [(&["attach", "c1"][..], "this"), (&["start", "-ai", "c1"], "that")] {
        let mut child = session.spawn(args);
        let mut stdin = child.stdin.take().expect("a pipe");
        writeln!(stdin, "{word}").expect("input is taken");
        let output = child.wait_with_output().expect("the CLI ends");
        let said = (output.stdout, output.stderr, output.status.code());
        assert_eq!(
            said,
            (format!("got {word}\n").into_bytes(), b"bad\n".to_vec(), Some(8)),
            "{args:?}"
        );
    }
    session.ok(&["create", "--name", "c2", "alpine", "sh", "-c", "echo out; exit 2"]);
    assert_eq!(session.run(&["start", "-a", "c2"]), outcome("out\n", "", 2));
}

fn next(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).expect("a line");
    line
}

pub fn a_killed_client_leaves_nothing_hanging(session: &Session) {
    let talks = "i=0; while :; do i=$((i+1)); echo line $i; done";
    let mut child = session.spawn(&["run", "--name", "c1", "alpine", "sh", "-c", talks]);
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    assert_eq!(next(&mut lines), "line 1\n");
    child.kill().expect("the client is killed");
    child.wait().expect("the client is gone");
    session.until("c1", ".State.Running", "true");
    let seen = session.ok(&["logs", "--tail", "1", "c1"]);
    assert!(
        eventually(PATIENCE, || session.ok(&["logs", "--tail", "1", "c1"]) != seen),
        "it still writes"
    );
    let mut child = session.spawn(&["exec", "-i", "c1", "cat"]);
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    child.stdin.as_mut().expect("a pipe").write_all(b"a\n").expect("input");
    assert_eq!(next(&mut lines), "a\n");
    child.kill().expect("the client is killed");
    child.wait().expect("the client is gone");
    // Its input ends with its client.
    let top = || session.ok(&["top", "c1"]);
    assert!(eventually(PATIENCE, || !top().contains("cat")), "{}", top());
    session.ok(&["rm", "-f", "c1"]);
}

pub fn a_signal_is_passed_on(session: &Session) {
    use rustix::process::{Pid, Signal, kill_process};
    let ping = ["alpine", "ping", "127.0.0.1"];
    let started = |options: &[&str]| {
        let mut child = session.spawn(&[&["run"], options, &ping].concat());
        assert!(crate::support::first_line(&mut child).starts_with("PING "));
        child
    };
    let mut child = started(&["--name", "c1"]);
    kill_process(Pid::from_child(&child), Signal::INT).expect("the client is signalled");
    session.until("c1", ".State.Running", "false");
    let ended = eventually(PATIENCE, || matches!(child.try_wait(), Ok(Some(_))));
    assert!(ended, "the client goes on after its container has ended");
    assert!(session.ok(&["logs", "c1"]).contains("ping statistics"));

    // Without the proxy the third one ends the client, and the container goes on.
    let mut child = started(&["--sig-proxy=false", "--name", "c2"]);
    let ended = eventually(PATIENCE, || {
        let _ = kill_process(Pid::from_child(&child), Signal::INT);
        std::thread::sleep(std::time::Duration::from_millis(50));
        matches!(child.try_wait(), Ok(Some(_)))
    });
    assert!(ended, "the client goes on");
    session.until("c2", ".State.Running", "true");
}
