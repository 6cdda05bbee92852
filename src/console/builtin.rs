//! The built-in engine's lab as those who show it need it: where shells come from, and who guards the terminal.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

use super::{ConsoleHost, LabReady, Program, Shell, TERM, TerminalGuard};
use crate::engine::launch::{ConsolePlace, ConsoleProcess, ConsoleSpec, LabHandle};
use crate::lab::Lab;
use crate::texts::{self, Lang};

/// Shells in the console place of a lab.
#[derive(Debug)]
struct Shells {
    lab: Arc<LabHandle>,
    cwd: Option<PathBuf>,
}

/// A lab's janitor guards the terminal.
#[derive(Debug)]
struct Janitor(Arc<LabHandle>);

impl LabReady {
    /// A lab of the built-in engine, and its state as `state` follows it. The person's shell starts where they are.
    #[must_use]
    pub fn builtin(lab: Arc<LabHandle>, state: Lab) -> Self {
        let cwd = std::env::current_dir().ok();
        Self {
            state: state.state(),
            console: Arc::new(Shells { lab, cwd }),
            lab: Some(state),
        }
    }
}

/// The guard of the lab's janitor.
#[must_use]
pub fn guard(lab: Arc<LabHandle>) -> Box<dyn TerminalGuard> {
    Box::new(Janitor(lab))
}

impl Shells {
    fn run(&self, terminal: OwnedFd, argv: Vec<String>, env: Vec<String>) -> io::Result<Box<dyn Shell>> {
        let spec = ConsoleSpec {
            argv,
            stdio: [terminal.try_clone()?, terminal.try_clone()?, terminal],
            controlling_terminal: true,
            cwd: self.cwd.clone(),
            env,
        };
        Ok(Box::new(self.lab.spawn_console(spec)?))
    }
}

impl ConsoleHost for Shells {
    fn spawn(&self, terminal: OwnedFd, lang: Lang) -> io::Result<Box<dyn Shell>> {
        let env = vec![format!("TERM={TERM}"), format!("CNM_LANG={lang}")];
        self.run(terminal, Vec::new(), env)
    }

    fn spawn_program(&self, terminal: OwnedFd, program: &Program) -> io::Result<Box<dyn Shell>> {
        self.run(terminal, program.argv.clone(), program.env.clone())
    }

    fn about(&self, lang: Lang) -> String {
        let about = match self.lab.console_place() {
            ConsolePlace::Real => "engine.console.real",
            ConsolePlace::Sandbox => "engine.console.sandbox",
        };
        texts::get(lang, about).to_owned()
    }
}

impl Shell for ConsoleProcess {
    fn wait(self: Box<Self>) -> io::Result<i32> {
        Self::wait(*self)
    }
}

impl TerminalGuard for Janitor {
    fn guard(&self, tty: Option<BorrowedFd<'_>>) -> io::Result<()> {
        self.0.guard_terminal(tty)
    }
}
