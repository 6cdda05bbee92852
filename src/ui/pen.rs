//! Writing into a part of the screen: coordinates from its corner, nothing outside it is ever touched.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

/// Columns a text takes.
#[must_use]
pub fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// A text cut to `max` columns, with `…` (or `~`) where something is missing.
#[must_use]
pub fn cut(text: &str, max: u16, more: &str) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        let next = width(&short) + width(c.encode_utf8(&mut [0; 4]));
        if next + width(more) > max {
            break;
        }
        short.push(c);
    }
    if max >= width(more) {
        short.push_str(more);
    }
    short
}

/// A hand that writes into one area of a buffer.
#[derive(Debug)]
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
}

impl<'a> Pen<'a> {
    /// Writes into `area` of `buffer`, as far as the buffer has it.
    pub fn new(buffer: &'a mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area }
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.area.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> u16 {
        self.area.height
    }

    /// Writes `text` at a place; what does not fit is cut off. Returns the column after it.
    pub fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if y >= self.area.height || x >= self.area.width {
            return x.saturating_add(width(text));
        }
        let room = usize::from(self.area.width - x);
        self.buffer
            .set_stringn(self.area.x + x, self.area.y + y, text, room, style);
        x.saturating_add(width(text))
    }

    /// Writes `text` so that it ends before column `end`.
    pub fn put_right(&mut self, end: u16, y: u16, text: &str, style: Style) -> u16 {
        let x = end.saturating_sub(width(text));
        self.put(x, y, text, style);
        x
    }

    /// Repeats a character of one column over `from..to`.
    pub fn line(&mut self, from: u16, to: u16, y: u16, character: &str, style: Style) {
        for x in from..to.min(self.area.width) {
            self.put(x, y, character, style);
        }
    }

    /// Whether nothing is written on these cells, all of them inside.
    #[must_use]
    pub fn is_blank(&self, x: u16, y: u16, columns: u16) -> bool {
        let inside = y < self.area.height && x.saturating_add(columns) <= self.area.width;
        let blank = |x: u16| self.buffer[(self.area.x + x, self.area.y + y)].symbol() == " ";
        inside && (x..x + columns).all(blank)
    }

    /// Empties the area.
    pub fn clear(&mut self) {
        for position in self.area.positions() {
            if let Some(cell) = self.buffer.cell_mut(Position::new(position.x, position.y)) {
                cell.reset();
            }
        }
    }
}
