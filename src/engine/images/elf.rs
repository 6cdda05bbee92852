//! As much of ELF as it takes to carry a program to another root file system (elf(5), linux/elf.h): which loader it
//! names, what a library is called, and how much of the file is ever mapped.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// Size of `Elf64_Ehdr` and of `Elf64_Phdr`.
const HEADER: usize = 64;
const SEGMENT: usize = 56;

/// Segment types.
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;

/// Tags of the dynamic section.
const DT_STRTAB: u64 = 5;
const DT_SONAME: u64 = 14;

/// Longest string, and longest dynamic section, that is read.
const LONGEST: u64 = 64 * 1024;

/// What the headers of a 64-bit little-endian file say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elf {
    /// The loader (`PT_INTERP`); absent in static programs and in libraries.
    pub interpreter: Option<PathBuf>,
    /// The name by which others need this library (`DT_SONAME`).
    pub soname: Option<String>,
    /// Bytes from the file's start that hold everything that is mapped; what follows is for debuggers.
    pub mapped: u64,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    length: u64,
}

impl Segment {
    fn end(self) -> u64 {
        self.offset.saturating_add(self.length)
    }
}

impl Elf {
    /// Reads a file's headers.
    pub(super) fn read(file: &File) -> io::Result<Self> {
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0)?;
        // Magic number, 64-bit, little-endian.
        if header[..6] != *b"\x7fELF\x02\x01" {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "not a 64-bit little-endian ELF file",
            ));
        }
        let table = u64_at(&header, 32);
        let (size, count) = (usize::from(u16_at(&header, 54)), usize::from(u16_at(&header, 56)));
        if size != SEGMENT {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "program headers of an unknown size",
            ));
        }
        let mut bytes = vec![0; size * count];
        file.read_exact_at(&mut bytes, table)?;
        let segments: Vec<Segment> = bytes.chunks_exact(size).map(segment).collect();
        let of_kind = |kind| segments.iter().copied().find(|segment| segment.kind == kind);

        let table_end = table.saturating_add(bytes.len() as u64);
        let mapped = segments
            .iter()
            .filter(|s| s.kind == PT_LOAD)
            .map(|s| s.end())
            .fold(table_end, u64::max);
        let interpreter = of_kind(PT_INTERP)
            .map(|s| string(file, s.offset, s.length))
            .transpose()?;
        let soname = of_kind(PT_DYNAMIC)
            .map(|s| soname(file, s, &segments))
            .transpose()?
            .flatten();
        Ok(Self {
            interpreter: interpreter.map(PathBuf::from),
            soname,
            mapped,
        })
    }
}

/// Takes away what an ELF header says of sections, for a copy that ends after [`Elf::mapped`] bytes.
pub(super) fn forget_sections(copy: &File) -> io::Result<()> {
    // e_shoff; e_shentsize, e_shnum and e_shstrndx.
    copy.write_all_at(&[0; 8], 40)?;
    copy.write_all_at(&[0; 6], 58)
}

/// The same of a copy in memory.
pub(super) fn forget_sections_in(copy: &mut [u8]) {
    for part in [40..48, 58..HEADER] {
        if let Some(part) = copy.get_mut(part) {
            part.fill(0);
        }
    }
}

fn segment(bytes: &[u8]) -> Segment {
    Segment {
        kind: u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
        offset: u64_at(bytes, 8),
        address: u64_at(bytes, 16),
        length: u64_at(bytes, 32),
    }
}

fn soname(file: &File, dynamic: Segment, segments: &[Segment]) -> io::Result<Option<String>> {
    let mut bytes = vec![0; usize::try_from(dynamic.length.min(LONGEST)).unwrap_or(0)];
    file.read_exact_at(&mut bytes, dynamic.offset)?;
    let value = |tag| {
        bytes
            .chunks_exact(16)
            .find(|entry| u64_at(entry, 0) == tag)
            .map(|entry| u64_at(entry, 8))
    };
    let (Some(strings), Some(name)) = (value(DT_STRTAB), value(DT_SONAME)) else {
        return Ok(None);
    };
    // The table's address is where it will be in memory; the file has it at the same distance from its segment.
    let home = segments
        .iter()
        .find(|s| s.kind == PT_LOAD && strings >= s.address && strings - s.address < s.length)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the string table is in no segment"))?;
    let offset = home.offset.saturating_add(strings - home.address).saturating_add(name);
    string(file, offset, LONGEST.min(home.end().saturating_sub(offset))).map(Some)
}

/// A string that ends with a NUL within `most` bytes.
fn string(file: &File, offset: u64, most: u64) -> io::Result<String> {
    let mut bytes = vec![0; usize::try_from(most.min(LONGEST)).unwrap_or(0)];
    file.read_exact_at(&mut bytes, offset)?;
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    bytes.truncate(end);
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a name is not UTF-8"))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// A header whose table, right behind it, has the given segments.
    fn elf(segments: &[(u32, u64, u64, u64)], rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[32] = 64;
        bytes[40..48].copy_from_slice(&[0xff; 8]);
        bytes[54] = 56;
        bytes[56] = u8::try_from(segments.len()).unwrap();
        for (kind, offset, address, length) in segments {
            let mut one = [0; SEGMENT];
            one[..4].copy_from_slice(&kind.to_le_bytes());
            one[8..16].copy_from_slice(&offset.to_le_bytes());
            one[16..24].copy_from_slice(&address.to_le_bytes());
            one[32..40].copy_from_slice(&length.to_le_bytes());
            bytes.extend(one);
        }
        bytes.extend(rest);
        bytes
    }

    #[test]
    fn the_loader_and_the_mapped_length_are_read() {
        let bytes = elf(
            &[(PT_INTERP, 176, 0, 7), (PT_LOAD, 0, 0, 180)],
            b"/lib/l\0 debug information",
        );
        let read = Elf::read(&file(&bytes)).unwrap();
        assert_eq!(read.interpreter, Some(PathBuf::from("/lib/l")));
        assert_eq!(read.mapped, 180);
        assert_eq!(read.soname, None);
    }

    #[test]
    fn the_soname_is_found_through_its_segment() {
        let mut dynamic = Vec::new();
        for (tag, value) in [(DT_STRTAB, 0x1000u64 + 176 + 48), (DT_SONAME, 3), (0, 0)] {
            dynamic.extend(tag.to_le_bytes());
            dynamic.extend(value.to_le_bytes());
        }
        dynamic.extend(b"ab\0libx.so.1\0");
        let bytes = elf(
            &[(PT_DYNAMIC, 176, 0x1000 + 176, 48), (PT_LOAD, 0, 0x1000, 300)],
            &dynamic,
        );
        let mut padded = bytes.clone();
        padded.resize(300, 0);
        assert_eq!(Elf::read(&file(&padded)).unwrap().soname.as_deref(), Some("libx.so.1"));
    }

    #[test]
    fn this_test_program_can_be_read() {
        let read = Elf::read(&File::open("/proc/self/exe").unwrap()).unwrap();
        assert!(read.mapped > 0 && read.mapped <= std::fs::metadata("/proc/self/exe").unwrap().len());
    }

    #[test]
    fn what_is_not_elf_is_an_error_whatever_it_holds() {
        assert!(Elf::read(&file(b"#!/bin/sh\n")).is_err());
        let mut short = elf(
            &[(PT_INTERP, u64::MAX - 1, 0, u64::MAX), (PT_LOAD, u64::MAX, 0, 9)],
            b"",
        );
        assert!(Elf::read(&file(&short)).is_err());
        short[54] = 1;
        assert!(Elf::read(&file(&short)).is_err());
    }
}
