//! What is looked at closely: chosen in the picture by keys, its sheet opened by Enter.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::app::{App, Overlay};
use super::topology::{Pick, Step};
use crate::lab::{Happening, LabState, TimelineEntry};
use crate::scene::Question;

impl App {
    /// Keys that choose in the picture. False for one that means nothing there.
    pub(super) fn pick_key(&mut self, key: &KeyEvent) -> bool {
        match key.code {
            KeyCode::Enter => {
                if self.pick.as_ref().is_none_or(|pick| !pick.is_in(&self.scene)) {
                    self.pick = Pick::after(None, Step::First, &self.scene);
                }
                if self.pick.is_some() {
                    self.toggle(Overlay::Inspect);
                }
            }
            KeyCode::Esc if self.pick.is_some() => self.pick = None,
            _ => return self.step_key(key),
        }
        self.dirty = true;
        true
    }

    /// Keys that go from one thing of the picture to another.
    fn step_key(&mut self, key: &KeyEvent) -> bool {
        let step = match key.code {
            KeyCode::Tab | KeyCode::Right => Step::Next,
            KeyCode::BackTab | KeyCode::Left => Step::Previous,
            KeyCode::Down => Step::NextBar,
            KeyCode::Up => Step::PreviousBar,
            KeyCode::Home => Step::First,
            KeyCode::End => Step::Last,
            _ => return false,
        };
        self.pick = Pick::after(self.pick.as_ref(), step, &self.scene);
        self.dirty = true;
        true
    }

    /// Keys of an open sheet: sideways to another one; up and down scroll it.
    pub(super) fn sheet_key(&mut self, key: &KeyEvent) -> bool {
        let sideways = matches!(
            key.code,
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Left | KeyCode::Right
        );
        if sideways && self.step_key(key) {
            self.scrolled = 0;
            return true;
        }
        false
    }

    /// Shows the questions that were asked since the last look. What was asked before the first one is only on the timeline.
    pub(super) fn hear(&mut self, state: &LabState, now: Duration) {
        let known = self.heard.filter(|_| self.lab.is_some());
        // An entry stands where its first question was; the picture shows what was asked last.
        let mut asked: Vec<(i64, Question)> = state.timeline.iter().filter_map(question).collect();
        asked.sort_by_key(|(last, _)| *last);
        self.heard = self.heard.max(asked.last().map(|(last, _)| *last));
        if self.lab.is_none() {
            return;
        }
        for (_, question) in asked
            .into_iter()
            .filter(|(last, _)| known.is_none_or(|known| *last > known))
        {
            self.stage.asked(question, now);
        }
    }
}

/// An entry's question, and when it was asked last.
fn question(entry: &TimelineEntry) -> Option<(i64, Question)> {
    let Happening::DnsAsked {
        container,
        name,
        kind,
        outcome,
        count,
        last,
    } = &entry.what
    else {
        return None;
    };
    let question = Question {
        id: entry.container.clone().unwrap_or_default(),
        asker: container.clone(),
        name: name.clone(),
        kind: kind.clone(),
        outcome: outcome.clone(),
        count: *count,
    };
    Some((*last, question))
}
