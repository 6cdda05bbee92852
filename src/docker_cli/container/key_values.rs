//! Files of `KEY=VALUE` lines: `--env-file` and `--label-file`.

use std::fs;

/// The lines of a file, in order, without comments and empty ones. A line that is only a name gets its value from
/// `value_of`; where that has none, the line is left out.
///
/// # Errors
/// The CLI's sentence: a file that cannot be read or is not UTF-8, a line without a name or with blanks in it.
pub(super) fn read(path: &str, value_of: impl Fn(&str) -> Option<String>) -> Result<Vec<String>, String> {
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("open {path}: no such file or directory"),
        std::io::ErrorKind::PermissionDenied => format!("open {path}: permission denied"),
        _ => format!("open {path}: {error}"),
    })?;
    parse(&bytes, value_of).map_err(|reason| format!("invalid env file ({path}): {reason}"))
}

fn parse(bytes: &[u8], value_of: impl Fn(&str) -> Option<String>) -> Result<Vec<String>, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut lines = Vec::new();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(line) = std::str::from_utf8(line) else {
            return Err(format!("invalid utf8 bytes at line {}: {}", number + 1, go_bytes(line)));
        };
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line
            .split_once('=')
            .map_or((line, None), |(name, value)| (name, Some(value)));
        if name.is_empty() {
            return Err(format!("no variable name on line '{line}'"));
        }
        if name.contains([' ', '\t']) {
            return Err(format!("variable '{name}' contains whitespaces"));
        }
        match value {
            Some(_) => lines.push(line.to_owned()),
            None => lines.extend(value_of(name).map(|value| format!("{name}={value}"))),
        }
    }
    Ok(lines)
}

/// Bytes as Go prints a list of them.
fn go_bytes(bytes: &[u8]) -> String {
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    format!("[{}]", numbers.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_docker_reads_them() {
        let value_of = |name: &str| (name == "HERE").then(|| "x".to_owned());
        let text = b"\xEF\xBB\xBF# no\nA=1\r\n\n  B= two # three\nHERE\nABSENT\nC=\n";
        assert_eq!(
            parse(text, value_of).unwrap(),
            ["A=1", "B= two # three", "HERE=x", "C="]
        );
        for (text, reason) in [
            (&b"=x"[..], "no variable name on line '=x'"),
            (b"a b=x", "variable 'a b' contains whitespaces"),
            (b"\xFF", "invalid utf8 bytes at line 1: [255]"),
        ] {
            assert_eq!(parse(text, value_of).unwrap_err(), reason);
        }
    }
}
