//! What a client is answered: a file of the folder, or why there is none.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::super::super::time;
use super::request::{Refused, Request};

/// Media types by the ends of names, as busybox has them without a configuration file.
const TYPES: &[(&[&str], &str)] = &[
    (&["txt", "h", "c", "cc", "cpp"], "text/plain"),
    (&["htm", "html"], "text/html"),
    (&["jpg", "jpeg"], "image/jpeg"),
    (&["gif"], "image/gif"),
    (&["png"], "image/png"),
    (&["svg"], "image/svg+xml"),
    (&["css"], "text/css"),
    (&["js"], "application/javascript"),
    (&["wav"], "audio/wav"),
    (&["avi"], "video/x-msvideo"),
    (&["qt", "mov"], "video/quicktime"),
    (&["mpe", "mpeg"], "video/mpeg"),
    (&["mid", "midi"], "audio/midi"),
    (&["mp3"], "audio/mpeg"),
];

/// One answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    reason: &'static str,
    /// Header lines that only this answer has.
    headers: Vec<String>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    None,
    Text(String),
    /// So many bytes from where the file stands.
    File(File, u64),
}

impl Answer {
    /// The answer to a request, from the files of the present folder.
    pub(super) fn to(request: Result<&Request, &Refused>) -> Self {
        let request = match request {
            Ok(request) => request,
            Err(Refused::Bad) => return Self::refusal(400, "Bad Request", "Unsupported method"),
            Err(Refused::NotFound) => return Self::missing(),
        };
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return Self::refusal(501, "Not Implemented", "The requested method is not recognized");
        }
        if request.path.rsplit(|byte| *byte == b'/').next() == Some(b"httpd.conf") {
            return Self::refusal(403, "Forbidden", "");
        }
        Self::file(request).unwrap_or_else(|_| Self::missing())
    }

    fn missing() -> Self {
        Self::refusal(404, "Not Found", "The requested URL was not found")
    }

    fn refusal(status: u16, reason: &'static str, sentence: &str) -> Self {
        Self {
            status,
            reason,
            headers: vec!["Content-type: text/html".to_owned()],
            body: Body::Text(format!(
                "<HTML><HEAD><TITLE>{status} {reason}</TITLE></HEAD>\n<BODY><H1>{status} {reason}</H1>\n{sentence}\n\
                 </BODY></HTML>\n"
            )),
        }
    }

    fn file(request: &Request) -> io::Result<Self> {
        let below = [b".", &request.path[..]].concat();
        let mut path = Path::new(std::ffi::OsStr::from_bytes(&below)).to_owned();
        let mut status = fs::metadata(&path)?;
        if status.is_dir() {
            if !request.path.ends_with(b"/") {
                let location = String::from_utf8_lossy(&request.path).replace(char::is_control, "");
                return Ok(Self {
                    status: 302,
                    reason: "Found",
                    headers: vec!["Content-type: text/html".to_owned(), format!("Location: {location}/")],
                    body: Body::None,
                });
            }
            path.push("index.html");
            status = fs::metadata(&path)?;
        }
        // A pipe or a device would never end.
        if !status.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut file = File::open(&path)?;
        let size = status.size();
        let part = request.range.filter(|(first, _)| *first < size).map(|(first, last)| {
            let last = last.map_or(size - 1, |last| last.min(size - 1));
            (first, last)
        });
        let mut headers = Vec::new();
        headers.extend(media_type(&path).map(|kind| format!("Content-type: {kind}")));
        let (code, reason, length) = match part {
            Some((first, last)) => {
                file.seek(SeekFrom::Start(first))?;
                headers.push(format!("Content-Range: bytes {first}-{last}/{size}"));
                (206, "Partial Content", last - first + 1)
            }
            None => (200, "OK", size),
        };
        headers.extend(about(&status));
        headers.push(format!("Content-Length: {length}"));
        let body = if request.method == "HEAD" {
            Body::None
        } else {
            Body::File(file, length)
        };
        Ok(Self {
            status: code,
            reason,
            headers,
            body,
        })
    }

    /// Writes head and body.
    ///
    /// # Errors
    /// The client's connection's.
    pub(super) fn send(self, output: &mut impl Write) -> io::Result<()> {
        let mut head = format!(
            "HTTP/1.1 {} {}\r\nDate: {}\r\nConnection: close\r\n",
            self.status,
            self.reason,
            date(time::now())
        );
        for header in &self.headers {
            head += header;
            head += "\r\n";
        }
        head += "\r\n";
        if let Body::Text(text) = &self.body {
            head += text;
        }
        output.write_all(head.as_bytes())?;
        if let Body::File(file, length) = self.body {
            io::copy(&mut file.take(length), output)?;
        }
        output.flush()
    }
}

fn about(status: &Metadata) -> [String; 3] {
    [
        "Accept-Ranges: bytes".to_owned(),
        format!("Last-Modified: {}", date(status.mtime())),
        format!("ETag: \"{:x}-{:x}\"", status.mtime(), status.size()),
    ]
}

fn media_type(path: &Path) -> Option<&'static str> {
    let end = path.extension()?.to_str()?;
    TYPES
        .iter()
        .find(|(ends, _)| ends.contains(&end))
        .map(|(_, kind)| *kind)
}

/// `Tue, 02 Jan 2024 03:04:05 GMT` (RFC 9110, 5.6.7).
fn date(seconds: i64) -> String {
    let civil = time::civil(seconds);
    format!(
        "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
        civil.weekday_name(),
        civil.day,
        civil.month_name(),
        civil.year,
        civil.hour,
        civil.minute,
        civil.second
    )
}

/// A text as `-e` writes it: whatever is no letter or digit as a number.
pub(super) fn encoded(text: &str) -> String {
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_string()
        } else {
            format!("&#{};", u32::from(letter))
        }
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_dates_and_codes_are_busybox_s() {
        assert_eq!(media_type(Path::new("./a.html")), Some("text/html"));
        assert_eq!(media_type(Path::new("./a.json")), None);
        assert_eq!(media_type(Path::new("./noext")), None);
        assert_eq!(date(1_704_164_645), "Tue, 02 Jan 2024 03:04:05 GMT");
        assert_eq!(encoded("<a&b>\"c d"), "&#60;a&#38;b&#62;&#34;c&#32;d");
    }
}
