//! A lab to measure.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bollard::Docker;

/// A lab on a socket, ended when dropped.
pub struct Lab(pub Child, tempfile::TempDir);

impl Lab {
    /// A lab that is ready, and how long that took.
    pub fn start() -> (Self, Duration) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_cnm"))
            .args(["lab", "--socket"])
            .arg(folder.path().join("lab.sock"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("cnm starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a piped stdout"))
            .read_line(&mut line)
            .expect("a line");
        assert!(line.starts_with("ready "), "cnm lab said {line:?}");
        (Self(child, folder), began.elapsed())
    }

    /// A client of its engine.
    pub async fn client(&self) -> Docker {
        let socket = self.1.path().join("lab.sock");
        Docker::connect_with_unix(&socket.to_string_lossy(), 30, bollard::API_DEFAULT_VERSION)
            .expect("a client")
            .negotiate_version()
            .await
            .expect("an engine answers")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}
