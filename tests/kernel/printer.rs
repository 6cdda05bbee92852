//! "Under the hood" is true: the printed lines, run by a shell with the real `ip`, `nft` and `sysctl`, leave the kernel
//! in the state the executor leaves it in.

use std::process::Command;
use std::sync::Arc;

use cnm::engine::executor::Executor;
use cnm::engine::plan::{Place, Plan, Step, shell};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::netns::{ThinPlaces, inside, picture};
use crate::plans::{self, DevNull, container};

fn plans() -> Vec<Plan> {
    vec![
        plans::host(),
        plans::network("br-a", "172.18.0.1/16", "172.18.0.0/16"),
        plans::network("br-b", "172.19.0.1/16", "172.19.0.0/16"),
        plans::run("a1", "br-a", "172.18.0.2/16", [172, 18, 0, 1].into()),
        plans::network_rm("br-b", "172.19.0.0/16"),
    ]
}

/// Runs the lines on this thread, in a network namespace and a mount namespace of its own.
fn by_shell(plans: &[Plan]) -> Vec<String> {
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET).unwrap();
    let nothing: Option<&str> = None;
    mount(nothing, "/", nothing, MsFlags::MS_REC | MsFlags::MS_PRIVATE, nothing).unwrap();
    // `ip netns` keeps its names below /run.
    mount(Some("tmpfs"), "/run", Some("tmpfs"), MsFlags::empty(), nothing).unwrap();
    let lines: Vec<String> = plans
        .iter()
        .flat_map(|plan| plan.steps.iter().flat_map(shell))
        .collect();
    let script = format!("set -e\nip netns add router\n{}\n", lines.join("\n"));
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(
        output.status.success(),
        "{}\n{script}",
        String::from_utf8_lossy(&output.stderr)
    );
    picture(&ThinPlaces::default(), &Place::Host)
}

#[test]
#[ignore = "needs ip, nft and sysctl: cargo test --test kernel -- --ignored"]
fn the_printed_lines_do_what_the_executor_does() {
    inside("printer::the_printed_lines_do_what_the_executor_does", || {
        let ours = {
            let places = Arc::new(ThinPlaces::default());
            places.make(&Place::Router);
            let mut executor = Executor::new(Arc::clone(&places)).unwrap();
            for plan in plans() {
                executor.run(&plan, &mut DevNull).unwrap();
            }
            executor.reaper().wait_idle();
            picture(&places, &Place::Host)
        };
        let theirs = std::thread::spawn(|| by_shell(&plans())).join().unwrap();
        let lines = |picture: Vec<String>| picture.join("\n");
        assert_eq!(lines(ours), lines(theirs));
    });
}

#[test]
fn a_network_and_a_container_under_the_hood() {
    let lines: Vec<String> = plans()
        .iter()
        .flat_map(|plan| std::iter::once(format!("## {}", plan.title)).chain(plan.steps.iter().flat_map(shell)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn names_with_dots_options_and_disconnects_under_the_hood() {
    let inside = container("0123456789abcdef");
    let steps = [
        Step::CreateBridge {
            place: Place::Host,
            name: "my.br".into(),
            mtu: Some(1400),
        },
        Step::SetSysctl {
            place: Place::Host,
            key: "net.ipv6.conf.my.br.accept_ra".into(),
            value: "0".into(),
        },
        Step::SetSysctl {
            place: inside.clone(),
            key: "net.ipv4.ping_group_range".into(),
            value: "0 0".into(),
        },
        Step::CreateVeth {
            place: Place::Host,
            name: "veth1".into(),
            master: Some("my.br".into()),
            peer_place: inside.clone(),
            peer_name: "eth0".into(),
            peer_mac: Some("02:42:ac:12:00:02".into()),
            mtu: Some(1400),
        },
        Step::AddRoute {
            place: inside,
            destination: "10.0.0.0/8".parse().unwrap(),
            via: [172, 18, 0, 1].into(),
        },
        Step::SetUp {
            place: Place::Host,
            link: "veth1".into(),
            up: false,
        },
        Step::DeleteVeth {
            place: Place::Host,
            name: "veth1".into(),
        },
        Step::EndSandbox {
            container: "0123456789abcdef".into(),
        },
    ];
    insta::assert_snapshot!(steps.iter().flat_map(shell).collect::<Vec<_>>().join("\n"));
}
