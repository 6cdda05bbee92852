//! What plain text says of what it is run in: without a terminal, without a home, in a lab that ends.

use crate::support::Home;
use crate::{learn, script, words};

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
