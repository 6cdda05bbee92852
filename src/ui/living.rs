//! The real loop on a real pseudo-terminal: this test binary starts itself again as the program, types at it, reads its screen,
//! sends it signals, and looks at the state it leaves the terminal in.
//!
//! To look at it oneself, in a terminal: run the test binary with `--ignored --exact ui::living::child --nocapture` and
//! `CNM_UI_LIVE=tour`, which walks through the moments of the first lesson.
#![allow(unsafe_code)] // a session of its own for the shell, between fork and exec

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use rustix::termios::{LocalModes, tcgetattr, tcsetwinsize};
use tokio::sync::watch;

use super::console::{Console, ConsoleHost, Shell, Size};
use super::fixtures::{self, Lesson, Moment};
use super::{Guide, LabReady, UiOptions, UiParts, run};
use crate::lab::LabState;
use crate::model::Topology;
use crate::texts::Lang;
use crate::workshop::{Answer, Ask, StepView};

const MODE: &str = "CNM_UI_LIVE";
/// Long enough for a machine under load; only a failure takes it.
const PATIENCE: Duration = Duration::from_secs(30);

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
                asked: vec![],
            })),
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
        };
        run(UiOptions::default(), parts).await
    });
    match outcome {
        Ok(outcome) => std::process::exit(outcome.status().into()),
        Err(error) => {
            println!("{error}\n{}", error.hint(Lang::En));
            std::process::exit(99)
        }
    }
}

/// The program on a terminal of ours.
struct Program {
    child: Child,
    pty: rustix_openpty::Pty,
    screen: Console,
    said: Vec<u8>,
}

impl Program {
    fn start(mode: &str) -> Self {
        let pty = rustix_openpty::openpty(None, None).unwrap();
        let size = Size { rows: 36, columns: 120 };
        set_size(&pty, size);
        rustix::io::ioctl_fionbio(&pty.controller, true).unwrap();
        let end = || Stdio::from(pty.user.try_clone().unwrap());
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "ui::living::child", "--nocapture"])
            .env(MODE, mode)
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .process_group(0)
            .spawn()
            .unwrap();
        Self {
            child,
            pty,
            screen: Console::new(size),
            said: Vec::new(),
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    fn send(&self, bytes: &str) {
        rustix::io::write(&self.pty.controller, bytes.as_bytes()).unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    fn listen(&mut self) {
        let mut part = [0; 4096];
        while let Ok(read @ 1..) = rustix::io::read(&self.pty.controller, &mut part) {
            self.said.extend_from_slice(&part[..read]);
            self.screen.feed(&part[..read]);
        }
    }

    fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.listen();
            if holds(self) {
                return;
            }
            assert!(
                Instant::now() < end,
                "not seen: {what}\n{}",
                self.screen.screen().contents()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn until_shows(&mut self, text: &str) {
        self.until(text, |program| program.screen.screen().contents().contains(text));
    }

    fn is_cooked(&self) -> bool {
        let modes = tcgetattr(self.pty.user.as_fd()).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// Waits for its end, and for the terminal as it was.
    fn ends(mut self) -> i32 {
        let mut status = None;
        self.until("its end", |program| {
            status = program.child.try_wait().unwrap();
            status.is_some()
        });
        self.listen();
        assert!(self.is_cooked(), "raw mode was left on");
        assert!(
            !self.screen.screen().alternate_screen(),
            "the alternate screen was left on"
        );
        assert!(!self.screen.screen().bracketed_paste(), "bracketed paste was left on");
        assert!(!self.screen.screen().hide_cursor(), "the cursor was left hidden");
        status.unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed leaves it running.
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn set_size(pty: &rustix_openpty::Pty, size: Size) {
    let size = rustix::termios::Winsize {
        ws_row: size.rows,
        ws_col: size.columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&pty.controller, size).unwrap();
}

const F3: &str = "\x1bOR";
const F6: &str = "\x1b[17~";
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
