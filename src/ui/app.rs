//! The screen as a state: events go in, effects come out, and nothing here touches the outside.

use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::{KeyEvent, KeyEventKind, MouseEvent};
use ratatui::layout::Rect;

use super::console::{Console, Life, Size, encode};
use super::keymap::Keys;
use super::keys::Action;
use super::look::Look;
use super::news::News;
use super::panels::{Panel, Panels};
use super::topology::Pick;
use super::{Guide, Outcome, Own, guided};
use crate::lab::LabState;
use crate::model::Topology;
use crate::scene::{Scene, Stage};
use crate::terminal::Whom;
use crate::texts::Lang;
use crate::workshop::{Ask, PutBack, StepEntry, StepView};

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The screen has this size now.
    Resize(u16, u16),
    /// The lab is ready: a shell can be started.
    LabReady,
    /// The lab has changed.
    Lab(Arc<LabState>),
    /// The lab did not start, or is gone.
    LabLost(String),
    /// The shell wrote.
    Output(Vec<u8>),
    /// The shell ended.
    ShellEnded(i32),
    /// The shell could not be started.
    ShellFailed(String),
    /// What was for the prompt was not typed: a program other than the shell has the console.
    ConsoleBusy,
    /// It is time for the next picture.
    Clock,
    /// A signal asks us to end: its number.
    Terminate(i32),
    /// A signal asks us to stop.
    Suspend,
    /// We have the terminal again.
    Continued,
}

/// Something to do outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Bytes for the shell.
    Send(Vec<u8>),
    /// Bytes for the shell's prompt, and for no program that may have the console in its place.
    AtPrompt(Vec<u8>),
    /// Say so where a program has the console in the prompt's place.
    NeedPrompt,
    /// Start a shell on a console of this size, which speaks this language first.
    StartShell(Size, Lang),
    /// The console has another size.
    ResizeShell(Size),
    /// Give the terminal back and stop.
    Suspend(Whom),
    /// Leave.
    Quit(Outcome),
}

/// What lies over the panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlay {
    /// The keys.
    Help,
    /// The picture in words.
    Text,
    /// What puts the step back, before it is done.
    PutBack,
    /// The list of steps.
    Steps,
    /// What is known of the thing chosen in the picture.
    Inspect,
    /// What is wrong in the settings file.
    Settings,
}

/// One line that stands in the place of the key bar until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An id of the catalogue.
    Id(&'static str),
    /// Words of another room.
    Words(String),
}

/// Everything the screen shows.
#[derive(Debug)]
pub struct App {
    pub(super) guide: Box<dyn Guide>,
    pub(super) step: Option<StepView>,
    pub(super) lab: Option<Arc<LabState>>,
    pub(super) lost: Option<String>,
    pub(super) stage: Stage,
    pub(super) scene: Scene,
    /// What is chosen in the picture.
    pub(super) pick: Option<Pick>,
    /// Unix time of the newest question to a resolver that the picture has shown, nanoseconds.
    pub(super) heard: Option<i64>,
    pub(super) lang: Lang,
    pub(super) look: Look,
    pub(super) screen: Rect,
    pub(super) panels: Panels,
    pub(super) focus: Panel,
    /// The one of the first three panels that is shown where only one is.
    pub(super) tab: Panel,
    /// Keys go to the shell. Only while the console has the focus.
    pub(super) passing: bool,
    pub(super) menu: bool,
    pub(super) overlay: Option<Overlay>,
    /// Rows scrolled: of the step's text, or of the overlay.
    pub(super) scrolled: u16,
    /// Moments of the timeline that are newer than what it shows; 0: the newest is shown.
    pub(super) back: usize,
    /// When a key was typed last that nobody took.
    pub(super) strayed: Option<Duration>,
    /// What [`Overlay::PutBack`] shows.
    pub(super) put_back: PutBack,
    /// What [`Overlay::Steps`] shows, and the row that is chosen in it.
    pub(super) steps: Vec<StepEntry>,
    pub(super) chosen: usize,
    pub(super) notice: Option<Notice>,
    /// The steps done were made again; what the learner had made beside them was not.
    pub(super) resumed: Option<Vec<String>>,
    pub(super) console: Console,
    /// Typed before there was a shell.
    pub(super) early: Vec<u8>,
    /// Unix time of the start, nanoseconds: what the timeline counts from.
    pub(super) started: i64,
    pub(super) own: Own,
    pub(super) news: News,
    pub(super) dirty: bool,
}

/// What an [`App`] starts with.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// Language.
    pub lang: Lang,
    /// Characters and colours.
    pub look: Look,
    /// Things grow.
    pub motion: bool,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Unix time, nanoseconds.
    pub at: i64,
}

impl App {
    /// The screen before the lab is there.
    #[must_use]
    pub fn new(guide: Box<dyn Guide>, start: Start) -> Self {
        let screen = Rect::new(0, 0, start.size.0, start.size.1);
        let panels = Panels::of(screen);
        Self {
            step: guided::step_of(&*guide, &Keys::default(), start.lang),
            guide,
            lab: None,
            lost: None,
            stage: Stage::new(start.motion),
            scene: Scene::default(),
            pick: None,
            heard: None,
            lang: start.lang,
            look: start.look,
            screen,
            panels,
            focus: Panel::Console,
            tab: Panel::Step,
            passing: true,
            menu: false,
            overlay: None,
            scrolled: 0,
            back: 0,
            strayed: None,
            put_back: PutBack::default(),
            steps: Vec::new(),
            chosen: 0,
            notice: None,
            resumed: None,
            console: Console::new(panels.console_size()),
            early: Vec::new(),
            started: start.at,
            own: Own::default(),
            news: News::new(start.motion),
            dirty: true,
        }
    }

    /// Takes over what is the person's own; what is wrong in their settings lies over the panels until they close it.
    #[must_use]
    pub fn with(mut self, own: Own) -> Self {
        self.overlay = (!own.faults.is_empty()).then_some(Overlay::Settings);
        self.own = own;
        self.step = guided::step_of(&*self.guide, &self.own.keys, self.lang);
        self
    }

    /// A text that may name keys.
    pub(super) fn text(&self, id: &'static str) -> String {
        self.own.keys.fill(self.lang, id, &[])
    }

    /// Takes an event in, at `now` on the clock of the scene.
    pub fn update(&mut self, event: Event, now: Duration) -> Vec<Effect> {
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => return Vec::new(),
            Event::Key(key) => return self.key(&key, now),
            Event::Mouse(event) => return self.mouse(event),
            Event::Paste(text) => return self.paste(&text),
            Event::Resize(width, height) => return self.resize(width, height),
            Event::LabReady => {
                self.tell_resumed();
                return self.start_shell();
            }
            Event::Lab(state) => self.lab(state, now),
            Event::LabLost(reason) => self.lost = Some(reason),
            Event::Output(bytes) => {
                self.dirty = true;
                let answer = self.console.feed(&bytes);
                return if answer.is_empty() {
                    Vec::new()
                } else {
                    vec![Effect::Send(answer)]
                };
            }
            Event::ShellEnded(status) => self.console.life = Life::Ended(status),
            Event::ShellFailed(reason) => self.console.life = Life::Failed(reason),
            Event::ConsoleBusy => self.notice = Some(Notice::Id("ui.notice.busy")),
            Event::Clock => {
                self.stage.tidy(now);
                self.scene = self.picture(now);
            }
            Event::Terminate(signal) => return vec![Effect::Quit(Outcome::Signal(signal))],
            Event::Suspend => return vec![Effect::Suspend(Whom::Us)],
            Event::Continued => {}
        }
        self.dirty = true;
        Vec::new()
    }

    /// Says something until the next key.
    pub fn say(&mut self, words: String) {
        self.notice = Some(Notice::Words(words));
        self.dirty = true;
    }

    /// Says once that the lab was made again.
    fn tell_resumed(&mut self) {
        let Some(not_kept) = self.resumed.take() else { return };
        let key = if not_kept.is_empty() {
            "ui.notice.resumed"
        } else {
            "ui.notice.resumed_without"
        };
        let names = not_kept.join(", ");
        self.say(crate::texts::fill(self.lang, key, &[("names", &names)]));
    }

    /// Has the guide keep what is to be kept, and says what it has to say about that.
    pub fn keep(&mut self) {
        if let Some(words) = self.guide.keep(self.lang) {
            self.say(words);
        }
    }

    /// True once if something shown has changed since it was last asked.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// When the picture changes next by itself.
    #[must_use]
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        self.stage.next_change(now)
    }

    fn lab(&mut self, state: Arc<LabState>, now: Duration) {
        let before = (self.lab.clone(), self.step.clone());
        self.guide.observe(&state);
        self.hear(&state, now);
        self.lost.clone_from(&state.lost);
        self.lab = Some(state);
        self.look_again(now);
        self.note(before, now);
    }

    /// Asks the guide anew, and draws its ghosts.
    pub(super) fn look_again(&mut self, now: Duration) {
        self.step = guided::step_of(&*self.guide, &self.own.keys, self.lang);
        self.look_at_overlay();
        if let Some(lab) = &self.lab {
            self.stage.update(&lab.topology, &self.guide.ghosts(), now);
            self.scene = self.picture(now);
        }
        self.dirty = true;
    }

    /// The lab's picture, or the example's in its place: on a stage of its own, so that it takes no letter of the lab's.
    fn picture(&self, now: Duration) -> Scene {
        let Some(example) = self.step.as_ref().and_then(|step| step.picture.as_ref()) else {
            return self.stage.scene(now);
        };
        let mut stage = Stage::new(false);
        stage.update(&example.topology, &Topology::default(), now);
        stage.scene(now)
    }

    fn resize(&mut self, width: u16, height: u16) -> Vec<Effect> {
        self.screen = Rect::new(0, 0, width, height);
        self.panels = Panels::of(self.screen);
        self.dirty = true;
        let size = self.panels.console_size();
        if size == self.console.size() {
            return Vec::new();
        }
        self.console.resize(size);
        vec![Effect::ResizeShell(size)]
    }

    pub(super) fn start_shell(&mut self) -> Vec<Effect> {
        self.console.restart();
        self.dirty = true;
        let mut effects = vec![Effect::StartShell(self.console.size(), self.lang)];
        if !self.early.is_empty() {
            effects.push(Effect::Send(std::mem::take(&mut self.early)));
        }
        effects
    }

    pub(super) fn act(&mut self, action: Action, now: Duration) -> Vec<Effect> {
        self.dirty = true;
        match action {
            Action::Help => self.toggle(Overlay::Help),
            Action::TextForm => self.toggle(Overlay::Text),
            Action::Hint => self.ask(Ask::Hint, now),
            Action::Picture => self.ask(Ask::Picture, now),
            Action::NextStep => return self.go(Ask::Next, now),
            Action::PreviousStep => return self.go(Ask::Previous, now),
            Action::ShowMe => return self.show_me(),
            Action::PutBack => self.toggle_put_back(),
            Action::Steps => self.toggle_steps(),
            Action::CheckNow => self.check_now(now),
            Action::NextPanel => self.move_to(self.next_panel()),
            Action::PreviousPanel => self.move_to(self.focus.previous()),
            Action::Panel(index) => self.move_to(Panel::ALL[usize::from(index) % Panel::ALL.len()]),
            Action::Language => {
                self.lang = self.lang.other();
                self.look_again(now);
            }
            Action::Quit => return vec![Effect::Quit(Outcome::Left)],
        }
        Vec::new()
    }

    pub(super) fn toggle(&mut self, overlay: Overlay) {
        self.overlay = if self.overlay == Some(overlay) {
            None
        } else {
            Some(overlay)
        };
        self.scrolled = 0;
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        let wanted = self.focus == Panel::Console && self.console.life == Life::Running && self.overlay.is_none();
        if !wanted {
            return Vec::new();
        }
        self.menu = false;
        self.pass();
        vec![Effect::Send(encode::paste(
            text,
            self.console.screen().bracketed_paste(),
        ))]
    }
}
