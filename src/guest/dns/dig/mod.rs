//! `dig`: questions to name servers and their answers in full, in BIND 9.18's layout.

mod lookup;
mod options;
mod print;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use hickory_proto::rr::{DNSClass, RecordType};

use super::super::{Call, resolve, time};
use super::{ask, message};
use lookup::Lookup;
use message::{EdnsWish, Flags};
use options::{Request, Stop};
use print::Seen;

/// Help.
pub const USAGE: &str = " [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]";

/// The version whose output this is.
const VERSION: &str = "9.18.33";
/// No server answered.
const NO_ANSWER: i32 = 9;
/// BIND's status for what it calls fatal inside.
const FATAL: i32 = 10;
/// What dig offers servers for UDP answers.
const SIZE: u16 = 1232;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let args = call.words();
    let request = match options::read(&args) {
        Ok(request) => request,
        Err(stop) => return stopped(&stop),
    };
    for warning in &request.warnings {
        let _ = writeln!(io::stderr(), "{warning}");
    }
    let greeted = match request.greeted_server.as_deref().map(addresses) {
        None => 0,
        Some(Ok(found)) => found.len(),
        Some(Err(sentence)) => {
            let _ = writeln!(io::stderr(), "dig: {sentence}");
            return 1;
        }
    };
    let mut run = Run {
        greeting: greeting(&args, greeted, &request),
        request: &request,
        first: true,
        status: 0,
    };
    for lookup in &request.lookups {
        if let Err(end) = run.lookup(lookup) {
            let _ = io::stdout().flush();
            let _ = writeln!(io::stderr(), "dig: {}", end.sentence);
            return end.status;
        }
    }
    run.status
}

fn stopped(stop: &Stop) -> i32 {
    match stop {
        Stop::Help => {
            println!("Usage:  dig{USAGE}");
            0
        }
        Stop::Version => {
            let _ = writeln!(io::stderr(), "DiG {VERSION}");
            0
        }
        Stop::Invalid(option) => {
            let _ = writeln!(
                io::stderr(),
                "Invalid option: {option}\nUsage:  dig{USAGE}\n\nUse \"dig -h\" (or \"dig -h | more\") for complete list of options"
            );
            1
        }
        Stop::Fatal(sentences) => {
            for sentence in sentences {
                let _ = writeln!(io::stderr(), "{sentence}");
            }
            1
        }
    }
}

fn greeting(args: &[String], servers: usize, request: &Request) -> String {
    let mut text = format!("\n; <<>> DiG {VERSION} <<>>");
    for word in args {
        text.push(' ');
        text.push_str(word);
    }
    text.push('\n');
    if servers > 0 {
        let plural = if servers > 1 { "s" } else { "" };
        let _ = writeln!(text, "; ({servers} server{plural} found)");
    }
    let short = if request.greeted_short { " +short" } else { "" };
    let _ = writeln!(text, ";; global options:{short} +cmd");
    text
}

/// A failure that ends the program.
struct End {
    sentence: String,
    status: i32,
}

/// An answer and how it came.
struct Answer {
    bytes: Vec<u8>,
    server: SocketAddr,
    /// As the person named it.
    named: String,
    tcp: bool,
    took: std::time::Duration,
    cookie: Option<[u8; 8]>,
}

struct Run<'a> {
    request: &'a Request,
    greeting: String,
    first: bool,
    status: i32,
}

impl Run<'_> {
    fn lookup(&mut self, lookup: &Lookup) -> Result<(), End> {
        let settings = resolve::Settings::of_this_host();
        let servers: Vec<(String, IpAddr)> = match &lookup.server {
            None => settings
                .servers
                .iter()
                .map(|address| (address.to_string(), *address))
                .collect(),
            Some(named) => addresses(named)
                .map_err(|sentence| End { sentence, status: 1 })?
                .into_iter()
                .map(|address| (named.clone(), address))
                .collect(),
        };
        let names = if lookup.search {
            settings.names_to_ask(&lookup.name)
        } else {
            vec![lookup.name.clone()]
        };
        for (number, name) in names.iter().enumerate() {
            let Some(answer) = self.ask(lookup, name, &servers)? else {
                self.status = NO_ANSWER;
                return Ok(());
            };
            let missing = answer.bytes.get(3).is_some_and(|byte| byte & 0xf == 3);
            if !missing || number + 1 == names.len() {
                self.show(lookup, &answer);
                return Ok(());
            }
        }
        Ok(())
    }

    /// The first answer of any server in any attempt.
    fn ask(&mut self, lookup: &Lookup, name: &str, servers: &[(String, IpAddr)]) -> Result<Option<Answer>, End> {
        let asked = message::name(name).map_err(|why| End {
            sentence: format!("'{name}' is not a legal name ({why})"),
            status: FATAL,
        })?;
        let cookie = (lookup.edns && lookup.cookie).then(message::random::<8>);
        let flags = Flags {
            recursion: lookup.recursion,
            authentic: lookup.authentic,
            unchecked: lookup.unchecked,
            authoritative: lookup.authoritative,
            edns: lookup.edns.then_some(EdnsWish {
                size: lookup.size.unwrap_or(SIZE),
                dnssec: lookup.dnssec,
                cookie,
            }),
        };
        let class = lookup.class.unwrap_or(DNSClass::IN);
        let query = message::query(message::new_id(), &asked, lookup.kind(), class, &flags)
            .to_vec()
            .map_err(|error| End {
                sentence: error.to_string(),
                status: FATAL,
            })?;
        if lookup.show.sent {
            self.sending(lookup, &query);
        }
        // BIND asks for everything over TCP: it seldom fits a datagram.
        let mut tcp = lookup.tcp || lookup.kind() == RecordType::ANY;
        let mut connecting = false;
        for _ in 0..lookup.tries {
            for (named, address) in servers {
                let server = SocketAddr::new(*address, self.request.port);
                let begin = Instant::now();
                let mut result = exchange(server, &query, lookup, tcp);
                let cut = matches!(&result, Ok(bytes) if bytes.get(2).is_some_and(|byte| byte & 2 != 0));
                if !tcp && cut && !lookup.ignore_truncation {
                    self.comment(";; Truncated, retrying in TCP mode.");
                    tcp = true;
                    result = exchange(server, &query, lookup, tcp);
                }
                match result {
                    Ok(bytes) => {
                        return Ok(Some(Answer {
                            bytes,
                            server,
                            named: named.clone(),
                            tcp,
                            took: begin.elapsed(),
                            cookie,
                        }));
                    }
                    Err(error) => connecting = failed(&error, server, named, name, tcp),
                }
            }
        }
        // A connection that cannot be made was told of already, with these very words.
        if !connecting {
            self.greet(true);
            println!(";; no servers could be reached");
        }
        Ok(None)
    }

    fn comment(&self, line: &str) {
        if !self.request.short {
            println!("{line}");
        }
    }

    fn sending(&mut self, lookup: &Lookup, query: &[u8]) {
        self.greet(false);
        if let Some(seen) = Seen::read(query) {
            print!("{}", print::message(&seen, &lookup.show, true, None));
            println!(";; QUERY SIZE: {}\n", query.len());
        }
    }

    /// Prints the greeting where it was not printed yet; `anyway`: also where answers go without.
    fn greet(&mut self, anyway: bool) {
        if self.first && (anyway || self.request.greeting) {
            print!("{}", self.greeting);
        }
        self.first = false;
    }

    fn show(&mut self, lookup: &Lookup, answer: &Answer) {
        let Some(seen) = Seen::read(&answer.bytes) else {
            println!(";; Got bad packet: unexpected end of input");
            self.status = NO_ANSWER;
            return;
        };
        if self.request.short {
            for line in print::short(&seen) {
                if lookup.show.identify {
                    println!(
                        "{line} from server {} in {} ms.",
                        answer.server.ip(),
                        answer.took.as_millis()
                    );
                } else {
                    println!("{line}");
                }
            }
            return;
        }
        if seen.malformed {
            println!(";; Warning: Message parser reports malformed message packet.");
        }
        self.greet(false);
        print!("{}", print::message(&seen, &lookup.show, false, answer.cookie));
        if lookup.show.stats {
            println!(
                ";; Query time: {} msec\n;; SERVER: {}({}) ({})\n;; WHEN: {}\n;; MSG SIZE  rcvd: {}\n",
                answer.took.as_millis(),
                with_hash(answer.server),
                answer.named,
                if answer.tcp { "TCP" } else { "UDP" },
                when(&time::civil(time::now())),
                answer.bytes.len()
            );
        }
    }
}

fn exchange(server: SocketAddr, query: &[u8], lookup: &Lookup, tcp: bool) -> io::Result<Vec<u8>> {
    let wait = lookup.wait(tcp);
    if tcp {
        ask::over_tcp(server, query, wait)
    } else {
        ask::over_udp(server, query, wait)
    }
}

/// Says why one attempt brought nothing; whether it ended before a connection was made.
fn failed(error: &io::Error, server: SocketAddr, named: &str, name: &str, tcp: bool) -> bool {
    let server = with_hash(server);
    let why = reason(error);
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
            println!(";; communications error to {server}: {why}");
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable if !tcp => {
            println!(";; UDP setup with {server}({named}) for {name} failed: {why}.\n;; no servers could be reached");
            return true;
        }
        _ if tcp => {
            println!(";; Connection to {server}({named}) for {name} failed: {why}.\n;; no servers could be reached");
            return true;
        }
        _ => println!(";; communications error to {server}: {why}"),
    }
    false
}

/// BIND's words for what a socket may say.
fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::TimedOut => "timed out",
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::ConnectionReset => "connection reset",
        io::ErrorKind::UnexpectedEof => "end of file",
        io::ErrorKind::NetworkUnreachable => "network unreachable",
        io::ErrorKind::HostUnreachable => "host unreachable",
        io::ErrorKind::PermissionDenied => "permission denied",
        _ => "unexpected error",
    }
}

/// `Tue Nov 24 04:10:45 UTC 2026`.
fn when(now: &time::Civil) -> String {
    format!(
        "{} {} {:02} {:02}:{:02}:{:02} UTC {}",
        now.weekday_name(),
        now.month_name(),
        now.day,
        now.hour,
        now.minute,
        now.second,
        now.year
    )
}

/// `127.0.0.11#53`.
fn with_hash(server: SocketAddr) -> String {
    format!("{}#{}", server.ip(), server.port())
}

/// Addresses of a server that was named on the command line.
fn addresses(named: &str) -> Result<Vec<IpAddr>, String> {
    if let Ok(address) = named.parse() {
        return Ok(vec![address]);
    }
    let found = resolve::ipv4(named);
    if found.is_empty() {
        return Err(format!("couldn't get address for '{named}': not found"));
    }
    Ok(found.into_iter().map(IpAddr::V4).collect())
}
