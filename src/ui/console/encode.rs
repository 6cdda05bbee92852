//! Keys as the bytes a terminal sends for them: xterm's, which is what `TERM=xterm-256color` promises the shell
//! ("`XTerm` Control Sequences", "PC-Style Function Keys"; control characters as in ECMA-48).

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The bytes of a key; empty for one that has none. `application` is DECCKM, application cursor keys.
#[must_use]
pub fn key(key: &KeyEvent, application: bool) -> Vec<u8> {
    let modifier = modifier(key.modifiers);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    match key.code {
        KeyCode::Char(c) => character(c, key.modifiers),
        KeyCode::Enter => escaped(alt, b"\r"),
        KeyCode::Tab => escaped(alt, b"\t"),
        KeyCode::BackTab => b"\x1b[Z".to_vec(),
        KeyCode::Esc => escaped(alt, b"\x1b"),
        KeyCode::Backspace if key.modifiers.contains(KeyModifiers::CONTROL) => escaped(alt, b"\x08"),
        KeyCode::Backspace => escaped(alt, b"\x7f"),
        KeyCode::Up => cursor('A', modifier, application),
        KeyCode::Down => cursor('B', modifier, application),
        KeyCode::Right => cursor('C', modifier, application),
        KeyCode::Left => cursor('D', modifier, application),
        KeyCode::Home => cursor('H', modifier, application),
        KeyCode::End => cursor('F', modifier, application),
        KeyCode::Insert => tilde(2, modifier),
        KeyCode::Delete => tilde(3, modifier),
        KeyCode::PageUp => tilde(5, modifier),
        KeyCode::PageDown => tilde(6, modifier),
        KeyCode::F(number) => function(number, modifier),
        KeyCode::Null => vec![0],
        _ => Vec::new(),
    }
}

/// Pasted text: between brackets where the program asked for them (mode 2004), else with carriage returns, as if typed. The
/// closing bracket is taken out of the text, so that a paste cannot end itself.
#[must_use]
pub fn paste(text: &str, bracketed: bool) -> Vec<u8> {
    if bracketed {
        format!("\x1b[200~{}\x1b[201~", text.replace("\x1b[201~", "")).into_bytes()
    } else {
        text.replace("\r\n", "\r").replace('\n', "\r").into_bytes()
    }
}

/// 1, plus 1 for Shift, 2 for Alt, 4 for Control.
fn modifier(modifiers: KeyModifiers) -> u8 {
    let bit = |flag, value| if modifiers.contains(flag) { value } else { 0 };
    1 + bit(KeyModifiers::SHIFT, 1) + bit(KeyModifiers::ALT, 2) + bit(KeyModifiers::CONTROL, 4)
}

fn escaped(alt: bool, bytes: &[u8]) -> Vec<u8> {
    let mut all = if alt { vec![0x1b] } else { Vec::new() };
    all.extend_from_slice(bytes);
    all
}

fn character(c: char, modifiers: KeyModifiers) -> Vec<u8> {
    let alt = modifiers.contains(KeyModifiers::ALT);
    if modifiers.contains(KeyModifiers::CONTROL)
        && let Some(control) = control(c)
    {
        return escaped(alt, &[control]);
    }
    escaped(alt, c.encode_utf8(&mut [0; 4]).as_bytes())
}

/// The control character of a key. Digits as xterm has them: the reader of keys reports `^\` … `^_` as Ctrl-4 … Ctrl-7.
fn control(c: char) -> Option<u8> {
    let code = match c.to_ascii_lowercase() {
        letter @ 'a'..='z' => letter as u8 - b'a' + 1,
        ' ' | '@' | '2' => 0,
        '[' | '3' => 0x1b,
        '\\' | '4' => 0x1c,
        ']' | '5' => 0x1d,
        '^' | '6' => 0x1e,
        '_' | '/' | '7' => 0x1f,
        '?' | '8' => 0x7f,
        _ => return None,
    };
    Some(code)
}

fn cursor(letter: char, modifier: u8, application: bool) -> Vec<u8> {
    match (modifier, application) {
        (1, true) => format!("\x1bO{letter}"),
        (1, false) => format!("\x1b[{letter}"),
        _ => format!("\x1b[1;{modifier}{letter}"),
    }
    .into_bytes()
}

fn tilde(number: u8, modifier: u8) -> Vec<u8> {
    match modifier {
        1 => format!("\x1b[{number}~"),
        _ => format!("\x1b[{number};{modifier}~"),
    }
    .into_bytes()
}

fn function(number: u8, modifier: u8) -> Vec<u8> {
    const FIRST: [char; 4] = ['P', 'Q', 'R', 'S'];
    const NEXT: [u8; 16] = [15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34];
    let Some(index) = number.checked_sub(1).map(usize::from) else {
        return Vec::new();
    };
    match (FIRST.get(index), NEXT.get(index.wrapping_sub(4)), modifier) {
        (Some(letter), _, 1) => format!("\x1bO{letter}").into_bytes(),
        (Some(letter), _, _) => format!("\x1b[1;{modifier}{letter}").into_bytes(),
        (None, Some(code), _) => tilde(*code, modifier),
        (None, None, _) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(code: KeyCode, modifiers: KeyModifiers) -> String {
        String::from_utf8(key(&KeyEvent::new(code, modifiers), false)).unwrap()
    }

    #[test]
    fn keys_become_the_bytes_xterm_sends() {
        let none = KeyModifiers::NONE;
        let table = [
            (KeyCode::Char('é'), none, "é"),
            (KeyCode::Char('A'), KeyModifiers::SHIFT, "A"),
            (KeyCode::Char('c'), KeyModifiers::CONTROL, "\x03"),
            (KeyCode::Char(' '), KeyModifiers::CONTROL, "\0"),
            (KeyCode::Char('4'), KeyModifiers::CONTROL, "\x1c"),
            (KeyCode::Char('b'), KeyModifiers::ALT, "\x1bb"),
            (KeyCode::Esc, none, "\x1b"),
            (KeyCode::Enter, none, "\r"),
            (KeyCode::Backspace, none, "\x7f"),
            (KeyCode::Backspace, KeyModifiers::ALT, "\x1b\x7f"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "\x1b[Z"),
            (KeyCode::Left, KeyModifiers::CONTROL, "\x1b[1;5D"),
            (KeyCode::Delete, none, "\x1b[3~"),
            (KeyCode::PageUp, KeyModifiers::SHIFT, "\x1b[5;2~"),
            (KeyCode::F(1), none, "\x1bOP"),
            (KeyCode::F(4), KeyModifiers::SHIFT, "\x1b[1;2S"),
            (KeyCode::F(5), none, "\x1b[15~"),
            (KeyCode::F(12), none, "\x1b[24~"),
            (KeyCode::F(9), KeyModifiers::ALT, "\x1b[20;3~"),
            (KeyCode::F(40), none, ""),
        ];
        for (code, modifiers, expected) in table {
            assert_eq!(bytes(code, modifiers), expected, "{code:?} {modifiers:?}");
        }
    }

    #[test]
    fn arrows_follow_application_cursor_mode() {
        assert_eq!(key(&KeyEvent::from(KeyCode::Up), true), b"\x1bOA");
        assert_eq!(key(&KeyEvent::from(KeyCode::Up), false), b"\x1b[A");
        assert_eq!(key(&KeyEvent::new(KeyCode::Up, KeyModifiers::ALT), true), b"\x1b[1;3A");
    }

    #[test]
    fn a_paste_cannot_close_its_own_brackets() {
        assert_eq!(paste("a\x1b[201~b", true), b"\x1b[200~ab\x1b[201~");
        assert_eq!(paste("a\r\nb\nc", false), b"a\rb\rc");
    }
}
