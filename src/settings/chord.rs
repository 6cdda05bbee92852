//! Keys by their names: `F2`, `h`, `Ctrl+K`, `Shift+F6`, `Alt+x`.

use crate::texts::{self, Lang};

/// One press of a key, as a terminal can tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    /// The key.
    pub code: Code,
    /// With Control.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
    /// With Shift. A character has its Shift in itself.
    pub shift: bool,
}

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A character, as typed.
    Char(char),
    /// A function key; 1 is F1.
    F(u8),
}

/// Why a name is no key that can be given to an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoChord {
    /// No key has this name.
    Unknown,
    /// A terminal does not tell it from this one, or not at all.
    Untold(Option<&'static str>),
    /// It has its work already: to move about, to close, or in every shell.
    Kept,
}

/// Keys that move within a panel, choose and close; editing keys.
const KEPT: &[&str] = &[
    "tab",
    "enter",
    "return",
    "entrée",
    "esc",
    "escape",
    "échap",
    "up",
    "down",
    "left",
    "right",
    "pageup",
    "pagedown",
    "home",
    "end",
    "backspace",
    "delete",
    "insert",
];

impl Chord {
    /// A character.
    #[must_use]
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// A key without modifiers.
    #[must_use]
    pub const fn plain(code: Code) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// The key of a name. Modifiers stand before it, parted by `+` or `-`, in capitals or not.
    ///
    /// # Errors
    /// There is no such key, a terminal cannot tell it, or it is not to be had.
    pub fn parse(name: &str) -> Result<Self, NoChord> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = name;
        while let Some((word, after)) = rest
            .split_once(['+', '-'])
            .filter(|(word, after)| !word.is_empty() && !after.is_empty())
        {
            match word.to_lowercase().as_str() {
                "ctrl" | "control" => ctrl = true,
                "alt" => alt = true,
                "shift" | "maj" => shift = true,
                _ => return Err(NoChord::Unknown),
            }
            rest = after;
        }
        let code = code(rest)?;
        let chord = Self { code, ctrl, alt, shift };
        match code {
            Code::F(_) => Ok(chord),
            Code::Char(c) if ctrl => control(c, chord),
            Code::Char(c) => shifted(c, chord),
        }
    }

    /// Whether it works everywhere, in the console too; else only outside of it, and after the key of the menu.
    #[must_use]
    pub const fn is_everywhere(&self) -> bool {
        self.ctrl || self.alt || matches!(self.code, Code::F(_))
    }

    /// Its name, as a keyboard of that language has it.
    #[must_use]
    pub fn name(&self, lang: Lang) -> String {
        let mut name = String::new();
        let shift = texts::get(lang, "settings.key.shift");
        for (held, word) in [(self.ctrl, "Ctrl"), (self.alt, "Alt"), (self.shift, shift)] {
            if held {
                name.push_str(word);
                name.push('+');
            }
        }
        match self.code {
            Code::Char(' ') => name.push_str(texts::get(lang, "settings.key.space")),
            Code::Char(c) if self.ctrl => name.extend(c.to_uppercase()),
            Code::Char(c) => name.push(c),
            Code::F(number) => {
                name.push('F');
                name.push_str(&number.to_string());
            }
        }
        name
    }
}

fn code(name: &str) -> Result<Code, NoChord> {
    let mut characters = name.chars();
    if let (Some(c), None) = (characters.next(), characters.next()) {
        return if c.is_control() || c.is_whitespace() {
            Err(NoChord::Unknown)
        } else {
            Ok(Code::Char(c))
        };
    }
    let lower = name.to_lowercase();
    if let Some(digits) = lower.strip_prefix('f')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
    {
        return match digits.parse() {
            Ok(number @ 1..=12) => Ok(Code::F(number)),
            // What terminals send for Shift and a function key.
            _ => Err(NoChord::Untold(None)),
        };
    }
    match lower.as_str() {
        "space" | "espace" => Ok(Code::Char(' ')),
        kept if KEPT.contains(&kept) => Err(NoChord::Kept),
        _ => Err(NoChord::Unknown),
    }
}

/// With Control, a terminal tells the letters apart and little else, and some of them are other keys (ECMA-48, C0 set).
fn control(c: char, chord: Chord) -> Result<Chord, NoChord> {
    if chord.alt || chord.shift {
        return Err(NoChord::Untold(None));
    }
    match c.to_ascii_lowercase() {
        'i' => Err(NoChord::Untold(Some("Tab"))),
        'm' | 'j' => Err(NoChord::Untold(Some("Enter"))),
        'h' => Err(NoChord::Untold(Some("Backspace"))),
        '[' => Err(NoChord::Untold(Some("Esc"))),
        // Stop, end, pause: without them a learner is caught in a program.
        'c' | 'd' | 'z' => Err(NoChord::Kept),
        letter @ ('a'..='z' | ' ') => Ok(Chord {
            code: Code::Char(letter),
            ..chord
        }),
        _ => Err(NoChord::Untold(None)),
    }
}

/// A letter under Shift is its capital. What else stands under Shift is the keyboard's affair: the character itself says it.
fn shifted(c: char, chord: Chord) -> Result<Chord, NoChord> {
    // Escape and one of these begins the sequence of another key.
    if chord.alt && matches!(c, '[' | 'O') {
        return Err(NoChord::Untold(None));
    }
    if !chord.shift {
        return Ok(chord);
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(capital), None) if c.is_lowercase() || capital == c && c.is_uppercase() => Ok(Chord {
            code: Code::Char(capital),
            shift: false,
            ..chord
        }),
        _ => Err(NoChord::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_their_names() {
        for (written, name) in [
            ("F2", "F2"),
            ("f12", "F12"),
            ("h", "h"),
            ("H", "H"),
            ("Shift+h", "H"),
            ("é", "é"),
            ("+", "+"),
            ("-", "-"),
            ("Ctrl+k", "Ctrl+K"),
            ("ctrl-K", "Ctrl+K"),
            ("Shift+F6", "Shift+F6"),
            ("Maj-F6", "Shift+F6"),
            ("Ctrl+Alt+F1", "Ctrl+Alt+F1"),
            ("Alt+x", "Alt+x"),
            ("Alt++", "Alt++"),
            ("Space", "Space"),
        ] {
            let chord = Chord::parse(written).unwrap_or_else(|no| panic!("{written}: {no:?}"));
            assert_eq!(chord.name(Lang::En), name, "{written}");
            assert_eq!(Chord::parse(&chord.name(Lang::Fr)), Ok(chord), "{written}");
        }
    }

    #[test]
    fn what_cannot_be_typed_told_or_had_is_no_key() {
        for (written, why) in [
            ("", NoChord::Unknown),
            (" ", NoChord::Unknown),
            ("\u{7}", NoChord::Unknown),
            ("hh", NoChord::Unknown),
            ("Super+x", NoChord::Unknown),
            ("Ctrl+", NoChord::Unknown),
            ("F0", NoChord::Unknown),
            ("F13", NoChord::Untold(None)),
            ("F99999999999", NoChord::Untold(None)),
            ("Ctrl+é", NoChord::Untold(None)),
            ("Ctrl+Shift+k", NoChord::Untold(None)),
            ("Ctrl+i", NoChord::Untold(Some("Tab"))),
            ("Ctrl+M", NoChord::Untold(Some("Enter"))),
            ("Ctrl+[", NoChord::Untold(Some("Esc"))),
            ("Shift+Tab", NoChord::Kept),
            ("Alt+[", NoChord::Untold(None)),
            ("Shift+1", NoChord::Unknown),
            ("Ctrl+c", NoChord::Kept),
            ("Esc", NoChord::Kept),
            ("PageUp", NoChord::Kept),
        ] {
            assert_eq!(Chord::parse(written), Err(why), "{written:?}");
        }
        assert_eq!(Chord::parse("F"), Ok(Chord::char('F')));
    }

    #[test]
    fn function_keys_and_held_keys_work_everywhere() {
        for (name, everywhere) in [
            ("F2", true),
            ("Ctrl+k", true),
            ("Alt+x", true),
            ("x", false),
            ("Space", false),
        ] {
            assert_eq!(Chord::parse(name).unwrap().is_everywhere(), everywhere, "{name}");
        }
    }
}
