//! What is around a lab: a Docker Engine, the terminal, the folders where things are kept.

use std::env;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::Access;
use rustix::termios::{isatty, tcgetwinsize};
use serde::Serialize;

/// The longest a Docker Engine may take to say its version.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest answer that is read.
const LONGEST: u64 = 256 * 1024;

/// A Docker Engine, as far as it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Docker {
    /// `ok`, `missing` (no such socket), `blocked` (it is there and does not answer us) or `not-tried` (not a unix socket).
    pub status: &'static str,
    /// Where it was looked for.
    pub host: String,
    /// Version of the Engine.
    pub version: Option<String>,
    /// Highest API version it speaks.
    pub api_version: Option<String>,
    /// Why it did not answer.
    pub error: Option<String>,
}

/// The terminal of standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Terminal {
    /// Standard output is one.
    pub is_terminal: bool,
    /// `TERM`.
    pub name: Option<String>,
    /// Columns and rows.
    pub size: Option<(u16, u16)>,
    /// The locale's character set is UTF-8.
    pub utf8: bool,
}

/// A folder where something is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Folder {
    /// `config`, `state` or `runtime`.
    pub id: &'static str,
    /// Where; absent where the environment does not say.
    pub path: Option<PathBuf>,
    /// It can be written, or made.
    pub usable: bool,
}

impl Docker {
    /// Asks the Engine at `host`, else the one of `DOCKER_HOST`, else the one of this machine, for its version.
    #[must_use]
    pub fn ask(host: Option<&str>) -> Self {
        let host = host
            .map(str::to_owned)
            .or_else(|| env::var("DOCKER_HOST").ok())
            .filter(|host| !host.is_empty());
        let host = host.unwrap_or_else(|| "unix:///var/run/docker.sock".to_owned());
        let answer = |status, error: Option<String>| Self {
            status,
            host: host.clone(),
            version: None,
            api_version: None,
            error,
        };
        let Some(path) = host.strip_prefix("unix://") else {
            return answer("not-tried", None);
        };
        match version(Path::new(path)) {
            Ok(body) => Self {
                version: text_of(&body, "Version"),
                api_version: text_of(&body, "ApiVersion"),
                ..answer("ok", None)
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => answer("missing", None),
            Err(error) => answer("blocked", Some(error.to_string())),
        }
    }
}

fn text_of(body: &serde_json::Value, key: &str) -> Option<String> {
    body.get(key)?.as_str().map(str::to_owned)
}

/// `GET /version`, within [`PATIENCE`] in all.
fn version(socket: &Path) -> io::Result<serde_json::Value> {
    let deadline = Instant::now() + PATIENCE;
    let mut stream = UnixStream::connect(socket)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /version HTTP/1.0\r\nHost: docker\r\n\r\n")?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) => return Err(error),
        }
        if answer.len() as u64 > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    body(&answer)
}

/// The JSON object of an HTTP answer. Asked in HTTP/1.0, a server sends it whole and closes (RFC 9112, 6.3).
fn body(answer: &[u8]) -> io::Result<serde_json::Value> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "no Docker Engine");
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(wrong)?;
    let mut status = head.split(' ');
    if !status.next().is_some_and(|version| version.starts_with("HTTP/1.")) || status.next() != Some("200") {
        return Err(wrong());
    }
    serde_json::from_str(body).map_err(|_| wrong())
}

impl Terminal {
    /// Looks at standard output and the environment.
    #[must_use]
    pub fn look() -> Self {
        let stdout = rustix::stdio::stdout();
        let is_terminal = isatty(stdout);
        let size = if is_terminal { tcgetwinsize(stdout).ok() } else { None };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(|name| env::var(name).ok());
        let locale = locale
            .into_iter()
            .find(|value| !value.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase();
        Self {
            is_terminal,
            name: env::var("TERM").ok().filter(|name| !name.is_empty()),
            size: size.map(|size| (size.ws_col, size.ws_row)),
            utf8: locale.contains("utf-8") || locale.contains("utf8"),
        }
    }
}

/// The folders of the XDG base directory specification that cnm uses.
#[must_use]
pub fn folders() -> Vec<Folder> {
    let home = || env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let stated = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let in_home = |name: &str, below: &str| stated(name).or_else(|| Some(home()?.join(below)));
    [
        ("config", in_home("XDG_CONFIG_HOME", ".config")),
        ("state", in_home("XDG_STATE_HOME", ".local/state")),
        ("runtime", stated("XDG_RUNTIME_DIR")),
    ]
    .map(|(id, path)| {
        let usable = path.as_deref().is_some_and(|path| usable(path, id != "runtime"));
        Folder {
            id,
            path: path.map(|path| path.join("cnm")),
            usable,
        }
    })
    .into()
}

/// It can be written; or, where it may be made, what of its path exists can be.
fn usable(path: &Path, may_be_made: bool) -> bool {
    let existing = if may_be_made {
        path.ancestors().find(|part| part.exists())
    } else {
        Some(path)
    };
    existing.is_some_and(|part| part.is_dir() && rustix::fs::access(part, Access::WRITE_OK | Access::EXEC_OK).is_ok())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn the_version_is_found_in_an_answer() {
        let answer = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"Version\":\"28.2\"}\n";
        assert_eq!(text_of(&body(answer).unwrap(), "Version").as_deref(), Some("28.2"));
        for answer in [
            "",
            "HTTP/1.0 500 x\r\n\r\n{}",
            "HTTP/1.0 200 OK\r\n\r\n}{",
            "200 200\r\n\r\n{}",
        ] {
            assert!(body(answer.as_bytes()).is_err(), "{answer}");
        }
    }

    #[test]
    fn a_socket_nobody_listens_at_is_told_from_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docker.sock");
        assert_eq!(version(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        drop(UnixListener::bind(&path).unwrap());
        assert_eq!(version(&path).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn a_folder_that_can_be_made_is_usable() {
        let folder = tempfile::tempdir().unwrap();
        assert!(usable(folder.path(), false));
        assert!(usable(&folder.path().join("a/b"), true));
        assert!(!usable(&folder.path().join("a/b"), false));
        assert!(!usable(Path::new("/proc/self/status/x"), true));
    }
}
