//! What a person's settings file changes in the program as it is started: language, colours, keys, mouse, motion; and what is wrong
//! in it is told, and keeps nothing from working.

mod support;

use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use support::screen::Screen;
use support::{Home, eventually};
use vt100::{Color, MouseProtocolMode};

/// How long a screen may take.
const PATIENCE: Duration = Duration::from_secs(30);
const F2: &str = "\x1bOQ";
const F4: &str = "\x1bOS";
const F6: &str = "\x1b[17~";
const F10: &str = "\x1b[21~";

/// A home with a settings file.
fn with(file: &str) -> Home {
    let home = Home::new();
    let folder = home.path("home").join("cnm");
    fs::create_dir(&folder).expect("a folder for settings");
    fs::write(folder.join("config.toml"), file).expect("settings are written");
    home
}

fn learn(home: &Home, flags: &[&str], env: &[(&str, &str)], (columns, rows): (u16, u16)) -> Screen {
    let mut command = home.cnm();
    command.env("LANG", "en_GB.UTF-8").envs(env.iter().copied());
    command.arg("learn").args(flags);
    Screen::start(command, columns, rows)
}

fn leaves(screen: &mut Screen) {
    screen.keys(F10);
    assert_eq!(screen.status(), Some(0), "{}", screen.contents());
    screen.given_back_soon();
}

/// The colours that are on the screen.
fn colors(screen: &Screen) -> Vec<Color> {
    screen.look(|screen| {
        let (rows, columns) = screen.size();
        let places = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
        let mut colors: Vec<Color> = places
            .filter_map(|(row, column)| Some(screen.cell(row, column)?.fgcolor()))
            .filter(|color| *color != Color::Default)
            .collect();
        colors.dedup();
        colors
    })
}

fn run(mut command: Command) -> Output {
    command.output().expect("cnm runs")
}

#[test]
fn a_key_of_ones_own_works_and_the_screen_names_it() {
    let home = with("[keys]\nhint = \"F4\"\nmenu = \"Ctrl+T\"\nquit = [\"F12\", \"Q\"]\n");
    let mut screen = learn(&home, &[], &[], (80, 24));
    screen.until("✗");
    screen.until("F4 hint 0/3");
    screen.until("Ctrl+T: leave the console");
    screen.until_that("no key but one's own on the bar", |s| {
        let bar = s.lines().last().unwrap_or_default();
        bar.contains("F12 quit") && !bar.contains("F2") && !bar.contains("F10")
    });
    screen.keys(F2);
    screen.keys(F4);
    screen.until("Hint 1/3");
    screen.keys("\x14");
    screen.until("Q quit");
    screen.keys("Q");
    assert_eq!(screen.status(), Some(0));
    screen.given_back_soon();
}

#[test]
fn the_file_speaks_where_no_flag_does() {
    let home = with("language = \"fr\"\nascii = true\n");
    let mut screen = learn(&home, &[], &[], (120, 36));
    screen.until("1 Consigne");
    screen.until("[x]");
    leaves(&mut screen);
    let mut screen = learn(&home, &["--lang", "en"], &[], (120, 36));
    screen.until("1 Task");
    leaves(&mut screen);
}

#[test]
fn colours_fit_the_terminal_and_no_color_takes_them_away() {
    let (dark, light) = (Color::Idx(117), Color::Idx(24));
    for (file, env, wanted, other) in [
        ("theme = \"light\"\n", vec![("COLORFGBG", "15;0")], Some(light), dark),
        ("theme = \"dark\"\n", vec![("COLORFGBG", "0;15")], Some(dark), light),
        ("theme = \"auto\"\n", vec![("COLORFGBG", "0;15")], Some(light), dark),
        ("", vec![], Some(dark), light),
        ("theme = \"light\"\n", vec![("NO_COLOR", "1")], None, dark),
    ] {
        let home = with(file);
        let mut screen = learn(&home, &[], &env, (120, 36));
        screen.until("✗");
        // A frame comes in pieces.
        let came = eventually(PATIENCE, || {
            wanted.is_none_or(|wanted| colors(&screen).contains(&wanted))
        });
        let found = colors(&screen);
        assert!(came && !found.contains(&other), "{file}{env:?}: {found:?}");
        assert_eq!(wanted.is_none(), found.is_empty(), "{file}{env:?}: {found:?}");
        leaves(&mut screen);
    }
}

#[test]
fn a_click_gives_the_keys_to_a_panel() {
    let home = Home::new();
    let mut screen = learn(&home, &[], &[], (120, 36));
    screen.until("✗");
    screen.until("┏━ 4 Console");
    assert_eq!(
        screen.look(vt100::Screen::mouse_protocol_mode),
        MouseProtocolMode::PressRelease
    );
    screen.keys("\x1b[<0;5;5M\x1b[<0;5;5m");
    screen.until("┏━ 1 Task");
    screen.keys("\x1b[<0;60;5M\x1b[<0;60;5m");
    screen.until("┏━ 2 Topology");
    screen.resize(80, 24);
    screen.until("[2 Topology]");
    // " [1 Task]": in the second row, from the second column on.
    screen.keys("\x1b[<0;5;2M\x1b[<0;5;2m");
    screen.until("[1 Task]");
    leaves(&mut screen);
}

#[test]
fn the_mouse_is_the_terminals_where_the_file_says_so() {
    let home = with("mouse = false\n");
    let mut screen = learn(&home, &[], &[], (120, 36));
    screen.until("✗");
    assert_eq!(screen.look(vt100::Screen::mouse_protocol_mode), MouseProtocolMode::None);
    leaves(&mut screen);
}

#[test]
fn without_motion_a_change_is_told_and_its_tab_calls() {
    let home = with("motion = false\n");
    let mut screen = learn(&home, &["--step", "create-network"], &[], (80, 24));
    screen.until("✗");
    screen.until_that("a prompt", |s| s.lines().any(|l| l.contains("$ ") || l.contains("# ")));
    screen.keys("docker network create dev\r");
    screen.until("2 Topology ●");
    screen.until("F6: see the topology");
    screen.keys(F6);
    screen.until("[2 Topology]");
    screen.until("changed: 1▸ dev");
    screen.until_gone("2 Topology ●");
    leaves(&mut screen);
}

#[test]
fn a_broken_file_is_told_over_a_screen_that_works() {
    let home = with("theme = light\nmouse = false\n[keys]\nhint = \"F3\"\nmenu = \"g\"\n");
    let mut screen = learn(&home, &[], &[], (80, 24));
    screen.until("Settings to mend");
    screen.until("cnm/config.toml");
    screen.until("Line 1, column 9: this line is not TOML");
    screen.until("Line 4, column 8: F3 does show_me already");
    screen.until("Line 5, column 8: g would go to the shell");
    screen.keys("\x1b");
    screen.until_gone("Settings to mend");
    screen.until("F2 hint 0/3");
    screen.until("Ctrl+G: leave the console");
    assert_eq!(
        screen.look(vt100::Screen::mouse_protocol_mode),
        MouseProtocolMode::None,
        "what is right in it holds"
    );
    leaves(&mut screen);
}

#[test]
fn a_folder_in_its_place_is_told() {
    let home = Home::new();
    fs::create_dir_all(home.path("home").join("cnm/config.toml")).expect("a folder");
    let mut screen = learn(&home, &[], &[], (80, 24));
    screen.until("this is no regular file");
    screen.keys("\x1b");
    screen.until("✗");
    leaves(&mut screen);
}

#[test]
fn other_commands_tell_it_on_standard_error_and_go_on() {
    let home = with("language = \"fr\"\ncolour = 1\n");
    let mut command = home.cnm();
    command.args(["lessons", "list"]);
    let output = run(command);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.starts_with("cnm: /") && said.contains("/cnm/config.toml:2:1: «\u{a0}colour\u{a0}» n’est pas un réglage"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(listed.starts_with("cnm\t") && listed.lines().count() == 1, "{listed}");
}

#[test]
fn plain_text_tells_it_on_standard_error_and_goes_on() {
    let home = with("language = \"en\"\ncolour = 1\n");
    let mut command = home.cnm();
    command.arg("--plain").stdin(Stdio::null());
    let output = run(command);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.starts_with("cnm: /") && said.contains("/cnm/config.toml:2:1: "),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(0), "{said}");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("What you will do"), "the workshop goes on: {told}");
}

#[test]
fn a_file_nobody_may_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let home = with("language = \"fr\"\n");
    let file = home.path("home").join("cnm/config.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("permissions");
    let mut command = home.cnm();
    command.args(["lessons", "list", "--lang", "en"]);
    let said = String::from_utf8_lossy(&run(command).stderr).into_owned();
    // Root may read it all the same.
    if fs::read(&file).is_ok() {
        assert_eq!(said, "");
    } else {
        assert!(
            said.contains("config.toml: this file cannot be read (Permission denied"),
            "{said}"
        );
    }
}

#[test]
fn without_a_home_there_is_nothing_to_say() {
    let home = Home::new();
    for name in ["HOME", "XDG_CONFIG_HOME"] {
        let mut command = home.cnm();
        command
            .args(["lessons", "list"])
            .env_remove("HOME")
            .env_remove("XDG_CONFIG_HOME");
        command.env(name, "/dev/null");
        let output = run(command);
        assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]), "{name}");
    }
    let mut command = home.cnm();
    command
        .args(["lessons", "list"])
        .env_remove("HOME")
        .env_remove("XDG_CONFIG_HOME");
    let output = run(command);
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}
