//! `--format`: what the lists and single objects make of a template (docker/cli `cli/command/formatter`).

use serde_json::{Map, Value};

use super::failure::Failure;
use super::table::table;
use super::template::Template;

/// A list's element: the fields a template may ask for, and the labels behind `.Label "name"`.
pub(super) struct Row {
    /// In the order of their names, as `{{json .}}` prints them.
    pub fields: Value,
    /// Name → value.
    pub labels: Value,
}

impl Row {
    /// A row of texts.
    pub(super) fn new(fields: &[(&str, String)], labels: &Value) -> Self {
        let mut sorted: Vec<_> = fields.iter().collect();
        sorted.sort_by_key(|(name, _)| *name);
        let fields: Map<String, Value> = sorted
            .into_iter()
            .map(|(name, text)| ((*name).to_owned(), Value::from(text.as_str())))
            .collect();
        Self {
            fields: Value::Object(fields),
            labels: labels.clone(),
        }
    }
}

/// The template asked for, `\t` and `\n` in it read as such; `None` where the list is to look as ever.
pub(super) fn asked(format: Option<&str>) -> Option<String> {
    match format {
        None | Some("" | "table") => None,
        Some("json") => Some("{{json .}}".to_owned()),
        Some(other) => Some(other.replace("\\t", "\t").replace("\\n", "\n")),
    }
}

/// A list by a template: a line for each element, or with `table` in front columns under `headers` (field → title).
///
/// # Errors
/// What is wrong with the template.
pub(super) fn list(format: &str, rows: &[Row], headers: &[(&str, &str)]) -> Result<String, Failure> {
    let in_columns = format.strip_prefix("table");
    let text = in_columns.map_or(format, str::trim_start);
    let template = Template::read(text).map_err(|fault| said(&fault))?;
    let mut lines = Vec::with_capacity(rows.len() + 1);
    if in_columns.is_some() {
        let titles: Map<String, Value> = headers
            .iter()
            .map(|(field, title)| ((*field).to_owned(), (*title).into()))
            .collect();
        lines.push(
            template
                .render_row(&Value::Object(titles), Some(&Value::Null))
                .map_err(|fault| said(&fault))?,
        );
    }
    for row in rows {
        lines.push(
            template
                .render_row(&row.fields, Some(&row.labels))
                .map_err(|fault| said(&fault))?,
        );
    }
    if in_columns.is_some() {
        let cells = |line: &String| line.split('\t').map(str::to_owned).collect();
        return Ok(table(&lines.iter().map(cells).collect::<Vec<Vec<String>>>()));
    }
    Ok(lines.iter().fold(String::new(), |all, line| all + line + "\n"))
}

/// One object by a template, on a line of its own.
///
/// # Errors
/// What is wrong with the template.
pub(super) fn object(format: &str, object: &Value) -> Result<String, Failure> {
    let text = if format == "json" { "{{json .}}" } else { format };
    let template = Template::read(text).map_err(|fault| said(&fault))?;
    template
        .render(object)
        .map(|line| line + "\n")
        .map_err(|fault| said(&fault))
}

/// `k=v,k2=v2`, sorted.
pub(super) fn labels(labels: &Value) -> String {
    let mut pairs: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort_unstable();
    pairs.join(",")
}

fn said(fault: &super::template::Fault) -> Failure {
    Failure::said(fault.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows() -> Vec<Row> {
        let one = |name: &str| {
            Row::new(
                &[("Names", name.to_owned()), ("ID", "0123".to_owned())],
                &json!({"tier": "db"}),
            )
        };
        vec![one("es"), one("kibana")]
    }

    #[test]
    fn a_line_for_each_element() {
        let lines = |format: &str| list(&asked(Some(format)).unwrap(), &rows(), &[]).unwrap();
        assert_eq!(
            lines("{{.Names}} {{.Label \"tier\"}}{{.Label \"nope\"}}"),
            "es db\nkibana db\n"
        );
        assert_eq!(
            lines("json"),
            "{\"ID\":\"0123\",\"Names\":\"es\"}\n{\"ID\":\"0123\",\"Names\":\"kibana\"}\n"
        );
        assert_eq!(asked(Some("table")), None);
    }

    #[test]
    fn columns_under_titles() {
        let headers = [("Names", "NAMES"), ("ID", "CONTAINER ID")];
        let text = list(&asked(Some("table {{.Names}}\\t{{.ID}}")).unwrap(), &rows(), &headers).unwrap();
        assert_eq!(text, "NAMES     CONTAINER ID\nes        0123\nkibana    0123\n");
    }
}
