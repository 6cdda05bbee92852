//! `date`, in UTC: a container has no time zone files.

mod format;
mod parse;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::time::{ClockId, Timespec, clock_settime};

use super::super::{Call, errno, getopt, time};

pub(in super::super) use format::format;
pub(in super::super) use parse::parse;

/// Help.
pub const USAGE: &str = "[OPTIONS] [+FMT] [[-s] TIME]\n\nDisplay time (using +FMT), or set time\n\n\t-u\t\tWork in UTC (don't convert to local time)\n\t[-s] TIME\tSet time to TIME\n\t-d TIME\t\tDisplay TIME, not 'now'\n\t-r FILE\t\tDisplay last modification time of FILE\n\t-R\t\tOutput RFC-2822 date\n\t-I[SPEC]\tOutput ISO-8601 date\n\t\t\tSPEC=date (default), hours, minutes, seconds or ns\n\nRecognized TIME formats:\n\t@seconds_since_1970\n\thh:mm[:ss]\n\t[YYYY.]MM.DD-hh:mm[:ss]\n\tYYYY-MM-DD hh:mm[:ss]\n\t[[[[[YY]YY]MM]DD]hh]mm[.ss]";

/// What stands where no format is given.
const USUAL: &str = "%a %b %e %H:%M:%S %Z %Y";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(
        call,
        "Rs:ud:r:I::",
        &[("utc", 'u'), ("date", 'd'), ("reference", 'r'), ("set", 's')],
    ) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.iter().map(|word| word.to_string_lossy()).peekable();
    let asked = operands
        .next_if(|word| word.starts_with('+'))
        .map(|word| word[1..].to_owned());
    let set = options
        .value('s')
        .map(|text| text.to_string_lossy())
        .or_else(|| operands.next());
    if operands.next().is_some() || set.is_some() && options.has('d') {
        return call.usage();
    }
    let iso = match options.value('I').map(|spec| iso(&spec.to_string_lossy())) {
        Some(None) => return call.usage(),
        Some(format) => format,
        None => None,
    };
    let seconds = match moment(call, &options, set.as_deref()) {
        Ok(seconds) => seconds,
        Err(status) => return status,
    };
    let mut status = 0;
    if set.is_some() {
        // The clock belongs to the machine: the kernel's answer is what a container hears.
        let moment = Timespec {
            tv_sec: seconds,
            tv_nsec: 0,
        };
        if let Err(error) = clock_settime(ClockId::Realtime, moment) {
            call.complain_of("can't set date", &error.into());
            status = 1;
        }
    }
    let form = match (asked, iso) {
        (Some(asked), _) => asked,
        (None, Some(iso)) => iso.to_owned(),
        (None, None) if options.has('R') => "%a, %d %b %Y %H:%M:%S %z".to_owned(),
        (None, None) => USUAL.to_owned(),
    };
    println!("{}", format(&form, seconds));
    status
}

fn iso(spec: &str) -> Option<&'static str> {
    let formats = [
        ("date", "%Y-%m-%d"),
        ("hours", "%Y-%m-%dT%H+00:00"),
        ("minutes", "%Y-%m-%dT%H:%M+00:00"),
        ("seconds", "%Y-%m-%dT%H:%M:%S+00:00"),
        ("ns", "%Y-%m-%dT%H:%M:%S,000000000+00:00"),
    ];
    let found = formats.iter().find(|(name, _)| name.starts_with(spec));
    found.map(|(_, format)| *format)
}

fn moment(call: &Call, options: &getopt::Options, set: Option<&str>) -> Result<i64, i32> {
    if let Some(file) = options.value('r') {
        let seen = fs::metadata(Path::new(file)).map_err(|error| {
            call.complain(format_args!(
                "can't stat '{}': {}",
                file.display(),
                errno::words(&error)
            ));
            1
        })?;
        return Ok(seen.mtime());
    }
    let given = options.value('d').map(|text| text.to_string_lossy());
    let Some(text) = given.as_deref().or(set) else {
        return Ok(time::now());
    };
    parse(text, time::now()).ok_or_else(|| {
        call.complain(format_args!("invalid date '{text}'"));
        1
    })
}
