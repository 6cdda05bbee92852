//! Where a response goes, the meter beside it, and what `-w` tells afterwards.

use std::fs::File;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use super::options::Request;
use super::{Failure, in_seconds};

/// The place of the body, opened with the first byte.
pub(super) struct Output {
    path: Option<String>,
    file: Option<File>,
    /// For `-w`.
    pub report: Report,
}

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub url: String,
    pub status: u16,
    pub content_type: String,
    pub remote: Option<SocketAddr>,
    pub local: Option<SocketAddr>,
    pub size: u64,
    pub took: Duration,
}

impl Output {
    /// As `-o` and `-O` say; else standard output.
    pub(super) fn of(request: &Request, url: &str) -> Self {
        let remote = || {
            let path = url.split(['?', '#']).next().unwrap_or_default();
            let path = path.split_once("://").map_or(path, |(_, rest)| rest);
            path.split_once('/')
                .map(|(_, path)| path.rsplit('/').next().unwrap_or_default().to_owned())
        };
        let path = match &request.output {
            Some(path) => Some(path.clone()).filter(|path| path != "-"),
            None if request.remote_name => Some(remote().unwrap_or_default()),
            None => None,
        };
        Self {
            path,
            file: None,
            report: Report::default(),
        }
    }

    /// Appends.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let Some(path) = &self.path else {
            let written = io::stdout().write_all(bytes).and_then(|()| io::stdout().flush());
            return written.map_err(|_| Failure(23, "Failed writing body".to_owned()));
        };
        if path.is_empty() {
            return Err(Failure(23, "Remote file name has no length".to_owned()));
        }
        if self.file.is_none() {
            self.file = File::create(path).ok();
        }
        let written = self.file.as_mut().map(|file| file.write_all(bytes));
        match written {
            Some(Ok(())) => Ok(()),
            _ => Err(Failure(23, format!("Failed to open the file {path} or to write to it"))),
        }
    }
}

impl Report {
    /// A format of `-w` with its variables and escapes filled.
    pub(super) fn fill(&self, format: &str) -> String {
        let mut out = String::new();
        let mut rest = format;
        while let Some(at) = rest.find(['%', '\\']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some((name, after)) = rest.strip_prefix("%{").and_then(|inner| inner.split_once('}')) {
                out.push_str(&self.variable(name));
                rest = after;
                continue;
            }
            let (text, length) = match rest.as_bytes().get(..2) {
                Some(b"%%") => ("%", 2),
                Some(b"\\n") => ("\n", 2),
                Some(b"\\r") => ("\r", 2),
                Some(b"\\t") => ("\t", 2),
                _ => (&rest[..1], 1),
            };
            out.push_str(text);
            rest = &rest[length..];
        }
        out + rest
    }

    fn variable(&self, name: &str) -> String {
        let ip = |address: Option<SocketAddr>| address.map_or_else(String::new, |address| address.ip().to_string());
        let port = |address: Option<SocketAddr>| address.map_or(0, |address| address.port()).to_string();
        match name {
            "http_code" | "response_code" => format!("{:03}", self.status),
            "content_type" => self.content_type.clone(),
            "url_effective" => self.url.clone(),
            "remote_ip" => ip(self.remote),
            "remote_port" => port(self.remote),
            "local_ip" => ip(self.local),
            "local_port" => port(self.local),
            "size_download" => self.size.to_string(),
            "time_total" => in_seconds(self.took),
            "http_version" if self.status > 0 => "1.1".to_owned(),
            "scheme" if self.status > 0 => "HTTP".to_owned(),
            _ => String::new(),
        }
    }
}

/// The table that curl draws on standard error while the body goes anywhere but to a terminal.
pub(super) struct Meter {
    shown: bool,
    /// Whether the body goes anywhere but to a terminal.
    aside: bool,
    total: Option<u64>,
    received: u64,
}

impl Meter {
    /// Shows the title and an empty line of figures where a meter is wanted.
    pub(super) fn begin(request: &Request, to_terminal: bool) -> Self {
        let to_file = request.output.is_some() || request.remote_name;
        let meter = Self {
            shown: !request.silent && (to_file || !to_terminal),
            aside: to_file || !to_terminal,
            total: None,
            received: 0,
        };
        if meter.shown {
            let _ = writeln!(
                io::stderr(),
                "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n\
                 {:33}Dload  Upload   Total   Spent    Left  Speed",
                ""
            );
            meter.draw(None);
        }
        meter
    }

    /// Whether the body goes anywhere but to a terminal, where it would be seen.
    pub(super) const fn aside(&self) -> bool {
        self.aside
    }

    /// Bytes a response promises.
    pub(super) const fn expect(&mut self, total: Option<u64>) {
        self.total = total;
    }

    /// Bytes that came.
    pub(super) const fn receive(&mut self, length: u64) {
        self.received += length;
    }

    /// The last figures; none, and no end of the line, where nothing was `done`.
    pub(super) fn end(&mut self, took: Duration, done: bool) {
        if self.shown && (done || self.received > 0) {
            self.draw(Some(took));
            let _ = writeln!(io::stderr());
        }
    }

    fn draw(&self, took: Option<Duration>) {
        let speed = took.map_or(0, |took| {
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
            self.received.saturating_mul(1_000_000) / micros
        });
        let _ = write!(
            io::stderr(),
            "\r{}",
            line(self.total.unwrap_or(self.received), self.received, speed)
        );
        let _ = io::stderr().flush();
    }
}

fn line(total: u64, received: u64, speed: u64) -> String {
    let percent = (received * 100).checked_div(total).unwrap_or(0);
    format!(
        "{percent:3} {:>5}  {percent:3} {:>5}    0     0  {:>5}      0 --:--:-- --:--:-- --:--:-- {:>5}",
        five(total),
        five(received),
        five(speed),
        five(speed)
    )
}

/// A number in at most five characters.
fn five(number: u64) -> String {
    match number {
        0..100_000 => number.to_string(),
        100_000..10_240_000 => format!("{}k", number >> 10),
        10_240_000..104_857_600 => format!("{}.{}M", number >> 20, ((number & 0xf_ffff) * 10) >> 20),
        _ => format!("{}M", number >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_filled() {
        let report = Report {
            status: 200,
            size: 361,
            remote: Some("172.18.0.2:9200".parse().unwrap()),
            ..Report::default()
        };
        assert_eq!(
            report.fill(r"%{http_code} %{remote_ip}:%{remote_port} %%%{size_download}\n%{nonsense}100%"),
            "200 172.18.0.2:9200 %361\n100%"
        );
        assert_eq!(Report::default().fill("%{http_code}"), "000");
        assert_eq!(report.fill("%{"), "%{");
    }

    #[test]
    fn figures_stand_in_curl_s_columns() {
        // Recorded from curl.
        assert_eq!(
            line(338, 338, 110_000),
            "100   338  100   338    0     0   107k      0 --:--:-- --:--:-- --:--:--  107k"
        );
        assert_eq!(
            line(0, 0, 0),
            "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
        );
    }
}
