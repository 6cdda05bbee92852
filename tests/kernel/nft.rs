use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use cnm::engine::executor::NoStdio;
use cnm::engine::netlink::Nft;
use cnm::engine::plan::{NftExpression, NftObject, Place, Step};

use crate::netns::{ThinPlaces, inside};
use crate::plans::{self, DevNull, container, plan};

const PORT: u16 = 4789;

/// How long what must arrive may take: the kernel asks once more each second for who has an address, and loses what a cable
/// that is just up does not carry yet.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long what must not arrive is waited for.
const SILENCE: Duration = Duration::from_millis(400);

/// Sends one datagram from `from` to `to` at `address` and tells from where it came, as the answer says; `None`
/// when no answer comes in that time.
fn ask(places: &ThinPlaces, from: &Place, to: &Place, address: Ipv4Addr, patience: Duration) -> Option<SocketAddr> {
    let server = places.at(to, || UdpSocket::bind((address, PORT)).unwrap()).unwrap();
    let client = places.at(from, || UdpSocket::bind(("0.0.0.0", 0)).unwrap()).unwrap();
    server.set_read_timeout(Some(patience)).unwrap();
    client.set_read_timeout(Some(patience)).unwrap();
    if client.send_to(b"who am i", (address, PORT)).is_err() {
        return None;
    }
    let seen = match server.recv_from(&mut [0; 64]) {
        Ok((_, seen)) => seen,
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
                "{error}"
            );
            return None;
        }
    };
    server.send_to(b"answer", seen).unwrap();
    client.recv_from(&mut [0; 64]).ok().map(|_| seen)
}

#[test]
fn the_ruleset_isolates_and_masquerades() {
    inside("nft::the_ruleset_isolates_and_masquerades", || {
        let (places, mut executor) = plans::lab(&["br-a", "br-b"]);
        let [a1, a2, b1] = ["a1", "a2", "b1"].map(container);
        executor
            .run(
                &plans::run("a1", "br-a", "172.18.0.2/16", [172, 18, 0, 1].into()),
                &mut DevNull,
            )
            .unwrap();
        executor
            .run(
                &plans::run("a2", "br-a", "172.18.0.3/16", [172, 18, 0, 1].into()),
                &mut DevNull,
            )
            .unwrap();
        executor
            .run(
                &plans::run("b1", "br-b", "172.19.0.2/16", [172, 19, 0, 1].into()),
                &mut DevNull,
            )
            .unwrap();

        let ip = |seen: SocketAddr| seen.ip().to_string();
        assert_eq!(
            ask(&places, &a1, &a2, [172, 18, 0, 3].into(), PATIENCE)
                .map(ip)
                .as_deref(),
            Some("172.18.0.2"),
            "same network"
        );
        assert_eq!(
            ask(&places, &a1, &Place::Router, [192, 168, 1, 1].into(), PATIENCE)
                .map(ip)
                .as_deref(),
            Some("192.168.1.2"),
            "the way out is masqueraded"
        );
        assert_eq!(
            ask(&places, &a1, &b1, [172, 19, 0, 2].into(), SILENCE),
            None,
            "another network does not answer"
        );
        // The control: without its element in the map, nothing keeps the networks apart.
        let elements: Vec<NftObject> = plans::firewall("br-b", "172.19.0.0/16")
            .into_iter()
            .filter(|object| matches!(object, NftObject::JumpElement { map, .. } if map == "filter-forward-in-jumps"))
            .collect();
        let open = plan(
            "open",
            vec![Step::NftDelete {
                place: Place::Host,
                objects: elements,
            }],
        );
        executor.run(&open, &mut NoStdio).unwrap();
        assert!(
            ask(&places, &a1, &b1, [172, 19, 0, 2].into(), PATIENCE).is_some(),
            "it was the rules that kept them apart"
        );
    });
}

#[test]
fn what_was_added_is_what_is_listed_and_deletion_leaves_nothing() {
    inside(
        "nft::what_was_added_is_what_is_listed_and_deletion_leaves_nothing",
        || {
            let mut nft = Nft::open().unwrap();
            let (base, network) = (plans::firewall_base(), plans::firewall("br-a", "172.18.0.0/16"));
            nft.add(&base).unwrap();
            let before = nft.ruleset().unwrap();
            nft.add(&network).unwrap();
            let listed = nft.ruleset().unwrap();
            assert!(listed.foreign.is_empty());
            assert_eq!(listed.objects.len(), base.len() + network.len());
            assert!(
                base.iter()
                    .chain(&network)
                    .all(|object| listed.objects.contains(object))
            );
            let deletion = nft.delete(&network).unwrap();
            assert_eq!(nft.ruleset().unwrap(), before);
            nft.restore(&deletion).unwrap();
            assert_eq!(nft.ruleset().unwrap(), listed);
            nft.delete(&network).unwrap();
            nft.delete(&base).unwrap();
            assert!(nft.ruleset().unwrap().objects.is_empty());
        },
    );
}

#[test]
fn rules_of_every_gateway_mode_are_listed_as_they_were_added_and_go_with_their_network() {
    inside(
        "nft::rules_of_every_gateway_mode_are_listed_as_they_were_added_and_go_with_their_network",
        || {
            let mut nft = Nft::open().unwrap();
            let rule = |chain: &str, expressions: Vec<NftExpression>| NftObject::Rule {
                table: "docker-bridges".into(),
                chain: chain.into(),
                expressions,
            };
            let icmp = |equal| {
                vec![
                    NftExpression::Icmp { equal },
                    NftExpression::Counter,
                    NftExpression::Drop,
                ]
            };
            let to = Ipv4Addr::new(192, 168, 1, 77);
            let mut network = plans::firewall("br-a", "172.18.0.0/16");
            network.extend([
                rule("filter-forward-in__br-a", icmp(true)),
                rule("filter-forward-in__br-a", icmp(false)),
                rule(
                    "nat-postrouting-out__br-a",
                    vec![NftExpression::Counter, NftExpression::SourceNat { to }],
                ),
            ]);
            nft.add(&plans::firewall_base()).unwrap();
            let before = nft.ruleset().unwrap();
            nft.add(&network).unwrap();
            let listed = nft.ruleset().unwrap();
            assert!(listed.foreign.is_empty(), "{:#?}", listed.foreign);
            assert!(network.iter().all(|object| listed.objects.contains(object)));
            let deletion = nft.delete(&network).unwrap();
            assert_eq!(nft.ruleset().unwrap(), before);
            nft.restore(&deletion).unwrap();
            assert!(
                network
                    .iter()
                    .all(|object| nft.ruleset().unwrap().objects.contains(object))
            );
        },
    );
}

#[test]
fn a_refused_object_leaves_none_of_its_batch() {
    inside("nft::a_refused_object_leaves_none_of_its_batch", || {
        let mut nft = Nft::open().unwrap();
        let mut objects = plans::firewall_base();
        objects.push(NftObject::Chain {
            table: "nowhere".into(),
            chain: "c".into(),
            base: None,
        });
        let error = nft.add(&objects).unwrap_err();
        assert_eq!((error.errno, error.subject.as_str()), (libc::ENOENT, "nowhere c"));
        assert!(nft.ruleset().unwrap().objects.is_empty());
    });
}

#[test]
fn rules_taken_from_the_middle_of_a_chain_come_back_in_place() {
    inside("nft::rules_taken_from_the_middle_of_a_chain_come_back_in_place", || {
        let mut nft = Nft::open().unwrap();
        nft.add(&plans::firewall_base()).unwrap();
        let rule = |name: &str| NftObject::Rule {
            table: "docker-bridges".into(),
            chain: "filter-FORWARD".into(),
            expressions: vec![
                NftExpression::InInterface {
                    name: name.into(),
                    equal: true,
                },
                NftExpression::Accept,
            ],
        };
        nft.add(&["one", "two", "three", "four"].map(rule)).unwrap();
        let before = nft.ruleset().unwrap();
        for taken in [
            vec![rule("two"), rule("three")],
            vec![rule("one")],
            ["one", "two", "three", "four"].map(rule).to_vec(),
        ] {
            let deletion = nft.delete(&taken).unwrap();
            assert_eq!(nft.ruleset().unwrap().objects.len(), before.objects.len() - taken.len());
            nft.restore(&deletion).unwrap();
            assert_eq!(nft.ruleset().unwrap(), before);
        }
    });
}

#[test]
fn what_somebody_deleted_by_hand_does_not_keep_the_rest_alive() {
    inside(
        "nft::what_somebody_deleted_by_hand_does_not_keep_the_rest_alive",
        || {
            let mut nft = Nft::open().unwrap();
            nft.add(&plans::firewall_base()).unwrap();
            let before = nft.ruleset().unwrap();
            let network = plans::firewall("br-a", "172.18.0.0/16");
            nft.add(&network).unwrap();
            let by_hand: Vec<NftObject> = network
                .iter()
                .filter(|object| matches!(object, NftObject::JumpElement { .. }))
                .cloned()
                .collect();
            nft.delete(&by_hand).unwrap();
            nft.delete(&network).unwrap();
            assert_eq!(nft.ruleset().unwrap(), before);
        },
    );
}
