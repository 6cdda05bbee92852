//! What can be wrong in a settings file, in words.

use crate::texts::{self, Lang};
use crate::yaml::Position;

use super::LARGEST;

/// A mistake, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub position: Position,
    /// What.
    pub what: What,
}

/// What is wrong. Each is told with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The file cannot be read: the system's words.
    Unreadable {
        /// Why.
        reason: String,
    },
    /// A folder, a pipe, a device.
    NotAFile,
    /// More than [`LARGEST`].
    TooLarge,
    /// Not UTF-8.
    NotUtf8,
    /// Not TOML: the reader's words.
    Syntax {
        /// What it wants.
        reason: String,
    },
    /// A name given twice.
    Twice,
    /// No such setting.
    UnknownSetting {
        /// As it was written.
        name: String,
    },
    /// A value that the setting does not take.
    Value {
        /// The setting.
        name: String,
        /// What it takes: an id of the catalogue.
        takes: &'static str,
        /// What it was given.
        found: String,
    },
    /// No such action.
    UnknownAction {
        /// As it was written.
        name: String,
        /// Those there are.
        known: String,
    },
    /// No such key.
    UnknownKey {
        /// As it was written.
        key: String,
    },
    /// A key that a terminal does not tell from this one, or not at all.
    UntoldKey {
        /// As it was written.
        key: String,
        /// The other one.
        same: Option<&'static str>,
    },
    /// A key that is needed where it is.
    KeptKey {
        /// As it was written.
        key: String,
    },
    /// The menu's key has to work inside the console.
    MenuKey {
        /// As it was written.
        key: String,
    },
    /// Another action has this key.
    TakenKey {
        /// The key's name.
        key: String,
        /// The other action.
        by: &'static str,
    },
}

impl Fault {
    /// `file:line:column: what is wrong; what to do`.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        format!("{}: {}", self.position, self.what.text(lang))
    }
}

impl What {
    /// What is wrong and what to do, without the place.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let size = (LARGEST / 1024).to_string();
        let (key, values): (&'static str, Vec<(&str, &str)>) = match self {
            Self::Unreadable { reason } => ("settings.unreadable", vec![("reason", reason)]),
            Self::NotAFile => ("settings.not_a_file", vec![]),
            Self::TooLarge => ("settings.too_large", vec![("size", &size)]),
            Self::NotUtf8 => ("settings.not_utf8", vec![]),
            Self::Syntax { reason } => ("settings.syntax", vec![("reason", reason)]),
            Self::Twice => ("settings.twice", vec![]),
            Self::UnknownSetting { name } => ("settings.unknown_setting", vec![("name", name)]),
            Self::Value { name, takes, found } => {
                let takes = texts::get(lang, takes);
                (
                    "settings.value",
                    vec![("name", name), ("takes", takes), ("found", found)],
                )
            }
            Self::UnknownAction { name, known } => ("settings.unknown_action", vec![("name", name), ("known", known)]),
            Self::UnknownKey { key } => ("settings.unknown_key", vec![("key", key)]),
            Self::UntoldKey { key, same: Some(same) } => ("settings.same_key", vec![("key", key), ("same", same)]),
            Self::UntoldKey { key, same: None } => ("settings.untold_key", vec![("key", key)]),
            Self::KeptKey { key } => ("settings.kept_key", vec![("key", key)]),
            Self::MenuKey { key } => ("settings.menu_key", vec![("key", key)]),
            Self::TakenKey { key, by } => ("settings.taken_key", vec![("key", key), ("by", by)]),
        };
        texts::fill(lang, key, &values)
    }
}
