//! `sh` and `ash`: brush in its POSIX mode, dressed as busybox's shell.

mod builtins;
mod lines;
mod script;
mod words;

use std::collections::HashMap;
use std::fs::File;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;

use brush_core::extensions::ShellExtensionsImpl;
use brush_core::openfiles::{OpenFile, OpenFiles};
use brush_core::{ProfileLoadBehavior, RcLoadBehavior, Shell, ShellFd, ShellVariable};
use brush_interactive::{BasicInputBackend, InteractiveShell, ReedlineInputBackend, ShellError, UIOptions};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Mutex;

use super::{Call, errno};
use words::Words;

/// Help.
pub const USAGE: &str =
    "[-il] [-/+Cabefmnuvx] [-/+o OPT]... [-c 'SCRIPT' [ARG0 ARGS] | FILE ARGS | -s ARGS]\n\nUnix shell interpreter";

type Extensions = ShellExtensionsImpl<Words>;
type GuestShell = Shell<Extensions>;

/// Where an interactive `bash` reads its settings: Red Hat's file, then Debian's.
const BASH_FILES: [&str; 2] = ["/etc/bashrc", "/etc/bash.bashrc"];

/// Prompt of a `bash` that no file tells another.
const BASH_PROMPT: &str = r"bash-5.2\$ ";

/// Busybox's prompt where `PS1` is not set: the directory, then `#` for root or `$`.
const PROMPT: &str = r"\w \$ ";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Invocation {
    /// `-c`: commands from the command line.
    commands: Option<String>,
    /// A script, where commands come neither from `-c` nor from standard input.
    file: Option<String>,
    /// `$0`, where given.
    name: Option<String>,
    /// `$1` and following.
    parameters: Vec<String>,
    interactive: bool,
    login: bool,
    enabled: Vec<String>,
    disabled: Vec<String>,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let args = call.words();
    let invocation = match read_invocation(&args) {
        Ok(invocation) => invocation,
        Err(message) => {
            call.complain(message);
            return 2;
        }
    };
    if let Some(file) = &invocation.file
        && let Err(error) = File::open(Path::new(file))
    {
        call.complain(format_args!("can't open '{file}': {}", errno::words(&error)));
        return 2;
    }
    // Two workers: brush blocks one of them while the line editor waits and needs another for what a prompt runs.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let status = match runtime {
        Ok(runtime) => {
            let status = runtime.block_on(run(call, invocation));
            // A background job's reader may still wait on a pipe: a shell does not wait for it.
            runtime.shutdown_background();
            status
        }
        Err(error) => {
            call.complain(format_args!("can't start: {}", errno::words(&error)));
            2
        }
    };
    i32::from(status)
}

async fn run(call: &Call<'_>, invocation: Invocation) -> u8 {
    match run_shell(call, invocation).await {
        Ok(status) => status,
        Err(error) => {
            call.complain(error);
            2
        }
    }
}

async fn run_shell(call: &Call<'_>, invocation: Invocation) -> Result<u8, ShellError> {
    let from_input = invocation.commands.is_none() && invocation.file.is_none();
    let on_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let interactive = invocation.interactive || from_input && on_terminal;
    if interactive {
        // What ends a command must not end its shell; brush sees to that only from the first program on that it waits for. Caught
        // once, it stays so for this process alone (signal(7)).
        drop(signal(SignalKind::interrupt())?);
    }
    let shell: GuestShell = build(call, &invocation, interactive, from_input).await?;
    let shell = Arc::new(Mutex::new(shell));
    if invocation.login || interactive {
        let profile = if invocation.login {
            ProfileLoadBehavior::LoadDefault
        } else {
            ProfileLoadBehavior::Skip
        };
        shell
            .lock()
            .await
            .load_config(&profile, &RcLoadBehavior::LoadDefault)
            .await?;
        let of_bash = BASH_FILES
            .iter()
            .find(|file| call.name() == "bash" && Path::new(file).exists());
        if let Some(file) = of_bash {
            let file = Path::new(file);
            shell
                .lock()
                .await
                .run_script(file, std::iter::empty::<String>())
                .await?;
        }
    }
    // Only after the start-up files, which in brush's bash mode would be bash's: `[[` is a command of busybox's shell too.
    shell.lock().await.options_mut().sh_mode = false;
    if let Some(commands) = invocation.commands {
        shell.lock().await.run_dash_c_command(commands).await?;
    } else if let Some(file) = &invocation.file {
        shell
            .lock()
            .await
            .run_script(Path::new(file), invocation.parameters.iter())
            .await?;
    } else if interactive && std::io::stdin().is_terminal() {
        converse(&shell).await?;
    } else {
        script::run(&mut *shell.lock().await, std::io::stdin().as_fd()).await?;
    }
    Ok(shell.lock().await.last_exit_status())
}

/// Reads commands from a person at a terminal.
async fn converse(shell: &Arc<Mutex<GuestShell>>) -> Result<(), ShellError> {
    let look = UIOptions::builder()
        .disable_color(true)
        .disable_highlighting(true)
        .disable_bracketed_paste(true)
        .build();
    if lines::come_edited() {
        return InteractiveShell::new(shell, &mut lines::Lines, &(&look).into())?
            .run_interactively()
            .await;
    }
    if terminal_answers() {
        let mut editor = ReedlineInputBackend::new(&look, shell)?;
        return InteractiveShell::new(shell, &mut editor, &(&look).into())?
            .run_interactively()
            .await;
    }
    InteractiveShell::new(shell, &mut BasicInputBackend, &(&look).into())?
        .run_interactively()
        .await
}

/// Whether the terminal tells where its cursor is, without which the full line editor cannot draw.
fn terminal_answers() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term != "dumb") && crossterm::cursor::position().is_ok()
}

async fn build(
    call: &Call<'_>,
    invocation: &Invocation,
    interactive: bool,
    from_input: bool,
) -> Result<GuestShell, brush_core::Error> {
    let name = invocation
        .name
        .clone()
        .or_else(|| invocation.file.clone())
        .unwrap_or_else(|| call.name().to_owned());
    let mut builder = Shell::builder_with_extensions::<Extensions>()
        .builtins(builtins::all())
        .enable_options(invocation.enabled.iter().cloned())
        .disable_options(invocation.disabled.iter().cloned());
    if interactive && std::env::var_os("PS1").is_none() {
        let prompt = if call.name() == "bash" { BASH_PROMPT } else { PROMPT };
        builder = builder.var("PS1", ShellVariable::new(prompt));
    }
    builder
        .fds(plain_input())
        .interactive(interactive)
        .login(invocation.login)
        .command_string_mode(invocation.commands.is_some())
        .read_commands_from_stdin(from_input)
        .exit_on_nonzero_command_exit(invocation.enabled.iter().any(|name| name == "errexit"))
        .profile(ProfileLoadBehavior::Skip)
        .rc(RcLoadBehavior::Skip)
        .posix(true)
        .sh_mode(true)
        .shell_name(name)
        .shell_args(invocation.parameters.clone())
        .build()
        .await
}

/// Standard input that is no terminal, as a plain file: read without a buffer, so that `read x` takes a line and leaves
/// the rest to others.
fn plain_input() -> HashMap<ShellFd, OpenFile> {
    if std::io::stdin().is_terminal() {
        return HashMap::new();
    }
    let input = std::io::stdin().as_fd().try_clone_to_owned().ok();
    input
        .map(|input| (OpenFiles::STDIN_FD, OpenFile::from(File::from(input))))
        .into_iter()
        .collect()
}

/// Options of `set` by their letters (POSIX `set`).
const LETTERS: &[(char, &str)] = &[
    ('C', "noclobber"),
    ('a', "allexport"),
    ('b', "notify"),
    ('e', "errexit"),
    ('f', "noglob"),
    ('m', "monitor"),
    ('n', "noexec"),
    ('u', "nounset"),
    ('v', "verbose"),
    ('x', "xtrace"),
];

fn read_invocation(args: &[String]) -> Result<Invocation, String> {
    let mut read = Invocation::default();
    let mut wants_commands = false;
    let mut from_input = false;
    let mut rest = args.iter();
    let mut operands = Vec::new();
    while let Some(argument) = rest.next() {
        let (enable, letters) = match argument.split_at_checked(1) {
            Some(("-", "-")) => {
                operands.extend(rest.cloned());
                break;
            }
            Some(("-", letters)) if !letters.is_empty() => (true, letters),
            Some(("+", letters)) if !letters.is_empty() => (false, letters),
            _ => {
                operands.extend((argument != "-").then(|| argument.clone()));
                operands.extend(rest.cloned());
                break;
            }
        };
        for letter in letters.chars() {
            match letter {
                'c' => wants_commands = true,
                's' => from_input = true,
                'i' => read.interactive = enable,
                'l' => read.login = enable,
                'o' => {
                    let name = rest.next().ok_or("-o requires an argument")?.clone();
                    if enable {
                        read.enabled.push(name);
                    } else {
                        read.disabled.push(name);
                    }
                }
                letter => {
                    let (_, name) = LETTERS
                        .iter()
                        .find(|(known, _)| *known == letter)
                        .ok_or_else(|| format!("illegal option -{letter}"))?;
                    if enable {
                        read.enabled.push((*name).to_owned());
                    } else {
                        read.disabled.push((*name).to_owned());
                    }
                }
            }
        }
    }
    let mut operands = operands.into_iter();
    if wants_commands {
        read.commands = Some(operands.next().ok_or("-c requires an argument")?);
        read.name = operands.next();
    } else if !from_input {
        read.file = operands.next();
    }
    read.parameters = operands.collect();
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(args: &[&str]) -> Result<Invocation, String> {
        read_invocation(&args.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn the_forms_of_posix_sh_are_read() {
        let read = invocation(&["-ec", "echo $1", "name", "one"]).unwrap();
        assert_eq!(read.commands.as_deref(), Some("echo $1"));
        assert_eq!(read.name.as_deref(), Some("name"));
        assert_eq!(read.parameters, ["one"]);
        assert_eq!(read.enabled, ["errexit"]);

        let read = invocation(&["script", "-c"]).unwrap();
        assert_eq!(read.file.as_deref(), Some("script"));
        assert_eq!(read.parameters, ["-c"]);

        let read = invocation(&["-s", "one"]).unwrap();
        assert_eq!((read.file, read.parameters), (None, vec!["one".to_owned()]));

        let read = invocation(&["-o", "pipefail", "+e", "-", "file"]).unwrap();
        assert_eq!(
            (read.enabled, read.disabled),
            (vec!["pipefail".to_owned()], vec!["errexit".to_owned()])
        );
        assert_eq!(read.file.as_deref(), Some("file"));
    }

    #[test]
    fn what_is_not_understood_is_refused_in_ash_words() {
        assert_eq!(invocation(&["-z"]).unwrap_err(), "illegal option -z");
        assert_eq!(invocation(&["-c"]).unwrap_err(), "-c requires an argument");
    }
}
