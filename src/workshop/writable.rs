//! Whether progress can be kept, asked before there is any.

use std::io;

use super::{Notice, ProgressStore};

impl ProgressStore {
    /// What the learner must know from the start: nothing will be kept. None where it can be, as far as one can tell without writing.
    #[must_use]
    pub fn refusal(&self) -> Option<Notice> {
        let Some(path) = &self.path else {
            return Some(Notice::NoHome);
        };
        let place = path.ancestors().skip(1).find(|place| place.exists())?;
        let error = if place.is_dir() {
            may_write(place).err()?
        } else {
            io::ErrorKind::NotADirectory.into()
        };
        Some(Notice::NotKept(error.to_string()))
    }
}

#[cfg(target_os = "linux")]
fn may_write(place: &std::path::Path) -> io::Result<()> {
    use rustix::fs::Access;
    Ok(rustix::fs::access(place, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(not(target_os = "linux"))]
fn may_write(_: &std::path::Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_that_is_none_is_told_before_anything_is_to_be_kept() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        std::fs::write(&file, "").unwrap();
        let at = |home: &std::path::Path| {
            let home = home.to_owned();
            ProgressStore::locate(move |name| (name == "HOME").then(|| home.clone().into()))
        };
        assert_eq!(at(home.path()).refusal(), None);
        assert!(!home.path().join(".local").exists(), "nothing was written");
        assert!(matches!(at(&file).refusal(), Some(Notice::NotKept(_))));
        assert_eq!(ProgressStore::locate(|_| None).refusal(), Some(Notice::NoHome));
    }
}
