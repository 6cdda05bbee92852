use std::sync::Arc;

use crate::lab::LabState;
use crate::lesson::{Goal, Lesson, Step};
use crate::model::Topology;

use super::assess::{Standing, standings, worded};
use super::keeper::Keeper;
use super::{
    Answer, Ask, Lang, LessonProgress, Notice, ProgressStore, PutBack, Remedy, StepEntry, StepView, ghosts, put_back,
    remedies,
};

/// One learner at one lesson: it looks at states it is shown, and says what it makes of them. Pure, but for progress that is
/// handed to a thread of its own where it is [kept](Session::keep_in).
#[derive(Debug)]
pub struct Session {
    lesson: Lesson,
    step: usize,
    progress: LessonProgress,
    topology: Arc<Topology>,
    standings: Vec<Standing>,
    ghosts: Topology,
    /// Asked for although it skips what is red: the same once more does it.
    asked_to_skip: Option<Ask>,
    /// The step is being put back: what is green still is not green again.
    reopening: bool,
    unsaved: bool,
    resume: Option<Resume>,
    keeper: Option<Keeper>,
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
            progress,
            topology: Arc::default(),
            standings: Vec::new(),
            ghosts: Topology::default(),
            asked_to_skip: None,
            reopening: false,
            unsaved: false,
            resume: None,
            keeper: None,
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

    /// Keeps the progress in `store` from now on, on a thread of its own: the disk's time is not the learner's.
    pub fn keep_in(&mut self, store: ProgressStore) {
        self.keeper = Some(Keeper::new(store, self.lesson.id.clone()));
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
        let changed = self.look();
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
            index: self.step,
            total: self.lesson.steps.len(),
            done: self
                .lesson
                .steps
                .iter()
                .filter(|step| self.progress.done.contains(&step.id))
                .count(),
            checks: worded(&self.lesson, step, &self.standings, lang),
            green: self.is_green(),
            praise: said.praise.clone(),
            why: said.why.clone(),
            hints: said.hints.iter().take(self.rungs(step)).cloned().collect(),
            hint_rungs: said.hints.len(),
        })
    }

    /// What the goal adds to the lab as it is: drawn dashed. See [`ghosts`].
    #[must_use]
    pub fn ghosts(&self) -> Topology {
        self.ghosts.clone()
    }

    /// Does what the learner asks.
    pub fn ask(&mut self, ask: Ask) -> Answer {
        let confirmed = self.asked_to_skip.take() == Some(ask);
        let answer = self.answer(ask, confirmed);
        self.keep();
        answer
    }

    fn answer(&mut self, ask: Ask, confirmed: bool) -> Answer {
        match ask {
            Ask::Hint => self.next_hint(),
            Ask::Next if self.step + 1 >= self.lesson.steps.len() => Answer::NothingFurther,
            Ask::Next if self.is_green() || confirmed => {
                self.enter(self.step + 1);
                Answer::Done
            }
            Ask::Previous if self.step == 0 => Answer::NothingFurther,
            Ask::Previous => {
                self.enter(self.step - 1);
                Answer::Done
            }
            Ask::GoTo(index) if index == self.step || index >= self.lesson.steps.len() => Answer::NothingFurther,
            Ask::GoTo(index) if confirmed || !self.skips_open_steps(index) => {
                self.enter(index);
                Answer::Done
            }
            Ask::Next | Ask::GoTo(_) => {
                self.asked_to_skip = Some(ask);
                Answer::ConfirmSkip
            }
            Ask::PutBack if self.put_back().todo.is_empty() => Answer::NothingFurther,
            Ask::PutBack => {
                self.reopening = true;
                Answer::Done
            }
        }
    }

    /// Whether the way to a later step leads over one that is not done, or that is red and the current one.
    fn skips_open_steps(&self, index: usize) -> bool {
        let steps = self.lesson.steps.iter().enumerate();
        let mut between = steps.skip(self.step).take(index.saturating_sub(self.step));
        between.any(|(at, step)| {
            if at == self.step {
                !self.is_green()
            } else {
                !self.progress.done.contains(&step.id)
            }
        })
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

    /// What would bring the lab to where the current step found it. See [`put_back`].
    #[must_use]
    pub fn put_back(&self) -> PutBack {
        let nothing = Goal::default();
        let before = self
            .step
            .checked_sub(1)
            .and_then(|before| self.lesson.steps.get(before));
        let undone: Vec<&Goal> = self
            .lesson
            .steps
            .iter()
            .skip(self.step)
            .map(|step| &step.goal)
            .collect();
        put_back(before.map_or(&nothing, |step| &step.goal), &undone, &self.topology)
    }

    /// What would bring the lab to the step's goal, in order; empty when it is there.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy> {
        self.current()
            .map(|step| remedies(&step.goal, &self.topology))
            .unwrap_or_default()
    }

    /// The command that does the current step, for "show me": typed at the learner's prompt, not run. None when nothing is left to do.
    #[must_use]
    pub fn show_me(&self) -> Option<String> {
        let commands: Vec<String> = self.remedies().iter().map(ToString::to_string).collect();
        (!commands.is_empty()).then(|| commands.join(" && "))
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

    fn keep(&mut self) {
        if self.keeper.is_none() {
            return;
        }
        if let (Some(progress), Some(keeper)) = (self.take_unsaved(), &mut self.keeper) {
            keeper.keep(progress);
        }
    }

    fn current(&self) -> Option<&Step> {
        self.lesson.steps.get(self.step)
    }

    fn is_green(&self) -> bool {
        self.standings.iter().all(|standing| *standing == Standing::Pass)
    }

    fn rungs(&self, step: &Step) -> usize {
        self.progress.hints.get(&step.id).copied().unwrap_or_default()
    }

    fn next_hint(&mut self) -> Answer {
        let Some(step) = self.current() else {
            return Answer::NothingFurther;
        };
        let shown = self.rungs(step);
        let all = self
            .lesson
            .texts(Lang::default())
            .steps
            .get(&step.id)
            .map_or(0, |said| said.hints.len());
        if shown >= all {
            return Answer::NothingFurther;
        }
        let id = step.id.clone();
        self.progress.hints.insert(id, shown + 1);
        self.unsaved = true;
        Answer::Done
    }

    fn enter(&mut self, index: usize) {
        self.step = index;
        self.asked_to_skip = None;
        self.reopening = false;
        self.progress.step = self.current().map(|step| step.id.clone());
        self.unsaved = true;
        self.look();
    }

    fn look(&mut self) -> bool {
        let Some(step) = self.lesson.steps.get(self.step) else {
            return false;
        };
        let standings = standings(step, &self.topology);
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
            self.unsaved = true;
        }
        let changed = newly_done || standings != self.standings || ghosts != self.ghosts;
        self.standings = standings;
        self.ghosts = ghosts;
        changed
    }

    /// The state that the steps behind the current one lead to, with the current one where it was green.
    fn resume(&self) -> Option<Resume> {
        let step = self.current()?;
        let behind = if self.progress.done.contains(&step.id) {
            Some(step)
        } else {
            self.step
                .checked_sub(1)
                .and_then(|before| self.lesson.steps.get(before))
        };
        Some(Resume {
            goal: behind?.goal.clone(),
            not_kept: self.progress.beside.clone(),
        })
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
            .filter(|name| !spoken(name))
            .cloned()
            .collect()
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
