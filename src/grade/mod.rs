//! `cnm check`: a lab graded without a screen, for a person or a program.

mod outcome;
mod probe;
mod report;
mod seconds;
mod solve;
mod target;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::lab::{Backend, BackendKind, Lab, LabError, WaitError};
use crate::model::Topology;
use crate::paths;
use crate::texts::{self, Lang};

pub use outcome::Exit;
pub use report::Format;
pub use solve::Solving;

use outcome::{Graded, grade};
use target::{Target, TargetError};

/// How long a lab may take to answer where nobody asked to wait. One that is alive answers in a blink, whatever else is done.
const PATIENCE: Duration = Duration::from_secs(10);

/// What `cnm check` is asked.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Lessons, `lesson/step`, or YAML files.
    pub targets: Vec<String>,
    /// Socket of the lab; else `DOCKER_HOST` where one of our engines answers, else the default socket.
    pub lab: Option<PathBuf>,
    /// A real Docker Engine may be looked at.
    pub real_engine: bool,
    /// The Engine to look at, where no `lab` is named; else one of ours is looked for.
    pub engine: Option<Backend>,
    /// How long to wait for everything to pass.
    pub wait: Option<Duration>,
    /// Ask again from within the containers, by their own programs, what passes by what the backend tells.
    pub probe: bool,
    /// Tell the commands that lead to the goal.
    pub solutions: bool,
    /// Shape of the report.
    pub format: Format,
    /// Language of the report.
    pub lang: Lang,
}

/// Grades, reports on `out`, and says what went wrong on `err`. `env` looks a variable up.
///
/// # Errors
/// `out` or `err` cannot be written to.
pub async fn check(
    options: &CheckOptions,
    env: impl Fn(&str) -> Option<String>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    let (lang, started) = (options.lang, Instant::now());
    let targets = match Target::parse_all(&options.targets) {
        Ok(targets) => targets,
        Err(error) => {
            writeln!(err, "cnm check: {}", error.text(lang))?;
            return Ok(error.exit());
        }
    };
    let until = started.checked_add(options.wait.unwrap_or(PATIENCE));
    let (lab, place) = match find_lab(options, env, until).await {
        Ok(found) => found,
        Err(NoLab { told, exit }) => {
            told.iter().try_for_each(|line| writeln!(err, "cnm check: {line}"))?;
            return Ok(exit);
        }
    };
    let (mut graded, timed_out) = match options.wait {
        None => (grade_now(&lab, &targets, options), false),
        Some(limit) => {
            let passing = lab.wait_for(|state| passes(&targets, &state.topology), left(until).min(limit));
            match passing.await {
                Ok(_) => (grade_now(&lab, &targets, options), false),
                Err(WaitError::TimedOut(_)) => (grade_now(&lab, &targets, options), true),
                Err(WaitError::Lost(reason)) => {
                    let values = [("place", place.as_str()), ("reason", reason.as_str())];
                    writeln!(err, "cnm check: {}", texts::fill(lang, "grade.error.lost", &values))?;
                    return Ok(Exit::NoBackend);
                }
            }
        }
    };
    if options.probe {
        probe::ask_within(&lab, &mut graded, lang).await;
    }
    graded.took = started.elapsed();
    report::write(out, &graded, options)?;
    if timed_out {
        let limit = seconds::worded(options.wait.unwrap_or_default(), lang);
        writeln!(
            err,
            "cnm check: {}",
            texts::fill(lang, "grade.timed_out", &[("wait", &limit)])
        )?;
        return Ok(Exit::TimedOut);
    }
    Ok(if graded.all_pass() { Exit::Pass } else { Exit::Fail })
}

fn grade_now(lab: &Lab, targets: &[Target], options: &CheckOptions) -> Graded {
    let state = lab.state().borrow().clone();
    grade(targets, &state.topology, state.backend.clone(), options.lang)
}

fn passes(targets: &[Target], topology: &Topology) -> bool {
    targets.iter().all(|target| target.passes(topology))
}

/// What remains until then; where no clock reaches that far, for ever.
fn left(until: Option<Instant>) -> Duration {
    until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()))
}

/// Why there is nothing to grade.
struct NoLab {
    told: Vec<String>,
    exit: Exit,
}

/// The lab and where it was found; or what to tell.
async fn find_lab(
    options: &CheckOptions,
    env: impl Fn(&str) -> Option<String>,
    until: Option<Instant>,
) -> Result<(Lab, String), NoLab> {
    let lang = options.lang;
    let none = |told| NoLab {
        told,
        exit: Exit::NoBackend,
    };
    let mut refusals = Vec::new();
    for backend in places(options, env).map_err(|sentence| none(vec![sentence]))? {
        let place = backend.place();
        let Ok(connected) = tokio::time::timeout(left(until), Lab::connect(backend)).await else {
            let limit = seconds::worded(options.wait.unwrap_or(PATIENCE), lang);
            let values = [("place", place.as_str()), ("wait", &limit)];
            refusals.push(texts::fill(lang, "grade.error.no_answer", &values));
            return Err(NoLab {
                told: refusals,
                exit: options.wait.map_or(Exit::NoBackend, |_| Exit::TimedOut),
            });
        };
        match connected {
            Ok(lab) if options.real_engine || lab.state().borrow().backend.kind == BackendKind::Builtin => {
                return Ok((lab, place));
            }
            Ok(_) => refusals.push(texts::fill(lang, "grade.error.real_engine", &[("place", &place)])),
            Err(error) => {
                let reason = match error {
                    LabError::Unreachable { source, .. } => source.to_string(),
                    error @ LabError::NotAnEngine { .. } => error.to_string(),
                };
                let values = [("place", place.as_str()), ("reason", &reason)];
                refusals.push(texts::fill(lang, "grade.error.no_lab", &values));
            }
        }
    }
    refusals.push(texts::get(lang, "grade.error.no_lab_hint").to_owned());
    Err(none(refusals))
}

/// Where to look for the lab, in order; or why nowhere.
fn places(options: &CheckOptions, env: impl Fn(&str) -> Option<String>) -> Result<Vec<Backend>, String> {
    if let Some(lab) = &options.lab {
        return Ok(vec![Backend::UnixPath(lab.clone())]);
    }
    if let Some(engine) = &options.engine {
        return Ok(vec![engine.clone()]);
    }
    let mut places = Vec::new();
    if let Some(host) = env("DOCKER_HOST").filter(|host| !host.is_empty()) {
        match host.strip_prefix("unix://") {
            Some(path) => places.push(Backend::UnixPath(path.into())),
            None => return Err(texts::fill(options.lang, "grade.error.not_unix", &[("host", &host)])),
        }
    }
    places.push(Backend::UnixPath(paths::default_socket(&env, paths::user_id())));
    Ok(places)
}

impl TargetError {
    fn exit(&self) -> Exit {
        match self {
            Self::Invalid(_) => Exit::LessonInvalid,
            Self::None | Self::NoStep { .. } | Self::NoLesson { .. } => Exit::Usage,
        }
    }
}
