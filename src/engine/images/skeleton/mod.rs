//! What stands in each image beside the program: folders, files and links, as data.

mod centos;
mod elasticsearch;

pub(super) use centos::CENTOS;
pub(super) use elasticsearch::ELASTICSEARCH;

/// One image's tree.
pub(super) struct Skeleton {
    /// Folder in the store; the image's repository.
    pub name: &'static str,
    /// Path and mode, parents first.
    pub folders: &'static [(&'static str, u32)],
    /// Path and content.
    pub files: &'static [(&'static str, &'static str)],
    /// Path and content of what can be executed.
    pub scripts: &'static [(&'static str, &'static str)],
    /// Path and target.
    pub symlinks: &'static [(&'static str, &'static str)],
    /// Places of the program under names that are no applets.
    pub programs: &'static [&'static str],
    /// Names of applets that this image goes without.
    pub without: &'static [&'static str],
    /// Whether all programs lie on the shelf too, from which `apk` and `yum` take them.
    pub has_shelf: bool,
    /// Every applet in this one folder, instead of where alpine has it.
    pub one_folder: Option<&'static str>,
    /// Applets are symbolic links to /bin/busybox, as in alpine; else the program itself, as in busybox.
    pub applets_are_symlinks: bool,
}

impl Skeleton {
    /// Where this image has an applet that alpine has at `link`.
    pub(super) fn place_of(&self, link: &str) -> String {
        match self.one_folder {
            Some(folder) => format!("{folder}/{}", link.rsplit('/').next().unwrap_or(link)),
            None => link.to_owned(),
        }
    }
}

/// Of each image: where mounts go, and the files that Docker mounts over.
const NO_CONTENT: &str = "";

pub(super) const ALPINE: Skeleton = Skeleton {
    name: "alpine",
    folders: &[
        ("/bin", 0o755),
        ("/dev", 0o755),
        ("/etc", 0o755),
        ("/etc/apk", 0o755),
        ("/home", 0o755),
        ("/lib", 0o755),
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
        ("/usr/local", 0o755),
        ("/usr/local/bin", 0o755),
        ("/usr/sbin", 0o755),
        ("/usr/share", 0o755),
        ("/var", 0o755),
        ("/var/cache", 0o755),
        ("/var/empty", 0o555),
        ("/var/lib", 0o755),
        ("/var/log", 0o755),
        ("/var/tmp", 0o1777),
    ],
    files: &[
        ("/etc/hosts", NO_CONTENT),
        ("/etc/hostname", "localhost\n"),
        ("/etc/resolv.conf", NO_CONTENT),
        ("/etc/alpine-release", "3.22.1\n"),
        ("/etc/apk/world", WORLD),
        ("/etc/apk/repositories", REPOSITORIES),
        ("/etc/passwd", PASSWD),
        ("/etc/group", GROUP),
        ("/etc/shells", "/bin/sh\n/bin/ash\n"),
        (
            "/etc/issue",
            "Welcome to Alpine Linux 3.22\nKernel \\r on an \\m (\\l)\n\n",
        ),
        ("/etc/profile", PROFILE),
        ("/etc/services", SERVICES),
        ("/etc/protocols", PROTOCOLS),
        ("/usr/lib/os-release", ALPINE_RELEASE),
    ],
    scripts: &[],
    symlinks: &[
        ("/etc/os-release", "../usr/lib/os-release"),
        ("/etc/mtab", "../proc/mounts"),
        ("/var/run", "../run"),
    ],
    programs: &["/bin/busybox", "/sbin/apk"],
    without: &["logname"],
    has_shelf: true,
    one_folder: None,
    applets_are_symlinks: true,
};

pub(super) const BUSYBOX: Skeleton = Skeleton {
    name: "busybox",
    folders: &[
        ("/bin", 0o755),
        ("/dev", 0o755),
        ("/etc", 0o755),
        ("/home", 0o755),
        ("/lib", 0o755),
        ("/proc", 0o555),
        ("/root", 0o700),
        ("/sys", 0o555),
        ("/tmp", 0o1777),
        ("/usr", 0o755),
        ("/usr/sbin", 0o755),
        ("/var", 0o755),
        ("/var/spool", 0o755),
        ("/var/spool/mail", 0o755),
        ("/var/www", 0o755),
    ],
    files: &[
        ("/etc/hosts", NO_CONTENT),
        ("/etc/hostname", NO_CONTENT),
        ("/etc/resolv.conf", NO_CONTENT),
        ("/etc/passwd", BUSYBOX_PASSWD),
        ("/etc/group", BUSYBOX_GROUP),
    ],
    scripts: &[],
    symlinks: &[("/usr/bin", "../bin"), ("/etc/mtab", "../proc/mounts")],
    programs: &["/bin/busybox"],
    without: &[],
    has_shelf: false,
    one_folder: Some("/bin"),
    applets_are_symlinks: false,
};

/// The console of `--console sandbox`: alpine's tree, with `docker`.
pub(super) const CONSOLE: Skeleton = Skeleton {
    name: "console",
    folders: ALPINE.folders,
    files: ALPINE.files,
    scripts: &[],
    symlinks: ALPINE.symlinks,
    programs: &[
        "/bin/busybox",
        "/usr/bin/bash",
        "/usr/bin/cnm",
        "/usr/bin/curl",
        "/usr/bin/dig",
        "/usr/bin/docker",
        "/usr/bin/drill",
    ],
    without: &[],
    has_shelf: false,
    one_folder: None,
    applets_are_symlinks: true,
};

const ALPINE_RELEASE: &str = r#"NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.22.1
PRETTY_NAME="Alpine Linux v3.22"
HOME_URL="https://alpinelinux.org/"
BUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"
"#;

/// What the image was made of.
const WORLD: &str = "\
alpine-baselayout
alpine-keys
alpine-release
apk-tools
busybox
libc-utils
";

const REPOSITORIES: &str = "\
# This lab has no network: `apk add` takes what the lab's own shelf has.
";

const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/sh
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
";

const GROUP: &str = "\
root:x:0:root
bin:x:1:root,bin,daemon
daemon:x:2:root,bin,daemon
tty:x:5:
nogroup:x:65533:
nobody:x:65534:
";

const BUSYBOX_PASSWD: &str = "\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
";

const BUSYBOX_GROUP: &str = "\
root:x:0:
daemon:x:1:
tty:x:5:
nobody:x:65534:
";

const PROFILE: &str = "\
export PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"
umask 022
";

/// The ports this project's lessons speak of (IANA).
const SERVICES: &str = "\
echo\t\t7/tcp
echo\t\t7/udp
ssh\t\t22/tcp
domain\t\t53/tcp
domain\t\t53/udp
http\t\t80/tcp
https\t\t443/tcp
postgresql\t5432/tcp
http-alt\t8080/tcp
redis\t\t6379/tcp
";

/// RFC 5237, IANA.
const PROTOCOLS: &str = "\
ip\t0\tIP
icmp\t1\tICMP
tcp\t6\tTCP
udp\t17\tUDP
ipv6-icmp\t58\tIPv6-ICMP
";
