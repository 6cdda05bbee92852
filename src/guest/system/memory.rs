//! /proc/meminfo (proc(5)), in kibibytes.

use std::collections::HashMap;
use std::fs;
use std::io;

/// What the machine's memory is used for.
pub(super) struct Memory(HashMap<String, u64>);

impl Memory {
    /// As it is now.
    pub(super) fn now() -> io::Result<Self> {
        fs::read_to_string("/proc/meminfo").map(|text| Self::read(&text))
    }

    pub(super) fn read(text: &str) -> Self {
        let line = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.split_whitespace().next()?.parse().ok()?))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// Kibibytes under a name; 0 where the kernel has none.
    pub(super) fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }
}
