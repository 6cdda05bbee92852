//! From the three files to a [`Lesson`].

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::texts::Lang;
use crate::yaml::{self, Position};

use super::error::Problem;
use super::goal::RawGoal;
use super::source::Sources;
use super::{Check, Found, Goal, Lesson, LessonError, LessonTexts, Step};

/// Version of the format this program reads.
const SCHEMA: u32 = 1;

/// Choices of a question: as many as there are panels, whose number keys choose.
const MOST_CHOICES: usize = 4;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a lesson")]
struct RawLesson {
    schema: u32,
    id: String,
    steps: Vec<RawStep>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a step")]
struct RawStep {
    id: String,
    /// What this step adds to the goal of the step before.
    #[serde(default)]
    goal: RawGoal,
    checks: Vec<Check>,
    #[serde(default)]
    pictures: Vec<RawGoal>,
}

pub(super) fn read(sources: Sources) -> Result<Lesson, LessonError> {
    let raw: RawLesson = yaml::parse(&sources.structure.file, &sources.structure.text)?;
    structure_is_sound(&raw).map_err(|(path, problem)| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        LessonError::Invalid {
            position: sources.structure.locate(&path),
            problem,
        }
    })?;
    let texts = [
        read_texts(&sources, Lang::ALL[0], &raw)?,
        read_texts(&sources, Lang::ALL[1], &raw)?,
    ];
    let mut goal = Goal::default();
    let mut steps = Vec::with_capacity(raw.steps.len());
    for step in raw.steps {
        goal = goal.then(&step.goal.into());
        goal_is_sound(&goal).map_err(|(container, problem)| LessonError::Invalid {
            position: sources.structure.locate(&[&step.id, &container]),
            problem,
        })?;
        let pictures: Vec<Goal> = step.pictures.into_iter().map(Goal::from).collect();
        for picture in &pictures {
            goal_is_sound(picture).map_err(|(container, problem)| LessonError::Invalid {
                position: sources.structure.locate(&[&step.id, "pictures", &container]),
                problem,
            })?;
        }
        let checks = in_needs_order(step.checks).map_err(|checks| LessonError::Invalid {
            position: sources
                .structure
                .locate(&[&step.id, checks.first().map_or("", String::as_str)]),
            problem: Problem::NeedsCircle { checks: checks.clone() },
        })?;
        steps.push(Step {
            id: step.id,
            goal: goal.clone(),
            checks,
            pictures,
        });
    }
    Ok(Lesson {
        id: raw.id,
        steps,
        texts,
        sources,
    })
}

/// A problem and the words that lead to its place in the file.
type Misplaced = (Vec<String>, Problem);

fn structure_is_sound(raw: &RawLesson) -> Result<(), Misplaced> {
    if raw.schema != SCHEMA {
        return Err((
            vec!["schema".into()],
            Problem::Schema {
                found: raw.schema,
                known: SCHEMA,
            },
        ));
    }
    if raw.steps.is_empty() {
        return Err((vec!["steps".into()], Problem::NoSteps));
    }
    let mut ids = BTreeSet::new();
    for step in &raw.steps {
        for id in std::iter::once(&step.id).chain(step.checks.iter().map(|check| &check.id)) {
            if !ids.insert(id) {
                return Err((vec![id.clone(), id.clone()], Problem::DuplicateId { id: id.clone() }));
            }
        }
        let mut questions = step.checks.iter().filter(|check| check.kind.question().is_some());
        if let Some(second) = questions.nth(1) {
            let problem = Problem::SecondQuestion { step: step.id.clone() };
            return Err((vec![step.id.clone(), second.id.clone()], problem));
        }
        if step.checks.is_empty() {
            return Err((vec![step.id.clone()], Problem::NoChecks { step: step.id.clone() }));
        }
        for check in &step.checks {
            if let Some(need) = check
                .needs
                .iter()
                .find(|need| step.checks.iter().all(|c| c.id != **need))
            {
                let problem = Problem::UnknownNeed {
                    step: step.id.clone(),
                    check: check.id.clone(),
                    need: need.clone(),
                };
                return Err((vec![step.id.clone(), check.id.clone(), need.clone()], problem));
            }
        }
    }
    Ok(())
}

fn goal_is_sound(goal: &Goal) -> Result<(), (String, Problem)> {
    for container in &goal.containers {
        let on: Vec<&String> = container.endpoints.iter().map(|endpoint| &endpoint.network).collect();
        let misplaced = |network: &String, problem: fn(String, String) -> Problem| {
            let name = container.name.clone();
            Err((name.clone(), problem(name, network.clone())))
        };
        for network in on.iter().copied().chain(&container.off) {
            if goal.network(network).is_none() && network != "bridge" {
                return misplaced(network, |container, network| Problem::UnknownNetwork {
                    container,
                    network,
                });
            }
        }
        if let Some(both) = container.off.iter().find(|network| on.contains(network)) {
            return misplaced(both, |container, network| Problem::OnAndOff { container, network });
        }
    }
    Ok(())
}

/// Each check after those it needs, otherwise as written; the ids that are left when that cannot be.
fn in_needs_order(mut waiting: Vec<Check>) -> Result<Vec<Check>, Vec<String>> {
    let mut ordered: Vec<Check> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|check| {
            check
                .needs
                .iter()
                .all(|need| ordered.iter().any(|done| done.id == *need))
        });
        match ready {
            Some(at) => ordered.push(waiting.remove(at)),
            None => return Err(waiting.into_iter().map(|check| check.id).collect()),
        }
    }
    Ok(ordered)
}

fn read_texts(sources: &Sources, lang: Lang, raw: &RawLesson) -> Result<LessonTexts, LessonError> {
    let source = sources.of(lang);
    let texts: LessonTexts = yaml::parse(&source.file, &source.text)?;
    let invalid = |position: Position, problem| Err(LessonError::Invalid { position, problem });
    if let Some(id) = texts
        .steps
        .keys()
        .find(|id| raw.steps.iter().all(|step| step.id != **id))
    {
        return invalid(source.locate(&["steps", id]), Problem::UnknownId { id: id.to_owned() });
    }
    for step in &raw.steps {
        let Some(said) = texts.steps.get(&step.id) else {
            return invalid(
                source.locate(&["steps"]),
                Problem::MissingText {
                    what: format!("step `{}`", step.id),
                },
            );
        };
        if said.hints.len() != 3 {
            let problem = Problem::Hints {
                step: step.id.clone(),
                count: said.hints.len(),
            };
            return invalid(source.locate(&[&step.id, "hints"]), problem);
        }
        if let Some(problem) = choices_problem(step, said) {
            return invalid(source.locate(&[&step.id, "choices"]), problem);
        }
        if let Some(part) = first_empty(said) {
            let problem = Problem::MissingText {
                what: format!("step `{}`, {part}", step.id),
            };
            return invalid(source.locate(&[&step.id, part]), problem);
        }
        for check in &step.checks {
            if said
                .checks
                .get(&check.id)
                .is_none_or(|text| text.title.trim().is_empty())
            {
                let problem = Problem::MissingText {
                    what: format!("check `{}`", check.id),
                };
                return invalid(source.locate(&[&step.id, "checks"]), problem);
            }
        }
        for (id, text) in &said.checks.0 {
            if step.checks.iter().all(|check| check.id != *id) {
                return invalid(
                    source.locate(&[&step.id, "checks", id]),
                    Problem::UnknownId { id: id.clone() },
                );
            }
            if let Some(found) = text
                .seen
                .keys()
                .find(|key| Found::ALL.iter().all(|found| found.id() != *key))
            {
                let position = source.locate(&[&step.id, "checks", id, "seen", found]);
                return invalid(position, Problem::UnknownId { id: found.to_owned() });
            }
        }
    }
    Ok(texts)
}

/// A question has at least two choices, the right one among them; what is no question has none.
fn choices_problem(step: &RawStep, said: &super::StepTexts) -> Option<Problem> {
    let right = step.checks.iter().find_map(|check| check.kind.question());
    let count = said.choices.len();
    let sound = right.map_or(count == 0, |right| (2.max(right)..=MOST_CHOICES).contains(&count));
    (!sound).then(|| Problem::Choices {
        step: step.id.clone(),
        count,
        right: right.unwrap_or_default(),
    })
}

fn first_empty(said: &super::StepTexts) -> Option<&'static str> {
    let empty = |texts: &[String]| texts.is_empty() || texts.iter().any(|text| text.trim().is_empty());
    let parts = [
        ("title", said.title.trim().is_empty()),
        ("say", empty(&said.say)),
        ("choices", said.choices.iter().any(|text| text.trim().is_empty())),
        ("hints", empty(&said.hints)),
        ("praise", said.praise.trim().is_empty()),
        ("why", empty(&said.why)),
    ];
    parts.into_iter().find_map(|(part, is_empty)| is_empty.then_some(part))
}
