//! Our engine in its 20.10 era, a fresh lab for each scenario.

use std::path::PathBuf;

use super::recording::{Desk, Recording};
use super::rootfs::Files;
use super::scenario::{Image, Scenario};

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Whose `docker` the steps type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cli {
    /// The machine's.
    Docker,
    /// `cnm docker`.
    Cnm,
}

/// How to run scenarios on our engine.
pub struct Ours<'a> {
    files: &'a Files,
    cli: Cli,
}

impl<'a> Ours<'a> {
    pub fn new(files: &'a Files, cli: Cli) -> Self {
        Self { files, cli }
    }

    pub fn run(&self, scenario: &Scenario) -> Recording {
        let desk = Desk::new(scenario);
        let path = match self.cli {
            Cli::Docker => PATH.to_owned(),
            Cli::Cnm => format!("{}:{PATH}", self.files.our_docker().display()),
        };
        let before = match scenario.image {
            Some(Image::Box) => format!("{} && ", self.files.import_of_box()),
            Some(Image::Alpine) | None => String::new(),
        };
        let line = format!("{before}sh {}", desk.script().display());
        let program: PathBuf = self.files.program();
        let mut command = desk.command(&path);
        command
            .arg(program)
            .args(["--era", "20.10", "--console", "real", "lab", "--", "sh", "-c"])
            .arg(line);
        desk.record(command)
    }
}
