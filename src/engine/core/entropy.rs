//! Chance, handed in: ids, MAC addresses, interface and container names.

use std::fmt::Write as _;

use super::words::{ADJECTIVES, SURNAMES};

/// A source of random bytes.
pub trait Entropy {
    /// Fills all of `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// A source that repeats itself: same seed, same bytes (`SplitMix64`). For tests and benches.
#[derive(Debug, Clone)]
pub struct Seeded(pub u64);

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.0;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// 64 hexadecimal characters of which the first twelve are not all digits: the short id is a host name.
pub(super) fn id(entropy: &mut dyn Entropy) -> String {
    loop {
        let id = hex::<32>(entropy);
        if !id[..12].bytes().all(|byte| byte.is_ascii_digit()) {
            return id;
        }
    }
}

/// A random locally administered unicast address (28.0 and later).
pub(super) fn mac(entropy: &mut dyn Entropy) -> String {
    let mut bytes = [0; 6];
    entropy.fill(&mut bytes);
    bytes[0] = (bytes[0] & 0xfe) | 0x02;
    bytes.map(|byte| format!("{byte:02x}")).join(":")
}

/// `veth` and seven hexadecimal characters.
pub(super) fn veth(entropy: &mut dyn Entropy) -> String {
    let mut name = format!("veth{}", hex::<4>(entropy));
    name.truncate(11);
    name
}

/// An adjective and a surname; from the second try on with a digit.
pub(super) fn name(entropy: &mut dyn Entropy, attempt: usize) -> String {
    let adjective = ADJECTIVES[below(entropy, ADJECTIVES.len())];
    let surname = SURNAMES[below(entropy, SURNAMES.len())];
    if attempt == 0 {
        format!("{adjective}_{surname}")
    } else {
        format!("{adjective}_{surname}{}", below(entropy, 10))
    }
}

fn below(entropy: &mut dyn Entropy, limit: usize) -> usize {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    usize::try_from(u64::from_le_bytes(bytes) % limit as u64).unwrap_or(0)
}

fn hex<const N: usize>(entropy: &mut dyn Entropy) -> String {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes.iter().fold(String::with_capacity(2 * N), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_macs_and_veths_have_their_shapes() {
        let mut entropy = Seeded(1);
        for _ in 0..1000 {
            let id = id(&mut entropy);
            assert!(
                id.len() == 64
                    && id
                        .bytes()
                        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            );
            let mac = mac(&mut entropy);
            let first = u8::from_str_radix(&mac[..2], 16).unwrap();
            assert_eq!((first & 3, mac.len()), (2, 17), "{mac}");
            assert_eq!(veth(&mut entropy).len(), 11);
        }
    }

    #[test]
    fn an_id_that_begins_with_twelve_digits_is_rolled_again() {
        struct Script(u8);
        impl Entropy for Script {
            fn fill(&mut self, bytes: &mut [u8]) {
                bytes.fill(self.0);
                self.0 = 0xab;
            }
        }
        assert!(id(&mut Script(0x12)).starts_with("abab"));
    }

    #[test]
    fn names_are_words_docker_accepts() {
        let mut words: Vec<_> = ADJECTIVES.iter().chain(&SURNAMES).collect();
        assert!(
            words
                .iter()
                .all(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        );
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count, "a word stands twice");
        assert!(name(&mut Seeded(7), 1).ends_with(|last: char| last.is_ascii_digit()));
    }
}
