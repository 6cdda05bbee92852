//! Where a key goes: to what lies over the panels, to the menu of Ctrl+G, to the shell, to the focused panel.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::app::{App, Effect};
use super::console::{Life, encode};
use super::keys::{self, Action};
use super::panels::Panel;
use crate::terminal::Whom;
use crate::workshop::Ask;

/// Bytes that may be typed before there is a shell.
const EARLY: usize = 4096;

impl App {
    pub(super) fn key(&mut self, key: &KeyEvent, now: Duration) -> Vec<Effect> {
        if self.notice.take().is_some() {
            self.dirty = true;
        }
        self.news.see(self.tab);
        if self.overlay.is_some() {
            return self.overlay_key(key, now);
        }
        if self.menu {
            return self.menu_key(key, now);
        }
        if let Some(action) = self.own.keys.everywhere(key) {
            self.strayed = None;
            return self.act(action, now);
        }
        if self.own.keys.is_menu(key) {
            self.menu = true;
            self.dirty = true;
            return Vec::new();
        }
        if self.focus == Panel::Console {
            return self.console_key(key);
        }
        if keys::is_suspend(key) {
            return vec![Effect::Suspend(Whom::Job)];
        }
        if self.is_stray(key, now) {
            return Vec::new();
        }
        if (self.focus == Panel::Topology && self.pick_key(key)) || self.scroll_key(key) {
            return Vec::new();
        }
        match self.own.keys.letter(key) {
            Some(Action::Panel(index)) if usize::from(index) < self.answers() => {
                self.ask(Ask::Answer(usize::from(index) + 1), now);
                Vec::new()
            }
            Some(action) => self.act(action, now),
            None => {
                self.stray(key, now);
                Vec::new()
            }
        }
    }

    fn console_key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        match self.console.life {
            Life::Ended(_) | Life::Failed(_) if key.code == KeyCode::Enter && self.lost.is_none() => {
                return self.start_shell();
            }
            Life::Ended(_) | Life::Failed(_) => return Vec::new(),
            Life::Waiting => {
                let bytes = encode::key(key, false);
                if self.early.len() + bytes.len() <= EARLY {
                    self.early.extend(bytes);
                }
                return Vec::new();
            }
            Life::Running => {}
        }
        if !self.passing && self.scroll_key(key) {
            return Vec::new();
        }
        if !self.passing {
            self.pass();
            if matches!(key.code, KeyCode::Esc | KeyCode::Enter) {
                return Vec::new();
            }
        }
        let bytes = encode::key(key, self.console.screen().application_cursor());
        if bytes.is_empty() {
            Vec::new()
        } else {
            vec![Effect::Send(bytes)]
        }
    }

    /// Keys to the shell again, at the place where it writes.
    pub(super) fn pass(&mut self) {
        self.passing = true;
        self.console.scroll_home();
        self.dirty = true;
    }

    /// Keys that move within the focused panel.
    fn scroll_key(&mut self, key: &KeyEvent) -> bool {
        let page = i32::from(self.console.size().rows.max(3)) - 1;
        let by = match key.code {
            KeyCode::Up => 1,
            KeyCode::Down => -1,
            KeyCode::PageUp => page,
            KeyCode::PageDown => -page,
            KeyCode::Home => i32::from(i16::MAX),
            KeyCode::End => -i32::from(i16::MAX),
            _ => return false,
        };
        self.dirty = true;
        let rows = isize::try_from(by).unwrap_or_default();
        match self.focus {
            Panel::Console if self.overlay.is_none() => self.console.scroll(rows),
            Panel::Timeline if self.overlay.is_none() => self.turn_back(rows),
            _ => self.scroll_text(i16::try_from(-by).unwrap_or_default()),
        }
        true
    }

    /// Scrolls the overlay, or the step's text, by so many rows downwards.
    pub(super) fn scroll_text(&mut self, by: i16) {
        let most = super::draw::hidden_rows(self);
        self.scrolled = self.scrolled.min(most).saturating_add_signed(by).min(most);
        self.dirty = true;
    }

    fn overlay_key(&mut self, key: &KeyEvent, now: Duration) -> Vec<Effect> {
        if let Some(effects) = self.chosen_key(key, now) {
            return effects;
        }
        match self.own.keys.everywhere(key).or_else(|| self.own.keys.letter(key)) {
            Some(action @ (Action::Language | Action::Help | Action::TextForm | Action::PutBack | Action::Steps)) => {
                self.act(action, now)
            }
            _ if self.scroll_key(key) => Vec::new(),
            other => {
                self.close_overlay();
                // Only F10 leaves from here: q closes what is open, as it does in a pager.
                if other == Some(Action::Quit) && self.own.keys.everywhere(key).is_some() {
                    self.act(Action::Quit, now)
                } else {
                    Vec::new()
                }
            }
        }
    }

    fn menu_key(&mut self, key: &KeyEvent, now: Duration) -> Vec<Effect> {
        self.menu = false;
        self.dirty = true;
        if self.own.keys.is_menu(key) {
            return if self.focus == Panel::Console {
                vec![Effect::Send(encode::key(
                    key,
                    self.console.screen().application_cursor(),
                ))]
            } else {
                Vec::new()
            };
        }
        if self.focus == Panel::Console && matches!(key.code, KeyCode::Up | KeyCode::PageUp) {
            self.passing = false;
            self.scroll_key(key);
            return Vec::new();
        }
        match self.own.keys.everywhere(key).or_else(|| self.own.keys.letter(key)) {
            Some(action) => self.act(action, now),
            None => Vec::new(),
        }
    }
}
