//! `elasticsearch:2`: a Debian tree whose server is the lab's own.

use super::{NO_CONTENT, PROTOCOLS, SERVICES, Skeleton};

pub(in super::super) const ELASTICSEARCH: Skeleton = Skeleton {
    name: "elasticsearch",
    folders: &[
        ("/bin", 0o755),
        ("/boot", 0o755),
        ("/dev", 0o755),
        ("/etc", 0o755),
        ("/home", 0o755),
        ("/lib", 0o755),
        ("/lib64", 0o755),
        ("/media", 0o755),
        ("/mnt", 0o755),
        ("/opt", 0o755),
        ("/proc", 0o555),
        ("/root", 0o700),
        ("/run", 0o755),
        ("/sbin", 0o755),
        ("/srv", 0o755),
        ("/sys", 0o555),
        ("/tmp", 0o1777),
        ("/usr", 0o755),
        ("/usr/bin", 0o755),
        ("/usr/lib", 0o755),
        ("/usr/libexec", 0o755),
        ("/usr/local", 0o755),
        ("/usr/local/bin", 0o755),
        ("/usr/sbin", 0o755),
        ("/usr/share", 0o755),
        ("/usr/share/elasticsearch", 0o755),
        ("/usr/share/elasticsearch/bin", 0o755),
        ("/var", 0o755),
        ("/var/lib", 0o755),
        ("/var/log", 0o755),
        ("/var/tmp", 0o1777),
    ],
    files: &[
        ("/etc/hosts", NO_CONTENT),
        ("/etc/hostname", NO_CONTENT),
        ("/etc/resolv.conf", NO_CONTENT),
        ("/etc/debian_version", "8.9\n"),
        ("/usr/lib/os-release", OS_RELEASE),
        ("/etc/bash.bashrc", BASHRC),
        ("/etc/passwd", PASSWD),
        ("/etc/group", GROUP),
        ("/etc/services", SERVICES),
        ("/etc/protocols", PROTOCOLS),
    ],
    scripts: &[("/docker-entrypoint.sh", ENTRYPOINT)],
    symlinks: &[
        ("/etc/os-release", "../usr/lib/os-release"),
        ("/etc/mtab", "/proc/mounts"),
        ("/var/run", "../run"),
        ("/bin/ping", "../usr/libexec/lab/ping.iputils"),
    ],
    programs: &[
        "/bin/bash",
        "/usr/bin/curl",
        "/usr/share/elasticsearch/bin/elasticsearch",
    ],
    without: &[
        "apk",
        "arp",
        "ash",
        "hd",
        "hexdump",
        "httpd",
        "ifconfig",
        "nc",
        "netstat",
        "nslookup",
        "route",
        "strings",
        "telnet",
        "time",
        "traceroute",
        "usleep",
        "wget",
        "xxd",
    ],
    has_shelf: true,
    one_folder: None,
    applets_are_symlinks: false,
};

/// Options alone mean the server, as with the real image's.
const ENTRYPOINT: &str = r#"#!/bin/sh
set -e
case "$1" in
-*) set -- elasticsearch "$@" ;;
esac
exec "$@"
"#;

const OS_RELEASE: &str = r#"PRETTY_NAME="Debian GNU/Linux 8 (jessie)"
NAME="Debian GNU/Linux"
VERSION_ID="8"
VERSION="8 (jessie)"
ID=debian
HOME_URL="http://www.debian.org/"
SUPPORT_URL="http://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
"#;

const BASHRC: &str = "\
# What an interactive bash reads here.
PS1='\\u@\\h:\\w\\$ '
";

const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
elasticsearch:x:105:108::/home/elasticsearch:/bin/false
";

const GROUP: &str = "\
root:x:0:
daemon:x:1:
tty:x:5:
nogroup:x:65534:
elasticsearch:x:108:
";
