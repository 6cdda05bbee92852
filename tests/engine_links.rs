//! `--link`, as its users meet it: a line in a file, variables, a name that is asked for, and what an end does to them.
#![cfg(target_os = "linux")]

mod support;

use support::Lab;

/// What a container's `/etc/hosts` says of a name.
fn line_of(lab: &Lab, container: &str, name: &str) -> Option<String> {
    let hosts = lab.ok(&["exec", container, "cat", "/etc/hosts"]);
    let mut lines = hosts.lines();
    lines
        .find(|line| line.split_whitespace().skip(1).any(|word| word == name))
        .map(str::to_owned)
}

#[test]
fn a_link_on_the_default_bridge_is_a_line_and_variables_and_follows_a_restart() {
    let lab = Lab::start();
    lab.ok(&[
        "run",
        "-d",
        "--name",
        "db",
        "--hostname",
        "data",
        "--expose",
        "5432",
        "-e",
        "USER=me",
        "alpine",
        "sleep",
        "600",
    ]);
    lab.ok(&[
        "run",
        "-d",
        "--name",
        "web",
        "--link",
        "db:my-sql",
        "alpine",
        "sleep",
        "600",
    ]);
    assert_eq!(
        line_of(&lab, "web", "my-sql").as_deref(),
        Some("172.17.0.2\tmy-sql data db")
    );
    let variables = lab.ok(&["exec", "web", "sh", "-c", "env"]);
    for expected in [
        "MY_SQL_NAME=/web/my-sql",
        "MY_SQL_PORT=tcp://172.17.0.2:5432",
        "MY_SQL_PORT_5432_TCP_PROTO=tcp",
        "MY_SQL_ENV_USER=me",
    ] {
        assert!(
            variables.lines().any(|line| line == expected),
            "{expected}\n{variables}"
        );
    }
    lab.ok(&["exec", "web", "ping", "-c1", "my-sql"]);
    assert!(line_of(&lab, "db", "web").is_none(), "a link has one direction");

    // While it is away somebody takes its address; the line follows it to its new one.
    lab.ok(&["stop", "-t", "0", "db"]);
    let refused = lab.cli(&["exec", "web", "true"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("Cannot link to a non running container: /db AS /web/my-sql"),
        "{said}"
    );
    lab.ok(&["run", "-d", "--name", "taker", "alpine", "sleep", "600"]);
    lab.ok(&["start", "db"]);
    assert_eq!(
        line_of(&lab, "web", "my-sql").as_deref(),
        Some("172.17.0.4\tmy-sql data db")
    );

    lab.ok(&["rename", "db", "base"]);
    let links = lab.ok(&["inspect", "-f", "{{json .HostConfig.Links}}", "web"]);
    assert_eq!(links.trim(), r#"["/base:/web/my-sql"]"#);
    let names = lab.ok(&["ps", "--no-trunc", "--format", "{{.Names}}"]);
    assert!(names.lines().any(|line| line == "base,web/my-sql"), "{names}");
    lab.ok(&["rm", "--link", "web/my-sql"]);
    assert_eq!(line_of(&lab, "web", "my-sql"), None);
    let links = lab.ok(&["inspect", "-f", "{{json .HostConfig.Links}}", "web"]);
    assert_eq!(links.trim(), "null");
}

#[test]
fn a_start_that_fails_takes_back_the_address_it_had_told_others() {
    let lab = Lab::start_with(&[], &[("CNM_FAULTS", "1")]);
    lab.ok(&["run", "-d", "--name", "db", "alpine", "sleep", "600"]);
    lab.ok(&["run", "-d", "--name", "web", "--link", "db", "alpine", "sleep", "600"]);
    lab.ok(&["stop", "-t", "0", "db"]);
    lab.ok(&["run", "-d", "--name", "taker", "alpine", "sleep", "600"]);
    let hosts = || lab.ok(&["exec", "taker", "true"]) + &file_of(&lab, "web");
    let before = hosts();
    lab.ok(&["start", "db"]);
    let steps = lab.steps("start").len();
    let after = hosts();
    assert_ne!(before, after, "the new address was told");
    lab.ok(&["stop", "-t", "0", "db"]);
    for step in 0..steps {
        lab.fail_next("start", step);
        assert!(!lab.cli(&["start", "db"]).status.success(), "step {step} did not fail");
        assert_eq!(after, hosts(), "step {step}");
    }
    lab.ok(&["start", "db"]);
    lab.ok(&["exec", "web", "ping", "-c1", "db"]);
}

/// `/etc/hosts` by the container's process: `exec` is refused while a link leads nowhere.
fn file_of(lab: &Lab, container: &str) -> String {
    let processes = support::processes::family(lab.child.id().cast_signed());
    let (_, inspected) = lab.http("GET", &format!("/containers/{container}/json"), "");
    let hostname: serde_json::Value = serde_json::from_str(&inspected).expect("a container");
    let hostname = hostname["Config"]["Hostname"].as_str().expect("a host name").to_owned();
    let mut files = processes
        .iter()
        .filter(|process| process.name == "sleep")
        .map(|process| std::fs::read_to_string(process.path("root/etc/hosts")).unwrap_or_default());
    files
        .find(|text| text.contains(&hostname))
        .expect("a process of the container")
}

#[test]
fn on_a_network_of_ones_own_a_link_is_a_name_for_one_container_alone() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&["run", "-d", "--name", "db", "--net", "dev", "alpine", "sleep", "600"]);
    lab.ok(&[
        "run", "-d", "--name", "web", "--net", "dev", "--link", "db:base", "alpine", "sleep", "600",
    ]);
    for name in ["base", "base.dev"] {
        lab.ok(&["exec", "web", "ping", "-c1", name]);
    }
    let foreign = lab.cli(&["exec", "db", "ping", "-c1", "base"]);
    assert_eq!(String::from_utf8_lossy(&foreign.stderr), "ping: bad address 'base'\n");
    let format = "{{json .NetworkSettings.Networks.dev.Links}} {{json .HostConfig.Links}}";
    assert_eq!(lab.ok(&["inspect", "-f", format, "web"]).trim(), r#"["db:base"] null"#);
    assert_eq!(line_of(&lab, "web", "base"), None);
}

#[test]
fn a_holder_that_takes_no_news_hinders_nobody() {
    let lab = Lab::start();
    lab.ok(&["run", "-d", "--name", "db", "alpine", "sleep", "600"]);
    lab.ok(&["run", "-d", "--name", "web", "--link", "db", "alpine", "sleep", "600"]);
    // Too long a file to be edited.
    lab.ok(&["exec", "web", "sh", "-c", "head -c 20000000 /dev/zero >/etc/hosts"]);
    lab.ok(&["stop", "-t", "0", "db"]);
    lab.ok(&["run", "-d", "--name", "taker", "alpine", "sleep", "600"]);
    lab.ok(&["start", "db"]);
    assert_eq!(
        lab.ok(&[
            "inspect",
            "-f",
            "{{.State.Running}} {{.NetworkSettings.IPAddress}}",
            "db"
        ])
        .trim(),
        "true 172.17.0.4"
    );
}
