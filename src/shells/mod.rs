//! A person's own interactive shell, with our settings after their own start-up files.
//!
//! A start-up file may set `PATH` or `DOCKER_HOST` to anything; what each shell offers to run something after them:
//! bash `--rcfile` (a file that sources theirs first), zsh `ZDOTDIR` (the same, per start-up file), fish `--init-command`,
//! dash, ksh and busybox `ENV`. Any other shell gets the variables and keeps them unless its own files change them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::Path;

/// Environment variables: sorted, each name once.
pub type Variables = BTreeMap<OsString, OsString>;

/// Start-up files by name.
const FILES: [(&str, &str); 6] = [
    ("settings", include_str!("settings")),
    ("bashrc", include_str!("bashrc")),
    ("shrc", include_str!("shrc")),
    ("settings.fish", include_str!("settings.fish")),
    ("zsh/.zshenv", include_str!("zshenv")),
    ("zsh/.zshrc", include_str!("zshrc")),
];

/// Variables that would lead a Docker client elsewhere (docker CLI reference, "Environment variables").
pub const LEADING_ELSEWHERE: [&str; 5] = [
    "DOCKER_CONTEXT",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_API_VERSION",
];

/// Shells to fall back on.
const USUAL: [&str; 3] = ["/bin/bash", "/bin/sh", "/bin/ash"];

/// What a shell is led to.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// The folder of the start-up files; there already.
    pub folder: &'a Path,
    /// The folder of programs that come before all others.
    pub programs: &'a Path,
    /// `DOCKER_HOST`.
    pub docker_host: &'a str,
}

impl Settings<'_> {
    /// Writes the start-up files.
    ///
    /// # Errors
    /// The folder is not there, or not empty.
    pub fn write(&self) -> io::Result<()> {
        fs::create_dir(self.folder.join("zsh"))?;
        let quoted = |path: &Path| in_quotes(&path.to_string_lossy());
        for (name, text) in FILES {
            let text = text
                .replace("@SHELLS@", &quoted(self.folder))
                .replace("@PROGRAMS@", &quoted(self.programs))
                .replace("@DOCKER_HOST@", &in_quotes(self.docker_host));
            fs::write(self.folder.join(name), text)?;
        }
        Ok(())
    }
}

/// A text between the single quotes that are there; bash, zsh, fish and POSIX shells agree on this.
fn in_quotes(text: &str) -> String {
    text.replace('\'', r"'\''")
}

/// `$SHELL` where it can be executed, else a usual one, with what makes it read our settings last.
#[must_use]
pub fn argv(environment: &Variables, folder: &Path) -> Vec<OsString> {
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
        Kind::Bash => argv.extend(["--rcfile".into(), folder.join("bashrc").into()]),
        Kind::Fish => {
            let settings = in_quotes(&folder.join("settings.fish").to_string_lossy());
            argv.extend(["--init-command".into(), format!("source '{settings}'").into()]);
        }
        Kind::Zsh | Kind::Posix | Kind::Other => {}
    }
    argv
}

/// Variables that make a shell read our settings last; where they take the place of the person's, theirs go on under another
/// name.
#[must_use]
pub fn variables(environment: &Variables, folder: &Path) -> Variables {
    let mut variables = Variables::new();
    let mut replace = |name: &str, kept: &str, value: &Path| {
        if let Some(theirs) = environment.get(OsStr::new(name)) {
            variables.insert(kept.into(), theirs.clone());
        }
        variables.insert(name.into(), value.into());
    };
    replace("ENV", "CNM_USER_ENV", &folder.join("shrc"));
    if argv(environment, folder)
        .first()
        .is_some_and(|shell| kind(Path::new(shell)) == Kind::Zsh)
    {
        replace("ZDOTDIR", "CNM_USER_ZDOTDIR", &folder.join("zsh"));
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

    const FOLDER: &str = "/run/cnm/shells";

    fn with(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn a_shell_that_is_not_there_or_lets_nobody_in_is_replaced() {
        for shell in ["/no/such/shell", "/bin/false", "sh"] {
            let argv = argv(&with(&[("SHELL", shell)]), Path::new(FOLDER));
            assert!(USUAL.iter().any(|usual| argv[0] == *usual), "{argv:?}");
        }
    }

    #[test]
    fn the_persons_own_start_up_file_is_kept_under_another_name() {
        let variables = variables(
            &with(&[("SHELL", "/bin/sh"), ("ENV", "/home/ada/.shinit")]),
            Path::new(FOLDER),
        );
        assert_eq!(variables[OsStr::new("CNM_USER_ENV")], "/home/ada/.shinit");
        assert_eq!(variables[OsStr::new("ENV")], "/run/cnm/shells/shrc");
        assert!(!variables.contains_key(OsStr::new("ZDOTDIR")));
    }

    #[test]
    fn settings_come_after_the_persons_own_and_any_path_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            folder: folder.path(),
            programs: Path::new("/it's/bin"),
            docker_host: "unix:///x y",
        };
        settings.write().unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let ours = folder.path().join("settings").display().to_string();
        for (name, theirs) in [("bashrc", ".bashrc"), ("zsh/.zshrc", ".zshrc"), ("shrc", "$ENV")] {
            let text = read(name);
            assert!(text.find(theirs).unwrap() < text.find(&ours).unwrap(), "{name}");
        }
        let script = ". \"$1\"; printf '%s %s' \"$DOCKER_HOST\" \"${PATH%%:*}\"";
        let said = std::process::Command::new("/bin/sh")
            .args(["-c", script, "sh"])
            .arg(folder.path().join("settings"))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout), "unix:///x y /it's/bin");
    }
}
