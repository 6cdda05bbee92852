//! Sockets and namespaces at hand while a Plan runs: the lab host's stay, and those of a few places that were needed last.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use super::announce::Announcer;
use super::error::StepError;
use super::places::Places;
use crate::engine::dns::{self, Resolver};
use crate::engine::netlink::{self, Nft, Route, WatchHandle, request};
use crate::engine::plan::{Place, sysctl_path};
use crate::observe::Transport;

/// First number given to a namespace: far from those the kernel gives by itself, from 0 up.
const FIRST_NUMBER: i32 = 1 << 20;

/// Places whose sockets are kept between Plans: whoever plugs one container in and out finds them open, and 1,000 containers
/// do not cost 1,000 sockets.
const KEPT: usize = 8;

/// Sockets by place.
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) places: Arc<dyn Places>,
    watch: WatchHandle,
    host: Route,
    host_nft: Nft,
    routes: HashMap<Place, Route>,
    nfts: HashMap<Place, Nft>,
    namespaces: HashMap<Place, OwnedFd>,
    /// Places with something open, the one needed last at the end.
    recent: VecDeque<Place>,
    numbered: HashSet<Place>,
    next_number: i32,
    resolver: Resolver,
    pub(super) announcer: Announcer,
}

impl Sockets {
    /// The lab host's sockets, in the calling thread's network namespace.
    pub(super) fn open(
        places: Arc<dyn Places>,
        watch: WatchHandle,
        resolver: Resolver,
        announcer: Announcer,
    ) -> io::Result<Self> {
        Ok(Self {
            places,
            watch,
            host: Route::open()?,
            host_nft: Nft::open()?,
            routes: HashMap::new(),
            nfts: HashMap::new(),
            namespaces: HashMap::new(),
            recent: VecDeque::new(),
            numbered: HashSet::new(),
            next_number: FIRST_NUMBER,
            resolver,
            announcer,
        })
    }

    /// Gives back what a Plan opened, but for the places needed last.
    pub(super) fn release(&mut self) {
        while self.recent.len() > KEPT {
            if let Some(place) = self.recent.pop_front() {
                self.close(&place);
            }
        }
    }

    fn close(&mut self, place: &Place) {
        self.routes.remove(place);
        self.nfts.remove(place);
        self.namespaces.remove(place);
    }

    fn needed(&mut self, place: &Place) {
        self.recent.retain(|recent| recent != place);
        self.recent.push_back(place.clone());
    }

    pub(super) fn host(&mut self) -> &mut Route {
        &mut self.host
    }

    pub(super) fn route(&mut self, place: &Place) -> Result<&mut Route, StepError> {
        if *place == Place::Host {
            return Ok(&mut self.host);
        }
        self.needed(place);
        if !self.routes.contains_key(place) {
            let fd = self.places.netlink_socket(place, netlink::ROUTE)?;
            let route = Route::adopt(fd).map_err(|source| refused("netlink socket", source))?;
            self.routes.insert(place.clone(), route);
        }
        self.routes.get_mut(place).ok_or_else(|| missing(place))
    }

    pub(super) fn nft(&mut self, place: &Place) -> Result<&mut Nft, StepError> {
        if *place == Place::Host {
            return Ok(&mut self.host_nft);
        }
        self.needed(place);
        if !self.nfts.contains_key(place) {
            let fd = self.places.netlink_socket(place, netlink::NETFILTER)?;
            let nft = Nft::adopt(fd).map_err(|source| refused("nftables socket", source))?;
            self.nfts.insert(place.clone(), nft);
        }
        self.nfts.get_mut(place).ok_or_else(|| missing(place))
    }

    /// The namespace of a place. The first time it is asked for, the place gets its number in the lab host's
    /// namespace, so that the watcher hears it.
    pub(super) fn netns(&mut self, place: &Place) -> Result<&OwnedFd, StepError> {
        self.needed(place);
        if !self.namespaces.contains_key(place) {
            let fd = self.places.netns(place)?;
            if *place != Place::Host && !self.numbered.contains(place) {
                let nsid = self.next_number;
                self.next_number += 1;
                let subject = format!("{place:?}");
                self.host
                    .execute(&request::number_namespace(fd.as_fd(), nsid, &subject))?;
                self.watch.register(place, nsid);
                self.numbered.insert(place.clone());
            }
            self.namespaces.insert(place.clone(), fd);
        }
        self.namespaces.get(place).ok_or_else(|| missing(place))
    }

    /// The place has ended.
    pub(super) fn forget(&mut self, place: &Place) {
        self.close(place);
        self.recent.retain(|recent| recent != place);
        if let Place::Container(container) = place {
            // Their sockets would keep the namespace.
            self.resolver.close(container);
            self.announcer.ended(container);
        }
        if self.numbered.remove(place) {
            self.watch.forget(place);
        }
    }

    /// Opens a container's resolver.
    pub(super) fn open_resolver(&self, container: &str) -> Result<(), StepError> {
        let sockets = self.name_server(&Place::Container(container.to_owned()), dns::EMBEDDED)?;
        self.resolver.open(container, sockets);
        Ok(())
    }

    /// Closes it.
    pub(super) fn close_resolver(&self, container: &str) {
        self.resolver.close(container);
    }

    /// Opens the simulated internet's name server.
    pub(super) fn open_upstream(&self, address: Ipv4Addr) -> Result<(), StepError> {
        let sockets = self.name_server(&Place::Router, address)?;
        self.resolver.open_upstream(sockets);
        Ok(())
    }

    /// Closes it.
    pub(super) fn close_upstream(&self) {
        self.resolver.close_upstream();
    }

    fn name_server(&self, place: &Place, address: Ipv4Addr) -> Result<dns::Sockets, StepError> {
        let at = Some(SocketAddrV4::new(address, dns::PORT));
        Ok(dns::Sockets {
            udp: self.places.socket(place, Transport::Udp, at)?,
            tcp: self.places.socket(place, Transport::Tcp, at)?,
        })
    }

    /// Writes a sysctl unless it already reads so; what it read before.
    pub(super) fn sysctl(&self, place: &Place, key: &str, value: &str) -> Result<String, StepError> {
        let path = sysctl_path(key);
        if *place == Place::Host {
            write_here(&path, value)
        } else {
            Ok(self.places.sysctl(place, &path, value)?)
        }
    }
}

/// The engine's threads stand in the lab host's network namespace, and `/proc/sys/net` shows the reader's own.
fn write_here(path: &str, value: &str) -> Result<String, StepError> {
    let doing = |source| refused(&format!("write sysctl {path}"), source);
    if path.split('/').any(|part| part == ".." || part.is_empty()) {
        return Err(doing(io::Error::from_raw_os_error(libc::EINVAL)));
    }
    let file = format!("/proc/sys/{path}");
    let before = fs::read_to_string(&file).map_err(doing)?.trim_end().to_owned();
    if before != value {
        fs::write(&file, value).map_err(doing)?;
    }
    Ok(before)
}

fn refused(doing: &str, source: io::Error) -> StepError {
    StepError::Io {
        doing: doing.to_owned(),
        source,
    }
}

fn missing(place: &Place) -> StepError {
    refused(&format!("{place:?}"), io::Error::from_raw_os_error(libc::ENXIO))
}
