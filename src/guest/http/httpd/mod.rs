//! `httpd`: the files of a folder over HTTP, as busybox serves them. Scripts, passwords and a configuration file are not
//! built.

mod answer;
mod request;

use std::ffi::OsStr;
use std::io::{self, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::super::{Call, errno, getopt, resolve};
use answer::Answer;
use request::Request;

/// Help.
pub const USAGE: &str = "[-ifv[v]] [-p [IP:]PORT] [-h HOME]
or httpd -d/-e STRING

Listen for incoming HTTP requests

	-i		Inetd mode
	-f		Run in foreground
	-v[v]		Verbose
	-p [IP:]PORT	Bind to IP:PORT (default *:80)
	-h HOME		Home directory (default .)
	-e STRING	HTML encode STRING
	-d STRING	URL decode STRING";

/// The port where none is given.
const PORT: u16 = 80;
/// Clients served at a time; more wait in the kernel's queue.
const MOST_CLIENTS: usize = 128;
/// How long a client may take for its request, and for each part of the answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long, and how much, a client may go on sending once it was answered.
const LINGER: Duration = Duration::from_secs(2);
const MOST_LINGERING: u64 = 1024 * 1024;

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "ifvp:h:e:d:c:r:m:u:", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Some(text) = options.value('e') {
        print!("{}", answer::encoded(&text.to_string_lossy()));
        return 0;
    }
    if let Some(text) = options.value('d') {
        let plain = request::decoded(&text.to_string_lossy().replace('+', " "));
        let _ = io::stdout().write_all(&plain.unwrap_or_default());
        return 0;
    }
    for (letter, what) in [
        ('c', "a configuration file"),
        ('r', "passwords"),
        ('m', "passwords"),
        ('u', "another user"),
    ] {
        if options.has(letter) {
            call.complain(format_args!("-{letter}: {what} is not built in this lab's httpd"));
            return 1;
        }
    }
    let loudness = options.in_order().filter(|(letter, _)| *letter == 'v').count();
    let done = options.value('h').map_or(Ok(()), |home| enter(home)).and_then(|()| {
        if options.has('i') {
            inetd();
            return Ok(());
        }
        let listener = listen(options.value('p').map_or(OsStr::new("80"), |place| place))?;
        if !options.has('f') {
            nix::unistd::daemon(true, false).map_err(|error| format!("fork: {}", errno::of_code(error as i32)))?;
        }
        serve(&listener, loudness);
        Ok(())
    });
    match done {
        Ok(()) => 0,
        Err(sentence) => {
            call.complain(sentence);
            1
        }
    }
}

fn enter(home: &OsStr) -> Result<(), String> {
    std::env::set_current_dir(home).map_err(|error| {
        format!(
            "can't change directory to '{}': {}",
            home.display(),
            errno::words(&error)
        )
    })
}

/// `PORT` or `IP:PORT`; what is no port is an address. Without one, IPv4 and IPv6 alike are listened to where the kernel
/// has both.
fn listen(place: &OsStr) -> Result<TcpListener, String> {
    let text = place.to_string_lossy();
    let (host, port) = match (text.rsplit_once(':'), text.parse()) {
        (Some((host, port)), _) => (host, port.parse().map_err(|_| format!("bad port '{port}'"))?),
        (None, Ok(port)) => ("", port),
        (None, Err(_)) => (&*text, PORT),
    };
    let address = match host.trim_matches(['[', ']']) {
        "" => None,
        host => {
            let literal = host.parse::<IpAddr>().ok();
            let found = literal.or_else(|| resolve::ipv4(host).first().copied().map(IpAddr::V4));
            Some(found.ok_or_else(|| format!("bad address '{host}'"))?)
        }
    };
    let bound = match address {
        Some(address) => bind(SocketAddr::new(address, port)),
        None => bind((Ipv6Addr::UNSPECIFIED, port).into()).or_else(|error| match error.raw_os_error() {
            Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL) => bind((Ipv4Addr::UNSPECIFIED, port).into()),
            _ => Err(error),
        }),
    };
    bound.map_err(|error| format!("bind: {}", errno::words(&error)))
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(9)?;
    Ok(socket.into())
}

/// One thread a client, for ever.
fn serve(listener: &TcpListener, loudness: usize) {
    let served = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((stream, peer)) = listener.accept() else {
            // A client that is gone again, or no descriptor left: neither ends a server.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        while served.load(Ordering::Acquire) >= MOST_CLIENTS {
            thread::sleep(Duration::from_millis(10));
        }
        served.fetch_add(1, Ordering::AcqRel);
        let place = Place(Arc::clone(&served));
        // Where no thread is to be had, the client is let go and the next one tried.
        let _ = thread::Builder::new().spawn(move || {
            attend(&stream, peer, loudness);
            drop(place);
        });
    }
}

/// A client's place among those served.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn attend(stream: &TcpStream, peer: SocketAddr, loudness: usize) {
    let log = |line: String| {
        let _ = io::stderr().write_all(format!("{peer}: {line}\n").as_bytes());
    };
    let timed = Timed {
        stream,
        end: Instant::now() + PATIENCE,
    };
    if stream.set_write_timeout(Some(PATIENCE)).is_err() {
        return;
    }
    let Ok(Some(request)) = Request::receive(&mut BufReader::new(timed)) else {
        return;
    };
    let request = request.as_ref();
    if let Ok(request) = request
        && loudness > 1
    {
        log(format!("url:{}", request.shown()));
    }
    let answer = Answer::to(request);
    if loudness > 0 {
        log(format!("response:{}", answer.status));
    }
    // How a client's connection ends concerns nobody else.
    let mut output = stream;
    let _ = answer.send(&mut output);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    // What a client still sends is read a while: a connection closed over it would take the answer back.
    let rest = Timed {
        stream,
        end: Instant::now() + LINGER,
    };
    let _ = io::copy(&mut rest.take(MOST_LINGERING), &mut io::sink());
}

/// One request on standard input, answered on standard output.
fn inetd() {
    if let Ok(Some(request)) = Request::receive(&mut BufReader::new(io::stdin())) {
        // Whoever started this sees the rest.
        let _ = Answer::to(request.as_ref()).send(&mut io::stdout());
    }
}

/// A connection from which a request comes in time, or never.
struct Timed<'a> {
    stream: &'a TcpStream,
    end: Instant,
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(buffer)
    }
}
