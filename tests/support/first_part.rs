//! The whole first part of the lesson by typed keys, on any backend: at each step two tries that are plausible and wrong, each
//! with what is told of it, and a way that the lesson does not show.

use cnm::lesson::StepTexts;
use cnm::texts::Lang;

use super::screen::Screen;
use super::workshop::{self, CONSOLE, F8, panel, type_command};

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
                    ["les paquets d’app arrivent à es", "packets from app arrive at es"],
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
                        "aucun alias : « docker rm -f prod-es-1 »",
                        "no alias on prod: “docker rm -f prod-es-1”",
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

/// Where a lab of our own has `dev`.
pub const DEV: &str = "172.18.0";

/// Walks it in a workshop that was just opened at its beginning, on a screen of 120 columns. `dev` gets a subnet that begins so.
pub fn walk(screen: &mut Screen, lang: Lang, dev: &str) {
    let lesson = cnm::lesson::embedded("cnm").expect("the lesson");
    let texts = lesson.texts(lang);
    for (index, (id, part)) in PART.iter().enumerate() {
        let said = texts.steps.get(id).unwrap_or_else(|| panic!("texts of {id}"));
        let here = format!(" {}/{} ", index + 1, PART.len());
        screen.until_that(&format!("step {id}"), |s| s.contains(&here));
        workshop::until_told(screen, "✗");
        match part {
            Asks(answers) => {
                let (_, step) = lesson.step(id).unwrap_or_else(|| panic!("no step {id}"));
                let right = step.question().map(|(_, right)| right);
                assert_eq!(right, Some(usize::from(answers[2])), "{id}");
                answer(screen, said, *answers);
            }
            Makes { wrong, right } => {
                screen.keys(CONSOLE);
                for (commands, told, undo) in wrong {
                    workshop::run(screen, commands);
                    workshop::until_told(screen, &told[lang as usize].replace(DEV, dev));
                    workshop::until_told(screen, "✗");
                    workshop::run(screen, undo);
                }
                type_command(screen, &format!("clear; {right}"));
            }
        }
        screen.until_that(&format!("{id} green"), |s| !panel(s).contains('✗'));
        workshop::until_told(screen, &said.praise);
        screen.keys(F8);
    }
    screen.until("17/17");
}

/// Two wrong answers, each with the reason for its no, then the right one.
fn answer(screen: &mut Screen, said: &StepTexts, [one, two, right]: [u8; 3]) {
    screen.keys("\x071");
    for wrong in [one, two] {
        screen.keys(&wrong.to_string());
        let choice = &said.choices[usize::from(wrong) - 1];
        let sentence = said.checks.0[0].1.seen.get("other_answer").expect("a reason");
        workshop::until_told(screen, &sentence.replace("{answer}", choice));
        workshop::until_told(screen, "✗");
    }
    screen.keys(&right.to_string());
}
