use cnm::engine::executor::Places;
use cnm::engine::netlink::request::{self, LinkRef, VethPeer};
use cnm::engine::netlink::{Hint, Route};
use cnm::engine::plan::{Place, bridge_mac, format_mac};
use std::os::fd::AsFd;

use crate::netns::{ThinPlaces, inside};

#[test]
fn every_verb_does_what_it_says() {
    inside("route::every_verb_does_what_it_says", || {
        let places = ThinPlaces::default();
        let far = Place::Container("far".into());
        places.make(&far);
        let netns = places.netns(&far).unwrap();
        let mut route = Route::open().unwrap();

        route
            .execute(&request::create_bridge("br-x", bridge_mac("br-x"), Some(1400)))
            .unwrap();
        let bridge = route.link("br-x").unwrap();
        assert_eq!((bridge.kind.as_str(), bridge.mtu, bridge.up), ("bridge", 1400, false));

        let mac = [0x02, 0x42, 0xac, 0x12, 0x00, 0x02];
        let peer = VethPeer {
            name: "eth0",
            netns: Some(netns.as_fd()),
            mac: Some(mac),
        };
        route
            .execute(&request::create_veth("veth1", Some(bridge.index), Some(1400), &peer))
            .unwrap();
        route.execute(&request::set_up("veth1", true)).unwrap();
        let near = route.link("veth1").unwrap();
        assert_eq!(
            (near.kind.as_str(), near.master, near.up),
            ("veth", Some(bridge.index), true)
        );
        assert_eq!(route.ports(bridge.index).unwrap(), std::slice::from_ref(&near));

        let eth0 = places
            .at(&far, || Route::open().unwrap().link("eth0").unwrap())
            .unwrap();
        assert_eq!(near.peer, Some(eth0.index));
        assert_eq!(eth0.mac, format_mac(mac));
        assert_eq!(eth0.mtu, 1400);
        assert_eq!(
            route.link("br-x").unwrap().mac,
            format_mac(bridge_mac("br-x")),
            "a port must not change the bridge's MAC"
        );

        let subnet = "172.18.0.1/16".parse().unwrap();
        route
            .execute(&request::add_address(bridge.index, subnet, "br-x"))
            .unwrap();
        route.execute(&request::set_up("br-x", true)).unwrap();
        assert_eq!(route.addresses(Some(bridge.index)).unwrap()[0].address, subnet);
        assert!(
            route.addresses(Some(near.index)).unwrap().is_empty(),
            "the filter filters"
        );

        let (everywhere, via) = ("0.0.0.0/0".parse().unwrap(), "172.18.0.9".parse().unwrap());
        route.execute(&request::add_route(everywhere, Some(via), None)).unwrap();
        let routes = route.routes(Some(bridge.index)).unwrap();
        assert!(
            routes
                .iter()
                .any(|r| r.destination == everywhere && r.via == Some(via) && !r.by_kernel)
        );
        assert!(routes.iter().any(|r| r.by_kernel && r.via.is_none()));
        route.execute(&request::delete_route(everywhere, Some(via))).unwrap();
        assert!(route.routes(None).unwrap().iter().all(|r| r.by_kernel));

        route
            .execute(&request::delete_address(bridge.index, subnet, "br-x"))
            .unwrap();
        assert!(route.addresses(None).unwrap().is_empty());
        route
            .execute(&request::set_master(LinkRef::Name("veth1"), None, "veth1"))
            .unwrap();
        assert!(route.ports(bridge.index).unwrap().is_empty());

        route
            .execute(&request::set_group(LinkRef::Name("veth1"), 7, "veth1"))
            .unwrap();
        assert_eq!(route.link("veth1").unwrap().group, 7);
        route.execute(&request::delete_group(7)).unwrap();
        assert!(route.link("veth1").unwrap_err().is_absent());
        route.execute(&request::delete(LinkRef::Name("br-x"), "br-x")).unwrap();
        assert_eq!(route.links().unwrap().len(), 1, "the loopback alone remains");
    });
}

#[test]
fn a_refusal_keeps_the_kernels_words() {
    inside("route::a_refusal_keeps_the_kernels_words", || {
        let mut route = Route::open().unwrap();
        let error = route.execute(&request::impossible_link()).unwrap_err();
        assert_eq!(error.errno, libc::EOPNOTSUPP);
        assert_eq!(error.kernel.as_deref(), Some("Unknown device type"));
        assert_eq!(error.hint(), Some(Hint::KernelLacks));
        assert!(error.to_string().ends_with("(kernel: Unknown device type)"), "{error}");

        let error = route
            .execute(&request::add_route(
                "10.0.0.0/8".parse().unwrap(),
                Some([10, 9, 9, 9].into()),
                None,
            ))
            .unwrap_err();
        assert_eq!(error.hint(), Some(Hint::GatewayNotOnLink));
        assert!(error.kernel.is_some(), "{error}");

        let lo = route.index("lo").unwrap();
        let too_small = request::set_master(LinkRef::Index(lo), Some(lo), "lo");
        let error = route.execute(&too_small).unwrap_err();
        assert!(error.errno != 0, "{error}");
        assert!(
            route
                .link("nobody")
                .unwrap_err()
                .to_string()
                .starts_with("find nobody: No such device")
        );
    });
}

#[test]
fn each_request_of_a_batch_keeps_its_own_outcome() {
    inside("route::each_request_of_a_batch_keeps_its_own_outcome", || {
        let mut route = Route::open().unwrap();
        let lo = route.index("lo").unwrap();
        // No bridges here: the kernel takes them away one by one, and everybody else would wait for it.
        let address = |i: u8| format!("10.0.0.{}/32", if i == 120 { 119 } else { i }).parse().unwrap();
        let requests: Vec<_> = (0..250).map(|i| request::add_address(lo, address(i), "lo")).collect();
        let outcomes = route.batch(&requests).unwrap();
        let refused: Vec<usize> = (0..250).filter(|i| outcomes[*i].is_err()).collect();
        assert_eq!(refused, [120]);
        let error = outcomes[120].as_ref().unwrap_err();
        assert_eq!(error.subject, "10.0.0.119/32 to lo");
        assert_eq!(error.errno, libc::EEXIST);
        assert_eq!(route.addresses(Some(lo)).unwrap().len(), 249);
    });
}
