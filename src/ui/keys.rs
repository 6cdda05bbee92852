//! The one table of keys, as they are before a person gives actions others ([`super::keymap`]); tests check that no two actions share
//! a key and that each can be typed on an `AZERTY` keyboard without `AltGr`.

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
    /// Works outside the console, and everywhere after the key of the menu.
    pub letter: char,
    /// Other characters for the same, where a keyboard has the first one under Shift.
    pub also: &'static [char],
    /// Word in the menu and, where there is a function key, in the key bar; empty: in neither.
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

impl Action {
    /// Its name in a settings file, and in the texts that name its key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Hint => "hint",
            Self::ShowMe => "show_me",
            Self::NextPanel => "next_panel",
            Self::PreviousPanel => "previous_panel",
            Self::Picture => "examples",
            Self::NextStep => "next_step",
            Self::PreviousStep => "previous_step",
            Self::PutBack => "put_back",
            Self::Steps => "steps",
            Self::CheckNow => "check",
            Self::Quit => "quit",
            Self::Language => "language",
            Self::TextForm => "text",
            Self::Panel(0) => "task",
            Self::Panel(1) => "topology",
            Self::Panel(2) => "timeline",
            Self::Panel(_) => "console",
        }
    }
}

/// Ctrl-Z, which suspends outside the console.
#[must_use]
pub fn is_suspend(key: &KeyEvent) -> bool {
    key.modifiers == KeyModifiers::CONTROL && matches!(key.code, KeyCode::Char('z' | 'Z'))
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
    fn no_two_actions_share_a_key_or_a_name() {
        let mut seen = BTreeSet::new();
        let mut names = BTreeSet::new();
        for binding in TABLE {
            assert!(names.insert(binding.action.name()), "{:?}", binding.action);
            assert!(seen.insert(binding.letter.to_string()), "{}", binding.letter);
            for also in binding.also {
                assert!(seen.insert(also.to_string()), "{also}");
            }
            if let Some(function) = binding.function {
                assert!(seen.insert(format!("{function:?}")), "{function:?}");
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
    fn every_key_is_explained_in_both_languages() {
        for lang in Lang::ALL {
            for binding in TABLE {
                assert_ne!(texts::get(lang, binding.help), binding.help);
                assert!(binding.bar.is_empty() || texts::get(lang, binding.bar) != binding.bar);
            }
        }
    }
}
