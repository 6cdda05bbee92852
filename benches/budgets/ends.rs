//! How long an end takes that nobody could tidy up after.

use std::time::{Duration, Instant};

use crate::family::{family, started};
use crate::lab::Lab;

const ROUNDS: usize = 10;

/// From SIGKILL of a lab's front to the end of the last process of its run.
pub fn all() -> Vec<Duration> {
    (0..ROUNDS)
        .map(|_| {
            let (mut lab, _) = Lab::start();
            let family = family(lab.0.id());
            let began = Instant::now();
            lab.0.kill().expect("the front is killed");
            let _ = lab.0.wait();
            while family.iter().any(|(pid, since)| started(*pid) == Some(*since)) {
                std::thread::sleep(Duration::from_micros(200));
            }
            began.elapsed()
        })
        .collect()
}
