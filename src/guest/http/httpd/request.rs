//! What a client asks for: the first line of its message, and the two headers that matter to files.

use std::io::{self, BufRead, Read};

/// Longest line of a request.
const LONGEST_LINE: u64 = 8 * 1024;
/// Most lines of a request.
const MOST_LINES: usize = 256;

/// A request that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub method: String,
    /// Decoded, beginning with `/`, without `.`, `..` and doubled slashes.
    pub path: Vec<u8>,
    /// First and last byte that are asked for; none for the last means to the end.
    pub range: Option<(u64, Option<u64>)>,
}

/// Why one cannot be answered with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is no HTTP, or its path leads out of the folder.
    Bad,
    /// Its path holds what no file's name can.
    NotFound,
}

impl Request {
    /// Reads one; `None` where a client sent nothing.
    ///
    /// # Errors
    /// The connection's.
    pub(super) fn receive(input: &mut impl BufRead) -> io::Result<Option<Result<Self, Refused>>> {
        let Some(first) = line(input)?.filter(|line| !line.is_empty()) else {
            return Ok(None);
        };
        let mut range = None;
        for _ in 0..MOST_LINES {
            match line(input)? {
                Some(line) if line.is_empty() => break,
                None => break,
                Some(line) => {
                    if let Some((name, value)) = line.split_once(':')
                        && name.eq_ignore_ascii_case("range")
                    {
                        range = read_range(value.trim());
                    }
                }
            }
        }
        Ok(Some(read_first(&first).map(|(method, path)| Self {
            method,
            path,
            range,
        })))
    }

    /// The path as a log shows it.
    pub(super) fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.path);
        text.chars()
            .map(|letter| if letter.is_control() { '?' } else { letter })
            .collect()
    }
}

/// One line without its end; `None` at the connection's end.
fn line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let length = input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    if length == 0 {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn read_first(line: &str) -> Result<(String, Vec<u8>), Refused> {
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Err(Refused::Bad);
    };
    if !version.starts_with("HTTP/") || !target.starts_with('/') {
        return Err(Refused::Bad);
    }
    let path = target.split('?').next().unwrap_or_default();
    let plain = decoded(path).ok_or(Refused::Bad)?;
    // A slash that was written otherwise would be part of a name, which no name has.
    let slashes = |bytes: &[u8]| bytes.split(|byte| *byte == b'/').count();
    if plain.contains(&0) || slashes(&plain) != slashes(path.as_bytes()) {
        return Err(Refused::NotFound);
    }
    Ok((method.to_owned(), within(&plain).ok_or(Refused::Bad)?))
}

/// A text with each `%41` decoded; `None` where a `%` stands before something else.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let value = digit()? * 16 + digit()?;
            out.push(u8::try_from(value).ok()?);
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

/// A path with its `.`, `..` and doubled slashes resolved; `None` where it leads above its root.
fn within(path: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            named => parts.push(named),
        }
    }
    let is_folder = path.ends_with(b"/") || path.ends_with(b"/.") || path.ends_with(b"/..");
    let end: &[u8] = if is_folder && !parts.is_empty() { b"/" } else { b"" };
    Some([b"/", &parts.join(&b'/')[..], end].concat())
}

/// `bytes=1-2` or `bytes=1-`; anything else is as if it had not been said (RFC 9110, 14.2).
fn read_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    let first = first.parse().ok()?;
    let last = match last {
        "" => None,
        digits => Some(digits.parse().ok().filter(|last| *last >= first)?),
    };
    Some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(first: &str) -> Result<String, Refused> {
        read_first(first).map(|(_, path)| String::from_utf8(path).unwrap())
    }

    #[test]
    fn paths_stay_below_their_root() {
        for (target, plain) in [
            ("/", "/"),
            ("//a.txt", "/a.txt"),
            ("/sub/../a.txt?x=../..", "/a.txt"),
            ("/sub/", "/sub/"),
            ("/sub/./.", "/sub/"),
            ("/sub/..", "/"),
            ("/a%2etxt", "/a.txt"),
        ] {
            assert_eq!(
                path(&format!("GET {target} HTTP/1.1")).as_deref(),
                Ok(plain),
                "{target}"
            );
        }
        for target in [
            "/..",
            "/../../etc/passwd",
            "/%2e%2e/x",
            "/a/../../b",
            "nope",
            "http://h/",
            "/a%zz",
            "/%4",
        ] {
            assert_eq!(path(&format!("GET {target} HTTP/1.1")), Err(Refused::Bad), "{target}");
        }
        for target in ["/%00", "/a%2fb", "/..%2f..%2fetc"] {
            assert_eq!(
                path(&format!("GET {target} HTTP/1.1")),
                Err(Refused::NotFound),
                "{target}"
            );
        }
        for line in ["rubbish", "GET /a", "GET /a FOO", " "] {
            assert_eq!(path(line), Err(Refused::Bad), "{line}");
        }
    }

    #[test]
    fn only_the_ranges_of_bytes_count() {
        let asked = |headers: &str| {
            let text = format!("GET / HTTP/1.1\r\n{headers}\r\n\r\n");
            let request = Request::receive(&mut text.as_bytes()).unwrap().unwrap().unwrap();
            request.range
        };
        assert_eq!(asked("Host: x\r\nrange: bytes=1-2"), Some((1, Some(2))));
        assert_eq!(asked("Range: bytes=5-"), Some((5, None)));
        for value in [
            "bytes=2-1",
            "bytes=-5",
            "lines=1-2",
            "bytes=x-",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(asked(&format!("Range: {value}")), None, "{value}");
        }
        assert_eq!(Request::receive(&mut &b""[..]).unwrap(), None);
        assert_eq!(Request::receive(&mut &b"\r\n"[..]).unwrap(), None);
    }
}
