//! The person's own shell on their own machine, led to an Engine that is not ours.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;

use super::{ConsoleHost, LabReady, Program, Shell, TERM};
use crate::lab::Lab;
use crate::paths;
use crate::shells::{self, LEADING_ELSEWHERE, Settings, Variables};
use crate::texts::{self, Lang};

/// The client's name.
const DOCKER: &str = "docker";
/// Folders of consoles begin so; the process's number follows.
const FOLDER: &str = "console-";

/// Shells of the person's own. Dropping it removes the folder with their start-up files.
#[derive(Debug)]
pub struct OwnShells {
    docker_host: String,
    folder: PathBuf,
}

/// A shell that was started.
#[derive(Debug)]
struct Started(Child);

impl LabReady {
    /// A lab on an Engine that is not ours, and its state as `state` follows it.
    #[must_use]
    pub fn on_docker(shells: Arc<OwnShells>, state: Lab) -> Self {
        Self {
            state: state.state(),
            console: shells,
            lab: Some(state),
        }
    }
}

impl OwnShells {
    /// Writes what shells read when they start, in a folder of the person's own; what runs that were killed left there is removed.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn prepare(docker_host: String) -> io::Result<Self> {
        let own = paths::own_folder(|name| std::env::var_os(name), paths::user_id());
        DirBuilder::new().recursive(true).mode(0o700).create(&own)?;
        if fs::metadata(&own)?.uid() != paths::user_id() {
            let told = format!("{}: belongs to someone else", own.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, told));
        }
        sweep(&own);
        let folder = own.join(format!("{FOLDER}{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let shells = Self { docker_host, folder };
        shells.fill()?;
        Ok(shells)
    }

    fn fill(&self) -> io::Result<()> {
        let (programs, files) = (self.programs(), self.files());
        fs::create_dir(&programs)?;
        fs::create_dir(&files)?;
        let settings = Settings {
            folder: &files,
            programs: &programs,
            docker_host: &self.docker_host,
        };
        settings.write()?;
        if !is_on_path(DOCKER) {
            let program = programs.join(DOCKER);
            fs::write(&program, ours_as_docker(&std::env::current_exe()?))?;
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }

    fn programs(&self) -> PathBuf {
        self.folder.join("bin")
    }

    fn files(&self) -> PathBuf {
        self.folder.join("shells")
    }

    fn environment(&self) -> Variables {
        let mut variables: Variables = std::env::vars_os().collect();
        for name in LEADING_ELSEWHERE {
            variables.remove(OsStr::new(name));
        }
        let mut path = self.programs().into_os_string();
        if let Some(theirs) = variables.get(OsStr::new("PATH")).filter(|path| !path.is_empty()) {
            path.push(":");
            path.push(theirs);
        }
        variables.insert("PATH".into(), path);
        variables.insert("DOCKER_HOST".into(), OsString::from(&self.docker_host));
        variables.insert("TERM".into(), TERM.into());
        let of_shell = shells::variables(&variables, &self.files());
        variables.extend(of_shell);
        variables
    }
}

impl Drop for OwnShells {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        // Only where nothing else of ours is in there.
        if let Some(own) = self.folder.parent() {
            let _ = fs::remove_dir(own);
        }
    }
}

impl ConsoleHost for OwnShells {
    fn spawn(&self, terminal: OwnedFd, lang: Lang) -> io::Result<Box<dyn Shell>> {
        let welcome = self.about(lang);
        let columns = rustix::termios::tcgetwinsize(&terminal).map_or(0, |size| usize::from(size.ws_col));
        let lines = texts::wrap(&welcome, if columns == 0 { 80 } else { columns });
        fs::File::from(terminal.try_clone()?).write_all(format!("{}\r\n", lines.join("\r\n")).as_bytes())?;
        let environment = self.environment();
        run(terminal, &shells::argv(&environment, &self.files()), &environment)
    }

    fn spawn_program(&self, terminal: OwnedFd, program: &Program) -> io::Result<Box<dyn Shell>> {
        let mut environment = self.environment();
        let own = program.env.iter().filter_map(|variable| variable.split_once('='));
        environment.extend(own.map(|(name, value)| (name.into(), value.into())));
        let argv: Vec<OsString> = program.argv.iter().map(OsString::from).collect();
        run(terminal, &argv, &environment)
    }

    fn about(&self, lang: Lang) -> String {
        texts::fill(lang, "docker.console", &[("host", &self.docker_host)])
    }
}

/// Starts a program on a terminal that is its own.
fn run(terminal: OwnedFd, argv: &[OsString], environment: &Variables) -> io::Result<Box<dyn Shell>> {
    let [program, arguments @ ..] = argv else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment);
    command.stdin(terminal.try_clone()?).stdout(terminal.try_clone()?);
    command.stderr(terminal.try_clone()?);
    lead_session(&mut command, terminal);
    Ok(Box::new(Started(command.spawn()?)))
}

/// The child leads a session of its own, whose terminal this is.
fn lead_session(command: &mut Command, terminal: OwnedFd) {
    #[allow(unsafe_code, reason = "a session begins between fork and exec")]
    // SAFETY: setsid(2) and one ioctl(2), both async-signal-safe.
    unsafe {
        command.pre_exec(move || {
            rustix::process::setsid()?;
            rustix::process::ioctl_tiocsctty(terminal.as_fd())?;
            Ok(())
        });
    }
}

impl Shell for Started {
    fn wait(mut self: Box<Self>) -> io::Result<i32> {
        let status = self.0.wait()?;
        let of_signal = || status.signal().map_or(1, |signal| 128 + signal);
        Ok(status.code().unwrap_or_else(of_signal))
    }
}

/// Our own client as a program called `docker`: it may speak to an Engine that is not ours, for it was asked to.
fn ours_as_docker(program: &Path) -> String {
    let program = program.to_string_lossy().replace('\'', r"'\''");
    format!("#!/bin/sh\nexec '{program}' --backend docker docker \"$@\"\n")
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .any(|file| fs::metadata(file).is_ok_and(|file| file.is_file() && file.mode() & 0o111 != 0))
}

/// Removes the folder of a process that has just ended.
pub fn forget(own: &Path, process: i32) {
    let _ = fs::remove_dir_all(own.join(format!("{FOLDER}{process}")));
    // Only where nothing else of ours is in there.
    let _ = fs::remove_dir(own);
}

/// Removes the folders of processes that are no more.
pub fn sweep(own: &Path) {
    for entry in fs::read_dir(own).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(FOLDER));
        let pid = number
            .and_then(|number| number.parse().ok())
            .and_then(rustix::process::Pid::from_raw);
        let gone = |pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH);
        if pid.is_some_and(gone) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
