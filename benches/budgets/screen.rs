//! The program in a pseudo-terminal.

use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn cells(side: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(side).unwrap_or(std::num::NonZero::<u16>::MIN)
}

/// The panel of the topology, in columns and lines of a screen of 120 × 36.
const TOPOLOGY: (u16, u16, usize) = (44, 76, 18);
/// How long a change of the screen may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program in a pseudo-terminal of 120 × 36.
pub struct Screen {
    child: Child,
    master: std::fs::File,
    shown: vt100::Parser,
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
            shown: vt100::Parser::new(cells(36), cells(120), 0),
        }
    }

    /// A workshop in which two containers ping each other as fast as they can.
    pub fn flooded() -> Self {
        let mut screen = Self::start();
        screen.until("CNM");
        screen.line("docker run -d --name flooded alpine sleep 1d");
        screen.when(|shown| on_the_picture(shown, "flooded"));
        screen.line("docker run -d --name flood centos ping -f -q 172.17.0.2");
        screen.when(|shown| on_the_picture(shown, "flood "));
        screen
    }

    /// Reads until `wanted` is on the screen.
    pub fn until(&mut self, wanted: &str) {
        self.when(|shown| shown.contents().contains(wanted));
    }

    fn when(&mut self, holds: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self.shown.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && self.reads_within(left),
                "the screen stays at\n{}",
                self.shown.screen().contents()
            );
        }
    }

    /// Takes in what is on its way; false where nothing comes in time.
    fn reads_within(&mut self, wait: Duration) -> bool {
        let wait = rustix::event::Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: wait.subsec_nanos().into(),
        };
        let mut fds = [rustix::event::PollFd::new(&self.master, rustix::event::PollFlags::IN)];
        if rustix::event::poll(&mut fds, Some(&wait)).unwrap_or(0) == 0 {
            return false;
        }
        let mut bytes = vec![0; 65536];
        let count = self.master.read(&mut bytes).expect("the screen can be read");
        self.shown.process(&bytes[..count]);
        true
    }

    fn quiet(&mut self) {
        while self.reads_within(Duration::from_millis(150)) {}
    }

    fn line(&mut self, line: &str) {
        self.master
            .write_all(format!("{line}\r").as_bytes())
            .expect("a line is typed");
    }

    /// So many letters and tabs, once everything has settled.
    pub fn keys(mut self, rounds: usize) -> Vec<Duration> {
        self.until("CNM");
        std::thread::sleep(Duration::from_millis(800));
        self.quiet();
        let mut keys: Vec<Duration> = (0..rounds)
            .map(|n| self.key(if n % 2 == 0 { b"a" } else { b"\x7f" }))
            .collect();
        keys.extend((0..rounds).map(|_| self.key(b"\x1b[17~")));
        keys
    }

    /// From a key written to the first bytes of the screen's answer.
    fn key(&mut self, key: &[u8]) -> Duration {
        let began = Instant::now();
        self.master.write_all(key).expect("a key is typed");
        assert!(self.reads_within(PATIENCE), "the screen answers");
        let took = began.elapsed();
        self.quiet();
        took
    }

    /// So many networks made: from the time the engine gave the event to the bar on the screen.
    pub fn pictures(mut self, rounds: usize) -> Vec<Duration> {
        (0..rounds)
            .map(|n| {
                let name = format!("bar{n}");
                self.line(&format!("docker network create {name} >/dev/null"));
                self.when(|shown| on_the_picture(shown, &name));
                let seen = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
                self.line(&format!(
                    "clear; docker events --since 1m --until -1s -f event=create -f network={name} --format '<{{{{.TimeNano}}}}>'"
                ));
                self.when(|shown| stamp(shown).is_some());
                let event = stamp(self.shown.screen()).expect("it was there");
                self.line(&format!("clear; docker network rm {name}"));
                self.when(|shown| !on_the_picture(shown, &name) && stamp(shown).is_none());
                seen.saturating_sub(event)
            })
            .collect()
    }
}

fn on_the_picture(shown: &vt100::Screen, text: &str) -> bool {
    let (column, width, lines) = TOPOLOGY;
    shown.rows(column, width).take(lines).any(|line| line.contains(text))
}

/// The time between `<` and `>`, in nanoseconds since 1970, once it is on the screen.
fn stamp(shown: &vt100::Screen) -> Option<Duration> {
    let contents = shown.contents();
    let candidates = contents.split('<').skip(1);
    candidates
        .filter_map(|rest| rest.split_once('>'))
        .find_map(|(digits, _)| digits.parse().ok().map(Duration::from_nanos))
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
