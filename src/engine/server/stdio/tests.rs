//! Output to its readers, input to its process, ends.

use std::io::{Read, Write};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::termios::tcgetwinsize;

use super::*;
use crate::engine::server::backlog::Receiver;

fn text(chunk: &Chunk) -> String {
    String::from_utf8_lossy(&chunk.bytes).into_owned()
}

#[tokio::test]
async fn output_reaches_the_log_and_those_attached_before_the_start() {
    let hub = StdioHub::new(Handle::current());
    let (_, mut attached) = hub.of_container("c").attach(false);
    let stdio = hub.open(Owner::Container("c"), false, false).unwrap();
    File::from(stdio.stdout).write_all(b"out\n").unwrap();
    assert_eq!(text(&attached.recv().await.unwrap()), "out\n");
    File::from(stdio.stderr).write_all(b"err").unwrap();
    assert_eq!(text(&attached.recv().await.unwrap()), "err");
    let streams = hub.of_container("c");
    let run = streams.run();
    run.drained().await;
    assert!(
        attached.try_recv().is_none() && streams.is_open(),
        "its streams may end before a process does"
    );
    streams.end(&run);
    assert!(attached.recv().await.is_none(), "the end of the run is the end");
    let lines: Vec<_> = hub.of_container("c").log(0).0.iter().map(|line| line.stream).collect();
    assert_eq!(lines, [Stream::Stdout, Stream::Stderr]);
}

#[tokio::test]
async fn input_waits_for_the_start_and_ends_when_it_is_closed() {
    let hub = StdioHub::new(Handle::current());
    let streams = hub.of_container("c");
    let writer = tokio::spawn(async move {
        assert!(streams.write(b"hello").await);
        streams.close_input().await;
    });
    tokio::task::yield_now().await;
    let stdio = hub.open(Owner::Container("c"), true, false).unwrap();
    writer.await.unwrap();
    let mut read = String::new();
    File::from(stdio.stdin).read_to_string(&mut read).unwrap();
    assert_eq!(read, "hello");
}

#[tokio::test]
async fn a_failed_start_ends_what_was_attached_for_it() {
    let hub = StdioHub::new(Handle::current());
    let (_, mut attached) = hub.of_container("c").attach(false);
    let stdio = hub.open(Owner::Container("c"), false, false).unwrap();
    hub.abandon("c");
    assert!(attached.recv().await.is_none());
    let (_, mut attached) = hub.of_container("c").attach(false);
    let again = hub.open(Owner::Container("c"), false, false).unwrap();
    drop(stdio);
    tokio::task::yield_now().await;
    File::from(again.stdout).write_all(b"second").unwrap();
    assert_eq!(
        text(&attached.recv().await.unwrap()),
        "second",
        "the first run's end is not the second's"
    );
}

/// What comes until the end.
async fn rest(attached: &mut Receiver<Chunk>) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(chunk) = attached.recv().await {
        all.extend_from_slice(&chunk.bytes);
    }
    all
}

/// A megabyte and a half in lines: more than a client may lag behind.
fn much() -> Vec<u8> {
    b"0123456789abcde\n".iter().copied().cycle().take(3 << 19).collect()
}

/// Writes on a thread of its own, as a process does; nobody else holds the other end.
fn process(stdout: OwnedFd, bytes: Vec<u8>) -> JoinHandle<()> {
    std::thread::spawn(move || File::from(stdout).write_all(&bytes).unwrap())
}

#[tokio::test]
async fn who_reads_late_still_gets_everything() {
    let hub = StdioHub::new(Handle::current());
    for owner in [Owner::Container("c"), Owner::Exec("e")] {
        let streams = hub.of(owner);
        let (_, mut attached) = streams.attach(false);
        let stdio = hub.open(owner, false, false).unwrap();
        drop(stdio.stderr);
        let writing = process(stdio.stdout, much());
        // As much is taken as lets the process end while its output still waits.
        let mut taken = Vec::new();
        while !writing.is_finished() {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if let Some(chunk) = attached.try_recv() {
                taken.extend_from_slice(&chunk.bytes);
            }
        }
        let run = streams.run();
        settled(&run).await;
        streams.end(&run);
        assert!(!streams.is_open(), "its end was told");
        tokio::time::sleep(DRAINED).await;
        taken.extend(rest(&mut attached).await);
        assert!(taken == much(), "{} bytes came", taken.len());
    }
}

#[tokio::test]
async fn who_reads_late_is_not_joined_to_the_next_run() {
    let hub = StdioHub::new(Handle::current());
    let streams = hub.of_container("c");
    let (_, mut attached) = streams.attach(false);
    let stdio = hub.open(Owner::Container("c"), false, false).unwrap();
    File::from(stdio.stdout).write_all(b"first").unwrap();
    drop(stdio.stderr);
    let run = streams.run();
    run.drained().await;
    let again = hub.open(Owner::Container("c"), false, false).unwrap();
    streams.end(&run);
    assert!(streams.is_open(), "the first's end is not the second's");
    File::from(again.stdout).write_all(b"second").unwrap();
    assert_eq!(rest(&mut attached).await, b"first");
}

#[tokio::test]
async fn a_process_left_behind_holds_nobody() {
    let hub = StdioHub::new(Handle::current());
    let streams = hub.of_container("c");
    for words in [&b""[..], b"more"] {
        let (_, mut attached) = streams.attach(false);
        let stdio = hub.open(Owner::Container("c"), false, false).unwrap();
        drop(stdio.stderr);
        let mut left_behind = File::from(stdio.stdout);
        left_behind.write_all(b"done").unwrap();
        let run = streams.run();
        let ending = async {
            settled(&run).await;
            streams.end(&run);
        };
        // It goes on writing now and then.
        let writing = async {
            loop {
                tokio::time::sleep(DRAINED / 20).await;
                left_behind.write_all(words).unwrap();
            }
        };
        let seen = tokio::select! {
            (seen, ()) = async { tokio::join!(rest(&mut attached), ending) } => seen,
            () = writing => Vec::new(),
        };
        assert!(seen.starts_with(b"done"), "{seen:?}");
        left_behind.write_all(b"\nlater\n").unwrap();
        drop(left_behind);
        let is_logged = || streams.log(0).0.last().is_some_and(|line| &*line.text == b"later\n");
        while !is_logged() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn one_left_behind_that_never_stops_writing_holds_nobody_either() {
    let hub = StdioHub::new(Handle::current());
    let streams = hub.of_exec("e");
    let (_, mut attached) = streams.attach(false);
    let stdio = hub.open(Owner::Exec("e"), false, false).unwrap();
    let mut stdout = File::from(stdio.stdout);
    let writing = std::thread::spawn(move || while stdout.write_all(&[b'y'; 4096]).is_ok() {});
    let run = streams.run();
    let ending = async {
        settled(&run).await;
        streams.end(&run);
    };
    drop(stdio.stderr);
    let ((), seen) = tokio::join!(ending, rest(&mut attached));
    assert!(!seen.is_empty());
    assert!(!writing.is_finished(), "its streams stay open");
}

#[tokio::test]
async fn an_exec_has_no_log() {
    let hub = StdioHub::new(Handle::current());
    let stdio = hub.open(Owner::Exec("e"), false, false).unwrap();
    File::from(stdio.stdout).write_all(b"line\nand more").unwrap();
    drop(stdio.stderr);
    let streams = hub.find("e").unwrap();
    streams.run().drained().await;
    assert_eq!(streams.log(0), (Vec::new(), 0));
}

/// Two ends of a terminal.
fn terminal() -> (OwnedFd, OwnedFd) {
    let pty = rustix_openpty::openpty(None, None).unwrap();
    (pty.controller, pty.user)
}

#[tokio::test]
async fn a_size_that_comes_while_the_terminal_does_is_its_size() {
    let hub = StdioHub::new(Handle::current());
    let streams = hub.of_container("c");
    for round in 1..500_u16 {
        let (controller, user) = terminal();
        hub.open(Owner::Container("c"), true, true).unwrap();
        let resizing = {
            let streams = Arc::clone(&streams);
            std::thread::spawn(move || streams.resize([round, 80]).unwrap())
        };
        hub.terminal("c", controller, true).unwrap();
        resizing.join().unwrap();
        assert_eq!(tcgetwinsize(&user).unwrap().ws_row, round);
        drop(user);
        let run = streams.run();
        settled(&run).await;
        streams.end(&run);
    }
}

#[tokio::test]
async fn a_terminal_that_never_came_holds_nobody() {
    let hub = StdioHub::new(Handle::current());
    let streams = hub.of_exec("e");
    let (_, mut attached) = streams.attach(false);
    hub.open(Owner::Exec("e"), true, true).unwrap();
    streams.end(&streams.run());
    assert!(attached.recv().await.is_none());
}
