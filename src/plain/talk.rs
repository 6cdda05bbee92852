//! The conversation as a state: events go in, words and effects come out, and nothing here touches the outside.

use std::sync::Arc;
use std::time::Duration;

use super::PlainOptions;
use super::news::Told;
use super::shell::{LONGEST_LINE, Marks, Piece, without_input};
use super::step;
use super::voice::Voice;
use super::words::{self, Word};
use crate::console::Outcome;
use crate::lab::{BackendKind, LabState};
use crate::scene::{self, FAREWELL, Stage};
use crate::texts::{self, Lang};
use crate::workshop::{Answer, Ask, CheckStatus, Guide, StepView};

/// Ctrl-C, Ctrl-D, Ctrl-Z and Ctrl-\ as a terminal sends them (termios(3), `VINTR` and others).
const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const CTRL_Z: u8 = 0x1a;
const CTRL_BACKSLASH: u8 = 0x1c;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// These bytes were typed, or stood in the script.
    Typed(Vec<u8>),
    /// Ctrl-D, or the script's end.
    End,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-\.
    Break,
    /// Ctrl-Z.
    Suspend,
    /// We were stopped, and go on.
    Continued,
    /// The lab answers; what must be known of the place.
    LabReady(String),
    /// The lab has changed.
    Lab(Arc<LabState>),
    /// The shell's terminal said this.
    Output(Vec<u8>),
    /// The shell ended.
    ShellEnded(i32),
    /// All that the last command did to the lab is known.
    Settled,
    /// A signal asks us to end.
    Terminate(i32),
}

/// Something to do outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Bytes for the shell.
    Send(Vec<u8>),
    /// Start a shell.
    StartShell,
    /// Say when all that was done to the lab is known.
    Settle,
    /// Stop, as Ctrl-Z stops any program.
    Stop,
    /// The end.
    Quit(Outcome),
    /// The shell ends as soon as it is started.
    NoShell(i32),
}

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

/// What `:yes` does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Offer {
    Run(String),
    PutBack(String),
}

/// What a talk starts with.
#[derive(Debug)]
pub struct Opening {
    /// The lesson.
    pub guide: Box<dyn Guide>,
    /// What the learner must know from the start.
    pub notice: Option<String>,
    /// The steps behind the learner were done again: what they had made beside them, and was not.
    pub resumed: Option<Vec<String>>,
}

/// Everything that is known and was said.
#[derive(Debug)]
pub struct Talk {
    voice: Voice,
    guide: Box<dyn Guide>,
    marks: Marks,
    stage: Stage,
    /// The picture's own time: what has left is gone at the next look.
    clock: Duration,
    by_hand: bool,
    turn: Turn,
    /// Whether the shell has ever asked for a command since it was started.
    asked: bool,
    /// The console's terminal hands on keys as they come.
    keys: bool,
    typed: Vec<u8>,
    ended: bool,
    lab: Option<Arc<LabState>>,
    lost: Option<String>,
    told: Told,
    shown: Option<StepView>,
    /// What to do once the lab is known.
    pending: Option<Word>,
    offer: Option<Offer>,
    about: String,
    resumed: Option<Vec<String>>,
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
            typed: Vec::new(),
            ended: false,
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
                self.ended = true;
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
                self.typed.clear();
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
    fn listen(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        loop {
            match self.turn {
                Turn::Starting | Turn::Settling => break,
                Turn::Program if self.by_hand && self.keys => {
                    if !self.typed.is_empty() {
                        effects.push(Effect::Send(std::mem::take(&mut self.typed)));
                    }
                    break;
                }
                Turn::Program if self.by_hand => {
                    let Some(line) = self.next_line() else {
                        // Ctrl-D sends off what there is of a line.
                        if !self.typed.is_empty() {
                            effects.push(Effect::Send(std::mem::take(&mut self.typed)));
                        }
                        break;
                    };
                    effects.extend(self.line_while_busy(&line));
                }
                Turn::Program => break,
                Turn::Rest => {
                    let Some(line) = self.next_line() else { break };
                    self.voice.was_ended();
                    self.turn = Turn::Program;
                    effects.push(Effect::Send(with_end(&line)));
                }
                Turn::Learner => match self.next_line() {
                    Some(line) => effects.extend(self.line(&line)),
                    None if self.ended => {
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

    /// The next whole line, without its end. In a script a backslash at a line's end joins the next one to it, and the last line may
    /// have no end.
    fn next_line(&mut self) -> Option<String> {
        let mut from = 0;
        let end = loop {
            match self.typed.iter().skip(from).position(|&byte| byte == b'\n') {
                Some(at) if !self.by_hand && goes_on(self.typed.get(..from + at).unwrap_or_default()) => from += at + 1,
                Some(at) => break from + at + 1,
                None if self.ended && !self.typed.is_empty() => break self.typed.len(),
                None => return None,
            }
        };
        let line: Vec<u8> = self.typed.drain(..end).collect();
        let line = String::from_utf8_lossy(&line).into_owned();
        let line = line.strip_suffix('\n').unwrap_or(&line);
        Some(line.replace("\\\n", "").trim_end_matches('\r').to_owned())
    }

    /// A line that is typed at our prompt.
    fn line(&mut self, line: &str) -> Vec<Effect> {
        if self.by_hand {
            self.voice.was_ended();
        } else {
            self.voice.pass(with_end(line).as_slice());
        }
        let word = words::read(line);
        if word.is_none() && !line.trim().is_empty() {
            self.offer = None;
            return self.run(line);
        }
        if word == Some(Word::Quit) {
            return self.leave();
        }
        // The last look at the lab may be old.
        self.pending = word;
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

    fn run(&mut self, command: &str) -> Vec<Effect> {
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
        if self.shown.is_none() {
            self.open();
        } else {
            self.news();
        }
        let mut effects = Vec::new();
        if let Some(word) = self.pending.take() {
            if word == Word::Yes
                && let Some(offer) = self.offer.take()
            {
                return self.accept(offer);
            }
            self.obey(word);
        }
        self.ask();
        effects.extend(self.listen());
        effects
    }

    /// The first words once there is a lab.
    fn open(&mut self) {
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

    fn tell_step(&mut self) {
        self.shown = self.guide.view(self.voice.lang);
        if let Some(step) = &self.shown {
            step::whole(step, &mut self.voice);
        }
    }

    /// What is new: in the lab, of the checks, of what is kept.
    fn news(&mut self) {
        let Some(lab) = self.lab.clone() else { return };
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
        let now = self.guide.view(self.voice.lang);
        if let (Some(before), Some(now)) = (&self.shown, &now) {
            step::changes(before, now, &mut self.voice);
        }
        self.shown = now;
        if let Some(words) = self.guide.keep(self.voice.lang) {
            self.voice.line(&words);
        }
    }

    /// Gives the learner their turn.
    fn ask(&mut self) {
        self.turn = Turn::Learner;
        let place = self.shown.as_ref().map_or((0, 0), |step| (step.index + 1, step.total));
        let values = [("n", &*place.0.to_string()), ("total", &*place.1.to_string())];
        let prompt = texts::fill(self.voice.lang, "plain.prompt", &values);
        self.voice.prompt(&prompt);
    }

    fn leave(&mut self) -> Vec<Effect> {
        step::summary(&self.guide.steps(self.voice.lang), &mut self.voice);
        if let Some(words) = self.guide.keep(self.voice.lang) {
            self.voice.line(&words);
        }
        vec![Effect::Quit(Outcome::Left)]
    }

    fn obey(&mut self, word: Word) {
        match word {
            Word::Help => self.help(),
            Word::Step => self.tell_step(),
            Word::GoTo(n) => self.go(Ask::GoTo(n.saturating_sub(1))),
            Word::Next => self.go(Ask::Next),
            Word::Previous => self.go(Ask::Previous),
            Word::Hint => self.hint(),
            Word::Show => self.show(),
            Word::Check => self.check(),
            Word::Steps => step::list(&self.guide.steps(self.voice.lang), &mut self.voice),
            Word::PutBack => self.put_back(),
            Word::Yes => self.voice.say("plain.nothing_offered"),
            Word::Map => self.map(),
            Word::Language(lang) => {
                self.voice.lang = lang.unwrap_or(self.voice.lang.other());
                self.tell_step();
            }
            Word::Unknown(said) => self.voice.fill("plain.unknown", &[("word", &said)]),
            Word::Quit => {}
        }
    }

    fn help(&mut self) {
        for key in HELP {
            self.voice.say(key);
        }
    }

    fn go(&mut self, ask: Ask) {
        self.offer = None;
        let key = match (self.guide.ask(ask), ask) {
            (Answer::Done, _) => return self.tell_step(),
            (Answer::ConfirmSkip, Ask::GoTo(_)) => "plain.skip_steps",
            (Answer::ConfirmSkip, _) => "plain.skip",
            (Answer::NothingFurther, Ask::Next) => "plain.last_step",
            (Answer::NothingFurther, Ask::Previous) => "plain.first_step",
            (Answer::NothingFurther, _) => "plain.no_such_step",
        };
        self.voice.say(key);
    }

    fn hint(&mut self) {
        if self.guide.ask(Ask::Hint) != Answer::Done {
            self.voice.say("plain.no_hint");
            return;
        }
        self.shown = self.guide.view(self.voice.lang);
        if let Some(step) = &self.shown {
            step::hint(step, step.hints.len().saturating_sub(1), &mut self.voice);
        }
    }

    fn show(&mut self) {
        let Some(command) = self.guide.show_me() else {
            self.voice.say("plain.nothing_to_show");
            return;
        };
        let command = step::one_line(&command);
        self.voice.fill("plain.command", &[("command", &command)]);
        self.voice.say("plain.yes_runs");
        self.offer = Some(Offer::Run(command));
    }

    fn put_back(&mut self) {
        let put_back = self.guide.put_back();
        if put_back.todo.is_empty() {
            self.voice.say("plain.nothing_to_put_back");
            return;
        }
        self.voice.say("plain.put_back");
        let commands: Vec<String> = put_back.todo.iter().map(ToString::to_string).collect();
        for command in &commands {
            self.voice.fill("plain.command", &[("command", command)]);
        }
        if !put_back.staying.is_empty() {
            self.voice
                .fill("plain.staying", &[("names", &put_back.staying.join(", "))]);
        }
        self.voice.say("plain.yes_runs");
        self.offer = Some(Offer::PutBack(commands.join(" && ")));
    }

    fn accept(&mut self, offer: Offer) -> Vec<Effect> {
        let command = match offer {
            Offer::Run(command) => command,
            Offer::PutBack(command) => {
                self.guide.ask(Ask::PutBack);
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

    /// The language spoken now.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.voice.lang
    }
}

/// What each word does, in the order in which they are told.
const HELP: [&str; 16] = [
    "plain.help.shell",
    "plain.help.step",
    "plain.help.hint",
    "plain.help.show",
    "plain.help.check",
    "plain.help.next",
    "plain.help.previous",
    "plain.help.steps",
    "plain.help.go",
    "plain.help.put_back",
    "plain.help.map",
    "plain.help.empty",
    "plain.help.lang",
    "plain.help.keys",
    "plain.help.containers",
    "plain.help.quit",
];

/// Whether a line of a script goes on in the next one: a backslash at its end, itself not behind one.
fn goes_on(line: &[u8]) -> bool {
    line.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// A line for a terminal: what would act there as a key is left out.
fn with_end(line: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = line
        .bytes()
        .filter(|&byte| byte == b'\t' || !byte.is_ascii_control())
        .collect();
    bytes.push(b'\n');
    bytes
}
