//! The commands that start a lab of their own: `cnm learn` and `cnm lab`.

#[cfg(target_os = "linux")]
use crate::engine::launch::LaunchError;
use crate::lesson::{self, Lesson, LessonError};
use crate::texts::{self, Lang};
use crate::workshop::{ProgressStore, Session};

use super::dispatch::{NO_BACKEND, USAGE, complain};
use super::workshop_on_docker::{self, Asked};
use super::{BackendChoice, Global};

#[cfg(target_os = "linux")]
pub(super) use linux::{lab, lab_options};

/// `cnm learn`: on the built-in engine or on a Docker Engine, as asked.
pub(super) fn learn(global: &Global, lang: Lang, lesson: Option<&str>, step: Option<&str>) -> i32 {
    let asked = Asked {
        global,
        lang,
        lesson,
        step,
    };
    if matches!(global.backend, BackendChoice::Docker(_)) {
        return workshop_on_docker::learn(&asked);
    }
    match builtin(global, lang, lesson, step) {
        Err(NoLab::Refused) if global.backend == BackendChoice::Auto => workshop_on_docker::learn_instead(&asked),
        Ok(status) => status,
        Err(none) => none.status(),
    }
}

/// Why there is no lab of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoLab {
    /// The machine refuses it: a Docker Engine may take its place.
    Refused,
    /// Anything else, such as a lab that somebody ended, by the status to end with.
    Status(i32),
}

impl NoLab {
    #[cfg(target_os = "linux")]
    pub(super) fn of(error: &LaunchError) -> Self {
        match error {
            LaunchError::Refused { .. } => Self::Refused,
            LaunchError::Io { .. } | LaunchError::Log { .. } | LaunchError::Socket(_) | LaunchError::Ended => {
                Self::Status(NO_BACKEND)
            }
        }
    }

    pub(super) fn status(self) -> i32 {
        match self {
            Self::Refused => NO_BACKEND,
            Self::Status(status) => status,
        }
    }
}

#[cfg(target_os = "linux")]
use linux::learn as builtin;

#[cfg(not(target_os = "linux"))]
fn builtin(_: &Global, lang: Lang, _: Option<&str>, _: Option<&str>) -> Result<i32, NoLab> {
    complain(texts::get(lang, "cli.linux_only"));
    Err(NoLab::Refused)
}

/// The lesson's session, at the step asked for; or the status to end with.
pub(super) fn open(
    lang: Lang,
    id: Option<&str>,
    step: Option<&str>,
) -> Result<(Session, ProgressStore, Option<String>), i32> {
    let id = id.unwrap_or("cnm");
    let lesson = lesson::find(id).map_err(|error| refuse(lang, id, &error))?;
    let steps = step_ids(&lesson);
    let store = ProgressStore::locate(|name| std::env::var_os(name));
    let (mut session, notice) = Session::open(lesson, &store);
    if let Some(step) = step
        && !session.go_to(step)
    {
        let values = [("lesson", id), ("step", step), ("steps", &steps)];
        complain(&texts::fill(lang, "cli.no_step", &values));
        return Err(USAGE);
    }
    let notice = notice.or_else(|| store.refusal());
    Ok((session, store, notice.map(|notice| notice.text(lang))))
}

fn step_ids(lesson: &Lesson) -> String {
    let ids: Vec<&str> = lesson.steps.iter().map(|step| step.id.as_str()).collect();
    ids.join(", ")
}

fn refuse(lang: Lang, id: &str, error: &LessonError) -> i32 {
    if let LessonError::NoSuchLesson { known, .. } = error {
        let values = [("lesson", id), ("lessons", &known.join(", "))];
        complain(&texts::fill(lang, "cli.no_lesson", &values));
        return USAGE;
    }
    let reason = error.to_string();
    complain(&texts::fill(lang, "cli.lesson_invalid", &[("reason", &reason)]));
    3
}

/// A lab of our own is the built-in engine's.
#[cfg(target_os = "linux")]
fn needs_builtin(global: &Global, lang: Lang) -> Result<(), i32> {
    if matches!(global.backend, BackendChoice::Docker(_)) {
        complain(texts::get(lang, "cli.lab_is_builtin"));
        return Err(USAGE);
    }
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsString;
    use std::io::{self, Write};
    use std::path::PathBuf;
    use std::pin::pin;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::net::unix::pipe;
    use tokio::sync::watch;

    use super::NoLab;
    use crate::cli::dispatch::{NO_BACKEND, complain};
    use crate::cli::show::{show, take_leave};
    use crate::cli::{ConsoleChoice, EraChoice, Global};
    use crate::engine::launch::{ConsolePlace, Era, LabCommand, LabHandle, LabOptions, lab_command};
    use crate::lab::{Backend, Lab};
    use crate::texts::{self, Lang};
    use crate::ui::{self, Kept, LabReady, UiParts};
    use crate::workshop::{self, Resume};

    /// How long the end of the lab may take to be told by who shows it.
    const LAST_WORDS: Duration = Duration::from_millis(500);

    /// The lab that the options ask for.
    pub(in crate::cli) fn lab_options(global: &Global, socket: Option<PathBuf>) -> LabOptions {
        LabOptions {
            era: match global.era {
                EraChoice::E20_10 => Era::E20_10,
                EraChoice::E28 => Era::E28,
            },
            console: global.console.map(|place| match place {
                ConsoleChoice::Real => ConsolePlace::Real,
                ConsoleChoice::Sandbox => ConsolePlace::Sandbox,
            }),
            socket,
            log: global.log.clone(),
        }
    }

    /// `cnm lab`.
    pub(in crate::cli) fn lab(global: &Global, lang: Lang, socket: Option<PathBuf>, argv: Vec<OsString>) -> i32 {
        if let Err(status) = super::needs_builtin(global, lang) {
            return status;
        }
        let options = lab_options(global, socket);
        // A `cnm` in there speaks as this one does.
        let env = vec![format!("CNM_LANG={lang}")];
        lab_command(&LabCommand { options, argv, env }).unwrap_or_else(|error| {
            let _ = write!(io::stderr(), "{}", error.explain(lang));
            NO_BACKEND
        })
    }

    /// `cnm learn` on a lab of our own; the status to end with.
    pub(in crate::cli) fn learn(
        global: &Global,
        lang: Lang,
        id: Option<&str>,
        step: Option<&str>,
    ) -> Result<i32, NoLab> {
        let (session, store, notice) = super::open(lang, id, step).map_err(NoLab::Status)?;
        let started = LabHandle::begin(&lab_options(global, None)).map_err(|error| {
            let _ = write!(io::stderr(), "{}", error.explain(lang));
            NoLab::of(&error)
        })?;
        let handle = Arc::new(started);
        // Threads from here on: the lab's processes are forked.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| {
            complain(&error.to_string());
            NoLab::Status(1)
        })?;
        let (say, started) = watch::channel(None);
        let waiting = Arc::clone(&handle);
        runtime.spawn_blocking(move || {
            let known = waiting.wait_until_ready();
            say.send(Some(known.map_err(|error| (NoLab::of(&error), error.explain(lang)))))
        });
        let (lesson, place) = (session.lesson().clone(), store.clone());
        let resume = session.plan_resume().cloned();
        let resumed = resume.as_ref().map(|resume| resume.not_kept.clone());
        let parts = UiParts {
            guide: Box::new(Kept::new(session, store)),
            lab: Box::pin(ready(Arc::clone(&handle), lang, resume, started.clone())),
            guard: Some(ui::builtin::guard(Arc::clone(&handle))),
            notice,
            resumed,
        };
        let ended = runtime.block_on(async {
            let mut shown = pin!(show(global, lang, parts));
            tokio::select! {
                ended = &mut shown => Some(ended),
                // Who lost a shell with the lab knows it as soon, and has its own last words.
                () = end_of(&handle) => tokio::time::timeout(LAST_WORDS, shown).await.ok(),
            }
        });
        let refusal = match ended {
            Some(Ok(_)) => None,
            _ => runtime.block_on(refusal(started)),
        };
        runtime.shutdown_background();
        drop(handle);
        match (ended, refusal) {
            (Some(Ok(shown)), _) => {
                take_leave(shown, &lesson, &place);
                Ok(i32::from(shown.outcome.status()))
            }
            // Who showed it has told the reason.
            (Some(Err(_)), Some((none, _))) => Err(none),
            (Some(Err(status)), None) => Ok(status),
            (None, Some((none, reason))) => {
                let _ = write!(io::stderr(), "{reason}");
                Err(none)
            }
            // Whoever ended the lab from outside, nobody is left with a screen without one.
            (None, None) => {
                complain(texts::get(lang, "cli.lab_ended"));
                Ok(1)
            }
        }
    }

    /// How the start went, once it is known: with the sentence for the learner where there is no lab.
    type Started = watch::Receiver<Option<Result<(), (NoLab, String)>>>;

    /// Waits until the lab's lifeline is cut.
    async fn end_of(handle: &LabHandle) {
        let lifeline = handle
            .lifeline()
            .try_clone_to_owned()
            .and_then(pipe::Receiver::from_owned_fd);
        match lifeline {
            Ok(lifeline) => drop(lifeline.readable().await),
            // Not watched, the end is still told by the lost API.
            Err(_) => std::future::pending().await,
        }
    }

    /// Why there is no lab, where it did not start. The reason and the end of the lab arrive on two sockets: one may be ahead.
    async fn refusal(mut started: Started) -> Option<(NoLab, String)> {
        let known = tokio::time::timeout(Duration::from_secs(1), started.wait_for(Option::is_some)).await;
        known.ok()?.ok()?.clone()?.err()
    }

    /// Waits for the lab, follows it, and puts it back to where the learner was.
    async fn ready(
        handle: Arc<LabHandle>,
        lang: Lang,
        resume: Option<Resume>,
        mut started: Started,
    ) -> Result<LabReady, String> {
        let known = started
            .wait_for(Option::is_some)
            .await
            .map_err(|error| error.to_string())?
            .clone();
        known.unwrap_or(Ok(())).map_err(|(_, reason)| reason)?;
        let opener = Arc::clone(&handle);
        let backend = Backend::Streams(Arc::new(move || opener.connect()));
        let lab = Lab::connect(backend).await.map_err(|error| error.to_string())?;
        if let Some(resume) = resume {
            let replayed = workshop::replay(&resume.goal, &lab).await;
            replayed.map_err(|error| texts::fill(lang, "cli.replay_failed", &[("reason", &error.to_string())]))?;
        }
        Ok(LabReady::builtin(handle, lab))
    }
}
