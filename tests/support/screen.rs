//! The program in a pseudo-terminal: typed keys in, a screen out.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::num::NonZero;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::termios::{Termios, Winsize};

use super::eventually;

/// A side of a screen, which is never empty.
fn cells(side: u16) -> NonZero<u16> {
    NonZero::new(side).unwrap_or(NonZero::<u16>::MIN)
}

/// The question where the cursor is (ECMA-48, DSR 6).
const WHERE: u8 = b'n';
const QUESTION: &[u8] = b"\x1b[6n";

/// Whether there is something to read before somebody lets go of the other end of `until`.
fn goes_on(terminal: &std::fs::File, until: &PipeReader) -> bool {
    let mut both = [PollFd::new(terminal, PollFlags::IN), PollFd::new(until, PollFlags::IN)];
    rustix::event::poll(&mut both, None).is_ok() && both[1].revents().is_empty()
}

/// What the program wrote: as it shows on a screen, and byte by byte.
struct Heard {
    screen: Arc<Mutex<vt100::Parser>>,
    said: Arc<Mutex<Vec<u8>>>,
}

/// Shows on the screen what the program writes, and answers for the terminal.
fn show(mut terminal: std::fs::File, until: &PipeReader, heard: &Heard, answers: bool) {
    let mut bytes = vec![0; 65536];
    let mut recent = Vec::new();
    while goes_on(&terminal, until)
        && let Ok(count @ 1..) = terminal.read(&mut bytes)
    {
        heard
            .said
            .lock()
            .expect("the words' lock")
            .extend_from_slice(&bytes[..count]);
        // Up to each possible end of a question: the answer is where the cursor is then.
        for part in bytes[..count].split_inclusive(|byte| *byte == WHERE) {
            let (row, column) = {
                let mut parser = heard.screen.lock().expect("the screen's lock");
                parser.process(part);
                parser.screen().cursor_position()
            };
            recent.extend_from_slice(part);
            recent.drain(..recent.len().saturating_sub(QUESTION.len()));
            if answers && recent == QUESTION {
                let _ = write!(terminal, "\x1b[{};{}R", row + 1, column + 1);
            }
        }
    }
}

/// A program on a terminal of its own.
pub struct Screen {
    pub child: Child,
    master: std::fs::File,
    user: OwnedFd,
    parser: Arc<Mutex<vt100::Parser>>,
    said: Arc<Mutex<Vec<u8>>>,
    before: Termios,
    watched: Option<PipeWriter>,
    watching: Option<JoinHandle<()>>,
}

impl Screen {
    /// Runs `command` as the leader of a session on a terminal of `columns` × `rows` that never tells where its cursor is.
    pub fn start(command: Command, columns: u16, rows: u16) -> Self {
        Self::open(command, columns, rows, false)
    }

    /// The same on a terminal that tells where its cursor is, as a person's does.
    pub fn answering(command: Command, columns: u16, rows: u16) -> Self {
        Self::open(command, columns, rows, true)
    }

    fn open(mut command: Command, columns: u16, rows: u16, answers: bool) -> Self {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = rustix_openpty::openpty(None, Some(&size)).expect("a pseudo-terminal");
        let before = rustix::termios::tcgetattr(&pty.user).expect("settings of the terminal");
        let end = || Stdio::from(pty.user.try_clone().expect("a copy of the terminal"));
        command.stdin(end()).stdout(end()).stderr(end());
        let leader = pty.user.try_clone().expect("a copy of the terminal");
        #[allow(unsafe_code, reason = "the child needs a session of its own between fork and exec")]
        // SAFETY: setsid and one ioctl, both async-signal-safe.
        unsafe {
            command.pre_exec(move || {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(leader.as_fd())?;
                Ok(())
            });
        }
        let child = command.spawn().expect("the program starts");
        let master = std::fs::File::from(pty.controller);
        let parser = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 500)));
        let said = Arc::new(Mutex::new(Vec::new()));
        let reader = master.try_clone().expect("a copy of the terminal");
        let heard = Heard {
            screen: parser.clone(),
            said: said.clone(),
        };
        let (until, watched) = std::io::pipe().expect("a pipe");
        let watching = std::thread::spawn(move || show(reader, &until, &heard, answers));
        Self {
            child,
            master,
            user: pty.user,
            parser,
            said,
            before,
            watched: Some(watched),
            watching: Some(watching),
        }
    }

    /// The terminal goes away, as a closed window's does.
    pub fn hang_up(&mut self) {
        self.watched = None;
        if let Some(watching) = self.watching.take() {
            watching.join().expect("the screen is watched to its end");
        }
        self.master = std::fs::File::open("/dev/null").expect("/dev/null");
    }

    /// What stands on the screen.
    pub fn contents(&self) -> String {
        self.parser.lock().expect("the screen's lock").screen().contents()
    }

    /// Looks at the screen as the terminal has it.
    pub fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(self.parser.lock().expect("the screen's lock").screen())
    }

    /// Everything that was written so far, control characters and all; what was typed is in it where the terminal shows it.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().expect("the words' lock")).into_owned()
    }

    /// Types bytes.
    pub fn keys(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("keys are typed");
    }

    /// Ends what runs in a shell by Ctrl-C, as a person does: once more where the shell had not yet handed on the terminal. Waits
    /// until the shell asks for a command.
    pub fn interrupt(&mut self, prompt: &str) {
        let asks = |screen: &str| screen.trim_end().ends_with(prompt);
        for _ in 0..20 {
            self.keys("\x03");
            if eventually(Duration::from_secs(1), || asks(&self.contents())) {
                return;
            }
        }
        self.until_that("a prompt", asks);
    }

    /// Waits until `wanted` stands on the screen.
    pub fn until(&self, wanted: &str) {
        self.until_that(&format!("{wanted:?} to appear"), |screen| screen.contains(wanted));
    }

    pub fn until_gone(&self, unwanted: &str) {
        self.until_that(&format!("{unwanted:?} to go"), |screen| !screen.contains(unwanted));
    }

    pub fn until_that(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let came = eventually(Duration::from_secs(30), || holds(&self.contents()));
        assert!(came, "waited for {what}; the screen is\n{}", self.contents());
    }

    /// Waits for the program's end; its exit status.
    pub fn status(&mut self) -> Option<i32> {
        let mut status = None;
        let child = &mut self.child;
        eventually(Duration::from_secs(30), || {
            status = child.try_wait().expect("the program can be waited for");
            status.is_some()
        });
        status.and_then(|status| status.code())
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        self.parser
            .lock()
            .expect("the screen's lock")
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        rustix::termios::tcsetwinsize(&self.master, size).expect("the terminal is resized");
    }

    /// The terminal is as it was given: settings, main screen, cursor, no mouse, no bracketed paste.
    pub fn is_given_back(&self) -> Result<(), String> {
        let now = rustix::termios::tcgetattr(&self.user).map_err(|e| e.to_string())?;
        let parser = self.parser.lock().expect("the screen's lock");
        let screen = parser.screen();
        let same = now.local_modes == self.before.local_modes
            && now.input_modes == self.before.input_modes
            && now.output_modes == self.before.output_modes;
        let faults = [
            (!same, "settings differ"),
            (screen.alternate_screen(), "the alternate screen is still on"),
            (screen.hide_cursor(), "the cursor is hidden"),
            (screen.bracketed_paste(), "bracketed paste is on"),
            (
                screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
                "the mouse is captured",
            ),
        ];
        let found: Vec<&str> = faults
            .into_iter()
            .filter(|(fault, _)| *fault)
            .map(|(_, name)| name)
            .collect();
        if found.is_empty() {
            Ok(())
        } else {
            Err(found.join(", "))
        }
    }

    pub fn given_back_soon(&self) {
        let mut last = Ok(());
        let came = eventually(Duration::from_secs(30), || {
            last = self.is_given_back();
            last.is_ok()
        });
        assert!(came, "the terminal is not given back: {last:?}\n{}", self.contents());
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("the signal is sent");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(rustix::process::Signal::TERM);
            let child = &mut self.child;
            // A `docker run -ti` passes it on to a shell that ignores it.
            if !eventually(Duration::from_secs(5), || !matches!(child.try_wait(), Ok(None))) {
                let _ = self.child.kill();
                let _ = self.child.wait();
            }
        }
    }
}
