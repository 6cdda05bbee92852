use super::*;
use crate::engine::plan::{SandboxNetwork, SandboxSpec, Step};

fn sandbox(lab: &Lab) -> SandboxSpec {
    let made = lab.plans.last().unwrap().steps.iter().find_map(|step| match step {
        Step::CreateSandbox { spec } => Some(SandboxSpec::clone(spec)),
        _ => None,
    });
    made.unwrap()
}

fn failed(lab: &mut Lab, name: &str) -> (u16, String) {
    let error = lab.start(name).unwrap_err();
    let life = &lab.state.container(name).unwrap().life;
    assert_eq!(
        (life.phase, life.exit_code, &life.error),
        (Phase::Created, 128, &error.message)
    );
    (error.status.code(), error.message)
}

#[test]
fn the_hosts_network_is_the_hosts_in_all() {
    let mut lab = Lab::new(Era::E28);
    lab.container(on("c1", "host")).unwrap();
    lab.told();
    lab.start("c1").unwrap();
    assert_eq!(lab.told(), ["network connect", "container start"]);
    let spec = sandbox(&lab);
    assert_eq!((&spec.network, spec.hostname.as_str()), (&SandboxNetwork::Host, "lab"));
    assert_eq!(spec.files.into_keys().collect::<Vec<_>>(), ["/etc/hostname"]);
    assert_eq!(lab.plans.last().unwrap().steps.len(), 2, "nothing to plug in");
    let container = lab.state.container("c1").unwrap();
    let live = container.endpoints[0].live.as_ref().unwrap();
    assert_eq!((live.address, live.mac.as_str()), (None, ""));
    lab.remove("c1", true).unwrap();
    lab.container(ContainerSpec {
        extra_hosts: vec!["box:10.1.1.1".into()],
        dns: vec!["9.9.9.9".into()],
        hostname: "own".into(),
        ..on("c2", "host")
    })
    .unwrap();
    lab.start("c2").unwrap();
    let spec = sandbox(&lab);
    assert_eq!(spec.hostname, "own");
    assert!(spec.files["/etc/hosts"].ends_with("ip6-allrouters\n10.1.1.1\tbox\n"));
    assert!(spec.files["/etc/resolv.conf"].contains("nameserver 9.9.9.9"));
}

#[test]
fn a_network_is_shared_with_names_and_files() {
    for era in [Era::E28, Era::E20_10] {
        let mut lab = Lab::new(era);
        lab.network(named("n1")).unwrap();
        lab.run("c1", "n1");
        let id = lab.state.container("c1").unwrap().id.clone();
        let own = lab.container(on("c2", "container:c1")).unwrap();
        let container = lab.state.container("c2").unwrap();
        assert_eq!(container.spec.network_mode, format!("container:{id}"));
        assert_eq!(
            (container.endpoints.len(), container.spec.hostname.as_str()),
            (0, &own[..12])
        );
        lab.told();
        lab.start("c2").unwrap();
        assert_eq!(lab.told(), ["container start"]);
        let spec = sandbox(&lab);
        assert_eq!(spec.network, SandboxNetwork::Container(id.clone()));
        assert_eq!((spec.hostname.as_str(), spec.files.len()), (&id[..12], 0));
        assert!(spec.env.contains(&format!("HOSTNAME={}", &id[..12])));
        assert_eq!(lab.plans.last().unwrap().steps.len(), 2, "nothing to plug in");
        assert_eq!(lab.state.container("c2").unwrap().sandbox_id, "");
        lab.try_do(Request::ProcessEnded {
            container: own,
            code: 0,
        })
        .unwrap();
        assert_eq!(lab.told(), ["container die"]);
    }
}

#[test]
fn whose_network_cannot_be_shared() {
    for era in [Era::E28, Era::E20_10] {
        let mut lab = Lab::new(era);
        lab.container(on("idle", "bridge")).unwrap();
        for (name, mode) in [
            ("c1", "container:nope"),
            ("c2", "container:c2"),
            ("c3", "container:idle"),
        ] {
            lab.container(on(name, mode)).unwrap();
        }
        let idle = lab.state.container("idle").unwrap().id.clone();
        let expected = match era {
            Era::E28 => [
                (
                    500,
                    "joining network namespace of container: No such container: nope".to_owned(),
                ),
                (500, "cannot join own network namespace".into()),
                (
                    409,
                    "cannot join network namespace of a non running container: container idle is created".into(),
                ),
            ],
            Era::E20_10 => [
                (404, "No such container: nope".to_owned()),
                (500, "cannot join own network".into()),
                (409, format!("cannot join network of a non running container: {idle}")),
            ],
        };
        for (name, expected) in ["c1", "c2", "c3"].into_iter().zip(expected) {
            assert_eq!(failed(&mut lab, name), expected);
        }
    }
}

#[test]
fn a_shared_network_takes_no_other() {
    const SHARED: &str =
        "container sharing network namespace with another container or host cannot be connected to any other network";
    let mut lab = Lab::new(Era::E28);
    lab.network(named("n1")).unwrap();
    lab.run("c1", "n1");
    lab.container(on("c2", "container:c1")).unwrap();
    let connect = |network: &str, container: &str| Request::Connect {
        network: network.into(),
        container: container.into(),
        endpoint: Box::default(),
    };
    lab.start("c2").unwrap();
    for network in ["n1", "bridge", "none", "host"] {
        let error = lab.try_do(connect(network, "c2")).unwrap_err();
        assert_eq!((error.status.code(), error.message.as_str()), (400, SHARED));
    }
    // One that does not run keeps what Docker keeps, and shares all the same when it starts.
    lab.container(on("c3", "container:c1")).unwrap();
    lab.try_do(connect("n1", "c3")).unwrap();
    lab.start("c3").unwrap();
    assert!(matches!(sandbox(&lab).network, SandboxNetwork::Container(_)));
    assert_eq!(lab.state.container("c3").unwrap().endpoints[0].live, None);
}
