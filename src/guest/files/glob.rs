//! Patterns of the shell (`fnmatch(3)`), for `find`.

/// Whether a name matches a pattern of `*`, `?`, `[…]` and letters; a backslash takes the next letter as it is.
pub(super) fn matches(pattern: &[char], name: &[char]) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        return name.is_empty();
    };
    match first {
        '*' => (0..=name.len()).any(|skipped| matches(rest, &name[skipped..])),
        '?' => !name.is_empty() && matches(rest, &name[1..]),
        '[' => match (bracket(rest), name.split_first()) {
            (Some((holds, after)), Some((letter, tail))) => holds(*letter) && matches(after, tail),
            (Some(_), None) => false,
            (None, _) => name.first() == Some(&'[') && matches(rest, &name[1..]),
        },
        '\\' if !rest.is_empty() => name.first() == rest.first() && matches(&rest[1..], &name[1..]),
        letter => name.first() == Some(letter) && matches(rest, &name[1..]),
    }
}

type Holds<'a> = Box<dyn Fn(char) -> bool + 'a>;

/// The set that a bracket begins, and what follows it; none where it has no end.
fn bracket(pattern: &[char]) -> Option<(Holds<'_>, &[char])> {
    let inverted = pattern.first().is_some_and(|letter| matches!(letter, '!' | '^'));
    let body = &pattern[usize::from(inverted)..];
    let end = body.iter().skip(1).position(|letter| *letter == ']')? + 1;
    let (set, after) = (&body[..end], &body[end + 1..]);
    let holds = move |letter: char| {
        let mut at = 0;
        let mut found = false;
        while at < set.len() {
            if at + 2 < set.len() && set[at + 1] == '-' {
                found |= (set[at]..=set[at + 2]).contains(&letter);
                at += 3;
            } else {
                found |= set[at] == letter;
                at += 1;
            }
        }
        found != inverted
    };
    Some((Box::new(holds), after))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_of_the_shell() {
        for (pattern, name, expected) in [
            ("*.rs", "a.rs", true),
            ("*.rs", "a.rst", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]x]", "]", true),
            ("[a", "[a", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("*", "", true),
            ("", "a", false),
            ("**a*", "bab", true),
        ] {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(matches(&letters(pattern), &letters(name)), expected, "{pattern} {name}");
        }
    }
}
