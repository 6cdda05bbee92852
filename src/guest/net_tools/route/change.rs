//! Routes to add and delete.

use std::ffi::CString;
use std::net::Ipv4Addr;

use super::super::super::{errno, resolve};
use super::super::ioctl::{Address, Kernel, Route};

/// `RTF_…` (`linux/route.h`).
const UP: u16 = 0x1;
const GATEWAY: u16 = 0x2;
const HOST: u16 = 0x4;
const REINSTATE: u16 = 0x8;
const DYNAMIC: u16 = 0x10;
const MODIFIED: u16 = 0x20;
const REJECT: u16 = 0x200;

/// Why a route was not changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Usage,
    Sentence(String),
}

/// Adds or deletes the route that `words` tell; `net` says whether `-net` or `-host` stood before them.
pub(super) fn run(add: bool, net: Option<bool>, words: &[String]) -> Result<(), Failure> {
    let route = read(add, net, words)?;
    let order = if add { "SIOCADDRT" } else { "SIOCDELRT" };
    let refused = |error| Failure::Sentence(format!("{order}: {}", errno::words(&error)));
    Kernel::open().map_err(refused)?.route(add, &route).map_err(refused)
}

/// A route in the making.
#[derive(Debug, Default)]
struct Draft {
    destination: Option<Ipv4Addr>,
    mask: Option<Ipv4Addr>,
    /// The mask as it was written.
    mask_text: String,
    gateway: Option<Ipv4Addr>,
    flags: u16,
    metric: i16,
    device: Option<CString>,
}

fn read(add: bool, net: Option<bool>, words: &[String]) -> Result<Route, Failure> {
    let mut rest = words.iter().map(String::as_str);
    let mut draft = Draft::default();
    draft.target(net, rest.next().ok_or(Failure::Usage)?)?;
    while let Some(word) = rest.next() {
        draft.word(word, &mut rest)?;
    }
    draft.finish(add)
}

impl Draft {
    fn target(&mut self, net: Option<bool>, word: &str) -> Result<(), Failure> {
        let mut target = word;
        if let Some((address, length)) = word.split_once('/')
            && net != Some(false)
        {
            target = address;
            let length = number(length, 32)?;
            let bits = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            self.mask = Some(bits.into());
            self.mask_text = Ipv4Addr::from(bits).to_string();
        }
        self.destination = Some(resolved(target)?);
        // Without a word before it, only `default` is a network.
        let is_net = net.unwrap_or(target == "default");
        self.flags = if is_net { UP } else { UP | HOST };
        Ok(())
    }

    fn word<'w>(&mut self, word: &'w str, rest: &mut impl Iterator<Item = &'w str>) -> Result<(), Failure> {
        let mut argument = || rest.next().ok_or(Failure::Usage);
        match word {
            // The kernel keeps 0 for "none given".
            "metric" => {
                let metric = number(argument()?, 32_766)?;
                self.metric = i16::try_from(metric + 1).unwrap_or(i16::MAX);
            }
            "netmask" => {
                let text = argument()?;
                if self.mask.is_some() {
                    return Err(Failure::Usage);
                }
                self.mask = Some(resolved(text)?);
                text.clone_into(&mut self.mask_text);
            }
            "gw" | "gateway" => {
                let text = argument()?;
                if text == "default" {
                    return Err(Failure::Sentence(format!("gateway {text} is a NETWORK")));
                }
                if self.flags & GATEWAY == 0 {
                    self.gateway = Some(resolved(text)?);
                    self.flags |= GATEWAY;
                }
            }
            "reject" => self.flags |= REJECT,
            "mod" => self.flags |= MODIFIED,
            "dyn" => self.flags |= DYNAMIC,
            "reinstate" => self.flags |= REINSTATE,
            "dev" | "device" => {
                let name = argument()?;
                self.device(name)?;
            }
            name => {
                self.device(name)?;
                // A bare name is the last word.
                if rest.next().is_some() {
                    return Err(Failure::Usage);
                }
            }
        }
        Ok(())
    }

    fn device(&mut self, name: &str) -> Result<(), Failure> {
        if self.device.is_some() {
            return Err(Failure::Usage);
        }
        self.device = Some(CString::new(name).map_err(|_| Failure::Usage)?);
        Ok(())
    }

    fn finish(self, add: bool) -> Result<Route, Failure> {
        let destination = self.destination.unwrap_or(Ipv4Addr::UNSPECIFIED);
        let mut mask = self.mask.unwrap_or(Ipv4Addr::UNSPECIFIED);
        if self.mask.is_some() {
            let host_bits = !u32::from(mask);
            let wrong = |sentence: String| Err(Failure::Sentence(sentence));
            if self.flags & HOST != 0 && host_bits != 0 {
                // busybox prints the other bits and calls them the mask.
                return wrong(format!("netmask {host_bits:08x} and host route conflict"));
            }
            if host_bits & host_bits.wrapping_add(1) != 0 {
                return wrong(format!("bogus netmask {}", self.mask_text));
            }
            if u32::from(destination) & host_bits != 0 {
                return wrong("netmask and route address conflict".to_owned());
            }
        }
        if add && self.flags & HOST != 0 {
            mask = Ipv4Addr::BROADCAST;
        }
        Ok(Route {
            destination: Address::inet(destination),
            gateway: self.gateway.map(Address::inet).unwrap_or_default(),
            mask: Address::inet(mask),
            flags: self.flags,
            metric: self.metric,
            device: self.device,
        })
    }
}

fn resolved(word: &str) -> Result<Ipv4Addr, Failure> {
    if word == "default" {
        return Ok(Ipv4Addr::UNSPECIFIED);
    }
    resolve::ipv4(word)
        .first()
        .copied()
        .ok_or_else(|| Failure::Sentence(format!("resolving {word}")))
}

fn number(text: &str, most: u32) -> Result<u32, Failure> {
    match text.parse::<u32>() {
        Ok(number) if number <= most => Ok(number),
        Ok(number) => Err(Failure::Sentence(format!("number {number} is not in 0..{most} range"))),
        Err(_) => Err(Failure::Sentence(format!("invalid number '{text}'"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(net: Option<bool>, words: &str) -> Result<Route, Failure> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        read(true, net, &words)
    }

    #[test]
    fn routes_are_read() {
        let default = route(None, "default gw 172.18.0.1").unwrap();
        assert_eq!(default.flags, UP | GATEWAY);
        assert_eq!(default.gateway, Address::inet(Ipv4Addr::new(172, 18, 0, 1)));
        let net = route(Some(true), "10.0.0.0/8 metric 5 dev eth0").unwrap();
        assert_eq!((net.flags, net.metric), (UP, 6));
        assert_eq!(net.mask, Address::inet(Ipv4Addr::new(255, 0, 0, 0)));
        assert_eq!(net.device.as_deref(), Some(c"eth0"));
        let host = route(None, "10.77.0.5 reject").unwrap();
        assert_eq!(host.flags, UP | HOST | REJECT);
        assert_eq!(host.mask, Address::inet(Ipv4Addr::BROADCAST));
        assert_eq!(
            route(Some(true), "0.0.0.0/0 eth0").unwrap().mask,
            Address::inet(Ipv4Addr::UNSPECIFIED)
        );
    }

    #[test]
    fn mistakes_are_told_in_busybox_s_words() {
        for (net, words) in [
            (None, ""),
            (None, "default gw"),
            (None, "default eth0 eth1"),
            (None, "default dev eth0 eth1"),
            (Some(true), "10.0.0.0/8 netmask 255.0.0.0"),
        ] {
            assert_eq!(route(net, words).unwrap_err(), Failure::Usage, "{words}");
        }
        for (net, words, sentence) in [
            (None, "10.78.0.0/20", "netmask 00000fff and host route conflict"),
            (Some(true), "10.0.0.1/8", "netmask and route address conflict"),
            (Some(true), "10.79.0.0 netmask 255.0.255.0", "bogus netmask 255.0.255.0"),
            (Some(true), "10.0.0.0/33", "number 33 is not in 0..32 range"),
            (Some(true), "10.79.0.0/16 metric x", "invalid number 'x'"),
            (None, "default gw default", "gateway default is a NETWORK"),
            (None, "a..b", "resolving a..b"),
        ] {
            assert_eq!(
                route(net, words).unwrap_err(),
                Failure::Sentence(sentence.to_owned()),
                "{words}"
            );
        }
    }
}
