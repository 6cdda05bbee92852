//! Which panel has the keys: where they go next, and what is typed where nobody takes it.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::{App, Notice};
use super::keys::Action;
use super::panels::Panel;
use crate::workshop::StepView;

/// Letters that come so soon after one that means nothing here belong to it: somebody types a command.
const BURST: Duration = Duration::from_millis(700);
/// Who reads first and then chooses a panel takes longer than this.
const CHOICE: Duration = Duration::from_millis(250);

impl App {
    pub(super) fn move_to(&mut self, panel: Panel) {
        self.focus = panel;
        if panel == Panel::Console {
            self.pass();
        } else {
            self.tab = panel;
            self.passing = false;
        }
        self.back = 0;
    }

    /// To where the new step is done: a question by itself is answered in its panel, all else begins at the prompt.
    pub(super) fn go_to_work(&mut self) {
        let asks = self.has_question();
        let typed = self.step.as_ref().is_some_and(StepView::has_command);
        self.move_to(if asks && !typed { Panel::Step } else { Panel::Console });
        self.scrolled = 0;
        self.tab = Panel::Step;
    }

    /// Whether the step asks a question that is still open.
    pub(super) fn has_question(&self) -> bool {
        self.step.as_ref().is_some_and(|step| !step.green && step.is_question())
    }

    /// The panel that the key for the next one leads to: from the console to an open question, else first to a picture that changed
    /// behind its tab.
    pub(super) fn next_panel(&self) -> Panel {
        let to_question = self.focus == Panel::Console && self.has_question();
        if self.calls(Panel::Topology) && !to_question {
            return Panel::Topology;
        }
        self.focus.next()
    }

    /// Whether a key belongs to a command that somebody types although the console has not the keys: it does nothing then.
    pub(super) fn is_stray(&mut self, key: &KeyEvent, now: Duration) -> bool {
        let Some(since) = self.strayed.map(|last| now.saturating_sub(last)) else {
            return false;
        };
        let chooses = matches!(self.own.keys.letter(key), Some(Action::Panel(_))) && since > CHOICE;
        let strays =
            since < BURST && !chooses && (is_typed(key) || matches!(key.code, KeyCode::Enter | KeyCode::Backspace));
        if strays {
            self.stray(key, now);
        } else {
            self.strayed = None;
        }
        strays
    }

    /// A key that nobody takes: where it was for the prompt, the way there is told.
    pub(super) fn stray(&mut self, key: &KeyEvent, now: Duration) {
        if self.strayed.is_some() || is_typed(key) {
            self.strayed = Some(now);
            self.notice = Some(Notice::Words(self.text("ui.notice.type_in_console")));
            self.dirty = true;
        }
    }

    /// Moves the timeline's view by so many moments towards the past.
    pub(super) fn turn_back(&mut self, by: isize) {
        let moments = self.lab.as_ref().map_or(0, |lab| lab.timeline.len());
        let back = self.back.saturating_add_signed(by);
        self.back = back.min(moments.saturating_sub(1));
        self.dirty = true;
    }
}

fn is_typed(key: &KeyEvent) -> bool {
    let held = KeyModifiers::CONTROL | KeyModifiers::ALT;
    matches!(key.code, KeyCode::Char(_)) && !key.modifiers.intersects(held)
}

#[cfg(test)]
#[path = "focus_tests.rs"]
mod tests;
