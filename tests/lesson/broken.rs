//! Broken lessons, and files that are none.

use std::fs;
use std::path::Path;

use cnm::lesson::{self, lint};

/// The broken lessons of `tests/corpus/lessons`: each is the sound one with a file changed, whose first line says what is told of it:
/// `told` by reading or lint, `tried` by a fresh lab (`tests/lesson_on_engine`).
#[test]
fn every_broken_lesson_of_the_corpus_is_told_with_its_place() {
    let corpus = Path::new("tests/corpus/lessons");
    assert_eq!(lint(&lesson::load(&corpus.join("sound")).unwrap()), []);
    let (mut walked, mut not_told) = (0, Vec::new());
    for case in fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()) {
        let directory = tempfile::tempdir().unwrap();
        let mut expected = None;
        for name in ["lesson.yaml", "fr.yaml", "en.yaml"] {
            let changed = fs::read_to_string(case.join(name)).ok();
            let first = changed
                .as_deref()
                .and_then(|text| text.lines().next())
                .unwrap_or_default();
            expected = expected.or(first.strip_prefix("# told: ").map(str::to_owned));
            let text = changed.unwrap_or_else(|| fs::read_to_string(corpus.join("sound").join(name)).unwrap());
            fs::write(directory.path().join(name), text).unwrap();
        }
        let told = told_in(directory.path());
        let Some(expected) = expected else {
            assert_eq!(told, [""; 0], "{} is sound until it is tried", case.display());
            continue;
        };
        let begins = format!("{}/{expected}", directory.path().display());
        if !told.iter().any(|line| line.starts_with(&begins)) {
            not_told.push(format!("{}: expected {expected}, got {told:#?}", case.display()));
        }
        let place: Vec<&str> = expected.splitn(4, ':').collect();
        assert!(place[1].parse::<usize>().unwrap() > 0 && place[2].parse::<usize>().unwrap() > 0);
        walked += 1;
    }
    assert!(not_told.is_empty(), "{}", not_told.join("\n"));
    assert!(walked > 40, "{walked}");
}

/// What reading a lesson or lint tells, a line each.
fn told_in(directory: &Path) -> Vec<String> {
    match lesson::load(directory) {
        Ok(lesson) => lint(&lesson).iter().map(ToString::to_string).collect(),
        Err(error) => error.to_string().lines().map(str::to_owned).collect(),
    }
}

/// The sound lesson of the corpus with these bytes as one of its files, and what reading it or lint tells.
fn told_of(file: &str, bytes: &[u8]) -> (String, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    for name in ["lesson.yaml", "fr.yaml", "en.yaml"] {
        fs::copy(
            Path::new("tests/corpus/lessons/sound").join(name),
            directory.path().join(name),
        )
        .unwrap();
    }
    fs::write(directory.path().join(file), bytes).unwrap();
    (
        directory.path().join(file).display().to_string(),
        told_in(directory.path()),
    )
}

#[test]
fn what_is_no_text_and_what_would_grow_without_end_is_told_with_its_place() {
    let sound = fs::read("tests/corpus/lessons/sound/lesson.yaml").unwrap();
    let after = |more: &str| [&sound, more.as_bytes()].concat();
    let bomb: String = (1..40).fold("b0: &b0 [x, x]\n".to_owned(), |text, n| {
        text + &format!(
            "b{n}: &b{n} [*b{0}, *b{0}, *b{0}, *b{0}, *b{0}, *b{0}, *b{0}, *b{0}]\n",
            n - 1
        )
    });
    let cases: [(&str, Vec<u8>, &str); 8] = [
        (
            "a byte of another encoding",
            [&sound[..10], b"\xe9", &sound[10..]].concat(),
            ":2:1: this is not text in UTF-8",
        ),
        ("zeros", vec![0; 64], ":1:1: "),
        (
            "two bytes a letter",
            [b"\xff\xfe".as_slice(), b"s\0c\0"].concat(),
            ":1:1: this is not text in UTF-8",
        ),
        ("a bomb of aliases", after(&bomb), ":"),
        (
            "a long anchor",
            after(&format!("more: &{} x\n", "a".repeat(100_000))),
            ":",
        ),
        (
            "deep in brackets",
            after(&format!("more: {}\n", "[".repeat(100_000))),
            ":29:135: this is nested too deep",
        ),
        (
            "deep in mappings",
            after(&(0..3_000).fold(String::new(), |text, n| text + &format!("\n{}a:", " ".repeat(n)))),
            ":",
        ),
        ("too large", vec![b'#'; 2 << 20], ": this is too large for a lesson"),
    ];
    for (case, bytes, place) in cases {
        let (file, told) = told_of("lesson.yaml", &bytes);
        assert_eq!(told.len(), 1, "{case}: {told:?}");
        assert!(told[0].starts_with(&format!("{file}{place}")), "{case}: {}", told[0]);
    }
}

#[test]
fn what_other_editors_leave_in_a_file_does_no_harm() {
    let sound = fs::read_to_string("tests/corpus/lessons/sound/lesson.yaml").unwrap();
    for changed in [format!("\u{feff}{sound}"), sound.replace('\n', "\r\n")] {
        assert_eq!(told_of("lesson.yaml", changed.as_bytes()).1, [""; 0]);
    }
    let (file, told) = told_of(
        "lesson.yaml",
        sound
            .replace("schema: 1\n", "schema: 1\nscheme: 1\n")
            .replace('\n', "\r\n")
            .as_bytes(),
    );
    assert!(
        told[0].contains("unknown field `scheme`") && told[0].starts_with(&file),
        "{told:?}"
    );
    let place = told[0][file.len()..]
        .split(':')
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap();
    let line = sound.lines().position(|line| line == "schema: 1").unwrap() + 2;
    assert_eq!(place, line, "{told:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_no_file_is_refused_with_its_name() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("lesson.yaml");
    let refusal = || lesson::load(&file).unwrap_err().to_string();
    let named = |said: &str| said.starts_with(&file.display().to_string());
    assert!(named(&refusal()), "{}", refusal());
    fs::write(&file, "schema: 1").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o0)).unwrap();
    assert!(
        refusal().contains(&directory.path().display().to_string()),
        "{}",
        refusal()
    );
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(
        refusal().starts_with(&file.join("lesson.yaml").display().to_string()),
        "{}",
        refusal()
    );
    fs::remove_dir(&file).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
    assert_eq!(refusal(), format!("{}: this is not a file", file.display()));
    fs::remove_file(&file).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &file,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    assert_eq!(refusal(), format!("{}: this is not a file", file.display()));
}
