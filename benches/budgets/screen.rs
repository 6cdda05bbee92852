//! The program in a pseudo-terminal.

use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn cells(side: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(side).unwrap_or(std::num::NonZero::<u16>::MIN)
}

/// The program in a pseudo-terminal of 120 × 36.
pub struct Screen {
    child: Child,
    master: std::fs::File,
}

impl Screen {
    pub fn start() -> Self {
        let size = rustix::termios::Winsize {
            ws_row: 36,
            ws_col: 120,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = rustix_openpty::openpty(None, Some(&size)).expect("a pseudo-terminal");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cnm"));
        let end = |fd: &OwnedFd| Stdio::from(fd.try_clone().expect("a copy of the terminal"));
        command
            .args(["learn", "--lang", "en"])
            .env("TERM", "xterm-256color")
            .env("SHELL", "/bin/sh");
        command
            .stdin(end(&pty.user))
            .stdout(end(&pty.user))
            .stderr(end(&pty.user));
        let user = pty.user.try_clone().expect("a copy of the terminal");
        #[allow(unsafe_code, reason = "a child of a terminal needs setsid between fork and exec")]
        // SAFETY: only setsid and an ioctl are called, both async-signal-safe.
        unsafe {
            command.pre_exec(move || {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(user.as_fd())?;
                Ok(())
            });
        }
        Self {
            child: command.spawn().expect("cnm starts"),
            master: std::fs::File::from(pty.controller),
        }
    }

    /// Reads until `wanted` has been on the screen.
    pub fn until(&mut self, wanted: &str) {
        let mut screen = vt100::Parser::new(cells(36), cells(120), 0);
        let mut bytes = vec![0; 65536];
        while !screen.screen().contents().contains(wanted) {
            let count = self.master.read(&mut bytes).expect("the screen can be read");
            screen.process(&bytes[..count]);
        }
    }

    fn quiet(&mut self) {
        let mut bytes = vec![0; 65536];
        let wait = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: 150_000_000,
        };
        loop {
            let mut fds = [rustix::event::PollFd::new(&self.master, rustix::event::PollFlags::IN)];
            if rustix::event::poll(&mut fds, Some(&wait)).unwrap_or(0) == 0 {
                return;
            }
            let _ = self.master.read(&mut bytes);
        }
    }

    /// So many letters and tabs, once everything has settled.
    pub fn keys(rounds: usize) -> Vec<Duration> {
        let mut screen = Self::start();
        screen.until("CNM");
        std::thread::sleep(Duration::from_millis(800));
        screen.quiet();
        let mut keys: Vec<Duration> = (0..rounds)
            .map(|n| screen.key(if n % 2 == 0 { b"a" } else { b"\x7f" }))
            .collect();
        keys.extend((0..rounds).map(|_| screen.key(b"\x1b[17~")));
        keys
    }

    /// From a key written to the first bytes of the screen's answer.
    fn key(&mut self, key: &[u8]) -> Duration {
        let began = Instant::now();
        self.master.write_all(key).expect("a key is typed");
        let mut bytes = vec![0; 65536];
        let _ = self.master.read(&mut bytes).expect("the screen answers");
        let took = began.elapsed();
        self.quiet();
        took
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::TERM,
        );
        let _ = self.child.wait();
    }
}
