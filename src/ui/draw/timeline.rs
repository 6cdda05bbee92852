//! What happened, newest on the right, or, where the panel is tall, newest below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::asked::{self, Question};
use crate::lab::{Happening, TimelineEntry};
use crate::texts;
use crate::ui::app::App;
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// Draws as many events as there is room for.
pub fn draw(app: &App, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area);
    let entries = app.lab.as_ref().map(|lab| lab.timeline.as_slice()).unwrap_or_default();
    let entries = &entries[..entries.len() - app.back.min(entries.len().saturating_sub(1))];
    if entries.is_empty() {
        pen.put(
            1,
            0,
            texts::get(app.lang, "ui.timeline.empty"),
            app.look.style(Role::Quiet),
        );
    } else if area.height > 2 {
        draw_list(app, entries, &mut pen);
    } else {
        draw_row(app, entries, &mut pen);
    }
}

fn draw_list(app: &App, entries: &[TimelineEntry], pen: &mut Pen<'_>) {
    let rows = usize::from(pen.height());
    let shown = &entries[entries.len().saturating_sub(rows)..];
    for (entry, y) in shown.iter().zip(0..) {
        let x = pen.put(1, y, &time(app, entry), app.look.style(Role::Quiet));
        let text = cut(
            &sentence(app, entry),
            pen.width().saturating_sub(x + 2),
            app.look.pick("…", "~"),
        );
        pen.put(x + 1, y, &text, app.look.style(Role::Plain));
    }
}

fn draw_row(app: &App, entries: &[TimelineEntry], pen: &mut Pen<'_>) {
    let columns = pen.width().saturating_sub(2);
    let mut shown: Vec<(String, String)> = Vec::new();
    let mut used = 0;
    for entry in entries.iter().rev() {
        let (time, text) = (time(app, entry), sentence(app, entry));
        let wide = width(&time) + 1 + width(&text) + 3;
        if used + wide > columns + 3 {
            break;
        }
        used += wide;
        shown.push((time, text));
    }
    let mut x = 1;
    for (time, text) in shown.iter().rev() {
        x = pen.put(x, 0, time, app.look.style(Role::Quiet)) + 1;
        x = pen.put(x, 0, text, app.look.style(Role::Plain)) + 3;
    }
    draw_ruler(app, &entries[entries.len() - shown.len()..], pen);
}

/// When the events of the row above were, to scale; the cursor stands on the newest.
fn draw_ruler(app: &App, entries: &[TimelineEntry], pen: &mut Pen<'_>) {
    let (left, right) = (1, pen.width().saturating_sub(2));
    let style = app.look.style(Role::Quiet);
    pen.line(left, right, 1, app.look.pick("─", "-"), style);
    pen.put(left, 1, app.look.pick("├", "["), style);
    pen.put(right, 1, app.look.pick("┤", "]"), style);
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return;
    };
    let span = u128::from(last.at.abs_diff(first.at)).max(1);
    let room = u128::from(right.saturating_sub(left + 2));
    for entry in entries {
        let offset = u128::from(entry.at.abs_diff(first.at)).min(span) * room / span;
        let x = left + 1 + u16::try_from(offset).unwrap_or(0);
        pen.put(x, 1, app.look.pick("·", "."), app.look.style(Role::Title));
    }
    pen.put(
        right.saturating_sub(1),
        1,
        app.look.pick("●", "o"),
        app.look.style(Role::Title),
    );
}

/// Since the start. It needs no time zone, and says how long something took.
fn time(app: &App, entry: &TimelineEntry) -> String {
    let nanos = entry.at.saturating_sub(app.started).max(0);
    clock(nanos.unsigned_abs() / 1_000_000_000)
}

/// Seconds since the start, as the timeline writes them: `0:08`, `1:02:03`.
pub fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

fn sentence(app: &App, entry: &TimelineEntry) -> String {
    let fill = |key, values: &[(&str, &str)]| texts::fill(app.lang, key, values);
    let arrow = ("arrow", app.look.pick("→", "->"));
    match &entry.what {
        Happening::NetworkCreated { network } => fill("ui.event.network_created", &[("network", network)]),
        Happening::NetworkRemoved { network } => fill("ui.event.network_removed", &[("network", network)]),
        Happening::ContainerStarted { container } => fill("ui.event.started", &[("container", container)]),
        Happening::ContainerDied { container, exit_code } => fill(
            "ui.event.died",
            &[("container", container), ("code", &exit_code.to_string())],
        ),
        Happening::ContainerRemoved { container } => fill("ui.event.removed", &[("container", container)]),
        Happening::ContainerRenamed { before, container } => {
            fill("ui.event.renamed", &[("before", before), ("container", container)])
        }
        Happening::Connected {
            container,
            network,
            address: Some(address),
        } => {
            let bare = address.split('/').next().unwrap_or(address);
            let values = [
                ("container", &**container),
                ("network", network),
                ("address", bare),
                arrow,
            ];
            fill("ui.event.connected_at", &values)
        }
        Happening::Connected {
            container,
            network,
            address: None,
        } => fill(
            "ui.event.connected",
            &[("container", container), ("network", network), arrow],
        ),
        Happening::DnsAsked {
            container,
            name,
            kind,
            outcome,
            count,
            ..
        } => {
            let question = Question {
                container,
                name,
                kind,
                outcome,
                count: *count,
            };
            asked::sentence(&question, app.lang, app.look)
        }
        Happening::Disconnected { container, network } => fill(
            "ui.event.disconnected",
            &[("container", container), ("network", network)],
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::lab::{Happening, LabState, TimelineEntry};
    use crate::texts::Lang;
    use crate::ui::app::Event;
    use crate::ui::fixtures::{self, Moment, PLAIN, START, View};

    #[test]
    fn another_name_is_told() {
        for (lang, told) in [
            (Lang::Fr, "0:05 es s’appelle désormais search"),
            (Lang::En, "0:05 es is now called search"),
        ] {
            let size = (120, 36);
            let look = PLAIN;
            let mut app = fixtures::app(Moment::Placed, View { size, lang, look });
            let renamed = TimelineEntry {
                at: START + 5_000_000_000,
                container: Some("id-es".into()),
                what: Happening::ContainerRenamed {
                    before: "es".into(),
                    container: "search".into(),
                },
            };
            let state = LabState {
                timeline: Arc::new(vec![renamed]),
                ..fixtures::state(Moment::Placed)
            };
            app.update(Event::Lab(Arc::new(state)), Duration::from_secs(61));
            let shown = fixtures::text(&fixtures::cells(&app, size));
            assert!(shown.contains(told), "{shown}");
        }
    }
}
