//! How settings are shown.

use rustix::termios::{SpecialCodeIndex, Termios, Winsize};

use super::words::{CHARACTERS, FLAGS, Group, Sane};

/// Fields of what `-g` prints: four sets of flags, and as many characters as Linux's C library has room for.
pub(super) const FIELDS: usize = 4 + 32;

/// The kernel's characters by their number (`asm-generic/termbits.h`).
pub(super) const INDEXES: [SpecialCodeIndex; 17] = [
    SpecialCodeIndex::VINTR,
    SpecialCodeIndex::VQUIT,
    SpecialCodeIndex::VERASE,
    SpecialCodeIndex::VKILL,
    SpecialCodeIndex::VEOF,
    SpecialCodeIndex::VTIME,
    SpecialCodeIndex::VMIN,
    SpecialCodeIndex::VSWTC,
    SpecialCodeIndex::VSTART,
    SpecialCodeIndex::VSTOP,
    SpecialCodeIndex::VSUSP,
    SpecialCodeIndex::VEOL,
    SpecialCodeIndex::VREPRINT,
    SpecialCodeIndex::VDISCARD,
    SpecialCodeIndex::VWERASE,
    SpecialCodeIndex::VLNEXT,
    SpecialCodeIndex::VEOL2,
];

/// For another `stty` to read.
pub(super) fn readable(termios: &Termios) -> String {
    let flags = [Group::Input, Group::Output, Group::Control, Group::Local].map(|group| group.bits(termios));
    let codes = INDEXES.iter().map(|index| u32::from(termios.special_codes[*index]));
    let mut fields: Vec<String> = flags
        .into_iter()
        .chain(codes)
        .map(|field| format!("{field:x}"))
        .collect();
    fields.resize(FIELDS, "0".to_owned());
    fields.join(":") + "\n"
}

/// For a person: all, or what is not sane; in lines of so many columns.
pub(super) fn settings(termios: &Termios, size: Option<Winsize>, all: bool, columns: usize) -> String {
    let mut page = Page {
        columns,
        text: String::new(),
        used: 0,
    };
    page.put(&format!("speed {} baud;", termios.output_speed()));
    if let Some(size) = size {
        page.put(&format!("rows {};", size.ws_row));
        page.put(&format!("columns {};", size.ws_col));
    }
    page.put(&format!("line = {};", termios.line_discipline));
    page.end_line();
    for (name, index, _) in CHARACTERS {
        page.put(&format!("{name} = {};", visible(termios.special_codes[*index])));
    }
    let number = |index| termios.special_codes[index];
    let (min, time) = (number(SpecialCodeIndex::VMIN), number(SpecialCodeIndex::VTIME));
    page.put(&format!("min = {min}; time = {time};"));
    page.end_line();
    for group in Group::ALL {
        for flag in FLAGS.iter().filter(|flag| flag.group == group) {
            let on = group.bits(termios) & flag.mask == flag.bits;
            let shown = match flag.sane {
                _ if all => on || !flag.several,
                Sane::On => !on && !flag.several,
                Sane::Off => on,
                Sane::AsItIs => false,
            };
            if shown {
                page.put(&format!("{}{}", if on { "" } else { "-" }, flag.word));
            }
        }
        page.end_line();
    }
    page.text
}

/// A control character as a caret and a letter.
fn visible(code: u8) -> String {
    match code {
        0 => "<undef>".to_owned(),
        1..=31 => format!("^{}", char::from(code + 64)),
        127 => "^?".to_owned(),
        128.. => format!("M-{}", visible_low(code - 128)),
        _ => char::from(code).to_string(),
    }
}

fn visible_low(code: u8) -> String {
    match code {
        0..=31 => format!("^{}", char::from(code + 64)),
        127 => "^?".to_owned(),
        _ => char::from(code).to_string(),
    }
}

/// Words in lines that are no wider than the terminal.
struct Page {
    columns: usize,
    text: String,
    used: usize,
}

impl Page {
    fn put(&mut self, word: &str) {
        if self.used > 0 {
            let fits = self.used + 1 + word.len() < self.columns;
            self.text.push(if fits { ' ' } else { '\n' });
            self.used = if fits { self.used + 1 } else { 0 };
        }
        self.text.push_str(word);
        self.used += word.len();
    }

    fn end_line(&mut self) {
        if self.used > 0 {
            self.text.push('\n');
        }
        self.used = 0;
    }
}
