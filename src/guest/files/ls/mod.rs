//! `ls`: busybox's, whose long format, columns and colours differ from coreutils'.

mod entry;
mod print;

pub(crate) use entry::mode_word;
pub(super) use print::human;

use std::ffi::{OsStr, OsString};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use super::super::{Call, errno, getopt};
use entry::Entry;
use print::Printer;

/// Help.
pub const USAGE: &str = "[-1AaCxdLHRFplinshrSctu] [-w WIDTH] [FILE]...

List directory contents

	-1	One column output
	-a	Include names starting with .
	-A	Like -a, but exclude . and ..
	-x	List by lines
	-d	List directory names, not contents
	-L	Follow symlinks
	-H	Follow symlinks on command line
	-R	Recurse
	-p	Append / to directory names
	-F	Append indicator (one of */=@|) to names
	-l	Long format
	-i	List inode numbers
	-n	List numeric UIDs and GIDs instead of names
	-s	List allocated blocks
	-lc	List ctime
	-lu	List atime
	--full-time	List full date/time
	-h	Human readable sizes (1K 243M 2G)
	--group-directories-first
	-S	Sort by size
	-t	Sort by mtime
	-tc	Sort by ctime
	-tu	Sort by atime
	-r	Reverse sort order
	-w N	Format N columns wide
	--color[={always,never,auto}]";

/// How entries are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Lines,
    Columns,
    Rows,
    Long,
}

/// Which of an entry's times is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    Modified,
    Changed,
    Accessed,
}

/// Sorting key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Name,
    Size,
    Time,
}

/// What the options ask for.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent command-line option"
)]
struct Style {
    layout: Layout,
    clock: Clock,
    order: Order,
    reverse: bool,
    directories_first: bool,
    hidden: bool,
    dot_and_dot_dot: bool,
    directory_itself: bool,
    recurse: bool,
    follow: bool,
    follow_arguments: bool,
    slash: bool,
    indicators: bool,
    inode: bool,
    blocks: bool,
    numeric: bool,
    human: bool,
    full_time: bool,
    color: bool,
    width: usize,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    // Long names stand for letters that `ls` does not use itself.
    let long = [("full-time", 'E'), ("group-directories-first", 'D'), ("color", 'K')];
    let options = match getopt::parse(call, "1AaCxdLHRFplinshrSctuw:", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let style = match read_style(call, &options) {
        Ok(style) => style,
        Err(status) => return status,
    };
    let mut arguments = options.operands;
    if arguments.is_empty() {
        arguments.push(OsString::from("."));
    }
    let mut listing = Listing {
        call,
        printer: Printer::new(&style, BufWriter::new(io::stdout().lock())),
        style: &style,
        status: 0,
        printed: false,
        headers: arguments.len() > 1 || style.recurse,
    };
    match listing.arguments(arguments) {
        Ok(()) => listing.status,
        Err(error) => {
            call.complain_of("write error", &error);
            1
        }
    }
}

fn read_style(call: &Call, options: &getopt::Options) -> Result<Style, i32> {
    let terminal = io::stdout().is_terminal();
    let mut style = Style {
        layout: if terminal { Layout::Columns } else { Layout::Lines },
        clock: Clock::Modified,
        order: Order::Name,
        reverse: options.has('r'),
        directories_first: options.has('D'),
        hidden: options.has('a') || options.has('A'),
        dot_and_dot_dot: options.has('a'),
        directory_itself: options.has('d'),
        recurse: options.has('R') && !options.has('d'),
        follow: options.has('L'),
        follow_arguments: options.has('H'),
        slash: options.has('p'),
        indicators: options.has('F'),
        inode: options.has('i'),
        blocks: options.has('s'),
        numeric: options.has('n'),
        human: options.has('h'),
        full_time: options.has('E'),
        color: terminal && std::env::var_os("TERM").is_some_and(|term| term != "dumb"),
        width: print::terminal_width(),
    };
    for (letter, value) in options.in_order() {
        match letter {
            '1' => style.layout = Layout::Lines,
            'C' => style.layout = Layout::Columns,
            'x' => style.layout = Layout::Rows,
            'l' | 'n' | 'E' => style.layout = Layout::Long,
            'c' => style.clock = Clock::Changed,
            'u' => style.clock = Clock::Accessed,
            'S' => style.order = Order::Size,
            't' => style.order = Order::Time,
            'w' => {
                style.width = value.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
                    call.complain(format_args!("invalid number '{}'", value.display()));
                    1
                })?;
            }
            'K' => match value.to_str() {
                Some("" | "always" | "yes" | "force") => style.color = true,
                Some("never" | "no" | "none") => style.color = false,
                Some("auto" | "tty" | "if-tty") => style.color = terminal,
                _ => return Err(call.usage()),
            },
            _ => {}
        }
    }
    Ok(style)
}

struct Listing<'a, W: Write> {
    call: &'a Call<'a>,
    style: &'a Style,
    printer: Printer<'a, W>,
    status: i32,
    /// Something was printed, so that a directory's part needs a line between.
    printed: bool,
    headers: bool,
}

impl<W: Write> Listing<'_, W> {
    fn arguments(&mut self, arguments: Vec<OsString>) -> io::Result<()> {
        let mut files = Vec::new();
        let mut directories = Vec::new();
        // A link to a directory is entered, unless the link itself is what one wants to see.
        let enters_links = self.style.follow
            || self.style.follow_arguments
            || !(self.style.layout == Layout::Long || self.style.directory_itself || self.style.indicators);
        for argument in arguments {
            let name = argument.clone();
            match Entry::read(name, Path::new(&argument), enters_links) {
                Ok(entry) if entry.is_directory() && !self.style.directory_itself => directories.push(entry),
                Ok(entry) if enters_links && !self.style.follow && !self.style.follow_arguments => {
                    // Followed only to learn that it is no directory.
                    files.push(Entry::read(entry.name.clone(), Path::new(&argument), false).unwrap_or(entry));
                }
                Ok(entry) => files.push(entry),
                Err(error) => self.complain(&argument, &error)?,
            }
        }
        self.sort(&mut files);
        self.sort(&mut directories);
        self.printed = !files.is_empty();
        self.printer.entries(&files)?;
        for directory in directories {
            self.directory(Path::new(&directory.name))?;
        }
        self.printer.flush()
    }

    fn directory(&mut self, path: &Path) -> io::Result<()> {
        let mut entries = match self.read(path) {
            Ok(entries) => entries,
            Err(error) => {
                if self.headers {
                    self.header(path)?;
                }
                return self.complain_opening(path, &error);
            }
        };
        if self.headers {
            self.header(path)?;
        }
        self.printed = true;
        self.sort(&mut entries);
        if self.style.layout == Layout::Long || self.style.blocks {
            let blocks: u64 = entries.iter().map(|entry| entry.blocks).sum();
            self.printer.total(blocks)?;
        }
        self.printer.entries(&entries)?;
        if self.style.recurse {
            for entry in entries
                .iter()
                .filter(|entry| entry.is_directory() && entry.name != "." && entry.name != "..")
            {
                self.directory(&path.join(&entry.name))?;
            }
        }
        Ok(())
    }

    fn header(&mut self, path: &Path) -> io::Result<()> {
        let gap = if self.printed { "\n" } else { "" };
        self.printed = true;
        writeln!(self.printer.out(), "{gap}{}:", path.display())
    }

    fn read(&mut self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut names: Vec<OsString> = Vec::new();
        for found in std::fs::read_dir(path)? {
            names.push(found?.file_name());
        }
        names.retain(|name| self.style.hidden || !name.as_encoded_bytes().starts_with(b"."));
        if self.style.dot_and_dot_dot {
            names.extend([OsString::from("."), OsString::from("..")]);
        }
        let mut entries = Vec::new();
        for name in names {
            let full = path.join(&name);
            match Entry::read(name, &full, self.style.follow) {
                Ok(entry) => entries.push(entry),
                Err(error) => self.complain(full.as_os_str(), &error)?,
            }
        }
        Ok(entries)
    }

    fn sort(&self, entries: &mut [Entry]) {
        let style = self.style;
        entries.sort_by(|one, other| {
            let by_key = match style.order {
                Order::Name => std::cmp::Ordering::Equal,
                Order::Size => other.size.cmp(&one.size),
                Order::Time => other.time(style.clock).cmp(&one.time(style.clock)),
            };
            let order = by_key.then_with(|| one.name.as_encoded_bytes().cmp(other.name.as_encoded_bytes()));
            let order = if style.reverse { order.reverse() } else { order };
            let directories = if style.directories_first {
                other.is_directory().cmp(&one.is_directory())
            } else {
                std::cmp::Ordering::Equal
            };
            directories.then(order)
        });
    }

    fn complain(&mut self, what: &OsStr, error: &io::Error) -> io::Result<()> {
        self.status = 1;
        self.printer.flush()?;
        self.call.complain_of(what.display(), error);
        Ok(())
    }

    fn complain_opening(&mut self, path: &Path, error: &io::Error) -> io::Result<()> {
        self.status = 1;
        self.printer.flush()?;
        self.call
            .complain(format_args!("can't open '{}': {}", path.display(), errno::words(error)));
        Ok(())
    }
}
