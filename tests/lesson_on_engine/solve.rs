//! Solutions on labs made for them: `cnm check --solve` and `cnm lessons try`, as the program that a person starts.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use cnm::lesson;

use super::support::{Home, eventually, processes, text};

/// The program to its end; nothing of it may be left.
fn cnm(arguments: &[&str]) -> Output {
    let home = Home::new();
    let output = home.cnm().args(arguments).output().unwrap();
    let mut left = Vec::new();
    let clean = eventually(Duration::from_secs(30), || {
        left = left_behind(&home);
        left.is_empty()
    });
    assert!(clean, "left behind: {left:#?}");
    output
}

/// Processes that were started with this home, and files in it.
fn left_behind(home: &Home) -> Vec<String> {
    let own = home.path("run").display().to_string();
    let started_there = |process: &processes::Process| text(process.path("environ")).contains(&own);
    let processes = processes::all().into_values().filter(started_there);
    let mut left: Vec<String> = processes.map(|process| format!("process {}", process.pid)).collect();
    for place in ["run", "tmp", "state", "home"] {
        let files = fs::read_dir(home.path(place)).unwrap();
        left.extend(files.map(|file| file.unwrap().path().display().to_string()));
    }
    left
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The sound lesson of the corpus with a case's file in it, and what trying that case tells.
fn broken(case: &str) -> (tempfile::TempDir, String) {
    let corpus = Path::new("tests/corpus/lessons");
    let directory = tempfile::tempdir().unwrap();
    let mut expected = String::new();
    for name in ["lesson.yaml", "fr.yaml", "en.yaml"] {
        let own = corpus.join(case).join(name);
        let file = if own.exists() {
            own
        } else {
            corpus.join("sound").join(name)
        };
        let text = fs::read_to_string(file).unwrap();
        if let Some(told) = text.lines().next().and_then(|line| line.strip_prefix("# tried: ")) {
            expected = format!("{}/{told}", directory.path().display());
        }
        fs::write(directory.path().join(name), text).unwrap();
    }
    (directory, expected)
}

#[test]
fn every_solution_of_the_lesson_is_red_before_and_green_after() {
    let output = cnm(&["check", "cnm", "--solve", "--format", "json", "--lang", "fr"]);
    assert_eq!((output.status.code(), said(&output.stderr)), (Some(0), String::new()));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let lesson = lesson::embedded("cnm").unwrap();
    let checks: usize = lesson.steps.iter().map(|step| step.checks.len()).sum();
    assert_eq!(
        report["summary"]["passed"], checks,
        "what the last step undoes is graded too, in its time"
    );
    assert_eq!(
        (&report["lesson"], &report["engine"]["kind"]),
        (&"cnm".into(), &"builtin".into())
    );
}

#[test]
fn one_step_is_led_to_and_solved() {
    let output = cnm(&[
        "check",
        "cnm/disconnect",
        "cnm/create-network",
        "--solve",
        "--lang",
        "en",
    ]);
    let told = said(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}{}", said(&output.stderr));
    assert!(
        told.contains("✓ web-asks-prod") && told.contains("✓ dev-exists"),
        "{told}"
    );
    assert!(told.contains("4 passed") && !told.contains("es-running"), "{told}");
}

#[test]
fn what_is_green_too_early_or_red_too_late_fails() {
    let cases = [
        ("green-at-its-start", "this step is green before its solution"),
        ("goal-that-does-not-turn-it-green", "✗ web-on-dev"),
    ];
    for (case, reason) in cases {
        let (folder, _) = broken(case);
        let file = folder.path().join("lesson.yaml");
        let output = cnm(&["check", file.to_str().unwrap(), "--solve", "--lang", "en"]);
        assert_eq!(output.status.code(), Some(1), "{case}");
        assert!(said(&output.stdout).contains(reason), "{}", said(&output.stdout));
    }
}

#[test]
fn what_the_engine_refuses_of_a_solution_is_told_with_its_place() {
    for case in ["image-that-is-not-there", "subnet-that-is-taken"] {
        let (folder, expected) = broken(case);
        let folder = folder.path().to_str().unwrap();
        let output = cnm(&["lessons", "try", folder, "--lang", "en"]);
        let told = said(&output.stdout);
        assert_eq!(output.status.code(), Some(3), "{told}{}", said(&output.stderr));
        assert!(!expected.is_empty() && told.contains(&expected), "{expected}\n{told}");
        let output = cnm(&["check", &format!("{folder}/lesson.yaml"), "--solve", "--lang", "en"]);
        assert_eq!(output.status.code(), Some(1));
        let complaint = said(&output.stderr);
        assert!(complaint.contains("The solution was refused: docker "), "{complaint}");
        let mut sentences: Vec<&str> = complaint.lines().collect();
        let told = sentences.len();
        sentences.dedup();
        assert_eq!(sentences.len(), told, "each once: {complaint}");
        let output = cnm(&[
            "check",
            folder,
            "--solve",
            "--solutions",
            "--format",
            "json",
            "--lang",
            "en",
        ]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let refused = report["refused"][0].as_str().unwrap();
        assert!(refused.starts_with("The solution was refused: docker "), "{report:#}");
        assert!(report["checks"][0]["solution"].is_array(), "{report:#}");
    }
}

#[test]
fn authors_try_every_step_on_a_lab_of_its_own() {
    let output = cnm(&["lessons", "try", "--lang", "fr"]);
    let told = said(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}{}", said(&output.stderr));
    let steps = lesson::embedded("cnm").unwrap().steps;
    assert_eq!(told.lines().count(), steps.len(), "{told}");
    for (line, step) in told.lines().zip(&steps) {
        assert!(line.starts_with(&step.id) && line.ends_with("verte après"), "{line}");
    }
}

#[test]
fn a_lesson_to_begin_with_is_sound_as_it_stands() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("mine");
    let folder = folder.to_str().unwrap();
    let begun = cnm(&["lessons", "new", folder, "--lang", "en"]);
    assert_eq!(begun.status.code(), Some(0), "{}", said(&begun.stderr));
    assert!(said(&begun.stdout).contains(&format!("cnm lessons try {folder}")));
    let tried = cnm(&["lessons", "try", folder, "--lang", "en"]);
    assert_eq!(tried.status.code(), Some(0), "{}", said(&tried.stdout));
    assert_eq!(said(&tried.stdout).lines().count(), 3);
    let again = cnm(&["lessons", "new", folder, "--lang", "en"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(said(&again.stderr).contains("lesson.yaml is there already; nothing was written."));
    let unnamed = cnm(&["lessons", "new", "My lesson", "--lang", "en"]);
    assert_eq!(unnamed.status.code(), Some(2));
    assert!(said(&unnamed.stderr).contains("small letters, digits and hyphens"));
}

#[test]
fn what_cannot_be_solved_ends_as_the_contract_says() {
    let cases: [(&[&str], i32); 4] = [
        (&["check", "cni", "--solve"], 2),
        (&["check", "cnm", "--solve", "--wait", "1s"], 2),
        (
            &["check", "cnm", "--solve", "--backend", "docker=unix:///nonexistent"],
            4,
        ),
        (&["check", "absent.yaml", "--solve"], 3),
    ];
    for (arguments, status) in cases {
        let output = cnm(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        assert_eq!(said(&output.stdout), "");
        assert_ne!(said(&output.stderr), "");
    }
}
