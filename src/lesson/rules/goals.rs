//! Goals that a lab can come to.

use crate::yaml::Part::{self, Item, Key};

use super::super::problem::Problem;
use super::super::source::Flaws;
use super::super::{Goal, GoalContainer};

/// Looks at what a step `added` to the goal before, which makes `goal`. `at` leads to it.
pub(in super::super) fn goal(goal: &Goal, added: &Goal, at: &[Part<'_>], flaws: &mut Flaws<'_>) {
    for container in &added.containers {
        let mut flaw = |below: &[Part<'_>], problem| {
            let place = [at, &[Key("containers"), Key(&container.name)], below].concat();
            flaws.structure(&place, problem);
        };
        places(goal, container, &mut flaw);
    }
}

/// The networks that a container is on and off are there, and none is both.
fn places(goal: &Goal, container: &GoalContainer, flaw: &mut dyn FnMut(&[Part<'_>], Problem)) {
    let is_there = |network: &str| goal.network(network).is_some() || network == "bridge";
    let unknown = |network: &String| Problem::UnknownNetwork {
        container: container.name.clone(),
        network: network.clone(),
    };
    for endpoint in &container.endpoints {
        if !is_there(&endpoint.network) {
            flaw(&[Key("networks"), Key(&endpoint.network)], unknown(&endpoint.network));
        }
    }
    for (n, off) in container.off.iter().enumerate() {
        let place = [Key("off"), Item(n)];
        if container.endpoints.iter().any(|endpoint| endpoint.network == *off) {
            let problem = Problem::OnAndOff {
                container: container.name.clone(),
                network: off.clone(),
            };
            flaw(&place, problem);
        } else if !is_there(off) {
            flaw(&place, unknown(off));
        }
    }
}
