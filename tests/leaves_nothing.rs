//! What an end leaves behind (DESIGN 3.5): SIGKILL of any process of a run, in any phase, and nothing of it remains.

mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder};
use support::processes::Process;
use support::residue::Watch;
use support::screen::Screen;
use support::{Dice, Home, Lab, eventually, first_line, requests};

/// How many kills; `CNM_KILLS` asks for another number.
fn kills() -> usize {
    std::env::var("CNM_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(200)
}

/// How long a loaded machine is given; what it took is printed, and the bench holds it against `DESIGN.md` 3.5.
const BOUND: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    BeforeReady,
    Creating,
    Removing,
    Screen,
}

const PHASES: [Phase; 4] = [Phase::BeforeReady, Phase::Creating, Phase::Removing, Phase::Screen];

/// Whether the whole run ends when it is killed; any other process ends alone. What was just forked still bears the name of
/// its parent: janitor, engine or anything else, which cannot be told.
fn carries_the_run(process: &Process, family: &[Process]) -> Option<bool> {
    if family.first().is_some_and(|front| front.pid == process.pid) {
        return Some(true);
    }
    let parent = family.iter().find(|p| p.pid == process.parent);
    if parent.is_some_and(|parent| parent.name == process.name) {
        return None;
    }
    let carriers = ["cnm-janitor", "cnm-zygote", "cnm-engine"];
    Some(carriers.contains(&process.name.as_str()))
}

async fn client(socket: PathBuf) -> Option<Docker> {
    let docker = Docker::connect_with_unix(&socket.to_string_lossy(), 10, bollard::API_DEFAULT_VERSION).ok()?;
    docker.negotiate_version().await.ok()
}

/// Ten networks with a container each; stops at the first refusal, which a kill makes.
async fn create(docker: &Docker) -> Option<()> {
    for n in 0..10 {
        let name = format!("n{n}");
        docker.create_network(requests::network(&name)).await.ok()?;
        let body = requests::container(&name, &["sleep", "600"]);
        let options = CreateContainerOptionsBuilder::default().name(&format!("c{n}")).build();
        docker.create_container(Some(options), body).await.ok()?;
        docker.start_container(&format!("c{n}"), None).await.ok()?;
    }
    Some(())
}

async fn remove(docker: &Docker) -> Option<()> {
    for n in 0..10 {
        let force = RemoveContainerOptionsBuilder::default().force(true).build();
        docker.remove_container(&format!("c{n}"), Some(force)).await.ok()?;
        docker.remove_network(&format!("n{n}")).await.ok()?;
    }
    Some(())
}

fn in_background(socket: PathBuf, phase: Phase) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let Some(docker) = client(socket).await else { return };
            if phase == Phase::Creating {
                create(&docker).await;
            } else {
                remove(&docker).await;
            }
        });
    })
}

/// Waits until nothing of the run remains.
fn nothing_remains(watch: &Watch, home: &Home, kept: &[PathBuf], context: &str) {
    let began = Instant::now();
    let mut left = Vec::new();
    let gone = eventually(BOUND, || {
        left = watch.residue(home, kept);
        left.is_empty()
    });
    println!("{context}: nothing left after {:?}", began.elapsed());
    assert!(gone, "{context}: left behind after {BOUND:?}:\n{}", left.join("\n"));
}

fn kill_in_a_lab(dice: &mut Dice, phase: Phase, context: &str) {
    let mut lab = Lab::spawn(&[], &[]);
    let mut watch = Watch::new(&lab.home);
    let mut work = None;
    match phase {
        Phase::BeforeReady => std::thread::sleep(Duration::from_millis(dice.below(120) as u64)),
        Phase::Creating => {
            lab.await_ready();
            work = Some(in_background(lab.socket.clone(), phase));
            std::thread::sleep(Duration::from_millis(dice.below(150) as u64));
        }
        Phase::Removing | Phase::Screen => {
            lab.await_ready();
            in_background(lab.socket.clone(), Phase::Creating)
                .join()
                .expect("containers are made");
            work = Some(in_background(lab.socket.clone(), Phase::Removing));
            std::thread::sleep(Duration::from_millis(dice.below(60) as u64));
        }
    }
    let family = watch.note(lab.child.id());
    let victim = family[dice.below(family.len())].clone();
    let context = format!("{context}, victim {} {}", victim.pid, victim.name);
    let struck = victim.kill();
    watch.note(lab.child.id());
    let carries = carries_the_run(&victim, &family);
    if struck && carries == Some(false) {
        assert!(
            matches!(lab.child.try_wait(), Ok(None)),
            "{context}: the lab ended with it"
        );
    }
    if !struck || carries != Some(true) {
        lab.end();
    }
    nothing_remains(&watch, &lab.home, &[], &context);
    let _ = lab.child.wait();
    if let Some(work) = work {
        work.join().expect("the client ends");
    }
}

fn kill_under_a_screen(dice: &mut Dice, context: &str) {
    let home = Home::new();
    let mut watch = Watch::new(&home);
    let mut command = home.cnm();
    command.args(["learn", "--lang", "en"]);
    let mut screen = Screen::start(command, 120, 36);
    screen.until("CNM");
    std::thread::sleep(Duration::from_millis(dice.below(600) as u64));
    let family = watch.note(screen.child.id());
    let victim = family[dice.below(family.len())].clone();
    let context = format!("{context}, victim {} {}", victim.pid, victim.name);
    let struck = victim.kill();
    watch.note(screen.child.id());
    let carries = carries_the_run(&victim, &family);
    if struck && carries == Some(false) {
        assert!(
            matches!(screen.child.try_wait(), Ok(None)),
            "{context}: the screen ended with it"
        );
    }
    if !struck || carries != Some(true) {
        screen.signal(rustix::process::Signal::TERM);
    }
    nothing_remains(&watch, &home, &[], &context);
    println!("{context}");
    screen.given_back_soon();
    let _ = screen.child.wait();
}

#[test]
fn whoever_is_killed_nothing_remains() {
    let mut dice = Dice::seeded();
    for round in 0..kills() {
        let phase = PHASES[dice.below(PHASES.len())];
        let context = format!("kill {round}, {phase:?}");
        match phase {
            Phase::Screen => kill_under_a_screen(&mut dice, &context),
            phase => kill_in_a_lab(&mut dice, phase, &context),
        }
    }
}

#[test]
fn front_and_janitor_killed_at_once_leave_the_socket_path_at_most_and_the_next_start_replaces_it() {
    let mut lab = Lab::start();
    let mut watch = Watch::new(&lab.home);
    let family = watch.note(lab.child.id());
    let janitor = family.iter().find(|p| p.name == "cnm-janitor").expect("a janitor");
    janitor.kill();
    lab.child.kill().expect("the front is killed");
    let _ = lab.child.wait();
    let lock = lab.socket.with_extension("sock.lock");
    nothing_remains(&watch, &lab.home, &[lab.socket.clone(), lock], "front and janitor");
    let mut again = lab
        .home
        .cnm()
        .args(["lab", "--socket"])
        .arg(&lab.socket)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("cnm starts");
    let line = first_line(&mut again);
    assert!(
        line.starts_with("ready unix://"),
        "the dead socket was not replaced: {line:?}"
    );
    let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&again), rustix::process::Signal::TERM);
    assert!(again.wait().expect("it is waited for").success());
    assert!(!lab.socket.exists(), "the socket path remains");
}

#[test]
fn a_killed_container_ends_alone_with_137() {
    let mut lab = Lab::start();
    let id = lab
        .ok(&["run", "-d", "--name", "victim", "alpine", "sleep", "600"])
        .trim()
        .to_owned();
    lab.ok(&["run", "-d", "--name", "bystander", "alpine", "sleep", "600"]);
    // One that has just executed its program may bear the name that it had before.
    let mut sleeping = Vec::new();
    let both = eventually(BOUND, || {
        sleeping = support::processes::family(lab.child.id().cast_signed());
        sleeping.retain(|process| process.name == "sleep");
        sleeping.len() == 2
    });
    assert!(both, "{sleeping:?}");
    assert!(sleeping[0].kill() || sleeping[1].kill());
    let came = eventually(BOUND, || lab.ok(&["ps", "-q"]).lines().count() == 1);
    assert!(came, "ps still shows\n{}", lab.ok(&["ps", "-a"]));
    assert!(
        lab.ok(&["ps", "-a"]).contains("Exited (137)"),
        "{}",
        lab.ok(&["ps", "-a"])
    );
    assert!(!id.is_empty());
    assert!(lab.end().success());
}

#[test]
fn the_checker_sees_each_kind_of_leftover() {
    let home = Home::new();
    let mut watch = Watch::new(&home);
    assert_eq!(watch.residue(&home, &[]), Vec::<String>::new());
    let file = home.path("tmp").join("leftover");
    std::fs::write(&file, "x").expect("a file");
    let listener = std::os::unix::net::UnixListener::bind(home.path("run").join("left.sock")).expect("a listener");
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let mut process = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .expect("a process");
    watch.note(std::process::id());
    let left = watch.residue(&home, &[]).join("\n");
    for expected in ["file ", "left.sock", "socket tcp ", "sleep"] {
        assert!(left.contains(expected), "{expected} is not among\n{left}");
    }
    process.kill().expect("it is ended");
    process.wait().expect("it is waited for");
    drop((listener, port));
}
