//! `nc`'s command line.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::super::{Call, getopt, number, resolve};

/// What the command line asks for.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the tool")]
pub(super) struct Request {
    pub listens: bool,
    /// A program is run for one client after the other.
    pub keeps: bool,
    pub numeric: bool,
    pub udp: bool,
    pub broadcasts: bool,
    /// Only whether the port answers.
    pub scans: bool,
    /// 0 says nothing, 2 everything.
    pub verbose: usize,
    /// For a connection to come about, and for a last word once there is nothing more to send.
    pub wait: Option<Duration>,
    /// Between lines.
    pub interval: Option<Duration>,
    pub source: Option<IpAddr>,
    /// 0: one that the kernel chooses.
    pub local_port: u16,
    pub program: Option<Vec<OsString>>,
    /// As it was typed.
    pub host: Option<String>,
    /// Its address and port; the port is 0 where none was given.
    pub peer: Option<SocketAddr>,
}

/// Reads the command line.
///
/// # Errors
/// The exit status, once the reproach was printed.
pub(super) fn read(call: &Call) -> Result<Request, i32> {
    let (args, program) = without_program(&call.args);
    let inner = Call {
        applet: call.applet,
        args,
    };
    let options = getopt::parse(&inner, "lkp:s:w:i:nubvzo:t", &[])?;
    let refused = |sentence: String| {
        call.complain(sentence);
        1
    };
    if options.has('o') {
        return Err(refused("-o is not built in this lab's nc".to_owned()));
    }
    if program.as_ref().is_some_and(Vec::is_empty) || options.operands.len() > 2 {
        return Err(call.usage());
    }
    let seconds = |letter| {
        let text = options.value(letter);
        let seconds = text.map(|text| number::plain(text)).transpose();
        let most = u64::from(u32::MAX);
        seconds.map(|seconds| {
            seconds
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Duration::from_secs(seconds.min(most)))
        })
    };
    let count = |wanted| options.in_order().filter(|(letter, _)| *letter == wanted).count();
    let udp = options.has('u');
    let port = |text: &OsString| {
        let text = text.to_string_lossy();
        let protocol = if udp { "udp" } else { "tcp" };
        resolve::port_of(&text, protocol).ok_or_else(|| format!("bad port '{text}'"))
    };
    let numeric = options.has('n');
    let read = || -> Result<Request, String> {
        let source = options
            .value('s')
            .map(|source| address(&source.to_string_lossy(), numeric));
        let host = options.operands.first().map(|host| host.to_string_lossy().into_owned());
        let peer = match (&host, options.operands.get(1)) {
            (Some(host), Some(text)) => {
                let port = port(text)?;
                Some(SocketAddr::new(address(host, numeric)?, port))
            }
            (Some(host), None) => Some(SocketAddr::new(address(host, numeric)?, 0)),
            (None, _) => None,
        };
        Ok(Request {
            listens: options.has('l'),
            keeps: options.has('k') || count('l') > 1,
            numeric,
            udp,
            broadcasts: options.has('b'),
            scans: options.has('z'),
            verbose: count('v'),
            wait: seconds('w')?,
            interval: seconds('i')?,
            source: source.transpose()?,
            local_port: options.value('p').map_or(Ok(0), port)?,
            program: program.clone(),
            host,
            peer,
        })
    };
    read().map_err(refused)
}

/// The words before `-e`, and the program that is all that follows it.
fn without_program(args: &[OsString]) -> (Vec<OsString>, Option<Vec<OsString>>) {
    match args.iter().position(|word| word == "-e") {
        Some(at) => (args[..at].to_vec(), Some(args[at + 1..].to_vec())),
        None => (args.to_vec(), None),
    }
}

fn address(host: &str, numeric: bool) -> Result<IpAddr, String> {
    let bad = || format!("bad address '{host}'");
    if let Ok(literal) = host.parse() {
        return Ok(literal);
    }
    if numeric && !host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(bad());
    }
    resolve::ipv4(host).first().copied().map(IpAddr::V4).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::super::super::Applet;
    use super::*;

    const TESTED: Applet = Applet {
        path: "/usr/bin/nc",
        usage: "",
        run: |_| 0,
    };

    fn read_words(words: &str) -> Result<Request, i32> {
        read(&Call {
            applet: &TESTED,
            args: words.split(' ').map(OsString::from).collect(),
        })
    }

    #[test]
    fn the_forms_of_the_help_are_read() {
        let scan = read_words("-zvw2 127.0.0.1 9200").unwrap();
        assert_eq!(scan.peer, "127.0.0.1:9200".parse().ok());
        assert!(scan.scans && scan.verbose == 1 && scan.wait == Some(Duration::from_secs(2)));

        let server = read_words("-lk -p 80 -e sh -c cat").unwrap();
        assert!(server.listens && server.keeps && server.local_port == 80);
        assert_eq!(server.program.unwrap(), ["sh", "-c", "cat"]);
        assert!(read_words("-ll -p 80 -e cat").unwrap().keeps);
        assert_eq!(read_words("-l -p 1").unwrap().peer, None);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for words in [
            "127.0.0.1 abc",
            "127.0.0.1 65536",
            "-n es 80",
            "-l -p 80 -e",
            "-w x a",
            "a b c",
            "-o f a 1",
        ] {
            assert_eq!(read_words(words).map(|_| ()), Err(1), "{words}");
        }
    }
}
