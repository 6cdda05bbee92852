//! `cnm lab -- CMD` at a person's terminal: the command has a terminal of its own, and the person's is given back.

mod support;

use support::screen::Screen;
use support::{Home, eventually};

fn lab(home: &Home, command: &[&str]) -> Screen {
    let mut cnm = home.cnm();
    cnm.args(["--console", "sandbox", "lab", "--"]).args(command);
    Screen::start(cnm, 80, 24)
}

fn status(screen: &mut Screen) -> Option<i32> {
    let mut status = None;
    eventually(std::time::Duration::from_secs(20), || {
        status = screen.child.try_wait().expect("the command can be waited for");
        status.is_some()
    });
    status.and_then(|status| status.code())
}

#[test]
fn ctrl_c_ends_what_runs_in_a_shell_and_not_the_shell() {
    let home = Home::new();
    let mut screen = lab(&home, &["sh"]);
    screen.until("# ");
    // Before it has waited for any program, too.
    screen.keys("kill -INT $$\r");
    screen.keys("echo still he''re\r");
    screen.until("still here");
    screen.keys("echo be''gun; sleep 1000\r");
    screen.until("begun");
    screen.interrupt("~ #");
    screen.keys("echo go''ne on\r");
    screen.until("gone on");
    screen.keys("exit 5\r");
    assert_eq!(status(&mut screen), Some(5));
    screen.given_back_soon();
}

#[test]
fn ctrl_c_ends_a_command() {
    let home = Home::new();
    let mut screen = lab(&home, &["sh", "-c", "echo be''gun; exec sleep 1000"]);
    screen.until("begun");
    screen.keys("\x03");
    assert_eq!(status(&mut screen), Some(130));
    screen.given_back_soon();
}

#[test]
fn a_shell_that_ignores_being_asked_to_end_ends_with_its_lab() {
    let home = Home::new();
    let mut screen = lab(
        &home,
        &["sh", "-c", "trap '' TERM; echo be''gun; sleep 1000; sleep 1001"],
    );
    screen.until("begun");
    screen.signal(rustix::process::Signal::TERM);
    assert_eq!(status(&mut screen), Some(143));
    screen.given_back_soon();
}

#[test]
fn a_killed_front_leaves_a_usable_terminal() {
    let home = Home::new();
    let mut screen = lab(&home, &["sh", "-c", "echo be''gun; exec sleep 1000"]);
    screen.until("begun");
    screen.child.kill().expect("the front is killed");
    let _ = screen.child.wait();
    screen.given_back_soon();
}
