//! `drill`: ldns's counterpart of `dig`, which the lesson installs in `alpine`.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use hickory_proto::op::Message;
use hickory_proto::rr::{DNSClass, Record, RecordType};

use super::super::{Call, getopt, resolve, time};
use super::{ask, message, text};
use message::{EdnsWish, Flags};

/// Help.
pub const USAGE: &str = "name [@server] [type] [class]
	<name>  can be a domain name or an IP address (-x lookups)
	<type>  defaults to A
	<class> defaults to IN

	arguments may be placed in random order

  Options:
	-D		enable DNSSEC (DO bit)
	-Q		quiet mode (overrules -V)
	-V <number>	verbosity (0-5)
	-h		show this help
	-v		show version

  Query options:
	-4		stay on ip4
	-a		fallback to EDNS0 and TCP if the answer is truncated
	-b <bufsize>	use <bufsize> as the buffer size (defaults to 512 b)
	-c <file>	use file for rescursive nameserver configuration
			(/etc/resolv.conf)
	-o <mnemonic>	set flags to: [CD|cd][RD|rd][AD|ad]
			lowercase: unset bit, uppercase: set bit
	-p <port>	use <port> as remote port number
	-t		send the query with tcp (connected)
	-u		send the query with udp (the default)
	-x		do a reverse lookup";

/// What ldns waits for one attempt, and how many it makes.
const WAIT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 3;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    name: String,
    kind: RecordType,
    class: DNSClass,
    server: Option<String>,
    port: u16,
    tcp: bool,
    quiet: bool,
    flags: Flags,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let request = match read(call) {
        Ok(request) => request,
        Err(status) => return status,
    };
    let servers = match &request.server {
        None => resolve::Settings::of_this_host().servers,
        Some(named) => match named.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => resolve::ipv4(named).into_iter().map(IpAddr::V4).collect(),
        },
    };
    if servers.is_empty() {
        let named = request.server.unwrap_or_default();
        return error(&format!("could not find any address for the name: `{named}'"));
    }
    let Ok(name) = message::name(&request.name) else {
        return error("error sending query: Empty label or label overflow");
    };
    let query = message::query(message::new_id(), &name, request.kind, request.class, &request.flags);
    let Ok(query) = query.to_vec() else {
        return error("error sending query: General LDNS error");
    };
    for _ in 0..ATTEMPTS {
        for address in &servers {
            let server = SocketAddr::new(*address, request.port);
            let begin = Instant::now();
            if let Ok(reply) = exchange(server, &query, request.tcp) {
                return shown(&request, &reply, server.ip(), begin.elapsed());
            }
        }
    }
    error("error sending query: Could not send or receive, because of network error")
}

fn error(sentence: &str) -> i32 {
    let _ = io::stdout().flush();
    let _ = writeln!(io::stderr(), "Error: {sentence}");
    1
}

/// An answer cut short over UDP is asked for again over TCP.
fn exchange(server: SocketAddr, query: &[u8], tcp: bool) -> io::Result<Vec<u8>> {
    if !tcp {
        let reply = ask::over_udp(server, query, WAIT)?;
        if reply.get(2).is_none_or(|flags| flags & 2 == 0) {
            return Ok(reply);
        }
    }
    ask::over_tcp(server, query, WAIT)
}

fn read(call: &Call) -> Result<Request, i32> {
    let options = getopt::parse(call, "46ab:c:d:Df:hi:I:k:o:p:q:Qr:sStTuvV:w:xy:z", &[])?;
    if options.has('h') {
        return Err(call.help());
    }
    if options.has('v') {
        println!("drill version 1.8.4 (ldns version 1.8.4)");
        return Err(0);
    }
    let unbuilt = options
        .in_order()
        .find(|(letter, _)| "6cdfikqrsSTwyI".contains(*letter));
    if let Some((letter, _)) = unbuilt {
        return Err(error(&format!("-{letter} is not built in this lab's drill")));
    }
    let number =
        |letter: char, what: &str| match options.value(letter).map(|text| text.to_string_lossy().parse::<u16>()) {
            None => Ok(None),
            Some(Ok(value)) if value > 0 => Ok(Some(value)),
            Some(_) => Err(error(&format!("<{what}> could not be converted"))),
        };
    let size = number('b', "bufsize")?;
    let port = number('p', "port")?.unwrap_or(53);
    let mut flags = Flags::default();
    if options.has('D') || size.is_some() {
        flags.edns = Some(EdnsWish {
            size: size.unwrap_or(4096),
            dnssec: options.has('D'),
            cookie: None,
        });
    }
    for (_, mnemonic) in options.in_order().filter(|(letter, _)| *letter == 'o') {
        let mnemonic = mnemonic.to_string_lossy();
        let set = |now: bool, word: &str| (now || mnemonic.contains(word)) && !mnemonic.contains(&word.to_lowercase());
        flags.recursion = set(flags.recursion, "RD");
        flags.unchecked = set(flags.unchecked, "CD");
        flags.authentic = set(flags.authentic, "AD");
    }
    let words: Vec<String> = options
        .operands
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let mut request = Request {
        name: ".".to_owned(),
        kind: RecordType::NS,
        class: DNSClass::IN,
        server: None,
        port,
        tcp: options.has('t'),
        quiet: options.has('Q'),
        flags,
    };
    place(&mut request, &words, options.has('x'));
    Ok(request)
}

/// Takes the words by what they look like, in whatever order: a server, a name with a dot, a type, a class, else a name.
fn place(request: &mut Request, words: &[String], reverse: bool) {
    let (mut kind, mut class, mut name) = (None, None, None);
    for word in words {
        if let Some(server) = word.strip_prefix('@') {
            request.server = Some(server.to_owned());
        } else if word.contains('.') {
            name = Some(word);
        } else if kind.is_none() && message::record_type(word).is_some() {
            kind = message::record_type(word);
        } else if class.is_none() && message::class(word).is_some() {
            class = message::class(word);
        } else {
            name = Some(word);
        }
    }
    if let Some(name) = name {
        request.kind = kind.unwrap_or(if reverse { RecordType::PTR } else { RecordType::A });
        request.name = match name.parse::<IpAddr>() {
            Ok(address) if reverse => message::reverse(address),
            _ => name.clone(),
        };
    }
    request.class = class.unwrap_or(DNSClass::IN);
}

fn shown(request: &Request, reply: &[u8], server: IpAddr, took: Duration) -> i32 {
    let Ok(answer) = Message::from_vec(reply) else {
        return error("error sending query: Could not parse the answer");
    };
    if request.quiet {
        for record in &answer.answers {
            println!("{}", text::data(&record.data));
        }
        return 0;
    }
    let when = time::civil(time::now()).ctime();
    print!("{}", page(&answer, reply));
    println!(
        "\n;; Query time: {} msec{}\n;; SERVER: {server}\n;; WHEN: {when}\n;; MSG SIZE  rcvd: {}",
        took.as_millis(),
        edns(&answer),
        reply.len()
    );
    0
}

fn edns(answer: &Message) -> String {
    answer.edns.as_ref().map_or_else(String::new, |edns| {
        let dnssec = if edns.flags().dnssec_ok { " do" } else { "" };
        format!(
            "\n;; EDNS: version {}; flags:{dnssec} ; udp: {}",
            edns.version(),
            edns.max_payload()
        )
    })
}

/// Header and sections in ldns's layout: all four titles, whatever is behind them, and tabs between a record's parts.
fn page(answer: &Message, bytes: &[u8]) -> String {
    let [queries, answers, authorities, additionals] = text::counts(bytes);
    let flags = text::flags(bytes);
    let mut out = format!(
        ";; ->>HEADER<<- opcode: QUERY, rcode: {}, id: {}\n;; flags:{flags} ; QUERY: {queries}, ANSWER: {answers}, \
         AUTHORITY: {authorities}, ADDITIONAL: {additionals} \n;; QUESTION SECTION:\n;; ",
        text::status(answer.metadata.response_code),
        answer.metadata.id,
    );
    for query in &answer.queries {
        let _ = writeln!(
            out,
            "{}\t{}\t{}",
            text::name(query.name()),
            text::class_name(query.query_class()),
            text::type_name(query.query_type())
        );
    }
    for (title, records) in [
        ("ANSWER", &answer.answers),
        ("AUTHORITY", &answer.authorities),
        ("ADDITIONAL", &answer.additionals),
    ] {
        let _ = writeln!(out, "\n;; {title} SECTION:");
        for record in records {
            let _ = writeln!(out, "{}", line(record));
        }
    }
    out
}

fn line(record: &Record) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}",
        text::name(&record.name),
        record.ttl,
        text::class_name(record.dns_class),
        text::type_name(record.record_type()),
        text::data(&record.data)
    )
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::{MessageType, OpCode, Query};
    use hickory_proto::rr::RData;
    use hickory_proto::rr::rdata::PTR;

    use super::*;

    fn placed(line: &str, reverse: bool) -> Request {
        let mut request = Request {
            name: ".".to_owned(),
            kind: RecordType::NS,
            class: DNSClass::IN,
            server: None,
            port: 53,
            tcp: false,
            quiet: false,
            flags: Flags::default(),
        };
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        place(&mut request, &words, reverse);
        request
    }

    #[test]
    fn words_are_told_apart_in_any_order() {
        for line in [
            "ptr 3.0.21.172.in-addr.arpa @10.0.0.1",
            "@10.0.0.1 3.0.21.172.in-addr.arpa ptr",
        ] {
            let request = placed(line, false);
            assert_eq!(request.name, "3.0.21.172.in-addr.arpa", "{line}");
            assert_eq!(
                (request.kind, request.server.as_deref()),
                (RecordType::PTR, Some("10.0.0.1"))
            );
        }
        let reverse = placed("172.21.0.3", true);
        assert_eq!(
            (reverse.name.as_str(), reverse.kind),
            ("3.0.21.172.in-addr.arpa", RecordType::PTR)
        );
        assert_eq!(placed("es", false).kind, RecordType::A);
        assert_eq!(placed("a a", false).name, "a", "a second type word is a name");
        assert_eq!(
            (placed("", false).name.as_str(), placed("", false).kind),
            (".", RecordType::NS)
        );
    }

    #[test]
    fn a_page_has_every_title_and_the_lesson_s_line() {
        let asked = message::name("3.0.21.172.in-addr.arpa").unwrap();
        let mut answer = Message::new(7, MessageType::Response, OpCode::Query);
        answer.metadata.recursion_desired = true;
        answer.metadata.recursion_available = true;
        answer.add_query(Query::query(asked.clone(), RecordType::PTR));
        let hello = message::name("hello.prod").unwrap();
        answer.add_answer(Record::from_rdata(asked, 600, RData::PTR(PTR(hello))));
        let bytes = answer.to_vec().unwrap();
        assert_eq!(
            page(&answer, &bytes),
            ";; ->>HEADER<<- opcode: QUERY, rcode: NOERROR, id: 7\n\
             ;; flags: qr rd ra ; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0 \n\
             ;; QUESTION SECTION:\n\
             ;; 3.0.21.172.in-addr.arpa.\tIN\tPTR\n\
             \n\
             ;; ANSWER SECTION:\n\
             3.0.21.172.in-addr.arpa.\t600\tIN\tPTR\thello.prod.\n\
             \n\
             ;; AUTHORITY SECTION:\n\
             \n\
             ;; ADDITIONAL SECTION:\n"
        );
    }
}
