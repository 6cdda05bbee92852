//! `--filter name=value`.

use std::collections::{BTreeMap, BTreeSet};

use super::flag::Parsed;

/// Refuses what is not `name=value`.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.is_empty() || text.contains('=') {
        return Ok(());
    }
    Err("bad format of filter (expected name=value)".into())
}

/// The `filters` of a query as the API wants them: `{"name":{"x":true}}`; `None` without any.
pub(super) fn query(parsed: &Parsed, more: &[(&str, &str)]) -> Option<String> {
    let mut filters: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let given = parsed.all("filter").filter_map(|filter| filter.split_once('='));
    for (name, value) in given.chain(more.iter().copied()) {
        filters
            .entry(name.trim().to_lowercase())
            .or_default()
            .insert(value.trim().to_owned());
    }
    if filters.is_empty() {
        return None;
    }
    let json: serde_json::Map<String, serde_json::Value> = filters
        .into_iter()
        .map(|(name, values)| {
            (
                name,
                values
                    .into_iter()
                    .map(|value| (value, serde_json::Value::Bool(true)))
                    .collect(),
            )
        })
        .collect();
    Some(serde_json::Value::Object(json).to_string())
}

#[cfg(test)]
mod tests {
    use super::super::flag::{self, values};
    use super::*;

    #[test]
    fn filters_add_up() {
        let flags = [values("filter", "filter", "x").checked(check)];
        let args: Vec<String> = ["--filter", "Name=x", "--filter", "label=a=b", "--filter", "name=y"]
            .iter()
            .map(ToString::to_string)
            .collect();
        let parsed = flag::parse(&flags, &args, true).unwrap();
        assert_eq!(
            query(&parsed, &[]).as_deref(),
            Some(r#"{"label":{"a=b":true},"name":{"x":true,"y":true}}"#)
        );
        assert_eq!(query(&Parsed::default(), &[]), None);
        assert_eq!(
            query(&Parsed::default(), &[("reference", "alp")]).as_deref(),
            Some(r#"{"reference":{"alp":true}}"#)
        );
        assert!(check("bad").is_err());
    }
}
