//! Plans as the drivers write them, for the other tests.

use std::net::Ipv4Addr;
use std::sync::Arc;

use cnm::engine::executor::{Executor, NoStdio, StdioSource};
use cnm::engine::plan::{BaseChain, NftExpression, NftObject, Place, Plan, SandboxSpec, Step};
use cnm::engine::sandbox::Stdio;

use crate::netns::ThinPlaces;

pub struct DevNull;

impl StdioSource for DevNull {
    fn stdio(&mut self, _container: &str) -> std::io::Result<Stdio> {
        let open = || {
            std::fs::File::options()
                .read(true)
                .write(true)
                .open("/dev/null")
                .map(Into::into)
        };
        Ok(Stdio {
            stdin: open()?,
            stdout: open()?,
            stderr: open()?,
        })
    }
}

/// A lab whose host is started, with these bridges: `172.18.0.0/16` for the first, `172.19.0.0/16` for the next.
pub fn lab(bridges: &[&str]) -> (Arc<ThinPlaces>, Executor) {
    let places = Arc::new(ThinPlaces::default());
    places.make(&Place::Router);
    let mut executor = Executor::new(Arc::clone(&places)).unwrap();
    executor.run(&host(), &mut NoStdio).unwrap();
    for (bridge, number) in bridges.iter().zip(18_u8..) {
        let (gateway, subnet) = (format!("172.{number}.0.1/16"), format!("172.{number}.0.0/16"));
        executor.run(&network(bridge, &gateway, &subnet), &mut NoStdio).unwrap();
    }
    (places, executor)
}

pub fn plan(title: &str, steps: Vec<Step>) -> Plan {
    Plan {
        title: title.into(),
        steps,
    }
}

pub fn container(id: &str) -> Place {
    Place::Container(id.into())
}

pub fn up(place: &Place, link: &str) -> Step {
    Step::SetUp {
        place: place.clone(),
        link: link.into(),
        up: true,
    }
}

pub fn address(place: &Place, link: &str, address: &str) -> Step {
    Step::AddAddress {
        place: place.clone(),
        link: link.into(),
        address: address.parse().unwrap(),
    }
}

pub fn default_route(place: &Place, via: Ipv4Addr) -> Step {
    Step::AddRoute {
        place: place.clone(),
        destination: "0.0.0.0/0".parse().unwrap(),
        via,
    }
}

pub fn veth(name: &str, master: Option<&str>, far: &Place, far_name: &str) -> Step {
    Step::CreateVeth {
        place: Place::Host,
        name: name.into(),
        master: master.map(Into::into),
        peer_place: far.clone(),
        peer_name: far_name.into(),
        peer_mac: None,
        mtu: None,
    }
}

pub fn sandbox(id: &str) -> Step {
    Step::CreateSandbox {
        spec: Box::new(SandboxSpec {
            container: id.into(),
            image: "alpine:latest".into(),
            hostname: id.into(),
            argv: vec!["sleep".into(), "1d".into()],
            env: vec![],
            workdir: "/".into(),
            files: std::collections::BTreeMap::new(),
            cap_add: vec![],
            open_stdin: false,
            tty: false,
            network: cnm::engine::plan::SandboxNetwork::Own,
            console_size: None,
        }),
    }
}

const TABLE: &str = "docker-bridges";

fn rule(chain: &str, expressions: Vec<NftExpression>) -> NftObject {
    NftObject::Rule {
        table: TABLE.into(),
        chain: chain.into(),
        expressions,
    }
}

fn chain(name: &str, base: Option<(&str, &str, i32)>) -> NftObject {
    let base = base.map(|(kind, hook, priority)| BaseChain {
        kind: kind.into(),
        hook: hook.into(),
        priority,
    });
    NftObject::Chain {
        table: TABLE.into(),
        chain: name.into(),
        base,
    }
}

fn map(name: &str) -> NftObject {
    NftObject::VerdictMap {
        table: TABLE.into(),
        map: name.into(),
    }
}

pub fn firewall_base() -> Vec<NftObject> {
    vec![
        NftObject::Table { table: TABLE.into() },
        chain("filter-FORWARD", Some(("filter", "forward", 0))),
        chain("nat-POSTROUTING", Some(("nat", "postrouting", 100))),
        map("filter-forward-in-jumps"),
        map("filter-forward-out-jumps"),
        map("nat-postrouting-out-jumps"),
        rule(
            "filter-FORWARD",
            vec![NftExpression::OutVerdictMap {
                map: "filter-forward-in-jumps".into(),
            }],
        ),
        rule(
            "filter-FORWARD",
            vec![NftExpression::InVerdictMap {
                map: "filter-forward-out-jumps".into(),
            }],
        ),
        rule(
            "nat-POSTROUTING",
            vec![NftExpression::InVerdictMap {
                map: "nat-postrouting-out-jumps".into(),
            }],
        ),
    ]
}

pub fn firewall(bridge: &str, subnet: &str) -> Vec<NftObject> {
    let (into, out) = (
        format!("filter-forward-in__{bridge}"),
        format!("filter-forward-out__{bridge}"),
    );
    let nat = format!("nat-postrouting-out__{bridge}");
    let element = |map: &str, chain: &str| NftObject::JumpElement {
        table: TABLE.into(),
        map: map.into(),
        interface: bridge.into(),
        chain: chain.into(),
    };
    let inward = NftExpression::InInterface {
        name: bridge.into(),
        equal: true,
    };
    let leaving = NftExpression::OutInterface {
        name: bridge.into(),
        equal: false,
    };
    let source = NftExpression::Source {
        subnet: subnet.parse().unwrap(),
    };
    vec![
        chain(&into, None),
        chain(&out, None),
        chain(&nat, None),
        rule(
            &into,
            vec![
                NftExpression::Established,
                NftExpression::Counter,
                NftExpression::Accept,
            ],
        ),
        rule(&into, vec![inward, NftExpression::Counter, NftExpression::Accept]),
        rule(&into, vec![NftExpression::Counter, NftExpression::Drop]),
        rule(&out, vec![NftExpression::Counter, NftExpression::Accept]),
        rule(
            &nat,
            vec![leaving, source, NftExpression::Counter, NftExpression::Masquerade],
        ),
        element("filter-forward-in-jumps", &into),
        element("filter-forward-out-jumps", &out),
        element("nat-postrouting-out-jumps", &nat),
    ]
}

/// Loopback, forwarding, uplink `192.168.1.2` to the router `192.168.1.1`, nftables base. The router must exist.
pub fn host() -> Plan {
    let host = Place::Host;
    plan(
        "lab start",
        vec![
            up(&host, "lo"),
            Step::SetSysctl {
                place: host.clone(),
                key: "net.ipv4.ip_forward".into(),
                value: "1".into(),
            },
            veth("eth0", None, &Place::Router, "lan0"),
            address(&host, "eth0", "192.168.1.2/24"),
            up(&host, "eth0"),
            address(&Place::Router, "lan0", "192.168.1.1/24"),
            up(&Place::Router, "lan0"),
            default_route(&host, [192, 168, 1, 1].into()),
            Step::Nft {
                place: host,
                objects: firewall_base(),
            },
        ],
    )
}

pub fn network(bridge: &str, gateway: &str, subnet: &str) -> Plan {
    plan(
        &format!("network create {bridge}"),
        vec![
            Step::CreateBridge {
                place: Place::Host,
                name: bridge.into(),
                mtu: None,
            },
            Step::SetSysctl {
                place: Place::Host,
                key: format!("net.ipv6.conf.{bridge}.accept_ra"),
                value: "0".into(),
            },
            address(&Place::Host, bridge, gateway),
            Step::Nft {
                place: Place::Host,
                objects: firewall(bridge, subnet),
            },
            up(&Place::Host, bridge),
        ],
    )
}

pub fn network_rm(bridge: &str, subnet: &str) -> Plan {
    plan(
        &format!("network rm {bridge}"),
        vec![
            Step::DeleteBridge {
                place: Place::Host,
                name: bridge.into(),
            },
            Step::NftDelete {
                place: Place::Host,
                objects: firewall(bridge, subnet),
            },
        ],
    )
}

pub fn run(id: &str, bridge: &str, own: &str, gateway: Ipv4Addr) -> Plan {
    let inside = container(id);
    plan(
        &format!("run {id}"),
        vec![
            sandbox(id),
            up(&inside, "lo"),
            veth(&format!("veth{id}"), Some(bridge), &inside, "eth0"),
            address(&inside, "eth0", own),
            up(&inside, "eth0"),
            up(&Place::Host, &format!("veth{id}")),
            default_route(&inside, gateway),
            Step::StartProcess { container: id.into() },
        ],
    )
}
