//! The reference suite: the same `docker` commands on a Docker Engine 20.10 and on our engine in its 20.10 era, compared.
//!
//! Each scenario runs on a fresh engine in namespaces of its own: Docker's, started for it alone with its own network, mounts
//! and data, and `cnm --era 20.10 lab`. The steps run on the engine's host, so `ip`, `ping` and `iptables` there are compared too.
//! What a step printed and its exit status are compared to the byte after ids, times, random MAC addresses and latencies are
//! replaced (`normal.rs`); what stays different on purpose is in `differences.yaml`, with its reason.
//!
//! `CNM_SCENARIO=words` runs the scenarios whose title or file has these words; `CNM_REFERENCE_JOBS` says how many at once;
//! `CNM_SHOW=1` prints what Docker did.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod compare;
mod differences;
mod docker;
mod name_server;
mod normal;
mod ours;
mod recording;
mod rootfs;
mod scenario;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use compare::Verdict;
use differences::Differences;
use docker::Reference;
use ours::{Cli, Ours};
use recording::Recording;
use scenario::Scenario;

/// What is made once: scenarios, root file systems, and what Docker did in its first run.
struct Suite {
    scenarios: Vec<Scenario>,
    files: rootfs::Files,
    docker: OnceLock<Vec<Recording>>,
}

static SUITE: OnceLock<Suite> = OnceLock::new();

fn suite() -> &'static Suite {
    SUITE.get_or_init(|| Suite {
        scenarios: scenario::chosen(),
        files: rootfs::Files::make(),
        docker: OnceLock::new(),
    })
}

impl Suite {
    /// Docker's first run of every scenario; the measure of the others.
    fn measure(&self) -> &[Recording] {
        self.docker.get_or_init(|| {
            let run = self.docker_run();
            if std::env::var_os("CNM_SHOW").is_some() {
                let each = self.scenarios.iter().zip(&run);
                each.for_each(|(scenario, recording)| print!("{}", compare::shown(scenario, recording)));
            }
            run
        })
    }

    fn docker_run(&self) -> Vec<Recording> {
        let reference = Reference::prepare(&self.files);
        self.each(|scenario| reference.run(scenario))
    }

    /// Runs every scenario, several at a time: most of the time is Docker's waiting for the kernel.
    fn each(&self, run: impl Fn(&Scenario) -> Recording + Sync) -> Vec<Recording> {
        let jobs = std::env::var("CNM_REFERENCE_JOBS").ok().and_then(|n| n.parse().ok());
        let jobs = jobs.unwrap_or_else(|| 2 * std::thread::available_parallelism().map_or(1, usize::from));
        let next = Mutex::new(0..self.scenarios.len());
        let done = Mutex::new(BTreeMap::new());
        std::thread::scope(|scope| {
            for _ in 0..jobs.max(1) {
                scope.spawn(|| {
                    loop {
                        let Some(number) = next.lock().unwrap().next() else {
                            break;
                        };
                        let recording = run(&self.scenarios[number]);
                        done.lock().unwrap().insert(number, recording);
                    }
                });
            }
        });
        done.into_inner().unwrap().into_values().collect()
    }

    /// Compares two runs of everything, prints what differs and the counts, and fails if anything does.
    fn compare(&self, names: [&str; 2], measure: &[Recording], other: &[Recording], listed: &Differences) {
        let verdicts: Vec<Verdict> = self
            .scenarios
            .iter()
            .zip(measure.iter().zip(other))
            .map(|(scenario, (a, b))| compare::scenario(scenario, names, [a, b], listed))
            .collect();
        let whole = std::env::var_os("CNM_SCENARIO").is_none();
        print!("{}", compare::report(names, &self.scenarios, &verdicts));
        let stale = if whole { listed.never_met(&verdicts) } else { Vec::new() };
        assert!(
            stale.is_empty(),
            "listed differences that nothing shows any more: {stale:?}"
        );
        let failed = verdicts.iter().filter(|v| !v.passed()).count();
        assert_eq!(
            failed, 0,
            "{failed} scenarios differ between {} and {}",
            names[0], names[1]
        );
    }
}

#[test]
#[ignore = "needs a Docker Engine 20.10, the docker CLI and root: cargo test --test reference -- --ignored"]
fn our_engine_does_what_docker_does() {
    let suite = suite();
    let measure = suite.measure();
    let ours = Ours::new(&suite.files, Cli::Docker);
    let run = suite.each(|scenario| ours.run(scenario));
    suite.compare(["docker 20.10", "cnm"], measure, &run, &Differences::listed());
}

#[test]
#[ignore = "needs a Docker Engine 20.10, the docker CLI and root: cargo test --test reference -- --ignored"]
fn our_command_line_says_what_dockers_says() {
    let suite = suite();
    let measure = suite.measure();
    let ours = Ours::new(&suite.files, Cli::Cnm);
    let run = suite.each(|scenario| ours.run(scenario));
    suite.compare(["docker 20.10", "cnm docker"], measure, &run, &Differences::listed());
}

#[test]
#[ignore = "needs a Docker Engine 20.10, the docker CLI and root: cargo test --test reference -- --ignored"]
fn docker_differs_not_from_itself() {
    let suite = suite();
    let measure = suite.measure();
    let again = suite.docker_run();
    suite.compare(["docker 20.10", "docker again"], measure, &again, &Differences::none());
}

#[test]
fn every_scenario_can_be_read() {
    let scenarios = scenario::all();
    let mut titles = std::collections::BTreeSet::new();
    for scenario in &scenarios {
        assert!(
            titles.insert(&scenario.title),
            "two scenarios are called {:?}",
            scenario.title
        );
        assert!(!scenario.steps.is_empty(), "{:?} has no steps", scenario.title);
    }
    println!("{}", scenario::counts(&scenarios));
}

#[test]
fn every_listed_difference_is_of_a_scenario() {
    let titles: Vec<String> = scenario::all().into_iter().map(|s| s.title).collect();
    let listed = Differences::listed();
    assert!(listed.count() <= 10, "{} differences are listed", listed.count());
    for title in listed.scenarios() {
        assert!(titles.contains(title), "no scenario is called {title:?}");
    }
}
