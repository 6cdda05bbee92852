use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Lang;
use crate::yaml::{self, Ordered, YamlError};

/// Key (`room.key`) to text.
type Catalogue = BTreeMap<String, String>;

/// Embeds the two files of each room.
macro_rules! rooms {
    ($($room:literal),+ $(,)?) => {
        const ROOMS: &[(&str, &str, &str)] = &[$((
            $room,
            include_str!(concat!("../../assets/texts/fr/", $room, ".yaml")),
            include_str!(concat!("../../assets/texts/en/", $room, ".yaml")),
        )),+];
    };
}

rooms![
    "cli", "docker", "doctor", "engine", "grade", "picture", "plain", "scene", "settings", "ui", "workshop"
];

static FR: LazyLock<Catalogue> = LazyLock::new(|| read(Lang::Fr).unwrap_or_default());
static EN: LazyLock<Catalogue> = LazyLock::new(|| read(Lang::En).unwrap_or_default());

/// The catalogue of a language. The files are inside the binary and a test reads them all, so that an unreadable one
/// cannot be built in unnoticed.
pub(super) fn of(lang: Lang) -> &'static Catalogue {
    match lang {
        Lang::Fr => &FR,
        Lang::En => &EN,
    }
}

pub(super) fn read(lang: Lang) -> Result<Catalogue, YamlError> {
    let mut all = Catalogue::new();
    for (room, fr, en) in ROOMS {
        let text = match lang {
            Lang::Fr => fr,
            Lang::En => en,
        };
        let keys: Ordered<String> = yaml::parse(&format!("assets/texts/{lang}/{room}.yaml"), text)?;
        all.extend(keys.0.into_iter().map(|(key, text)| (format!("{room}.{key}"), text)));
    }
    Ok(all)
}
