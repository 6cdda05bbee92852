//! What is typed while `top` waits, and signals that end it: the terminal is given back first.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

/// Signals that end it.
const ENDING: [Signal; 4] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM];

/// What came within a wait.
pub(super) enum Heard {
    Nothing,
    Keys(Vec<u8>),
    Signal(Signal),
}

/// The keyboard, with the terminal's line editing off as long as this lives.
pub(super) struct Keys {
    signals: SignalFd,
    /// Whether anything more can be typed.
    listening: bool,
    before: Option<Termios>,
}

impl Keys {
    /// Listens; with `batch`, to signals alone.
    pub(super) fn open(batch: bool) -> io::Result<Self> {
        let mut ending = SigSet::empty();
        for signal in ENDING {
            ending.add(signal);
        }
        ending.thread_block()?;
        let signals = SignalFd::with_flags(&ending, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let before = if batch { None } else { tcgetattr(io::stdin()).ok() };
        if let Some(before) = &before {
            let mut raw = before.clone();
            raw.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG;
            raw.special_codes[SpecialCodeIndex::VMIN] = 1;
            raw.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        }
        Ok(Self {
            signals,
            listening: !batch,
            before,
        })
    }

    /// Waits until something comes, at most so long.
    pub(super) fn wait(&mut self, most: Duration) -> Heard {
        let end = Instant::now() + most;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            // Rounded up: a wait that ends a moment too early would spin until it is over.
            let millis = left.as_micros().div_ceil(1000).min(60_000);
            let timeout = PollTimeout::from(u16::try_from(millis).unwrap_or(u16::MAX));
            let input = io::stdin();
            let (signalled, typed) = {
                let mut waited = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
                if self.listening {
                    waited.push(PollFd::new(input.as_fd(), PollFlags::POLLIN));
                }
                match poll(&mut waited, timeout) {
                    Ok(_) | Err(Errno::EINTR) => {}
                    Err(_) => return Heard::Nothing,
                }
                let any = |at: usize| waited.get(at).is_some_and(|fd| fd.any().unwrap_or(false));
                (any(0), any(1))
            };
            if signalled
                && let Ok(Some(signal)) = self.signals.read_signal()
                && let Some(signal) = ENDING.into_iter().find(|one| *one as u32 == signal.ssi_signo)
            {
                return Heard::Signal(signal);
            }
            if typed {
                let mut buffer = [0; 64];
                match rustix::io::read(&input, &mut buffer) {
                    // Input that has ended: from now on only time counts.
                    Ok(0) | Err(_) => self.listening = false,
                    Ok(length) => return Heard::Keys(buffer[..length].to_vec()),
                }
            }
            if left.is_zero() {
                return Heard::Nothing;
            }
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
