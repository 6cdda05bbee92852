//! What plain text says of what it is run in: without a terminal, without a home, in a lab that ends.

use crate::person::Person;
use crate::support::processes::family;
use crate::support::{Home, eventually};
use crate::{PATIENCE, learn, script, words};

#[test]
fn where_nothing_can_be_kept_that_is_said_at_once_and_help_does_not_promise_it() {
    let home = Home::new();
    let mut command = learn(&home, &["--lang", "fr"]);
    let said = words(&script(command.env("XDG_STATE_HOME", "/dev/null/state"), "2\n:aide\n"));
    let refusal = "L’avancement ne peut pas être gardé";
    let told = said.find(refusal);
    assert!(told.is_some() && told < said.find("Étape 1 sur"), "{said}");
    assert_eq!(said.matches(refusal).count(), 1, "{said}");
    assert!(said.contains("Vos progrès ne peuvent pas être gardés."), "{said}");
    assert!(!said.contains("sont gardés"), "{said}");
}

#[test]
fn a_command_that_wants_a_terminal_is_shown_and_run_without_one_in_a_script() {
    let home = Home::new();
    let lines = ":show\n:yes\necho 'echo $((40 + 2)) lines' | docker run -i --rm alpine sh\n";
    let said = words(&script(
        &mut learn(&home, &["--lang", "en", "--step", "ping-by-name"]),
        lines,
    ));
    let command = "docker run -i --rm --net dev alpine sh";
    assert_eq!(said.matches(&format!("Command: {command}\n")).count(), 2, "{said}");
    assert!(said.contains(&format!("Running: {command}\n")), "{said}");
    assert!(
        said.contains("To give it lines: ") && !said.contains("not a TTY"),
        "{said}"
    );
    assert!(said.contains("\n42 lines\n"), "{said}");
}

#[test]
fn an_end_of_the_lab_is_told_in_the_language_spoken_with_what_is_open() {
    let home = Home::new();
    let mut person = Person::at(learn(&home, &["--lang", "fr"]));
    let run = family(i32::try_from(person.0.child.id()).expect("a pid"));
    let zygote = run.iter().find(|process| process.name == "cnm-zygote");
    assert!(zygote.expect("the lab's first process").kill());
    assert_eq!(person.status(), Some(1));
    let told = eventually(PATIENCE, || person.said().contains("a été arrêté de l’extérieur"));
    let said = person.said();
    assert!(told && !said.contains("the lab has ended"), "{said}");
    assert!(said.contains("Reste à faire\u{a0}:\n1. Au programme\n"), "{said}");
}
