//! From a refusal to its cause and its remedy. Pure.

use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::Check;
use super::evidence::{APPARMOR_RESTRICTS, Evidence, MAX_USER_NAMESPACES, USERNS_CLONE};

/// Why the kernel refused something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// `kernel.unprivileged_userns_clone` is 0.
    UserNamespacesOff,
    /// `user.max_user_namespaces` is 0.
    LimitZero,
    /// A limit is reached that is not the one read here: an outer user namespace's, or the one of 32 levels.
    LimitReached {
        /// `user.max_user_namespaces` as read here.
        value: String,
    },
    /// `kernel.apparmor_restrict_unprivileged_userns` is 1 and this program has no profile.
    AppArmorRestriction {
        /// Real path of this program, which the profile must name.
        program: PathBuf,
    },
    /// An `AppArmor` profile is enforced on this process: it runs in a container or a packaged sandbox.
    AppArmorProfile {
        /// Its name.
        profile: String,
    },
    /// A seccomp filter refuses the call.
    Seccomp,
    /// Parts of /proc are hidden, so the kernel gives no new one.
    ProcCovered {
        /// What is mounted over it.
        mounts: Vec<String>,
    },
    /// Root has no ordinary user to become: none is mapped in the user namespace it is in.
    OnlyRoot,
    /// This kernel was built without it, or is too old.
    KernelLacks,
    /// None of the known causes.
    Unknown {
        /// The kernel's answer.
        errno: Errno,
    },
}

impl Cause {
    /// What the evidence says of a refusal.
    #[must_use]
    pub fn of(check: Check, errno: Errno, evidence: &Evidence) -> Self {
        let user_namespace = check == Check::UserNamespace;
        let refused = matches!(errno, Errno::PERM | Errno::ACCESS);
        let filtered = evidence.seccomp == Some(2);
        if check == Check::Identity && matches!(errno, Errno::PERM | Errno::INVAL) {
            return Self::OnlyRoot;
        }
        if user_namespace && matches!(errno, Errno::NOSPC | Errno::USERS) {
            return match evidence.max_user_namespaces.as_deref() {
                Some("0") => Self::LimitZero,
                value => Self::LimitReached {
                    value: value.unwrap_or("?").to_owned(),
                },
            };
        }
        if user_namespace && refused && evidence.userns_clone.as_deref() == Some("0") {
            return Self::UserNamespacesOff;
        }
        // AppArmor answers a new user namespace with EACCES; EPERM there, under a filter, is the filter's word.
        let the_filters_word = user_namespace && errno == Errno::PERM && filtered;
        if refused && !the_filters_word && evidence.apparmor_restricts.as_deref() == Some("1") {
            return Self::AppArmorRestriction {
                program: evidence.program.clone(),
            };
        }
        if refused && check == Check::Proc && !evidence.covers_of_proc.is_empty() {
            return Self::ProcCovered {
                mounts: evidence.covers_of_proc.clone(),
            };
        }
        if let (true, false, Some(profile)) = (refused, user_namespace, &evidence.confined_by) {
            return Self::AppArmorProfile {
                profile: profile.clone(),
            };
        }
        if filtered && (refused || errno == Errno::NOSYS) {
            return Self::Seccomp;
        }
        match errno {
            Errno::NOSYS | Errno::INVAL | Errno::NODEV | Errno::OPNOTSUPP | Errno::PROTONOSUPPORT | Errno::NOENT => {
                Self::KernelLacks
            }
            errno => Self::Unknown { errno },
        }
    }

    /// Stable name, in English.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::UserNamespacesOff => "user-namespaces-off",
            Self::LimitZero => "limit-zero",
            Self::LimitReached { .. } => "limit-reached",
            Self::AppArmorRestriction { .. } => "apparmor-restriction",
            Self::AppArmorProfile { .. } => "apparmor-profile",
            Self::Seccomp => "seccomp",
            Self::ProcCovered { .. } => "proc-covered",
            Self::OnlyRoot => "only-root",
            Self::KernelLacks => "kernel-lacks",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// The setting that decides, and the value it was read with.
    #[must_use]
    pub fn setting(&self) -> Option<(&'static str, String)> {
        match self {
            Self::UserNamespacesOff => Some((USERNS_CLONE, "0".into())),
            Self::LimitZero => Some((MAX_USER_NAMESPACES, "0".into())),
            Self::LimitReached { value } => Some((MAX_USER_NAMESPACES, value.clone())),
            Self::AppArmorRestriction { .. } => Some((APPARMOR_RESTRICTS, "1".into())),
            Self::AppArmorProfile { profile } => Some(("/proc/self/attr/apparmor/current", profile.clone())),
            Self::Seccomp => Some(("Seccomp in /proc/self/status", "2".into())),
            Self::ProcCovered { mounts } => Some(("/proc/self/mountinfo", mounts.join(" "))),
            Self::OnlyRoot | Self::KernelLacks | Self::Unknown { .. } => None,
        }
    }

    /// Commands that take the cause away, one per line of a shell; none where there is none to give.
    #[must_use]
    pub fn remedy(&self) -> Vec<String> {
        match self {
            Self::UserNamespacesOff => set_for_good(USERNS_CLONE, "1"),
            Self::LimitZero => set_for_good(MAX_USER_NAMESPACES, "15000"),
            Self::AppArmorRestriction { program } => {
                let mut lines = vec!["sudo tee /etc/apparmor.d/cnm >/dev/null <<'END'".to_owned()];
                lines.extend(profile_for(program).lines().map(str::to_owned));
                lines.extend([
                    "END".to_owned(),
                    "sudo apparmor_parser -r /etc/apparmor.d/cnm".to_owned(),
                ]);
                lines
            }
            Self::AppArmorProfile { .. } => vec!["docker run --security-opt apparmor=unconfined …".to_owned()],
            Self::Seccomp => vec!["docker run --security-opt seccomp=unconfined …".to_owned()],
            Self::ProcCovered { mounts } => {
                let umount = |mount: &String| format!("sudo umount {}", shell_word(mount));
                let mut lines = vec!["docker run --security-opt systempaths=unconfined …".to_owned()];
                lines.extend(mounts.iter().map(umount));
                lines
            }
            Self::LimitReached { .. } | Self::OnlyRoot | Self::KernelLacks | Self::Unknown { .. } => Vec::new(),
        }
    }
}

/// Sets a sysctl now and at each start.
fn set_for_good(key: &str, value: &str) -> Vec<String> {
    vec![
        format!("sudo sysctl -w {key}={value}"),
        format!("echo '{key} = {value}' | sudo tee /etc/sysctl.d/60-cnm.conf"),
    ]
}

/// An `AppArmor` profile that lets the program at this path, and no other, make user namespaces (`apparmor.d(5)`).
#[must_use]
pub fn profile_for(program: &Path) -> String {
    let mut pattern = String::new();
    for c in program.to_string_lossy().chars() {
        // Characters with a meaning in a profile's path.
        if "\\\"*?[]{}^@#,".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    format!(
        "abi <abi/4.0>,\ninclude <tunables/global>\n\nprofile cnm \"{pattern}\" flags=(unconfined) {{\n  userns,\n  \
         include if exists <local/cnm>\n}}\n"
    )
}

fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet() -> Evidence {
        Evidence {
            max_user_namespaces: Some("96365".into()),
            seccomp: Some(0),
            program: "/home/a/cnm".into(),
            ..Evidence::default()
        }
    }

    fn cause(check: Check, errno: Errno, evidence: &Evidence) -> &'static str {
        Cause::of(check, errno, evidence).id()
    }

    #[test]
    fn each_known_refusal_is_told_apart() {
        let off = Evidence {
            userns_clone: Some("0".into()),
            ..quiet()
        };
        assert_eq!(cause(Check::UserNamespace, Errno::PERM, &off), "user-namespaces-off");
        let zero = Evidence {
            max_user_namespaces: Some("0".into()),
            ..quiet()
        };
        assert_eq!(cause(Check::UserNamespace, Errno::NOSPC, &zero), "limit-zero");
        assert_eq!(cause(Check::UserNamespace, Errno::NOSPC, &quiet()), "limit-reached");
        let filter = Evidence {
            seccomp: Some(2),
            ..quiet()
        };
        assert_eq!(cause(Check::UserNamespace, Errno::PERM, &filter), "seccomp");
        let covered = Evidence {
            covers_of_proc: vec!["/proc/kcore".into()],
            ..quiet()
        };
        assert_eq!(cause(Check::Proc, Errno::PERM, &covered), "proc-covered");
        assert_eq!(cause(Check::UserNamespace, Errno::INVAL, &quiet()), "kernel-lacks");
        assert_eq!(cause(Check::Bridge, Errno::OPNOTSUPP, &quiet()), "kernel-lacks");
        assert_eq!(cause(Check::Mounts, Errno::NOMEM, &quiet()), "unknown");
    }

    #[test]
    fn apparmor_is_seen_at_whichever_stage_it_strikes() {
        let restricts = || Evidence {
            apparmor_restricts: Some("1".into()),
            ..quiet()
        };
        for check in [Check::UserNamespace, Check::IdMap, Check::Mounts, Check::Loopback] {
            for errno in [Errno::PERM, Errno::ACCESS] {
                assert_eq!(
                    cause(check, errno, &restricts()),
                    "apparmor-restriction",
                    "{check:?} {errno:?}"
                );
            }
        }
        let relaxed = Evidence {
            apparmor_restricts: Some("0".into()),
            ..quiet()
        };
        assert_eq!(cause(Check::IdMap, Errno::PERM, &relaxed), "unknown");
    }

    #[test]
    fn in_a_container_on_ubuntu_the_filter_is_blamed_for_what_it_refuses() {
        let both = || Evidence {
            apparmor_restricts: Some("1".into()),
            seccomp: Some(2),
            ..quiet()
        };
        assert_eq!(cause(Check::UserNamespace, Errno::PERM, &both()), "seccomp");
        assert_eq!(
            cause(Check::UserNamespace, Errno::ACCESS, &both()),
            "apparmor-restriction"
        );
        let profile = Evidence {
            confined_by: Some("docker-default".into()),
            ..quiet()
        };
        assert_eq!(cause(Check::Mounts, Errno::ACCESS, &profile), "apparmor-profile");
    }

    #[test]
    fn a_setting_that_does_not_decide_is_not_blamed() {
        let off = Evidence {
            userns_clone: Some("0".into()),
            covers_of_proc: vec!["/proc/x".into()],
            ..quiet()
        };
        assert_eq!(cause(Check::Overlay, Errno::PERM, &off), "unknown");
    }

    #[test]
    fn the_profile_names_the_real_path_and_nothing_more() {
        let profile = profile_for(Path::new("/home/a b/{x}*/cnm"));
        assert!(
            profile.contains("profile cnm \"/home/a b/\\{x\\}\\*/cnm\" flags=(unconfined)"),
            "{profile}"
        );
        assert!(profile.contains("\n  userns,\n"));
    }

    #[test]
    fn every_cause_with_a_setting_of_the_machine_has_a_remedy() {
        let causes = [
            Cause::UserNamespacesOff,
            Cause::LimitZero,
            Cause::AppArmorRestriction { program: "/x".into() },
            Cause::AppArmorProfile { profile: "p".into() },
            Cause::Seccomp,
            Cause::ProcCovered {
                mounts: vec!["/proc/a b".into()],
            },
        ];
        for cause in causes {
            assert!(!cause.remedy().is_empty(), "{cause:?}");
        }
        let covered = Cause::ProcCovered {
            mounts: vec!["/proc/it's".into()],
        };
        assert_eq!(covered.remedy().last().unwrap(), r"sudo umount '/proc/it'\''s'");
    }
}
