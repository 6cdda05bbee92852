//! What a person has chosen once for all: `cnm/config.toml` in the configuration directory (XDG Base Directory Specification).
//!
//! A file that is wrong never keeps the program from opening: each mistake is a [`Fault`] with its line, its column and what to do,
//! and the entry it is in counts for nothing. What the keys of `[keys]` do is known to the screen, which judges them in turn.

mod chord;
mod fault;
mod read;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::texts::Lang;
use crate::yaml::Position;

pub use chord::{Chord, Code, NoChord};
pub use fault::{Fault, What};
pub use read::read;

/// A file larger than this is nobody's settings.
pub const LARGEST: u64 = 16 * 1024;

/// Which colours can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// On a black terminal.
    #[default]
    Dark,
    /// On a white one.
    Light,
}

/// `[keys]`: an action and its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// The action, as it was written.
    pub action: String,
    /// Where it stands.
    pub position: Position,
    /// Its keys, each with its place: at least one.
    pub keys: Vec<(Chord, Position)>,
}

/// What the file says, as far as it is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `language`.
    pub language: Option<Lang>,
    /// `theme`; absent for `auto`.
    pub theme: Option<Theme>,
    /// `mouse`.
    pub mouse: bool,
    /// `motion`.
    pub motion: bool,
    /// `ascii`.
    pub ascii: bool,
    /// `[keys]`, in the order of the file.
    pub keys: Vec<KeyEntry>,
    /// What is wrong in it.
    pub faults: Vec<Fault>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            theme: None,
            mouse: true,
            motion: true,
            ascii: false,
            keys: Vec::new(),
            faults: Vec::new(),
        }
    }
}

/// Where the file is, in this environment; `env` looks a variable up. A path that is not absolute counts for none, as the
/// specification says; absent without a home.
#[must_use]
pub fn locate<S: Into<PathBuf>>(env: impl Fn(&str) -> Option<S>) -> Option<PathBuf> {
    let absolute = |name: &str| env(name).map(Into::into).filter(|path: &PathBuf| path.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(folder.join("cnm/config.toml"))
}

/// Reads the file. One that is not there is an empty one.
#[must_use]
pub fn load(path: &Path) -> Settings {
    let file = path.display().to_string();
    let fault = |what| Settings {
        faults: vec![Fault {
            position: Position::of_file(&file),
            what,
        }],
        ..Settings::default()
    };
    match bytes(path) {
        Ok(Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => read(&file, &text),
            Err(error) => {
                let good = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
                let position = read::position(&file, &good, good.len());
                Settings {
                    faults: vec![Fault {
                        position,
                        what: What::NotUtf8,
                    }],
                    ..Settings::default()
                }
            }
        },
        Ok(None) => Settings::default(),
        Err(what) => fault(what),
    }
}

/// What is in the file; nothing where there is none.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, What> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => None,
        _ => Some(What::Unreadable {
            reason: error.to_string(),
        }),
    };
    // Looked at first: to open a pipe would wait for somebody to write into it.
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) => return unreadable(error).map_or(Ok(None), Err),
    };
    if !about.is_file() {
        return Err(What::NotAFile);
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return unreadable(error).map_or(Ok(None), Err);
    }
    if bytes.len() as u64 > LARGEST {
        return Err(What::TooLarge);
    }
    Ok(Some(bytes))
}

impl Theme {
    /// The theme for a terminal that says which colours it has, as `COLORFGBG` does (rxvt, Konsole and others: foreground and
    /// background among the sixteen, parted by `;`, the background last): 7 and 9 to 15 are light. Nothing is asked of the terminal,
    /// which might not answer.
    #[must_use]
    pub fn of_terminal(colorfgbg: Option<&str>) -> Self {
        let background = colorfgbg.and_then(|value| value.rsplit(';').next()?.trim().parse::<u8>().ok());
        match background {
            Some(7 | 9..=15) => Self::Light,
            _ => Self::Dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_where_the_specification_says() {
        let with = |pairs: &'static [(&str, &str)]| {
            locate(move |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
        };
        let config = |path: &str| Some(PathBuf::from(path));
        assert_eq!(
            with(&[("XDG_CONFIG_HOME", "/c"), ("HOME", "/h")]),
            config("/c/cnm/config.toml")
        );
        assert_eq!(with(&[("HOME", "/h")]), config("/h/.config/cnm/config.toml"));
        assert_eq!(
            with(&[("XDG_CONFIG_HOME", "c"), ("HOME", "/h")]),
            config("/h/.config/cnm/config.toml")
        );
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn a_terminal_that_says_nothing_is_dark() {
        for (said, theme) in [
            (None, Theme::Dark),
            (Some(""), Theme::Dark),
            (Some("15;0"), Theme::Dark),
            (Some("7;8"), Theme::Dark),
            (Some("0;15"), Theme::Light),
            (Some("0;default;7"), Theme::Light),
            (Some("0;default"), Theme::Dark),
            (Some("0;999"), Theme::Dark),
        ] {
            assert_eq!(Theme::of_terminal(said), theme, "{said:?}");
        }
    }

    #[test]
    fn what_is_no_readable_file_is_told_and_the_defaults_hold() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("folder")).unwrap();
        std::fs::write(at("large"), vec![b'#'; usize::try_from(LARGEST).unwrap() + 1]).unwrap();
        std::fs::write(at("latin"), b"language = \"en\"\ntheme = \"\xe9\"\n").unwrap();
        std::fs::write(at("largest"), vec![b'#'; usize::try_from(LARGEST).unwrap()]).unwrap();
        for (name, told) in [
            ("folder", Some((What::NotAFile, 0))),
            ("large", Some((What::TooLarge, 0))),
            ("latin", Some((What::NotUtf8, 2))),
            ("largest", None),
            ("absent", None),
            ("large/config.toml", None),
        ] {
            let settings = load(&at(name));
            let found = settings.faults.first().map(|f| (f.what.clone(), f.position.line));
            assert_eq!(found, told, "{name}");
            let faults = Vec::new();
            assert_eq!(Settings { faults, ..settings }, Settings::default(), "{name}");
        }
        #[cfg(unix)]
        {
            nix::unistd::mkfifo(&at("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
            assert_eq!(load(&at("pipe")).faults[0].what, What::NotAFile);
        }
    }
}
