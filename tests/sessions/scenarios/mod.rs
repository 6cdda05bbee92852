//! What holds for a session, whichever `docker` is typed.

pub mod statuses;
pub mod streams;
pub mod terminal;

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::screen::Screen;
use crate::support::{Lab, eventually};

/// How long anything may take before it counts as missing.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// The prompt of the image's shell at its root.
pub const PROMPT: &str = "/ #";

/// The program that is typed as `docker`.
#[derive(Debug, Clone, Copy)]
#[allow(dead_code, reason = "each test binary uses its own")]
pub enum Cli {
    /// `cnm docker`.
    Ours,
    /// Docker's, from `PATH`.
    Docker,
}

/// A lab, and the CLI pointed at it.
pub struct Session {
    pub lab: Lab,
    cli: Cli,
}

/// What a command gave back.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub out: String,
    pub err: String,
    pub status: Option<i32>,
}

impl Session {
    pub fn start(cli: Cli) -> Self {
        Self { lab: Lab::start(), cli }
    }

    pub fn docker(&self, args: &[&str]) -> Command {
        let mut command = match self.cli {
            Cli::Ours => {
                let mut command = self.lab.home.cnm();
                command.arg("docker");
                command
            }
            Cli::Docker => {
                let mut command = Command::new("docker");
                self.lab.home.furnish(&mut command);
                command
            }
        };
        command
            .args(args)
            .env("DOCKER_HOST", format!("unix://{}", self.lab.socket.display()));
        command
    }

    /// Starts a command with pipes for its streams.
    pub fn spawn(&self, args: &[&str]) -> Child {
        self.docker(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the CLI starts")
    }

    /// Runs a command with this input.
    pub fn given(&self, args: &[&str], input: &[u8]) -> Outcome {
        let mut child = self.spawn(args);
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.to_vec();
        // A command that does not read its input may be gone already.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("the CLI is waited for");
        writer.join().expect("the input is written");
        Outcome {
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
            status: output.status.code(),
        }
    }

    pub fn run(&self, args: &[&str]) -> Outcome {
        self.given(args, b"")
    }

    /// Runs a command that must succeed; what it printed.
    pub fn ok(&self, args: &[&str]) -> String {
        let outcome = self.run(args);
        assert_eq!(outcome.status, Some(0), "docker {args:?}: {outcome:?}");
        outcome.out
    }

    /// Runs a command at a terminal of 80 × 24.
    pub fn screen(&self, args: &[&str]) -> Screen {
        Screen::answering(self.docker(args), 80, 24)
    }

    /// Waits until a container's field is this.
    pub fn until(&self, container: &str, field: &str, wanted: &str) {
        let format = format!("{{{{{field}}}}}");
        let mut last = String::new();
        let came = eventually(PATIENCE, || {
            last = self.ok(&["inspect", "-f", &format, container]);
            last.trim_end() == wanted
        });
        assert!(came, "{field} of {container} is {last:?}, not {wanted:?}");
    }
}

/// The last line of a screen that is not empty.
pub fn last_line(screen: &str) -> &str {
    screen.trim_end().rsplit('\n').next().unwrap_or_default().trim_end()
}

/// Waits until the shell asks for a command.
pub fn await_prompt(screen: &Screen) {
    screen.until_that("a prompt", |text| last_line(text) == PROMPT);
}

/// Waits until this is on the shell's line.
pub fn await_line(screen: &Screen, line: &str) {
    let wanted = format!("{PROMPT} {line}");
    screen.until_that(&format!("{wanted:?} on the last line"), |text| {
        last_line(text) == wanted.trim_end()
    });
}

/// Types a command at the prompt; what it printed, once the shell asks for the next.
pub fn enter(screen: &mut Screen, line: &str) -> String {
    await_prompt(screen);
    screen.keys(line);
    await_line(screen, line);
    answer(screen, line)
}

/// Enters the line that stands at the prompt.
pub fn answer(screen: &mut Screen, line: &str) -> String {
    screen.keys("\r");
    await_prompt(screen);
    let text = screen.contents();
    let (_, after) = text
        .trim_end()
        .rsplit_once(&format!("{PROMPT} {line}\n"))
        .unwrap_or(("", ""));
    let said: Vec<&str> = after.lines().map(str::trim_end).collect();
    said[..said.len().saturating_sub(1)].join("\n")
}

/// A test per scenario, each with a lab of its own; the marks stand before each test.
macro_rules! scenarios {
    (@ $cli:expr, $marks:tt, $room:ident: $($name:ident)*) => {
        $( scenarios! {# $cli, $marks, $room, $name} )*
    };
    (# $cli:expr, [$($mark:tt)*], $room:ident, $name:ident) => {
        #[test]
        $($mark)*
        fn $name() {
            scenarios::$room::$name(&Session::start($cli));
        }
    };
    ($cli:expr, $marks:tt) => {
        use scenarios::{Cli, Session};
        scenarios! {@ $cli, $marks, terminal:
            a_shell_prompts_runs_commands_and_ends_with_the_last_status
            a_line_is_edited_before_it_is_entered
            earlier_lines_come_back
            tab_completes_a_name
            ctrl_c_ends_what_runs_and_not_the_shell
            a_resized_terminal_is_resized_inside
            detached_and_attached_again_it_is_the_same_shell
            other_keys_detach_where_they_are_asked_for
            a_created_container_is_started_at_the_terminal
            an_exec_has_a_terminal_of_its_own
            a_client_killed_at_its_terminal_leaves_nothing_hanging
        }
        scenarios! {@ $cli, $marks, streams:
            input_is_passed_where_it_is_asked_for
            large_input_arrives_whole
            output_goes_on_beside_input
            a_reader_who_comes_late_misses_nothing
            the_end_of_input_is_not_the_end_of_output
            logs_follow_until_the_container_stops
            logs_are_cut_as_asked
            an_attached_client_sees_output_and_the_status
            a_killed_client_leaves_nothing_hanging
            a_signal_is_passed_on
        }
        scenarios! {@ $cli, $marks, statuses:
            the_cli_s_own_failures_are_125
            what_cannot_be_executed_is_126_and_what_is_missing_127
            an_exec_s_failures_have_the_same_statuses
            only_a_running_container_is_attached_to
        }
    };
}
