//! `sed`.

mod command;
mod input;
mod replacement;
mod run;
mod script;

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::super::{Call, errno, getopt};
use super::pattern::Syntax;
use super::stream;
use input::Lines;
use run::{Machine, Stop};

/// Help.
pub const USAGE: &str = "[-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...\nor: sed [-i[SFX]] [-nrE] CMD [FILE]...\n\n\t-e CMD\tAdd CMD to sed commands to be executed\n\t-f FILE\tAdd FILE contents to sed commands to be executed\n\t-i[SFX]\tEdit files in-place (otherwise write to stdout)\n\t\tOptionally back files up, appending SFX\n\t-n\tSuppress automatic printing of pattern space\n\t-r,-E\tUse extended regex syntax\n\nIf no -e or -f, the first non-option argument is the sed command string.\nRemaining arguments are input files (stdin if none).";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let long = [
        ("quiet", 'n'),
        ("silent", 'n'),
        ("expression", 'e'),
        ("regexp-extended", 'E'),
    ];
    let options = match getopt::parse(call, "i::rEne:f:", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut files = options.operands.clone();
    let text = match script_text(call, &options, &mut files) {
        Ok(text) => text,
        Err(status) => return status,
    };
    let language = if options.has('r') || options.has('E') {
        Syntax::Extended
    } else {
        Syntax::Basic
    };
    // A script whose first line is `#n` is as one with -n (POSIX.1-2017, sed).
    let silent = options.has('n') || text == "#n" || text.starts_with("#n\n");
    let commands = match script::read(&text, language) {
        Ok(commands) => commands,
        Err(reproach) => {
            call.complain(reproach);
            return 1;
        }
    };
    let mut machine = match Machine::new(&commands, silent) {
        Ok(machine) => machine,
        Err(error) => {
            call.complain_of("can't write a file of the script", &error);
            return 1;
        }
    };
    match options.value('i') {
        Some(suffix) => in_place(call, &mut machine, &files, suffix),
        None => to_output(call, &mut machine, files),
    }
}

/// The script: all `-e` and `-f`, a line each, or the first operand, which then is no file.
fn script_text(call: &Call, options: &getopt::Options, files: &mut Vec<OsString>) -> Result<String, i32> {
    let mut parts = Vec::new();
    for (letter, value) in options.in_order() {
        match letter {
            'e' => parts.push(value.to_string_lossy().into_owned()),
            'f' => {
                let mut text = Vec::new();
                if let Err(error) = stream::open(value).and_then(|mut file| file.read_to_end(&mut text)) {
                    call.complain_of(value.display(), &error);
                    return Err(1);
                }
                let text = String::from_utf8_lossy(&text);
                parts.push(text.strip_suffix('\n').unwrap_or(&text).to_owned());
            }
            _ => {}
        }
    }
    if parts.is_empty() && !options.has('e') && !options.has('f') {
        if files.is_empty() {
            return Err(call.usage());
        }
        parts.push(files.remove(0).to_string_lossy().into_owned());
    }
    Ok(parts.join("\n"))
}

fn to_output(call: &Call, machine: &mut Machine, mut files: Vec<OsString>) -> i32 {
    if files.is_empty() {
        files.push(OsString::from("-"));
    }
    let status = Cell::new(0);
    let mut lines = Lines::new(files, |name, error| {
        status.set(1);
        call.complain_of(name.display(), error);
    });
    let mut out = stream::output();
    let ended = machine.run(&mut lines, &mut *out).map(|_| ());
    let ended = ended.and_then(|()| out.flush().map_err(Stop::Write));
    drop(out);
    match ended {
        Ok(()) => status.get(),
        Err(stop) => reproach(call, &stop),
    }
}

fn in_place(call: &Call, machine: &mut Machine, files: &[OsString], suffix: &OsStr) -> i32 {
    let mut status = 0;
    for name in files {
        let path = Path::new(name);
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => {
                call.complain_of(name.display(), &error);
                status = 1;
                continue;
            }
        };
        if !metadata.is_file() {
            call.complain(format_args!("'{}' is not an ordinary file", name.display()));
            status = 1;
            continue;
        }
        let mut text = Vec::new();
        let mut lines = Lines::new([name.clone()], |_, _| {});
        let more = match machine.run(&mut lines, &mut text) {
            Ok(more) => more,
            Err(stop) => return reproach(call, &stop),
        };
        if let Err(error) = replace(path, &text, &metadata, suffix) {
            call.complain_of(name.display(), &error);
            status = 1;
        }
        if !more {
            break;
        }
    }
    status
}

/// Puts the text in the file's place at once, so that no reader sees half of it.
fn replace(path: &Path, text: &[u8], metadata: &fs::Metadata, suffix: &OsStr) -> std::io::Result<()> {
    let beside = |ending: &[u8]| -> PathBuf {
        let name = [path.as_os_str().as_bytes(), ending].concat();
        PathBuf::from(OsStr::from_bytes(&name))
    };
    let fresh = beside(format!(".{}", std::process::id()).as_bytes());
    fs::write(&fresh, text)?;
    fs::set_permissions(&fresh, metadata.permissions())?;
    if !suffix.is_empty() {
        fs::rename(path, beside(suffix.as_bytes()))?;
    }
    fs::rename(&fresh, path)
}

fn reproach(call: &Call, stop: &Stop) -> i32 {
    match stop {
        Stop::Script(sentence) => call.complain(sentence),
        Stop::Write(error) => call.complain(format_args!("write error: {}", errno::words(error))),
    }
    1
}
