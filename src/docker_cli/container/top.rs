//! `docker top`.

use serde_json::Value;

use super::super::client::{Client, encode, query};
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::super::say;
use super::super::table::{Layout, table_with};

/// `docker top`.
pub(in crate::docker_cli) async fn show(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let (name, options) = parsed.operands.split_first().unwrap_or((const { &String::new() }, &[]));
    let options = (!options.is_empty()).then(|| options.join(" "));
    let path = format!("/containers/{}/top{}", encode(name), query(&[("ps_args", options)]));
    let answer = client.get_json(&path).await?;
    let words = |row: &Value| -> Vec<String> {
        let words = row.as_array().into_iter().flatten();
        words.map(|word| word.as_str().unwrap_or_default().to_owned()).collect()
    };
    let mut rows = vec![words(&answer["Titles"])];
    rows.extend(answer["Processes"].as_array().into_iter().flatten().map(words));
    say(&table_with(&rows, Layout::PROCESSES));
    Ok(0)
}
