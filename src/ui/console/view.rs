//! The console's cells on our screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

use super::Console;

/// Copies the console into `area`, the part of it that fits; returns where its cursor is, if it shows one there.
pub fn draw(console: &Console, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let area = area.intersection(buffer.area);
    let screen = console.screen();
    for (y, row) in (area.y..area.bottom()).zip(0..) {
        for (x, column) in (area.x..area.right()).zip(0..) {
            let Some(cell) = screen.cell(row, column) else { continue };
            let Some(target) = buffer.cell_mut(Position::new(x, y)) else {
                continue;
            };
            if cell.is_wide_continuation() {
                target.reset();
                continue;
            }
            // A wide character that has lost its second half would push the row: the edge cuts it off.
            let cut = cell.is_wide() && x + 1 == area.right();
            target.set_symbol(if cell.has_contents() && !cut {
                cell.contents()
            } else {
                " "
            });
            target.set_style(style(cell));
        }
    }
    let (row, column) = screen.cursor_position();
    let position = Position::new(area.x.checked_add(column)?, area.y.checked_add(row)?);
    let shown = console.scrolled() == 0 && !screen.hide_cursor() && area.width > 0;
    // After the last column the cursor waits in it, as on a real terminal.
    let position = Position {
        x: position.x.min(area.right().saturating_sub(1)),
        ..position
    };
    (shown && area.contains(position)).then_some(position)
}

fn style(cell: &vt100::Cell) -> Style {
    let mut style = Style::reset().fg(color(cell.fgcolor())).bg(color(cell.bgcolor()));
    for (on, modifier) in [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ] {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    style
}

fn color(color: vt100::Color) -> Color {
    match color {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}
