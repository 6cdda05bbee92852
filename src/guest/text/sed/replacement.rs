//! What the command `s` puts in a match's place.

/// A piece of a replacement.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Group(usize),
}

/// A text with its escapes replaced.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.extend(letters.next().map(escape)),
            other => out.push(other),
        }
    }
    out
}

const fn escape(letter: char) -> char {
    match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'f' => '\u{c}',
        other => other,
    }
}

/// Reads the right side of `s`.
pub(super) fn read(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let group = match letter {
            '&' => 0,
            '\\' => match letters.next() {
                Some(digit @ '0'..='9') => digit as usize - '0' as usize,
                other => {
                    plain.extend(other.map(escape));
                    continue;
                }
            },
            other => {
                plain.push(other);
                continue;
            }
        };
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Group(group));
    }
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_have_groups_and_escapes() {
        assert_eq!(
            read(r"[&\1\&\n]"),
            [
                Part::Text("[".into()),
                Part::Group(0),
                Part::Group(1),
                Part::Text("&\n]".into())
            ]
        );
    }
}
