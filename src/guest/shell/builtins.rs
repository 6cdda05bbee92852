//! The commands the shell runs itself: POSIX's, and those busybox's shell adds.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write;

use brush_builtins::{BuiltinSet, default_builtins};
use brush_core::builtins::{ContentOptions, ContentType, Registration, SimpleCommand, simple_builtin};
use brush_core::{Error, ExecutionContext, ExecutionResult, ShellExtensions};

use super::super::system::echo;

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
