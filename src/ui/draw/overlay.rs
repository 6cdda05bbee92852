//! What lies over the panels: the keys, the picture in words, what puts the step back, the list of steps.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::inspect;
use super::prose::{self, Line, plain};
use crate::scene;
use crate::texts;
use crate::ui::app::{App, Overlay};
use crate::ui::look::Role;
use crate::ui::panels::{Panel, inside};
use crate::ui::pen::{Pen, cut, width};
use crate::workshop::StepEntry;

/// An overlay on a screen.
struct Set {
    area: Rect,
    /// Ids of its title, and of the word on the keys that it knows.
    titles: [&'static str; 2],
    lines: Vec<Line>,
    /// The row that has to be in sight.
    chosen: Option<usize>,
}

impl Set {
    /// The first line shown, and how many cannot be shown at once.
    fn first(&self, scrolled: u16) -> (usize, usize) {
        let rows = usize::from(inside(self.area).height);
        let hidden = self.lines.len().saturating_sub(rows);
        let first = match self.chosen {
            Some(chosen) => chosen.saturating_sub(rows / 2),
            None => usize::from(scrolled),
        };
        (first.min(hidden), hidden)
    }
}

/// Draws it in the middle of the screen, scrolled if it must be.
pub fn draw(app: &App, overlay: Overlay, screen: Rect, buffer: &mut Buffer) {
    let set = set(app, overlay, screen);
    let area = set.area;
    Pen::new(buffer, area).clear();
    let titles = set.titles.map(|id| texts::get(app.lang, id));
    super::frame(area, titles, true, app.look, buffer);
    let body = inside(area);
    let (first, hidden) = set.first(app.scrolled);
    prose::write(&set.lines[first..], &mut Pen::new(buffer, body), (1, 0), app.look);
    if first < hidden {
        let mut pen = Pen::new(buffer, area);
        let more = format!(" {} {} ", app.look.pick("▾", "v"), texts::get(app.lang, "ui.help.more"));
        pen.put_right(
            area.width.saturating_sub(2),
            area.height.saturating_sub(1),
            &more,
            app.look.style(Role::Alert),
        );
    }
}

/// Rows that do not fit.
pub fn hidden(app: &App, overlay: Overlay, screen: Rect) -> u16 {
    let (_, hidden) = set(app, overlay, screen).first(0);
    u16::try_from(hidden).unwrap_or(u16::MAX)
}

/// The line at a place of the screen, counted from the first one there is; absent outside.
pub fn row_at(app: &App, overlay: Overlay, screen: Rect, at: Position) -> Option<usize> {
    let set = set(app, overlay, screen);
    let row = usize::from(at.y.saturating_sub(inside(set.area).y));
    set.area.contains(at).then(|| set.first(app.scrolled).0 + row)
}

/// Rows of the list of steps that are shown at once.
pub fn page(app: &App, screen: Rect) -> u16 {
    inside(set(app, Overlay::Steps, screen).area).height
}

/// Its place, its titles, and its lines.
fn set(app: &App, overlay: Overlay, screen: Rect) -> Set {
    let widest = if overlay == Overlay::Help { 96 } else { 76 };
    let width = screen.width.saturating_sub(4).min(widest);
    let columns = width.saturating_sub(4);
    let (titles, lines) = match overlay {
        Overlay::Help => (["ui.help.title", "ui.help.close"], help(app, columns)),
        Overlay::Text => (["ui.text.title", "ui.help.close"], words(app, columns)),
        Overlay::PutBack => (["ui.put_back.title", put_back_keys(app)], put_back(app, columns)),
        Overlay::Inspect => ([INSPECT, inspect_keys(app)], inspect::lines(app, columns)),
        Overlay::Steps => (["ui.steps.title", "ui.steps.keys"], steps(app, columns)),
        Overlay::Settings => (["settings.title", "ui.help.close"], faults(app, columns)),
    };
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let height = wanted.min(screen.height.saturating_sub(2)).max(screen.height.min(3));
    let (x, y) = (
        screen.x + (screen.width - width) / 2,
        screen.y + (screen.height - height) / 2,
    );
    Set {
        area: Rect { x, y, width, height },
        titles,
        lines,
        chosen: (overlay == Overlay::Steps).then_some(app.chosen),
    }
}

const INSPECT: &str = "picture.inspect.title";

fn inspect_keys(app: &App) -> &'static str {
    app.look.pick("picture.inspect.keys", "picture.inspect.keys_ascii")
}

fn put_back_keys(app: &App) -> &'static str {
    if app.put_back.todo.is_empty() {
        "ui.put_back.keys_forget"
    } else {
        "ui.put_back.keys"
    }
}

/// What will be run, and what is left alone.
fn put_back(app: &App, columns: u16) -> Vec<Line> {
    let say = |key| prose::wrap(texts::get(app.lang, key), columns, Role::Plain);
    if app.put_back.is_nothing() {
        return say("ui.notice.nothing_to_put_back");
    }
    let mut lines = Vec::new();
    if app.put_back.forgets {
        lines.extend(say("ui.put_back.forgets"));
    }
    if !app.put_back.differences.is_empty() {
        lines.extend(say("ui.put_back.differences"));
        for told in &app.put_back.differences {
            let told = format!("{} {}", app.look.pick("✗", "[x]"), told[app.lang as usize]);
            lines.extend(prose::indent(
                prose::wrap(&told, columns.saturating_sub(2), Role::Plain),
                2,
            ));
        }
        lines.push(Line::new());
    }
    if !app.put_back.todo.is_empty() {
        lines.extend(say(match &app.put_back {
            put_back if put_back.question => "ui.put_back.lacking",
            put_back if put_back.mends => "ui.put_back.mend",
            _ => "ui.put_back.todo",
        }));
        lines.push(Line::new());
        for remedy in &app.put_back.todo {
            lines.extend(prose::command(&remedy.to_string(), columns));
        }
        lines.extend(app.put_back.question.then(Line::new));
    }
    if app.put_back.question {
        lines.extend(say("ui.put_back.nothing_removed"));
    }
    if !app.put_back.staying.is_empty() {
        let names = app.put_back.staying.join(", ");
        let staying = texts::fill(app.lang, "ui.put_back.staying", &[("names", &names)]);
        lines.push(Line::new());
        lines.extend(prose::wrap(&staying, columns, Role::Plain));
    }
    lines
}

/// One line per step. The chosen one is told by brackets too, not by its look alone.
fn steps(app: &App, columns: u16) -> Vec<Line> {
    let digits = app.steps.len().to_string().len();
    let line = |(index, step): (usize, &StepEntry)| {
        let current = if step.current { app.look.pick("▸", ">") } else { " " };
        let (done, role) = if step.done {
            (app.look.pick("✓", "[v]"), Role::Good)
        } else {
            (app.look.pick("·", "[.]"), Role::Quiet)
        };
        let number = format!("{:>digits$}", index + 1);
        let room = columns.saturating_sub(width(done) + width(&number) + 8);
        let title = cut(&step.title, room, app.look.pick("…", "~"));
        if index == app.chosen {
            return vec![(format!("[{current} {done} {number}  {title} ]"), Role::Alert)];
        }
        let title_role = if step.current { Role::Title } else { Role::Plain };
        vec![
            (format!(" {current} "), Role::Title),
            (done.to_owned(), role),
            (format!(" {number}  "), Role::Quiet),
            (title, title_role),
        ]
    };
    app.steps.iter().enumerate().map(line).collect()
}

/// What the panel that has the keys is, the table of keys, one line each, then what must be known about the console.
fn help(app: &App, columns: u16) -> Vec<Line> {
    let bound = app.own.keys.bound();
    let names: Vec<String> = bound.iter().map(|b| b.names(app.lang)).collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0) + 2;
    let mut lines = prose::wrap(texts::get(app.lang, here(app.focus)), columns, Role::Plain);
    lines.push(Line::new());
    for (binding, name) in bound.iter().zip(&names) {
        let told = prose::wrap(
            texts::get(app.lang, binding.help),
            columns.saturating_sub(widest),
            Role::Plain,
        );
        let mut told = prose::indent(told, usize::from(widest));
        if let Some(first) = told.first_mut() {
            let pad = usize::from(widest - width(name));
            first[0] = (format!("{name}{}", " ".repeat(pad)), Role::Title);
        }
        lines.extend(told);
    }
    let mouse = app.own.mouse.then_some("ui.help.mouse");
    for key in ["ui.help.console", "ui.help.ctrl_g", "ui.help.suspend"]
        .into_iter()
        .chain(mouse)
    {
        lines.push(Line::new());
        lines.extend(prose::wrap(&app.text(key), columns, Role::Plain));
    }
    lines
}

/// How a panel is read.
const fn here(panel: Panel) -> &'static str {
    match panel {
        Panel::Step => "ui.help.here_step",
        Panel::Topology => "ui.help.here_topology",
        Panel::Timeline => "ui.help.here_timeline",
        Panel::Console => "ui.help.here_console",
    }
}

/// What is wrong in the settings file, one paragraph each.
fn faults(app: &App, columns: u16) -> Vec<Line> {
    let say = |text: &str| prose::wrap(text, columns, Role::Plain);
    let file = app.own.faults.first().map_or("", |fault| fault.position.file.as_str());
    let mut lines = say(&texts::fill(app.lang, "settings.first", &[("file", file)]));
    for fault in &app.own.faults {
        let what = fault.what.text(app.lang);
        let (line, column) = (fault.position.line.to_string(), fault.position.column.to_string());
        let place = [("line", &*line), ("column", &column), ("what", &what)];
        let told = match fault.position.line {
            0 => what.clone(),
            _ => texts::fill(app.lang, "settings.place", &place),
        };
        lines.push(Line::new());
        let told = prose::wrap(&told, columns.saturating_sub(2), Role::Plain);
        lines.extend(prose::indent(told, 2));
    }
    lines.push(Line::new());
    lines.extend(say(texts::get(app.lang, "settings.last")));
    lines
}

fn words(app: &App, columns: u16) -> Vec<Line> {
    if app.lab.is_none() {
        return vec![plain(texts::get(app.lang, "ui.lab.starting"), Role::Plain)];
    }
    let mut lines = Vec::new();
    for sentence in scene::text(&app.scene, app.lang) {
        let bare = sentence.trim_start();
        let by = sentence.len() - bare.len();
        let wrapped = prose::wrap(
            bare,
            columns.saturating_sub(u16::try_from(by).unwrap_or(0)),
            Role::Plain,
        );
        lines.extend(prose::indent(wrapped, by));
    }
    lines
}
