//! From the file's text to [`Settings`]. The reader of TOML goes on after a mistake, so that one line does not cost the others.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Chord, Fault, KeyEntry, NoChord, Settings, Theme, What};
use crate::texts::Lang;
use crate::yaml::Position;

/// Longest piece of the file that a message repeats, characters.
const QUOTED: usize = 40;
/// Lines with a mistake that are told one by one.
const TOLD: usize = 20;

/// What `text` says. `file` is its name, for messages.
#[must_use]
pub fn read(file: &str, text: &str) -> Settings {
    // Editors on other systems may begin a file with a mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader {
        file,
        text,
        broken: BTreeSet::new(),
        settings: Settings::default(),
    };
    for error in &errors {
        reader.syntax(error);
    }
    for (key, value) in in_order(table.get_ref()) {
        reader.setting(key.get_ref(), key.span().start, value);
    }
    let mut settings = reader.settings;
    settings
        .faults
        .sort_by_key(|fault| (fault.position.line, fault.position.column));
    settings.faults.truncate(TOLD);
    settings
}

/// The place of a byte.
pub(super) fn position(file: &str, text: &str, at: usize) -> Position {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

type Entry<'t, 'i> = (&'t Spanned<toml::de::DeString<'i>>, &'t Spanned<DeValue<'i>>);

/// In the order of the file.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<Entry<'t, 'i>> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// Lines that are not TOML: what was read from them is a guess.
    broken: BTreeSet<usize>,
    settings: Settings,
}

impl Reader<'_> {
    fn at(&self, at: usize) -> Position {
        position(self.file, self.text, at)
    }

    fn fault(&mut self, at: usize, what: What) {
        let position = self.at(at);
        self.settings.faults.push(Fault { position, what });
    }

    /// One per line: what follows the first is mostly its echo.
    fn syntax(&mut self, error: &toml::de::Error) {
        let at = error.span().map_or(0, |span| span.start);
        if !self.broken.insert(self.at(at).line) {
            return;
        }
        let what = match error.message() {
            message if message.contains("duplicate key") => What::Twice,
            message => What::Syntax {
                reason: message.to_owned(),
            },
        };
        self.fault(at, what);
    }

    /// Whether what stands there cannot be trusted: its line is no TOML, or the table it is in has lost its name.
    fn is_guess(&self, at: usize) -> bool {
        let line = self.at(at).line;
        let header = self.text.lines().take(line - 1).enumerate();
        let header = header.filter(|(_, line)| line.trim_start().starts_with('[')).last();
        self.broken.contains(&line) || header.is_some_and(|(before, _)| self.broken.contains(&(before + 1)))
    }

    fn setting(&mut self, name: &str, at: usize, value: &Spanned<DeValue<'_>>) {
        if self.is_guess(at) {
            return;
        }
        let known = match (name, value.get_ref()) {
            ("language", DeValue::String(code)) => code
                .parse::<Lang>()
                .map(|lang| self.settings.language = Some(lang))
                .is_ok(),
            ("theme", DeValue::String(theme)) => self.theme(theme),
            ("mouse", DeValue::Boolean(on)) => set(&mut self.settings.mouse, *on),
            ("motion", DeValue::Boolean(on)) => set(&mut self.settings.motion, *on),
            ("ascii", DeValue::Boolean(on)) => set(&mut self.settings.ascii, *on),
            ("keys", DeValue::Table(keys)) => {
                for (action, keys) in in_order(keys) {
                    self.action(action.get_ref(), action.span().start, keys);
                }
                true
            }
            _ => false,
        };
        if known {
            return;
        }
        let takes = match name {
            "language" => "settings.takes.language",
            "theme" => "settings.takes.theme",
            "mouse" | "motion" | "ascii" => "settings.takes.switch",
            "keys" => "settings.takes.keys",
            _ => {
                let name = quoted(name);
                return self.fault(at, What::UnknownSetting { name });
            }
        };
        self.wrong(name, takes, value);
    }

    fn theme(&mut self, theme: &str) -> bool {
        self.settings.theme = match theme {
            "dark" => Some(Theme::Dark),
            "light" => Some(Theme::Light),
            "auto" => None,
            _ => return false,
        };
        true
    }

    fn action(&mut self, action: &str, at: usize, keys: &Spanned<DeValue<'_>>) {
        if self.is_guess(at) {
            return;
        }
        let listed: Vec<&Spanned<DeValue<'_>>> = match keys.get_ref() {
            DeValue::Array(listed) if !listed.is_empty() => listed.iter().collect(),
            DeValue::String(_) => vec![keys],
            _ => return self.wrong(action, "settings.takes.key", keys),
        };
        let mut found = Vec::new();
        for key in listed {
            let DeValue::String(name) = key.get_ref() else {
                return self.wrong(action, "settings.takes.key", key);
            };
            match Chord::parse(name) {
                Ok(chord) => found.push((chord, self.at(key.span().start))),
                Err(no) => return self.fault(key.span().start, no_key(name, no)),
            }
        }
        let position = self.at(at);
        self.settings.keys.push(KeyEntry {
            action: quoted(action),
            position,
            keys: found,
        });
    }

    fn wrong(&mut self, name: &str, takes: &'static str, value: &Spanned<DeValue<'_>>) {
        let span = value.span();
        let found = self.text.get(span.clone()).unwrap_or_default();
        let found = quoted(found.lines().next().unwrap_or_default());
        let name = quoted(name);
        self.fault(span.start, What::Value { name, takes, found });
    }
}

fn set(setting: &mut bool, on: bool) -> bool {
    *setting = on;
    true
}

fn no_key(name: &str, no: NoChord) -> What {
    let key = quoted(name);
    match no {
        NoChord::Unknown => What::UnknownKey { key },
        NoChord::Untold(same) => What::UntoldKey { key, same },
        NoChord::Kept => What::KeptKey { key },
    }
}

/// As a message may repeat it: short, and harmless for a terminal.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(QUOTED).collect();
    if text.chars().count() > QUOTED {
        short.push('…');
    }
    short
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
