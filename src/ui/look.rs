//! What things look like: characters and colours. Nothing is told by colour alone, so a look without colour, or without
//! box characters, loses no fact.

use ratatui::style::{Color, Modifier, Style};

use crate::scene::{Bar, Presence};

/// How the screen may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Only ASCII characters in what we draw ourselves.
    pub ascii: bool,
    /// Colours; off under `NO_COLOR` (<https://no-color.org>).
    pub color: bool,
}

/// What a piece of text is, for its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Running text.
    Plain,
    /// Heading.
    Title,
    /// Less important.
    Quiet,
    /// A command or another literal to type.
    Command,
    /// Done, present.
    Good,
    /// Missing, wrong.
    Bad,
    /// Wants a look now.
    Alert,
    /// A key's name in the bar of keys.
    Key,
    /// Frame of the panel that has the keys.
    Focus,
    /// Wanted, not there yet.
    Ghost,
}

/// Okabe–Ito (2008), as the nearest of the 256 colours, without black and in an order that keeps neighbours apart. Blue is
/// lightened: on a dark terminal the original cannot be read.
const NETWORK_COLORS: [Color; 7] = [
    Color::Indexed(214), // orange
    Color::Indexed(74),  // sky blue
    Color::Indexed(36),  // bluish green
    Color::Indexed(227), // yellow
    Color::Indexed(32),  // blue
    Color::Indexed(166), // vermillion
    Color::Indexed(175), // reddish purple
];

/// The characters of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarGlyphs {
    /// The line itself.
    pub line: &'static str,
    /// Its left end.
    pub left: &'static str,
    /// Its right end.
    pub right: &'static str,
    /// A cable leaves downwards.
    pub down: &'static str,
    /// A cable leaves upwards.
    pub up: &'static str,
    /// A cable is attached and goes on.
    pub both: &'static str,
}

const fn bar(glyphs: [&'static str; 6]) -> BarGlyphs {
    let [line, left, right, down, up, both] = glyphs;
    BarGlyphs {
        line,
        left,
        right,
        down,
        up,
        both,
    }
}

const LINES: [BarGlyphs; 3] = [
    bar(["═", "╞", "╡", "╤", "╧", "╪"]),
    bar(["━", "┝", "┥", "┯", "┷", "┿"]),
    bar(["┅", "┝", "┥", "┯", "┷", "┿"]),
];
const DEFAULT_LINE: BarGlyphs = bar(["─", "├", "┤", "┬", "┴", "┼"]);
const DASHED_LINE: BarGlyphs = bar(["┄", "├", "┤", "┬", "┴", "┼"]);
const ASCII_LINES: [BarGlyphs; 3] = [
    bar(["=", "[", "]", "+", "+", "+"]),
    bar(["#", "[", "]", "+", "+", "+"]),
    bar(["~", "[", "]", "+", "+", "+"]),
];
const ASCII_DEFAULT_LINE: BarGlyphs = bar(["-", "[", "]", "+", "+", "+"]);
const ASCII_DASHED_LINE: BarGlyphs = bar([".", "[", "]", "+", "+", "+"]);

/// The characters of a box: horizontal, vertical, corners from top left clockwise, plug on top, plug below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxGlyphs {
    /// Horizontal edge.
    pub across: &'static str,
    /// Vertical edge.
    pub side: &'static str,
    /// Top left, top right, bottom right, bottom left.
    pub corners: [&'static str; 4],
    /// Where a cable leaves upwards.
    pub top: &'static str,
    /// Where a cable leaves downwards.
    pub bottom: &'static str,
}

const SOLID_BOX: BoxGlyphs = BoxGlyphs {
    across: "─",
    side: "│",
    corners: ["┌", "┐", "┘", "└"],
    top: "┴",
    bottom: "┬",
};
const DASHED_BOX: BoxGlyphs = BoxGlyphs {
    across: "┄",
    side: "┆",
    corners: ["┌", "┐", "┘", "└"],
    top: "┴",
    bottom: "┬",
};
const ASCII_BOX: BoxGlyphs = BoxGlyphs {
    across: "-",
    side: "|",
    corners: ["+"; 4],
    top: "+",
    bottom: "+",
};
const ASCII_DASHED_BOX: BoxGlyphs = BoxGlyphs {
    across: ".",
    side: ":",
    corners: ["."; 4],
    top: ".",
    bottom: ".",
};

impl Look {
    /// Of two ways to write the same, the one this look allows.
    #[must_use]
    pub const fn pick(self, fine: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { fine }
    }

    /// Style of a role.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        let style = Style::new();
        let (modifier, color) = match role {
            Role::Plain => return style,
            Role::Title => (Modifier::BOLD, None),
            Role::Quiet | Role::Ghost => (Modifier::DIM, None),
            Role::Command | Role::Focus => (Modifier::BOLD, Some(Color::Indexed(117))),
            Role::Good => (Modifier::BOLD, Some(Color::Indexed(36))),
            Role::Bad => (Modifier::BOLD, Some(Color::Indexed(209))),
            Role::Alert | Role::Key => (Modifier::REVERSED, None),
        };
        self.colored(style.add_modifier(modifier), color)
    }

    /// Style of a network's bar, name and cables.
    #[must_use]
    pub fn network(self, network: &Bar) -> Style {
        let style = match network.presence {
            Presence::Ghost | Presence::Leaving => Style::new().add_modifier(Modifier::DIM),
            Presence::Growing(_) => Style::new().add_modifier(Modifier::BOLD),
            Presence::Solid => Style::new(),
        };
        let color = (!network.default).then(|| NETWORK_COLORS[network.rank % NETWORK_COLORS.len()]);
        self.colored(style, color)
    }

    fn colored(self, style: Style, color: Option<Color>) -> Style {
        match color {
            Some(color) if self.color => style.fg(color),
            _ => style,
        }
    }

    /// Characters of a network's bar.
    #[must_use]
    pub fn bar(self, network: &Bar) -> BarGlyphs {
        let solid = network.presence.is_real();
        match (self.ascii, solid, network.default) {
            (false, false, _) => DASHED_LINE,
            (true, false, _) => ASCII_DASHED_LINE,
            (false, true, true) => DEFAULT_LINE,
            (true, true, true) => ASCII_DEFAULT_LINE,
            (false, true, false) => LINES[network.rank % LINES.len()],
            (true, true, false) => ASCII_LINES[network.rank % ASCII_LINES.len()],
        }
    }

    /// Characters of a container's box.
    #[must_use]
    pub fn boxed(self, presence: Presence) -> BoxGlyphs {
        match (self.ascii, is_firm(presence)) {
            (false, true) => SOLID_BOX,
            (false, false) => DASHED_BOX,
            (true, true) => ASCII_BOX,
            (true, false) => ASCII_DASHED_BOX,
        }
    }

    /// The character of a cable.
    #[must_use]
    pub fn cable(self, presence: Presence) -> &'static str {
        match (self.ascii, is_firm(presence)) {
            (false, true) => "│",
            (false, false) => "┆",
            (true, true) => "|",
            (true, false) => ":",
        }
    }
}

/// A thing that grows is dashed for the first half of its growth.
fn is_firm(presence: Presence) -> bool {
    match presence {
        Presence::Solid => true,
        Presence::Growing(thousandths) => thousandths >= 500,
        Presence::Ghost | Presence::Leaving => false,
    }
}
