//! `cnm learn --backend docker` by typed keys.

use std::time::Duration;

use cnm::texts::Lang;

use super::private::Machine;
use super::{cnm, said};
use crate::support::screen::Screen;
use crate::support::{Home, eventually, first_part, processes, text};

const F8: &str = "\x1b[19~";
const F9: &str = "\x1b[20~";
const F10: &str = "\x1b[21~";

fn learn(home: &Home, machine: &Machine, flags: &[&str]) -> Screen {
    let mut command = home.cnm();
    command.args(["--backend", &machine.backend(), "learn"]).args(flags);
    Screen::start(command, 120, 36)
}

/// Waits for a lab on the Engine: giving it our images takes a loaded machine its time.
fn until_ready(screen: &Screen, deduced: &str) {
    let ready = eventually(Duration::from_secs(240), || screen.contents().contains(deduced));
    assert!(ready, "there is no lab:\n{}", screen.contents());
}

/// Types a command at the console's prompt as a person does: once there is a prompt.
fn type_command(screen: &mut Screen, command: &str) {
    screen.until_that("a prompt", |s| s.lines().any(|l| l.contains("$ ") || l.contains("# ")));
    screen.keys(&format!("{command}\r"));
}

/// Leaves with F10; the terminal is given back.
fn leave(screen: &mut Screen) {
    screen.keys(F10);
    assert_eq!(screen.status(), Some(0), "{}", screen.contents());
    screen.given_back_soon();
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn what_the_learner_typed_turns_green_stays_and_is_listed() {
    let machine = Machine::start();
    let before = machine.everything();
    let home = Home::new();
    let mut screen = learn(&home, &machine, &["--lang", "en", "--step", "create-network"]);
    until_ready(&screen, "deduced");
    screen.until("✗");
    screen.until("dev ?");
    type_command(&mut screen, "docker network create dev");
    screen.until_gone("✗");
    screen.until("✓");
    screen.keys(F8);
    screen.until("es ?");
    type_command(&mut screen, "docker run -d --name es --net dev elasticsearch:2");
    screen.until_gone("es ?");
    screen.until_gone("✗");
    screen.keys(F9);
    screen.until("Put this step back");
    screen.until("$ docker rm -f es");
    assert!(
        !screen.contents().contains("stays: "),
        "nothing there is the learner's:\n{}",
        screen.contents()
    );
    screen.keys("\x1b");
    screen.until_gone("Put this step back");
    screen.keys(F8);
    screen.until("web ?");
    leave(&mut screen);
    for line in [
        "docker rm -f es",
        "docker network rm dev",
        "docker rmi elasticsearch:2",
        "image elasticsearch:2 could not be removed",
    ] {
        screen.until(line);
    }
    assert!(!screen.contents().contains("es2"), "{}", screen.contents());
    assert_eq!(
        machine.ok(&["inspect", "-f", "{{.State.Status}}", "es"]).trim(),
        "running"
    );
    assert!(
        !machine.ok(&["images"]).contains("alpine "),
        "ours that nobody uses is gone"
    );
    assert_eq!(
        std::fs::read_dir(home.path("run")).unwrap().count(),
        0,
        "no file of the console is left"
    );

    // What stays has the lesson's names: it stands in the way, and how to go on is told.
    let mut again = learn(&home, &machine, &["--lang", "fr"]);
    assert_eq!(again.status(), Some(4), "{}", again.contents());
    again.until("docker network rm dev");
    again.until("conteneur es");

    machine.ok(&["rm", "-f", "es"]);
    machine.ok(&["network", "rm", "dev"]);
    let cleaned = cnm(&machine, &["clean", "--yes"]);
    assert_eq!(cleaned.status.code(), Some(0), "{}", said(&cleaned.stderr));
    machine.is_as(&before);

    // Again: what was done is made anew, as ours, and goes with us.
    let mut third = learn(&home, &machine, &["--lang", "fr"]);
    until_ready(&third, "déduit");
    let made = ["ps", "-q", "--filter", "name=^es$", "--filter", "label=cnm.made"];
    assert_ne!(machine.ok(&made), "", "es is there again, and ours");
    leave(&mut third);
    machine.is_as(&before);
}

/// On a new Engine, so that addresses are known.
fn whole_first_part(lang: Lang, ready: &str) {
    let machine = Machine::bare();
    machine.import_busybox("busybox", &["sleep"]);
    // A bridge that never had a cable has no IPv6 address yet.
    machine.ok(&["run", "--rm", "busybox", "sleep", "0"]);
    machine.settle();
    let before = machine.everything();
    let home = Home::new();
    let mut screen = learn(&home, &machine, &["--lang", lang.code()]);
    until_ready(&screen, ready);
    // This Engine does not give a subnet again that was just given back: the first wrong try had the first one.
    first_part::walk(&mut screen, lang, "172.19.0");
    leave(&mut screen);
    // What was typed stays, and is listed with the commands that remove it: after them all is as before.
    for command in [
        "docker rm -f app es prod-es-1 prod-es-2 solo test web",
        "docker network rm dev prod",
        "docker rmi alpine:latest elasticsearch:2",
    ] {
        screen.until(command);
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        machine.ok(&words);
    }
    machine.is_as(&before);
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn the_whole_first_part_by_typed_keys_in_french() {
    whole_first_part(Lang::Fr, "déduit");
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn the_whole_first_part_by_typed_keys_in_english() {
    whole_first_part(Lang::En, "deduced");
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn the_console_is_the_persons_shell_led_to_the_engine_whatever_their_files_say() {
    let machine = Machine::start();
    let home = Home::new();
    let startup = home.path("home").join("startup");
    std::fs::write(&startup, "DOCKER_HOST=unix:///elsewhere; PATH=/bin\n").unwrap();
    let mut command = home.cnm();
    command.args(["--backend", &machine.backend(), "learn", "--lang", "en"]);
    // No docker client on PATH: ours takes its place.
    command.env("ENV", &startup).env("PATH", home.path("home"));
    let mut screen = Screen::start(command, 120, 36);
    until_ready(&screen, "This is your own shell");
    type_command(&mut screen, "command -v docker; docker network create mine");
    screen.until("/run/cnm/console-");
    screen.until("mine");
    screen.until("172.20.0.0/16");
    let networks = machine.ok(&["network", "ls", "--format", "{{.Name}}"]);
    assert!(networks.lines().any(|name| name == "mine"), "{networks}");
    leave(&mut screen);
    screen.until("docker network rm mine");
    machine.ok(&["network", "rm", "mine"]);
}

#[test]
#[ignore = "needs a Docker Engine: cargo test --test docker -- --ignored"]
fn after_a_workshop_that_is_killed_its_keeper_tidies_up_or_else_clean_does() {
    let machine = Machine::start();
    let before = machine.everything();
    let home = Home::new();
    for keeper_too in [false, true] {
        let mut screen = learn(&home, &machine, &["--lang", "en"]);
        until_ready(&screen, "deduced");
        assert!(
            screen.is_given_back().is_err(),
            "a full-screen program holds the terminal"
        );
        let ours = machine.ok(&["images", "-q", "elasticsearch:2"]);
        assert_ne!(ours, "", "our image is there");
        let family = processes::family(screen.child.id().cast_signed());
        let keeper = family
            .iter()
            .find(|process| text(process.path("cmdline")).contains("\0keeper\0"));
        let keeper = keeper.expect("it has a keeper");
        if keeper_too {
            assert!(keeper.kill());
        }
        screen.child.kill().unwrap();
        screen.child.wait().unwrap();
        if keeper_too {
            let mut clean = home.cnm();
            clean.args(["--backend", &machine.backend(), "clean", "--yes", "--lang", "en"]);
            let cleaned = clean.output().unwrap();
            assert_eq!(cleaned.status.code(), Some(0), "{}", said(&cleaned.stderr));
            assert!(
                said(&cleaned.stdout).contains("image elasticsearch:2"),
                "{}",
                said(&cleaned.stdout)
            );
        } else {
            screen.given_back_soon();
        }
        machine.is_as(&before);
        let ended = eventually(Duration::from_secs(30), || !keeper.alive());
        assert!(ended, "the keeper ends too");
    }
    assert_eq!(
        std::fs::read_dir(home.path("run").join("cnm")).unwrap().count(),
        0,
        "no file of the console is left"
    );
}
