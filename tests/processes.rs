//! The processes of a lab: what each is, and what the end of each leaves behind.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use support::processes::{Process, family};
use support::{CNM, Lab, eventually, first_line};

/// How long a loaded machine is given to end what an end ends.
const GRACE: Duration = Duration::from_secs(30);

fn cnm() -> Command {
    let mut command = Command::new(CNM);
    command.env_remove("DOCKER_HOST").stdin(Stdio::null());
    command
}

fn in_lab(script: &str) -> Output {
    cnm().args(["lab", "--", "sh", "-c", script]).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

/// A lab that serves a socket in a directory of its own.
struct Served(Lab);

impl Served {
    fn start() -> Self {
        Self(Lab::start())
    }

    fn socket(&self) -> &Path {
        &self.0.socket
    }

    fn answers_ping(&self) -> bool {
        self.0.http("GET", "/_ping", "") == (200, "OK".into())
    }

    fn processes(&self) -> Vec<Process> {
        family(self.0.child.id().cast_signed())
    }

    /// The front's own exit, and then nothing more of the run.
    fn assert_gone(mut self, processes: &[Process]) {
        let mut left = Vec::new();
        let quiet = eventually(GRACE, || {
            // Reaped here, as a shell would.
            let ended = self.0.child.try_wait().unwrap().is_some();
            left = processes.iter().filter(|process| process.alive()).collect();
            ended && left.is_empty() && !self.socket().exists()
        });
        assert!(quiet, "{left:?}");
        assert_eq!(
            fs::read_dir(self.0.home.path("run")).unwrap().count(),
            0,
            "a file is left"
        );
    }
}

#[test]
fn a_command_gets_its_streams_and_gives_its_status() {
    let mut child = cnm()
        .args(["lab", "--", "sh", "-c", "cat; echo wrong >&2; exit 7"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"typed\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(output.stdout, b"typed\n");
    assert_eq!(output.stderr, b"wrong\n");
}

#[test]
fn a_command_that_is_not_there_is_status_127() {
    let output = cnm().args(["lab", "--", "no-such-program"]).output().unwrap();
    assert_eq!(output.status.code(), Some(127), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("no-such-program"));
}

#[test]
fn a_docker_client_finds_the_lab() {
    assert_eq!(said(&in_lab("echo $DOCKER_HOST")), "unix:///run/docker.sock");
    assert!(said(&in_lab("command -v docker")).ends_with("/docker"));
}

#[test]
fn where_the_machine_has_no_docker_ours_is_found() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("/bin/sh", folder.path().join("sh")).unwrap();
    let output = cnm()
        .args(["--console", "real", "lab", "--", "sh", "-c"])
        .arg("command -v docker && docker network ls")
        .env("PATH", folder.path())
        .output()
        .unwrap();
    let seen = said(&output);
    assert!(seen.starts_with("/run/cnm/bin/docker\n"), "{seen}");
    assert!(seen.contains("bridge"), "{seen}");
}

#[test]
fn each_namespace_is_the_labs_own() {
    let lab = Served::start();
    let processes = lab.processes();
    let zygote = processes.iter().find(|process| process.name == "cnm-zygote").unwrap();
    for kind in ["user", "pid", "mnt", "net", "uts", "ipc"] {
        let ours = fs::read_link(format!("/proc/self/ns/{kind}")).unwrap();
        let theirs = fs::read_link(format!("/proc/{}/ns/{kind}", zygote.pid)).unwrap();
        assert_ne!(ours, theirs, "{kind}");
    }
}

#[test]
fn nothing_in_a_lab_is_the_kernels_uid_0() {
    let lab = Served::start();
    let processes = lab.processes();
    let mut inside = 0;
    for process in processes.iter().filter(|process| process.name != "cnm") {
        // The images' process goes when they are complete, and bears the name of its maker at first.
        let Ok(status) = fs::read_to_string(process.path("status")) else {
            continue;
        };
        let uids: Vec<u32> = status
            .lines()
            .find_map(|line| line.strip_prefix("Uid:"))
            .unwrap()
            .split_whitespace()
            .map(|uid| uid.parse().unwrap())
            .collect();
        // The janitor may keep root as its saved uid, to clean up after root; it is not in the lab.
        let checked = if process.name == "cnm-janitor" {
            &uids[..2]
        } else {
            &uids[..]
        };
        assert!(!checked.contains(&0), "{process:?}: {uids:?}");
        inside += usize::from(process.name != "cnm-janitor");
    }
    assert!(inside >= 2, "{processes:?}");
}

#[test]
fn processes_have_their_names() {
    let lab = Served::start();
    let mut seen = Vec::new();
    // Once the images are complete: until then a process copies them, under its maker's name at first, and then the zygote
    // executes itself anew.
    let named = eventually(GRACE, || {
        seen = lab.processes();
        seen.sort_by(|one, other| one.name.cmp(&other.name));
        let names = seen.iter().map(|process| process.name.as_str());
        let lines = seen.iter().filter(|process| process.name.starts_with("cnm-"));
        names.eq(["cnm", "cnm-engine", "cnm-janitor", "cnm-zygote"])
            && lines.into_iter().all(|process| {
                let line = fs::read_to_string(process.path("cmdline")).unwrap_or_default();
                line.trim_end_matches('\0') == process.name
            })
    });
    assert!(named, "{seen:?}");
}

#[test]
fn a_served_lab_answers_and_its_socket_is_its_owners() {
    let lab = Served::start();
    let socket = fs::symlink_metadata(lab.socket()).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.mode() & 0o777, 0o600);
    assert!(lab.answers_ping());
}

#[test]
fn a_second_lab_at_the_same_socket_is_refused_and_the_first_goes_on() {
    let lab = Served::start();
    let output = cnm().args(["lab", "--socket"]).arg(lab.socket()).output().unwrap();
    assert!(!output.status.success());
    assert!(lab.answers_ping());
}

#[test]
fn a_dead_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let output = cnm()
        .args(["lab", "--socket"])
        .arg(&path)
        .args(["--", "true"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(!path.exists());
}

#[test]
fn without_a_path_the_socket_is_in_a_folder_of_the_persons_own_and_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    for variable in ["XDG_RUNTIME_DIR", "TMPDIR"] {
        let mut front = cnm()
            .arg("lab")
            .env_remove("XDG_RUNTIME_DIR")
            .env(variable, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = first_line(&mut front);
        let socket = PathBuf::from(line.trim_end().strip_prefix("ready unix://").unwrap());
        assert!(socket.starts_with(folder.path()));
        assert_eq!(fs::metadata(socket.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        rustix::process::kill_process(Pid::from_child(&front), Signal::TERM).unwrap();
        front.wait().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{variable}");
    }
}

#[test]
fn a_sandbox_console_has_a_root_of_its_own_and_the_labs_network() {
    let here = tempfile::tempdir().unwrap();
    let output = cnm()
        .args(["--console", "sandbox", "lab", "--", "sh", "-c"])
        .arg(format!(
            "ls -d {} ; cat /etc/os-release; cat /proc/1/comm",
            here.path().display()
        ))
        .output()
        .unwrap();
    let seen = String::from_utf8(output.stdout).unwrap();
    assert!(seen.contains("Alpine"), "{seen}");
    assert!(seen.ends_with("cnm-zygote\n"), "{seen}");
    assert!(!seen.contains(here.path().to_str().unwrap()), "{seen}");
}

#[test]
fn a_console_program_may_not_undo_the_lab_or_reach_the_engine() {
    let script = "cat /proc/1/root/etc/hostname; cat /proc/1/environ; echo 1 > /proc/sys/kernel/printk; \
                  umount /run; kill -9 1; sleep 0.1; cat /proc/1/comm";
    let output = in_lab(script);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "cnm-zygote\n");
}

#[test]
fn a_signal_ends_a_served_lab_and_all_of_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut lab = Served::start();
        let processes = lab.processes();
        rustix::process::kill_process(Pid::from_child(&lab.0.child), signal).unwrap();
        assert_eq!(lab.0.child.wait().unwrap().code(), Some(0));
        lab.assert_gone(&processes);
    }
}

#[test]
fn a_command_gets_the_signals_we_get() {
    let mut child = cnm()
        .args(["lab", "--", "sh", "-c", "echo set; exec sleep 1000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    first_line(&mut child);
    rustix::process::kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    // Not killed by it: the status of a command that was, as a shell gives it.
    assert_eq!(child.wait().unwrap().code(), Some(128 + 15));
}

#[test]
fn a_command_that_ignores_the_signals_ends_with_its_lab_after_a_grace_or_at_once_when_asked_twice() {
    let deaf = || {
        let mut child = cnm()
            .args(["--console", "real", "lab", "--", "sh", "-c"])
            .arg("trap '' INT TERM; echo set; sleep 1001; sleep 1002")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        first_line(&mut child);
        child
    };
    let send = |child: &Child, signal| rustix::process::kill_process(Pid::from_child(child), signal).unwrap();
    let (mut once, mut twice) = (deaf(), deaf());
    let processes = family(once.id().cast_signed());
    send(&once, Signal::TERM);
    send(&twice, Signal::TERM);
    std::thread::sleep(Duration::from_millis(500));
    send(&twice, Signal::INT);
    assert_eq!(twice.wait().unwrap().code(), Some(128 + 2));
    assert_eq!(once.wait().unwrap().code(), Some(128 + 15));
    assert!(
        eventually(GRACE, || !processes.iter().any(Process::alive)),
        "{processes:?}"
    );
}

#[test]
fn whoever_is_killed_nothing_remains() {
    for victim in ["cnm", "cnm-janitor", "cnm-zygote", "cnm-engine"] {
        let lab = Served::start();
        let processes = lab.processes();
        let found = processes.iter().find(|process| process.name == victim);
        let struck = found.unwrap_or_else(|| panic!("{victim} in {processes:?}")).kill();
        assert!(struck, "{victim} is gone");
        lab.assert_gone(&processes);
    }
}

#[test]
fn the_copying_of_images_may_be_killed() {
    let struck = (0..20).any(|_| {
        let child = cnm()
            .args(["lab", "--", "docker", "run", "--rm", "alpine", "echo", "here"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let front = child.id().cast_signed();
        let deadline = Instant::now() + GRACE;
        let found = loop {
            let found = family(front).into_iter().find(|process| process.name == "cnm-images");
            if found.is_some() || Instant::now() > deadline || family(front).is_empty() {
                break found;
            }
        };
        let struck = found.is_some_and(|process| process.kill());
        assert_eq!(said(&child.wait_with_output().unwrap()), "here");
        struck
    });
    assert!(struck, "it was always over before it was seen");
}

#[test]
fn a_lab_that_is_killed_takes_what_runs_in_it_with_it() {
    let mut child = cnm()
        .args(["lab", "--", "sh", "-c", "sleep 1000 & echo set; wait"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    first_line(&mut child);
    let processes = family(child.id().cast_signed());
    assert!(processes.len() >= 5, "{processes:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    let gone = eventually(GRACE, || !processes.iter().any(Process::alive));
    let left: Vec<_> = processes.iter().filter(|process| process.alive()).collect();
    assert!(gone, "{left:?}");
}

#[test]
fn a_refused_launch_names_the_step_and_leaves_nothing() {
    for fault in ["unshare:ENOSPC", "uid_map:EPERM", "mount_proc:EPERM", "loopback:EPERM"] {
        let folder = tempfile::tempdir().unwrap();
        let output = cnm()
            .env("CNM_FAULT_SYSCALL", fault)
            .env("LANG", "en_US.UTF-8")
            .args(["lab", "--socket"])
            .arg(folder.path().join("lab.sock"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(4), "{fault}: {output:?}");
        assert!(output.stdout.is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{fault}");
    }
}
