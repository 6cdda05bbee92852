use crate::lesson::name_examples;
use crate::model::Topology;

/// How a check stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckStatus {
    /// Holds.
    Pass,
    /// Does not hold.
    Fail {
        /// What was seen, in the language asked for.
        seen: String,
        /// What is wanted.
        wanted: String,
    },
    /// Waits for another check (its id).
    Waits {
        /// Id of the check that comes first.
        on: String,
    },
}

/// A check as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckView {
    /// English id.
    pub id: String,
    /// Title in the language asked for.
    pub title: String,
    /// How it stands.
    pub status: CheckStatus,
}

/// A step as shown, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepView {
    /// English id.
    pub id: String,
    /// Title of the lesson.
    pub lesson_title: String,
    /// Title of the step.
    pub title: String,
    /// Instruction: paragraphs; a line that begins with `$ ` is a command to type.
    pub say: Vec<String>,
    /// What can be answered to the step's question, in the order of the number keys; empty where it asks none.
    pub choices: Vec<String>,
    /// An example to be looked at in the lab's place.
    pub picture: Option<Example>,
    /// From 0.
    pub index: usize,
    /// Steps in the lesson.
    pub total: usize,
    /// Steps done.
    pub done: usize,
    /// In `needs` order.
    pub checks: Vec<CheckView>,
    /// All checks pass.
    pub green: bool,
    /// It was done before, whatever the lab is like now.
    pub was_done: bool,
    /// Shown once green: one line of praise, then the why; the why also where it was done before.
    pub praise: String,
    /// Why it is so, in a few lines; a line that begins with `$ ` is a command that shows it.
    pub why: Vec<String>,
    /// Hint rungs shown so far.
    pub hints: Vec<String>,
    /// Rungs in all.
    pub hint_rungs: usize,
}

impl StepView {
    /// Whether it asks something, answered or not.
    #[must_use]
    pub const fn is_question(&self) -> bool {
        !self.choices.is_empty()
    }

    /// The same with `way` wherever its text names the way to its examples.
    #[must_use]
    pub fn naming_examples(mut self, way: &str) -> Self {
        for text in self.say.iter_mut().chain(&mut self.hints).chain(&mut self.why) {
            *text = name_examples(text, way);
        }
        self
    }

    /// Whether its instruction has a command to type.
    #[must_use]
    pub fn has_command(&self) -> bool {
        self.say.iter().any(|said| said.starts_with("$ "))
    }
}

/// An example's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What it shows.
    pub topology: Topology,
    /// Which one, from 1.
    pub number: usize,
    /// How many there are.
    pub total: usize,
}

/// A step as it stands in the list of all, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepEntry {
    /// Title.
    pub title: String,
    /// It was green, and was not put back since.
    pub done: bool,
    /// The learner is at it.
    pub current: bool,
}

/// What the learner may ask of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Next hint rung.
    Hint,
    /// This choice, from 1, as the answer to the step's question.
    Answer(usize),
    /// The next of the step's example pictures; behind the last one, the lab.
    Picture,
    /// Next step; refused while red unless it is asked twice in a row.
    Next,
    /// Previous step.
    Previous,
    /// This step, from 0; where that skips open ones, refused unless it is asked twice in a row.
    GoTo(usize),
    /// The step is about to be put back: it is open again once it is red. A question forgets its answer, and is open at once.
    PutBack,
}

/// What came of it, as an id of the screen's catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Done,
    /// A step on the way is not green: ask again to skip it.
    ConfirmSkip,
    /// There is nothing further (last step, last hint, first step, the step one is at, nothing to put back).
    NothingFurther,
}
