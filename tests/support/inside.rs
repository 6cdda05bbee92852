//! A test of this binary, run again in the network namespace of a container's process: what it sends there is the container's.
#![allow(unsafe_code, reason = "namespaces are entered between fork and exec")]

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sched::{CloneFlags, setns};
use rustix::thread::{CapabilitySet, capabilities, configure_capability_in_ambient_set, set_capabilities};

use super::processes::Process;

const INSIDE: &str = "CNM_TEST_IN_CONTAINER";

/// Whether this is the second run, and the test is to act as the container.
pub fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// The test `name` (its full path) as the container of `process`.
pub fn again_in(process: &Process, name: &str) -> Command {
    let open = |kind: &str| File::open(process.path(&format!("ns/{kind}"))).expect("a namespace of a container's");
    let (user, net) = (open("user"), open("net"));
    let own = std::fs::read_link("/proc/self/ns/user").expect("one's own namespace");
    let other = process
        .namespace("user")
        .is_some_and(|user| own.as_os_str() != user.as_str());
    let mut command = Command::new(std::env::current_exe().expect("a test binary has a path"));
    command
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(INSIDE, name);
    // SAFETY: between fork and exec only setns, capget, capset and prctl are called, on descriptors opened before.
    unsafe {
        command.pre_exec(move || {
            if other {
                setns(user.as_fd(), CloneFlags::CLONE_NEWUSER)?;
                keep_packet_sockets()?;
            }
            setns(net.as_fd(), CloneFlags::CLONE_NEWNET)?;
            Ok(())
        });
    }
    command
}

/// Who enters a user namespace has all power in it, and loses it with the next program unless that user is its root, which ours may
/// not be: one power stays.
fn keep_packet_sockets() -> std::io::Result<()> {
    let mut sets = capabilities(None)?;
    sets.inheritable |= CapabilitySet::NET_RAW;
    set_capabilities(None, sets)?;
    configure_capability_in_ambient_set(CapabilitySet::NET_RAW, true)?;
    Ok(())
}
