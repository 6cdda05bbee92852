//! `wget`, `httpd`, `nc` and `telnet`, seen from outside: processes of their own, against a server of the test or one
//! another, with what busybox was recorded to print.
#![allow(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::eventually;

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    out: String,
    err: String,
    status: i32,
}

fn says(out: &str, err: &str, status: i32) -> Outcome {
    Outcome {
        out: out.to_owned(),
        err: err.to_owned(),
        status,
    }
}

fn command(words: &str, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cnm"));
    command
        .arg("guest")
        .args(words.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn outcome(child: Child) -> Outcome {
    let output = child.wait_with_output().unwrap();
    Outcome {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code().unwrap(),
    }
}

fn guest(words: &str, folder: &Path) -> Outcome {
    outcome(command(words, folder).spawn().unwrap())
}

/// The same with something on standard input.
fn guest_told(words: &str, input: &str) -> Outcome {
    let mut child = command(words, Path::new("/")).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    outcome(child)
}

/// A process that runs until the test is over.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn answer(path: &str) -> String {
    let found = |headers: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}");
    match path {
        "/ok" | "/" => found("Content-Length: 5\r\n", "hello"),
        "/chunked" => found("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
        "/close" => "HTTP/1.0 200 OK\r\n\r\nto the end".to_owned(),
        "/cut" => found("Content-Length: 50\r\n", "hello"),
        "/odd" => found("Content-Length: x\r\n", "hello"),
        "/moved" => "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "/loop" => "HTTP/1.1 302 Found\r\nLocation: /loop\r\n\r\n".to_owned(),
        "/tls" => "HTTP/1.1 302 Found\r\nLocation: https://es/\r\n\r\n".to_owned(),
        "/bell" => "HTTP/1.1 500 \x07Oops\x1b[2J\r\n\r\n".to_owned(),
        "/ssh" => "SSH-2.0-x\r\n".to_owned(),
        "/endless" => found(&format!("X: {}\r\n", "x".repeat(1 << 20)), ""),
        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope".to_owned(),
    }
}

/// A server that answers each path in its own way, `/echo` with the request, and `/silent` not at all; its port.
fn web_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    port
}

fn serve(mut stream: TcpStream) {
    let mut request = String::new();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    while !request.ends_with("\r\n\r\n") {
        if lines.read_line(&mut request).unwrap_or(0) == 0 {
            return;
        }
    }
    let length = request.split_once("Content-Length: ").map_or(0, |(_, rest)| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    });
    let mut body = vec![0; length];
    lines.read_exact(&mut body).unwrap();
    let path = request.split(' ').nth(1).unwrap().to_owned();
    let text = match path.as_str() {
        "/silent" => {
            thread::sleep(Duration::from_secs(20));
            return;
        }
        "/echo" => format!("HTTP/1.0 200 OK\r\n\r\n{request}{}", String::from_utf8_lossy(&body)),
        path => answer(path),
    };
    // A client may have seen enough.
    let _ = stream.write_all(text.as_bytes());
}

const BAR: &str = "100% |********************************|     5  0:00:00 ETA\n";

#[test]
fn wget_fetches_as_busybox_does() {
    let port = web_server();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let connecting = format!("Connecting to 127.0.0.1:{port} (127.0.0.1:{port})\n");
    let wget = |words: &str| {
        guest(
            &format!("wget {}", words.replace('@', &format!("127.0.0.1:{port}"))),
            folder,
        )
    };
    assert_eq!(
        wget("http://@/ok"),
        says(
            "",
            &format!("{connecting}saving to 'ok'\nok                   {BAR}'ok' saved\n"),
            0
        )
    );
    assert_eq!(fs::read_to_string(folder.join("ok")).unwrap(), "hello");
    assert_eq!(
        wget("@/ok"),
        says("", &format!("{connecting}wget: can't open 'ok': File exists\n"), 1)
    );
    assert_eq!(
        wget("-O- @/moved"),
        says(
            "hello",
            &format!("{connecting}writing to stdout\n-                    {BAR}written to stdout\n"),
            0
        )
    );
    for path in ["/ok", "/chunked"] {
        assert_eq!(wget(&format!("-q -O - @{path}")), says("hello", "", 0), "{path}");
    }
    assert_eq!(wget("-qO- @/close"), says("to the end", "", 0));
    assert_eq!(wget("-q @").err, "");
    assert_eq!(fs::read_to_string(folder.join("index.html")).unwrap(), "hello");
    assert_eq!(wget("-q -O both @/ok @/close"), says("", "", 0));
    assert_eq!(fs::read_to_string(folder.join("both")).unwrap(), "helloto the end");
    fs::create_dir(folder.join("d")).unwrap();
    assert_eq!(wget("-q -P d @/ok"), says("", "", 0));
    assert!(folder.join("d/ok").exists());
    assert_eq!(
        wget("--spider @/ok"),
        says("", &format!("{connecting}remote file exists\n"), 0)
    );
    assert_eq!(
        wget("-S -q -O- @/moved").err,
        "  HTTP/1.1 302 Found\n  Location: /ok\n  HTTP/1.1 200 OK\n  Content-Length: 5\n  \n"
    );
    assert_eq!(wget("-o log -O- @/ok"), says("hello", "", 0));
    assert!(fs::read_to_string(folder.join("log")).unwrap().starts_with(&connecting));
}

#[test]
fn wget_asks_as_it_is_told() {
    let port = web_server();
    let folder = tempfile::tempdir().unwrap();
    let asked = |words: &str| guest(&format!("wget -qO- {words}"), folder.path()).out;
    let address = format!("127.0.0.1:{port}");
    assert_eq!(
        asked(&format!("{address}/echo")),
        format!("GET /echo HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Wget\r\nConnection: close\r\n\r\n")
    );
    assert_eq!(
        asked(&format!("--post-data a=b http://me:pw@{address}/echo")),
        format!(
            "POST /echo HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Wget\r\nConnection: close\r\n\
             Authorization: Basic bWU6cHc=\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b"
        )
    );
    assert_eq!(
        asked(&format!("-U me --header X:y --header Host:es {address}/echo")),
        "GET /echo HTTP/1.1\r\nUser-Agent: me\r\nConnection: close\r\nX:y\r\nHost:es\r\n\r\n"
    );
}

#[test]
fn wget_fails_in_busybox_s_words() {
    let port = web_server();
    let folder = tempfile::tempdir().unwrap();
    let wget = |words: &str| guest(&format!("wget -q -O- {words}"), folder.path());
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    for (path, sentence) in [
        ("/missing", "server returned error: HTTP/1.1 404 Not Found"),
        ("/bell", "server returned error: HTTP/1.1 500 "),
        ("/loop", "too many redirections"),
        ("/odd", "content-length x is garbage"),
        ("/ssh", "error getting response"),
        ("/endless", "error getting response"),
        ("/tls", "this lab's wget has no TLS: https://es/ cannot be fetched"),
    ] {
        let said = wget(&format!("127.0.0.1:{port}{path}"));
        assert_eq!(said, says("", &format!("wget: {sentence}\n"), 1), "{path}");
    }
    assert_eq!(
        wget(&format!("127.0.0.1:{port}/cut")),
        says("hello", "wget: connection closed prematurely\n", 1)
    );
    let begin = Instant::now();
    assert_eq!(
        wget(&format!("-T 1 127.0.0.1:{port}/silent")),
        says("", "wget: download timed out\n", 1)
    );
    assert!(begin.elapsed() < Duration::from_secs(10));
    for (words, sentence) in [
        (
            "https://es/".to_owned(),
            "this lab's wget has no TLS: https://es/ cannot be fetched",
        ),
        (
            "ftp://es/".to_owned(),
            "this lab's wget speaks HTTP alone: ftp://es/ cannot be fetched",
        ),
        ("gopher://es/".to_owned(), "not an http or ftp url: gopher://es/"),
        ("127.0.0.1:99999".to_owned(), "bad port '99999'"),
        ("no..such".to_owned(), "bad address 'no..such'"),
        (
            format!("127.0.0.1:{closed}"),
            "can't connect to remote host (127.0.0.1): Connection refused",
        ),
    ] {
        assert_eq!(wget(&words), says("", &format!("wget: {sentence}\n"), 1), "{words}");
    }
}

/// `httpd` on a folder of a few files; the server, its port and the folder.
fn httpd() -> (Server, u16, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    fs::write(place.join("index.html"), "<h1>hi</h1>\n").unwrap();
    fs::write(place.join("a.txt"), "text\n").unwrap();
    fs::create_dir(place.join("sub")).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server(
        command(&format!("httpd -f -p 127.0.0.1:{port} -h ."), place)
            .spawn()
            .unwrap(),
    );
    assert!(eventually(Duration::from_secs(10), || TcpStream::connect((
        "127.0.0.1",
        port
    ))
    .is_ok()));
    (server, port, folder)
}

fn exchange(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let is_passing = |line: &&str| {
        !line.starts_with("Date: ") && !line.starts_with("Last-Modified: ") && !line.starts_with("ETag: ")
    };
    answer.split("\r\n").filter(is_passing).collect::<Vec<_>>().join("\n")
}

#[test]
fn httpd_serves_a_folder_and_nothing_else() {
    let (_server, port, folder) = httpd();
    let get = |target: &str| exchange(port, &format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"));
    let page = "HTTP/1.1 200 OK\nConnection: close\nContent-type: text/html\nAccept-Ranges: bytes\nContent-Length: 12\n\n\
                <h1>hi</h1>\n";
    assert_eq!(get("/"), page);
    assert_eq!(get("/sub/../?x"), page);
    assert_eq!(
        get("/sub"),
        "HTTP/1.1 302 Found\nConnection: close\nContent-type: text/html\nLocation: /sub/\n\n"
    );
    let missing = "HTTP/1.1 404 Not Found\nConnection: close\nContent-type: text/html\n\n\
                   <HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\n\
                   The requested URL was not found\n</BODY></HTML>\n";
    for target in ["/nope", "/sub/", "/%00", "/..%2f..%2fetc/passwd"] {
        assert_eq!(get(target), missing, "{target}");
    }
    for target in ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "nope", "/%zz"] {
        assert!(get(target).starts_with("HTTP/1.1 400 Bad Request\n"), "{target}");
    }
    let piece = exchange(port, "GET /a.txt HTTP/1.1\r\nRange: bytes=1-2\r\n\r\n");
    assert!(piece.starts_with("HTTP/1.1 206 Partial Content\n"), "{piece}");
    assert!(
        piece.contains("\nContent-Range: bytes 1-2/5\n") && piece.ends_with("\n\nex"),
        "{piece}"
    );
    assert!(
        exchange(port, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc").starts_with("HTTP/1.1 501 Not Implemented\n")
    );
    assert!(exchange(port, "rubbish\r\n\r\n").starts_with("HTTP/1.1 400 Bad Request\n"));
    // A pipe in the folder is no file, and nobody waits for it.
    let pipe = folder.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert_eq!(get("/pipe"), missing);
    // Someone who says nothing is in nobody's way.
    let _silent = TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert_eq!(get("/"), page);
    fs::write(folder.path().join("part"), "te").unwrap();
    let words = format!("wget -c -q -O part 127.0.0.1:{port}/a.txt");
    assert_eq!(guest(&words, folder.path()), says("", "", 0));
    assert_eq!(fs::read_to_string(folder.path().join("part")).unwrap(), "text\n");
    let again = guest(&format!("httpd -f -p 127.0.0.1:{port}"), folder.path());
    assert_eq!(again, says("", "httpd: bind: Address in use\n", 1));
    let nowhere = guest("httpd -f -h nowhere", folder.path());
    assert_eq!(
        nowhere,
        says(
            "",
            "httpd: can't change directory to 'nowhere': No such file or directory\n",
            1
        )
    );
}

/// `nc -l` with more words, once it listens; the process and its port.
fn listening_nc(words: &str, input: &str) -> (Child, u16) {
    let mut child = command(&format!("nc -v -l -s 127.0.0.1 {words}"), Path::new("/"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let mut line = Vec::new();
    let err = child.stderr.as_mut().unwrap();
    let mut byte = [0];
    while err.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    let line = String::from_utf8(line).unwrap();
    let port = line
        .strip_prefix("listening on 127.0.0.1:")
        .and_then(|rest| rest.strip_suffix(" ..."))
        .unwrap_or_else(|| panic!("{line}"));
    (child, port.parse().unwrap())
}

#[test]
fn nc_speaks_and_listens() {
    let (listener, port) = listening_nc("-n", "from the server\n");
    let client = guest_told(&format!("nc -v 127.0.0.1 {port}"), "from the client\n");
    assert_eq!(
        client,
        says("from the server\n", &format!("127.0.0.1 (127.0.0.1:{port}) open\n"), 0)
    );
    let served = outcome(listener);
    assert_eq!((served.out.as_str(), served.status), ("from the client\n", 0));
    let told = format!("connect to 127.0.0.1:{port} from 127.0.0.1:");
    assert!(served.err.starts_with(&told), "{}", served.err);

    let (listener, port) = listening_nc("-n -lk -e cat", "");
    let _server = Server(listener);
    for word in ["one\n", "two\n"] {
        assert_eq!(guest_told(&format!("nc 127.0.0.1 {port}"), word).out, word);
    }
    let scanned = guest(&format!("nc -zv 127.0.0.1 {port}"), Path::new("/"));
    assert_eq!(scanned, says("", &format!("127.0.0.1 (127.0.0.1:{port}) open\n"), 0));
    let waited = guest(&format!("nc -w 1 -vv 127.0.0.1 {}", web_server()), Path::new("/"));
    assert_eq!(waited.status, 0);
}

#[test]
fn nc_carries_datagrams() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let mut client = command(&format!("nc -u 127.0.0.1 {port}"), Path::new("/"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = client.stdin.take().unwrap();
    input.write_all(b"ask\n").unwrap();
    let mut buffer = [0; 16];
    let (length, peer) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], b"ask\n");
    socket.send_to(b"answer\n", peer).unwrap();
    let mut line = String::new();
    BufReader::new(client.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "answer\n");
    drop(Server(client));
    drop(socket);
    assert_eq!(
        guest(&format!("nc -uzv 127.0.0.1 {port}"), Path::new("/")),
        says("", "", 1)
    );
}

#[test]
fn nc_fails_in_busybox_s_words() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nc = |words: &str| guest(&format!("nc {words}"), Path::new("/"));
    assert_eq!(nc(&format!("-zv 127.0.0.1 {closed}")), says("", "", 1));
    let refused = format!("nc: 127.0.0.1 (127.0.0.1:{closed}): Connection refused\n");
    assert_eq!(nc(&format!("-zvv 127.0.0.1 {closed}")), says("", &refused, 1));
    assert_eq!(nc("no..such 80"), says("", "nc: bad address 'no..such'\n", 1));
    assert_eq!(nc("127.0.0.1 nosuch"), says("", "nc: bad port 'nosuch'\n", 1));
    assert!(nc("").err.starts_with("Usage: nc [OPTIONS] HOST PORT  - connect\n"));
    let begin = Instant::now();
    assert_eq!(nc("-l -w 1").status, 1);
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn telnet_talks_to_a_port_and_refuses_politely() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"\xff\xfd\x27\xff\xfb\x05who are you?\r\n").unwrap();
        let mut heard: Vec<u8> = Vec::new();
        let mut buffer = [0; 64];
        while heard.len() < b"...---ada\r\n".len() {
            let length = stream.read(&mut buffer).unwrap();
            assert!(length > 0);
            heard.extend(&buffer[..length]);
        }
        stream.write_all(b"hello\r\n").unwrap();
        heard
    });
    let mut child = command(&format!("telnet 127.0.0.1 {port}"), Path::new("/"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"ada\n").unwrap();
    let heard = server.join().unwrap();
    for refusal in [&b"\xff\xfc\x27"[..], b"\xff\xfe\x05", b"ada\r\n"] {
        assert!(heard.windows(refusal.len()).any(|part| part == refusal), "{heard:?}");
    }
    let output = child.wait_with_output().unwrap();
    drop(input);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "who are you?\r\nhello\r\nConnection closed by foreign host\r\n"
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), "Connected to 127.0.0.1\n");
    assert_eq!(output.status.code(), Some(1));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = guest(&format!("telnet 127.0.0.1 {closed}"), Path::new("/"));
    assert_eq!(
        refused,
        says(
            "",
            "telnet: can't connect to remote host (127.0.0.1): Connection refused\n",
            1
        )
    );
}
