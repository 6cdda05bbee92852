use std::sync::Arc;
use std::time::Duration;

use cnm::engine::executor::{Executor, NoStdio};
use cnm::engine::netlink::{Route, request};
use cnm::engine::plan::{Place, Step};
use cnm::engine::reaper::{Dying, Kind, Reaper};

use crate::netns::{ThinPlaces, inside};
use crate::plans::{self, DevNull, container, plan};

#[test]
fn veths_go_in_groups_and_bridges_last() {
    inside("reaper::veths_go_in_groups_and_bridges_last", || {
        let places = Arc::new(ThinPlaces::default());
        places.make(&container("far"));
        let mut executor = Executor::new(Arc::clone(&places)).unwrap();
        let mut steps = vec![Step::CreateBridge {
            place: Place::Host,
            name: "br-a".into(),
            mtu: None,
        }];
        steps.extend(
            (0..40).map(|i| plans::veth(&format!("veth{i}"), Some("br-a"), &container("far"), &format!("eth{i}"))),
        );
        executor.run(&plan("make", steps), &mut NoStdio).unwrap();
        assert_eq!(Route::open().unwrap().links().unwrap().len(), 42);

        let mut steps: Vec<Step> = (0..40)
            .map(|i| Step::DeleteVeth {
                place: Place::Host,
                name: format!("veth{i}"),
            })
            .collect();
        steps.push(Step::DeleteBridge {
            place: Place::Host,
            name: "br-a".into(),
        });
        executor.run(&plan("take away", steps), &mut NoStdio).unwrap();
        let reaper = executor.reaper();
        reaper.wait_gone("veth7");
        assert!(!reaper.is_going("veth7"));
        reaper.wait_idle();
        assert_eq!(reaper.rounds(), 2, "one for all veths, one for the bridge");
        assert_eq!(Route::open().unwrap().links().unwrap().len(), 1);
    });
}

#[test]
fn a_name_is_free_at_once() {
    inside("reaper::a_name_is_free_at_once", || {
        let (_places, mut executor) = plans::lab(&[]);
        for _ in 0..3 {
            executor
                .run(&plans::network("br-a", "172.18.0.1/16", "172.18.0.0/16"), &mut NoStdio)
                .unwrap();
            executor
                .run(
                    &plans::run("a1", "br-a", "172.18.0.2/16", [172, 18, 0, 1].into()),
                    &mut DevNull,
                )
                .unwrap();
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
        }
        executor.reaper().wait_idle();
        let names: Vec<String> = Route::open()
            .unwrap()
            .links()
            .unwrap()
            .into_iter()
            .map(|link| link.name)
            .collect();
        assert_eq!(names, ["lo", "eth0"]);
    });
}

#[test]
fn a_bridge_that_must_wait_is_not_seen_under_its_name() {
    inside("reaper::a_bridge_that_must_wait_is_not_seen_under_its_name", || {
        let reaper = Reaper::start().unwrap();
        let mut route = Route::open().unwrap();
        route
            .execute(&request::create_bridge("br-a", [2, 66, 0, 0, 0, 1], None))
            .unwrap();
        let index = route.index("br-a").unwrap();
        // Plans go on and on: it is not deleted, but it does not stay in sight either.
        let busy = reaper.busy();
        reaper.submit([Dying {
            place: Place::Host,
            index,
            name: "br-a".into(),
            kind: Kind::Bridge,
            far: None,
        }]);
        while route.link("br-a").is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let hidden = route.link_at(index).unwrap();
        assert_eq!((hidden.name, hidden.up), (format!("gone{index}"), false));
        assert_eq!(reaper.handle().rounds(), 0);
        drop(busy);
        reaper.handle().wait_idle();
        assert!(route.link_at(index).is_err());
    });
}

#[test]
fn a_pair_whose_container_ended_by_itself_is_no_error() {
    inside("reaper::a_pair_whose_container_ended_by_itself_is_no_error", || {
        let (places, mut executor) = plans::lab(&["br-a"]);
        executor
            .run(
                &plans::run("a1", "br-a", "172.18.0.2/16", [172, 18, 0, 1].into()),
                &mut DevNull,
            )
            .unwrap();
        cnm::engine::executor::Places::end(&*places, "a1").unwrap();
        executor.container_gone("a1");
        let away = plan(
            "rm",
            vec![Step::DeleteVeth {
                place: Place::Host,
                name: "vetha1".into(),
            }],
        );
        executor.run(&away, &mut NoStdio).unwrap();
        executor.reaper().wait_idle();
        assert!(Route::open().unwrap().link("vetha1").is_err());
    });
}

#[test]
fn containers_cost_the_engine_no_open_files() {
    inside("reaper::containers_cost_the_engine_no_open_files", || {
        let places = Arc::new(ThinPlaces::default());
        let mut executor = Executor::new(Arc::clone(&places)).unwrap();
        let bridge = Step::CreateBridge {
            place: Place::Host,
            name: "br-a".into(),
            mtu: None,
        };
        let address = plans::address(&Place::Host, "br-a", "172.18.0.1/16");
        let steps = vec![bridge, address, plans::up(&Place::Host, "br-a")];
        executor.run(&plan("make", steps), &mut NoStdio).unwrap();
        let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        let mut start = |i: usize| {
            let (id, own) = (format!("c{i}"), format!("172.18.0.{}/16", i + 2));
            let run = plans::run(&id, "br-a", &own, [172, 18, 0, 1].into());
            executor.run(&run, &mut DevNull).unwrap();
        };
        // The executor keeps what the last few containers needed, and no more.
        (0..20).for_each(&mut start);
        let before = open();
        (20..50).for_each(start);
        // The thin places keep one namespace each.
        assert_eq!(open() - before, 30);
    });
}
