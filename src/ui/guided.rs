//! What the learner asks of the lesson: hints, another step, the command shown, the step put back, the checks looked at.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::app::{App, Effect, Notice, Overlay};
use super::console::Life;
use super::draw;
use super::keymap::Keys;
use super::keys::Action;
use super::panels::Panel;
use crate::texts::{self, Lang};
use crate::workshop::{Answer, Ask, CheckStatus, Guide, Remark, StepView};

/// `^E^U`, to the end of the line and forget it: what line editors take so, wherever the cursor stands in a half-typed line. For the
/// kernel's own line discipline `^E` is a character like others, and goes with them.
const LINE_KILL: [u8; 2] = [0x05, 0x15];

/// The current step, whose text names the keys that this person has.
pub(super) fn step_of(guide: &dyn Guide, keys: &Keys, lang: Lang) -> Option<StepView> {
    let step = guide.view(lang)?;
    Some(step.naming_examples(&keys.name_of(Action::Picture, lang)))
}

impl App {
    pub(super) fn ask(&mut self, ask: Ask, now: Duration) {
        let before = self.step.as_ref().map(|step| step.index);
        let answer = self.guide.ask(ask);
        let remark = Remark::on(answer, ask, self.step.as_ref());
        self.notice = remark.and_then(words).map(Notice::Id);
        self.look_again(now);
        if self.step.as_ref().map(|step| step.index) != before {
            self.go_to_work();
        }
        // The hint, or the new step, is in the first panel: where only one is shown, it has to be that one.
        if answer == Answer::Done && ask == Ask::Picture {
            // The question is about it: who does not type in the console answers it from here.
            if self.focus != Panel::Console {
                self.focus = Panel::Step;
            }
            self.tab = Panel::Topology;
        } else if answer == Answer::Done {
            self.tab = Panel::Step;
            if ask == Ask::Hint {
                self.scrolled = u16::MAX;
            }
        }
    }

    /// Goes to another step. Where its text has a command for the shell of the lab's host, a program that still has the console is
    /// told of.
    pub(super) fn go(&mut self, ask: Ask, now: Duration) -> Vec<Effect> {
        let before = self.step.as_ref().map(|step| step.index);
        self.ask(ask, now);
        let new = self
            .step
            .as_ref()
            .filter(|step| Some(step.index) != before && !step.green);
        let has_command = new.is_some_and(StepView::has_command);
        let effect = (has_command && self.console.life == Life::Running).then_some(Effect::NeedPrompt);
        effect.into_iter().collect()
    }

    /// How many numbers answer now. Those beyond lead to their panels, as ever.
    pub(super) fn answers(&self) -> usize {
        let open = self
            .step
            .as_ref()
            .filter(|step| self.focus == Panel::Step && !step.green);
        open.map_or(0, |step| step.choices.len())
    }

    /// Types the command at the prompt, in place of what may be there, and leaves Enter to the learner.
    pub(super) fn show_me(&mut self) -> Vec<Effect> {
        let Some(command) = self.guide.show_me().filter(|_| self.console.life == Life::Running) else {
            self.notice = words(Remark::instead_of_command(self.step.as_ref())).map(Notice::Id);
            return Vec::new();
        };
        self.move_to(Panel::Console);
        self.notice = Some(Notice::Id("ui.notice.shown"));
        vec![Effect::AtPrompt(at_prompt(&command))]
    }

    /// Shows what would put the step back; says so where there is nothing to do, or no way to do it.
    pub(super) fn toggle_put_back(&mut self) {
        if self.overlay == Some(Overlay::PutBack) {
            self.close_overlay();
            return;
        }
        let todo = self.guide.put_back();
        let names = todo.staying.join(", ");
        self.notice = match Remark::on_put_back(&todo) {
            _ if self.lab.is_none() || self.lost.is_some() => Some(Notice::Id("ui.notice.no_lab")),
            _ if self.console.life != Life::Running && !todo.todo.is_empty() => Some(Notice::Id("ui.notice.no_shell")),
            nothing => nothing
                .and_then(words)
                .map(|key| Notice::Words(texts::fill(self.lang, key, &[("names", &names)]))),
        };
        self.dirty = true;
        if self.notice.is_none() {
            self.put_back = todo;
            self.toggle(Overlay::PutBack);
        }
    }

    /// Runs what is shown, where the learner sees it run.
    fn run_put_back(&mut self, now: Duration) -> Vec<Effect> {
        self.close_overlay();
        let commands: Vec<String> = self.put_back.todo.iter().map(ToString::to_string).collect();
        if commands.is_empty() && self.put_back.forgets {
            self.ask(Ask::PutBack, now);
            self.move_to(Panel::Step);
        }
        if commands.is_empty() || self.console.life != Life::Running {
            return Vec::new();
        }
        self.ask(Ask::PutBack, now);
        self.move_to(Panel::Console);
        let mut line = at_prompt(&commands.join(" && "));
        line.push(b'\r');
        vec![Effect::AtPrompt(line)]
    }

    /// The list of steps, the current one chosen.
    pub(super) fn toggle_steps(&mut self) {
        self.toggle(Overlay::Steps);
        self.look_at_overlay();
        self.chosen = self.steps.iter().position(|step| step.current).unwrap_or_default();
    }

    /// What the overlay shows, as the guide has it now.
    pub(super) fn look_at_overlay(&mut self) {
        match self.overlay {
            Some(Overlay::PutBack) => self.put_back = self.guide.put_back(),
            Some(Overlay::Steps) => self.steps = self.guide.steps(self.lang),
            Some(Overlay::Help | Overlay::Text | Overlay::Inspect | Overlay::Settings) | None => {}
        }
    }

    /// Keys that the overlay alone understands; None for one it leaves to the others.
    pub(super) fn chosen_key(&mut self, key: &KeyEvent, now: Duration) -> Option<Vec<Effect>> {
        match (self.overlay?, key.code) {
            (Overlay::PutBack, KeyCode::Enter) => return Some(self.run_put_back(now)),
            (Overlay::Inspect, _) => return self.sheet_key(key).then(Vec::new),
            (Overlay::Steps, KeyCode::Enter) => return Some(self.go_to_chosen(now)),
            (Overlay::Steps, code) => {
                let page = usize::from(draw::page(self)).max(2) - 1;
                let last = self.steps.len().saturating_sub(1);
                self.chosen = match code {
                    KeyCode::Up => self.chosen.saturating_sub(1),
                    KeyCode::Down => self.chosen.saturating_add(1),
                    KeyCode::PageUp => self.chosen.saturating_sub(page),
                    KeyCode::PageDown => self.chosen.saturating_add(page),
                    KeyCode::Home => 0,
                    KeyCode::End => last,
                    _ => return None,
                }
                .min(last);
            }
            _ => return None,
        }
        self.dirty = true;
        Some(Vec::new())
    }

    fn go_to_chosen(&mut self, now: Duration) -> Vec<Effect> {
        let effects = self.go(Ask::GoTo(self.chosen), now);
        // Still open while it asks whether to skip.
        if self.notice.is_none() {
            self.close_overlay();
        }
        effects
    }

    /// Looks at the lab as it is known now, and says when that was and what stands.
    pub(super) fn check_now(&mut self, now: Duration) {
        let Some(lab) = self.lab.clone().filter(|_| self.lost.is_none()) else {
            self.notice = Some(Notice::Id("ui.notice.no_lab"));
            return;
        };
        self.guide.observe(&lab);
        self.look_again(now);
        let Some(step) = &self.step else { return };
        let passed = step.checks.iter().filter(|check| check.status == CheckStatus::Pass);
        let first_red = step.checks.iter().find(|check| check.status != CheckStatus::Pass);
        let key = match first_red {
            Some(_) if step.is_question() => "ui.notice.checked_question",
            Some(_) => "ui.notice.checked_red",
            None => "ui.notice.checked_green",
        };
        let values = [
            ("time", &*draw::clock(now.as_secs())),
            ("n", &passed.count().to_string()),
            ("total", &step.checks.len().to_string()),
            ("check", first_red.map_or("", |check| &check.title)),
        ];
        self.say(texts::fill(self.lang, key, &values));
    }

    pub(super) fn close_overlay(&mut self) {
        self.overlay = None;
        self.scrolled = 0;
        self.dirty = true;
    }
}

/// A remark in the words of this catalogue; the list of steps, which has only those there are, says nothing.
const fn words(remark: Remark) -> Option<&'static str> {
    Some(match remark {
        Remark::NoSuchStep => return None,
        Remark::Skip => "ui.notice.skip",
        Remark::SkipQuestion => "ui.notice.skip_question",
        Remark::SkipSteps => "ui.notice.skip_steps",
        Remark::LastStep => "ui.notice.last_step",
        Remark::LastStepRed => "ui.notice.last_step_red",
        Remark::FirstStep => "ui.notice.first_step",
        Remark::NoSuchChoice | Remark::NoQuestion | Remark::Answered => "ui.notice.no_such_choice",
        Remark::NoPicture => "ui.notice.no_picture",
        Remark::NoHint => "ui.notice.no_hint",
        Remark::AllHints => "ui.notice.all_hints",
        Remark::NoHintNeeded => "ui.notice.no_hint_needed",
        Remark::NothingToShow => "ui.notice.nothing_to_show",
        Remark::NothingLeftToShow => "ui.notice.nothing_left_to_show",
        Remark::AnsweredByNumber => "ui.notice.answered_by_number",
        Remark::NothingToPutBack => "ui.notice.nothing_to_put_back",
        Remark::OnlyOwnToPutBack => "ui.notice.only_own_to_put_back",
        Remark::NoAnswerToForget => "ui.notice.no_answer_to_forget",
    })
}

/// The bytes that put a command at the prompt, as one line, in place of what may stand there.
fn at_prompt(command: &str) -> Vec<u8> {
    let line: Vec<&str> = command.lines().map(|line| line.trim_end_matches('\\').trim()).collect();
    let mut typed = LINE_KILL.to_vec();
    typed.extend(line.join(" ").bytes().filter(|byte| !byte.is_ascii_control()));
    typed
}
