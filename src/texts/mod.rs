//! What the program says to people, in French and in English.
//!
//! Texts live in `assets/texts/<lang>/<room>.yaml`, one file per room and language, and are asked for as
//! `room.key`. To add a room: write both files and name the room in [`catalogue`]. Tests refuse a key or a
//! `{placeholder}` that only one language has. The texts of lessons are elsewhere, beside each lesson.

mod catalogue;
mod lang;
mod wrap;

pub use lang::{Lang, UnknownLang};
pub use wrap::wrap;

/// The text of `room.key`. A key that no catalogue has comes back as itself: visible, and never a crash.
#[must_use]
pub fn get(lang: Lang, key: &'static str) -> &'static str {
    catalogue::of(lang).get(key).map_or(key, String::as_str)
}

/// The text of `room.key`, its `{placeholders}` filled.
#[must_use]
pub fn fill(lang: Lang, key: &'static str, values: &[(&str, &str)]) -> String {
    fill_in(get(lang, key), values)
}

/// The text of `room.key.one` or `room.key.other` as the language counts (French says "0 réussi", English
/// "0 passed"), with `{n}` filled.
#[must_use]
pub fn count(lang: Lang, key: &'static str, n: usize) -> String {
    let form = if lang.is_one(n) { "one" } else { "other" };
    let text = catalogue::of(lang)
        .get(format!("{key}.{form}").as_str())
        .map_or(key, String::as_str);
    fill_in(text, &[("n", &n.to_string())])
}

/// A template with its `{placeholders}` filled; unknown ones and lone braces stay as they are.
#[must_use]
pub fn fill_in(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        rest = &rest[open..];
        let named = placeholder(rest).and_then(|name| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((name, *value))
        });
        if let Some((name, value)) = named {
            text.push_str(value);
            rest = &rest[name.len() + 2..];
        } else {
            text.push('{');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    text
}

/// The names of a template's placeholders, sorted, each once.
#[must_use]
pub fn placeholders(template: &str) -> Vec<&str> {
    let mut names: Vec<&str> = template
        .match_indices('{')
        .filter_map(|(at, _)| placeholder(&template[at..]))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The first `{…` of a template that is neither a placeholder nor a Docker format (`{{…}}`): a name that is none, or a brace that is
/// not closed.
#[must_use]
pub fn broken_placeholder(template: &str) -> Option<&str> {
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let from = &rest[open..];
        let length = match placeholder(from) {
            Some(name) => name.len() + 2,
            None if from.starts_with("{{") => from.find("}}")? + 2,
            None => {
                let is_closed = from.find(['}', ' ']).filter(|&end| from[end..].starts_with('}'));
                let name_end = || from[1..].find(|c: char| !c.is_alphanumeric() && c != '_');
                let end = is_closed.or_else(name_end).map_or(from.len(), |end| end + 1);
                return Some(&from[..end]);
            }
        };
        rest = &from[length..];
    }
    None
}

/// The name in `{name}…`: lower-case letters and underscores, so that `{{.Name}}` of a Docker format is not one.
fn placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.split_once('}')?.0;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_name.then_some(name)
}

/// The first place where French typography wants a no-break space (U+00A0, U+202F) and the text has none: before
/// `; ! ?` and `»`, after `«`. `:` is judged only where one plain space parts it from a word, for it also stands in addresses, in
/// images' names and in drawings.
#[must_use]
pub fn french_spacing_fault(text: &str) -> Option<&str> {
    let (mut earlier, mut before) = ('\n', '\n');
    for (at, c) in text.char_indices() {
        let breaks = match c {
            ';' | '!' | '?' | '»' => before == ' ' || before.is_alphanumeric(),
            // One that begins a word is that word's: `:quitter`.
            ':' => before == ' ' && !earlier.is_whitespace() && !begins_word(&text[at + 1..]),
            _ => before == '«' && !matches!(c, '\u{a0}' | '\u{202f}'),
        };
        if breaks {
            return Some(&text[at..]);
        }
        (earlier, before) = (before, c);
    }
    None
}

fn begins_word(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_keys_and_placeholders() {
        let [fr, en] = Lang::ALL.map(catalogue::of);
        let keys = |of: &std::collections::BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(fr), keys(en));
        assert!(!fr.is_empty());
        for (key, text) in fr {
            assert_eq!(placeholders(text), placeholders(&en[key]), "{key}");
            assert!(!text.trim().is_empty() && !en[key].trim().is_empty(), "{key} is empty");
        }
    }

    #[test]
    fn every_catalogue_can_be_read() {
        for lang in Lang::ALL {
            catalogue::read(lang).unwrap();
        }
    }

    #[test]
    fn placeholders_are_filled_and_the_rest_stays() {
        assert_eq!(
            fill_in("{a} and {b} and {c", &[("a", "1"), ("b", "{a}")]),
            "1 and {a} and {c"
        );
        assert_eq!(fill_in("{{.Name}} {}", &[("Name", "x")]), "{{.Name}} {}");
    }

    #[test]
    fn a_brace_that_begins_no_placeholder_is_told() {
        assert_eq!(broken_placeholder("{network} has {subnet or more"), Some("{subnet"));
        assert_eq!(broken_placeholder("has {Subnet}, too"), Some("{Subnet}"));
        assert_eq!(broken_placeholder("has {}"), Some("{}"));
        assert_eq!(broken_placeholder("ends {"), Some("{"));
        assert_eq!(broken_placeholder("{network}: “docker ps --format {{.Names}}”"), None);
    }

    #[test]
    fn an_unknown_key_comes_back_as_itself() {
        assert_eq!(get(Lang::Fr, "no.such.key"), "no.such.key");
    }

    #[test]
    fn french_text_keeps_its_spaces_from_breaking() {
        for (key, text) in catalogue::of(Lang::Fr) {
            assert_eq!(french_spacing_fault(text), None, "{key}: {text}");
        }
    }
}
