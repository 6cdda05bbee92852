//! What was typed, or stands in a script, as lines.

/// Bytes that were not used yet.
#[derive(Debug, Default)]
pub struct Typed {
    bytes: Vec<u8>,
    /// There will be no more.
    pub ended: bool,
}

impl Typed {
    /// More was typed.
    pub fn extend(&mut self, bytes: Vec<u8>) {
        self.bytes.extend(bytes);
    }

    /// Everything, whether it is a line or not; None where there is nothing.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        (!self.bytes.is_empty()).then(|| std::mem::take(&mut self.bytes))
    }

    /// The next whole line, without its end; the last one may have none. In a script a backslash at a line's end joins the next
    /// one to it.
    pub fn next_line(&mut self, is_script: bool) -> Option<String> {
        let mut from = 0;
        let end = loop {
            match self.bytes.iter().skip(from).position(|&byte| byte == b'\n') {
                Some(at) if is_script && goes_on(self.bytes.get(..from + at).unwrap_or_default()) => from += at + 1,
                Some(at) => break from + at + 1,
                None if self.ended && !self.bytes.is_empty() => break self.bytes.len(),
                None => return None,
            }
        };
        let line: Vec<u8> = self.bytes.drain(..end).collect();
        let line = String::from_utf8_lossy(&line).into_owned();
        let line = line.strip_suffix('\n').unwrap_or(&line);
        let line = if is_script {
            line.replace("\\\n", "")
        } else {
            line.to_owned()
        };
        Some(line.trim_end_matches('\r').to_owned())
    }
}

/// Whether a line of a script goes on in the next one: a backslash at its end, itself not behind one.
fn goes_on(line: &[u8]) -> bool {
    line.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// A line for a terminal: what would act there as a key is left out.
pub fn with_end(line: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = line
        .bytes()
        .filter(|&byte| byte == b'\t' || !byte.is_ascii_control())
        .collect();
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, is_script: bool) -> Vec<String> {
        let mut typed = Typed::default();
        typed.extend(text.as_bytes().to_vec());
        typed.ended = true;
        std::iter::from_fn(|| typed.next_line(is_script)).collect()
    }

    #[test]
    fn a_script_joins_lines_at_a_backslash_and_its_last_line_may_have_no_end() {
        assert_eq!(
            lines("one \\\ntwo\nthree\\\\\nfour", true),
            ["one two", "three\\\\", "four"]
        );
        assert_eq!(lines("one \\\ntwo\n", false), ["one \\", "two"]);
    }

    #[test]
    fn half_a_line_waits() {
        let mut typed = Typed::default();
        typed.extend(b"half".to_vec());
        assert_eq!(typed.next_line(false), None);
        typed.extend(b" a line\n".to_vec());
        assert_eq!(typed.next_line(false).as_deref(), Some("half a line"));
        assert_eq!(typed.take(), None);
    }

    #[test]
    fn no_key_is_pressed_by_a_line() {
        assert_eq!(with_end("a\x03b\tc"), b"ab\tc\n");
    }
}
