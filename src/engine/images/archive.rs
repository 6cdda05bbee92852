//! A built-in image as a tar archive, for an Engine that is not ours: whole in itself, with the program's loader and libraries.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

use super::catalogue::Image;
use super::program::Library;
use super::skeleton::{ALPINE, BUSYBOX, CENTOS, ELASTICSEARCH, Skeleton};
use super::tree::{Node, Tree};
use super::{Applets, Program};

/// The root file system of `image`, everything in it root's; what is there more than once is a link to the first.
///
/// # Errors
/// Our own program cannot be read, or the archive not be written.
pub fn archive(image: &Image, program: &Program, applets: Applets) -> io::Result<Vec<u8>> {
    let Some(skeleton) = skeleton(image) else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let libraries: Vec<Vec<u8>> = program.needed().map(Library::content).collect::<io::Result<_>>()?;
    let places: Vec<Vec<PathBuf>> = program.needed().map(Library::places).collect();
    let executable = program.content()?;
    let mut shared: Vec<Shared<'_>> = Vec::with_capacity(libraries.len() + 1);
    for content in std::iter::once(&executable).chain(&libraries) {
        shared.push(Shared { content, first: None });
    }
    let tree = Tree::of(skeleton, applets, &places);
    let mut archive = Builder::new(Vec::with_capacity(executable.len() + executable.len() / 8));
    for (path, node) in tree.iter() {
        match node {
            Node::Folder(mode) => add(&mut archive, EntryType::Directory, path, *mode, &[])?,
            Node::File(content, mode) => add(&mut archive, EntryType::Regular, path, *mode, content.as_bytes())?,
            Node::Symlink(target) => link(&mut archive, EntryType::Symlink, path, Path::new(target))?,
            Node::Program => add_shared(&mut archive, shared.first_mut(), path)?,
            Node::Library(number) => add_shared(&mut archive, shared.get_mut(number + 1), path)?,
        }
    }
    archive.into_inner()
}

fn skeleton(image: &Image) -> Option<&'static Skeleton> {
    let all: [&'static Skeleton; 4] = [&ALPINE, &BUSYBOX, &CENTOS, &ELASTICSEARCH];
    all.into_iter().find(|skeleton| skeleton.name == image.repository)
}

/// A file that has several places, and the first of them.
struct Shared<'c> {
    content: &'c [u8],
    first: Option<PathBuf>,
}

fn add_shared(archive: &mut Builder<impl Write>, shared: Option<&mut Shared<'_>>, path: &Path) -> io::Result<()> {
    let Some(shared) = shared else { return Ok(()) };
    if let Some(first) = &shared.first {
        return link(archive, EntryType::Link, path, first);
    }
    shared.first = Some(path.to_owned());
    add(archive, EntryType::Regular, path, 0o755, shared.content)
}

fn add(archive: &mut Builder<impl Write>, kind: EntryType, path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let mut header = header(kind, mode);
    header.set_size(content.len() as u64);
    archive.append_data(&mut header, path, content)
}

fn link(archive: &mut Builder<impl Write>, kind: EntryType, path: &Path, target: &Path) -> io::Result<()> {
    archive.append_link(&mut header(kind, 0o777), path, target)
}

fn header(kind: EntryType, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(0);
    header
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::catalogue;
    use super::*;

    const APPLETS: Applets<'_> = Applets {
        links: &["/bin/sh", "/bin/ping", "/sbin/ip", "/usr/bin/env"],
        shelf: "/usr/libexec/lab",
        names: &["sh", "ping", "ip", "env", "ping.iputils", "curl"],
    };

    #[test]
    fn each_image_is_whole_and_has_the_program_once() {
        let program = Program::of_self().unwrap();
        for image in catalogue::all() {
            let bytes = archive(image, &program, APPLETS).unwrap();
            let mut archive = tar::Archive::new(bytes.as_slice());
            let entries: BTreeMap<PathBuf, (EntryType, u64)> = archive
                .entries()
                .unwrap()
                .map(|entry| {
                    let entry = entry.unwrap();
                    let path = entry.path().unwrap().into_owned();
                    (path, (entry.header().entry_type(), entry.size()))
                })
                .collect();
            let large = entries.values().filter(|(_, size)| *size == program.length()).count();
            assert_eq!(large, 1, "{}", image.repository);
            for library in program.needed().flat_map(Library::places) {
                let name = library.file_name().unwrap();
                let there = entries.keys().any(|path| path.file_name() == Some(name));
                assert!(there, "{}: {}", image.repository, library.display());
            }
            assert!(
                entries.contains_key(Path::new("etc/resolv.conf")),
                "{}",
                image.repository
            );
        }
    }

    #[test]
    fn no_file_of_an_archive_lies_behind_one_of_its_links() {
        let program = Program::of_self().unwrap();
        for image in catalogue::all() {
            let bytes = archive(image, &program, APPLETS).unwrap();
            let mut archive = tar::Archive::new(bytes.as_slice());
            let mut links = Vec::new();
            for entry in archive.entries().unwrap() {
                let entry = entry.unwrap();
                let path = entry.path().unwrap().into_owned();
                let behind = links
                    .iter()
                    .find(|link: &&PathBuf| path.starts_with(link) && path != **link);
                assert_eq!(behind, None, "{}: {}", image.repository, path.display());
                if entry.header().entry_type() == EntryType::Symlink {
                    links.push(path);
                }
            }
        }
    }
}
