//! `nslookup` as busybox has had it since 1.30: A and AAAA in one go, answers printed as they come.

mod print;

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::rr::{DNSClass, RecordType};

use super::super::{Call, resolve};
use super::{ask, message};
use print::shown;

/// Help.
pub const USAGE: &str = "[-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any";

/// Types that `-type=` takes, in the order in which busybox asks for several of them.
const TYPES: [(&str, RecordType); 10] = [
    ("soa", RecordType::SOA),
    ("ns", RecordType::NS),
    ("a", RecordType::A),
    ("aaaa", RecordType::AAAA),
    ("cname", RecordType::CNAME),
    ("mx", RecordType::MX),
    ("txt", RecordType::TXT),
    ("srv", RecordType::SRV),
    ("ptr", RecordType::PTR),
    ("any", RecordType::ANY),
];

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    host: String,
    server: Option<String>,
    types: Vec<RecordType>,
    port: u16,
    retries: u32,
    timeout: Duration,
    debug: bool,
}

/// Why a command line is no request.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Usage,
    Sentence(String),
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let args = call.words();
    let request = match read(&args) {
        Ok(request) => request,
        Err(Wrong::Usage) => return call.usage(),
        Err(Wrong::Sentence(sentence)) => {
            call.complain(sentence);
            return 1;
        }
    };
    let servers = match servers(&request) {
        Ok(servers) => servers,
        Err(named) => {
            call.complain(format_args!("bad address '{named}'"));
            return 1;
        }
    };
    let mut queries = queries(&request);
    let mut status = 0;
    for (named, server) in &servers {
        let socket = match ask::connected(*server) {
            Ok(socket) => socket,
            Err(error) => {
                call.complain_of(format_args!("can't connect to remote host ({})", server.ip()), &error);
                return 1;
            }
        };
        let talk = Talk {
            call,
            request: &request,
            named,
            server: *server,
            socket,
        };
        if talk.converse(&mut queries, &mut status) > 0 {
            return status;
        }
    }
    println!(";; connection timed out; no servers could be reached\n");
    1
}

fn read(args: &[String]) -> Result<Request, Wrong> {
    let mut request = Request {
        host: String::new(),
        server: None,
        types: Vec::new(),
        port: 53,
        retries: 2,
        timeout: Duration::from_secs(5),
        debug: false,
    };
    let mut words = args.iter();
    let host = loop {
        let word = words.next().ok_or(Wrong::Usage)?;
        let Some(option) = word.strip_prefix('-') else {
            break word;
        };
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        // As busybox looks them up: the first that begins with what was typed.
        let known = ["type", "querytype", "port", "retry", "debug", "t", "timeout"];
        match known.iter().find(|known| !name.is_empty() && known.starts_with(name)) {
            _ if name == "t" => request.timeout = Duration::from_secs(number(value, 2_147_483)?),
            Some(&("type" | "querytype")) => {
                let found = TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
                let (_, kind) = found.ok_or_else(|| Wrong::Sentence(format!("invalid query type \"{value}\"")))?;
                if !request.types.contains(kind) {
                    request.types.push(*kind);
                }
            }
            Some(&"port") => request.port = u16::try_from(number(value, 65_535)?).unwrap_or(53),
            Some(&"retry") => request.retries = u32::try_from(number(value, 2_147_483_647)?).unwrap_or(2),
            Some(&"debug") => request.debug = true,
            Some(_) => request.timeout = Duration::from_secs(number(value, 2_147_483)?),
            None => return Err(Wrong::Usage),
        }
    };
    request.host.clone_from(host);
    request.server = words.next().cloned();
    if words.next().is_some() {
        return Err(Wrong::Usage);
    }
    request
        .types
        .sort_by_key(|kind| TYPES.iter().position(|(_, other)| other == kind));
    Ok(request)
}

/// A number from 1, with busybox's reproaches.
fn number(text: &str, most: u64) -> Result<u64, Wrong> {
    match text.parse::<u64>() {
        Ok(value) if (1..=most).contains(&value) => Ok(value),
        Ok(value) => Err(Wrong::Sentence(format!("number {value} is not in 1..{most} range"))),
        Err(_) => Err(Wrong::Sentence(format!("invalid number '{text}'"))),
    }
}

/// The servers to ask, as named and as addresses; the name that is nobody's.
fn servers(request: &Request) -> Result<Vec<(String, SocketAddr)>, String> {
    let Some(named) = &request.server else {
        let settings = resolve::Settings::of_this_host();
        let server = |address: &IpAddr| (address.to_string(), SocketAddr::new(*address, request.port));
        return Ok(settings.servers.iter().map(server).collect());
    };
    if let Ok(address) = named.parse::<IpAddr>() {
        return Ok(vec![(named.clone(), SocketAddr::new(address, request.port))]);
    }
    let (host, port) = match named.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>())) {
        Some((host, Ok(port))) => (host, port),
        _ => (named.as_str(), request.port),
    };
    let address = resolve::ipv4(host).first().copied().ok_or_else(|| named.clone())?;
    Ok(vec![(named.clone(), (address, port).into())])
}

/// One question and whether it was answered.
struct Question {
    id: u16,
    name: String,
    /// `None` where the name cannot be asked for.
    bytes: Option<Vec<u8>>,
    answered: bool,
}

fn queries(request: &Request) -> Vec<Question> {
    let reverse = if request.types.is_empty() {
        request.host.parse::<IpAddr>().ok().map(message::reverse)
    } else {
        None
    };
    let mut wanted: Vec<(String, RecordType)> = Vec::new();
    match reverse {
        Some(name) => wanted.push((name, RecordType::PTR)),
        None if request.types.is_empty() => {
            for kind in [RecordType::A, RecordType::AAAA] {
                wanted.extend(spellings(request, kind).into_iter().map(|name| (name, kind)));
            }
        }
        None => {
            for kind in &request.types {
                wanted.extend(spellings(request, *kind).into_iter().map(|name| (name, *kind)));
            }
        }
    }
    let first = message::new_id();
    let mut queries = Vec::new();
    for (number, (name, kind)) in wanted.into_iter().enumerate() {
        let id = first.wrapping_add(u16::try_from(number).unwrap_or(u16::MAX));
        let query = message::name(&name)
            .map(|asked| message::query(id, &asked, kind, DNSClass::IN, &message::Flags::default()));
        let bytes = query.ok().and_then(|query| query.to_vec().ok());
        queries.push(Question {
            id,
            name,
            bytes,
            answered: false,
        });
    }
    queries
}

/// A name without dots is asked for in each search domain, and only there (busybox); a named server knows of none.
fn spellings(request: &Request, kind: RecordType) -> Vec<String> {
    let settings = resolve::Settings::of_this_host();
    if request.server.is_some() || kind == RecordType::PTR || settings.search.is_empty() || request.host.contains('.') {
        return vec![request.host.clone()];
    }
    let with = |domain: &String| format!("{}.{domain}", request.host);
    settings.search.iter().map(with).collect()
}

/// What is said to one server.
struct Talk<'a> {
    call: &'a Call<'a>,
    request: &'a Request,
    named: &'a str,
    server: SocketAddr,
    socket: UdpSocket,
}

impl Talk<'_> {
    /// Asks for all that is not answered yet; how many answers came.
    fn converse(&self, queries: &mut [Question], status: &mut i32) -> usize {
        let begin = Instant::now();
        let interval = self.request.timeout / self.request.retries;
        let (mut answers, mut resends, mut heard) = (0, 0, false);
        let mut sent: Option<Instant> = None;
        while begin.elapsed() < self.request.timeout {
            if sent.is_none_or(|sent| sent.elapsed() >= interval) {
                for query in queries.iter().filter(|query| !query.answered) {
                    if let Err(error) = self.send(query) {
                        self.call.complain_of(format_args!("write to '{}'", self.named), &error);
                        return 0;
                    }
                }
                sent = Some(Instant::now());
                resends = 2 * queries.len();
            }
            let left = interval.saturating_sub(sent.map_or(Duration::ZERO, |sent| sent.elapsed()));
            let Some(reply) = self.receive(left) else { continue };
            if !std::mem::replace(&mut heard, true) {
                println!("Server:\t\t{}\nAddress:\t{}\n", self.named, self.server);
            }
            let Some(number) = queries
                .iter()
                .position(|query| reply.starts_with(&query.id.to_be_bytes()))
            else {
                continue;
            };
            if queries[number].answered || reply.len() < 4 {
                continue;
            }
            let code = reply[3] & 0xf;
            // A server that failed may do better at once.
            if code == 2 && resends > 0 {
                resends -= 1;
                let _ = self.send(&queries[number]);
                continue;
            }
            queries[number].answered = true;
            if self.request.debug {
                println!("Query #{number} completed in {}ms:", begin.elapsed().as_millis());
            }
            let (said, failed) = shown(&reply, code, &queries[number].name, self.request.debug);
            println!("{said}");
            let _ = io::stdout().flush();
            if failed {
                *status = 1;
            }
            answers += 1;
            if queries.iter().all(|query| query.answered) {
                break;
            }
        }
        answers
    }

    fn send(&self, query: &Question) -> io::Result<()> {
        match &query.bytes {
            Some(bytes) => self.socket.send(bytes).map(drop),
            // A name that no query can carry has the length -1 in busybox, which the kernel finds too long.
            None => Err(io::Error::from_raw_os_error(libc::EMSGSIZE)),
        }
    }

    /// The next datagram, as much of it as busybox takes (RFC 1035's 512 bytes); `None` when the wait is over or the
    /// kernel told of an error, which is said.
    fn receive(&self, wait: Duration) -> Option<Vec<u8>> {
        let mut buffer = [0; 512];
        self.socket
            .set_read_timeout(Some(wait.max(Duration::from_millis(1))))
            .ok()?;
        match self.socket.recv(&mut buffer) {
            Ok(length) => Some(buffer[..length].to_vec()),
            Err(error) if ask::is_time_out(&error) || error.kind() == io::ErrorKind::Interrupted => None,
            Err(error) => {
                self.call.complain_of("read", &error);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(line: &str) -> Result<Request, Wrong> {
        read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_stand_before_the_host_and_may_be_shortened() {
        let request = read_words("-q=MX -ty=a -port=5353 -debug es 10.0.0.1").unwrap();
        assert_eq!(request.types, [RecordType::A, RecordType::MX], "in busybox's order");
        assert_eq!((request.port, request.debug), (5353, true));
        assert_eq!(
            (request.host.as_str(), request.server.as_deref()),
            ("es", Some("10.0.0.1"))
        );
        assert_eq!(read_words("-t=2 es").unwrap().timeout, Duration::from_secs(2));
        for line in ["", "-debug", "es a b", "-foo es", "- es"] {
            assert_eq!(read_words(line), Err(Wrong::Usage), "{line}");
        }
        for (line, sentence) in [
            ("-type=foo es", "invalid query type \"foo\""),
            ("-port=0 es", "number 0 is not in 1..65535 range"),
            ("-retry=x es", "invalid number 'x'"),
        ] {
            assert_eq!(read_words(line), Err(Wrong::Sentence(sentence.to_owned())), "{line}");
        }
    }
}
