//! What things look like: characters and colours. Nothing is told by colour alone, so a look without colour, or without
//! box characters, loses no fact.

use ratatui::style::{Color, Modifier, Style};

use crate::scene::{Bar, Presence};
use crate::settings::Theme;

/// How the screen may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Only ASCII characters in what we draw ourselves.
    pub ascii: bool,
    /// Colours; off under `NO_COLOR` (<https://no-color.org>).
    pub color: bool,
    /// Which colours can be read.
    pub theme: Theme,
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
const ON_DARK: [Color; 7] = [
    Color::Indexed(214), // orange
    Color::Indexed(74),  // sky blue
    Color::Indexed(36),  // bluish green
    Color::Indexed(227), // yellow
    Color::Indexed(32),  // blue
    Color::Indexed(166), // vermillion
    Color::Indexed(175), // reddish purple
];
/// The same hues, darkened until they can be read on white.
const ON_LIGHT: [Color; 7] = [
    Color::Indexed(130), // orange
    Color::Indexed(25),  // sky blue
    Color::Indexed(29),  // bluish green
    Color::Indexed(58),  // yellow
    Color::Indexed(19),  // blue
    Color::Indexed(124), // vermillion
    Color::Indexed(90),  // reddish purple
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
        let [blue, green, red] = match self.theme {
            Theme::Dark => [117, 36, 209].map(Color::Indexed),
            Theme::Light => [24, 22, 124].map(Color::Indexed),
        };
        let (modifier, color) = match role {
            Role::Plain => return style,
            Role::Title => (Modifier::BOLD, None),
            Role::Quiet | Role::Ghost => (Modifier::DIM, None),
            Role::Command | Role::Focus => (Modifier::BOLD, Some(blue)),
            Role::Good => (Modifier::BOLD, Some(green)),
            Role::Bad => (Modifier::BOLD, Some(red)),
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
        let colors = match self.theme {
            Theme::Dark => ON_DARK,
            Theme::Light => ON_LIGHT,
        };
        let color = (!network.default).then(|| colors[network.rank % colors.len()]);
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

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 4] = [Role::Command, Role::Focus, Role::Good, Role::Bad];

    /// One of the 256 colours (xterm: a cube of six steps a side from 16) as red, green and blue.
    fn rgb(color: Color) -> [f64; 3] {
        let Color::Indexed(index @ 16..=231) = color else {
            panic!("{color:?} is not in the cube, and may be any colour")
        };
        let step = |n: u8| if n == 0 { 0.0 } else { f64::from(55 + 40 * n) };
        let index = index - 16;
        [index / 36, index / 6 % 6, index % 6].map(step)
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(color: Color) -> f64 {
        let [r, g, b] = rgb(color).map(|value| {
            let value = value / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio with black or white (WCAG 2.2): 4.5 is what text needs.
    fn contrast(color: Color, theme: Theme) -> f64 {
        match theme {
            Theme::Dark => (luminance(color) + 0.05) / 0.05,
            Theme::Light => 1.05 / (luminance(color) + 0.05),
        }
    }

    #[test]
    fn every_colour_can_be_read_on_its_background() {
        for (theme, networks) in [(Theme::Dark, ON_DARK), (Theme::Light, ON_LIGHT)] {
            let look = Look {
                ascii: false,
                color: true,
                theme,
            };
            let roles = ROLES.map(|role| look.style(role).fg.unwrap());
            for color in networks.into_iter().chain(roles) {
                let contrast = contrast(color, theme);
                assert!(contrast >= 4.5, "{theme:?} {color:?}: {contrast:.1}");
            }
            for (at, color) in networks.iter().enumerate() {
                let next = networks[(at + 1) % networks.len()];
                let apart: f64 = rgb(*color).iter().zip(rgb(next)).map(|(a, b)| (a - b).powi(2)).sum();
                assert!(apart.sqrt() > 80.0, "{theme:?}: {color:?} and {next:?} look alike");
                assert!(!networks[at + 1..].contains(color), "{theme:?}: {color:?} twice");
            }
        }
    }

    #[test]
    fn a_theme_changes_colours_alone() {
        let look = |theme| Look {
            ascii: false,
            color: true,
            theme,
        };
        for role in [
            Role::Plain,
            Role::Title,
            Role::Quiet,
            Role::Alert,
            Role::Key,
            Role::Ghost,
        ] {
            assert_eq!(look(Theme::Dark).style(role), look(Theme::Light).style(role));
        }
        for role in ROLES {
            let [dark, light] = [Theme::Dark, Theme::Light].map(|theme| look(theme).style(role));
            assert_eq!(dark.add_modifier, light.add_modifier);
            assert_ne!(dark.fg, light.fg);
        }
    }
}
