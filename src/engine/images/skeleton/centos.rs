//! `centos`: one tree below `/usr`, `bash`, iputils' ping and curl; what the real image lacks is on `yum`'s shelf.

use super::{NO_CONTENT, PROTOCOLS, SERVICES, Skeleton};

pub(in super::super) const CENTOS: Skeleton = Skeleton {
    name: "centos",
    folders: &[
        ("/dev", 0o755),
        ("/etc", 0o755),
        ("/home", 0o755),
        ("/media", 0o755),
        ("/mnt", 0o755),
        ("/opt", 0o755),
        ("/proc", 0o555),
        // This one and those of /usr cannot be written to in the real image: only with CAP_DAC_OVERRIDE could they be filled.
        ("/root", 0o750),
        ("/run", 0o755),
        ("/srv", 0o755),
        ("/sys", 0o555),
        ("/tmp", 0o1777),
        ("/usr", 0o755),
        ("/usr/bin", 0o755),
        ("/usr/lib", 0o755),
        ("/usr/lib64", 0o755),
        ("/usr/libexec", 0o755),
        ("/usr/local", 0o755),
        ("/usr/local/bin", 0o755),
        ("/usr/sbin", 0o755),
        ("/usr/share", 0o755),
        ("/var", 0o755),
        ("/var/lib", 0o755),
        ("/var/log", 0o755),
        ("/var/tmp", 0o1777),
    ],
    files: &[
        ("/etc/hosts", NO_CONTENT),
        ("/etc/hostname", NO_CONTENT),
        ("/etc/resolv.conf", NO_CONTENT),
        ("/etc/centos-release", RELEASE),
        ("/etc/os-release", OS_RELEASE),
        ("/etc/bashrc", BASHRC),
        ("/etc/profile", PROFILE),
        ("/etc/passwd", PASSWD),
        ("/etc/group", GROUP),
        ("/etc/shells", "/bin/sh\n/bin/bash\n/usr/bin/sh\n/usr/bin/bash\n"),
        ("/etc/services", SERVICES),
        ("/etc/protocols", PROTOCOLS),
        ("/root/.bashrc", "if [ -f /etc/bashrc ]; then\n\t. /etc/bashrc\nfi\n"),
    ],
    scripts: &[],
    symlinks: &[
        ("/bin", "usr/bin"),
        ("/sbin", "usr/sbin"),
        ("/lib", "usr/lib"),
        ("/lib64", "usr/lib64"),
        ("/etc/redhat-release", "centos-release"),
        ("/etc/system-release", "centos-release"),
        ("/etc/mtab", "/proc/mounts"),
        ("/var/run", "../run"),
        ("/usr/bin/ping", "../libexec/lab/ping.iputils"),
    ],
    programs: &["/usr/bin/bash", "/usr/bin/curl", "/usr/bin/yum"],
    without: &[
        "apk",
        "arp",
        "ash",
        "hd",
        "httpd",
        "ifconfig",
        "ip",
        "nc",
        "netstat",
        "nslookup",
        "route",
        "telnet",
        "time",
        "traceroute",
        "usleep",
        "wget",
        "which",
        "xxd",
    ],
    has_shelf: true,
    one_folder: Some("/usr/bin"),
    applets_are_symlinks: false,
};

const RELEASE: &str = "CentOS Linux release 7.9.2009 (Core)\n";

const OS_RELEASE: &str = r#"NAME="CentOS Linux"
VERSION="7 (Core)"
ID="centos"
ID_LIKE="rhel fedora"
VERSION_ID="7"
PRETTY_NAME="CentOS Linux 7 (Core)"
ANSI_COLOR="0;31"
CPE_NAME="cpe:/o:centos:centos:7"
HOME_URL="https://www.centos.org/"
BUG_REPORT_URL="https://bugs.centos.org/"
"#;

const BASHRC: &str = "\
# What an interactive bash reads here.
PS1=\"[\\u@\\h \\W]\\\\$ \"
";

const PROFILE: &str = "\
export PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin\"
umask 022
";

const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/bash
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
nobody:x:99:99:Nobody:/:/sbin/nologin
";

const GROUP: &str = "\
root:x:0:
bin:x:1:
daemon:x:2:
tty:x:5:
nobody:x:99:
";
