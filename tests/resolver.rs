//! Names, asked as people and programs ask them: by the guest's tools, and by packets sent from inside a container.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use serde_json::Value;
use support::inside::{again_in, is_inside};
use support::processes::with_words;
use support::{Dice, Lab};

/// For one answer, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);
const RESOLVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11)), 53);

/// Runs a command in a new container and gives all it printed.
fn run(lab: &Lab, network: &str, command: &[&str]) -> String {
    let output = lab.cli(&[&["run", "--rm", "--net", network, "alpine"], command].concat());
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn start(lab: &Lab, name: &str, network: &str, more: &[&str]) {
    let base = ["run", "-d", "--name", name, "--net", network];
    lab.ok(&[&base[..], more, &["alpine", "sleep", "1d"]].concat());
}

fn connect(lab: &Lab, network: &str, container: &str) {
    let answer = lab.http(
        "POST",
        &format!("/networks/{network}/connect"),
        &format!(r#"{{"Container":"{container}"}}"#),
    );
    assert_eq!(answer.0, 200, "{}", answer.1);
}

fn disconnect(lab: &Lab, network: &str, container: &str) {
    let answer = lab.http(
        "POST",
        &format!("/networks/{network}/disconnect"),
        &format!(r#"{{"Container":"{container}"}}"#),
    );
    assert_eq!(answer.0, 200, "{}", answer.1);
}

#[test]
fn a_name_holds_on_its_network_and_nowhere_else() {
    let lab = Lab::start();
    for network in ["dev", "prod"] {
        lab.ok(&["network", "create", network]);
    }
    start(&lab, "es", "dev", &[]);
    let ping = run(&lab, "dev", &["ping", "-c1", "es"]);
    assert!(
        ping.contains("PING es (172.18.0.2)") && ping.contains(" 0% packet loss"),
        "{ping}"
    );
    for elsewhere in ["prod", "bridge"] {
        assert_eq!(run(&lab, elsewhere, &["ping", "-c1", "es"]), "ping: bad address 'es'\n");
        let by_address = run(&lab, elsewhere, &["ping", "-c1", "-W1", "172.18.0.2"]);
        assert!(by_address.contains("100% packet loss"), "{by_address}");
    }
    assert_eq!(
        run(&lab, "dev", &["ping", "-c1", "nosuch"]),
        "ping: bad address 'nosuch'\n"
    );

    // The moment it stops, and the moment it is disconnected.
    start(&lab, "web", "dev", &["--net-alias", "www"]);
    assert!(run(&lab, "dev", &["ping", "-c1", "www"]).contains("PING www (172.18.0.3)"));
    disconnect(&lab, "dev", "web");
    assert_eq!(run(&lab, "dev", &["ping", "-c1", "www"]), "ping: bad address 'www'\n");
    lab.ok(&["stop", "-t", "0", "es"]);
    assert_eq!(run(&lab, "dev", &["ping", "-c1", "es"]), "ping: bad address 'es'\n");
    assert_eq!(
        run(&lab, "dev", &["ping", "-c1", "es.dev"]),
        "ping: bad address 'es.dev'\n"
    );
}

/// Sends a question and gives the answer; asks again each second, as clients do: a datagram may be lost where too many come.
fn exchange(packet: &[u8]) -> Vec<u8> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(RESOLVER).expect("the resolver's address");
    socket
        .set_read_timeout(Some(Duration::from_secs(1)))
        .expect("a time-out");
    let mut buffer = vec![0; 65536];
    for _ in 0..PATIENCE.as_secs() {
        socket.send(packet).expect("a question");
        if let Ok(length) = socket.recv(&mut buffer) {
            buffer.truncate(length);
            return buffer;
        }
    }
    panic!("no answer in {PATIENCE:?}");
}

fn question(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::query();
    message.add_query(Query::query(Name::from_ascii(name).expect("a name"), kind));
    message.metadata.recursion_desired = true;
    message.to_vec().expect("a message")
}

fn ask(name: &str, kind: RecordType) -> Message {
    Message::from_vec(&exchange(&question(name, kind))).expect("a message")
}

fn addresses(message: &Message) -> Vec<String> {
    let address = |record: &hickory_proto::rr::Record| match &record.data {
        RData::A(address) => Some(address.0.to_string()),
        _ => None,
    };
    message.answers.iter().filter_map(address).collect()
}

/// Runs the test `name` again as the container whose command is `sleep SECONDS`.
fn as_container(seconds: &str, name: &str) {
    let status = again_in(&with_words(&["sleep", seconds]), name)
        .status()
        .expect("the test runs");
    assert!(status.success(), "inside the container: {status}");
}

#[test]
fn answers_are_shuffled_and_networks_are_never_merged() {
    if is_inside() {
        let orders: std::collections::BTreeSet<Vec<String>> =
            (0..64).map(|_| addresses(&ask("es.", RecordType::A))).collect();
        assert_eq!(orders.len(), 2, "both orders of two holders: {orders:?}");
        assert!(orders.iter().all(|order| order.len() == 2));
        assert_eq!(addresses(&ask("es.zeta.", RecordType::A)), ["172.19.0.2"]);
        assert_eq!(addresses(&ask("ES.alpha.", RecordType::A)).len(), 2);
        let none = ask("es.", RecordType::AAAA);
        assert_eq!(
            (none.metadata.response_code, none.answers.len()),
            (ResponseCode::NoError, 0)
        );
        let pointer = ask("2.0.18.172.in-addr.arpa.", RecordType::PTR);
        assert_eq!(pointer.answers[0].data.to_string(), "es1.alpha.");
        assert_eq!(pointer.answers[0].ttl, 600);
        return;
    }
    let lab = Lab::start();
    for network in ["alpha", "zeta"] {
        lab.ok(&["network", "create", network]);
    }
    start(&lab, "es1", "alpha", &["--net-alias", "es"]);
    start(&lab, "es2", "alpha", &["--net-alias", "es"]);
    start(&lab, "es", "zeta", &[]);
    // Connected to zeta first: the names of the networks decide.
    lab.ok(&[
        "run", "-d", "--name", "both", "--net", "zeta", "alpine", "sleep", "86501",
    ]);
    connect(&lab, "alpha", "both");
    as_container("86501", "answers_are_shuffled_and_networks_are_never_merged");
}

#[test]
fn what_no_network_knows_is_asked_outside() {
    if is_inside() {
        let known = ask("www.example.com.", RecordType::A);
        assert_eq!(addresses(&known), ["192.0.2.10"]);
        let unknown = ask("nosuch.", RecordType::A);
        assert_eq!(unknown.metadata.response_code, ResponseCode::NXDomain);
        assert_eq!(
            ask("es.", RecordType::TXT).metadata.response_code,
            ResponseCode::NXDomain
        );
        // A long answer over a connection, several questions on it.
        let mut stream = TcpStream::connect(RESOLVER).expect("the resolver");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        for name in ["example.com.", "es.", "hub.docker.com."] {
            let packet = question(name, RecordType::A);
            let length = u16::try_from(packet.len()).expect("a short question");
            stream
                .write_all(&[&length.to_be_bytes()[..], &packet].concat())
                .expect("a question");
            let mut length = [0; 2];
            stream.read_exact(&mut length).expect("a length");
            let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut reply).expect("an answer");
            let reply = Message::from_vec(&reply).expect("a message");
            assert_eq!(addresses(&reply).len(), 1, "{name}: {reply}");
        }
        return;
    }
    let lab = Lab::start();
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&["run", "-d", "--name", "es", "--net", "dev", "alpine", "sleep", "86502"]);
    as_container("86502", "what_no_network_knows_is_asked_outside");
}

#[test]
fn an_internal_network_keeps_questions_in_until_there_is_a_way_out() {
    if is_inside() {
        let wanted = std::env::var("CNM_TEST_WANTED").expect("what is wanted");
        assert_eq!(
            format!("{:?}", ask("example.com.", RecordType::A).metadata.response_code),
            wanted
        );
        assert_eq!(addresses(&ask("c1.", RecordType::A)).len(), 1);
        return;
    }
    let name = "an_internal_network_keeps_questions_in_until_there_is_a_way_out";
    let check = |seconds: &str, wanted: &str| {
        let process = with_words(&["sleep", seconds]);
        let status = again_in(&process, name)
            .env("CNM_TEST_WANTED", wanted)
            .status()
            .expect("the test runs");
        assert!(status.success(), "{wanted}: {status}");
    };
    for (era, seconds, alone) in [("28", "86503", "ServFail"), ("20.10", "86504", "NoError")] {
        let lab = Lab::start_with(&["--era", era], &[]);
        lab.ok(&["network", "create", "--internal", "vault"]);
        lab.ok(&["network", "create", "dev"]);
        lab.ok(&[
            "run", "-d", "--name", "c1", "--net", "vault", "alpine", "sleep", seconds,
        ]);
        check(seconds, alone);
        connect(&lab, "dev", "c1");
        check(seconds, "NoError");
        disconnect(&lab, "dev", "c1");
        check(seconds, alone);
    }
}

/// Packets of every bad kind, long ones among them.
fn rubbish(dice: &mut Dice) -> Vec<u8> {
    let mut packet = question("es.dev.", RecordType::A);
    match dice.below(6) {
        0 => packet.truncate(dice.below(packet.len())),
        1 => {
            packet = (0..dice.below(2000))
                .map(|_| u8::try_from(dice.below(256)).unwrap_or(0))
                .collect();
        }
        2 => {
            packet.truncate(12);
            // A name that points at itself.
            packet.extend([0xc0, 0x0c, 0, 1, 0, 1]);
        }
        3 => packet.resize(60_000, 0xff),
        4 => {
            for _ in 0..4 {
                let at = dice.below(packet.len());
                packet[at] = u8::try_from(dice.below(256)).unwrap_or(0);
            }
        }
        _ => packet[4..12].fill(0xff),
    }
    packet
}

#[test]
fn rubbish_and_a_thousand_connections_harm_nobody() {
    if is_inside() {
        let mut dice = Dice::seeded();
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        for _ in 0..3000 {
            // The kernel itself refuses to take what is too much at once.
            let _ = socket.send_to(&rubbish(&mut dice), RESOLVER);
        }
        assert_eq!(addresses(&ask("es.", RecordType::A)).len(), 1, "after rubbish");

        let mut clients: Vec<TcpStream> = (0..1000)
            .map(|_| TcpStream::connect(RESOLVER).expect("a connection"))
            .collect();
        // Some say nothing, some a part, some rubbish.
        for (index, client) in clients.iter_mut().enumerate() {
            let said: &[u8] = match index % 4 {
                0 => b"",
                1 => b"\0",
                2 => b"\xff\xffhello",
                _ => b"\0\x03abc",
            };
            let _ = client.write_all(said);
        }
        let began = Instant::now();
        assert_eq!(addresses(&ask("es.", RecordType::A)).len(), 1, "beside them");
        let packet = question("es.", RecordType::A);
        let mut honest = TcpStream::connect(RESOLVER).expect("one more connection");
        honest.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        let length = u16::try_from(packet.len()).expect("a short question");
        honest
            .write_all(&[&length.to_be_bytes()[..], &packet].concat())
            .expect("a question");
        let mut length = [0; 2];
        honest
            .read_exact(&mut length)
            .unwrap_or_else(|error| panic!("no answer in {:?}: {error}", began.elapsed()));
        // All of them are sent away in time: their connections end, or were reset.
        for mut client in clients {
            client.set_read_timeout(Some(PATIENCE)).expect("a time-out");
            let ended = client.read_to_end(&mut Vec::new());
            let reset = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
            assert!(ended.as_ref().is_ok() || ended.as_ref().is_err_and(reset), "{ended:?}");
        }
        return;
    }
    let lab = Lab::start();
    lab.ok(&["network", "create", "dev"]);
    lab.ok(&["run", "-d", "--name", "es", "--net", "dev", "alpine", "sleep", "86505"]);
    start(&lab, "web", "dev", &[]);
    let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let _ = rustix::process::setrlimit(
        rustix::process::Resource::Nofile,
        rustix::process::Rlimit {
            current: descriptors.maximum,
            ..descriptors
        },
    );
    as_container("86505", "rubbish_and_a_thousand_connections_harm_nobody");
    assert!(run(&lab, "dev", &["ping", "-c1", "web"]).contains(" 0% packet loss"));
}

/// The first observation of which `wanted` is true.
fn observed(lab: &Lab, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut stream = UnixStream::connect(&lab.socket).expect("the engine's socket");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    write!(stream, "GET /lab/observations HTTP/1.1\r\nHost: lab\r\n\r\n").expect("a request");
    let lines = BufReader::new(stream)
        .lines()
        .map(|line| line.expect("an observation within the time"));
    let mut values = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    values
        .find(|value| value.is_object() && wanted(value))
        .expect("an endless stream")
}

#[test]
fn every_exchange_is_observed_with_who_answered_and_why() {
    let lab = Lab::start();
    for network in ["dev", "prod"] {
        lab.ok(&["network", "create", network]);
    }
    start(&lab, "es", "dev", &[]);
    run(&lab, "dev", &["ping", "-c1", "es"]);
    let dns = |name: &'static str| move |seen: &Value| seen["event"] == "dns" && seen["name"] == name;
    let seen = observed(&lab, dns("es"));
    assert_eq!(seen["type"], "A");
    assert_eq!(seen["transport"], "udp");
    assert_eq!(seen["place"].as_str().map(str::len), Some(64));
    let outcome = &seen["outcome"];
    assert_eq!(outcome["result"], "addresses");
    assert_eq!(outcome["addresses"][0], "172.18.0.2");
    assert_eq!(
        (&outcome["network_name"], &outcome["why"]["reason"]),
        (&"dev".into(), &"only_network".into())
    );
    run(&lab, "dev", &["ping", "-c1", "nosuch"]);
    let outcome = &observed(&lab, dns("nosuch"))["outcome"];
    assert_eq!(
        (&outcome["result"], &outcome["rcode"]),
        (&"forwarded".into(), &"NXDOMAIN".into())
    );
    assert_eq!(outcome["servers"][0]["server"], "192.168.1.1");
}

#[test]
fn a_container_without_a_resolver_asks_the_simulated_internet_itself() {
    let lab = Lab::start();
    let said = run(&lab, "bridge", &["nslookup", "docker.com"]);
    assert!(
        said.contains("192.168.1.1:53") && said.contains("198.51.100.10"),
        "{said}"
    );
    let said = run(&lab, "bridge", &["nslookup", "nosuch.example.com"]);
    assert!(said.contains("can't find nosuch.example.com: NXDOMAIN"), "{said}");
}
