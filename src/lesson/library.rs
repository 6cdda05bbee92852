use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::texts::Lang;
use crate::yaml;

use super::source::{Source, Sources};
use super::{Lesson, LessonError, read};

macro_rules! embedded {
    ($($id:literal),+ $(,)?) => {
        const EMBEDDED: &[(&str, [&str; 3])] = &[$((
            $id,
            [
                include_str!(concat!("../../lessons/", $id, "/lesson.yaml")),
                include_str!(concat!("../../lessons/", $id, "/fr.yaml")),
                include_str!(concat!("../../lessons/", $id, "/en.yaml")),
            ],
        )),+];
    };
}

embedded!["cnm"];

/// Bytes of the largest file of a lesson.
const LARGEST: u64 = 1 << 20;

/// Ids of the lessons inside the program, in teaching order.
#[must_use]
pub fn embedded_ids() -> Vec<&'static str> {
    EMBEDDED.iter().map(|(id, _)| *id).collect()
}

/// A lesson inside the program.
///
/// # Errors
/// There is none of that id. (That each is valid is tested.)
pub fn embedded(id: &str) -> Result<Lesson, LessonError> {
    let Some((id, [structure, texts @ ..])) = EMBEDDED.iter().find(|(known, _)| *known == id) else {
        return Err(LessonError::NoSuchLesson {
            id: id.to_owned(),
            known: embedded_ids(),
        });
    };
    let source = |name: &str, text: &str| Source {
        file: format!("lessons/{id}/{name}.yaml"),
        text: text.to_owned(),
    };
    read::read(Sources {
        structure: source("lesson", structure),
        texts: Lang::ALL.map(|lang| source(lang.code(), texts[lang as usize])),
    })
}

/// The lesson that a person names: a directory with a `lesson.yaml`, a YAML file, else the id of a lesson inside the program, else
/// any directory.
///
/// # Errors
/// There is none, or its files do not make a lesson.
pub fn find(name: &str) -> Result<Lesson, LessonError> {
    let path = Path::new(name);
    let is_yaml = path
        .extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml");
    if is_yaml || path.join("lesson.yaml").is_file() {
        return load(path);
    }
    match embedded(name) {
        // A folder that lacks it was meant as a lesson all the same.
        Err(LessonError::NoSuchLesson { .. }) if path.is_dir() => load(path),
        found => found,
    }
}

/// A lesson on disk: its directory, or any file in it; a file that no `lesson.yaml` stands beside is taken for one.
///
/// # Errors
/// A file cannot be read, or they do not make a lesson; with file, line and column.
pub fn load(path: &Path) -> Result<Lesson, LessonError> {
    let directory = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(Path::new("."))
    };
    let own = directory.join("lesson.yaml");
    let structure = if path.is_dir() || (path.is_file() && own.is_file()) {
        own
    } else {
        path.to_owned()
    };
    let text = |lang: Lang| directory.join(format!("{lang}.yaml"));
    read::read(Sources {
        structure: from_file(&structure)?,
        texts: [from_file(&text(Lang::ALL[0]))?, from_file(&text(Lang::ALL[1]))?],
    })
}

fn from_file(path: &Path) -> Result<Source, LessonError> {
    let refused = |source: io::Error| {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => LessonError::Missing { path, source },
            _ => LessonError::Read { path, source },
        }
    };
    let found = fs::metadata(path).map_err(refused)?;
    // A pipe or a device may never end.
    if !found.is_file() {
        return Err(refused(io::Error::other("this is not a file")));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(refused)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused(io::Error::other("this is too large for a lesson")));
    }
    let file = path.display().to_string();
    let text = yaml::decode(&file, bytes)?;
    Ok(Source { file, text })
}
