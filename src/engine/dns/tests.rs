//! The resolver's rule against the model's, on labs made by the state machine itself; and its reasons.

use hickory_proto::rr::RecordType;
use proptest::prelude::*;

use super::view::{Asker, Names, Question, Verdict};
use crate::engine::core::{
    Container, ContainerSpec, Context, EndpointSpec, Era, ImageRecord, NetworkSpec, Reply, Request, Seeded, State,
    birth, decide,
};
use crate::model::resolve::{Resolution, resolve, reverse};
use crate::model::{self, ContainerState, Mark, Topology};
use crate::observe::{AnswerReason, ForwardReason, Precedence};

/// A lab without a kernel.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) state: State,
    entropy: Seeded,
    now: i64,
}

impl Lab {
    pub(super) fn new(era: Era) -> Self {
        let image = ImageRecord {
            id: format!("sha256:{}", "a1".repeat(32)),
            tags: vec!["alpine:latest".into()],
            cmd: vec!["sh".into()],
            ..ImageRecord::default()
        };
        let mut entropy = Seeded(7);
        let mut context = Context {
            now: 0,
            entropy: &mut entropy,
        };
        let (state, _) = birth(era, vec![image], &mut context);
        Self { state, entropy, now: 1 }
    }

    fn ask(&mut self, request: &Request) -> String {
        self.now += 1000;
        let mut context = Context {
            now: self.now,
            entropy: &mut self.entropy,
        };
        let decision = decide(&self.state, request, &mut context).unwrap();
        self.state = decision.next;
        match decision.reply {
            Reply::Created { id, .. } => id,
            _ => String::new(),
        }
    }

    pub(super) fn network(&mut self, name: &str, internal: bool) {
        let spec = NetworkSpec {
            name: name.into(),
            internal,
            ..NetworkSpec::default()
        };
        self.ask(&Request::CreateNetwork(Box::new(spec)));
    }

    /// A running container on networks, each with its aliases and its priority.
    pub(super) fn run(&mut self, name: Option<&str>, on: &[(&str, &[&str], i64)], dns: &[&[&str]; 2]) -> String {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let endpoints = on.iter().map(|(network, aliases, priority)| {
            let spec = EndpointSpec {
                aliases: (!aliases.is_empty()).then(|| owned(aliases)),
                gw_priority: *priority,
                ..EndpointSpec::default()
            };
            ((*network).to_owned(), spec)
        });
        let spec = ContainerSpec {
            name: name.map(str::to_owned),
            image: "alpine".into(),
            network_mode: on.first().map_or("none", |(network, ..)| network).to_owned(),
            endpoints: endpoints.collect(),
            dns: owned(dns[0]),
            dns_options: owned(dns[1]),
            ..ContainerSpec::default()
        };
        let id = self.ask(&Request::CreateContainer(Box::new(spec)));
        self.ask(&Request::StartContainer { container: id.clone() });
        id
    }

    pub(super) fn names(&self) -> Names {
        Names::of(&self.state)
    }
}

fn question(name: &str, kind: RecordType) -> Question {
    Question {
        name: name.into(),
        kind,
    }
}

/// `dev 172.18.0.2 172.18.0.3`, sorted; or the verdict's own name.
fn said(names: &Names, asker: &Asker, name: &str, kind: RecordType) -> String {
    let question = question(name, kind);
    let by = |found| names.answerer(asker, &question, found).network_name;
    match names.ask(asker, &question) {
        Verdict::Addresses(found, addresses) => {
            let mut texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            texts.sort();
            format!("{} {}", by(found), texts.join(" "))
        }
        Verdict::Pointer(found, target) => format!("{} {target}", by(found)),
        Verdict::NoData(found) => format!("{} nothing", by(found)),
        other => format!("{other:?}"),
    }
}

fn reason(names: &Names, asker: &Asker, name: &str) -> AnswerReason {
    let question = question(name, RecordType::A);
    match names.ask(asker, &question) {
        Verdict::Addresses(found, _) => names.answerer(asker, &question, found).why,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn the_first_network_that_knows_a_name_answers_and_says_why() {
    let mut lab = Lab::new(Era::E28);
    for (name, internal) in [("prod", false), ("dev", false), ("aaa", true)] {
        lab.network(name, internal);
    }
    lab.run(Some("es"), &[("dev", &[], 0)], &[&[], &[]]);
    lab.run(Some("es1"), &[("prod", &["es", "al.dot"], 0)], &[&[], &[]]);
    lab.run(Some("es2"), &[("prod", &["es"], 0)], &[&[], &[]]);
    lab.run(Some("db"), &[("aaa", &["es"], 0)], &[&[], &[]]);
    let web = lab.run(
        Some("web"),
        &[("prod", &[], 0), ("dev", &[], 0), ("aaa", &[], 0)],
        &[&[], &[]],
    );
    let high = lab.run(Some("high"), &[("prod", &[], 9), ("dev", &[], 0)], &[&[], &[]]);
    let names = lab.names();
    let (web, high) = (names.asker(&web).unwrap(), names.asker(&high).unwrap());

    for (name, kind, wanted) in [
        ("es", RecordType::A, "dev 172.19.0.2"),
        ("ES", RecordType::A, "dev 172.19.0.2"),
        ("es.prod", RecordType::A, "prod 172.18.0.2 172.18.0.3"),
        ("es.dev", RecordType::A, "dev 172.19.0.2"),
        ("es.Dev", RecordType::A, "Outside(UnknownName)"),
        ("al.dot", RecordType::A, "prod 172.18.0.2"),
        ("al.dot.prod", RecordType::A, "prod 172.18.0.2"),
        ("es", RecordType::AAAA, "dev nothing"),
        ("es", RecordType::MX, "dev nothing"),
        ("es", RecordType::TXT, "Outside(TypeNotServed)"),
        ("nosuch", RecordType::A, "Outside(UnknownName)"),
        ("", RecordType::A, "Outside(UnknownName)"),
        ("2.0.19.172.in-addr.arpa", RecordType::PTR, "dev es.dev"),
        ("2.0.19.172.IN-ADDR.arpa", RecordType::PTR, "dev es.dev"),
        ("1.0.19.172.in-addr.arpa", RecordType::PTR, "Outside(UnknownAddress)"),
        ("02.0.19.172.in-addr.arpa", RecordType::PTR, "Outside(UnknownAddress)"),
        ("0.19.172.in-addr.arpa", RecordType::PTR, "Outside(UnknownAddress)"),
    ] {
        assert_eq!(said(&names, web, name, kind), wanted, "{name} {kind}");
    }
    assert_eq!(said(&names, high, "es", RecordType::A), "prod 172.18.0.2 172.18.0.3");

    let first = |by, also: &[&str]| AnswerReason::First {
        by,
        also: also.iter().map(|&name| name.into()).collect(),
    };
    assert_eq!(
        reason(&names, web, "es"),
        first(Precedence::NetworkName, &["prod", "aaa"])
    );
    assert_eq!(reason(&names, high, "es"), first(Precedence::GatewayPriority, &["dev"]));
    assert_eq!(reason(&names, web, "es1"), AnswerReason::OnlyHolder);
    assert_eq!(reason(&names, web, "es.prod"), AnswerReason::NetworkNamed);
}

#[test]
fn an_internal_network_is_asked_last_and_alone_keeps_questions_in() {
    for (era, host_servers) in [(Era::E28, false), (Era::E20_10, true)] {
        let mut lab = Lab::new(era);
        lab.network("aaa", true);
        lab.network("zzz", false);
        let inside = lab.run(Some("c1"), &[("aaa", &[], 0)], &[&[], &[]]);
        let outside = lab.run(Some("c2"), &[("zzz", &[], 0)], &[&["1.2.3.4", "127.0.0.11", "x"], &[]]);
        let names = lab.names();
        assert_eq!(names.asker(&inside).unwrap().host_servers, host_servers, "{era:?}");
        let asker = names.asker(&outside).unwrap();
        assert!(asker.host_servers);
        let servers: Vec<String> = asker.servers.iter().map(|server| server.address.to_string()).collect();
        assert_eq!(servers, ["1.2.3.4"], "the resolver is not its own upstream");
        assert!(!asker.servers[0].from_host);
    }
}

#[test]
fn asking_for_more_dots_keeps_single_labels_in() {
    let mut lab = Lab::new(Era::E28);
    lab.network("dev", false);
    let c1 = lab.run(Some("c1"), &[("dev", &[], 0)], &[&[], &["ndots:2"]]);
    let names = lab.names();
    let asker = names.asker(&c1).unwrap();
    assert_eq!(said(&names, asker, "nosuch", RecordType::A), "SingleLabel");
    assert_eq!(said(&names, asker, "nosuch", RecordType::AAAA), "SingleLabel");
    assert_eq!(said(&names, asker, "nosuch", RecordType::MX), "Outside(UnknownName)");
    assert_eq!(said(&names, asker, "no.such", RecordType::A), "Outside(UnknownName)");
    assert_eq!(said(&names, asker, "c1", RecordType::A), "dev 172.18.0.2");
}

#[test]
fn a_generated_name_is_the_pointer_since_25_and_the_first_alias_before() {
    for era in [Era::E28, Era::E20_10] {
        let mut lab = Lab::new(era);
        lab.network("dev", false);
        let id = lab.run(None, &[("dev", &["hello"], 0)], &[&[], &[]]);
        let generated = lab.state.container(&id).unwrap().name.clone();
        let names = lab.names();
        let asker = names.asker(&id).unwrap();
        let pointer = said(&names, asker, "2.0.18.172.in-addr.arpa", RecordType::PTR);
        let known = said(&names, asker, &generated, RecordType::A);
        if era == Era::E28 {
            assert_eq!(
                (pointer, known),
                (format!("dev {generated}.dev"), "dev 172.18.0.2".into())
            );
        } else {
            assert_eq!(
                (pointer, known),
                ("dev hello.dev".into(), "Outside(UnknownName)".into())
            );
        }
        assert_eq!(said(&names, asker, &id[..12], RecordType::A), "dev 172.18.0.2");
    }
}

#[test]
fn the_default_bridge_has_no_resolver_and_no_names() {
    let mut lab = Lab::new(Era::E28);
    lab.network("dev", false);
    let old = lab.run(Some("old"), &[("bridge", &[], 0)], &[&[], &[]]);
    let both = lab.run(Some("both"), &[("dev", &[], 0), ("bridge", &[], 0)], &[&[], &[]]);
    let names = lab.names();
    assert!(names.asker(&old).is_none());
    let asker = names.asker(&both).unwrap();
    assert_eq!(
        names.ask(asker, &question("old", RecordType::A)),
        Verdict::Outside(ForwardReason::UnknownName)
    );
}

#[test]
fn names_end_with_the_run() {
    let mut lab = Lab::new(Era::E28);
    lab.network("dev", false);
    let es = lab.run(Some("es"), &[("dev", &[], 0)], &[&[], &[]]);
    let web = lab.run(Some("web"), &[("dev", &[], 0)], &[&[], &[]]);
    lab.ask(&Request::ProcessEnded {
        container: es.clone(),
        code: 0,
    });
    let names = lab.names();
    assert!(names.asker(&es).is_none());
    assert_eq!(
        said(&names, names.asker(&web).unwrap(), "es", RecordType::A),
        "Outside(UnknownName)"
    );
}

/// The same lab, as the model has it.
fn topology(state: &State) -> Topology {
    let networks = state.networks().into_iter().map(|network| model::Network {
        id: network.id.clone(),
        name: network.name.clone(),
        driver: network.driver.name().into(),
        subnet: network.pool.as_ref().map(crate::engine::ipam::Pool::subnet),
        gateway: network.container_gateway,
        bridge: None,
        internal: network.internal,
        predefined: network.predefined,
        created: network.created,
        mark: Mark::Deduced,
    });
    Topology {
        networks: networks.collect(),
        containers: state.containers().into_iter().map(container).collect(),
        uplink: None,
    }
}

fn container(container: &Container) -> model::Container {
    let endpoints = container.endpoints.iter().map(|endpoint| model::Endpoint {
        network: endpoint.network_id.clone(),
        id: String::new(),
        address: endpoint.live.as_ref().and_then(|live| live.address),
        priority: endpoint.spec.gw_priority,
        mac: None,
        mtu: None,
        aliases: endpoint.spec.aliases.clone().unwrap_or_default(),
        names: endpoint.names.clone(),
        interface: None,
        host_end: None,
        mark: Mark::Deduced,
    });
    model::Container {
        id: container.id.clone(),
        name: container.name.clone(),
        image: String::new(),
        state: if container.is_running() {
            ContainerState::Running
        } else {
            ContainerState::Exited
        },
        exit_code: None,
        network_mode: container.spec.network_mode.clone(),
        endpoints: endpoints.collect(),
        created: container.created,
    }
}

const NETWORKS: [&str; 4] = ["zeta", "alpha", "mid.dle", "Beta"];
const ALIASES: [&str; 6] = ["es", "ES", "al.alpha", "c0", "a.mid", "web"];

/// Networks by their being internal; containers by networks, aliases there, priority; which of them have ended.
fn labs() -> impl Strategy<Value = Lab> {
    let networks = proptest::collection::vec(any::<bool>(), 1..=NETWORKS.len());
    let attachment = (
        0..NETWORKS.len(),
        proptest::sample::subsequence(&ALIASES[..], 0..3),
        -1..2i64,
    );
    let container = (any::<bool>(), proptest::collection::vec(attachment, 0..4), any::<u8>());
    let containers = proptest::collection::vec(container, 1..7);
    (networks, containers).prop_map(|(networks, containers)| {
        let mut lab = Lab::new(Era::E28);
        for (internal, name) in networks.iter().zip(NETWORKS) {
            lab.network(name, *internal);
        }
        for (index, (named, attachments, fate)) in containers.iter().enumerate() {
            let name = format!("c{index}");
            let mut on: Vec<(&str, &[&str], i64)> = Vec::new();
            for (network, aliases, priority) in attachments {
                let network = NETWORKS[network % networks.len()];
                if on.iter().all(|(known, ..)| *known != network) {
                    on.push((network, aliases, *priority));
                }
            }
            if on.is_empty() {
                on.push(("bridge", &[], 0));
            }
            let id = lab.run(named.then_some(name.as_str()), &on, &[&[], &[]]);
            if fate % 5 == 0 {
                lab.ask(&Request::ProcessEnded { container: id, code: 0 });
            }
        }
        lab
    })
}

proptest! {
    #[test]
    fn the_resolver_and_the_model_say_the_same(lab in labs(), extra in "[a-cE.]{0,6}") {
        let (names, topology) = (lab.names(), topology(&lab.state));
        let mut asked: Vec<String> = ALIASES.iter().map(|&alias| alias.to_owned()).collect();
        for container in lab.state.containers() {
            asked.extend([container.name.clone(), container.name.to_uppercase(), container.id[..12].to_owned()]);
        }
        let bare = asked.clone();
        asked.extend(NETWORKS.iter().flat_map(|network| bare.iter().map(move |name| format!("{name}.{network}"))));
        asked.push(extra);
        for container in lab.state.containers() {
            let asker = names.asker(&container.id);
            for name in &asked {
                let modelled = resolve(&topology, &container.id, name);
                let Some(asker) = asker else {
                    prop_assert!(matches!(modelled, Resolution::NoResolver(_)), "{} {name}: {modelled:?}", container.name);
                    continue;
                };
                let modelled = match modelled {
                    Resolution::Answer { network, holders } => {
                        let mut texts: Vec<String> = holders.iter().map(|holder| holder.address.to_string()).collect();
                        texts.sort();
                        format!("{} {}", topology.network(&network).unwrap().name, texts.join(" "))
                    }
                    Resolution::Forwarded => "Outside(UnknownName)".into(),
                    Resolution::NoResolver(why) => format!("{why:?}"),
                };
                prop_assert_eq!(said(&names, asker, name, RecordType::A), modelled, "{} asks {}", container.name, name);
            }
            let Some(asker) = asker else { continue };
            let everybody = lab.state.containers().into_iter().flat_map(|other| &other.endpoints);
            for address in everybody.filter_map(|endpoint| Some(endpoint.live.as_ref()?.address?.ip())) {
                let [a, b, c, d] = address.octets();
                let question = question(&format!("{d}.{c}.{b}.{a}.in-addr.arpa"), RecordType::PTR);
                let found = match names.ask(asker, &question) {
                    Verdict::Pointer(_, target) => Some(target.to_owned()),
                    _ => None,
                };
                prop_assert_eq!(found, reverse(&topology, &container.id, address));
            }
        }
    }
}
