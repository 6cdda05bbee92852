//! By typed keys in a pseudo-terminal, in both languages: the whole first part of the lesson. Each step is red, stays red on wrong
//! tries with a reason that names what is there, and is green by a way that the lesson does not show.

mod support;

use std::time::Duration;

use support::residue::Watch;
use support::screen::Screen;
use support::workshop::{self, CONSOLE, F5, F6, F8, F9, F10, panel, type_command};
use support::{Home, eventually};

fn learn(home: &Home, lang: &str, columns: u16, rows: u16) -> Screen {
    workshop::learn(home, &["--lang", lang, "--step", "create-network"], columns, rows)
}

#[test]
fn the_first_two_steps_by_typed_keys() {
    let home = Home::new();
    let mut watch = Watch::new(&home);
    let mut screen = learn(&home, "en", 120, 36);
    screen.until("✗");
    screen.until("dev ?");
    type_command(&mut screen, "docker network create dev");
    screen.until("172.18.0.0/16");
    screen.until("✓");
    assert!(
        !screen.contents().contains("✗"),
        "the first step is green:\n{}",
        screen.contents()
    );
    screen.keys(F8);
    screen.until("es ?");
    screen.until("✗");
    type_command(&mut screen, "docker run -d --name es --net dev elasticsearch:2");
    screen.until_gone("es ?");
    screen.until_that("the cable's address", |s| s.contains(".2"));
    screen.until_gone("✗");
    let english = screen.contents();
    assert!(english.contains("br-"), "the bridge's kernel name is shown:\n{english}");
    watch.note(screen.child.id());

    // Out of the console, and French.
    screen.keys(F6);
    screen.keys("L");
    screen.until("Consigne");
    assert_ne!(english, screen.contents());
    screen.keys(F10);
    assert!(eventually(Duration::from_secs(30), || !matches!(
        screen.child.try_wait(),
        Ok(None)
    )));
    screen.given_back_soon();
    let mut left = Vec::new();
    let clean = eventually(Duration::from_secs(30), || {
        left = watch.residue(&home, &[]);
        left.is_empty()
    });
    assert!(clean, "left behind: {left:#?}");

    // Again: the lab is rebuilt from what was done.
    let screen = workshop::learn(&home, &["--lang", "fr"], 120, 36);
    screen.until("172.18.0.0/16");
    screen.until_that("es, on its network again", |s| s.contains("es") && s.contains(".2"));
    screen.until("étape 8/17");
}

#[test]
fn a_step_is_put_back_by_typed_keys() {
    let home = Home::new();
    let mut screen = learn(&home, "en", 120, 36);
    type_command(&mut screen, "docker network create dev && docker network create mine");
    screen.until("172.19.0.0/16");
    screen.keys(F8);
    screen.until("es ?");
    screen.keys(F9);
    screen.until("Nothing to put back");
    type_command(&mut screen, "docker run -d --name es --net dev alpine sleep 1d");
    screen.until_gone("es ?");
    screen.until_gone("✗");

    screen.keys(F9);
    screen.until("Put this step back");
    screen.until("$ docker rm -f es");
    screen.until("What you made yourself stays: mine.");
    screen.keys("\x1b");
    screen.until_gone("Put this step back");
    assert!(!screen.contents().contains("es ?"), "Esc calls it off");
    screen.keys(F9);
    screen.until("Put this step back");
    screen.keys("\r");
    screen.until("es ?");
    screen.until("✗");
    screen.until_that("what was run, in sight", |s| s.contains("docker rm -f es"));
    let contents = screen.contents();
    assert!(
        contents.contains("mine") && contents.contains("172.18.0.0/16"),
        "{contents}"
    );

    // The list of steps, back to the first; then a look at its checks.
    screen.keys("\x07l");
    screen.until("Enter: go there");
    screen.keys("\x1b[A\r");
    screen.until("step 7/");
    screen.keys("\x07c");
    screen.until("1 of 1, all green.");
}

#[test]
fn who_asks_for_a_name_and_who_answers_is_on_the_timeline() {
    let home = Home::new();
    let mut screen = learn(&home, "fr", 120, 36);
    type_command(&mut screen, "docker network create dev");
    screen.until("172.18.0.0/16");
    type_command(&mut screen, "docker run -d --name es --net dev alpine sleep 1d");
    screen.until("es démarre");
    type_command(&mut screen, "docker exec es nslookup es");
    screen.until("es\u{a0}? es → 172.18.0.2 (dev)");
    type_command(&mut screen, "docker exec es ping -c1 nobody");
    screen.until("es\u{a0}? nobody ✗ aucun réseau ne connaît ce nom");
}

#[test]
fn the_small_screen_shows_the_same_in_tabs() {
    let home = Home::new();
    let mut screen = learn(&home, "fr", 80, 24);
    screen.until("Consigne");
    screen.until("Topologie");
    type_command(&mut screen, "docker network create dev");
    screen.until("✓");
}

#[test]
fn the_console_is_the_labs_host() {
    let home = Home::new();
    let mut screen = learn(&home, "en", 120, 36);
    type_command(&mut screen, "docker network create dev");
    screen.until("172.18.0.0/16");
    type_command(&mut screen, "clear; ip link");
    screen.until_that("docker0 and a bridge of its own among the links", |s| {
        let has = |name: &str| s.lines().any(|l| l.contains(name) && l.contains("UP"));
        has(": docker0: <") && has(": br-")
    });
}

/// What is told, in French and in English: parts of the sentence on the step's panel.
type Told = [&'static str; 2];

/// A step of the first part.
enum Part {
    /// Answers that are wrong, then the right one.
    Asks([u8; 3]),
    /// Asks to be typed, each undone before the next; then what is right.
    Makes {
        wrong: [(&'static str, Told, &'static str); 2],
        right: &'static str,
    },
}

use Part::{Asks, Makes};

const PART: [(&str, Part); 17] = [
    ("objectives", Asks([1, 3, 2])),
    ("list-networks", Asks([1, 2, 3])),
    ("what-a-network-is", Asks([2, 3, 1])),
    ("drivers", Asks([2, 3, 1])),
    ("cnm-and-cni", Asks([1, 2, 3])),
    ("pictures", Asks([1, 2, 3])),
    (
        "create-network",
        Makes {
            wrong: [
                (
                    "docker network create DEV",
                    ["dev n’existe pas, mais DEV existe", "dev does not exist, but DEV does"],
                    "docker network rm DEV",
                ),
                (
                    "docker run -d --name dev alpine sleep 1d",
                    ["dev n’existe pas", "dev does not exist"],
                    "docker rm -f dev",
                ),
            ],
            right: "docker network create --label by=hand --driver=bridge dev",
        },
    ),
    (
        "place-container",
        Makes {
            wrong: [
                (
                    "docker run -d --name es elasticsearch:2",
                    ["es est sur bridge (172.17.0.2)", "es is on bridge (172.17.0.2)"],
                    "docker rm -f es",
                ),
                (
                    "docker create --name es --net dev elasticsearch:2",
                    [
                        "es est créé mais n’a pas démarré",
                        "es is created but has not been started",
                    ],
                    "docker rm -f es",
                ),
            ],
            right: "docker create --name es elasticsearch:2 && docker network connect dev es && docker start es",
        },
    ),
    (
        "call-by-name",
        Makes {
            wrong: [
                (
                    "docker run -d --name web alpine sleep 1d",
                    [
                        "web est sur bridge (172.17.0.3), es sur dev",
                        "web is on bridge (172.17.0.3), es is on dev",
                    ],
                    "docker rm -f web",
                ),
                (
                    "docker run -d --name web --net dev alpine true",
                    ["web s’est arrêté (code 0)", "web has stopped (exit code 0)"],
                    "docker rm -f web",
                ),
            ],
            right: "docker run -d --name web busybox sleep 600 && docker network connect dev web",
        },
    ),
    ("ping-by-name", Asks([1, 3, 2])),
    ("who-resolves", Asks([1, 3, 2])),
    (
        "default-bridge",
        Makes {
            wrong: [
                (
                    "docker run -d --name test --net dev alpine sleep 1d",
                    ["test est sur dev (172.18.0.4)", "test is on dev (172.18.0.4)"],
                    "docker rm -f test",
                ),
                (
                    "docker run -d --name test alpine sleep 1d && docker network connect dev test",
                    ["test obtient une réponse pour es", "test gets an answer for es"],
                    "docker rm -f test",
                ),
            ],
            right: "docker run -d --name test --network bridge busybox sleep 600",
        },
    ),
    (
        "no-network",
        Makes {
            wrong: [
                (
                    "docker run -d --name solo alpine sleep 1d",
                    ["solo est sur bridge (172.17.0", "solo is on bridge (172.17.0"],
                    "docker rm -f solo",
                ),
                (
                    "docker run -d --name solo --net host alpine sleep 1d",
                    ["solo partage le réseau de l’hôte", "solo shares the host's network"],
                    "docker rm -f solo",
                ),
            ],
            right: "docker create --network none --name solo busybox sleep 600 && docker start solo",
        },
    ),
    (
        "two-networks",
        Makes {
            wrong: [
                (
                    "docker network create prod && docker run -d --name app alpine sleep 1d",
                    ["app est sur bridge (172.17.0", "app is on bridge (172.17.0"],
                    "docker rm -f app && docker network rm prod",
                ),
                (
                    "docker network create prod && docker run -d --name app --net prod alpine sleep 1d && docker network connect dev app",
                    ["les paquets de app arrivent à es", "packets from app arrive at es"],
                    "docker rm -f app && docker network rm prod",
                ),
            ],
            right: "docker network create prod && docker run -d --network=prod --name=app busybox sleep 600",
        },
    ),
    (
        "connect",
        Makes {
            wrong: [
                (
                    "docker network connect prod es",
                    ["web n’est que sur", "web is on"],
                    "docker network disconnect prod es",
                ),
                (
                    "docker network connect prod web && docker network disconnect dev web",
                    ["web est ailleurs :", "web is elsewhere:"],
                    "docker network disconnect prod web && docker network connect dev web",
                ),
            ],
            right: "docker rm -f web && docker run -d --name web --net prod alpine sleep 1d && docker network connect dev web",
        },
    ),
    (
        "aliases",
        Makes {
            wrong: [
                (
                    "docker run -d --name prod-es-1 --net prod elasticsearch:2",
                    [
                        "prod-es-1 est sur prod, sans alias",
                        "prod-es-1 is on prod without an alias",
                    ],
                    "docker rm -f prod-es-1",
                ),
                (
                    "docker run -d --name prod-es-1 --net prod --net-alias elastic elasticsearch:2",
                    [
                        "prod-es-1 est sur prod, alias elastic",
                        "prod-es-1 is on prod, alias elastic",
                    ],
                    "docker rm -f prod-es-1",
                ),
            ],
            right: "docker run -d --name prod-es-1 --net prod --network-alias search --network-alias es alpine sleep 1d \
                    && docker run -d --name prod-es-2 elasticsearch:2 && docker network connect --alias es prod prod-es-2",
        },
    ),
    (
        "disconnect",
        Makes {
            wrong: [
                (
                    "docker network disconnect prod web",
                    ["web est encore sur dev", "web is still on dev"],
                    "docker network connect prod web",
                ),
                (
                    "docker rm -f web",
                    ["web n’existe pas", "web does not exist"],
                    "docker run -d --name web --net prod alpine sleep 1d; docker network connect dev web",
                ),
            ],
            right: "docker rm -f web && docker run -d --name web --network prod busybox sleep 600",
        },
    ),
];

fn whole_first_part(lang: &str, nth: usize) {
    let home = Home::new();
    let mut screen = workshop::learn(&home, &["--lang", lang], 120, 36);
    screen.until("✗");
    let lesson = cnm::lesson::embedded("cnm").expect("the lesson");
    let texts = lesson.texts(cnm::texts::Lang::ALL[nth]);
    for (index, (id, part)) in PART.iter().enumerate() {
        let said = texts.steps.get(id).unwrap_or_else(|| panic!("texts of {id}"));
        let here = format!(" {}/{} ", index + 1, PART.len());
        screen.until_that(&format!("step {id}"), |s| s.contains(&here));
        workshop::until_told(&screen, "✗");
        match part {
            Asks([one, two, right]) => {
                assert_eq!(
                    lesson.step(id).and_then(|(_, step)| Some(step.question()?.1)),
                    Some(usize::from(*right))
                );
                screen.keys("\x071");
                for wrong in [one, two] {
                    screen.keys(&wrong.to_string());
                    let choice = &said.choices[usize::from(*wrong) - 1];
                    let sentence = said.checks.0[0].1.seen.get("other_answer").expect("a reason");
                    workshop::until_told(&screen, &sentence.replace("{answer}", choice));
                    workshop::until_told(&screen, "✗");
                }
                screen.keys(&right.to_string());
            }
            Makes { wrong, right } => {
                screen.keys(CONSOLE);
                for (commands, told, undo) in wrong {
                    workshop::run(&mut screen, commands);
                    workshop::until_told(&screen, told[nth]);
                    workshop::until_told(&screen, "✗");
                    workshop::run(&mut screen, undo);
                }
                type_command(&mut screen, &format!("clear; {right}"));
            }
        }
        screen.until_that(&format!("{id} green"), |s| !panel(s).contains('✗'));
        workshop::until_told(&screen, &said.praise);
        screen.keys(F8);
    }
    screen.until("17/17");
}

#[test]
fn the_whole_first_part_in_french() {
    whole_first_part("fr", 0);
}

#[test]
fn the_whole_first_part_in_english() {
    whole_first_part("en", 1);
}

#[test]
fn a_picture_answers_to_its_key() {
    for (columns, rows) in [(120, 36), (80, 24)] {
        let home = Home::new();
        let mut screen = workshop::learn(&home, &["--lang", "en", "--step", "pictures"], columns, rows);
        screen.until("✗");
        screen.until("built-in");
        for (number, shown) in [(1, "lan-1"), (2, " b "), (3, "lan-2")] {
            screen.keys(F5);
            screen.until(&format!("example {number}/3, simulated"));
            screen.until(shown);
        }
        screen.keys(F5);
        screen.until_gone("lan-1");
        screen.keys("\x071");
        screen.until("Your answer: 1, 2 or 3");
        screen.keys("3");
        screen.until("✓");
    }
}
