//! A person at a terminal.

use super::{PATIENCE, PROMPT, Session, answer, await_line, await_prompt, enter};
use crate::support::eventually;
use crate::support::screen::Screen;

const LEFT: &str = "\x1b[D";
const RIGHT: &str = "\x1b[C";
const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
const HOME: &str = "\x1b[H";
const END: &str = "\x1b[F";
const BACKSPACE: &str = "\x7f";
const CTRL_A: &str = "\x01";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const CTRL_E: &str = "\x05";
const CTRL_U: &str = "\x15";
const DETACH: &str = "\x10\x11";

fn shell(session: &Session) -> Screen {
    session.screen(&["run", "-ti", "--name", "c1", "alpine", "sh"])
}

pub fn a_shell_prompts_runs_commands_and_ends_with_the_last_status(session: &Session) {
    let mut screen = shell(session);
    assert_eq!(enter(&mut screen, "echo hi"), "hi");
    assert_eq!(enter(&mut screen, "cd /etc; pwd; cd /"), "/etc");
    assert_eq!(enter(&mut screen, "nosuch"), "sh: nosuch: not found");
    assert_eq!(enter(&mut screen, "echo $?"), "127");
    assert_eq!(enter(&mut screen, "sh -c 'exit 7'"), "");
    screen.keys(CTRL_D);
    assert_eq!(screen.status(), Some(7), "{}", screen.contents());
    screen.given_back_soon();
    session.until("c1", ".State.ExitCode", "7");
    let mut screen = session.screen(&["run", "-ti", "--rm", "alpine"]);
    await_prompt(&screen);
    screen.keys("exit 5\r");
    assert_eq!(screen.status(), Some(5), "{}", screen.contents());
}

pub fn a_line_is_edited_before_it_is_entered(session: &Session) {
    let mut screen = shell(session);
    for (keys, line) in [
        (format!("echo axx{BACKSPACE}{BACKSPACE}b"), "echo ab"),
        (format!("echo ac{LEFT}b{RIGHT}d"), "echo abcd"),
        (format!("cho x{HOME}e{END}y"), "echo xy"),
        (format!("cho z{CTRL_A}e{CTRL_E}w"), "echo zw"),
        (format!("rubbish{CTRL_U}echo clean"), "echo clean"),
    ] {
        await_prompt(&screen);
        screen.keys(&keys);
        await_line(&screen, line);
        assert_eq!(answer(&mut screen, line), line.strip_prefix("echo ").expect("an echo"));
    }
}

pub fn earlier_lines_come_back(session: &Session) {
    let mut screen = shell(session);
    assert_eq!(enter(&mut screen, "echo one"), "one");
    assert_eq!(enter(&mut screen, "echo two"), "two");
    screen.keys(UP);
    await_line(&screen, "echo two");
    screen.keys(UP);
    await_line(&screen, "echo one");
    screen.keys(DOWN);
    await_line(&screen, "echo two");
    screen.keys("s");
    await_line(&screen, "echo twos");
    assert_eq!(answer(&mut screen, "echo twos"), "twos");
}

pub fn tab_completes_a_name(session: &Session) {
    let mut screen = shell(session);
    await_prompt(&screen);
    screen.keys("ls /etc/hostna\t");
    await_line(&screen, "ls /etc/hostname");
    screen.keys("\r");
    screen.until("\n/etc/hostname");
}

pub fn ctrl_c_ends_what_runs_and_not_the_shell(session: &Session) {
    let mut screen = shell(session);
    await_prompt(&screen);
    screen.keys("abc");
    await_line(&screen, "abc");
    screen.keys(CTRL_C);
    assert_eq!(enter(&mut screen, "echo $?"), "130");
    await_prompt(&screen);
    screen.keys("echo be''gun; sleep 1000\r");
    screen.until("\nbegun");
    screen.interrupt(PROMPT);
    assert_eq!(enter(&mut screen, "echo $?"), "130");
    await_prompt(&screen);
    screen.keys("ping 127.0.0.1\r");
    screen.until("seq=1");
    screen.keys(CTRL_C);
    screen.until(", 0% packet loss");
    assert_eq!(enter(&mut screen, "echo $?"), "0");
}

pub fn a_resized_terminal_is_resized_inside(session: &Session) {
    let mut screen = shell(session);
    assert_eq!(enter(&mut screen, "stty size"), "24 80");
    for (columns, rows) in [(100, 30), (60, 20)] {
        screen.resize(columns, rows);
        // The client tells the engine, which tells the terminal inside: no answer says when.
        let wanted = format!("{rows} {columns}");
        let mut last = String::new();
        let came = eventually(PATIENCE, || {
            last = enter(&mut screen, "stty size");
            last == wanted
        });
        assert!(came, "inside it is {last}, not {wanted}\n{}", screen.contents());
    }
    let mut exec = session.screen(&["exec", "-ti", "c1", "sh"]);
    assert_eq!(enter(&mut exec, "stty size"), "24 80");
}

pub fn detached_and_attached_again_it_is_the_same_shell(session: &Session) {
    let mut screen = shell(session);
    assert_eq!(enter(&mut screen, "mine=yes"), "");
    screen.keys(DETACH);
    assert_eq!(screen.status(), Some(0), "{}", screen.contents());
    screen.given_back_soon();
    session.until("c1", ".State.Running", "true");
    for _ in 0..2 {
        let mut screen = session.screen(&["attach", "c1"]);
        assert_eq!(enter(&mut screen, "echo $mine $$"), "yes 1");
        screen.keys(DETACH);
        screen.until("read escape sequence");
        assert_eq!(screen.status(), Some(1), "{}", screen.contents());
        screen.given_back_soon();
    }
    let mut screen = session.screen(&["attach", "c1"]);
    await_prompt(&screen);
    screen.keys("exit 6\r");
    assert_eq!(screen.status(), Some(6), "{}", screen.contents());
    session.until("c1", ".State.Running", "false");
}

pub fn other_keys_detach_where_they_are_asked_for(session: &Session) {
    let mut screen = session.screen(&[
        "run",
        "-ti",
        "--name",
        "c1",
        "--detach-keys",
        "ctrl-x,x",
        "alpine",
        "sh",
    ]);
    await_prompt(&screen);
    screen.keys("\x18x");
    assert_eq!(screen.status(), Some(0), "{}", screen.contents());
    let mut screen = session.screen(&["attach", "--detach-keys", "ctrl-e,q", "c1"]);
    // The beginning of the keys alone is the shell's: the end of the line.
    assert_eq!(enter(&mut screen, "mine=here"), "");
    screen.keys(&format!("cho $mine{HOME}e{CTRL_E}s"));
    await_line(&screen, "echo $mines");
    screen.keys(&format!("{BACKSPACE}{CTRL_E}q"));
    screen.until("read escape sequence");
    assert_eq!(screen.status(), Some(1), "{}", screen.contents());
    let mut screen = session.screen(&["exec", "-ti", "--detach-keys", "a,b", "c1", "sh"]);
    await_prompt(&screen);
    screen.keys("ab");
    screen.until("read escape sequence");
    assert_eq!(screen.status(), Some(1), "{}", screen.contents());
    session.ok(&["stop", "-t", "0", "c1"]);
    let mut screen = session.screen(&["start", "-ai", "--detach-keys", "ctrl-x", "c1"]);
    await_prompt(&screen);
    screen.keys("\x18");
    assert_eq!(screen.status(), Some(0), "{}", screen.contents());
    session.until("c1", ".State.Running", "true");
}

pub fn a_created_container_is_started_at_the_terminal(session: &Session) {
    session.ok(&["create", "-ti", "--name", "c1", "alpine", "sh"]);
    for status in [3, 4] {
        let mut screen = session.screen(&["start", "-ai", "c1"]);
        assert_eq!(enter(&mut screen, "echo $$"), "1");
        screen.keys(&format!("exit {status}\r"));
        assert_eq!(screen.status(), Some(status), "{}", screen.contents());
        screen.given_back_soon();
    }
}

pub fn an_exec_has_a_terminal_of_its_own(session: &Session) {
    session.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "1000"]);
    let mut screen = session.screen(&["exec", "-ti", "-e", "WHO=me", "c1", "sh"]);
    assert_eq!(enter(&mut screen, "echo $WHO; test -t 0 && echo tty"), "me\ntty");
    await_prompt(&screen);
    screen.keys("sleep 1000\r");
    let both = || session.ok(&["top", "c1"]).matches("sleep 1000").count() == 2;
    assert!(eventually(PATIENCE, both), "{}", session.ok(&["top", "c1"]));
    screen.interrupt(PROMPT);
    assert_eq!(enter(&mut screen, "echo $?"), "130");
    screen.keys("exit 9\r");
    assert_eq!(screen.status(), Some(9), "{}", screen.contents());
    screen.given_back_soon();
    session.until("c1", ".State.Running", "true");
}

pub fn a_client_killed_at_its_terminal_leaves_nothing_hanging(session: &Session) {
    let mut screen = shell(session);
    assert_eq!(enter(&mut screen, "mine=yes"), "");
    screen.child.kill().expect("the client is killed");
    screen.status();
    session.until("c1", ".State.Running", "true");
    let mut screen = session.screen(&["attach", "c1"]);
    assert_eq!(enter(&mut screen, "echo $mine"), "yes");
    let mut exec = session.screen(&["exec", "-ti", "c1", "sh"]);
    assert_eq!(enter(&mut exec, "echo here"), "here");
    exec.child.kill().expect("the client is killed");
    exec.status();
    assert_eq!(enter(&mut screen, "echo still"), "still");
    session.ok(&["stop", "-t", "0", "c1"]);
    assert_eq!(screen.status(), Some(137), "{}", screen.contents());
    screen.given_back_soon();
}
