use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};

use super::*;

/// An archive in the making.
struct Tar(Builder<Vec<u8>>);

impl Tar {
    fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    /// The header's name is written as it is: the library would refuse the names that matter here.
    fn add(mut self, kind: EntryType, name: &str, link: &str, mode: u32, content: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(1_000_000_000);
        header.set_size(content.len() as u64);
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        self.add(EntryType::Regular, name, "", 0o644, content.as_bytes())
    }

    fn folder(self, name: &str, mode: u32) -> Self {
        self.add(EntryType::Directory, name, "", mode, b"")
    }

    fn link(self, name: &str, target: &str) -> Self {
        self.add(EntryType::Symlink, name, target, 0o777, b"")
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

/// A folder `image` to unpack into, beside which nothing may appear.
struct Image(tempfile::TempDir);

impl Image {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("image")).unwrap();
        Self(folder)
    }

    fn root(&self) -> std::path::PathBuf {
        self.0.path().join("image")
    }

    fn unpack(&self, archive: &[u8]) -> Result<Unpacked, UnpackError> {
        unpack(archive, &fs::File::open(self.root()).unwrap().into())
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn nothing_beside(&self) {
        let names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["image"]);
    }
}

#[test]
fn files_links_and_modes_are_kept() {
    let archive = Tar::new()
        .folder("./", 0o755)
        .folder("bin/", 0o511)
        .add(EntryType::Regular, "bin/tool", "", 0o4755, b"tool")
        .add(EntryType::Link, "bin/second", "bin/tool", 0o644, b"")
        .link("sh", "/bin/tool")
        .add(EntryType::Fifo, "pipe", "", 0o600, b"")
        .file("deep/er/file", "x")
        .bytes();
    let image = Image::new();
    let unpacked = image.unpack(&archive).unwrap();
    // Four and one, and what the symbolic link says.
    assert_eq!(unpacked.size, 5 + 9);
    assert_eq!(unpacked.diff_id, format!("sha256:{:x}", Sha256::digest(&archive)));
    let found = |path: &str| fs::symlink_metadata(image.root().join(path)).unwrap();
    assert_eq!(found("bin").permissions().mode() & 0o7777, 0o511);
    assert_eq!(found("bin/tool").permissions().mode() & 0o7777, 0o4755);
    assert_eq!(found("bin/tool").mtime(), 1_000_000_000);
    assert_eq!(found("bin").mtime(), 1_000_000_000);
    assert_eq!(found("bin/tool").ino(), found("bin/second").ino());
    assert_eq!(
        fs::read_link(image.root().join("sh")).unwrap(),
        std::path::Path::new("/bin/tool")
    );
    assert!(found("pipe").file_type().is_fifo());
    assert_eq!(image.text("deep/er/file"), "x");
}

#[test]
fn gzip_is_read_and_the_digest_is_of_what_is_in_it() {
    let archive = Tar::new().file("a", "b").bytes();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&archive).unwrap();
    let gzip = gzip.finish().unwrap();
    let (plain, packed) = (Image::new(), Image::new());
    assert_eq!(plain.unpack(&archive).unwrap(), packed.unpack(&gzip).unwrap());
    assert_eq!(packed.text("a"), "b");
    assert_eq!(
        Image::new().unpack(&gzip[..gzip.len() / 2]),
        Err(UnpackError::Truncated)
    );
    let xz = Image::new().unpack(b"\xfd7zXZ\0 and so on").unwrap_err();
    assert!(xz.to_string().ends_with("compressed with xz"), "{xz}");
}

#[test]
fn nothing_leads_out_of_the_root() {
    let image = Image::new();
    let archive = Tar::new()
        .file("../../up", "1")
        .file("/absolute", "2")
        .file("a/../../../b", "3")
        .link("out", "../..")
        .file("out/through", "4")
        .link("far", "/")
        .file("far/away", "5")
        .bytes();
    image.unpack(&archive).unwrap();
    image.nothing_beside();
    for (name, content) in [
        ("up", "1"),
        ("absolute", "2"),
        ("b", "3"),
        ("through", "4"),
        ("away", "5"),
    ] {
        assert_eq!(image.text(name), content, "{name}");
    }
}

#[test]
fn a_link_to_the_machines_files_is_no_way_to_them() {
    let image = Image::new();
    fs::write(image.0.path().join("secret"), "mine").unwrap();
    let secret = image.0.path().join("secret");
    let absolute = secret.to_str().unwrap();
    for target in [absolute, "../secret", "/secret"] {
        let archive = Tar::new().add(EntryType::Link, "stolen", target, 0o644, b"").bytes();
        let error = image.unpack(&archive).unwrap_err();
        assert!(error.to_string().starts_with("link /"), "{error}");
    }
    // Written through a link: the link is replaced, its target is not touched.
    let archive = Tar::new().link("door", absolute).file("door", "theirs").bytes();
    image.unpack(&archive).unwrap();
    assert_eq!(fs::read_to_string(&secret).unwrap(), "mine");
    assert_eq!(image.text("door"), "theirs");
    // A folder that is a link to a real one outside.
    let archive = Tar::new()
        .link("home", image.0.path().to_str().unwrap())
        .file("home/secret", "theirs")
        .bytes();
    assert!(image.unpack(&archive).is_err());
    assert_eq!(fs::read_to_string(&secret).unwrap(), "mine");
}

#[test]
fn what_is_no_archive_is_refused_in_gos_words() {
    let words = |bytes: &[u8]| Image::new().unpack(bytes).unwrap_err().to_string();
    assert_eq!(words(&b"this is no tar".repeat(100)), "archive/tar: invalid tar header");
    let whole = Tar::new().folder("etc", 0o755).file("etc/x", "content").bytes();
    assert_eq!(words(&whole[..1027]), "unexpected EOF");
    assert_eq!(words(&whole[..700]), "unexpected EOF");
    assert_eq!(Image::new().unpack(b"").unwrap().size, 0, "as Docker takes it");
    assert_eq!(Image::new().unpack(&whole[..1300]).unwrap().size, 7);
}

#[test]
fn a_size_that_is_a_lie_ends_with_what_there_is() {
    let mut archive = Tar::new().file("x", "hi").bytes();
    for size in ["77777777777\0", "00000100000\0"] {
        archive[124..136].copy_from_slice(size.as_bytes());
        let mut header = Header::new_gnu();
        header.as_mut_bytes().copy_from_slice(&archive[..512]);
        header.set_cksum();
        archive[..512].copy_from_slice(header.as_bytes());
        assert_eq!(Image::new().unpack(&archive), Err(UnpackError::Truncated));
    }
}

#[test]
fn device_nodes_are_left_out_and_whiteouts_take_away() {
    let image = Image::new();
    let archive = Tar::new()
        .add(EntryType::Char, "null", "", 0o666, b"")
        .add(EntryType::Block, "disk", "", 0o660, b"")
        .file("gone/a", "")
        .file("kept", "")
        .file(".wh.gone", "")
        .file(".wh..wh..opq", "")
        .bytes();
    image.unpack(&archive).unwrap();
    let names: Vec<_> = fs::read_dir(image.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["kept"]);
}

#[test]
fn a_later_entry_replaces_an_earlier_one_of_another_kind() {
    let image = Image::new();
    let archive = Tar::new()
        .file("a/b/c", "")
        .file("a", "file")
        .file("d", "file")
        .folder("d", 0o700)
        .folder("e", 0o700)
        .file("e/kept", "x")
        .folder("e", 0o750)
        .bytes();
    image.unpack(&archive).unwrap();
    assert_eq!(image.text("a"), "file");
    assert!(image.root().join("d").is_dir());
    assert_eq!(image.text("e/kept"), "x");
    let mode = fs::metadata(image.root().join("e")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o750);
}

proptest::proptest! {
    /// Any bytes, and any damage to an archive, come to an end without a panic and without leaving the root.
    #[test]
    fn damage_harms_nothing(position in 0usize..4096, bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64)) {
        let mut archive = Tar::new().folder("etc", 0o755).file("etc/x", "content").link("l", "etc").file("l/y", "z").bytes();
        let at = position.min(archive.len() - bytes.len());
        archive[at..at + bytes.len()].copy_from_slice(&bytes);
        let image = Image::new();
        let _ = image.unpack(&archive);
        image.nothing_beside();
        let _ = image.unpack(&bytes);
    }
}
