//! Exit statuses and the sentences beside them.

use super::{Outcome, Session};

const TAIL: &str = "\n\nRun 'docker run --help' for more information\n";
const RUNC: &str = "failed to create task for container: failed to create shim task: OCI runtime create failed: \
                    runc create failed: unable to start container process: exec: ";

fn refused(outcome: &Outcome, sentence: &str, status: i32) {
    assert_eq!(
        (outcome.out.as_str(), outcome.status),
        ("", Some(status)),
        "{outcome:?}"
    );
    assert!(outcome.err.contains(sentence), "{sentence:?} is not in {}", outcome.err);
}

pub fn the_cli_s_own_failures_are_125(session: &Session) {
    for (args, sentence) in [
        (&["run", "--nope", "alpine"][..], "unknown flag: --nope"),
        (
            &["run", "--rm", "--net", "nope", "alpine"],
            "docker: Error response from daemon: ",
        ),
        (
            &["run", "--rm", "-w", "relative", "alpine", "true"],
            "the working directory 'relative' is invalid, it needs to be an absolute path",
        ),
    ] {
        let said = session.run(args);
        assert_eq!(said.status, Some(125), "{args:?}: {said:?}");
        assert!(said.err.contains(sentence), "{args:?}: {said:?}");
    }
    refused(
        &session.run(&["run", "-ti", "alpine", "sh"]),
        "the input device is not a TTY",
        1,
    );
}

pub fn what_cannot_be_executed_is_126_and_what_is_missing_127(session: &Session) {
    for (word, sentence, status) in [
        ("nosuch", "\"nosuch\": executable file not found in $PATH: unknown", 127),
        (
            "/nosuch",
            "\"/nosuch\": stat /nosuch: no such file or directory: unknown",
            127,
        ),
        ("/etc", "\"/etc\": is a directory: unknown", 126),
        ("/etc/passwd", "\"/etc/passwd\": permission denied: unknown", 126),
    ] {
        let said = session.run(&["run", "--rm", "alpine", word]);
        refused(
            &said,
            &format!("docker: Error response from daemon: {RUNC}{sentence}{TAIL}"),
            status,
        );
    }
    assert_eq!(
        session.run(&["run", "--rm", "alpine", "sh", "-c", "nosuch"]).status,
        Some(127)
    );
    assert_eq!(
        session.run(&["run", "--rm", "alpine", "sh", "-c", "/etc"]).status,
        Some(126)
    );
    assert_eq!(
        session.run(&["run", "--rm", "alpine", "sh", "-c", "exit 125"]).status,
        Some(125)
    );
}

pub fn an_exec_s_failures_have_the_same_statuses(session: &Session) {
    session.ok(&["run", "-d", "--name", "c1", "alpine", "sleep", "1000"]);
    session.ok(&["create", "--name", "c2", "alpine", "true"]);
    for (word, sentence, status) in [
        (
            "nosuch",
            "exec: \"nosuch\": executable file not found in $PATH: unknown",
            127,
        ),
        ("/etc", "exec: \"/etc\": is a directory: unknown", 126),
    ] {
        let said = session.run(&["exec", "c1", word]);
        assert_eq!(said.status, Some(status), "{said:?}");
        assert!(format!("{}{}", said.out, said.err).contains(sentence), "{said:?}");
    }
    refused(&session.run(&["exec", "nope", "true"]), "No such container: nope", 1);
    refused(&session.run(&["exec", "c2", "true"]), " is not running", 1);
    refused(
        &session.run(&["exec", "-ti", "c1", "sh"]),
        "the input device is not a TTY",
        1,
    );
}

pub fn only_a_running_container_is_attached_to(session: &Session) {
    session.ok(&["run", "--name", "c1", "alpine", "true"]);
    refused(
        &session.run(&["attach", "c1"]),
        "You cannot attach to a stopped container, start it first\n",
        1,
    );
    refused(&session.run(&["attach", "nope"]), "No such container: nope\n", 1);
    session.ok(&["run", "-d", "--name", "c2", "alpine", "sleep", "1000"]);
    let paused = session.run(&["pause", "c2"]);
    if paused.status == Some(0) {
        refused(
            &session.run(&["attach", "c2"]),
            "You cannot attach to a paused container, unpause it first\n",
            1,
        );
        session.ok(&["unpause", "c2"]);
    } else {
        refused(&paused, " yet\n", 1);
    }
    refused(
        &session.run(&["start", "-a", "c1", "c2"]),
        "you cannot start and attach multiple containers at once\n",
        1,
    );
}
