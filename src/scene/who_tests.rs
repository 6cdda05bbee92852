//! Who is who in the picture: names that change or are used again, who asked, who does not run.

use super::tests::{LATER, START, container, ghost_container, lab};
use super::*;
use crate::model::{Container, Topology};
use crate::texts::Lang;

#[test]
fn the_text_form_says_who_does_not_run_though_it_is_wanted_somewhere() {
    let mut stage = Stage::new(false);
    let mut ended = container("es", &[]);
    ended.state = ContainerState::Exited;
    ended.exit_code = Some(137);
    let ghosts = Topology {
        containers: vec![ghost_container("es", "dev")],
        ..Topology::default()
    };
    stage.update(&lab(&["dev"], vec![ended]), &ghosts, START);
    let said = text(&stage.scene(START), Lang::En);
    let last: Vec<&str> = said.iter().map(String::as_str).rev().take(2).collect();
    assert_eq!(
        last,
        ["Container es has stopped (code 137).", "  Container es is wanted here."]
    );
}

#[test]
fn a_question_stays_a_while_and_no_longer_than_its_asker() {
    let question = |name: &str| Question {
        id: "id-web".into(),
        asker: "web".into(),
        name: name.into(),
        kind: "A".into(),
        outcome: crate::observe::Outcome::SingleLabel,
        count: 1,
    };
    let mut stage = Stage::new(false);
    let web = || lab(&["dev"], vec![container("web", &["dev"])]);
    stage.update(&web(), &Topology::default(), START);
    stage.asked(question("es"), START);
    stage.asked(question("db"), START);
    assert_eq!(stage.scene(START).questions, [question("db")], "the newest of each");
    assert_eq!(stage.next_change(START), Some(START + ANSWERED));
    assert!(stage.scene(START + ANSWERED).questions.is_empty());
    stage.tidy(START + ANSWERED);
    assert!(!stage.in_motion(START + ANSWERED));
    stage.asked(question("es"), LATER);
    stage.update(&lab(&["dev"], vec![]), &Topology::default(), LATER);
    assert!(stage.scene(LATER).questions.is_empty());
}

#[test]
fn a_question_belongs_to_the_one_who_asked_not_to_the_next_of_that_name() {
    let mut stage = Stage::new(false);
    stage.update(
        &lab(&["dev"], vec![container("test", &["dev"])]),
        &Topology::default(),
        START,
    );
    let question = Question {
        id: "id-test".into(),
        asker: "test".into(),
        name: "es".into(),
        kind: "A".into(),
        outcome: crate::observe::Outcome::SingleLabel,
        count: 1,
    };
    stage.asked(question.clone(), START);
    let mut renamed = container("other", &["dev"]);
    renamed.id = "id-test".into();
    stage.update(&lab(&["dev"], vec![renamed]), &Topology::default(), START);
    let asker = "other".into();
    assert_eq!(stage.scene(START).questions, [Question { asker, ..question }]);
    let mut again = container("test", &["dev"]);
    again.id = "id-again".into();
    stage.update(&lab(&["dev"], vec![again]), &Topology::default(), START);
    assert_eq!(stage.scene(START).questions, []);
}

#[test]
fn another_name_is_not_another_container() {
    let mut stage = Stage::new(true);
    let (es, web) = (container("es", &["dev"]), container("web", &["dev"]));
    stage.update(
        &lab(&["dev"], vec![es.clone(), web.clone()]),
        &Topology::default(),
        START,
    );
    let search = Container {
        name: "search".into(),
        ..es.clone()
    };
    let people = |scene: Scene| -> Vec<(String, Presence)> {
        let nodes = scene.nodes.into_iter();
        nodes.map(|node| (node.name, node.presence)).collect()
    };
    let (solid, there) = (Presence::Solid, |name: &str, presence| (name.to_owned(), presence));
    stage.update(
        &lab(&["dev"], vec![search.clone(), web.clone()]),
        &Topology::default(),
        LATER,
    );
    let renamed = people(stage.scene(LATER));
    assert_eq!(renamed, [there("search", solid), there("web", solid)]);
    // Names exchanged by way of a third one between two looks: nobody is drawn twice.
    let other = Container {
        name: "search".into(),
        ..web
    };
    let swapped = Container {
        name: "web".into(),
        ..search
    };
    stage.update(&lab(&["dev"], vec![swapped, other]), &Topology::default(), LATER);
    assert_eq!(people(stage.scene(LATER)).len(), 2);
}

#[test]
fn an_answer_that_would_be_another_now_is_not_shown_any_more() {
    use crate::observe::{AnswerReason, Answerer, Outcome};
    let both = || {
        let mut es = container("es", &["dev"]);
        es.endpoints[0].address = "172.18.0.9/16".parse().ok();
        lab(&["dev"], vec![container("web", &["dev"]), es])
    };
    let topology = both();
    let es = topology.containers[1].endpoints[0].clone();
    let question = Question {
        id: "id-web".into(),
        asker: "web".into(),
        name: "es".into(),
        kind: "A".into(),
        outcome: Outcome::Addresses {
            addresses: vec![es.address.unwrap().ip()],
            by: Answerer {
                network: es.network,
                network_name: "dev".into(),
                why: AnswerReason::OnlyNetwork,
            },
        },
        count: 1,
    };
    let shown = |after: &Topology| {
        let mut stage = Stage::new(false);
        stage.update(&topology, &Topology::default(), START);
        stage.asked(question.clone(), START);
        stage.update(after, &Topology::default(), START);
        stage.scene(START).questions.len()
    };
    assert_eq!(shown(&both()), 1);
    let alone = lab(&["dev"], vec![container("web", &["dev"])]);
    assert_eq!(shown(&alone), 0, "nobody has that address any more");
    let mut elsewhere = both();
    elsewhere.containers[0].endpoints.clear();
    assert_eq!(shown(&elsewhere), 0, "who asked has left the network that answered");
}
