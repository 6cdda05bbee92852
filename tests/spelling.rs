//! Every word that a learner reads is spelt as `tests/data/words.fr.txt` and `words.en.txt` have it, and set as a printer would. The
//! lists hold the words that the texts use, in lower case, each looked up in a dictionary before it was put there: a new word is looked
//! up, then added by hand. `CNM_WORDS=print cargo test --test spelling -- --nocapture` prints those that are missing, one a line.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const LANGS: [&str; 2] = ["fr", "en"];

/// A line of text with its file and number.
struct Said {
    place: String,
    key: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The catalogues and lessons of a language, the one to begin with too.
fn files(lang: &str) -> Vec<PathBuf> {
    let catalogues = fs::read_dir(root().join("assets/texts").join(lang)).unwrap();
    let lessons = fs::read_dir(root().join("lessons")).unwrap();
    let mut files: Vec<PathBuf> = catalogues.map(|entry| entry.unwrap().path()).collect();
    let folders = lessons
        .map(|entry| entry.unwrap().path())
        .chain([root().join("assets/lesson")]);
    files.extend(folders.map(|folder| folder.join(format!("{lang}.yaml"))));
    files.retain(|file| file.is_file());
    files.sort();
    files
}

/// What its lines say: comments, keys and commands to type left out.
fn said(lang: &str) -> Vec<Said> {
    let mut all = Vec::new();
    for file in files(lang) {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        for (line, number) in fs::read_to_string(&file).unwrap().lines().zip(1..) {
            let (key, text) = value(line);
            if !text.is_empty() && !text.starts_with("$ ") {
                let place = format!("{name}:{number}");
                all.push(Said { place, key, text });
            }
        }
    }
    assert!(all.len() > 100, "{lang}: the texts were not found");
    all
}

fn value(line: &str) -> (String, String) {
    let line = line.trim();
    if line.starts_with('#') {
        return (String::new(), String::new());
    }
    let mut rest = line.strip_prefix("- ").unwrap_or(line);
    let mut key = "";
    let is_key = |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if let Some((before, after)) = rest.split_once(':').filter(|(before, _)| is_key(before))
        && (after.is_empty() || after.starts_with(' '))
    {
        (key, rest) = (before, after.trim());
    }
    let quoted = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text = quoted.map_or_else(
        || rest.to_owned(),
        |quoted| quoted.replace("\\\"", "\"").replace("\\n", " "),
    );
    (key.to_owned(), text)
}

/// Its words in lower case; without placeholders, options, paths, addresses and whatever else has a digit in it.
fn words(text: &str, lang: &str) -> Vec<String> {
    let mut words = Vec::new();
    for token in without_placeholders(text).replace('’', "'").split_whitespace() {
        let literal = |c: char| c.is_ascii_digit() || "/=@_$<>".contains(c);
        if token.starts_with('-') || token.contains(literal) {
            continue;
        }
        let letters = |c: char| c.is_alphabetic() || c == '-' || c == '\'';
        for run in token
            .split(|c: char| !letters(c))
            .map(|run| run.trim_matches(['-', '\'']))
        {
            let run = run.to_lowercase();
            match lang {
                // An elided word and the one it leans on: l’hôte.
                "fr" => words.extend(run.split('\'').map(str::to_owned)),
                _ => words.push(run.strip_suffix("'s").unwrap_or(&run).to_owned()),
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn without_placeholders(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        bare.push_str(before);
        bare.push(' ');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    bare + rest
}

#[test]
fn every_word_is_in_the_list_of_its_language() {
    let mut faults = Vec::new();
    for lang in LANGS {
        let list = fs::read_to_string(root().join(format!("tests/data/words.{lang}.txt"))).unwrap();
        let known: BTreeSet<&str> = list.lines().collect();
        let mut unknown: BTreeMap<String, String> = BTreeMap::new();
        for said in said(lang) {
            for word in words(&said.text, lang) {
                if !known.contains(word.as_str()) {
                    unknown.entry(word).or_insert(said.place.clone());
                }
            }
        }
        if std::env::var_os("CNM_WORDS").is_some() {
            println!("{lang}:\n{}", unknown.keys().cloned().collect::<Vec<_>>().join("\n"));
        }
        faults.extend(unknown.iter().map(|(word, place)| format!("{place}: {word}")));
    }
    assert!(
        faults.is_empty(),
        "not in tests/data/words.*.txt: misspelt, or to be looked up and added\n{}",
        faults.join("\n")
    );
}

#[test]
fn the_lists_are_in_order_and_say_nothing_twice() {
    for lang in LANGS {
        let list = fs::read_to_string(root().join(format!("tests/data/words.{lang}.txt"))).unwrap();
        let lines: Vec<&str> = list.lines().collect();
        for pair in lines.windows(2) {
            assert!(pair[0] < pair[1], "words.{lang}.txt: {} before {}", pair[0], pair[1]);
        }
        assert!(
            lines
                .iter()
                .all(|word| !word.is_empty() && *word == word.to_lowercase())
        );
    }
}

#[test]
fn a_misspelt_word_is_told_with_its_place() {
    let (key, text) = value("  - \"Un resau nommé {name} : l’hôte `--net` br-1\"");
    assert_eq!(
        (key.as_str(), words(&text, "fr")),
        (
            "",
            ["un", "resau", "nommé", "l", "hôte", "net"].map(String::from).into()
        )
    );
    let list = fs::read_to_string(root().join("tests/data/words.fr.txt")).unwrap();
    assert!(!list.lines().any(|word| word == "resau"));
}

#[test]
fn texts_are_set_as_a_printer_would() {
    let mut faults = Vec::new();
    for lang in LANGS {
        for said in said(lang) {
            let fault = fault(&said, lang);
            faults.extend(fault.map(|fault| format!("{}: {fault}: {}", said.place, said.text)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The first thing a printer would mend.
fn fault(said: &Said, lang: &str) -> Option<&'static str> {
    let text = said.text.as_str();
    // Legends are columns, and columns are parted by spaces.
    if text.contains("  ") && !said.key.contains("legend") {
        return Some("two spaces");
    }
    if text.contains("...") {
        return Some("three dots for an ellipsis");
    }
    let chars: Vec<char> = text.chars().collect();
    for around in chars.windows(3) {
        let [before, c, after] = [around[0], around[1], around[2]];
        let between = before.is_alphabetic() && after.is_alphabetic();
        match (lang, c) {
            ("fr", '\'') if between => return Some("a straight apostrophe"),
            ("en", '’') => return Some("a curly apostrophe, where all others are straight"),
            _ => {}
        }
    }
    // Settings are quoted as they are typed.
    let straight = text.contains('"') && !said.place.contains("/settings.yaml:");
    match lang {
        "fr" if straight => return Some("straight quotes for « »"),
        "en" if straight => return Some("straight quotes for “ ”"),
        "en" if text.contains(['«', '»', '\u{a0}', '\u{202f}']) => return Some("French signs"),
        _ => {}
    }
    (lang == "fr")
        .then(|| cnm::texts::french_spacing_fault(text))
        .flatten()
        .map(|_| "a space that may break")
}
