//! The `docker` look-alike against a scripted engine: output, errors and exit codes as recorded from Docker's CLI 28.2.2.
//!
//! Each command runs in a process of its own, which is this test program again with the command in its environment, so that
//! standard output, standard error and the exit status are the real ones.
#![allow(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]
#![cfg(unix)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use cnm::docker_cli::{Target, run};

const ARGS: &str = "CNM_TEST_DOCKER_ARGS";
const SOCKET: &str = "CNM_TEST_DOCKER_SOCKET";
/// What stands before the command's own output: libtest's lines come first.
const BEGIN: &str = "\u{1e}begin\n";
const ID: &str = "97ef8ddd43955f019137d07981c772a69fdef606769bc2e85b5f06b86dcf2268";
const CONTAINER: &str = "0e9f598f11440349ade6333ffdc3c541258238698dd0db304283d1fb043a9550";

/// Not a test of its own: the process that runs one command, when asked to by the environment.
#[test]
fn as_docker() {
    let (Ok(args), Some(socket)) = (std::env::var(ARGS), std::env::var_os(SOCKET)) else {
        return;
    };
    let args: Vec<OsString> = args.split('\u{1f}').skip(1).map(OsString::from).collect();
    print!("{BEGIN}");
    std::io::stdout().flush().unwrap();
    std::process::exit(run(args, Target::Unix(PathBuf::from(socket))));
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    out: String,
    err: String,
    status: i32,
}

/// Answers by method and path (without the version); what is not listed is 404 with Docker's message.
type Script = BTreeMap<&'static str, (u16, String)>;

/// An engine that answers from a script and remembers what it was asked.
struct Engine {
    directory: tempfile::TempDir,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Engine {
    fn start(script: Script) -> Self {
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

    fn docker(&self, args: &[&str]) -> Outcome {
        self.docker_with_input(args, b"")
    }

    fn docker_with_input(&self, args: &[&str], input: &[u8]) -> Outcome {
        // Each word behind a separator, so that empty ones survive.
        let words = args.iter().flat_map(|word| ["\u{1f}", word]).collect::<String>();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "as_docker", "--nocapture", "--test-threads=1"])
            .env(ARGS, words)
            .env(SOCKET, self.directory.path().join("engine.sock"))
            .env_remove("DOCKER_API_VERSION")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        Outcome {
            out: out.split_once(BEGIN).expect("the command ran").1.to_owned(),
            err: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code().unwrap(),
        }
    }

    /// Requests so far but the negotiation, as `METHOD PATH`.
    fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(request, _)| request.clone())
            .collect()
    }

    /// Body of the first request that begins so.
    fn body_of(&self, request: &str) -> serde_json::Value {
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
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
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
    let missing = (404, r#"{"message":"page not found"}"#.to_owned());
    let (status, answer) = script.get(request.as_str()).unwrap_or(&missing);
    write!(
        writer,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    )
    .unwrap();
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

fn script(entries: &[(&'static str, u16, &str)]) -> Script {
    entries
        .iter()
        .map(|(request, status, answer)| (*request, (*status, (*answer).to_owned())))
        .collect()
}

fn message(text: &str) -> String {
    serde_json::json!({ "message": text }).to_string()
}

fn said(err: &str, status: i32) -> Outcome {
    Outcome {
        out: String::new(),
        err: err.to_owned(),
        status,
    }
}

fn printed(out: &str) -> Outcome {
    Outcome {
        out: out.to_owned(),
        err: String::new(),
        status: 0,
    }
}

#[test]
fn a_network_is_made_listed_and_removed() {
    let list = format!(
        r#"[{{"Name":"none","Id":"838643cdfd9096dd8dfc32594da6b197","Driver":"null","Scope":"local"}},
            {{"Name":"dev","Id":"{ID}","Driver":"bridge","Scope":"local"}}]"#
    );
    let engine = Engine::start(script(&[
        (
            "POST /networks/create",
            201,
            &format!(r#"{{"Id":"{ID}","Warning":""}}"#),
        ),
        ("GET /networks", 200, &list),
        ("GET /networks/dev", 200, "{}"),
        ("DELETE /networks/dev", 204, ""),
        ("DELETE /networks/nope", 404, &message("network nope not found")),
    ]));
    let create = [
        "network",
        "create",
        "--subnet",
        "10.66.0.0/16",
        "--label",
        "a=b",
        "-o",
        "x=y",
        "--internal",
        "dev",
    ];
    assert_eq!(engine.docker(&create), printed(&format!("{ID}\n")));
    assert_eq!(
        engine.body_of("POST /networks/create"),
        serde_json::json!({
            "Name": "dev", "Driver": "bridge", "Scope": "",
            "IPAM": {"Driver": "default", "Options": {}, "Config": [{"Subnet": "10.66.0.0/16"}]},
            "Internal": true, "Attachable": false, "Ingress": false, "ConfigOnly": false, "ConfigFrom": null,
            "Options": {"x": "y"}, "Labels": {"a": "b"},
        })
    );
    assert_eq!(
        engine.docker(&["network", "ls"]),
        printed(
            "NETWORK ID     NAME      DRIVER    SCOPE\n97ef8ddd4395   dev       bridge    local\n838643cdfd90   none      null      local\n"
        )
    );
    assert_eq!(
        engine.docker(&["network", "ls", "-q"]),
        printed("97ef8ddd4395\n838643cdfd90\n")
    );
    assert_eq!(
        engine.docker(&["network", "rm", "dev", "nope"]),
        Outcome {
            out: "dev\n".into(),
            err: "Error response from daemon: network nope not found\nexit status 1\n".into(),
            status: 1
        }
    );
    assert_eq!(engine.docker(&["network", "rm", "-f", "nope"]), printed(""));
}

#[test]
fn a_container_runs_detached() {
    let engine = Engine::start(script(&[
        (
            "POST /containers/create?name=es",
            201,
            &format!(r#"{{"Id":"{CONTAINER}","Warnings":["look out"]}}"#),
        ),
        (
            "POST /containers/0e9f598f11440349ade6333ffdc3c541258238698dd0db304283d1fb043a9550/start",
            204,
            "",
        ),
    ]));
    let outcome = engine.docker(&["run", "-d", "--name", "es", "--net", "dev", "alpine", "sleep", "1d"]);
    assert_eq!(
        outcome,
        Outcome {
            out: format!("{CONTAINER}\n"),
            err: "WARNING: look out\n".into(),
            status: 0
        }
    );
    let body = engine.body_of("POST /containers/create");
    assert_eq!(body["HostConfig"]["NetworkMode"], "dev");
    assert_eq!(body["Cmd"], serde_json::json!(["sleep", "1d"]));
    assert_eq!(body["AttachStdout"], false);
}

#[test]
fn an_attached_container_gives_its_streams_and_its_status() {
    let engine = Engine::start(script(&[
        ("POST /containers/create", 201, r#"{"Id":"abc","Warnings":[]}"#),
        (
            "POST /containers/abc/wait?condition=removed",
            200,
            r#"{"StatusCode":7,"Error":null}"#,
        ),
        ("POST /containers/abc/start", 204, ""),
    ]));
    let outcome = engine.docker(&["run", "--rm", "alpine", "true"]);
    assert_eq!(
        outcome,
        Outcome {
            out: "out\n".into(),
            err: "err\n".into(),
            status: 7
        }
    );
    // Attached, then waited for, then started: nothing can be missed.
    let order: Vec<String> = engine
        .asked()
        .iter()
        .map(|asked| asked.split('?').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        order,
        [
            "POST /containers/create",
            "POST /containers/abc/attach",
            "POST /containers/abc/wait",
            "POST /containers/abc/start"
        ]
    );
    let outcome = engine.docker_with_input(&["run", "-i", "--rm", "alpine", "cat"], b"hello\n");
    assert_eq!((outcome.out.as_str(), outcome.status), ("out\nhello\n", 7));
}

#[test]
fn what_the_engine_refuses_in_run_is_said_as_docker_says_it() {
    let tail = "\n\nRun 'docker run --help' for more information\n";
    for (status, words, code) in [
        (500, "network nope not found", 125),
        (
            400,
            "exec: \"nosuch\": executable file not found in $PATH: unknown",
            127,
        ),
        (400, "exec: \"/etc\": permission denied: unknown", 126),
    ] {
        let engine = Engine::start(script(&[
            ("POST /containers/create", 201, r#"{"Id":"abc"}"#),
            ("POST /containers/abc/start", status, &message(words)),
        ]));
        assert_eq!(
            engine.docker(&["run", "-d", "alpine", "x"]),
            said(&format!("docker: Error response from daemon: {words}{tail}"), code)
        );
    }
    let engine = Engine::start(script(&[
        ("POST /containers/create", 404, &message("No such image: nosuch:latest")),
        (
            "POST /images/create?fromImage=docker.io%2Flibrary%2Fnosuch&tag=latest",
            500,
            &message("this engine has no registry"),
        ),
    ]));
    assert_eq!(
        engine.docker(&["run", "--rm", "nosuch"]),
        said(
            &format!(
                "Unable to find image 'nosuch:latest' locally\ndocker: Error response from daemon: this engine has no registry{tail}"
            ),
            125
        )
    );
}

#[test]
fn command_lines_are_refused_in_the_cli_s_words() {
    let engine = Engine::start(Script::new());
    let run_usage =
        "\n\nUsage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun 'docker run --help' for more information\n";
    let create_usage = "\n\nUsage:  docker network create [OPTIONS] NETWORK\n\nRun 'docker network create --help' for more information\n";
    let run_tail = "\n\nRun 'docker run --help' for more information\n";
    for (args, err, status) in [
        (&["run", "--nope", "alpine"][..], format!("unknown flag: --nope{run_usage}"), 125),
        (&["run", "-dname", "alpine"], format!("unknown shorthand flag: 'n' in -name{run_usage}"), 125),
        (&["run", "--name"], format!("flag needs an argument: --name{run_usage}"), 125),
        (
            &["run"],
            "docker: 'docker run' requires at least 1 argument\n\nUsage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nSee 'docker run --help' for more information\n"
                .into(),
            1,
        ),
        (&["run", "--rm", ""], format!("docker: invalid reference format{run_tail}"), 125),
        (
            &["run", "UPPER"],
            format!("docker: invalid reference format: repository name (library/UPPER) must be lowercase{run_tail}"),
            125,
        ),
        (
            &["run", "--net-alias", "x", "alpine"],
            format!("docker: network-scoped aliases are only supported for user-defined networks{run_tail}"),
            125,
        ),
        (
            &["network", "create"],
            format!("docker: 'docker network create' requires 1 argument{create_usage}"),
            1,
        ),
        (
            &["network", "create", "--label", "=x", "n"],
            format!("invalid argument \"=x\" for \"--label\" flag: invalid label '=x': empty name{create_usage}"),
            125,
        ),
        (
            &["network", "create", "--subnet", "10.77.0.0/24", "--gateway", "10.78.0.1", "x"],
            "no matching subnet for gateway 10.78.0.1\n".into(),
            1,
        ),
        (
            &["ps", "x"],
            "docker: 'docker ps' accepts no arguments\n\nUsage:  docker ps [OPTIONS]\n\nRun 'docker ps --help' for more information\n"
                .into(),
            1,
        ),
        (&["nope"], "docker: unknown command: docker nope\n\nRun 'docker --help' for more information\n".into(), 1),
        (
            &["network", "nope"],
            "docker: unknown command: docker network nope\n\nUsage:  docker network\n\nRun 'docker network --help' for more information\n"
                .into(),
            1,
        ),
        (
            &["--nope"],
            "unknown flag: --nope\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information\n"
                .into(),
            125,
        ),
    ] {
        assert_eq!(engine.docker(args), said(&err, status), "{args:?}");
    }
    assert_eq!(engine.asked(), Vec::<String>::new(), "no request was made");
}

#[test]
fn what_is_not_built_is_said_and_never_ignored() {
    let engine = Engine::start(Script::new());
    for args in [
        &["run", "-m", "1g", "alpine"][..],
        &["run", "-it", "alpine"],
        &["exec", "es", "ls"],
        &["inspect", "-f", "{{.Id}}", "es"],
        &["network", "connect", "a", "b"],
        &["-H", "tcp://1.2.3.4:2375", "ps"],
    ] {
        let outcome = engine.docker(args);
        assert_ne!(outcome.status, 0, "{args:?}");
        assert!(
            outcome.err.contains("not built yet") || outcome.err.contains("is not read"),
            "{args:?}: {}",
            outcome.err
        );
    }
    assert_eq!(engine.asked(), Vec::<String>::new());
}

#[test]
fn containers_are_listed_in_docker_s_columns() {
    let list = format!(
        r#"[{{"Id":"{CONTAINER}","Names":["/es"],"Image":"alpine","ImageID":"sha256:4cb3","Command":"sh -c 'echo \"a long command\"'",
             "Created":1,"Ports":[],"State":"running","Status":"Up 3 seconds"}}]"#
    );
    let engine = Engine::start(script(&[
        ("GET /containers/json", 200, &list),
        (
            "GET /containers/json?all=1&filters=%7B%22name%22%3A%7B%22es%22%3Atrue%7D%7D",
            200,
            "[]",
        ),
        ("GET /containers/json?limit=1", 200, &list),
        (
            "GET /containers/json?filters=%7B%22nope%22%3A%7B%221%22%3Atrue%7D%7D",
            400,
            &message("invalid filter 'nope'"),
        ),
    ]));
    let table = engine.docker(&["ps"]).out;
    let (header, row) = table.split_once('\n').unwrap();
    let created = header.find("CREATED").unwrap();
    assert_eq!(
        &header[..created],
        "CONTAINER ID   IMAGE     COMMAND                   "
    );
    assert_eq!(
        row[..row.find(" years ago").unwrap()].split_at(51 + "…".len() - 1).0,
        "0e9f598f1144   alpine    \"sh -c 'echo \\\"a long…\"   "
    );
    assert!(row.ends_with("years ago   Up 3 seconds             es\n"), "{row}");
    assert_eq!(
        engine.docker(&["ps", "-a", "--filter", "name=es"]),
        printed("CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n")
    );
    assert_eq!(engine.docker(&["ps", "-lq"]), printed("0e9f598f1144\n"));
    assert_eq!(
        engine.docker(&["ps", "-f", "nope=1"]),
        said("Error response from daemon: invalid filter 'nope'\n", 1)
    );
}

#[test]
fn inspect_prints_the_engine_s_own_json_and_looks_everywhere() {
    let engine = Engine::start(script(&[
        (
            "GET /networks/dev",
            200,
            r#"{"Name":"dev","Unknown":{"b":1.50,"a":"\u003c"},"Containers":{}}"#,
        ),
        ("GET /networks/nope", 404, &message("network nope not found")),
    ]));
    let dev = "[\n    {\n        \"Name\": \"dev\",\n        \"Unknown\": {\n            \"b\": 1.50,\n            \"a\": \"\\u003c\"\n        },\n        \"Containers\": {}\n    }\n]\n";
    assert_eq!(engine.docker(&["inspect", "dev"]), printed(dev));
    assert_eq!(
        engine.docker(&["inspect", "nope", "dev"]),
        Outcome {
            out: dev.into(),
            err: "Error: No such object: nope\n".into(),
            status: 1
        }
    );
    assert_eq!(
        engine.docker(&["network", "inspect", "nope"]),
        Outcome {
            out: "[]\n".into(),
            err: "Error response from daemon: network nope not found\n".into(),
            status: 1
        }
    );
}

#[test]
fn containers_are_ended_and_removed_one_by_one() {
    let engine = Engine::start(script(&[
        ("DELETE /containers/es?force=1", 204, ""),
        (
            "DELETE /containers/nope?force=1",
            404,
            &message("No such container: nope"),
        ),
        ("DELETE /containers/nope", 404, &message("No such container: nope")),
        ("POST /containers/es/stop?signal=INT&t=3", 204, ""),
        ("POST /containers/es/kill", 204, ""),
        (
            "POST /containers/nope/kill",
            404,
            &message("Cannot kill container: nope: No such container: nope"),
        ),
    ]));
    let missing = "Error response from daemon: No such container: nope\n";
    assert_eq!(engine.docker(&["rm", "nope"]), said(missing, 1));
    assert_eq!(
        engine.docker(&["rm", "-f", "nope", "es"]),
        Outcome {
            out: "es\n".into(),
            err: missing.into(),
            status: 0
        }
    );
    assert_eq!(engine.docker(&["stop", "-t", "3", "-s", "INT", "es"]), printed("es\n"));
    assert_eq!(
        engine.docker(&["kill", "es", "nope"]),
        Outcome {
            out: "es\n".into(),
            err: "Error response from daemon: Cannot kill container: nope: No such container: nope\n".into(),
            status: 1
        }
    );
}

#[test]
fn logs_and_events_are_told() {
    let logs = "\u{1}\0\0\0\0\0\0\u{4}one\n\u{2}\0\0\0\0\0\0\u{4}two\n";
    let events = format!(
        "{{\"Type\":\"network\",\"Action\":\"create\",\"Actor\":{{\"ID\":\"{ID}\",\"Attributes\":{{\"type\":\"bridge\",\"name\":\"dev\"}}}},\"timeNano\":1795484592146187260}}\n"
    );
    let engine = Engine::start(script(&[
        ("GET /containers/es/json", 200, r#"{"Id":"abc","Config":{"Tty":false}}"#),
        ("GET /containers/abc/logs?stderr=1&stdout=1&tail=all", 200, logs),
        ("GET /events?since=1&until=2", 200, &events),
    ]));
    assert_eq!(
        engine.docker(&["logs", "es"]),
        Outcome {
            out: "one\n".into(),
            err: "two\n".into(),
            status: 0
        }
    );
    assert_eq!(
        engine.docker(&["events", "--since", "1", "--until", "2"]),
        printed(&format!(
            "2026-11-24T01:43:12.146187260Z network create {ID} (name=dev, type=bridge)\n"
        ))
    );
    assert_eq!(
        engine.docker(&["events", "--since", "x"]),
        said("failed to parse value as time or duration: \"x\"\n", 1)
    );
}

#[test]
fn an_engine_that_is_not_there_is_named() {
    let engine = Engine::start(Script::new());
    let socket = engine.directory.path().join("engine.sock");
    std::fs::remove_file(&socket).unwrap();
    let sentence = format!(
        "Cannot connect to the Docker daemon at unix://{}. Is the docker daemon running?",
        socket.display()
    );
    assert_eq!(engine.docker(&["ps"]), said(&format!("{sentence}\n"), 1));
    assert_eq!(
        engine.docker(&["run", "alpine"]),
        said(
            &format!("docker: {sentence}\n\nRun 'docker run --help' for more information\n"),
            125
        )
    );
    assert_eq!(
        engine.docker(&["network", "rm", "a", "b"]),
        said(&format!("{sentence}\n{sentence}\nexit status 1\n"), 1)
    );
}

#[test]
fn help_is_laid_out_as_docker_s() {
    let engine = Engine::start(Script::new());
    assert_eq!(
        engine.docker(&["rm", "--help"]),
        printed(
            "Usage:  docker rm [OPTIONS] CONTAINER [CONTAINER...]

Remove one or more containers

Aliases:
  docker container rm, docker container remove, docker rm

Options:
  -f, --force     Force the removal of a running container (uses SIGKILL)
  -l, --link      Remove the specified link
  -v, --volumes   Remove anonymous volumes associated with the container
"
        )
    );
    let logs = engine.docker(&["logs", "--help"]).out;
    assert!(
        logs.contains(
            "      --since string   Show logs since timestamp (e.g.
                       \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\"
                       for 42 minutes)
"
        ),
        "{logs}"
    );
}
