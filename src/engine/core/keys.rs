//! The keys that detach a client from a terminal.

/// Ctrl-P, Ctrl-Q (moby, `container/stream/attach.go`).
pub const DETACH_KEYS: [u8; 2] = [16, 17];

/// Reads `ctrl-a,x`: keys by commas, each a single character, `ctrl-` and one of `@a-z[\]^_`, or `DEL`. `None` where a key
/// is none of these (moby/term, `ascii.go`).
#[must_use]
pub fn parse_detach_keys(text: &str) -> Option<Vec<u8>> {
    text.split(',')
        .map(
            |key| match (key.as_bytes(), key.strip_prefix("ctrl-").map(str::as_bytes)) {
                (&[single], _) => Some(single),
                (_, Some(&[letter @ (b'@' | b'a'..=b'z' | b'['..=b'_')])) => Some(letter.to_ascii_uppercase() - b'@'),
                _ if key == "DEL" => Some(127),
                _ => None,
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_docker_reads_them() {
        assert_eq!(parse_detach_keys("ctrl-p,ctrl-q"), Some(DETACH_KEYS.to_vec()));
        assert_eq!(parse_detach_keys("ctrl-a,a"), Some(vec![1, b'a']));
        assert_eq!(
            parse_detach_keys("ctrl-@,ctrl-[,ctrl-\\,ctrl-_,DEL"),
            Some(vec![0, 27, 28, 31, 127])
        );
        for bad in ["", "ctrl-", "ctrl-A", "ctrl-1", "zz", "a,,b", "ctrl-p,", "é"] {
            assert_eq!(parse_detach_keys(bad), None, "{bad:?}");
        }
    }
}
