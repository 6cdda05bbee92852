//! `cnm`: parse, dispatch; nothing else.

use std::io::Write;
use std::process::exit;

use cnm::cli::{self, Command};
use cnm::engine::launch::{LabCommand, LabOptions, lab_command};
use cnm::texts::Lang;

fn main() {
    let args: Vec<_> = std::env::args_os().collect();
    if let [program, rest @ ..] = args.as_slice()
        && let Some(applet) = cnm::guest::applet_called(program)
    {
        exit(cnm::guest::run(applet, rest.to_vec()));
    }
    let cli = cli::parse(args).unwrap_or_else(|error| error.exit());
    let Some(Command::Lab { socket, command }) = cli.command else {
        exit(2)
    };
    let options = LabOptions {
        socket,
        log: cli.global.log,
        ..LabOptions::default()
    };
    match lab_command(&LabCommand { options, argv: command }) {
        Ok(status) => exit(status),
        Err(error) => {
            let _ = write!(std::io::stderr(), "{}", error.explain(Lang::from_env(cli.global.lang)));
            exit(4)
        }
    }
}
