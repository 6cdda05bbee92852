//! The shell's error sentences, in busybox's words.

use brush_core::extensions::ErrorFormatter;
use brush_core::{Error, ErrorKind, Shell, ShellExtensions};

use super::super::errno;

/// Formats errors as `ash` does: `sh: nosuch: not found`.
#[derive(Debug, Clone, Default)]
pub(super) struct Words;

impl ErrorFormatter for Words {
    fn format_error(&self, error: &Error, shell: &Shell<impl ShellExtensions>) -> String {
        let name = shell
            .current_shell_name()
            .map_or_else(|| "sh".to_owned(), std::borrow::Cow::into_owned);
        match error.kind() {
            ErrorKind::CommandNotFound(command) if name.ends_with("bash") => {
                format!("{name}: {command}: command not found\n")
            }
            kind => format!("{name}: {}\n", sentence(kind)),
        }
    }
}

fn sentence(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::CommandNotFound(command) => format!("{command}: not found"),
        ErrorKind::FailedToExecuteCommand(command, error) => format!("{command}: {}", errno::words(error)),
        ErrorKind::RedirectionFailure(path, reason) => redirection(path, reason),
        ErrorKind::FailedSourcingFile(path, error) => {
            format!(".: can't open '{}': {}", path.display(), errno::words(error))
        }
        ErrorKind::NotADirectory(path) => format!("cd: can't cd to {}: {}", path.display(), missing_directory(path)),
        ErrorKind::ExpandingUnsetVariable(name) => format!("{name}: parameter not set"),
        ErrorKind::CheckedExpansionError(message) => message.clone(),
        ErrorKind::BadSubstitution(_) => "syntax error: bad substitution".to_owned(),
        ErrorKind::ParseError(error, _) | ErrorKind::FunctionParseError(_, error) => format!("syntax error: {error}"),
        ErrorKind::EvalError(error) => format!("arithmetic: {error}"),
        ErrorKind::IoError(error) => errno::words(error),
        ErrorKind::BuiltinError(inner, name) => match inner.as_io_error() {
            Some(error) => format!("{name}: {}", errno::words(error)),
            None => format!("{name}: {inner}"),
        },
        other => other.to_string(),
    }
}

/// `ash` tells writing from reading; brush keeps only the path and the system's sentence.
fn redirection(path: &str, reason: &str) -> String {
    let reason = reason
        .split(" (os error")
        .next()
        .unwrap_or(reason)
        .trim_start_matches("i/o error: ");
    if reason == "No such file or directory" {
        let parent_exists = std::path::Path::new(path)
            .parent()
            .is_none_or(|parent| parent.as_os_str().is_empty() || parent.is_dir());
        return if parent_exists {
            format!("can't open {path}: no such file")
        } else {
            format!("can't create {path}: nonexistent directory")
        };
    }
    format!("can't open {path}: {reason}")
}

fn missing_directory(path: &std::path::Path) -> &'static str {
    if path.exists() {
        "Not a directory"
    } else {
        "No such file or directory"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_ash_s() {
        assert_eq!(
            sentence(&ErrorKind::CommandNotFound("nosuch".into())),
            "nosuch: not found"
        );
        assert_eq!(
            sentence(&ErrorKind::FailedToExecuteCommand(
                "/etc".into(),
                std::io::Error::from_raw_os_error(13)
            )),
            "/etc: Permission denied"
        );
        assert_eq!(
            sentence(&ErrorKind::RedirectionFailure(
                "/no/where".into(),
                "i/o error: No such file or directory (os error 2)".into()
            )),
            "can't create /no/where: nonexistent directory"
        );
        assert_eq!(
            sentence(&ErrorKind::RedirectionFailure(
                "/nowhere".into(),
                "No such file or directory (os error 2)".into()
            )),
            "can't open /nowhere: no such file"
        );
        assert_eq!(
            sentence(&ErrorKind::ExpandingUnsetVariable("zz".into())),
            "zz: parameter not set"
        );
    }
}
