//! Networks as a container sees them: connected and disconnected while it runs, from inside and on a real kernel.
#![cfg(target_os = "linux")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::{Lab, eventually};

/// How long a loaded machine may take.
const REST: Duration = Duration::from_secs(20);

/// A shell that is a container's first process, asked line by line.
struct Shell {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Shell {
    fn run(lab: &Lab, name: &str, more: &[&str]) -> Self {
        let mut words = vec!["docker", "run", "-i", "--name", name];
        words.extend(more);
        words.extend(["alpine", "sh"]);
        let mut child = lab
            .home
            .cnm()
            .args(words)
            .env("DOCKER_HOST", format!("unix://{}", lab.socket.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cnm docker runs");
        let input = child.stdin.take().expect("a piped stdin");
        let output = BufReader::new(child.stdout.take().expect("a piped stdout"));
        let mut shell = Self { child, input, output };
        shell.ask("true");
        shell
    }

    /// What a command writes, its errors too, and its status.
    fn try_ask(&mut self, command: &str) -> (String, i32) {
        writeln!(self.input, "{{ {command}\n}} 2>&1; echo \"= $?\"").expect("a shell that listens");
        self.input.flush().expect("a shell that listens");
        let mut said = String::new();
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("an answer");
            assert!(read > 0, "the shell ended after {command:?}: {said}");
            if let Some(status) = line.strip_prefix("= ") {
                return (said, status.trim().parse().expect("a status"));
            }
            said += &line;
        }
    }

    fn ask(&mut self, command: &str) -> String {
        let (said, status) = self.try_ask(command);
        assert_eq!(status, 0, "{command}: {said}");
        said
    }

    /// Interfaces that are there, loopback left out, with their addresses.
    fn interfaces(&mut self) -> Vec<String> {
        let said = self.ask("ip -o -4 addr show");
        let shown = said.lines().filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let address = words.get(3)?;
            (*words.get(1)? != "lo").then(|| format!("{} {address}", words[1]))
        });
        shown.collect()
    }

    fn default_route(&mut self) -> Option<String> {
        let said = self.ask("ip route");
        let line = said.lines().find(|line| line.starts_with("default"))?;
        line.split_whitespace().nth(2).map(str::to_owned)
    }

    /// Whether a ping arrives, however long a loaded machine takes for it.
    fn reaches(&mut self, address: &str) -> bool {
        self.pings(address, 10)
    }

    /// Whether none does, for as long as it takes where nothing is in its way.
    fn misses(&mut self, address: &str) -> bool {
        !self.pings(address, 1)
    }

    fn pings(&mut self, address: &str, seconds: u8) -> bool {
        let (_, status) = self.try_ask(&format!("ping -c1 -W{seconds} {address}"));
        status == 0
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn asked(lab: &Lab, verb: &str, network: &str, body: &str) -> (u16, String) {
    lab.http("POST", &format!("/networks/{network}/{verb}"), body)
}

fn connected(lab: &Lab, network: &str, container: &str) {
    let answer = asked(lab, "connect", network, &format!(r#"{{"Container":"{container}"}}"#));
    assert_eq!(answer, (200, String::new()));
}

fn disconnected(lab: &Lab, network: &str, container: &str) {
    let answer = asked(lab, "disconnect", network, &format!(r#"{{"Container":"{container}"}}"#));
    assert_eq!(answer, (200, String::new()));
}

fn inspected(lab: &Lab, path: &str) -> Value {
    let (status, body) = lab.http("GET", path, "");
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("an object")
}

fn short_id(lab: &Lab, name: &str) -> String {
    inspected(lab, &format!("/containers/{name}/json"))["Id"]
        .as_str()
        .expect("an id")[..12]
        .to_owned()
}

#[test]
fn a_container_is_reached_while_and_only_while_it_is_connected() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "n1"]);
    lab.ok(&["network", "create", "n2"]);
    lab.ok(&["run", "-d", "--name", "web", "--net", "n2", "alpine", "sleep", "71001"]);
    let mut c1 = Shell::run(&lab, "c1", &["--net", "n1"]);
    assert!(c1.misses("172.19.0.2"), "another network is another world");
    connected(&lab, "n2", "c1");
    assert_eq!(c1.interfaces(), ["eth0 172.18.0.2/16", "eth1 172.19.0.3/16"]);
    assert!(c1.reaches("172.19.0.2") && c1.reaches("172.18.0.1"));
    let network = inspected(&lab, "/networks/n2");
    let names: Vec<&str> = network["Containers"]
        .as_object()
        .expect("containers")
        .values()
        .filter_map(|container| container["Name"].as_str())
        .collect();
    assert!(names.len() == 2 && names.contains(&"c1"), "{names:?}");
    disconnected(&lab, "n2", "c1");
    assert_eq!(c1.interfaces(), ["eth0 172.18.0.2/16"]);
    assert!(c1.misses("172.19.0.2"));
    disconnected(&lab, "n1", "c1");
    assert_eq!(c1.interfaces(), [""; 0]);
    assert!(c1.misses("172.18.0.1"));
    let links = eventually(REST, || c1.ask("ip -o link").lines().count() == 1);
    assert!(links, "more than lo: {}", c1.ask("ip -o link"));
    connected(&lab, "n2", "c1");
    assert_eq!(
        c1.interfaces(),
        ["eth0 172.19.0.3/16"],
        "the lowest number that is free"
    );
    assert!(c1.reaches("172.19.0.2"));
}

#[test]
fn the_default_route_moves_live() {
    let lab = Lab::start();
    for name in ["za", "mm", "ab"] {
        lab.ok(&["network", "create", name]);
    }
    let mut c1 = Shell::run(&lab, "c1", &["--net", "za"]);
    assert_eq!(c1.default_route().as_deref(), Some("172.18.0.1"));
    connected(&lab, "mm", "c1");
    assert_eq!(c1.default_route().as_deref(), Some("172.19.0.1"));
    connected(&lab, "ab", "c1");
    assert_eq!(c1.default_route().as_deref(), Some("172.20.0.1"));
    assert!(c1.reaches("192.168.1.1"), "the world is behind each of them");
    disconnected(&lab, "ab", "c1");
    assert_eq!(c1.default_route().as_deref(), Some("172.19.0.1"));
    let body = r#"{"Container":"c1","EndpointConfig":{"GwPriority":-5}}"#;
    assert_eq!(asked(&lab, "connect", "ab", body).0, 200);
    assert_eq!(c1.default_route().as_deref(), Some("172.19.0.1"));
    for network in ["mm", "za"] {
        disconnected(&lab, network, "c1");
    }
    assert_eq!(c1.default_route().as_deref(), Some("172.20.0.1"));
    assert!(c1.reaches("192.168.1.1"));
    disconnected(&lab, "ab", "c1");
    assert_eq!(c1.default_route(), None);
}

#[test]
fn hosts_and_resolv_conf_follow_and_keep_what_a_person_wrote() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "n1"]);
    let mut c1 = Shell::run(&lab, "c1", &[]);
    let own = short_id(&lab, "c1");
    assert!(c1.ask("cat /etc/resolv.conf").contains("nameserver 192.168.1.1\n"));
    c1.ask("echo '# mine' >> /etc/hosts");
    connected(&lab, "n1", "c1");
    let end = |text: &str| text.lines().rev().take(3).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        end(&c1.ask("cat /etc/hosts")),
        [
            format!("172.18.0.2\t{own}"),
            "# mine".into(),
            format!("172.17.0.2\t{own}")
        ]
    );
    assert!(c1.ask("cat /etc/resolv.conf").contains("nameserver 127.0.0.11\n"));
    disconnected(&lab, "bridge", "c1");
    assert_eq!(
        end(&c1.ask("cat /etc/hosts"))[..2],
        [format!("172.18.0.2\t{own}"), "# mine".into()]
    );
    assert!(!c1.ask("cat /etc/hosts").contains("172.17."));
    disconnected(&lab, "n1", "c1");
    assert!(
        c1.ask("cat /etc/resolv.conf").contains("nameserver 127.0.0.11\n"),
        "it stays"
    );

    let mut c2 = Shell::run(&lab, "c2", &[]);
    c2.ask("echo 'nameserver 9.9.9.9' > /etc/resolv.conf");
    connected(&lab, "n1", "c2");
    assert_eq!(
        c2.ask("cat /etc/resolv.conf"),
        "nameserver 9.9.9.9\n",
        "a person's own is respected"
    );
}

#[test]
fn era_20_10_counts_interfaces_and_clears_hosts_by_name() {
    let lab = Lab::start_with(&["--era", "20.10"], &[]);
    lab.ok(&["network", "create", "n1"]);
    lab.ok(&["network", "create", "n2"]);
    let mut c1 = Shell::run(&lab, "c1", &["--net", "n1"]);
    connected(&lab, "n2", "c1");
    disconnected(&lab, "n1", "c1");
    assert!(
        !c1.ask("cat /etc/hosts").contains("172."),
        "both lines bear a name the network knows"
    );
    connected(&lab, "n1", "c1");
    assert_eq!(c1.interfaces(), ["eth1 172.19.0.2/16", "eth2 172.18.0.2/16"]);
    assert!(c1.ask("ip link").contains("02:42:ac:12:00:02"));
}

#[test]
fn what_was_disconnected_stays_so_after_a_start() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "n1"]);
    lab.ok(&["run", "-d", "--name", "c1", "--net", "n1", "alpine", "sleep", "71002"]);
    disconnected(&lab, "n1", "c1");
    let networks = |lab: &Lab| inspected(lab, "/containers/c1/json")["NetworkSettings"]["Networks"].clone();
    assert_eq!(networks(&lab), serde_json::json!({}));
    assert_eq!(lab.http("POST", "/containers/c1/kill", "").0, 204);
    assert_eq!(lab.http("POST", "/containers/c1/start", "").0, 204);
    assert_eq!(networks(&lab), serde_json::json!({}));
    assert_eq!(
        lab.http("POST", "/networks/prune", ""),
        (200, "{\"NetworksDeleted\":[\"n1\"]}\n".into())
    );
}

#[test]
fn a_container_in_the_hosts_network_sees_what_the_host_sees() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "n1"]);
    lab.ok(&["run", "-d", "--name", "web", "--net", "n1", "alpine", "sleep", "71003"]);
    let mut c1 = Shell::run(&lab, "c1", &["--net", "host"]);
    let links = c1.ask("ip -o link");
    assert!(links.contains("docker0") && links.contains(": br-"), "{links}");
    assert!(c1.interfaces().contains(&"eth0 192.168.1.2/24".to_owned()));
    assert!(c1.reaches("172.18.0.2") && c1.reaches("192.168.1.1"));
    assert_eq!(c1.ask("hostname"), "lab\n");
    assert!(c1.ask("cat /etc/resolv.conf").contains("nameserver 192.168.1.1\n"));
    let (said, status) = c1.try_ask("ip link set docker0 down");
    assert_ne!(status, 0, "a container has no power over it: {said}");
    assert_eq!(lab.http("POST", "/containers/c1/kill", "").0, 204);
    lab.ok(&["run", "--rm", "--net", "n1", "alpine", "ping", "-c1", "172.18.0.2"]);
}

#[test]
fn a_shared_network_is_one_network_with_one_hosts_file() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "n1"]);
    lab.ok(&["network", "create", "n2"]);
    let mut c1 = Shell::run(&lab, "c1", &["--net", "n1"]);
    let own = short_id(&lab, "c1");
    let mut c2 = Shell::run(&lab, "c2", &["--net", "container:c1"]);
    assert_eq!(c2.interfaces(), ["eth0 172.18.0.2/16"]);
    assert_eq!(c2.ask("hostname"), format!("{own}\n"));
    assert_eq!(c2.ask("cat /etc/hosts"), c1.ask("cat /etc/hosts"));
    // What happens to the one happens to the other.
    connected(&lab, "n2", "c1");
    assert_eq!(c2.interfaces(), ["eth0 172.18.0.2/16", "eth1 172.19.0.2/16"]);
    assert!(c2.ask("cat /etc/hosts").ends_with(&format!("172.19.0.2\t{own}\n")));
    c2.ask("echo '# of both' >> /etc/hosts");
    assert!(c1.ask("cat /etc/hosts").ends_with("# of both\n"));
    // The other's end is not one's own.
    assert_eq!(lab.http("POST", "/containers/c1/kill", "").0, 204);
    let alone = eventually(REST, || c2.interfaces().is_empty());
    assert!(alone, "the cables went with their container: {:?}", c2.interfaces());
    assert_eq!(c2.ask("echo still here"), "still here\n");
    let (status, answer) = lab.http(
        "POST",
        "/containers/create?name=c3",
        r#"{"Image":"alpine","HostConfig":{"NetworkMode":"container:c1"}}"#,
    );
    assert_eq!(status, 201, "{answer}");
    let (status, answer) = lab.http("POST", "/containers/c3/start", "");
    assert_eq!(status, 409, "{answer}");
}

#[test]
fn options_of_the_bridge_hold_in_the_kernel() {
    let lab = Lab::start();
    let create = |name: &str, options: &[&str]| {
        let mut words = vec!["network", "create"];
        words.extend(options);
        words.push(name);
        lab.ok(&words);
    };
    let bridge = "com.docker.network.bridge";
    create("apart", &["-o", &format!("{bridge}.enable_icc=false")]);
    create("bare", &["--internal", "-o", &format!("{bridge}.inhibit_ipv4=true")]);
    create(
        "odd",
        &[
            "-o",
            "com.docker.network.driver.mtu=1400",
            "-o",
            "com.docker.network.container_iface_prefix=net",
            "-o",
            &format!("{bridge}.name=br-odd"),
        ],
    );
    create("inside", &["--internal", "--subnet", "10.77.0.0/24"]);
    for (name, network, seconds) in [
        ("a1", "apart", "71004"),
        ("i1", "inside", "71005"),
        ("b1", "bare", "71006"),
    ] {
        lab.ok(&[
            "run", "-d", "--name", name, "--net", network, "alpine", "sleep", seconds,
        ]);
    }
    let address = |name: &str, network: &str| {
        let inspected = inspected(&lab, &format!("/containers/{name}/json"));
        let endpoint = &inspected["NetworkSettings"]["Networks"][network];
        endpoint["IPAddress"].as_str().expect("an address").to_owned()
    };

    let mut apart = Shell::run(&lab, "a2", &["--net", "apart"]);
    assert!(apart.misses(&address("a1", "apart")), "neighbours do not talk");
    assert!(apart.reaches("192.168.1.1"), "the world is open to each");
    let lines = |step: &Value| step["shell"].to_string();
    assert!(
        lab.steps("start a2")
            .iter()
            .any(|step| lines(step).contains("isolated on")),
        "whatever the machine's rules see of a bridge"
    );

    let mut odd = Shell::run(&lab, "o1", &["--net", "odd"]);
    let link = odd.ask("ip -o link show net0");
    assert!(link.contains("mtu 1400"), "{link}");
    assert!(odd.reaches("192.168.1.1"));

    let mut inside = Shell::run(&lab, "i2", &["--net", "inside"]);
    assert!(inside.reaches(&address("i1", "inside")) && inside.reaches("10.77.0.1"));
    assert_eq!(inside.default_route(), None, "since 25.0");
    assert!(inside.misses("192.168.1.1"));
    // A way out comes and goes with another network.
    connected(&lab, "odd", "i2");
    assert!(inside.reaches("192.168.1.1"));
    disconnected(&lab, "odd", "i2");
    assert_eq!(inside.default_route(), None);

    let mut bare = Shell::run(&lab, "b2", &["--net", "bare"]);
    assert!(
        bare.reaches(&address("b1", "bare")),
        "the bridge itself has no address, its ports meet all the same"
    );
}

#[test]
fn an_internal_network_of_20_10_has_a_route_that_leads_nowhere() {
    let lab = Lab::start_with(&["--era", "20.10"], &[]);
    lab.ok(&["network", "create", "--internal", "--subnet", "10.77.0.0/24", "inside"]);
    let mut c1 = Shell::run(&lab, "c1", &["--net", "inside"]);
    assert_eq!(c1.default_route().as_deref(), Some("10.77.0.1"));
    assert!(c1.reaches("10.77.0.1") && c1.misses("192.168.1.1"));
}

#[test]
fn a_static_address_and_an_interface_of_ones_own_name() {
    let lab = Lab::start();
    lab.ok(&["network", "create", "--subnet", "10.66.0.0/16", "pubnet"]);
    let mut c1 = Shell::run(&lab, "c1", &[]);
    let body = r#"{"Container":"c1","EndpointConfig":{"IPAMConfig":{"IPv4Address":"10.66.66.66"},
        "DriverOpts":{"com.docker.network.endpoint.ifname":"foo0"}}}"#;
    assert_eq!(asked(&lab, "connect", "pubnet", body), (200, String::new()));
    assert_eq!(c1.interfaces(), ["eth0 172.17.0.2/16", "foo0 10.66.66.66/16"]);
    assert!(c1.reaches("10.66.0.1"));
    lab.ok(&["run", "-d", "--name", "c2", "alpine", "sleep", "71007"]);
    let body = body.replace("c1", "c2");
    let (status, answer) = asked(&lab, "connect", "pubnet", &body);
    assert_eq!(
        (status, answer.contains("Address already in use")),
        (403, true),
        "{answer}"
    );
}
