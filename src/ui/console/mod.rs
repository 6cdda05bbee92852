//! The console panel: a shell on a pseudo-terminal.
//!
//! [`Console`] is the terminal the shell sees, as pure state: bytes in, cells and answers out. The pseudo-terminal itself and
//! the shell's life are in the room `console`, the bytes of keys in `encode`.

pub mod clicks;
pub mod encode;
mod view;

use std::num::NonZeroU16;

use vt100::{Callbacks, Parser, Screen};

pub use crate::console::{ConsoleHost, Line, Shell, Size, Told};
pub use view::draw;

/// How the shell is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// There is no lab yet to have one in.
    Waiting,
    /// It runs, or is about to.
    Running,
    /// It ended, with this status.
    Ended(i32),
    /// It could not be started.
    Failed(String),
}

/// Rows kept above the screen.
const SCROLLBACK: usize = 5000;

/// The terminal that the shell sees.
pub struct Console {
    parser: Parser<Answers>,
    /// How the shell is.
    pub life: Life,
    has_past: bool,
    /// Rows above the screen when the shell began.
    before: usize,
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console")
            .field("life", &self.life)
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

/// What the terminal owes the program that asked it something.
#[derive(Debug, Default)]
struct Answers(Vec<u8>);

impl Callbacks for Answers {
    /// Status reports and identity (ECMA-48 DSR, DEC DA): line editors ask where the cursor is and wait for the answer.
    fn unhandled_csi(&mut self, screen: &mut Screen, first: Option<u8>, _: Option<u8>, params: &[&[u16]], c: char) {
        let parameter = params.first().and_then(|p| p.first()).copied().unwrap_or(0);
        let answer = match (first, c, parameter) {
            (None, 'n', 5) => "\x1b[0n".to_owned(),
            (None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                format!("\x1b[{};{}R", row + 1, column + 1)
            }
            (None, 'c', 0) => "\x1b[?1;2c".to_owned(),
            _ => return,
        };
        self.0.extend_from_slice(answer.as_bytes());
    }
}

fn at_least_one(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

impl Console {
    /// An empty screen.
    #[must_use]
    pub fn new(size: Size) -> Self {
        let (rows, columns) = (at_least_one(size.rows), at_least_one(size.columns));
        let parser = Parser::new_with_callbacks(rows, columns, SCROLLBACK, Answers::default());
        Self {
            parser,
            life: Life::Waiting,
            has_past: false,
            before: 0,
        }
    }

    /// What the shell wrote. The answer to what it asked, if it asked, is to be sent back to it.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.parser.process(bytes);
        let past = self.past();
        self.has_past = past > self.before || past == SCROLLBACK;
        std::mem::take(&mut self.parser.callbacks_mut().0)
    }

    /// A new shell on a clean screen; what was there goes up into the scrollback.
    pub fn restart(&mut self) {
        let rows = self.size().rows;
        let mut push = b"\x1b[?1049l\x1b[!p\x1b[0m\x1b[r\x1b[?1l\x1b[?2004l\x1b[?25h".to_vec();
        push.extend(format!("\x1b[{rows};1H").bytes());
        push.extend(std::iter::repeat_n(b'\n', usize::from(rows)));
        push.extend(b"\x1b[H");
        self.feed(&push);
        self.before = self.past();
        self.has_past = false;
        self.life = Life::Running;
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, size: Size) {
        self.parser
            .screen_mut()
            .set_size(at_least_one(size.rows), at_least_one(size.columns));
    }

    /// Rows and columns.
    #[must_use]
    pub fn size(&self) -> Size {
        let (rows, columns) = self.parser.screen().size();
        Size {
            rows: rows.into(),
            columns: columns.into(),
        }
    }

    /// Looks `rows` further up (negative: down) into what has scrolled away.
    pub fn scroll(&mut self, rows: isize) {
        let screen = self.parser.screen_mut();
        let now = screen.scrollback();
        screen.set_scrollback(now.saturating_add_signed(rows));
    }

    /// Back to where the shell writes.
    pub fn scroll_home(&mut self) {
        self.parser.screen_mut().set_scrollback(0);
    }

    /// Whether something of this shell has scrolled away.
    #[must_use]
    pub const fn has_past(&self) -> bool {
        self.has_past
    }

    /// Rows kept above the screen.
    fn past(&mut self) -> usize {
        let screen = self.parser.screen_mut();
        let now = screen.scrollback();
        screen.set_scrollback(usize::MAX);
        let past = screen.scrollback();
        screen.set_scrollback(now);
        past
    }

    /// Rows between what is shown and where the shell writes.
    #[must_use]
    pub fn scrolled(&self) -> usize {
        self.parser.screen().scrollback()
    }

    /// The cells.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        self.parser.screen()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn console() -> Console {
        Console::new(Size { rows: 4, columns: 20 })
    }

    #[test]
    fn a_line_editor_that_asks_for_the_cursor_gets_it() {
        let mut console = console();
        assert_eq!(console.feed(b"$ \x1b[6n"), b"\x1b[1;3R");
        assert_eq!(console.feed(b"\x1b[c"), b"\x1b[?1;2c");
        assert_eq!(console.feed(b"plain"), b"");
    }

    #[test]
    fn what_scrolled_away_can_be_looked_at() {
        let mut console = console();
        assert!(!console.has_past());
        for n in 0..10 {
            console.feed(format!("line {n}\r\n").as_bytes());
        }
        assert!(console.has_past());
        console.scroll(3);
        assert_eq!(console.scrolled(), 3);
        assert!(console.screen().contents().contains("line 4"));
        console.scroll(-100);
        assert_eq!(console.scrolled(), 0);
        console.scroll(isize::MAX);
        assert!(console.screen().contents().contains("line 0"));
        console.scroll_home();
        assert!(console.screen().contents().contains("line 9"));
    }

    #[test]
    fn a_restart_leaves_a_clean_screen_and_keeps_the_past() {
        let mut console = console();
        console.feed(b"old\x1b[?1049h\x1b[?1h\x1b[7mfull screen");
        console.restart();
        assert_eq!(console.screen().contents().trim(), "");
        assert!(!console.screen().application_cursor());
        console.feed(b"new");
        console.scroll(10);
        assert!(console.screen().contents().contains("old"));
    }

    proptest! {
        #[test]
        fn no_bytes_and_no_size_can_break_it(
            feeds in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..200), 0u16..60, 0u16..60, -30isize..30), 0..8)
        ) {
            let mut console = console();
            for (bytes, rows, columns, by) in feeds {
                console.feed(&bytes);
                console.scroll(by);
                console.resize(Size { rows, columns });
                console.feed(&bytes);
                let _ = console.screen().contents();
            }
            console.restart();
        }
    }
}
