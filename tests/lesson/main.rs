//! Lessons as authors meet them: what is in the program is sound, and what is wrong in a file is told with its place.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod broken;

use std::fs;
use std::path::Path;

use cnm::lesson::{self, LessonError, lint};
use cnm::texts::Lang;

const STRUCTURE: &str = include_str!("../../lessons/cnm/lesson.yaml");
const FRENCH: &str = include_str!("../../lessons/cnm/fr.yaml");
const ENGLISH: &str = include_str!("../../lessons/cnm/en.yaml");

/// The lesson with one of its files changed.
fn changed(file: &str, from: &str, to: &str) -> Result<lesson::Lesson, LessonError> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [("lesson.yaml", STRUCTURE), ("fr.yaml", FRENCH), ("en.yaml", ENGLISH)] {
        let text = if name == file {
            assert!(text.contains(from), "{from} is not in {name}");
            text.replacen(from, to, 1)
        } else {
            text.to_owned()
        };
        fs::write(directory.path().join(name), text).unwrap();
    }
    lesson::load(directory.path())
}

/// The message of a refusal, without the directory.
fn refusal(file: &str, from: &str, to: &str) -> String {
    let message = changed(file, from, to).unwrap_err().to_string();
    let at = message
        .find(file)
        .unwrap_or_else(|| panic!("{message} does not name {file}"));
    message[at..].to_owned()
}

#[test]
fn every_lesson_in_the_program_is_sound() {
    for id in lesson::embedded_ids() {
        let lesson = lesson::embedded(id).unwrap();
        assert_eq!(lesson.id, id);
        assert_eq!(lint(&lesson), [], "{id}");
    }
}

#[test]
fn a_lesson_on_disk_is_the_lesson_in_the_program() {
    let from_disk = lesson::load(Path::new("lessons/cnm")).unwrap();
    let inside = lesson::embedded("cnm").unwrap();
    assert_eq!(from_disk, inside);
    assert_eq!(lesson::load(Path::new("lessons/cnm/lesson.yaml")).unwrap(), inside);
}

#[test]
fn any_file_of_a_lesson_means_the_lesson() {
    let inside = lesson::embedded("cnm").unwrap();
    for file in ["lesson.yaml", "fr.yaml", "en.yaml"] {
        let path = Path::new("lessons/cnm").join(file);
        assert_eq!(lesson::load(&path).unwrap(), inside, "{file}");
        assert_eq!(lesson::find(path.to_str().unwrap()).unwrap(), inside, "{file}");
    }
}

#[test]
fn a_file_that_is_missing_is_told_with_those_that_a_lesson_has() {
    let directory = tempfile::tempdir().unwrap();
    let needs = "a lesson is a folder with lesson.yaml, fr.yaml and en.yaml";
    for file in ["lesson.yaml", "fr.yaml", "en.yaml"] {
        let expected = format!(
            "{}: there is no such file: {needs}",
            directory.path().join(file).display()
        );
        assert_eq!(lesson::load(directory.path()).unwrap_err().to_string(), expected);
        let found = lesson::find(directory.path().to_str().unwrap()).unwrap_err();
        assert_eq!(found.to_string(), expected);
        assert!(std::error::Error::source(&found).is_some());
        fs::copy(Path::new("lessons/cnm").join(file), directory.path().join(file)).unwrap();
    }
    assert!(lesson::load(directory.path()).is_ok());
}

#[test]
fn an_unknown_lesson_is_refused_with_those_there_are() {
    let message = lesson::embedded("cni").unwrap_err().to_string();
    assert!(message.contains("`cni`") && message.contains("cnm"), "{message}");
}

#[test]
fn what_a_file_cannot_say_is_refused_with_its_place() {
    let cases = [
        (
            "lesson.yaml",
            "    goal:",
            "    gaol:",
            "lesson.yaml:73:5: steps[6]: unknown field `gaol`",
        ),
        (
            "lesson.yaml",
            "kind: network_exists",
            "kind: network_exist",
            "lesson.yaml:78:15: steps[6].checks[0].kind: unknown variant",
        ),
        (
            "lesson.yaml",
            "dev: {}",
            "dev: { subnet: ten }",
            "lesson.yaml:75:24: `ten` is no subnet: one is written like 10.20.0.0/24",
        ),
        (
            "lesson.yaml",
            "count: 2",
            "count: 0",
            "lesson.yaml:246:16: steps[15].checks[2].count: invalid value: integer `0`",
        ),
        (
            "lesson.yaml",
            "network: dev\n\n",
            "network: dev\n        count: 2\n\n",
            "lesson.yaml:80:9: check `dev-exists`: this kind has no `count`",
        ),
        (
            "lesson.yaml",
            "schema: 1",
            "schema: 9",
            "lesson.yaml:2:1: this is schema 9",
        ),
        (
            "fr.yaml",
            "praise: \"Le réseau dev",
            "bravo: \"Le réseau dev",
            "fr.yaml:150:5: steps.create-network: unknown field `bravo`",
        ),
        (
            "en.yaml",
            "    title: Create a network\n",
            "",
            "en.yaml:140:5: steps.create-network: missing field `title`",
        ),
        (
            "en.yaml",
            "    title: Create a network\n",
            "    title: [Create]\n",
            "en.yaml:140:12: steps.create-network.title: invalid type",
        ),
    ];
    for (file, from, to, expected) in cases {
        let message = refusal(file, from, to);
        assert!(message.starts_with(expected), "expected {expected}\n     got {message}");
    }
}

#[test]
fn files_that_do_not_belong_together_are_refused_with_the_place() {
    let cases = [
        (
            "lesson.yaml",
            "id: es-running",
            "id: dev-exists",
            "lesson.yaml:89:13: `dev-exists` is the id of another",
        ),
        (
            "lesson.yaml",
            "needs: [es-running]",
            "needs: [dev-exists]",
            "lesson.yaml:96:17: check `es-on-dev` needs `dev-exists`",
        ),
        (
            "lesson.yaml",
            "needs: [es-running]",
            "needs: [es-on-dev]",
            "lesson.yaml:92:13: these checks need each other in a circle: es-on-dev",
        ),
        (
            "lesson.yaml",
            "            dev: {}",
            "            prod: {}",
            "lesson.yaml:87:13: the goal speaks of `es` and `prod`",
        ),
        (
            "lesson.yaml",
            "          off: [dev]",
            "          off: [prod]",
            "lesson.yaml:257:17: the goal puts `web` both on `prod` and off it",
        ),
        (
            "lesson.yaml",
            "          off: [dev]",
            "          off: [test]",
            "lesson.yaml:257:17: the goal speaks of `web` and `test`",
        ),
        (
            "fr.yaml",
            "  place-container:",
            "  place-a-container:",
            "fr.yaml:159:3: there is no step `place-a-container`",
        ),
        (
            "en.yaml",
            "      es-on-dev:",
            "      es-on-prod:",
            "en.yaml:175:5: the text of check `es-on-dev` is missing",
        ),
        (
            "en.yaml",
            "          stopped:",
            "          halted:",
            "en.yaml:180:11: a check of kind `container_running` never finds `halted`; possible here: container_absent, not_started, network_missing, stopped",
        ),
        (
            "en.yaml",
            "praise: \"The network dev exists: a brand-new switch, no cable yet.\"",
            "praise: ''",
            "en.yaml:150:5: the text of step `create-network`, praise is missing",
        ),
        (
            "fr.yaml",
            "      - \"docker network create NOM, avec dev à la place de NOM.\"\n",
            "",
            "fr.yaml:146:5: step `create-network` has 2 hints",
        ),
    ];
    for (file, from, to, expected) in cases {
        let message = refusal(file, from, to);
        assert!(message.starts_with(expected), "expected {expected}\n     got {message}");
    }
}

#[test]
fn lint_tells_what_reading_cannot() {
    let long = "x".repeat(30) + " " + &"très long ".repeat(60);
    let cases = [
        (
            "lesson.yaml",
            "        network: dev\n        needs",
            "        network: bridge\n        needs",
            "the goal does not turn `es-on-dev` green: es is elsewhere: dev (172.18.0.2)",
        ),
        (
            "lesson.yaml",
            "        network: dev\n\n",
            "        network: bridge\n\n",
            "step `create-network` is green before it starts",
        ),
        (
            "fr.yaml",
            "Le réseau apparaît dans la topologie.",
            long.as_str(),
            "there is room for 12",
        ),
        (
            "fr.yaml",
            "Le réseau apparaît dans la topologie.",
            "Le réseau apparaît !",
            "a no-break space (U+00A0 or U+202F) is missing before `!`: “…apparaît !”",
        ),
        (
            "en.yaml",
            "(exit code {code})",
            "(exit code {status})",
            "nothing fills `{status}`; there is: container, code",
        ),
        (
            "fr.yaml",
            "relancez-le avec -d",
            "relancez-le avec -d : ça",
            "a no-break space (U+00A0 or U+202F) is missing before `:`: “…",
        ),
        (
            "en.yaml",
            "“docker rm -f es”, then run it with --net dev",
            long.as_str(),
            "there is room for 0 on the 80x24 screen; beside them 2 for the checks’ titles, 11 for what a red check says (the longest: `on_default_bridge` of `es-on-dev`); shorten what a red check says first",
        ),
        (
            "en.yaml",
            "      - \"“docker network ls” shows dev beside bridge, host and none.\"\n",
            "      - a\n      - b\n      - c\n",
            "takes 6 lines of 76 columns, there is room for 5",
        ),
    ];
    for (file, from, to, expected) in cases {
        let faults = lint(&changed(file, from, to).unwrap());
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(
            told.iter()
                .any(|fault| fault.contains(expected) && fault.contains(file)),
            "{expected}: {told:#?}"
        );
        assert!(
            faults
                .iter()
                .all(|fault| fault.position.line > 0 && fault.position.column > 0)
        );
    }
}

#[test]
fn each_step_adds_to_the_goal_of_the_one_before() {
    let lesson = lesson::embedded("cnm").unwrap();
    let (index, step) = lesson.step("place-container").unwrap();
    assert_eq!(index, 7);
    assert!(step.goal.network("dev").is_some() && step.goal.container("es").is_some());
    let (_, last) = lesson.step("disconnect").unwrap();
    let web = last.goal.container("web").unwrap();
    assert_eq!((web.endpoints.len(), web.off.as_slice()), (1, &["dev".to_owned()][..]));
    assert_eq!(last.goal.containers.len(), 7, "what was there before stays");
}

#[test]
fn a_lesson_is_graded_by_its_end() {
    let lesson = lesson::embedded("cnm").unwrap();
    let at_its_end = lesson.at_its_end();
    let end = lesson.steps.last().unwrap().goal.realised();
    let checks = |steps: &[lesson::Step]| steps.iter().flat_map(|step| step.checks.clone()).collect::<Vec<_>>();
    let lasting = checks(&at_its_end);
    assert!(
        lasting
            .iter()
            .all(|check| lesson::judge(&check.kind, &end) == lesson::Verdict::Pass)
    );
    let mut undone = checks(&lesson.steps);
    undone.retain(|check| check.kind.question().is_none() && lasting.iter().all(|left| left.id != check.id));
    let undone: Vec<&str> = undone.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(undone, ["web-on-dev", "web-still-on-dev"], "what the last step undoes");
    let finds = lasting.iter().find(|check| check.id == "web-finds-es").unwrap();
    assert_eq!(finds.needs, [""; 0], "nothing waits for what is not asked for");
}

#[test]
fn commands_are_the_same_in_both_languages() {
    let lesson = lesson::embedded("cnm").unwrap();
    let commands = |lang| -> Vec<String> {
        let steps = lesson.texts(lang).steps.0.iter();
        steps
            .flat_map(|(_, said)| {
                said.say
                    .iter()
                    .chain(&said.why)
                    .filter(|line| line.starts_with("$ "))
                    .cloned()
            })
            .collect()
    };
    assert_eq!(commands(Lang::Fr), commands(Lang::En));
}
