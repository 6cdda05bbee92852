//! The simulated internet's name server on a reference engine's router: the very one of the lab, so that both engines ask the
//! same outside.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cnm::engine::dns::Internet;
use cnm::observe::Transport;
use nix::sched::{CloneFlags, setns};

use super::support::eventually;

const ADDRESS: &str = "192.168.1.1:53";
/// How often the end is looked for.
const TICK: Duration = Duration::from_millis(20);

/// Serves in the router's namespace of the machine whose `unshare` is process `machine`, until `over`. Makes the file `ready` once
/// it listens.
pub fn serve(machine: u32, ready: &Path, over: &AtomicBool) {
    let Some(namespace) = router(machine, over) else { return };
    // Only this thread moves there, and it ends here.
    setns(namespace, CloneFlags::CLONE_NEWNET).expect("the router's network namespace");
    let Some((udp, tcp)) = listen(over) else { return };
    udp.set_read_timeout(Some(TICK)).unwrap();
    tcp.set_nonblocking(true).unwrap();
    File::create(ready).unwrap();
    let internet = Internet::new();
    let mut packet = [0; 4096];
    while !over.load(Ordering::Relaxed) {
        if let Ok((length, client)) = udp.recv_from(&mut packet)
            && let Some(reply) = internet.answer(&packet[..length], Transport::Udp)
        {
            let _ = udp.send_to(&reply, client);
        }
        while let Ok((stream, _)) = tcp.accept() {
            let _ = answer(&internet, stream);
        }
    }
}

/// Listens as soon as the router has its address.
fn listen(over: &AtomicBool) -> Option<(UdpSocket, TcpListener)> {
    let mut sockets = None;
    eventually(Duration::from_secs(60), || {
        sockets = UdpSocket::bind(ADDRESS)
            .and_then(|udp| Ok((udp, TcpListener::bind(ADDRESS)?)))
            .ok();
        sockets.is_some() || over.load(Ordering::Relaxed)
    });
    sockets
}

/// One question of a connection (RFC 1035, 4.2.2).
fn answer(internet: &Internet, mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut packet = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut packet)?;
    let Some(reply) = internet.answer(&packet, Transport::Tcp) else {
        return Ok(());
    };
    let length = u16::try_from(reply.len()).unwrap_or(u16::MAX);
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(&reply)
}

/// The router's namespace, once the machine has made it.
fn router(machine: u32, over: &AtomicBool) -> Option<File> {
    let mut found = None;
    eventually(Duration::from_secs(60), || {
        found = first_process(machine)
            .and_then(|path| File::open(path.join("root/run/netns/router")).ok())
            .filter(is_namespace);
        found.is_some() || over.load(Ordering::Relaxed)
    });
    found
}

/// The `/proc` folder of the first process of the machine's process namespace.
fn first_process(unshare: u32) -> Option<PathBuf> {
    let children = std::fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children")).ok()?;
    let first = children.split_whitespace().next()?;
    Some(Path::new("/proc").join(first))
}

/// `ip netns add` makes the file before it mounts the namespace on it.
fn is_namespace(file: &File) -> bool {
    /// `NSFS_MAGIC` of linux/magic.h.
    const NSFS: i64 = 0x6e73_6673;
    rustix::fs::fstatfs(file).is_ok_and(|found| found.f_type == NSFS)
}
