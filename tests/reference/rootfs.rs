//! The files both sides are given: root file systems as archives, the lab's `resolv.conf`, our program where anyone may run it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::support::{self, CNM, Home, Lab, processes};

/// A folder that every user can read.
pub struct Files {
    folder: tempfile::TempDir,
}

/// What our image `alpine` says of itself, for `docker import`.
const ALPINE_CONFIG: &str = "--change 'CMD [\"/bin/sh\"]' \
     --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'";

impl Files {
    pub fn make() -> Self {
        let folder = tempfile::Builder::new().prefix("reference-files-").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let files = Self { folder };
        fs::create_dir(files.our_docker()).unwrap();
        fs::copy(CNM, files.program()).expect("our program");
        symlink("../cnm", files.our_docker().join("docker")).unwrap();
        files.pack_box();
        files.pack_alpine();
        fs::write(files.resolv_conf(), lab_file("/etc/resolv.conf")).unwrap();
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn program(&self) -> PathBuf {
        self.path("cnm")
    }

    /// The folder in which `docker` is `cnm`.
    pub fn our_docker(&self) -> PathBuf {
        self.path("bin")
    }

    /// The nameserver of the lab's host: Docker's private machine has the same.
    pub fn resolv_conf(&self) -> PathBuf {
        self.path("resolv.conf")
    }

    /// `docker import` of busybox-static as `box`.
    pub fn import_of_box(&self) -> String {
        format!("docker import {} box >/dev/null", self.path("box.tar").display())
    }

    /// What gives a Docker Engine the images that scenarios name.
    pub fn imports_for_docker(&self) -> [String; 2] {
        let alpine = self.path("alpine.tar");
        [
            self.import_of_box(),
            format!("docker import {ALPINE_CONFIG} {} alpine >/dev/null", alpine.display()),
        ]
    }

    /// busybox-static with a link for each of its applets, and the folders a container wants.
    fn pack_box(&self) {
        let root = self.path("box");
        for name in ["bin", "etc", "root", "tmp", "dev", "proc", "sys", "var"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        let busybox = root.join("bin/busybox");
        fs::copy("/bin/busybox", &busybox).expect("busybox-static is needed at /bin/busybox");
        let applets = Command::new(&busybox).arg("--list").output().unwrap().stdout;
        for applet in String::from_utf8(applets)
            .unwrap()
            .lines()
            .filter(|name| *name != "busybox")
        {
            symlink("busybox", root.join("bin").join(applet)).unwrap();
        }
        fs::write(root.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n").unwrap();
        fs::write(root.join("etc/group"), "root:x:0:\n").unwrap();
        pack(&root, &self.path("box.tar"));
    }

    /// What a container of our image `alpine` sees as its root, without what is mounted in it.
    fn pack_alpine(&self) {
        let lab = Lab::start();
        lab.ok(&["run", "-d", "alpine", "sleep", "1000"]);
        let mut sleeping = None;
        support::eventually(Duration::from_secs(20), || {
            let family = processes::family(lab.child.id().cast_signed());
            sleeping = family.into_iter().find(|process| process.name == "sleep");
            sleeping.is_some()
        });
        let process = sleeping.expect("a container's process");
        pack(
            Path::new(&format!("/proc/{}/root", process.pid)),
            &self.path("alpine.tar"),
        );
    }
}

/// An archive of one file system, everything in it root's.
fn pack(root: &Path, archive: &Path) {
    let status = Command::new("tar")
        .args(["--one-file-system", "--numeric-owner", "--owner=0", "--group=0", "-cf"])
        .arg(archive)
        .arg("-C")
        .arg(root)
        .arg(".")
        .status();
    assert!(status.is_ok_and(|status| status.success()), "tar of {}", root.display());
}

/// A file as programs on the lab's host see it.
fn lab_file(path: &str) -> Vec<u8> {
    let home = Home::new();
    let mut command = home.cnm();
    command.args(["--console", "real", "lab", "--", "cat", path]);
    let output = command.stdin(Stdio::null()).output().expect("cnm runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
