//! The one table of keys. The key bar, the help and the menu of Ctrl+G are written from it; tests check that no two
//! actions share a key and that each can be typed on an `AZERTY` keyboard without `AltGr`.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Help.
    Help,
    /// Next rung of the hint.
    Hint,
    /// Types the step's command at the prompt.
    ShowMe,
    /// Focus on the next panel.
    NextPanel,
    /// Focus on the panel before.
    PreviousPanel,
    /// The step's next example picture.
    Picture,
    /// Next step.
    NextStep,
    /// Step before.
    PreviousStep,
    /// Shows what puts the step back, and does it.
    PutBack,
    /// The list of steps.
    Steps,
    /// Looks at the checks now.
    CheckNow,
    /// Leave the program.
    Quit,
    /// French or English.
    Language,
    /// The picture in words.
    TextForm,
    /// Focus on a panel, from 0.
    Panel(u8),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// Works everywhere, in the console too.
    pub function: Option<Function>,
    /// Works outside the console, and everywhere after Ctrl+G.
    pub letter: char,
    /// Other characters for the same, where a keyboard has the first one under Shift.
    pub also: &'static [char],
    /// Word in the menu of Ctrl+G and, where there is a function key, in the key bar; empty: in neither.
    pub bar: &'static str,
    /// Sentence in the help.
    pub help: &'static str,
}

/// A function key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// 1 is F1.
    pub number: u8,
    /// With Shift. Terminals that have no code of their own for it send F13 and on.
    pub shift: bool,
}

const fn f(number: u8) -> Function {
    Function { number, shift: false }
}

/// All keys, in the order of the key bar.
pub const TABLE: &[Binding] = &[
    bind(Action::Help, Some(f(1)), '?', &[], "ui.key.help", "ui.help.help"),
    bind(Action::Hint, Some(f(2)), 'h', &[], "ui.key.hint", "ui.help.hint"),
    bind(
        Action::ShowMe,
        Some(f(3)),
        's',
        &[],
        "ui.key.show_me",
        "ui.help.show_me",
    ),
    bind(Action::Picture, Some(f(5)), 'r', &[], "", "ui.help.picture"),
    bind(
        Action::NextPanel,
        Some(f(6)),
        'v',
        &[],
        "ui.key.panel",
        "ui.help.next_panel",
    ),
    bind(
        Action::PreviousPanel,
        Some(Function { number: 6, shift: true }),
        'V',
        &[],
        "",
        "ui.help.previous_panel",
    ),
    bind(Action::NextStep, Some(f(8)), 'n', &[], "ui.key.next", "ui.help.next"),
    bind(Action::PreviousStep, None, 'p', &[], "", "ui.help.previous"),
    bind(
        Action::PutBack,
        Some(f(9)),
        'x',
        &[],
        "ui.key.put_back",
        "ui.help.put_back",
    ),
    bind(Action::Steps, None, 'l', &[], "ui.key.steps", "ui.help.steps"),
    bind(Action::CheckNow, None, 'c', &[], "ui.key.check", "ui.help.check"),
    bind(Action::TextForm, None, 't', &[], "ui.key.text", "ui.help.text"),
    bind(Action::Language, None, 'L', &[], "ui.key.language", "ui.help.language"),
    bind(Action::Panel(0), None, '1', &['&'], "", "ui.help.panel_step"),
    bind(Action::Panel(1), None, '2', &['é'], "", "ui.help.panel_topology"),
    bind(Action::Panel(2), None, '3', &['"'], "", "ui.help.panel_timeline"),
    bind(Action::Panel(3), None, '4', &['\''], "", "ui.help.panel_console"),
    bind(Action::Quit, Some(f(10)), 'q', &[], "ui.key.quit", "ui.help.quit"),
];

const fn bind(
    action: Action,
    function: Option<Function>,
    letter: char,
    also: &'static [char],
    bar: &'static str,
    help: &'static str,
) -> Binding {
    Binding {
        action,
        function,
        letter,
        also,
        bar,
        help,
    }
}

impl Binding {
    /// The function key's name (`F6`, `Shift-F6`), where there is one.
    #[must_use]
    pub fn function_name(&self) -> Option<String> {
        let function = self.function?;
        let shift = if function.shift { "Shift-" } else { "" };
        Some(format!("{shift}F{}", function.number))
    }
}

/// The action of a function key, wherever the focus is. Other function keys are the shell's.
#[must_use]
pub fn function(key: &KeyEvent) -> Option<Action> {
    let KeyCode::F(number) = key.code else { return None };
    let wanted = match (number, key.modifiers) {
        (13..=24, KeyModifiers::NONE) => Function {
            number: number - 12,
            shift: true,
        },
        (_, KeyModifiers::NONE) => Function { number, shift: false },
        (_, KeyModifiers::SHIFT) => Function { number, shift: true },
        _ => return None,
    };
    TABLE.iter().find(|b| b.function == Some(wanted)).map(|b| b.action)
}

/// The action of a letter, outside the console.
#[must_use]
pub fn letter(key: &KeyEvent) -> Option<Action> {
    let KeyCode::Char(c) = key.code else { return None };
    if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
        return None;
    }
    TABLE
        .iter()
        .find(|b| b.letter == c || b.also.contains(&c))
        .map(|b| b.action)
}

/// Ctrl+G: leaves the console for the small menu. A letter key on every keyboard, unlike `Ctrl+]` and `Ctrl+\`.
#[must_use]
pub fn is_menu(key: &KeyEvent) -> bool {
    is_control(key, 'g')
}

/// Ctrl-Z, which suspends outside the console.
#[must_use]
pub fn is_suspend(key: &KeyEvent) -> bool {
    is_control(key, 'z')
}

fn is_control(key: &KeyEvent, letter: char) -> bool {
    key.modifiers == KeyModifiers::CONTROL && matches!(key.code, KeyCode::Char(c) if c.to_ascii_lowercase() == letter)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::texts::{self, Lang};

    /// What a French AZERTY keyboard types bare or with Shift.
    const AZERTY: &str =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&é\"'(-è_çà)=°+^$ù*,;:!?./§%µ£¨<>";

    #[test]
    fn no_two_actions_share_a_key() {
        let mut seen = BTreeSet::new();
        for binding in TABLE {
            assert!(seen.insert(binding.letter.to_string()), "{}", binding.letter);
            for also in binding.also {
                assert!(seen.insert(also.to_string()), "{also}");
            }
            if let Some(name) = binding.function_name() {
                assert!(seen.insert(name.clone()), "{name}");
            }
        }
    }

    #[test]
    fn every_key_can_be_typed_on_azerty() {
        for binding in TABLE {
            for c in std::iter::once(&binding.letter).chain(binding.also) {
                assert!(AZERTY.contains(*c), "{c} needs AltGr");
            }
            if let Some(function) = binding.function {
                assert!((1..=12).contains(&function.number));
            }
        }
    }

    #[test]
    fn every_function_key_has_a_letter_for_terminals_that_keep_it() {
        for binding in TABLE.iter().filter(|b| b.function.is_some()) {
            let key = KeyEvent::new(KeyCode::Char(binding.letter), KeyModifiers::NONE);
            assert_eq!(letter(&key), Some(binding.action));
        }
    }

    #[test]
    fn every_key_is_explained_in_both_languages() {
        for lang in Lang::ALL {
            for binding in TABLE {
                assert_ne!(texts::get(lang, binding.help), binding.help);
                assert!(binding.bar.is_empty() || texts::get(lang, binding.bar) != binding.bar);
            }
        }
    }

    #[test]
    fn shift_f6_is_known_however_the_terminal_says_it() {
        for key in [
            KeyEvent::new(KeyCode::F(6), KeyModifiers::SHIFT),
            KeyEvent::from(KeyCode::F(18)),
        ] {
            assert_eq!(function(&key), Some(Action::PreviousPanel));
        }
        assert_eq!(function(&KeyEvent::from(KeyCode::F(4))), None);
        assert_eq!(function(&KeyEvent::new(KeyCode::F(1), KeyModifiers::CONTROL)), None);
    }
}
