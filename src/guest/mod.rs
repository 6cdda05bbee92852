//! What runs inside containers: one multi-call program in the manner of busybox.
//!
//! A built-in image holds this binary once and a link per applet ([`LINKS`]); the program looks at the name it was called by
//! ([`applet_called`]) before it does anything else, so an applet starts as fast as a program of its own. What a learner
//! sees (layouts, error sentences, exit codes) is what the `alpine` image's busybox prints; the tests hold recorded facts.

mod applet;
mod errno;
mod files;
mod getopt;
mod ip;
mod names;
mod ping;
mod process;
mod resolve;
mod shell;
mod system;
mod time;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;

pub(crate) use applet::{Applet, Call};

/// Every applet, by the place its link has in the `alpine` image.
const TABLE: &[Applet] = &[
    Applet::new("/bin/ash", shell::USAGE, shell::main),
    Applet::new("/bin/cat", files::cat::USAGE, files::cat::main),
    Applet::new("/bin/echo", system::echo::USAGE, system::echo::main),
    Applet::new("/bin/false", "", system::trivial::false_main),
    Applet::new("/bin/hostname", system::hostname::USAGE, system::hostname::main),
    Applet::new("/bin/kill", system::kill::USAGE, system::kill::main),
    Applet::new("/bin/ls", files::ls::USAGE, files::ls::main),
    Applet::new("/bin/mkdir", files::change::MKDIR_USAGE, files::change::mkdir_main),
    Applet::new("/bin/ping", ping::USAGE, ping::main),
    Applet::new(
        "/bin/printenv",
        system::environment::PRINTENV_USAGE,
        system::environment::printenv_main,
    ),
    Applet::new("/bin/ps", system::ps::USAGE, system::ps::main),
    Applet::new(
        "/bin/pwd",
        system::environment::PWD_USAGE,
        system::environment::pwd_main,
    ),
    Applet::new("/bin/rm", files::change::RM_USAGE, files::change::rm_main),
    Applet::new("/bin/rmdir", files::change::RMDIR_USAGE, files::change::rmdir_main),
    Applet::new("/bin/sh", shell::USAGE, shell::main),
    Applet::new("/bin/sleep", system::sleep::USAGE, system::sleep::main),
    Applet::new("/bin/touch", files::change::TOUCH_USAGE, files::change::touch_main),
    Applet::new("/bin/true", "", system::trivial::true_main),
    Applet::new("/bin/uname", system::uname::USAGE, system::uname::main),
    Applet::new("/sbin/ip", ip::USAGE, ip::main),
    Applet::new(
        "/usr/bin/env",
        system::environment::ENV_USAGE,
        system::environment::env_main,
    ),
    Applet::new("/usr/bin/head", files::ends::HEAD_USAGE, files::ends::head_main),
    Applet::new("/usr/bin/id", system::identity::USAGE, system::identity::id_main),
    Applet::new("/usr/bin/tail", files::ends::TAIL_USAGE, files::ends::tail_main),
    Applet::new("/usr/bin/wc", files::wc::USAGE, files::wc::main),
    Applet::new(
        "/usr/bin/whoami",
        system::identity::WHOAMI_USAGE,
        system::identity::whoami_main,
    ),
];

/// Names of the applets, one per entry of [`LINKS`] and in its order.
pub const APPLETS: &[&str] = &const {
    let mut names = [""; TABLE.len()];
    let mut at = 0;
    while at < TABLE.len() {
        names[at] = TABLE[at].name();
        at += 1;
    }
    names
};

/// Where the `alpine` image has each applet (`/bin/sh`, `/sbin/ip`, `/usr/bin/env` …).
pub const LINKS: &[&str] = &const {
    let mut links = [""; TABLE.len()];
    let mut at = 0;
    while at < TABLE.len() {
        links[at] = TABLE[at].path;
        at += 1;
    }
    links
};

/// The applet a program called `program` stands for, if any: the last part of the path, a login shell's dash left out.
#[must_use]
pub fn applet_called(program: &OsStr) -> Option<&'static str> {
    let base = program.as_bytes().rsplit(|&byte| byte == b'/').next()?;
    let base = base.strip_prefix(b"-").unwrap_or(base);
    APPLETS.iter().copied().find(|name| name.as_bytes() == base)
}

/// Runs an applet and returns its exit status. `args` holds what follows the applet's name.
///
/// Signal dispositions stay as the kernel gives them (as pid 1 of a container, `sleep` therefore ignores SIGTERM, as
/// it does under Docker), except SIGPIPE, which Rust's start-up ignores and every applet but the shell takes again.
#[must_use]
pub fn run(name: &str, args: Vec<OsString>) -> i32 {
    let Some(applet) = TABLE.iter().find(|applet| applet.name() == name) else {
        // busybox's own words and status for a name it does not have.
        let _ = writeln!(std::io::stderr(), "{name}: applet not found");
        return 127;
    };
    let call = Call { applet, args };
    if let [only] = call.args.as_slice()
        && only == "--help"
        && !applet.usage.is_empty()
    {
        return call.help();
    }
    if applet.name() != "sh" && applet.name() != "ash" {
        process::take_broken_pipe_signal();
    }
    let status = (applet.run)(&call);
    let _ = std::io::stdout().flush();
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_last_parts_of_links_and_unique() {
        for (name, link) in APPLETS.iter().zip(LINKS) {
            assert_eq!(link.rsplit('/').next(), Some(*name));
            assert_eq!(APPLETS.iter().filter(|other| *other == name).count(), 1, "{name} twice");
        }
    }

    #[test]
    fn a_program_name_is_looked_up_by_its_last_part() {
        assert_eq!(applet_called(OsStr::new("/bin/sh")), Some("sh"));
        assert_eq!(applet_called(OsStr::new("-ash")), Some("ash"));
        assert_eq!(applet_called(OsStr::new("cnm")), None);
        assert_eq!(applet_called(OsStr::new("")), None);
    }

    #[test]
    fn an_unknown_applet_is_status_127() {
        assert_eq!(run("no-such-applet", Vec::new()), 127);
    }
}
