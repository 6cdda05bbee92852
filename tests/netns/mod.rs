//! Runs a test inside fresh user and network namespaces, as root or as an ordinary user, never skipped: the test
//! binary executes itself again for that one test. Also a thin [`Places`]: named namespaces without processes.
#![allow(
    unsafe_code,
    dead_code,
    reason = "fork-time calls; each test binary uses its part of this"
)]

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use cnm::engine::executor::Places;
use cnm::engine::netlink::{Link, Nft, Route, RouteEntry, WatchHandle};
use cnm::engine::plan::{FileEdit, Place, SandboxSpec};
use cnm::engine::sandbox::{SandboxError, Stdio};
use cnm::observe::Transport;
use nix::sched::{CloneFlags, setns, unshare};

const INSIDE: &str = "CNM_TEST_INSIDE";

/// Runs `body` as the test `name` (its full path) with uid 0 of a new user namespace, in a new network namespace.
pub fn inside(name: &str, body: impl FnOnce()) {
    if std::env::var(INSIDE).is_ok_and(|inside| inside == name) {
        return body();
    }
    let maps = [
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/uid_map", format!("0 {} 1", nix::unistd::geteuid())),
        ("/proc/self/gid_map", format!("0 {} 1", nix::unistd::getegid())),
    ];
    let mut command = Command::new(std::env::current_exe().expect("a test binary has a path"));
    command
        .args([name, "--exact", "--include-ignored", "--nocapture", "--test-threads=1"])
        .env(INSIDE, name);
    // SAFETY: between fork and exec only unshare, open, write and close are called, on data made before.
    unsafe {
        command.pre_exec(move || {
            unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
            maps.iter().try_for_each(|(file, map)| std::fs::write(file, map))
        });
    }
    let status = command.status().unwrap_or_else(|error| {
        panic!("this machine refuses user namespaces ({error}): the kernel tests cannot run; `cnm doctor` names the setting")
    });
    assert!(status.success(), "the test failed inside its namespaces: {status}");
}

/// Namespaces by place; the lab host is the calling thread's own.
#[derive(Debug, Default)]
pub struct ThinPlaces {
    namespaces: Mutex<HashMap<Place, OwnedFd>>,
    /// Containers whose command cannot be executed.
    pub broken: Mutex<Vec<String>>,
    /// Has seen what there is of such a container before the command is refused.
    pub witness: OnceLock<WatchHandle>,
    /// `create web`, `start web`, `end web`.
    pub calls: Mutex<Vec<String>>,
    /// Texts of containers' files, by container and path.
    pub files: Mutex<HashMap<(String, String), String>>,
}

impl ThinPlaces {
    /// Makes an empty namespace.
    pub fn make(&self, place: &Place) {
        let fd = std::thread::scope(|scope| {
            let made = scope.spawn(|| {
                unshare(CloneFlags::CLONE_NEWNET).expect("a namespace in one's own user namespace");
                OwnedFd::from(File::open("/proc/thread-self/ns/net").expect("own namespace"))
            });
            made.join().expect("the thread ends")
        });
        self.namespaces.lock().unwrap().insert(place.clone(), fd);
    }

    /// Calls `f` in a place's network namespace, on a thread of its own.
    pub fn at<T: Send>(&self, place: &Place, f: impl FnOnce() -> T + Send) -> io::Result<T> {
        let namespaces = self.namespaces.lock().unwrap();
        let fd = match namespaces.get(place) {
            Some(fd) => Some(fd.try_clone()?),
            None if *place == Place::Host => None,
            None => return Err(io::Error::from_raw_os_error(libc::ESRCH)),
        };
        drop(namespaces);
        std::thread::scope(|scope| {
            let result = scope.spawn(|| {
                if let Some(fd) = &fd {
                    setns(fd.as_fd(), CloneFlags::CLONE_NEWNET)?;
                }
                io::Result::Ok(f())
            });
            result.join().expect("the thread ends")
        })
    }

    fn reach<T: Send>(&self, place: &Place, f: impl FnOnce() -> io::Result<T> + Send) -> Result<T, SandboxError> {
        self.at(place, f)
            .and_then(|result| result)
            .map_err(|source| match source.raw_os_error() {
                Some(libc::ESRCH) => SandboxError::Unknown(format!("{place:?}")),
                _ => SandboxError::Os {
                    doing: format!("{place:?}"),
                    source,
                },
            })
    }

    fn call(&self, what: &str, container: &str) {
        self.calls.lock().unwrap().push(format!("{what} {container}"));
    }
}

impl Places for ThinPlaces {
    fn create(&self, spec: &SandboxSpec, _stdio: Stdio) -> Result<u32, SandboxError> {
        self.call("create", &spec.container);
        self.make(&Place::Container(spec.container.clone()));
        Ok(1)
    }

    fn start(&self, container: &str) -> Result<(), SandboxError> {
        if self.broken.lock().unwrap().iter().any(|broken| broken == container) {
            if let Some(witness) = self.witness.get() {
                witness.flush();
            }
            return Err(SandboxError::Exec {
                program: "sleeep".into(),
                reason: "executable file not found in $PATH".into(),
                code: 127,
            });
        }
        self.call("start", container);
        Ok(())
    }

    fn end(&self, container: &str) -> Result<(), SandboxError> {
        let gone = self
            .namespaces
            .lock()
            .unwrap()
            .remove(&Place::Container(container.to_owned()));
        if gone.is_none() {
            return Err(SandboxError::Unknown(container.to_owned()));
        }
        self.call("end", container);
        Ok(())
    }

    fn edit_file(&self, container: &str, path: &str, edit: &FileEdit) -> Result<Option<String>, SandboxError> {
        let mut files = self.files.lock().unwrap();
        let text = files.entry((container.to_owned(), path.to_owned())).or_default();
        Ok(edit.apply(text).map(|after| std::mem::replace(text, after)))
    }

    fn netlink_socket(&self, place: &Place, protocol: i32) -> Result<OwnedFd, SandboxError> {
        self.reach(place, || {
            let protocol = match protocol {
                libc::NETLINK_ROUTE => nix::sys::socket::SockProtocol::NetlinkRoute,
                _ => nix::sys::socket::SockProtocol::NetlinkNetFilter,
            };
            let (family, kind) = (
                nix::sys::socket::AddressFamily::Netlink,
                nix::sys::socket::SockType::Raw,
            );
            Ok(nix::sys::socket::socket(
                family,
                kind,
                nix::sys::socket::SockFlag::SOCK_CLOEXEC,
                protocol,
            )?)
        })
    }

    fn netns(&self, place: &Place) -> Result<OwnedFd, SandboxError> {
        self.reach(place, || Ok(OwnedFd::from(File::open("/proc/thread-self/ns/net")?)))
    }

    fn socket(&self, place: &Place, transport: Transport, bind: Option<SocketAddrV4>) -> Result<OwnedFd, SandboxError> {
        self.reach(place, || {
            let bind = bind.unwrap_or(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));
            match transport {
                Transport::Udp => {
                    let socket = UdpSocket::bind(bind)?;
                    socket.set_nonblocking(true)?;
                    Ok(socket.into())
                }
                Transport::Tcp => {
                    let socket = TcpListener::bind(bind)?;
                    socket.set_nonblocking(true)?;
                    Ok(socket.into())
                }
            }
        })
    }

    fn packet_socket(&self, place: &Place) -> Result<OwnedFd, SandboxError> {
        self.reach(place, || {
            let (family, kind) = (nix::sys::socket::AddressFamily::Packet, nix::sys::socket::SockType::Raw);
            let flags = nix::sys::socket::SockFlag::SOCK_CLOEXEC;
            Ok(nix::sys::socket::socket(family, kind, flags, None)?)
        })
    }

    fn sysctl(&self, place: &Place, path: &str, value: &str) -> Result<String, SandboxError> {
        self.reach(place, || {
            let file = format!("/proc/sys/{path}");
            let before = std::fs::read_to_string(&file)?.trim_end().to_owned();
            if before != value {
                std::fs::write(&file, value)?;
            }
            Ok(before)
        })
    }

    fn drop_image(&self, image: &str) -> Result<(), SandboxError> {
        Err(SandboxError::Unknown(image.into()))
    }
}

/// Everything a test compares about one namespace, as sorted text lines; interface indexes are left out where the
/// kernel counts them on.
pub fn picture(places: &ThinPlaces, place: &Place) -> Vec<String> {
    let read = || {
        let mut route = Route::open().expect("a socket");
        let links = route.links().expect("links");
        let name = |index: u32| {
            let found = links.iter().find(|known| known.index == index);
            found.map_or("?", |known| known.name.as_str()).to_owned()
        };
        let mut told = Vec::new();
        for Link {
            name: link,
            kind,
            up,
            master,
            group,
            mtu,
            isolated,
            ..
        } in &links
        {
            let master = master.map(name);
            told.push(format!(
                "link {link} {kind} up={up} master={master:?} group={group} mtu={mtu} isolated={isolated}"
            ));
        }
        for address in route.addresses(None).expect("addresses") {
            told.push(format!("address {} {}", name(address.index), address.address));
        }
        for RouteEntry {
            destination, via, oif, ..
        } in route.routes(None).expect("routes")
        {
            told.push(format!("route {destination} {via:?} {:?}", oif.map(name)));
        }
        told.sort();
        let rules = Nft::open().expect("a socket").ruleset().expect("rules");
        told.extend(rules.objects.iter().map(|object| format!("{object:?}")));
        told.extend(rules.foreign.iter().map(|rule| format!("{rule:?}")));
        let forward = std::fs::read_to_string("/proc/sys/net/ipv4/ip_forward").expect("a sysctl");
        told.push(format!("ip_forward {forward}"));
        told
    };
    places.at(place, read).unwrap_or_else(|_| vec!["no such place".into()])
}
