//! Another name, another run, and the removal of what has ended.

use super::*;
use crate::engine::core::PruneSpec;

fn rename(lab: &mut Lab, container: &str, name: &str) -> Result<Reply, (u16, String)> {
    let request = Request::Rename {
        container: container.into(),
        name: name.into(),
    };
    lab.try_do(request)
        .map_err(|error| (error.status.code(), error.message))
}

#[test]
fn a_new_name_is_a_name_on_the_network_at_once() {
    let mut lab = Lab::new(Era::E28);
    lab.network(named("dev")).unwrap();
    lab.run("old", "dev");
    lab.told();
    rename(&mut lab, "old", "/new").unwrap();
    assert_eq!(lab.events[0].attributes["oldName"], "/old");
    assert_eq!(lab.events[0].attributes["name"], "new");
    let container = lab.state.container("new").unwrap();
    assert_eq!(container.endpoints[0].names[0], "new");
    assert!(!container.endpoints[0].names.contains(&"old".to_owned()));
    assert!(lab.state.container("old").is_err());
}

#[test]
fn a_name_given_later_resolves_in_20_10_too() {
    let mut lab = Lab::new(Era::E20_10);
    lab.network(named("dev")).unwrap();
    let mut spec = on("x", "dev");
    spec.name = None;
    let id = lab.container(spec).unwrap();
    lab.start(&id).unwrap();
    rename(&mut lab, &id, "given").unwrap();
    assert_eq!(lab.state.container("given").unwrap().endpoints[0].names[0], "given");
}

#[test]
fn names_are_refused_in_dockers_words() {
    let mut lab = Lab::new(Era::E20_10);
    let taken = lab.container(on("b1", "")).unwrap();
    lab.container(on("a1", "")).unwrap();
    for (name, status, words) in [
        (
            "a1",
            400,
            "Renaming a container with the same name as its current name".to_owned(),
        ),
        ("", 400, "Neither old nor new names may be empty".to_owned()),
        (
            "a@b",
            400,
            "Error when allocating new name: Invalid container name (/a@b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
                .to_owned(),
        ),
        (
            "b1",
            409,
            format!(
                "Error when allocating new name: Conflict. The container name \"/b1\" is already in use by container \
                 \"{taken}\". You have to remove (or rename) that container to be able to reuse that name."
            ),
        ),
    ] {
        assert_eq!(rename(&mut lab, "a1", name), Err((status, words)), "{name}");
    }
    assert_eq!(
        rename(&mut lab, "nosuch", "x1"),
        Err((404, "No such container: nosuch".into()))
    );
}

#[test]
fn a_prune_removes_what_does_not_run() {
    let mut lab = Lab::new(Era::E28);
    lab.run("runs", "");
    let ended = lab.container(on("ended", "")).unwrap();
    lab.told();
    let prune = || Request::PruneContainers(PruneSpec::default());
    assert_eq!(lab.try_do(prune()).unwrap(), Reply::Pruned { names: vec![ended] });
    assert_eq!(lab.told(), ["container destroy", "container prune"]);
    assert_eq!(lab.try_do(prune()).unwrap(), Reply::Pruned { names: Vec::new() });
    assert!(lab.state.container("runs").is_ok());
}

#[test]
fn a_restart_does_not_remove_what_rm_would() {
    let mut lab = Lab::new(Era::E28);
    let mut spec = on("c1", "");
    spec.auto_remove = true;
    let id = lab.container(spec).unwrap();
    lab.start(&id).unwrap();
    let end = |lab: &mut Lab| {
        let container = id.clone();
        lab.try_do(Request::ProcessEnded { container, code: 0 }).unwrap();
    };
    lab.try_do(Request::HoldContainer { container: "c1".into() }).unwrap();
    end(&mut lab);
    lab.start(&id).unwrap();
    lab.told();
    lab.try_do(Request::Restarted {
        container: id.clone(),
        done: true,
    })
    .unwrap();
    assert_eq!(lab.told(), ["container restart"]);
    end(&mut lab);
    assert!(lab.state.container("c1").is_err());
}
