//! Changes of `/etc/hosts` and `/etc/resolv.conf` in a container that runs.

use serde::{Deserialize, Serialize};

/// A change of a text file that leaves what others wrote in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum FileEdit {
    /// One more line at the end.
    Append {
        /// Without its newline.
        line: String,
    },
    /// Each line that is this one goes.
    RemoveLine {
        /// Without its newline.
        line: String,
    },
    /// Each line that ends in a tabulator and one of these names goes, and with them empty lines (libnetwork's
    /// `etchosts.Delete` before 28.0).
    RemoveNames {
        /// Names.
        names: Vec<String>,
    },
    /// Each line that leads with this name goes.
    RemoveFirstName {
        /// The name behind the address.
        name: String,
    },
    /// What stands before a tabulator and this name, in each line that has them (libnetwork's `etchosts.Update`).
    SetAddress {
        /// The first name of the line.
        name: String,
        /// The address it is to have.
        address: String,
    },
    /// The whole text, where it is still what it was.
    Replace {
        /// As it was written.
        from: String,
        /// As it is to be.
        to: String,
    },
}

impl FileEdit {
    /// Whether it tells a container of another one's change, so that its failing is no reason to take that change back.
    #[must_use]
    pub const fn is_news(&self) -> bool {
        matches!(self, Self::SetAddress { .. })
    }

    /// The text after the edit; `None` where it changes nothing.
    #[must_use]
    pub fn apply(&self, text: &str) -> Option<String> {
        let after = match self {
            Self::Append { line } if text.is_empty() || text.ends_with('\n') => format!("{text}{line}\n"),
            Self::Append { line } => format!("{text}\n{line}\n"),
            Self::RemoveLine { line } => kept(text, |other| other != line),
            Self::RemoveNames { names } => kept(text, |other| {
                let names_it = |name: &String| {
                    other
                        .strip_suffix(name.as_str())
                        .is_some_and(|rest| rest.ends_with('\t'))
                };
                other.starts_with('#') || !(other.is_empty() || names.iter().any(names_it))
            }),
            Self::RemoveFirstName { name } => kept(text, |line| !leads_with(line, name)),
            Self::SetAddress { name, address } => text
                .split_inclusive('\n')
                .map(|line| with_address(line, name, address))
                .collect(),
            Self::Replace { from, to } if from == text => to.clone(),
            Self::Replace { .. } => return None,
        };
        (after != text).then_some(after)
    }
}

/// The lines that are kept; a last one without a newline stays so.
fn kept(text: &str, keep: impl Fn(&str) -> bool) -> String {
    text.split_inclusive('\n')
        .filter(|line| keep(line.strip_suffix('\n').unwrap_or(line)))
        .collect()
}

/// Whether `name` is the first name in a line, whole or up to a dot.
fn leads_with(line: &str, name: &str) -> bool {
    let rest = line.split_once('\t').and_then(|(_, names)| names.strip_prefix(name));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|next: char| next == '.' || next.is_whitespace()))
}

/// The line with another address, where it leads with `name`.
fn with_address(line: &str, name: &str, address: &str) -> String {
    match line.split_once('\t').filter(|_| leads_with(line, name)) {
        Some((before, names)) => {
            let kept = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
            format!("{}{address}\t{names}", &before[..kept])
        }
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOSTS: &str = "127.0.0.1\tlocalhost\n172.18.0.2\tes\n# mine\n\n1.2.3.4 foo\n172.19.0.2\tes\n";

    #[test]
    fn a_networks_own_line_goes_and_what_a_person_wrote_stays() {
        let edit = FileEdit::RemoveLine {
            line: "172.18.0.2\tes".into(),
        };
        let after = edit.apply(HOSTS).unwrap();
        assert_eq!(after, "127.0.0.1\tlocalhost\n# mine\n\n1.2.3.4 foo\n172.19.0.2\tes\n");
        assert_eq!(edit.apply(&after), None);
    }

    #[test]
    fn lines_by_name_go_on_every_network_and_empty_lines_with_them() {
        let edit = FileEdit::RemoveNames {
            names: vec!["es".into(), "foo".into()],
        };
        assert_eq!(
            edit.apply(HOSTS).unwrap(),
            "127.0.0.1\tlocalhost\n# mine\n1.2.3.4 foo\n"
        );
    }

    #[test]
    fn a_line_never_joins_one_without_its_newline() {
        let edit = FileEdit::Append { line: "a".into() };
        assert_eq!(edit.apply("").unwrap(), "a\n");
        assert_eq!(edit.apply("x").unwrap(), "x\na\n");
    }

    #[test]
    fn a_name_gets_another_address_and_longer_names_do_not() {
        let edit = FileEdit::SetAddress {
            name: "db".into(),
            address: "172.17.0.5".into(),
        };
        let text = "172.17.0.2\tdb 0123 base\n172.17.0.2\tdb.x db\n1.1.1.1\tdb2\n1.1.1.1\tes db\n";
        assert_eq!(
            edit.apply(text).unwrap(),
            "172.17.0.5\tdb 0123 base\n172.17.0.5\tdb.x db\n1.1.1.1\tdb2\n1.1.1.1\tes db\n"
        );
        assert_eq!(edit.apply("1.1.1.1\tes\n"), None);
        let edit = FileEdit::RemoveFirstName { name: "db".into() };
        assert_eq!(edit.apply(text).unwrap(), "1.1.1.1\tdb2\n1.1.1.1\tes db\n");
    }

    #[test]
    fn a_text_that_somebody_changed_is_not_replaced() {
        let edit = FileEdit::Replace {
            from: "nameserver 1\n".into(),
            to: "nameserver 2\n".into(),
        };
        assert_eq!(edit.apply("nameserver 1\n").as_deref(), Some("nameserver 2\n"));
        assert_eq!(edit.apply("nameserver 1\n# mine\n"), None);
    }

    proptest! {
        #[test]
        fn a_line_that_was_appended_and_removed_leaves_the_text(text in "([a-z]{1,4}\n){0,5}", line in "[0-9]{1,4}") {
            let appended = FileEdit::Append { line: line.clone() }.apply(&text).unwrap();
            prop_assert_eq!(FileEdit::RemoveLine { line }.apply(&appended).unwrap(), text);
        }
    }
}
