//! The conversation as a state: events go in, words and effects come out, and nothing here touches the outside.

use std::sync::Arc;
use std::time::Duration;

use super::PlainOptions;
use super::event::{Effect, Event, Opening};
use super::news::Told;
use super::obey::Offer;
use super::shell::{LONGEST_LINE, Marks, Piece, without_input};
use super::step;
use super::typed::{Typed, with_end};
use super::voice::Voice;
use super::words::{self, Word};
use crate::console::Outcome;
use crate::lab::LabState;
use crate::scene::Stage;
use crate::texts::{self, Lang};
use crate::workshop::{Guide, StepView};

/// Ctrl-C, Ctrl-D, Ctrl-Z and Ctrl-\ as a terminal sends them (termios(3), `VINTR` and others).
const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const CTRL_Z: u8 = 0x1a;
const CTRL_BACKSLASH: u8 = 0x1c;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The lab's, or the shell's: they start.
    Starting,
    /// The lab's: what was done is not known yet.
    Settling,
    /// The learner's.
    Learner,
    /// A program's.
    Program,
    /// The learner's: a command was begun.
    Rest,
}

/// Everything that is known and was said.
#[derive(Debug)]
pub struct Talk {
    pub(super) voice: Voice,
    pub(super) guide: Box<dyn Guide>,
    marks: Marks,
    pub(super) stage: Stage,
    /// The picture's own time: what has left is gone at the next look.
    pub(super) clock: Duration,
    pub(super) by_hand: bool,
    turn: Turn,
    /// Whether the shell has ever asked for a command since it was started.
    asked: bool,
    /// The console's terminal hands on keys as they come.
    keys: bool,
    typed: Typed,
    pub(super) lab: Option<Arc<LabState>>,
    pub(super) lost: Option<String>,
    pub(super) told: Told,
    pub(super) shown: Option<StepView>,
    /// What to do once the lab is known.
    pending: Option<Word>,
    pub(super) offer: Option<Offer>,
    pub(super) about: String,
    pub(super) resumed: Option<Vec<String>>,
}

impl Talk {
    /// Says who we are. `nonce` marks the shell's prompts.
    #[must_use]
    pub fn new(options: PlainOptions, lesson: Opening, nonce: String) -> Self {
        let mut talk = Self {
            voice: Voice::new(options.lang, options.ascii),
            guide: lesson.guide,
            marks: Marks::new(nonce),
            stage: Stage::new(false),
            clock: Duration::ZERO,
            by_hand: options.by_hand,
            turn: Turn::Starting,
            asked: false,
            keys: false,
            typed: Typed::default(),
            lab: None,
            lost: None,
            told: Told::default(),
            shown: None,
            pending: None,
            offer: None,
            about: String::new(),
            resumed: lesson.resumed,
        };
        if let Some(step) = talk.guide.view(options.lang) {
            talk.voice.fill("plain.welcome", &[("lesson", &step.lesson_title)]);
        }
        talk.voice.say("plain.how");
        if let Some(notice) = lesson.notice {
            talk.voice.line(&notice);
        }
        talk.voice.say("plain.starting");
        talk
    }

    /// The shell to start.
    #[must_use]
    pub fn shell(&self) -> crate::console::Program {
        self.marks.shell()
    }

    /// What is to be written now.
    #[must_use]
    pub fn take_words(&mut self) -> Vec<u8> {
        self.voice.take()
    }

    /// Whether a program has the console.
    #[must_use]
    pub fn is_programs_turn(&self) -> bool {
        self.turn == Turn::Program
    }

    /// Whether more of standard input can be used. A script waits for its turn.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.by_hand || self.turn == Turn::Learner
    }

    /// The console's terminal hands on keys as they come, or lines.
    pub const fn hands_on_keys(&mut self, keys: bool) {
        self.keys = keys;
    }

    /// Takes an event in.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Typed(bytes) => {
                self.typed.extend(bytes);
                self.listen()
            }
            Event::End => self.end_of_input(),
            Event::Interrupt => self.interrupt(),
            Event::Break if self.turn == Turn::Program => vec![Effect::Send(vec![CTRL_BACKSLASH])],
            Event::Suspend if self.turn == Turn::Program => vec![Effect::Send(vec![CTRL_Z])],
            Event::Suspend => vec![Effect::Stop],
            Event::Continued => {
                if self.turn == Turn::Learner {
                    self.ask();
                }
                Vec::new()
            }
            Event::LabReady(about) => {
                self.about = about;
                vec![Effect::StartShell]
            }
            Event::Lab(state) => {
                self.guide.observe(&state);
                let ghosts = self.guide.ghosts();
                self.stage.update(&state.topology, &ghosts, self.clock);
                self.lab = Some(state);
                Vec::new()
            }
            Event::Output(bytes) => self.heard(&bytes),
            Event::ShellEnded(status) => self.shell_ended(status),
            Event::Settled => self.settled(),
            Event::Break => vec![Effect::Quit(Outcome::Signal(3))],
            Event::Terminate(signal) => vec![Effect::Quit(Outcome::Signal(signal))],
        }
    }

    fn end_of_input(&mut self) -> Vec<Effect> {
        match self.turn {
            Turn::Program | Turn::Rest if self.by_hand => vec![Effect::Send(vec![CTRL_D])],
            _ => {
                self.typed.ended = true;
                self.listen()
            }
        }
    }

    fn interrupt(&mut self) -> Vec<Effect> {
        match self.turn {
            Turn::Starting => vec![Effect::Quit(Outcome::Signal(2))],
            Turn::Program => vec![Effect::Send(vec![CTRL_C])],
            Turn::Rest => {
                self.turn = Turn::Program;
                vec![Effect::Send(vec![CTRL_C])]
            }
            Turn::Settling => Vec::new(),
            Turn::Learner => {
                self.typed.take();
                self.ask();
                Vec::new()
            }
        }
    }

    fn heard(&mut self, bytes: &[u8]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for piece in self.marks.feed(bytes) {
            match piece {
                Piece::Text(text) => self.voice.pass(&text),
                Piece::Prompt if matches!(self.turn, Turn::Starting | Turn::Program | Turn::Rest) => {
                    self.asked = true;
                    self.turn = Turn::Settling;
                    effects.push(Effect::Settle);
                }
                Piece::Prompt => {}
                // A script's lines are whole commands: this one waits for what will not come.
                Piece::More if !self.by_hand => effects.push(Effect::Send(vec![CTRL_C])),
                Piece::More => {
                    self.turn = Turn::Rest;
                    self.voice.prompt(texts::get(self.voice.lang, "plain.more"));
                    effects.extend(self.listen());
                }
            }
        }
        effects
    }

    fn shell_ended(&mut self, status: i32) -> Vec<Effect> {
        let rest = self.marks.rest();
        self.voice.pass(&rest);
        if !std::mem::take(&mut self.asked) {
            return vec![Effect::NoShell(status)];
        }
        self.voice.fill("plain.shell_ended", &[("code", &status.to_string())]);
        self.turn = Turn::Starting;
        vec![Effect::StartShell]
    }

    /// Takes from what was typed what can be used now.
    pub(super) fn listen(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        loop {
            match self.turn {
                Turn::Program if self.by_hand && self.keys => {
                    effects.extend(self.typed.take().map(Effect::Send));
                    break;
                }
                Turn::Program if self.by_hand => {
                    let Some(line) = self.typed.next_line(!self.by_hand) else {
                        // Ctrl-D sends off what there is of a line.
                        effects.extend(self.typed.take().map(Effect::Send));
                        break;
                    };
                    effects.extend(self.line_while_busy(&line));
                }
                Turn::Starting | Turn::Settling | Turn::Program => break,
                Turn::Rest => {
                    let Some(line) = self.typed.next_line(!self.by_hand) else {
                        break;
                    };
                    self.voice.was_ended();
                    self.turn = Turn::Program;
                    effects.push(Effect::Send(with_end(&line)));
                }
                Turn::Learner => match self.typed.next_line(!self.by_hand) {
                    Some(line) => effects.extend(self.line(&line)),
                    None if self.typed.ended => {
                        effects.extend(self.leave());
                        break;
                    }
                    None => break,
                },
            }
            if effects.iter().any(|effect| matches!(effect, Effect::Quit(_))) {
                break;
            }
        }
        effects
    }

    /// A line that is typed at our prompt.
    fn line(&mut self, line: &str) -> Vec<Effect> {
        if self.by_hand {
            self.voice.was_ended();
        } else {
            self.voice.pass(with_end(line).as_slice());
        }
        let word = words::read(line).or_else(|| words::answer(line));
        if word.is_none() && !line.trim().is_empty() {
            self.offer = None;
            return self.run(line);
        }
        if word == Some(Word::Quit) {
            return self.leave();
        }
        // The last look at the lab may be old.
        self.pending = Some(word.unwrap_or(Word::News));
        self.turn = Turn::Settling;
        vec![Effect::Settle]
    }

    /// A line that is typed while a program runs: ours where it is one of our words, else the program's.
    fn line_while_busy(&mut self, line: &str) -> Vec<Effect> {
        match words::read(line) {
            None | Some(Word::Unknown(_)) => vec![Effect::Send(with_end(line))],
            Some(Word::Quit) => self.leave(),
            Some(Word::Yes) => {
                self.voice.say("plain.busy");
                Vec::new()
            }
            Some(word) => {
                self.obey(word);
                Vec::new()
            }
        }
    }

    pub(super) fn run(&mut self, command: &str) -> Vec<Effect> {
        let command = if self.by_hand {
            command.to_owned()
        } else {
            without_input(command)
        };
        let line = with_end(&command);
        if line.len() > LONGEST_LINE {
            self.voice.fill("plain.too_long", &[("n", &LONGEST_LINE.to_string())]);
            self.ask();
            return Vec::new();
        }
        self.turn = Turn::Program;
        vec![Effect::Send(line)]
    }

    /// All is known of what was done: say it, do what was asked for, and give the learner their turn.
    fn settled(&mut self) -> Vec<Effect> {
        let is_news = if self.shown.is_none() {
            self.open();
            true
        } else {
            self.news()
        };
        let mut effects = Vec::new();
        if let Some(word) = self.pending.take() {
            if word == Word::Yes
                && let Some(offer) = self.offer.take()
            {
                return self.accept(offer);
            }
            if word == Word::News && !is_news {
                self.voice.say("plain.nothing_new");
            }
            self.obey(word);
        }
        self.ask();
        effects.extend(self.listen());
        effects
    }

    /// Gives the learner their turn.
    pub(super) fn ask(&mut self) {
        self.turn = Turn::Learner;
        let place = self.shown.as_ref().map_or((0, 0), |step| (step.index + 1, step.total));
        let values = [("n", &*place.0.to_string()), ("total", &*place.1.to_string())];
        let prompt = texts::fill(self.voice.lang, "plain.prompt", &values);
        self.voice.prompt(&prompt);
    }

    /// What is said at every end.
    pub(super) fn part(&mut self) {
        step::summary(&self.guide.steps(self.voice.lang), &mut self.voice);
        if let Some(words) = self.guide.keep(self.voice.lang) {
            self.voice.line(&words);
        }
    }

    fn leave(&mut self) -> Vec<Effect> {
        self.part();
        vec![Effect::Quit(Outcome::Left)]
    }

    /// The language spoken now.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.voice.lang
    }
}
