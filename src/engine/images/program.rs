//! Our own program, ready to stand in an image: the executable and, where it is dynamically linked, its loader and its
//! libraries.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::elf::{self, Elf};

/// Everything this process was executed from, opened while it can be: the files may be in a folder that only the person
/// may enter, or be replaced later.
#[derive(Debug)]
pub struct Program {
    executable: File,
    elf: Elf,
    loader: Option<Library>,
    libraries: Vec<Library>,
}

/// One file the program needs, and where it is looked for.
#[derive(Debug)]
pub(super) struct Library {
    file: File,
    elf: Elf,
    /// Where this machine has it.
    path: PathBuf,
}

/// Folders in which a loader of whichever C library looks by itself (ld.so(8); musl's `ldso/dynlink.c`).
const LIBRARY_FOLDERS: [&str; 4] = ["/lib", "/usr/lib", "/lib64", "/usr/lib64"];

impl Program {
    /// Opens this process's executable, loader and libraries.
    ///
    /// # Errors
    /// A file cannot be opened, or is not ELF.
    pub fn of_self() -> io::Result<Self> {
        let executable = File::open("/proc/self/exe")?;
        let elf = Elf::read(&executable)?;
        let Some(interpreter) = elf.interpreter.clone() else {
            return Ok(Self {
                executable,
                elf,
                loader: None,
                libraries: Vec::new(),
            });
        };
        let own = fs::read_link("/proc/self/exe")?;
        let maps = fs::read("/proc/self/maps")?;
        let libraries = mapped_programs(&maps)
            .into_iter()
            .filter(|path| *path != own)
            .map(Library::open)
            .collect::<io::Result<_>>()?;
        Ok(Self {
            executable,
            elf,
            loader: Some(Library::open(interpreter)?),
            libraries,
        })
    }

    /// Bytes of the copy.
    #[cfg(test)]
    pub(super) fn length(&self) -> u64 {
        self.elf.mapped
    }

    /// Writes the executable to `path`.
    pub(super) fn copy_to(&self, path: &Path) -> io::Result<()> {
        copy(&self.executable, &self.elf, path)
    }

    /// The executable's content, as [`Program::copy_to`] writes it.
    pub(super) fn content(&self) -> io::Result<Vec<u8>> {
        content(&self.executable, &self.elf)
    }

    /// Files the executable needs beside it.
    pub(super) fn needed(&self) -> impl Iterator<Item = &Library> {
        self.loader.iter().chain(&self.libraries)
    }
}

impl Library {
    fn open(path: PathBuf) -> io::Result<Self> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let file = File::open(&path).map_err(named)?;
        let elf = Elf::read(&file).map_err(named)?;
        Ok(Self { file, elf, path })
    }

    /// Writes the file to `path`.
    pub(super) fn copy_to(&self, path: &Path) -> io::Result<()> {
        copy(&self.file, &self.elf, path)
    }

    /// The file's content.
    pub(super) fn content(&self) -> io::Result<Vec<u8>> {
        content(&self.file, &self.elf)
    }

    /// Every absolute path under which a loader may ask for it: where this machine has it, and by its proper name there and
    /// in the folders every loader knows.
    pub(super) fn places(&self) -> Vec<PathBuf> {
        let mut places = vec![self.path.clone()];
        let name = self.elf.soname.as_deref().map(OsStr::new).or(self.path.file_name());
        if let Some(name) = name {
            let beside = self.path.parent().map(Path::to_owned);
            let folders = beside.into_iter().chain(LIBRARY_FOLDERS.map(PathBuf::from));
            places.extend(folders.map(|folder| folder.join(name)));
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// Copies what is mapped of an ELF file; a program with debug information is ten times as long as what runs of it.
fn copy(source: &File, elf: &Elf, path: &Path) -> io::Result<()> {
    let mut source = source;
    source.rewind()?;
    let mut target = File::options().read(true).write(true).create_new(true).open(path)?;
    let whole = source.metadata()?.len();
    io::copy(&mut source.take(elf.mapped), &mut target)?;
    if elf.mapped < whole {
        elf::forget_sections(&target)?;
    }
    target.set_permissions(fs::Permissions::from_mode(0o755))
}

/// The same, to memory.
fn content(source: &File, elf: &Elf) -> io::Result<Vec<u8>> {
    let mut source = source;
    source.rewind()?;
    let mut bytes = Vec::new();
    source.take(elf.mapped).read_to_end(&mut bytes)?;
    if elf.mapped < source.metadata()?.len() {
        elf::forget_sections_in(&mut bytes);
    }
    Ok(bytes)
}

/// Files that /proc/PID/maps shows as mapped for execution, each once (`proc_pid_maps(5)`).
fn mapped_programs(maps: &[u8]) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = maps
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let mut fields = line.splitn(6, |byte| *byte == b' ');
            let permissions = fields.nth(1)?;
            let path = fields.nth(3)?.trim_ascii_start();
            (permissions.contains(&b'x') && path.starts_with(b"/")).then(|| PathBuf::from(OsStr::from_bytes(path)))
        })
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_name_each_mapped_program_once() {
        let maps = b"\
5581a000-5581b000 r--p 00000000 fe:00 12                       /opt/a b/cnm
5581b000-5581c000 r-xp 00001000 fe:00 12                       /opt/a b/cnm
7f00a000-7f00b000 r-xp 00001000 fe:00 13                       /usr/lib/libc.so.6
7f00b000-7f00c000 r-xp 00001000 fe:00 13                       /usr/lib/libc.so.6
7f00d000-7f00e000 rw-p 00000000 00:00 0
7f00d000-7f00e000 r-xp 00000000 00:00 0                        [vdso]
7f00f000-7f010000 r--p 00001000 fe:00 14                       /usr/lib/locale/C.utf8
";
        assert_eq!(
            mapped_programs(maps),
            [PathBuf::from("/opt/a b/cnm"), PathBuf::from("/usr/lib/libc.so.6")]
        );
    }

    #[test]
    fn this_test_program_is_whole() {
        let program = Program::of_self().unwrap();
        assert_eq!(program.loader.is_some(), program.elf.interpreter.is_some());
        for library in program.needed() {
            assert!(library.places().contains(&library.path));
        }
    }

    #[test]
    fn a_copy_runs_without_what_debuggers_need() {
        let program = Program::of_self().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        program.copy_to(&copy).unwrap();
        assert_eq!(fs::metadata(&copy).unwrap().len(), program.length());
        let output = std::process::Command::new(&copy).arg("--list").output().unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("a_copy_runs_without"));
    }
}
