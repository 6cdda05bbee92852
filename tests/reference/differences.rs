//! Differences from Docker that stay, each with its reason, as `differences.yaml` has them.

use std::collections::BTreeSet;

use regex::Regex;
use serde::Deserialize;

use super::compare::Verdict;

/// The list.
pub struct Differences(Vec<Difference>);

struct Difference {
    words: Words,
    lines: Regex,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    /// What differs.
    difference: String,
    /// Why it stays.
    reason: String,
    /// Titles of the scenarios that show it; absent: any may.
    #[serde(default)]
    scenarios: Vec<String>,
    /// Pattern of the lines that may be on one side only or differ.
    lines: String,
}

impl Differences {
    pub fn none() -> Self {
        Self(Vec::new())
    }

    pub fn listed() -> Self {
        let words: Vec<Words> = serde_yaml::from_str(include_str!("differences.yaml")).expect("differences.yaml");
        let read = |words: Words| {
            assert!(!words.reason.trim().is_empty(), "{:?} has no reason", words.difference);
            let lines = Regex::new(&words.lines).expect("a pattern of differences.yaml");
            Difference { words, lines }
        };
        Self(words.into_iter().map(read).collect())
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Every title that the list names.
    pub fn scenarios(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flat_map(|difference| &difference.words.scenarios)
    }

    /// What explains a line of that scenario.
    pub fn explaining(&self, scenario: &str, line: &str) -> Option<&str> {
        let explains = |difference: &&Difference| {
            let scenarios = &difference.words.scenarios;
            (scenarios.is_empty() || scenarios.iter().any(|title| title == scenario)) && difference.lines.is_match(line)
        };
        self.0
            .iter()
            .find(explains)
            .map(|difference| difference.words.difference.as_str())
    }

    /// Those that explained nothing.
    pub fn never_met(&self, verdicts: &[Verdict]) -> Vec<&str> {
        let met: BTreeSet<&str> = verdicts
            .iter()
            .flat_map(|v| v.explained.iter().map(String::as_str))
            .collect();
        let names = self.0.iter().map(|difference| difference.words.difference.as_str());
        names.filter(|name| !met.contains(name)).collect()
    }
}
