//! Who answers a name, as one container sees it (moby `libnetwork/sandbox.go` `ResolveName`, `libnetwork/resolver.go`). Pure.
//!
//! `model::resolve` states the same rule on its own; a property test holds the two against each other.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use hickory_proto::rr::RecordType;
use ipnetwork::Ipv4Network;

use super::EMBEDDED;
use crate::engine::core::{Container, Rules, State, link};
use crate::engine::drivers::host::ROUTER_ADDRESS;
use crate::observe::{AnswerReason, Answerer, ForwardReason, Precedence, address_asked};

/// Servers outside that are asked at most (moby `maxExtDNS`).
const MOST_SERVERS: usize = 3;

/// All names of one [`State`], ready to be asked for.
#[derive(Debug)]
pub struct Names {
    /// The era's rules.
    pub rules: &'static Rules,
    networks: Vec<Known>,
    askers: HashMap<String, Asker>,
}

/// A network's names.
#[derive(Debug)]
struct Known {
    id: String,
    name: String,
    /// Addresses by name, in lower case.
    holders: HashMap<String, Vec<Ipv4Addr>>,
    /// `NAME.NETWORK` by address.
    pointers: HashMap<Ipv4Addr, String>,
}

/// A container that can ask.
#[derive(Debug)]
pub struct Asker {
    /// Its networks with names, in the order they are asked.
    networks: Vec<Rank>,
    /// Names of its own making in each of these, `--link`: what they stand for there.
    links: Vec<HashMap<String, String>>,
    /// A name of one label is not asked for outside: `ndots` above 0 was given.
    single_label_stays: bool,
    /// Servers outside, in the order they are asked.
    pub servers: Vec<Server>,
    /// The host's servers may be asked for it.
    pub host_servers: bool,
}

/// A network as one container ranks it (moby `libnetwork/sandbox.go`, `Less`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rank {
    network: usize,
    priority: i64,
    internal: bool,
    gateway: bool,
}

/// A name server outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    /// Where; port 53.
    pub address: IpAddr,
    /// Dialled from the lab host, or from the container's own network.
    pub from_host: bool,
}

/// A question, as far as names go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// As it was typed, without the final dot, in presentation form (RFC 4343 §2.1).
    pub name: String,
    /// What is asked for.
    pub kind: RecordType,
}

/// Who answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'n> {
    /// A network, with the addresses of all who hold the name there.
    Addresses(Found, &'n [Ipv4Addr]),
    /// A network, with the first name of who has the address, and its own: `es.dev`.
    Pointer(Found, &'n str),
    /// A network, which knows the name and has no such record of it.
    NoData(Found),
    /// Nobody, empty: the client is to add its search domains.
    SingleLabel,
    /// The servers outside.
    Outside(ForwardReason),
}

/// Where a name was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Position among the asker's networks.
    rank: usize,
    /// Bytes of the question's name that are the name in that network; all of it where no network was named.
    length: usize,
}

impl Names {
    /// The names of a state.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let mut networks: Vec<Known> = Vec::new();
        let mut places = HashMap::new();
        for network in state.networks().into_iter().filter(|network| !network.predefined) {
            places.insert(network.id.as_str(), networks.len());
            networks.push(Known::of(state, &network.id, &network.name));
        }
        let askers = state
            .containers()
            .into_iter()
            .filter(|container| container.resolver)
            .map(|container| (container.id.clone(), Asker::of(state, container, &places)))
            .collect();
        Self {
            rules: state.rules(),
            networks,
            askers,
        }
    }

    /// The container of that id, where it can ask.
    #[must_use]
    pub fn asker(&self, container: &str) -> Option<&Asker> {
        self.askers.get(container)
    }

    /// Who answers `asker`'s question.
    #[must_use]
    pub fn ask(&self, asker: &Asker, question: &Question) -> Verdict<'_> {
        match question.kind {
            RecordType::A => self.by_name(asker, question, Verdict::Addresses),
            RecordType::AAAA | RecordType::MX => self.by_name(asker, question, |found, _| Verdict::NoData(found)),
            RecordType::PTR => self.by_address(asker, question),
            _ => Verdict::Outside(ForwardReason::TypeNotServed),
        }
    }

    /// Who that is, and why that one.
    #[must_use]
    pub fn answerer(&self, asker: &Asker, question: &Question, found: Found) -> Answerer {
        let rank = asker.networks[found.rank];
        let known = &self.networks[rank.network];
        let behind = &asker.networks[found.rank + 1..];
        let key = question.name.to_lowercase();
        let holds = |other: &&Rank| match question.kind {
            RecordType::PTR => {
                address_asked(&key).is_some_and(|address| self.networks[other.network].knows_address(address))
            }
            _ => self.networks[other.network].holders.contains_key(&key),
        };
        let also: Vec<&Rank> = behind.iter().filter(holds).collect();
        let why = if found.length < question.name.len() && question.kind != RecordType::PTR {
            AnswerReason::NetworkNamed
        } else if asker.networks.len() == 1 {
            AnswerReason::OnlyNetwork
        } else if let Some(next) = also.first() {
            AnswerReason::First {
                by: rank.before(next),
                also: also
                    .iter()
                    .map(|other| self.networks[other.network].name.clone())
                    .collect(),
            }
        } else {
            AnswerReason::OnlyHolder
        };
        Answerer {
            network: known.id.clone(),
            network_name: known.name.clone(),
            why,
        }
    }

    /// The whole name in each network, then what stands before a dot in the network that stands behind it, dots from the right.
    /// The first network that knows it answers; answers are never merged.
    fn by_name<'n>(
        &'n self,
        asker: &Asker,
        question: &Question,
        verdict: impl Fn(Found, &'n [Ipv4Addr]) -> Verdict<'n>,
    ) -> Verdict<'n> {
        let name = question.name.as_str();
        let lower;
        let key = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            lower = name.to_ascii_lowercase();
            lower.as_str()
        } else {
            name
        };
        let whole = std::iter::once((key.len(), None));
        let splits = key.rmatch_indices('.').map(|(dot, _)| (dot, Some(&name[dot + 1..])));
        for (length, suffix) in whole.chain(splits) {
            if let Some((rank, addresses)) = self.holders(asker, &name[..length], &key[..length], suffix) {
                return verdict(Found { rank, length }, addresses);
            }
        }
        if asker.single_label_stays && question.kind != RecordType::MX && !name.contains('.') {
            return Verdict::SingleLabel;
        }
        Verdict::Outside(ForwardReason::UnknownName)
    }

    /// Who holds a name in the first network that knows it: names of the asker's own making first, and where it has made one,
    /// nobody else's.
    fn holders<'n>(
        &'n self,
        asker: &Asker,
        name: &str,
        key: &str,
        suffix: Option<&str>,
    ) -> Option<(usize, &'n [Ipv4Addr])> {
        // The network's name is compared with case, names in it without.
        let candidates = || {
            let known = asker.networks.iter().map(|place| &self.networks[place.network]);
            let ranked = known.zip(&asker.links).enumerate();
            ranked.filter(move |(_, (known, _))| suffix.is_none_or(|suffix| suffix == known.name))
        };
        let linked = candidates().find_map(|(rank, (known, links))| {
            let target = links.get(name)?;
            Some((rank, known.holders.get(&target.to_lowercase())?))
        });
        let found = linked.or_else(|| {
            candidates()
                .filter(|(_, (_, links))| !links.contains_key(name))
                .find_map(|(rank, (known, _))| Some((rank, known.holders.get(key)?)))
        });
        found.map(|(rank, addresses)| (rank, addresses.as_slice()))
    }

    fn by_address(&self, asker: &Asker, question: &Question) -> Verdict<'_> {
        let found = address_asked(&question.name.to_ascii_lowercase()).and_then(|address| {
            asker.networks.iter().enumerate().find_map(|(rank, place)| {
                let pointer = self.networks[place.network].pointers.get(&address)?;
                let length = question.name.len();
                Some(Verdict::Pointer(Found { rank, length }, pointer))
            })
        });
        found.unwrap_or(Verdict::Outside(ForwardReason::UnknownAddress))
    }
}

impl Known {
    fn of(state: &State, id: &str, name: &str) -> Self {
        let mut holders: HashMap<String, Vec<Ipv4Addr>> = HashMap::new();
        let mut pointers = HashMap::new();
        for (_, endpoint, live) in state.endpoints_on(id) {
            let Some(address) = live.address.map(Ipv4Network::ip) else {
                continue;
            };
            for held in &endpoint.names {
                let addresses = holders.entry(held.to_lowercase()).or_default();
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            if let Some(first) = endpoint.names.first() {
                pointers.insert(address, format!("{first}.{name}"));
            }
        }
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            holders,
            pointers,
        }
    }

    fn knows_address(&self, address: Ipv4Addr) -> bool {
        self.pointers.contains_key(&address)
    }
}

impl Asker {
    fn of(state: &State, container: &Container, places: &HashMap<&str, usize>) -> Self {
        let mut networks = Vec::new();
        let mut outside = false;
        for endpoint in &container.endpoints {
            let (Some(live), Ok(network)) = (&endpoint.live, state.network(&endpoint.network_id)) else {
                continue;
            };
            outside |= !network.internal && live.address.is_some();
            if let Some(place) = places.get(network.id.as_str()) {
                let rank = Rank {
                    network: *place,
                    priority: endpoint.spec.gw_priority,
                    internal: network.internal,
                    gateway: live.gateway.is_some(),
                };
                let links = endpoint.spec.links.iter().flatten().map(|text| link::parse(text));
                let links = links.map(|(target, alias)| (alias.to_owned(), target.to_owned()));
                networks.push((rank.key(&network.name), rank, links.collect()));
            }
        }
        networks.sort_unstable_by_key(|(key, ..)| *key);
        let (networks, links) = networks.into_iter().map(|(_, rank, links)| (rank, links)).unzip();
        let spec = &container.spec;
        let ndots = |option: &String| option.strip_prefix("ndots:").and_then(|dots| dots.parse::<i32>().ok());
        Self {
            networks,
            links,
            single_label_stays: spec.dns_options.iter().filter_map(ndots).any(|dots| dots > 0),
            servers: servers(&spec.dns),
            host_servers: outside || state.rules().internal_forwards_names,
        }
    }
}

/// The host's server, or those of `--dns`; the resolver itself is never one of its own.
fn servers(own: &[String]) -> Vec<Server> {
    if own.is_empty() {
        let address = IpAddr::V4(ROUTER_ADDRESS.ip());
        return vec![Server {
            address,
            from_host: true,
        }];
    }
    own.iter()
        .filter_map(|text| text.parse().ok())
        .filter(|address| *address != IpAddr::V4(EMBEDDED))
        .take(MOST_SERVERS)
        .map(|address| Server {
            address,
            from_host: false,
        })
        .collect()
}

impl Rank {
    /// Sorts before what is asked later.
    fn key(self, name: &str) -> (Reverse<i64>, bool, Reverse<bool>, &str) {
        (Reverse(self.priority), self.internal, Reverse(self.gateway), name)
    }

    /// What puts it before `next`.
    fn before(self, next: &Self) -> Precedence {
        if self.priority != next.priority {
            Precedence::GatewayPriority
        } else if self.internal != next.internal {
            Precedence::NotInternal
        } else if self.gateway != next.gateway {
            Precedence::HasGateway
        } else {
            Precedence::NetworkName
        }
    }
}
