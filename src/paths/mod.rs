//! Where a person's lab is found: the one rule for those who serve it and those who look for it.

use std::path::{Path, PathBuf};

/// Where `cnm lab` listens and `cnm check` looks when nothing else is said: `$XDG_RUNTIME_DIR/cnm/lab.sock`, else in a directory of
/// the user's own in the temporary directory. `env` looks a variable up; a path that is not absolute counts for none.
#[must_use]
pub fn default_socket<S: Into<PathBuf>>(env: impl Fn(&str) -> Option<S>, uid: u32) -> PathBuf {
    let absolute = |name: &str| env(name).map(Into::into).filter(|path: &PathBuf| path.is_absolute());
    match absolute("XDG_RUNTIME_DIR") {
        Some(runtime) => runtime.join("cnm/lab.sock"),
        None => absolute("TMPDIR")
            .unwrap_or_else(|| Path::new("/tmp").to_owned())
            .join(format!("cnm-{uid}/lab.sock")),
    }
}

/// The folder of a person's own that this socket lies in.
#[must_use]
pub fn own_folder<S: Into<PathBuf>>(env: impl Fn(&str) -> Option<S>, uid: u32) -> PathBuf {
    let mut folder = default_socket(env, uid);
    folder.pop();
    folder
}

/// Whose the folder without a runtime directory is: the effective user id, under which files are made and sockets reached
/// (credentials(7)); 0 where the system has none.
#[must_use]
pub fn user_id() -> u32 {
    #[cfg(target_os = "linux")]
    {
        rustix::process::geteuid().as_raw()
    }
    #[cfg(not(target_os = "linux"))]
    {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_directory_comes_first() {
        let env = |name: &str| (name == "XDG_RUNTIME_DIR").then(|| "/run/user/7".to_owned());
        assert_eq!(default_socket(env, 7), Path::new("/run/user/7/cnm/lab.sock"));
    }

    #[test]
    fn without_it_the_user_has_a_directory_of_their_own() {
        assert_eq!(default_socket(|_| None::<String>, 7), Path::new("/tmp/cnm-7/lab.sock"));
        let temporary = |name: &str| (name == "TMPDIR").then_some("/var/tmp");
        assert_eq!(default_socket(temporary, 7), Path::new("/var/tmp/cnm-7/lab.sock"));
        let relative = |name: &str| (name == "XDG_RUNTIME_DIR").then(|| "run".to_owned());
        assert_eq!(default_socket(relative, 7), Path::new("/tmp/cnm-7/lab.sock"));
    }
}
