//! Questions to resolvers on the timeline. A program asks for a name's A and AAAA at once, and a loop asks the same again and again:
//! what belongs together is one entry. Pure.

use std::collections::{HashSet, VecDeque};

use super::fold::TIMELINE;
use super::state::{Happening, TimelineEntry};
use crate::observe::{Exchange, Outcome};

/// Nanoseconds of silence that end a burst.
const BURST: i64 = 2_000_000_000;

/// Puts an entry where its time says; of too many, the oldest goes.
pub(super) fn insert(timeline: &mut VecDeque<TimelineEntry>, entry: TimelineEntry) {
    let later = timeline.iter().rev().take_while(|known| known.at > entry.at).count();
    timeline.insert(timeline.len() - later, entry);
    if timeline.len() > TIMELINE {
        timeline.pop_front();
    }
}

/// Puts a question of a container, its id and its name, on the timeline, or counts it with those it repeats.
pub(super) fn ask(timeline: &mut VecDeque<TimelineEntry>, at: i64, (id, name): (&str, &str), exchange: Exchange) {
    let is_its = |entry: &TimelineEntry| entry.container.as_deref() == Some(id);
    let known = timeline
        .iter_mut()
        .rev()
        .find(|entry| is_its(entry) && is_same_burst(&entry.what, at, &exchange));
    if let Some(TimelineEntry {
        what:
            Happening::DnsAsked {
                kind,
                outcome,
                count,
                last,
                ..
            },
        ..
    }) = known
    {
        *last = at.max(*last);
        if *kind == exchange.kind {
            *outcome = exchange.outcome;
            *count += exchange.count;
        } else if has_no_data(outcome) && !has_no_data(&exchange.outcome) {
            *kind = exchange.kind;
            *outcome = exchange.outcome;
            *count = exchange.count;
        }
        return;
    }
    let what = Happening::DnsAsked {
        container: name.to_owned(),
        name: exchange.name,
        kind: exchange.kind,
        outcome: exchange.outcome,
        count: exchange.count,
        last: at,
    };
    let container = Some(id.to_owned());
    insert(timeline, TimelineEntry { at, container, what });
}

/// Gives questions their container's name, where they came before it was known.
pub(super) fn name(timeline: &mut VecDeque<TimelineEntry>, id: &str, name: &str) {
    for entry in timeline.iter_mut().filter(|e| e.container.as_deref() == Some(id)) {
        if let Happening::DnsAsked { container, .. } = &mut entry.what {
            name.clone_into(container);
        }
    }
}

/// How a container is called whose name is not known.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

fn is_same_burst(what: &Happening, at: i64, exchange: &Exchange) -> bool {
    let Happening::DnsAsked {
        name,
        kind,
        outcome,
        last,
        ..
    } = what
    else {
        return false;
    };
    let goes_on = at.saturating_sub(*last) < BURST;
    let is_question = name.eq_ignore_ascii_case(&exchange.name);
    let other_type = *kind != exchange.kind && (has_no_data(outcome) || has_no_data(&exchange.outcome));
    goes_on && is_question && (is_same_answer(outcome, &exchange.outcome) || other_type)
}

/// The name is known, and has nothing of that type: said beside an answer of another type, it says nothing.
fn has_no_data(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NoData { .. })
}

/// Addresses are given in a new order each time. The first is the one that programs take, so another first address is told apart;
/// the order of the rest is not.
fn is_same_answer(one: &Outcome, two: &Outcome) -> bool {
    match (one, two) {
        (
            Outcome::Addresses { addresses, by },
            Outcome::Addresses {
                addresses: others,
                by: also,
            },
        ) => {
            let set = |addresses: &[std::net::Ipv4Addr]| addresses.iter().copied().collect::<HashSet<_>>();
            by == also && addresses.first() == others.first() && set(addresses) == set(others)
        }
        (
            Outcome::Forwarded { why, rcode, .. },
            Outcome::Forwarded {
                why: reason,
                rcode: code,
                ..
            },
        ) => why == reason && rcode == code,
        (
            Outcome::Failed { why, cause, .. },
            Outcome::Failed {
                why: reason,
                cause: other,
                ..
            },
        ) => why == reason && cause == other,
        (one, two) => one == two,
    }
}

#[cfg(test)]
#[path = "asked_tests.rs"]
mod tests;
