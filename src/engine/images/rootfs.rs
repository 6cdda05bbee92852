//! Root file systems of the built-in images: one tmpfs per lab, in it one copy of the program, and per image a tree of
//! links to it and of small files.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount, mount_remount};

use super::Program;
use super::catalogue;
use super::skeleton::{ALPINE, BUSYBOX, CONSOLE, Skeleton};

/// Why the root file systems could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {source}")]
pub struct StoreError {
    /// What was being done, with its subject.
    pub doing: String,
    /// The kernel's answer.
    pub source: io::Error,
}

/// The lower layers of a lab's containers. They are read-only and every container sees the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Mounts a tmpfs on the existing directory `at`, fills it and closes it for writing. `links` are the places of the
    /// program's applets in an image (`/bin/sh`). `at` may hold no comma, colon or backslash: overlay takes them for its own.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn build(at: &Path, program: &Program, links: &[&str]) -> Result<Self, StoreError> {
        if at
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .any(|byte| b",:\\".contains(byte))
        {
            let source = io::Error::from(io::ErrorKind::InvalidInput);
            return Err(StoreError {
                doing: format!("keep images in {}", at.display()),
                source,
            });
        }
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        let doing = |what: &str| format!("{what} {}", at.display());
        mount("tmpfs", at, "tmpfs", flags, c"mode=755").because(|| doing("mount the images' file system on"))?;
        fill(at, program, links)?;
        mount_remount(at, flags | MountFlags::RDONLY, c"").because(|| doing("make read-only"))?;
        Ok(Self { root: at.to_owned() })
    }

    /// The store that another process of this lab builds there.
    #[must_use]
    pub fn at(at: &Path) -> Self {
        Self { root: at.to_owned() }
    }

    /// Root of an image's lower layer, by whatever [`catalogue::find`] understands.
    #[must_use]
    pub fn lower(&self, reference: &str) -> Option<PathBuf> {
        catalogue::find(reference).map(|image| self.root.join(image.repository))
    }

    /// Root of the console's lower layer: an image that has `docker` and `cnm` too.
    #[must_use]
    pub fn console(&self) -> PathBuf {
        self.root.join(CONSOLE.name)
    }

    /// An empty directory that each container, in its own mount namespace, may mount on.
    #[must_use]
    pub fn stage(&self) -> PathBuf {
        self.root.join(STAGE)
    }
}

const STAGE: &str = "stage";

/// Fills an empty directory.
fn fill(root: &Path, program: &Program, links: &[&str]) -> Result<(), StoreError> {
    let shared = Shared::copy(root, program)?;
    make_folder(&root.join(STAGE), 0o755)?;
    for skeleton in [&ALPINE, &BUSYBOX, &CONSOLE] {
        make_image(&root.join(skeleton.name), skeleton, &shared, links)?;
    }
    Ok(())
}

/// The files that all images share: where the one copy is, and the absolute paths it has in each image.
struct Shared {
    program: PathBuf,
    libraries: Vec<(PathBuf, Vec<PathBuf>)>,
}

impl Shared {
    fn copy(root: &Path, program: &Program) -> Result<Self, StoreError> {
        let home = root.join("shared");
        make_folder(&home, 0o755)?;
        let copy = home.join("cnm");
        program
            .copy_to(&copy)
            .because(|| "copy the program into the images".into())?;
        let mut libraries = Vec::new();
        for (number, library) in program.needed().enumerate() {
            let file = home.join(number.to_string());
            library
                .copy_to(&file)
                .because(|| format!("copy a library to {}", file.display()))?;
            libraries.push((file, library.places()));
        }
        Ok(Self {
            program: copy,
            libraries,
        })
    }
}

fn make_image(root: &Path, skeleton: &Skeleton, shared: &Shared, links: &[&str]) -> Result<(), StoreError> {
    make_folder(root, 0o755)?;
    for (path, mode) in skeleton.folders {
        make_folder(&below(root, path), *mode)?;
    }
    for (path, content) in skeleton.files {
        let file = below(root, path);
        fs::write(&file, content).because(|| format!("write {}", file.display()))?;
    }
    for (path, target) in skeleton.symlinks {
        let link = below(root, path);
        symlink(target, &link).because(|| format!("link {}", link.display()))?;
    }
    for path in skeleton.programs {
        hard_link(&shared.program, &below(root, path))?;
    }
    for link in links {
        let place = skeleton.place_of(link);
        let path = below(root, &place);
        if skeleton.applets_are_symlinks {
            in_its_folder(&path)?;
            // A file of that name is the image's own.
            if !path.exists() {
                symlink("/bin/busybox", &path).because(|| format!("link {}", path.display()))?;
            }
        } else {
            hard_link(&shared.program, &path)?;
        }
    }
    for (file, places) in &shared.libraries {
        for place in places {
            hard_link(file, &below(root, &place.to_string_lossy()))?;
        }
    }
    Ok(())
}

/// An absolute path of the image, below the image's root.
fn below(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

/// Links `file` to `path`; what stands there already stays.
fn hard_link(file: &Path, path: &Path) -> Result<(), StoreError> {
    in_its_folder(path)?;
    match fs::hard_link(file, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result.because(|| format!("link {}", path.display())),
    }
}

fn in_its_folder(path: &Path) -> Result<(), StoreError> {
    path.parent().map_or(Ok(()), |folder| {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(folder)
            .because(|| format!("make the folder {}", folder.display()))
    })
}

/// Makes a folder with exactly that mode, whatever the umask.
fn make_folder(path: &Path, mode: u32) -> Result<(), StoreError> {
    in_its_folder(path)?;
    fs::create_dir(path)
        .and_then(|()| File::open(path)?.set_permissions(fs::Permissions::from_mode(mode)))
        .because(|| format!("make the folder {}", path.display()))
}

/// Puts what was being done beside an error.
trait Because<T> {
    fn because(self, doing: impl FnOnce() -> String) -> Result<T, StoreError>;
}

impl<T, E: Into<io::Error>> Because<T> for Result<T, E> {
    fn because(self, doing: impl FnOnce() -> String) -> Result<T, StoreError> {
        self.map_err(|source| StoreError {
            doing: doing(),
            source: source.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    const LINKS: [&str; 3] = ["/bin/sh", "/sbin/ip", "/usr/bin/env"];

    fn filled() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fill(folder.path(), &Program::of_self().unwrap(), &LINKS).unwrap();
        folder
    }

    #[test]
    fn every_image_has_every_applet_and_all_are_one_file() {
        let folder = filled();
        let at = |path: &str| fs::metadata(folder.path().join(path)).unwrap().ino();
        let one = at("shared/cnm");
        for path in [
            "alpine/bin/busybox",
            "busybox/bin/sh",
            "busybox/bin/ip",
            "busybox/bin/env",
            "console/usr/bin/docker",
        ] {
            assert_eq!(at(path), one, "{path}");
        }
        for path in [
            "alpine/bin/sh",
            "alpine/sbin/ip",
            "alpine/usr/bin/env",
            "console/bin/sh",
        ] {
            assert_eq!(
                fs::read_link(folder.path().join(path)).unwrap(),
                Path::new("/bin/busybox"),
                "{path}"
            );
        }
    }

    #[test]
    fn images_of_the_catalogue_and_file_systems_are_the_same() {
        let folder = filled();
        let store = Store {
            root: folder.path().to_owned(),
        };
        for image in catalogue::all() {
            assert!(store.lower(&image.reference()).unwrap().join("bin/busybox").exists());
        }
        assert!(store.console().join("usr/bin/cnm").exists());
        assert_eq!(fs::read_dir(store.stage()).unwrap().count(), 0);
        assert_eq!(store.lower("nginx"), None);
    }

    #[test]
    fn a_container_finds_the_places_it_mounts_on() {
        let folder = filled();
        for image in ["alpine", "busybox", "console"] {
            for path in [
                "proc",
                "sys",
                "dev",
                "etc/hosts",
                "etc/resolv.conf",
                "etc/hostname",
                "root",
            ] {
                assert!(folder.path().join(image).join(path).exists(), "{image} {path}");
            }
            let tmp = fs::metadata(folder.path().join(image).join("tmp")).unwrap();
            assert_eq!(tmp.mode() & 0o7777, 0o1777);
        }
    }

    #[test]
    fn a_folder_that_overlay_cannot_name_is_refused() {
        let program = Program::of_self().unwrap();
        for path in ["/a,b", "/a:b", "/a\\b"] {
            assert!(Store::build(Path::new(path), &program, &LINKS).is_err());
        }
    }
}
