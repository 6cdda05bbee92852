//! The person's interactive shell, with our settings after their own start-up files.
//!
//! A start-up file may set `PATH` or `DOCKER_HOST` to anything; what each shell offers to run something after them:
//! bash `--rcfile` (a file that sources theirs first), zsh `ZDOTDIR` (the same, per start-up file), fish `--init-command`,
//! dash, ksh and busybox `ENV`. Any other shell gets the variables and keeps them unless its own files change them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::Path;

use super::environment::Variables;
use crate::engine::sandbox::hostroot::SHELLS;

/// Start-up files by name, written below [`SHELLS`] once per lab.
const FILES: [(&str, &str); 6] = [
    ("settings", include_str!("shells/settings")),
    ("bashrc", include_str!("shells/bashrc")),
    ("shrc", include_str!("shells/shrc")),
    ("settings.fish", include_str!("shells/settings.fish")),
    ("zsh/.zshenv", include_str!("shells/zshenv")),
    ("zsh/.zshrc", include_str!("shells/zshrc")),
];

/// Shells to fall back on.
const USUAL: [&str; 3] = ["/bin/bash", "/bin/sh", "/bin/ash"];

/// Writes the start-up files into the lab's own `/run`.
///
/// # Errors
/// The directory is not there.
pub(in crate::engine::sandbox) fn write_files() -> io::Result<()> {
    let folder = Path::new(SHELLS);
    fs::create_dir(folder.join("zsh"))?;
    for (name, text) in FILES {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// `$SHELL` where it can be executed, else a usual one, with what makes it read our settings last.
pub(super) fn argv(environment: &Variables) -> Vec<OsString> {
    let own = environment.get(OsStr::new("SHELL")).map(Path::new);
    let Some(shell) = own
        .into_iter()
        .chain(USUAL.map(Path::new))
        .find(|shell| shell.is_absolute() && !is_refusal(shell) && can_be_executed(shell))
    else {
        return Vec::new();
    };
    let mut argv = vec![shell.as_os_str().to_owned()];
    match kind(shell) {
        Kind::Bash => argv.extend(["--rcfile".into(), format!("{SHELLS}/bashrc").into()]),
        Kind::Fish => argv.extend(["--init-command".into(), format!("source {SHELLS}/settings.fish").into()]),
        Kind::Zsh | Kind::Posix | Kind::Other => {}
    }
    argv
}

/// Variables that make a shell read our settings last; where they take the place of the person's, theirs go on under another
/// name.
pub(super) fn variables(environment: &Variables) -> Variables {
    let mut variables = Variables::new();
    let mut replace = |name: &str, kept: &str, value: String| {
        if let Some(theirs) = environment.get(OsStr::new(name)) {
            variables.insert(kept.into(), theirs.clone());
        }
        variables.insert(name.into(), value.into());
    };
    replace("ENV", "CNM_USER_ENV", format!("{SHELLS}/shrc"));
    if argv(environment)
        .first()
        .is_some_and(|shell| kind(Path::new(shell)) == Kind::Zsh)
    {
        replace("ZDOTDIR", "CNM_USER_ZDOTDIR", format!("{SHELLS}/zsh"));
    }
    variables
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bash,
    Zsh,
    Fish,
    Posix,
    Other,
}

fn kind(shell: &Path) -> Kind {
    match shell.file_name().and_then(OsStr::to_str) {
        Some("bash") => Kind::Bash,
        Some("zsh") => Kind::Zsh,
        Some("fish") => Kind::Fish,
        Some("sh" | "dash" | "ash" | "ksh" | "mksh" | "busybox") => Kind::Posix,
        _ => Kind::Other,
    }
}

/// The shell of those who may not log in (nologin(8)).
fn is_refusal(shell: &Path) -> bool {
    matches!(shell.file_name().and_then(OsStr::to_str), Some("nologin" | "false"))
}

fn can_be_executed(program: &Path) -> bool {
    program.is_file() && rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn a_shell_that_is_not_there_or_lets_nobody_in_is_replaced() {
        for shell in ["/no/such/shell", "/bin/false", "sh"] {
            let argv = argv(&with(&[("SHELL", shell)]));
            assert!(USUAL.iter().any(|usual| argv[0] == *usual), "{argv:?}");
        }
    }

    #[test]
    fn the_persons_own_start_up_file_is_kept_under_another_name() {
        let variables = variables(&with(&[("SHELL", "/bin/sh"), ("ENV", "/home/ada/.shinit")]));
        assert_eq!(variables[OsStr::new("CNM_USER_ENV")], "/home/ada/.shinit");
        assert_eq!(variables[OsStr::new("ENV")], "/run/cnm/shells/shrc");
        assert!(!variables.contains_key(OsStr::new("ZDOTDIR")));
    }

    #[test]
    fn settings_come_after_the_persons_own() {
        let bash = include_str!("shells/bashrc");
        assert!(bash.find(".bashrc").unwrap() < bash.find("/run/cnm/shells/settings").unwrap());
        let zsh = include_str!("shells/zshrc");
        assert!(zsh.find(".zshrc").unwrap() < zsh.find("/run/cnm/shells/settings").unwrap());
    }
}
