//! The loop: one place where everything that happens comes in, in the order of its urgency.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use ratatui::crossterm::event::{Event as Input, EventStream};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::app::{App, Effect, Event, Start};
use super::console::{ConsoleHost, Line, Told};
use super::look::Look;
use super::terminal::Screen;
use super::{LabReady, LabStarting, Outcome, UiError, UiOptions, UiParts};
use crate::lab::{Lab, LabState, next_state};
use crate::terminal::stop;
use crate::texts::Lang;

/// How much is taken in before a frame is drawn, at most: the screen must move while a program floods. An event weighs 1, and
/// 1 more for each KiB the shell wrote.
const BATCH: usize = 64;

/// Shows the workshop until the learner leaves or a signal ends it. The first frame is drawn before anything is waited for. To be
/// called in a tokio runtime with I/O and time.
///
/// # Errors
/// [`UiError::NoTerminal`] where there is nothing to draw on; the terminal's error when it goes away.
pub async fn run(options: UiOptions, parts: UiParts) -> Result<(Outcome, Lang), UiError> {
    // Before the terminal is ours: a signal that comes with the first frame must find somebody who gives it back.
    let signals = Signals::new()?;
    let mut screen = Screen::take(parts.guard, options.own.mouse)?;
    let start = Start {
        lang: options.lang,
        look: Look {
            ascii: options.ascii,
            color: !options.no_color,
            theme: options.theme,
        },
        motion: !options.no_motion,
        size: screen.size()?,
        at: unix_time(),
    };
    let mut app = App::new(parts.guide, start).with(options.own);
    if let Some(notice) = parts.notice {
        app.say(notice);
    }
    app.resumed = parts.resumed;
    app.take_dirty();
    screen.draw(&app)?;

    let mut inputs = Inputs::new(signals, parts.lab);
    loop {
        let mut event = Some(inputs.next(&app).await);
        let mut taken = 0;
        while let Some(happened) = event {
            taken += 1 + if let Event::Output(bytes) = &happened {
                bytes.len() / 1024
            } else {
                0
            };
            for effect in app.update(happened, inputs.now()) {
                if let Some(outcome) = inputs.carry_out(effect, &mut screen, &mut app)? {
                    return Ok((outcome, app.lang));
                }
            }
            event = if taken < BATCH {
                now(inputs.next(&app)).await
            } else {
                None
            };
        }
        if app.take_dirty() {
            screen.draw(&app)?;
            app.keep();
            if app.take_dirty() {
                screen.draw(&app)?;
            }
        }
    }
}

/// What a future has to say already. It is polled with this task's own waker: the reader of keys keeps the first waker it is
/// given, so that one of nobody (as `now_or_never` has) would make it fall silent.
async fn now<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

fn unix_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Everything the loop listens to.
struct Inputs {
    started: Instant,
    signals: Signals,
    keys: EventStream,
    line: Option<Line>,
    starting: Option<LabStarting>,
    state: Option<watch::Receiver<Arc<LabState>>>,
    console: Option<Arc<dyn ConsoleHost>>,
    /// What our own effects brought about.
    waiting: VecDeque<Event>,
    /// Kept so that the state keeps coming.
    kept: Option<Lab>,
}

impl Inputs {
    fn new(signals: Signals, starting: LabStarting) -> Self {
        Self {
            started: Instant::now(),
            signals,
            keys: EventStream::new(),
            line: None,
            starting: Some(starting),
            state: None,
            console: None,
            waiting: VecDeque::new(),
            kept: None,
        }
    }

    /// The clock of the scene.
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn put_back(&mut self, event: Event) {
        self.waiting.push_back(event);
    }

    /// The next thing that happens. Dropping it half-way loses nothing.
    async fn next(&mut self, app: &App) -> Event {
        if let Some(event) = self.waiting.pop_front() {
            return event;
        }
        let tick = app.next_change(self.now()).map(|at| self.started + at);
        loop {
            tokio::select! {
                biased;
                event = self.signals.next() => return event,
                input = self.keys.next() => match input {
                    Some(Ok(Input::Key(key))) => return Event::Key(key),
                    Some(Ok(Input::Mouse(mouse))) => return Event::Mouse(mouse),
                    Some(Ok(Input::Paste(text))) => return Event::Paste(text),
                    Some(Ok(Input::Resize(columns, rows))) => return Event::Resize(columns, rows),
                    Some(Ok(_)) => {}
                    // No more keys: the terminal has hung up, and its signal may be lost on us.
                    Some(Err(_)) | None => return Event::Terminate(SignalKind::hangup().as_raw_value()),
                },
                ready = ready(self.starting.as_mut()) => {
                    self.starting = None;
                    match ready {
                        Ok(lab) => {
                            self.state = Some(lab.state);
                            self.console = Some(lab.console);
                            self.kept = lab.lab;
                            if let Some(state) = &mut self.state {
                                state.mark_changed();
                            }
                            return Event::LabReady;
                        }
                        Err(reason) => return Event::LabLost(reason),
                    }
                }
                state = next_state(self.state.as_mut()) => {
                    if let Some(state) = state {
                        return Event::Lab(state);
                    }
                    self.state = None;
                    return Event::LabLost(String::new());
                }
                () = until(tick) => return Event::Clock,
                // Last: it alone can be ready all the time, and would keep the others waiting.
                told = Line::next_of(self.line.as_mut()) => return match told {
                    Told::Output(bytes) => Event::Output(bytes),
                    Told::Ended(status) => Event::ShellEnded(status),
                    Told::Failed(error) => Event::ShellFailed(error.to_string()),
                },
            }
        }
    }

    fn carry_out(&mut self, effect: Effect, screen: &mut Screen, app: &mut App) -> io::Result<Option<Outcome>> {
        match effect {
            Effect::Send(bytes) => {
                if let Some(line) = &mut self.line {
                    line.send(&bytes);
                }
            }
            Effect::AtPrompt(bytes) => match &mut self.line {
                Some(line) if line.is_at_prompt() => line.send(&bytes),
                _ => self.put_back(Event::ConsoleBusy),
            },
            Effect::NeedPrompt => {
                if self.line.as_ref().is_some_and(|line| !line.is_at_prompt()) {
                    self.put_back(Event::ConsoleBusy);
                }
            }
            Effect::StartShell(size, lang) => {
                if let Some(console) = &self.console {
                    match Line::open(Arc::clone(console), size, lang) {
                        Ok(line) => self.line = Some(line),
                        Err(error) => self.put_back(Event::ShellFailed(error.to_string())),
                    }
                }
            }
            Effect::ResizeShell(size) => {
                if let Some(line) = &self.line {
                    // A shell that has just ended has no size; its end is on its way.
                    let _ = line.resize(size);
                }
            }
            Effect::Suspend(whom) => {
                screen.without(|| stop(whom))?;
                app.update(Event::Continued, self.now());
                let (columns, rows) = screen.size()?;
                self.put_back(Event::Resize(columns, rows));
            }
            Effect::Quit(outcome) => return Ok(Some(outcome)),
        }
        Ok(None)
    }
}

async fn ready(starting: Option<&mut LabStarting>) -> Result<LabReady, String> {
    match starting {
        Some(starting) => starting.await,
        None => std::future::pending().await,
    }
}

async fn until(tick: Option<Instant>) {
    match tick {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// The signals that concern a screen. A changed size comes with the keys.
struct Signals {
    ends: [(Signal, i32); 3],
    stop: Signal,
    /// The terminal, watched for its end alone: the kernel tells that to the session's leader (`tty_ioctl(4)`), which may
    /// keep it to itself as `su` and `runuser` do, and the reader of keys reads on and on.
    terminal: Option<AsyncFd<OwnedFd>>,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let end = |kind: SignalKind| Ok::<_, io::Error>((signal(kind)?, kind.as_raw_value()));
        Ok(Self {
            ends: [
                end(SignalKind::terminate())?,
                end(SignalKind::hangup())?,
                end(SignalKind::interrupt())?,
            ],
            stop: signal(SignalKind::from_raw(STOP))?,
            terminal: watched_terminal(),
        })
    }

    async fn next(&mut self) -> Event {
        let [(terminate, t), (hangup, h), (interrupt, i)] = &mut self.ends;
        tokio::select! {
            biased;
            Some(()) = terminate.recv() => Event::Terminate(*t),
            Some(()) = hangup.recv() => Event::Terminate(*h),
            Some(()) = interrupt.recv() => Event::Terminate(*i),
            Some(()) = self.stop.recv() => Event::Suspend,
            () = hung_up(self.terminal.as_ref()) => Event::Terminate(*h),
            else => std::future::pending().await,
        }
    }
}

fn watched_terminal() -> Option<AsyncFd<OwnedFd>> {
    let terminal = io::stdin().as_fd().try_clone_to_owned().ok()?;
    // SAFETY: the owned descriptor stays open, and the same, as long as its registration, which owns it.
    #[allow(unsafe_code, reason = "an owned descriptor has no other way to be registered")]
    unsafe { AsyncFd::register_with_interest(terminal, Interest::PRIORITY) }.ok()
}

async fn hung_up(terminal: Option<&AsyncFd<OwnedFd>>) {
    if let Some(terminal) = terminal {
        while let Ok(mut guard) = terminal.ready(Interest::PRIORITY).await {
            if guard.ready().is_read_closed() {
                return;
            }
            guard.clear_ready();
        }
    }
    std::future::pending::<()>().await;
}

/// `SIGTSTP`, which tokio has no name for.
const STOP: i32 = nix::sys::signal::Signal::SIGTSTP as i32;
