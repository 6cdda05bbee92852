//! Mouse events as the bytes a terminal sends for them ("`XTerm` Control Sequences", "Mouse Tracking").

use ratatui::crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

/// The bytes of an event at a cell, from 0; empty for one that has none. `sgr` is mode 1006; without `releases` (mode 9) only presses
/// are told.
#[must_use]
pub fn report(event: MouseEvent, (x, y): (u16, u16), sgr: bool, releases: bool) -> Vec<u8> {
    let (button, pressed) = match event.kind {
        MouseEventKind::Down(button) => (number(button), true),
        MouseEventKind::Up(button) if releases => (number(button), false),
        MouseEventKind::ScrollUp => (64, true),
        MouseEventKind::ScrollDown => (65, true),
        _ => return Vec::new(),
    };
    let held = |modifier, value| if event.modifiers.contains(modifier) { value } else { 0 };
    let held = held(KeyModifiers::SHIFT, 4) + held(KeyModifiers::ALT, 8) + held(KeyModifiers::CONTROL, 16);
    if sgr {
        let end = if pressed { 'M' } else { 'm' };
        return format!("\x1b[<{};{};{}{end}", button + held, x + 1, y + 1).into_bytes();
    }
    // One byte each: a cell further away cannot be told, nor which button was let go.
    let button = if pressed { button } else { 3 };
    match (u8::try_from(x + 33), u8::try_from(y + 33)) {
        (Ok(x), Ok(y)) => vec![0x1b, b'[', b'M', 32 + button + held, x, y],
        _ => Vec::new(),
    }
}

const fn number(button: MouseButton) -> u8 {
    match button {
        MouseButton::Left => 0,
        MouseButton::Middle => 1,
        MouseButton::Right => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: MouseEventKind, modifiers: KeyModifiers) -> MouseEvent {
        MouseEvent {
            kind,
            column: 90,
            row: 30,
            modifiers,
        }
    }

    #[test]
    fn events_become_the_bytes_xterm_sends() {
        let (down, up) = (
            MouseEventKind::Down(MouseButton::Left),
            MouseEventKind::Up(MouseButton::Left),
        );
        let none = KeyModifiers::NONE;
        for (kind, modifiers, sgr, plain) in [
            (down, none, "\x1b[<0;3;2M", "\x1b[M #\""),
            (up, none, "\x1b[<0;3;2m", "\x1b[M##\""),
            (
                MouseEventKind::ScrollUp,
                KeyModifiers::CONTROL,
                "\x1b[<80;3;2M",
                "\x1b[Mp#\"",
            ),
            (MouseEventKind::Moved, none, "", ""),
        ] {
            let event = event(kind, modifiers);
            assert_eq!(report(event, (2, 1), true, true), sgr.as_bytes());
            assert_eq!(report(event, (2, 1), false, true), plain.as_bytes());
        }
        assert!(report(event(up, none), (2, 1), true, false).is_empty());
        assert!(report(event(down, none), (300, 1), false, true).is_empty());
    }
}
