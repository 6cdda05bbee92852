//! `test` and `[` (POSIX.1-2017, test).

use std::fs::{self, Metadata};
use std::io::IsTerminal;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use nix::unistd::{AccessFlags, access, getegid, geteuid};

use super::super::Call;

/// Help of `test`.
pub const USAGE: &str = "EXPRESSION ]\n\nCheck file types, compare values etc. Return a 0/1 exit code\ndepending on logical value of EXPRESSION";

/// Status where the expression is none.
const TROUBLE: i32 = 2;

/// Entry of both.
pub(crate) fn main(call: &Call) -> i32 {
    let mut words = call.words();
    if call.name() == "[" && words.pop().as_deref() != Some("]") {
        call.complain("missing ]");
        return TROUBLE;
    }
    match holds(&words) {
        Ok(holds) => i32::from(!holds),
        Err(reproach) => {
            call.complain(reproach);
            TROUBLE
        }
    }
}

/// Whether an expression holds.
fn holds(words: &[String]) -> Result<bool, String> {
    let view: Vec<&str> = words.iter().map(String::as_str).collect();
    match view.as_slice() {
        [] => return Ok(false),
        [one] => return Ok(!one.is_empty()),
        ["!", one] => return Ok(one.is_empty()),
        [left, operator, right] if is_binary(operator) => return binary(left, operator, right),
        ["!", left, operator, right] if is_binary(operator) => return Ok(!binary(left, operator, right)?),
        _ => {}
    }
    let mut reader = Reader { words: &view, depth: 0 };
    let value = reader.either()?;
    match reader.words.first() {
        None => Ok(value),
        Some(word) => Err(format!("{word}: unknown operand")),
    }
}

/// Deepest nesting that is followed.
const DEEPEST: usize = 1000;

struct Reader<'a> {
    words: &'a [&'a str],
    depth: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn either(&mut self) -> Result<bool, String> {
        let mut value = self.both()?;
        while self.take("-o") {
            value |= self.both()?;
        }
        Ok(value)
    }

    fn both(&mut self) -> Result<bool, String> {
        let mut value = self.denied()?;
        while self.take("-a") {
            value &= self.denied()?;
        }
        Ok(value)
    }

    fn denied(&mut self) -> Result<bool, String> {
        let mut turned = false;
        while self.words.first() == Some(&"!") && !self.words.get(1).is_some_and(|word| is_binary(word)) {
            self.words = &self.words[1..];
            turned = !turned;
        }
        Ok(self.primary()? != turned)
    }

    fn primary(&mut self) -> Result<bool, String> {
        let Some(first) = self.next() else {
            return Err("argument expected".to_owned());
        };
        if let Some(operator) = self.words.first().copied().filter(|word| is_binary(word)) {
            self.words = &self.words[1..];
            let right = self.next().ok_or_else(|| format!("{operator}: argument expected"))?;
            return binary(first, operator, right);
        }
        if first == "(" {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err("too deep".to_owned());
            }
            if self.words.first() == Some(&")") {
                return Err("closing paren expected".to_owned());
            }
            let value = self.either()?;
            self.depth -= 1;
            if !self.take(")") {
                return Err("closing paren expected".to_owned());
            }
            return Ok(value);
        }
        if is_unary(first) {
            if let Some(operand) = self.next() {
                return unary(first, operand);
            }
            if first == "-t" {
                return Ok(std::io::stdout().is_terminal());
            }
            return Err(format!("{first}: argument expected"));
        }
        Ok(!first.is_empty())
    }
}

fn is_binary(word: &str) -> bool {
    const OPERATORS: &[&str] = &[
        "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef",
    ];
    OPERATORS.contains(&word)
}

fn is_unary(word: &str) -> bool {
    matches!(word.as_bytes(), [b'-', letter] if b"bcdefghknprstuwxzGLOS".contains(letter))
}

fn binary(left: &str, operator: &str, right: &str) -> Result<bool, String> {
    let numbers = |compare: fn(&i64, &i64) -> bool| Ok(compare(&number(left)?, &number(right)?));
    match operator {
        "=" | "==" => Ok(left == right),
        "!=" => Ok(left != right),
        "<" => Ok(left < right),
        ">" => Ok(left > right),
        "-eq" => numbers(i64::eq),
        "-ne" => numbers(i64::ne),
        "-lt" => numbers(i64::lt),
        "-le" => numbers(i64::le),
        "-gt" => numbers(i64::gt),
        "-ge" => numbers(i64::ge),
        _ => Ok(match (fs::metadata(left), fs::metadata(right)) {
            (Ok(one), Ok(other)) => {
                let times = |of: &Metadata| (of.mtime(), of.mtime_nsec());
                match operator {
                    "-nt" => times(&one) > times(&other),
                    "-ot" => times(&one) < times(&other),
                    _ => (one.dev(), one.ino()) == (other.dev(), other.ino()),
                }
            }
            _ => false,
        }),
    }
}

fn number(text: &str) -> Result<i64, String> {
    let bare = text.trim_ascii();
    let digits = bare.strip_prefix(['-', '+']).unwrap_or(bare);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let of = if text.is_empty() {
            String::new()
        } else {
            format!("{text}: ")
        };
        return Err(format!("{of}bad number"));
    }
    bare.parse().map_err(|_| format!("{text}: out of range"))
}

fn unary(operator: &str, operand: &str) -> Result<bool, String> {
    let letter = operator.as_bytes().get(1).copied().unwrap_or(0);
    match letter {
        b'n' => return Ok(!operand.is_empty()),
        b'z' => return Ok(operand.is_empty()),
        b't' => {
            let descriptor = number(operand)?;
            return Ok(match descriptor {
                0 => std::io::stdin().is_terminal(),
                1 => std::io::stdout().is_terminal(),
                2 => std::io::stderr().is_terminal(),
                _ => false,
            });
        }
        b'h' | b'L' => return Ok(fs::symlink_metadata(operand).is_ok_and(|of| of.is_symlink())),
        b'r' => return Ok(access(operand, AccessFlags::R_OK).is_ok()),
        b'w' => return Ok(access(operand, AccessFlags::W_OK).is_ok()),
        b'x' => return Ok(access(operand, AccessFlags::X_OK).is_ok()),
        _ => {}
    }
    let Ok(of) = fs::metadata(operand) else {
        return Ok(false);
    };
    let kind = of.file_type();
    Ok(match letter {
        b'b' => kind.is_block_device(),
        b'c' => kind.is_char_device(),
        b'd' => kind.is_dir(),
        b'f' => kind.is_file(),
        b'p' => kind.is_fifo(),
        b'S' => kind.is_socket(),
        b's' => of.len() > 0,
        b'u' => of.mode() & 0o4000 != 0,
        b'g' => of.mode() & 0o2000 != 0,
        b'k' => of.mode() & 0o1000 != 0,
        b'O' => of.uid() == geteuid().as_raw(),
        b'G' => of.gid() == getegid().as_raw(),
        _ => true,
    })
}
