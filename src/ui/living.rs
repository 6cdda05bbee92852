//! The real loop on a real pseudo-terminal: this test binary starts itself again as the program, types at it, reads its screen,
//! sends it signals, and looks at the state it leaves the terminal in.
//!
//! To look at it oneself, in a terminal: run the test binary with `--ignored --exact ui::living::child --nocapture` and
//! `CNM_UI_LIVE=tour`, which walks through the moments of the first lesson.
#![allow(unsafe_code)] // a session of its own for the shell, between fork and exec

mod program;

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use tokio::sync::watch;

use self::program::{Program, set_size};
use super::console::{ConsoleHost, Shell, Size};
use super::fixtures::{self, Lesson, Moment};
use super::{Guide, LabReady, Own, UiOptions, UiParts, run};
use crate::lab::LabState;
use crate::model::Topology;
use crate::texts::Lang;
use crate::workshop::{Answer, Ask, PutBack, StepEntry, StepView};

const MODE: &str = "CNM_UI_LIVE";

/// A host whose shells are plain `sh`.
struct Sh;

struct ShShell(Child);

impl ConsoleHost for Sh {
    fn spawn(&self, terminal: OwnedFd, _: Lang) -> io::Result<Box<dyn Shell>> {
        let mut sh = Command::new("sh");
        sh.stdin(terminal.try_clone()?)
            .stdout(terminal.try_clone()?)
            .stderr(terminal);
        sh.env("PS1", "lab$ ").env("TERM", "xterm-256color").env_remove("ENV");
        // SAFETY: setsid(2) and ioctl(2) are async-signal-safe, and nothing else runs between fork and exec.
        unsafe {
            sh.pre_exec(|| {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
                Ok(())
            });
        }
        Ok(Box::new(ShShell(sh.spawn()?)))
    }
}

impl Shell for ShShell {
    fn wait(mut self: Box<Self>) -> io::Result<i32> {
        let status = self.0.wait()?;
        Ok(status
            .code()
            .or(status.signal().map(|signal| 128 + signal))
            .unwrap_or(-1))
    }
}

/// A lesson that panics when it is asked to show.
#[derive(Debug)]
struct Fragile(Box<Lesson>);

impl Guide for Fragile {
    fn observe(&mut self, state: &LabState) -> bool {
        self.0.observe(state)
    }
    fn view(&self, lang: Lang) -> Option<StepView> {
        self.0.view(lang)
    }
    fn ghosts(&self) -> Topology {
        self.0.ghosts()
    }
    fn ask(&mut self, ask: Ask) -> Answer {
        self.0.ask(ask)
    }
    fn show_me(&self) -> Option<String> {
        panic!("asked to break")
    }
    fn put_back(&self) -> PutBack {
        self.0.put_back()
    }
    fn steps(&self, lang: Lang) -> Vec<StepEntry> {
        self.0.steps(lang)
    }
}

/// Follows the lab's revision through the moments.
#[derive(Debug)]
struct Tour(Lesson);

const TOUR: [Moment; 6] = [
    Moment::Empty,
    Moment::NetworkMade,
    Moment::Placed,
    Moment::MultiHomed,
    Moment::Placed,
    Moment::Lost,
];

impl Guide for Tour {
    fn observe(&mut self, state: &LabState) -> bool {
        self.0.moment = TOUR[usize::try_from(state.revision).unwrap_or(0) % TOUR.len()];
        true
    }
    fn view(&self, lang: Lang) -> Option<StepView> {
        self.0.view(lang)
    }
    fn ghosts(&self) -> Topology {
        self.0.ghosts()
    }
    fn ask(&mut self, ask: Ask) -> Answer {
        self.0.ask(ask)
    }
    fn show_me(&self) -> Option<String> {
        self.0.show_me()
    }
    fn put_back(&self) -> PutBack {
        self.0.put_back()
    }
    fn steps(&self, lang: Lang) -> Vec<StepEntry> {
        self.0.steps(lang)
    }
}

/// The program under test. Ignored: it is started by the tests below, with a terminal.
#[test]
#[ignore = "needs a terminal; the other tests start it"]
fn child() {
    let mode = std::env::var(MODE).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let outcome = runtime.block_on(async {
        let (state, states) = watch::channel(Arc::new(fixtures::state(Moment::Empty)));
        let guide: Box<dyn Guide> = match mode.as_str() {
            "fragile" => Box::new(Fragile(Lesson::boxed(Moment::Empty))),
            "tour" => Box::new(Tour(Lesson {
                moment: Moment::Empty,
                hints: 0,
                listed: 2,
                asked: vec![],
            })),
            "placed" => Lesson::boxed(Moment::Placed),
            _ => Lesson::boxed(Moment::Empty),
        };
        let never = mode == "no lab";
        if mode == "tour" {
            tokio::spawn(async move {
                for revision in 1.. {
                    tokio::time::sleep(Duration::from_secs(4)).await;
                    let moment = TOUR[usize::try_from(revision).unwrap_or(0) % TOUR.len()];
                    state.send_replace(Arc::new(LabState {
                        revision,
                        ..fixtures::state(moment)
                    }));
                }
            });
        } else {
            std::mem::forget(state);
        }
        let lab = async move {
            if never {
                std::future::pending::<()>().await;
            }
            Ok(LabReady {
                state: states,
                console: Arc::new(Sh),
                lab: None,
            })
        };
        let parts = UiParts {
            guide,
            lab: Box::pin(lab),
            guard: None,
            notice: None,
            resumed: None,
        };
        let options = UiOptions {
            own: Own {
                mouse: true,
                ..Own::default()
            },
            ..UiOptions::default()
        };
        run(options, parts).await
    });
    match outcome {
        Ok((outcome, _)) => std::process::exit(outcome.status().into()),
        Err(error) => {
            println!("{error}\n{}", error.hint(Lang::En));
            std::process::exit(99)
        }
    }
}

const F3: &str = "\x1bOR";
const F6: &str = "\x1b[17~";
const F9: &str = "\x1b[20~";
const F10: &str = "\x1b[21~";

#[test]
fn the_first_frame_does_not_wait_for_the_lab() {
    let mut program = Program::start("no lab");
    program.until_shows("labo\u{a0}: démarrage…");
    program.until_shows("Créer un réseau");
    program.send(F10);
    assert_eq!(program.ends(), 0);
}

#[test]
fn what_is_typed_reaches_the_shell_and_its_answer_the_screen() {
    let mut program = Program::start("");
    program.until_shows("lab$ ");
    program.send("echo $((40 + 2))é\r");
    program.until_shows("42é");
    program.send("exit 3\r");
    program.until_shows("code 3");
    program.send("\r");
    program.until_shows("lab$ ");
    program.send("echo $((50 + 3))\r");
    program.until_shows("53");
    program.send(F10);
    assert_eq!(program.ends(), 0);
}

#[test]
fn the_shell_follows_the_size_of_the_screen() {
    let mut program = Program::start("");
    program.until_shows("lab$ ");
    let size = Size { rows: 24, columns: 80 };
    set_size(&program.pty, size);
    program.screen.resize(size);
    program.signal(Signal::SIGWINCH);
    program.until_shows("[1 Consigne]");
    program.send("stty size\r");
    program.until_shows("7 78");
    program.send("\x07q");
    assert_eq!(program.ends(), 0);
}

#[test]
fn show_me_types_and_leaves_enter_to_the_learner() {
    let mut program = Program::start("");
    program.until_shows("lab$ ");
    program.send("half a li");
    program.until_shows("half a li");
    program.send(F3);
    program.until_shows("--name es --net dev alpine sleep 1d");
    program.until_shows("lisez-la, puis Entrée");
    program.until("the half line gone", |program| {
        !program.screen.screen().contents().contains("half a li")
    });
    program.send(F10);
    program.ends();
}

/// The machine's own `docker` is hidden behind a function of the shell: nothing of the machine is removed by a test.
fn with_docker_hidden() -> Program {
    let mut program = Program::start("placed");
    program.until_shows("lab$ ");
    program.send("docker() { echo \"ran: $*\"; }; echo hid$((6 * 7))den\r");
    program.until_shows("hid42den");
    program
}

#[test]
fn putting_back_is_typed_and_run_where_the_learner_sees_it() {
    let mut program = with_docker_hidden();
    program.send("half a li\x1b[D\x1b[D");
    program.until_shows("half a li");
    program.send(F9);
    program.until_shows("$ docker rm -f es");
    assert!(!program.screen.screen().contents().contains("ran: rm"));
    program.send("\r");
    program.until_shows("ran: rm -f es");
    program.send("\x07l");
    program.until_shows("Étapes");
    program.send("\x1b");
    program.until("the list gone", |program| {
        !program.screen.screen().contents().contains("Étapes")
    });
    program.send("\x07c");
    program.until_shows("2 sur 2, tout est vert.");
    program.send(F10);
    assert_eq!(program.ends(), 0);
}

#[test]
fn nothing_is_run_while_another_program_has_the_console() {
    let mut program = with_docker_hidden();
    program.send("sh -c 'echo st$((6 * 7)); cat'\r");
    program.until_shows("st42");
    program.send(F9);
    program.until_shows("$ docker rm -f es");
    program.send("\r");
    program.until_shows("Un programme occupe la console");
    assert!(!program.screen.screen().contents().contains("docker rm"));
    program.send("\x04");
    program.until("the shell's prompt", |program| {
        let contents = program.screen.screen().contents();
        contents.rfind("lab$ ") > contents.rfind("st42")
    });
    program.send(F9);
    program.until_shows("$ docker rm -f es");
    program.send("\r");
    program.until_shows("ran: rm -f es");
    program.send(F10);
    program.ends();
}

#[test]
fn signals_end_it_with_the_terminal_restored() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        let mut program = Program::start("");
        program.until_shows("Console");
        program.signal(signal);
        assert_eq!(program.ends(), 128 + signal as i32, "{signal}");
    }
}

#[test]
fn a_panic_is_read_on_a_restored_terminal() {
    let mut program = Program::start("fragile");
    program.until_shows("lab$ ");
    program.send(F3);
    program.until("its words", |program| {
        let said = String::from_utf8_lossy(&program.said).into_owned();
        let left = String::from_utf8_lossy(crate::terminal::LEAVE_SEQUENCES).into_owned();
        said.split_once(&left)
            .is_some_and(|(_, after)| after.contains("asked to break"))
    });
    program.ends();
}

#[test]
fn ctrl_z_outside_the_console_stops_it_and_it_comes_back() {
    let mut program = Program::start("");
    program.until_shows("lab$ ");
    program.send(F6);
    program.until_shows("┏━ 1 Consigne");
    for stop_by_signal in [false, true] {
        if stop_by_signal {
            program.signal(Signal::SIGTSTP);
        } else {
            program.send("\x1a");
        }
        let pid = program.pid();
        let flags = WaitPidFlag::WUNTRACED | WaitPidFlag::WNOHANG;
        program.until("a stop", |_| {
            matches!(waitpid(pid, Some(flags)), Ok(WaitStatus::Stopped(..)))
        });
        program.listen();
        assert!(program.is_cooked());
        assert!(!program.screen.screen().alternate_screen());

        program.signal(Signal::SIGCONT);
        program.until("raw mode", |program| !program.is_cooked());
        program.until("its screen", |program| program.screen.screen().alternate_screen());
        program.until_shows("┏━ 1 Consigne");
    }
    program.send("q");
    assert_eq!(program.ends(), 0);
}

#[test]
fn without_a_terminal_it_says_what_to_do() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "ui::living::child", "--nocapture"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("start it from one"), "{said}");
    assert_eq!(output.status.code(), Some(99));
}
