//! `curl`: a request over HTTP, in curl 7.88's words. TLS and other protocols are refused as by a curl built without them.

mod options;
mod output;

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::super::{Call, errno, resolve};
use super::base64;
use super::exchange::{self, Head, Reply, Timed};
use super::url::{BadUrl, Url};
use options::{Request, Stop};
use output::{Meter, Output};

/// The version whose words these are.
const VERSION: &str = "7.88.1";
/// Redirects that are followed where `--max-redirs` does not say.
const REDIRECTS: usize = 50;

/// curl's number for a failure, and its sentence.
#[derive(Debug)]
struct Failure(i32, String);

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let args = call.words();
    let request = match options::read(&args) {
        Ok(request) if !request.urls.is_empty() => request,
        Ok(_) => return misused(None),
        Err(Stop::Option(sentence)) => return misused(Some(&sentence)),
        Err(Stop::Help) => {
            print!("{HELP}");
            return 0;
        }
        Err(Stop::Version) => {
            println!("curl {VERSION} (this lab's own)\nProtocols: http\nFeatures: none");
            return 0;
        }
    };
    let mut status = 0;
    for url in &request.urls {
        let mut output = Output::of(&request, url);
        if let Err(Failure(number, sentence)) = fetch(&request, url, &mut output) {
            status = number;
            if !request.silent || request.show_error {
                let _ = io::stdout().flush();
                let _ = writeln!(io::stderr(), "curl: ({number}) {sentence}");
            }
        }
        if let Some(format) = &request.write_out {
            print!("{}", output.report.fill(format));
        }
        let _ = io::stdout().flush();
    }
    status
}

const HELP: &str = "\
Usage: curl [options...] <url>
     --connect-timeout <seconds> Maximum time allowed for connection
 -d, --data <data>          HTTP POST data
 -f, --fail                 Fail fast with no output on HTTP errors
 -G, --get                  Put the post data in the URL and use GET
 -I, --head                 Show document info only
 -H, --header <header/@file> Pass custom header(s) to server
 -h, --help <category>      Get help for commands
 -i, --include              Include protocol response headers in the output
 -L, --location             Follow redirects
 -m, --max-time <seconds>   Maximum time allowed for the transfer
 -o, --output <file>        Write to file instead of stdout
 -O, --remote-name          Write output to a file named as the remote file
 -X, --request <method>     Specify request method to use
 -S, --show-error           Show error even when -s is used
 -s, --silent               Silent mode
 -u, --user <user:password> Server user and password
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -V, --version              Show version number and quit
 -w, --write-out <format>   Use output FORMAT after completion

This is the lab's own curl: it speaks HTTP and nothing else.
";

fn misused(sentence: Option<&str>) -> i32 {
    if let Some(sentence) = sentence {
        let _ = writeln!(io::stderr(), "curl: {sentence}");
    }
    let _ = writeln!(
        io::stderr(),
        "curl: try 'curl --help' or 'curl --manual' for more information"
    );
    2
}

fn fetch(request: &Request, text: &str, output: &mut Output) -> Result<(), Failure> {
    let begin = Instant::now();
    let deadline = request.most_time.map(|most| begin + most);
    let mut url = read_url(Url::read(text))?;
    url.target = with_data(request, &url.target);
    let mut redirects = 0;
    let mut meter = Meter::begin(request, io::stdout().is_terminal());
    let result = loop {
        let mut trip = Trip {
            request,
            begin,
            deadline,
            follows: redirects > 0,
        };
        let next = match trip.run(&url, output, &mut meter) {
            Ok(None) => break Ok(()),
            Ok(Some(location)) => location,
            Err(failure) => break Err(failure),
        };
        let most = request.most_redirects.unwrap_or(REDIRECTS);
        if redirects >= most {
            break Err(Failure(47, format!("Maximum ({most}) redirects followed")));
        }
        redirects += 1;
        match read_url(url.join(&next)) {
            Ok(next) => url = next,
            Err(failure) => break Err(failure),
        }
    };
    meter.end(begin.elapsed(), result.is_ok());
    output.report.took = begin.elapsed();
    result
}

fn read_url(read: Result<Url, BadUrl>) -> Result<Url, Failure> {
    read.map_err(|wrong| match wrong {
        BadUrl::Scheme(scheme) => Failure(1, format!("Protocol \"{scheme}\" not supported or disabled in libcurl")),
        BadUrl::Malformed | BadUrl::Port(_) => Failure(3, "URL using bad/illegal format or missing URL".to_owned()),
    })
}

fn with_data(request: &Request, target: &str) -> String {
    match &request.data {
        Some(data) if request.get => {
            let mark = if target.contains('?') { '&' } else { '?' };
            format!("{target}{mark}{}", String::from_utf8_lossy(data))
        }
        _ => target.to_owned(),
    }
}

/// One request and its response.
struct Trip<'a> {
    request: &'a Request,
    begin: Instant,
    deadline: Option<Instant>,
    /// Whether another response led here.
    follows: bool,
}

impl Trip<'_> {
    fn say(&self, line: impl std::fmt::Display) {
        if self.request.verbose {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    /// The response goes to `output`; the location to go on to, where redirects are followed.
    fn run(&mut self, url: &Url, output: &mut Output, meter: &mut Meter) -> Result<Option<String>, Failure> {
        let (stream, peer) = self.connect(url)?;
        output.report.remote = Some(peer);
        output.report.local = stream.local_addr().ok();
        output.report.url = format!("http://{}{}", url.authority(), url.target);
        let method = self.method();
        let message = self.message(url, &method);
        let mut writer = &stream;
        writer
            .write_all(&message)
            .map_err(|error| self.broken(&error, "Send"))?;
        let end = message
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or(message.len());
        for line in String::from_utf8_lossy(&message[..end]).lines() {
            self.say(format_args!("> {line}"));
        }
        self.say("> ");
        let mut reply = Reply::new(Timed {
            stream,
            deadline: self.deadline,
        });
        let head = loop {
            let head = reply.head(method == "HEAD").map_err(|error| self.no_head(&error))?;
            for line in head.lines() {
                self.say(format_args!("< {line}"));
            }
            self.say("< ");
            if self.request.include || self.request.head {
                output.write(&head.raw)?;
            }
            if head.status >= 200 {
                break head;
            }
        };
        output.report.status = head.status;
        head.header("content-type")
            .unwrap_or_default()
            .clone_into(&mut output.report.content_type);
        if self.request.fail && head.status >= 400 {
            return Err(Failure(
                22,
                format!("The requested URL returned error: {}", head.status),
            ));
        }
        let location = self.location(&head);
        self.body(&mut reply, location.is_none(), output, meter)?;
        let host = &url.host;
        self.say(format_args!("* Connection #0 to host {host} left intact"));
        Ok(location)
    }

    fn location(&self, head: &Head) -> Option<String> {
        let follows = self.request.follow && matches!(head.status, 301 | 302 | 303 | 307 | 308);
        head.header("location").filter(|_| follows).map(str::to_owned)
    }

    fn body(
        &self,
        reply: &mut Reply<Timed>,
        kept: bool,
        output: &mut Output,
        meter: &mut Meter,
    ) -> Result<(), Failure> {
        meter.expect(reply.promised());
        let mut buffer = vec![0; 16 * 1024];
        let mut received = 0u64;
        loop {
            let length = match reply.body(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(self.late(received)),
                Err(error) => return Err(self.broken(&error, "Recv")),
            };
            received += length as u64;
            if meter.aside() {
                self.say(format_args!("{{ [{length} bytes data]"));
            }
            meter.receive(length as u64);
            if kept {
                output.write(&buffer[..length])?;
            }
        }
        output.report.size = received;
        match reply.cut {
            None => Ok(()),
            Some(0) => Err(Failure(
                18,
                "transfer closed with outstanding read data remaining".to_owned(),
            )),
            Some(left) => Err(Failure(
                18,
                format!("transfer closed with {left} bytes remaining to read"),
            )),
        }
    }

    fn connect(&self, url: &Url) -> Result<(std::net::TcpStream, SocketAddr), Failure> {
        let found = resolve::ipv4(&url.host);
        let addresses: Vec<IpAddr> = found.into_iter().map(IpAddr::V4).collect();
        if addresses.is_empty() {
            self.say(format_args!("* Could not resolve host: {}", url.host));
            return Err(Failure(6, format!("Could not resolve host: {}", url.host)));
        }
        let begin = Instant::now();
        let connect_end = self.request.connect_time.map(|most| begin + most);
        let deadline = [connect_end, self.deadline].into_iter().flatten().min();
        let told = |address: SocketAddr, error: Option<&io::Error>| match error {
            None => self.say(format_args!("*   Trying {address}...")),
            Some(error) => {
                let words = errno::glibc_words(error);
                self.say(format_args!(
                    "* connect to {} port {} failed: {words}",
                    address.ip(),
                    address.port()
                ));
            }
        };
        let stream = exchange::connect(&addresses, url.port, deadline, told).map_err(|error| {
            let late = error.kind() == io::ErrorKind::TimedOut && deadline.is_some();
            let (number, words) = if late {
                (28, "Timeout was reached")
            } else {
                (7, "Couldn't connect to server")
            };
            let millis = begin.elapsed().as_millis();
            let sentence = format!(
                "Failed to connect to {} port {} after {millis} ms: {words}",
                url.host, url.port
            );
            self.say(format_args!("* {sentence}\n* Closing connection 0"));
            Failure(number, sentence)
        })?;
        let peer = stream.peer_addr().map_err(|error| self.broken(&error, "Send"))?;
        self.say(format_args!(
            "* Connected to {} ({}) port {} (#0)",
            url.host,
            peer.ip(),
            peer.port()
        ));
        Ok((stream, peer))
    }

    fn method(&self) -> String {
        let request = self.request;
        let posts = request.data.is_some() && !request.get && !self.follows;
        match &request.method {
            Some(method) => method.clone(),
            None if request.head => "HEAD".to_owned(),
            None if posts => "POST".to_owned(),
            None => "GET".to_owned(),
        }
    }

    fn message(&self, url: &Url, method: &str) -> Vec<u8> {
        let request = self.request;
        let own = |name: &str| {
            request.headers.iter().any(|header| {
                header
                    .split([':', ';'])
                    .next()
                    .is_some_and(|own| own.trim().eq_ignore_ascii_case(name))
            })
        };
        let body = request.data.as_ref().filter(|_| !request.get && !self.follows);
        let mut lines = vec![format!("{method} {} HTTP/1.1", url.target)];
        let mut add = |name: &str, value: &str| {
            if !own(name) && !value.is_empty() {
                lines.push(format!("{name}: {value}"));
            }
        };
        add("Host", &url.authority());
        if let Some(user) = request.user.as_ref().or(url.user.as_ref()) {
            add("Authorization", &format!("Basic {}", base64::encode(user.as_bytes())));
        }
        add(
            "User-Agent",
            request.agent.as_deref().unwrap_or(&format!("curl/{VERSION}")),
        );
        add("Accept", "*/*");
        if let Some(body) = body {
            add("Content-Length", &body.len().to_string());
            add("Content-Type", "application/x-www-form-urlencoded");
        }
        // `Name:` alone only takes curl's own header away.
        let given = request
            .headers
            .iter()
            .filter(|header| !header.trim_end().ends_with(':'));
        lines.extend(given.map(|header| header.replace(['\r', '\n'], "")));
        let mut message = (lines.join("\r\n") + "\r\n\r\n").into_bytes();
        message.extend(body.into_iter().flatten());
        message
    }

    fn late(&self, received: u64) -> Failure {
        let millis = self.begin.elapsed().as_millis();
        Failure(
            28,
            format!("Operation timed out after {millis} milliseconds with {received} bytes received"),
        )
    }

    fn no_head(&self, error: &io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::TimedOut => self.late(0),
            io::ErrorKind::UnexpectedEof => {
                self.say("* Empty reply from server\n* Closing connection 0");
                Failure(52, "Empty reply from server".to_owned())
            }
            io::ErrorKind::InvalidData => Failure(1, "Received HTTP/0.9 when not allowed".to_owned()),
            _ => self.broken(error, "Recv"),
        }
    }

    fn broken(&self, error: &io::Error, what: &str) -> Failure {
        let number = if what == "Send" { 55 } else { 56 };
        let sentence = format!("{what} failure: {}", errno::glibc_words(error));
        self.say(format_args!("* {sentence}\n* Closing connection 0"));
        Failure(number, sentence)
    }
}

/// Duration as curl writes it: seconds with six decimals.
fn in_seconds(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}
