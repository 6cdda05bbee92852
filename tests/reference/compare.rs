//! Two recordings of a scenario side by side.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use super::differences::Differences;
use super::normal;
use super::recording::{Recording, Step};
use super::scenario::{self, Scenario};

/// What the comparison of one scenario found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Each difference nobody listed, ready to print.
    pub findings: Vec<String>,
    /// Listed differences that were met.
    pub explained: BTreeSet<String>,
}

impl Verdict {
    pub fn passed(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Compares every step of two runs; `names` are their sides'.
pub fn scenario(scenario: &Scenario, names: [&str; 2], runs: [&Recording; 2], listed: &Differences) -> Verdict {
    let mut verdict = Verdict::default();
    for (name, run) in names.iter().zip(runs) {
        if !run.trouble.is_empty() {
            verdict.findings.push(format!("{name}: {}", run.trouble));
        }
    }
    let [a, b] = runs.map(normal::steps);
    for (number, (a, b)) in a.iter().zip(&b).enumerate() {
        for finding in step(scenario, names, [a, b], listed, &mut verdict.explained) {
            let line = scenario.steps.get(number).map_or("", |line| line.trim_end());
            verdict.findings.push(format!("step {}: {line}\n{finding}", number + 1));
        }
    }
    verdict
}

fn step(
    scenario: &Scenario,
    names: [&str; 2],
    [a, b]: [&Step; 2],
    listed: &Differences,
    explained: &mut BTreeSet<String>,
) -> Vec<String> {
    let mut findings = Vec::new();
    if a.exit != b.exit {
        findings.push(format!(
            "  exit status: {} {}, {} {}",
            names[0], a.exit, names[1], b.exit
        ));
    }
    for (stream, a, b) in [("stdout", &a.stdout, &b.stdout), ("stderr", &a.stderr, &b.stderr)] {
        let diff = TextDiff::from_lines(a.as_str(), b.as_str());
        let changed = diff
            .iter_all_changes()
            .filter(|change| change.tag() != ChangeTag::Equal);
        let mut unlisted = false;
        for change in changed {
            match listed.explaining(&scenario.title, change.value().trim_end_matches('\n')) {
                Some(difference) => drop(explained.insert(difference.to_owned())),
                None => unlisted = true,
            }
        }
        if unlisted {
            let shown = diff
                .unified_diff()
                .context_radius(2)
                .header(names[0], names[1])
                .to_string();
            findings.push(format!("  {stream}:\n{}", indented(&shown)));
        }
    }
    findings
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "    {line}");
        all
    })
}

/// Every finding, then the counts.
pub fn report(names: [&str; 2], scenarios: &[Scenario], verdicts: &[Verdict]) -> String {
    let mut text = format!("\n== {} and {}\n", names[0], names[1]);
    for (scenario, verdict) in scenarios.iter().zip(verdicts).filter(|(_, verdict)| !verdict.passed()) {
        let _ = writeln!(text, "\n-- {} ({})", scenario.title, scenario.file);
        for finding in &verdict.findings {
            let _ = writeln!(text, "{finding}");
        }
    }
    let passed = verdicts.iter().filter(|verdict| verdict.passed()).count();
    let explained: BTreeSet<&String> = verdicts.iter().flat_map(|verdict| &verdict.explained).collect();
    let _ = writeln!(text, "\n{}", scenario::counts(scenarios));
    let _ = writeln!(
        text,
        "{passed} alike, {} different; {} listed differences met",
        verdicts.len() - passed,
        explained.len()
    );
    for difference in explained {
        let _ = writeln!(text, "  listed: {difference}");
    }
    text
}

/// A scenario and what came of it, to read.
pub fn shown(scenario: &Scenario, recording: &Recording) -> String {
    let mut text = format!("\n-- {} ({})\n{}", scenario.title, scenario.file, recording.trouble);
    for (line, step) in scenario.steps.iter().zip(&recording.steps) {
        let _ = writeln!(text, "$ {}", line.trim_end());
        text.push_str(&indented(&step.stdout));
        text.push_str(&indented(&step.stderr));
        if step.exit != 0 {
            let _ = writeln!(text, "    [{}]", step.exit);
        }
    }
    text
}
