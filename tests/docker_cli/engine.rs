//! A scripted engine, and our `docker` pointed at it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

pub const ARGS: &str = "CNM_TEST_DOCKER_ARGS";
pub const SOCKET: &str = "CNM_TEST_DOCKER_SOCKET";
/// What stands before the command's own output: libtest's lines come first.
pub const BEGIN: &str = "\u{1e}begin\n";
pub const ID: &str = "97ef8ddd43955f019137d07981c772a69fdef606769bc2e85b5f06b86dcf2268";
pub const CONTAINER: &str = "0e9f598f11440349ade6333ffdc3c541258238698dd0db304283d1fb043a9550";

/// Not a test of its own: the process that runs one command, when asked to by the environment.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub out: String,
    pub err: String,
    pub status: i32,
}

impl Outcome {
    /// Waits for the command's end; its standard input is closed first.
    pub fn of(child: Child) -> Self {
        let output = child.wait_with_output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        Self {
            out: out.split_once(BEGIN).expect("the command ran").1.to_owned(),
            err: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code().unwrap(),
        }
    }
}

/// Answers by method and path (without the version); what is not listed is 404 with Docker's message.
pub type Script = BTreeMap<&'static str, (u16, String)>;

/// An engine that answers from a script and remembers what it was asked.
pub struct Engine {
    pub directory: tempfile::TempDir,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Engine {
    pub fn start(script: Script) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("engine.sock")).unwrap();
        let asked: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let (seen, script) = (Arc::clone(&asked), Arc::new(script));
        // Ends with the test process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                std::thread::spawn(move || serve(stream, &script, &seen));
            }
        });
        Self { directory, asked }
    }

    pub fn docker(&self, args: &[&str]) -> Outcome {
        self.docker_with_input(args, b"")
    }

    pub fn docker_with_input(&self, args: &[&str], input: &[u8]) -> Outcome {
        let mut child = self.started(args);
        child.stdin.take().unwrap().write_all(input).unwrap();
        Outcome::of(child)
    }

    /// Started, its standard input open.
    pub fn started(&self, args: &[&str]) -> Child {
        // Each word behind a separator, so that empty ones survive.
        let words = args.iter().flat_map(|word| ["\u{1f}", word]).collect::<String>();
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "as_docker", "--nocapture", "--test-threads=1"])
            .env(ARGS, words)
            .env(SOCKET, self.directory.path().join("engine.sock"))
            .env_remove("DOCKER_API_VERSION")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Requests so far but the negotiation, as `METHOD PATH`.
    pub fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(request, _)| request.clone())
            .collect()
    }

    /// Body of the first request that begins so.
    pub fn body_of(&self, request: &str) -> serde_json::Value {
        let asked = self.asked.lock().unwrap();
        let (_, body) = asked
            .iter()
            .find(|(line, _)| line.starts_with(request))
            .expect("it was asked");
        serde_json::from_str(body).unwrap()
    }
}

fn serve(stream: UnixStream, script: &Script, seen: &Mutex<Vec<(String, String)>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut length = 0;
    let (mut upgrade, mut chunked) = (false, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        chunked |= header.to_lowercase().starts_with("transfer-encoding: chunked");
        upgrade |= header.to_lowercase().starts_with("upgrade:");
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let body = if chunked {
        read_chunks(&mut reader)
    } else {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        body
    };
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    if path == "/_ping" {
        write!(
            writer,
            "HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        return;
    }
    let path = path.strip_prefix("/v1.50").expect("the version both sides speak");
    let request = format!("{method} {path}");
    seen.lock()
        .unwrap()
        .push((request.clone(), String::from_utf8(body).unwrap()));
    if path.contains("/attach") {
        attach(&mut reader, &mut writer, path.contains("stdin=1"));
        return;
    }
    if path.starts_with("/exec/") && path.ends_with("/start") && upgrade {
        attach(&mut reader, &mut writer, false);
        return;
    }
    let missing = (404, r#"{"message":"page not found"}"#.to_owned());
    let (status, answer) = script.get(request.as_str()).unwrap_or(&missing);
    write!(
        writer,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    )
    .unwrap();
}

/// A body of unknown length (RFC 9112, 7.1).
fn read_chunks(reader: &mut impl BufRead) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk).unwrap();
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&chunk[..length]);
    }
}

/// An attached container: says a line on each stream; with input, echoes it until its end.
fn attach(reader: &mut impl Read, writer: &mut impl Write, with_input: bool) {
    let frame = |kind: u8, text: &[u8]| {
        let mut frame = vec![kind, 0, 0, 0];
        frame.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        frame.extend(text);
        frame
    };
    write!(
        writer,
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    )
    .unwrap();
    writer.write_all(&frame(1, b"out\n")).unwrap();
    writer.write_all(&frame(2, b"err\n")).unwrap();
    if with_input {
        let mut input = Vec::new();
        reader.read_to_end(&mut input).unwrap();
        writer.write_all(&frame(1, &input)).unwrap();
    }
}

pub fn script(entries: &[(&'static str, u16, &str)]) -> Script {
    entries
        .iter()
        .map(|(request, status, answer)| (*request, (*status, (*answer).to_owned())))
        .collect()
}

pub fn message(text: &str) -> String {
    serde_json::json!({ "message": text }).to_string()
}

pub fn said(err: &str, status: i32) -> Outcome {
    Outcome {
        out: String::new(),
        err: err.to_owned(),
        status,
    }
}

pub fn printed(out: &str) -> Outcome {
    Outcome {
        out: out.to_owned(),
        err: String::new(),
        status: 0,
    }
}
