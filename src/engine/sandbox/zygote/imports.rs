//! Imported images: a tmpfs for each, filled by a process that sees nothing else.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_remount, unmount};

use rustix::process::{Resource, Rlimit, chroot, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::refusal::refused;
use crate::engine::images::{UnpackError, Unpacked, imported_name, unpack};
use crate::engine::sandbox::edge::{self, Forked};
use crate::engine::sandbox::protocol::Answer;
use crate::engine::sandbox::{hostroot, process};

/// Nothing of an image is a device, and nothing in it raises anybody's privileges.
const FLAGS: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);

/// Files and folders of one image: each costs the kernel memory that the size does not count.
const INODES: u64 = 200_000;

/// Memory of the unpacking process beyond what it was forked with, bytes: an archive may name things of any length.
const MEMORY: u64 = 128 << 20;

/// What it may do beyond an ordinary process: write into folders it has closed itself, and keep set-user-id marks.
const CAPABILITIES: CapabilitySet = CapabilitySet::DAC_OVERRIDE
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID);

/// Mounts the image's file system and forks the process that fills it. It reads the archive from the first descriptor and
/// writes the outcome to the second.
pub(super) fn unpack_image(image: &str, size: u64, fds: Vec<OwnedFd>) -> Result<(), Answer> {
    let failed = |error: io::Error| refused(format!("make room for the image {image}"), &error);
    let folder = folder(image)?;
    let Ok([archive, outcome]) = <[OwnedFd; 2]>::try_from(fds) else {
        return Err(failed(Errno::BADF.into()));
    };
    fs::DirBuilder::new().mode(0o755).create(&folder).map_err(failed)?;
    begin(&folder, size, &archive, &outcome).map_err(|error| {
        let _ = unmount(&folder, UnmountFlags::DETACH);
        let _ = fs::remove_dir(&folder);
        failed(error)
    })
}

/// Closes an image for writing.
pub(super) fn seal(image: &str) -> Result<(), Answer> {
    mount_remount(folder(image)?, FLAGS | MountFlags::RDONLY, c"")
        .map_err(|errno| refused(format!("make the image {image} read-only"), &errno.into()))
}

/// Takes an image away. Whoever has mounted over it keeps it until they end.
pub(super) fn drop_image(image: &str) -> Result<(), Answer> {
    let folder = folder(image)?;
    unmount(&folder, UnmountFlags::DETACH)
        .map_err(io::Error::from)
        .and_then(|()| fs::remove_dir(&folder))
        .map_err(|error| refused(format!("remove the image {image}"), &error))
}

fn folder(image: &str) -> Result<PathBuf, Answer> {
    let unknown = || Answer::Unknown { what: image.into() };
    imported_name(image)
        .map(|name| Path::new(hostroot::IMPORTED).join(name))
        .ok_or_else(unknown)
}

fn begin(folder: &Path, size: u64, archive: &OwnedFd, outcome: &OwnedFd) -> io::Result<()> {
    let options = CString::new(format!("mode=755,size={size},nr_inodes={INODES}"))?;
    mount("tmpfs", folder, "tmpfs", FLAGS, options.as_c_str())?;
    let root: OwnedFd = File::open(folder)?.into();
    match edge::fork()? {
        Forked::Child => {
            process::set_name("cnm-import");
            process::keep_only(&[root.as_fd(), archive.as_fd(), outcome.as_fd()]);
            // A panic must not unwind into the zygote's loop, of which this process is a copy.
            let told = catch_unwind(AssertUnwindSafe(|| fill(&root, archive, outcome)));
            process::end(i32::from(!matches!(told, Ok(Ok(())))))
        }
        Forked::Parent(_) => Ok(()),
    }
}

/// In the process of its own: everything but the image out of reach, then the archive.
fn fill(root: &OwnedFd, archive: &OwnedFd, outcome: &OwnedFd) -> io::Result<()> {
    let most = address_space()?.saturating_add(MEMORY);
    for (resource, limit) in [(Resource::As, most), (Resource::Core, 0)] {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        setrlimit(resource, limit)?;
    }
    rustix::process::fchdir(root)?;
    chroot(".")?;
    rustix::process::umask(Mode::empty());
    rustix::thread::set_no_new_privs(true)?;
    let sets = CapabilitySets {
        effective: CAPABILITIES,
        permitted: CAPABILITIES,
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::set_capabilities(None, sets)?;
    let result: Result<Unpacked, UnpackError> = unpack(File::from(archive.try_clone()?), root);
    let mut outcome = File::from(outcome.try_clone()?);
    outcome.write_all(&serde_json::to_vec(&result)?)
}

/// Bytes this process has mapped (proc(5), `statm`).
fn address_space() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/statm")?;
    let pages = text.split(' ').next().and_then(|pages| pages.parse::<u64>().ok());
    let pages = pages.ok_or(io::ErrorKind::InvalidData)?;
    Ok(pages.saturating_mul(rustix::param::page_size() as u64))
}
