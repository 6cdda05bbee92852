//! Containers run, attached and detached.

use crate::engine::{CONTAINER, Engine, Outcome, message, printed, said, script};

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
fn the_third_request_to_end_ends_the_command_whatever_the_program_makes_of_it() {
    let engine = Engine::start(script(&[
        ("POST /containers/create", 201, r#"{"Id":"abc","Warnings":[]}"#),
        (
            "POST /containers/abc/wait?condition=next-exit",
            200,
            r#"{"StatusCode":0}"#,
        ),
        ("POST /containers/abc/start", 204, ""),
        ("POST /containers/abc/kill?signal=INT", 204, ""),
    ]));
    // Its program reads until its input ends, which it does not.
    let mut child = engine.started(&["run", "-i", "alpine", "cat"]);
    let input = child.stdin.take();
    let asked = |request: &str| {
        let seen = || engine.asked().iter().filter(|asked| asked.starts_with(request)).count();
        for _ in 0..2000 {
            if seen() > 0 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        seen()
    };
    assert_eq!(asked("POST /containers/abc/start"), 1);
    let interrupt = || {
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    };
    interrupt();
    assert_eq!(asked("POST /containers/abc/kill?signal=INT"), 1, "it is passed on");
    for _ in 0..2 {
        interrupt();
        // Two at once are one for whoever has not looked yet.
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    let outcome = Outcome::of(child);
    drop(input);
    assert_eq!(
        (outcome.err.as_str(), outcome.status),
        ("err\n\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n", 1)
    );
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
            Outcome {
                out: "abc\n".into(),
                err: format!("docker: Error response from daemon: {words}{tail}"),
                status: code
            }
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
fn an_exec_gives_its_streams_and_its_status() {
    let engine = Engine::start(script(&[
        ("GET /containers/es/json", 200, r#"{"Id":"abc"}"#),
        ("POST /containers/es/exec", 201, r#"{"Id":"e1"}"#),
        ("POST /exec/e1/start", 200, ""),
        ("GET /exec/e1/json", 200, r#"{"ExitCode":3,"Running":false}"#),
        ("GET /containers/nope/json", 404, &message("No such container: nope")),
    ]));
    let outcome = engine.docker(&["exec", "-e", "A=1", "-w", "/tmp", "es", "ls", "-l"]);
    assert_eq!(
        outcome,
        Outcome {
            out: "out\n".into(),
            err: "err\n".into(),
            status: 3
        }
    );
    let body = engine.body_of("POST /containers/es/exec");
    assert_eq!(body["Cmd"], serde_json::json!(["ls", "-l"]));
    assert_eq!((&body["Env"][0], &body["WorkingDir"]), (&"A=1".into(), &"/tmp".into()));
    assert_eq!(
        engine.body_of("POST /exec/e1/start"),
        serde_json::json!({"Detach": false, "Tty": false})
    );
    assert_eq!(engine.docker(&["exec", "-d", "es", "ls"]), printed(""));
    assert_eq!(
        engine.docker(&["exec", "nope", "ls"]),
        said("Error response from daemon: No such container: nope\n", 1)
    );
    assert_eq!(
        engine.docker(&["exec", "-ti", "es", "sh"]),
        said("the input device is not a TTY\n", 1)
    );
}

#[test]
fn a_container_is_started_and_attached() {
    let id = "abc";
    let engine = Engine::start(script(&[
        (
            "GET /containers/es/json",
            200,
            r#"{"Id":"abc","Config":{"Tty":false,"OpenStdin":true},"HostConfig":{"AutoRemove":false},"State":{"Running":true}}"#,
        ),
        (
            "GET /containers/old/json",
            200,
            r#"{"Id":"old","State":{"Running":false}}"#,
        ),
        ("POST /containers/old/wait", 200, r#"{"StatusCode":0}"#),
        ("POST /containers/es/wait", 200, r#"{"StatusCode":4}"#),
        (
            "POST /containers/abc/wait?condition=next-exit",
            200,
            r#"{"StatusCode":5}"#,
        ),
        ("POST /containers/abc/start", 204, ""),
        ("POST /containers/es/start", 204, ""),
        ("POST /containers/nope/start", 404, &message("No such container: nope")),
    ]));
    let ran = |status| Outcome {
        out: "out\nhi\n".into(),
        err: "err\n".into(),
        status,
    };
    assert_eq!(
        engine.docker_with_input(&["start", "-ai", "es"], b"hi\n"),
        ran(5),
        "{id}"
    );
    assert_eq!(engine.docker_with_input(&["attach", "es"], b"hi\n"), ran(4));
    assert_eq!(
        engine.docker(&["attach", "old"]),
        said("You cannot attach to a stopped container, start it first\n", 1)
    );
    assert_eq!(
        engine.docker(&["start", "nope", "es"]),
        Outcome {
            out: "es\n".into(),
            err: "Error response from daemon: No such container: nope\nError: failed to start containers: nope\n"
                .into(),
            status: 1
        }
    );
    assert_eq!(
        engine.docker(&["start", "-a", "es", "old"]),
        said("you cannot start and attach multiple containers at once\n", 1)
    );
}
