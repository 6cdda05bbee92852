//! What has changed where the learner does not look: behind a tab, or, where nothing moves on the screen, since the last look.

use std::sync::Arc;
use std::time::Duration;

use super::app::App;
use super::look::Look;
use super::panels::{Class, Panel};
use crate::lab::LabState;
use crate::model::{ContainerState, Topology};
use crate::scene::FAREWELL;
use crate::texts;
use crate::workshop::StepView;

/// Changes that were not seen yet.
#[derive(Debug)]
pub struct News {
    /// Things grow and fade: so they are seen, where they are in sight.
    motion: bool,
    /// Panels that have changed behind their tabs.
    hidden: Vec<Panel>,
    /// What has come and gone, in order.
    changes: Vec<Change>,
    /// When the last of them did.
    at: Option<Duration>,
}

/// A thing that came (or, false, went).
type Change = (String, bool);

impl News {
    /// Nothing has changed yet.
    #[must_use]
    pub const fn new(motion: bool) -> Self {
        Self {
            motion,
            hidden: Vec::new(),
            changes: Vec::new(),
            at: None,
        }
    }

    /// The panel is in sight.
    pub fn see(&mut self, panel: Panel) {
        self.hidden.retain(|known| *known != panel);
    }

    /// Whether the panel has changed while it was not in sight.
    #[must_use]
    pub fn is_in(&self, panel: Panel) -> bool {
        self.hidden.contains(&panel)
    }
}

impl App {
    /// Compares what was known before with what is known now. The first state of a lab is no news.
    pub(super) fn note(&mut self, before: (Option<Arc<LabState>>, Option<StepView>), now: Duration) {
        let (Some(lab), step) = before else { return };
        let Some(after) = self.lab.clone() else { return };
        let checks = |step: Option<StepView>| step.map(|step| (step.green, step.checks));
        let changes = changes(&lab.topology, &after.topology, self.look);
        for (panel, is_other) in [
            (Panel::Step, checks(step) != checks(self.step.clone())),
            (Panel::Topology, !changes.is_empty()),
            (Panel::Timeline, lab.timeline != after.timeline),
        ] {
            let behind = self.panels.class == Class::Tabs && self.tab != panel;
            if is_other && behind && !self.news.is_in(panel) {
                self.news.hidden.push(panel);
            }
        }
        if changes.is_empty() {
            return;
        }
        // One command makes several changes, one after the other: they are told together.
        let together = self.news.at.is_some_and(|at| now.saturating_sub(at) < FAREWELL);
        if !together {
            self.news.changes.clear();
        }
        self.news.changes.extend(changes);
        self.news.at = Some(now);
    }

    /// Whether the tab of a panel wants to be looked at.
    pub(super) fn calls(&self, panel: Panel) -> bool {
        self.panels.class == Class::Tabs && self.tab != panel && self.news.is_in(panel)
    }

    /// Without motion: what has changed last in the picture, numbered in its order.
    pub(super) fn last_change(&self) -> Option<String> {
        if self.news.motion || self.news.changes.is_empty() {
            return None;
        }
        let (came, went) = (self.look.pick("▸", ">"), self.look.pick("✗", "x"));
        let told = self.news.changes.iter().zip(1..).map(|((what, here), number)| {
            let mark = if *here { came } else { went };
            format!("{number}{mark} {what}")
        });
        let what = told.collect::<Vec<_>>().join("  ");
        Some(texts::fill(self.lang, "ui.panel.changed", &[("what", &what)]))
    }
}

/// What one topology has and the other has not: networks, cables, containers without one.
fn changes(before: &Topology, after: &Topology, look: Look) -> Vec<Change> {
    let (old, new) = (things(before, look), things(after, look));
    let went = old.iter().filter(|thing| !new.contains(thing));
    let came = new.iter().filter(|thing| !old.contains(thing));
    let went = went.map(|thing| (thing.clone(), false));
    went.chain(came.map(|thing| (thing.clone(), true))).collect()
}

fn things(topology: &Topology, look: Look) -> Vec<String> {
    let mut things: Vec<String> = topology.networks.iter().map(|network| network.name.clone()).collect();
    let arrow = look.pick("→", "->");
    for container in &topology.containers {
        let runs = container.state == ContainerState::Running;
        let cables = container.endpoints.iter().filter(|_| runs);
        let networks: Vec<&str> = cables
            .filter_map(|endpoint| Some(topology.network(&endpoint.network)?.name.as_str()))
            .collect();
        things.extend(
            networks
                .iter()
                .map(|network| format!("{} {arrow} {network}", container.name)),
        );
        if networks.is_empty() {
            things.push(container.name.clone());
        }
    }
    things
}
