use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use cnm::engine::executor::NoStdio;
use cnm::engine::netlink::{Link, Route, Watcher, request};
use cnm::engine::plan::{Place, Step};
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
            other => panic!("not the watcher's: {other:?}"),
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
        let line = |link: Link| {
            let own = addresses.iter().filter(|a| a.index == link.index);
            // Sorted as the log's reader sorts them.
            let own: BTreeSet<String> = own.map(|a| a.address.to_string()).collect();
            let own: Vec<String> = own.into_iter().collect();
            format!("{} up={} {}", link.name, link.up, own.join(","))
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
        let (places, mut executor) = plans::lab(&["br-a"]);
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
            // Room for two or three notifications.
            let watcher = Watcher::with_buffer(log.clone(), Instant::now(), 2304).unwrap();
            let mut route = Route::open().unwrap();
            let lo = route.index("lo").unwrap();
            for round in 0..5 {
                let pause = watcher.handle().pause();
                let address = |i: u8| format!("10.0.{round}.{i}/32").parse().unwrap();
                let add: Vec<_> = (0..200).map(|i| request::add_address(lo, address(i), "lo")).collect();
                route.batch(&add).unwrap();
                let delete: Vec<_> = (0..200)
                    .step_by(2)
                    .map(|i| request::delete_address(lo, address(i), "lo"))
                    .collect();
                drop(pause);
                route.batch(&delete).unwrap();
            }
            watcher.handle().flush();
            assert!(
                fold(&log)["host"] == truth(&places, &Place::Host),
                "the log tells the truth all the same"
            );
            assert_no_gaps(&log);
            assert!(
                watcher.handle().resyncs() >= 5,
                "the buffer was too large to overflow: this test tests nothing"
            );
        },
    );
}
