use crate::texts::Lang;
use crate::yaml::{Part, Places, Position};

use super::error::{Flaw, LessonError};
use super::problem::Problem;

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

/// What is wrong with a lesson, as it is found.
#[derive(Debug)]
pub(super) struct Flaws<'s> {
    structure: Places<'s>,
    /// Once they can be read.
    texts: Option<[Places<'s>; Lang::ALL.len()]>,
    found: Vec<Flaw>,
    /// How many were left out.
    left: usize,
}

/// Flaws that are told at once: one may come of another, and a file of flaws is not read.
const MOST: usize = 20;

impl Source {
    pub(super) fn places(&self) -> Places<'_> {
        Places::of(&self.file, &self.text)
    }

    pub(super) fn locate(&self, path: &[Part<'_>]) -> Position {
        self.places().locate(path)
    }
}

impl Sources {
    pub(super) const fn of(&self, lang: Lang) -> &Source {
        &self.texts[lang as usize]
    }
}

impl<'s> Flaws<'s> {
    pub(super) fn of(structure: &'s Source) -> Self {
        Self {
            structure: structure.places(),
            texts: None,
            found: Vec::new(),
            left: 0,
        }
    }

    /// To be called before flaws of the texts are told.
    pub(super) fn look_into(&mut self, sources: &'s Sources) {
        self.texts = Some(Lang::ALL.map(|lang| sources.of(lang).places()));
    }

    /// One in the file of the structure.
    pub(super) fn structure(&mut self, path: &[Part<'_>], problem: Problem) {
        if self.has_room() {
            self.at(self.structure.locate(path), problem);
        }
    }

    /// One in the texts of a language.
    pub(super) fn texts(&mut self, lang: Lang, path: &[Part<'_>], problem: Problem) {
        if let (true, Some(texts)) = (self.has_room(), &self.texts) {
            self.at(texts[lang as usize].locate(path), problem);
        }
    }

    /// Those in the files that can be read so far: texts and keys of which `problem` has something to say, beside the nearest key.
    pub(super) fn wording(&mut self, lang: Option<Lang>, problem: &dyn Fn(&str, &str) -> Option<Problem>) {
        let places = match (lang, &self.texts) {
            (None, _) => &self.structure,
            (Some(lang), Some(texts)) => &texts[lang as usize],
            (Some(_), None) => return,
        };
        for (position, key, text) in places.of_texts_that(&|key, text| problem(key, text).is_some(), MOST) {
            if let (Some(problem), true) = (problem(&key, &text), self.has_room()) {
                self.at(position, problem);
            }
        }
    }

    fn has_room(&mut self) -> bool {
        let has_room = self.found.len() < MOST;
        self.left += usize::from(!has_room);
        has_room
    }

    fn at(&mut self, position: Position, problem: Problem) {
        self.found.push(Flaw { position, problem });
    }

    pub(super) fn any(&self, is_it: impl Fn(&Problem) -> bool) -> bool {
        self.found.iter().any(|flaw| is_it(&flaw.problem))
    }

    /// Fails with all that were found so far.
    pub(super) fn none_so_far(&mut self) -> Result<(), LessonError> {
        let flaws = std::mem::take(&mut self.found);
        if flaws.is_empty() {
            Ok(())
        } else {
            let left = self.left;
            Err(LessonError::Invalid { flaws, left })
        }
    }
}
