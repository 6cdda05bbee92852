//! rtnetlink verbs: links, addresses, routes of one network namespace.

pub mod request;
mod types;

use std::io;
use std::os::fd::OwnedFd;

pub use types::{Address, Link, RouteEntry};

use super::error::NetlinkError;
use super::socket::{Request, Socket};
use request::LinkRef;

/// `IFLA_GROUP` of detached links: nobody is told of them any more, but they can still be put back.
pub const DETACHED: u32 = 0x00c4_4d01;
/// `IFLA_GROUP` of veths that are being deleted, all at once.
pub const DYING: u32 = 0x00c4_4d02;

/// An rtnetlink socket in one network namespace.
#[derive(Debug)]
pub struct Route {
    socket: Socket,
}

impl Route {
    /// In the calling thread's network namespace.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn open() -> io::Result<Self> {
        Ok(Self {
            socket: Socket::open(super::ROUTE)?,
        })
    }

    /// Over a socket that somebody opened in another namespace.
    ///
    /// # Errors
    /// It is not a netlink socket.
    pub fn adopt(fd: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            socket: Socket::adopt(fd)?,
        })
    }

    /// Several requests in one `sendmsg`; each one's own outcome, in order.
    ///
    /// # Errors
    /// The socket failed, so that outcomes are unknown.
    pub fn batch(&mut self, requests: &[Request]) -> Result<Vec<Result<(), NetlinkError>>, NetlinkError> {
        self.socket.batch(requests)
    }

    /// One request.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn execute(&mut self, request: &Request) -> Result<(), NetlinkError> {
        self.socket.execute(request)
    }

    /// The link of that name.
    ///
    /// # Errors
    /// `ENODEV` where there is none.
    pub fn link(&mut self, name: &str) -> Result<Link, NetlinkError> {
        self.one_link(&request::get_link(LinkRef::Name(name), name))
    }

    /// The link of that index.
    ///
    /// # Errors
    /// `ENODEV` where there is none.
    pub fn link_at(&mut self, index: u32) -> Result<Link, NetlinkError> {
        self.one_link(&request::get_link(LinkRef::Index(index), &format!("link {index}")))
    }

    fn one_link(&mut self, request: &Request) -> Result<Link, NetlinkError> {
        let replies = self.socket.query(request)?;
        replies
            .iter()
            .find_map(|reply| Link::parse(&reply.body))
            .ok_or_else(|| NetlinkError::malformed(request.op, &request.subject, "the kernel answered without a link"))
    }

    /// Index of the link of that name.
    ///
    /// # Errors
    /// `ENODEV` where there is none.
    pub fn index(&mut self, name: &str) -> Result<u32, NetlinkError> {
        Ok(self.link(name)?.index)
    }

    /// All links, in index order.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn links(&mut self) -> Result<Vec<Link>, NetlinkError> {
        self.list(&request::list_links(None, None), Link::parse)
    }

    /// The ports of a bridge.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn ports(&mut self, bridge: u32) -> Result<Vec<Link>, NetlinkError> {
        let mut ports = self.list(&request::list_links(Some(bridge), None), Link::parse)?;
        ports.retain(|port| port.master == Some(bridge));
        Ok(ports)
    }

    /// All links of another namespace, by its number in this one.
    ///
    /// # Errors
    /// No namespace has that number.
    pub fn links_of(&mut self, nsid: i32) -> Result<Vec<Link>, NetlinkError> {
        self.list(&request::list_links(None, Some(nsid)), Link::parse)
    }

    /// All IPv4 addresses, or those of one link.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn addresses(&mut self, index: Option<u32>) -> Result<Vec<Address>, NetlinkError> {
        let mut addresses = self.list(&request::list_addresses(index, None), Address::parse)?;
        addresses.retain(|address| index.is_none_or(|index| address.index == index));
        Ok(addresses)
    }

    /// All IPv4 addresses of another namespace, by its number in this one.
    ///
    /// # Errors
    /// No namespace has that number.
    pub fn addresses_of(&mut self, nsid: i32) -> Result<Vec<Address>, NetlinkError> {
        self.list(&request::list_addresses(None, Some(nsid)), Address::parse)
    }

    /// The IPv4 routes of the main table, or those over one link.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn routes(&mut self, oif: Option<u32>) -> Result<Vec<RouteEntry>, NetlinkError> {
        let mut routes = self.list(&request::list_routes(oif), RouteEntry::parse)?;
        routes.retain(|route| oif.is_none() || route.oif == oif);
        Ok(routes)
    }

    fn list<T>(&mut self, request: &Request, parse: fn(&[u8]) -> Option<T>) -> Result<Vec<T>, NetlinkError> {
        let replies = self.socket.query(request)?;
        Ok(replies.iter().filter_map(|reply| parse(&reply.body)).collect())
    }
}
