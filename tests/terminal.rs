//! The terminal is given back however the program ends, and no size makes it stumble.

mod support;

use std::time::Duration;

use rustix::process::Signal;
use support::screen::Screen;
use support::{Home, eventually};

fn learn(home: &Home, flags: &[&str]) -> Screen {
    let mut command = home.cnm();
    command.args(["learn", "--lang", "en"]).args(flags);
    Screen::start(command, 120, 36)
}

fn ended(screen: &mut Screen) -> std::process::ExitStatus {
    let mut status = None;
    let came = eventually(Duration::from_secs(30), || {
        status = screen.child.try_wait().expect("the child is looked at");
        status.is_some()
    });
    assert!(came, "it did not end; the screen is\n{}", screen.contents());
    status.expect("it ended")
}

#[test]
fn after_a_signal() {
    for signal in [Signal::TERM, Signal::HUP] {
        let home = Home::new();
        let mut screen = learn(&home, &[]);
        screen.until("CNM");
        screen.signal(signal);
        ended(&mut screen);
        screen.given_back_soon();
    }
}

#[test]
fn a_terminal_that_goes_away_ends_it_where_its_signal_goes_to_another() {
    let home = Home::new();
    let mut leader = std::process::Command::new("/bin/sh");
    home.furnish(&mut leader);
    // The kernel tells the session's leader alone, and this one keeps it to itself as `su` does.
    leader
        .args(["-c", "trap : HUP; \"$0\" learn --lang en; exit 42"])
        .arg(support::CNM);
    let mut screen = Screen::start(leader, 120, 36);
    screen.until("✗");
    // With nothing more to draw: a frame for nobody would end it too.
    std::thread::sleep(Duration::from_secs(3));
    screen.hang_up();
    assert_eq!(ended(&mut screen).code(), Some(42));
}

#[test]
fn after_sigkill_the_janitor_gives_it_back() {
    let home = Home::new();
    let mut screen = learn(&home, &[]);
    screen.until("CNM");
    screen.until("✗");
    assert!(
        screen.is_given_back().is_err(),
        "a full-screen program holds the terminal"
    );
    screen.child.kill().expect("it is killed");
    ended(&mut screen);
    screen.given_back_soon();
}

#[test]
fn suspended_and_brought_back() {
    let home = Home::new();
    let mut shell = std::process::Command::new("/bin/sh");
    home.furnish(&mut shell);
    // A shell with job control: without a parent in its session a program cannot be suspended (POSIX, orphaned groups).
    shell
        .args(["-c", "set -m; \"$0\" learn --lang en; echo suspended; read line; fg"])
        .arg(support::CNM);
    let mut screen = Screen::start(shell, 120, 36);
    screen.until("✗");
    // Ctrl-Z belongs to the shell inside the console; outside it suspends the program.
    screen.keys("\x1b[17~");
    screen.keys("\x1a");
    screen.until("suspended");
    screen.given_back_soon();
    screen.keys("\r");
    screen.until("✗");
    assert!(screen.is_given_back().is_err(), "it took the terminal again");
    screen.keys("\x1b[21~");
    ended(&mut screen);
    screen.given_back_soon();
}

#[test]
fn any_size_without_a_panic() {
    let home = Home::new();
    let mut screen = learn(&home, &[]);
    screen.until("✗");
    for (columns, rows) in [
        (20, 5),
        (21, 7),
        (40, 12),
        (79, 23),
        (80, 24),
        (100, 30),
        (300, 100),
        (20, 100),
        (300, 5),
    ] {
        screen.resize(columns, rows);
        std::thread::sleep(Duration::from_millis(60));
        assert!(
            matches!(screen.child.try_wait(), Ok(None)),
            "it ended at {columns}×{rows}\n{}",
            screen.contents()
        );
    }
    screen.resize(120, 36);
    screen.until("✗");
}

#[test]
fn ascii_draws_without_boxes_arrows_and_symbols() {
    let home = Home::new();
    let screen = learn(&home, &["--ascii"]);
    screen.until("CNM");
    screen.until("172.17.0.0/16");
    // From U+2190 Arrows to U+2BFF Miscellaneous Symbols and Arrows: boxes, blocks and shapes are in between.
    let strange = |c: &char| ('\u{2190}'..='\u{2bff}').contains(c);
    let found: String = screen.contents().chars().filter(strange).collect();
    assert_eq!(found, "", "in\n{}", screen.contents());
}
