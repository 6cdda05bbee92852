//! Refusals and answers by the route, of requests that need nothing more than a lab with a network and two containers.

use serde_json::json;

use super::{both, created, document, named, running, told};
use crate::support::Lab;

/// What is asked for: method, path, body.
type Asked = (&'static str, &'static str, &'static str);

const ASKED: &[Asked] = &[
    // Networks.
    ("POST", "/v1.41/networks/create", r#"{"Name":"a","EnableIPv4":false}"#),
    (
        "POST",
        "/networks/create",
        r#"{"Name":"b","Options":{"com.docker.network.enable_ipv4":"false"}}"#,
    ),
    (
        "POST",
        "/networks/create",
        r#"{"Name":"c","Options":{"com.docker.network.enable_ipv4":"maybe"}}"#,
    ),
    (
        "POST",
        "/networks/create",
        r#"{"Name":"d","IPAM":{"Config":[{"Subnet":"10.81.0.0/24","Gateway":"zzz"}]}}"#,
    ),
    (
        "POST",
        "/networks/create",
        r#"{"Name":"e","IPAM":{"Config":[{"Subnet":"10.82.0.0/24","Gateway":"fd00::1"}]}}"#,
    ),
    (
        "POST",
        "/networks/create",
        r#"{"Name":"f","IPAM":{"Config":[{"Subnet":"10.83.0.0/24","AuxiliaryAddresses":{"x":"zzz"}}]}}"#,
    ),
    (
        "POST",
        "/networks/create",
        r#"{"Name":"g","IPAM":{"Config":[{"Subnet":"10.84.0.0/24","AuxiliaryAddresses":{"x":"fd00::1"}}]}}"#,
    ),
    (
        "POST",
        "/networks/create",
        r#"{"Name":"h","IPAM":{"Config":[{"Subnet":"10.85.0.0/24","IPRange":"10.0.0.0/8"}]}}"#,
    ),
    (
        "POST",
        "/networks/create",
        r#"{"Name":"i","IPAM":{"Config":[{"Subnet":"10.86.0.0/24","IPRange":"zzz"}]}}"#,
    ),
    (
        "POST",
        "/networks/create",
        r#"{"Name":"j","IPAM":{"Config":[{"Subnet":"10.87.0.0/24","IPRange":"fd00::/64"}]}}"#,
    ),
    ("GET", "/networks?filters=nonsense", ""),
    ("POST", "/networks/prune?filters={\"bogus\":[\"x\"]}", ""),
    // Endpoints.
    (
        "POST",
        "/networks/own/connect",
        r#"{"Container":"c1","EndpointConfig":{"IPAMConfig":{"IPv4Address":"0.0.0.0"}}}"#,
    ),
    (
        "POST",
        "/networks/own/connect",
        r#"{"Container":"c1","EndpointConfig":{"IPAMConfig":{"IPv4Address":"fd00::1"}}}"#,
    ),
    (
        "POST",
        "/networks/own/connect",
        r#"{"Container":"c1","EndpointConfig":{"IPAMConfig":{"IPv6Address":"::ffff:10.70.0.9"}}}"#,
    ),
    (
        "POST",
        "/networks/own/connect",
        r#"{"Container":"c1","EndpointConfig":{"MacAddress":"zz"}}"#,
    ),
    (
        "POST",
        "/containers/create",
        r#"{"Image":"alpine","HostConfig":{"NetworkMode":"own"},"NetworkingConfig":{"EndpointsConfig":{"own":{"IPAMConfig":{"IPv4Address":"10.99.0.1"}}}}}"#,
    ),
    (
        "POST",
        "/containers/create",
        r#"{"Image":"alpine","NetworkingConfig":{"EndpointsConfig":{"bridge":{"Aliases":["x"]}}}}"#,
    ),
    (
        "POST",
        "/containers/create",
        r#"{"Image":"alpine","HostConfig":{"NetworkMode":"own"},"NetworkingConfig":{"EndpointsConfig":{"own":{"MacAddress":"zz"}}}}"#,
    ),
    // Containers.
    ("POST", "/containers/create", "{}"),
    (
        "POST",
        "/containers/create",
        r#"{"Image":"alpine","Entrypoint":[],"Cmd":[]}"#,
    ),
    (
        "POST",
        "/containers/create",
        r#"{"Image":"alpine","HostConfig":{"NetworkMode":"container"}}"#,
    ),
    (
        "POST",
        "/containers/create",
        r#"{"Image":"alpine","HostConfig":{"ExtraHosts":["nonsense"]}}"#,
    ),
    (
        "POST",
        "/containers/create",
        r#"{"Image":"alpine","HostConfig":{"ExtraHosts":["a:b"]}}"#,
    ),
    ("POST", "/containers/c2/kill", ""),
    ("GET", "/containers/c2/top", ""),
    ("POST", "/containers/c2/resize?h=24&w=80", ""),
    ("POST", "/containers/c2/rename?name=c2", ""),
    ("GET", "/containers/json?filters={\"status\":[\"nonsense\"]}", ""),
    ("GET", "/containers/json?filters={\"exited\":[\"x\"]}", ""),
    ("GET", "/containers/json?filters={\"before\":[\"nope\"]}", ""),
    ("GET", "/containers/json?filters={\"bogus\":[\"x\"]}", ""),
    ("GET", "/containers/json?filters={\"health\":[\"bad\"]}", ""),
    ("GET", "/containers/c1/logs?stdout=1&since=nonsense", ""),
    ("POST", "/containers/nope/start", ""),
    // Images.
    ("POST", "/images/nope/tag?repo=Bad", ""),
    ("POST", "/images/alpine/tag?repo=Bad", ""),
    ("POST", "/images/alpine/tag?repo=sha256&tag=x", ""),
    ("GET", "/images/nope/json", ""),
    ("POST", "/images/create?fromSrc=-&repo=UPPER", ""),
    ("GET", "/events?since=0&until=1&filters={\"bogus\":[\"x\"]}", ""),
];

/// A network with a subnet of its own, a container that runs and one that was created only.
fn furnish(lab: &Lab) {
    lab.ok(&["network", "create", "--subnet", "10.70.0.0/24", "own"]);
    running(lab, "c1", "bridge");
    assert_eq!(created(lab, "c2", "bridge", ""), "201");
}

/// As a URL has it.
fn escaped(path: &str) -> String {
    path.replace('{', "%7B")
        .replace('}', "%7D")
        .replace('"', "%22")
        .replace('[', "%5B")
        .replace(']', "%5D")
}

#[test]
fn refusals_route_by_route() {
    let said = both(|lab| {
        furnish(lab);
        let answers = ASKED.iter().map(|(method, path, body)| {
            let answer = told(lab, method, &escaped(path), body);
            named(lab, &answer, &["c1", "c2"], &["own"])
        });
        serde_json::to_string(&answers.collect::<Vec<_>>()).expect("texts")
    });
    let [now, then] = said.map(|text| serde_json::from_str::<Vec<String>>(&text).expect("texts"));
    let rows = ASKED
        .iter()
        .zip(now.iter().zip(&then))
        .map(|((method, path, body), (now, then))| {
            format!("{method} {path} {body}\n  28     {now}\n  20.10  {then}\n")
        });
    insta::assert_snapshot!(rows.collect::<String>());
}

#[test]
fn what_is_no_json_by_its_type() {
    // The type is looked at before the body: an answer in words of its own.
    let said = both(|lab| {
        let (mut stream, body) = (
            std::os::unix::net::UnixStream::connect(&lab.socket).expect("a socket"),
            "{}",
        );
        let request = format!(
            "POST /networks/create HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        std::io::Write::write_all(&mut stream, request.as_bytes()).expect("a request");
        let answer = std::io::read_to_string(stream).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let document: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        format!("{} {}", &head[9..12], document["message"].as_str().unwrap_or_default())
    });
    let now = "400 unsupported Content-Type header (text/plain): must be 'application/json'";
    assert_eq!(
        said,
        [
            now,
            "400 Content-Type specified (text/plain) must be 'application/json'"
        ]
    );
}

#[test]
fn who_is_asked_after_by_ping() {
    let said = both(|lab| {
        let mut stream = std::os::unix::net::UnixStream::connect(&lab.socket).expect("a socket");
        std::io::Write::write_all(
            &mut stream,
            b"HEAD /_ping HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n",
        )
        .expect("a request");
        let answer = std::io::read_to_string(stream).expect("an answer");
        let mut heads: Vec<&str> = answer.lines().filter(|line| !line.starts_with("Date")).collect();
        heads.sort_unstable();
        heads.join("\n").trim().to_owned()
    });
    let lines = |server: &str, api: &str, swarm: &str| {
        format!(
            "Api-Version: {api}\nCache-Control: no-cache, no-store, must-revalidate\nConnection: close\nContent-Length: 0\n\
             Content-Type: text/plain; charset=utf-8\nDocker-Experimental: false\nHTTP/1.1 200 OK\nOstype: linux\nPragma: no-cache\n\
             Server: Docker/{server} (linux){swarm}"
        )
    };
    assert_eq!(said[0], lines("28.5.2", "1.51", "\nSwarm: inactive"));
    assert_eq!(said[1], lines("20.10.24", "1.41", ""));
}

#[test]
fn a_condition_of_wait_that_there_is_not() {
    // 20.10 takes it for the usual one: what does not run is over at once.
    let said = both(|lab| {
        furnish(lab);
        told(lab, "POST", "/containers/c2/wait?condition=nonsense", "")
    });
    assert_eq!(said, ["400 invalid condition: \"nonsense\"", "200"]);
}

#[test]
fn a_new_size_is_told() {
    let said = both(|lab| {
        lab.ok(&["run", "-d", "-t", "--name", "es", "alpine", "sleep", "600"]);
        assert_eq!(told(lab, "POST", "/containers/es/resize?h=33&w=99", ""), "200");
        let now = std::time::UNIX_EPOCH.elapsed().expect("a time after 1970").as_secs();
        let until = (now + 1).to_string();
        let filter = ["--filter", "event=resize", "--format", "{{json .}}"];
        let events = lab.ok(&[&["events", "--since", "1", "--until", &until], &filter[..]].concat());
        let event: serde_json::Value = serde_json::from_str(events.trim()).expect("one event");
        let size = &event["Actor"]["Attributes"];
        format!("{} {}", size["height"], size["width"])
    });
    assert_eq!(said, [r#""33" "99""#, r#""33" "99""#]);
}

#[test]
fn a_priority_of_the_way_out_by_api_version() {
    let said = both(|lab| {
        for name in ["a", "b"] {
            lab.ok(&["network", "create", name]);
        }
        running(lab, "es", "a");
        let body = r#"{"Container":"es","EndpointConfig":{"GwPriority":7}}"#;
        assert_eq!(told(lab, "POST", "/v1.41/networks/b/connect", body), "200");
        let endpoint = &document(lab, "/containers/es/json")["NetworkSettings"]["Networks"]["b"];
        endpoint["GwPriority"].to_string()
    });
    // An endpoint of 20.10 has no such member.
    assert_eq!(said, ["0", "null"]);
}

#[test]
fn an_exec_of_a_container_that_has_ended() {
    let said = both(|lab| {
        furnish(lab);
        let (_, answer) = lab.http("POST", "/containers/c1/exec", r#"{"Cmd":["sleep","600"]}"#);
        let exec: serde_json::Value = serde_json::from_str(&answer).expect("an exec");
        let id = exec["Id"].as_str().expect("an id");
        assert_eq!(
            told(
                lab,
                "POST",
                &format!("/exec/{id}/start"),
                &json!({ "Detach": true }).to_string()
            ),
            "200"
        );
        lab.ok(&["stop", "-t", "0", "c1"]);
        let said = told(lab, "POST", &format!("/exec/{id}/resize?h=1&w=1"), "");
        let said = named(lab, &said, &["c1"], &[]);
        said.split(" Less")
            .next()
            .and_then(|said| said.split(" 1 second").next())
            .unwrap_or_default()
            .to_owned()
    });
    assert_eq!(
        said,
        [
            "409 container <id of c1> is not running",
            "500 Container <id of c1> is not running: Exited (137)"
        ]
    );
}
