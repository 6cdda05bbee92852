//! The keys as one person has them: the table, and what their settings change in it. The key bar, the help, the menu and every text
//! that names a key are written from here.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::keys::{Action, Binding, TABLE};
use crate::settings::{Chord, Code, Fault, KeyEntry, What};
use crate::texts::{self, Lang};

/// Ctrl+G leaves the console for the menu: a letter key on every keyboard, unlike `Ctrl+]` and `Ctrl+\`.
const MENU: Chord = Chord {
    ctrl: true,
    ..Chord::char('g')
};
const MENU_NAME: &str = "menu";

/// An action's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// What it does.
    pub action: Action,
    /// Work everywhere, in the console too.
    pub everywhere: Vec<Chord>,
    /// Work outside the console, and everywhere after the key of the menu: at least one.
    pub letters: Vec<Chord>,
    /// Do the same as the first of these, and need not be named.
    also: Vec<Chord>,
    /// Id of its word in the bar and the menu; empty: in neither.
    pub bar: &'static str,
    /// Id of its sentence in the help.
    pub help: &'static str,
}

impl Bound {
    fn of(binding: &Binding) -> Self {
        let function = binding.function.map(|function| Chord {
            shift: function.shift,
            ..Chord::plain(Code::F(function.number))
        });
        Self {
            action: binding.action,
            everywhere: function.into_iter().collect(),
            letters: vec![Chord::char(binding.letter)],
            also: binding.also.iter().map(|c| Chord::char(*c)).collect(),
            bar: binding.bar,
            help: binding.help,
        }
    }

    fn chords(&self) -> impl Iterator<Item = &Chord> {
        self.everywhere.iter().chain(&self.letters).chain(&self.also)
    }

    /// Its first key that works everywhere, by name.
    #[must_use]
    pub fn everywhere_name(&self, lang: Lang) -> Option<String> {
        self.everywhere.first().map(|chord| chord.name(lang))
    }

    /// Its first letter, by name.
    #[must_use]
    pub fn letter_name(&self, lang: Lang) -> String {
        self.letters.first().map(|chord| chord.name(lang)).unwrap_or_default()
    }

    /// The first that there is, by name.
    fn name(&self, lang: Lang) -> String {
        self.everywhere_name(lang).unwrap_or_else(|| self.letter_name(lang))
    }

    /// All of them, as the help lists them.
    #[must_use]
    pub fn names(&self, lang: Lang) -> String {
        let names: Vec<String> = self
            .everywhere
            .iter()
            .chain(&self.letters)
            .map(|chord| chord.name(lang))
            .collect();
        names.join("  ")
    }

    /// The keys of a settings entry in place of those that work in the same places. Where it names none, they stay: no action is
    /// without a letter, which the menu needs where a terminal keeps function keys to itself.
    fn take(&mut self, entry: &KeyEntry) {
        let (everywhere, letters): (Vec<Chord>, Vec<Chord>) = entry
            .keys
            .iter()
            .map(|(chord, _)| *chord)
            .partition(Chord::is_everywhere);
        if !everywhere.is_empty() {
            self.everywhere = everywhere;
        }
        if !letters.is_empty() {
            self.letters = letters;
            self.also.clear();
        }
    }
}

/// Every key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    bound: Vec<Bound>,
    menu: Vec<Chord>,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            bound: TABLE.iter().map(Bound::of).collect(),
            menu: vec![MENU],
        }
    }
}

impl Keys {
    /// The table with what a settings file changes in it. An entry that cannot hold is told, and changes nothing.
    #[must_use]
    pub fn with(entries: &[KeyEntry]) -> (Self, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut holding: Vec<&KeyEntry> = Vec::new();
        for entry in entries {
            match refusal(entry) {
                Some(fault) => faults.push(fault),
                None => holding.push(entry),
            }
        }
        // Each round drops an entry, the last that is in the way first: what it leaves may be in the way of another.
        loop {
            let keys = Self::of(&holding);
            let taken = holding
                .iter()
                .enumerate()
                .rev()
                .find_map(|(at, entry)| Some((at, keys.taken(entry)?)));
            let Some((at, fault)) = taken else {
                return (keys, faults);
            };
            faults.push(fault);
            holding.remove(at);
        }
    }

    fn of(entries: &[&KeyEntry]) -> Self {
        let mut keys = Self::default();
        for entry in entries {
            if entry.action == MENU_NAME {
                keys.menu = entry.keys.iter().map(|(chord, _)| *chord).collect();
            }
            for bound in &mut keys.bound {
                if bound.action.name() == entry.action {
                    bound.take(entry);
                }
            }
        }
        keys
    }

    /// The first key of the entry that another action has, too.
    fn taken(&self, entry: &KeyEntry) -> Option<Fault> {
        entry.keys.iter().find_map(|(chord, position)| {
            let bound = self
                .bound
                .iter()
                .filter(|bound| bound.chords().any(|known| known == chord));
            let menu = self.menu.contains(chord).then_some(MENU_NAME);
            let mut names = bound.map(|bound| bound.action.name()).chain(menu);
            let by = names.find(|name| *name != entry.action)?;
            Some(Fault {
                position: position.clone(),
                what: What::TakenKey {
                    key: chord.name(Lang::En),
                    by,
                },
            })
        })
    }

    /// In the order of the key bar.
    #[must_use]
    pub fn bound(&self) -> &[Bound] {
        &self.bound
    }

    /// The action of a key that works everywhere, wherever the focus is. Other such keys are the shell's.
    #[must_use]
    pub fn everywhere(&self, key: &KeyEvent) -> Option<Action> {
        let chord = pressed(key)?;
        self.bound
            .iter()
            .find(|bound| bound.everywhere.contains(&chord))
            .map(|bound| bound.action)
    }

    /// The action of a letter, outside the console.
    #[must_use]
    pub fn letter(&self, key: &KeyEvent) -> Option<Action> {
        let chord = pressed(key)?;
        let has = |bound: &&Bound| bound.letters.contains(&chord) || bound.also.contains(&chord);
        self.bound.iter().find(has).map(|bound| bound.action)
    }

    /// Whether it leaves the console for the menu.
    #[must_use]
    pub fn is_menu(&self, key: &KeyEvent) -> bool {
        pressed(key).is_some_and(|chord| self.menu.contains(&chord))
    }

    /// The menu's key, by name.
    #[must_use]
    pub fn menu_name(&self, lang: Lang) -> String {
        self.menu.first().map(|chord| chord.name(lang)).unwrap_or_default()
    }

    /// The first key of an action, by name.
    #[must_use]
    pub fn name_of(&self, action: Action, lang: Lang) -> String {
        let mut bound = self.bound.iter().filter(|bound| bound.action == action);
        bound.next().map(|bound| bound.name(lang)).unwrap_or_default()
    }

    /// The letters of the four panels, shortly: `1-4`, or as they are.
    #[must_use]
    pub fn panels(&self, lang: Lang) -> String {
        let panels = self
            .bound
            .iter()
            .filter(|bound| matches!(bound.action, Action::Panel(_)));
        let letters: Vec<String> = panels.map(|bound| bound.letter_name(lang)).collect();
        if letters == ["1", "2", "3", "4"] {
            return "1-4".to_owned();
        }
        letters.join("/")
    }

    /// A text that may name keys, each by its action: `{next_step}`; the letters of panels, the first key of all others.
    #[must_use]
    pub fn fill(&self, lang: Lang, id: &'static str, values: &[(&str, &str)]) -> String {
        let mut names: Vec<(&str, String)> = self.bound.iter().map(|b| (b.action.name(), b.name(lang))).collect();
        names.push((MENU_NAME, self.menu_name(lang)));
        let names = names.iter().map(|(action, name)| (*action, name.as_str()));
        let values: Vec<(&str, &str)> = values.iter().copied().chain(names).collect();
        texts::fill(lang, id, &values)
    }
}

/// Why an entry can hold on no account.
fn refusal(entry: &KeyEntry) -> Option<Fault> {
    if entry.action == MENU_NAME {
        // In the console a letter is the shell's.
        let (chord, position) = entry.keys.iter().find(|(chord, _)| !chord.is_everywhere())?;
        return Some(Fault {
            position: position.clone(),
            what: What::MenuKey {
                key: chord.name(Lang::En),
            },
        });
    }
    let mut known: Vec<&str> = TABLE.iter().map(|binding| binding.action.name()).collect();
    known.push(MENU_NAME);
    (!known.contains(&entry.action.as_str())).then(|| Fault {
        position: entry.position.clone(),
        what: What::UnknownAction {
            name: entry.action.clone(),
            known: known.join(", "),
        },
    })
}

/// The key that was pressed. Terminals that have no code of their own for Shift and a function key send F13 and on.
fn pressed(key: &KeyEvent) -> Option<Chord> {
    let held = key.modifiers;
    let (ctrl, alt) = (held.contains(KeyModifiers::CONTROL), held.contains(KeyModifiers::ALT));
    let shift = held.contains(KeyModifiers::SHIFT);
    let (code, shift) = match key.code {
        KeyCode::F(number @ 13..=24) if held.is_empty() => (Code::F(number - 12), true),
        KeyCode::F(number) => (Code::F(number), shift),
        KeyCode::Char(c) if ctrl => (Code::Char(c.to_ascii_lowercase()), false),
        KeyCode::Char(c) => (Code::Char(c), false),
        _ => return None,
    };
    Some(Chord { code, ctrl, alt, shift })
}

#[cfg(test)]
#[path = "keymap_tests.rs"]
mod tests;
