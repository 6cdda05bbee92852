//! What ioctl(2) carries about interfaces (netdevice(7)), neighbours (arp(7)) and routes (`linux/route.h`).
#![allow(
    unsafe_code,
    reason = "ioctl(2) takes structures by address, and no crate here wraps these requests"
)]

use std::ffi::{CString, c_ulong};
use std::io;
use std::mem::size_of;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::AsRawFd;
use std::ptr;

use socket2::{Domain, Socket, Type};

/// Bytes of an interface's name, the end mark included (`IFNAMSIZ`).
const NAME: usize = 16;

/// `AF_INET`, as the structure keeps it.
#[expect(clippy::cast_possible_truncation, reason = "it is 2")]
const INET: u16 = libc::AF_INET as u16;

/// A `struct sockaddr` (socket(7)).
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Address {
    family: u16,
    data: [u8; 14],
}

impl Address {
    /// An IPv4 address; its port, 0, comes first.
    pub(super) fn inet(address: Ipv4Addr) -> Self {
        let mut data = [0; 14];
        data[2..6].copy_from_slice(&address.octets());
        Self { family: INET, data }
    }

    /// A hardware address of a type (`ARPHRD_…`).
    pub(super) fn hardware(kind: u16, bytes: [u8; 6]) -> Self {
        let mut data = [0; 14];
        data[..6].copy_from_slice(&bytes);
        Self { family: kind, data }
    }
}

/// The part of a `struct ifreq` behind the name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Value([u8; 24]);

impl Value {
    pub(super) fn number(number: i32) -> Self {
        let mut value = Self::default();
        value.0[..4].copy_from_slice(&number.to_ne_bytes());
        value
    }

    pub(super) fn flags(flags: u16) -> Self {
        let mut value = Self::default();
        value.0[..2].copy_from_slice(&flags.to_ne_bytes());
        value
    }

    pub(super) fn address(address: Address) -> Self {
        let mut value = Self::default();
        value.0[..2].copy_from_slice(&address.family.to_ne_bytes());
        value.0[2..16].copy_from_slice(&address.data);
        value
    }

    pub(super) const fn as_number(&self) -> i32 {
        i32::from_ne_bytes([self.0[0], self.0[1], self.0[2], self.0[3]])
    }

    /// The flags, or an address's family: both are the first two bytes.
    pub(super) const fn as_flags(&self) -> u16 {
        u16::from_ne_bytes([self.0[0], self.0[1]])
    }

    pub(super) const fn as_inet(&self) -> Ipv4Addr {
        Ipv4Addr::new(self.0[4], self.0[5], self.0[6], self.0[7])
    }

    /// The hardware address's bytes, as many as fit.
    pub(super) fn as_hardware(&self) -> &[u8] {
        &self.0[2..16]
    }
}

/// A `struct ifreq`. The kernel's is no longer than this on any platform.
#[repr(C, align(8))]
struct InterfaceRequest {
    name: [u8; NAME],
    value: Value,
}

/// A `struct in6_ifreq` (`linux/ipv6.h`).
#[repr(C)]
struct InterfaceRequest6 {
    address: [u8; 16],
    prefix: u32,
    index: i32,
}

/// A `struct arpreq`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Neighbour {
    protocol: Address,
    pub hardware: Address,
    /// `ATF_…`.
    pub flags: i32,
    pub netmask: Address,
    device: [u8; NAME],
}

impl Neighbour {
    /// One at an IPv4 address, of which nothing else is known.
    pub(super) fn at(address: Ipv4Addr) -> Self {
        Self {
            protocol: Address::inet(address),
            ..Self::default()
        }
    }

    /// Names the interface it is reached through.
    pub(super) fn on(&mut self, device: &str) {
        self.device = name_bytes(device);
    }
}

/// A route to add or delete.
#[derive(Debug, Clone, Default)]
pub(super) struct Route {
    pub destination: Address,
    pub gateway: Address,
    pub mask: Address,
    /// `RTF_…`.
    pub flags: u16,
    /// One more than the metric; 0 where none is given.
    pub metric: i16,
    pub device: Option<CString>,
}

/// A `struct rtentry`.
#[repr(C)]
struct RouteRequest {
    unused_1: c_ulong,
    destination: Address,
    gateway: Address,
    mask: Address,
    flags: u16,
    unused_2: i16,
    unused_3: c_ulong,
    unused_4: *mut libc::c_void,
    metric: i16,
    device: *const libc::c_char,
    mtu: c_ulong,
    window: c_ulong,
    round_trip: u16,
}

/// What of an interface is asked for or set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Flags,
    Address,
    Destination,
    Broadcast,
    Netmask,
    Hardware,
    Metric,
    Mtu,
    QueueLength,
}

impl Field {
    const fn get(self) -> c_ulong {
        match self {
            Self::Flags => libc::SIOCGIFFLAGS,
            Self::Address => libc::SIOCGIFADDR,
            Self::Destination => libc::SIOCGIFDSTADDR,
            Self::Broadcast => libc::SIOCGIFBRDADDR,
            Self::Netmask => libc::SIOCGIFNETMASK,
            Self::Hardware => libc::SIOCGIFHWADDR,
            Self::Metric => libc::SIOCGIFMETRIC,
            Self::Mtu => libc::SIOCGIFMTU,
            Self::QueueLength => libc::SIOCGIFTXQLEN,
        }
    }

    const fn set(self) -> c_ulong {
        match self {
            Self::Flags => libc::SIOCSIFFLAGS,
            Self::Address => libc::SIOCSIFADDR,
            Self::Destination => libc::SIOCSIFDSTADDR,
            Self::Broadcast => libc::SIOCSIFBRDADDR,
            Self::Netmask => libc::SIOCSIFNETMASK,
            Self::Hardware => libc::SIOCSIFHWADDR,
            Self::Metric => libc::SIOCSIFMETRIC,
            Self::Mtu => libc::SIOCSIFMTU,
            Self::QueueLength => libc::SIOCSIFTXQLEN,
        }
    }

    /// The name of the request that sets it, as error messages have it.
    pub(super) const fn setter(self) -> &'static str {
        match self {
            Self::Flags => "SIOCSIFFLAGS",
            Self::Address => "SIOCSIFADDR",
            Self::Destination => "SIOCSIFDSTADDR",
            Self::Broadcast => "SIOCSIFBRDADDR",
            Self::Netmask => "SIOCSIFNETMASK",
            Self::Hardware => "SIOCSIFHWADDR",
            Self::Metric => "SIOCSIFMETRIC",
            Self::Mtu => "SIOCSIFMTU",
            Self::QueueLength => "SIOCSIFTXQLEN",
        }
    }
}

/// A socket through which the kernel is asked.
pub(super) struct Kernel(Socket);

impl Kernel {
    /// For IPv4, and for what has no family.
    pub(super) fn open() -> io::Result<Self> {
        Socket::new(Domain::IPV4, Type::DGRAM, None).map(Self)
    }

    /// What an interface has.
    pub(super) fn get(&self, field: Field, name: &str) -> io::Result<Value> {
        self.interface(field.get(), name, Value::default())
    }

    /// Gives an interface something.
    pub(super) fn set(&self, field: Field, name: &str, value: Value) -> io::Result<()> {
        self.interface(field.set(), name, value).map(drop)
    }

    /// Gives an interface an IPv6 address, or takes it.
    pub(super) fn address6(&self, add: bool, name: &str, address: Ipv6Addr, prefix: u8) -> io::Result<()> {
        let index = rustix::net::netdevice::name_to_index(&self.0, name)?;
        let socket = Socket::new(Domain::IPV6, Type::DGRAM, None)?;
        let mut request = InterfaceRequest6 {
            address: address.octets(),
            prefix: u32::from(prefix),
            index: i32::try_from(index).unwrap_or(0),
        };
        let order = if add { libc::SIOCSIFADDR } else { libc::SIOCDIFADDR };
        call(&socket, order, &mut request)
    }

    /// Adds a neighbour.
    pub(super) fn set_neighbour(&self, neighbour: &Neighbour) -> io::Result<()> {
        call(&self.0, libc::SIOCSARP, &mut neighbour.clone())
    }

    /// Deletes a neighbour.
    pub(super) fn delete_neighbour(&self, neighbour: &Neighbour) -> io::Result<()> {
        call(&self.0, libc::SIOCDARP, &mut neighbour.clone())
    }

    /// Adds a route, or deletes it.
    pub(super) fn route(&self, add: bool, route: &Route) -> io::Result<()> {
        let mut request = RouteRequest {
            unused_1: 0,
            destination: route.destination,
            gateway: route.gateway,
            mask: route.mask,
            flags: route.flags,
            unused_2: 0,
            unused_3: 0,
            unused_4: ptr::null_mut(),
            metric: route.metric,
            device: route.device.as_ref().map_or(ptr::null(), |name| name.as_ptr()),
            mtu: 0,
            window: 0,
            round_trip: 0,
        };
        let order = if add { libc::SIOCADDRT } else { libc::SIOCDELRT };
        call(&self.0, order, &mut request)
    }

    fn interface(&self, order: c_ulong, name: &str, value: Value) -> io::Result<Value> {
        let mut request = InterfaceRequest {
            name: name_bytes(name),
            value,
        };
        call(&self.0, order, &mut request)?;
        Ok(request.value)
    }
}

/// A name with its end mark; what is too long is cut, as no interface can be called so.
fn name_bytes(name: &str) -> [u8; NAME] {
    let mut bytes = [0; NAME];
    for (place, byte) in bytes.iter_mut().take(NAME - 1).zip(name.bytes()) {
        *place = byte;
    }
    bytes
}

fn call<T>(socket: &Socket, order: c_ulong, request: &mut T) -> io::Result<()> {
    const { assert!(size_of::<T>() > 0) };
    // SAFETY: the callers above give each order the structure that the kernel reads and writes for it; it lives as long as
    // the call, and so does the name that a route's points to.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), order as _, ptr::from_mut(request)) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_back() {
        assert_eq!(Value::number(-7).as_number(), -7);
        assert_eq!(Value::flags(0x1043).as_flags(), 0x1043);
        let inet = Value::address(Address::inet(Ipv4Addr::new(172, 18, 0, 2)));
        assert_eq!(i32::from(inet.as_flags()), libc::AF_INET);
        assert_eq!(inet.as_inet(), Ipv4Addr::new(172, 18, 0, 2));
        let hardware = Value::address(Address::hardware(1, [2, 0x42, 0xac, 0x12, 0, 2]));
        assert_eq!(hardware.as_hardware()[..6], [2, 0x42, 0xac, 0x12, 0, 2]);
    }

    #[test]
    fn structures_are_as_long_as_the_kernel_s() {
        assert_eq!(size_of::<Neighbour>(), 68);
        assert_eq!(size_of::<InterfaceRequest6>(), 24);
        #[cfg(target_pointer_width = "64")]
        assert_eq!((size_of::<InterfaceRequest>(), size_of::<RouteRequest>()), (40, 120));
    }

    #[test]
    fn the_loopback_is_known_and_a_long_name_is_not() {
        let kernel = Kernel::open().unwrap();
        assert_ne!(
            kernel.get(Field::Flags, "lo").unwrap().as_flags() & 8,
            0,
            "IFF_LOOPBACK"
        );
        let error = kernel.get(Field::Flags, "an-interface-with-a-long-name").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENODEV));
    }
}
