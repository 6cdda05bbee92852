//! Each way in which a machine can refuse a lab is told apart by name, with the setting and the remedy, in both languages:
//! produced for real where an ordinary process can produce it, else put in at the system call's edge.
//!
//! Started by root, every case is run as root and as an ordinary user.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "namespaces and filters are set up between fork and exec")]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

const NOBODY: u32 = 65_534;

/// What is done to the process between `fork` and `exec`.
type Preparation = fn() -> io::Result<()>;

/// One refusal and what must be said of it.
struct Case {
    /// Stable name of the cause.
    cause: &'static str,
    /// Stable name of the check that is refused.
    check: &'static str,
    /// Set up for real.
    prepare: Preparation,
    /// The preparation needs an ordinary user: what it does as root would be another case.
    ordinary_user_only: bool,
    /// Put in at the edge.
    faults: &'static [(&'static str, &'static str)],
    /// What must stand in the text of either language: the setting, its value, the remedy.
    said: &'static [&'static str],
    /// The sentence itself.
    french: &'static str,
    english: &'static str,
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where a preparation does")]
fn nothing() -> io::Result<()> {
    Ok(())
}

fn become_nobody() -> io::Result<()> {
    if rustix::process::geteuid().is_root() {
        setgroups(&[])?;
        setresgid(Gid::from_raw(NOBODY), Gid::from_raw(NOBODY), Gid::from_raw(NOBODY))?;
        setresuid(Uid::from_raw(NOBODY), Uid::from_raw(NOBODY), Uid::from_raw(NOBODY))?;
        set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    }
    Ok(())
}

fn enter_user_namespace(others: CloneFlags) -> io::Result<()> {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    unshare(CloneFlags::CLONE_NEWUSER | others)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    std::fs::write("/proc/self/gid_map", format!("0 {gid} 1"))
}

/// An own user namespace in which no further one may be made.
fn allow_no_user_namespace() -> io::Result<()> {
    enter_user_namespace(CloneFlags::empty())?;
    std::fs::write("/proc/sys/user/max_user_namespaces", "0")
}

/// An own user namespace that allows many, inside one that allows no more than that one.
fn reach_an_outer_limit() -> io::Result<()> {
    enter_user_namespace(CloneFlags::empty())?;
    std::fs::write("/proc/sys/user/max_user_namespaces", "1")?;
    unshare(CloneFlags::CLONE_NEWUSER)?;
    std::fs::write("/proc/self/uid_map", "1000 0 1")?;
    std::fs::write("/proc/self/gid_map", "1000 0 1")
}

/// Own mounts, with two files of /proc hidden, as a container's are.
fn cover_proc() -> io::Result<()> {
    enter_user_namespace(CloneFlags::CLONE_NEWNS)?;
    for path in ["/proc/cpuinfo", "/proc/meminfo"] {
        rustix::mount::mount_bind("/dev/null", path)?;
    }
    Ok(())
}

/// What Docker's default profile refuses: `unshare`, and `clone` with a new user namespace.
fn filter() -> BpfProgram {
    let flag = u64::from(libc::CLONE_NEWUSER.unsigned_abs());
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(flag), flag);
    let rule = SeccompRule::new(vec![condition.expect("a condition")]).expect("a rule");
    let rules = [(libc::SYS_unshare, vec![]), (libc::SYS_clone, vec![rule])]
        .into_iter()
        .collect();
    let arch = std::env::consts::ARCH.try_into().expect("a known processor");
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, arch).expect("a filter");
    filter.try_into().expect("a program")
}

fn install_filter() -> io::Result<()> {
    seccompiler::apply_filter(&filter()).map_err(io::Error::other)
}

const CASES: [Case; 6] = [
    Case {
        cause: "limit-zero",
        check: "user-namespace",
        prepare: allow_no_user_namespace,
        ordinary_user_only: true,
        faults: &[],
        said: &[
            "user.max_user_namespaces",
            "sudo sysctl -w user.max_user_namespaces=15000",
        ],
        french: "Cette machine n’autorise aucun espace de noms utilisateur\u{a0}: user.max_user_namespaces vaut 0.",
        english: "This machine allows no user namespace: user.max_user_namespaces is 0.",
    },
    Case {
        cause: "limit-reached",
        check: "user-namespace",
        prepare: reach_an_outer_limit,
        ordinary_user_only: true,
        faults: &[],
        said: &["user.max_user_namespaces"],
        french: "la limite atteinte est celle d’un espace de noms englobant",
        english: "the limit that was reached is that of an outer user namespace",
    },
    Case {
        cause: "seccomp",
        check: "user-namespace",
        prepare: install_filter,
        ordinary_user_only: false,
        faults: &[],
        said: &["Seccomp", "/proc/self/status", "--security-opt seccomp=unconfined"],
        french: "Un filtre seccomp refuse\u{a0}: un espace de noms utilisateur.",
        english: "A seccomp filter refuses: a user namespace.",
    },
    Case {
        cause: "proc-covered",
        check: "proc",
        prepare: cover_proc,
        ordinary_user_only: true,
        faults: &[],
        said: &[
            "/proc/cpuinfo /proc/meminfo",
            "systempaths=unconfined",
            "sudo umount /proc/cpuinfo",
        ],
        french: "Le noyau ne donne pas de nouveau /proc",
        english: "The kernel gives no new /proc",
    },
    Case {
        cause: "user-namespaces-off",
        check: "user-namespace",
        prepare: nothing,
        ordinary_user_only: false,
        faults: &[
            ("CNM_FAULT_SYSCALL", "unshare:EPERM"),
            ("CNM_FAULT_SYSCTL", "kernel.unprivileged_userns_clone=0"),
        ],
        said: &[
            "kernel.unprivileged_userns_clone",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1",
        ],
        french: "Cette machine refuse les espaces de noms utilisateur aux utilisateurs ordinaires\u{a0}: \
                 kernel.unprivileged_userns_clone vaut 0.",
        english: "This machine keeps user namespaces from ordinary users: kernel.unprivileged_userns_clone is 0.",
    },
    Case {
        cause: "apparmor-restriction",
        check: "id-map",
        prepare: nothing,
        ordinary_user_only: false,
        faults: &[
            ("CNM_FAULT_SYSCALL", "uid_map:EACCES"),
            ("CNM_FAULT_SYSCTL", "kernel.apparmor_restrict_unprivileged_userns=1"),
        ],
        said: &[
            "kernel.apparmor_restrict_unprivileged_userns",
            concat!("profile cnm \"", env!("CARGO_BIN_EXE_cnm"), "\" flags=(unconfined) {"),
            "sudo apparmor_parser -r /etc/apparmor.d/cnm",
        ],
        french: "AppArmor retire leurs droits",
        english: "AppArmor takes the rights away",
    },
];

impl Case {
    /// Runs `cnm` where this case holds.
    fn run(&self, ordinary_user: bool, args: &[&str]) -> Output {
        let prepare = self.prepare;
        let mut command = Command::new(env!("CARGO_BIN_EXE_cnm"));
        command
            .args(args)
            .envs(self.faults.iter().copied())
            .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
            .env_remove("SUDO_UID");
        // SAFETY: system calls, and small allocations, which the C library makes usable after a fork.
        unsafe {
            command.pre_exec(move || {
                if ordinary_user {
                    become_nobody()?;
                }
                prepare()
            });
        }
        command
            .output()
            .unwrap_or_else(|error| panic!("{}: cnm cannot be started: {error}", self.cause))
    }

    /// As whom to run it: as root too, where the test is root.
    fn identities(&self) -> Vec<bool> {
        let root = rustix::process::geteuid().is_root();
        if root && !self.ordinary_user_only {
            vec![false, true]
        } else {
            vec![true]
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn each_refusal_is_named_with_setting_and_remedy_in_both_languages() {
    for case in &CASES {
        for ordinary_user in case.identities() {
            for (lang, sentence) in [("fr", case.french), ("en", case.english)] {
                let output = case.run(ordinary_user, &["doctor", "--lang", lang]);
                let (said, error) = (text(&output.stdout), text(&output.stderr));
                let case = format!("{} in {lang}, ordinary user {ordinary_user}", case.cause);
                assert_eq!(output.status.code(), Some(4), "{case}:\n{said}{error}");
                assert!(said.contains(sentence), "{case}: no sentence\n{said}");
            }
            let output = case.run(ordinary_user, &["doctor", "--lang", "fr"]);
            for words in case.said {
                assert!(
                    text(&output.stdout).contains(words),
                    "{}: no {words:?}\n{}",
                    case.cause,
                    text(&output.stdout)
                );
            }
        }
    }
}

#[test]
fn a_refused_start_says_the_same() {
    for case in &CASES {
        for ordinary_user in case.identities() {
            for (lang, sentence) in [("fr", case.french), ("en", case.english)] {
                let output = case.run(ordinary_user, &["lab", "--lang", lang, "--", "true"]);
                let said = text(&output.stderr);
                let case = format!("{} in {lang}, ordinary user {ordinary_user}", case.cause);
                assert_eq!(output.status.code(), Some(4), "{case}:\n{said}");
                assert!(said.contains(sentence), "{case}: no sentence\n{said}");
                assert!(output.stdout.is_empty(), "{case}: {}", text(&output.stdout));
            }
        }
    }
}

#[test]
fn the_json_has_stable_names() {
    for case in &CASES {
        for ordinary_user in case.identities() {
            let output = case.run(ordinary_user, &["doctor", "--json", "--lang", "fr"]);
            assert_eq!(output.status.code(), Some(4), "{}", case.cause);
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
            assert_eq!(report["builtin"], false, "{}", case.cause);
            let checks = report["checks"].as_array().expect("checks");
            let refused: Vec<_> = checks.iter().filter(|check| check["cause"].is_string()).collect();
            let refused = refused
                .iter()
                .find(|check| check["required"] == true)
                .expect("an obstacle");
            assert_eq!(refused["id"], case.check, "{}", case.cause);
            assert_eq!(refused["cause"], case.cause);
            assert_eq!(refused["status"], "blocked", "{}", case.cause);
            assert!(
                refused["setting"].is_string() && refused["value"].is_string(),
                "{refused}"
            );
        }
    }
}

#[test]
fn where_nothing_refuses_the_engine_can_run() {
    let case = Case {
        prepare: nothing,
        faults: &[],
        ordinary_user_only: false,
        ..CASES[0]
    };
    for ordinary_user in case.identities() {
        let output = case.run(ordinary_user, &["doctor", "--lang", "en"]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        assert!(
            text(&output.stdout).contains("The built-in engine can run here."),
            "{}",
            text(&output.stdout)
        );
    }
}

#[test]
fn a_docker_engine_that_is_asked_for_decides() {
    let case = Case {
        prepare: nothing,
        faults: &[],
        ordinary_user_only: false,
        ..CASES[0]
    };
    let output = case.run(true, &["doctor", "--backend", "docker"]);
    assert_eq!(output.status.code(), Some(4), "no Docker Engine is at that address");
    let output = case.run(
        true,
        &["doctor", "--json", "--backend", "docker=unix:///nonexistent/other.sock"],
    );
    assert_eq!(output.status.code(), Some(4), "nor at this one");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(report["docker"]["host"], "unix:///nonexistent/other.sock");
    assert_eq!(report["builtin"], true);
}
