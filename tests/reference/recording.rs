//! Running a scenario's steps in a shell on an engine's host, and what came of them.

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::scenario::Scenario;

/// How long one step may take; longer is a hang.
const STEP_SECONDS: u32 = 60;
/// How long a whole scenario may take, engine and all.
const BOUND: Duration = Duration::from_secs(400);

/// What the steps of one scenario did on one side.
#[derive(Debug, Clone)]
pub struct Recording {
    /// One for each step that ended.
    pub steps: Vec<Step>,
    /// Why not every step ran, in the engine's words; empty where all did.
    pub trouble: String,
}

/// One step's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A folder with a scenario's script, its output and a home for the CLI; anyone may write there, because our lab's host
/// belongs to an ordinary user.
pub struct Desk {
    folder: tempfile::TempDir,
    steps: usize,
}

impl Desk {
    pub fn new(scenario: &Scenario) -> Self {
        Self::with_steps(scenario.steps.iter().map(String::as_str))
    }

    pub fn with_steps<'a>(steps: impl Iterator<Item = &'a str>) -> Self {
        let folder = tempfile::Builder::new().prefix("reference-").tempdir().unwrap();
        let mut desk = Self { folder, steps: 0 };
        open(desk.path());
        fs::create_dir(desk.path().join("home")).unwrap();
        open(&desk.path().join("home"));
        let mut script = String::from("cd \"$HOME\"\n");
        for (number, step) in steps.enumerate() {
            let at = desk.file(number, "");
            desk.steps = number + 1;
            fs::write(desk.file(number, "sh"), step).unwrap();
            let _ = writeln!(
                script,
                "timeout -k 1 {STEP_SECONDS} sh -ec \"$(cat {at}sh)\" </dev/null >{at}out 2>{at}err; echo $? >{at}code",
                at = at.display()
            );
        }
        fs::write(desk.script(), script).unwrap();
        desk
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The script that runs every step in order.
    pub fn script(&self) -> PathBuf {
        self.path().join("steps.sh")
    }

    fn file(&self, number: usize, kind: &str) -> PathBuf {
        self.path().join(format!("{number:02}.{kind}"))
    }

    /// A command that dies with the thread that starts it, with no settings but these.
    pub fn command(&self, path: &str) -> Command {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path().join("home"))
            .env("XDG_RUNTIME_DIR", self.path().join("home"))
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("SHELL", "/bin/sh")
            .env("TERM", "dumb");
        command
    }

    /// Runs what starts an engine and the script in it, until it ends or the bound is over.
    pub fn record(&self, command: Command) -> Recording {
        self.record_beside(command, |_, _| {})
    }

    /// The same, with something that runs beside it: it is given the process's number and is to return once the flag is set.
    pub fn record_beside(&self, mut command: Command, beside: impl Fn(u32, &AtomicBool) + Sync) -> Recording {
        let log = fs::File::create(self.path().join("engine.err")).unwrap();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let over = AtomicBool::new(false);
        let ended = std::thread::scope(|scope| {
            let (pid, over, beside) = (child.id(), &over, &beside);
            scope.spawn(move || beside(pid, over));
            let ended = wait(&mut child);
            over.store(true, Ordering::Relaxed);
            ended
        });
        let steps: Vec<Step> = (0..self.steps).map_while(|number| self.step(number)).collect();
        let trouble = if steps.len() == self.steps && ended.is_some_and(|status| status.success()) {
            String::new()
        } else {
            let said = self.read("engine.err");
            format!("{} of {} steps ended; {ended:?}\n{said}", steps.len(), self.steps)
        };
        Recording { steps, trouble }
    }

    fn step(&self, number: usize) -> Option<Step> {
        let exit = fs::read_to_string(self.file(number, "code"))
            .ok()?
            .trim()
            .parse()
            .ok()?;
        let read = |kind| self.read(&format!("{number:02}.{kind}"));
        Some(Step {
            exit,
            stdout: read("out"),
            stderr: read("err"),
        })
    }

    /// A file's text, cut at a size no step needs.
    fn read(&self, name: &str) -> String {
        let mut bytes = Vec::new();
        if let Ok(file) = fs::File::open(self.path().join(name)) {
            let _ = file.take(1 << 20).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Waits for a process until the bound is over, and kills it then.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + BOUND;
    loop {
        match child.try_wait().unwrap() {
            Some(status) => return Some(status),
            None if Instant::now() > deadline => break,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

/// Lets everyone read and write in a folder.
fn open(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
}
