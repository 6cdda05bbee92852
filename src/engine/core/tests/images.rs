//! Images: names, removal, and who still needs them.

use super::*;
use crate::engine::core::image::ImageRemoval::{Deleted, Untagged};
use crate::engine::core::{ImageRecord, ImageRemoval, PruneSpec, Reference};
use crate::engine::plan::Step;

fn imported(number: u8, tags: &[&str]) -> Request {
    Request::ImportImage(Box::new(ImageRecord {
        id: format!("sha256:{}", format!("{number:02x}").repeat(32)),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        store: format!("import-{number}"),
        layers: vec![format!("sha256:layer-{number}")],
        size: 7,
        stored: 4096,
        imported: true,
        cmd: vec!["sleep".into()],
        labels: [("k".to_owned(), "v".to_owned())].into(),
        ..ImageRecord::default()
    }))
}

fn tag(lab: &mut Lab, image: &str, name: &str) -> Result<Reply, CoreError> {
    let target = Reference::parse(name, lab.state.rules()).unwrap();
    lab.try_do(Request::TagImage {
        image: image.into(),
        target,
    })
}

fn pull(lab: &mut Lab, name: &str) -> Result<Reply, CoreError> {
    let wanted = Reference::parse(name, lab.state.rules()).unwrap();
    lab.try_do(Request::PullImage(wanted))
}

fn remove(image: &str, force: bool) -> Request {
    let image = image.into();
    Request::RemoveImage { image, force }
}

impl Lab {
    /// Files of images that the plans so far took away.
    fn drops(&self) -> Vec<&str> {
        let steps = self.plans.iter().flat_map(|plan| &plan.steps);
        steps
            .filter_map(|step| match step {
                Step::DropImage { image } => Some(image.as_str()),
                _ => None,
            })
            .collect()
    }
}

fn removed(reply: Reply) -> Vec<ImageRemoval> {
    match reply {
        Reply::Images { removed, .. } => removed,
        other => panic!("{other:?}"),
    }
}

fn tags(lab: &Lab) -> Vec<Vec<String>> {
    lab.state.images().iter().map(|image| image.tags.clone()).collect()
}

#[test]
fn an_import_takes_its_name_from_whoever_had_it() {
    let mut lab = Lab::new(Era::E28);
    lab.try_do(imported(1, &["a:1"])).unwrap();
    assert_eq!(lab.told(), ["image tag", "image import"]);
    lab.try_do(imported(2, &["a:1"])).unwrap();
    assert_eq!(tags(&lab)[1..], [vec![], vec!["a:1".to_owned()]]);
    assert_eq!(lab.state.image("a:1").unwrap().store, "import-2");
    assert_eq!(lab.state.image("0101").unwrap().store, "import-1");
}

#[test]
fn names_and_beginnings_of_ids_find_images() {
    let mut lab = Lab::new(Era::E28);
    lab.try_do(imported(1, &["a:1"])).unwrap();
    tag(&mut lab, "a:1", "docker.io/library/b").unwrap();
    assert_eq!(tags(&lab)[1], ["a:1", "b:latest"]);
    let whole = "sha256:".to_owned() + &"01".repeat(32);
    for term in [
        "a:1",
        "b",
        "library/b:latest",
        "01010101",
        &whole,
        &whole[7..],
        "sha256:0101",
    ] {
        assert_eq!(lab.state.image(term).unwrap().store, "import-1", "{term}");
    }
    assert_eq!(lab.state.image("alpine:3").unwrap().store, "alpine:latest");
    for (term, words) in [
        ("nosuch", "No such image: nosuch:latest"),
        ("sha256:ff", "No such image: sha256:ff"),
        (
            "A",
            "invalid reference format: repository name (library/A) must be lowercase",
        ),
    ] {
        assert_eq!(lab.state.image(term).unwrap_err().message, words);
    }
}

#[test]
fn a_removal_by_name_takes_the_image_with_its_last_name() {
    let mut lab = Lab::new(Era::E20_10);
    lab.try_do(imported(1, &["a:1"])).unwrap();
    tag(&mut lab, "a:1", "a:2").unwrap();
    lab.told();
    assert_eq!(
        removed(lab.try_do(remove("a:1", false)).unwrap()),
        [Untagged("a:1".into())]
    );
    let id = "sha256:".to_owned() + &"01".repeat(32);
    assert_eq!(
        removed(lab.try_do(remove("a:2", false)).unwrap()),
        [Untagged("a:2".into()), Deleted(id), Deleted("sha256:layer-1".into())]
    );
    assert_eq!(lab.told(), ["image untag", "image untag", "image delete"]);
    assert_eq!(lab.drops(), ["import-1"]);
}

#[test]
fn what_containers_use_is_refused_in_dockers_words() {
    let mut lab = Lab::new(Era::E20_10);
    lab.try_do(imported(1, &["a:1"])).unwrap();
    let mut spec = on("c1", "");
    spec.image = "a:1".into();
    lab.try_do(Request::CreateContainer(Box::new(spec))).unwrap();
    let id = lab.state.container("c1").unwrap().id.clone();
    let short = &id[..12];
    let refused = |lab: &mut Lab, term: &str, force| {
        let error = lab.try_do(remove(term, force)).unwrap_err();
        (error.status.code(), error.message)
    };
    let by_name = format!(
        "conflict: unable to remove repository reference \"a:1\" (must force) - container {short} is using its referenced image \
         010101010101"
    );
    assert_eq!(refused(&mut lab, "a:1", false), (409, by_name));
    let stopped = format!(
        "conflict: unable to delete 010101010101 (must be forced) - image is being used by stopped container {short}"
    );
    assert_eq!(refused(&mut lab, "0101", false), (409, stopped));
    lab.try_do(Request::StartContainer { container: "c1".into() }).unwrap();
    let running = format!(
        "conflict: unable to delete 010101010101 (cannot be forced) - image is being used by running container {short}"
    );
    assert_eq!(refused(&mut lab, "0101", true), (409, running));
    // By force the name goes, and the image stays while the container runs.
    assert_eq!(
        removed(lab.try_do(remove("a:1", true)).unwrap()),
        [Untagged("a:1".into())]
    );
    lab.try_do(Request::ProcessEnded { container: id, code: 0 }).unwrap();
    assert_eq!(
        removed(lab.try_do(remove("0101", true)).unwrap()).len(),
        1,
        "the container needs the layer"
    );
    assert!(lab.drops().is_empty());
    lab.try_do(Request::StartContainer { container: "c1".into() }).unwrap();
    lab.try_do(Request::RemoveContainer {
        container: "c1".into(),
        force: true,
    })
    .unwrap();
    assert_eq!(lab.drops(), ["import-1"]);
}

#[test]
fn several_names_are_not_removed_by_id_without_force() {
    let mut lab = Lab::new(Era::E28);
    lab.try_do(imported(1, &["a:1"])).unwrap();
    tag(&mut lab, "a:1", "a:2").unwrap();
    let error = lab.try_do(remove("0101", false)).unwrap_err();
    assert_eq!(
        error.message,
        "conflict: unable to delete 010101010101 (must be forced) - image is referenced in multiple repositories"
    );
    assert_eq!(removed(lab.try_do(remove("0101", true)).unwrap()).len(), 4);
}

#[test]
fn a_prune_takes_what_nobody_names_or_uses() {
    let mut lab = Lab::new(Era::E28);
    lab.try_do(imported(1, &[])).unwrap();
    lab.try_do(imported(2, &["b:1"])).unwrap();
    let prune = |all| Request::PruneImages {
        which: PruneSpec::default(),
        all,
    };
    assert_eq!(removed(lab.try_do(prune(false)).unwrap()).len(), 2);
    assert_eq!(tags(&lab).len(), 2);
    let mut spec = on("c1", "");
    spec.image = "alpine".into();
    lab.try_do(Request::CreateContainer(Box::new(spec))).unwrap();
    assert_eq!(removed(lab.try_do(prune(true)).unwrap()).len(), 3);
    assert_eq!(tags(&lab), [["alpine:latest"]]);
    assert_eq!(lab.drops(), ["import-1", "import-2"]);
}

#[test]
fn a_built_in_image_comes_back_and_its_files_were_never_gone() {
    let mut lab = Lab::new(Era::E28);
    assert_eq!(pull(&mut lab, "alpine").unwrap(), Reply::Unchanged);
    lab.try_do(remove("alpine", false)).unwrap();
    assert!(lab.state.images().is_empty() && lab.drops().is_empty());
    pull(&mut lab, "alpine:3").unwrap();
    assert_eq!(tags(&lab), [["alpine:3"]]);
    let error = pull(&mut lab, "nginx").unwrap_err();
    assert!(
        error
            .message
            .starts_with("this engine has no registry to pull nginx:latest from")
    );
}

#[test]
fn what_images_take_is_counted_until_nobody_needs_it() {
    let mut lab = Lab::new(Era::E28);
    lab.try_do(imported(1, &["mine:1"])).unwrap();
    assert_eq!(lab.state.stored(), 4096);
    let of_mine = |name: &str, auto_remove| ContainerSpec {
        image: "mine:1".into(),
        auto_remove,
        ..on(name, "bridge")
    };
    lab.container(of_mine("kept", false)).unwrap();
    let brief = lab.container(of_mine("brief", true)).unwrap();
    lab.try_do(remove("mine:1", true)).unwrap();
    assert_eq!(lab.state.stored(), 4096, "its containers have its files still");
    lab.remove("kept", false).unwrap();
    assert_eq!((lab.state.stored(), lab.drops().len()), (4096, 0));
    // A start that is refused removes a container that removes itself, and with it the last need of the files.
    lab.fail(&Request::StartContainer { container: brief }, "no", None);
    assert_eq!(lab.state.stored(), 0);
    assert_eq!(lab.drops(), ["import-1"]);
}
