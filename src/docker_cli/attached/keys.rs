//! The keys that leave an attached container running: typed in a terminal, they end the `docker` command, not the program.

/// Control-P, control-Q.
const DEFAULT: &[u8] = &[16, 17];

/// Looks for the sequence among what is typed.
#[derive(Debug)]
pub(in crate::docker_cli) struct DetachKeys {
    keys: Vec<u8>,
    matched: usize,
}

/// What came of a piece of input.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::docker_cli) struct Typed {
    /// What is the program's.
    pub input: Vec<u8>,
    /// The sequence is complete: what follows it is nobody's.
    pub detached: bool,
}

impl Default for DetachKeys {
    fn default() -> Self {
        Self {
            keys: DEFAULT.to_vec(),
            matched: 0,
        }
    }
}

impl DetachKeys {
    /// Reads a sequence as `--detach-keys` holds it: letters and `ctrl-X`, parted by commas; empty for the usual one.
    ///
    /// # Errors
    /// Docker's sentence for what is no key.
    pub(in crate::docker_cli) fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let keys = text.split(',').map(key).collect::<Result<_, _>>()?;
        Ok(Self { keys, matched: 0 })
    }

    /// Takes a piece of input. The beginning of a sequence is held back until the next key tells what it was.
    pub(in crate::docker_cli) fn feed(&mut self, bytes: &[u8]) -> Typed {
        let mut typed = Typed::default();
        for byte in bytes {
            if self.keys.get(self.matched) == Some(byte) {
                self.matched += 1;
                if self.matched == self.keys.len() {
                    typed.detached = true;
                    return typed;
                }
                continue;
            }
            // Docker does not look whether the key that breaks a sequence begins one: it is the program's.
            typed.input.extend_from_slice(&self.keys[..self.matched]);
            typed.input.push(*byte);
            self.matched = 0;
        }
        typed
    }
}

fn key(text: &str) -> Result<u8, String> {
    if let &[letter] = text.as_bytes() {
        return Ok(letter);
    }
    match text.strip_prefix("ctrl-").map(str::as_bytes) {
        Some(&[letter @ b'a'..=b'z']) => Ok(letter - b'a' + 1),
        Some(b"@") => Ok(0),
        Some(b"[") => Ok(27),
        Some(b"\\") => Ok(28),
        Some(b"]") => Ok(29),
        Some(b"^") => Ok(30),
        Some(b"_") => Ok(31),
        _ => Err(format!("Unknown character: '{text}'")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fed(keys: &str, pieces: &[&[u8]]) -> Typed {
        let mut detach = DetachKeys::read(keys).unwrap();
        let mut all = Typed::default();
        for piece in pieces {
            let typed = detach.feed(piece);
            all.input.extend(typed.input);
            all.detached = typed.detached;
            if all.detached {
                break;
            }
        }
        all
    }

    #[test]
    fn the_sequence_leaves_wherever_it_is_cut() {
        let left = Typed {
            input: b"ab".to_vec(),
            detached: true,
        };
        assert_eq!(fed("", &[b"ab\x10\x11cd"]), left);
        assert_eq!(fed("", &[b"ab\x10", b"\x11"]), left);
        assert_eq!(fed("ctrl-a,x", &[b"ab", b"\x01", b"x"]), left);
    }

    #[test]
    fn a_sequence_broken_off_is_the_program_s() {
        assert_eq!(fed("", &[b"\x10", b"a"]).input, b"\x10a");
        assert_eq!(fed("", &[b"\x10\x10\x11"]).input, b"\x10\x10\x11");
        assert_eq!(fed("", &[b"\x10"]).input, b"", "held back");
    }

    #[test]
    fn keys_are_read_as_docker_reads_them() {
        for (text, keys) in [
            ("a,b", &b"ab"[..]),
            ("ctrl-@,ctrl-_", &[0, 31]),
            ("ctrl-z,ctrl-[", &[26, 27]),
        ] {
            assert_eq!(DetachKeys::read(text).unwrap().keys, keys);
        }
        for text in ["ab", "ctrl-", "ctrl-1", "a,,b"] {
            assert!(
                DetachKeys::read(text).unwrap_err().starts_with("Unknown character: '"),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_cuts_change_nothing(input: Vec<u8>, cut in 0_usize..64) {
            let cut = cut.min(input.len());
            let whole = fed("", &[&input]);
            prop_assert_eq!(&whole, &fed("", &[&input[..cut], &input[cut..]]));
            // What is passed on is a beginning of what was typed; at most the held-back keys are missing.
            prop_assert!(input.starts_with(&whole.input));
            if !whole.detached {
                prop_assert!(input.len() - whole.input.len() < DEFAULT.len());
            }
        }
    }
}
