//! `filters`, in both shapes clients send: `{"name":{"n1":true}}` and `{"name":["n1"]}`.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use regex::Regex;
use serde::Deserialize;

use super::error::ApiError;
use super::go_json;
use crate::engine::core::Era;

/// Filter values by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters(BTreeMap<String, Vec<String>>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    List(Vec<String>),
    Set(BTreeMap<String, bool>),
}

impl Filters {
    /// From the query's text; empty text is no filter.
    ///
    /// # Errors
    /// Neither shape.
    pub fn parse(text: &str, era: Era) -> Result<Self, ApiError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let parsed: BTreeMap<String, Values> = serde_json::from_str(text).map_err(|error| {
            let words = go_json::words(text.as_bytes(), &error);
            match era {
                Era::E28 => ApiError::invalid(format!("invalid filter: {words}")),
                Era::E20_10 => ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, words),
            }
        })?;
        let values = |values| match values {
            Values::List(list) => list,
            Values::Set(set) => set.into_keys().collect(),
        };
        Ok(Self(
            parsed.into_iter().map(|(key, found)| (key, values(found))).collect(),
        ))
    }

    /// Refuses keys the list does not have.
    ///
    /// # Errors
    /// The first such key.
    pub fn check(&self, known: &[&str], era: Era) -> Result<(), ApiError> {
        let bad = self.0.keys().find(|key| !known.contains(&key.as_str()));
        bad.map_or(Ok(()), |key| {
            Err(ApiError::invalid(match era {
                Era::E28 => format!("invalid filter '{key}'"),
                Era::E20_10 => format!("Invalid filter '{key}'"),
            }))
        })
    }

    /// Values of a key.
    #[must_use]
    pub fn values(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether the key was given at all.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// No values, or one of them is the subject.
    #[must_use]
    pub fn exactly(&self, key: &str, subject: &str) -> bool {
        let values = self.values(key);
        values.is_empty() || values.iter().any(|value| value == subject)
    }

    /// No values, or one of them is in the subject, as text or as a regular expression.
    #[must_use]
    pub fn matches(&self, key: &str, subject: &str) -> bool {
        let values = self.values(key);
        let hit = |value: &String| value == subject || Regex::new(value).is_ok_and(|regex| regex.is_match(subject));
        values.is_empty() || values.iter().any(hit)
    }

    /// Each `key` or `key=value` is among the labels.
    #[must_use]
    pub fn labels(&self, key: &str, labels: &BTreeMap<String, String>) -> bool {
        self.values(key).iter().all(|wanted| match wanted.split_once('=') {
            Some((name, value)) => labels.get(name).is_some_and(|found| found == value),
            None => labels.contains_key(wanted),
        })
    }

    /// A yes-or-no filter.
    ///
    /// # Errors
    /// Several values, or one that is neither.
    pub fn yes_or_no(&self, key: &str) -> Result<Option<bool>, ApiError> {
        match self.values(key) {
            [] => Ok(None),
            [value] => match value.as_str() {
                "1" | "true" => Ok(Some(true)),
                "0" | "false" => Ok(Some(false)),
                _ => Err(ApiError::invalid(format!(
                    "invalid value for filter '{key}', must be \"true\" (or \"1\"), or \"false\" (or \"0\")"
                ))),
            },
            _ => Err(ApiError::invalid(format!(
                "got more than one value for filter key \"{key}\""
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes() {
        for text in [r#"{"name":{"n1":true}}"#, r#"{"name":["n1"]}"#] {
            assert_eq!(Filters::parse(text, Era::E28).unwrap().values("name"), ["n1"]);
        }
        assert!(Filters::parse("", Era::E28).unwrap().values("name").is_empty());
        assert!(Filters::parse("nope", Era::E28).is_err());
        assert!(Filters::parse(r#"{"name":"n1"}"#, Era::E28).is_err());
    }

    #[test]
    fn matching() {
        let filters = Filters::parse(r#"{"name":["^es","web$"],"label":["a=b","c"],"bad":["("]}"#, Era::E28).unwrap();
        assert!(filters.matches("name", "es1") && filters.matches("name", "myweb") && !filters.matches("name", "res"));
        assert!(filters.matches("absent", "x"));
        assert!(filters.matches("bad", "(") && !filters.matches("bad", "x"));
        let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        assert!(filters.labels("label", &labels(&[("a", "b"), ("c", "")])));
        assert!(!filters.labels("label", &labels(&[("a", "x"), ("c", "")])));
        assert_eq!(
            filters.check(&["name", "label"], Era::E28).unwrap_err().message,
            "invalid filter 'bad'"
        );
    }
}
