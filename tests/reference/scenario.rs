//! Scenarios, as the files of `scenarios/` have them.

use std::path::Path;

use serde::Deserialize;

/// One story told to an engine that has nothing but its images.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is to be seen; unique.
    #[serde(rename = "scenario")]
    pub title: String,
    /// Set where the network itself is looked at: addresses, names, routes, files, reachability.
    #[serde(default)]
    pub asserts: Option<Asserts>,
    /// The image its containers are made of, the same on both sides; none where no container runs.
    #[serde(default)]
    pub image: Option<Image>,
    /// Shell commands on the engine's host, each as by `sh -e`; every one is recorded and compared.
    pub steps: Vec<String>,
    /// What our engine does not have yet: such a scenario is counted, and compared only with `CNM_AWAITED=1`.
    #[serde(default)]
    pub awaits: Option<String>,
    /// File it stands in, without folder.
    #[serde(skip)]
    pub file: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asserts {
    Network,
}

/// A root file system that both engines have under the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Image {
    /// Our built-in image; on Docker, its files imported.
    Alpine,
    /// busybox-static of the machine, imported on both sides.
    Box,
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/scenarios"))
}

/// Every scenario, files in the order of their names.
pub fn all() -> Vec<Scenario> {
    let entries = std::fs::read_dir(folder()).expect("the folder of scenarios");
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut scenarios = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let of_file: Vec<Scenario> =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        scenarios.extend(of_file.into_iter().map(|scenario| Scenario {
            file: file.clone(),
            ..scenario
        }));
    }
    scenarios
}

/// Those that `CNM_SCENARIO` names; all where it is not set.
pub fn chosen() -> Vec<Scenario> {
    let words = std::env::var("CNM_SCENARIO").unwrap_or_default().to_lowercase();
    let mut scenarios = all();
    scenarios.retain(|s| s.title.to_lowercase().contains(&words) || s.file.contains(&words));
    if std::env::var_os("CNM_AWAITED").is_none() {
        for scenario in scenarios.iter().filter(|s| s.awaits.is_some()) {
            let awaited = scenario.awaits.as_deref().unwrap_or_default();
            println!("not compared yet: {} ({awaited})", scenario.title);
        }
        scenarios.retain(|s| s.awaits.is_none());
    }
    assert!(!scenarios.is_empty(), "no scenario has {words:?} in its title or file");
    scenarios
}

/// `120 scenarios, 50 of them look at the network, 40 run busybox-static`.
pub fn counts(scenarios: &[Scenario]) -> String {
    let network = scenarios.iter().filter(|s| s.asserts == Some(Asserts::Network)).count();
    let busybox = scenarios.iter().filter(|s| s.image == Some(Image::Box)).count();
    let steps: usize = scenarios.iter().map(|s| s.steps.len()).sum();
    format!(
        "{} scenarios ({steps} steps), {network} of them look at the network, {busybox} run busybox-static",
        scenarios.len()
    )
}
