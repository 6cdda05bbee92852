//! What a Telnet server says besides text (RFC 854), and what is answered. Pure.

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

/// RFC 857.
const ECHO: u8 = 1;
/// RFC 858.
const NO_GO_AHEAD: u8 = 3;
/// RFC 1091.
const TERMINAL: u8 = 24;
/// RFC 1073.
const WINDOW: u8 = 31;

/// Longest answer of a server about an option that is read.
const LONGEST: usize = 256;

/// What was heard in one piece of the stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Text for the terminal.
    pub text: Vec<u8>,
    /// What is to be sent back.
    pub replies: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// After a carriage return, which a NUL may follow.
    Return,
    Command,
    Option(u8),
    About,
    AboutCommand,
}

/// A conversation with a server.
#[derive(Debug)]
pub(super) struct Protocol {
    state: State,
    about: Vec<u8>,
    /// Whether the server echoes: then each key goes to it at once.
    echoes: bool,
    no_go_ahead: bool,
    terminal: String,
    /// Columns and rows.
    window: Option<(u16, u16)>,
}

impl Protocol {
    pub(super) const fn new(terminal: String, window: Option<(u16, u16)>) -> Self {
        Self {
            state: State::Text,
            about: Vec::new(),
            echoes: false,
            no_go_ahead: false,
            terminal,
            window,
        }
    }

    /// Whether each key goes to the server at once.
    pub(super) const fn by_character(&self) -> bool {
        self.echoes
    }

    /// Goes to one of the two modes; what is to be said to the server.
    pub(super) fn turn(&mut self, by_character: bool) -> Vec<u8> {
        self.echoes = by_character;
        self.no_go_ahead = by_character;
        let verb = if by_character { DO } else { DONT };
        vec![IAC, verb, ECHO, IAC, verb, NO_GO_AHEAD]
    }

    /// Takes a piece of what the server sends.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Heard {
        let mut heard = Heard::default();
        for &byte in bytes {
            self.state = match self.state {
                State::Text | State::Return if byte == IAC => State::Command,
                State::Return if byte == 0 => State::Text,
                State::Text | State::Return => {
                    heard.text.push(byte);
                    if byte == b'\r' { State::Return } else { State::Text }
                }
                State::Command => match byte {
                    IAC => {
                        heard.text.push(IAC);
                        State::Text
                    }
                    WILL | WONT | DO | DONT => State::Option(byte),
                    SB => {
                        self.about.clear();
                        State::About
                    }
                    _ => State::Text,
                },
                State::Option(verb) => {
                    self.negotiate(verb, byte, &mut heard.replies);
                    State::Text
                }
                State::About if byte == IAC => State::AboutCommand,
                State::AboutCommand if byte == SE => {
                    self.explain(&mut heard.replies);
                    State::Text
                }
                State::About | State::AboutCommand => {
                    if self.about.len() < LONGEST {
                        self.about.push(byte);
                    }
                    State::About
                }
            };
        }
        heard
    }

    /// What is known is agreed to, once; everything else is refused.
    fn negotiate(&mut self, verb: u8, option: u8, replies: &mut Vec<u8>) {
        let known = match option {
            ECHO => Some(&mut self.echoes),
            NO_GO_AHEAD => Some(&mut self.no_go_ahead),
            _ => None,
        };
        match (verb, known) {
            (WILL | WONT, Some(state)) => {
                let is_on = verb == WILL;
                if std::mem::replace(state, is_on) != is_on {
                    replies.extend([IAC, if is_on { DO } else { DONT }, option]);
                }
            }
            (WILL, None) => replies.extend([IAC, DONT, option]),
            (DO, _) if option == NO_GO_AHEAD || option == TERMINAL => replies.extend([IAC, WILL, option]),
            (DO, _) if option == WINDOW && self.window.is_some() => {
                replies.extend([IAC, WILL, WINDOW]);
                self.tell_window(replies);
            }
            (DO, _) => replies.extend([IAC, WONT, option]),
            _ => {}
        }
    }

    fn tell_window(&self, replies: &mut Vec<u8>) {
        if let Some((columns, rows)) = self.window {
            replies.extend([IAC, SB, WINDOW]);
            for byte in columns.to_be_bytes().into_iter().chain(rows.to_be_bytes()) {
                push(byte, replies);
            }
            replies.extend([IAC, SE]);
        }
    }

    /// Answers the one question that a server has: which terminal this is.
    fn explain(&self, replies: &mut Vec<u8>) {
        const SEND: u8 = 1;
        if self.about.starts_with(&[TERMINAL, SEND]) {
            replies.extend([IAC, SB, TERMINAL, 0]);
            for byte in self.terminal.bytes() {
                push(byte, replies);
            }
            replies.extend([IAC, SE]);
        }
    }
}

fn push(byte: u8, to: &mut Vec<u8>) {
    if byte == IAC {
        to.push(IAC);
    }
    to.push(byte);
}

/// What is typed, as it goes over the line.
pub(super) fn spoken(typed: &[u8]) -> Vec<u8> {
    let mut line = Vec::new();
    for &byte in typed {
        match byte {
            b'\n' => line.extend(b"\r\n"),
            b'\r' => line.extend(b"\r\0"),
            byte => push(byte, &mut line),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocol() -> Protocol {
        Protocol::new("xterm".to_owned(), Some((80, 24)))
    }

    fn heard(text: &[u8], replies: &[u8]) -> Heard {
        Heard {
            text: text.to_vec(),
            replies: replies.to_vec(),
        }
    }

    #[test]
    fn what_is_known_is_agreed_to_and_the_rest_refused() {
        let mut protocol = protocol();
        // Recorded from busybox, but for a few that it answers in another order.
        assert_eq!(
            protocol.hear(b"\xff\xfd\x18\xff\xfd\x1f").replies,
            b"\xff\xfb\x18\xff\xfb\x1f\xff\xfa\x1f\0\x50\0\x18\xff\xf0"
        );
        assert!(!protocol.by_character());
        assert_eq!(
            protocol.hear(b"\xff\xfb\x01\xff\xfb\x03hello"),
            heard(b"hello", b"\xff\xfd\x01\xff\xfd\x03")
        );
        assert!(protocol.by_character());
        assert_eq!(protocol.hear(b"\xff\xfb\x01"), heard(b"", b""));
        assert_eq!(
            protocol.hear(b"\xff\xfd\x27\xff\xfb\x05\xff\xfd\x01"),
            heard(b"", b"\xff\xfc\x27\xff\xfe\x05\xff\xfc\x01")
        );
        assert_eq!(
            protocol.hear(b"\xff\xfa\x18\x01\xff\xf0"),
            heard(b"", b"\xff\xfa\x18\0xterm\xff\xf0")
        );
        assert_eq!(protocol.hear(b"\xff\xfc\x01").replies, b"\xff\xfe\x01");
        assert!(!protocol.by_character());
    }

    #[test]
    fn commands_are_taken_out_of_the_text_wherever_it_is_cut() {
        let stream = b"a\r\0b\xff\xf1c\xff\xffd\r\n\xff\xfa\x05\xff\xff\x01\xff\xf0e\xff\xfex";
        let mut text = Vec::new();
        let mut cut = protocol();
        for byte in stream {
            text.extend(cut.hear(&[*byte]).text);
        }
        assert_eq!(text, b"a\rbc\xffd\r\ne");
        assert_eq!(protocol().hear(stream).text, text);
        let endless = [b"\xff\xfa\x18".to_vec(), vec![1; 100_000]].concat();
        assert_eq!(protocol().hear(&endless), heard(b"", b""));
    }

    #[test]
    fn lines_end_on_the_line_as_rfc_854_has_it() {
        assert_eq!(spoken(b"one\n\xff\r"), b"one\r\n\xff\xff\r\0");
    }
}
