//! No process that a container or a sandbox console can name is executed from the machine's own file of the program: the link
//! to what a process executes leads to a copy that nobody can change (CVE-2019-5736 was runc's way to have none).
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::processes::{self, Process, with_words};
use support::{CNM, Home, Lab, text};

/// A program that is its lab's own to change: a copy of the one under test, owned by whom the lab runs as.
struct Owned {
    path: PathBuf,
    before: (u32, u64, i64, i64),
}

fn facts(path: &Path) -> (u32, u64, i64, i64) {
    let found = fs::metadata(path).expect("the program is there");
    (found.mode(), found.len(), found.mtime(), found.mtime_nsec())
}

impl Owned {
    fn copy(home: &Home) -> Self {
        let path = home.path("home").join("cnm");
        // By another process: one that is forked here meanwhile would hold the file open for writing, and nobody could execute it.
        let copied = Command::new("cp").arg(CNM).arg(&path).status().expect("cp runs");
        assert!(copied.success());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).expect("an owner");
        }
        let before = facts(&path);
        Self { path, before }
    }

    /// A command of this program, with that home.
    fn command(&self, home: &Home) -> Command {
        let mut command = Command::new(&self.path);
        home.furnish(&mut command);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn lab() -> (Lab, Self) {
        let home = Home::new();
        let program = Self::copy(&home);
        let socket = home.path("run").join("lab.sock");
        let mut command = program.command(&home);
        let child = command
            .args(["lab", "--socket"])
            .arg(&socket)
            .spawn()
            .expect("cnm starts");
        let mut lab = Lab { child, home, socket };
        lab.await_ready();
        (lab, program)
    }

    fn is_executed_by(&self, process: &Process) -> bool {
        let place = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
        let executed = place(&process.path("exe")).expect("a lab is its starter's to look into");
        executed == place(&self.path).expect("the program is there")
    }

    fn assert_unchanged(&self) {
        assert_eq!(facts(&self.path), self.before);
        // Read by hand: what was written and given its old times back would show.
        assert!(fs::read(&self.path).expect("it can be read") == fs::read(CNM).expect("it can be read"));
    }
}

/// Its number in its own pid namespace (proc(5), `NSpid`).
fn inner(process: &Process) -> String {
    let status = text(process.path("status"));
    let line = status.lines().find(|line| line.starts_with("NSpid:"));
    let last = line.and_then(|line| line.split_whitespace().last());
    last.expect("a number").to_owned()
}

/// Neither mode nor content of what the process executes can be changed from inside its container.
fn assert_out_of_reach(lab: &Lab, container: &str, process: &Process, program: &Owned) {
    assert!(!program.is_executed_by(process), "{process:?} is the machine's file");
    let exe = format!("/proc/{}/exe", inner(process));
    for script in [
        format!("chmod 4777 {exe}"),
        format!("chown 0:0 {exe}"),
        format!("touch {exe}"),
        format!("echo changed > {exe}"),
    ] {
        let output = lab.cli(&["exec", container, "sh", "-c", &script]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{script} was allowed");
        assert!(
            said.contains("Read-only file system") || said.contains("Text file busy"),
            "{script}: {said}"
        );
    }
    let output = lab.cli(&["exec", container, "chmod", "4777", &exe]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("Read-only file system"), "{said}");
    program.assert_unchanged();
}

#[test]
fn a_containers_command_that_is_the_link_itself() {
    let (lab, program) = Owned::lab();
    let words = ["/proc/self/exe", "guest", "sleep", "73001"];
    lab.ok(&[&["run", "-d", "--name", "c1", "alpine"], &words[..]].concat());
    assert_out_of_reach(&lab, "c1", &with_words(&words), &program);
}

#[test]
fn an_execs_command_that_is_a_link_to_the_link_or_a_script_of_it() {
    let (lab, program) = Owned::lab();
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "73002"]);
    let prepare = "ln -s /proc/self/exe /tmp/sleep; ln -s /proc/self/exe /tmp/tail; \
                   printf '#!/tmp/tail -f\\n' > /tmp/script; printf '#!/proc/self/exe --help\\n' > /tmp/help; \
                   chmod 755 /tmp/script /tmp/help";
    lab.ok(&["exec", "c1", "sh", "-c", prepare]);
    for (command, words) in [
        (&["/proc/self/exe", "guest", "sleep", "73003"][..], None),
        (&["/tmp/sleep", "73004"], None),
        (&["/tmp/script"], Some(&["/tmp/tail", "-f", "/tmp/script"][..])),
    ] {
        lab.ok(&[&["exec", "-d", "c1"], command].concat());
        assert_out_of_reach(&lab, "c1", &with_words(words.unwrap_or(command)), &program);
    }
    let said = lab.ok(&["exec", "c1", "/tmp/help"]);
    assert!(said.contains("cnm"), "the script ran: {said}");
    assert!(
        lab.ok(&["exec", "c1", "/proc/self/exe", "--version"])
            .starts_with("cnm ")
    );
}

#[test]
fn nothing_that_a_container_or_a_console_descends_from() {
    let (lab, program) = Owned::lab();
    lab.ok(&["run", "--rm", "alpine", "true"]);
    let family = processes::family(lab.child.id().cast_signed());
    let zygote = family.iter().find(|process| process.name == "cnm-zygote");
    assert!(!program.is_executed_by(zygote.expect("a zygote")));
}

#[test]
fn a_sandbox_consoles_command() {
    let home = Home::new();
    let program = Owned::copy(&home);
    let words = ["/proc/self/exe", "guest", "sleep", "73005"];
    let mut command = program.command(&home);
    let mut child = command
        .args(["--console", "sandbox", "lab", "--"])
        .args(words)
        .spawn()
        .expect("cnm starts");
    let executed = program.is_executed_by(&with_words(&words));
    let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM);
    child.wait().expect("cnm is waited for");
    assert!(!executed);
    program.assert_unchanged();
}
