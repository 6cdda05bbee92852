//! Says whether the built-in engine can run here and, where it cannot, the exact cause and the remedy.
//!
//! [`Report::examine`] tries for real, in a forked child ([`probe`]), and judges each refusal by what the machine says of
//! itself ([`Evidence`] → [`Cause`]). [`explain`] does the same for a start of the lab that was refused, so that both speak with
//! the same sentences.

mod cause;
mod check;
mod evidence;
mod fault;
mod finding;
mod kinds;
mod probe;
mod surroundings;
mod text;

use std::io::{self, Write};

use rustix::io::Errno;
use serde::Serialize;

pub use cause::{Cause, profile_for};
pub use check::Check;
pub use evidence::Evidence;
pub use finding::{Finding, Status};
pub use surroundings::{Docker, Folder, Terminal};

use crate::texts::Lang;

/// Exit code where the backend can run.
pub const CAN_RUN: i32 = 0;
/// Exit code where no backend can: the same that every command gives then.
pub const NO_BACKEND: i32 = 4;

/// Everything the doctor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The built-in engine can run.
    pub builtin: bool,
    /// `uname -r`.
    pub kernel: String,
    /// What a lab needs and what lessons may want of the kernel.
    pub checks: Vec<Finding>,
    /// The Docker Engine.
    pub docker: Docker,
    /// The terminal.
    pub terminal: Terminal,
    /// Where things are kept.
    pub folders: Vec<Folder>,
}

/// What `cnm doctor` was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoctorOptions<'a> {
    /// One JSON object instead of text.
    pub json: bool,
    /// Language of the text.
    pub lang: Lang,
    /// The command line asks for a Docker Engine (`--backend docker`): it decides the exit code.
    pub wants_docker: bool,
    /// The one it asks for (`--backend docker=HOST`); else `DOCKER_HOST`'s, else this machine's.
    pub docker_host: Option<&'a str>,
}

impl Report {
    /// Tries everything. Call it while the process has one thread; takes some ten milliseconds, and never more than the
    /// probe's and Docker's bounds.
    ///
    /// # Errors
    /// No process or pipe to try with.
    pub fn examine(docker_host: Option<&str>) -> io::Result<Self> {
        let checks = judge(&probe::answers()?, &Evidence::read());
        Ok(Self {
            builtin: checks
                .iter()
                .filter(|finding| finding.check.is_required())
                .all(Finding::is_ok),
            kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
            checks,
            docker: Docker::ask(docker_host),
            terminal: Terminal::look(),
            folders: surroundings::folders(),
        })
    }

    /// What keeps the built-in engine from running, in the order it was met.
    pub fn obstacles(&self) -> impl Iterator<Item = &Finding> {
        self.checks
            .iter()
            .filter(|finding| finding.check.is_required() && finding.cause().is_some())
    }

    /// [`CAN_RUN`] or [`NO_BACKEND`], for the backend that was asked for.
    #[must_use]
    pub fn exit_code(&self, wants_docker: bool) -> i32 {
        let can_run = if wants_docker {
            self.docker.status == "ok"
        } else {
            self.builtin
        };
        if can_run { CAN_RUN } else { NO_BACKEND }
    }
}

/// Each check's answer with its cause; what was not answered was not tried.
fn judge(answers: &[probe::Answer], evidence: &Evidence) -> Vec<Finding> {
    let finding = |check| match answers.iter().find(|(answered, _)| *answered == check) {
        Some((_, Ok(()))) => Finding {
            check,
            status: Status::Ok,
        },
        Some((_, Err(errno))) => Finding::refused(check, *errno, evidence),
        None => Finding {
            check,
            status: Status::NotTried,
        },
    };
    Check::ALL.into_iter().map(finding).collect()
}

/// `cnm doctor`: examines, writes to `out`, returns the exit code.
///
/// # Errors
/// Nothing could be tried, or `out` failed.
pub fn command(options: DoctorOptions<'_>, out: &mut dyn Write) -> io::Result<i32> {
    let report = Report::examine(options.docker_host)?;
    if options.json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        out.write_all(report.text(options.lang).as_bytes())?;
    }
    Ok(report.exit_code(options.wants_docker))
}

/// The cause and the remedy of a refused start, by where it was refused and with what.
#[must_use]
pub fn explain(check: Check, errno: i32) -> Finding {
    Finding::refused(check, Errno::from_raw_os_error(errno), &Evidence::read())
}
