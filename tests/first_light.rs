//! By typed keys in a pseudo-terminal, in both languages: the whole first part of the lesson. Each step is red, stays red on wrong
//! tries with a reason that names what is there, and is green by a way that the lesson does not show.

mod support;

use std::time::Duration;

use cnm::texts::Lang;
use support::first_part;
use support::residue::Watch;
use support::screen::Screen;
use support::workshop::{self, CONSOLE, F5, F6, F8, F9, F10, type_command};
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
    workshop::until_green(&screen);
    screen.keys(F8);
    screen.until("es ?");
    screen.until("✗");
    type_command(&mut screen, "docker run -d --name es --net dev elasticsearch:2");
    screen.until_gone("es ?");
    screen.until_that("the cable's address", |s| s.contains(".2"));
    workshop::until_green(&screen);
    // The bridge's kernel name.
    screen.until("br-");
    watch.note(screen.child.id());

    // Out of the console, and French.
    screen.keys(F6);
    screen.keys("L");
    screen.until("Consigne");
    screen.keys(F10);
    assert!(eventually(Duration::from_secs(30), || !matches!(
        screen.child.try_wait(),
        Ok(None)
    )));
    screen.given_back_soon();
    screen.until("Vos progrès sont gardés\u{a0}: étape 8 sur 17. La même commande reprend là.");
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
    screen.until_that("all else as it was", |s| {
        s.contains("mine") && s.contains("172.18.0.0/16")
    });

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
    screen.until("es\u{a0}? nobody ✗ aucun de ses réseaux ne connaît ce nom");
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

fn whole_first_part(lang: Lang) {
    let home = Home::new();
    let mut screen = workshop::learn(&home, &["--lang", lang.code()], 120, 36);
    screen.until("✗");
    first_part::walk(&mut screen, lang, first_part::DEV);
}

#[test]
fn the_whole_first_part_in_french() {
    whole_first_part(Lang::Fr);
}

#[test]
fn the_whole_first_part_in_english() {
    whole_first_part(Lang::En);
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

#[test]
fn one_who_goes_on_from_within_a_container_is_told_how_to_leave_it() {
    let home = Home::new();
    let mut screen = workshop::learn(&home, &["--lang", "en", "--step", "ping-by-name"], 120, 36);
    screen.until("172.18.0.0/16");
    screen.keys(CONSOLE);
    type_command(&mut screen, "docker run -ti --rm --net dev alpine sh");
    screen.until("/ # ");
    screen.keys("\x0712");
    workshop::until_green(&screen);
    screen.keys(F8);
    screen.until("step 11/");
    screen.until("A program has the console: Ctrl+C stops it, exit or Ctrl+D leaves it.");
    screen.keys(CONSOLE);
    screen.keys("exit\r");
    screen.until(" removed");
    workshop::run(&mut screen, ":");
    screen.keys("\x071p");
    screen.until("step 10/");
    screen.keys("\x071n");
    screen.until("step 11/");
    screen.until_that("nothing but the keys", |s| {
        s.contains("F10 quit") && !s.contains("A program has the console")
    });
}
