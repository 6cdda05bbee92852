//! What the learner is told where nothing comes of what they asked, or not yet: chosen here, put into words by whoever shows or
//! says it.

use super::{Answer, Ask, PutBack, StepView};

/// Why nothing came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// The step is red: asked again, it is skipped.
    Skip,
    /// The question is open: asked again, it is skipped.
    SkipQuestion,
    /// Steps on the way to that one are red: asked again, they are skipped.
    SkipSteps,
    /// There is no next step.
    LastStep,
    /// There is no next step, and this one is red.
    LastStepRed,
    /// There is no step before.
    FirstStep,
    /// There is no such step, or the learner is at it.
    NoSuchStep,
    /// The question does not have that choice.
    NoSuchChoice,
    /// The step asks nothing.
    NoQuestion,
    /// The question has its answer.
    Answered,
    /// The step has no example pictures.
    NoPicture,
    /// All hints are shown; the command can be.
    NoHint,
    /// All hints are shown, and a question has no command.
    AllHints,
    /// The step is green.
    NoHintNeeded,
    /// There is no command now.
    NothingToShow,
    /// The step is green: no command is left to be shown.
    NothingLeftToShow,
    /// A question has no command.
    AnsweredByNumber,
    /// The lab is as the step found it.
    NothingToPutBack,
    /// So it is, but for what the learner made.
    OnlyOwnToPutBack,
    /// The question has no answer yet.
    NoAnswerToForget,
}

impl Remark {
    /// On an answer, at the step the learner is at. Nothing where it was done.
    #[must_use]
    pub fn on(answer: Answer, ask: Ask, step: Option<&StepView>) -> Option<Self> {
        let is_green = step.is_some_and(|step| step.green);
        let is_question = step.is_some_and(StepView::is_question);
        Some(match (answer, ask) {
            (Answer::Done, _) => return None,
            (Answer::ConfirmSkip, Ask::GoTo(_)) => Self::SkipSteps,
            (Answer::ConfirmSkip, _) if is_question => Self::SkipQuestion,
            (Answer::ConfirmSkip, _) => Self::Skip,
            (Answer::NothingFurther, Ask::GoTo(_)) => Self::NoSuchStep,
            (Answer::NothingFurther, Ask::Answer(_)) if !is_question => Self::NoQuestion,
            (Answer::NothingFurther, Ask::Answer(_)) if is_green => Self::Answered,
            (Answer::NothingFurther, Ask::Answer(_)) => Self::NoSuchChoice,
            (Answer::NothingFurther, Ask::Picture) => Self::NoPicture,
            (Answer::NothingFurther, Ask::Hint) if is_green => Self::NoHintNeeded,
            (Answer::NothingFurther, Ask::Hint) if is_question => Self::AllHints,
            (Answer::NothingFurther, Ask::Hint) => Self::NoHint,
            (Answer::NothingFurther, Ask::Next) if is_green => Self::LastStep,
            (Answer::NothingFurther, Ask::Next) => Self::LastStepRed,
            (Answer::NothingFurther, Ask::Previous) => Self::FirstStep,
            (Answer::NothingFurther, Ask::PutBack) if is_question => Self::NoAnswerToForget,
            (Answer::NothingFurther, Ask::PutBack) => Self::NothingToPutBack,
        })
    }

    /// Where the step has no command to show.
    #[must_use]
    pub fn instead_of_command(step: Option<&StepView>) -> Self {
        match step {
            Some(step) if step.green => Self::NothingLeftToShow,
            Some(step) if step.is_question() => Self::AnsweredByNumber,
            _ => Self::NothingToShow,
        }
    }

    /// Where there is nothing to put back.
    #[must_use]
    pub fn on_put_back(put_back: &PutBack) -> Option<Self> {
        put_back.is_nothing().then_some(match put_back {
            PutBack { question: true, .. } => Self::NoAnswerToForget,
            PutBack { staying, .. } if !staying.is_empty() => Self::OnlyOwnToPutBack,
            _ => Self::NothingToPutBack,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_is_told_of_where_nothing_is_put_back_and_at_no_question() {
        let own = PutBack {
            staying: vec!["mine".into()],
            ..PutBack::default()
        };
        let question = PutBack {
            question: true,
            ..own.clone()
        };
        let answered = PutBack {
            forgets: true,
            ..question.clone()
        };
        let told = [&PutBack::default(), &own, &question, &answered].map(Remark::on_put_back);
        let nothing = Some(Remark::NothingToPutBack);
        let stays = Some(Remark::OnlyOwnToPutBack);
        assert_eq!(told, [nothing, stays, Some(Remark::NoAnswerToForget), None]);
    }

    #[test]
    fn what_was_done_needs_no_remark() {
        assert_eq!(Remark::on(Answer::Done, Ask::Next, None), None);
        let last = Remark::on(Answer::NothingFurther, Ask::Next, None);
        assert_eq!(last, Some(Remark::LastStepRed), "what is not known to be green is red");
    }
}
