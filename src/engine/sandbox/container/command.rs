//! From the waiting process to the image's command.

use std::convert::Infallible;
use std::ffi::CString;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

use rustix::io::Errno;

use super::failure::{Doing, Failure, Outcome};
use super::report::Report;

/// Where programs are looked for when the environment does not say (moby, `oci/defaults.go`, `DefaultPathEnv`).
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Exit code for a command that is not there, as shells and Docker give it.
const NOT_FOUND: i32 = 127;
/// Exit code for a command that is there and cannot be executed.
const NOT_EXECUTABLE: i32 = 126;

/// Makes the working directory where it is missing, as Docker does, and goes there.
pub(super) fn enter_workdir(path: &str) -> Outcome {
    let path = if path.is_empty() { "/" } else { path };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .doing(format_args!("mkdir {path}"))?;
    std::env::set_current_dir(path).doing(format_args!("chdir {path}"))
}

/// Executes the command; returns what Docker says when it cannot be.
pub(super) fn execute(argv: &[String], env: &[String]) -> Report {
    let program = argv.first().map_or("", String::as_str);
    let refused = |reason: String, code| Report::NotExecuted {
        program: program.to_owned(),
        reason,
        code,
    };
    let path = match find(program, variable(env, "PATH").unwrap_or(DEFAULT_PATH)) {
        Ok(path) => path,
        Err(refusal) => return refused(refusal.words(), refusal.code()),
    };
    match replace(&path, argv, env) {
        Ok(never) => match never {},
        Err(error) => {
            let code = if error == Errno::NOENT {
                NOT_FOUND
            } else {
                NOT_EXECUTABLE
            };
            refused(words_of(error), code)
        }
    }
}

/// `execve` with the environment asked for, and with `HOME` where it has none: root's, from the images' /etc/passwd.
fn replace(path: &Path, argv: &[String], env: &[String]) -> rustix::io::Result<Infallible> {
    let text = |text: &str| CString::new(text).map_err(|_| Errno::INVAL);
    let argv: Vec<CString> = argv.iter().map(|one| text(one)).collect::<Result<_, _>>()?;
    let mut env: Vec<CString> = env.iter().map(|one| text(one)).collect::<Result<_, _>>()?;
    if !env.iter().any(|one| one.as_bytes().starts_with(b"HOME=")) {
        env.push(c"HOME=/root".to_owned());
    }
    let path = text(path.to_str().ok_or(Errno::INVAL)?)?;
    nix::unistd::execve(&path, &argv, &env).map_err(|errno| Errno::from_raw_os_error(errno as i32))
}

/// Value of a `KEY=VALUE`; the last one counts, as for `getenv` in the images' C libraries it is the only one left.
fn variable<'a>(env: &'a [String], key: &str) -> Option<&'a str> {
    env.iter()
        .rev()
        .find_map(|one| one.strip_prefix(key)?.strip_prefix('='))
}

/// Why there is nothing to execute.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    NotInPath,
    Stat(PathBuf, Errno),
    Directory,
    Permission,
}

impl Refusal {
    /// Words of runc, which Docker passes on (Go's `os/exec.LookPath`).
    fn words(&self) -> String {
        match self {
            Self::NotInPath => "executable file not found in $PATH".into(),
            Self::Stat(path, errno) => format!("stat {}: {}", path.display(), words_of(*errno)),
            Self::Directory => "is a directory".into(),
            Self::Permission => "permission denied".into(),
        }
    }

    const fn code(&self) -> i32 {
        match self {
            Self::Directory | Self::Permission => NOT_EXECUTABLE,
            Self::NotInPath | Self::Stat(..) => NOT_FOUND,
        }
    }
}

/// The file that `program` names: itself where it has a slash, else the first executable of that name in `path`.
fn find(program: &str, path: &str) -> Result<PathBuf, Refusal> {
    if program.is_empty() {
        return Err(Refusal::NotInPath);
    }
    if program.contains('/') {
        let file = PathBuf::from(program);
        return executable(&file).map(|()| file);
    }
    path.split(':')
        .map(|folder| Path::new(if folder.is_empty() { "." } else { folder }).join(program))
        .find(|file| executable(file).is_ok())
        .ok_or(Refusal::NotInPath)
}

/// As root sees it: any of the three execute bits will do (capabilities(7), `CAP_DAC_OVERRIDE`).
fn executable(file: &Path) -> Result<(), Refusal> {
    match fs::metadata(file) {
        Ok(found) if found.is_dir() => Err(Refusal::Directory),
        Ok(found) if found.permissions().mode() & 0o111 == 0 => Err(Refusal::Permission),
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::Stat(
            file.to_owned(),
            Errno::from_io_error(&error).unwrap_or(Errno::IO),
        )),
    }
}

fn words_of(errno: Errno) -> String {
    go_words(&errno.into())
}

/// Go's words for an errno: the C library's, in lower case.
#[must_use]
pub fn go_words(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

impl From<Failure> for Report {
    fn from(failure: Failure) -> Self {
        Self::Failed {
            doing: failure.doing,
            errno: failure.errno.raw_os_error(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, mode) in [("tool", 0o755), ("text", 0o644)] {
            let file = folder.path().join(name);
            fs::write(&file, "").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::create_dir(folder.path().join("folder")).unwrap();
        folder
    }

    fn refusal(program: &str, path: &str) -> (String, i32) {
        let refusal = find(program, path).unwrap_err();
        (refusal.words(), refusal.code())
    }

    #[test]
    fn a_name_is_looked_for_in_the_path() {
        let folder = folder();
        let path = format!("/nowhere:{}", folder.path().display());
        assert_eq!(find("tool", &path).unwrap(), folder.path().join("tool"));
        for name in ["text", "folder", "nothing"] {
            assert_eq!(
                refusal(name, &path),
                ("executable file not found in $PATH".into(), 127),
                "{name}"
            );
        }
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name).display().to_string();
        assert!(find(&at("tool"), "").is_ok());
        assert_eq!(refusal(&at("text"), ""), ("permission denied".into(), 126));
        assert_eq!(refusal(&at("folder"), ""), ("is a directory".into(), 126));
        assert_eq!(
            refusal("/no/such", ""),
            ("stat /no/such: no such file or directory".into(), 127)
        );
        assert_eq!(refusal("", ""), ("executable file not found in $PATH".into(), 127));
    }

    #[test]
    fn the_last_of_two_variables_counts() {
        let env = ["PATH=/a".to_owned(), "PATHS=/b".to_owned(), "PATH=/c=d".to_owned()];
        assert_eq!(variable(&env, "PATH"), Some("/c=d"));
        assert_eq!(variable(&env, "HOME"), None);
    }

    #[test]
    fn a_nul_in_an_argument_is_refused_not_executed() {
        let error = replace(Path::new("/bin/true"), &["true\0".to_owned()], &[]).unwrap_err();
        assert_eq!(error, Errno::INVAL);
    }
}
