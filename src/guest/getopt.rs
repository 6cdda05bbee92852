//! Short options as `getopt(3)` reads them, with musl's reproaches.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::Call;

/// An argument list taken apart.
#[derive(Debug, Default)]
pub(crate) struct Options {
    given: Vec<(char, OsString)>,
    /// What is not an option, in order.
    pub operands: Vec<OsString>,
}

impl Options {
    /// Whether an option was given.
    pub fn has(&self, letter: char) -> bool {
        self.given.iter().any(|(given, _)| *given == letter)
    }

    /// The value of an option's last occurrence.
    pub fn value(&self, letter: char) -> Option<&OsString> {
        self.given
            .iter()
            .rev()
            .find(|(given, _)| *given == letter)
            .map(|(_, value)| value)
    }

    /// Options in the order given, with their values (empty for those that take none).
    pub fn in_order(&self) -> impl Iterator<Item = (char, &OsString)> {
        self.given.iter().map(|(letter, value)| (*letter, value))
    }
}

/// Takes a call's arguments apart after `spec`: `getopt(3)`'s string, where `:` marks a value, `::` one that may be left
/// out and is only taken from the same word, and a leading `+` ends the options at the first operand. `long` gives the letter
/// of each `--name` that is understood; one that has no short form takes a letter beyond Latin-1, which no short option is.
///
/// # Errors
/// The exit status, once the reproach and the usage were printed.
pub(crate) fn parse(call: &Call, spec: &str, long: &[(&str, char)]) -> Result<Options, i32> {
    take_apart(&call.args, spec, long).map_err(|wrong| {
        let what = if wrong.missing {
            "option requires an argument"
        } else {
            "unrecognized option"
        };
        reproach(call, what, &wrong.option)
    })
}

/// The same for tools that reproach in other words, without long names.
///
/// # Errors
/// The option that cannot be taken.
pub(crate) fn read(args: &[OsString], spec: &str) -> Result<Options, Wrong> {
    take_apart(args, spec, &[])
}

/// An option that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Its letter or long name.
    pub option: String,
    /// Whether it is known and only its value is missing.
    pub missing: bool,
}

impl Wrong {
    fn unknown(option: &impl ToString) -> Self {
        Self {
            option: option.to_string(),
            missing: false,
        }
    }
}

fn take_apart(args: &[OsString], spec: &str, long: &[(&str, char)]) -> Result<Options, Wrong> {
    let (stop_at_operand, spec) = spec.strip_prefix('+').map_or((false, spec), |rest| (true, rest));
    let mut options = Options::default();
    let mut rest = args.iter();
    while let Some(argument) = rest.next() {
        let bytes = argument.as_bytes();
        if bytes == b"--" {
            options.operands.extend(rest.cloned());
            break;
        }
        if let Some(name) = bytes.strip_prefix(b"--") {
            options.given.push(take_long(name, &mut rest, spec, long)?);
            continue;
        }
        if bytes.len() < 2 || bytes[0] != b'-' {
            options.operands.push(argument.clone());
            if stop_at_operand {
                options.operands.extend(rest.cloned());
                break;
            }
            continue;
        }
        let mut cluster = &bytes[1..];
        while let Some((&letter, tail)) = cluster.split_first() {
            let letter = char::from(letter);
            let Some(takes_value) = takes_value(spec, letter) else {
                return Err(Wrong::unknown(&letter));
            };
            cluster = tail;
            let mut value = OsString::new();
            if takes_value != Value::None {
                value = if tail.is_empty() && takes_value == Value::Needed {
                    match rest.next() {
                        Some(next) => next.clone(),
                        None => {
                            return Err(Wrong {
                                missing: true,
                                ..Wrong::unknown(&letter)
                            });
                        }
                    }
                } else {
                    OsString::from_vec(tail.to_vec())
                };
                cluster = &[];
            }
            options.given.push((letter, value));
        }
    }
    Ok(options)
}

/// A long option's letter and value, from what follows its dashes and, where it needs one, from the next word.
fn take_long(
    name: &[u8],
    rest: &mut std::slice::Iter<OsString>,
    spec: &str,
    long: &[(&str, char)],
) -> Result<(char, OsString), Wrong> {
    let (name, value) = match name.iter().position(|&byte| byte == b'=') {
        Some(at) => (&name[..at], Some(OsString::from_vec(name[at + 1..].to_vec()))),
        None => (name, None),
    };
    let Some((_, letter)) = long.iter().find(|(known, _)| known.as_bytes() == name) else {
        return Err(Wrong::unknown(&String::from_utf8_lossy(name)));
    };
    let value = match value {
        None if takes_value(spec, *letter) == Some(Value::Needed) => {
            let next = rest.next().cloned();
            next.ok_or_else(|| Wrong {
                missing: true,
                ..Wrong::unknown(&String::from_utf8_lossy(name))
            })?
        }
        given => given.unwrap_or_default(),
    };
    Ok((*letter, value))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    None,
    Needed,
    /// In the same word or not at all.
    Attached,
}

fn takes_value(spec: &str, letter: char) -> Option<Value> {
    if letter == ':' {
        return None;
    }
    let after = &spec[spec.find(letter)? + letter.len_utf8()..];
    Some(match (after.starts_with("::"), after.starts_with(':')) {
        (true, _) => Value::Attached,
        (false, true) => Value::Needed,
        (false, false) => Value::None,
    })
}

fn reproach(call: &Call, what: &str, option: &str) -> i32 {
    call.complain(format_args!("{what}: {option}"));
    call.usage()
}

#[cfg(test)]
mod tests {
    use super::super::Applet;
    use super::*;

    const TESTED: Applet = Applet {
        path: "/bin/tested",
        usage: "",
        run: |_| 0,
    };

    fn parsed(spec: &str, args: &[&str]) -> Result<Options, i32> {
        parse(
            &Call {
                applet: &TESTED,
                args: args.iter().map(OsString::from).collect(),
            },
            spec,
            &[("all", 'a'), ("width", 'W')],
        )
    }

    #[test]
    fn clusters_values_and_operands() {
        let options = parsed("ac:W:", &["-ac1", "x", "-W", "2", "--", "-a"]).unwrap();
        assert!(options.has('a'));
        assert_eq!(options.value('c').unwrap(), "1");
        assert_eq!(options.value('W').unwrap(), "2");
        assert_eq!(options.operands, ["x", "-a"]);
    }

    #[test]
    fn a_value_that_may_be_left_out_is_in_the_same_word() {
        let options = parsed("i::n", &["-ni", "x", "-i.bak"]).unwrap();
        let values: Vec<_> = options.in_order().filter(|(letter, _)| *letter == 'i').collect();
        assert_eq!(
            (values[0].1.as_os_str(), values[1].1.as_os_str()),
            ("".as_ref(), ".bak".as_ref())
        );
        assert_eq!(options.operands, ["x"]);
    }

    #[test]
    fn a_plus_stops_at_the_first_operand() {
        let options = parsed("+a", &["x", "-a"]).unwrap();
        assert!(!options.has('a'));
        assert_eq!(options.operands, ["x", "-a"]);
    }

    #[test]
    fn long_names_stand_for_letters_and_unknown_ones_fail() {
        assert!(parsed("a", &["--all"]).unwrap().has('a'));
        let options = parsed("aW:", &["--width", "2", "--width=3", "x"]).unwrap();
        let values: Vec<_> = options.in_order().map(|(_, value)| value).collect();
        assert_eq!(values, ["2", "3"]);
        assert_eq!(options.operands, ["x"]);
        assert_eq!(parsed("W:", &["--width"]).unwrap_err(), 1);
        assert_eq!(parsed("a", &["--none"]).unwrap_err(), 1);
        assert_eq!(parsed("a", &["-z"]).unwrap_err(), 1);
        assert_eq!(parsed("c:", &["-c"]).unwrap_err(), 1);
    }
}
