//! `wget`'s command line.

use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use super::super::super::{Call, errno, getopt, number};

/// Seconds that a server may be silent where `-T` does not say.
const PATIENCE: u64 = 900;

/// Letters of the long options that have no short form.
const SPIDER: char = '\u{100}';
const HEADER: char = '\u{101}';
const POST_DATA: char = '\u{102}';
const POST_FILE: char = '\u{103}';
const NO_CHECK: char = '\u{104}';

const LONG: &[(&str, char)] = &[
    ("continue", 'c'),
    ("quiet", 'q'),
    ("server-response", 'S'),
    ("output-document", 'O'),
    ("output-file", 'o'),
    ("directory-prefix", 'P'),
    ("user-agent", 'U'),
    ("timeout", 'T'),
    ("tries", 't'),
    ("proxy", 'Y'),
    ("spider", SPIDER),
    ("header", HEADER),
    ("post-data", POST_DATA),
    ("post-file", POST_FILE),
    ("no-check-certificate", NO_CHECK),
];

/// What the command line asks for.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the tool")]
pub(super) struct Request {
    pub urls: Vec<String>,
    /// `-`: standard output.
    pub output: Option<String>,
    /// Where messages go instead of standard error.
    pub log: Option<OsString>,
    pub folder: Option<String>,
    pub quiet: bool,
    /// The head of each response is shown.
    pub shows_head: bool,
    /// What a file already holds is not asked for again.
    pub resumes: bool,
    /// Only whether it is there.
    pub spider: bool,
    pub headers: Vec<String>,
    pub posted: Option<Vec<u8>>,
    pub agent: Option<String>,
    /// `None`: a server may be silent for ever.
    pub patience: Option<Duration>,
}

/// Reads the command line.
///
/// # Errors
/// The exit status, once the reproach was printed.
pub(super) fn read(call: &Call) -> Result<Request, i32> {
    let spec = format!("cqSO:o:P:U:T:t:n::Y:{HEADER}:{POST_DATA}:{POST_FILE}:{SPIDER}{NO_CHECK}");
    let options = getopt::parse(call, &spec, LONG)?;
    if options.operands.is_empty() {
        return Err(call.usage());
    }
    let text = |letter| options.value(letter).map(|value| value.to_string_lossy().into_owned());
    let patience = match options.value('T') {
        None => PATIENCE,
        Some(seconds) => number::plain(seconds).map_err(|reproach| {
            call.complain(reproach);
            1
        })?,
    };
    let posted = match (text(POST_DATA), options.value(POST_FILE)) {
        (Some(data), _) => Some(data.into_bytes()),
        (None, Some(file)) => Some(fs::read(file).map_err(|error| {
            call.complain(format_args!(
                "can't open '{}': {}",
                file.display(),
                errno::words(&error)
            ));
            1
        })?),
        (None, None) => None,
    };
    let headers = options.in_order().filter(|(letter, _)| *letter == HEADER);
    Ok(Request {
        urls: options
            .operands
            .iter()
            .map(|url| url.to_string_lossy().into_owned())
            .collect(),
        output: text('O'),
        log: options.value('o').cloned(),
        folder: text('P'),
        quiet: options.has('q'),
        shows_head: options.has('S'),
        resumes: options.has('c'),
        spider: options.has(SPIDER),
        // One line each, whatever was given.
        headers: headers
            .map(|(_, value)| value.to_string_lossy().replace(['\r', '\n'], ""))
            .collect(),
        posted,
        agent: text('U'),
        patience: Some(patience)
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Duration::from_secs(seconds.min(u64::from(u32::MAX)))),
    })
}
