//! The commands that do a lesson's solutions on labs made for that: `cnm check --solve` and `cnm lessons try`.

use std::io;
use std::path::Path;

use super::dispatch::{LESSON_INVALID, NO_BACKEND, complain, runtime};
use super::learn::NoLab;
use super::lessons::lessons_in;
use super::on_docker::{self, say};
use super::pipe::Pipe;
use super::{BackendChoice, Global};
use crate::docker_backend::{DockerEngine, Names};
use crate::grade::{CheckOptions, Exit, Solving};
use crate::lab::{Backend, Lab, LabError};
use crate::lesson::{self, Lesson};
use crate::texts::{self, Lang};
use crate::workshop::{self, CheckStatus, Trial};
use crate::yaml::Part;

/// `cnm check --solve`.
pub(super) fn solve(global: &Global, options: &CheckOptions) -> i32 {
    match solved(global, options) {
        Ok(status) | Err(status) => status,
    }
}

fn solved(global: &Global, options: &CheckOptions) -> Result<i32, i32> {
    let solving = Solving::read(options, &mut io::stderr()).map_err(|error| failed(&error))?;
    let solving = solving.map_err(|exit| i32::from(exit.code()))?;
    let labs = Labs::prepare(global, options.lang, solving.labs())?;
    let runtime = runtime().ok_or(1)?;
    let names = solving.lessons().map(Names::of).fold(Names::default(), Names::and);
    let work = async |labs: &mut Ready| {
        let (mut out, mut err) = (Pipe(io::stdout()), io::stderr());
        let done = solving.run(async || labs.next().await, &mut out, &mut err).await;
        done.map(Exit::code).map(i32::from).map_err(|error| failed(&error))
    };
    runtime.block_on(labs.with(options.lang, &names, work))
}

fn failed(error: &io::Error) -> i32 {
    complain(&error.to_string());
    1
}

/// `cnm lessons try`.
pub(super) fn try_lessons(global: &Global, lang: Lang, folder: Option<&Path>) -> i32 {
    match tried_lessons(global, lang, folder) {
        Ok(true) => 0,
        Ok(false) => LESSON_INVALID,
        Err(status) => status,
    }
}

/// True when nothing is to be mended.
fn tried_lessons(global: &Global, lang: Lang, folder: Option<&Path>) -> Result<bool, i32> {
    let mut sound = true;
    let mut trials = Vec::new();
    let mut names = Names::default();
    for lesson in lessons_in(folder) {
        let told: Vec<String> = match &lesson {
            Ok(lesson) => lesson::lint(lesson).iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.to_string()],
        };
        told.iter().map(String::as_str).for_each(say);
        sound &= told.is_empty();
        if let Ok(lesson) = lesson {
            names = names.and(Names::of(&lesson));
            trials.extend((0..lesson.steps.len()).map(|index| (lesson.clone(), index)));
        }
    }
    let labs = Labs::prepare(global, lang, trials.len())?;
    let runtime = runtime().ok_or(1)?;
    let work = async |labs: &mut Ready| {
        let mut sound = true;
        for (lesson, index) in &trials {
            let trial = match labs.next().await {
                Ok(lab) => tried(lesson, *index, &lab).await,
                Err(error) => Err(error),
            };
            let trial = trial.map_err(|error| {
                complain(&error.to_string());
                NO_BACKEND
            })?;
            let told = told(lesson, *index, &trial, lang);
            if let (true, Some(step)) = (told.is_empty(), lesson.steps.get(*index)) {
                say(&texts::fill(lang, "cli.try_sound", &[("step", &step.id)]));
            }
            told.iter().map(String::as_str).for_each(say);
            sound &= told.is_empty();
        }
        Ok(sound)
    };
    Ok(runtime.block_on(labs.with(lang, &names, work))? && sound)
}

async fn tried(lesson: &Lesson, index: usize, lab: &Backend) -> Result<Trial, LabError> {
    // What is refused on the way here was told at the step that it belongs to.
    drop(workshop::lead_to(lesson, index, lab).await?);
    let look = Lab::connect(lab.clone()).await?;
    Ok(workshop::attempt(lesson, index, look, lab).await?.0)
}

/// What is to be mended in a step, with its place.
fn told(lesson: &Lesson, index: usize, trial: &Trial, lang: Lang) -> Vec<String> {
    let Some(step) = lesson.steps.get(index) else {
        return Vec::new();
    };
    let mut told = Vec::new();
    let mut tell = |below: &[Part<'_>], key, values: &[(&str, &str)]| {
        let place = lesson.locate(&[&[Part::Key("steps"), Part::Id(&step.id)], below].concat());
        told.push(format!("{place}: {}", texts::fill(lang, key, values)));
    };
    if trial.green_before {
        tell(&[], "cli.try_green_before", &[("step", &step.id)]);
    }
    if let Err(refusal) = &trial.solution {
        let values = [("step", &*step.id), ("reason", &*refusal.to_string())];
        tell(&[Part::Key("goal")], "cli.try_refused", &values);
    }
    for check in workshop::checks_when_answered(lesson, step, &trial.after, lang) {
        if let CheckStatus::Fail { seen, .. } = &check.status {
            let values = [("check", &*check.id), ("seen", seen)];
            tell(
                &[Part::Key("checks"), Part::Id(&check.id)],
                "cli.try_still_red",
                &values,
            );
        }
    }
    told
}

/// Labs to solve on: none has been used.
enum Labs {
    /// One of the built-in engine's for each time.
    #[cfg(target_os = "linux")]
    Builtin(Vec<builtin::Fresh>),
    /// A Docker Engine, cleared of what we made each time.
    Docker(Option<String>),
    /// The same, in the place of the built-in engine, which cannot run.
    Instead,
}

/// Labs in use.
enum Ready {
    #[cfg(target_os = "linux")]
    Builtin(std::vec::IntoIter<builtin::Fresh>, Vec<builtin::Fresh>),
    Docker(DockerEngine),
}

impl Labs {
    /// To be called while the process has one thread: the built-in engine's labs are forked.
    fn prepare(global: &Global, lang: Lang, count: usize) -> Result<Self, i32> {
        match &global.backend {
            BackendChoice::Docker(host) => Ok(Self::Docker(host.clone())),
            choice => match builtin::prepare(global, lang, count) {
                Err(NoLab::Refused) if *choice == BackendChoice::Auto => Ok(Self::Instead),
                labs => labs.map_err(NoLab::status),
            },
        }
    }

    /// Works on them. On a Docker Engine: what was made there is removed at the end, also of one that a signal brings.
    async fn with<T>(
        self,
        lang: Lang,
        names: &Names,
        work: impl AsyncFnOnce(&mut Ready) -> Result<T, i32>,
    ) -> Result<T, i32> {
        let mut ready = match self {
            #[cfg(target_os = "linux")]
            Self::Builtin(labs) => Ready::Builtin(labs.into_iter(), Vec::new()),
            Self::Docker(host) => Ready::Docker(on_docker::reach(host.as_deref(), lang).await?),
            Self::Instead => Ready::Docker(on_docker::instead(lang).await.ok_or(NO_BACKEND)?),
        };
        let engine = match &ready {
            Ready::Docker(engine) => Some(engine.clone()),
            #[cfg(target_os = "linux")]
            Ready::Builtin(..) => None,
        };
        let working = async {
            if let Some(engine) = &engine {
                on_docker::way_is_free(engine, names, lang).await?;
                on_docker::provide(engine, names, lang).await?;
            }
            work(&mut ready).await
        };
        let done = tokio::select! {
            done = working => done,
            status = on_docker::interrupted() => Err(status),
        };
        if let Some(engine) = &engine {
            on_docker::leave(engine, lang).await;
        }
        done
    }
}

impl Ready {
    async fn next(&mut self) -> Result<Backend, LabError> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Builtin(fresh, used) => {
                let lab = fresh.next().ok_or_else(builtin::too_few)?;
                let backend = lab.backend();
                used.push(lab);
                Ok(backend)
            }
            Self::Docker(engine) => {
                engine.clear().await?;
                Ok(engine.backend())
            }
        }
    }
}

#[cfg(target_os = "linux")]
mod builtin {
    use std::io::{self, Write};
    use std::sync::Arc;

    use super::Labs;
    use crate::cli::Global;
    use crate::cli::learn::{NoLab, lab_options};
    use crate::engine::launch::LabHandle;
    use crate::lab::{Backend, LabError};
    use crate::texts::Lang;

    /// A lab of our own.
    pub(super) struct Fresh(Arc<LabHandle>);

    impl Fresh {
        pub(super) fn backend(&self) -> Backend {
            let opener = Arc::clone(&self.0);
            Backend::Streams(Arc::new(move || opener.connect()))
        }
    }

    pub(super) fn prepare(global: &Global, lang: Lang, count: usize) -> Result<Labs, NoLab> {
        let launch = |_| {
            let launched = LabHandle::launch(&lab_options(global, None)).map_err(|error| {
                let _ = write!(io::stderr(), "{}", error.explain(lang));
                NoLab::of(&error)
            })?;
            Ok(Fresh(Arc::new(launched)))
        };
        let labs: Result<Vec<Fresh>, NoLab> = (0..count).map(launch).collect();
        labs.map(Labs::Builtin)
    }

    pub(super) fn too_few() -> LabError {
        LabError::Unreachable {
            place: "the built-in engine".into(),
            source: io::ErrorKind::NotFound.into(),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod builtin {
    use super::Labs;
    use crate::cli::Global;
    use crate::cli::dispatch::complain;
    use crate::cli::learn::NoLab;
    use crate::texts::{self, Lang};

    pub(super) fn prepare(_: &Global, lang: Lang, _: usize) -> Result<Labs, NoLab> {
        complain(texts::get(lang, "cli.linux_only"));
        Err(NoLab::Refused)
    }
}
