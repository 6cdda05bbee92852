//! Re-indenting JSON without changing what it says (Go's `json.Indent` with four spaces), and reading lists.

/// The texts of a list, each on a line of its own; nothing where there is no list.
pub(super) fn lines_of(list: &serde_json::Value) -> String {
    let texts = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str);
    texts.fold(String::new(), |lines, text| lines + text + "\n")
}

/// Four-space indentation; strings and numbers stay byte for byte as the engine wrote them.
pub(super) fn indent(compact: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(compact.len() * 2);
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    // An opening bracket waits: an empty object or list stays on one line.
    let mut opened = false;
    for &byte in compact {
        if in_string {
            out.push(byte);
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        if byte.is_ascii_whitespace() {
            continue;
        }
        if opened && byte != b'}' && byte != b']' {
            depth += 1;
            new_line(&mut out, depth);
        }
        match byte {
            b'}' | b']' if !opened => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
            }
            _ => {}
        }
        opened = matches!(byte, b'{' | b'[');
        out.push(byte);
        match byte {
            b'"' => in_string = true,
            b',' => new_line(&mut out, depth),
            b':' => out.push(b' '),
            _ => {}
        }
    }
    out
}

fn new_line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.extend(std::iter::repeat_n(b' ', depth * 4));
}

#[cfg(test)]
mod tests {
    use super::indent;

    #[test]
    fn as_go_indents() {
        let compact = br#"[{"a":"x, {\"y\": [1]}\\","b":[],"c":{},"d":[1,{"e":null}],"f":"\u003c"}]"#;
        let text = r#"[
    {
        "a": "x, {\"y\": [1]}\\",
        "b": [],
        "c": {},
        "d": [
            1,
            {
                "e": null
            }
        ],
        "f": "\u003c"
    }
]"#;
        assert_eq!(String::from_utf8(indent(compact)).unwrap(), text);
        assert_eq!(indent(text.as_bytes()), text.as_bytes());
        assert_eq!(indent(b"[]"), b"[]");
    }
}
