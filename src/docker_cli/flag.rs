//! Command-line flags as Docker's CLI reads them (pflag), with its reproaches and its help layout.

mod help;

pub(super) use help::describe;

/// Checks a flag's value; the error is what follows `for "--x" flag: `.
type Check = fn(&str) -> Result<(), String>;

/// What a flag takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// Nothing: given means true; `--x=false` is possible.
    Switch,
    /// One value; the word help shows for it.
    Value(&'static str),
    /// Values that add up; the word help shows.
    Values(&'static str),
}

/// One flag of a command.
#[derive(Clone, Copy)]
pub(super) struct Flag {
    /// `detach` of `--detach`.
    pub name: &'static str,
    /// `d` of `-d`.
    pub letter: Option<char>,
    /// What it takes.
    pub takes: Takes,
    /// Help text; empty for a flag that help does not show (an older name).
    pub help: &'static str,
    /// The flag this one is an older name of.
    pub alias_of: Option<&'static str>,
    /// Value check beyond the type's own.
    pub check: Option<Check>,
    /// What to use instead, said when it is given.
    pub deprecated: Option<&'static str>,
    /// The first API version with it.
    pub since: Option<&'static str>,
}

const fn plain(name: &'static str, takes: Takes, help: &'static str) -> Flag {
    Flag {
        name,
        letter: None,
        takes,
        help,
        alias_of: None,
        check: None,
        deprecated: None,
        since: None,
    }
}

/// A switch.
pub(super) const fn switch(name: &'static str, help: &'static str) -> Flag {
    plain(name, Takes::Switch, help)
}

/// A flag with one value.
pub(super) const fn value(name: &'static str, word: &'static str, help: &'static str) -> Flag {
    plain(name, Takes::Value(word), help)
}

/// A flag whose values add up.
pub(super) const fn values(name: &'static str, word: &'static str, help: &'static str) -> Flag {
    plain(name, Takes::Values(word), help)
}

impl Flag {
    /// With a one-letter form.
    pub(super) const fn letter(mut self, letter: char) -> Self {
        self.letter = Some(letter);
        self
    }

    /// With a check of its value.
    pub(super) const fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// With a word about what to use instead.
    pub(super) const fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }

    /// Known to engines from an API version on.
    pub(super) const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self
    }

    /// An older name of another flag: read as that one, shown nowhere.
    pub(super) const fn alias(name: &'static str, of: &'static str, takes: Takes) -> Self {
        let mut flag = plain(name, takes, "");
        flag.alias_of = Some(of);
        flag
    }

    /// `-f, --filter` or `--format`, as reproaches name it.
    fn shown(&self) -> String {
        match self.letter {
            Some(letter) => format!("-{letter}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }

    fn accept(&self, text: &str) -> Result<(), String> {
        let checked = match (self.takes, self.check) {
            (Takes::Switch, _) => parse_bool(text).map(drop),
            (Takes::Value("int"), _) => text
                .parse::<i64>()
                .map(drop)
                .map_err(|_| format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")),
            (_, Some(check)) => check(text),
            _ => Ok(()),
        };
        checked.map_err(|reason| format!("invalid argument \"{text}\" for \"{}\" flag: {reason}", self.shown()))
    }
}

/// Go's `strconv.ParseBool`.
fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing \"{text}\": invalid syntax")),
    }
}

/// A command line taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    given: Vec<(&'static str, String)>,
    /// What is no flag, in order.
    pub operands: Vec<String>,
    /// `--help` (or `-h` where no flag has that letter) was among them.
    pub help: bool,
    /// Help was asked for by its deprecated letter.
    pub help_by_letter: bool,
    /// What to say about deprecated flags.
    pub notes: Vec<String>,
}

impl Parsed {
    /// Whether a switch is on.
    pub(super) fn on(&self, name: &str) -> bool {
        self.last(name).is_some_and(|value| parse_bool(value).unwrap_or(false))
    }

    /// The last value given, if any.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        self.given
            .iter()
            .rev()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value given, in order.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.given
            .iter()
            .filter(move |(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
    }

    /// Names of the flags given, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.given.iter().map(|(name, _)| *name)
    }
}

/// Reads arguments. With `interspersed` false the first operand ends the flags (`docker run IMAGE --x` gives `--x` to
/// the command).
///
/// # Errors
/// pflag's sentence.
pub(super) fn parse(flags: &[Flag], args: &[String], interspersed: bool) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    let mut rest = args.iter();
    while let Some(argument) = rest.next() {
        if argument == "--" {
            parsed.operands.extend(rest.cloned());
            break;
        }
        if let Some(long) = argument.strip_prefix("--") {
            parse_long(flags, long, &mut rest, &mut parsed)?;
        } else if argument.len() > 1
            && let Some(cluster) = argument.strip_prefix('-')
        {
            parse_cluster(flags, cluster, &mut rest, &mut parsed)?;
        } else {
            parsed.operands.push(argument.clone());
            if !interspersed {
                parsed.operands.extend(rest.cloned());
                break;
            }
        }
        if parsed.help {
            break;
        }
    }
    Ok(parsed)
}

type Rest<'a> = std::slice::Iter<'a, String>;

fn parse_long(flags: &[Flag], long: &str, rest: &mut Rest<'_>, parsed: &mut Parsed) -> Result<(), String> {
    let (name, inline) = long
        .split_once('=')
        .map_or((long, None), |(name, value)| (name, Some(value)));
    if name.is_empty() {
        return Err(format!("bad flag syntax: --{long}"));
    }
    let Some(flag) = flags.iter().find(|flag| flag.name == name) else {
        if name == "help" {
            parsed.help = true;
            return Ok(());
        }
        return Err(format!("unknown flag: --{name}"));
    };
    let text = match (flag.takes, inline) {
        (_, Some(value)) => value.to_owned(),
        (Takes::Switch, None) => "true".to_owned(),
        (_, None) => rest
            .next()
            .ok_or_else(|| format!("flag needs an argument: --{name}"))?
            .clone(),
    };
    note(flag, text, parsed)
}

fn parse_cluster(flags: &[Flag], cluster: &str, rest: &mut Rest<'_>, parsed: &mut Parsed) -> Result<(), String> {
    let mut letters = cluster;
    while let Some(letter) = letters.chars().next() {
        let tail = &letters[letter.len_utf8()..];
        let Some(flag) = flags.iter().find(|flag| flag.letter == Some(letter)) else {
            if letter == 'h' {
                parsed.help = true;
                parsed.help_by_letter = true;
                return Ok(());
            }
            return Err(format!("unknown shorthand flag: '{letter}' in -{letters}"));
        };
        if let Some(value) = tail.strip_prefix('=') {
            return note(flag, value.to_owned(), parsed);
        }
        if !matches!(flag.takes, Takes::Switch) {
            let text = if tail.is_empty() {
                rest.next()
                    .ok_or_else(|| format!("flag needs an argument: '{letter}' in -{letters}"))?
                    .clone()
            } else {
                tail.to_owned()
            };
            return note(flag, text, parsed);
        }
        note(flag, "true".to_owned(), parsed)?;
        letters = tail;
    }
    Ok(())
}

fn note(flag: &Flag, text: String, parsed: &mut Parsed) -> Result<(), String> {
    flag.accept(&text)?;
    if let Some(instead) = flag.deprecated {
        parsed
            .notes
            .push(format!("Flag --{} has been deprecated, {instead}", flag.name));
    }
    parsed.given.push((flag.alias_of.unwrap_or(flag.name), text));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        switch("detach", "Run container in background and print container ID").letter('d'),
        switch("interactive", "Keep STDIN open even if not attached").letter('i'),
        values("env", "list", "Set environment variables").letter('e'),
        value("name", "string", "Assign a name to the container"),
        value("last", "int", "Show n").letter('n'),
        values("network", "network", "Connect a container to a network"),
        Flag::alias("net", "network", Takes::Values("network")),
    ];

    fn parsed(args: &[&str]) -> Result<Parsed, String> {
        parse(FLAGS, &args.iter().map(ToString::to_string).collect::<Vec<_>>(), false)
    }

    #[test]
    fn flags_before_the_operand_are_ours_and_after_it_the_command_s() {
        let read = parsed(&["-di", "-eA=1", "-e=B", "--net=x", "--name", "n", "alpine", "--rm", "-d"]).unwrap();
        assert!(read.on("detach") && read.on("interactive"));
        assert_eq!(read.all("env").collect::<Vec<_>>(), ["A=1", "B"]);
        assert_eq!((read.last("network"), read.last("name")), (Some("x"), Some("n")));
        assert_eq!(read.operands, ["alpine", "--rm", "-d"]);
        assert!(!parsed(&["-d=false", "alpine"]).unwrap().on("detach"));
        assert_eq!(parsed(&["--", "-d"]).unwrap().operands, ["-d"]);
    }

    #[test]
    fn reproaches_are_pflag_s() {
        for (args, sentence) in [
            (&["--nope"][..], "unknown flag: --nope"),
            (&["-Z"], "unknown shorthand flag: 'Z' in -Z"),
            (&["-dxname"], "unknown shorthand flag: 'x' in -xname"),
            (&["--name"], "flag needs an argument: --name"),
            (&["-e"], "flag needs an argument: 'e' in -e"),
            (
                &["--detach=maybe"],
                "invalid argument \"maybe\" for \"-d, --detach\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            (
                &["-n", "x"],
                "invalid argument \"x\" for \"-n, --last\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
            ),
            (&["--=x"], "bad flag syntax: --=x"),
        ] {
            assert_eq!(parsed(args).unwrap_err(), sentence, "{args:?}");
        }
    }
}
