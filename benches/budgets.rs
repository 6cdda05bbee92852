//! The budgets of the design, measured on the built-in engine and, in the same run, on the machine's Docker Engine.
//!
//! `cargo bench` prints one line per budget: what, budget, ours (p50 and p95), Docker's p50. It judges nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig, NetworkCreateRequest};
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder};

const ROUNDS: usize = 60;

struct Row {
    what: &'static str,
    budget: &'static str,
    ours: Vec<Duration>,
    docker: Vec<Duration>,
}

fn percentile(samples: &mut [Duration], percent: usize) -> Option<Duration> {
    samples.sort_unstable();
    samples
        .get((samples.len() * percent / 100).min(samples.len().checked_sub(1)?))
        .copied()
}

fn shown(sample: Option<Duration>) -> String {
    sample.map_or_else(|| "–".into(), |d| format!("{:.2} ms", d.as_secs_f64() * 1e3))
}

fn print(rows: &mut [Row]) {
    println!(
        "{:<44} {:>10} {:>12} {:>12} {:>12}",
        "what", "budget", "p50", "p95", "Docker p50"
    );
    for row in rows {
        println!(
            "{:<44} {:>10} {:>12} {:>12} {:>12}",
            row.what,
            row.budget,
            shown(percentile(&mut row.ours, 50)),
            shown(percentile(&mut row.ours, 95)),
            shown(percentile(&mut row.docker, 50)),
        );
    }
}

/// A lab on a socket, ended when dropped.
struct Lab(Child, tempfile::TempDir);

impl Lab {
    fn start() -> (Self, Duration) {
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

    fn socket(&self) -> std::path::PathBuf {
        self.1.path().join("lab.sock")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

/// Timings of one engine: network create, network rm, create + start, rm -f.
async fn engine(docker: &Docker, image: &str, rounds: usize) -> [Vec<Duration>; 4] {
    let mut times: [Vec<Duration>; 4] = Default::default();
    let mut note = |slot: usize, began: Instant| times[slot].push(began.elapsed());
    for round in 0..rounds {
        let network = format!("bench-{round}");
        let began = Instant::now();
        docker
            .create_network(NetworkCreateRequest {
                name: network.clone(),
                ..Default::default()
            })
            .await
            .expect("a network is created");
        note(0, began);
        let body = ContainerCreateBody {
            image: Some(image.into()),
            cmd: Some(vec!["sleep".into(), "600".into()]),
            host_config: Some(HostConfig {
                network_mode: Some(network.clone()),
                ..Default::default()
            }),
            ..Default::default()
        };
        let name = format!("bench-c-{round}");
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        let began = Instant::now();
        docker
            .create_container(Some(options), body)
            .await
            .expect("a container is created");
        docker.start_container(&name, None).await.expect("a container starts");
        note(2, began);
        let began = Instant::now();
        let force = RemoveContainerOptionsBuilder::default().force(true).build();
        docker
            .remove_container(&name, Some(force))
            .await
            .expect("a container is removed");
        note(3, began);
        let began = Instant::now();
        docker.remove_network(&network).await.expect("a network is removed");
        note(1, began);
    }
    times
}

/// Imports a busybox root file system under a name of ours; false where Docker or busybox is missing.
fn docker_image(image: &str) -> bool {
    if !Path::new("/bin/busybox").exists() || Command::new("docker").arg("version").output().is_err() {
        return false;
    }
    let script = format!(
        "d=$(mktemp -d) && mkdir $d/bin && cp /bin/busybox $d/bin/busybox && ln -s busybox $d/bin/sleep && \
         tar -C $d -c . | docker import - {image} && rm -r $d"
    );
    Command::new("sh")
        .args(["-c", &script])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

fn cells(side: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(side).unwrap_or(std::num::NonZero::<u16>::MIN)
}

/// The program in a pseudo-terminal of 120 × 36.
struct Screen {
    child: Child,
    master: std::fs::File,
}

impl Screen {
    fn start() -> Self {
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
    fn until(&mut self, wanted: &str) {
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

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (mut ready, mut frames) = (Vec::new(), Vec::new());
    for _ in 0..15 {
        let (lab, took) = Lab::start();
        ready.push(took);
        drop(lab);
        let began = Instant::now();
        let mut screen = Screen::start();
        screen.until("CNM");
        frames.push(began.elapsed());
    }
    let mut screen = Screen::start();
    screen.until("CNM");
    std::thread::sleep(Duration::from_millis(800));
    screen.quiet();
    let mut keys: Vec<Duration> = (0..ROUNDS)
        .map(|n| screen.key(if n % 2 == 0 { b"a" } else { b"\x7f" }))
        .collect();
    keys.extend((0..ROUNDS).map(|_| screen.key(b"\x1b[17~")));
    drop(screen);

    let (lab, _) = Lab::start();
    let socket = lab.socket();
    let ours = runtime.block_on(async {
        let docker = Docker::connect_with_unix(&socket.to_string_lossy(), 30, bollard::API_DEFAULT_VERSION)
            .expect("a client")
            .negotiate_version()
            .await
            .expect("an engine answers");
        engine(&docker, "alpine", ROUNDS).await
    });
    drop(lab);
    let image = "cnm-bench:latest";
    let theirs = if docker_image(image) {
        let times = runtime.block_on(async {
            let docker = Docker::connect_with_local_defaults().expect("a client");
            let docker = docker.negotiate_version().await.expect("Docker answers");
            engine(&docker, image, 10).await
        });
        let _ = Command::new("docker")
            .args(["rmi", image])
            .stdout(Stdio::null())
            .status();
        times
    } else {
        println!("no Docker Engine (or no busybox to make an image of): its column is empty");
        Default::default()
    };
    let [create, remove, start, end] = ours;
    let [docker_create, docker_remove, docker_start, docker_end] = theirs;
    let row = |what, budget, ours, docker| Row {
        what,
        budget,
        ours,
        docker,
    };
    print(&mut [
        row("cnm → first frame", "30 ms", frames, Vec::new()),
        row("cnm lab → ready", "80 ms", ready, Vec::new()),
        row("key → screen (p95)", "2 ms", keys, Vec::new()),
        row("network create", "1 ms", create, docker_create),
        row("network rm", "1 ms", remove, docker_remove),
        row("container create + start", "7 ms", start, docker_start),
        row("container rm -f", "3 ms", end, docker_end),
    ]);
}
