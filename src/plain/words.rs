//! The words that are ours: lines that begin with a colon, in French or in English whatever is spoken.

use crate::texts::Lang;

/// What a learner asks of us, not of the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Every word.
    Help,
    /// The step again.
    Step,
    /// Another step, from 1.
    GoTo(usize),
    /// The next hint.
    Hint,
    /// The command that does the step.
    Show,
    /// Every check, as it stands now.
    Check,
    /// The next step.
    Next,
    /// The step before.
    Previous,
    /// The list of steps.
    Steps,
    /// The commands that put the step back.
    PutBack,
    /// Something else than a step's number, where one is asked for.
    NoStep(String),
    /// Run what was shown.
    Yes,
    /// Do not run it.
    No,
    /// The topology in words.
    Map,
    /// The next of the step's examples.
    Example,
    /// This choice, from 1, as the answer to the step's question.
    Answer(usize),
    /// Another language; the other one where none is named.
    Language(Option<Lang>),
    /// An empty line: what is new.
    News,
    /// The end.
    Quit,
    /// None of these.
    Unknown(String),
}

/// Names by word, without accents.
const NAMES: [(&[&str], Word); 15] = [
    (&["help", "aide", "h", "?"], Word::Help),
    (&["step", "etape", "task", "consigne"], Word::Step),
    (&["hint", "indice"], Word::Hint),
    (&["show", "montre", "montrer"], Word::Show),
    (&["check", "verifie", "verifier"], Word::Check),
    (&["next", "suite", "suivante"], Word::Next),
    (&["prev", "previous", "retour", "precedente"], Word::Previous),
    (&["steps", "etapes"], Word::Steps),
    (&["reset", "refaire"], Word::PutBack),
    (&["yes", "oui"], Word::Yes),
    (&["no", "non"], Word::No),
    (&["map", "carte"], Word::Map),
    (&["example", "exemple"], Word::Example),
    (&["lang", "langue"], Word::Language(None)),
    (&["quit", "quitter", "q"], Word::Quit),
];

/// Reads a line; None where it is for the shell. A colon alone, or before a space, is a command of the shell's.
#[must_use]
pub fn read(line: &str) -> Option<Word> {
    let said = line.trim().strip_prefix(':')?;
    if said.is_empty() || said.starts_with(char::is_whitespace) {
        return None;
    }
    let mut parts = said.split_whitespace();
    let name = parts.next().map(plain).unwrap_or_default();
    let argument = parts.next();
    let known = NAMES.iter().find(|(names, _)| names.contains(&name.as_str()));
    let word = match (known.map(|(_, word)| word.clone()), argument) {
        (Some(Word::Step), Some(number)) => Some(match number.parse() {
            Ok(number) => Word::GoTo(number),
            Err(_) => Word::NoStep(number.to_owned()),
        }),
        (Some(Word::Language(_)), Some(lang)) => lang.parse().ok().map(|lang| Word::Language(Some(lang))),
        (word, _) => word,
    };
    Some(word.unwrap_or_else(|| Word::Unknown(format!(":{said}"))))
}

/// A number alone: no command is called so, and a shell would only say that.
#[must_use]
pub fn answer(line: &str) -> Option<Word> {
    line.trim().parse().ok().map(Word::Answer)
}

/// In small letters, without the accents that a keyboard may lack.
fn plain(word: &str) -> String {
    let fold = |c| match c {
        'é' | 'è' | 'ê' => 'e',
        c => c,
    };
    word.to_lowercase().chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_ours_in_either_language_with_or_without_accents() {
        for line in [":verifie", ":Vérifie", "  :check "] {
            assert_eq!(read(line), Some(Word::Check), "{line}");
        }
        assert_eq!(read(":étape 3"), Some(Word::GoTo(3)));
        assert_eq!(read(":step"), Some(Word::Step));
        assert_eq!(read(":non"), Some(Word::No));
        assert_eq!(read(":lang fr"), Some(Word::Language(Some(Lang::Fr))));
        assert_eq!(read(":lang"), Some(Word::Language(None)));
    }

    #[test]
    fn what_is_not_known_is_ours_all_the_same_and_what_is_the_shells_is_not() {
        assert_eq!(read(":hnit"), Some(Word::Unknown(":hnit".into())));
        assert_eq!(read(":step dev"), Some(Word::NoStep("dev".into())));
        for line in [":", ": > file", "docker ps", "", "echo :help"] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn no_name_means_two_things() {
        let mut names: Vec<&str> = NAMES.iter().flat_map(|(names, _)| *names).copied().collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
