//! The mouse: a click gives the keys to a panel or chooses a row, the wheel scrolls what is under it. Clicks and the wheel are all
//! the terminal is asked to report, so that Shift and dragging select text as they do everywhere. A program in the console that asked
//! for the mouse has it there.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;
use vt100::{MouseProtocolEncoding, MouseProtocolMode};

use super::app::{App, Effect, Overlay};
use super::console::clicks;
use super::draw;
use super::panels::{Class, Panel};

/// Rows for one notch of the wheel.
const NOTCH: i16 = 3;

impl App {
    pub(super) fn mouse(&mut self, event: MouseEvent) -> Vec<Effect> {
        let at = Position::new(event.column, event.row);
        if let Some(bytes) = self.for_the_program(event, at) {
            return if bytes.is_empty() {
                Vec::new()
            } else {
                vec![Effect::Send(bytes)]
            };
        }
        match event.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(at),
            MouseEventKind::ScrollUp => self.wheel(at, -NOTCH),
            MouseEventKind::ScrollDown => self.wheel(at, NOTCH),
            _ => {}
        }
        Vec::new()
    }

    /// The report for the program in the console, where it wants one of this place; absent where the event is ours.
    fn for_the_program(&self, event: MouseEvent, at: Position) -> Option<Vec<u8>> {
        let screen = self.console.screen();
        let mode = screen.mouse_protocol_mode();
        let ours = mode == MouseProtocolMode::None
            || self.overlay.is_some()
            || self.focus != Panel::Console
            || self.console.scrolled() > 0
            || !self.panels.shell.contains(at);
        if ours {
            return None;
        }
        let (x, y) = (at.x - self.panels.shell.x, at.y - self.panels.shell.y);
        let sgr = screen.mouse_protocol_encoding() == MouseProtocolEncoding::Sgr;
        let releases = mode != MouseProtocolMode::Press;
        Some(clicks::report(event, (x, y), sgr, releases))
    }

    fn click(&mut self, at: Position) {
        self.notice = None;
        self.menu = false;
        self.dirty = true;
        self.news.see(self.tab);
        if let Some(overlay) = self.overlay {
            match draw::overlay_row(self, at) {
                None => self.close_overlay(),
                Some(row) if overlay == Overlay::Steps && row < self.steps.len() => self.chosen = row,
                Some(_) => {}
            }
            return;
        }
        let clicked = draw::tab_at(self, at).or_else(|| self.panel_at(at));
        if let Some(panel) = clicked.filter(|panel| *panel != self.focus || self.calls(*panel)) {
            self.move_to(panel);
        }
    }

    fn panel_at(&self, at: Position) -> Option<Panel> {
        let panels = &self.panels;
        let shared = panels.class == Class::Tabs;
        [
            (Panel::Console, panels.console),
            (if shared { self.tab } else { Panel::Step }, panels.step),
            (Panel::Topology, panels.topology),
            (Panel::Timeline, panels.timeline),
        ]
        .into_iter()
        .find(|(_, area)| area.contains(at))
        .map(|(panel, _)| panel)
    }

    fn wheel(&mut self, at: Position, by: i16) {
        self.dirty = true;
        match self.overlay {
            Some(Overlay::Steps) => {
                let last = self.steps.len().saturating_sub(1);
                self.chosen = self.chosen.saturating_add_signed(by.signum().into()).min(last);
            }
            Some(_) => self.scroll_text(by),
            None if self.panels.console.contains(at) => {
                self.console.scroll(isize::from(-by));
                // Esc comes back from where one has scrolled to, and is the shell's elsewhere.
                self.passing = self.focus == Panel::Console && self.console.scrolled() == 0;
            }
            None if self.panel_at(at) == Some(Panel::Step) => self.scroll_text(by),
            None => {}
        }
    }
}

#[cfg(test)]
#[path = "mouse_tests.rs"]
mod tests;
