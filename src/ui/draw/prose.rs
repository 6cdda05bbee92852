//! Running text on lines of a given width.

use crate::ui::look::{Look, Role};
use crate::ui::pen::{Pen, width};

/// One line: pieces of text, each of one role.
pub type Line = Vec<(String, Role)>;

/// A line of one role.
pub fn plain(text: impl Into<String>, role: Role) -> Line {
    vec![(text.into(), role)]
}

/// Breaks text at spaces; no-break spaces (French typography) hold. `` `code` `` and `**strong**` get their roles, their marks go.
pub fn wrap(text: &str, columns: u16, role: Role) -> Vec<Line> {
    let columns = columns.max(1);
    let mut lines: Vec<Line> = vec![Vec::new()];
    let mut used = 0;
    for (word, at_start) in words(text, role) {
        let wide: u16 = word.iter().map(|(piece, _)| width(piece)).sum();
        if !at_start && used > 0 && used + 1 + wide > columns {
            lines.push(Vec::new());
            used = 0;
        } else if used > 0 && !at_start {
            push(lines.last_mut(), " ", role);
            used += 1;
        }
        for (piece, role) in word {
            for c in piece.chars() {
                let c = c.to_string();
                if used + width(&c) > columns {
                    lines.push(Vec::new());
                    used = 0;
                }
                push(lines.last_mut(), &c, role);
                used += width(&c);
            }
        }
    }
    lines
}

fn push(line: Option<&mut Line>, text: &str, role: Role) {
    let Some(line) = line else { return };
    match line.last_mut() {
        Some((last, known)) if *known == role => last.push_str(text),
        _ => line.push((text.to_owned(), role)),
    }
}

type Word = Vec<(String, Role)>;

/// The words, each with its pieces; true for the first.
fn words(text: &str, role: Role) -> Vec<(Word, bool)> {
    let mut all: Vec<(Word, bool)> = Vec::new();
    let (mut word, mut code, mut strong) = (Word::new(), false, false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\n' => {
                if !word.is_empty() {
                    let first = all.is_empty();
                    all.push((std::mem::take(&mut word), first));
                }
            }
            '`' => code = !code,
            '*' if !code && rest.peek() == Some(&'*') => {
                rest.next();
                strong = !strong;
            }
            c => {
                let now = match (code, strong) {
                    (true, _) => Role::Command,
                    (false, true) => Role::Title,
                    (false, false) => role,
                };
                push(Some(&mut word), c.encode_utf8(&mut [0; 4]), now);
            }
        }
    }
    if !word.is_empty() {
        let first = all.is_empty();
        all.push((word, first));
    }
    all
}

/// A command's words; together, where they fit on a line, what one reads together: an option with its value, a pipe with all it
/// leads to, a short last word with the one before it.
fn units(command: &str, room: u16) -> Vec<String> {
    let fits = |unit: &str| width(unit) + 4 <= room;
    let mut units: Vec<String> = Vec::new();
    let mut words = command.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let mut unit = word.to_owned();
        if word == "|" {
            while let Some(next) = words.next_if(|next| *next != "|" && fits(&format!("{unit} {next}"))) {
                unit = format!("{unit} {next}");
            }
        } else if word.starts_with('-') && !word.contains('=') {
            let value = words.next_if(|next| !next.starts_with(['-', '|']) && fits(&format!("{word} {next}")));
            unit.extend(value.into_iter().flat_map(|value| [" ", value]));
        }
        units.push(unit);
    }
    if let [.., before, last] = units.as_mut_slice()
        && width(last) <= SHORT
        && fits(&format!("{before} {last}"))
    {
        *before = format!("{before} {last}");
        units.pop();
    }
    units
}

/// Columns of a word that looks lost on a line of its own.
const SHORT: u16 = 3;

/// A command on as many lines as it needs, as one would type it: a `\` where it goes on, the rest set in.
pub fn command(command: &str, columns: u16) -> Vec<Line> {
    let room = columns.saturating_sub(4).max(8);
    let mut lines: Vec<String> = vec![String::from("  $")];
    for unit in units(command, room) {
        let word = unit.as_str();
        let line = lines.last().map_or(0, |line| width(line));
        if line > 4 && line + 1 + width(word) > room + 2 {
            if let Some(line) = lines.last_mut() {
                line.push_str(" \\");
            }
            lines.push(String::from("     "));
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.into_iter().map(|line| plain(line, Role::Command)).collect()
}

/// Lines set in by some spaces.
pub fn indent(lines: Vec<Line>, by: usize) -> Vec<Line> {
    let set_in = |mut line: Line| {
        line.insert(0, (" ".repeat(by), Role::Plain));
        line
    };
    lines.into_iter().map(set_in).collect()
}

/// Writes lines from a place downwards; what does not fit is left out.
pub fn write(lines: &[Line], pen: &mut Pen<'_>, (x, y): (u16, u16), look: Look) {
    for (line, y) in lines.iter().zip(y..pen.height()) {
        let mut x = x;
        for (text, role) in line {
            x = pen.put(x, y, text, look.style(*role));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Line]) -> Vec<String> {
        lines
            .iter()
            .map(|line| line.iter().map(|(text, _)| text.as_str()).collect())
            .collect()
    }

    #[test]
    fn text_breaks_at_spaces_and_never_at_no_break_spaces() {
        assert_eq!(text(&wrap("un deux trois", 8, Role::Plain)), ["un deux", "trois"]);
        assert_eq!(
            text(&wrap("ça marche\u{202f}!", 9, Role::Plain)),
            ["ça", "marche\u{202f}!"]
        );
        assert_eq!(text(&wrap("interminable", 5, Role::Plain)), ["inter", "minab", "le"]);
        assert_eq!(text(&wrap("", 5, Role::Plain)), [""]);
    }

    #[test]
    fn marks_become_roles() {
        let line = wrap("type `docker ps`, **now**.", 40, Role::Plain);
        assert_eq!(text(&line), ["type docker ps, now."]);
        assert!(line[0].contains(&("docker".into(), Role::Command)), "{line:?}");
        assert!(line[0].contains(&("now".into(), Role::Title)), "{line:?}");
    }

    #[test]
    fn a_long_command_can_be_typed_as_it_stands() {
        let lines = text(&command("docker run -d --name es --network dev alpine sleep 1d", 34));
        assert_eq!(
            lines,
            [
                "  $ docker run -d --name es \\",
                "      --network dev alpine \\",
                "      sleep 1d"
            ]
        );
        // An option stays with its value, a pipe with what it leads to.
        let lines = text(&command("docker exec web ip a | grep -w inet", 38));
        assert_eq!(lines, ["  $ docker exec web ip a \\", "      | grep -w inet"]);
        let lines = text(&command("docker exec web nslookup es | grep Address", 38));
        assert_eq!(lines, ["  $ docker exec web nslookup es \\", "      | grep Address"]);
    }
}
