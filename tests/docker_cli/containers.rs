//! Containers are listed, ended and removed; what they said is told.

use crate::engine::{CONTAINER, Engine, ID, Outcome, Script, message, printed, said, script};

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
fn what_is_long_far_or_wide_is_told_and_never_a_panic() {
    let long = "x".repeat(70_000);
    let list = format!(
        r#"[{{"Id":"{CONTAINER}","Names":["/a"],"Image":"alpine","Command":"{long}","Created":-9223372036854775808,"Ports":[]}},
            {{"Id":"{CONTAINER}","Names":["/b"],"Image":"alpine","Command":"true","Created":9223372036854775807,"Ports":[]}}]"#
    );
    let inspected = format!(r#"{{"Id":"{CONTAINER}","Name":"/a"}}"#);
    let engine = Engine::start(script(&[
        ("GET /containers/json", 200, &list),
        ("GET /containers/a/json", 200, &inspected),
    ]));
    let told = engine.docker(&["ps", "--no-trunc"]);
    assert_eq!((told.err.as_str(), told.status), ("", 0));
    assert!(told.out.contains(&long) && told.out.lines().count() == 3);
    assert_eq!(
        engine.docker(&["inspect", "-f", r#"{{printf "%99999999999d" 1}}"#, "a"]),
        printed("%!(NOVERB)\n")
    );
    let told = engine.docker(&["inspect", "-f", "{{pad .Name 9999999999999 0}}", "a"]);
    assert!(told.err.contains("error calling pad: ") && told.status == 1, "{told:?}");
    for odd in [
        "-9999999999999999999999999999999999999999h",
        "2026-11-24T02:43:12+9999999999999999:00",
    ] {
        let sentence = format!("invalid value for \"since\": failed to parse value as time or duration: \"{odd}\"\n");
        let since = format!("--since={odd}");
        assert_eq!(engine.docker(&["logs", &since, "a"]), said(&sentence, 1));
    }
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
fn containers_are_renamed_restarted_and_waited_for() {
    let engine = Engine::start(script(&[
        ("POST /containers/es/rename?name=en", 204, ""),
        (
            "POST /containers/es/rename?name=es",
            400,
            &message("Renaming a container with the same name as its current name"),
        ),
        ("POST /containers/es/restart?t=1", 204, ""),
        ("POST /containers/es/wait", 200, r#"{"StatusCode":137,"Error":null}"#),
        ("POST /containers/nope/wait", 404, &message("No such container: nope")),
        ("POST /containers/es/pause", 501, &message("pausing is not built yet")),
    ]));
    assert_eq!(engine.docker(&["rename", "es", " en "]), printed(""));
    assert_eq!(
        engine.docker(&["rename", "es", "es"]),
        said(
            "Error response from daemon: Renaming a container with the same name as its current name\nError: failed to rename container named es\n",
            1
        )
    );
    assert_eq!(
        engine.docker(&["rename", "es", " "]),
        said("Error: Neither old nor new names may be empty\n", 1)
    );
    assert_eq!(
        engine.docker(&["restart", "--time", "1", "es"]),
        Outcome {
            out: "es\n".into(),
            err: "Flag --time has been deprecated, use --timeout instead\n".into(),
            status: 0
        }
    );
    assert_eq!(
        engine.docker(&["wait", "nope", "es"]),
        Outcome {
            out: "137\n".into(),
            err: "Error response from daemon: No such container: nope\n".into(),
            status: 1
        }
    );
    assert_eq!(
        engine.docker(&["pause", "es"]),
        said("Error response from daemon: pausing is not built yet\n", 1)
    );
}

#[test]
fn processes_and_ports_are_shown() {
    let engine = Engine::start(script(&[
        (
            "GET /containers/es/top",
            200,
            r#"{"Titles":["UID","PID","CMD"],"Processes":[["root","7","sleep 1d"]]}"#,
        ),
        (
            "GET /containers/es/top?ps_args=-o%20pid",
            200,
            r#"{"Titles":["PID"],"Processes":[["7"]]}"#,
        ),
        (
            "GET /containers/es/json",
            200,
            r#"{"NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}],"9/udp":null}}}"#,
        ),
    ]));
    assert_eq!(
        engine.docker(&["top", "es"]),
        printed("UID                 PID                 CMD\nroot                7                   sleep 1d\n")
    );
    assert_eq!(engine.docker(&["top", "es", "-o", "pid"]), printed("PID\n7\n"));
    assert_eq!(
        engine.docker(&["port", "es"]),
        printed("80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n")
    );
    assert_eq!(
        engine.docker(&["port", "es", "80"]),
        printed("0.0.0.0:8080\n[::]:8080\n")
    );
    assert_eq!(
        engine.docker(&["port", "es", "9/udp"]),
        said("Error: No public port '9/udp' published for es\n", 1)
    );
}

#[test]
fn what_is_unused_is_pruned_when_the_person_agrees() {
    let engine = Engine::start(script(&[
        (
            "POST /containers/prune",
            200,
            r#"{"ContainersDeleted":["abc","def"],"SpaceReclaimed":1234}"#,
        ),
        ("POST /networks/prune", 200, r#"{"NetworksDeleted":null}"#),
        (
            "POST /images/prune?filters=%7B%22dangling%22%3A%7B%22true%22%3Atrue%7D%7D",
            200,
            r#"{"ImagesDeleted":null,"SpaceReclaimed":0}"#,
        ),
        (
            "POST /build/prune?keep-storage=0",
            200,
            r#"{"CachesDeleted":null,"SpaceReclaimed":0}"#,
        ),
    ]));
    let question = "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ";
    let deleted = "Deleted Containers:\nabc\ndef\n\n";
    let total = "Total reclaimed space: 1.234kB\n";
    assert_eq!(
        engine.docker_with_input(&["container", "prune"], b" Y \n"),
        printed(&format!("{question}{deleted}{total}"))
    );
    assert_eq!(
        engine.docker_with_input(&["container", "prune"], b"no\n"),
        printed(question)
    );
    assert_eq!(engine.docker(&["network", "prune", "-f"]), printed(""));
    assert_eq!(
        engine.docker(&["system", "prune", "-f"]),
        printed(&format!("{deleted}{total}"))
    );
}

#[test]
fn an_interruption_is_a_no() {
    let engine = Engine::start(Script::new());
    let mut child = engine.started(&["network", "prune"]);
    let input = child.stdin.take();
    // The question is there: everything up to its end is read.
    let (mut out, mut seen) = (child.stdout.take().unwrap(), Vec::new());
    while !String::from_utf8_lossy(&seen).ends_with("[y/N] ") {
        let mut byte = [0];
        assert_eq!(std::io::Read::read(&mut out, &mut byte).unwrap(), 1);
        seen.push(byte[0]);
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut out, &mut rest).unwrap();
    assert_eq!((rest.as_str(), child.wait().unwrap().code()), ("\n", Some(0)));
    drop(input);
    assert_eq!(engine.asked(), Vec::<String>::new());
}
