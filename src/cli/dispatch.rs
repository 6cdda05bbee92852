//! From a command to the room that does it.

use std::ffi::OsString;
use std::io::{self, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::docker_cli::{self, Target};
#[cfg(target_os = "linux")]
use crate::engine::sandbox::zygote;
use crate::grade::{self, CheckOptions};
use crate::lab::{Backend, Lab};
use crate::paths;
use crate::settings;
use crate::texts::{self, Lang};

#[cfg(target_os = "linux")]
use super::keeper;
use super::pipe::Pipe;
use super::{BackendChoice, CheckArgs, Cli, Command, Global, clean, learn, lessons, on_docker, parse, solve};

/// Usage was wrong.
pub(super) const USAGE: i32 = 2;
/// A lesson cannot be used.
pub(super) const LESSON_INVALID: i32 = 3;
/// A signal from the keyboard, as shells tell it.
pub(super) const INTERRUPTED: i32 = 130;
/// No backend can be had.
pub(super) const NO_BACKEND: i32 = 4;

/// Runs the program with its whole command line, its own name first; the process's status. To be called while the process
/// has one thread: the built-in engine forks.
#[must_use]
pub fn main(args: Vec<OsString>) -> i32 {
    if let [program, rest @ ..] = args.as_slice() {
        #[cfg(target_os = "linux")]
        if zygote::is_renewed(program) {
            zygote::resume();
        }
        if Path::new(program).file_name().is_some_and(|name| name == "docker") {
            return docker(rest.to_vec(), &BackendChoice::Auto, Lang::from_env(Lang::of_lab()));
        }
        #[cfg(target_os = "linux")]
        if let Some(applet) = crate::guest::applet_started_as(program) {
            return crate::guest::run(applet, rest.to_vec());
        }
    }
    let cli = match parse(args) {
        Ok(cli) => cli,
        Err(said) => {
            let _ = said.print();
            return said.exit_code();
        }
    };
    let cli = with_settings(cli);
    let asked = cli.global.lang.or_else(Lang::of_lab);
    let lang = Lang::from_env(asked.or(cli.global.settings.language));
    if !matches!(cli.command, None | Some(Command::Learn { .. })) {
        for fault in &cli.global.settings.faults {
            complain(&fault.text(lang));
        }
    }
    match cli.command {
        None => learn::learn(&cli.global, lang, None, None),
        Some(Command::Learn { lesson, step }) => learn::learn(&cli.global, lang, lesson.as_deref(), step.as_deref()),
        Some(Command::Check(asked)) => check(&cli.global, lang, asked),
        Some(Command::Docker { args }) => docker(args, &cli.global.backend, lang),
        Some(Command::Clean { yes }) => clean::clean(&cli.global, lang, yes),
        Some(Command::Lessons(asked)) => lessons::lessons(&cli.global, &asked, lang),
        #[cfg(target_os = "linux")]
        Some(Command::Lab { socket, command }) => learn::lab(&cli.global, lang, socket, command),
        #[cfg(target_os = "linux")]
        Some(Command::Doctor { json }) => doctor(&cli.global, lang, json),
        #[cfg(target_os = "linux")]
        Some(Command::Keeper { host, run }) => keeper::keep(&host, run),
        #[cfg(target_os = "linux")]
        Some(Command::Guest { mut args }) => {
            if args.is_empty() {
                return USAGE;
            }
            let name = args.remove(0).to_string_lossy().into_owned();
            crate::guest::run(&name, args)
        }
        #[cfg(not(target_os = "linux"))]
        Some(Command::Lab { .. } | Command::Doctor { .. } | Command::Keeper { .. } | Command::Guest { .. }) => {
            complain(texts::get(lang, "cli.linux_only"));
            USAGE
        }
    }
}

/// What the person's settings file says, under what the flags say. What stands in for `docker` or for a tool has no settings.
fn with_settings(mut cli: Cli) -> Cli {
    if matches!(cli.command, Some(Command::Docker { .. } | Command::Guest { .. })) {
        return cli;
    }
    let file = settings::locate(|name| std::env::var_os(name));
    cli.global.settings = file.map(|file| settings::load(&file)).unwrap_or_default();
    cli.global.ascii |= cli.global.settings.ascii;
    cli.global.no_motion |= !cli.global.settings.motion;
    cli
}

/// One line on standard error.
pub(super) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "cnm: {line}");
}

/// A runtime for the commands that only talk to an engine.
pub(super) fn runtime() -> Option<tokio::runtime::Runtime> {
    let made = tokio::runtime::Builder::new_current_thread().enable_all().build();
    made.map_err(|error| complain(&error.to_string())).ok()
}

pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn check(global: &Global, lang: Lang, asked: CheckArgs) -> i32 {
    let Ok(format) = asked.format.parse() else {
        complain(&texts::fill(lang, "cli.format", &[("format", &asked.format)]));
        return USAGE;
    };
    let mut options = CheckOptions {
        targets: asked.targets,
        lab: asked.lab,
        real_engine: matches!(global.backend, BackendChoice::Docker(_)),
        engine: None,
        wait: asked.wait,
        probe: asked.probe,
        solutions: asked.solutions,
        format,
        lang,
    };
    if asked.solve {
        return solve::solve(global, &options);
    }
    let Some(runtime) = runtime() else { return 1 };
    if options.lab.is_none()
        && let BackendChoice::Docker(host) = &global.backend
    {
        match runtime.block_on(on_docker::reach(host.as_deref(), lang)) {
            Ok(engine) => options.engine = Some(engine.backend()),
            Err(status) => return status,
        }
    }
    let (mut out, mut err) = (Pipe(io::stdout().lock()), io::stderr().lock());
    let done = runtime.block_on(async {
        tokio::select! {
            done = grade::check(&options, variable, &mut out, &mut err) => Some(done),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    match done {
        Some(Ok(exit)) => i32::from(exit.code()),
        Some(Err(error)) => {
            complain(&error.to_string());
            1
        }
        None => INTERRUPTED,
    }
}

/// `docker` by our own hands: the engine of `-H`, of `DOCKER_HOST` or at the default socket if it is one of ours; a real one
/// only with `--backend docker`.
fn docker(args: Vec<OsString>, backend: &BackendChoice, lang: Lang) -> i32 {
    docker_cli::run(args, |named| engine_for_docker(named, backend, lang))
}

fn engine_for_docker(named: Option<&str>, backend: &BackendChoice, lang: Lang) -> Result<Target, docker_cli::Refusal> {
    let host = match (named, backend) {
        (Some(host), _) => Some(host.to_owned()),
        (None, BackendChoice::Docker(Some(host))) => Some(host.clone()),
        _ => variable("DOCKER_HOST"),
    };
    let wants_real = matches!(backend, BackendChoice::Docker(_));
    let target = match host {
        Some(host) => Target::from_host(&host),
        None if wants_real => Target::from_host("unix:///var/run/docker.sock"),
        None => Ok(own_default(lang)?),
    };
    let target = target.map_err(|reason| (reason, USAGE))?;
    let real = match &target {
        Target::Unix(path) => is_real_engine(path),
        Target::Tcp(address) if wants_real || listens(address) => true,
        // Docker's own words. Ours listens on unix sockets only: nothing more is to be tried.
        Target::Tcp(_) => {
            let sentence = format!("Cannot connect to the Docker daemon at {target}. Is the docker daemon running?");
            return Err((sentence, 1));
        }
    };
    if real && !wants_real {
        let sentence = texts::fill(lang, "cli.real_engine", &[("place", &target.to_string())]);
        return Err((sentence, 1));
    }
    Ok(target)
}

/// The engine that a bare `docker` means: at the default socket, else inside a lab its own.
fn own_default(lang: Lang) -> Result<Target, docker_cli::Refusal> {
    let default = paths::default_socket(variable, paths::user_id());
    let inside = Path::new("/run/docker.sock");
    let Err(reason) = UnixStream::connect(&default) else {
        return Ok(Target::Unix(default));
    };
    if UnixStream::connect(inside).is_ok() {
        return Ok(Target::Unix(inside.to_owned()));
    }
    let values = [("place", &*default.to_string_lossy()), ("reason", &reason.to_string())];
    Err((texts::fill(lang, "cli.no_lab", &values), 1))
}

/// How long a machine elsewhere may take to accept a connection.
const FAR: Duration = Duration::from_secs(10);

/// Whether anyone takes connections there.
fn listens(address: &str) -> bool {
    let found = address.to_socket_addrs().into_iter().flatten();
    found
        .into_iter()
        .any(|address| TcpStream::connect_timeout(&address, FAR).is_ok())
}

fn is_real_engine(path: &Path) -> bool {
    let answers = UnixStream::connect(path).is_ok();
    answers && runtime().is_some_and(|runtime| !runtime.block_on(Lab::is_builtin(&Backend::UnixPath(path.to_owned()))))
}

#[cfg(target_os = "linux")]
fn doctor(global: &Global, lang: Lang, json: bool) -> i32 {
    use crate::engine::doctor::{DoctorOptions, command};
    let options = DoctorOptions {
        json,
        lang,
        wants_docker: matches!(global.backend, BackendChoice::Docker(_)),
        docker_host: match &global.backend {
            BackendChoice::Docker(host) => host.as_deref(),
            BackendChoice::Auto | BackendChoice::Builtin => None,
        },
    };
    command(options, &mut Pipe(io::stdout().lock())).unwrap_or_else(|error| {
        complain(&error.to_string());
        1
    })
}
