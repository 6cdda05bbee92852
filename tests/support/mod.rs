//! What the tests that start the real program share: a lab on a socket, a program in a pseudo-terminal, the processes of
//! a run, and the checker that nothing of a run remains.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod cgroup;
pub mod first_part;
pub mod http;
pub mod inside;
pub mod processes;
pub mod requests;
pub mod residue;
pub mod screen;
pub mod workshop;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bollard::Docker;

/// The program under test.
pub const CNM: &str = env!("CARGO_BIN_EXE_cnm");

/// A folder of the test's own that stands in for home, runtime and temporary directories.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Started by root, the lab runs as another user, who must be able to reach its own folders.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
        for (name, mode) in [("home", 0o755), ("run", 0o700), ("tmp", 0o1777), ("state", 0o755)] {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).expect("a folder");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("permissions");
        }
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `cnm` with this home, and nothing of the caller's settings.
    pub fn cnm(&self) -> Command {
        let mut command = Command::new(CNM);
        self.furnish(&mut command);
        command
    }

    pub fn furnish(&self, command: &mut Command) {
        command
            .env("HOME", self.path("home"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CONFIG_HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("SHELL", "/bin/sh")
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color");
        for name in [
            "DOCKER_HOST",
            "DOCKER_CONTEXT",
            "LC_ALL",
            "SUDO_UID",
            "SUDO_GID",
            "NO_COLOR",
            "COLORFGBG",
            "ENV",
        ] {
            command.env_remove(name);
        }
    }
}

/// `cnm lab --socket`, answering.
pub struct Lab {
    pub child: Child,
    pub home: Home,
    pub socket: PathBuf,
}

impl Lab {
    pub fn start() -> Self {
        Self::start_with(&[], &[])
    }

    pub fn start_with(flags: &[&str], env: &[(&str, &str)]) -> Self {
        let mut lab = Self::spawn(flags, env);
        lab.await_ready();
        lab
    }

    /// Started, not necessarily ready.
    pub fn spawn(flags: &[&str], env: &[(&str, &str)]) -> Self {
        let home = Home::new();
        let socket = home.path("run").join("lab.sock");
        let child = home
            .cnm()
            .args(flags)
            .args(["lab", "--socket"])
            .arg(&socket)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cnm starts");
        Self { child, home, socket }
    }

    pub fn await_ready(&mut self) {
        let line = first_line(&mut self.child);
        if line != format!("ready unix://{}\n", self.socket.display()) {
            let _ = self.child.kill();
            let mut said = String::new();
            let _ = self
                .child
                .stderr
                .take()
                .expect("a piped stderr")
                .read_to_string(&mut said);
            panic!("cnm lab did not become ready; it printed {line:?} and said:\n{said}");
        }
    }

    /// A client of its API.
    pub async fn docker(&self) -> Docker {
        Docker::connect_with_unix(&self.socket.to_string_lossy(), 20, bollard::API_DEFAULT_VERSION)
            .expect("a client")
            .negotiate_version()
            .await
            .expect("the engine answers")
    }

    /// Our own `docker`, pointed at this lab.
    pub fn cli(&self, args: &[&str]) -> std::process::Output {
        self.home
            .cnm()
            .arg("docker")
            .args(args)
            .env("DOCKER_HOST", format!("unix://{}", self.socket.display()))
            .stdin(Stdio::null())
            .output()
            .expect("cnm docker runs")
    }

    /// The same, which must succeed; its standard output.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.cli(args);
        assert!(
            output.status.success(),
            "docker {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("text")
    }

    /// Asks it to end as a person would, and waits.
    pub fn end(&mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        self.child.wait().expect("cnm is waited for")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

/// The first line that a program writes on its piped standard output, with its end.
pub fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a piped stdout"))
        .read_line(&mut line)
        .expect("a line");
    line
}

/// Looks again and again until `done`, at most `bound` long; false when the time is up.
pub fn eventually(bound: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + bound;
    loop {
        if done() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A file's text, empty where it cannot be read.
pub fn text(path: impl AsRef<Path>) -> String {
    std::fs::read(path)
        .map(|b| String::from_utf8_lossy(&b).into_owned())
        .unwrap_or_default()
}

/// A small generator with a seed that can be printed (xorshift, Marsaglia 2003).
pub struct Dice(u64);

impl Dice {
    /// Seeded by `CNM_SEED`, else by the clock; prints the seed.
    pub fn seeded() -> Self {
        let seed = std::env::var("CNM_SEED")
            .ok()
            .and_then(|s| s.parse().ok())
            .unwrap_or_else(|| {
                std::time::SystemTime::now()
                    .duration_since(std::time::UNIX_EPOCH)
                    .map_or(1, |d| u64::from(d.subsec_nanos()) + (d.as_secs() << 30))
                    | 1
            });
        println!("CNM_SEED={seed}");
        Self(seed | 1)
    }

    /// A generator of its own for someone else, seeded from this one.
    pub fn another(&mut self) -> Self {
        self.below(1);
        Self(self.0 | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or(0)
    }
}
