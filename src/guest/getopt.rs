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

/// Takes a call's arguments apart after `spec`: `getopt(3)`'s string, where `:` marks a value and a leading `+`
/// ends the options at the first operand. `long` gives the letter of each `--name` that is understood.
///
/// # Errors
/// The exit status, once the reproach and the usage were printed.
pub(crate) fn parse(call: &Call, spec: &str, long: &[(&str, char)]) -> Result<Options, i32> {
    let (stop_at_operand, spec) = spec.strip_prefix('+').map_or((false, spec), |rest| (true, rest));
    let mut options = Options::default();
    let mut rest = call.args.iter();
    while let Some(argument) = rest.next() {
        let bytes = argument.as_bytes();
        if bytes == b"--" {
            options.operands.extend(rest.cloned());
            break;
        }
        if let Some(name) = bytes.strip_prefix(b"--") {
            let (name, value) = match name.iter().position(|&byte| byte == b'=') {
                Some(at) => (&name[..at], OsString::from_vec(name[at + 1..].to_vec())),
                None => (name, OsString::new()),
            };
            let Some((_, letter)) = long.iter().find(|(known, _)| known.as_bytes() == name) else {
                return Err(reproach(call, "unrecognized option", &String::from_utf8_lossy(name)));
            };
            options.given.push((*letter, value));
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
                return Err(reproach(call, "unrecognized option", &letter.to_string()));
            };
            cluster = tail;
            let mut value = OsString::new();
            if takes_value {
                value = if tail.is_empty() {
                    match rest.next() {
                        Some(next) => next.clone(),
                        None => return Err(reproach(call, "option requires an argument", &letter.to_string())),
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

fn takes_value(spec: &str, letter: char) -> Option<bool> {
    if letter == ':' {
        return None;
    }
    spec.find(letter)
        .map(|at| spec[at + letter.len_utf8()..].starts_with(':'))
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
            &[("all", 'a')],
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
    fn a_plus_stops_at_the_first_operand() {
        let options = parsed("+a", &["x", "-a"]).unwrap();
        assert!(!options.has('a'));
        assert_eq!(options.operands, ["x", "-a"]);
    }

    #[test]
    fn long_names_stand_for_letters_and_unknown_ones_fail() {
        assert!(parsed("a", &["--all"]).unwrap().has('a'));
        assert_eq!(parsed("a", &["--none"]).unwrap_err(), 1);
        assert_eq!(parsed("a", &["-z"]).unwrap_err(), 1);
        assert_eq!(parsed("c:", &["-c"]).unwrap_err(), 1);
    }
}
