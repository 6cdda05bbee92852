//! Which process has a socket open.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// Letters that are kept of `PID/program`.
const WIDTH: usize = 19;

/// Processes by the number of a socket's inode, as `PID/program`.
pub(super) struct Owners(HashMap<u64, String>);

impl<const N: usize> From<[(u64, String); N]> for Owners {
    fn from(owners: [(u64, String); N]) -> Self {
        Self(HashMap::from(owners))
    }
}

impl Owners {
    /// Looks through /proc; with the sentence for a search that did not see every process.
    pub(super) fn read() -> (Self, Option<&'static str>) {
        let mut owners = HashMap::new();
        let mut saw_all = true;
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(pid) = name
                .to_str()
                .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
            else {
                continue;
            };
            saw_all &= read_process(pid, &entry.path(), &mut owners);
        }
        let unseen = match (saw_all, owners.is_empty()) {
            (true, _) => None,
            (false, true) => Some("can't scan /proc - are you root?"),
            (false, false) => Some("showing only processes with your user ID"),
        };
        (Self(owners), unseen)
    }

    /// Whose a socket is; `-` where nobody's that can be seen.
    pub(super) fn of(&self, inode: u64) -> &str {
        self.0.get(&inode).map_or("-", String::as_str)
    }
}

/// Notes a process's sockets; whether its open files may be looked at.
fn read_process(pid: &str, folder: &Path, owners: &mut HashMap<u64, String>) -> bool {
    let files = match fs::read_dir(folder.join("fd")) {
        Ok(files) => files,
        // One that ended between the two looks hides nothing.
        Err(error) => return error.kind() != std::io::ErrorKind::PermissionDenied,
    };
    let command_line = fs::read(folder.join("cmdline")).unwrap_or_default();
    let owner = label(pid, &command_line);
    for file in files.flatten() {
        let inode = fs::read_link(file.path()).ok().and_then(|target| {
            let target = target.to_str()?.strip_prefix("socket:[")?;
            target.strip_suffix(']')?.parse().ok()
        });
        if let Some(inode) = inode {
            owners.entry(inode).or_insert_with(|| owner.clone());
        }
    }
    true
}

/// `1/nginx: master pro`.
fn label(pid: &str, command_line: &[u8]) -> String {
    let program = command_line.split(|byte| *byte == 0).next().unwrap_or_default();
    let program = String::from_utf8_lossy(program);
    let base = program.rsplit('/').next().unwrap_or_default();
    let label = format!("{pid}/{base}");
    label.chars().take(WIDTH).collect()
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn programs_are_cut_as_busybox_cuts_them() {
        assert_eq!(
            label("1", b"nginx: master process nginx -g daemon off;\0"),
            "1/nginx: master pro"
        );
        assert_eq!(label("7", b"/usr/sbin/sshd\0-D\0"), "7/sshd");
        assert_eq!(label("2", b""), "2/");
    }

    #[test]
    fn a_socket_of_one_s_own_is_found() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&socket));
        let inode = fs::metadata(path).unwrap().ino();
        let (owners, _) = Owners::read();
        assert!(owners.of(inode).starts_with(&format!("{}/", std::process::id())));
        assert_eq!(owners.of(u64::MAX), "-");
    }
}
