//! The console's place: a program in the lab host's own namespaces.
//!
//! *Real*: the person's files and tools, as uid 0 of the lab, which is the person. *Sandbox*: a root file system of the
//! built-in images. Neither has the capabilities to mount, to trace the engine or to make devices; both may configure the lab's
//! network, which is nobody else's.

mod environment;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use super::container::{self, Kit};
use super::edge;
use super::hostroot::{API_SOCKET, PROGRAMS, SHELLS};
use super::process;
use super::protocol::{NotStarted, SpawnConsole};
use crate::shells;
use crate::texts::{self, Lang};

/// Where console commands run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsolePlace {
    /// The learner's own files and tools, in the lab host's namespaces.
    #[default]
    Real,
    /// A self-contained root file system in the lab host's namespaces.
    Sandbox,
}

/// What an administrator of a network needs, and what programs expect of uid 0: Docker's default set without device nodes and
/// the audit log, with the network.
const CAPABILITIES: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETFCAP)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::NET_BROADCAST)
    .union(CapabilitySet::NET_ADMIN)
    .union(CapabilitySet::NET_RAW);

/// Columns of a terminal that does not tell its size.
const COLUMNS: usize = 80;

/// What we changed about ourselves and a person's programs get back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inherited {
    /// Limit of open descriptors.
    pub descriptors: Rlimit,
    /// File mode mask.
    pub umask: Mode,
}

/// What a program of the console place starts with.
pub(super) struct Entrance<'a> {
    /// Where.
    pub place: ConsolePlace,
    /// Standard streams.
    pub stdio: [OwnedFd; 3],
    /// Closed by a successful `execve`; otherwise it brings a [`NotStarted`].
    pub fate: OwnedFd,
    /// What the person's programs have of the person.
    pub inherited: Inherited,
    /// The sandbox's root file system.
    pub kit: &'a Kit,
}

/// Writes the start-up files of console shells into the lab's own `/run`.
///
/// # Errors
/// The directory is not there.
pub(super) fn write_shell_files() -> io::Result<()> {
    let settings = shells::Settings {
        folder: Path::new(SHELLS),
        programs: Path::new(PROGRAMS),
        docker_host: &format!("unix://{API_SOCKET}"),
    };
    settings.write()
}

/// Turns this process, just forked by the zygote (for the sandbox: into a new mount namespace), into the program.
/// Never returns.
pub(super) fn become_program(request: &SpawnConsole, entrance: Entrance<'_>) -> ! {
    let Entrance {
        place,
        stdio,
        fate,
        inherited,
        kit,
    } = entrance;
    let error = match prepare(request, place, &stdio, &fate, inherited, kit) {
        Ok(mut program) => {
            let error = program.exec();
            NotStarted {
                doing: request.argv.first().cloned().unwrap_or_else(|| "shell".into()),
                errno: error.raw_os_error().unwrap_or(libc::EINVAL),
            }
        }
        Err(refusal) => refusal,
    };
    let _ = tell(&fate, &error);
    process::end(127)
}

/// Writes a refusal into the pipe that says whether a program was executed.
///
/// # Errors
/// Nobody listens.
pub(super) fn tell(fate: &OwnedFd, refusal: &NotStarted) -> io::Result<()> {
    rustix::io::write(fate, &serde_json::to_vec(refusal)?)?;
    Ok(())
}

fn prepare(
    request: &SpawnConsole,
    place: ConsolePlace,
    stdio: &[OwnedFd; 3],
    fate: &OwnedFd,
    inherited: Inherited,
    kit: &Kit,
) -> Result<Command, NotStarted> {
    let said = |doing: &'static str| {
        move |error: io::Error| NotStarted {
            doing: doing.into(),
            errno: error.raw_os_error().unwrap_or(libc::EIO),
        }
    };
    process::set_short_name(c"cnm-console");
    edge::reset_signals();
    rustix::process::setsid().map_err(|errno| said("start a session")(errno.into()))?;
    rustix::stdio::dup2_stdin(&stdio[0]).map_err(|errno| said("connect standard input")(errno.into()))?;
    rustix::stdio::dup2_stdout(&stdio[1]).map_err(|errno| said("connect standard output")(errno.into()))?;
    rustix::stdio::dup2_stderr(&stdio[2]).map_err(|errno| said("connect standard error")(errno.into()))?;
    let standard = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    process::keep_only(&[standard[0], standard[1], standard[2], fate.as_fd()]);
    if request.controlling_terminal {
        rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())
            .map_err(|errno| said("take the terminal")(errno.into()))?;
    }
    let _ = setrlimit(Resource::Nofile, inherited.descriptors);
    rustix::process::umask(inherited.umask);
    if place == ConsolePlace::Sandbox {
        container::enter_console_root(kit).map_err(|(doing, errno)| NotStarted { doing, errno })?;
    }
    let environment = match place {
        ConsolePlace::Real => environment::real(&request.env),
        ConsolePlace::Sandbox => environment::sandbox(&request.env),
    };
    let interactive = request.argv.is_empty();
    let argv = if interactive {
        shells::argv(&environment, Path::new(SHELLS))
    } else {
        request.argv.iter().map(OsString::from).collect()
    };
    let [program, arguments @ ..] = argv.as_slice() else {
        return Err(said("find a shell")(io::ErrorKind::NotFound.into()));
    };
    if interactive && request.controlling_terminal {
        welcome(place, &environment);
    }
    container::confine_console(kit, CAPABILITIES, place == ConsolePlace::Sandbox)
        .map_err(|(doing, errno)| NotStarted { doing, errno })?;
    let mut command = Command::new(find(program, &environment)?);
    command.arg0(program).args(arguments).env_clear().envs(&environment);
    if interactive {
        command.envs(shells::variables(&environment, Path::new(SHELLS)));
    }
    if let Some(folder) = starting_folder(request.cwd.clone(), &environment) {
        command.current_dir(folder);
    }
    Ok(command)
}

/// Where a program is, as a shell looks for it: in `PATH` where its name has no slash; a file of that name that cannot be
/// executed is the answer only where nothing better follows (POSIX, "Command Search and Execution").
fn find(program: &OsStr, environment: &environment::Variables) -> Result<PathBuf, NotStarted> {
    if program.as_encoded_bytes().contains(&b'/') {
        return Ok(program.into());
    }
    let path = environment.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let mut errno = libc::ENOENT;
    for candidate in std::env::split_paths(&path).map(|folder| folder.join(program)) {
        if !candidate.is_file() {
            continue;
        }
        if rustix::fs::access(&candidate, rustix::fs::Access::EXEC_OK).is_ok() {
            return Ok(candidate);
        }
        errno = libc::EACCES;
    }
    Err(NotStarted {
        doing: program.to_string_lossy().into_owned(),
        errno,
    })
}

/// The folder asked for, else the person's home, else the root; the first that can be entered.
fn starting_folder(asked: Option<PathBuf>, environment: &environment::Variables) -> Option<PathBuf> {
    let home = environment.get(OsStr::new("HOME")).map(PathBuf::from);
    [asked, home, Some("/".into())]
        .into_iter()
        .flatten()
        .find(|folder| folder.is_dir() && rustix::fs::access(folder, rustix::fs::Access::EXEC_OK).is_ok())
}

/// The first lines of an interactive console: what works here, and what does not.
fn welcome(place: ConsolePlace, environment: &environment::Variables) {
    let variable = |name: &str| Some(environment.get(OsStr::new(name))?.to_string_lossy().into_owned());
    let asked = variable("CNM_LANG").and_then(|lang| lang.parse().ok());
    let lang = Lang::choose(asked, variable);
    let text = match place {
        ConsolePlace::Real => texts::get(lang, "engine.console.real"),
        ConsolePlace::Sandbox => texts::get(lang, "engine.console.sandbox"),
    };
    let columns = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    let columns = if columns == 0 { COLUMNS } else { columns };
    let lines: Vec<String> = text.lines().flat_map(|line| texts::wrap(line, columns)).collect();
    let _ = io::stdout().write_all(format!("{}\n", lines.join("\n")).as_bytes());
    let _ = io::stdout().flush();
}
