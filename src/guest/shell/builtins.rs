//! The commands the shell runs itself: POSIX's, and those busybox's shell adds.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write;

use brush_builtins::{BuiltinSet, default_builtins};
use brush_core::builtins::{ContentOptions, ContentType, Registration, SimpleCommand, simple_builtin};
use brush_core::traps::TrapSignal;
use brush_core::{Error, ErrorKind, ExecutionContext, ExecutionResult, ShellExtensions};

use super::super::errno;
use super::super::system::{echo, kill};

/// What busybox's shell has beyond POSIX's list.
const BEYOND_POSIX: &[&str] = &["[", "let", "printf", "source", "test"];

/// The shell's commands by name.
pub(super) fn all<SE: ShellExtensions>() -> HashMap<String, Registration<SE>> {
    let mut commands = default_builtins(BuiltinSet::ShMode);
    commands.extend(
        default_builtins(BuiltinSet::BashMode)
            .into_iter()
            .filter(|(name, _)| BEYOND_POSIX.contains(&name.as_str())),
    );
    commands.insert("echo".to_owned(), simple_builtin::<Echo, SE>());
    commands.insert("cd".to_owned(), simple_builtin::<ChangeDirectory, SE>());
    // brush's own `kill` follows no standard where no signal is named.
    commands.insert("kill".to_owned(), simple_builtin::<Kill, SE>());
    // These two page through help of commands that busybox's shell does not have.
    commands.remove("fc");
    commands.remove("help");
    commands
}

/// `echo` with the applet's reading of options and escapes.
struct Echo;

impl SimpleCommand for Echo {
    fn get_content(_name: &str, _content: ContentType, _options: &ContentOptions) -> Result<String, Error> {
        Ok(format!("echo {}\n", echo::USAGE))
    }

    fn execute<SE: ShellExtensions, I: Iterator<Item = S>, S: AsRef<str>>(
        context: ExecutionContext<'_, SE>,
        args: I,
    ) -> Result<ExecutionResult, Error> {
        // The first is the command's own name.
        let words: Vec<OsString> = args.skip(1).map(|word| OsString::from(word.as_ref())).collect();
        let mut out = context.stdout();
        out.write_all(&echo::text(&words))?;
        out.flush()?;
        Ok(ExecutionResult::success())
    }
}

/// `cd` with busybox's reproach.
struct ChangeDirectory;

impl SimpleCommand for ChangeDirectory {
    fn get_content(_name: &str, _content: ContentType, _options: &ContentOptions) -> Result<String, Error> {
        Ok("cd [-L|-P] [DIR]\n".to_owned())
    }

    fn execute<SE: ShellExtensions, I: Iterator<Item = S>, S: AsRef<str>>(
        context: ExecutionContext<'_, SE>,
        args: I,
    ) -> Result<ExecutionResult, Error> {
        let words: Vec<String> = args.skip(1).map(|word| word.as_ref().to_owned()).collect();
        let physical = words
            .iter()
            .take_while(|word| word.starts_with('-') && word.len() > 1)
            .any(|word| word == "-P");
        let target = words
            .iter()
            .find(|word| !matches!(word.as_str(), "-L" | "-P" | "--"))
            .cloned();
        let named = target.as_deref().unwrap_or("");
        let variable = if named == "-" {
            Some("OLDPWD")
        } else {
            target.is_none().then_some("HOME")
        };
        let wanted = match variable {
            Some(variable) => context.shell.env_str(variable).map(std::borrow::Cow::into_owned),
            None => target.clone(),
        };
        let Some(wanted) = wanted else {
            writeln!(
                context.stderr(),
                "{}: cd: {} not set",
                shell_name(&context),
                variable.unwrap_or_default()
            )?;
            return Ok(ExecutionResult::general_error());
        };
        let mut directory = context.shell.absolute_path(&wanted);
        if physical && let Ok(real) = directory.canonicalize() {
            directory = real;
        }
        if let Err(error) = context.shell.set_working_dir(&directory) {
            let reason = match error.kind() {
                ErrorKind::NotADirectory(_) => "Not a directory".to_owned(),
                ErrorKind::IoError(error) => errno::words(error),
                other => other.to_string(),
            };
            writeln!(
                context.stderr(),
                "{}: cd: can't cd to {wanted}: {reason}",
                shell_name(&context)
            )?;
            return Ok(ExecutionResult::new(2));
        }
        if named == "-" {
            writeln!(context.stdout(), "{wanted}")?;
        }
        Ok(ExecutionResult::success())
    }
}

fn shell_name<SE: ShellExtensions>(context: &ExecutionContext<'_, SE>) -> String {
    context
        .shell
        .current_shell_name()
        .map_or_else(|| "sh".to_owned(), std::borrow::Cow::into_owned)
}

/// `kill`, which in the shell also knows jobs (`%1`).
struct Kill;

impl SimpleCommand for Kill {
    fn get_content(_name: &str, _content: ContentType, _options: &ContentOptions) -> Result<String, Error> {
        Ok(format!("kill {}\n", kill::USAGE))
    }

    fn execute<SE: ShellExtensions, I: Iterator<Item = S>, S: AsRef<str>>(
        context: ExecutionContext<'_, SE>,
        args: I,
    ) -> Result<ExecutionResult, Error> {
        let words: Vec<String> = args.skip(1).map(|word| word.as_ref().to_owned()).collect();
        let (signal, targets) = match kill::read(&words) {
            Ok(kill::Order::List(text)) => {
                context.stdout().write_all(text.as_bytes())?;
                return Ok(ExecutionResult::success());
            }
            Ok(kill::Order::Send { signal, targets }) => (signal, targets),
            Err(reproach) => {
                writeln!(context.stderr(), "{}: {reproach}", shell_name(&context))?;
                return Ok(ExecutionResult::general_error());
            }
        };
        let mut failed = false;
        for target in targets {
            let sent = match (target.starts_with('%'), signal) {
                (true, Some(signal)) => match context.shell.jobs_mut().resolve_job_spec(&target) {
                    Some(job) => job.kill(TrapSignal::Signal(signal)).map_err(|error| error.to_string()),
                    None => Err(format!("{target}: no such job")),
                },
                _ => kill::send(&target, signal),
            };
            if let Err(reproach) = sent {
                writeln!(context.stderr(), "{}: {reproach}", shell_name(&context))?;
                failed = true;
            }
        }
        Ok(if failed {
            ExecutionResult::general_error()
        } else {
            ExecutionResult::success()
        })
    }
}
