//! The images' tools that watch and end processes.

mod support;

use std::process::Command;
use std::time::Duration;

use support::screen::Screen;
use support::{Lab, eventually};

/// What a script prints in a container, on its output and its error output.
fn shell(lab: &Lab, script: &str) -> (String, String) {
    let output = lab.cli(&["run", "--rm", "alpine", "sh", "-c", script]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn processes_are_found_watched_and_ended_by_name() {
    let lab = Lab::start();
    let watched = shell(
        &lab,
        "sleep 77 & until pgrep -f '^sleep 77' >/dev/null; do sleep 0.05; done; top -bn1",
    );
    let lines: Vec<&str> = watched.0.lines().collect();
    assert!(
        lines[0].starts_with("Mem: ") && lines[0].ends_with("K cached"),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("CPU: ") && lines[1].ends_with("% sirq"),
        "{lines:?}"
    );
    assert!(lines[2].starts_with("Load average: "), "{lines:?}");
    assert_eq!(lines[3], "  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("    1     0 root     S ") && line.contains("% sh -c ")),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line.ends_with("% sleep 77")), "{lines:?}");
    let found = shell(
        &lab,
        "sleep 77 & sleep 88 & until pgrep -f '^sleep 77' >/dev/null && pgrep -f '^sleep 88' >/dev/null; do sleep 0.05; done; \
         pgrep -af '^sleep [0-9]' | sed 's/^[0-9]* //' | sort; pkill -f 88; killall sleep; killall nosuch; \
         pidof nosuch || echo none; pgrep nosuch || echo none",
    );
    assert_eq!(
        (found.0.as_str(), found.1.as_str()),
        (
            "sleep 77\nsleep 88\nnone\nnone\n",
            "killall: nosuch: no process killed\n"
        )
    );
    // Signals end a `top` that is pid 1 too: `docker stop` need not wait.
    lab.ok(&["run", "-d", "--name", "top", "busybox", "top", "-b"]);
    // It hears them before it shows anything; until then the kernel keeps them from a pid 1.
    let shows = || lab.ok(&["logs", "top"]).starts_with("Mem: ");
    assert!(eventually(Duration::from_secs(20), shows), "it shows nothing");
    lab.ok(&["stop", "top"]);
    let listed = lab.ok(&["ps", "-a"]);
    assert!(listed.contains("Exited (143) "), "{listed}");
}

#[test]
fn top_at_a_terminal_ends_at_q_and_gives_the_terminal_back() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cnm"));
    command.args(["guest", "top", "-d", "60"]);
    let mut screen = Screen::start(command, 60, 10);
    screen.until("PID  PPID USER");
    screen.keys("nq");
    assert_eq!(screen.status(), Some(0));
    screen.given_back_soon();
}
