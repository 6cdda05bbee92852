//! A lesson to begin with, for authors: small, sound, and with one of each.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::rules::is_id;

/// Its files; their lesson is called [`ID`].
const FILES: [(&str, &str); 3] = [
    ("lesson.yaml", include_str!("../../assets/lesson/lesson.yaml")),
    ("fr.yaml", include_str!("../../assets/lesson/fr.yaml")),
    ("en.yaml", include_str!("../../assets/lesson/en.yaml")),
];
const ID: &str = "\nid: my-lesson\n";

/// Why a lesson was not begun. Nothing was written over.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The folder's name cannot be the lesson's id.
    #[error("`{name}` cannot be the id of a lesson")]
    Name {
        /// What it is.
        name: String,
    },
    /// There is a lesson, or a part of one.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file or the folder cannot be made.
    #[error("{}: {source}", path.display())]
    Os {
        /// What cannot be made.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes a lesson into a folder, made if need be, whose last name is its id.
///
/// # Errors
/// The name is no id (small letters, digits and hyphens); the folder has a lesson's file; it cannot be written to.
pub fn begin(folder: &Path) -> Result<(), BeginError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !is_id(&name) {
        return Err(BeginError::Name { name });
    }
    let os = |path: &Path, source| BeginError::Os {
        path: path.to_owned(),
        source,
    };
    let exists = |path: &Path| BeginError::Exists { path: path.to_owned() };
    let paths = FILES.map(|(file, _)| folder.join(file));
    // Before any is made: a lesson must not be begun by half.
    if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(exists(path));
    }
    fs::create_dir_all(folder).map_err(|error| os(folder, error))?;
    for (path, (_, text)) in paths.iter().zip(FILES) {
        let text = text.replacen(ID, &format!("\nid: {name}\n"), 1);
        let made = OpenOptions::new().write(true).create_new(true).open(path);
        let mut file = made.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => exists(path),
            _ => os(path, error),
        })?;
        file.write_all(text.as_bytes()).map_err(|error| os(path, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::{lint, load};

    #[test]
    fn what_is_begun_is_sound_and_has_the_folders_name() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("in/names-2");
        begin(&folder).unwrap();
        let lesson = load(&folder).unwrap();
        assert_eq!(lesson.id, "names-2");
        assert_eq!(lint(&lesson), []);
    }

    #[test]
    fn nothing_is_written_over_and_nothing_is_begun_by_half() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("mine");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("en.yaml"), "title: mine\n").unwrap();
        let refused = begin(&folder).unwrap_err();
        assert!(matches!(refused, BeginError::Exists { path } if path == folder.join("en.yaml")));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(folder.join("en.yaml")).unwrap(), "title: mine\n");
    }

    #[test]
    fn a_name_that_is_no_id_is_refused() {
        let home = tempfile::tempdir().unwrap();
        for name in ["My lesson", "", "..", "é", "2nd", "a_b"] {
            let refused = begin(&home.path().join(name));
            assert!(matches!(refused, Err(BeginError::Name { .. })), "{name}: {refused:?}");
        }
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        let in_a_file = home.path().join("file");
        fs::write(&in_a_file, "").unwrap();
        assert!(matches!(begin(&in_a_file.join("mine")), Err(BeginError::Os { .. })));
    }
}
