//! How long a command that was asked to end may take.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use rustix::event::Timespec;

/// From the request to the end of the lab: a trap may tidy up, and a script that ignores the signal cannot hold a lab for ever.
const GRACE: Duration = Duration::from_secs(3);
/// Within this a second signal is the first one again: `timeout` signals its child and then its group.
const ECHO: Duration = Duration::from_millis(250);

/// The request to end, once there was one.
#[derive(Debug, Default)]
pub(super) struct Grace(Option<(Instant, Signal)>);

impl Grace {
    /// Takes a signal into account; the status to end with at once, where it was not the first request.
    pub fn asked(&mut self, signal: Signal, now: Instant) -> Option<i32> {
        if !matches!(signal, Signal::SIGINT | Signal::SIGTERM) {
            return None;
        }
        match self.0 {
            None => self.0 = Some((now, signal)),
            Some((since, _)) if now.saturating_duration_since(since) < ECHO => {}
            Some(_) => return Some(status(signal)),
        }
        None
    }

    /// The status to end with, once the time is over.
    pub fn over(&self, now: Instant) -> Option<i32> {
        let (since, signal) = self.0?;
        (now.saturating_duration_since(since) >= GRACE).then(|| status(signal))
    }

    /// What is left of it; none where nothing was asked.
    pub fn left(&self, now: Instant) -> Option<Timespec> {
        let (since, _) = self.0?;
        let left = GRACE.saturating_sub(now.saturating_duration_since(since));
        // Rounded up by the poll to its own clock's tick: a millisecond more does no harm.
        Timespec::try_from(left + Duration::from_millis(1)).ok()
    }
}

fn status(signal: Signal) -> i32 {
    128 + signal as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_request_ends_it_and_an_echo_of_the_first_does_not() {
        let (mut grace, start) = (Grace::default(), Instant::now());
        assert_eq!(grace.left(start), None);
        assert_eq!(grace.asked(Signal::SIGUSR1, start), None);
        assert_eq!(grace.over(start + GRACE), None, "nobody has asked yet");
        assert_eq!(grace.asked(Signal::SIGTERM, start), None);
        assert_eq!(grace.asked(Signal::SIGTERM, start + ECHO / 2), None);
        assert_eq!(grace.over(start + GRACE / 2), None);
        assert_eq!(grace.over(start + GRACE), Some(143));
        assert_eq!(grace.asked(Signal::SIGINT, start + ECHO), Some(130));
    }
}
