//! The workshop in front of a person: drawn, or in plain text.

use std::io::{self, IsTerminal, Write};

use super::Global;
use super::dispatch::{NO_BACKEND, USAGE, complain, variable};
use crate::plain::{self, PlainError, PlainOptions, PlainParts};
use crate::settings::Theme;
use crate::texts::Lang;
use crate::ui::{self, Outcome, Own, UiOptions, UiParts};

/// The workshop on a screen, or in plain text where it was asked for or there is nothing to draw on; the status to end with where it
/// cannot be.
pub(super) async fn show(
    global: &Global,
    lang: Lang,
    parts: UiParts,
    resumed: Option<Vec<String>>,
) -> Result<Outcome, i32> {
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
            resumed,
        };
        return plain::run(options, parts).await.map_err(|error| match error {
            PlainError::NoLab(reason) => {
                let _ = write!(io::stderr(), "{reason}");
                NO_BACKEND
            }
            error => {
                complain(&error.to_string());
                1
            }
        });
    }
    let options = ui_options(global, lang);
    ui::run(options, parts).await.map_err(|error| {
        complain(&error.to_string());
        complain(error.hint(lang));
        USAGE
    })
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
