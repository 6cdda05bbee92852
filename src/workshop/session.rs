use std::sync::Arc;

use crate::lab::{Happening, LabState, TimelineEntry};
use crate::lesson::{Goal, Lesson, Step};
use crate::model::Topology;

use super::assess::{Standing, Words, standings, worded};
use super::keeper::Keeper;
use super::{Ask, Lang, LessonProgress, Notice, ProgressStore, Remedy, StepEntry, StepView, ghosts, remedies};

/// How long a green has to stand where a container ends by itself, in nanoseconds: longer than a program that has nothing to do runs.
const INSTANT: i64 = 2_000_000_000;

/// Exit codes from here on are those of a process that somebody killed (128 and the signal's number).
const BY_SIGNAL: i32 = 128;

/// One learner at one lesson: it looks at states it is shown, and says what it makes of them. Pure, but for progress that is
/// handed to a thread of its own where it is [kept](Session::keep_in).
#[derive(Debug)]
pub struct Session {
    pub(super) lesson: Lesson,
    pub(super) step: usize,
    pub(super) progress: LessonProgress,
    /// The progress it began with.
    loaded: LessonProgress,
    pub(super) topology: Arc<Topology>,
    pub(super) standings: Vec<Standing>,
    ghosts: Topology,
    /// The example picture that is shown, from 1; 0: the lab.
    pub(super) picture: usize,
    /// Asked for although it skips what is red: the same once more does it.
    pub(super) asked_to_skip: Option<Ask>,
    /// The step is being put back: what is green still is not green again.
    pub(super) reopening: bool,
    /// Newest time in the lab's timeline, nanoseconds: the only clock there is.
    newest: Option<i64>,
    /// That time when the current step turned green for the first time, until the learner moves on.
    fresh: Option<i64>,
    pub(super) unsaved: bool,
    resume: Option<Resume>,
    keeper: Option<Keeper>,
    /// Names of what others had there before: none of the learner's doing.
    pub(super) theirs: Vec<String>,
}

/// What a learner who comes back had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The state that the steps behind them lead to.
    pub goal: Goal,
    /// Networks and containers they had made beside the lesson: not made again.
    pub not_kept: Vec<String>,
}

impl Session {
    /// Opens a lesson where the learner left it.
    #[must_use]
    pub fn new(lesson: Lesson, progress: LessonProgress) -> Self {
        let saved = progress
            .step
            .as_deref()
            .and_then(|id| lesson.step(id))
            .map(|(index, _)| index);
        let first_open = || lesson.steps.iter().position(|step| !progress.done.contains(&step.id));
        let step = saved.or_else(first_open).unwrap_or_default();
        let mut session = Self {
            lesson,
            step,
            loaded: progress.clone(),
            progress,
            topology: Arc::default(),
            standings: Vec::new(),
            ghosts: Topology::default(),
            picture: 0,
            asked_to_skip: None,
            reopening: false,
            newest: None,
            fresh: None,
            unsaved: false,
            resume: None,
            keeper: None,
            theirs: Vec::new(),
        };
        session.resume = session.resume();
        session.look();
        session
    }

    /// Opens a lesson where the learner left it, by what `store` has.
    #[must_use]
    pub fn open(lesson: Lesson, store: &ProgressStore) -> (Self, Option<Notice>) {
        let (progress, notice) = store.load(&lesson.id);
        (Self::new(lesson, progress), notice)
    }

    /// Networks and containers of these names are others' and were there before.
    pub fn begin_beside(&mut self, theirs: Vec<String>) {
        self.theirs = theirs;
    }

    /// Keeps the progress in `store` from now on, on a thread of its own: the disk's time is not the learner's.
    pub fn keep_in(&mut self, store: ProgressStore) {
        self.keeper = Some(Keeper::new(store, self.lesson.id.clone(), self.loaded.clone()));
        self.keep();
    }

    /// Goes to a step by its id; false when the lesson has none of that id.
    pub fn go_to(&mut self, id: &str) -> bool {
        let Some((index, _)) = self.lesson.step(id) else {
            return false;
        };
        self.enter(index);
        self.resume = self.resume();
        self.keep();
        true
    }

    /// Looks at the lab: recomputes the checks. True when anything shown has changed.
    pub fn observe(&mut self, state: &LabState) -> bool {
        self.topology = Arc::clone(&state.topology);
        self.newest = state.timeline.iter().map(|entry| entry.at).max();
        let changed = self.look() | self.take_back(&state.timeline);
        let beside = self.beside();
        if self.progress.beside != beside {
            self.progress.beside = beside;
            self.unsaved = true;
        }
        self.keep();
        changed
    }

    /// The current step in `lang`.
    #[must_use]
    pub fn view(&self, lang: Lang) -> Option<StepView> {
        let step = self.current()?;
        let texts = self.lesson.texts(lang);
        let said = texts.steps.get(&step.id)?;
        Some(StepView {
            id: step.id.clone(),
            lesson_title: texts.title.clone(),
            title: said.title.clone(),
            say: said.say.clone(),
            choices: said.choices.clone(),
            picture: self.example(step),
            index: self.step,
            total: self.lesson.steps.len(),
            done: self
                .lesson
                .steps
                .iter()
                .filter(|step| self.progress.done.contains(&step.id))
                .count(),
            checks: worded(self.words(step, lang), &self.standings),
            green: self.is_green(),
            praise: said.praise.clone(),
            why: said.why.clone(),
            hints: said.hints.iter().take(self.rungs(step)).cloned().collect(),
            was_done: self.progress.done.contains(&step.id),
            hint_rungs: said.hints.len(),
        })
    }

    /// What the goal adds to the lab as it is: drawn dashed. See [`ghosts`].
    #[must_use]
    pub fn ghosts(&self) -> Topology {
        self.ghosts.clone()
    }

    /// Every step of the lesson, in `lang`.
    #[must_use]
    pub fn steps(&self, lang: Lang) -> Vec<StepEntry> {
        let texts = self.lesson.texts(lang);
        let entry = |(index, step): (usize, &Step)| StepEntry {
            title: texts
                .steps
                .get(&step.id)
                .map_or_else(|| step.id.clone(), |said| said.title.clone()),
            done: self.progress.done.contains(&step.id),
            current: index == self.step,
        };
        self.lesson.steps.iter().enumerate().map(entry).collect()
    }

    /// What would bring the lab to the step's goal, in order; empty when it is there.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy> {
        self.current()
            .map(|step| remedies(&step.goal, &self.topology))
            .unwrap_or_default()
    }

    /// What has to be made again before the learner can go on; None at the beginning.
    #[must_use]
    pub const fn plan_resume(&self) -> Option<&Resume> {
        self.resume.as_ref()
    }

    /// The lesson.
    #[must_use]
    pub const fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// The progress, where it has changed since it was last asked for; a session without a store leaves saving to its owner.
    pub fn take_unsaved(&mut self) -> Option<LessonProgress> {
        std::mem::take(&mut self.unsaved).then(|| self.progress.clone())
    }

    /// What saving the progress had to tell since this was last asked.
    #[must_use]
    pub fn take_notice(&self) -> Option<Notice> {
        self.keeper.as_ref().and_then(Keeper::take_notice)
    }

    pub(super) fn keep(&mut self) {
        if self.keeper.is_none() {
            return;
        }
        if let (Some(progress), Some(keeper)) = (self.take_unsaved(), &mut self.keeper) {
            keeper.keep(progress);
        }
    }

    fn words<'a>(&'a self, step: &'a Step, lang: Lang) -> Words<'a> {
        Words {
            lesson: &self.lesson,
            step,
            lang,
            was_done: self.progress.done.contains(&step.id),
            on_screen: true,
        }
    }

    pub(super) fn current(&self) -> Option<&Step> {
        self.lesson.steps.get(self.step)
    }

    pub(super) fn is_green(&self) -> bool {
        self.standings.iter().all(|standing| *standing == Standing::Pass)
    }

    pub(super) fn enter(&mut self, index: usize) {
        self.step = index;
        self.picture = 0;
        self.asked_to_skip = None;
        self.reopening = false;
        self.fresh = None;
        self.progress.step = self.current().map(|step| step.id.clone());
        self.unsaved = true;
        self.look();
    }

    pub(super) fn look(&mut self) -> bool {
        let Some(step) = self.lesson.steps.get(self.step) else {
            return false;
        };
        let standings = standings(step, &self.topology, &self.progress.answers);
        let ghosts = ghosts(&step.goal, &self.topology);
        let green = standings.iter().all(|standing| *standing == Standing::Pass);
        if self.reopening && !green {
            self.reopening = false;
            self.progress.done.retain(|done| *done != step.id);
            self.unsaved = true;
        }
        let newly_done = green && !self.reopening && !self.progress.done.contains(&step.id);
        if newly_done {
            self.progress.done.push(step.id.clone());
            self.progress.step = Some(step.id.clone());
            self.fresh = self.newest;
            self.unsaved = true;
        }
        let changed = newly_done || standings != self.standings || ghosts != self.ghosts;
        self.standings = standings;
        self.ghosts = ghosts;
        changed
    }

    /// A step that was green only until a container of it ended by itself is not done: what it asked for was there for an instant.
    /// True where that is so.
    fn take_back(&mut self, timeline: &[TimelineEntry]) -> bool {
        let (Some(green_at), Some(step)) = (self.fresh.filter(|_| !self.is_green()), self.current()) else {
            return false;
        };
        let instant = |entry: &TimelineEntry| (green_at..green_at.saturating_add(INSTANT)).contains(&entry.at);
        let was_none = timeline.iter().filter(|entry| instant(entry)).any(|entry| {
            let Happening::ContainerDied { container, exit_code } = &entry.what else {
                return false;
            };
            *exit_code < BY_SIGNAL && step.goal.container(container).is_some()
        });
        if was_none {
            let id = step.id.clone();
            self.progress.done.retain(|done| *done != id);
            self.fresh = None;
            self.unsaved = true;
        }
        was_none
    }

    /// The state that the steps done lead to, or the steps behind the current one where that is further. None where no step of them
    /// made anything.
    fn resume(&self) -> Option<Resume> {
        let last_done = self
            .lesson
            .steps
            .iter()
            .rposition(|step| self.progress.done.contains(&step.id));
        let reached = last_done.max(self.step.checked_sub(1))?;
        let resume = Resume {
            goal: self.lesson.steps.get(reached)?.goal.clone(),
            not_kept: self.progress.beside.clone(),
        };
        (resume.goal != Goal::default() || !resume.not_kept.is_empty()).then_some(resume)
    }

    /// Networks and containers that no step of the lesson speaks of, by name.
    fn beside(&self) -> Vec<String> {
        let spoken = |name: &str| {
            self.lesson
                .steps
                .iter()
                .any(|step| step.goal.network(name).is_some() || step.goal.container(name).is_some())
        };
        let networks = self
            .topology
            .networks
            .iter()
            .filter(|network| !network.predefined)
            .map(|network| &network.name);
        let containers = self.topology.containers.iter().map(|container| &container.name);
        networks
            .chain(containers)
            .filter(|name| !spoken(name) && !self.theirs.contains(name))
            .cloned()
            .collect()
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
