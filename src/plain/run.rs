//! The loop: everything that happens comes in here, in the order of its urgency.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::event::{Effect, Event, Opening};
use super::talk::Talk;
use super::terminal::{Terminal, Typed, is_quiet, listen, quiet};
use super::{PlainError, PlainOptions, PlainParts};
use crate::console::{ConsoleHost, LabStarting, Line, Outcome, Size, Told};
use crate::lab::{Lab, LabState, next_state};
use crate::terminal::{Whom, stop};

/// How long a command's traces are waited for, at most.
const LIMIT: Duration = Duration::from_secs(5);
/// How long questions to resolvers may take to be told, after all else is known.
const STRAGGLERS: Duration = Duration::from_millis(50);
/// How often a program's terminal is looked at: nobody tells when it begins to hand on keys.
const LOOK: Duration = Duration::from_millis(20);
/// The console of a script.
const UNSEEN: Size = Size { rows: 24, columns: 80 };

/// `SIGTSTP`, which tokio has no name for.
const STOP: i32 = nix::sys::signal::Signal::SIGTSTP as i32;

/// Talks until the learner leaves, the script ends or a signal comes. To be called in a tokio runtime with I/O and time.
///
/// # Errors
/// There is no lab, no shell, or nobody to talk to any more.
pub async fn run(options: PlainOptions, parts: PlainParts) -> Result<Outcome, PlainError> {
    // Before the terminal is touched: a signal that comes then must find somebody who puts it back.
    let signals = Signals::new()?;
    let PlainParts {
        guide,
        lab,
        guard,
        notice,
        resumed,
    } = parts;
    let terminal = if options.by_hand {
        Some(Terminal::of_stdin(guard)?)
    } else {
        None
    };
    let mut inputs = Inputs {
        signals,
        typed: Some(listen(options.by_hand)?),
        terminal,
        starting: Some(lab),
        state: None,
        console: None,
        line: None,
        settling: None,
        kept: None,
    };
    let nonce = std::iter::repeat_with(fastrand::alphanumeric).take(12).collect();
    let opening = Opening { guide, notice, resumed };
    let mut talk = Talk::new(options, opening, nonce);
    write(&mut talk)?;
    loop {
        let event = match inputs.next(&talk).await {
            Ok(event) => event,
            Err(error) => {
                if matches!(error, PlainError::LabEnded(_)) {
                    talk.part();
                    write(&mut talk)?;
                }
                return Err(error);
            }
        };
        let Some(event) = event else {
            inputs.follow_modes(&mut talk)?;
            continue;
        };
        for effect in talk.update(event) {
            if let Some(outcome) = inputs.carry_out(effect, &mut talk)? {
                write(&mut talk)?;
                return Ok(outcome);
            }
        }
        inputs.follow_modes(&mut talk)?;
        write(&mut talk)?;
    }
}

fn write(talk: &mut Talk) -> io::Result<()> {
    let words = talk.take_words();
    if words.is_empty() {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(&words)?;
    out.flush()
}

type Settling = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Everything the loop listens to.
struct Inputs {
    signals: Signals,
    /// None once a script has ended.
    typed: Option<mpsc::Receiver<Typed>>,
    terminal: Option<Terminal>,
    starting: Option<LabStarting>,
    state: Option<watch::Receiver<Arc<LabState>>>,
    console: Option<Arc<dyn ConsoleHost>>,
    line: Option<Line>,
    settling: Option<Settling>,
    /// Kept so that the state keeps coming.
    kept: Option<Lab>,
}

impl Inputs {
    /// The next thing that happens; None where it is only time to look at the console's terminal again.
    async fn next(&mut self, talk: &Talk) -> Result<Option<Event>, PlainError> {
        let by_hand = self.terminal.is_some();
        loop {
            let event = tokio::select! {
                biased;
                event = self.signals.next(by_hand) => match event {
                    Heard::Event(event) => event,
                    Heard::Resized => {
                        self.resize();
                        continue;
                    }
                },
                state = next_state(self.state.as_mut()) => {
                    let Some(state) = state else {
                        self.state = None;
                        continue;
                    };
                    Event::Lab(state)
                }
                ready = some(self.starting.as_mut()) => {
                    self.starting = None;
                    let mut ready = ready.map_err(PlainError::NoLab)?;
                    ready.state.mark_changed();
                    let about = ready.console.about(talk.lang());
                    self.state = Some(ready.state);
                    self.console = Some(ready.console);
                    self.kept = ready.lab;
                    Event::LabReady(about)
                }
                () = some(self.settling.as_mut()) => {
                    self.settling = None;
                    Event::Settled
                }
                typed = received(self.typed.as_mut()), if talk.listens() => match typed {
                    Some(Typed::Bytes(bytes)) => Event::Typed(bytes),
                    Some(Typed::End) => Event::End,
                    Some(Typed::Gone) => Event::Terminate(SignalKind::hangup().as_raw_value()),
                    None => {
                        self.typed = None;
                        continue;
                    }
                },
                () = tokio::time::sleep(LOOK), if by_hand && talk.is_programs_turn() => return Ok(None),
                told = Line::next_of(self.line.as_mut()) => match told {
                    Told::Output(bytes) => Event::Output(bytes),
                    Told::Ended(status) => {
                        self.line = None;
                        Event::ShellEnded(status)
                    }
                    Told::Failed(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                        return Err(PlainError::LabEnded(talk.lang()));
                    }
                    Told::Failed(error) => return Err(PlainError::NoShell(error.to_string())),
                },
            };
            return Ok(Some(event));
        }
    }

    fn carry_out(&mut self, effect: Effect, talk: &mut Talk) -> Result<Option<Outcome>, PlainError> {
        match effect {
            Effect::Send(bytes) => {
                self.hush();
                if let Some(line) = &mut self.line {
                    line.send(&bytes);
                }
            }
            Effect::StartShell => self.start_shell(talk)?,
            Effect::Settle => self.settling = Some(self.settle()),
            Effect::Stop => {
                stop(Whom::Us)?;
                talk.update(Event::Continued);
            }
            Effect::NoShell(status) => return Err(PlainError::NoShell(status.to_string())),
            Effect::Quit(outcome) => return Ok(Some(outcome)),
        }
        Ok(None)
    }

    fn start_shell(&mut self, talk: &Talk) -> io::Result<()> {
        let Some(host) = self.console.clone() else {
            return Ok(());
        };
        let program = talk.shell();
        let size = self.terminal.as_ref().map_or(UNSEEN, Terminal::size);
        let spawn = move |terminal| host.spawn_program(terminal, &program);
        self.line = Some(Line::start(size, quiet, spawn)?);
        Ok(())
    }

    fn settle(&self) -> Settling {
        let known = self.kept.as_ref().map(|lab| lab.settled(LIMIT));
        Box::pin(async move {
            if let Some(known) = known {
                known.await;
            }
            tokio::time::sleep(STRAGGLERS).await;
        })
    }

    /// A shell or a program may have its terminal show what is typed, which the learner's own has shown already.
    fn hush(&self) {
        if let Some(line) = &self.line
            && let Ok(mut modes) = line.modes()
            && !is_quiet(&modes)
        {
            quiet(&mut modes);
            // A shell that has just ended has no terminal; its end is on its way.
            let _ = line.set_modes(&modes);
        }
    }

    /// The learner's terminal reads as the console's does while a program has it, and lines while nobody has.
    fn follow_modes(&mut self, talk: &mut Talk) -> io::Result<()> {
        self.hush();
        if let Some(terminal) = &mut self.terminal {
            let modes = self.line.as_ref().and_then(|line| line.modes().ok());
            match modes.filter(|_| talk.is_programs_turn()) {
                Some(modes) => terminal.follow(&modes)?,
                None => terminal.read_lines()?,
            }
            talk.hands_on_keys(terminal.is_raw());
        }
        Ok(())
    }

    fn resize(&self) {
        if let (Some(terminal), Some(line)) = (&self.terminal, &self.line) {
            // As above.
            let _ = line.resize(terminal.size());
        }
    }
}

/// What a future says, where there is one.
async fn some<F: Future + Unpin>(future: Option<&mut F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn received(typed: Option<&mut mpsc::Receiver<Typed>>) -> Option<Typed> {
    match typed {
        Some(typed) => typed.recv().await,
        None => std::future::pending().await,
    }
}

/// What a signal says.
enum Heard {
    Event(Event),
    Resized,
}

struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
    quit: Signal,
    stop: Signal,
    resized: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            stop: signal(SignalKind::from_raw(STOP))?,
            resized: signal(SignalKind::window_change())?,
        })
    }

    /// A terminal sends the keyboard's signals to us, who hand them on; to a script they are what they are.
    async fn next(&mut self, by_hand: bool) -> Heard {
        let ends = |kind: SignalKind| Heard::Event(Event::Terminate(kind.as_raw_value()));
        tokio::select! {
            biased;
            Some(()) = self.terminate.recv() => ends(SignalKind::terminate()),
            Some(()) = self.hangup.recv() => ends(SignalKind::hangup()),
            Some(()) = self.interrupt.recv() => if by_hand { Heard::Event(Event::Interrupt) } else { ends(SignalKind::interrupt()) },
            Some(()) = self.quit.recv() => if by_hand { Heard::Event(Event::Break) } else { ends(SignalKind::quit()) },
            Some(()) = self.stop.recv() => Heard::Event(Event::Suspend),
            Some(()) = self.resized.recv() => Heard::Resized,
            else => std::future::pending().await,
        }
    }
}
