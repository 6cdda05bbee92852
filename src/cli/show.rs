//! The workshop in front of a person: drawn, or in plain text.

use std::io::{self, IsTerminal, Write};

use super::Global;
use super::dispatch::{NO_BACKEND, USAGE, complain, variable};
use crate::lesson::Lesson;
use crate::plain::{self, PlainError, PlainOptions, PlainParts};
use crate::settings::Theme;
use crate::texts::{self, Lang};
use crate::ui::{self, Outcome, Own, UiOptions, UiParts};
use crate::workshop::ProgressStore;

/// The workshop on a screen, or in plain text where it was asked for or there is nothing to draw on; the status to end with where it
/// cannot be.
pub(super) async fn show(global: &Global, lang: Lang, parts: UiParts) -> Result<Shown, i32> {
    let by_hand = io::stdin().is_terminal();
    let can_draw = by_hand && io::stdout().is_terminal() && variable("TERM").is_none_or(|term| term != "dumb");
    if global.plain || !can_draw {
        // The drawn workshop lays them over its first screen.
        for fault in &global.settings.faults {
            complain(&fault.text(lang));
        }
        let options = PlainOptions {
            lang,
            ascii: global.ascii,
            by_hand,
        };
        let parts = PlainParts {
            guide: parts.guide,
            lab: parts.lab,
            guard: parts.guard,
            notice: parts.notice,
            resumed: parts.resumed,
        };
        let ended = plain::run(options, parts).await;
        let shown = ended.map(|outcome| Shown { outcome, left_in: None });
        return shown.map_err(|error| match error {
            PlainError::NoLab(reason) => {
                let _ = write!(io::stderr(), "{reason}");
                NO_BACKEND
            }
            PlainError::LabEnded(lang) => {
                complain(texts::get(lang, "cli.lab_ended"));
                1
            }
            PlainError::NoShell(reason) => {
                complain(&texts::fill(lang, "plain.no_shell", &[("reason", &reason)]));
                1
            }
            // Who read it has had enough (`| head`), and knows.
            PlainError::Terminal(gone) if gone.kind() == io::ErrorKind::BrokenPipe => 1,
            error @ PlainError::Terminal(_) => {
                complain(&error.to_string());
                1
            }
        });
    }
    let options = ui_options(global, lang);
    let ended = ui::run(options, parts).await;
    let shown = ended.map(|(outcome, lang)| Shown {
        outcome,
        left_in: (outcome == Outcome::Left).then_some(lang),
    });
    shown.map_err(|error| {
        complain(&error.to_string());
        complain(error.hint(lang));
        USAGE
    })
}

/// How a workshop ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) outcome: Outcome,
    /// The language on the screen that the learner has left; none where there was no screen, or it was not theirs to leave.
    left_in: Option<Lang>,
}

/// Where the learner goes on, for who has left a drawn workshop. Nothing where nothing is kept: that was told.
pub(super) fn take_leave(shown: Shown, lesson: &Lesson, store: &ProgressStore) {
    let (progress, notice) = store.load(&lesson.id);
    let (Some(lang), None, Some(id)) = (shown.left_in, notice, progress.step) else {
        return;
    };
    let Some((index, _)) = lesson.step(&id) else { return };
    let done = lesson.steps.iter().all(|step| progress.done.contains(&step.id));
    let key = if done { "cli.leave_done" } else { "cli.leave" };
    let (n, total) = ((index + 1).to_string(), lesson.steps.len().to_string());
    let told = texts::fill(lang, key, &[("n", &n), ("total", &total)]);
    let _ = writeln!(io::stderr(), "{told}");
}

/// What the person chose, by flags, environment and settings.
fn ui_options(global: &Global, lang: Lang) -> UiOptions {
    let settings = &global.settings;
    UiOptions {
        lang,
        ascii: global.ascii,
        no_motion: global.no_motion,
        no_color: variable("NO_COLOR").is_some(),
        theme: settings
            .theme
            .unwrap_or_else(|| Theme::of_terminal(variable("COLORFGBG").as_deref())),
        own: Own::of(settings),
    }
}
