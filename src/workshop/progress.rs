//! What is kept between sessions: one file, `cnm/progress.json` in the state directory (XDG Base Directory Specification).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::texts::{self, Lang};

/// Version of the file's format.
const SCHEMA: u32 = 1;

/// How far a learner is in one lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LessonProgress {
    /// Id of the step they are at.
    pub step: Option<String>,
    /// Ids of the steps that were green once, in the order they were.
    pub done: Vec<String>,
    /// Hint rungs shown, by step id.
    pub hints: BTreeMap<String, usize>,
    /// Choices made, from 1, by the id of the question's check.
    pub answers: BTreeMap<String, usize>,
    /// What the learner made beside the lesson, by name: it is not made again.
    pub beside: Vec<String>,
}

impl LessonProgress {
    /// Adds what another session has put `there` since the file was as this one knew it.
    fn add(&mut self, there: &Self, known: &Self) {
        let news = there.done.iter().filter(|id| !known.done.contains(id));
        let news: Vec<String> = news.filter(|id| !self.done.contains(id)).cloned().collect();
        self.done.extend(news);
        for (id, rungs) in &there.hints {
            let own = self.hints.entry(id.clone()).or_default();
            *own = (*own).max(*rungs);
        }
        for (id, choice) in &there.answers {
            if known.answers.get(id) != Some(choice) {
                self.answers.entry(id.clone()).or_insert(*choice);
            }
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Saved {
    schema: u32,
    #[serde(default)]
    lessons: BTreeMap<String, LessonProgress>,
}

/// Something to tell the learner about their progress file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// There is no place for it.
    NoHome,
    /// It could not be read as one, and was renamed to this.
    Damaged(PathBuf),
    /// A later version wrote it; it was renamed to this.
    FromFuture(PathBuf),
    /// The system refused.
    NotKept(String),
}

impl Notice {
    /// The sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let place = |path: &Path| path.display().to_string();
        match self {
            Self::NoHome => texts::get(lang, "workshop.progress.no_home").to_owned(),
            Self::Damaged(path) => texts::fill(lang, "workshop.progress.damaged", &[("path", &place(path))]),
            Self::FromFuture(path) => texts::fill(lang, "workshop.progress.from_future", &[("path", &place(path))]),
            Self::NotKept(reason) => texts::fill(lang, "workshop.progress.not_kept", &[("reason", reason)]),
        }
    }
}

/// The file. Without a place for it nothing is kept, and everything else works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressStore {
    pub(super) path: Option<PathBuf>,
}

impl ProgressStore {
    /// The store of this environment; `env` looks a variable up. A relative `XDG_STATE_HOME` is ignored, as the specification says.
    #[must_use]
    pub fn locate(env: impl Fn(&str) -> Option<OsString>) -> Self {
        let absolute = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
        Self {
            path: state.map(|state| state.join("cnm/progress.json")),
        }
    }

    /// The progress in a lesson; none when there is no file yet. A file that cannot be used is set aside, never lost.
    #[must_use]
    pub fn load(&self, lesson: &str) -> (LessonProgress, Option<Notice>) {
        let Some(path) = &self.path else {
            return (LessonProgress::default(), Some(Notice::NoHome));
        };
        if !path.exists() {
            return (LessonProgress::default(), None);
        }
        match locked(path, || read(path)) {
            Ok((mut saved, notice)) => (saved.lessons.remove(lesson).unwrap_or_default(), notice),
            Err(error) => (LessonProgress::default(), Some(Notice::NotKept(error.to_string()))),
        }
    }

    /// Keeps the progress in a lesson; that in others stays.
    ///
    /// # Errors
    /// What to tell the learner; nothing was changed.
    pub fn save(&self, lesson: &str, progress: &LessonProgress) -> Result<Option<Notice>, Notice> {
        self.save_over(lesson, None, progress)
    }

    /// The same by a session that knew `known` to be in the file: what another session has done since then stays done.
    ///
    /// # Errors
    /// What to tell the learner; nothing was changed.
    pub fn save_over(
        &self,
        lesson: &str,
        known: Option<&LessonProgress>,
        progress: &LessonProgress,
    ) -> Result<Option<Notice>, Notice> {
        let path = self.path.as_ref().ok_or(Notice::NoHome)?;
        let saved = locked(path, || {
            let (mut saved, notice) = read(path)?;
            let mut kept = progress.clone();
            if let (Some(known), Some(there)) = (known, saved.lessons.get(lesson)) {
                kept.add(there, known);
            }
            saved.lessons.insert(lesson.to_owned(), kept);
            write(path, &saved)?;
            Ok(notice)
        });
        saved.map_err(|error| Notice::NotKept(error.to_string()))
    }
}

/// Runs `work` while no other session reads or writes the file. The lock is a file beside it, for the file itself is replaced.
fn locked<T>(path: &Path, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    private_parent(path)?;
    let lock =
        private(OpenOptions::new().create(true).truncate(false).write(true)).open(path.with_extension("lock"))?;
    lock.lock()?;
    work()
}

fn read(path: &Path) -> io::Result<(Saved, Option<Notice>)> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((empty(), None)),
        Err(error) => return Err(error),
    };
    // The version first: what else a later version writes is not ours to understand.
    let schema = serde_json::from_slice::<serde_json::Value>(&bytes)
        .ok()
        .and_then(|value| value["schema"].as_u64());
    if schema.is_some_and(|schema| schema > u64::from(SCHEMA)) {
        return Ok((empty(), Some(Notice::FromFuture(set_aside(path, "newer")?))));
    }
    match serde_json::from_slice(&bytes) {
        Ok(saved) => Ok((saved, None)),
        Err(_) => Ok((empty(), Some(Notice::Damaged(set_aside(path, "damaged")?)))),
    }
}

fn empty() -> Saved {
    Saved {
        schema: SCHEMA,
        lessons: BTreeMap::new(),
    }
}

/// Renames to a name that is free: `progress.json.damaged`, `progress.json.damaged.2` …
fn set_aside(path: &Path, why: &str) -> io::Result<PathBuf> {
    let named = |n: usize| {
        let mut name = path.as_os_str().to_owned();
        name.push(if n == 1 {
            format!(".{why}")
        } else {
            format!(".{why}.{n}")
        });
        PathBuf::from(name)
    };
    let mut n = 1;
    while named(n).exists() {
        n += 1;
    }
    let free = named(n);
    fs::rename(path, &free)?;
    Ok(free)
}

/// All or nothing: a new file is made whole, then takes the old one's name.
fn write(path: &Path, saved: &Saved) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(saved)?;
    text.push(b'\n');
    let new = path.with_extension("new");
    let written = private(OpenOptions::new().create(true).truncate(true).write(true))
        .open(&new)
        .and_then(|mut file: File| {
            file.write_all(&text)?;
            file.sync_all()
        });
    written.and_then(|()| fs::rename(&new, path)).inspect_err(|_| {
        // The error that is told is the first one; a leftover would be overwritten by the next save anyway.
        let _ = fs::remove_file(&new);
    })
}

fn private_parent(path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(parent)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(directory: &Path) -> ProgressStore {
        let state = directory.as_os_str().to_owned();
        ProgressStore::locate(move |name| (name == "XDG_STATE_HOME").then(|| state.clone()))
    }

    fn at(step: &str) -> LessonProgress {
        LessonProgress {
            step: Some(step.into()),
            done: vec!["first".into()],
            ..LessonProgress::default()
        }
    }

    fn file(directory: &Path) -> PathBuf {
        directory.join("cnm/progress.json")
    }

    #[test]
    fn what_is_saved_is_loaded_lesson_by_lesson() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        assert_eq!(store.load("cnm"), (LessonProgress::default(), None));
        assert!(!file(home.path()).exists(), "looking makes nothing");
        assert_eq!(store.save("cnm", &at("second")), Ok(None));
        assert_eq!(store.save("other", &at("third")), Ok(None));
        assert_eq!(store.load("cnm"), (at("second"), None));
        assert_eq!(store.load("other"), (at("third"), None));
        let mut left: Vec<_> = fs::read_dir(home.path().join("cnm"))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["progress.json", "progress.lock"]);
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_told() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        for (n, text) in [
            "{\"schema\": 1, \"lessons\"",
            "{\"schema\":1,\"lessons\":{\"cnm\":7}}",
            "\u{0}\u{1}",
        ]
        .iter()
        .enumerate()
        {
            store.save("cnm", &at("second")).unwrap();
            fs::write(file(home.path()), text).unwrap();
            let (progress, notice) = store.load("cnm");
            assert_eq!(progress, LessonProgress::default());
            let Some(Notice::Damaged(aside)) = notice else {
                panic!("{notice:?}")
            };
            assert_eq!(fs::read_to_string(&aside).unwrap(), *text);
            let name = aside.file_name().unwrap().to_str().unwrap().to_owned();
            assert_eq!(
                name,
                [
                    "progress.json.damaged",
                    "progress.json.damaged.2",
                    "progress.json.damaged.3"
                ][n]
            );
            assert_eq!(store.load("cnm").1, None, "told once");
        }
    }

    #[test]
    fn a_file_from_the_future_is_kept_aside() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        fs::create_dir_all(home.path().join("cnm")).unwrap();
        fs::write(file(home.path()), "{\"schema\":2,\"what\":[]}").unwrap();
        let notice = store.save("cnm", &at("second")).unwrap();
        let Some(Notice::FromFuture(aside)) = notice else {
            panic!("{notice:?}")
        };
        assert!(fs::read_to_string(aside).unwrap().contains("what"));
        assert_eq!(store.load("cnm"), (at("second"), None));
    }

    #[test]
    fn without_a_home_nothing_is_kept_and_that_is_told() {
        let store = ProgressStore::locate(|name| (name == "HOME").then(|| "relative".into()));
        assert_eq!(store.load("cnm").1, Some(Notice::NoHome));
        assert_eq!(store.save("cnm", &at("second")), Err(Notice::NoHome));
        for lang in Lang::ALL {
            assert!(Notice::NoHome.text(lang).contains("HOME"));
        }
    }

    #[test]
    fn home_is_the_second_choice() {
        let store = ProgressStore::locate(|name| (name == "HOME").then(|| "/home/a".into()));
        assert_eq!(store.path.unwrap(), Path::new("/home/a/.local/state/cnm/progress.json"));
    }

    #[test]
    fn a_refusal_of_the_system_is_told() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("cnm"), "a file where the directory should be").unwrap();
        let refusal = store(home.path()).save("cnm", &at("second"));
        assert!(matches!(refusal, Err(Notice::NotKept(_))), "{refusal:?}");
    }

    #[test]
    fn what_another_session_has_done_since_stays_done() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        let known = at("second");
        store.save("cnm", &known).unwrap();
        let mut other = known.clone();
        other.done.push("second".into());
        other.answers.insert("question".into(), 2);
        store.save_over("cnm", Some(&known), &other).unwrap();
        let mine = LessonProgress {
            step: Some("third".into()),
            done: vec!["third".into()],
            ..LessonProgress::default()
        };
        store.save_over("cnm", Some(&known), &mine).unwrap();
        let (kept, _) = store.load("cnm");
        assert_eq!(kept.done, ["third", "second"], "and what this one put back is open");
        assert_eq!(
            (kept.step.as_deref(), kept.answers.get("question")),
            (Some("third"), Some(&2))
        );
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        store(home.path()).save("cnm", &at("second")).unwrap();
        assert_eq!(
            fs::metadata(file(home.path())).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn sessions_at_the_same_time_lose_nothing() {
        let home = tempfile::tempdir().unwrap();
        let store = store(home.path());
        std::thread::scope(|scope| {
            for n in 0..8 {
                let store = store.clone();
                scope.spawn(move || store.save(&format!("lesson{n}"), &at("second")).unwrap());
            }
        });
        for n in 0..8 {
            assert_eq!(store.load(&format!("lesson{n}")).0, at("second"));
        }
    }
}
