use crate::texts::Lang;
use crate::yaml::{self, Position};

/// One file of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) file: String,
    pub(super) text: String,
}

/// The files of a lesson, kept so that a fault found later can say where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sources {
    pub(super) structure: Source,
    pub(super) texts: [Source; Lang::ALL.len()],
}

impl Source {
    pub(super) fn locate(&self, path: &[&str]) -> Position {
        yaml::locate(&self.file, &self.text, path)
    }
}

impl Sources {
    pub(super) fn of(&self, lang: Lang) -> &Source {
        &self.texts[lang as usize]
    }
}
