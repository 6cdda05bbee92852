//! What is kept between two runs of the workshop, whatever has become of the file: a message, and nothing lost.

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cnm::lesson::{self, Lesson};
use support::Home;
use support::screen::Screen;
use support::workshop::{self, CONSOLE, F8, F10, until_green};

fn lesson() -> Lesson {
    lesson::embedded("cnm").expect("the lesson")
}

fn file(home: &Home) -> PathBuf {
    home.path("state").join("cnm/progress.json")
}

fn put(home: &Home, bytes: &[u8]) {
    fs::create_dir_all(home.path("state").join("cnm")).expect("a folder");
    fs::write(file(home), bytes).expect("a file");
}

fn text(home: &Home) -> String {
    fs::read_to_string(file(home)).expect("progress")
}

fn learn(home: &Home) -> Screen {
    workshop::learn(home, &["--lang", "en"], 120, 36)
}

fn leave(screen: &mut Screen) {
    screen.keys(F10);
    assert_eq!(screen.status(), Some(0), "{}", screen.contents());
}

/// The progress of one who has done the first `count` steps and is at the last of them.
fn done(count: usize) -> String {
    let lesson = lesson();
    let ids: Vec<&str> = lesson.steps[..count].iter().map(|step| step.id.as_str()).collect();
    let answers: serde_json::Map<String, serde_json::Value> = lesson.steps[..count]
        .iter()
        .filter_map(|step| step.question().map(|(check, right)| (check.id.clone(), right.into())))
        .collect();
    let progress = serde_json::json!({ "step": ids.last(), "done": ids, "answers": answers });
    serde_json::json!({ "schema": 1, "lessons": { "cnm": progress } }).to_string()
}

#[test]
fn left_at_each_step_the_lab_is_as_the_steps_done_left_it() {
    let home = Home::new();
    let steps = lesson().steps;
    for (index, step) in steps.iter().enumerate() {
        let mut screen = learn(&home);
        let here = format!("step {}/{} ", index + 1, steps.len());
        screen.until(&here);
        screen.until("172.17.0.0/16");
        workshop::solve(&mut screen, step);
        leave(&mut screen);

        let mut screen = learn(&home);
        screen.until(&here);
        screen.until("172.17.0.0/16");
        until_green(&screen);
        screen.keys(CONSOLE);
        workshop::run(&mut screen, "docker ps --format '={{.Names}}=' | sort | tr -d '\\n'");
        let shown = screen.contents();
        for container in &step.goal.containers {
            let name = format!("={}=", container.name);
            assert!(shown.contains(&name), "{} after {}:\n{shown}", container.name, step.id);
        }
        if index + 1 < steps.len() {
            screen.keys(F8);
            screen.until(&format!("step {}/{} ", index + 2, steps.len()));
        }
        leave(&mut screen);
    }
}

#[test]
fn one_who_looks_back_at_an_early_step_finds_the_lab_of_the_last_one_again() {
    let home = Home::new();
    let lesson = lesson();
    let (early, last) = (&lesson.steps[4], lesson.steps.len());
    let here = format!("\"step\":\"{}\"", lesson.steps[last - 1].id);
    let progress = done(last).replace(&here, &format!("\"step\":\"{}\",\"beside\":[\"mine\"]", early.id));
    put(&home, progress.as_bytes());
    let mut screen = learn(&home);
    screen.until("step 5/");
    screen.until("Lab rebuilt from the steps done, without “mine”; addresses may differ.");
    screen.keys("\x07l");
    screen.until("Enter: go there");
    screen.keys("\x1b[F\r");
    screen.until(&format!("step {last}/{last} "));
    screen.until("100%");
    until_green(&screen);
    leave(&mut screen);
}

#[test]
fn a_file_that_cannot_be_read_as_one_is_set_aside_and_told() {
    let whole = done(3);
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("truncated", whole.as_bytes()[..whole.len() / 2].to_vec(), "damaged"),
        ("garbage", b"\x00\xff\xfe{]".to_vec(), "damaged"),
        ("empty", Vec::new(), "damaged"),
        ("another shape", b"{\"schema\":1,\"lessons\":[]}".to_vec(), "damaged"),
        ("no mapping", b"17".to_vec(), "damaged"),
        (
            "from the future",
            whole.replace("\"schema\":1", "\"schema\":7").into_bytes(),
            "newer",
        ),
    ];
    for (case, bytes, aside) in cases {
        let home = Home::new();
        put(&home, &bytes);
        let mut screen = learn(&home);
        screen.until(&format!("progress.json.{aside}"));
        screen.until("step 1/");
        screen.until("172.17.0.0/16");
        workshop::solve(&mut screen, &lesson().steps[0]);
        leave(&mut screen);
        let kept = fs::read(home.path("state").join(format!("cnm/progress.json.{aside}"))).expect("it is kept");
        assert_eq!(kept, bytes, "{case}");
        assert!(text(&home).contains("objectives"), "{case}: what is done since is kept");
        assert_eq!(
            fs::metadata(file(&home)).expect("progress").permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn a_directory_in_its_place_is_told_and_left_alone() {
    let home = Home::new();
    fs::create_dir_all(file(&home).join("mine")).expect("a folder");
    let mut screen = learn(&home);
    screen.until("cannot be kept");
    screen.until("172.17.0.0/16");
    workshop::solve(&mut screen, &lesson().steps[0]);
    leave(&mut screen);
    assert!(file(&home).join("mine").is_dir());
}

/// Root is refused nothing by permissions: started by root, these tests have the program run by somebody else.
const SOMEBODY: u32 = 65534;

/// `cnm learn` by an ordinary user, whose home this is.
fn learn_as_a_user(home: &Home) -> Screen {
    let mut command = home.cnm();
    if rustix::process::geteuid().is_root() {
        // The program's own folder may be closed to others.
        let program = home.path("program");
        // By another process: one that is forked here meanwhile would hold the file open for writing, and nobody could execute it.
        let copied = Command::new("cp").arg(command.get_program()).arg(&program).status();
        assert!(copied.expect("cp runs").success());
        command = Command::new(&program);
        home.furnish(&mut command);
        for folder in ["home", "run", "state", "tmp"] {
            chown(home.path(folder), Some(SOMEBODY), Some(SOMEBODY)).expect("a folder of theirs");
        }
        command.uid(SOMEBODY).gid(SOMEBODY);
    }
    command.args(["learn", "--lang", "en"]);
    Screen::start(command, 120, 36)
}

/// Gives a file to who runs the program.
fn give(path: &Path) {
    if rustix::process::geteuid().is_root() {
        chown(path, Some(SOMEBODY), Some(SOMEBODY)).expect("it is theirs");
    }
}

#[test]
fn what_the_system_refuses_is_told_and_nothing_is_lost() {
    let cases = [
        ("unreadable", 0o000, 0o700),
        ("closed folder", 0o600, 0o500),
        // Only root can make one; for others it is as one that they may not read.
        ("another's", 0o000, 0o755),
    ];
    for (case, mode_of_file, mode_of_folder) in cases {
        let home = Home::new();
        let whole = done(2);
        put(&home, whole.as_bytes());
        fs::set_permissions(file(&home), fs::Permissions::from_mode(mode_of_file)).expect("permissions");
        let folder = home.path("state").join("cnm");
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode_of_folder)).expect("permissions");
        if case != "another's" {
            give(&file(&home));
            give(&folder);
        }
        let mut screen = learn_as_a_user(&home);
        screen.until_that(case, |s| s.contains("cannot be kept") || s.contains("set aside"));
        leave(&mut screen);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("permissions");
        fs::set_permissions(file(&home), fs::Permissions::from_mode(0o600)).expect("permissions");
        assert_eq!(text(&home), whole, "{case}");
    }
}

#[test]
fn a_file_that_may_not_be_written_is_replaced_whole() {
    let home = Home::new();
    put(&home, done(2).as_bytes());
    fs::set_permissions(file(&home), fs::Permissions::from_mode(0o400)).expect("permissions");
    let mut screen = learn(&home);
    screen.until("step 2/");
    screen.until("172.17.0.0/16");
    screen.keys(F8);
    screen.until("step 3/");
    workshop::solve(&mut screen, &lesson().steps[2]);
    leave(&mut screen);
    for id in ["objectives", "list-networks", "what-a-network-is"] {
        assert!(text(&home).contains(id), "{id}: {}", text(&home));
    }
}

#[test]
fn two_programs_at_once_lose_nothing() {
    let home = Home::new();
    let lesson = lesson();
    let (mut one, mut two) = (learn(&home), learn(&home));
    for screen in [&one, &two] {
        screen.until("step 1/");
        screen.until("172.17.0.0/16");
    }
    workshop::solve(&mut one, &lesson.steps[0]);
    one.keys(F8);
    one.until("step 2/");
    workshop::solve(&mut one, &lesson.steps[1]);
    // The other one goes to the third step without having done the first two, and is the last to leave.
    for step in ["step 2/", "step 3/"] {
        two.keys(F8);
        two.until("F8");
        two.keys(F8);
        two.until(step);
    }
    workshop::solve(&mut two, &lesson.steps[2]);
    leave(&mut one);
    leave(&mut two);
    let progress: serde_json::Value = serde_json::from_str(&text(&home)).expect("JSON");
    let mut done: Vec<&str> = progress["lessons"]["cnm"]["done"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    done.sort_unstable();
    assert_eq!(done, ["list-networks", "objectives", "what-a-network-is"]);
}
