//! `ifconfig`: interfaces and their addresses, as the kernel's older requests tell and change them.

mod show;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::{Call, errno, resolve};
use super::ioctl::{Address, Field, Kernel, Value};

/// Help.
pub const USAGE: &str = "[-a] [IFACE] [ADDRESS]

Configure a network interface

	[add ADDRESS[/PREFIXLEN]]
	[del ADDRESS[/PREFIXLEN]]
	[[-]broadcast [ADDRESS]] [[-]pointopoint [ADDRESS]]
	[netmask ADDRESS] [dstaddr ADDRESS]
	[hw ether ADDRESS] [metric NN] [mtu NN]
	[[-]trailers] [[-]arp] [[-]allmulti]
	[multicast] [[-]promisc] [txqueuelen NN] [[-]dynamic]
	[up|down] ...";

/// `ARPHRD_ETHER`.
const ETHERNET: u16 = 1;

/// A flag of an interface that a word turns on or off (`IFF_…`, netdevice(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    Up = 0x1,
    Broadcast = 0x2,
    PointToPoint = 0x10,
    NoTrailers = 0x20,
    NoArp = 0x80,
    Promiscuous = 0x100,
    AllMulticast = 0x200,
    Multicast = 0x1000,
    Dynamic = 0x8000,
    /// Up and with resources (`IFF_RUNNING`), as one sets them together.
    UpAndRunning = 0x41,
}

/// Why a command failed.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Usage,
    Sentence(String),
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let args = call.words();
    let kernel = match Kernel::open() {
        Ok(kernel) => kernel,
        Err(error) => {
            call.complain_of("socket", &error);
            return 1;
        }
    };
    match run(&kernel, &args) {
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

fn run(kernel: &Kernel, args: &[String]) -> Result<String, Failure> {
    let all = args.first().is_some_and(|word| word == "-a");
    let rest = &args[usize::from(all)..];
    let Some((name, words)) = rest.split_first() else {
        return Ok(show::all(kernel, all));
    };
    // No name is longer; the reproach has what is left of it.
    let name: String = name.chars().take(16).collect();
    if words.is_empty() {
        return show::one(kernel, &name).map_err(|error| {
            let reason = match error.raw_os_error() {
                Some(libc::ENODEV) => "Device not found".to_owned(),
                _ => errno::words(&error),
            };
            Failure::Sentence(format!("{name}: error fetching interface information: {reason}"))
        });
    }
    let order = Order { kernel, name: &name };
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        order.obey(word, &mut rest)?;
    }
    Ok(String::new())
}

/// Changes to one interface, each made as its word is read: what was done before a mistake stays.
struct Order<'a> {
    kernel: &'a Kernel,
    name: &'a str,
}

impl Order<'_> {
    fn obey<'w>(&self, word: &str, rest: &mut impl Iterator<Item = &'w str>) -> Result<(), Failure> {
        let (on, name) = word.strip_prefix('-').map_or((true, word), |name| (false, name));
        let mut argument = || rest.next().ok_or(Failure::Usage);
        match (name, on) {
            ("metric", true) => self.number(Field::Metric, argument()?),
            ("mtu", true) => self.number(Field::Mtu, argument()?),
            ("txqueuelen", true) => self.number(Field::QueueLength, argument()?),
            ("dstaddr", true) => self.address(Field::Destination, argument()?),
            ("netmask", true) => self.address(Field::Netmask, argument()?),
            ("broadcast", true) => {
                self.address(Field::Broadcast, argument()?)?;
                self.flag(Flag::Broadcast, true)
            }
            ("pointopoint", true) => {
                self.address(Field::Destination, argument()?)?;
                self.flag(Flag::PointToPoint, true)
            }
            ("hw", true) => {
                let kind = argument()?;
                self.hardware(kind, argument()?)
            }
            ("add", true) => self.address6(true, argument()?),
            ("del", true) => self.address6(false, argument()?),
            ("broadcast", false) => self.flag(Flag::Broadcast, false),
            ("pointopoint", false) => self.flag(Flag::PointToPoint, false),
            ("arp", on) => self.flag(Flag::NoArp, !on),
            ("trailers", on) => self.flag(Flag::NoTrailers, !on),
            ("promisc", on) => self.flag(Flag::Promiscuous, on),
            ("multicast", on) => self.flag(Flag::Multicast, on),
            ("allmulti", on) => self.flag(Flag::AllMulticast, on),
            ("dynamic", on) => self.flag(Flag::Dynamic, on),
            ("up", true) => self.flag(Flag::UpAndRunning, true),
            ("down", true) => self.flag(Flag::Up, false),
            _ => self.host(word),
        }
    }

    fn set(&self, field: Field, value: Value) -> Result<(), Failure> {
        self.kernel
            .set(field, self.name, value)
            .map_err(|error| refused(field.setter(), &error))
    }

    /// A word that is no number is 0, which the kernel then judges.
    fn number(&self, field: Field, text: &str) -> Result<(), Failure> {
        self.set(field, Value::number(text.parse().unwrap_or(0)))
    }

    fn address(&self, field: Field, text: &str) -> Result<(), Failure> {
        self.set(field, Value::address(Address::inet(resolved(text)?)))
    }

    fn flag(&self, flag: Flag, on: bool) -> Result<(), Failure> {
        let old = self
            .kernel
            .get(Field::Flags, self.name)
            .map_err(|error| refused("SIOCGIFFLAGS", &error))?
            .as_flags();
        let bits = flag as u16;
        let new = if on { old | bits } else { old & !bits };
        self.set(Field::Flags, Value::flags(new))
    }

    fn hardware(&self, kind: &str, text: &str) -> Result<(), Failure> {
        if kind != "ether" {
            return Err(Failure::Usage);
        }
        let bytes = read_ethernet(text).ok_or_else(|| Failure::Sentence(format!("invalid hw-addr {text}")))?;
        self.set(Field::Hardware, Value::address(Address::hardware(ETHERNET, bytes)))
    }

    fn address6(&self, add: bool, text: &str) -> Result<(), Failure> {
        let (address, prefix) = read_address6(text)?;
        let order = if add { "SIOCSIFADDR" } else { "SIOCDIFADDR" };
        self.kernel
            .address6(add, self.name, address, prefix)
            .map_err(|error| refused(order, &error))
    }

    /// A word that is no keyword is the interface's address, which also puts it up.
    fn host(&self, text: &str) -> Result<(), Failure> {
        match text {
            "inet" => Ok(()),
            _ if text.contains(':') => self.address6(true, text),
            _ => {
                if let Some((_, prefix)) = text.split_once('/') {
                    // busybox reads the length, but takes one for IPv6 alone.
                    read_prefix(prefix)?;
                    return Err(bad_address(text));
                }
                self.address(Field::Address, text)?;
                self.flag(Flag::UpAndRunning, true)
            }
        }
    }
}

fn refused(order: &str, error: &io::Error) -> Failure {
    Failure::Sentence(format!("{order}: {}", errno::words(error)))
}

fn bad_address(text: &str) -> Failure {
    Failure::Sentence(format!("bad address '{text}'"))
}

fn resolved(text: &str) -> Result<Ipv4Addr, Failure> {
    if text == "default" {
        return Ok(Ipv4Addr::UNSPECIFIED);
    }
    resolve::ipv4(text).first().copied().ok_or_else(|| bad_address(text))
}

fn read_prefix(text: &str) -> Result<u8, Failure> {
    let number: u32 = text
        .parse()
        .map_err(|_| Failure::Sentence(format!("invalid number '{text}'")))?;
    u8::try_from(number)
        .ok()
        .filter(|length| *length <= 128)
        .ok_or_else(|| Failure::Sentence(format!("number {text} is not in 0..128 range")))
}

fn read_address6(text: &str) -> Result<(Ipv6Addr, u8), Failure> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, read_prefix(prefix)?),
        None => (text, 0),
    };
    let address = address.parse().map_err(|_| bad_address(text))?;
    Ok((address, prefix))
}

/// Reads `02:42:ac:12:00:02`.
pub(super) fn read_ethernet(text: &str) -> Option<[u8; 6]> {
    let mut bytes = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut bytes {
        let part = parts.next().filter(|part| (1..=2).contains(&part.len()))?;
        *byte = u8::from_str_radix(part, 16).ok().filter(|_| !part.starts_with('+'))?;
    }
    parts.next().is_none().then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(words: &[&str]) -> Failure {
        let args: Vec<String> = words.iter().map(ToString::to_string).collect();
        run(&Kernel::open().unwrap(), &args).unwrap_err()
    }

    #[test]
    fn mistakes_are_told_before_the_kernel_is_asked() {
        let said = |text: &str| Failure::Sentence(text.to_owned());
        for words in [
            &["nope-0", "mtu"][..],
            &["nope-0", "netmask"],
            &["nope-0", "hw", "foo", "1"],
            &["nope-0", "hw", "ether"],
        ] {
            assert_eq!(failure(words), Failure::Usage, "{words:?}");
        }
        for (words, sentence) in [
            (
                &["nope-0"][..],
                "nope-0: error fetching interface information: Device not found",
            ),
            (&["nope-0", "up"], "SIOCGIFFLAGS: No such device"),
            (&["nope-0", "hw", "ether", "x"], "invalid hw-addr x"),
            (&["nope-0", "netmask", "256.1.1.1.1"], "bad address '256.1.1.1.1'"),
            (&["nope-0", "10.1.0.5/24"], "bad address '10.1.0.5/24'"),
            (&["nope-0", "10.1.0.5/x"], "invalid number 'x'"),
            (&["nope-0", "fd00::1/129"], "number 129 is not in 0..128 range"),
            (&["nope-0", "add", "10.7.0.1/24"], "bad address '10.7.0.1/24'"),
            (
                &["a-very-long-interface-name"],
                "a-very-long-inte: error fetching interface information: Device not found",
            ),
        ] {
            assert_eq!(failure(words), said(sentence), "{words:?}");
        }
    }

    #[test]
    fn hardware_addresses_have_six_parts() {
        assert_eq!(read_ethernet("2:42:AC:12:0:2"), Some([2, 0x42, 0xac, 0x12, 0, 2]));
        for bad in [
            "",
            "x",
            "02:42:ac:12:00",
            "02:42:ac:12:00:02:01",
            "+2:42:ac:12:00:02",
            "002:0:0:0:0:0",
        ] {
            assert_eq!(read_ethernet(bad), None, "{bad}");
        }
    }
}
