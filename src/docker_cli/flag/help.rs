//! How a command's flags stand in its help.

use std::fmt::Write;

use super::{Flag, Takes};

/// Columns help is wrapped to: one less than a terminal's usual 80, as Docker's CLI does.
const HELP_COLUMNS: usize = 79;

/// The `Options:` block of a command's help.
pub(in crate::docker_cli) fn describe(flags: &[Flag]) -> String {
    let mut shown: Vec<&Flag> = flags.iter().filter(|flag| !flag.help.is_empty()).collect();
    shown.sort_by_key(|flag| flag.name);
    let lines: Vec<(String, &str)> = shown
        .iter()
        .map(|flag| {
            let mut line = match flag.letter {
                Some(letter) => format!("  -{letter}, --{}", flag.name),
                None => format!("      --{}", flag.name),
            };
            if let Takes::Value(word) | Takes::Values(word) = flag.takes {
                let _ = write!(line, " {word}");
            }
            (line, flag.help)
        })
        .collect();
    let width = lines.iter().map(|(line, _)| line.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (line, help) in lines {
        let _ = writeln!(text, "{line:width$}   {}", wrap(width + 3, help));
    }
    text
}

/// pflag's wrapping: a line may run five columns over if that ends the text.
fn wrap(indent: usize, text: &str) -> String {
    const SLOP: usize = 5;
    let room = HELP_COLUMNS.saturating_sub(indent + SLOP).max(24 - SLOP);
    let gap = format!("\n{}", " ".repeat(indent));
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (line, tail) = split_line(room, SLOP, rest);
        parts.push(line.replace('\n', &gap));
        if tail.is_empty() {
            return parts.join(&gap);
        }
        rest = tail;
    }
}

fn split_line(room: usize, slop: usize, text: &str) -> (&str, &str) {
    if room + slop > text.len() {
        return (text, "");
    }
    let head = text.get(..room).unwrap_or(text);
    let Some(space) = head.rfind([' ', '\t', '\n']).filter(|at| *at > 0) else {
        return (text, "");
    };
    let at = head
        .rfind('\n')
        .filter(|newline| *newline > 0 && *newline < space)
        .unwrap_or(space);
    (&text[..at], &text[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::super::{switch, value, values};
    use super::*;

    #[test]
    fn help_is_wrapped_as_docker_wraps_it() {
        let flags = [
            switch("all", "Show all containers (default shows just running)").letter('a'),
            value(
                "last",
                "int",
                "Show n last created containers (includes all states) (default -1)",
            )
            .letter('n'),
            switch("no-trunc", "Don't truncate output"),
            values("filter", "filter", "Filter output based on conditions provided").letter('f'),
        ];
        assert_eq!(
            describe(&flags),
            "  -a, --all             Show all containers (default shows just running)
  -f, --filter filter   Filter output based on conditions provided
  -n, --last int        Show n last created containers (includes all
                        states) (default -1)
      --no-trunc        Don't truncate output
"
        );
    }
}
