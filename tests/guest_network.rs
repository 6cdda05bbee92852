//! The network tools of the images, seen from outside: each runs as a process of its own against a server of the test, and
//! prints what the real tool was recorded to print.
#![allow(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]
#![cfg(target_os = "linux")]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME, PTR};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use support::Lab;

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    out: String,
    err: String,
    status: i32,
}

fn guest(words: &str) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_cnm"))
        .arg("guest")
        .args(words.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Outcome {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code().unwrap(),
    }
}

/// What the test's name server says; `None` says nothing.
fn answer(query: &[u8], over_tcp: bool) -> Option<Vec<u8>> {
    let question = Message::from_vec(query).unwrap();
    let mut reply = Message::response(question.metadata.id, question.metadata.op_code);
    reply.metadata.recursion_desired = question.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    let asked = question.queries[0].clone();
    let owner = asked.name().clone();
    let mut add = |name: &Name, data| {
        reply.add_answer(Record::from_rdata(name.clone(), 600, data));
    };
    match (owner.to_ascii().trim_end_matches('.'), asked.query_type()) {
        ("silent", _) => return None,
        ("rubbish", _) => return Some([&query[..2], b"\x81\x80\0\x01\0\x05\0\0\0\0", &query[12..], b"\xc0"].concat()),
        ("nosuch", _) => reply.metadata.response_code = ResponseCode::NXDomain,
        ("broken", _) => reply.metadata.response_code = ResponseCode::ServFail,
        ("cut", _) if !over_tcp => reply.metadata.truncation = true,
        ("www", kind) => {
            let to = Name::from_ascii("es.lab.").unwrap();
            add(&owner, RData::CNAME(CNAME(to.clone())));
            if kind == RecordType::A {
                add(&to, RData::A(A::new(172, 18, 0, 2)));
            }
        }
        ("alias", RecordType::A) => {
            add(&owner, RData::A(A::new(172, 18, 0, 3)));
            add(&owner, RData::A(A::new(172, 18, 0, 2)));
        }
        (_, RecordType::A) => add(&owner, RData::A(A::new(172, 18, 0, 2))),
        (_, RecordType::PTR) => add(&owner, RData::PTR(PTR(Name::from_ascii("es.dev.").unwrap()))),
        _ => {}
    }
    reply.add_query(asked);
    Some(reply.to_vec().unwrap())
}

/// A name server over UDP and TCP; its port.
fn name_server() -> u16 {
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            break (udp, tcp);
        }
    };
    let port = udp.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = udp.recv_from(&mut buffer) {
            if let Some(reply) = answer(&buffer[..length], false) {
                let _ = udp.send_to(&reply, client);
            }
        }
    });
    thread::spawn(move || {
        for stream in tcp.incoming() {
            let mut stream = stream.unwrap();
            let mut prefix = [0; 2];
            if stream.read_exact(&mut prefix).is_err() {
                continue;
            }
            let mut query = vec![0; usize::from(u16::from_be_bytes(prefix))];
            stream.read_exact(&mut query).unwrap();
            if let Some(reply) = answer(&query, true) {
                let length = u16::try_from(reply.len()).unwrap();
                let _ = stream.write_all(&[&length.to_be_bytes()[..], &reply].concat());
            }
        }
    });
    port
}

/// A port at which nobody listens.
fn closed_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The text with what differs from run to run named instead.
fn settled(text: &str) -> String {
    let line = |line: &str| {
        let named = |begin: &str, with: &str| line.starts_with(begin).then(|| format!("{begin}{with}"));
        let id = line.split_once(", id: ").map(|(head, _)| format!("{head}, id: ID"));
        id.or_else(|| named(";; Query time: ", "TIME"))
            .or_else(|| named(";; WHEN: ", "WHEN"))
            .unwrap_or_else(|| line.to_owned())
    };
    text.lines().map(|one| line(one) + "\n").collect()
}

#[test]
fn nslookup_prints_both_families_as_busybox_does() {
    let port = name_server();
    let looked_up = |words: &str| guest(&format!("nslookup -port={port} {words} 127.0.0.1"));
    let head = format!("Server:\t\t127.0.0.1\nAddress:\t127.0.0.1:{port}\n\n");
    let found = |body: &str, status| Outcome {
        out: format!("{head}{body}"),
        err: String::new(),
        status,
    };
    let none = "Non-authoritative answer:\n\n";
    assert_eq!(
        looked_up("es"),
        found(
            &format!("Non-authoritative answer:\nName:\tes\nAddress: 172.18.0.2\n\n{none}"),
            0
        )
    );
    assert_eq!(
        looked_up("-type=a alias"),
        found(
            "Non-authoritative answer:\nName:\talias\nAddress: 172.18.0.3\nName:\talias\nAddress: 172.18.0.2\n\n",
            0
        )
    );
    assert_eq!(
        looked_up("172.18.0.2"),
        found(
            "Non-authoritative answer:\n2.0.18.172.in-addr.arpa\tname = es.dev\n\n",
            0
        )
    );
    let missing = "** server can't find nosuch: NXDOMAIN\n\n";
    assert_eq!(looked_up("nosuch"), found(&missing.repeat(2), 1));
    assert_eq!(
        looked_up("-type=mx broken"),
        found("** server can't find broken: SERVFAIL\n\n", 1)
    );
    assert_eq!(
        looked_up("-type=a rubbish"),
        found("Non-authoritative answer:\n*** Can't find rubbish: Parse error\n\n", 1)
    );
}

#[test]
fn nslookup_says_that_nobody_answers() {
    let port = name_server();
    assert_eq!(
        guest(&format!("nslookup -port={port} -timeout=1 silent 127.0.0.1")),
        Outcome {
            out: ";; connection timed out; no servers could be reached\n\n".into(),
            err: String::new(),
            status: 1
        }
    );
    assert_eq!(
        guest("nslookup -type=nonsense es"),
        Outcome {
            out: String::new(),
            err: "nslookup: invalid query type \"nonsense\"\n".into(),
            status: 1
        }
    );
    assert!(
        guest("nslookup")
            .err
            .starts_with("Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n")
    );
}

#[test]
fn dig_prints_an_answer_as_bind_does() {
    let port = name_server();
    let words = format!("-p {port} @127.0.0.1 es");
    let dug = guest(&format!("dig {words}"));
    let (greeting, rest) = settled(&dug.out)
        .split_once(";; Got answer:\n")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(greeting.starts_with("\n; <<>> DiG 9.18."), "{greeting}");
    assert!(
        greeting.ends_with(&format!(" <<>> {words}\n; (1 server found)\n;; global options: +cmd\n")),
        "{greeting}"
    );
    assert_eq!(
        rest,
        format!(
            ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: ID\n\
             ;; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0\n\
             \n\
             ;; QUESTION SECTION:\n\
             ;es.\t\t\t\tIN\tA\n\
             \n\
             ;; ANSWER SECTION:\n\
             es.\t\t\t600\tIN\tA\t172.18.0.2\n\
             \n\
             ;; Query time: TIME\n\
             ;; SERVER: 127.0.0.1#{port}(127.0.0.1) (UDP)\n\
             ;; WHEN: WHEN\n\
             ;; MSG SIZE  rcvd: 36\n\
             \n"
        )
    );
    assert_eq!((dug.err.as_str(), dug.status), ("", 0));
}

#[test]
fn dig_s_options_leave_out_and_add() {
    let port = name_server();
    let dug = |words: &str| settled(&guest(&format!("dig -p {port} @127.0.0.1 {words}")).out);
    assert_eq!(dug("alias +short"), "172.18.0.3\n172.18.0.2\n");
    assert_eq!(dug("-x 172.18.0.2 +short"), "es.dev.\n");
    assert_eq!(dug("nosuch +short"), "");
    assert_eq!(dug("es +noall +answer"), "es.\t\t\t600\tIN\tA\t172.18.0.2\n");
    assert_eq!(dug("es +short www -t cname +tcp"), "172.18.0.2\nes.lab.\n");
    let cut = dug("cut");
    assert!(
        cut.starts_with(";; Truncated, retrying in TCP mode.\n\n; <<>> DiG "),
        "{cut}"
    );
    assert!(cut.contains("(127.0.0.1) (TCP)\n"), "{cut}");
    let sent = dug("+qr +nocookie es");
    assert!(
        sent.contains(
            ";; Sending:\n;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: ID\n\
             ;; flags: rd ad; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1\n\
             \n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n"
        ),
        "{sent}"
    );
    let rubbish = dug("rubbish");
    assert!(
        rubbish.starts_with(";; Warning: Message parser reports malformed message packet.\n"),
        "{rubbish}"
    );
}

#[test]
fn dig_refuses_and_fails_in_bind_s_words() {
    let closed = closed_port();
    let failed = guest(&format!("dig -p {closed} @127.0.0.1 es +tries=2"));
    let error = format!(";; communications error to 127.0.0.1#{closed}: connection refused\n");
    assert!(
        failed.out.starts_with(&format!("{}\n; <<>> DiG ", error.repeat(2))),
        "{}",
        failed.out
    );
    assert!(
        failed
            .out
            .ends_with(";; global options: +cmd\n;; no servers could be reached\n"),
        "{}",
        failed.out
    );
    assert_eq!(failed.status, 9);
    for (words, sentence, status) in [
        ("es..dev", "dig: 'es..dev' is not a legal name (empty label)\n", 10),
        (
            "-p x es",
            "invalid port number 'x': not a valid number\ndig: Couldn't parse port number\n",
            1,
        ),
        ("es +trace", "dig: +trace is not built in this lab's dig\n", 1),
    ] {
        let said = guest(&format!("dig {words}"));
        assert_eq!((said.err.as_str(), said.status), (sentence, status), "{words}");
    }
    let long = "a".repeat(64);
    let said = guest(&format!("dig {long}"));
    assert_eq!(
        said.err,
        format!("dig: '{long}' is not a legal name (label too long)\n")
    );
    assert!(
        guest("dig es +foo")
            .err
            .starts_with("Invalid option: +foo\nUsage:  dig [@global-server] ")
    );
}

#[test]
fn drill_prints_the_lesson_s_reverse_look_up() {
    let port = name_server();
    let drilled = guest(&format!("drill -p {port} @127.0.0.1 -t ptr 3.0.21.172.in-addr.arpa"));
    assert_eq!(
        settled(&drilled.out),
        ";; ->>HEADER<<- opcode: QUERY, rcode: NOERROR, id: ID\n\
         ;; flags: qr rd ra ; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0 \n\
         ;; QUESTION SECTION:\n\
         ;; 3.0.21.172.in-addr.arpa.\tIN\tPTR\n\
         \n\
         ;; ANSWER SECTION:\n\
         3.0.21.172.in-addr.arpa.\t600\tIN\tPTR\tes.dev.\n\
         \n\
         ;; AUTHORITY SECTION:\n\
         \n\
         ;; ADDITIONAL SECTION:\n\
         \n\
         ;; Query time: TIME\n\
         ;; SERVER: 127.0.0.1\n\
         ;; WHEN: WHEN\n\
         ;; MSG SIZE  rcvd: 61\n"
    );
    assert_eq!(
        guest(&format!("drill -p {} es @127.0.0.1", closed_port())),
        Outcome {
            out: String::new(),
            err: "Error: error sending query: Could not send or receive, because of network error\n".into(),
            status: 1
        }
    );
}

/// A lab with a container `es` on the network `dev`, and what a script prints in an `alpine` beside it.
fn lab_with_es() -> Lab {
    let lab = Lab::start();
    lab.ok(&["network", "create", "--subnet", "172.30.0.0/16", "dev"]);
    lab.ok(&["run", "-d", "--name", "es", "--net", "dev", "alpine", "sleep", "600"]);
    lab
}

fn beside(lab: &Lab, script: &str) -> Outcome {
    let output = lab.cli(&["run", "--rm", "--net", "dev", "alpine", "sh", "-c", script]);
    Outcome {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code().unwrap_or(-1),
    }
}

#[test]
fn the_older_network_tools_tell_of_a_container_what_busybox_tells() {
    let lab = lab_with_es();
    let shown = beside(&lab, "ifconfig eth0");
    let (head, counts) = shown.out.split_once("          RX packets:").unwrap();
    let (name, rest) = head.split_once('\n').unwrap();
    assert!(
        name.starts_with("eth0      Link encap:Ethernet  HWaddr ") && name.ends_with("  "),
        "{name:?}"
    );
    assert_eq!(
        rest,
        "          inet addr:172.30.0.3  Bcast:172.30.255.255  Mask:255.255.0.0\n\
         \x20         UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n"
    );
    assert!(counts.contains("\n          collisions:0 txqueuelen:0 \n"), "{counts}");
    assert!(counts.ends_with(")\n\n"), "{counts:?}");
    let table = beside(&lab, "route -n; route");
    assert_eq!(
        table.out,
        "Kernel IP routing table\n\
         Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n\
         0.0.0.0         172.30.0.1      0.0.0.0         UG    0      0        0 eth0\n\
         172.30.0.0      0.0.0.0         255.255.0.0     U     0      0        0 eth0\n\
         Kernel IP routing table\n\
         Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n\
         default         172.30.0.1      0.0.0.0         UG    0      0        0 eth0\n\
         172.30.0.0      *               255.255.0.0     U     0      0        0 eth0\n"
    );
    let neighbours = beside(&lab, "ping -c1 es > /dev/null; arp; arp -n");
    let lines: Vec<&str> = neighbours.out.lines().collect();
    assert!(lines[0].starts_with("es.dev (172.30.0.2) at "), "{lines:?}");
    assert!(lines[1].starts_with("? (172.30.0.2) at "), "{lines:?}");
    assert!(
        lines.iter().all(|line| line.ends_with(" [ether]  on eth0")),
        "{lines:?}"
    );
    // The resolver's sockets are held by a process outside, which the container cannot see.
    let sockets = beside(&lab, "netstat -tulnp");
    assert_eq!(
        sockets.out,
        "Active Internet connections (only servers)\n\
         Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    \n\
         tcp        0      0 127.0.0.11:53           0.0.0.0:*               LISTEN      -\n\
         udp        0      0 127.0.0.11:53           0.0.0.0:*                           -\n"
    );
}

#[test]
fn a_container_may_not_change_its_network_with_the_older_tools() {
    let lab = lab_with_es();
    let refused = beside(
        &lab,
        "ifconfig eth0 down; ifconfig eth0 10.0.0.1; ifconfig eth0 hw ether 2:2:2:2:2:2; ifconfig foo; \
         route add default gw 172.30.0.2; route del default; arp -d 172.30.0.2; arp -s 172.30.0.9 2:2:2:2:2:2",
    );
    assert_eq!(
        refused.err,
        "ifconfig: SIOCSIFFLAGS: Operation not permitted\n\
         ifconfig: SIOCSIFADDR: Operation not permitted\n\
         ifconfig: SIOCSIFHWADDR: Operation not permitted\n\
         ifconfig: foo: error fetching interface information: Device not found\n\
         route: SIOCADDRT: Operation not permitted\n\
         route: SIOCDELRT: Operation not permitted\n\
         arp: SIOCDARP(priv): Operation not permitted\n\
         arp: SIOCSARP: Operation not permitted\n"
    );
    assert_eq!((refused.out.as_str(), refused.status), ("", 1));
    // The two other images have no such tools until a package brings them.
    let missing = lab.cli(&[
        "run",
        "--rm",
        "centos",
        "sh",
        "-c",
        "ifconfig; netstat; traceroute; pidof sh",
    ]);
    assert_eq!(String::from_utf8_lossy(&missing.stdout), "1\n");
    assert_eq!(
        String::from_utf8_lossy(&missing.stderr),
        "sh: ifconfig: not found\nsh: netstat: not found\nsh: traceroute: not found\n"
    );
}

/// The text with times of answers left out.
fn untimed(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    for at in 1..words.len() {
        if words[at].lines().next() == Some("ms") {
            words[at - 1] = "T";
        }
    }
    words.join(" ")
}

#[test]
fn traceroute_finds_a_neighbour_and_its_name() {
    let lab = lab_with_es();
    let traced = beside(
        &lab,
        "traceroute -n es && traceroute -q 1 172.30.0.2 && traceroute -q 1 -m 1 -w 1 172.30.0.77",
    );
    assert_eq!(traced.err, "");
    assert_eq!(
        untimed(&traced.out),
        "traceroute to es (172.30.0.2), 30 hops max, 46 byte packets\n 1  172.30.0.2  T ms  T ms  T ms\n\
         traceroute to 172.30.0.2 (172.30.0.2), 30 hops max, 46 byte packets\n 1  es.dev (172.30.0.2)  T ms\n\
         traceroute to 172.30.0.77 (172.30.0.77), 1 hops max, 46 byte packets\n 1  *\n"
    );
    for (words, sentence) in [
        ("nosuch.invalid", "traceroute: bad address 'nosuch.invalid'\n"),
        ("-m 300 es", "traceroute: number 300 is not in 1..255 range\n"),
        ("-w x es", "traceroute: invalid number 'x'\n"),
        ("es 10", "traceroute: number 10 is not in 46..32768 range\n"),
    ] {
        let said = beside(&lab, &format!("traceroute {words}"));
        assert_eq!((said.err.as_str(), said.status), (sentence, 1), "{words}");
    }
}
