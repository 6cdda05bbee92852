//! `uname`.

use std::fs;

use super::super::{Call, getopt};

/// Help.
pub const USAGE: &str = "[-amnrspvio]\n\nPrint system information\n\n\t-a\tPrint all\n\t-m\tMachine (hardware) type\n\t-n\tHostname\n\t-r\tKernel release\n\t-s\tKernel name (default)\n\t-p\tProcessor type\n\t-v\tKernel version\n\t-i\tHardware platform\n\t-o\tOS name";

/// Parts in the order they are printed.
const PARTS: &str = "snrvpmio";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "amnrspvio", &[("all", 'a')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if !options.operands.is_empty() {
        return call.usage();
    }
    let all = options.has('a');
    let asked: Vec<char> = PARTS.chars().filter(|part| all || options.has(*part)).collect();
    let asked = if asked.is_empty() { vec!['s'] } else { asked };
    // With -a what is not known is left out, as busybox does.
    let words: Vec<String> = asked
        .into_iter()
        .map(part)
        .filter(|word| !all || word != "unknown")
        .collect();
    println!("{}", words.join(" "));
    0
}

fn part(letter: char) -> String {
    match letter {
        'n' => nix::unistd::gethostname().map_or_else(|_| "unknown".into(), |name| name.to_string_lossy().into_owned()),
        'r' => kernel("osrelease"),
        'v' => kernel("version"),
        'm' => std::env::consts::ARCH.to_owned(),
        's' | 'o' => "Linux".to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// A value of `/proc/sys/kernel`, where the kernel tells the same as uname(2).
fn kernel(name: &str) -> String {
    fs::read_to_string(format!("/proc/sys/kernel/{name}"))
        .map_or_else(|_| "unknown".into(), |text| text.trim().to_owned())
}
