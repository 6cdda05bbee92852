//! Names in archives: what is taken off them before a file is made or written down under one.

/// A name without what would lead out of the folder: leading slashes, and everything up to a last `..`.
/// The second is what was taken off, as busybox tells it.
pub(super) fn inward(name: &[u8]) -> (&[u8], Option<&'static str>) {
    let mut begin = 0;
    let mut at = 0;
    while at < name.len() {
        let end = name[at..]
            .iter()
            .position(|byte| *byte == b'/')
            .map_or(name.len(), |length| at + length);
        if &name[at..end] == b".." {
            begin = (end + 1).min(name.len());
        }
        at = end + 1;
    }
    let rest = &name[begin..];
    let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
    let taken = match (begin, slashes) {
        (0, 0) => None,
        (0, _) => Some("/"),
        _ => Some("../"),
    };
    (&rest[slashes..], taken)
}

/// A name without its first parts; `None` where nothing is left.
pub(super) fn stripped(name: &[u8], parts: usize) -> Option<&[u8]> {
    let mut rest = name;
    for _ in 0..parts {
        let at = rest.iter().position(|byte| *byte == b'/')?;
        rest = &rest[at..];
        let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
        rest = &rest[slashes..];
    }
    (!rest.is_empty()).then_some(rest)
}

/// Whether `name` is `wanted` or lies below it.
pub(super) fn is_within(name: &[u8], wanted: &[u8]) -> bool {
    let name = name.strip_suffix(b"/").unwrap_or(name);
    let wanted = wanted.strip_suffix(b"/").unwrap_or(wanted);
    name.strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for (name, inside, taken) in [
            ("a/b", "a/b", None),
            ("./a", "./a", None),
            ("a..b/..c", "a..b/..c", None),
            ("/a", "a", Some("/")),
            ("//a//b/", "a//b/", Some("/")),
            ("../a", "a", Some("../")),
            ("a/../../b", "b", Some("../")),
            ("a/..", "", Some("../")),
            ("..//etc", "etc", Some("../")),
            ("", "", None),
        ] {
            assert_eq!(inward(name.as_bytes()), (inside.as_bytes(), taken), "{name}");
        }
    }

    #[test]
    fn parts_are_left_out_and_names_found() {
        assert_eq!(stripped(b"a/b//c", 2), Some(&b"c"[..]));
        assert_eq!(stripped(b"a/", 1), None);
        assert_eq!(stripped(b"a", 1), None);
        assert!(is_within(b"d/e/f", b"d/e"));
        assert!(is_within(b"d/e/", b"d/e/"));
        assert!(!is_within(b"d/ef", b"d/e"));
    }
}
