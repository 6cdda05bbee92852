//! Exchanges as observations. A name asked for 100,000 times a second must neither slow its answers nor push everything else
//! out of the log, so: within a [`WINDOW`] a question is told once, at once; the same question with the same answer (of several
//! addresses, with the same one first) is then only counted, and told as one observation with that count when the window ends.
//! Of one container at most [`MOST`] different exchanges are told in a window, of all containers [`MOST_OF_ALL`]; the others are
//! counted in one `dns_untold`.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::packet::kind_word;
use super::view::Question;
use crate::observe::{Event, Exchange, Log, Outcome, Transport};

/// How long repeats are counted before they are told.
pub(super) const WINDOW: Duration = Duration::from_millis(250);
/// Exchanges of one container told in a window.
const MOST: u64 = 64;
/// Exchanges of all containers told in a window.
const MOST_OF_ALL: usize = 512;

/// An exchange, as far as it is known before it is told.
pub(super) struct Said<'a> {
    pub(super) container: &'a Arc<str>,
    pub(super) transport: Transport,
    pub(super) question: &'a Question,
    pub(super) began: Instant,
}

/// Writes exchanges into the log.
#[derive(Debug)]
pub(super) struct Teller {
    log: Log,
    started: Instant,
    bell: Arc<Notify>,
    window: Option<Instant>,
    told: HashMap<Vec<u8>, Told>,
    askers: HashMap<Arc<str>, Counts>,
    key: Vec<u8>,
    rung: bool,
}

/// An exchange told in this window.
#[derive(Debug)]
struct Told {
    container: Arc<str>,
    exchange: Exchange,
    /// Repeats since, not told yet.
    repeats: u64,
    nanos: u64,
}

/// A container's part of this window.
#[derive(Debug, Default)]
struct Counts {
    told: u64,
    untold: u64,
}

impl Teller {
    /// Times are counted from `started`.
    pub(super) fn new(log: Log, started: Instant) -> Self {
        Self {
            log,
            started,
            bell: Arc::default(),
            window: None,
            told: HashMap::new(),
            askers: HashMap::new(),
            key: Vec::new(),
            rung: false,
        }
    }

    /// Rung when a window has something left to tell: whoever hears it calls [`Self::flush`] one [`WINDOW`] later.
    pub(super) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }

    /// A question was answered from the names of the `generation`th state: the same question with the same address `first` then has
    /// the same outcome but for the order of the rest, which is asked for only where it is told.
    pub(super) fn answered(
        &mut self,
        said: &Said<'_>,
        generation: u64,
        first: Option<Ipv4Addr>,
        outcome: impl FnOnce() -> Outcome,
    ) {
        self.key.clear();
        self.key.extend(generation.to_ne_bytes());
        self.key.extend(first.map_or([0; 4], |first| first.octets()));
        self.tell(said, outcome);
    }

    /// A question was asked outside.
    pub(super) fn asked_outside(&mut self, said: &Said<'_>, outcome: Outcome) {
        self.key.clear();
        // The servers may answer otherwise each time.
        self.key.extend(format!("{outcome:?}").into_bytes());
        self.tell(said, || outcome);
    }

    /// Tells what was only counted, and begins anew.
    pub(super) fn flush(&mut self) {
        let at = nanos(self.started.elapsed());
        for (_, told) in self.told.drain().filter(|(_, told)| told.repeats > 0) {
            let exchange = Exchange {
                count: told.repeats,
                nanos: told.nanos / told.repeats,
                ..told.exchange
            };
            self.log.append(at, &told.container, Event::Dns(Box::new(exchange)));
        }
        for (container, counts) in self.askers.drain().filter(|(_, counts)| counts.untold > 0) {
            self.log
                .append(at, &container, Event::DnsUntold { count: counts.untold });
        }
        self.window = None;
        self.rung = false;
    }

    fn tell(&mut self, said: &Said<'_>, outcome: impl FnOnce() -> Outcome) {
        let now = Instant::now();
        let took = nanos(now - said.began);
        if self.window.is_some_and(|began| now - began >= WINDOW) {
            self.flush();
        }
        self.window.get_or_insert(now);
        self.key.push(u8::from(said.transport == Transport::Tcp));
        self.key.extend(u16::from(said.question.kind).to_ne_bytes());
        self.key.extend(said.container.as_bytes());
        self.key.extend(said.question.name.as_bytes());
        if let Some(told) = self.told.get_mut(self.key.as_slice()) {
            told.repeats += 1;
            told.nanos += took;
            self.ring();
            return;
        }
        let counts = self.askers.entry(Arc::clone(said.container)).or_default();
        if counts.told >= MOST || self.told.len() >= MOST_OF_ALL {
            counts.untold += 1;
            self.ring();
            return;
        }
        counts.told += 1;
        let exchange = Exchange {
            transport: said.transport,
            name: said.question.name.clone(),
            kind: kind_word(said.question.kind),
            outcome: outcome(),
            nanos: took,
            count: 1,
        };
        let at = nanos(now - self.started);
        self.log
            .append(at, said.container, Event::Dns(Box::new(exchange.clone())));
        let told = Told {
            container: Arc::clone(said.container),
            exchange,
            repeats: 0,
            nanos: 0,
        };
        self.told.insert(self.key.clone(), told);
    }

    fn ring(&mut self) {
        if !self.rung {
            self.rung = true;
            self.bell.notify_one();
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "tell_tests.rs"]
mod tests;
