//! `arp`: the neighbours the kernel knows, shown and changed.

use std::fmt::Write;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};

use super::super::{Call, errno, getopt, resolve};
use super::ifconfig::read_ethernet;
use super::ioctl::{Address, Field, Kernel, Neighbour};
use super::known::Hosts;

/// Help.
pub const USAGE: &str = "
[-vn]	[-H HWTYPE] [-i IF] -a [HOSTNAME]
[-v]		    [-i IF] -d HOSTNAME [pub]
[-v]	[-H HWTYPE] [-i IF] -s HOSTNAME HWADDR [temp]
[-v]	[-H HWTYPE] [-i IF] -s HOSTNAME HWADDR [netmask MASK] pub
[-v]	[-H HWTYPE] [-i IF] -Ds HOSTNAME IFACE [netmask MASK] pub

Manipulate ARP cache

	-a		Display (all) hosts
	-d		Delete ARP entry
	-s		Set new entry
	-v		Verbose
	-n		Don't resolve names
	-i IF		Network interface
	-D		Read HWADDR from IFACE
	-A,-p AF	Protocol family
	-H HWTYPE	Hardware address type";

/// `ATF_…` (`linux/if_arp.h`): the entry has a hardware address, stays, is answered for others, is meant for a network.
const COMPLETE: i32 = 0x02;
const PERMANENT: i32 = 0x04;
const PUBLISHED: i32 = 0x08;
const TRAILERS: i32 = 0x10;
const NETMASK: i32 = 0x20;
/// `ARPHRD_ETHER`.
const ETHERNET: u16 = 1;

/// Why a command failed.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Usage,
    Sentence(String),
}

/// What the options say.
#[derive(Debug, Default)]
struct Request {
    device: Option<String>,
    /// `-H` was given: only Ethernet is meant.
    only_ethernet: bool,
    numeric: bool,
    /// The hardware address is to be that of an interface.
    from_device: bool,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "A:p:H:t:i:adnDsv", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let operands: Vec<String> = options
        .operands
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    match run(&options, &operands) {
        Ok(text) => {
            print!("{text}");
            0
        }
        Err(Failure::Usage) => call.usage(),
        Err(Failure::Sentence(sentence)) => {
            call.complain(sentence);
            1
        }
    }
}

fn run(options: &getopt::Options, operands: &[String]) -> Result<String, Failure> {
    let value = |letter| options.value(letter).map(|text| text.to_string_lossy().into_owned());
    if let Some(family) = value('A').or_else(|| value('p')) {
        match family.as_str() {
            "inet" => {}
            "inet6" | "unix" | "unspec" => return said(format!("{family}: kernel only supports 'inet'")),
            _ => return said(format!("{family}: unknown address family")),
        }
    }
    let hardware = value('H').or_else(|| value('t'));
    if let Some(kind) = hardware.as_deref().filter(|kind| *kind != "ether") {
        return said(format!("{kind}: unknown hardware type"));
    }
    let request = Request {
        device: value('i').filter(|name| !name.is_empty()),
        only_ethernet: hardware.is_some(),
        numeric: options.has('n'),
        from_device: options.has('D'),
    };
    if !options.has('d') && !options.has('s') {
        let table = fs::read_to_string("/proc/net/arp")
            .map_err(|error| Failure::Sentence(format!("can't open '/proc/net/arp': {}", errno::words(&error))))?;
        let host = operands.first().map(|host| address_of(host)).transpose()?;
        // `-v` is taken and changes nothing, as in a busybox that was not built for debugging.
        return Ok(listing(&table, &request, host));
    }
    let Some((host, rest)) = operands.split_first() else {
        return said("need host name");
    };
    let address = address_of(host)?;
    if options.has('s') {
        set(&request, address, rest)
    } else {
        delete(&request, address, rest)
    }
    .map(|()| String::new())
}

fn said<T>(sentence: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Sentence(sentence.into()))
}

fn address_of(host: &str) -> Result<Ipv4Addr, Failure> {
    resolve::ipv4(host)
        .first()
        .copied()
        .ok_or_else(|| Failure::Sentence(format!("{host}: Host not found")))
}

/// A line of /proc/net/arp (proc(5)).
#[derive(Debug)]
struct Entry<'a> {
    address: Ipv4Addr,
    kind: u32,
    flags: i32,
    hardware: &'a str,
    mask: &'a str,
    device: &'a str,
}

impl<'a> Entry<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let hex = |word: &str| u32::from_str_radix(word.strip_prefix("0x")?, 16).ok();
        Some(Self {
            address: words.next()?.parse().ok()?,
            kind: hex(words.next()?)?,
            flags: hex(words.next()?)?.cast_signed(),
            hardware: words.next()?,
            mask: words.next().unwrap_or("-"),
            device: words.next().unwrap_or("-"),
        })
    }

    /// `? (172.18.0.1) at 02:42:ac:12:00:01 [ether]  on eth0`.
    fn describe(&self, name: &str) -> String {
        let mut text = format!("{name} ({}) at ", self.address);
        if self.flags & COMPLETE != 0 {
            let kind = if self.kind == 772 { "loop" } else { "ether" };
            let _ = write!(text, "{} [{kind}] ", self.hardware);
        } else if self.flags & PUBLISHED != 0 {
            text.push_str("* ");
        } else {
            text.push_str("<incomplete> ");
        }
        if self.flags & NETMASK != 0 {
            let _ = write!(text, "netmask {} ", self.mask);
        }
        // busybox writes PUP for an entry that is published.
        let words = [(PERMANENT, "PERM"), (PUBLISHED, "PUP"), (TRAILERS, "TRAIL")];
        let given: Vec<&str> = words
            .iter()
            .filter(|(flag, _)| self.flags & flag != 0)
            .map(|(_, word)| *word)
            .collect();
        let _ = writeln!(text, "{} on {}", given.join(" "), self.device);
        text
    }
}

fn entries(table: &str) -> impl Iterator<Item = Entry<'_>> {
    // The first line is headings.
    table.lines().skip(1).filter_map(Entry::read)
}

fn listing(table: &str, request: &Request, host: Option<Ipv4Addr>) -> String {
    let mut hosts = Hosts::new(request.numeric);
    let text: String = entries(table)
        .filter(|entry| !request.only_ethernet || entry.kind == u32::from(ETHERNET))
        .filter(|entry| host.is_none_or(|host| entry.address == host))
        .filter(|entry| request.device.as_deref().is_none_or(|device| entry.device == device))
        .map(|entry| {
            let name = hosts.name(IpAddr::V4(entry.address));
            entry.describe(name.as_deref().unwrap_or("?"))
        })
        .collect();
    let choosy = request.only_ethernet || host.is_some() || request.device.is_some();
    if text.is_empty() && choosy {
        return format!("No match found in {} entries\n", entries(table).count());
    }
    text
}

/// The words behind a host and its hardware address.
#[derive(Debug, PartialEq, Eq)]
struct Modifiers {
    published: bool,
    private: bool,
    /// `ATF_…`.
    flags: i32,
    mask: Option<Ipv4Addr>,
    device: Option<String>,
}

impl Modifiers {
    fn read(words: &[String]) -> Result<Self, Failure> {
        let mut modifiers = Self {
            published: false,
            private: false,
            flags: PERMANENT,
            mask: None,
            device: None,
        };
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "pub" => modifiers.published = true,
                "priv" => modifiers.private = true,
                "temp" => modifiers.flags &= !PERMANENT,
                "trail" => modifiers.flags |= TRAILERS,
                "dev" => modifiers.device = Some(rest.next().ok_or(Failure::Usage)?.clone()),
                "netmask" => {
                    let mask = address_of(rest.next().ok_or(Failure::Usage)?)?;
                    modifiers.mask = Some(mask).filter(|mask| *mask != Ipv4Addr::BROADCAST);
                }
                _ => return Err(Failure::Usage),
            }
        }
        Ok(modifiers)
    }

    fn neighbour(&self, request: &Request, address: Ipv4Addr) -> Neighbour {
        let mut neighbour = Neighbour::at(address);
        neighbour.flags = self.flags;
        if let Some(mask) = self.mask {
            neighbour.flags |= NETMASK;
            neighbour.netmask = Address::inet(mask);
        }
        if let Some(device) = self.device.as_ref().or(request.device.as_ref()) {
            neighbour.on(device);
        }
        neighbour
    }
}

fn refused<T>(order: &str, error: &std::io::Error) -> Result<T, Failure> {
    said(format!("{order}: {}", errno::words(error)))
}

fn set(request: &Request, address: Ipv4Addr, rest: &[String]) -> Result<(), Failure> {
    let Some((hardware, rest)) = rest.split_first() else {
        return said("need hardware address");
    };
    let kernel = Kernel::open().or_else(|error| refused("socket", &error))?;
    let bytes = if request.from_device {
        let value = kernel
            .get(Field::Hardware, hardware)
            .or_else(|error| refused(&format!("can't get HW-Address for '{hardware}'"), &error))?;
        <[u8; 6]>::try_from(&value.as_hardware()[..6]).unwrap_or_default()
    } else {
        match read_ethernet(hardware) {
            Some(bytes) => bytes,
            None => return said("invalid hardware address"),
        }
    };
    let modifiers = Modifiers::read(rest)?;
    let mut neighbour = modifiers.neighbour(request, address);
    neighbour.hardware = Address::hardware(ETHERNET, bytes);
    neighbour.flags |= COMPLETE;
    if modifiers.published && !modifiers.private {
        neighbour.flags |= PUBLISHED;
    }
    kernel
        .set_neighbour(&neighbour)
        .or_else(|error| refused("SIOCSARP", &error))
}

/// Deletes the entry of one's own, and where there is none, the one that is answered for others.
fn delete(request: &Request, address: Ipv4Addr, rest: &[String]) -> Result<(), Failure> {
    let modifiers = Modifiers::read(rest)?;
    let either = modifiers.published == modifiers.private;
    let mut neighbour = modifiers.neighbour(request, address);
    if request.only_ethernet {
        neighbour.hardware = Address::hardware(ETHERNET, [0; 6]);
    }
    let kernel = Kernel::open().or_else(|error| refused("socket", &error))?;
    let mut order = "SIOCDARP(priv)";
    let mut outcome = Ok(());
    if either || modifiers.private {
        outcome = kernel.delete_neighbour(&neighbour);
        let missing = matches!(&outcome, Err(error) if error.raw_os_error() == Some(libc::ENXIO));
        if !(missing && either) {
            return outcome.or_else(|error| refused(order, &error));
        }
    }
    if either || modifiers.published {
        neighbour.flags |= PUBLISHED;
        order = "SIOCDARP(pub)";
        outcome = kernel.delete_neighbour(&neighbour);
    }
    outcome.or_else(|error| refused(order, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
IP address       HW type     Flags       HW address            Mask     Device
172.18.0.3       0x1         0x6         02:42:ac:12:00:03     *        eth0
172.18.0.1       0x1         0x2         02:42:ac:12:00:01     *        eth0
172.18.0.77      0x1         0x0         00:00:00:00:00:00     *        eth1
rubbish
";

    #[test]
    fn neighbours_read_as_in_busybox() {
        let request = Request {
            numeric: true,
            ..Request::default()
        };
        assert_eq!(
            listing(TABLE, &request, None),
            "? (172.18.0.3) at 02:42:ac:12:00:03 [ether] PERM on eth0\n\
             ? (172.18.0.1) at 02:42:ac:12:00:01 [ether]  on eth0\n\
             ? (172.18.0.77) at <incomplete>  on eth1\n"
        );
        let on = |device: &str| Request {
            numeric: true,
            device: Some(device.to_owned()),
            ..Request::default()
        };
        assert_eq!(
            listing(TABLE, &on("eth1"), None),
            "? (172.18.0.77) at <incomplete>  on eth1\n"
        );
        assert_eq!(listing(TABLE, &on("lo"), None), "No match found in 3 entries\n");
        let host = Ipv4Addr::new(172, 18, 0, 9);
        let none = listing(TABLE, &request, Some(host));
        assert_eq!(none, "No match found in 3 entries\n");
        assert_eq!(listing("", &request, None), "");
    }

    #[test]
    fn modifiers_are_read() {
        let read = |text: &str| {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            Modifiers::read(&words)
        };
        let all = read("temp pub dev eth0 netmask 255.255.0.0").unwrap();
        assert!(all.flags == 0 && all.published);
        assert_eq!(all.device.as_deref(), Some("eth0"));
        assert_eq!(all.mask, Some(Ipv4Addr::new(255, 255, 0, 0)));
        for bad in ["dev", "netmask", "foo"] {
            assert_eq!(read(bad).unwrap_err(), Failure::Usage, "{bad}");
        }
    }
}
