//! Network namespaces by place, and short visits to them.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::{AsFd, OwnedFd};

use nix::sched::{CloneFlags, setns, unshare};
use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, bind, listen, socket_with};

use crate::engine::plan::Place;
use crate::engine::sandbox::edge::{self, Call};
use crate::engine::sandbox::process;
use crate::observe::Transport;

/// Connections that may wait to be accepted; `net.core.somaxconn` lowers it where it is less.
const BACKLOG: i32 = 1024;

/// The network namespaces that are kept, by what they are.
#[derive(Debug)]
pub(super) struct Places {
    home: OwnedFd,
    named: HashMap<Place, OwnedFd>,
}

impl Places {
    /// This process's own namespace is the lab's host.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            home: own_namespace()?,
            named: HashMap::new(),
        })
    }

    pub fn insert(&mut self, place: Place, namespace: OwnedFd) {
        self.named.insert(place, namespace);
    }

    /// Lets go of a namespace. With the last process in it gone, the kernel removes it and all its links.
    pub fn remove(&mut self, place: &Place) {
        self.named.remove(place);
    }

    /// The namespace of a place, if there is such a place.
    pub fn get(&self, place: &Place) -> Option<&OwnedFd> {
        match place {
            Place::Host => Some(&self.home),
            other => self.named.get(other),
        }
    }

    /// Those that are kept beside the lab's host.
    pub fn kept(&self) -> impl Iterator<Item = (&Place, &OwnedFd)> {
        self.named.iter()
    }

    /// Makes an empty namespace with its loopback up.
    pub fn make(&mut self, place: &Place) -> io::Result<()> {
        if self.get(place).is_some() {
            return Err(rustix::io::Errno::EXIST.into());
        }
        edge::pass(Call::Unshare)?;
        unshare(CloneFlags::CLONE_NEWNET)?;
        let made = own_namespace().and_then(|made| edge::loopback_up().map(|()| made));
        self.go_home();
        self.insert(place.clone(), made?);
        Ok(())
    }

    /// A netlink socket inside a place; it stays there when it is passed on.
    pub fn netlink_socket(&self, place: &OwnedFd, protocol: i32) -> io::Result<OwnedFd> {
        let protocol = u32::try_from(protocol)
            .ok()
            .map(std::num::NonZeroU32::new)
            .ok_or(rustix::io::Errno::PROTONOSUPPORT)?;
        self.visit(place, || {
            Ok(socket_with(
                AddressFamily::NETLINK,
                SocketType::RAW,
                SocketFlags::CLOEXEC,
                protocol.map(Protocol::from_raw),
            )?)
        })
    }

    /// A non-blocking socket inside a place, bound there where an address is given; it stays there when it is passed on.
    pub fn socket(&self, place: &OwnedFd, transport: Transport, bind_to: Option<SocketAddrV4>) -> io::Result<OwnedFd> {
        let kind = match transport {
            Transport::Udp => SocketType::DGRAM,
            Transport::Tcp => SocketType::STREAM,
        };
        self.visit(place, || {
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            let socket = socket_with(AddressFamily::INET, kind, flags, None)?;
            if let Some(address) = bind_to {
                // Connections of the last run may still be in TIME_WAIT.
                set_socket_reuseaddr(&socket, transport == Transport::Tcp)?;
                bind(&socket, &address)?;
                if transport == Transport::Tcp {
                    listen(&socket, BACKLOG)?;
                }
            }
            Ok(socket)
        })
    }

    /// A non-blocking packet socket inside a place, for whole frames. Of no protocol, it receives nothing.
    pub fn packet_socket(&self, place: &OwnedFd) -> io::Result<OwnedFd> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        self.visit(place, || {
            Ok(socket_with(AddressFamily::PACKET, SocketType::RAW, flags, None)?)
        })
    }

    /// What `/proc/sys/<path>` reads in a place; then `value` is written there unless it reads so already.
    pub fn sysctl(&self, place: &OwnedFd, path: &str, value: &str) -> io::Result<String> {
        let below_net = path.starts_with("net/") && !path.split('/').any(|part| part == ".." || part.is_empty());
        if !below_net {
            return Err(rustix::io::Errno::INVAL.into());
        }
        let file = format!("/proc/sys/{path}");
        self.visit(place, || {
            let before = fs::read_to_string(&file)?.trim_end().to_owned();
            if before != value {
                fs::write(&file, value)?;
            }
            Ok(before)
        })
    }

    fn visit<T>(&self, place: &OwnedFd, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        setns(place, CloneFlags::CLONE_NEWNET)?;
        let result = act();
        self.go_home();
        result
    }

    /// In a wrong namespace every later act would do harm: rather the lab ends.
    fn go_home(&self) {
        if setns(self.home.as_fd(), CloneFlags::CLONE_NEWNET).is_err() {
            process::end(1);
        }
    }
}

fn own_namespace() -> io::Result<OwnedFd> {
    Ok(File::open("/proc/self/ns/net")?.into())
}
