//! Keys of a person, and what is refused of them.

use super::*;
use crate::settings::read;

fn keys(text: &str) -> (Keys, Vec<String>) {
    let settings = read("c.toml", &format!("[keys]\n{text}"));
    assert_eq!(settings.faults, [], "{text}");
    let (keys, faults) = Keys::with(&settings.keys);
    (keys, faults.iter().map(|fault| fault.text(Lang::En)).collect())
}

fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
    KeyEvent::new(code, modifiers)
}

fn plain(code: KeyCode) -> KeyEvent {
    press(code, KeyModifiers::NONE)
}

#[test]
fn every_function_key_has_a_letter_for_terminals_that_keep_it() {
    for bound in Keys::default().bound() {
        let Code::Char(letter) = bound.letters[0].code else {
            panic!("{bound:?}")
        };
        assert_eq!(
            Keys::default().letter(&plain(KeyCode::Char(letter))),
            Some(bound.action)
        );
    }
}

#[test]
fn shift_f6_is_known_however_the_terminal_says_it() {
    let keys = Keys::default();
    for key in [press(KeyCode::F(6), KeyModifiers::SHIFT), plain(KeyCode::F(18))] {
        assert_eq!(keys.everywhere(&key), Some(Action::PreviousPanel));
    }
    assert_eq!(keys.everywhere(&plain(KeyCode::F(4))), None);
    assert_eq!(keys.everywhere(&press(KeyCode::F(1), KeyModifiers::CONTROL)), None);
    assert_eq!(keys.letter(&press(KeyCode::Char('h'), KeyModifiers::ALT)), None);
    assert_eq!(
        keys.letter(&press(KeyCode::Char('L'), KeyModifiers::SHIFT)),
        Some(Action::Language)
    );
}

#[test]
fn a_key_is_given_in_its_place_and_the_other_place_keeps_its_own() {
    let (keys, faults) = keys("hint = [\"F4\", \"Ctrl+K\"]\nquit = \"Q\"\ntopology = \"z\"\n");
    assert_eq!(faults, [""; 0]);
    for key in [plain(KeyCode::F(4)), press(KeyCode::Char('k'), KeyModifiers::CONTROL)] {
        assert_eq!(keys.everywhere(&key), Some(Action::Hint));
    }
    assert_eq!(keys.everywhere(&plain(KeyCode::F(2))), None, "the shell's now");
    assert_eq!(keys.letter(&plain(KeyCode::Char('h'))), Some(Action::Hint));
    assert_eq!(keys.letter(&plain(KeyCode::Char('Q'))), Some(Action::Quit));
    assert_eq!(keys.letter(&plain(KeyCode::Char('q'))), None);
    assert_eq!(keys.letter(&plain(KeyCode::Char('é'))), None, "it went with the 2");
    assert_eq!(keys.everywhere(&plain(KeyCode::F(10))), Some(Action::Quit));
    assert_eq!(keys.panels(Lang::En), "1/z/3/4");
    assert_eq!(keys.fill(Lang::En, "{hint}, {quit}", &[]), "F4, F10");
    assert_eq!(
        keys.fill(Lang::En, "ui.step.finished", &[("n", "17")]),
        "All 17 steps are done. Ctrl+G l: read one again; F10: leave, progress kept"
    );
}

#[test]
fn keys_can_change_places() {
    let (keys, faults) = keys("hint = \"F3\"\nshow_me = \"F2\"\n");
    assert_eq!(faults, [""; 0]);
    assert_eq!(keys.everywhere(&plain(KeyCode::F(3))), Some(Action::Hint));
    assert_eq!(keys.everywhere(&plain(KeyCode::F(2))), Some(Action::ShowMe));
}

#[test]
fn two_actions_never_share_a_key() {
    for (text, told) in [
        ("hint = \"F3\"\n", "c.toml:2:8: F3 does show_me already"),
        ("hint = \"F4\"\nquit = \"F4\"\n", "c.toml:3:8: F4 does hint already"),
        ("hint = [\"i\", \"é\"]\n", "c.toml:2:14: é does topology already"),
        ("hint = \"Ctrl+G\"\n", "c.toml:2:8: Ctrl+G does menu already"),
        ("menu = \"F1\"\n", "c.toml:2:8: F1 does help already"),
    ] {
        let (keys, faults) = keys(text);
        assert!(faults.len() == 1 && faults[0].starts_with(told), "{faults:?}");
        let hint = keys.bound().iter().find(|b| b.action == Action::Hint).unwrap();
        if !text.contains("quit") {
            assert_eq!(*hint, Keys::default().bound()[1]);
        }
    }
    // The third gives way to the second; the second, whose key it then has again, to none.
    let (held, faults) = keys("hint = \"F3\"\nshow_me = \"F2\"\nquit = \"F2\"\n");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(held.everywhere(&plain(KeyCode::F(2))), Some(Action::ShowMe));
}

#[test]
fn the_way_out_of_the_console_is_never_cut_off() {
    let (keys_held, faults) = keys("menu = \"m\"\n");
    assert!(
        faults[0].starts_with("c.toml:2:8: m would go to the shell"),
        "{faults:?}"
    );
    assert!(keys_held.is_menu(&press(KeyCode::Char('g'), KeyModifiers::CONTROL)));
    let (moved, faults) = keys("menu = \"Ctrl+T\"\nhint = \"Ctrl+G\"\n");
    assert_eq!(faults, [""; 0]);
    assert!(moved.is_menu(&press(KeyCode::Char('t'), KeyModifiers::CONTROL)));
    assert_eq!(moved.menu_name(Lang::Fr), "Ctrl+T");
    assert!(moved.bound().iter().all(|bound| !bound.letters.is_empty()));
}

#[test]
fn an_unknown_action_is_told_with_those_there_are() {
    let (_, faults) = keys("hints = \"F4\"\n");
    assert!(
        faults[0].starts_with("c.toml:2:1: “hints” is no action. There is: help, hint, "),
        "{faults:?}"
    );
    assert!(faults[0].contains("console, quit, menu."), "{faults:?}");
}

#[test]
fn every_text_that_names_a_key_names_one_there_is() {
    let keys = Keys::default();
    for lang in Lang::ALL {
        for id in [
            "ui.help.ctrl_g",
            "ui.console.leave",
            "ui.console.enter",
            "ui.notice.skip",
            "ui.lab.lost",
            "ui.console.leave_or_scroll",
            "ui.notice.type_in_console",
            "ui.panel.example",
            "ui.panel.example_asked",
            "ui.step.was_done",
            "ui.step.answer_from_console",
            "ui.step.answer_from_panel",
            "ui.step.more_from_console",
            "ui.step.more_from_next",
            "ui.step.more_from_panel",
        ] {
            let text = keys.fill(
                lang,
                id,
                &[
                    ("reason", ""),
                    ("arrows", ""),
                    ("n", ""),
                    ("total", ""),
                    ("numbers", ""),
                    ("last", ""),
                ],
            );
            assert!(!text.contains(['{', '}']) && text != id, "{text}");
        }
    }
}
