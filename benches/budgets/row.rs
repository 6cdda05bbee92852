//! A line of the table.

use std::time::Duration;

/// What was measured, in one line.
pub struct Row {
    pub what: &'static str,
    pub budget: &'static str,
    pub ours: Vec<Duration>,
    pub docker: Vec<Duration>,
}

impl Row {
    /// Something Docker has no like of.
    pub fn ours(what: &'static str, budget: &'static str, ours: Vec<Duration>) -> Self {
        Self {
            what,
            budget,
            ours,
            docker: Vec::new(),
        }
    }
}

fn percentile(samples: &mut [Duration], percent: usize) -> Option<Duration> {
    samples.sort_unstable();
    samples
        .get((samples.len() * percent / 100).min(samples.len().checked_sub(1)?))
        .copied()
}

fn shown(sample: Option<Duration>) -> String {
    sample.map_or_else(|| "–".into(), |d| format!("{:.2} ms", d.as_secs_f64() * 1e3))
}

pub fn print(rows: &mut [Row]) {
    println!(
        "{:<44} {:>10} {:>12} {:>12} {:>12}",
        "what", "budget", "p50", "p95", "Docker p50"
    );
    for row in rows {
        println!(
            "{:<44} {:>10} {:>12} {:>12} {:>12}",
            row.what,
            row.budget,
            shown(percentile(&mut row.ours, 50)),
            shown(percentile(&mut row.ours, 95)),
            shown(percentile(&mut row.docker, 50)),
        );
    }
}
