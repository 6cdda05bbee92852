//! One HTTP/1.1 exchange on a connection (RFC 9112), from the client's side.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longest head of a response that is read.
const LONGEST_HEAD: usize = 256 * 1024;

/// The head of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// As it came, with the empty line that ends it.
    pub raw: Vec<u8>,
    pub status: u16,
    /// What stands behind the status.
    pub reason: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// A header's value, by its name in any case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The lines as they came, without their ends and without the last, empty one.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.raw);
        text.lines()
            .take_while(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// Bytes still to come.
    Length(u64),
    /// Chunks; bytes left of the present one.
    Chunked(u64),
    /// The connection's end.
    Close,
    Ended,
}

/// A connection on which a request was written.
pub(super) struct Reply<R> {
    reader: BufReader<R>,
    framing: Framing,
    /// Whether the connection ended before the body did; holds the bytes that were missing, where known.
    pub cut: Option<u64>,
}

impl<R: Read> Reply<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            reader: BufReader::new(stream),
            framing: Framing::Ended,
            cut: None,
        }
    }

    /// Reads a head and prepares for its body; `without_body` for the answer to HEAD.
    ///
    /// # Errors
    /// `UnexpectedEof` where nothing came at all, `InvalidData` where it is not HTTP.
    pub(super) fn head(&mut self, without_body: bool) -> io::Result<Head> {
        let mut raw = Vec::new();
        loop {
            let begin = raw.len();
            let room = u64::try_from(LONGEST_HEAD - begin).unwrap_or(0);
            let length = self.reader.by_ref().take(room).read_until(b'\n', &mut raw)?;
            if length == 0 {
                return Err(if raw.is_empty() {
                    io::ErrorKind::UnexpectedEof.into()
                } else {
                    io::ErrorKind::InvalidData.into()
                });
            }
            if begin == 0 && !raw.starts_with(b"HTTP/") {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if matches!(&raw[begin..], b"\r\n" | b"\n") {
                break;
            }
        }
        let head = read_head(raw).ok_or(io::ErrorKind::InvalidData)?;
        self.framing = framing(&head, without_body);
        Ok(head)
    }

    /// Bytes the head promised, where it did.
    pub(super) const fn promised(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(length) => Some(length),
            _ => None,
        }
    }

    /// The next part of the body; 0 at its end.
    pub(super) fn body(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let most = match self.framing {
                Framing::Ended | Framing::Length(0) => return Ok(0),
                Framing::Length(left) | Framing::Chunked(left) if left > 0 => left,
                Framing::Length(_) | Framing::Chunked(_) => {
                    self.next_chunk()?;
                    continue;
                }
                Framing::Close => u64::MAX,
            };
            let room = usize::try_from(most).unwrap_or(usize::MAX).min(buffer.len());
            let length = self.reader.read(&mut buffer[..room])?;
            let taken = length as u64;
            match &mut self.framing {
                Framing::Close if length == 0 => self.framing = Framing::Ended,
                Framing::Length(left) if length == 0 => {
                    self.cut = Some(*left);
                    self.framing = Framing::Ended;
                }
                Framing::Chunked(_) if length == 0 => {
                    self.cut = Some(0);
                    self.framing = Framing::Ended;
                }
                Framing::Length(left) => *left -= taken,
                Framing::Chunked(left) => {
                    *left -= taken;
                    if *left == 0 {
                        self.line()?;
                    }
                }
                _ => {}
            }
            return Ok(length);
        }
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let line = self.line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        if size > 0 {
            self.framing = Framing::Chunked(size);
            return Ok(());
        }
        // Trailers, up to the empty line.
        while !self.line()?.is_empty() {}
        self.framing = Framing::Ended;
        Ok(())
    }

    /// One line without its end; empty at the connection's end.
    fn line(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(8192).read_until(b'\n', &mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
    }
}

fn read_head(raw: Vec<u8>) -> Option<Head> {
    let text = String::from_utf8_lossy(&raw).into_owned();
    let mut lines = text.lines();
    let mut words = lines.next()?.splitn(3, ' ');
    words.next()?;
    let status = words
        .next()?
        .parse()
        .ok()
        .filter(|status| (100..1000).contains(status))?;
    let reason = words.next().unwrap_or_default().to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    Some(Head {
        raw,
        status,
        reason,
        headers,
    })
}

fn framing(head: &Head, without_body: bool) -> Framing {
    if without_body || matches!(head.status, 100..=199 | 204 | 304) {
        return Framing::Ended;
    }
    let chunked = head
        .header("transfer-encoding")
        .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    if chunked {
        return Framing::Chunked(0);
    }
    match head.header("content-length").map(str::parse) {
        Some(Ok(length)) => Framing::Length(length),
        _ => Framing::Close,
    }
}

/// A connection to the first address that takes one; `told` hears of each attempt before it is made.
///
/// # Errors
/// The last attempt's.
pub(super) fn connect(
    addresses: &[IpAddr],
    port: u16,
    deadline: Option<Instant>,
    mut told: impl FnMut(SocketAddr, Option<&io::Error>),
) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        let address = SocketAddr::new(*address, port);
        told(address, None);
        let result = match deadline {
            None => TcpStream::connect(address),
            Some(end) => match end
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())
            {
                Some(left) => TcpStream::connect_timeout(&address, left),
                None => Err(io::ErrorKind::TimedOut.into()),
            },
        };
        match result {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                told(address, Some(&error));
                last = error;
            }
        }
    }
    Err(last)
}

/// A stream whose reads together end at a deadline.
pub(super) struct Timed {
    pub stream: TcpStream,
    pub deadline: Option<Instant>,
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(end) = self.deadline {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        }
        match self.stream.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(io::ErrorKind::TimedOut.into()),
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], without_body: bool) -> io::Result<(u16, Vec<u8>, Option<u64>)> {
        let mut reply = Reply::new(text);
        let head = reply.head(without_body)?;
        let mut body = Vec::new();
        let mut buffer = [0; 3];
        loop {
            match reply.body(&mut buffer)? {
                0 => return Ok((head.status, body, reply.cut)),
                length => body.extend(&buffer[..length]),
            }
        }
    }

    #[test]
    fn bodies_end_where_their_framing_says() {
        let read = |text: &str| all(text.as_bytes(), false).unwrap();
        let whole = |body: &str| (200, body.as_bytes().to_vec(), None);
        assert_eq!(
            read("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcdefg"),
            whole("abcd")
        );
        assert_eq!(read("HTTP/1.1 200\nContent-Length: 0\n\nabc"), whole(""));
        assert_eq!(read("HTTP/1.0 200 OK\r\n\r\nto the end"), whole("to the end"));
        assert_eq!(
            read(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\nmore"
            ),
            whole("hello!")
        );
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
        assert_eq!(all(head, true).unwrap(), whole(""));
        assert_eq!(
            read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            (200, b"abc".to_vec(), Some(6))
        );
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        let kind = |text: &[u8]| all(text, false).unwrap_err().kind();
        assert_eq!(kind(b""), io::ErrorKind::UnexpectedEof);
        for text in [
            &b"SSH-2.0-x\r\n"[..],
            b"HTTP/1.1 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 7 x\r\n\r\n",
        ] {
            assert_eq!(
                kind(text),
                io::ErrorKind::InvalidData,
                "{}",
                String::from_utf8_lossy(text)
            );
        }
        assert_eq!(
            kind(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            io::ErrorKind::InvalidData
        );
        let endless = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; LONGEST_HEAD]].concat();
        assert_eq!(kind(&endless), io::ErrorKind::InvalidData);
    }
}
