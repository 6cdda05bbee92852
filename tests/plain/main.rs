//! The workshop in plain text: typed at a terminal that edits lines itself, and as a script on standard input.

mod around;
mod person;
mod questions;
#[path = "../support/mod.rs"]
mod support;

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use cnm::lesson::{self, Lesson};
use cnm::texts::Lang;
use person::Person;
use rustix::process::Signal;
use support::processes::with_words;
use support::residue::Watch;
use support::{Home, eventually};

const PATIENCE: Duration = Duration::from_secs(60);

fn learn(home: &Home, flags: &[&str]) -> Command {
    let mut command = home.cnm();
    command.args(["learn", "--plain"]).args(flags);
    command
}

fn the_lesson() -> Lesson {
    lesson::embedded("cnm").expect("the lesson")
}

/// A step as it is numbered, `{n} of {total}` in a language.
fn place(id: &str, lang: Lang) -> String {
    let lesson = the_lesson();
    let (index, _) = lesson.step(id).expect("a step of the lesson");
    let of = if lang == Lang::Fr { "sur" } else { "of" };
    format!("{} {of} {}", index + 1, lesson.steps.len())
}

/// What a learner types in each step: the commands of its own text, where it leaves one to them that one, and the answer to its
/// question.
fn commands(lesson: &Lesson, lang: Lang) -> Vec<Vec<String>> {
    let typed = |step: &lesson::Step| {
        let said = &lesson.texts(lang).steps.get(&step.id).expect("a step has its text").say;
        let own = said
            .iter()
            .filter_map(|text| text.strip_prefix("$ "))
            .map(str::to_owned);
        let left = (step.id == "aliases")
            .then(|| "docker run -d --name prod-es-2 --net prod --net-alias es elasticsearch:2".to_owned());
        let answer = step.question().map(|(_, right)| right.to_string());
        own.chain(left).chain(answer).collect()
    };
    lesson.steps.iter().map(typed).collect()
}

/// Runs a script.
fn script(command: &mut Command, lines: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cnm starts");
    let mut input = child.stdin.take().expect("a piped stdin");
    input.write_all(lines.as_bytes()).expect("the script is written");
    drop(input);
    child.wait_with_output().expect("cnm ends")
}

fn words(output: &Output) -> String {
    assert_eq!(
        output.status.code(),
        Some(0),
        "it said\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn is_plain(said: &str) {
    let strange: Vec<char> = said
        .chars()
        .filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        .collect();
    assert!(strange.is_empty(), "{strange:?} in\n{said}");
}

/// The words that tell how a check stands, in a language.
fn marks(lang: Lang) -> (&'static str, &'static str, &'static str) {
    match lang {
        Lang::Fr => ("Fait\u{a0}: ", "Pas encore\u{a0}: ", "Ensuite\u{a0}: "),
        Lang::En => ("Done: ", "Not yet: ", "Later: "),
    }
}

/// Each step was red when it was told and green at its end, check by check.
fn each_step_turned_green(said: &str, lang: Lang) {
    let lesson = the_lesson();
    let texts = lesson.texts(lang);
    let (green, red, later) = marks(lang);
    let mut rest = said;
    for step in &lesson.steps {
        let told = texts.steps.get(&step.id).expect("a step's text");
        let (_, after) = rest
            .split_once(&format!("{}\n", told.title))
            .unwrap_or_else(|| panic!("{} is not told in\n{said}", step.id));
        let (until, beyond) = after
            .split_once(&told.praise)
            .unwrap_or_else(|| panic!("{} is not green in\n{said}", step.id));
        let mut was_red = 0;
        for check in &step.checks {
            let title = &told.checks.get(&check.id).expect("a check's text").title;
            let found = |mark: &str| until.find(&format!("{mark}{title}."));
            let open = found(red).or(found(later));
            let shut = until.rfind(&format!("{green}{title}."));
            // The praise is all that is said of the only one.
            let shut = shut.or((step.checks.len() == 1).then_some(until.len()));
            assert!(
                shut.is_some() && open <= shut,
                "{title}: {open:?}, {shut:?} in\n{until}"
            );
            was_red += usize::from(found(red).is_some());
        }
        assert!(was_red > 0, "{} was never red:\n{until}", step.id);
        rest = beyond;
    }
}

#[test]
fn the_whole_first_part_as_a_script() {
    for lang in Lang::ALL {
        let home = Home::new();
        let lesson = the_lesson();
        let next = if lang == Lang::Fr { ":suite" } else { ":next" };
        let steps: Vec<String> = commands(&lesson, lang).iter().map(|step| step.join("\n")).collect();
        let said = words(&script(
            &mut learn(&home, &["--lang", lang.code()]),
            &steps.join(&format!("\n{next}\n")),
        ));
        is_plain(&said);
        each_step_turned_green(&said, lang);
        let last = &lesson.steps[lesson.steps.len() - 1].id;
        assert!(
            said.contains(&format!("{}.\n", place(last, lang))),
            "all are done:\n{said}"
        );
    }
}

#[test]
fn the_whole_first_part_by_hand() {
    for lang in Lang::ALL {
        let home = Home::new();
        let lesson = the_lesson();
        let mut person = Person::at(learn(&home, &["--lang", lang.code()]));
        for (index, step) in commands(&lesson, lang).iter().enumerate() {
            if index > 0 {
                person.types(":next");
            }
            for command in step {
                if command.contains(" -ti ") {
                    person.visits(command);
                } else {
                    person.types(command);
                }
            }
        }
        person.0.keys(":quit\n");
        assert_eq!(person.status(), Some(0));
        is_plain(&person.said());
        each_step_turned_green(&person.said(), lang);
        person.0.given_back_soon();
    }
}

#[test]
fn a_wrong_try_says_what_was_seen_and_a_right_one_what_happened() {
    let home = Home::new();
    let mut person = Person::at(learn(&home, &["--lang", "fr", "--step", "create-network"]));
    let said = person.types("docker network create Dev");
    assert!(said.contains("Le réseau Dev est créé"), "{said}");
    assert!(said.contains("Vu\u{a0}: dev n’existe pas, mais Dev existe"), "{said}");
    let said = person.types("docker network create dev");
    assert!(
        !said.contains("Fait\u{a0}: "),
        "the praise of the step says it:\n{said}"
    );
    assert!(said.contains("est verte. Le réseau dev existe"), "{said}");
    let said = person.types(":suite");
    let second = place("place-container", Lang::Fr);
    assert!(said.contains(&format!("Étape {second}")), "{said}");
    let green = format!("L’étape {} est verte.", second.split(' ').next().unwrap_or_default());
    let said = person.types("docker run -d --name es alpine sleep 1d");
    assert!(said.contains("Pas encore\u{a0}: es est branché sur dev."), "{said}");
    assert!(said.contains("Vu\u{a0}: es est sur bridge (172.17.0."), "{said}");
    assert!(
        said.contains("Le conteneur es est branché sur bridge, à l’adresse 172.17.0."),
        "{said}"
    );
    let said = person.types("docker rm -f es");
    assert!(
        said.contains("Le conteneur es n’est plus branché sur bridge."),
        "{said}"
    );
    assert!(said.contains("Le conteneur es est supprimé."), "{said}");
    let said = person.types("docker run -d --name es --net dev alpine sleep 1d");
    assert!(said.contains(&green), "{said}");
    let said = person.types("docker exec es nslookup es");
    assert!(
        said.contains("es demande le nom es\u{a0}: le réseau dev répond"),
        "{said}"
    );
    assert!(said.contains("c’est le seul réseau de ce conteneur"), "{said}");
    let said = person.types("docker exec es ping -c1 nobody");
    assert!(said.contains("aucun de ses réseaux ne connaît ce nom"), "{said}");
}

#[test]
fn an_end_in_the_middle_is_gone_on_from() {
    let home = Home::new();
    let mut person = Person::at(learn(&home, &["--lang", "en", "--step", "create-network"]));
    person.types("docker network create dev");
    person.types("docker network create mine");
    person.types(":next");
    person.types("docker run -d --name es --net dev elasticsearch:2");
    person.0.keys("\x04");
    assert_eq!(person.status(), Some(0));
    let total = the_lesson().steps.len();
    assert!(
        person.said().contains(&format!("Steps done: 2 of {total}.")),
        "{}",
        person.said()
    );
    let (_, open) = person
        .said()
        .split_once("Still to do:\n")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("what is open");
    assert_eq!(
        open.lines().filter(|line| line.contains(". ")).count(),
        total - 2,
        "{open}"
    );
    person.0.given_back_soon();

    let said = words(&script(&mut learn(&home, &["--lang", "en"]), ":map\n:steps\n"));
    assert!(said.contains("was not made again: mine."), "{said}");
    assert!(said.contains("Network A, dev: subnet 172.18.0.0/16"), "{said}");
    assert!(
        said.contains("Container es is plugged in, at address 172.18.0.2."),
        "{said}"
    );
    assert!(
        said.contains(&format!("Step {}", place("place-container", Lang::En))),
        "{said}"
    );
    assert!(said.contains(". Create a network, done\n"), "{said}");
}

#[test]
fn what_happens_meanwhile_waits_for_the_end_of_the_line() {
    let home = Home::new();
    let mut person = Person::at(learn(&home, &["--lang", "en", "--step", "create-network"]));
    person.types("(sleep 1; docker network create behind >/dev/null; exec sleep 73101) &");
    let before = person.said().len();
    person.0.keys("echo half and ");
    // The sign that it is made; then for as long as its news would take.
    with_words(&["sleep", "73101"]);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(
        &person.said()[before..],
        "echo half and ",
        "nothing is said into a line"
    );
    let said = person.types("half");
    let (at_echo, at_news) = (said.find("half and half"), said.find("Network behind is made"));
    assert!(at_echo.is_some() && at_echo < at_news, "{said}");
    person.types("(sleep 1; docker network create later >/dev/null) &");
    let news = eventually(PATIENCE, || person.types("").contains("Network later is made"));
    assert!(news, "an empty line brings the news:\n{}", person.said());
}

#[test]
fn a_shell_in_a_container_has_the_terminal() {
    let home = Home::new();
    let mut command = learn(&home, &["--lang", "en"]);
    command.env("TERM", "dumb");
    let mut person = Person::at(command);
    person.0.keys("docker run -ti --rm -e TERM=dumb alpine sh\n");
    person.until("/ # ");
    person.0.keys("echo $((40 + 2)) here; hostname -i\r");
    person.until("42 here");
    person.until("172.17.0.2");
    assert_eq!(
        person.said().matches("echo $((40 + 2)) here").count(),
        1,
        "{}",
        person.said()
    );
    let prompts = person.prompts();
    person.0.keys("exit\r");
    person.until_prompts(prompts + 1);
    let said = person.types("echo back in $((1 + 1))");
    assert!(said.contains("back in 2"), "{said}");
    assert_eq!(
        said.matches("echo back in").count(),
        1,
        "what is typed is shown once:\n{said}"
    );
}

#[test]
fn the_keys_of_a_terminal_reach_the_program() {
    let home = Home::new();
    let mut person = Person::at(learn(&home, &["--lang", "en"]));
    person.0.keys("sleep 1000; echo status $((200 + $?))\n");
    std::thread::sleep(Duration::from_secs(1));
    person.0.keys("\x03");
    person.until_prompts(2);
    person.0.keys("cat\n");
    std::thread::sleep(Duration::from_millis(500));
    person.0.keys("to the cat\n");
    let came = eventually(PATIENCE, || person.said().matches("to the cat\n").count() == 2);
    assert!(came, "typed once, answered once:\n{}", person.said());
    // Our words are ours while a program runs.
    person.0.keys(":hint\n");
    person.until("Hint 1 of 3");
    let prompts = person.prompts();
    person.0.keys("\x04");
    person.until_prompts(prompts + 1);
    // Ctrl-C at the prompt drops the line.
    person.0.keys("echo dropped\x03");
    person.until_prompts(prompts + 2);
    let said = person.types("while true; do\necho loop; break; done");
    assert!(said.contains("more > "), "{said}");
    person.until("loop\n");
    let said = person.types("exit 3");
    assert!(said.contains("The shell has ended (status 3)"), "{said}");
    assert!(person.types("echo another $((20 + 3))").contains("another 23"));
}

#[test]
fn our_words_in_both_languages() {
    let home = Home::new();
    let mut person = Person::at(learn(&home, &["--lang", "fr", "--step", "create-network"]));
    assert!(person.types(":aide").contains(":montre donne la commande"));
    assert!(person.types(":indice").contains("Indice 1 sur 3"));
    assert!(person.types(":suite").contains("Cette étape est encore rouge"));
    assert!(person.types(":vérifie").contains("Vu\u{a0}: dev n’existe pas."));
    assert!(person.types(":étape 99").contains("les étapes vont de 1 à 17."));
    assert!(person.types(":étape 7").contains("déjà à cette étape"));
    assert!(person.types(":étape dev").contains("pas un numéro d’étape"));
    assert!(person.types("2").contains("ne pose pas de question"));
    assert!(person.types(":non").contains("Il n’y a rien à confirmer."));
    assert!(person.types(":hnit").contains("cnm ne connaît pas «\u{a0}:hnit\u{a0}»"));
    let said = person.types(":montre");
    assert!(said.contains("Commande\u{a0}: docker network create dev\n"), "{said}");
    assert!(person.types(":non").contains("Rien ne change."));
    assert!(person.types(":oui").contains("Il n’y a rien à confirmer."));
    person.types(":montre");
    let said = person.types(":oui");
    assert!(said.contains("est verte."), "{said}");
    let said = person.types(":refaire");
    assert!(said.contains("Commande\u{a0}: docker network rm dev\n"), "{said}");
    let said = person.types(":oui");
    assert!(said.contains("Le réseau dev est supprimé."), "{said}");
    assert!(said.contains("Pas encore\u{a0}: le réseau dev existe."), "{said}");
    let said = person.types(":lang");
    let first = format!("Step {}: Create a network", place("create-network", Lang::En));
    assert!(said.contains(&first), "{said}");
    assert!(person.types(":map").contains("Network 0, bridge, the default one"));
    assert!(person.types(":yes").contains("There is nothing to confirm."));
    person.types(":next");
    assert!(person.types(":next").contains(&place("place-container", Lang::En)));
    assert!(person.types(":retour").contains(&first));
    let last = the_lesson().steps.len();
    assert!(person.types(&format!(":step {last}")).contains("still red"));
    assert!(
        person
            .types(&format!(":step {last}"))
            .contains(&format!("Step {last} of {last}"))
    );
}

#[test]
fn a_question_is_answered_by_a_number() {
    let home = Home::new();
    let lesson = the_lesson();
    let (_, step) = lesson.step("pictures").expect("a step with a question and examples");
    let (_, right) = step.question().expect("its question");
    let mut person = Person::at(learn(&home, &["--lang", "en", "--step", "pictures"]));
    let choices = &lesson.texts(Lang::En).steps.get("pictures").expect("its text").choices;
    for (index, choice) in choices.iter().enumerate() {
        person.until(&format!("\n{}. {choice}\n", index + 1));
    }
    let said = person.types(":exemple");
    assert!(said.contains("Example 1 of 3, simulated."), "{said}");
    assert!(said.contains("Container a is plugged in"), "{said}");
    assert!(!said.contains('?'), "what is not known has no place in it:\n{said}");
    assert!(person.said().contains("three examples with :example: one container"));
    assert!(person.types(":hint").contains("With :example, go on"));
    let wrong = right % choices.len() + 1;
    let said = person.types(&wrong.to_string());
    assert!(said.contains("Seen: "), "{said}");
    let said = person.types(&wrong.to_string());
    assert!(said.contains("Still not; seen: "), "{said}");
    assert!(person.types("").contains("Nothing has changed."));
    assert!(person.types("99").contains("That is none of the answers."));
    let said = person.types(&right.to_string());
    assert!(said.contains("is green."), "{said}");
}

#[test]
fn it_is_chosen_where_nothing_can_be_drawn() {
    let home = Home::new();
    let mut command = home.cnm();
    command.args(["learn", "--lang", "en"]).env("TERM", "dumb");
    let mut person = Person::at(command);
    person.0.keys("\x04");
    assert_eq!(person.status(), Some(0));
    is_plain(&person.said());

    let mut command = home.cnm();
    command.args(["--lang", "fr"]).stdin(Stdio::null());
    let said = words(&command.output().expect("cnm runs"));
    let total = the_lesson().steps.len();
    assert!(said.contains(&format!("Étape 1 sur {total}\u{a0}: ")), "{said}");
    assert!(said.contains(&format!("Étapes faites\u{a0}: 0 sur {total}.")), "{said}");
    let (_, open) = said.split_once("Reste à faire\u{a0}:\n").expect("what is open");
    assert_eq!(open.lines().count(), total, "{said}");
    is_plain(&said);
}

#[test]
fn in_ascii_only_letters_have_marks() {
    let home = Home::new();
    let lines = "docker network create dev\n:aide\n:carte\n:suite\ndocker run -d --name es --net dev alpine sleep 1d\ndocker exec es nslookup es\n";
    let said = words(&script(
        &mut learn(&home, &["--lang", "fr", "--ascii", "--step", "create-network"]),
        lines,
    ));
    let strange: String = said.chars().filter(|c| !c.is_ascii() && !c.is_alphabetic()).collect();
    assert_eq!(strange, "", "in\n{said}");
    assert!(
        said.matches("est verte.").count() == 2 && said.contains("L'étape "),
        "{said}"
    );
}

#[test]
fn a_script_goes_on_whatever_its_programs_read() {
    let home = Home::new();
    let lines = "cd /\ncat\nread x; echo \"read <$x> in $PWD\"\necho one \\\n  'two  three'\nif true\nfalse; echo \"$?\"\n:quit\necho never\n";
    let said = words(&script(&mut learn(&home, &["--lang", "en"]), lines));
    assert!(said.contains("read <> in /\n"), "{said}");
    assert!(said.contains("\none two  three\n"), "{said}");
    assert!(said.contains("\n1\n"), "{said}");
    assert!(!said.contains("\nnever\n"), "{said}");
    assert!(!said.contains('\r'), "{said:?}");
}

#[test]
fn a_signal_ends_it_and_nothing_is_left() {
    for (signal, busy) in [
        (Signal::TERM, None),
        (Signal::HUP, Some("sleep 1000\n")),
        (Signal::TERM, Some("docker run -ti -e TERM=dumb alpine sh\n")),
    ] {
        let home = Home::new();
        let mut watch = Watch::new(&home);
        let mut person = Person::at(learn(&home, &["--lang", "en", "--step", "create-network"]));
        person.types("docker network create dev");
        if let Some(command) = busy {
            person.0.keys(command);
            std::thread::sleep(Duration::from_secs(2));
        }
        watch.note(person.0.child.id());
        person.0.signal(signal);
        assert_eq!(person.status(), Some(128 + signal.as_raw()));
        person.0.given_back_soon();
        let mut left = Vec::new();
        let clean = eventually(PATIENCE, || {
            left = watch.residue(&home, &[]);
            left.is_empty()
        });
        assert!(clean, "left behind: {left:#?}");
    }
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let home = Home::new();
    let mut watch = Watch::new(&home);
    let mut person = Person::at(learn(&home, &["--lang", "en"]));
    watch.note(person.0.child.id());
    person.0.hang_up();
    person.status();
    let mut left = Vec::new();
    let clean = eventually(PATIENCE, || {
        left = watch.residue(&home, &[]);
        left.is_empty()
    });
    assert!(clean, "left behind: {left:#?}");
}
