use crate::lab::LabState;
use crate::model::Topology;

use super::{Answer, Ask, Lang, Notice, ProgressStore, PutBack, Session, StepEntry, StepView};

/// What a screen, or a voice, asks of a lesson: [`Session`] is one.
pub trait Guide: std::fmt::Debug + Send {
    /// Looks at the lab. True when anything shown has changed.
    fn observe(&mut self, state: &LabState) -> bool;
    /// The current step.
    fn view(&self, lang: Lang) -> Option<StepView>;
    /// What the goal adds to the lab as it is.
    fn ghosts(&self) -> Topology;
    /// Does what the learner asks.
    fn ask(&mut self, ask: Ask) -> Answer;
    /// The command that does the current step.
    fn show_me(&self) -> Option<String>;
    /// What brings the lab to where the current step found it.
    fn put_back(&self) -> PutBack;
    /// Every step.
    fn steps(&self, lang: Lang) -> Vec<StepEntry>;
    /// Keeps the progress, where it has changed. What the learner must know about that, in `lang`. Called after a frame is drawn.
    fn keep(&mut self, lang: Lang) -> Option<String> {
        let _ = lang;
        None
    }
    /// Whether what is done is there the next time.
    fn keeps(&self) -> bool {
        true
    }
}

/// A session whose progress is kept in a file.
#[derive(Debug)]
pub struct Kept {
    session: Session,
    /// What was said last: it is not said twice.
    said: Option<Notice>,
    /// Nothing can be kept, which was said.
    refused: bool,
}

impl Kept {
    /// Keeps the progress of `session` in `store`.
    #[must_use]
    pub fn new(mut session: Session, store: ProgressStore) -> Self {
        let refused = store.refusal().is_some();
        session.keep_in(store);
        Self {
            session,
            said: None,
            refused,
        }
    }
}

impl Guide for Kept {
    fn observe(&mut self, state: &LabState) -> bool {
        self.session.observe(state)
    }

    fn view(&self, lang: Lang) -> Option<StepView> {
        self.session.view(lang)
    }

    fn ghosts(&self) -> Topology {
        self.session.ghosts()
    }

    fn ask(&mut self, ask: Ask) -> Answer {
        self.session.ask(ask)
    }

    fn show_me(&self) -> Option<String> {
        self.session.show_me()
    }

    fn put_back(&self) -> PutBack {
        self.session.put_back()
    }

    fn steps(&self, lang: Lang) -> Vec<StepEntry> {
        self.session.steps(lang)
    }

    fn keep(&mut self, lang: Lang) -> Option<String> {
        let notice = self.session.take_notice()?;
        let is_refusal = matches!(notice, Notice::NoHome | Notice::NotKept(_));
        let new = self.said.as_ref() != Some(&notice) && !(self.refused && is_refusal);
        self.refused |= is_refusal;
        let text = notice.text(lang);
        self.said = Some(notice);
        new.then_some(text)
    }

    fn keeps(&self) -> bool {
        !self.refused
    }
}

impl Guide for Session {
    fn observe(&mut self, state: &LabState) -> bool {
        Self::observe(self, state)
    }

    fn view(&self, lang: Lang) -> Option<StepView> {
        Self::view(self, lang)
    }

    fn ghosts(&self) -> Topology {
        Self::ghosts(self)
    }

    fn ask(&mut self, ask: Ask) -> Answer {
        Self::ask(self, ask)
    }

    fn show_me(&self) -> Option<String> {
        Self::show_me(self)
    }

    fn put_back(&self) -> PutBack {
        Self::put_back(self)
    }

    fn steps(&self, lang: Lang) -> Vec<StepEntry> {
        Self::steps(self, lang)
    }
}
