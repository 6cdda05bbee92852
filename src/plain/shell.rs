//! The learner's shell, read to and written by lines: what it is started as, and how its prompts are told from what programs
//! write.

use crate::console::Program;

/// Begins and ends a mark: ASCII's record separator, which no program has a use for on a terminal.
const EDGE: u8 = 0x1e;

/// What a mark may be long; what is longer is no mark.
const LONGEST: usize = 64;

/// bash without its line editor and without start-up files, which may set colours and prompts; else the system's shell.
const START: &str =
    "b='bash --norc --noprofile --noediting'; if $b -c : 2>/dev/null; then exec $b -i; else exec sh -i; fi";

/// A part of what the shell's terminal said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// What programs wrote.
    Text(Vec<u8>),
    /// The shell waits for a command.
    Prompt,
    /// The shell waits for the rest of a command.
    More,
}

/// Prompts that nobody else writes, and the reader who finds them.
#[derive(Debug)]
pub struct Marks {
    nonce: String,
    /// The beginning of what may become a mark.
    held: Vec<u8>,
}

impl Marks {
    /// Marks that bear `nonce`: letters and digits.
    #[must_use]
    pub fn new(nonce: String) -> Self {
        Self {
            nonce,
            held: Vec::new(),
        }
    }

    /// The shell that uses these marks. They have `$?` in them, which the shell fills in: where a program shows the variables
    /// themselves, they are no marks.
    #[must_use]
    pub fn shell(&self) -> Program {
        let edge = char::from(EDGE);
        let nonce = &self.nonce;
        let mut env = vec![
            format!("PS1={edge}{nonce}$?{edge}"),
            format!("PS2={edge}{nonce}$?+{edge}"),
        ];
        // What would make the shell, or what it starts, read, keep or print something of their own.
        let quiet = [
            "TERM=dumb",
            "NO_COLOR=1",
            "PS0=",
            "PROMPT_COMMAND=",
            "ENV=",
            "HISTFILE=",
        ];
        env.extend(quiet.map(str::to_owned));
        Program {
            argv: ["sh", "-c", START].map(str::to_owned).to_vec(),
            env,
        }
    }

    /// Takes what the terminal said apart.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut text = Vec::new();
        for &byte in bytes {
            if self.held.is_empty() && byte != EDGE {
                text.push(byte);
                continue;
            }
            let begins_anew = byte == EDGE && !self.held.is_empty();
            self.held.push(byte);
            if begins_anew {
                let mark = self.mark();
                if let Some(mark) = mark {
                    push_text(&mut pieces, &mut text);
                    pieces.push(mark);
                    self.held.clear();
                } else {
                    // This edge may begin a mark as well as end none.
                    self.held.pop();
                    text.append(&mut self.held);
                    self.held.push(EDGE);
                }
            } else if self.held.len() > LONGEST {
                text.append(&mut self.held);
            }
        }
        push_text(&mut pieces, &mut text);
        pieces
    }

    /// What was held back, at the end of everything.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    fn mark(&self) -> Option<Piece> {
        let inside = self.held.strip_prefix(&[EDGE])?.strip_suffix(&[EDGE])?;
        let status = inside.strip_prefix(self.nonce.as_bytes())?;
        let (status, piece) = match status.strip_suffix(b"+") {
            Some(status) => (status, Piece::More),
            None => (status, Piece::Prompt),
        };
        (!status.is_empty() && status.iter().all(u8::is_ascii_digit)).then_some(piece)
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &mut Vec<u8>) {
    if !text.is_empty() {
        pieces.push(Piece::Text(std::mem::take(text)));
    }
}

/// A command whose programs find nothing on their standard input: there, the next command would stand.
#[must_use]
pub fn without_input(command: &str) -> String {
    format!("eval '{}' </dev/null", command.replace('\'', r"'\''"))
}

/// The same for programs that have no terminal: a `docker` that is asked for one refuses. None where it is not asked.
#[must_use]
pub fn without_terminal(command: &str) -> Option<String> {
    let is_docker = command.starts_with("docker run ") || command.starts_with("docker exec ");
    let words: Vec<&str> = command.split(' ').collect();
    let asks = |word: &&str| matches!(*word, "-ti" | "-it" | "-t" | "--tty");
    // The first one only: what stands behind the options is the container's own command.
    let at = words.iter().position(asks).filter(|_| is_docker)?;
    let kept = words.iter().enumerate().filter_map(|(index, word)| match *word {
        "-ti" | "-it" if index == at => Some("-i"),
        _ if index == at => None,
        word => Some(word),
    });
    Some(kept.collect::<Vec<_>>().join(" "))
}

/// What a terminal in line mode takes at once (termios(3), canonical mode), with its end.
pub const LONGEST_LINE: usize = 4095;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marks() -> Marks {
        Marks::new("n1".into())
    }

    fn text(pieces: &[Piece]) -> Vec<u8> {
        let texts = pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            _ => None,
        });
        texts.collect::<Vec<_>>().concat()
    }

    #[test]
    fn prompts_are_found_wherever_the_bytes_are_cut() {
        let said = b"dev\n\x1en10\x1e\x1en1127+\x1e";
        for cut in 0..said.len() {
            let mut marks = marks();
            let mut pieces = marks.feed(&said[..cut]);
            pieces.extend(marks.feed(&said[cut..]));
            assert_eq!(text(&pieces), b"dev\n");
            let found: Vec<Piece> = pieces.into_iter().filter(|p| !matches!(p, Piece::Text(_))).collect();
            assert_eq!(found, [Piece::Prompt, Piece::More]);
        }
    }

    #[test]
    fn what_only_looks_like_a_prompt_is_text() {
        for said in [
            &b"PS1=\x1en1$?\x1e\n"[..],
            b"\x1en2\x1e",
            b"\x1en1+\x1e",
            b"\x1en1\x1e\x1e",
        ] {
            let mut marks = marks();
            let mut shown = text(&marks.feed(said));
            shown.extend(marks.rest());
            assert_eq!(shown, said);
        }
    }

    #[test]
    fn an_edge_that_ends_nothing_may_begin_a_prompt() {
        assert_eq!(
            marks().feed(b"\x1ex\x1en10\x1e"),
            [Piece::Text(b"\x1ex".to_vec()), Piece::Prompt]
        );
    }

    #[test]
    fn a_command_stays_one_word_for_eval() {
        assert_eq!(without_input("echo 'a b'"), r"eval 'echo '\''a b'\''' </dev/null");
    }

    #[test]
    fn a_command_asks_for_no_terminal_where_there_is_none() {
        assert_eq!(
            without_terminal("docker run -ti --rm --net dev alpine sh").as_deref(),
            Some("docker run -i --rm --net dev alpine sh")
        );
        assert_eq!(
            without_terminal("docker exec -t web ls").as_deref(),
            Some("docker exec web ls")
        );
        for command in ["docker run -d alpine", "grep -t x", "docker network ls"] {
            assert_eq!(without_terminal(command), None);
        }
    }

    proptest! {
        #[test]
        fn nothing_but_prompts_is_lost(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6)) {
            let mut marks = marks();
            let mut shown = Vec::new();
            for part in &parts {
                shown.extend(text(&marks.feed(part)));
            }
            shown.extend(marks.rest());
            prop_assert_eq!(shown, parts.concat());
        }
    }
}
