//! `ip`: links, addresses, routes and neighbours, in busybox's layout and words.

mod addr;
mod link;
mod meant;
mod neigh;
mod route;
mod socket;
mod words;

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use netlink_packet_route::AddressFamily;

use super::{Call, errno};
use socket::Socket;

/// Help.
pub const USAGE: &str = "[OPTIONS] address|route|link|neigh [ARGS]

OPTIONS := -f[amily] inet|inet6|link | -o[neline]

ip addr add|del IFADDR dev IFACE | show|flush [dev IFACE] [to PREFIX]
ip route list|flush|get|add|del|change|append|replace ROUTE
ip link set IFACE [up|down] [arp on|off] [multicast on|off]
	[promisc on|off] [mtu NUM] [name NAME] [qlen NUM] [address MAC]
	[master IFACE | nomaster]
ip neigh show|flush [to PREFIX] [dev DEV]";

/// Why a command failed, and how the program ends.
#[derive(Debug)]
enum Failure {
    /// The command line makes no sense: the usage is the answer.
    Usage,
    /// busybox's sentence and exit status.
    Sentence(String, i32),
    /// The kernel refused.
    Refused(i32),
    /// Talking to the kernel failed.
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Options before the object.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    /// `None`: every family.
    family: Option<AddressFamily>,
    one_line: bool,
}

impl Options {
    /// What stands between the parts of one object's description.
    const fn line_break(self) -> &'static str {
        if self.one_line { "\\" } else { "\n" }
    }

    /// Whether an address or route of this family is wanted.
    fn wants(self, family: AddressFamily) -> bool {
        self.family.is_none_or(|wanted| wanted == family)
    }
}

/// The words after the object, read one by one.
struct Words<'a> {
    rest: std::slice::Iter<'a, String>,
    /// Exit status of a malformed command: busybox's `ip link` has 2, the others 1.
    status: i32,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.rest.next().map(String::as_str)
    }

    fn required(&mut self) -> Result<&'a str, Failure> {
        self.next()
            .ok_or_else(|| self.fail("command line is not complete, try \"help\""))
    }

    fn fail(&self, sentence: impl Into<String>) -> Failure {
        Failure::Sentence(sentence.into(), self.status)
    }

    fn invalid(&self, word: &str) -> Failure {
        self.fail(format!("invalid argument '{word}' to 'ip'"))
    }

    fn garbage(&self, word: &str) -> Failure {
        self.fail(format!("either \"dev\" is duplicate, or \"{word}\" is garbage"))
    }

    fn device(&self, links: &link::Links, name: &str) -> Result<u32, Failure> {
        links
            .index_of(name)
            .ok_or_else(|| self.fail(format!("can't find device '{name}'")))
    }

    fn address(&mut self) -> Result<IpAddr, Failure> {
        let word = self.required()?;
        word.parse()
            .map_err(|_| self.fail(format!("an inet address is expected rather than \"{word}\"")))
    }

    fn prefix(&self, word: &str) -> Result<Prefix, Failure> {
        Prefix::parse(word).ok_or_else(|| self.fail(format!("an inet prefix is expected rather than \"{word}\"")))
    }

    fn number(&mut self) -> Result<u32, Failure> {
        let word = self.required()?;
        word.parse().map_err(|_| self.fail(format!("invalid number '{word}'")))
    }

    /// `on` or `off` after `what`.
    fn switch(&mut self, what: &str) -> Result<bool, Failure> {
        match self.required()? {
            "on" => Ok(true),
            "off" => Ok(false),
            word => Err(self.fail(format!("invalid argument '{word}' to '{what}'"))),
        }
    }
}

/// An address with a prefix length; the whole address where none was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1`, `fd00::/64`.
    fn parse(word: &str) -> Option<Self> {
        let (address, length) = word
            .split_once('/')
            .map_or((word, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => most,
            Some(mask) if mask.contains('.') => {
                let mask = u32::from(mask.parse::<Ipv4Addr>().ok()?);
                (mask.leading_ones() == mask.count_ones()).then(|| u8::try_from(mask.count_ones()).ok())??
            }
            Some(length) => length.parse().ok().filter(|length| *length <= most)?,
        };
        Some(Self { address, length })
    }

    const fn family(self) -> AddressFamily {
        match self.address {
            IpAddr::V4(_) => AddressFamily::Inet,
            IpAddr::V6(_) => AddressFamily::Inet6,
        }
    }

    /// Whether an address is one of the prefix's.
    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                u32::from(own) & mask == u32::from(other) & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                u128::from(own) & mask == u128::from(other) & mask
            }
            _ => false,
        }
    }
}

/// The commands' common shape.
type Command = fn(&mut Socket, Options, &mut Words<'_>) -> Result<String, Failure>;

/// Objects in busybox's order: an abbreviation means the first that begins so.
const OBJECTS: &[(&str, Command, i32)] = &[
    ("address", addr::run, 1),
    ("route", route::run, 1),
    ("link", link::run, 2),
    ("neigh", neigh::run, 1),
];

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let args = call.words();
    match run(&args) {
        Ok(text) => {
            print!("{text}");
            0
        }
        Err(Failure::Usage) => call.usage(),
        Err(Failure::Sentence(sentence, status)) => {
            call.complain(sentence);
            status
        }
        Err(Failure::Refused(code)) => {
            call.complain(format_args!("RTNETLINK answers: {}", errno::of_code(code)));
            2
        }
        Err(Failure::Io(error)) => {
            call.complain_of("netlink", &error);
            1
        }
    }
}

/// Labels of this namespace's IPv4 addresses (`eth0`, `eth0:1`), for the tool that takes each for an interface; none where
/// the kernel does not tell.
pub(crate) fn address_labels() -> Vec<String> {
    Socket::open()
        .map_err(Failure::from)
        .and_then(|mut socket| addr::labels(&mut socket))
        .unwrap_or_default()
}

fn run(args: &[String]) -> Result<String, Failure> {
    let mut options = Options::default();
    let mut rest = args.iter();
    let object = loop {
        let word = rest.next().ok_or(Failure::Usage)?;
        let Some(option) = word.strip_prefix('-') else {
            break word;
        };
        match option.trim_start_matches('-') {
            "4" => options.family = Some(AddressFamily::Inet),
            "6" => options.family = Some(AddressFamily::Inet6),
            "0" => options.family = Some(AddressFamily::Packet),
            "o" | "oneline" => options.one_line = true,
            "f" | "family" => options.family = Some(family(rest.next().ok_or(Failure::Usage)?)?),
            _ => return Err(Failure::Usage),
        }
    };
    let (_, command, status) = OBJECTS
        .iter()
        .find(|(name, ..)| !object.is_empty() && name.starts_with(object.as_str()))
        .ok_or(Failure::Usage)?;
    command(&mut Socket::open()?, options, &mut Words { rest, status: *status })
}

fn family(word: &str) -> Result<AddressFamily, Failure> {
    match word {
        "inet" => Ok(AddressFamily::Inet),
        "inet6" => Ok(AddressFamily::Inet6),
        "link" => Ok(AddressFamily::Packet),
        other => Err(Failure::Sentence(
            format!("invalid argument '{other}' to 'protocol family'"),
            1,
        )),
    }
}

/// The first of `names` that a word abbreviates.
fn unabbreviate(word: &str, names: &[&'static str]) -> Option<&'static str> {
    names
        .iter()
        .copied()
        .find(|name| !word.is_empty() && name.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_read_in_every_form() {
        let prefix = |word| Prefix::parse(word).map(|prefix| (prefix.address.to_string(), prefix.length));
        assert_eq!(prefix("10.0.0.1/24"), Some(("10.0.0.1".into(), 24)));
        assert_eq!(prefix("10.0.0.1"), Some(("10.0.0.1".into(), 32)));
        assert_eq!(prefix("10.0.0.0/255.0.0.0"), Some(("10.0.0.0".into(), 8)));
        assert_eq!(prefix("fd00::/64"), Some(("fd00::".into(), 64)));
        for bad in ["x", "10.0.0.1/33", "10.0.0.0/255.0.255.0", "10.0.0.1/", "/8"] {
            assert_eq!(prefix(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_prefix_contains_its_addresses() {
        let net = Prefix::parse("172.18.0.0/16").unwrap();
        assert!(net.contains("172.18.255.1".parse().unwrap()));
        assert!(!net.contains("172.19.0.1".parse().unwrap()));
        assert!(!net.contains("::1".parse().unwrap()));
        assert!(Prefix::parse("0.0.0.0/0").unwrap().contains("8.8.8.8".parse().unwrap()));
        assert!(Prefix::parse("::/0").unwrap().contains("::1".parse().unwrap()));
    }

    #[test]
    fn malformed_commands_end_as_busybox_does() {
        let failed = |args: &[&str]| run(&args.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap_err();
        for args in [&[][..], &["foo"], &["-z", "a"], &["-s", "l"]] {
            assert!(matches!(failed(args), Failure::Usage), "{args:?}");
        }
        for (args, sentence, status) in [
            (&["a", "foo"][..], "invalid argument 'foo' to 'ip'", 1),
            (&["l", "foo"], "invalid argument 'foo' to 'ip'", 2),
            (&["link", "show", "nope-0"], "can't find device 'nope-0'", 2),
            (&["a", "show", "dev", "nope-0"], "can't find device 'nope-0'", 1),
            (&["addr", "add", "10.0.0.1/24"], "need \"dev IFACE\"", 1),
            (
                &["addr", "add", "10.0.0.1/24", "dev", "nope-0"],
                "can't find device 'nope-0'",
                1,
            ),
            (
                &["r", "add", "10.0.0.0/8", "via", "x"],
                "an inet address is expected rather than \"x\"",
                1,
            ),
            (
                &["link", "set", "lo", "foo"],
                "either \"dev\" is duplicate, or \"foo\" is garbage",
                2,
            ),
            (&["-f", "ipx", "a"], "invalid argument 'ipx' to 'protocol family'", 1),
        ] {
            match failed(args) {
                Failure::Sentence(said, with) => assert_eq!((said.as_str(), with), (sentence, status), "{args:?}"),
                other => panic!("{args:?}: {other:?}"),
            }
        }
    }
}
