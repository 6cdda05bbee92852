//! What `GET /info` and `GET /version` say of the machine.

use std::fs::read_to_string;

/// The machine, read once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// `uname -r`.
    pub kernel: String,
    /// `uname -n`.
    pub name: String,
    /// `amd64`, as Go names it.
    pub go_arch: String,
    /// `x86_64`, as the kernel names it.
    pub arch: String,
    /// Processors this engine may use.
    pub processors: usize,
    /// Memory, bytes.
    pub memory: u64,
}

impl HostFacts {
    /// Reads /proc. What cannot be read is empty or 0.
    #[must_use]
    pub fn read() -> Self {
        let line = |path: &str| {
            read_to_string(path)
                .map(|text| text.trim().to_owned())
                .unwrap_or_default()
        };
        let arch = std::env::consts::ARCH;
        let go_arch = match arch {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        Self {
            kernel: line("/proc/sys/kernel/osrelease"),
            name: line("/proc/sys/kernel/hostname"),
            go_arch: go_arch.to_owned(),
            arch: arch.to_owned(),
            processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory: total_memory(&line("/proc/meminfo")),
        }
    }
}

/// `MemTotal` of `proc_meminfo(5)`, whose unit is 1024 bytes.
fn total_memory(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_in_bytes() {
        assert_eq!(
            total_memory("MemTotal:       8027336 kB\nMemFree: 1 kB"),
            8_027_336 * 1024
        );
        assert_eq!(total_memory(""), 0);
    }
}
