//! What a listing or a flush is narrowed to, as `ip addr` and `ip neigh` take it alike.

use std::net::IpAddr;

use super::link::Links;
use super::socket::Socket;
use super::{Failure, Prefix, Words};

/// A device, a prefix, both or neither.
#[derive(Debug, Default)]
pub(super) struct Meant {
    pub(super) device: Option<u32>,
    pub(super) to: Option<Prefix>,
}

impl Meant {
    /// The device called `name`.
    pub(super) fn on(&mut self, socket: &mut Socket, rest: &Words<'_>, name: &str) -> Result<(), Failure> {
        self.device = Some(rest.device(&Links::read(socket)?, name)?);
        Ok(())
    }

    /// The prefix that `word` says.
    pub(super) fn to(&mut self, rest: &Words<'_>, word: &str) -> Result<(), Failure> {
        self.to = Some(rest.prefix(word)?);
        Ok(())
    }

    /// Nothing was said.
    pub(super) const fn is_all(&self) -> bool {
        self.device.is_none() && self.to.is_none()
    }

    pub(super) fn wants_device(&self, index: u32) -> bool {
        self.device.is_none_or(|device| device == index)
    }

    pub(super) fn wants_address(&self, address: Option<IpAddr>) -> bool {
        self.to
            .is_none_or(|prefix| address.is_some_and(|address| prefix.contains(address)))
    }
}
