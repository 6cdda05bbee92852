//! `cnm lessons`: for authors.

use std::io::{self, Write};
use std::path::Path;

use crate::lesson::{self, BeginError, Lesson, LessonError};
use crate::texts::{self, Lang};

use super::dispatch::{LESSON_INVALID, USAGE, complain};
use super::pipe::Pipe;
use super::{Global, LessonsCommand, solve};

/// Does what an author asks for; the status to end with.
pub(super) fn lessons(global: &Global, asked: &LessonsCommand, lang: Lang) -> i32 {
    match asked {
        LessonsCommand::List => list(lang),
        LessonsCommand::New { folder } => new(folder, lang),
        LessonsCommand::Lint { folder } => lint(folder.as_deref(), lang),
        LessonsCommand::Try { folder } => solve::try_lessons(global, lang, folder.as_deref()),
    }
}

/// The lesson in a folder; without one, every lesson of the program.
pub(super) fn lessons_in(folder: Option<&Path>) -> Vec<Result<Lesson, LessonError>> {
    match folder {
        Some(folder) => vec![lesson::load(folder)],
        None => lesson::embedded_ids().into_iter().map(lesson::embedded).collect(),
    }
}

fn list(lang: Lang) -> i32 {
    let mut out = Pipe(io::stdout().lock());
    for id in lesson::embedded_ids() {
        let title = lesson::embedded(id).map_or_else(|e| e.to_string(), |l| l.texts(lang).title.clone());
        let _ = writeln!(out, "{id}\t{title}");
    }
    0
}

fn new(folder: &Path, lang: Lang) -> i32 {
    // `.` has no name of its own.
    let whole = folder
        .file_name()
        .is_none()
        .then(|| folder.canonicalize().ok())
        .flatten();
    match lesson::begin(whole.as_deref().unwrap_or(folder)) {
        Ok(()) => {
            let folder = shown(folder);
            let mut out = Pipe(io::stdout().lock());
            let _ = writeln!(out, "{}", texts::fill(lang, "cli.lesson_begun", &[("folder", &folder)]));
            let next = [
                ("lessons lint", "cli.begun_lint"),
                ("lessons try", "cli.begun_try"),
                ("learn", "cli.begun_learn"),
            ];
            for (command, what) in next {
                let command = format!("cnm {command} {folder}");
                let _ = writeln!(out, "  {command:<0$}  {1}", folder.len() + 17, texts::get(lang, what));
            }
            0
        }
        Err(error) => {
            complain(&not_begun(&error, lang));
            match error {
                BeginError::Name { .. } | BeginError::Exists { .. } => USAGE,
                BeginError::Os { .. } => 1,
            }
        }
    }
}

fn not_begun(error: &BeginError, lang: Lang) -> String {
    match error {
        BeginError::Name { name } => texts::fill(lang, "cli.lesson_name", &[("name", name)]),
        BeginError::Exists { path } => texts::fill(lang, "cli.lesson_exists", &[("path", &shown(path))]),
        BeginError::Os { path, source } => {
            let values = [("path", &*shown(path)), ("reason", &source.to_string())];
            texts::fill(lang, "cli.lesson_not_written", &values)
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn lint(folder: Option<&Path>, lang: Lang) -> i32 {
    let mut out = Pipe(io::stdout().lock());
    let mut status = 0;
    for lesson in lessons_in(folder) {
        let said: Vec<String> = match &lesson {
            Ok(lesson) => lesson::lint(lesson).iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.to_string()],
        };
        if let (Ok(lesson), true) = (&lesson, said.is_empty()) {
            let clean = texts::fill(lang, "cli.lint_clean", &[("lesson", &lesson.id)]);
            let _ = writeln!(out, "{clean}");
        } else {
            status = LESSON_INVALID;
        }
        for line in said {
            let _ = writeln!(out, "{line}");
        }
    }
    status
}
