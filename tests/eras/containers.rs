//! Containers and the API around them: contract §1.3, §7, §8.

use super::{both, created, document, inside, named, running, started, told};

#[test]
fn an_id_that_begins_as_several_do() {
    let said = both(|lab| {
        // Sixteen first characters: the seventeenth container begins as another one.
        for n in 0..17 {
            created(lab, &format!("c{n:02}"), "none", "");
        }
        let ids: Vec<String> = (0..17)
            .map(|n| {
                document(lab, &format!("/containers/c{n:02}/json"))["Id"]
                    .as_str()
                    .expect("an id")[..1]
                    .to_owned()
            })
            .collect();
        let prefix = ids
            .iter()
            .find(|first| ids.iter().filter(|other| other == first).count() > 1)
            .expect("two alike");
        told(lab, "GET", &format!("/containers/{prefix}/json"), "").replace(&format!(": {prefix}"), ": PREFIX")
    });
    assert_eq!(
        said,
        [
            "400 multiple IDs found with provided prefix: PREFIX",
            "400 Multiple IDs found with provided prefix: PREFIX",
        ]
    );
}

#[test]
fn a_running_container_is_not_removed() {
    let said = both(|lab| {
        running(lab, "p1", "bridge");
        let said = told(lab, "DELETE", "/containers/p1", "");
        named(lab, &said, &["p1"], &[])
    });
    assert_eq!(
        said,
        [
            "409 cannot remove container \"p1\": container is running: stop the container before removing or force remove",
            "409 You cannot remove a running container <id of p1>. Stop the container before attempting removal or force remove",
        ]
    );
}

#[test]
fn an_exec_in_a_container_that_does_not_run() {
    let said = both(|lab| {
        created(lab, "c1", "none", "");
        let said = told(lab, "POST", "/containers/c1/exec", r#"{"Cmd":["true"]}"#);
        named(lab, &said, &["c1"], &[])
    });
    assert_eq!(
        said,
        [
            "409 container <id of c1> is not running",
            "409 Container <id of c1> is not running"
        ]
    );
}

#[test]
fn a_network_that_is_not_there_at_the_start() {
    let said = both(|lab| {
        assert_eq!(created(lab, "c1", "nope", ""), "201");
        let said = started(lab, "c1");
        let state = &document(lab, "/containers/c1/json")["State"];
        format!("{said}; {} {}", state["Status"], state["ExitCode"])
    });
    assert_eq!(
        said,
        [
            "404 failed to set up container networking: network nope not found; \"created\" 128",
            "404 network nope not found; \"created\" 128",
        ]
    );
}

#[test]
fn the_network_of_a_container_that_cannot_be_shared() {
    let share = |target: &'static str| {
        both(move |lab| {
            created(lab, "stopped", "none", "");
            created(lab, "me", &format!("container:{target}"), "");
            started(lab, "me")
        })
    };
    assert_eq!(
        share("nope"),
        [
            "500 joining network namespace of container: No such container: nope",
            "404 No such container: nope",
        ]
    );
    let [now, then] = share("stopped");
    assert_eq!(
        now,
        "409 cannot join network namespace of a non running container: container stopped is created"
    );
    assert!(
        then.starts_with("409 cannot join network of a non running container: "),
        "{then}"
    );
    let [now, then] = share("me");
    assert_eq!(now, "500 cannot join own network namespace");
    assert_eq!(then, "500 cannot join own network");
}

#[test]
fn the_default_network_by_its_name() {
    let said = both(|lab| {
        assert_eq!(created(lab, "c1", "default", ""), "201");
        let inspected = document(lab, "/containers/c1/json");
        let keys = inspected["NetworkSettings"]["Networks"]
            .as_object()
            .expect("networks")
            .keys()
            .cloned();
        format!(
            "{} {}",
            inspected["HostConfig"]["NetworkMode"],
            keys.collect::<Vec<_>>().join(",")
        )
    });
    assert_eq!(said, ["\"bridge\" bridge", "\"default\" bridge"]);
}

#[test]
fn a_network_by_its_id() {
    let said = both(|lab| {
        lab.ok(&["network", "create", "a"]);
        let id = document(lab, "/networks/a")["Id"].as_str().expect("an id").to_owned();
        assert_eq!(created(lab, "c1", &id[..12], ""), "201");
        let inspected = document(lab, "/containers/c1/json");
        let mode = inspected["HostConfig"]["NetworkMode"]
            .as_str()
            .expect("a mode")
            .to_owned();
        mode.replace(&id, "ID").replace(&id[..12], "SHORT")
    });
    assert_eq!(said, ["ID", "SHORT"]);
}

#[test]
fn versions_that_are_spoken() {
    let said = both(|lab| {
        let version = document(lab, "/version");
        format!(
            "{} {} {}\n{}\n{}",
            version["Version"],
            version["ApiVersion"],
            version["MinAPIVersion"],
            told(lab, "GET", "/v9.99/info", ""),
            plain(lab, "/v1.11/info"),
        )
    });
    let old = |minimum: &str| {
        format!(
            "400 client version 1.11 is too old. Minimum supported API version is {minimum}, please upgrade your client to a \
             newer version"
        )
    };
    let new = |maximum: &str| format!("400 client version 9.99 is too new. Maximum supported API version is {maximum}");
    assert_eq!(
        said[0],
        format!("\"28.5.2\" \"1.51\" \"1.24\"\n{}\n{}", new("1.51"), old("1.24"))
    );
    assert_eq!(
        said[1],
        format!("\"20.10.24\" \"1.41\" \"1.12\"\n{}\n{}", new("1.41"), old("1.12"))
    );
}

/// Status and message, where versions as old as that have their errors in plain text.
fn plain(lab: &crate::support::Lab, path: &str) -> String {
    let (status, answer) = lab.http("GET", path, "");
    let document: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
    format!("{status} {}", document["message"].as_str().unwrap_or(answer.trim()))
}

#[test]
fn a_command_that_is_not_there() {
    let said = both(|lab| {
        let body = r#"{"Image":"alpine","Cmd":["nosuch"]}"#;
        told(lab, "POST", "/containers/create?name=c1", body);
        format!(
            "{} {}",
            started(lab, "c1"),
            document(lab, "/containers/c1/json")["State"]["ExitCode"]
        )
    });
    let tail = "OCI runtime create failed: runc create failed: unable to start container process: exec: \"nosuch\": executable file \
                not found in $PATH: unknown 127";
    assert_eq!(
        said,
        [
            format!("400 failed to create task for container: failed to create shim task: {tail}"),
            format!("400 failed to create shim task: {tail}"),
        ]
    );
}

#[test]
fn an_exec_of_a_command_that_is_not_there() {
    let said = both(|lab| {
        running(lab, "c1", "bridge");
        inside_status(lab, &["exec", "c1", "nosuch"])
    });
    // Docker's CLI says 127 for both: what is kept of the exec differs.
    assert_eq!(said[0], "127");
    let kept = both(|lab| {
        running(lab, "c1", "bridge");
        let (_, answer) = lab.http("POST", "/containers/c1/exec", r#"{"Cmd":["nosuch"]}"#);
        let exec: serde_json::Value = serde_json::from_str(&answer).expect("an exec");
        let id = exec["Id"].as_str().expect("an id");
        lab.http("POST", &format!("/exec/{id}/start"), r#"{"Detach":false}"#);
        document(lab, &format!("/exec/{id}/json"))["ExitCode"].to_string()
    });
    assert_eq!(kept, ["127", "126"]);
}

fn inside_status(lab: &crate::support::Lab, args: &[&str]) -> String {
    lab.cli(args)
        .status
        .code()
        .map_or_else(String::new, |code| code.to_string())
}

#[test]
fn a_signal_that_is_none() {
    let said = both(|lab| {
        running(lab, "c1", "bridge");
        told(lab, "POST", "/containers/c1/kill?signal=NOSUCH", "")
    });
    assert_eq!(said, ["400 invalid signal: NOSUCH", "400 Invalid signal: NOSUCH"]);
}

#[test]
fn the_sandbox_of_a_container_that_has_ended() {
    let said = both(|lab| {
        running(lab, "c1", "bridge");
        lab.ok(&["stop", "-t", "0", "c1"]);
        let settings = &document(lab, "/containers/c1/json")["NetworkSettings"];
        settings["SandboxID"].as_str().expect("an id").len().to_string()
    });
    assert_eq!(said, ["0", "64"]);
}

#[test]
fn the_addresses_of_the_smallest_network() {
    let tiny = r#"{"Name":"tiny","IPAM":{"Config":[{"Subnet":"10.88.0.0/31","Gateway":"10.88.0.0"}]}}"#;
    let said = both(|lab| match told(lab, "POST", "/networks/create", tiny).as_str() {
        "201" => {
            running(lab, "c1", "tiny");
            inside(lab, "c1", "hostname -i")
        }
        refused => refused.to_owned(),
    });
    assert_eq!(
        said,
        [
            "10.88.0.1\n",
            "500 failed to allocate gateway (10.88.0.0): Address already in use"
        ]
    );
}

#[test]
fn the_type_of_a_stream_without_a_terminal() {
    let said = both(|lab| {
        running(lab, "c1", "bridge");
        let mut stream = std::os::unix::net::UnixStream::connect(&lab.socket).expect("a socket");
        let request = "POST /containers/c1/attach?logs=1&stdout=1 HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
        std::io::Write::write_all(&mut stream, request.as_bytes()).expect("a request");
        let answer = std::io::read_to_string(stream).expect("an answer");
        let kind = answer.lines().find_map(|line| line.strip_prefix("Content-Type: "));
        kind.unwrap_or("none").to_owned()
    });
    assert_eq!(
        said,
        [
            "application/vnd.docker.multiplexed-stream",
            "application/vnd.docker.raw-stream"
        ]
    );
}
