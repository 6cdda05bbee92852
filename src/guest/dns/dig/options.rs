//! What a command line asks of `dig`: options for all questions, options for one, and the questions.

use hickory_proto::rr::RecordType;
use std::net::IpAddr;
use std::time::Duration;

use super::super::message;
use super::lookup::Lookup;

/// The whole command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub lookups: Vec<Lookup>,
    /// Server named before the first question, which the greeting counts.
    pub greeted_server: Option<String>,
    pub short: bool,
    /// Whether short answers were wanted before the first name, which the greeting repeats.
    pub greeted_short: bool,
    /// Whether the greeting is shown.
    pub greeting: bool,
    pub port: u16,
    pub warnings: Vec<String>,
}

/// Why there is nothing to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// `-h`.
    Help,
    /// `-v`.
    Version,
    /// An option that dig does not have.
    Invalid(String),
    /// A sentence of dig's own; status 1.
    Fatal(Vec<String>),
}

/// Reads a command line as BIND's dig does: what stands before the first name counts for all questions, what follows a
/// name for that question.
pub(super) fn read(args: &[String]) -> Result<Request, Stop> {
    let mut reader = Reader {
        common: Lookup::default(),
        request: Request {
            lookups: Vec::new(),
            greeted_server: None,
            short: false,
            greeted_short: false,
            greeting: true,
            port: 53,
            warnings: Vec::new(),
        },
    };
    let mut args = args.iter();
    while let Some(word) = args.next() {
        if let Some(server) = word.strip_prefix('@') {
            reader.server(server);
        } else if let Some(option) = word.strip_prefix('+') {
            reader.plus(option)?;
        } else if word.len() > 1 && word.starts_with('-') {
            reader.dash(word, &mut args)?;
        } else {
            reader.bare(word);
        }
    }
    Ok(reader.finish())
}

struct Reader {
    common: Lookup,
    request: Request,
}

impl Reader {
    /// Where options go: the last question, before the first one what all will share.
    fn current(&mut self) -> &mut Lookup {
        self.request.lookups.last_mut().unwrap_or(&mut self.common)
    }

    fn server(&mut self, server: &str) {
        if self.request.lookups.is_empty() {
            self.request.greeted_server = Some(server.to_owned());
        }
        self.current().server = Some(server.to_owned());
    }

    fn ask(&mut self, name: &str) -> &mut Lookup {
        if self.request.lookups.is_empty() {
            self.request.greeted_short = self.request.short;
        }
        let lookup = Lookup {
            name: name.to_owned(),
            ..self.common.clone()
        };
        self.request.lookups.push(lookup);
        self.current()
    }

    fn bare(&mut self, word: &str) {
        if let Some(kind) = message::record_type(word) {
            if self.current().kind.replace(kind).is_some() {
                self.request.warnings.push(";; Warning, extra type option".to_owned());
            }
        } else if let Some(class) = message::class(word) {
            if self.current().class.replace(class).is_some() {
                self.request.warnings.push(";; Warning, extra class option".to_owned());
            }
        } else {
            self.ask(word);
        }
    }

    fn dash<'a>(&mut self, word: &str, args: &mut impl Iterator<Item = &'a String>) -> Result<(), Stop> {
        let invalid = || Stop::Invalid(word.to_owned());
        let mut letters = word[1..].chars();
        let letter = letters.next().ok_or_else(invalid)?;
        let rest = letters.as_str();
        match letter {
            '4' | 'r' | 'u' | 'm' if rest.is_empty() => return Ok(()),
            'h' => return Err(Stop::Help),
            'v' => return Err(Stop::Version),
            '6' => return Err(not_built("-6: containers have no IPv6 here")),
            'f' | 'k' | 'y' | 'i' | 'b' => return Err(not_built(&format!("-{letter}"))),
            'c' | 'p' | 'q' | 't' | 'x' => {}
            _ => return Err(invalid()),
        }
        let value = if rest.is_empty() {
            args.next().ok_or_else(invalid)?.as_str()
        } else {
            rest
        };
        match letter {
            'p' => self.request.port = port(value)?,
            'q' => {
                self.ask(value);
            }
            'x' => {
                let name = value
                    .parse::<IpAddr>()
                    .map_or_else(|_| reversed_labels(value), message::reverse);
                let lookup = self.ask(&name);
                lookup.kind = lookup.kind.or(Some(RecordType::PTR));
            }
            't' => match message::record_type(value) {
                Some(kind) => self.current().kind = Some(kind),
                None => self.warn(format!(";; Warning, ignoring invalid type {value}")),
            },
            _ => match message::class(value) {
                Some(class) => self.current().class = Some(class),
                None => self.warn(format!(";; Warning, ignoring invalid class {value}")),
            },
        }
        Ok(())
    }

    fn warn(&mut self, warning: String) {
        self.request.warnings.push(warning);
    }

    fn plus(&mut self, option: &str) -> Result<(), Stop> {
        let invalid = || Stop::Invalid(format!("+{option}"));
        let (word, value) = match option.split_once('=') {
            Some((word, value)) => (word, Some(value)),
            None => (option, None),
        };
        let word = word.to_ascii_lowercase();
        let (word, on) = match word.strip_prefix("no") {
            Some(rest) => (rest, false),
            None => (word.as_str(), true),
        };
        let known = WORDS
            .iter()
            .find(|known| !word.is_empty() && known.starts_with(word))
            .ok_or_else(invalid)?;
        self.set(known, on, value, option)
    }

    fn set(&mut self, word: &str, on: bool, value: Option<&str>, option: &str) -> Result<(), Stop> {
        match word {
            "cmd" => self.request.greeting = on,
            "short" => {
                self.request.short = on;
                if on {
                    self.request.greeting = false;
                    let show = &mut self.current().show;
                    show.comments = false;
                    show.stats = false;
                }
            }
            "all" => {
                self.request.greeting = on;
                let show = &mut self.current().show;
                (show.question, show.answer, show.authority, show.additional) = (on, on, on, on);
                (show.comments, show.stats) = (on, on);
            }
            "time" | "timeout" => {
                self.current().wait = Some(Duration::from_secs(number(value, option)?.clamp(1, 65_535)));
            }
            "tries" => self.current().tries = u32::try_from(number(value, option)?.clamp(1, 100)).unwrap_or(1),
            "retry" => self.current().tries = u32::try_from(number(value, option)?.min(99)).unwrap_or(0) + 1,
            "bufsize" => {
                let size = value.map(|_| number(value, option)).transpose()?;
                self.current().size = size.map(|size| u16::try_from(size).unwrap_or(u16::MAX));
                self.current().edns = on;
            }
            _ => return self.switch(word, on, option),
        }
        Ok(())
    }

    fn switch(&mut self, word: &str, on: bool, option: &str) -> Result<(), Stop> {
        let lookup = self.current();
        match word {
            "additional" => lookup.show.additional = on,
            "answer" => lookup.show.answer = on,
            "authority" => lookup.show.authority = on,
            "question" => lookup.show.question = on,
            "comments" => lookup.show.comments = on,
            "stats" => lookup.show.stats = on,
            "class" => lookup.show.class = on,
            "ttlid" => lookup.show.ttl = on,
            "qr" => lookup.show.sent = on,
            "identify" => lookup.show.identify = on,
            "tcp" | "vc" => lookup.tcp = on,
            "ignore" => lookup.ignore_truncation = on,
            "search" | "defname" => lookup.search = on,
            "recurse" | "rdflag" => lookup.recursion = on,
            "adflag" => lookup.authentic = on,
            "cdflag" => lookup.unchecked = on,
            "aaflag" | "aaonly" => lookup.authoritative = on,
            "edns" => lookup.edns = on,
            "cookie" => lookup.cookie = on,
            "dnssec" | "do" => {
                lookup.dnssec = on;
                lookup.edns |= on;
            }
            // They change nothing where one server answers plain records.
            "badcookie" | "besteffort" | "crypto" | "ednsnegotiation" | "fail" | "idnin" | "idnout" | "keepopen"
            | "onesoa" | "showsearch" => {}
            _ if !on => {}
            _ => return Err(not_built(&format!("+{option}"))),
        }
        Ok(())
    }

    fn finish(mut self) -> Request {
        if self.request.lookups.is_empty() {
            let root = self.ask(".");
            root.kind = Some(RecordType::NS);
        }
        self.request
    }
}

/// Words after `+`, each to be shortened as long as no earlier one begins so.
const WORDS: &[&str] = &[
    "all",
    "aaflag",
    "aaonly",
    "additional",
    "adflag",
    "answer",
    "authority",
    "badcookie",
    "besteffort",
    "bufsize",
    "cdflag",
    "class",
    "cmd",
    "comments",
    "cookie",
    "crypto",
    "defname",
    "dnssec",
    "do",
    "edns",
    "ednsnegotiation",
    "fail",
    "identify",
    "idnin",
    "idnout",
    "ignore",
    "keepopen",
    "onesoa",
    "qr",
    "question",
    "rdflag",
    "recurse",
    "retry",
    "search",
    "short",
    "showsearch",
    "stats",
    "tcp",
    "time",
    "timeout",
    "tries",
    "ttlid",
    "vc",
    "dns64prefix",
    "domain",
    "ednsflags",
    "ednsopt",
    "expandaaaa",
    "expire",
    "header-only",
    "https",
    "keepalive",
    "multiline",
    "ndots",
    "nsid",
    "nssearch",
    "opcode",
    "padding",
    "qid",
    "rrcomments",
    "split",
    "subnet",
    "tls",
    "trace",
    "ttlunits",
    "unknownformat",
    "yaml",
    "zflag",
];

fn not_built(what: &str) -> Stop {
    Stop::Fatal(vec![format!("dig: {what} is not built in this lab's dig")])
}

fn number(value: Option<&str>, option: &str) -> Result<u64, Stop> {
    value
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Stop::Invalid(format!("+{option}")))
}

fn port(text: &str) -> Result<u16, Stop> {
    let wrong = match text.parse::<u64>() {
        Ok(number) => match u16::try_from(number) {
            Ok(port) => return Ok(port),
            Err(_) => "out of range",
        },
        Err(_) => "not a valid number",
    };
    Err(Stop::Fatal(vec![
        format!("invalid port number '{text}': {wrong}"),
        "dig: Couldn't parse port number".to_owned(),
    ]))
}

/// What `-x` makes of something that is no address: its labels backwards.
fn reversed_labels(text: &str) -> String {
    let labels: Vec<&str> = text.split('.').rev().filter(|label| !label.is_empty()).collect();
    format!("{}.in-addr.arpa", labels.join("."))
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
