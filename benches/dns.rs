//! The resolver's rate and latency, ours and, in the same run, the machine's Docker Engine's; one load generator for both,
//! in the network namespace of a container of each.
//!
//! `cargo bench --bench dns` prints a table; it judges nothing. Docker's row needs root, an Engine and a static busybox.
#![allow(unsafe_code, reason = "namespaces are entered between fork and exec")]

#[path = "budgets/family.rs"]
mod family;

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns};

const RESOLVER: &str = "127.0.0.11:53";
/// Set in the load generator: the name to ask for.
const LOAD: &str = "CNM_BENCH_LOAD";
/// Our container's command: how its process is found.
const SLEEP: [&str; 2] = ["sleep", "86411"];
const NAME: &str = "cnm-bench-dns";
/// Questions one after the other.
const LONE: usize = 20_000;
/// How long questions are kept under way, and how many.
const RUSH: Duration = Duration::from_secs(4);
const UNDER_WAY: usize = 64;

fn question(id: u16, name: &str) -> Vec<u8> {
    let mut packet = Vec::from(id.to_be_bytes());
    packet.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        packet.push(u8::try_from(label.len()).expect("a short label"));
        packet.extend(label.as_bytes());
    }
    packet.extend([0, 0, 1, 0, 1]);
    packet
}

/// Asks, as a container; prints `p50 p95` of single questions in nanoseconds, and questions per second.
fn load(name: &str) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(RESOLVER).expect("the resolver's address");
    socket
        .set_read_timeout(Some(Duration::from_secs(2)))
        .expect("a time-out");
    let mut buffer = [0; 1500];
    let mut packet = question(0, name);
    let mut lone: Vec<u128> = (0..LONE)
        .filter_map(|_| {
            let began = Instant::now();
            socket.send(&packet).expect("a question");
            socket.recv(&mut buffer).ok().map(|_| began.elapsed().as_nanos())
        })
        .collect();
    lone.sort_unstable();
    assert!(buffer[7] > 0, "the answer has an address");
    let at = |percent: usize| lone[(lone.len() * percent / 100).min(lone.len() - 1)];

    let (mut sent, mut answered) = (0_u64, 0_u64);
    let began = Instant::now();
    let mut ask = || {
        sent += 1;
        packet[..2].copy_from_slice(&u16::try_from(sent & 0xffff).expect("16 bits").to_be_bytes());
        socket.send(&packet).is_ok()
    };
    (0..UNDER_WAY).for_each(|_| {
        ask();
    });
    while began.elapsed() < RUSH {
        match socket.recv(&mut buffer) {
            Ok(_) => {
                answered += 1;
                ask();
            }
            // All that was under way is lost: begin again.
            Err(error) if error.kind() == ErrorKind::WouldBlock => (0..UNDER_WAY).for_each(|_| {
                ask();
            }),
            Err(error) => panic!("{error}"),
        }
    }
    let rate = u128::from(answered) * 1_000_000_000 / began.elapsed().as_nanos();
    println!("{} {} {rate}", at(50), at(95));
}

/// This program in the network namespace of a process: `[p50, p95, rate]`.
fn measured(pid: u32, name: &str) -> Option<[u64; 3]> {
    let open = |kind: &str| File::open(format!("/proc/{pid}/ns/{kind}")).ok();
    let (user, net) = (open("user")?, open("net")?);
    let namespace = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/user")).ok();
    let other = namespace("self") != namespace(&pid.to_string());
    let mut command = Command::new(std::env::current_exe().ok()?);
    command.env(LOAD, name).stdout(Stdio::piped());
    // SAFETY: between fork and exec only setns is called, on descriptors opened before.
    unsafe {
        command.pre_exec(move || {
            if other {
                setns(user.as_fd(), CloneFlags::CLONE_NEWUSER)?;
            }
            setns(net.as_fd(), CloneFlags::CLONE_NEWNET)?;
            Ok(())
        });
    }
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next()?])
}

/// The process of that command line.
fn process(words: &[&str]) -> Option<u32> {
    let wanted: Vec<u8> = words
        .iter()
        .flat_map(|word| [word.as_bytes(), b"\0"].concat())
        .collect();
    let pids = std::fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut pids =
        pids.filter(|pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line == wanted));
    pids.next()
}

fn docker(host: Option<&Path>, args: &[&str]) -> Option<String> {
    let mut command = match host {
        Some(socket) => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cnm"));
            command
                .arg("docker")
                .env("DOCKER_HOST", format!("unix://{}", socket.display()));
            command
        }
        None => Command::new("docker"),
    };
    let output = command.args(args).stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn lab(folder: &Path) -> (Child, std::path::PathBuf) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let socket = folder.join("lab.sock");
    let mut child = Command::new(env!("CARGO_BIN_EXE_cnm"))
        .args(["lab", "--socket"])
        .arg(&socket)
        .stdout(Stdio::piped())
        .spawn()
        .expect("cnm starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a piped stdout"))
        .read_line(&mut line)
        .expect("a line");
    assert!(line.starts_with("ready "), "cnm lab said {line:?}");
    (child, socket)
}

fn ours() -> Option<[u64; 3]> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut child, socket) = lab(folder.path());
    docker(Some(&socket), &["network", "create", NAME]);
    docker(
        Some(&socket),
        &["run", "-d", "--name", "es", "--net", NAME, "alpine", SLEEP[0], SLEEP[1]],
    );
    let before = resolver_time(child.id());
    let numbers = process(&SLEEP).and_then(|pid| measured(pid, "es"));
    if let (Some(before), Some(after), Some([.., rate])) = (before, resolver_time(child.id()), numbers) {
        let answered = rate * RUSH.as_secs() + LONE as u64;
        let spent = (after - before) * 1_000_000 / rustix::param::clock_ticks_per_second();
        println!(
            "ours, by the thread's own time {:>8} {:>10}",
            answered * 1_000_000 / spent.max(1),
            format!("{}.{} µs", spent / answered, spent * 10 / answered % 10)
        );
    }
    let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM);
    let _ = child.wait();
    numbers
}

/// What the resolver's thread of a lab has had of a processor, in clock ticks (proc(5), `stat`, fields 14 and 15).
fn resolver_time(lab: u32) -> Option<u64> {
    let processes = family::family(lab).into_iter();
    let tasks = processes.filter_map(|(pid, _)| std::fs::read_dir(format!("/proc/{pid}/task")).ok());
    let stats = tasks
        .flatten()
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
    let stat = stats.into_iter().find(|stat| stat.contains("(resolver)"))?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Vec<u64> = fields
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    Some(ticks.iter().sum())
}

/// Docker's, with an image, a network and a container of our own, which are taken away again.
fn dockers() -> Option<[u64; 3]> {
    let script = format!(
        "d=$(mktemp -d) && mkdir $d/bin && cp /bin/busybox $d/bin/busybox && ln -s busybox $d/bin/sleep && \
         tar -C $d -c . | docker import - {NAME}:latest; rm -r $d"
    );
    let status = Command::new("sh")
        .args(["-c", &script])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let made = Path::new("/bin/busybox").exists() && status.is_ok_and(|status| status.success());
    let numbers = made.then(|| {
        docker(None, &["network", "create", NAME])?;
        docker(
            None,
            &[
                "run",
                "-d",
                "--name",
                NAME,
                "--net",
                NAME,
                "--net-alias",
                "es",
                &format!("{NAME}:latest"),
                "sleep",
                "600",
            ],
        )?;
        let pid = docker(None, &["inspect", "-f", "{{.State.Pid}}", NAME])?.parse().ok()?;
        measured(pid, "es")
    });
    docker(None, &["rm", "-f", NAME]);
    docker(None, &["network", "rm", NAME]);
    docker(None, &["rmi", &format!("{NAME}:latest")]);
    numbers.flatten()
}

fn main() {
    if let Ok(name) = std::env::var(LOAD) {
        return load(&name);
    }
    println!(
        "load of the machine: {}",
        std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()
    );
    println!("{:<28} {:>12} {:>10} {:>10}", "127.0.0.11", "questions/s", "p50", "p95");
    println!("{:<28} {:>12} {:>10} {:>10}", "budget", "100000", "40 µs", "");
    for (whose, numbers) in [("ours", ours()), ("Docker Engine", dockers())] {
        match numbers {
            Some([p50, p95, rate]) => {
                let micros = |nanos: u64| format!("{}.{} µs", nanos / 1000, nanos % 1000 / 100);
                println!("{whose:<28} {rate:>12} {:>10} {:>10}", micros(p50), micros(p95));
            }
            None => println!("{whose:<28} {:>12} {:>10} {:>10}", "–", "–", "–"),
        }
    }
}
