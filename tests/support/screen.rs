//! The program in a pseudo-terminal: typed keys in, a screen out.

use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::termios::{Termios, Winsize};

use super::eventually;

/// A side of a screen, which is never empty.
fn cells(side: u16) -> NonZero<u16> {
    NonZero::new(side).unwrap_or(NonZero::<u16>::MIN)
}

/// A program on a terminal of its own.
pub struct Screen {
    pub child: Child,
    master: std::fs::File,
    user: OwnedFd,
    parser: Arc<Mutex<vt100::Parser>>,
    before: Termios,
}

impl Screen {
    /// Runs `command` as the leader of a session on a terminal of `columns` × `rows`.
    pub fn start(mut command: Command, columns: u16, rows: u16) -> Self {
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
        let (mut reader, screen) = (master.try_clone().expect("a copy of the terminal"), parser.clone());
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                screen.lock().expect("the screen's lock").process(&bytes[..count]);
            }
        });
        Self {
            child,
            master,
            user: pty.user,
            parser,
            before,
        }
    }

    /// What stands on the screen.
    pub fn contents(&self) -> String {
        self.parser.lock().expect("the screen's lock").screen().contents()
    }

    /// Types bytes.
    pub fn keys(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("keys are typed");
    }

    /// Waits until `wanted` stands on the screen.
    pub fn until(&self, wanted: &str) {
        self.until_that(&format!("{wanted:?} to appear"), |screen| screen.contains(wanted));
    }

    pub fn until_gone(&self, unwanted: &str) {
        self.until_that(&format!("{unwanted:?} to go"), |screen| !screen.contains(unwanted));
    }

    pub fn until_that(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let came = eventually(Duration::from_secs(20), || holds(&self.contents()));
        assert!(came, "waited for {what}; the screen is\n{}", self.contents());
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
        let came = eventually(Duration::from_secs(2), || {
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
            if !eventually(Duration::from_secs(5), || !matches!(child.try_wait(), Ok(None))) {
                let _ = self.child.kill();
                let _ = self.child.wait();
            }
        }
    }
}
