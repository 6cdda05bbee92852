//! Where the panels are on a screen of any size.

use ratatui::layout::Rect;

use super::console;

/// A panel of the workshop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Panel {
    /// What to do, and its checks.
    Step,
    /// The picture.
    Topology,
    /// What happened.
    Timeline,
    /// The shell.
    Console,
}

impl Panel {
    /// In the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Step, Self::Topology, Self::Timeline, Self::Console];

    /// The number in its title, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Text id of its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Step => "ui.panel.step",
            Self::Topology => "ui.panel.topology",
            Self::Timeline => "ui.panel.timeline",
            Self::Console => "ui.panel.console",
        }
    }

    /// The panel after it, round and round.
    #[must_use]
    pub const fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % 4]
    }

    /// The panel before it.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self::ALL[(self as usize + 3) % 4]
    }
}

/// How much of the workshop a screen can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// All four panels.
    Wide,
    /// One panel of three at a time, and the console.
    Tabs,
    /// Checks and console.
    Small,
}

/// The areas of a screen. Those that are not shown are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panels {
    /// How much is shown.
    pub class: Class,
    /// First line.
    pub header: Rect,
    /// Line of the tabs.
    pub tabs: Rect,
    /// What to do.
    pub step: Rect,
    /// The picture.
    pub topology: Rect,
    /// What happened.
    pub timeline: Rect,
    /// The shell, with its frame.
    pub console: Rect,
    /// The shell's cells.
    pub shell: Rect,
    /// Last line.
    pub keys: Rect,
}

impl Panels {
    /// The areas on a screen of this size.
    #[must_use]
    pub fn of(screen: Rect) -> Self {
        match (screen.width, screen.height) {
            (110.., 32..) => Self::wide(screen),
            (80.., 24..) => Self::tabs(screen),
            _ => Self::small(screen),
        }
    }

    fn wide(screen: Rect) -> Self {
        let mut rows = Rows::of(screen);
        let header = rows.take(1);
        let keys = rows.take_last(1);
        let console = rows.take_last((screen.height * 10 / 36).clamp(10, 24));
        let timeline = rows.take_last(4);
        let step_width = (screen.width * 36 / 100).clamp(44, 64);
        let middle = rows.rest();
        let step = Rect {
            width: step_width,
            ..middle
        };
        let topology = Rect {
            x: middle.x + step_width,
            width: middle.width - step_width,
            ..middle
        };
        let shell = inside(console);
        Self {
            class: Class::Wide,
            header,
            tabs: NONE,
            step,
            topology,
            timeline,
            console,
            shell,
            keys,
        }
    }

    fn tabs(screen: Rect) -> Self {
        let mut rows = Rows::of(screen);
        let header = rows.take(1);
        let tabs = rows.take(1);
        let keys = rows.take_last(1);
        let panel = rows.take((screen.height - 3) * 12 / 21);
        let console = rows.rest();
        let shell = inside(console);
        Self {
            class: Class::Tabs,
            header,
            tabs,
            step: panel,
            topology: panel,
            timeline: panel,
            console,
            shell,
            keys,
        }
    }

    fn small(screen: Rect) -> Self {
        let mut rows = Rows::of(screen);
        let header = rows.take(1);
        let keys = if screen.height > 3 { rows.take_last(1) } else { NONE };
        let left = rows.rest().height;
        let step = rows.take(if left >= 8 {
            (left / 3).min(6)
        } else {
            u16::from(left > 2)
        });
        let console = rows.rest();
        Self {
            class: Class::Small,
            header,
            tabs: NONE,
            step,
            topology: NONE,
            timeline: NONE,
            console,
            shell: console,
            keys,
        }
    }

    /// Size of the console.
    #[must_use]
    pub fn console_size(&self) -> console::Size {
        console::Size {
            rows: self.shell.height.max(1),
            columns: self.shell.width.max(1),
        }
    }
}

const NONE: Rect = Rect {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
};

/// The inside of a frame of one cell.
#[must_use]
pub fn inside(area: Rect) -> Rect {
    let (width, height) = (area.width.saturating_sub(2), area.height.saturating_sub(2));
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width,
        height,
    }
}

/// Rows given out from the top and from the bottom.
struct Rows(Rect);

impl Rows {
    fn of(screen: Rect) -> Self {
        Self(screen)
    }

    fn take(&mut self, rows: u16) -> Rect {
        let height = rows.min(self.0.height);
        let taken = Rect { height, ..self.0 };
        self.0 = Rect {
            y: self.0.y + height,
            height: self.0.height - height,
            ..self.0
        };
        taken
    }

    fn take_last(&mut self, rows: u16) -> Rect {
        let height = rows.min(self.0.height);
        self.0.height -= height;
        Rect {
            y: self.0.bottom(),
            height,
            ..self.0
        }
    }

    fn rest(&self) -> Rect {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_fill_the_screen_and_never_overlap() {
        for (width, height) in (0..=300).step_by(7).flat_map(|w| (0..=100).map(move |h| (w, h))) {
            let screen = Rect {
                x: 0,
                y: 0,
                width,
                height,
            };
            let p = Panels::of(screen);
            let mut shown = vec![p.header, p.tabs, p.step, p.console, p.keys];
            if p.class == Class::Wide {
                shown.extend([p.topology, p.timeline]);
            }
            let area: u32 = shown.iter().map(|r| r.area()).sum();
            assert_eq!(area, screen.area(), "{width}×{height}");
            for (at, one) in shown.iter().enumerate() {
                assert!(
                    shown[at + 1..].iter().all(|two| one.intersection(*two).area() == 0),
                    "{width}×{height}"
                );
            }
            assert_eq!(p.console.intersection(p.shell), p.shell);
        }
    }

    #[test]
    fn the_two_sizes_of_the_book_have_their_layouts() {
        let wide = Panels::of(Rect::new(0, 0, 120, 36));
        assert_eq!((wide.class, wide.step.width, wide.step.height), (Class::Wide, 44, 20));
        assert_eq!((wide.timeline.height, wide.console.height), (4, 10));
        let tabs = Panels::of(Rect::new(0, 0, 80, 24));
        assert_eq!((tabs.class, tabs.console.height), (Class::Tabs, 9));
        assert_eq!(Panels::of(Rect::new(0, 0, 79, 24)).class, Class::Small);
    }
}
