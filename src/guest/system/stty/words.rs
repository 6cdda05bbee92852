//! Names of settings (POSIX `stty`; Linux's `termios(3)`), and what they change.

use rustix::termios::{ControlModes, InputModes, LocalModes, OutputModes, SpecialCodeIndex, Termios};

/// One of the four sets of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Control,
    Input,
    Output,
    Local,
}

impl Group {
    /// In the order they are shown.
    pub(super) const ALL: [Self; 4] = [Self::Control, Self::Input, Self::Output, Self::Local];

    pub(super) const fn bits(self, termios: &Termios) -> u32 {
        match self {
            Self::Control => termios.control_modes.bits(),
            Self::Input => termios.input_modes.bits(),
            Self::Output => termios.output_modes.bits(),
            Self::Local => termios.local_modes.bits(),
        }
    }

    pub(super) const fn set(self, termios: &mut Termios, bits: u32) {
        match self {
            Self::Control => termios.control_modes = ControlModes::from_bits_retain(bits),
            Self::Input => termios.input_modes = InputModes::from_bits_retain(bits),
            Self::Output => termios.output_modes = OutputModes::from_bits_retain(bits),
            Self::Local => termios.local_modes = LocalModes::from_bits_retain(bits),
        }
    }
}

/// What `stty sane` makes of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sane {
    On,
    Off,
    /// It has no part in sanity, and is only shown with `-a`.
    AsItIs,
}

/// A setting that is on or off, or one value of several.
pub(super) struct Flag {
    pub word: &'static str,
    pub group: Group,
    pub mask: u32,
    pub bits: u32,
    /// One value of several.
    pub several: bool,
    pub sane: Sane,
}

const fn flag(word: &'static str, group: Group, bits: u32, sane: Sane) -> Flag {
    Flag {
        word,
        group,
        mask: bits,
        bits,
        several: false,
        sane,
    }
}

const fn value(word: &'static str, group: Group, mask: u32, bits: u32, sane: Sane) -> Flag {
    Flag {
        word,
        group,
        mask,
        bits,
        several: true,
        sane,
    }
}

/// In the order they are shown.
pub(super) const FLAGS: &[Flag] = &[
    flag("parenb", Group::Control, libc::PARENB, Sane::AsItIs),
    flag("parodd", Group::Control, libc::PARODD, Sane::AsItIs),
    flag("cmspar", Group::Control, libc::CMSPAR, Sane::AsItIs),
    value("cs5", Group::Control, libc::CSIZE, libc::CS5, Sane::AsItIs),
    value("cs6", Group::Control, libc::CSIZE, libc::CS6, Sane::AsItIs),
    value("cs7", Group::Control, libc::CSIZE, libc::CS7, Sane::AsItIs),
    value("cs8", Group::Control, libc::CSIZE, libc::CS8, Sane::AsItIs),
    flag("hupcl", Group::Control, libc::HUPCL, Sane::AsItIs),
    flag("cstopb", Group::Control, libc::CSTOPB, Sane::AsItIs),
    flag("cread", Group::Control, libc::CREAD, Sane::On),
    flag("clocal", Group::Control, libc::CLOCAL, Sane::AsItIs),
    flag("crtscts", Group::Control, libc::CRTSCTS, Sane::AsItIs),
    flag("ignbrk", Group::Input, libc::IGNBRK, Sane::Off),
    flag("brkint", Group::Input, libc::BRKINT, Sane::On),
    flag("ignpar", Group::Input, libc::IGNPAR, Sane::AsItIs),
    flag("parmrk", Group::Input, libc::PARMRK, Sane::AsItIs),
    flag("inpck", Group::Input, libc::INPCK, Sane::AsItIs),
    flag("istrip", Group::Input, libc::ISTRIP, Sane::AsItIs),
    flag("inlcr", Group::Input, libc::INLCR, Sane::Off),
    flag("igncr", Group::Input, libc::IGNCR, Sane::Off),
    flag("icrnl", Group::Input, libc::ICRNL, Sane::On),
    flag("ixon", Group::Input, libc::IXON, Sane::AsItIs),
    flag("ixoff", Group::Input, libc::IXOFF, Sane::Off),
    flag("iuclc", Group::Input, libc::IUCLC, Sane::Off),
    flag("ixany", Group::Input, libc::IXANY, Sane::Off),
    flag("imaxbel", Group::Input, libc::IMAXBEL, Sane::On),
    flag("iutf8", Group::Input, libc::IUTF8, Sane::Off),
    flag("opost", Group::Output, libc::OPOST, Sane::On),
    flag("olcuc", Group::Output, libc::OLCUC, Sane::Off),
    flag("ocrnl", Group::Output, libc::OCRNL, Sane::Off),
    flag("onlcr", Group::Output, libc::ONLCR, Sane::On),
    flag("onocr", Group::Output, libc::ONOCR, Sane::Off),
    flag("onlret", Group::Output, libc::ONLRET, Sane::Off),
    flag("ofill", Group::Output, libc::OFILL, Sane::Off),
    flag("ofdel", Group::Output, libc::OFDEL, Sane::Off),
    value("nl1", Group::Output, libc::NLDLY, libc::NL1, Sane::Off),
    value("nl0", Group::Output, libc::NLDLY, libc::NL0, Sane::On),
    value("cr3", Group::Output, libc::CRDLY, libc::CR3, Sane::Off),
    value("cr2", Group::Output, libc::CRDLY, libc::CR2, Sane::Off),
    value("cr1", Group::Output, libc::CRDLY, libc::CR1, Sane::Off),
    value("cr0", Group::Output, libc::CRDLY, libc::CR0, Sane::On),
    value("tab3", Group::Output, libc::TABDLY, libc::TAB3, Sane::Off),
    value("tab2", Group::Output, libc::TABDLY, libc::TAB2, Sane::Off),
    value("tab1", Group::Output, libc::TABDLY, libc::TAB1, Sane::Off),
    value("tab0", Group::Output, libc::TABDLY, libc::TAB0, Sane::On),
    value("bs1", Group::Output, libc::BSDLY, libc::BS1, Sane::Off),
    value("bs0", Group::Output, libc::BSDLY, libc::BS0, Sane::On),
    value("vt1", Group::Output, libc::VTDLY, libc::VT1, Sane::Off),
    value("vt0", Group::Output, libc::VTDLY, libc::VT0, Sane::On),
    value("ff1", Group::Output, libc::FFDLY, libc::FF1, Sane::Off),
    value("ff0", Group::Output, libc::FFDLY, libc::FF0, Sane::On),
    flag("isig", Group::Local, libc::ISIG, Sane::On),
    flag("icanon", Group::Local, libc::ICANON, Sane::On),
    flag("iexten", Group::Local, libc::IEXTEN, Sane::On),
    flag("echo", Group::Local, libc::ECHO, Sane::On),
    flag("echoe", Group::Local, libc::ECHOE, Sane::On),
    flag("echok", Group::Local, libc::ECHOK, Sane::On),
    flag("echonl", Group::Local, libc::ECHONL, Sane::Off),
    flag("noflsh", Group::Local, libc::NOFLSH, Sane::Off),
    // The kernel's XCASE, which libc has under no name of its own.
    flag("xcase", Group::Local, 4, Sane::Off),
    flag("tostop", Group::Local, libc::TOSTOP, Sane::Off),
    flag("echoprt", Group::Local, libc::ECHOPRT, Sane::Off),
    flag("echoctl", Group::Local, libc::ECHOCTL, Sane::On),
    flag("echoke", Group::Local, libc::ECHOKE, Sane::On),
    flag("flusho", Group::Local, libc::FLUSHO, Sane::Off),
    flag("extproc", Group::Local, libc::EXTPROC, Sane::Off),
];

/// Characters with a meaning, in the order they are shown, and their sane values.
pub(super) const CHARACTERS: &[(&str, SpecialCodeIndex, u8)] = &[
    ("intr", SpecialCodeIndex::VINTR, 3),
    ("quit", SpecialCodeIndex::VQUIT, 28),
    ("erase", SpecialCodeIndex::VERASE, 127),
    ("kill", SpecialCodeIndex::VKILL, 21),
    ("eof", SpecialCodeIndex::VEOF, 4),
    ("eol", SpecialCodeIndex::VEOL, 0),
    ("eol2", SpecialCodeIndex::VEOL2, 0),
    ("swtch", SpecialCodeIndex::VSWTC, 0),
    ("start", SpecialCodeIndex::VSTART, 17),
    ("stop", SpecialCodeIndex::VSTOP, 19),
    ("susp", SpecialCodeIndex::VSUSP, 26),
    ("rprnt", SpecialCodeIndex::VREPRINT, 18),
    ("werase", SpecialCodeIndex::VWERASE, 23),
    ("lnext", SpecialCodeIndex::VLNEXT, 22),
    ("flush", SpecialCodeIndex::VDISCARD, 15),
];

/// Two settings that are numbers.
const NUMBERS: &[(&str, SpecialCodeIndex)] = &[("min", SpecialCodeIndex::VMIN), ("time", SpecialCodeIndex::VTIME)];

/// Words that stand for several settings.
const COMBINATIONS: &[(&str, &[&str])] = &[
    ("cooked", COOKED),
    ("-raw", COOKED),
    ("raw", RAW),
    ("-cooked", RAW),
    ("cbreak", &["-icanon"]),
    ("-cbreak", &["icanon"]),
    ("nl", &["-icrnl", "-onlcr"]),
    ("-nl", &["icrnl", "-inlcr", "-igncr", "onlcr", "-ocrnl", "-onlret"]),
    ("ek", &["erase", "^?", "kill", "^U"]),
    ("crt", &["echoe", "echoctl", "echoke"]),
    ("tabs", &["tab0"]),
    ("-tabs", &["tab3"]),
];
const COOKED: &[&str] = &["brkint", "ignpar", "istrip", "icrnl", "ixon", "opost", "isig", "icanon"];
const RAW: &[&str] = &[
    "-ignbrk", "-brkint", "-ignpar", "-parmrk", "-inpck", "-istrip", "-inlcr", "-igncr", "-icrnl", "-ixon", "-ixoff",
    "-iuclc", "-ixany", "-imaxbel", "-opost", "-isig", "-icanon", "-xcase", "min", "1", "time", "0",
];

/// A number of cells or tenths of seconds.
///
/// # Errors
/// busybox's sentence.
pub(super) fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("invalid number '{text}'"))
}

/// Looks at all settings before the first is applied.
///
/// # Errors
/// busybox's sentence for the first that is none.
pub(super) fn check(settings: &[String]) -> Result<(), String> {
    let mut rest = settings.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        if !takes_value(word) {
            known(word)?;
            continue;
        }
        let value = rest.next().ok_or_else(|| format!("{word} requires an argument"))?;
        match CHARACTERS.iter().any(|(name, ..)| *name == word) {
            true => drop(character(value)?),
            false if matches!(word, "min" | "time") => drop(number::<u8>(value)?),
            false => drop(number::<u16>(value)?),
        }
    }
    Ok(())
}

fn takes_value(word: &str) -> bool {
    matches!(word, "rows" | "cols" | "columns")
        || CHARACTERS.iter().any(|(name, ..)| *name == word)
        || NUMBERS.iter().any(|(name, _)| *name == word)
}

fn known(word: &str) -> Result<(), String> {
    let is = matches!(word, "size" | "speed" | "sane")
        || find(word).is_some()
        || COMBINATIONS.iter().any(|(name, _)| *name == word)
        || saved(word).is_some();
    match is {
        true => Ok(()),
        false if word.starts_with('-') => Err(format!("invalid argument '{word}'")),
        // What is no word is a speed.
        false => number::<u32>(word).map(drop),
    }
}

/// A flag by its name, and whether it is wanted on.
fn find(word: &str) -> Option<(&'static Flag, bool)> {
    let named = |name: &str| FLAGS.iter().find(|flag| flag.word == name);
    named(word).map(|flag| (flag, true)).or_else(|| {
        let flag = named(word.strip_prefix('-')?)?;
        // One value of several is not switched off: another is switched on.
        (!flag.several).then_some((flag, false))
    })
}

/// Applies one setting; its value, where it has one, is taken from `rest`.
///
/// # Errors
/// busybox's sentence.
pub(super) fn apply(termios: &mut Termios, word: &str, rest: &mut dyn Iterator<Item = &str>) -> Result<(), String> {
    if let Some((flag, on)) = find(word) {
        switch(termios, flag, on);
    } else if let Some((_, index, _)) = CHARACTERS.iter().find(|(name, ..)| *name == word) {
        termios.special_codes[*index] = character(rest.next().unwrap_or_default())?;
    } else if let Some((_, index)) = NUMBERS.iter().find(|(name, _)| *name == word) {
        termios.special_codes[*index] = number(rest.next().unwrap_or_default())?;
    } else if let Some((_, words)) = COMBINATIONS.iter().find(|(name, _)| *name == word) {
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            apply(termios, word, &mut words)?;
        }
    } else if word == "sane" {
        sane(termios);
    } else if let Some(saved) = saved(word) {
        restore(termios, &saved);
    } else {
        let refused = |_| format!("invalid argument '{word}'");
        termios.set_speed(number(word)?).map_err(refused)?;
    }
    Ok(())
}

fn switch(termios: &mut Termios, flag: &Flag, on: bool) {
    let bits = flag.group.bits(termios) & !flag.mask;
    flag.group.set(termios, if on { bits | flag.bits } else { bits });
}

fn sane(termios: &mut Termios) {
    for flag in FLAGS {
        match flag.sane {
            Sane::On => switch(termios, flag, true),
            Sane::Off if !flag.several => switch(termios, flag, false),
            _ => {}
        }
    }
    for (_, index, value) in CHARACTERS {
        termios.special_codes[*index] = *value;
    }
    termios.special_codes[SpecialCodeIndex::VMIN] = 1;
    termios.special_codes[SpecialCodeIndex::VTIME] = 0;
}

/// `^C`, `^-` or `undef`, a letter, or a number.
fn character(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"^-" | b"undef" => Ok(0),
        [letter] => Ok(*letter),
        b"^?" => Ok(127),
        [b'^', letter] => Ok(letter & !0x60),
        _ => number(text),
    }
}

/// What `-g` printed: four sets of flags and the characters, in hexadecimal.
fn saved(word: &str) -> Option<Vec<u32>> {
    let fields: Option<Vec<u32>> = word
        .split(':')
        .map(|field| u32::from_str_radix(field, 16).ok())
        .collect();
    fields.filter(|fields| fields.len() == super::print::FIELDS)
}

fn restore(termios: &mut Termios, saved: &[u32]) {
    let order = [Group::Input, Group::Output, Group::Control, Group::Local];
    for (group, bits) in order.into_iter().zip(saved) {
        group.set(termios, *bits);
    }
    for (index, value) in super::print::INDEXES.iter().zip(saved.iter().skip(order.len())) {
        termios.special_codes[*index] = u8::try_from(*value).unwrap_or(0);
    }
}
