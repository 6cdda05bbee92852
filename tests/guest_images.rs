//! The images of the lesson, in real containers: what each has, what its package manager brings, and the service that
//! `elasticsearch:2` runs.
#![cfg(target_os = "linux")]

mod support;

use std::time::Duration;

use support::{Lab, eventually};

/// The body that `docker run … curl` prints, once the service is up.
fn fetched(lab: &Lab, image: &str, network: &str, address: &str) -> String {
    let mut body = String::new();
    let reached = eventually(Duration::from_secs(20), || {
        let output = lab.cli(&["run", "--rm", "--net", network, image, "curl", "-sS", address]);
        body = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success()
    });
    assert!(reached, "nothing came from {address}: {body}");
    body
}

#[test]
fn elasticsearch_tells_the_name_it_keeps_and_another_container_s_is_another() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "--subnet", "172.30.0.0/16", "dev"]);
    for name in ["es", "es2"] {
        lab.ok(&["run", "-d", "--name", name, "--net", "dev", "elasticsearch:2"]);
    }
    let name_in = |body: &str| {
        let document: serde_json::Value = serde_json::from_str(body).expect("a JSON document");
        assert_eq!(document["cluster_name"], "elasticsearch");
        assert_eq!(document["version"]["number"], "2.4.6");
        assert_eq!(document["tagline"], "You Know, for Search");
        (document["name"].clone(), document["cluster_uuid"].clone())
    };
    let first = fetched(&lab, "centos", "dev", "172.30.0.2:9200");
    assert!(first.starts_with("{\n  \"name\" : \""), "{first}");
    assert_eq!(
        name_in(&first),
        name_in(&fetched(&lab, "centos", "dev", "172.30.0.2:9200/"))
    );
    assert_ne!(
        name_in(&first).1,
        name_in(&fetched(&lab, "centos", "dev", "172.30.0.3:9200")).1
    );
    let health = fetched(&lab, "elasticsearch:2", "dev", "172.30.0.2:9200/_cat/health");
    assert!(health.contains(" elasticsearch green 1 1 0 "), "{health}");
    let logs = lab.ok(&["logs", "es"]);
    assert!(logs.contains("publish_address {172.30.0.2:9200}"), "{logs}");
    // SIGTERM ends it as it ends a Java program: at once, and with its status.
    lab.ok(&["stop", "es"]);
    let listed = lab.ok(&["ps", "-a"]);
    assert!(listed.contains("Exited (143) "), "{listed}");
}

#[test]
fn centos_has_iputils_ping_and_yum_brings_what_is_missing() {
    let lab = Lab::start();
    let run = |script: &str| lab.cli(&["run", "--rm", "centos", "sh", "-c", script]);
    let pinged = run("ping -c 1 127.0.0.1");
    let text = String::from_utf8_lossy(&pinged.stdout).into_owned();
    assert!(
        text.starts_with(
            "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time="
        ),
        "{text}"
    );
    // How long it took is the machine's affair.
    let (_, tally) = text
        .split_once("\n1 packets transmitted, 1 received, 0% packet loss, time ")
        .unwrap_or_else(|| panic!("{text}"));
    let (took, spread) = tally.split_once("ms\n").unwrap_or_else(|| panic!("{text}"));
    assert!(took.bytes().all(|byte| byte.is_ascii_digit()), "{text}");
    assert!(spread.starts_with("rtt min/avg/max/mdev = "), "{text}");
    // A dot for each request and its eraser for each reply; the summary tells how fast they followed each other.
    let flooded = run("ping -f -c 20 127.0.0.1");
    let text = String::from_utf8_lossy(&flooded.stdout).into_owned();
    let dots = text.lines().nth(1).unwrap_or_default();
    assert_eq!(
        (dots.matches('.').count(), dots.matches("\u{8} \u{8}").count()),
        (20, 20),
        "{text:?}"
    );
    assert!(
        text.contains("\n20 packets transmitted, 20 received, 0% packet loss, time "),
        "{text:?}"
    );
    assert!(text.contains(" ms, ipg/ewma "), "{text:?}");
    let missing = run("ping nosuch.invalid");
    assert_eq!(
        String::from_utf8_lossy(&missing.stderr),
        "ping: nosuch.invalid: Name or service not known\n"
    );
    assert_eq!(missing.status.code(), Some(2));
    let release = run("cat /etc/centos-release; grep ^PRETTY_NAME /etc/os-release || tail -n 6 /etc/os-release");
    assert!(String::from_utf8_lossy(&release.stdout).starts_with("CentOS Linux release 7."));
    let installed = run("ip link || echo none; yum install -y iproute > /dev/null && ip link show lo");
    let text = String::from_utf8_lossy(&installed.stdout).into_owned();
    assert!(text.starts_with("none\n1: lo: <LOOPBACK"), "{text}");
    let unknown = run("yum install -y nginx");
    assert_eq!(unknown.status.code(), Some(1));
    let text = String::from_utf8_lossy(&unknown.stdout).into_owned();
    assert!(text.contains("No package nginx available."), "{text}");
}

#[test]
fn alpine_lacks_curl_and_drill_until_apk_adds_them() {
    let lab = Lab::start();
    let run = |script: &str| {
        let output = lab.cli(&["run", "--rm", "alpine", "sh", "-c", script]);
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
            output.status.code(),
        )
    };
    let (_, said, status) = run("curl es");
    assert_eq!((said.as_str(), status), ("sh: curl: not found\n", Some(127)));
    let (printed, said, status) = run("apk add --no-cache drill && drill -v && apk info drill");
    assert!(
        printed.starts_with("(1/1) Installing drill (1.8.4-r0, simulated package)\nOK: 8 MiB in 17 packages\n"),
        "{printed}"
    );
    assert!(printed.ends_with("\ndrill\n"), "{printed}");
    assert!(said.contains("This lab has no network"), "{said}");
    assert_eq!(status, Some(0));
    let (_, said, status) = run("apk add nginx");
    assert!(
        said.ends_with(
            "ERROR: unable to select packages:\n  nginx (no such package):\n    required by: world[nginx]\n"
        ),
        "{said}"
    );
    assert_eq!(status, Some(1));
    let (printed, ..) =
        run("apk add iputils 2>&1 > /dev/null; ping -c1 127.0.0.1; apk del iputils > /dev/null; ping -c1 127.0.0.1");
    let first: Vec<&str> = printed.lines().filter(|line| line.starts_with("PING")).collect();
    assert_eq!(
        first,
        [
            "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.",
            "PING 127.0.0.1 (127.0.0.1): 56 data bytes"
        ]
    );
}

#[test]
fn alpine_and_busybox_try_ports_by_hand_and_the_others_lack_the_tools_for_it() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "--subnet", "172.31.0.0/16", "dev"]);
    lab.ok(&["run", "-d", "--name", "es", "--net", "dev", "elasticsearch:2"]);
    let page = "mkdir /www && echo hello from web > /www/index.html && exec httpd -f -p 80 -h /www";
    lab.ok(&[
        "run", "-d", "--name", "web", "--net", "dev", "busybox", "sh", "-c", page,
    ]);
    let run = |image: &str, script: &str| {
        let output = lab.cli(&["run", "--rm", "--net", "dev", image, "sh", "-c", script]);
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
            output.status.code(),
        )
    };
    let up = "until nc -z es 9200 && nc -z web 80; do sleep 0.1; done";
    assert_eq!(run("alpine", up).2, Some(0));
    let (body, said, status) = run("alpine", "wget -qO- es:9200");
    assert!(body.contains("\"tagline\" : \"You Know, for Search\""), "{body}");
    assert_eq!((said.as_str(), status), ("", Some(0)));
    assert_eq!(
        run("busybox", "wget -O- web"),
        (
            "hello from web\n".to_owned(),
            "Connecting to web (172.31.0.3:80)\nwriting to stdout\n\
             -                    100% |********************************|    15  0:00:00 ETA\nwritten to stdout\n"
                .to_owned(),
            Some(0)
        )
    );
    assert_eq!(
        run("alpine", "wget es:9201; wget nope; nc -zv es 9200"),
        (
            String::new(),
            "Connecting to es:9201 (172.31.0.2:9201)\n\
             wget: can't connect to remote host (172.31.0.2): Connection refused\n\
             wget: bad address 'nope'\n\
             es (172.31.0.2:9200) open\n"
                .to_owned(),
            Some(0)
        )
    );
    let (said, ..) = run(
        "alpine",
        "sh -c 'sleep 0.5; echo GET / HTTP/1.0; echo; sleep 2' | telnet web 80",
    );
    assert!(
        said.ends_with("\r\n\r\nhello from web\nConnection closed by foreign host\r\n"),
        "{said}"
    );
    for image in ["centos", "elasticsearch:2"] {
        let (lacking, ..) = run(image, "for tool in wget nc telnet httpd; do command -v $tool; done");
        assert_eq!(lacking, "", "{image}");
        let (kept, ..) = run(
            image,
            "cd /tmp && echo kept > a && tar czf a.tgz a && rm a && gunzip -c a.tgz | tar x && cat a",
        );
        assert_eq!(kept, "kept\n", "{image}");
    }
}

#[test]
fn a_listener_in_one_container_hears_another_and_httpd_goes_on_in_the_background() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&[
        "run", "-d", "--name", "ear", "--net", "dev", "alpine", "nc", "-v", "-l", "-p", "1234",
    ]);
    let heard = eventually(Duration::from_secs(20), || {
        let spoken = "echo over here | nc -w 2 ear 1234";
        lab.cli(&["run", "--rm", "--net", "dev", "alpine", "sh", "-c", spoken]);
        let logs = lab.cli(&["logs", "ear"]);
        String::from_utf8_lossy(&logs.stdout).contains("over here\n")
    });
    assert!(heard, "{}", lab.ok(&["logs", "ear"]));
    let script = "cd /tmp; echo page > index.html; httpd -p 8080; wget -qO- 127.0.0.1:8080";
    assert_eq!(lab.ok(&["run", "--rm", "alpine", "sh", "-c", script]), "page\n");
}
