use std::io;
use std::path::PathBuf;

use crate::yaml::{Position, YamlError};

use super::problem::Problem;

/// Why a lesson cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LessonError {
    /// There is no such lesson in the program.
    #[error("no lesson is called `{id}`; there is: {}", known.join(", "))]
    NoSuchLesson {
        /// What was asked for.
        id: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// A file is not there.
    #[error("{}: there is no such file: a lesson is a folder with lesson.yaml, fr.yaml and en.yaml", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file is not YAML, or has a field that does not exist, lacks one, or has one of another type.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// Each file can be read, but they do not make a lesson; a line each.
    #[error("{}", lines(flaws, *left))]
    Invalid {
        /// What is wrong, in the order of the lesson.
        flaws: Vec<Flaw>,
        /// How many more there are.
        left: usize,
    },
}

fn lines(flaws: &[Flaw], left: usize) -> String {
    let mut lines: Vec<String> = flaws.iter().map(ToString::to_string).collect();
    if left > 0 {
        lines.push(format!("and {left} more"));
    }
    lines.join("\n")
}

/// Something that keeps files from being a lesson, and its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {problem}")]
pub struct Flaw {
    /// Where.
    pub position: Position,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}
