use std::io::{self, Write};
use std::str::FromStr;

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::lab::BackendKind;
use crate::texts::{self, Lang};
use crate::workshop::CheckStatus;

use super::CheckOptions;
use super::outcome::{Graded, GradedCheck};
use super::seconds::worded;

/// Columns that titles are set out on.
const ID_COLUMN: usize = 22;
const TITLE_COLUMN: usize = 44;
/// Columns of `vu`, `voulu`, `indice`, `solution`.
const DETAIL_COLUMN: usize = 9;

/// Shape of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object.
    Json,
}

impl Format {
    /// Names of all.
    pub const NAMES: [&str; 2] = ["human", "json"];
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            other => {
                let values = [("format", other), ("formats", &Self::NAMES.join(", "))];
                Err(texts::fill(Lang::from_env(None), "grade.error.format", &values))
            }
        }
    }
}

pub(super) fn write(out: &mut dyn Write, graded: &Graded, options: &CheckOptions) -> io::Result<()> {
    match options.format {
        Format::Human => human(out, graded, options),
        Format::Json => {
            writeln!(out, "{:#}", as_json(graded, options))
        }
    }
}

fn human(out: &mut dyn Write, graded: &Graded, options: &CheckOptions) -> io::Result<()> {
    let lang = options.lang;
    for lesson in &graded.lessons {
        let title = texts::fill(
            lang,
            "grade.lesson",
            &[("lesson", &lesson.id), ("title", &lesson.title)],
        );
        writeln!(
            out,
            "{}{}",
            padded(&title, ID_COLUMN + TITLE_COLUMN - 8),
            engine(graded, lang)
        )?;
        for check in &lesson.checks {
            human_check(out, check, options)?;
        }
    }
    let summary = graded.summary();
    let mut parts = vec![texts::count(lang, "grade.passed", summary.passed)];
    let more = [("grade.failed", summary.failed), ("grade.skipped", summary.skipped)];
    parts.extend(
        more.into_iter()
            .filter(|(_, n)| *n > 0)
            .map(|(key, n)| texts::count(lang, key, n)),
    );
    writeln!(out, "{}   {}", parts.join(", "), worded(graded.took, lang))
}

fn engine(graded: &Graded, lang: Lang) -> String {
    let key = match graded.backend.kind {
        BackendKind::Builtin => "grade.engine.builtin",
        BackendKind::Docker => "grade.engine.docker",
    };
    texts::fill(
        lang,
        key,
        &[("version", &graded.backend.version), ("api", &graded.backend.api)],
    )
}

fn human_check(out: &mut dyn Write, check: &GradedCheck, options: &CheckOptions) -> io::Result<()> {
    let lang = options.lang;
    let line = |mark: &str, tail: &str| {
        let head = format!(
            "  {mark} {}{}",
            padded(&check.view.id, ID_COLUMN),
            padded(&check.view.title, TITLE_COLUMN)
        );
        format!("{head}{tail}").trim_end().to_owned()
    };
    let took = texts::fill(lang, "grade.ms", &[("ms", &check.took.as_millis().to_string())]);
    match &check.view.status {
        CheckStatus::Pass => {
            writeln!(out, "{}", line("✓", &took))?;
            let asked = |words: &String| {
                let label = padded(texts::get(lang, "grade.asked"), DETAIL_COLUMN);
                writeln!(out, "      {label}{words}")
            };
            check.evidence.iter().try_for_each(asked)
        }
        CheckStatus::Waits { on } => {
            let waits = texts::fill(lang, "grade.waits", &[("check", on)]);
            writeln!(out, "  - {}{waits}", padded(&check.view.id, ID_COLUMN))
        }
        CheckStatus::Fail { seen, wanted } => {
            writeln!(out, "{}", line("✗", &took))?;
            let mut detail =
                |key, text: &str| writeln!(out, "      {}{text}", padded(texts::get(lang, key), DETAIL_COLUMN));
            detail("grade.seen", seen)?;
            detail("grade.wanted", wanted)?;
            if options.solutions {
                return check
                    .solution
                    .iter()
                    .try_for_each(|command| detail("grade.solution", &format!("$ {command}")));
            }
            let Some(hint) = &check.hint else { return Ok(()) };
            detail(
                "grade.hint",
                &format!("{hint}  {}", texts::get(lang, "grade.how_to_solution")),
            )
        }
    }
}

fn padded(text: &str, columns: usize) -> String {
    // At least one space, so that a long text does not touch the next.
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width()).max(1)))
}

fn as_json(graded: &Graded, options: &CheckOptions) -> serde_json::Value {
    let summary = graded.summary();
    let mut lessons: Vec<&str> = graded.lessons.iter().map(|lesson| lesson.id.as_str()).collect();
    lessons.dedup();
    let checks = graded
        .lessons
        .iter()
        .flat_map(|lesson| lesson.checks.iter().map(move |check| (lesson, check)))
        .map(|(lesson, check)| json_check(&lesson.id, check, options.solutions));
    json!({
        "schema": 1,
        "lesson": lessons.join(","),
        "lang": options.lang.code(),
        "engine": {
            "kind": match graded.backend.kind { BackendKind::Builtin => "builtin", BackendKind::Docker => "docker" },
            "version": graded.backend.version,
            "api": graded.backend.api,
        },
        "summary": { "passed": summary.passed, "failed": summary.failed, "skipped": summary.skipped, "errors": 0 },
        "refused": graded.refused,
        "checks": checks.collect::<Vec<_>>(),
    })
}

fn json_check(lesson: &str, check: &GradedCheck, solutions: bool) -> serde_json::Value {
    let (status, seen, wanted) = match &check.view.status {
        CheckStatus::Pass => ("pass", None, None),
        CheckStatus::Waits { .. } => ("skip", None, None),
        CheckStatus::Fail { seen, wanted } => ("fail", Some(seen), Some(wanted)),
    };
    json!({
        "id": check.view.id,
        "lesson": lesson,
        "step": check.step,
        "title": check.view.title,
        "status": status,
        "seen": seen,
        "wanted": wanted,
        "needs": check.needs,
        "evidence": check.evidence,
        "solution": solutions.then_some(&check.solution),
        "ms": u64::try_from(check.took.as_millis()).unwrap_or(u64::MAX),
        "hints_used": 0,
    })
}
