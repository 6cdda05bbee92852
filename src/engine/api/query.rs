//! Query strings, read as Docker reads them.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::ApiError;
use super::filters::Filters;
use crate::engine::core::Era;
use crate::engine::server::Engine;

/// A query string's pairs, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pairs: Vec<(String, String)>,
    era: Era,
}

impl FromRequestParts<Engine> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, engine: &Engine) -> Result<Self, Infallible> {
        Ok(Self {
            era: engine.options().era,
            ..Self::parse(parts.uri.query().unwrap_or_default())
        })
    }
}

impl Query {
    fn parse(text: &str) -> Self {
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(key), decoded(value))
        };
        Self {
            pairs: text.split('&').filter(|part| !part.is_empty()).map(pair).collect(),
            era: Era::default(),
        }
    }

    /// The first value of a key; empty when absent.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.pairs
            .iter()
            .find(|(known, _)| known == key)
            .map_or("", |(_, value)| value)
    }

    /// All values of a key, in order.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let same = move |(known, value): &'a (String, String)| (known == key).then_some(value.as_str());
        self.pairs.iter().filter_map(same)
    }

    /// False iff empty, `0`, `no`, `false` or `none`, in any case.
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        let value = self.text(key).trim().to_ascii_lowercase();
        !matches!(value.as_str(), "" | "0" | "no" | "false" | "none")
    }

    /// A number, absent when the key is.
    ///
    /// # Errors
    /// Not a number, in Go's words.
    pub fn number(&self, key: &str) -> Result<Option<i64>, ApiError> {
        let text = self.text(key);
        if text.is_empty() {
            return Ok(None);
        }
        let refused = |_| {
            let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
            ApiError::new(status, format!("strconv.Atoi: parsing {text:?}: invalid syntax"))
        };
        text.parse().map(Some).map_err(refused)
    }

    /// A terminal's height and width, in cells.
    ///
    /// # Errors
    /// Not numbers.
    pub fn terminal_size(&self) -> Result<[u16; 2], ApiError> {
        let cells = |key| {
            let text = self.text(key);
            let refused = || ApiError::invalid(format!("strconv.Atoi: parsing {text:?}: invalid syntax"));
            let number: i64 = text.parse().map_err(|_| refused())?;
            u16::try_from(number).map_err(|_| ApiError::invalid(format!("invalid resize {key}: {text:?}")))
        };
        Ok([cells("h")?, cells("w")?])
    }

    /// The `filters` of a list.
    ///
    /// # Errors
    /// Not a filter object.
    pub fn filters(&self) -> Result<Filters, ApiError> {
        Filters::parse(self.text("filters"), self.era)
    }
}

/// `%XX` and `+`; what is malformed stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escape = (byte == b'%').then(|| tail.get(..2)).flatten();
        let value = escape.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(value.unwrap_or(if byte == b'+' { b' ' } else { byte }));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded() {
        let query = Query::parse("name=a%20b+c&all=1&x=%zz&empty");
        assert_eq!(
            (query.text("name"), query.text("x"), query.text("empty")),
            ("a b c", "%zz", "")
        );
    }

    #[test]
    fn booleans_in_every_clients_spelling() {
        for text in ["0", "no", "False", "none", "", "false"] {
            assert!(!Query::parse(&format!("force={text}")).flag("force"), "{text}");
        }
        for text in ["1", "True", "true", "yes", "2"] {
            assert!(Query::parse(&format!("force={text}")).flag("force"), "{text}");
        }
        assert!(!Query::parse("").flag("force"));
    }
}
