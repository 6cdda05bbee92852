//! A question in plain text: its words say what they can do there, and its answer can be taken back.

use crate::learn;
use crate::person::Person;
use crate::support::Home;

#[test]
fn a_question_has_no_command_and_its_answer_may_be_given_again() {
    let home = Home::new();
    let mut person = Person::at(learn(&home, &["--lang", "en"]));
    let said = person.types(":show");
    assert!(said.contains("answer it by a number"), "{said}");
    for _ in 0..3 {
        person.types(":hint");
    }
    let said = person.types(":hint");
    assert!(said.contains("all the hints") && !said.contains(":show"), "{said}");
    assert!(person.types(":check").contains("Seen: no answer yet."));
    let said = person.types(":reset");
    assert!(said.contains("has not been answered yet"), "{said}");

    assert!(person.types("2").contains("Step 1 is green."));
    assert!(person.types(":hint").contains("it needs no more hints"));
    assert!(person.types(":show").contains("nothing is left to do"));
    let said = person.types(":reset");
    assert!(said.contains("Your answer will be forgotten"), "{said}");
    assert!(said.contains("Nothing in the lab is removed."), "{said}");
    let said = person.types(":yes");
    assert!(
        said.contains("Step 1 of 17") && said.contains("type the number"),
        "{said}"
    );
    assert!(person.types("2").contains("Step 1 is green."));
}
