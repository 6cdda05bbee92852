//! The packages, by image, and how one is put into place: a link from where the real package has its program to the shelf.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::super::shelf::FOLDER;

/// One package.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub name: &'static str,
    /// Version and release, as the image's package manager writes them.
    pub version: &'static str,
    /// Where its programs go, and which of the shelf's they are.
    pub programs: &'static [(&'static str, &'static str)],
}

/// Packages of `alpine` 3.22.
pub(super) const ALPINE: &[Package] = &[
    Package {
        name: "bash",
        version: "5.2.37-r0",
        programs: &[("/bin/bash", "bash")],
    },
    Package {
        name: "bind-tools",
        version: "9.20.13-r0",
        programs: &[("/usr/bin/dig", "dig")],
    },
    Package {
        name: "curl",
        version: "8.14.1-r1",
        programs: &[("/usr/bin/curl", "curl")],
    },
    Package {
        name: "drill",
        version: "1.8.4-r0",
        programs: &[("/usr/bin/drill", "drill")],
    },
    Package {
        name: "iputils",
        version: "20240905-r0",
        programs: &[("/bin/ping", "ping.iputils")],
    },
];

/// Packages of `centos` 7.
pub(super) const CENTOS: &[Package] = &[
    Package {
        name: "bind-utils",
        version: "32:9.11.4-26.P2.el7_9.16",
        programs: &[("/usr/bin/dig", "dig")],
    },
    Package {
        name: "iproute",
        version: "4.11.0-30.el7",
        programs: &[("/usr/sbin/ip", "ip")],
    },
    Package {
        name: "ldns",
        version: "1.6.16-10.el7",
        programs: &[("/usr/bin/drill", "drill")],
    },
];

/// A package by name.
pub(super) fn find(packages: &'static [Package], name: &str) -> Option<&'static Package> {
    packages.iter().find(|package| package.name == name)
}

impl Package {
    /// Whether all its programs are in place below `root`.
    pub(super) fn is_installed(&self, root: &Path) -> bool {
        self.programs
            .iter()
            .all(|(place, program)| fs::read_link(below(root, place)).is_ok_and(|to| to == on_shelf(program)))
    }

    /// Puts its programs into place, over what stands there.
    pub(super) fn install(&self, root: &Path) -> io::Result<()> {
        for (place, program) in self.programs {
            let path = below(root, place);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => symlink(on_shelf(program), &path)?,
            }
        }
        Ok(())
    }

    /// Takes its programs away. What stood there before comes back where it was busybox's.
    pub(super) fn remove(&self, root: &Path) -> io::Result<()> {
        for (place, _) in self.programs {
            let path = below(root, place);
            fs::remove_file(&path)?;
            let busybox = Path::new("/bin/busybox");
            if super::super::LINKS.contains(place) && below(root, "/bin/busybox").exists() {
                symlink(busybox, &path)?;
            }
        }
        Ok(())
    }
}

fn on_shelf(program: &str) -> PathBuf {
    Path::new(FOLDER).join(program)
}

fn below(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_of_a_package_is_an_applet() {
        let names = super::super::super::names();
        for package in ALPINE.iter().chain(CENTOS) {
            for (place, program) in package.programs {
                assert!(names.contains(program), "{}: {program}", package.name);
                assert!(place.starts_with('/'), "{place}");
            }
        }
    }

    #[test]
    fn a_package_comes_and_goes_and_busybox_s_own_returns() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("bin")).unwrap();
        fs::write(root.path().join("bin/busybox"), "").unwrap();
        symlink("/bin/busybox", root.path().join("bin/ping")).unwrap();
        let iputils = find(ALPINE, "iputils").unwrap();
        assert!(!iputils.is_installed(root.path()));
        iputils.install(root.path()).unwrap();
        assert!(iputils.is_installed(root.path()));
        iputils.install(root.path()).unwrap();
        iputils.remove(root.path()).unwrap();
        assert_eq!(
            fs::read_link(root.path().join("bin/ping")).unwrap(),
            Path::new("/bin/busybox")
        );
        assert!(find(ALPINE, "nginx").is_none());
        assert!(
            find(ALPINE, "curl").unwrap().install(root.path()).is_err(),
            "no /usr/bin there"
        );
    }
}
