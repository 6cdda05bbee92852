//! `wget`: files over HTTP, in busybox's words. What needs TLS or FTP is refused in a sentence.

mod options;
mod progress;

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::super::{Call, errno, resolve};
use super::base64;
use super::exchange::{Head, Reply};
use super::url::{BadUrl, Url};
use options::Request;
use progress::Progress;

/// Help.
pub const USAGE: &str = "[-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
	[--post-data STR | --post-file FILE] [-Y on/off]
	[-P DIR] [-U AGENT] [-T SEC] URL...

Retrieve files via HTTP

	--spider	Only check URL existence: $? is 0 if exists
	--header STR	Add STR (of form 'header: value') to headers
	--post-data STR	Send STR using POST method
	--post-file FILE	Send FILE using POST method
	-c		Continue retrieval of aborted transfer
	-q		Quiet
	-P DIR		Save to DIR (default .)
	-S    		Show server response
	-T SEC		Network read timeout is SEC seconds
	-O FILE		Save to FILE ('-' for stdout)
	-o LOGFILE	Log messages to FILE
	-U STR		Use STR for User-Agent header
	-Y on/off	Use proxy (this lab has none)";

/// Redirections that are followed.
const REDIRECTIONS: usize = 15;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let request = match options::read(call) {
        Ok(request) => request,
        Err(status) => return status,
    };
    match fetch_all(&request) {
        Ok(()) => 0,
        Err(sentence) => {
            call.complain(sentence);
            1
        }
    }
}

/// Fetches each URL, up to the first that fails.
fn fetch_all(request: &Request) -> Result<(), String> {
    if let Some(log) = &request.log {
        let file = File::create(log).map_err(|error| cannot_open(&log.display(), &error))?;
        rustix::stdio::dup2_stderr(&file).map_err(|error| cannot_open(&log.display(), &error.into()))?;
    }
    // One file for all, where there is one for all.
    let mut shared = None;
    for text in &request.urls {
        let url = read_url(Url::read(text), text)?;
        Fetch::of(request, &url).run(url, &mut shared)?;
    }
    Ok(())
}

fn cannot_open(name: &dyn std::fmt::Display, error: &io::Error) -> String {
    format!("can't open '{name}': {}", errno::words(error))
}

fn read_url(read: Result<Url, BadUrl>, text: &str) -> Result<Url, String> {
    read.map_err(|wrong| match wrong {
        BadUrl::Scheme(scheme) if scheme == "https" => {
            format!("this lab's wget has no TLS: {text} cannot be fetched")
        }
        BadUrl::Scheme(scheme) if scheme == "ftp" => {
            format!("this lab's wget speaks HTTP alone: {text} cannot be fetched")
        }
        BadUrl::Scheme(_) => format!("not an http or ftp url: {text}"),
        BadUrl::Port(port) => format!("bad port '{port}'"),
        BadUrl::Malformed => format!("bad address '{text}'"),
    })
}

/// One file on its way.
struct Fetch<'a> {
    request: &'a Request,
    /// Where it goes; `None` is standard output.
    path: Option<String>,
    /// Where a file that is to be continued ends.
    offset: u64,
    progress: Rc<RefCell<Progress>>,
}

impl<'a> Fetch<'a> {
    fn of(request: &'a Request, url: &Url) -> Self {
        let last = url.target.rsplit('/').next().unwrap_or_default();
        let name = if last.is_empty() { "index.html" } else { last };
        let path = match (&request.output, &request.folder) {
            (Some(output), _) => Some(output.clone()).filter(|path| path != "-"),
            (None, Some(folder)) => Some(format!("{}/{name}", folder.trim_end_matches('/'))),
            (None, None) => Some(name.to_owned()),
        };
        let shown = path.as_deref().unwrap_or("-");
        let shown = shown.rsplit('/').next().unwrap_or(shown);
        let progress = Rc::new(RefCell::new(Progress::new(shown, !request.quiet)));
        Self {
            request,
            path,
            offset: 0,
            progress,
        }
    }

    fn say(&self, line: impl std::fmt::Display) {
        if !self.request.quiet {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    fn run(mut self, url: Url, shared: &mut Option<File>) -> Result<(), String> {
        let kept = match (&self.path, self.request.resumes) {
            (Some(path), true) => OpenOptions::new().append(true).open(path).ok(),
            _ => None,
        };
        if let Some(length) = kept.as_ref().and_then(|file| file.metadata().ok()) {
            self.offset = length.len();
        }
        let (mut reply, head) = self.follow(url)?;
        if self.request.spider {
            self.say("remote file exists");
            return Ok(());
        }
        if self.offset > 0 && head.status != 206 {
            self.say("wget: restart failed");
            self.offset = 0;
        }
        let promised = reply.promised();
        self.progress.borrow_mut().expect(promised, self.offset);
        let Some(path) = &self.path else {
            self.say("writing to stdout");
            self.copy(&mut reply, &mut io::stdout())?;
            self.say("written to stdout");
            return Ok(());
        };
        let file = match (kept, shared) {
            (Some(mut file), _) => {
                if self.offset == 0 {
                    let emptied = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
                    emptied.map_err(|error| cannot_open(path, &error))?;
                }
                &mut { file }
            }
            (None, Some(file)) => file,
            (None, shared) => {
                let fresh = if self.request.output.is_some() {
                    File::create(path)
                } else {
                    File::create_new(path)
                };
                let fresh = fresh.map_err(|error| cannot_open(path, &error))?;
                if self.request.output.is_some() {
                    shared.insert(fresh)
                } else {
                    &mut { fresh }
                }
            }
        };
        self.say(format_args!("saving to '{path}'"));
        self.copy(&mut reply, file)?;
        self.say(format_args!("'{path}' saved"));
        Ok(())
    }

    /// Asks until an answer is none that leads elsewhere.
    fn follow(&self, mut url: Url) -> Result<(Reply<Patient>, Head), String> {
        let mut address = self.find(&url)?;
        for _ in 0..=REDIRECTIONS {
            let mut reply = self.ask(&url, address)?;
            let head = self.head(&mut reply)?;
            match head.status {
                206 if self.offset > 0 => return Ok((reply, head)),
                200..=204 => return Ok((reply, head)),
                300..=303 | 307 | 308 => {
                    let Some(location) = head.header("location").map(printable) else {
                        return Ok((reply, head));
                    };
                    url = read_url(url.join(&location), &location)?;
                    // The same server is not told of again.
                    if location.contains("//") {
                        address = self.find(&url)?;
                    }
                }
                _ => return Err(format!("server returned error: {}", status_line(&head))),
            }
        }
        Err("too many redirections".to_owned())
    }

    fn find(&self, url: &Url) -> Result<SocketAddr, String> {
        let found = resolve::ipv4(&url.host);
        let address: Ipv4Addr = *found.first().ok_or_else(|| format!("bad address '{}'", url.host))?;
        let address = SocketAddr::from((address, url.port));
        self.say(format_args!("Connecting to {} ({address})", url.authority()));
        Ok(address)
    }

    fn ask(&self, url: &Url, address: SocketAddr) -> Result<Reply<Patient>, String> {
        let connected = match self.request.patience {
            Some(most) => TcpStream::connect_timeout(&address, most),
            None => TcpStream::connect(address),
        };
        let mut stream = connected.map_err(|error| {
            if error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none() {
                return "download timed out".to_owned();
            }
            let words = errno::words(&error);
            format!("can't connect to remote host ({}): {words}", address.ip())
        })?;
        stream
            .set_write_timeout(self.request.patience)
            .and_then(|()| stream.write_all(&message(self.request, url, self.offset)))
            .map_err(|error| format!("error getting response: {}", errno::words(&error)))?;
        Ok(Reply::new(Patient {
            stream,
            most: self.request.patience,
            progress: Rc::clone(&self.progress),
        }))
    }

    fn head(&self, reply: &mut Reply<Patient>) -> Result<Head, String> {
        loop {
            let head = reply.head(false).map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => "download timed out".to_owned(),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => "error getting response".to_owned(),
                _ => format!("error getting response: {}", errno::words(&error)),
            })?;
            if self.request.shows_head {
                for line in shown(&head) {
                    let _ = writeln!(io::stderr(), "  {line}");
                }
            }
            if let Some(length) = head.header("content-length").filter(|_| head.status < 300)
                && length.parse::<u64>().is_err()
            {
                return Err(format!("content-length {} is garbage", printable(length)));
            }
            if head.status >= 200 {
                return Ok(head);
            }
        }
    }

    fn copy(&self, reply: &mut Reply<Patient>, output: &mut dyn Write) -> Result<(), String> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let length = reply.body(&mut buffer).map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => "download timed out".to_owned(),
                io::ErrorKind::InvalidData => "error getting response".to_owned(),
                _ => format!("read error: {}", errno::words(&error)),
            })?;
            if length == 0 {
                break;
            }
            output
                .write_all(&buffer[..length])
                .and_then(|()| output.flush())
                .map_err(|error| format!("write error: {}", errno::words(&error)))?;
            self.progress.borrow_mut().receive(length);
        }
        if reply.cut.is_some() {
            return Err("connection closed prematurely".to_owned());
        }
        self.progress.borrow_mut().end();
        Ok(())
    }
}

/// What a server sends, without what a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().take_while(|letter| !letter.is_control()).collect()
}

fn status_line(head: &Head) -> String {
    printable(head.lines().first().map_or("", String::as_str))
}

/// The lines of a head that `-S` shows: all and the empty one, up to where it leads, or what is wrong.
fn shown(head: &Head) -> Vec<String> {
    let mut lines: Vec<String> = head.lines().iter().map(|line| printable(line)).collect();
    let leads = matches!(head.status, 300..=303 | 307 | 308);
    let location = |line: &String| line.to_ascii_lowercase().starts_with("location:");
    match lines.iter().position(location).filter(|_| leads) {
        Some(at) => lines.truncate(at + 1),
        None if head.status >= 400 => lines.truncate(1),
        None => lines.push(String::new()),
    }
    lines
}

fn message(request: &Request, url: &Url, offset: u64) -> Vec<u8> {
    let given = |name: &str| {
        let named = |header: &String| {
            let own = header.split(':').next().unwrap_or_default();
            own.trim().eq_ignore_ascii_case(name)
        };
        request.headers.iter().any(named)
    };
    let method = if request.posted.is_some() { "POST" } else { "GET" };
    let mut lines = vec![format!("{method} {} HTTP/1.1", url.target)];
    let mut add = |name: &str, value: &str| {
        if !given(name) {
            lines.push(format!("{name}: {value}"));
        }
    };
    add("Host", &url.authority());
    let agent = request.agent.as_deref().unwrap_or("Wget");
    add("User-Agent", &agent.replace(['\r', '\n'], ""));
    add("Connection", "close");
    if let Some(user) = &url.user {
        add("Authorization", &format!("Basic {}", base64::encode(user.as_bytes())));
    }
    if offset > 0 {
        add("Range", &format!("bytes={offset}-"));
    }
    if let Some(data) = &request.posted {
        add("Content-Type", "application/x-www-form-urlencoded");
        add("Content-Length", &data.len().to_string());
    }
    lines.extend(request.headers.iter().cloned());
    let mut message = (lines.join("\r\n") + "\r\n\r\n").into_bytes();
    message.extend(request.posted.iter().flatten());
    message
}

/// A connection whose silence is borne for so long, while the bar goes on.
struct Patient {
    stream: TcpStream,
    most: Option<Duration>,
    progress: Rc<RefCell<Progress>>,
}

impl Patient {
    /// Milliseconds between two looks at the bar while nothing comes.
    const LOOK: u16 = 1000;
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let begin = Instant::now();
        loop {
            let mut watched = [PollFd::new(self.stream.as_fd(), PollFlags::POLLIN)];
            if poll(&mut watched, PollTimeout::ZERO) == Ok(0) {
                let left = self.most.map(|most| most.saturating_sub(begin.elapsed()));
                if left.is_some_and(|left| left.is_zero()) {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                let most = left.and_then(|left| u16::try_from(left.as_millis()).ok());
                let millis = most.map_or(Self::LOOK, |most| most.min(Self::LOOK));
                // Whatever it says, the next turn sees.
                let _ = poll(&mut watched, PollTimeout::from(millis.max(1)));
                self.progress.borrow_mut().wait();
                continue;
            }
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}
