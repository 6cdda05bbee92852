//! The workshop as a person uses it: its keys, commands typed at its prompt, and what its panels say.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Home;
use super::screen::Screen;

pub const F2: &str = "\x1bOQ";
pub const F3: &str = "\x1bOR";
pub const F5: &str = "\x1b[15~";
pub const F6: &str = "\x1b[17~";
pub const F8: &str = "\x1b[19~";
pub const F9: &str = "\x1b[20~";
pub const F10: &str = "\x1b[21~";
/// To the console, from wherever one is.
pub const CONSOLE: &str = "\x074";

/// Columns of the step's panel on a screen of 120 columns.
const STEP_PANEL: usize = 44;

/// `cnm learn` with `arguments`.
pub fn learn(home: &Home, arguments: &[&str], columns: u16, rows: u16) -> Screen {
    let mut command = home.cnm();
    command.arg("learn").args(arguments);
    Screen::start(command, columns, rows)
}

/// Types a command at the console's prompt as a person does: once there is a prompt.
pub fn type_command(screen: &mut Screen, command: &str) {
    screen.until_that("a prompt", |s| s.lines().any(|l| l.contains("$ ") || l.contains("# ")));
    screen.keys(&format!("{command}\r"));
}

/// Types commands, and waits until they have run.
pub fn run(screen: &mut Screen, commands: &str) {
    static RUNS: AtomicUsize = AtomicUsize::new(1);
    // A word that is not in what is typed, and new each time.
    let n = RUNS.fetch_add(1, Ordering::Relaxed);
    type_command(screen, &format!("clear; {commands}; echo ran$(({n} + 1000))"));
    screen.until(&format!("ran{}", n + 1000));
}

/// Answers a question, or has the command shown and runs it: what turns each step of the lesson green.
pub fn solve(screen: &mut Screen, step: &cnm::lesson::Step) {
    if let Some((_, right)) = step.question() {
        screen.keys("\x071");
        screen.keys(&right.to_string());
    } else {
        run(screen, ":");
        screen.keys(F3);
        screen.until_that("the command shown", |s| console(s).contains("docker "));
        screen.keys("\r");
    }
    until_green(screen);
}

/// Waits until nothing is red on the step's panel of a screen of 120 columns, and something is green.
pub fn until_green(screen: &Screen) {
    // The way on is drawn for a green step only: half a frame may lack the crosses of a red one.
    screen.until_that("a green step", |s| {
        let panel = panel(s);
        let way_on = ["F8", "F10", "Ctrl+G l"].iter().any(|key| panel.contains(key));
        way_on && panel.contains('✓') && !panel.contains('✗')
    });
}

/// One space for each run of spaces of any kind.
pub fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the step's panel says on a screen of 120 columns, as running text.
pub fn panel(contents: &str) -> String {
    let lines = contents
        .lines()
        .skip(1)
        .take_while(|line| !line.contains("─ 3 ") && !line.contains("━ 3 "));
    let cut: Vec<String> = lines.map(|line| line.chars().take(STEP_PANEL).collect()).collect();
    plain(&cut.join(" ").replace(['│', '┃'], " "))
}

/// What stands in the console.
pub fn console(contents: &str) -> &str {
    contents.split_once(" 4 Console ").map_or("", |(_, below)| below)
}

/// Waits until the step's panel says `wanted`, however it is broken into lines.
pub fn until_told(screen: &Screen, wanted: &str) {
    let wanted = plain(wanted);
    screen.until_that(&format!("{wanted:?} to be told"), |contents| {
        panel(contents).contains(&wanted)
    });
}
