//! What the learner asks of a session, and what comes of it.

use crate::lesson::{Goal, Step};

use super::assess::differences;
use super::plan::{lacking, mend, put_back};
use super::{Answer, Ask, Example, Lang, PutBack, Session};

impl Session {
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
            Ask::Answer(choice) => self.choose(choice),
            Ask::Picture => self.next_picture(),
            Ask::Next if self.step + 1 >= self.lesson.steps.len() => Answer::NothingFurther,
            Ask::Next if confirmed || !self.skips_open_steps(self.step + 1) => {
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
            Ask::PutBack => {
                let put_back = self.put_back();
                if put_back.is_nothing() {
                    return Answer::NothingFurther;
                }
                self.reopening = !put_back.mends;
                if put_back.forgets {
                    self.forget_answer();
                }
                Answer::Done
            }
        }
    }

    /// Whether the way to a later step leads over one that is not done, or that is red and the current one.
    fn skips_open_steps(&self, index: usize) -> bool {
        let steps = self.lesson.steps.iter().enumerate();
        let mut between = steps.skip(self.step).take(index.saturating_sub(self.step));
        // One that was done and is red is so because of what came after it, or can be mended later.
        between.any(|(at, step)| {
            let is_green = at == self.step && self.is_green();
            !is_green && !self.progress.done.contains(&step.id)
        })
    }

    /// What would bring the lab to where the current step found it. See [`put_back`]. Where the
    /// step was green and is broken, what makes it green again: see [`mend`]. Of a question the answer is forgotten, and the lab
    /// gets what it [lacks](lacking).
    #[must_use]
    pub fn put_back(&self) -> PutBack {
        let mut put_back = self.all_put_back();
        put_back.staying.retain(|name| !self.theirs.contains(name));
        put_back
    }

    fn all_put_back(&self) -> PutBack {
        let steps = &self.lesson.steps;
        if let Some((step, (question, _))) = self.current().and_then(|step| Some((step, step.question()?))) {
            return PutBack {
                todo: lacking(&step.goal, &self.topology),
                mends: true,
                question: true,
                forgets: self.progress.answers.contains_key(&question.id),
                ..PutBack::default()
            };
        }
        let broken = self
            .current()
            .filter(|step| self.progress.done.contains(&step.id) && !self.is_green());
        if let Some(step) = broken {
            let later = self
                .done_later()
                .map_or_else(Vec::new, |later| lacking(&later.goal, &self.topology));
            if !later.is_empty() {
                return PutBack {
                    todo: later,
                    differences: differences(&self.lesson, self.step, &self.topology),
                    mends: true,
                    ..PutBack::default()
                };
            }
            let mended = mend(&step.goal, &self.goals_from(self.step + 1), &self.topology);
            if !mended.todo.is_empty() {
                return PutBack {
                    differences: differences(&self.lesson, self.step, &self.topology),
                    ..mended
                };
            }
        }
        let nothing = Goal::default();
        let before = self.step.checked_sub(1).and_then(|before| steps.get(before));
        let found = put_back(
            before.map_or(&nothing, |step| &step.goal),
            &self.goals_from(self.step),
            &self.topology,
        );
        let differences = self
            .step
            .checked_sub(1)
            .map(|before| differences(&self.lesson, before, &self.topology));
        PutBack {
            differences: differences.unwrap_or_default(),
            ..found
        }
    }

    /// The last step that was done, where it comes after this one: who looks back at a step finds it changed by those behind it, and
    /// first wants only what is missing, before a second time puts the lab back to this step's own state.
    fn done_later(&self) -> Option<&Step> {
        let mut later = self.lesson.steps.iter().skip(self.step + 1).rev();
        later.find(|step| self.progress.done.contains(&step.id))
    }

    /// The goals of the steps from that one on.
    fn goals_from(&self, index: usize) -> Vec<&Goal> {
        self.lesson.steps.iter().skip(index).map(|step| &step.goal).collect()
    }

    /// The command that does the current step, for "show me": typed at the learner's prompt, not run. Where the lab has all that the
    /// step wants and more than it bears, the command that takes the surplus away; at a question, the one that its text has them look
    /// with. None when nothing is left to do.
    #[must_use]
    pub fn show_me(&self) -> Option<String> {
        let step = self.current()?;
        let mut todo = self.remedies();
        let is_question = step.question().is_some();
        if todo.is_empty() && !is_question && !self.is_green() {
            todo = mend(&step.goal, &self.goals_from(self.step + 1), &self.topology).todo;
        }
        if !todo.is_empty() {
            let commands: Vec<String> = todo.iter().map(ToString::to_string).collect();
            return Some(commands.join(" && "));
        }
        let said = self.lesson.texts(Lang::default()).steps.get(&step.id)?;
        let looks = said.say.iter().find_map(|line| line.strip_prefix("$ "));
        looks.filter(|_| is_question && !self.is_green()).map(str::to_owned)
    }

    pub(super) fn rungs(&self, step: &Step) -> usize {
        self.progress.hints.get(&step.id).copied().unwrap_or_default()
    }

    /// A step that is green shows no hints, and counts none.
    fn next_hint(&mut self) -> Answer {
        let Some(step) = self.current().filter(|_| !self.is_green()) else {
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

    /// Keeps a choice; only an open question takes one.
    fn choose(&mut self, choice: usize) -> Answer {
        let question = self.current().and_then(|step| {
            let choices = self.lesson.texts(Lang::default()).steps.get(&step.id)?.choices.len();
            Some((step.question()?.0.id.clone(), choices))
        });
        match question {
            Some((id, choices)) if !self.is_green() && (1..=choices).contains(&choice) => {
                self.progress.answers.insert(id, choice);
                self.unsaved = true;
                self.look();
                Answer::Done
            }
            _ => Answer::NothingFurther,
        }
    }

    /// The question is open again.
    fn forget_answer(&mut self) {
        let question = self
            .current()
            .and_then(|step| Some((step.id.clone(), step.question()?.0.id.clone())));
        if let Some((step, check)) = question {
            self.progress.answers.remove(&check);
            self.progress.done.retain(|done| *done != step);
            self.unsaved = true;
            self.look();
        }
    }

    fn next_picture(&mut self) -> Answer {
        let total = self.current().map_or(0, |step| step.pictures.len());
        if total == 0 {
            return Answer::NothingFurther;
        }
        self.picture = (self.picture + 1) % (total + 1);
        Answer::Done
    }

    /// The example that is shown in the lab's place.
    pub(super) fn example(&self, step: &Step) -> Option<Example> {
        let number = self.picture.checked_sub(1)?;
        Some(Example {
            topology: step.pictures.get(number)?.realised(),
            number: self.picture,
            total: step.pictures.len(),
        })
    }
}
