//! The `docker` look-alike against a scripted engine: output, errors and exit codes as recorded from Docker's CLI 28.2.2.
//!
//! Each command runs in a process of its own, which is this test program again with the command in its environment, so that
//! standard output, standard error and the exit status are the real ones.
#![allow(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]
#![cfg(unix)]

mod command_line;
mod containers;
mod engine;
mod images;
mod inspect;
mod networks;
mod run;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use cnm::docker_cli::{Target, run};
use engine::{ARGS, BEGIN, SOCKET};

#[test]
fn as_docker() {
    let (Ok(args), Some(socket)) = (std::env::var(ARGS), std::env::var_os(SOCKET)) else {
        return;
    };
    let args: Vec<OsString> = args.split('\u{1f}').skip(1).map(OsString::from).collect();
    print!("{BEGIN}");
    std::io::stdout().flush().unwrap();
    std::process::exit(run(args, |_| Ok(Target::Unix(PathBuf::from(socket)))));
}
