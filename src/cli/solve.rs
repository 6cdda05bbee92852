//! The commands that do a lesson's solutions on labs made for that: `cnm check --solve` and `cnm lessons try`.

#[cfg(target_os = "linux")]
pub(super) use linux::{solve, try_lessons};

#[cfg(not(target_os = "linux"))]
use std::path::Path;

#[cfg(not(target_os = "linux"))]
use super::Global;
#[cfg(not(target_os = "linux"))]
use super::dispatch::{USAGE, complain};
#[cfg(not(target_os = "linux"))]
use crate::grade::CheckOptions;
#[cfg(not(target_os = "linux"))]
use crate::texts::{self, Lang};

#[cfg(not(target_os = "linux"))]
pub(super) fn solve(_: &Global, options: &CheckOptions) -> i32 {
    complain(texts::get(options.lang, "cli.linux_only"));
    USAGE
}

#[cfg(not(target_os = "linux"))]
pub(super) fn try_lessons(_: &Global, lang: Lang, _: Option<&Path>) -> i32 {
    complain(texts::get(lang, "cli.linux_only"));
    USAGE
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, Write};
    use std::path::Path;
    use std::sync::Arc;

    use crate::cli::dispatch::{LESSON_INVALID, NO_BACKEND, complain, runtime};
    use crate::cli::learn::{lab_options, needs_builtin};
    use crate::cli::{Global, dispatch};
    use crate::engine::launch::LabHandle;
    use crate::grade::{CheckOptions, Solving};
    use crate::lab::{Backend, Lab, LabError};
    use crate::lesson::{self, Lesson};
    use crate::texts::{self, Lang};
    use crate::workshop::{self, CheckStatus, Trial};

    /// A lab of our own, and how to reach it. To be called while the process has one thread.
    fn fresh(global: &Global, lang: Lang) -> Result<(Arc<LabHandle>, Backend), i32> {
        let launched = LabHandle::launch(&lab_options(global, None)).map_err(|error| {
            let _ = write!(io::stderr(), "{}", error.explain(lang));
            NO_BACKEND
        })?;
        let handle = Arc::new(launched);
        let opener = Arc::clone(&handle);
        Ok((handle, Backend::Streams(Arc::new(move || opener.connect()))))
    }

    /// `cnm check --solve`.
    pub(in crate::cli) fn solve(global: &Global, options: &CheckOptions) -> i32 {
        match solved(global, options) {
            Ok(status) | Err(status) => status,
        }
    }

    fn solved(global: &Global, options: &CheckOptions) -> Result<i32, i32> {
        needs_builtin(global, options.lang)?;
        let failed = |error: io::Error| {
            complain(&error.to_string());
            1
        };
        let solving = Solving::read(options, &mut io::stderr()).map_err(failed)?;
        let solving = solving.map_err(|exit| i32::from(exit.code()))?;
        // All before the runtime: labs are forked while there is one thread.
        let labs: Result<Vec<_>, i32> = (0..solving.labs()).map(|_| fresh(global, options.lang)).collect();
        let labs = labs?;
        let backends: Vec<Backend> = labs.iter().map(|(_, backend)| backend.clone()).collect();
        let runtime = runtime().ok_or(1)?;
        let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
        let done = runtime.block_on(async {
            tokio::select! {
                done = solving.run(&backends, &mut out, &mut err) => Some(done),
                _ = tokio::signal::ctrl_c() => None,
            }
        });
        match done {
            Some(done) => done.map(|exit| i32::from(exit.code())).map_err(failed),
            None => Err(dispatch::INTERRUPTED),
        }
    }

    /// `cnm lessons try`.
    pub(in crate::cli) fn try_lessons(global: &Global, lang: Lang, folder: Option<&Path>) -> i32 {
        match tried_lessons(global, lang, folder) {
            Ok(true) => 0,
            Ok(false) => LESSON_INVALID,
            Err(status) => status,
        }
    }

    /// True when nothing is to be mended.
    fn tried_lessons(global: &Global, lang: Lang, folder: Option<&Path>) -> Result<bool, i32> {
        needs_builtin(global, lang)?;
        let mut sound = true;
        let mut trials = Vec::new();
        for lesson in dispatch::lessons_in(folder) {
            let told: Vec<String> = match &lesson {
                Ok(lesson) => lesson::lint(lesson).iter().map(ToString::to_string).collect(),
                Err(error) => vec![error.to_string()],
            };
            told.iter().map(String::as_str).for_each(say);
            sound &= told.is_empty();
            // All before the runtime: labs are forked while there is one thread.
            for (lesson, index) in lesson
                .iter()
                .flat_map(|lesson| (0..lesson.steps.len()).map(move |n| (lesson.clone(), n)))
            {
                trials.push((lesson, index, fresh(global, lang)?));
            }
        }
        let runtime = runtime().ok_or(1)?;
        for (lesson, index, (_handle, lab)) in trials {
            let trial = runtime.block_on(tried(&lesson, index, &lab)).map_err(|error| {
                complain(&error.to_string());
                NO_BACKEND
            })?;
            let told = told(&lesson, index, &trial, lang);
            if let (true, Some(step)) = (told.is_empty(), lesson.steps.get(index)) {
                say(&texts::fill(lang, "cli.try_sound", &[("step", &step.id)]));
            }
            told.iter().map(String::as_str).for_each(say);
            sound &= told.is_empty();
        }
        Ok(sound)
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
        let mut tell = |path: &[&str], key, values: &[(&str, &str)]| {
            let place = lesson.locate(path);
            told.push(format!("{place}: {}", texts::fill(lang, key, values)));
        };
        if trial.green_before {
            tell(&[&step.id], "cli.try_green_before", &[("step", &step.id)]);
        }
        if let Err(refusal) = &trial.solution {
            let values = [("step", &*step.id), ("reason", &*refusal.to_string())];
            tell(&[&step.id, "goal"], "cli.try_refused", &values);
        }
        for check in workshop::checks_when_answered(lesson, step, &trial.after, lang) {
            if let CheckStatus::Fail { seen, .. } = &check.status {
                let values = [("check", &*check.id), ("seen", seen)];
                tell(&[&step.id, &check.id], "cli.try_still_red", &values);
            }
        }
        told
    }

    fn say(line: &str) {
        let _ = writeln!(io::stdout(), "{line}");
    }
}
