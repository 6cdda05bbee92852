//! `expr` (POSIX.1-2017, expr, and busybox's words `match`, `substr`, `index`, `length`, `quote`).

use std::io::{self, Write};

use super::super::Call;
use super::super::text::pattern::{Manner, Pattern, Syntax};

/// Help.
pub const USAGE: &str = "EXPRESSION\n\nPrint the value of EXPRESSION\n\nEXPRESSION may be:\n\tARG1 | ARG2\tARG1 if it is neither null nor 0, otherwise ARG2\n\tARG1 & ARG2\tARG1 if neither argument is null or 0, otherwise 0\n\tARG1 < ARG2\t1 if ARG1 is less than ARG2, else 0. Similarly:\n\tARG1 <= ARG2\n\tARG1 = ARG2\n\tARG1 != ARG2\n\tARG1 >= ARG2\n\tARG1 > ARG2\n\tARG1 + ARG2\tSum of ARG1 and ARG2. Similarly:\n\tARG1 - ARG2\n\tARG1 * ARG2\n\tARG1 / ARG2\n\tARG1 % ARG2\n\tSTRING : REGEXP\t\tAnchored pattern match of REGEXP in STRING\n\tmatch STRING REGEXP\tSame as STRING : REGEXP\n\tsubstr STRING POS LEN\tSubstring of STRING, POS counts from 1\n\tindex STRING CHARS\tIndex in STRING where any CHARS is found, or 0\n\tlength STRING\t\tLength of STRING\n\tquote TOKEN\t\tInterpret TOKEN as a string\n\t(EXPRESSION)\t\tValue of EXPRESSION";

/// Status where the expression is none.
const TROUBLE: i32 = 2;

/// Deepest nesting that is followed.
const DEEPEST: usize = 1000;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let words = call.words();
    if words.is_empty() {
        call.complain("too few arguments");
        return TROUBLE;
    }
    let mut reader = Reader {
        words: &words,
        depth: 0,
    };
    let value = reader.level(0).and_then(|value| match reader.words {
        [] => Ok(value),
        _ => Err(SYNTAX.to_owned()),
    });
    match value {
        Ok(value) => {
            let _ = writeln!(io::stdout(), "{value}");
            i32::from(is_null(&value))
        }
        Err(reproach) => {
            call.complain(reproach);
            TROUBLE
        }
    }
}

const SYNTAX: &str = "syntax error";

/// Operators from those that bind least to those that bind most.
const LEVELS: [&[&str]; 6] = [
    &["|"],
    &["&"],
    &["<", "<=", "=", "==", "!=", ">=", ">"],
    &["+", "-"],
    &["*", "/", "%"],
    &[":"],
];

struct Reader<'a> {
    words: &'a [String],
    depth: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Result<String, String> {
        let (first, rest) = self.words.split_first().ok_or(SYNTAX)?;
        self.words = rest;
        Ok(first.clone())
    }

    fn level(&mut self, level: usize) -> Result<String, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.word();
        };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.words.first().filter(|word| operators.contains(&word.as_str())) {
            let operator = operator.clone();
            self.words = &self.words[1..];
            let right = self.level(level + 1)?;
            left = apply(left, &operator, right)?;
        }
        Ok(left)
    }

    fn word(&mut self) -> Result<String, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(SYNTAX.to_owned());
        }
        let word = self.next()?;
        let value = match word.as_str() {
            "quote" => self.next()?,
            "length" => self.word()?.len().to_string(),
            "match" => {
                let (text, pattern) = (self.word()?, self.word()?);
                matched(&text, &pattern)?
            }
            "index" => {
                let (text, wanted) = (self.word()?, self.word()?);
                let found = text.chars().position(|one| wanted.contains(one));
                found.map_or(0, |at| at + 1).to_string()
            }
            "substr" => {
                let (text, start, length) = (self.word()?, self.word()?, self.word()?);
                part(&text, &start, &length)
            }
            "(" => {
                let value = self.level(0)?;
                if self.next()? != ")" {
                    return Err(SYNTAX.to_owned());
                }
                value
            }
            operator if operator == ")" || LEVELS.iter().any(|level| level.contains(&operator)) => {
                return Err(SYNTAX.to_owned());
            }
            _ => word,
        };
        self.depth -= 1;
        Ok(value)
    }
}

fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What is too great stays at the end of the range.
    let end = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(text.parse().unwrap_or(end))
}

fn is_null(value: &str) -> bool {
    value.is_empty() || value == "0"
}

fn apply(left: String, operator: &str, right: String) -> Result<String, String> {
    match operator {
        "|" => return Ok(if is_null(&left) { right } else { left }),
        "&" => {
            let either = is_null(&left) || is_null(&right);
            return Ok(if either { "0".to_owned() } else { left });
        }
        ":" => return matched(&left, &right),
        _ => {}
    }
    let numbers = integer(&left).zip(integer(&right));
    if LEVELS[2].contains(&operator) {
        let ordering = numbers.map_or_else(|| left.cmp(&right), |(one, other)| one.cmp(&other));
        let holds = match operator {
            "<" => ordering.is_lt(),
            "<=" => ordering.is_le(),
            "!=" => ordering.is_ne(),
            ">=" => ordering.is_ge(),
            ">" => ordering.is_gt(),
            _ => ordering.is_eq(),
        };
        return Ok(i32::from(holds).to_string());
    }
    let (one, other) = numbers.ok_or("non-numeric argument")?;
    let value = match operator {
        "+" => one.wrapping_add(other),
        "-" => one.wrapping_sub(other),
        "*" => one.wrapping_mul(other),
        _ if other == 0 => return Err("division by zero".to_owned()),
        "/" => one.wrapping_div(other),
        _ => one.wrapping_rem(other),
    };
    Ok(value.to_string())
}

/// What the pattern's first group holds at the beginning of a text; without a group, how many characters it matches.
fn matched(text: &str, pattern: &str) -> Result<String, String> {
    let refuse = |reason| format!("bad regex '{pattern}': {reason}");
    let regex = Pattern::new(pattern, Syntax::Basic, Manner::default()).map_err(refuse)?;
    let found = regex
        .groups_at(text.as_bytes(), 0)
        .filter(|groups| groups.first().cloned().flatten().is_some_and(|whole| whole.start == 0));
    let grouped = pattern.contains("\\(");
    let Some(groups) = found else {
        return Ok(if grouped { String::new() } else { "0".to_owned() });
    };
    let range = |at: usize| groups.get(at).cloned().flatten();
    Ok(if grouped {
        range(1)
            .and_then(|range| text.get(range))
            .unwrap_or_default()
            .to_owned()
    } else {
        range(0).map_or(0, |whole| whole.end).to_string()
    })
}

fn part(text: &str, start: &str, length: &str) -> String {
    let number = |text| integer(text).and_then(|number| usize::try_from(number).ok());
    match (number(start), number(length)) {
        (Some(start), Some(length)) if start > 0 && length > 0 => text.chars().skip(start - 1).take(length).collect(),
        _ => String::new(),
    }
}
