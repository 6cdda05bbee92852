//! What runs inside containers: one multi-call program in the manner of busybox.
//!
//! A built-in image holds this binary once and a link per applet ([`LINKS`]); the program looks at the name it was called by
//! ([`applet_called`]) before it does anything else, so an applet starts as fast as a program of its own. What a learner
//! sees (layouts, error sentences, exit codes) is what the `alpine` image's busybox prints; the tests hold recorded facts.

mod applet;
mod archive;
mod dns;
mod errno;
mod files;
mod format;
mod getopt;
mod http;
mod ip;
mod names;
mod nc;
mod net_tools;
mod number;
mod packages;
mod ping;
mod process;
mod resolve;
mod shelf;
mod shell;
mod system;
mod telnet;
mod text;
mod time;
mod traceroute;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub(crate) use applet::{Applet, Call};

/// Every applet, by the place its link has in the `alpine` image.
const TABLE: &[Applet] = &[
    Applet::new("/bin/arch", system::machine::ARCH_USAGE, system::machine::arch_main),
    Applet::new("/bin/ash", shell::USAGE, shell::main),
    Applet::new("/bin/base64", files::base64::USAGE, files::base64::main),
    Applet::new("/bin/cat", files::cat::USAGE, files::cat::main),
    Applet::new("/bin/chgrp", files::owner::CHGRP_USAGE, files::owner::main),
    Applet::new("/bin/chmod", files::mode::USAGE, files::mode::main),
    Applet::new("/bin/chown", files::owner::CHOWN_USAGE, files::owner::main),
    Applet::new("/bin/cp", files::copy::CP_USAGE, files::copy::cp_main),
    Applet::new("/bin/date", system::date::USAGE, system::date::main),
    Applet::new("/bin/dd", files::dd::USAGE, files::dd::main),
    Applet::new("/bin/df", files::space::USAGE, files::space::main),
    Applet::new("/bin/dmesg", system::machine::DMESG_USAGE, system::machine::dmesg_main),
    Applet::new("/bin/echo", system::echo::USAGE, system::echo::main),
    Applet::new("/bin/egrep", text::grep::USAGE, text::grep::main),
    Applet::new("/bin/false", "", system::trivial::false_main),
    Applet::new("/bin/fgrep", text::grep::USAGE, text::grep::main),
    Applet::new("/bin/grep", text::grep::USAGE, text::grep::main),
    Applet::new("/bin/gunzip", archive::gzip::GUNZIP_USAGE, archive::gzip::main),
    Applet::new("/bin/gzip", archive::gzip::GZIP_USAGE, archive::gzip::main),
    Applet::new("/bin/hostname", system::hostname::USAGE, system::hostname::main),
    Applet::new("/bin/kill", system::kill::USAGE, system::kill::main),
    Applet::new("/bin/ln", files::link::USAGE, files::link::main),
    Applet::new("/bin/ls", files::ls::USAGE, files::ls::main),
    Applet::new("/bin/mkdir", files::change::MKDIR_USAGE, files::change::mkdir_main),
    Applet::new("/bin/mktemp", files::mktemp::USAGE, files::mktemp::main),
    Applet::new("/bin/mount", system::mounts::USAGE, system::mounts::main),
    Applet::new("/bin/mv", files::copy::MV_USAGE, files::copy::mv_main),
    Applet::new("/bin/netstat", net_tools::netstat::USAGE, net_tools::netstat::main),
    Applet::new("/bin/nice", system::within::NICE_USAGE, system::within::nice_main),
    Applet::new("/bin/pidof", system::pidof::PIDOF_USAGE, system::pidof::pidof_main),
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
    Applet::new("/bin/rev", text::lines::REV_USAGE, text::lines::rev_main),
    Applet::new("/bin/rm", files::change::RM_USAGE, files::change::rm_main),
    Applet::new("/bin/rmdir", files::change::RMDIR_USAGE, files::change::rmdir_main),
    Applet::new("/bin/sed", text::sed::USAGE, text::sed::main),
    Applet::new("/bin/sh", shell::USAGE, shell::main),
    Applet::new("/bin/sleep", system::sleep::USAGE, system::sleep::main),
    Applet::new("/bin/stat", files::stat::USAGE, files::stat::main),
    Applet::new("/bin/stty", system::stty::USAGE, system::stty::main),
    Applet::new("/bin/sync", system::machine::SYNC_USAGE, system::machine::sync_main),
    Applet::new("/bin/tar", archive::tar::USAGE, archive::tar::main),
    Applet::new("/bin/touch", files::change::TOUCH_USAGE, files::change::touch_main),
    Applet::new("/bin/true", "", system::trivial::true_main),
    Applet::new("/bin/uname", system::uname::USAGE, system::uname::main),
    Applet::new(
        "/bin/usleep",
        system::machine::USLEEP_USAGE,
        system::machine::usleep_main,
    ),
    Applet::new("/bin/watch", system::within::WATCH_USAGE, system::within::watch_main),
    Applet::new("/bin/zcat", archive::gzip::ZCAT_USAGE, archive::gzip::main),
    Applet::new("/sbin/arp", net_tools::arp::USAGE, net_tools::arp::main),
    Applet::new("/sbin/ifconfig", net_tools::ifconfig::USAGE, net_tools::ifconfig::main),
    Applet::new("/sbin/ip", ip::USAGE, ip::main),
    Applet::new("/sbin/route", net_tools::route::USAGE, net_tools::route::main),
    Applet::new("/usr/bin/[", system::condition::USAGE, system::condition::main),
    Applet::new("/usr/bin/awk", text::awk::USAGE, text::awk::main),
    Applet::new(
        "/usr/bin/basename",
        files::path::BASENAME_USAGE,
        files::path::basename_main,
    ),
    Applet::new(
        "/usr/bin/clear",
        system::machine::CLEAR_USAGE,
        system::machine::clear_main,
    ),
    Applet::new("/usr/bin/cmp", files::cmp::USAGE, files::cmp::main),
    Applet::new("/usr/bin/comm", text::columns::COMM_USAGE, text::columns::comm_main),
    Applet::new("/usr/bin/cut", text::cut::USAGE, text::cut::main),
    Applet::new("/usr/bin/diff", files::diff::USAGE, files::diff::main),
    Applet::new(
        "/usr/bin/dirname",
        files::path::DIRNAME_USAGE,
        files::path::dirname_main,
    ),
    Applet::new("/usr/bin/du", files::usage::USAGE, files::usage::main),
    Applet::new(
        "/usr/bin/env",
        system::environment::ENV_USAGE,
        system::environment::env_main,
    ),
    Applet::new("/usr/bin/expr", system::expr::USAGE, system::expr::main),
    Applet::new("/usr/bin/find", files::find::USAGE, files::find::main),
    Applet::new("/usr/bin/fold", text::columns::FOLD_USAGE, text::columns::fold_main),
    Applet::new("/usr/bin/free", system::free::USAGE, system::free::main),
    Applet::new(
        "/usr/bin/hd",
        files::dump::hexdump::HD_USAGE,
        files::dump::hexdump::main,
    ),
    Applet::new("/usr/bin/head", files::ends::HEAD_USAGE, files::ends::head_main),
    Applet::new(
        "/usr/bin/hexdump",
        files::dump::hexdump::USAGE,
        files::dump::hexdump::main,
    ),
    Applet::new("/usr/bin/id", system::identity::USAGE, system::identity::id_main),
    Applet::new(
        "/usr/bin/killall",
        system::pidof::KILLALL_USAGE,
        system::pidof::killall_main,
    ),
    Applet::new(
        "/usr/bin/logname",
        system::machine::LOGNAME_USAGE,
        system::machine::logname_main,
    ),
    Applet::new("/usr/bin/md5sum", files::sums::MD5_USAGE, files::sums::main),
    Applet::new("/usr/bin/nc", nc::USAGE, nc::main),
    Applet::new("/usr/bin/nl", text::lines::NL_USAGE, text::lines::nl_main),
    Applet::new(
        "/usr/bin/nohup",
        system::within::NOHUP_USAGE,
        system::within::nohup_main,
    ),
    Applet::new(
        "/usr/bin/nproc",
        system::machine::NPROC_USAGE,
        system::machine::nproc_main,
    ),
    Applet::new("/usr/bin/nslookup", dns::nslookup::USAGE, dns::nslookup::main),
    Applet::new("/usr/bin/od", files::dump::od::USAGE, files::dump::od::main),
    Applet::new("/usr/bin/paste", text::columns::PASTE_USAGE, text::columns::paste_main),
    Applet::new("/usr/bin/pgrep", system::pgrep::PGREP_USAGE, system::pgrep::pgrep_main),
    Applet::new("/usr/bin/pkill", system::pgrep::PKILL_USAGE, system::pgrep::pkill_main),
    Applet::new("/usr/bin/printf", system::printf::USAGE, system::printf::main),
    Applet::new(
        "/usr/bin/readlink",
        files::path::READLINK_USAGE,
        files::path::readlink_main,
    ),
    Applet::new(
        "/usr/bin/realpath",
        files::path::REALPATH_USAGE,
        files::path::realpath_main,
    ),
    Applet::new("/usr/bin/seq", text::made::SEQ_USAGE, text::made::seq_main),
    Applet::new("/usr/bin/sha1sum", files::sums::SHA1_USAGE, files::sums::main),
    Applet::new("/usr/bin/sha256sum", files::sums::SHA256_USAGE, files::sums::main),
    Applet::new("/usr/bin/sha512sum", files::sums::SHA512_USAGE, files::sums::main),
    Applet::new("/usr/bin/shuf", text::made::SHUF_USAGE, text::made::shuf_main),
    Applet::new("/usr/bin/sort", text::sort::USAGE, text::sort::main),
    Applet::new("/usr/bin/strings", text::strings::USAGE, text::strings::main),
    Applet::new("/usr/bin/tac", text::lines::TAC_USAGE, text::lines::tac_main),
    Applet::new("/usr/bin/tail", files::ends::TAIL_USAGE, files::ends::tail_main),
    Applet::new("/usr/bin/tee", text::lines::TEE_USAGE, text::lines::tee_main),
    Applet::new("/usr/bin/telnet", telnet::USAGE, telnet::main),
    Applet::new("/usr/bin/test", system::condition::USAGE, system::condition::main),
    Applet::new("/usr/bin/time", system::stopwatch::USAGE, system::stopwatch::main),
    Applet::new(
        "/usr/bin/timeout",
        system::within::TIMEOUT_USAGE,
        system::within::timeout_main,
    ),
    Applet::new("/usr/bin/top", system::top::USAGE, system::top::main),
    Applet::new("/usr/bin/tr", text::tr::USAGE, text::tr::main),
    Applet::new("/usr/bin/traceroute", traceroute::USAGE, traceroute::main),
    Applet::new("/usr/bin/truncate", files::truncate::USAGE, files::truncate::main),
    Applet::new("/usr/bin/tty", system::machine::TTY_USAGE, system::machine::tty_main),
    Applet::new("/usr/bin/uniq", text::uniq::USAGE, text::uniq::main),
    Applet::new("/usr/bin/uptime", system::uptime::USAGE, system::uptime::main),
    Applet::new("/usr/bin/wc", files::wc::USAGE, files::wc::main),
    Applet::new("/usr/bin/wget", http::wget::USAGE, http::wget::main),
    Applet::new("/usr/bin/which", system::which::USAGE, system::which::main),
    Applet::new(
        "/usr/bin/whoami",
        system::identity::WHOAMI_USAGE,
        system::identity::whoami_main,
    ),
    Applet::new("/usr/bin/xargs", system::xargs::USAGE, system::xargs::main),
    Applet::new("/usr/bin/xxd", files::dump::xxd::USAGE, files::dump::xxd::main),
    Applet::new("/usr/bin/yes", text::made::YES_USAGE, text::made::yes_main),
    Applet::new("/usr/sbin/httpd", http::httpd::USAGE, http::httpd::main),
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

/// Where images keep the programs of packages that are not installed yet.
pub const SHELF: &str = shelf::FOLDER;

/// Names of all applets, those that only packages bring too.
#[must_use]
pub fn names() -> Vec<&'static str> {
    APPLETS
        .iter()
        .copied()
        .chain(shelf::TABLE.iter().map(Applet::name))
        .collect()
}

/// The applet this process was started as. A program on the shelf is what its file is called, by whatever link it was
/// reached: so `ping` is iputils' where a package has linked it there. Elsewhere the name it was called by counts.
#[must_use]
pub fn applet_started_as(program: &OsStr) -> Option<&'static str> {
    let called = applet_called(program);
    // A program of the host has no such name and need not look at its file.
    called?;
    let file = std::fs::read_link("/proc/self/exe").ok();
    let on_shelf = file.as_deref().and_then(|file| {
        let name = file.strip_prefix(SHELF).ok()?;
        names().into_iter().find(|known| name == Path::new(known))
    });
    on_shelf.or(called)
}

/// The applet a program called `program` stands for, if any: the last part of the path, a login shell's dash left out.
#[must_use]
pub fn applet_called(program: &OsStr) -> Option<&'static str> {
    let base = program.as_bytes().rsplit(|&byte| byte == b'/').next()?;
    let base = base.strip_prefix(b"-").unwrap_or(base);
    names().into_iter().find(|name| name.as_bytes() == base)
}

/// Runs an applet and returns its exit status. `args` holds what follows the applet's name.
///
/// Signal dispositions stay as the kernel gives them (as pid 1 of a container, `sleep` therefore ignores SIGTERM, as
/// it does under Docker), except SIGPIPE, which Rust's start-up ignores and every applet but the shell takes again.
#[must_use]
pub fn run(name: &str, args: Vec<OsString>) -> i32 {
    let Some(applet) = TABLE.iter().chain(shelf::TABLE).find(|applet| applet.name() == name) else {
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
    if !["ash", "bash", "sh"].contains(&applet.name()) {
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
        }
        for name in names() {
            assert_eq!(
                names().iter().filter(|other| **other == name).count(),
                1,
                "{name} twice"
            );
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
