//! What Go's `encoding/json` says of text that is not JSON, for the faults people make.

/// Docker's words for a body that does not decode.
#[must_use]
pub fn words(text: &[u8], error: &serde_json::Error) -> String {
    if text.iter().all(u8::is_ascii_whitespace) {
        return "got EOF while reading request body".into();
    }
    if error.is_eof() {
        return "unexpected EOF".into();
    }
    if !error.is_syntax() {
        return format!("json: {error}");
    }
    literal(text).unwrap_or_else(|| {
        let at = offset(text, error.line(), error.column());
        let place = if text[..at].iter().all(u8::is_ascii_whitespace) {
            "looking for beginning of value".to_owned()
        } else {
            "after object key:value pair".to_owned()
        };
        format!(
            "invalid character {} {place}",
            quoted(text.get(at).copied().unwrap_or(b' '))
        )
    })
}

/// A misspelt `null`, `true` or `false` at the beginning: which letter was expected.
fn literal(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii_start();
    let word = ["null", "true", "false"]
        .into_iter()
        .find(|word| word.as_bytes()[0] == text[0])?;
    let at = word.bytes().zip(text).position(|(expected, got)| expected != *got)?;
    let expected = char::from(word.as_bytes()[at]);
    Some(format!(
        "invalid character {} in literal {word} (expecting '{expected}')",
        quoted(text[at])
    ))
}

/// Byte offset of a line (from 1) and column (from 1).
fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    (start + column.saturating_sub(1)).min(text.len().saturating_sub(1))
}

fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'"' => "'\"'".into(),
        byte => format!("'{}'", char::from(byte).escape_default()),
    }
}

#[cfg(test)]
mod tests {
    fn words(text: &str) -> String {
        let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
        super::words(text.as_bytes(), &error)
    }

    #[test]
    fn as_go_says_it() {
        assert_eq!(words("nope"), "invalid character 'o' in literal null (expecting 'u')");
        assert_eq!(words("hello"), "invalid character 'h' looking for beginning of value");
        assert_eq!(words(" <x>"), "invalid character '<' looking for beginning of value");
        assert_eq!(words(""), "got EOF while reading request body");
        assert_eq!(words("{\"a\":"), "unexpected EOF");
        assert_eq!(words("tru"), "unexpected EOF");
    }
}
