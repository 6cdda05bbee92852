//! Who a node is: a name of two words and random-looking ids, the same as long as its container lives.

use sha2::{Digest, Sha256};

/// One node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Its name, generated as real nodes' were.
    pub name: String,
    /// Id of the node: 22 characters of base 64.
    pub id: String,
    /// Id of the cluster of one that it is.
    pub cluster: String,
}

const FIRST: [&str; 24] = [
    "Amber", "Autumn", "Brass", "Candid", "Cedar", "Cobalt", "Copper", "Distant", "Early", "Gentle", "Granite",
    "Hidden", "Ivory", "Lunar", "Maple", "Northern", "Patient", "Quiet", "Restless", "Saffron", "Scarlet", "Silver",
    "Velvet", "Winter",
];

const SECOND: [&str; 24] = [
    "Albatross",
    "Badger",
    "Beacon",
    "Comet",
    "Compass",
    "Dragonfly",
    "Falcon",
    "Ferry",
    "Fox",
    "Heron",
    "Juggler",
    "Lantern",
    "Lynx",
    "Marmot",
    "Meteor",
    "Navigator",
    "Otter",
    "Pilgrim",
    "Raven",
    "Sparrow",
    "Tinker",
    "Wanderer",
    "Weaver",
    "Wren",
];

/// The URL-safe alphabet of RFC 4648 §5.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Node {
    /// The node of this container: told apart from others by its host name, which Docker makes from the container's id.
    pub(super) fn of_this_host() -> Self {
        let host = nix::unistd::gethostname().unwrap_or_default();
        Self::of(&host.to_string_lossy())
    }

    /// The node of a host.
    pub(super) fn of(host: &str) -> Self {
        let digest_of = |what: &str| -> [u8; 32] { Sha256::digest(format!("{what} of {host}").as_bytes()).into() };
        let digest = digest_of("node");
        let pick = |words: &[&'static str; 24], byte: u8| words[usize::from(byte) % 24];
        Self {
            name: format!("{} {}", pick(&FIRST, digest[0]), pick(&SECOND, digest[1])),
            id: letters(&digest[2..]),
            cluster: letters(&digest_of("cluster")),
        }
    }
}

fn letters(bytes: &[u8]) -> String {
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte & 63)]);
    bytes.iter().take(22).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_host_has_always_the_same_node_and_others_have_others() {
        assert_eq!(Node::of("0ecccdfa45ef"), Node::of("0ecccdfa45ef"));
        let nodes: Vec<Node> = (0..200).map(|number| Node::of(&format!("{number:012x}"))).collect();
        let names: BTreeSet<_> = nodes.iter().map(|node| &node.name).collect();
        assert!(names.len() > 140, "{} names of 200 nodes", names.len());
        let ids: BTreeSet<_> = nodes.iter().flat_map(|node| [&node.id, &node.cluster]).collect();
        assert_eq!(ids.len(), 400);
        assert!(nodes.iter().all(|node| node.id.len() == 22 && node.cluster.len() == 22));
    }
}
