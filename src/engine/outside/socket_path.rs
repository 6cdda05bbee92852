//! A lab's socket on the real file system: made under a lock, removed only where it is still ours.
//!
//! The lock is flock(2) on the socket's directory: it leaves no file, and the kernel lets go of it with its holder.

use std::fs::{self, DirBuilder, File, Metadata, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, fchmod};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::paths;

/// How long another start or end may hold the lock. Each holds it for a few system calls.
const PATIENCE: Duration = Duration::from_secs(1);

/// A socket we bound, by what tells it from any other at its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketPath {
    path: PathBuf,
    device: u64,
    inode: u64,
    /// A directory made for it, removed with it.
    folder: Option<PathBuf>,
}

/// Why the socket was not bound.
#[derive(Debug, thiserror::Error)]
pub enum SocketPathError {
    /// Someone answers there.
    #[error("{}: a lab is already served there", .0.display())]
    Taken(PathBuf),
    /// There is something there that is not a socket.
    #[error("{}: is not a socket, and is left alone", .0.display())]
    NotASocket(PathBuf),
    /// The temporary directory has a folder of our name that is not ours.
    #[error("{}: belongs to someone else", .0.display())]
    NotOurs(PathBuf),
    /// The operating system refused.
    #[error("{}: {source}", .path.display())]
    Os {
        /// Of what.
        path: PathBuf,
        /// The kernel's answer.
        source: io::Error,
    },
}

impl SocketPath {
    /// Binds a socket at `path`, for its owner only. A dead one that is there is replaced.
    ///
    /// # Errors
    /// The path is taken, or cannot be bound.
    pub fn bind(path: &Path) -> Result<(Self, UnixListener), SocketPathError> {
        let os = |source| SocketPathError::Os {
            path: path.to_owned(),
            source,
        };
        let path = &std::path::absolute(path).map_err(os)?;
        let _lock = lock(path).map_err(os)?;
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(os(error)),
            Ok(found) if !found.file_type().is_socket() => return Err(SocketPathError::NotASocket(path.clone())),
            Ok(_) if is_alive(path) => return Err(SocketPathError::Taken(path.clone())),
            Ok(_) => fs::remove_file(path).map_err(os)?,
        }
        let listener = listen(path).map_err(os)?;
        let found = fs::symlink_metadata(path).map_err(os)?;
        let bound = Self {
            path: path.clone(),
            device: found.dev(),
            inode: found.ino(),
            folder: None,
        };
        Ok((bound, listener))
    }

    /// Binds a person's default socket: `$XDG_RUNTIME_DIR/cnm/lab.sock`; without that variable, in a directory of the
    /// person's own in the temporary directory.
    ///
    /// # Errors
    /// As [`SocketPath::bind`]; also where that directory belongs to someone else.
    pub fn bind_default() -> Result<(Self, UnixListener), SocketPathError> {
        let path = paths::default_socket(|name| std::env::var_os(name), paths::user_id());
        let folder = path.parent().unwrap_or(&path).to_owned();
        let made = make_own_folder(&folder)?;
        let (mut bound, listener) = Self::bind(&path).inspect_err(|_| {
            if made {
                let _ = fs::remove_dir(&folder);
            }
        })?;
        bound.folder = made.then_some(folder);
        Ok((bound, listener))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it if it is still the one we bound, and the directory made for it if nothing else is in there.
    pub fn remove(&self) {
        // Without the lock too: rather a small race with another start than a path that stays.
        let _lock = lock(&self.path);
        if fs::symlink_metadata(&self.path).is_ok_and(|found| self.is_ours(&found)) {
            let _ = fs::remove_file(&self.path);
        }
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir(folder);
        }
    }

    fn is_ours(&self, found: &Metadata) -> bool {
        (found.dev(), found.ino()) == (self.device, self.inode)
    }
}

/// Listens at `path`, for its owner only from the first moment: a socket's file has the socket's own mode (`unix_bind`,
/// `net/unix/af_unix.c`). The umask, which would do it too, is every thread's.
fn listen(path: &Path) -> io::Result<UnixListener> {
    // The kernel takes a path that fills the whole address, without a NUL at its end (unix(7)); most programs cannot connect to it.
    std::os::unix::net::SocketAddr::from_pathname(path)?;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    // As many may wait as the kernel allows.
    rustix::net::listen(&socket, -1)?;
    Ok(socket.into())
}

/// Makes a 0700 directory, or finds it there and ours; true when it was made.
fn make_own_folder(folder: &Path) -> Result<bool, SocketPathError> {
    let os = |source| SocketPathError::Os {
        path: folder.to_owned(),
        source,
    };
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(folder).map_err(os)?;
            if !found.is_dir() || found.uid() != paths::user_id() {
                return Err(SocketPathError::NotOurs(folder.to_owned()));
            }
            Ok(false)
        }
        Err(error) => Err(os(error)),
    }
}

/// Whether anyone accepts there. Only a refused connection (unix(7), ECONNREFUSED) says that the socket is dead.
fn is_alive(path: &Path) -> bool {
    match UnixStream::connect(path) {
        Ok(_) => true,
        Err(error) => error.kind() != io::ErrorKind::ConnectionRefused,
    }
}

fn lock(path: &Path) -> io::Result<File> {
    let folder = File::open(path.parent().unwrap_or(path))?;
    let given_up = Instant::now() + PATIENCE;
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(folder),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= given_up => {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.sock");
        let (first, listener) = SocketPath::bind(&path).unwrap();
        assert!(matches!(SocketPath::bind(&path), Err(SocketPathError::Taken(_))));
        drop(listener);
        let (second, _listener) = SocketPath::bind(&path).unwrap();
        first.remove();
        // Inode numbers may be used again at once; then the first cannot tell.
        if first != second {
            assert!(path.exists());
        }
        second.remove();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_not_a_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.sock");
        fs::write(&path, "precious").unwrap();
        assert!(matches!(SocketPath::bind(&path), Err(SocketPathError::NotASocket(_))));
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }

    #[test]
    fn only_its_owner_may_connect() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.sock");
        let (_bound, _listener) = SocketPath::bind(&path).unwrap();
        assert_eq!(fs::symlink_metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn removing_leaves_another_ones_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.sock");
        let (bound, _listener) = SocketPath::bind(&path).unwrap();
        fs::rename(&path, folder.path().join("elsewhere")).unwrap();
        fs::write(&path, "other").unwrap();
        bound.remove();
        assert!(path.exists());
    }
}
