//! What is typed wrong, help, and an engine that is not there.

use crate::engine::{Engine, Script, printed, said};

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
            &["--log-level", "bogus", "ps"],
            "Unable to parse logging level: bogus\n".into(),
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
    let of_cli = "not built yet in cnm's docker: the real docker CLI has it, and works with this engine";
    let of_nobody = "not built yet in cnm's docker, nor in the engine of cnm's labs: it takes the real docker CLI";
    for (args, sentence) in [
        (&["run", "-m", "1g", "alpine"][..], of_nobody),
        (&["run", "--env-file", "e", "alpine"], of_cli),
        (&["cp", "a", "es:/b"], of_nobody),
        (&["context", "ls"], of_cli),
        (&["volume", "ls"], of_nobody),
        (&["system", "df"], of_nobody),
        (&["container", "stats"], of_nobody),
        (&["system", "prune", "-f", "--volumes"], "the lab has no volumes"),
    ] {
        let outcome = engine.docker(args);
        assert_ne!(outcome.status, 0, "{args:?}");
        assert!(outcome.err.contains(sentence), "{args:?}: {}", outcome.err);
    }
    assert_eq!(engine.asked(), Vec::<String>::new());
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
fn help_names_nothing_of_which_nothing_works_in_a_lab() {
    let engine = Engine::start(Script::new());
    for args in [&["--help"][..], &["container", "--help"]] {
        let help = engine.docker(args).out;
        let listed = |name: &str| {
            help.lines()
                .any(|line| line.trim_start().starts_with(&format!("{name} ")))
        };
        assert!(listed("inspect") && listed("top"), "{help}");
        for absent in ["cp", "pause", "plugin", "unpause", "volume"] {
            assert!(!listed(absent), "{absent}: {help}");
        }
    }
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
