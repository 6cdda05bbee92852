//! `grep`, `egrep` and `fgrep`.

mod search;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::super::{Call, getopt, number};
use super::pattern::{Manner, Pattern, Syntax};
use super::stream;
use search::{Finder, Search};

/// Help.
pub const USAGE: &str = "[-HhnlLoqvsrRiwxFEz] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...\n\nSearch for PATTERN in FILEs (or stdin)\n\n\t-H\tAdd 'filename:' prefix\n\t-h\tDo not add 'filename:' prefix\n\t-n\tAdd 'line_no:' prefix\n\t-l\tShow only names of files that match\n\t-L\tShow only names of files that don't match\n\t-c\tShow only count of matching lines\n\t-o\tShow only the matching part of line\n\t-q\tQuiet. Return 0 if PATTERN is found, 1 otherwise\n\t-v\tSelect non-matching lines\n\t-s\tSuppress open and read errors\n\t-r\tRecurse\n\t-R\tRecurse and dereference symlinks\n\t-i\tIgnore case\n\t-w\tMatch whole words only\n\t-x\tMatch whole lines only\n\t-F\tPATTERN is a literal (not regexp)\n\t-E\tPATTERN is an extended regexp\n\t-z\tNUL terminated input\n\t-m N\tMatch up to N times per file\n\t-A N\tPrint N lines of trailing context\n\t-B N\tPrint N lines of leading context\n\t-C N\tSame as '-A N -B N'\n\t-e PTRN\tPattern to match\n\t-f FILE\tRead pattern from file";

/// Status where something could not be read or understood (POSIX.1-2017, grep).
const TROUBLE: i32 = 2;

/// Entry of `grep`, `egrep` and `fgrep`.
pub(crate) fn main(call: &Call) -> i32 {
    let Ok(options) = getopt::parse(call, "lnqvscFiHhe:f:LorRm:wA:B:C:Exz", &[("color", '\0')]) else {
        return TROUBLE;
    };
    let language = if call.name() == "fgrep" || options.has('F') {
        Syntax::Literal
    } else if call.name() == "egrep" || options.has('E') {
        Syntax::Extended
    } else {
        Syntax::Basic
    };
    let mut files = options.operands.clone();
    let patterns = match patterns(call, &options, &mut files) {
        Ok(patterns) => patterns,
        Err(status) => return status,
    };
    let finder = match finder(call, &options, &patterns, language) {
        Ok(finder) => finder,
        Err(status) => return status,
    };
    let numbers = (|| {
        let both = counted(call, options.value('C'))?;
        let after = counted(call, options.value('A'))?.or(both).unwrap_or(0);
        let before = counted(call, options.value('B'))?.or(both).unwrap_or(0);
        Ok((before, after, counted(call, options.value('m'))?))
    })();
    let (before, after, most) = match numbers {
        Ok(numbers) => numbers,
        Err(status) => return status,
    };
    let recurse = options.has('r') || options.has('R');
    if files.is_empty() {
        files.push(OsString::from("-"));
    }
    let several = files.len() > 1 || recurse && files.iter().any(|file| Path::new(file).is_dir());
    let search = Search {
        with_names: options.has('H') || several && !options.has('h'),
        numbers: options.has('n'),
        invert: options.has('v'),
        only_matching: options.has('o'),
        count: options.has('c'),
        names_of_matching: options.has('l'),
        names_of_others: options.has('L'),
        quiet: options.has('q'),
        end: if options.has('z') { 0 } else { b'\n' },
        before,
        after,
        most,
        finder,
    };
    let mut walk = Walk {
        call,
        search,
        out: stream::output(),
        recurse,
        follow: options.has('R'),
        silent: options.has('s'),
        found: false,
        trouble: false,
    };
    walk.all(&files)
}

fn counted(call: &Call, text: Option<&OsString>) -> Result<Option<u64>, i32> {
    let Some(text) = text else { return Ok(None) };
    number::plain(text).map(Some).map_err(|reproach| {
        call.complain(reproach);
        TROUBLE
    })
}

/// What is looked for: `-e` and `-f`, or the first operand, which then is no file. Each line is a pattern of its own.
fn patterns(call: &Call, options: &getopt::Options, files: &mut Vec<OsString>) -> Result<Vec<String>, i32> {
    let mut texts = Vec::new();
    for (letter, value) in options.in_order() {
        match letter {
            'e' => texts.push(value.to_string_lossy().into_owned()),
            'f' => {
                let mut text = Vec::new();
                let read = stream::open(value).and_then(|mut file| file.read_to_end(&mut text));
                if let Err(error) = read {
                    call.complain_of(value.display(), &error);
                    return Err(TROUBLE);
                }
                let text = String::from_utf8_lossy(&text);
                match text.strip_suffix('\n').unwrap_or(&text) {
                    "" if text.is_empty() => {}
                    text => texts.push(text.to_owned()),
                }
            }
            _ => {}
        }
    }
    if !options.has('e') && !options.has('f') {
        if files.is_empty() {
            call.usage();
            return Err(TROUBLE);
        }
        texts.push(files.remove(0).to_string_lossy().into_owned());
    }
    Ok(texts
        .iter()
        .flat_map(|text| text.split('\n'))
        .map(str::to_owned)
        .collect())
}

fn finder(call: &Call, options: &getopt::Options, patterns: &[String], language: Syntax) -> Result<Finder, i32> {
    let manner = Manner {
        ignore_case: options.has('i'),
        multi_line: false,
    };
    let refuse = |text: &str, reason| {
        call.complain(format_args!("bad regex '{text}': {reason}"));
        TROUBLE
    };
    for text in patterns {
        Pattern::new(text, language, manner).map_err(|reason| refuse(text, reason))?;
    }
    let texts: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let pattern = match texts.as_slice() {
        [] => None,
        texts => Some(Pattern::any_of(texts, language, manner).map_err(|reason| refuse(&texts.join("\n"), reason))?),
    };
    Ok(Finder {
        pattern,
        words: options.has('w'),
        lines: options.has('x'),
    })
}

#[expect(clippy::struct_excessive_bools, reason = "two are asked for, two are found")]
struct Walk<'a> {
    call: &'a Call<'a>,
    search: Search,
    out: Box<dyn Write>,
    recurse: bool,
    follow: bool,
    silent: bool,
    found: bool,
    trouble: bool,
}

impl Walk<'_> {
    fn all(&mut self, files: &[OsString]) -> i32 {
        for file in files {
            let walked = if self.recurse && file != "-" && Path::new(file).is_dir() {
                self.folder(Path::new(file))
            } else {
                self.file(file)
            };
            if let Err(error) = walked {
                self.call.complain_of("write error", &error);
                return TROUBLE;
            }
            if self.found && self.search.quiet {
                return 0;
            }
        }
        if let Err(error) = self.out.flush() {
            self.call.complain_of("write error", &error);
            return TROUBLE;
        }
        match (self.trouble, self.found) {
            (true, _) => TROUBLE,
            (false, found) => i32::from(!found),
        }
    }

    /// Searches what is below a folder, in the order the kernel lists it.
    fn folder(&mut self, folder: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.reproach(folder.as_os_str(), &error),
        };
        for entry in entries.flatten() {
            let path: PathBuf = entry.path();
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let is_folder = path.is_dir();
            if is_link && is_folder && !self.follow {
                continue;
            }
            if is_folder {
                self.folder(&path)?;
            } else {
                self.file(path.as_os_str())?;
            }
            if self.found && self.search.quiet {
                break;
            }
        }
        Ok(())
    }

    fn file(&mut self, name: &OsStr) -> io::Result<()> {
        match stream::open(name) {
            Ok(mut input) => {
                self.found |= self.search.one(name, &mut *input, &mut *self.out)?;
                Ok(())
            }
            Err(error) => self.reproach(name, &error),
        }
    }

    fn reproach(&mut self, name: &OsStr, error: &io::Error) -> io::Result<()> {
        self.trouble = true;
        self.out.flush()?;
        if !self.silent {
            self.call.complain_of(name.display(), error);
        }
        Ok(())
    }
}
