use std::path::Path;

use super::*;

fn told(text: &str) -> Vec<String> {
    let faults = read("c.toml", text).faults;
    faults.iter().map(|fault| fault.text(Lang::En)).collect()
}

#[test]
fn everything_that_can_be_said() {
    let text = "\u{feff}# mine\nlanguage = \"en\"\ntheme = \"light\"\nmouse = false\nmotion = false\nascii = true\n\
                [keys]\nhint = [\"F4\", \"i\"]\nnext_panel = \"Alt+v\"\n";
    let settings = read("c.toml", text);
    assert_eq!(settings.faults, []);
    assert_eq!(
        (settings.language, settings.theme),
        (Some(Lang::En), Some(Theme::Light))
    );
    assert_eq!((settings.mouse, settings.motion, settings.ascii), (false, false, true));
    let keys: Vec<(&str, Vec<String>)> = settings
        .keys
        .iter()
        .map(|entry| {
            let names = entry.keys.iter().map(|(chord, _)| chord.name(Lang::En)).collect();
            (entry.action.as_str(), names)
        })
        .collect();
    let [f4, i, alt] = ["F4", "i", "Alt+v"].map(String::from);
    assert_eq!(keys, [("hint", vec![f4, i]), ("next_panel", vec![alt])]);
    assert_eq!(settings.keys[0].keys[1].1.to_string(), "c.toml:8:15");
}

#[test]
fn nothing_said_is_the_defaults() {
    for text in ["", "\n", "# only words", "theme = \"auto\"", "[keys]"] {
        assert_eq!(read("c.toml", text), Settings::default(), "{text}");
    }
}

#[test]
fn a_mistake_costs_its_own_entry_only() {
    let text =
        "language = \"de\"\ntheme = light\nmouse = false\nmotion = \"no\"\n[keys]\nhint = \"F99\"\nquit = \"F4\"\n";
    let settings = read("c.toml", text);
    let lines: Vec<usize> = settings.faults.iter().map(|fault| fault.position.line).collect();
    assert_eq!(lines, [1, 2, 4, 6]);
    assert_eq!((settings.language, settings.theme), (None, None));
    assert!(!settings.mouse && settings.motion);
    assert_eq!(settings.keys.len(), 1);
}

/// The broken files of `tests/corpus/settings`: the first line of each says, in English, how each message begins (`# told: line:column:
/// …`, parted by ` | `).
#[test]
fn every_broken_file_of_the_corpus_is_told_with_its_place() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/settings");
    let (mut walked, mut wrong) = (0, Vec::new());
    for path in std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap_or_default();
        let expected = first
            .strip_prefix("# told: ")
            .unwrap_or_else(|| panic!("{}", path.display()));
        let expected: Vec<String> = expected.split(" | ").map(|told| format!("c.toml:{told}")).collect();
        let found = told(&text);
        let fits = found.len() == expected.len() && found.iter().zip(&expected).all(|(f, e)| f.starts_with(e));
        if !fits {
            wrong.push(format!("{}\nexpected {expected:#?}\nfound {found:#?}", path.display()));
        }
        for fault in read("c.toml", &text).faults {
            assert_eq!(
                crate::texts::french_spacing_fault(&fault.what.text(Lang::Fr).replace(&text, "")),
                None
            );
        }
        walked += 1;
    }
    assert!(walked > 20, "{walked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_message_repeats_nothing_that_could_move_the_screen() {
    let told = told(&format!("\"\\u001b[2J{}\" = 1\n", "x".repeat(500))).join("");
    assert!(!told.contains('\u{1b}') && told.len() < 300, "{told}");
}

#[test]
fn a_file_of_mistakes_is_told_in_a_bounded_way() {
    assert_eq!(told(&"oops\n".repeat(3_000)).len(), TOLD);
    assert!(!told(&"[".repeat(16_000)).is_empty());
    assert!(!told(&format!("keys = {}", "[".repeat(16_000))).is_empty());
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_it(text in "(language|theme|mouse|keys|hint|\\[|\\]|=|\"|'|\n| |F1|é|\\{|\\}|,|\\.|#|true|1){0,30}") {
        let settings = read("c.toml", &text);
        for fault in &settings.faults {
            assert!(fault.position.line > 0 && fault.position.column > 0);
            assert!(fault.position.line <= text.lines().count() + 1);
        }
    }

    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = read("c.toml", &String::from_utf8_lossy(&bytes));
    }
}
