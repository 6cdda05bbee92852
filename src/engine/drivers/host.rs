//! The lab host's own network: what is there before the first `docker` command.

use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use super::bridge::EVERYWHERE;
use super::firewall;
use crate::engine::plan::{Place, Step};

/// Interface names a person may not take for a bridge: they exist and are no bridges.
pub const LINKS: [&str; 2] = ["lo", UPLINK];
/// `uname -n` of the lab's host; containers have their own.
pub const HOSTNAME: &str = "lab";
/// The lab host's way out.
pub const UPLINK: &str = "eth0";
/// Address of the lab host on the uplink, as in the lesson's picture.
pub const UPLINK_ADDRESS: Ipv4Network = on_uplink(2);
/// The simulated router behind it. It is also the nameserver the lab host's `resolv.conf` names.
pub const ROUTER_ADDRESS: Ipv4Network = on_uplink(1);

const fn on_uplink(host: u8) -> Ipv4Network {
    match Ipv4Network::new_checked(Ipv4Addr::new(192, 168, 1, host), 24) {
        Some(network) => network,
        None => panic!("24 is a prefix length"),
    }
}

/// The networks the lab host is on without Docker: automatic subnets keep clear of them.
#[must_use]
pub fn on_link() -> Vec<Ipv4Network> {
    vec![on_uplink(0)]
}

/// Steps of the lab's start: loopbacks, forwarding, uplink to the router, nftables base.
#[must_use]
pub fn start() -> Vec<Step> {
    let up = |place: Place, link: &str| Step::SetUp {
        place,
        link: link.to_owned(),
        up: true,
    };
    let mut steps = vec![
        up(Place::Host, "lo"),
        up(Place::Router, "lo"),
        Step::SetSysctl {
            place: Place::Host,
            key: "net.ipv4.ip_forward".into(),
            value: "1".into(),
        },
        Step::CreateVeth {
            place: Place::Host,
            name: UPLINK.into(),
            master: None,
            peer_place: Place::Router,
            peer_name: "lan0".into(),
            peer_mac: None,
            mtu: None,
        },
    ];
    for (place, link, address) in [
        (Place::Host, UPLINK, UPLINK_ADDRESS),
        (Place::Router, "lan0", ROUTER_ADDRESS),
    ] {
        steps.push(Step::AddAddress {
            place: place.clone(),
            link: link.into(),
            address,
        });
        steps.push(up(place, link));
    }
    steps.push(Step::AddRoute {
        place: Place::Host,
        destination: EVERYWHERE,
        via: ROUTER_ADDRESS.ip(),
    });
    steps.push(firewall::base(Place::Host));
    steps.push(Step::StartUpstream {
        address: ROUTER_ADDRESS.ip(),
    });
    steps
}
