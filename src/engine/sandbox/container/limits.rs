//! Limits that need no cgroup.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::failure::{Doing, Outcome};

/// Limits of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// What a container may write into its own root file system, bytes.
    pub writable: u64,
    /// Processes of the whole lab: the kernel counts them per user and user namespace, and a lab has one of each
    /// (`RLIMIT_NPROC`, getrlimit(2)).
    pub processes: u64,
    /// Open descriptors of one process (`RLIMIT_NOFILE`).
    pub descriptors: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            writable: 256 << 20,
            processes: 8 * 1024,
            descriptors: 64 * 1024,
        }
    }
}

impl Limits {
    /// Sets the limits of this process; one that was lower already stays.
    pub(super) fn apply(&self) -> Outcome {
        let wanted = [
            (Resource::Nproc, self.processes, "RLIMIT_NPROC"),
            (Resource::Nofile, self.descriptors, "RLIMIT_NOFILE"),
            // A core file would be written into the container's memory.
            (Resource::Core, 0, "RLIMIT_CORE"),
        ];
        for (resource, most, name) in wanted {
            let limit = lowered(&getrlimit(resource), most);
            setrlimit(resource, limit).doing(format_args!("set {name}"))?;
        }
        Ok(())
    }
}

/// Soft and hard limit at `most`, or at the hard limit there was where that is lower.
fn lowered(now: &Rlimit, most: u64) -> Rlimit {
    let most = now.maximum.map_or(most, |hard| hard.min(most));
    Rlimit {
        current: Some(most),
        maximum: Some(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_only_ever_lowered() {
        let limit = |hard| {
            lowered(
                &Rlimit {
                    current: Some(7),
                    maximum: hard,
                },
                100,
            )
            .maximum
        };
        assert_eq!(limit(None), Some(100));
        assert_eq!(limit(Some(5000)), Some(100));
        assert_eq!(limit(Some(50)), Some(50));
    }
}
