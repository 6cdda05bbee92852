//! `env`, `printenv` and `pwd`.

use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::super::{Call, errno, getopt};

/// Help of `env`.
pub const ENV_USAGE: &str = "[-i0] [-u NAME]... [-] [NAME=VALUE]... [PROG ARGS]\n\nPrint current environment or run PROG after setting up environment\n\n\t-, -i\tStart with empty environment\n\t-0\tNUL terminated output\n\t-u NAME\tRemove variable from environment";
/// Help of `printenv`.
pub const PRINTENV_USAGE: &str = "[VARIABLE]...\n\nPrint environment VARIABLEs.\nIf no VARIABLE specified, print all.";
/// Help of `pwd`.
pub const PWD_USAGE: &str = "\n\nPrint the full filename of the current working directory";

/// Entry of `env`.
pub(crate) fn env_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "+i0u:", &[("ignore-environment", 'i'), ("null", '0')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut rest = options.operands.as_slice();
    let mut empty = options.has('i');
    if let Some((first, tail)) = rest.split_first()
        && first == "-"
    {
        empty = true;
        rest = tail;
    }
    let mut variables: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    if !empty {
        variables
            .extend(std::env::vars_os().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())));
    }
    for (_, name) in options.in_order().filter(|(letter, _)| *letter == 'u') {
        variables.retain(|(given, _)| given != name.as_bytes());
    }
    while let Some((first, tail)) = rest.split_first()
        && let Some(at) = first.as_bytes().iter().position(|byte| *byte == b'=')
    {
        let (name, value) = (&first.as_bytes()[..at], &first.as_bytes()[at + 1..]);
        variables.retain(|(given, _)| given != name);
        variables.push((name.to_vec(), value.to_vec()));
        rest = tail;
    }
    let Some((program, arguments)) = rest.split_first() else {
        let end: &[u8] = if options.has('0') { b"\0" } else { b"\n" };
        let mut text = Vec::new();
        for (name, value) in variables {
            text.extend([name.as_slice(), b"=", &value, end].concat());
        }
        return i32::from(io::stdout().lock().write_all(&text).is_err());
    };
    let pairs = variables
        .iter()
        .map(|(name, value)| (std::ffi::OsStr::from_bytes(name), std::ffi::OsStr::from_bytes(value)));
    let error = Command::new(program).args(arguments).env_clear().envs(pairs).exec();
    call.complain(format_args!(
        "can't execute '{}': {}",
        program.display(),
        errno::words(&error)
    ));
    if error.kind() == io::ErrorKind::NotFound {
        127
    } else {
        126
    }
}

/// Entry of `printenv`.
pub(crate) fn printenv_main(call: &Call) -> i32 {
    if call.args.is_empty() {
        for (name, value) in std::env::vars_os() {
            println!("{}={}", name.display(), value.display());
        }
        return 0;
    }
    let mut status = 0;
    for name in &call.args {
        match std::env::var_os(name) {
            Some(value) => println!("{}", value.display()),
            None => status = 1,
        }
    }
    status
}

/// Entry of `pwd`.
pub(crate) fn pwd_main(call: &Call) -> i32 {
    match std::env::current_dir() {
        Ok(directory) => {
            println!("{}", directory.display());
            0
        }
        Err(error) => {
            call.complain_of("getcwd", &error);
            1
        }
    }
}
