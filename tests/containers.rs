//! What a container's processes may and may not do, seen from outside where the kernel tells it, and tried from inside.
//!
//! Run as an ordinary user and as root alike: in neither does a container have more.
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use support::processes::{self, Process, with_words};
use support::{Lab, eventually, text};

/// Docker's default set (moby, `oci/caps/defaults.go`), and the same with `NET_ADMIN`.
const DEFAULT: &str = "00000000a80425fb";
const WITH_NET_ADMIN: &str = "00000000a80435fb";

/// The fields of a /proc/PID/status.
fn fields(status: &str) -> BTreeMap<&str, &str> {
    status
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key, value.trim()))
        .collect()
}

/// Runs a script in a container of its own; what it wrote.
fn inside(lab: &Lab, script: &str) -> String {
    lab.ok(&["run", "--rm", "alpine", "sh", "-c", script])
}

#[test]
fn the_kernel_shows_dockers_capabilities_and_no_more() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "alpine", "sleep", "70001"]);
    lab.ok(&["run", "-d", "--cap-add", "NET_ADMIN", "alpine", "sleep", "70002"]);
    for (seconds, capabilities) in [("70001", DEFAULT), ("70002", WITH_NET_ADMIN)] {
        let process = with_words(&["sleep", seconds]);
        // Asleep: before it is, the program's own start is still about its signals.
        let mut status = String::new();
        let asleep = eventually(Duration::from_secs(30), || {
            status = text(process.path("status"));
            status.contains("State:\tS")
        });
        assert!(asleep, "{status}");
        let fields = fields(&status);
        for set in ["CapPrm", "CapEff", "CapBnd"] {
            assert_eq!(fields[set], capabilities, "{set}\n{status}");
        }
        for set in ["CapInh", "CapAmb"] {
            assert_eq!(fields[set], "0000000000000000", "{set}\n{status}");
        }
        assert_eq!((fields["NoNewPrivs"], fields["Seccomp"]), ("1", "2"), "{status}");
        assert_eq!(
            (fields["SigIgn"], fields["SigBlk"]),
            ("0000000000000000", "0000000000000000"),
            "{status}"
        );
        // Real, effective, saved and file system id: the kernel's root is none of them.
        let expected = if rustix::process::getuid().is_root() {
            65_534
        } else {
            rustix::process::getuid().as_raw()
        };
        let ids: Vec<u32> = fields["Uid"]
            .split_whitespace()
            .map(|id| id.parse().expect("an id"))
            .collect();
        assert_eq!(ids, [expected; 4], "{status}");
        for kind in ["user", "net", "mnt", "pid", "uts", "ipc"] {
            let ours = fs::read_link(format!("/proc/self/ns/{kind}")).expect("ours can be read");
            let theirs = process.namespace(kind).expect("theirs can be read");
            assert_ne!(Path::new(&theirs), ours, "{kind}");
        }
    }
}

#[test]
fn other_capabilities_are_refused_with_the_reason() {
    let lab = Lab::start();
    for name in ["SYS_ADMIN", "ALL"] {
        let output = lab.cli(&["run", "--rm", "--cap-add", name, "alpine", "true"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{name} was given");
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[test]
fn no_setting_of_the_machine_can_be_written() {
    const SETTINGS: [&str; 9] = [
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/panic",
        "/proc/sys/kernel/pid_max",
        "/proc/sys/kernel/randomize_va_space",
        "/proc/sys/vm/overcommit_memory",
        "/proc/sys/fs/file-max",
        "/proc/sys/user/max_user_namespaces",
        "/proc/sys/net/ipv4/ip_forward",
        "/sys/kernel/mm/transparent_hugepage/enabled",
    ];
    let lab = Lab::start();
    let before: Vec<String> = SETTINGS.iter().map(text).collect();
    for (path, value) in SETTINGS.iter().zip(&before) {
        // Its own value: were the write let through, nothing would change but this test.
        let value = value
            .split('[')
            .nth(1)
            .and_then(|rest| rest.split(']').next())
            .unwrap_or(value.trim());
        let script = format!("(echo '{value}' > {path}) && echo written || echo refused");
        let said = lab.ok(&["run", "--rm", "--cap-add", "NET_ADMIN", "alpine", "sh", "-c", &script]);
        assert_eq!(said, "refused\n", "{path}");
    }
    let said = inside(&lab, "(echo h > /proc/sysrq-trigger) && echo written || echo refused");
    assert_eq!(said, "refused\n", "/proc/sysrq-trigger");
    assert_eq!(SETTINGS.iter().map(text).collect::<Vec<_>>(), before);
}

#[test]
fn mounts_are_dockers() {
    let lab = Lab::start();
    let mountinfo = inside(&lab, "cat /proc/self/mountinfo");
    let mounts: BTreeMap<&str, (&str, &str)> = mountinfo
        .lines()
        .filter_map(|line| {
            let (mount, file_system) = line.split_once(" - ")?;
            let mut fields = mount.split(' ').skip(4);
            Some((fields.next()?, (fields.next()?, file_system.split(' ').next()?)))
        })
        .collect();
    let read_only = |point: &str| {
        mounts
            .get(point)
            .is_some_and(|(options, _)| options.split(',').any(|o| o == "ro"))
    };
    assert_eq!(mounts["/"].1, "overlay", "{mountinfo}");
    assert_eq!(mounts["/proc"].1, "proc");
    for point in ["/sys", "/proc/sys", "/proc/bus", "/proc/irq", "/proc/fs"] {
        assert!(read_only(point), "{point} is not read-only\n{mountinfo}");
    }
    for point in [
        "/dev",
        "/dev/pts",
        "/dev/shm",
        "/etc/hosts",
        "/etc/hostname",
        "/etc/resolv.conf",
    ] {
        assert!(mounts.contains_key(point), "{point} is no mount\n{mountinfo}");
    }
    // Only device nodes come from the machine.
    for (point, (_, file_system)) in &mounts {
        let expected = ["overlay", "proc", "sysfs", "tmpfs", "devpts", "mqueue"].contains(file_system);
        let device = *file_system == "devtmpfs" && (point.starts_with("/dev/") || point.starts_with("/proc/"));
        // Inside another container /dev is a tmpfs of that one.
        assert!(expected || device, "{point} is a {file_system}");
    }
}

#[test]
fn what_docker_masks_is_empty() {
    const FILES: [&str; 5] = [
        "/proc/keys",
        "/proc/timer_list",
        "/proc/kcore",
        "/proc/sched_debug",
        "/proc/interrupts",
    ];
    const FOLDERS: [&str; 3] = ["/proc/acpi", "/proc/scsi", "/sys/firmware"];
    let lab = Lab::start();
    for path in FILES.into_iter().filter(|path| Path::new(path).exists()) {
        assert_eq!(
            inside(&lab, &format!("cat {path} && echo read")),
            "read\n",
            "{path} can be read"
        );
    }
    for path in FOLDERS.into_iter().filter(|path| Path::new(path).exists()) {
        assert_eq!(
            inside(&lab, &format!("ls {path} && echo listed")),
            "listed\n",
            "{path} can be listed"
        );
    }
}

#[test]
fn nothing_of_ours_is_inherited_but_three_descriptors() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "alpine", "sleep", "70003"]);
    let folder = with_words(&["sleep", "70003"]).path("fd");
    let open = || -> BTreeMap<String, Option<PathBuf>> {
        fs::read_dir(&folder)
            .expect("a lab is its starter's to look into")
            .flatten()
            .map(|entry| {
                (
                    entry.file_name().to_string_lossy().into_owned(),
                    fs::read_link(entry.path()).ok(),
                )
            })
            .collect()
    };
    // A program that has just begun reads its own map of memory through one of its own; `sleep` closes nothing that
    // was there before it.
    let only_three = || open().keys().eq(["0", "1", "2"]);
    assert!(
        eventually(Duration::from_secs(10), only_three),
        "descriptors of a container's program: {:?}",
        open()
    );
}

#[test]
fn limits_hold_without_cgroups() {
    let lab = Lab::start();
    let limits = inside(&lab, "cat /proc/self/limits");
    let hard = |name: &str| -> u64 {
        let line = limits
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_else(|| panic!("no {name}\n{limits}"));
        let value = line[name.len()..].split_whitespace().nth(1).unwrap_or_default();
        value.parse().unwrap_or_else(|_| panic!("{name} is {value}"))
    };
    assert!(hard("Max processes") <= 8 * 1024, "{limits}");
    assert!(hard("Max open files") <= 64 * 1024, "{limits}");
    assert_eq!(hard("Max core file size"), 0, "{limits}");
    let mountinfo = inside(&lab, "cat /proc/self/mountinfo");
    assert!(
        mountinfo.contains("size=262144k"),
        "the writable layer has no bound\n{mountinfo}"
    );
}

#[test]
fn a_container_sees_its_own_names_files_and_settings() {
    let lab = Lab::start();
    let seen = inside(
        &lab,
        "hostname; cat /etc/hostname /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_unprivileged_port_start; \
         cat /etc/os-release; echo $$ $HOME $PATH; echo kept > /etc/x; cat /etc/x",
    );
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[0], lines[1], "{seen}");
    assert_eq!(lines[0].len(), 12, "{seen}");
    assert_eq!((lines[2], lines[3]), ("0\t0", "0"), "{seen}");
    assert!(seen.contains("PRETTY_NAME=\"Alpine Linux v3.22\""), "{seen}");
    assert!(seen.contains("1 /root /usr/local/sbin:"), "{seen}");
    assert!(seen.ends_with("kept\n"), "{seen}");
    let other = inside(&lab, "cat /etc/hosts; cat /etc/x || echo gone");
    assert!(
        other.contains("127.0.0.1\tlocalhost") && other.ends_with("gone\n"),
        "{other}"
    );
}

#[test]
fn a_command_that_cannot_be_executed_has_dockers_code_and_words() {
    let lab = Lab::start();
    for (command, code, words) in [
        ("no-such-command", 127, "executable file not found in $PATH"),
        ("/no/such/command", 127, "no such file or directory"),
        ("/etc/passwd", 126, "permission denied"),
    ] {
        let output = lab.cli(&["run", "--rm", "alpine", command]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{command}: {said}");
        assert!(said.contains(words), "{command}: {said}");
    }
}

#[test]
fn a_container_that_is_stopped_before_its_command_holds_nobody() {
    let lab = Lab::start();
    let front = lab.child.id().cast_signed();
    let stop = |process: &Process| {
        let pid = rustix::process::Pid::from_raw(process.pid).expect("a process");
        process.name == "cnm-container" && rustix::process::kill_process(pid, rustix::process::Signal::STOP).is_ok()
    };
    // So that the command is looked for long enough to be caught at it.
    let path = format!("PATH={}/bin", "/x:".repeat(40_000));
    let words = ["run", "-d", "--name", "c1", "-e", &path, "alpine", "sleep", "70005"];
    let refused = (0..50).find_map(|_| {
        let begun = Instant::now();
        let output = std::thread::scope(|scope| {
            let run = scope.spawn(|| lab.cli(&words));
            while !run.is_finished() && !processes::family(front).iter().any(stop) {}
            run.join().expect("docker runs")
        });
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        lab.ok(&["rm", "-f", "c1"]);
        (!output.status.success()).then(|| (said, begun.elapsed()))
    });
    let (said, took) = refused.expect("one was stopped in time");
    assert!(said.contains("which a signal stopped before"), "{said}");
    assert!(took < Duration::from_secs(8), "the writer waited: {took:?}");
    lab.ok(&["run", "--rm", "alpine", "true"]);
}
