//! The detach keys in what a client types.

/// Looks for a sequence of keys in input that comes in pieces (moby/term, `proxy.go`). A sequence that has begun is held
/// back until it is known whether it goes on; the key that breaks one off does not begin another.
#[derive(Debug)]
pub struct Escape {
    keys: Vec<u8>,
    /// How many of them have come.
    seen: usize,
}

impl Escape {
    /// For these keys; none are never found.
    #[must_use]
    pub const fn new(keys: Vec<u8>) -> Self {
        Self { keys, seen: 0 }
    }

    /// What of a piece goes on to the process, with what was held back before it; and whether the keys came.
    pub fn pass(&mut self, piece: &[u8]) -> (Vec<u8>, bool) {
        let mut through = Vec::with_capacity(piece.len() + self.seen);
        for &byte in piece {
            if self.keys.get(self.seen) == Some(&byte) {
                self.seen += 1;
                if self.seen == self.keys.len() {
                    return (through, true);
                }
            } else {
                through.extend_from_slice(&self.keys[..self.seen]);
                self.seen = 0;
                through.push(byte);
            }
        }
        (through, false)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(pieces: &[&[u8]]) -> (Vec<u8>, bool) {
        let mut escape = Escape::new(vec![16, 17]);
        let mut all = Vec::new();
        for piece in pieces {
            let (through, left) = escape.pass(piece);
            all.extend(through);
            if left {
                return (all, true);
            }
        }
        (all, false)
    }

    #[test]
    fn the_keys_are_found_in_one_piece_and_in_several() {
        assert_eq!(typed(&[b"ls\n\x10\x11rest"]), (b"ls\n".to_vec(), true));
        assert_eq!(typed(&[b"ls\n\x10", b"\x11"]), (b"ls\n".to_vec(), true));
    }

    #[test]
    fn a_sequence_that_breaks_off_is_typed_after_all() {
        assert_eq!(typed(&[b"a\x10"]), (b"a".to_vec(), false));
        assert_eq!(typed(&[b"a\x10", b"b"]), (b"a\x10b".to_vec(), false));
        assert_eq!(
            typed(&[b"\x10\x10\x11"]),
            (b"\x10\x10\x11".to_vec(), false),
            "as in Docker: the second does not begin anew"
        );
    }

    #[test]
    fn no_keys_are_never_found() {
        assert_eq!(Escape::new(Vec::new()).pass(b"\x10\x11"), (b"\x10\x11".to_vec(), false));
    }

    proptest! {
        #[test]
        fn how_the_pieces_fall_makes_no_difference(
            bytes in proptest::collection::vec(prop_oneof![Just(16u8), Just(17), Just(b'x')], 0..40),
            cut in 0usize..40,
        ) {
            let cut = cut.min(bytes.len());
            prop_assert_eq!(typed(&[&bytes[..cut], &bytes[cut..]]), typed(&[&bytes]));
        }
    }
}
