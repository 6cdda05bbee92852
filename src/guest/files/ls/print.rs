//! How a listing is written.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::super::super::{names, time};
use super::entry::{Entry, mode_word};
use super::{Layout, Style};

/// Spaces between columns.
const GAP: usize = 2;
/// Width busybox counts in columns for an inode number and for blocks.
const INODE_COLUMN: usize = 8;
const BLOCKS_COLUMN: usize = 5;

/// Columns that may be filled: one less than the terminal's (or than `COLUMNS`, or than 80), so that no line folds.
pub(super) fn terminal_width() -> usize {
    let told = rustix::termios::tcgetwinsize(io::stdout())
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|width| *width > 0);
    let asked = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|width| *width > 0);
    told.or_else(asked).unwrap_or(80) - 1
}

/// Writes entries in one style.
pub(super) struct Printer<'a, W: Write> {
    style: &'a Style,
    out: W,
    owners: HashMap<u32, String>,
    groups: HashMap<u32, String>,
    now: i64,
}

impl<'a, W: Write> Printer<'a, W> {
    /// Names of owners are read once, and only where they will be shown.
    pub(super) fn new(style: &'a Style, out: W) -> Self {
        let named = style.layout == Layout::Long && !style.numeric;
        let table = |read: fn() -> HashMap<u32, String>| if named { read() } else { HashMap::new() };
        Self {
            style,
            out,
            owners: table(names::of_users),
            groups: table(names::of_groups),
            now: time::now(),
        }
    }

    pub(super) fn out(&mut self) -> &mut W {
        &mut self.out
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// `total N`, in units of 1024 bytes.
    pub(super) fn total(&mut self, blocks: u64) -> io::Result<()> {
        let kilobytes = blocks.div_ceil(2);
        if !self.style.human {
            return writeln!(self.out, "total {kilobytes}");
        }
        let words = if kilobytes < 1024 {
            format!("{kilobytes}K")
        } else {
            human(kilobytes * 1024)
        };
        writeln!(self.out, "total {words:<7}")
    }

    /// Writes entries in the style's layout.
    pub(super) fn entries(&mut self, entries: &[Entry]) -> io::Result<()> {
        let in_columns = matches!(self.style.layout, Layout::Columns | Layout::Rows);
        if !in_columns {
            for entry in entries {
                let line = self.describe(entry).0;
                writeln!(self.out, "{line}")?;
            }
            return Ok(());
        }
        let cells: Vec<(String, usize)> = entries.iter().map(|entry| self.describe(entry)).collect();
        let longest = entries
            .iter()
            .map(|entry| entry.name.to_string_lossy().width())
            .max()
            .unwrap_or(0);
        let beside =
            if self.style.inode { INODE_COLUMN } else { 0 } + if self.style.blocks { BLOCKS_COLUMN } else { 0 };
        let width = longest + beside + GAP;
        let columns = (self.style.width / width).max(1);
        let rows = cells.len().div_ceil(columns);
        for row in 0..rows {
            for column in 0..columns {
                let at = if self.style.layout == Layout::Columns {
                    column * rows + row
                } else {
                    row * columns + column
                };
                let Some((text, taken)) = cells.get(at) else { break };
                let next = if self.style.layout == Layout::Columns {
                    at + rows
                } else {
                    at + 1
                };
                let last = column + 1 == columns || next >= cells.len();
                let padding = if last { 0 } else { width.saturating_sub(*taken) };
                write!(self.out, "{text}{:padding$}", "")?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// An entry's text, and the columns it takes.
    fn describe(&self, entry: &Entry) -> (String, usize) {
        let mut text = String::new();
        if self.style.inode {
            let _ = write!(text, "{:>7} ", entry.inode);
        }
        if self.style.blocks {
            let _ = write!(text, "{:>6} ", entry.blocks / 2);
        }
        if self.style.layout == Layout::Long {
            self.long(entry, &mut text);
        }
        let mut width = text.len();
        let name = entry.name.to_string_lossy();
        width += name.width();
        let _ = write!(text, "{}{name}{}", self.color(entry.mode), self.end_of_color());
        let mut indicated = entry.mode;
        if let Some(target) = entry.target.as_deref().filter(|_| self.style.layout == Layout::Long) {
            let color = match entry.target_mode {
                Some(mode) => self.color(mode),
                None if self.style.color => "\x1b[1;31m".to_owned(),
                None => String::new(),
            };
            let _ = write!(text, " -> {color}{}{}", target.display(), self.end_of_color());
            indicated = entry.target_mode.unwrap_or(0);
        }
        if let Some(mark) = self.indicator(indicated) {
            text.push(mark);
            width += 1;
        }
        (text, width)
    }

    fn long(&self, entry: &Entry, text: &mut String) {
        let name = |table: &HashMap<u32, String>, id: u32| match table.get(&id) {
            Some(name) => name.clone(),
            None => id.to_string(),
        };
        let owner = name(&self.owners, entry.owner);
        let group = name(&self.groups, entry.group);
        let _ = write!(
            text,
            "{} {:>4} {owner:<8.8} {group:<8.8} ",
            mode_word(entry.mode),
            entry.links
        );
        let kind = entry.kind();
        if kind == libc::S_IFCHR || kind == libc::S_IFBLK {
            let _ = write!(
                text,
                "{:>4},{:>4} ",
                libc::major(entry.device),
                libc::minor(entry.device)
            );
        } else if self.style.human {
            let _ = write!(text, "{:>7} ", human(entry.size));
        } else {
            let _ = write!(text, "{:>9} ", entry.size);
        }
        let moment = time::civil(entry.time(self.style.clock));
        if self.style.full_time {
            let _ = write!(text, "{} +0000 ", moment.iso());
            return;
        }
        let age = self.now - entry.time(self.style.clock);
        let recent = age < 3600 * 24 * 365 / 2 && age > -15 * 60;
        let _ = write!(text, "{} {:>2} ", moment.month_name(), moment.day);
        if recent {
            let _ = write!(text, "{:02}:{:02} ", moment.hour, moment.minute);
        } else {
            let _ = write!(text, "{:>5} ", moment.year);
        }
    }

    fn indicator(&self, mode: u32) -> Option<char> {
        let kind = mode & libc::S_IFMT;
        if kind == libc::S_IFDIR {
            return (self.style.slash || self.style.indicators).then_some('/');
        }
        if !self.style.indicators {
            return None;
        }
        match kind {
            libc::S_IFLNK => Some('@'),
            libc::S_IFSOCK => Some('='),
            libc::S_IFIFO => Some('|'),
            libc::S_IFREG if mode & 0o111 != 0 => Some('*'),
            _ => None,
        }
    }

    /// busybox's colours by file type; its own sequences, not `LS_COLORS`.
    fn color(&self, mode: u32) -> String {
        if !self.style.color {
            return String::new();
        }
        let (bold, color) = match mode & libc::S_IFMT {
            libc::S_IFDIR => (1, 34),
            libc::S_IFLNK => (1, 36),
            libc::S_IFCHR | libc::S_IFBLK | libc::S_IFSOCK => (1, 35),
            libc::S_IFIFO => (0, 35),
            libc::S_IFREG if mode & 0o111 != 0 => (1, 32),
            libc::S_IFREG => (0, 0),
            _ => (0, 37),
        };
        format!("\x1b[{bold};{color}m")
    }

    const fn end_of_color(&self) -> &'static str {
        if self.style.color { "\x1b[m" } else { "" }
    }
}

/// `4.0K`, `976.6K`, `1023`.
pub(in super::super) fn human(size: u64) -> String {
    if size < 1024 {
        return size.to_string();
    }
    let mut whole = size;
    let mut tenths = 0;
    let mut unit = ' ';
    for letter in ['K', 'M', 'G', 'T', 'P', 'E'] {
        if whole < 1024 {
            break;
        }
        tenths = (whole % 1024 * 10 + 512) / 1024;
        whole /= 1024;
        unit = letter;
    }
    if tenths >= 10 {
        whole += 1;
        tenths = 0;
    }
    format!("{whole}.{tenths}{unit}")
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn sizes_for_people() {
        for (size, text) in [
            (1023, "1023"),
            (1024, "1.0K"),
            (1536, "1.5K"),
            (10239, "10.0K"),
            (12345, "12.1K"),
            (1_000_000, "976.6K"),
            (1_048_576, "1.0M"),
            (5_368_709_120, "5.0G"),
        ] {
            assert_eq!(human(size), text);
        }
    }
}
