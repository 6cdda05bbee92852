//! A step that was green and was broken by hand: F9 shows what has changed and the commands, Enter runs them in sight, and it is
//! green again.

mod support;

use std::fs;

use support::Home;
use support::screen::Screen;
use support::workshop::{self, CONSOLE, F8, F9, until_green};

/// A step, what breaks it, what F9 says has changed, in English, and a command that it shows.
type Broken<'a> = (&'a str, &'a str, &'a str, &'a str);

const BROKEN: [Broken<'static>; 21] = [
    (
        "create-network",
        "docker network rm dev",
        "dev does not exist",
        "docker network create dev",
    ),
    (
        "place-container",
        "docker rm -f es",
        "es does not exist",
        "docker run -d --name es --net dev elasticsearch:2",
    ),
    (
        "place-container",
        "docker kill es",
        "es has stopped (exit code 137)",
        "docker rm -f es",
    ),
    (
        "place-container",
        "docker network disconnect dev es",
        "es is on no network",
        "docker run -d --name es",
    ),
    (
        "place-container",
        "docker rm -f es; docker network rm dev",
        "dev does not exist",
        "docker network create dev",
    ),
    (
        "place-container",
        "docker rename es other",
        "es does not exist",
        "docker run -d --name es",
    ),
    (
        "call-by-name",
        "docker kill web",
        "web has stopped (exit code 137)",
        "docker run -d --name web --net dev",
    ),
    (
        "call-by-name",
        "docker network disconnect dev es",
        "es is on no network",
        "docker run -d --name es",
    ),
    (
        "default-bridge",
        "docker network connect dev test",
        "test gets an answer for es",
        "docker network disconnect dev test",
    ),
    (
        "default-bridge",
        "docker network disconnect bridge test",
        "test is on no network",
        "docker rm -f test",
    ),
    (
        "no-network",
        "docker rm -f solo",
        "solo does not exist",
        "docker run -d --name solo --net none",
    ),
    (
        "no-network",
        "docker rm -f solo; docker run -d --name solo alpine sleep 1d",
        "solo is on bridge",
        "docker run -d --name solo --net none",
    ),
    (
        "two-networks",
        "docker network connect dev app",
        "packets from app arrive at es",
        "docker network disconnect dev app",
    ),
    (
        "two-networks",
        "docker network disconnect prod app",
        "app is on no network",
        "docker rm -f app",
    ),
    (
        "connect",
        "docker network disconnect prod web",
        "web is on dev",
        "docker network connect prod web",
    ),
    (
        "connect",
        "docker network connect prod es",
        "packets from app arrive at es",
        "docker network disconnect prod es",
    ),
    (
        "aliases",
        "docker network disconnect prod prod-es-1; docker network connect --alias other prod prod-es-1",
        "prod-es-1 is on prod, alias other",
        "docker network connect --alias es prod prod-es-1",
    ),
    (
        "aliases",
        "docker kill prod-es-2",
        "prod-es-2",
        "docker run -d --name prod-es-2 --net prod --net-alias es",
    ),
    (
        "disconnect",
        "docker network connect dev web",
        "web is still on dev",
        "docker network disconnect dev web",
    ),
    (
        "disconnect",
        "docker network disconnect prod web",
        "web is on no network",
        "docker run -d --name web --net prod",
    ),
    (
        "disconnect",
        "docker rm -f web",
        "web does not exist",
        "docker run -d --name web --net prod",
    ),
];

fn break_and_mend(screen: &mut Screen, (step, hand, changed, command): Broken<'_>) {
    workshop::run(screen, hand);
    workshop::until_told(screen, "✗");
    screen.keys(F9);
    let (changed, command) = (workshop::plain(changed), workshop::plain(command));
    screen.until_that(&format!("{step}: what {hand} changed"), |s| {
        let shown = workshop::plain(&s.replace(['│', '┃', '\\'], " "));
        shown.contains("What has changed since:") && shown.contains(&changed) && shown.contains(&command)
    });
    screen.keys("\r");
    screen.until_gone("What has changed since:");
    screen.until_that("the commands in the console", |s| {
        workshop::console(s).contains("docker ")
    });
    until_green(screen);
}

#[test]
fn each_step_that_is_broken_is_mended_in_sight() {
    let home = Home::new();
    let mut screen = workshop::learn(&home, &["--lang", "en", "--step", "create-network"], 120, 36);
    screen.until("172.17.0.0/16");
    let lesson = cnm::lesson::embedded("cnm").expect("the lesson");
    for (index, step) in lesson.steps.iter().enumerate().skip(6) {
        screen.until(&format!("step {}/{} ", index + 1, lesson.steps.len()));
        screen.keys(CONSOLE);
        workshop::solve(&mut screen, step);
        screen.keys(CONSOLE);
        for broken in BROKEN.iter().filter(|(id, ..)| *id == step.id) {
            break_and_mend(&mut screen, *broken);
        }
        screen.keys(F8);
    }
    for (id, ..) in BROKEN {
        assert!(
            lesson.step(id).is_some_and(|(_, step)| step.question().is_none()),
            "{id}"
        );
    }
}

#[test]
fn a_container_that_ends_at_once_does_not_do_its_step() {
    let home = Home::new();
    let mut screen = workshop::learn(&home, &["--lang", "en", "--step", "call-by-name"], 120, 36);
    screen.until("step 9/");
    screen.until("172.18.0.0/16");
    screen.keys(CONSOLE);
    workshop::run(
        &mut screen,
        "docker run -d --name web --net dev alpine; docker wait web",
    );
    workshop::until_told(&screen, "web has stopped (exit code 0)");
    screen.until("▱ 0%");
    screen.keys(F9);
    screen.until("make the lab as this step found it");
    screen.keys("\r");
    screen.until_gone("make the lab as this step found it");
    workshop::until_told(&screen, "web does not exist");
    let lesson = cnm::lesson::embedded("cnm").expect("the lesson");
    workshop::solve(&mut screen, &lesson.steps[8]);
    screen.until("▱ 5%");
}

/// The lesson with a network whose subnet matters, in a folder of its author's.
fn lesson_with_a_subnet(home: &Home) -> String {
    let folder = home.path("my-lesson");
    fs::create_dir(&folder).expect("a folder");
    let whole = [
        ("lesson.yaml", include_str!("../lessons/cnm/lesson.yaml")),
        ("fr.yaml", include_str!("../lessons/cnm/fr.yaml")),
        ("en.yaml", include_str!("../lessons/cnm/en.yaml")),
    ];
    for (file, text) in whole {
        let text = text.replacen("dev: {}", "dev: { subnet: 10.66.0.0/16 }", 1).replacen(
            "kind: network_exists",
            "kind: subnet\n        subnet: 10.66.0.0/16",
            1,
        );
        fs::write(folder.join(file), text).expect("a file of the lesson");
    }
    folder.to_str().expect("a path of letters").to_owned()
}

#[test]
fn a_network_on_another_subnet_is_made_anew_with_all_that_hung_on_it() {
    let home = Home::new();
    let lesson = lesson_with_a_subnet(&home);
    let arguments = [lesson.as_str(), "--lang", "en", "--step", "create-network"];
    let mut screen = workshop::learn(&home, &arguments, 120, 36);
    screen.until("172.17.0.0/16");
    // Right name, wrong subnet: the check says which it has.
    screen.keys(CONSOLE);
    workshop::run(&mut screen, "docker network create dev");
    workshop::until_told(&screen, "dev has the subnet 172.18.0.0/16");
    workshop::run(
        &mut screen,
        "docker network rm dev; docker network create --subnet 10.66.0.0/16 dev",
    );
    until_green(&screen);
    let elsewhere = "docker network rm dev; docker network create --subnet 10.7.0.0/24 dev";
    let told = "dev has the subnet 10.7.0.0/24";
    let made = "docker network create --subnet 10.66.0.0/16 dev";
    break_and_mend(&mut screen, ("create-network", elsewhere, told, made));

    // With a container of the lesson and one of the learner's on it: both come along.
    screen.keys(F8);
    screen.until("step 8/");
    screen.keys(CONSOLE);
    workshop::run(&mut screen, "docker run -d --name es --net dev elasticsearch:2");
    until_green(&screen);
    let moved = format!("docker rm -f es; {elsewhere}; docker run -d --name mine --net dev alpine sleep 1d");
    break_and_mend(&mut screen, ("place-container", &moved, told, made));
    workshop::run(
        &mut screen,
        "docker inspect -f '={{.NetworkSettings.Networks.dev.IPAddress}}=' es mine",
    );
    screen.until("=10.66.0.2=");
    screen.until("=10.66.0.3=");
}
