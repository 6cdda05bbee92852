//! The program under test, on a pseudo-terminal.

use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::termios::{LocalModes, tcgetattr, tcsetwinsize};

use super::MODE;
use crate::ui::console::{Console, Size};

/// Long enough for a machine under load; only a failure takes it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program on a terminal of ours.
pub(super) struct Program {
    pub(super) child: Child,
    pub(super) pty: rustix_openpty::Pty,
    pub(super) screen: Console,
    pub(super) said: Vec<u8>,
}

impl Program {
    pub(super) fn start(mode: &str) -> Self {
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
            .env_remove("COLORFGBG")
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

    pub(super) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    pub(super) fn send(&self, bytes: &str) {
        rustix::io::write(&self.pty.controller, bytes.as_bytes()).unwrap();
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    pub(super) fn listen(&mut self) {
        let mut part = [0; 4096];
        while let Ok(read @ 1..) = rustix::io::read(&self.pty.controller, &mut part) {
            self.said.extend_from_slice(&part[..read]);
            self.screen.feed(&part[..read]);
        }
    }

    pub(super) fn until(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
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

    pub(super) fn until_shows(&mut self, text: &str) {
        self.until(text, |program| program.screen.screen().contents().contains(text));
    }

    pub(super) fn is_cooked(&self) -> bool {
        let modes = tcgetattr(self.pty.user.as_fd()).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// Waits for its end, and for the terminal as it was.
    pub(super) fn ends(mut self) -> i32 {
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
        assert_eq!(
            self.screen.screen().mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "mouse reports were left on"
        );
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

pub(super) fn set_size(pty: &rustix_openpty::Pty, size: Size) {
    let size = rustix::termios::Winsize {
        ws_row: size.rows,
        ws_col: size.columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&pty.controller, size).unwrap();
}
