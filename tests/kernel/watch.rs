use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use cnm::engine::executor::{Executor, NoStdio};
use cnm::engine::netlink::{Route, Watcher, request};
use cnm::engine::plan::{Place, Step, bridge_mac};
use cnm::observe::{Event, Log, Observation};

use crate::netns::{ThinPlaces, inside};
use crate::plans::{self, DevNull, container, plan};

/// What a reader of the log believes: names and addresses by place.
fn fold(log: &Log) -> BTreeMap<String, BTreeSet<String>> {
    let mut links: BTreeMap<(String, u32), String> = BTreeMap::new();
    let mut addresses: BTreeSet<(String, u32, String)> = BTreeSet::new();
    for seen in log.snapshot() {
        let Observation { place, event, .. } = (*seen).clone();
        match event {
            Event::Link { index, name, up, .. } => drop(links.insert((place, index), format!("{name} up={up}"))),
            Event::LinkGone { index, .. } => drop(links.remove(&(place, index)).expect("it was there")),
            Event::Address { index, address } => assert!(addresses.insert((place, index, address))),
            Event::AddressGone { index, address } => assert!(addresses.remove(&(place, index, address))),
        }
    }
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((place, index), link) in links {
        let own = addresses
            .iter()
            .filter(|(p, i, _)| *p == place && *i == index)
            .map(|(.., a)| a.as_str());
        let line = format!("{link} {}", own.collect::<Vec<_>>().join(","));
        places.entry(place).or_default().insert(line);
    }
    places
}

fn truth(places: &ThinPlaces, place: &Place) -> BTreeSet<String> {
    let read = || {
        let mut route = Route::open().unwrap();
        let addresses = route.addresses(None).unwrap();
        let line = |link: cnm::engine::netlink::Link| {
            let own = addresses
                .iter()
                .filter(|a| a.index == link.index)
                .map(|a| a.address.to_string());
            format!("{} up={} {}", link.name, link.up, own.collect::<Vec<_>>().join(","))
        };
        route.links().unwrap().into_iter().map(line).collect()
    };
    places.at(place, read).unwrap()
}

fn assert_no_gaps(log: &Log) {
    let seqs: Vec<u64> = log.snapshot().iter().map(|seen| seen.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    assert!(log.snapshot().is_sorted_by_key(|seen| seen.at));
}

#[test]
fn the_log_tells_the_host_and_each_container() {
    inside("watch::the_log_tells_the_host_and_each_container", || {
        let places = Arc::new(ThinPlaces::default());
        places.make(&Place::Router);
        let mut executor = Executor::new(Arc::clone(&places)).unwrap();
        executor.run(&plans::host(), &mut NoStdio).unwrap();
        executor
            .run(&plans::network("br-a", "172.18.0.1/16", "172.18.0.0/16"), &mut NoStdio)
            .unwrap();
        executor
            .run(
                &plans::run("a1", "br-a", "172.18.0.2/16", [172, 18, 0, 1].into()),
                &mut DevNull,
            )
            .unwrap();
        executor.watch().flush();
        let (log, a1) = (executor.log(), container("a1"));
        let told = fold(&log);
        for (name, place) in [("host", Place::Host), ("router", Place::Router), ("a1", a1)] {
            assert_eq!(told[name], truth(&places, &place), "{name}");
        }
        assert!(told["a1"].contains("eth0 up=true 172.18.0.2/16"));
        let peers = |place: &str, name: &str| {
            log.snapshot().iter().rev().find_map(|seen| match &seen.event {
                Event::Link {
                    name: n, peer, index, ..
                } if n == name && seen.place == place => Some((*index, *peer)),
                _ => None,
            })
        };
        let ((near, far), (eth0, back)) = (peers("host", "vetha1").unwrap(), peers("a1", "eth0").unwrap());
        assert_eq!((far, back), (Some(eth0), Some(near)), "each end names the other");

        let away = plan(
            "rm",
            vec![
                Step::DeleteVeth {
                    place: Place::Host,
                    name: "vetha1".into(),
                },
                Step::EndSandbox { container: "a1".into() },
            ],
        );
        executor.run(&away, &mut NoStdio).unwrap();
        executor
            .run(&plans::network_rm("br-a", "172.18.0.0/16"), &mut NoStdio)
            .unwrap();
        executor.watch().flush();
        let told = fold(&log);
        assert!(!told.contains_key("a1"), "an ended container has no links");
        assert!(
            !told["host"]
                .iter()
                .any(|line| line.contains("br-a") || line.contains("gone")),
            "{told:?}"
        );
        executor.reaper().wait_idle();
        executor.watch().flush();
        assert_eq!(fold(&log)["host"], truth(&places, &Place::Host));
        assert_no_gaps(&log);
    });
}

#[test]
fn lost_notifications_are_made_good_by_asking_for_the_whole() {
    inside(
        "watch::lost_notifications_are_made_good_by_asking_for_the_whole",
        || {
            let places = ThinPlaces::default();
            let log = Log::default();
            // Room for two or three notifications: a hundred links at once must overflow it.
            let watcher = Watcher::with_buffer(log.clone(), Instant::now(), 2304).unwrap();
            let mut route = Route::open().unwrap();
            for round in 0..5 {
                let name = |i: usize| format!("br{round}x{i}");
                let create: Vec<_> = (0..100)
                    .map(|i| request::create_bridge(&name(i), bridge_mac(&name(i)), None))
                    .collect();
                route.batch(&create).unwrap();
                route
                    .batch(
                        &(0..100)
                            .step_by(2)
                            .map(|i| request::set_up(&name(i), true))
                            .collect::<Vec<_>>(),
                    )
                    .unwrap();
            }
            watcher.handle().flush();
            assert!(
                fold(&log)["host"] == truth(&places, &Place::Host),
                "the log tells the truth all the same"
            );
            assert_no_gaps(&log);
            assert!(
                watcher.handle().resyncs() > 0,
                "the buffer was too large to overflow: this test tests nothing"
            );
        },
    );
}
