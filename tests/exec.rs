//! Further processes in running containers, seen from outside: streams, exit codes, identity, ends.
#![cfg(target_os = "linux")]

mod support;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{ContainerInspectResponse, ExecConfig};
use futures_util::{StreamExt, future::join_all};
use support::{Lab, eventually, processes};
use tokio::io::AsyncWriteExt;

fn asked(words: &[&str]) -> ExecConfig {
    ExecConfig {
        cmd: Some(words.iter().map(|word| (*word).to_owned()).collect()),
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..ExecConfig::default()
    }
}

/// Runs words in a container with this input: output, errors, exit code.
async fn exec(docker: &Docker, container: &str, config: ExecConfig, given: &[u8]) -> (Vec<u8>, Vec<u8>, i64) {
    let id = docker.create_exec(container, config).await.expect("an exec").id;
    let started = docker.start_exec(&id, None::<StartExecOptions>).await.expect("a start");
    let StartExecResults::Attached { mut output, mut input } = started else {
        panic!("it was not detached");
    };
    let given = given.to_vec();
    let typing = tokio::spawn(async move {
        let _ = input.write_all(&given).await;
        let _ = input.shutdown().await;
    });
    let (mut out, mut err) = (Vec::new(), Vec::new());
    while let Some(piece) = output.next().await {
        match piece.expect("a piece of output") {
            bollard::container::LogOutput::StdErr { message } => err.extend(message),
            other => out.extend(other.into_bytes()),
        }
    }
    typing.await.expect("everything was typed");
    let inspected = docker.inspect_exec(&id).await.expect("an exec");
    assert_eq!(inspected.running, Some(false));
    (out, err, inspected.exit_code.expect("an exit code"))
}

async fn words(docker: &Docker, container: &str, words: &[&str]) -> (String, String, i64) {
    let (out, err, code) = exec(docker, container, asked(words), b"").await;
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(out), text(err), code)
}

#[tokio::test]
async fn output_errors_and_exit_code_come_back() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "c1", "-e", "WHO=c1", "alpine", "sleep", "99"]);
    let docker = lab.docker().await;
    assert_eq!(
        words(&docker, "c1", &["sh", "-c", "echo out; echo err >&2; exit 7"]).await,
        ("out\n".into(), "err\n".into(), 7)
    );
    assert_eq!(
        words(&docker, "c1", &["cat"]).await.2,
        0,
        "the end of input is passed on"
    );
    let config = ExecConfig {
        env: Some(vec!["MORE=1".into()]),
        working_dir: Some("/etc".into()),
        ..asked(&["sh", "-c", "echo $WHO $MORE $HOME; pwd"])
    };
    assert_eq!(exec(&docker, "c1", config, b"").await.0, b"c1 1 /root\n/etc\n");
    let (out, _, code) = words(&docker, "c1", &["nosuch"]).await;
    assert!(
        out.contains("exec: \"nosuch\": executable file not found in $PATH") && code == 127,
        "{out} {code}"
    );
    let (out, _, code) = words(&docker, "c1", &["/etc"]).await;
    assert!(
        out.contains("exec: \"/etc\": is a directory") && code == 126,
        "{out} {code}"
    );
    let config = ExecConfig {
        working_dir: Some("/nowhere".into()),
        ..asked(&["pwd"])
    };
    let (out, _, _) = exec(&docker, "c1", config, b"").await;
    let said = String::from_utf8_lossy(&out).into_owned();
    assert!(
        said.contains("chdir to cwd (\"/nowhere\") set in config.json failed: no such file or directory"),
        "{said}"
    );
}

#[tokio::test]
async fn a_large_stream_of_any_bytes_goes_both_ways_unchanged() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "99"]);
    let docker = lab.docker().await;
    let bytes: Vec<u8> = (0..8_000_000_u32)
        .map(|number| (number ^ (number >> 8)).to_le_bytes()[0])
        .collect();
    let (out, _, code) = exec(&docker, "c1", asked(&["cat"]), &bytes).await;
    assert!(
        out == bytes && code == 0,
        "{} of {} bytes, {code}",
        out.len(),
        bytes.len()
    );
}

#[tokio::test]
async fn an_exec_is_one_of_its_containers_processes_and_has_no_more() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "99"]);
    lab.ok(&[
        "run",
        "-d",
        "--name",
        "admin",
        "--cap-add",
        "NET_ADMIN",
        "alpine",
        "sleep",
        "99",
    ]);
    let docker = lab.docker().await;
    let (own, _, _) = words(&docker, "c1", &["ip", "addr"]).await;
    assert!(own.contains("172.17.0.2/16"), "{own}");
    let (ps, _, _) = words(&docker, "c1", &["ps"]).await;
    assert!(
        ps.lines()
            .any(|line| line.trim_start().starts_with("1 root") && line.ends_with("sleep 99")),
        "{ps}"
    );
    let status = "while read key value; do case $key in Cap*|NoNew*|Seccomp:|Sig[BI]*) echo $key$value;; esac; done \
                  </proc/self/status; hostname";
    for container in ["c1", "admin"] {
        let config = asked(&["sh", "-c", status]);
        let inside = exec(&docker, container, config, b"").await.0;
        let first = lab.ok(&[
            "run",
            "--rm",
            "--hostname",
            &hostname(&docker, container).await,
            "--cap-add",
            if container == "admin" { "NET_ADMIN" } else { "CHOWN" },
            "alpine",
            "sh",
            "-c",
            status,
        ]);
        assert_eq!(String::from_utf8_lossy(&inside), first, "{container}");
    }
    let (_, _, code) = words(&docker, "c1", &["ip", "link", "set", "eth0", "down"]).await;
    assert_ne!(code, 0, "an exec may not change its container's network");
}

async fn hostname(docker: &Docker, container: &str) -> String {
    let found: ContainerInspectResponse = docker.inspect_container(container, None).await.expect("a container");
    found.config.and_then(|config| config.hostname).expect("a host name")
}

#[tokio::test]
async fn a_killed_exec_is_137_and_its_container_goes_on() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "99"]);
    let docker = lab.docker().await;
    let killing = async {
        assert!(await_process(["sleep", "71001"]).await.kill());
    };
    let ((_, _, code), ()) = tokio::join!(words(&docker, "c1", &["sleep", "71001"]), killing);
    assert_eq!(code, 137);
    let found = docker.inspect_container("c1", None).await.expect("a container");
    assert_eq!(found.state.and_then(|state| state.running), Some(true));
    assert_eq!(found.exec_ids, None);
}

#[tokio::test]
async fn a_containers_end_ends_its_execs_and_their_streams() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "99"]);
    let docker = lab.docker().await;
    let killing = async {
        await_process(["sleep", "71002"]).await;
        docker.kill_container("c1", None).await.expect("it is killed");
    };
    let ((_, _, code), ()) = tokio::join!(words(&docker, "c1", &["sleep", "71002"]), killing);
    assert_eq!(code, 137);
    let refused = docker
        .create_exec("c1", asked(&["true"]))
        .await
        .expect_err("it has ended")
        .to_string();
    assert!(refused.contains("is not running"), "{refused}");
}

/// Waits until a process of these words is there.
async fn await_process(words: [&'static str; 2]) -> processes::Process {
    let look = move || processes::with_words(&words);
    tokio::task::spawn_blocking(look).await.expect("the look-out ends")
}

#[tokio::test]
async fn fifty_at_once() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "99"]);
    let docker = lab.docker().await;
    let all = join_all((0..50).map(|number| {
        let docker = docker.clone();
        async move {
            let number = number.to_string();
            (words(&docker, "c1", &["echo", &number]).await, number)
        }
    }));
    for ((out, err, code), number) in all.await {
        assert_eq!((out, err, code), (format!("{number}\n"), String::new(), 0));
    }
}

#[tokio::test]
async fn a_process_left_behind_does_not_hold_the_exec() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "99"]);
    let docker = lab.docker().await;
    let (out, _, code) = words(&docker, "c1", &["sh", "-c", "sleep 98 & echo done"]).await;
    assert_eq!((out.as_str(), code), ("done\n", 0));
}

/// Creates an exec that is asked nothing; its id.
fn created(lab: &Lab, container: &str, words: &[&str]) -> String {
    let asked = serde_json::json!({"AttachStdout": true, "AttachStderr": true, "Cmd": words});
    let (status, made) = lab.http("POST", &format!("/containers/{container}/exec"), &asked.to_string());
    assert_eq!(status, 201, "{made}");
    let made: serde_json::Value = serde_json::from_str(&made).expect("an exec");
    made["Id"].as_str().expect("an id").to_owned()
}

/// A connection that was asked to become a process's streams; its answer is not read.
fn taken_over(lab: &Lab, path: &str, body: &str) -> UnixStream {
    let mut client = UnixStream::connect(&lab.socket).expect("the engine's socket");
    write!(
        client,
        "POST {path} HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("a request");
    client
}

/// Reads an answer's head and no more.
fn head(client: &mut UnixStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).expect("a head");
        head.extend_from_slice(&byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
}

/// Standard output in the frames of a connection that was taken over.
fn unframed(mut frames: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    while let Some((&[1, 0, 0, 0, a, b, c, d], more)) = frames.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        output.extend_from_slice(&more[..length]);
        frames = &more[length..];
    }
    assert!(frames.is_empty(), "{frames:?}");
    output
}

/// More than all buffers between a process and its client hold.
const FLOOD: usize = 1_500_000;

#[test]
fn a_client_that_reads_late_gets_everything_and_holds_up_nobody() {
    let lab = Lab::start();
    let flood = FLOOD.to_string();
    let words = ["head", "-c", &flood, "/dev/zero"];
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "99"]);
    lab.ok(&[&["create", "--name", "c2", "alpine"], &words[..]].concat());
    let id = created(&lab, "c1", &words);
    let mut clients = [
        taken_over(&lab, &format!("/exec/{id}/start"), "{}"),
        taken_over(&lab, "/containers/c2/attach?stream=1&stdout=1&stderr=1", ""),
    ];
    clients.iter_mut().for_each(head);
    lab.ok(&["start", "c2"]);
    // As little is read as lets both end: that is told, though the most is still on its way.
    let mut seen = [Vec::new(), Vec::new()];
    let ended = eventually(Duration::from_secs(60), || {
        for (client, seen) in clients.iter_mut().zip(&mut seen) {
            let mut buffer = [0; 16 * 1024];
            let count = client.read(&mut buffer).expect("output");
            seen.extend_from_slice(&buffer[..count]);
            assert!(seen.len() < FLOOD, "all is read, and it has not ended");
        }
        std::thread::sleep(Duration::from_millis(50));
        let (_, exec) = lab.http("GET", &format!("/exec/{id}/json"), "");
        let (_, container) = lab.http("GET", "/containers/c2/json", "");
        exec.contains("\"ExitCode\":0") && container.contains("\"Status\":\"exited\"")
    });
    assert!(ended, "both end");
    assert_eq!(lab.ok(&["wait", "c2"]), "0\n");
    // Longer than an ended process's streams are waited for while another holds them.
    std::thread::sleep(Duration::from_secs(3));
    for (client, seen) in clients.iter_mut().zip(&mut seen) {
        client.read_to_end(seen).expect("output");
        assert_eq!(unframed(seen).len(), FLOOD);
    }
    let told = eventually(Duration::from_secs(20), || {
        // Whole seconds: those of the present one come with the next.
        let events = lab.ok(&["events", "--since", "10m", "--until", "0s"]);
        events.contains(" container die ") && events.contains(" container exec_die ")
    });
    assert!(told, "their ends are told");
}

#[test]
fn a_client_that_reads_through_a_buffer_finds_the_head_alone_in_it() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "99"]);
    let id = created(&lab, "c1", &["echo", "hello"]);
    let mut client = taken_over(&lab, &format!("/exec/{id}/start"), r#"{"Detach":false,"Tty":false}"#);
    // Slow to read, as Python on a busy machine is: the process has ended meanwhile.
    let ended = eventually(Duration::from_secs(20), || {
        let (_, exec) = lab.http("GET", &format!("/exec/{id}/json"), "");
        let exec: serde_json::Value = serde_json::from_str(&exec).expect("an exec");
        exec["ExitCode"] == 0
    });
    assert!(ended, "the exec has an end");
    let mut buffer = [0; 8192];
    let count = client.read(&mut buffer).expect("a head");
    let head = String::from_utf8_lossy(&buffer[..count]);
    assert!(head.starts_with("HTTP/1.1 101") && head.ends_with("\r\n\r\n"), "{head}");
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).expect("output");
    assert_eq!(rest, b"\x01\0\0\0\0\0\0\x06hello\n");
}

/// Starts processes in a container that stops whatever it sees until one of them is stopped before it has executed its
/// command; what its start will come to.
async fn held_start(lab: &Lab, docker: &Docker) -> tokio::task::JoinHandle<Result<(), String>> {
    let front = lab.child.id().cast_signed();
    // Stopped at once, it has its maker's name yet.
    let is_held = |process: &processes::Process| {
        ["cnm-exec", "cnm-zygote"].contains(&process.name.as_str())
            && support::text(process.path("stat")).contains(") T ")
    };
    for _ in 0..50 {
        let config = ExecConfig {
            // So that the command is looked for long enough.
            env: Some(vec![format!("PATH={}/bin", "/x:".repeat(40_000))]),
            ..asked(&["sleep", "71003"])
        };
        let id = docker.create_exec("c1", config).await.expect("an exec").id;
        let docker = docker.clone();
        let start = tokio::spawn(async move {
            let detached = StartExecOptions {
                detach: true,
                ..StartExecOptions::default()
            };
            let started = docker.start_exec(&id, Some(detached)).await;
            started.map(drop).map_err(|error| error.to_string())
        });
        let held = move || processes::family(front).iter().any(is_held);
        let look = move || eventually(Duration::from_secs(1), held);
        if tokio::task::spawn_blocking(look).await.expect("the look-out ends") {
            return start;
        }
    }
    panic!("no process was stopped while it joined its container");
}

#[tokio::test]
async fn a_container_that_stops_what_joins_it_holds_nobody() {
    let lab = Lab::start();
    let script = "echo begun; while :; do kill -STOP -1; done";
    lab.ok(&["run", "-d", "--name", "c1", "alpine", "sh", "-c", script]);
    let begun = || lab.ok(&["logs", "c1"]).contains("begun");
    assert!(eventually(Duration::from_secs(20), begun));
    let docker = lab.docker().await;

    let start = held_start(&lab, &docker).await;
    let begun = Instant::now();
    lab.ok(&["network", "create", "n1"]);
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "the writer waited for the exec"
    );
    let refusal = start.await.expect("a start").expect_err("it was held up");
    assert!(refusal.contains("within 10 s: timer expired"), "{refusal}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());

    let start = held_start(&lab, &docker).await;
    let begun = Instant::now();
    lab.ok(&["rm", "-f", "c1"]);
    // The container's end is the exec's, whichever of the two is told first.
    let _ = start.await.expect("a start");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    lab.ok(&["run", "--rm", "--network", "n1", "alpine", "true"]);
}
