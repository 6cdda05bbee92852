//! What stands where in one image, worked out before anything is written: the same for a folder of links and for an archive.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use super::Applets;
use super::skeleton::Skeleton;

/// Links that are followed at most on the way to one place (Linux, `MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

/// One thing in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A folder and its mode.
    Folder(u32),
    /// A small file and its mode.
    File(&'static str, u32),
    /// A link and where it leads.
    Symlink(&'static str),
    /// The program.
    Program,
    /// Of the files that the program needs, the one of that number.
    Library(usize),
}

/// An image's paths, relative to its root, parents before what is in them.
#[derive(Debug, Default)]
pub(super) struct Tree(BTreeMap<PathBuf, Node>);

impl Tree {
    /// The tree of an image; `libraries` are the absolute paths of each file that the program needs.
    pub(super) fn of(skeleton: &Skeleton, applets: Applets, libraries: &[Vec<PathBuf>]) -> Self {
        let mut tree = Self::default();
        for (path, mode) in skeleton.folders {
            tree.put(path, Node::Folder(*mode));
        }
        for (path, content) in skeleton.files {
            tree.put(path, Node::File(content, 0o644));
        }
        for (path, content) in skeleton.scripts {
            tree.put(path, Node::File(content, 0o755));
        }
        for (path, target) in skeleton.symlinks {
            tree.put(path, Node::Symlink(target));
        }
        for path in skeleton.programs {
            tree.put(path, Node::Program);
        }
        if skeleton.has_shelf {
            for name in applets.names {
                tree.put(format!("{}/{name}", applets.shelf), Node::Program);
            }
        }
        let wanted = |link: &&&str| !skeleton.without.contains(&link.rsplit('/').next().unwrap_or(link));
        for link in applets.links.iter().filter(wanted) {
            let node = if skeleton.applets_are_symlinks {
                Node::Symlink("/bin/busybox")
            } else {
                Node::Program
            };
            tree.put(skeleton.place_of(link), node);
        }
        for (number, places) in libraries.iter().enumerate() {
            for place in places {
                tree.put(place, Node::Library(number));
            }
        }
        tree
    }

    /// Everything, in an order in which it can be made.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Path, &Node)> {
        self.0.iter().map(|(path, node)| (path.as_path(), node))
    }

    /// Puts something in its place, with the folders above it; what stands there already stays.
    fn put(&mut self, path: impl AsRef<Path>, node: Node) {
        let path = path.as_ref();
        let Some(name) = path.file_name() else { return };
        let folder = self.real(path.parent().unwrap_or(Path::new("")));
        let above: Vec<PathBuf> = folder.ancestors().map(Path::to_owned).collect();
        for folder in above.into_iter().filter(|folder| !folder.as_os_str().is_empty()) {
            self.0.entry(folder).or_insert(Node::Folder(0o755));
        }
        self.0.entry(folder.join(name)).or_insert(node);
    }

    /// Where a folder really is, through the links on the way, as whoever starts at the image's root finds it.
    fn real(&self, folder: &Path) -> PathBuf {
        let mut real = PathBuf::new();
        let mut rest: VecDeque<OsString> = names(folder).collect();
        let mut links = 0;
        while let Some(name) = rest.pop_front() {
            if name == ".." {
                real.pop();
                continue;
            }
            let next = real.join(&name);
            match self.0.get(&next) {
                Some(Node::Symlink(target)) if links < MOST_LINKS => {
                    links += 1;
                    if target.starts_with('/') {
                        real = PathBuf::new();
                    }
                    names(Path::new(target)).rev().for_each(|name| rest.push_front(name));
                }
                _ => real = next,
            }
        }
        real
    }
}

/// A path's names and its `..`.
fn names(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    let of_name = |part: Component<'_>| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_behind_a_link_is_put_where_the_link_leads() {
        let mut tree = Tree::default();
        tree.put("/lib64", Node::Symlink("usr/lib64"));
        tree.put("/var/run", Node::Symlink("/run"));
        tree.put("/lib64/ld.so", Node::Library(0));
        tree.put("/var/run/x/y", Node::Program);
        let paths: Vec<&str> = tree.iter().filter_map(|(path, _)| path.to_str()).collect();
        assert_eq!(
            paths,
            [
                "lib64",
                "run",
                "run/x",
                "run/x/y",
                "usr",
                "usr/lib64",
                "usr/lib64/ld.so",
                "var",
                "var/run"
            ]
        );
    }

    #[test]
    fn links_in_a_circle_are_left_at_some_point() {
        let mut tree = Tree::default();
        tree.put("/a", Node::Symlink("b"));
        tree.put("/b", Node::Symlink("a"));
        tree.put("/a/x", Node::Program);
        assert!(tree.iter().any(|(path, _)| path.ends_with("x")));
    }
}
