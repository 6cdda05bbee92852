//! What the learner asks of a session, and what comes of it.

use crate::lesson::{Goal, Step};

use super::assess::differences;
use super::plan::{mend, put_back};
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
            Ask::PutBack => {
                let put_back = self.put_back();
                if put_back.todo.is_empty() {
                    return Answer::NothingFurther;
                }
                self.reopening = !put_back.mends;
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

    /// What would bring the lab to where the current step found it. See [`put_back`]. Where the
    /// step was green and is broken, what makes it green again: see [`mend`].
    #[must_use]
    pub fn put_back(&self) -> PutBack {
        let mut put_back = self.all_put_back();
        put_back.staying.retain(|name| !self.theirs.contains(name));
        put_back
    }

    fn all_put_back(&self) -> PutBack {
        let steps = &self.lesson.steps;
        let goals = |from: usize| steps.iter().skip(from).map(|step| &step.goal).collect::<Vec<&Goal>>();
        let broken = self
            .current()
            .filter(|step| self.progress.done.contains(&step.id) && !self.is_green());
        if let Some(step) = broken {
            let mended = mend(&step.goal, &goals(self.step + 1), &self.topology);
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
            &goals(self.step),
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

    /// The command that does the current step, for "show me": typed at the learner's prompt, not run. Where the lab has what the step
    /// wants, the command that its text has them look with. None when nothing is left to do.
    #[must_use]
    pub fn show_me(&self) -> Option<String> {
        let commands: Vec<String> = self.remedies().iter().map(ToString::to_string).collect();
        if !commands.is_empty() {
            return Some(commands.join(" && "));
        }
        let said = self.lesson.texts(Lang::default()).steps.get(&self.current()?.id)?;
        let looks = said.say.iter().find_map(|line| line.strip_prefix("$ "));
        looks.filter(|_| !self.is_green()).map(str::to_owned)
    }

    pub(super) fn rungs(&self, step: &Step) -> usize {
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
