//! Root file systems of the built-in images: one tmpfs per lab, in it one copy of the program, and per image a tree of
//! links to it and of small files.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount, mount_remount};

use super::Program;
use super::catalogue;
use super::skeleton::{ALPINE, BUSYBOX, CENTOS, CONSOLE, ELASTICSEARCH, Skeleton};
use super::tree::{Node, Tree};

/// Why the root file systems could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {source}")]
pub struct StoreError {
    /// What was being done, with its subject.
    pub doing: String,
    /// The kernel's answer.
    pub source: io::Error,
}

/// The program's applets.
#[derive(Debug, Clone, Copy)]
pub struct Applets<'a> {
    /// Places that alpine has them at (`/bin/sh`).
    pub links: &'a [&'a str],
    /// The folder of an image where every applet lies ready for its package managers.
    pub shelf: &'a str,
    /// Names of all applets, those in no image's own tree too.
    pub names: &'a [&'a str],
}

/// The lower layers of a lab's containers. They are read-only and every container sees the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Mounts a tmpfs on the existing directory `at`, fills it and closes it for writing. `at` may hold no comma, colon or backslash: overlay takes them for its own.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn build(at: &Path, program: &Program, applets: Applets) -> Result<Self, StoreError> {
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
        fill(at, program, applets)?;
        mount_remount(at, flags | MountFlags::RDONLY, c"").because(|| doing("make read-only"))?;
        Ok(Self { root: at.to_owned() })
    }

    /// The store that another process of this lab builds there.
    #[must_use]
    pub fn at(at: &Path) -> Self {
        Self { root: at.to_owned() }
    }

    /// Root of an image's lower layer: a built-in one by whatever [`catalogue::find`] understands, an imported one by the name
    /// it was unpacked under.
    #[must_use]
    pub fn lower(&self, reference: &str) -> Option<PathBuf> {
        let imported = || Some(self.imported()?.join(imported_name(reference)?)).filter(|path| path.is_dir());
        catalogue::find(reference)
            .map(|image| self.root.join(image.repository))
            .or_else(imported)
    }

    /// Where imported images are, each below its name.
    fn imported(&self) -> Option<PathBuf> {
        Some(self.root.parent()?.join("imported"))
    }

    /// Root of the console's lower layer: an image that has `docker` and `cnm` too.
    #[must_use]
    pub fn console(&self) -> PathBuf {
        self.root.join(CONSOLE.name)
    }

    /// The copy of the program itself, which all images link to and nobody can write, under the name that a zygote has from
    /// the moment it executes it (proc(5), `/proc/PID/comm`).
    #[must_use]
    pub fn zygote(&self) -> PathBuf {
        self.root.join(SHARED).join(ZYGOTE)
    }

    /// An empty directory that each container, in its own mount namespace, may mount on.
    #[must_use]
    pub fn stage(&self) -> PathBuf {
        self.root.join(STAGE)
    }
}

/// A name that an imported image may be unpacked under: `import-` and decimal digits, as the engine gives them. Anything else
/// could name another place.
#[must_use]
pub fn imported_name(text: &str) -> Option<&str> {
    let number = text.strip_prefix("import-")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

const STAGE: &str = "stage";
/// Where the files are that all images share.
const SHARED: &str = "shared";
/// The program among them.
const PROGRAM: &str = "cnm";
/// A link to it.
const ZYGOTE: &str = "cnm-zygote";

/// Fills an empty directory.
fn fill(root: &Path, program: &Program, applets: Applets) -> Result<(), StoreError> {
    let shared = Shared::copy(root, program)?;
    make_folder(&root.join(STAGE), 0o755)?;
    for skeleton in [&ALPINE, &BUSYBOX, &CENTOS, &CONSOLE, &ELASTICSEARCH] {
        make_image(&root.join(skeleton.name), skeleton, &shared, applets)?;
    }
    Ok(())
}

/// The files that all images share: where the one copy is, and the absolute paths it has in each image.
struct Shared {
    program: PathBuf,
    libraries: Vec<PathBuf>,
    places: Vec<Vec<PathBuf>>,
}

impl Shared {
    fn copy(root: &Path, program: &Program) -> Result<Self, StoreError> {
        let home = root.join(SHARED);
        make_folder(&home, 0o755)?;
        let copy = home.join(PROGRAM);
        program
            .copy_to(&copy)
            .because(|| "copy the program into the images".into())?;
        symlink(PROGRAM, home.join(ZYGOTE)).because(|| "link the program".into())?;
        let mut shared = Self {
            program: copy,
            libraries: Vec::new(),
            places: Vec::new(),
        };
        for (number, library) in program.needed().enumerate() {
            let file = home.join(number.to_string());
            library
                .copy_to(&file)
                .because(|| format!("copy a library to {}", file.display()))?;
            shared.libraries.push(file);
            shared.places.push(library.places());
        }
        Ok(shared)
    }

    fn library(&self, number: usize) -> &Path {
        self.libraries.get(number).unwrap_or(&self.program)
    }
}

fn make_image(root: &Path, skeleton: &Skeleton, shared: &Shared, applets: Applets) -> Result<(), StoreError> {
    make_folder(root, 0o755)?;
    for (path, node) in Tree::of(skeleton, applets, &shared.places).iter() {
        let place = root.join(path);
        match node {
            Node::Folder(mode) => make_folder(&place, *mode)?,
            Node::File(content, mode) => fs::write(&place, content)
                .and_then(|()| fs::set_permissions(&place, fs::Permissions::from_mode(*mode)))
                .because(|| format!("write {}", place.display()))?,
            Node::Symlink(target) => symlink(target, &place).because(|| format!("link {}", place.display()))?,
            Node::Program => hard_link(&shared.program, &place)?,
            Node::Library(number) => hard_link(shared.library(*number), &place)?,
        }
    }
    Ok(())
}

fn hard_link(file: &Path, place: &Path) -> Result<(), StoreError> {
    fs::hard_link(file, place).because(|| format!("link {}", place.display()))
}

/// Makes a folder with exactly that mode, whatever the umask.
fn make_folder(path: &Path, mode: u32) -> Result<(), StoreError> {
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

    const APPLETS: Applets = Applets {
        links: &["/bin/sh", "/bin/ping", "/sbin/ip", "/usr/bin/env"],
        shelf: "/usr/libexec/lab",
        names: &["sh", "ping", "ip", "env", "ping.iputils", "curl"],
    };

    fn filled() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fill(folder.path(), &Program::of_self().unwrap(), APPLETS).unwrap();
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
            let lower = store.lower(&image.reference()).unwrap();
            assert!(lower.join("bin/sh").symlink_metadata().is_ok(), "{}", lower.display());
        }
        assert!(store.console().join("usr/bin/cnm").exists());
        let program = fs::canonicalize(store.zygote()).unwrap();
        assert!(program.ends_with("shared/cnm"), "{}", program.display());
        assert_eq!(fs::read_dir(store.stage()).unwrap().count(), 0);
        assert_eq!(store.lower("nginx"), None);
    }

    #[test]
    fn a_container_finds_the_places_it_mounts_on() {
        let folder = filled();
        for image in ["alpine", "busybox", "centos", "console", "elasticsearch"] {
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
    fn an_image_lacks_what_the_real_one_lacks_but_has_it_on_its_shelf() {
        let folder = filled();
        // Not followed: alpine's absolute links lead to its own busybox in a container only.
        let has = |path: &str| folder.path().join(path).symlink_metadata().is_ok();
        assert!(has("centos/usr/bin/sh") && has("centos/usr/bin/curl") && has("alpine/sbin/ip"));
        assert!(!has("centos/usr/bin/ip") && !has("alpine/usr/bin/curl"));
        assert!(has("centos/usr/libexec/lab/ip") && has("alpine/usr/libexec/lab/curl"));
        assert!(!has("busybox/usr/libexec"));
        let ping = fs::canonicalize(folder.path().join("centos/bin/ping")).unwrap();
        assert!(
            ping.ends_with("centos/usr/libexec/lab/ping.iputils"),
            "{}",
            ping.display()
        );
        let script = fs::metadata(folder.path().join("elasticsearch/docker-entrypoint.sh")).unwrap();
        assert_eq!(script.mode() & 0o777, 0o755);
    }

    #[test]
    fn a_folder_that_overlay_cannot_name_is_refused() {
        let program = Program::of_self().unwrap();
        for path in ["/a,b", "/a:b", "/a\\b"] {
            assert!(Store::build(Path::new(path), &program, APPLETS).is_err());
        }
    }
}
