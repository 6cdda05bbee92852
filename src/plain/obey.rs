//! What the learner's words do, and what is told of the lab and the step.

use std::time::Duration;

use super::event::Effect;
use super::shell::without_terminal;
use super::step;
use super::talk::Talk;
use super::words::Word;
use crate::lab::BackendKind;
use crate::model::Topology;
use crate::scene::{self, FAREWELL, Stage};
use crate::texts;
use crate::workshop::{Answer, Ask, CheckStatus, Remark, StepView};

/// What `:yes` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Offer {
    Run(String),
    PutBack(String),
}

impl Talk {
    /// The first words once there is a lab.
    pub(super) fn open(&mut self) {
        if let Some(lab) = &self.lab {
            let key = match lab.backend.kind {
                BackendKind::Builtin => "plain.ready_builtin",
                BackendKind::Docker => "plain.ready_docker",
            };
            self.voice.fill(key, &[("version", &lab.backend.version)]);
            self.told.skip(lab);
        }
        for line in self.about.lines() {
            self.voice.line(line);
        }
        if let Some(beside) = self.resumed.take() {
            self.voice.say("plain.resumed");
            if !beside.is_empty() {
                self.voice.fill("plain.not_kept", &[("names", &beside.join(", "))]);
            }
        }
        self.tell_step();
    }

    /// The step as it is said here.
    fn view(&self) -> Option<StepView> {
        let step = self.guide.view(self.voice.lang)?;
        let mut step = step.naming_examples(texts::get(self.voice.lang, "plain.example_word"));
        if !self.by_hand {
            for text in &mut step.say {
                let command = text.strip_prefix("$ ").and_then(without_terminal);
                *text = command.map_or_else(|| text.clone(), |command| format!("$ {command}"));
            }
        }
        Some(step)
    }

    fn tell_step(&mut self) {
        self.shown = self.view();
        if let Some(step) = &self.shown {
            step::whole(step, &mut self.voice);
        }
    }

    /// What is new: in the lab, of the checks, of what is kept. Whether there was anything.
    pub(super) fn news(&mut self) -> bool {
        let Some(lab) = self.lab.clone() else { return false };
        let before = self.voice.so_far();
        if self.lost != lab.lost {
            self.lost.clone_from(&lab.lost);
            match &lab.lost {
                Some(reason) => self.voice.fill("plain.lost", &[("reason", reason)]),
                None => self.voice.say("plain.found_again"),
            }
        }
        for sentence in self.told.new_in(&lab, self.voice.lang) {
            self.voice.line(&sentence);
        }
        let now = self.view();
        if let (Some(before), Some(now)) = (&self.shown, &now) {
            step::changes(before, now, &mut self.voice);
        }
        self.shown = now;
        if let Some(words) = self.guide.keep(self.voice.lang) {
            self.voice.line(&words);
        }
        self.voice.so_far() > before
    }

    /// Does what a word asks for.
    pub(super) fn obey(&mut self, word: Word) {
        match word {
            Word::Help => self.help(),
            Word::Step => self.tell_step(),
            Word::GoTo(n) => self.go_to(n),
            Word::NoStep(said) => self.voice.fill("plain.no_step_number", &[("said", &said)]),
            Word::Next => self.go(Ask::Next),
            Word::Previous => self.go(Ask::Previous),
            Word::Hint => self.hint(),
            Word::Show => self.show(),
            Word::Check => self.check(),
            Word::Steps => step::list(&self.guide.steps(self.voice.lang), &mut self.voice),
            Word::PutBack => self.put_back(),
            Word::Yes => self.voice.say("plain.nothing_offered"),
            Word::No => self.voice.say(match self.offer.take() {
                Some(_) => "plain.refused",
                None => "plain.nothing_offered",
            }),
            Word::Map => self.map(),
            Word::Example => self.example(),
            Word::Answer(choice) => self.answered(choice),
            Word::Language(lang) => {
                self.voice.lang = lang.unwrap_or(self.voice.lang.other());
                self.tell_step();
            }
            Word::Unknown(said) => self.voice.fill("plain.unknown", &[("word", &said)]),
            Word::News | Word::Quit => {}
        }
    }

    fn answered(&mut self, choice: usize) {
        let answer = self.guide.ask(Ask::Answer(choice));
        if answer != Answer::Done {
            self.remark(answer, Ask::Answer(choice));
        } else if !self.news()
            && let Some(step) = &self.shown
        {
            step::still(step, &mut self.voice);
        }
    }

    fn help(&mut self) {
        for key in HELP {
            self.voice.say(key);
        }
        self.voice.say(if self.guide.keeps() {
            "plain.help.quit"
        } else {
            "plain.help.quit_not_kept"
        });
    }

    fn go_to(&mut self, n: usize) {
        let total = self.guide.steps(self.voice.lang).len();
        if (1..=total).contains(&n) {
            self.go(Ask::GoTo(n - 1));
        } else {
            self.voice.fill("plain.no_such_step", &[("n", &total.to_string())]);
        }
    }

    fn go(&mut self, ask: Ask) {
        self.offer = None;
        match self.guide.ask(ask) {
            Answer::Done => self.tell_step(),
            answer => self.remark(answer, ask),
        }
    }

    /// Says why nothing came of it.
    fn remark(&mut self, answer: Answer, ask: Ask) {
        let step = self.guide.view(self.voice.lang);
        if let Some(remark) = Remark::on(answer, ask, step.as_ref()) {
            self.voice.say(words(remark));
        }
    }

    fn hint(&mut self) {
        let answer = self.guide.ask(Ask::Hint);
        if answer != Answer::Done {
            self.remark(answer, Ask::Hint);
            return;
        }
        self.shown = self.view();
        if let Some(step) = &self.shown {
            step::hint(step, step.hints.len().saturating_sub(1), &mut self.voice);
        }
    }

    fn show(&mut self) {
        let Some(command) = self.guide.show_me() else {
            let step = self.guide.view(self.voice.lang);
            self.voice.say(words(Remark::instead_of_command(step.as_ref())));
            return;
        };
        let mut command = step::one_line(&command);
        let unseen = without_terminal(&command).filter(|_| !self.by_hand);
        let is_unseen = unseen.is_some();
        command = unseen.unwrap_or(command);
        self.voice.fill("plain.command", &[("command", &command)]);
        if is_unseen {
            self.voice.fill("plain.without_terminal", &[("command", &command)]);
        }
        self.voice.say("plain.yes_runs");
        self.offer = Some(Offer::Run(command));
    }

    fn put_back(&mut self) {
        let put_back = self.guide.put_back();
        if let Some(remark) = Remark::on_put_back(&put_back) {
            let names = put_back.staying.join(", ");
            self.voice.fill(words(remark), &[("names", &names)]);
            return;
        }
        if put_back.forgets {
            self.voice.say("plain.forgets");
        }
        for told in &put_back.differences {
            self.voice
                .fill("plain.difference", &[("what", &told[self.voice.lang as usize])]);
        }
        match &put_back {
            put_back if put_back.question && put_back.todo.is_empty() => {}
            put_back if put_back.question => self.voice.say("plain.lacking"),
            put_back if put_back.mends => self.voice.say("plain.mend"),
            _ => self.voice.say("plain.put_back"),
        }
        let commands: Vec<String> = put_back.todo.iter().map(ToString::to_string).collect();
        for command in &commands {
            self.voice.fill("plain.command", &[("command", command)]);
        }
        if !put_back.staying.is_empty() {
            self.voice
                .fill("plain.staying", &[("names", &put_back.staying.join(", "))]);
        }
        if put_back.question {
            self.voice.say("plain.nothing_removed");
        }
        self.voice.say(match commands.len() {
            0 => "plain.yes_forgets",
            1 => "plain.yes_runs",
            _ => "plain.yes_runs_all",
        });
        self.offer = Some(Offer::PutBack(commands.join(" && ")));
    }

    /// Does what was shown.
    pub(super) fn accept(&mut self, offer: Offer) -> Vec<Effect> {
        let command = match offer {
            Offer::Run(command) => command,
            Offer::PutBack(command) => {
                self.guide.ask(Ask::PutBack);
                if command.is_empty() {
                    self.tell_step();
                    self.ask();
                    return self.listen();
                }
                command
            }
        };
        self.voice.fill("plain.running", &[("command", &command)]);
        self.run(&command)
    }

    fn check(&mut self) {
        let Some(step) = self.guide.view(self.voice.lang) else {
            return;
        };
        for check in &step.checks {
            step::check(check, &mut self.voice);
        }
        let passed = step
            .checks
            .iter()
            .filter(|check| check.status == CheckStatus::Pass)
            .count();
        let values = [("n", &*passed.to_string()), ("total", &*step.checks.len().to_string())];
        self.voice.fill("plain.checked", &values);
    }

    fn example(&mut self) {
        let answer = self.guide.ask(Ask::Picture);
        if answer != Answer::Done {
            self.remark(answer, Ask::Picture);
            return;
        }
        let Some(example) = self.guide.view(self.voice.lang).and_then(|step| step.picture) else {
            self.voice.say("plain.no_more_examples");
            return;
        };
        let values = [
            ("n", &*example.number.to_string()),
            ("total", &*example.total.to_string()),
        ];
        self.voice.fill("plain.example", &values);
        // On a stage of its own, so that it takes no letter of the lab's.
        let mut stage = Stage::new(false);
        stage.update(&example.topology, &Topology::default(), Duration::ZERO);
        for line in scene::text(&stage.scene(Duration::ZERO), self.voice.lang) {
            self.voice.line(&line);
        }
    }

    fn map(&mut self) {
        let Some(lab) = &self.lab else {
            self.voice.say("plain.no_lab");
            return;
        };
        self.stage.update(&lab.topology, &self.guide.ghosts(), self.clock);
        self.clock += FAREWELL;
        self.stage.tidy(self.clock);
        for line in scene::text(&self.stage.scene(self.clock), self.voice.lang) {
            self.voice.line(&line);
        }
    }
}

/// A remark in the words of this catalogue.
const fn words(remark: Remark) -> &'static str {
    match remark {
        Remark::Skip | Remark::SkipQuestion => "plain.skip",
        Remark::SkipSteps => "plain.skip_steps",
        Remark::LastStep => "plain.last_step",
        Remark::LastStepRed => "plain.last_step_red",
        Remark::FirstStep => "plain.first_step",
        Remark::NoSuchStep => "plain.there_already",
        Remark::NoSuchChoice => "plain.no_such_choice",
        Remark::NoQuestion => "plain.no_question",
        Remark::Answered => "plain.answered",
        Remark::NoPicture => "plain.no_example",
        Remark::NoHint => "plain.no_hint",
        Remark::AllHints => "plain.all_hints",
        Remark::NoHintNeeded => "plain.no_hint_needed",
        Remark::NothingToShow => "plain.nothing_to_show",
        Remark::NothingLeftToShow => "plain.nothing_left_to_show",
        Remark::AnsweredByNumber => "plain.answered_by_number",
        Remark::NothingToPutBack => "plain.nothing_to_put_back",
        Remark::OnlyOwnToPutBack => "plain.only_own_to_put_back",
        Remark::NoAnswerToForget => "plain.no_answer_to_forget",
    }
}

/// What each word does, in the order in which they are told; how to leave comes last.
const HELP: [&str; 17] = [
    "plain.help.shell",
    "plain.help.step",
    "plain.help.answer",
    "plain.help.hint",
    "plain.help.show",
    "plain.help.check",
    "plain.help.next",
    "plain.help.previous",
    "plain.help.steps",
    "plain.help.go",
    "plain.help.put_back",
    "plain.help.map",
    "plain.help.example",
    "plain.help.empty",
    "plain.help.lang",
    "plain.help.keys",
    "plain.help.containers",
];
