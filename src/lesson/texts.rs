use serde::Deserialize;

use crate::yaml::Ordered;

/// A lesson's texts in one language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a lesson's texts")]
pub struct LessonTexts {
    /// Title of the lesson.
    pub title: String,
    /// By step id.
    pub steps: Ordered<StepTexts>,
}

/// A step's texts in one language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a step's texts")]
pub struct StepTexts {
    /// Title.
    pub title: String,
    /// Instruction: paragraphs; one that begins with `$ ` is a command to type.
    pub say: Vec<String>,
    /// What the learner can answer to the step's question, where it has one.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Three rungs: nudge, pointer, shape of the command.
    pub hints: Vec<String>,
    /// One line, once green.
    pub praise: String,
    /// Why it is so, in a few lines; one that begins with `$ ` is a command that shows it.
    pub why: Vec<String>,
    /// By check id.
    pub checks: Ordered<CheckTexts>,
}

/// A check's texts in one language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a check's texts")]
pub struct CheckTexts {
    /// The fact, as a sentence.
    pub title: String,
    /// Sentences for what is found instead, where this lesson has a better one than the workshop's own.
    #[serde(default)]
    pub seen: Ordered<String>,
}
