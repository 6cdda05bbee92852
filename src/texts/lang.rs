use std::fmt;
use std::str::FromStr;

/// A language of the catalogues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Lang {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

/// A language that the catalogues do not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}: fr | en")]
pub struct UnknownLang(pub String);

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Fr, Self::En];

    /// `fr` or `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Fr => Self::En,
            Self::En => Self::Fr,
        }
    }

    /// The language to speak: the one asked for, else the locale's. `env` looks a variable up; `LC_ALL`, `LC_MESSAGES`
    /// and `LANG` are asked in that order and the first that is not empty decides (POSIX, "Environment Variables", 8.2).
    /// No locale, `C` and `POSIX` leave the default; a locale of another language gets English.
    #[must_use]
    pub fn choose(asked: Option<Self>, env: impl Fn(&str) -> Option<String>) -> Self {
        if let Some(lang) = asked {
            return lang;
        }
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(env)
            .find(|value| !value.is_empty());
        let Some(locale) = locale else { return Self::default() };
        let language = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        match language {
            "fr" => Self::Fr,
            "C" | "POSIX" => Self::default(),
            _ => Self::En,
        }
    }

    /// The language of the `cnm` whose lab this process runs in.
    #[must_use]
    pub fn of_lab() -> Option<Self> {
        std::env::var("CNM_LANG").ok()?.parse().ok()
    }

    /// [`Lang::choose`] in this process's environment.
    #[must_use]
    pub fn from_env(asked: Option<Self>) -> Self {
        Self::choose(asked, |name| std::env::var(name).ok())
    }

    /// Whether `n` things take the singular: in French 0 and 1, in English 1 (Unicode CLDR plural rules).
    #[must_use]
    pub const fn is_one(self, n: usize) -> bool {
        match self {
            Self::Fr => n < 2,
            Self::En => n == 1,
        }
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(text: &str) -> Result<Self, UnknownLang> {
        Self::ALL
            .into_iter()
            .find(|lang| lang.code() == text)
            .ok_or_else(|| UnknownLang(text.to_owned()))
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_locale(pairs: &[(&str, &str)]) -> Lang {
        Lang::choose(None, |name| {
            pairs.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn what_is_asked_for_wins() {
        assert_eq!(Lang::choose(Some(Lang::Fr), |_| Some("en_GB.UTF-8".into())), Lang::Fr);
    }

    #[test]
    fn the_first_locale_variable_that_is_not_empty_decides() {
        assert_eq!(in_locale(&[("LC_ALL", ""), ("LANG", "en_US.UTF-8")]), Lang::En);
        assert_eq!(in_locale(&[("LC_ALL", "fr_CA"), ("LANG", "en_US.UTF-8")]), Lang::Fr);
        assert_eq!(in_locale(&[("LC_MESSAGES", "en"), ("LANG", "fr_FR")]), Lang::En);
    }

    #[test]
    fn without_a_locale_the_default_stays_and_a_third_language_gets_english() {
        assert_eq!(in_locale(&[]), Lang::default());
        assert_eq!(in_locale(&[("LANG", "C.UTF-8")]), Lang::default());
        assert_eq!(in_locale(&[("LANG", "de_DE.UTF-8")]), Lang::En);
    }

    #[test]
    fn codes_round_trip() {
        for lang in Lang::ALL {
            assert_eq!(lang.code().parse(), Ok(lang));
        }
        assert!("de".parse::<Lang>().is_err());
    }
}
