//! Typed steps: what the engine asks of the kernel, as data.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;
use serde::{Deserialize, Serialize};

use super::FileEdit;

/// The network namespace a step acts in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The lab's host.
    Host,
    /// The simulated router behind the uplink.
    Router,
    /// A container, by full id.
    Container(String),
}

/// One thing done to the kernel. Each has one executor, one shell line and one inverse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Make a bridge (down, without address).
    CreateBridge {
        /// Where.
        place: Place,
        /// Interface name, at most 15 bytes (`IFNAMSIZ` in linux/if.h).
        name: String,
        /// Bytes; absent leaves the kernel's 1500.
        mtu: Option<u32>,
    },
    /// Make a veth pair in one message: this end here, the other end straight in its own namespace.
    CreateVeth {
        /// Where the near end lives.
        place: Place,
        /// Near end's name.
        name: String,
        /// Bridge the near end becomes a port of.
        master: Option<String>,
        /// Where the far end lives.
        peer_place: Place,
        /// Far end's name (`eth0`).
        peer_name: String,
        /// Far end's MAC address.
        peer_mac: Option<String>,
        /// Bytes, for both ends.
        mtu: Option<u32>,
    },
    /// Keep a bridge's port from other ports that are kept so (`IFLA_BRPORT_ISOLATED`, Linux 4.18): in the bridge itself, where
    /// rules see packets only if the machine has `br_netfilter`.
    IsolatePort {
        /// Where.
        place: Place,
        /// The port.
        link: String,
    },
    /// Bring a link up or down.
    SetUp {
        /// Where.
        place: Place,
        /// Interface name.
        link: String,
        /// Up or down.
        up: bool,
    },
    /// Add an address to a link.
    AddAddress {
        /// Where.
        place: Place,
        /// Interface name.
        link: String,
        /// Address and prefix length.
        address: Ipv4Network,
    },
    /// Add a route through a gateway.
    AddRoute {
        /// Where.
        place: Place,
        /// `0.0.0.0/0` for the default route.
        destination: Ipv4Network,
        /// Next hop.
        via: Ipv4Addr,
    },
    /// Add a route through a gateway, or move the one there is to that destination, in one act.
    ReplaceRoute {
        /// Where.
        place: Place,
        /// `0.0.0.0/0` for the default route.
        destination: Ipv4Network,
        /// Next hop.
        via: Ipv4Addr,
    },
    /// Write a sysctl of that network namespace.
    SetSysctl {
        /// Where.
        place: Place,
        /// Dotted (`net.ipv4.ip_forward`); an interface name in it keeps its dots after a `/`-safe encoding by the executor.
        key: String,
        /// Text written.
        value: String,
    },
    /// Add nftables objects in one batch.
    Nft {
        /// Where.
        place: Place,
        /// Objects, in order.
        objects: Vec<NftObject>,
    },
    /// Take a bridge away (detached at once, deleted by the reaper).
    DeleteBridge {
        /// Where.
        place: Place,
        /// Interface name.
        name: String,
    },
    /// Take a veth pair away by its near end (detached at once, deleted by the reaper).
    DeleteVeth {
        /// Where.
        place: Place,
        /// Near end's name.
        name: String,
    },
    /// Delete nftables objects in one batch.
    NftDelete {
        /// Where.
        place: Place,
        /// Objects, in the order they were added.
        objects: Vec<NftObject>,
    },
    /// Make a container's namespaces and its waiting pid 1.
    CreateSandbox {
        /// Everything the sandbox needs to know.
        spec: Box<SandboxSpec>,
    },
    /// Let a sandbox's pid 1 execute its command.
    StartProcess {
        /// Container's full id.
        container: String,
    },
    /// End a sandbox: SIGKILL to its pid 1, wait for it.
    EndSandbox {
        /// Container's full id.
        container: String,
    },
    /// Edit a text file in a running container's own mount namespace, in place. A file that the container has moved away or
    /// made into something else is left alone.
    EditFile {
        /// Container's full id.
        container: String,
        /// Absolute path; no part of it may be a link.
        path: String,
        /// What changes.
        edit: FileEdit,
    },
    /// Open a container's embedded resolver: UDP and TCP sockets on 127.0.0.11:53 in its network namespace, served by
    /// the engine.
    StartResolver {
        /// Container's full id.
        container: String,
    },
    /// Close a container's embedded resolver.
    StopResolver {
        /// Container's full id.
        container: String,
    },
    /// Tell the neighbours of a container's new interface of its address, by gratuitous ARP (RFC 5227 §3), in the background:
    /// nothing that waits for the plan waits for it.
    AnnounceAddress {
        /// Container's full id.
        container: String,
        /// Interface in it.
        link: String,
        /// The other end of its cable, a bridge's port.
        host_end: String,
        /// The interface's MAC address: where it has another one, nothing is told.
        mac: String,
        /// What is told.
        address: Ipv4Addr,
        /// How often.
        times: u8,
        /// Milliseconds from one to the next.
        spacing: u16,
    },
    /// Open the simulated internet's name server on the router.
    StartUpstream {
        /// Address it answers at, port 53.
        address: Ipv4Addr,
    },
    /// Take an imported image's files away.
    DropImage {
        /// The name they are kept under.
        image: String,
    },
}

/// An nftables object, by the names Docker 29's nftables backend uses (table `ip docker-bridges`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename_all = "snake_case")]
pub enum NftObject {
    /// `add table ip NAME`.
    Table {
        /// Table.
        table: String,
    },
    /// `add chain ip TABLE NAME [{ type … hook … priority … ; }]`.
    Chain {
        /// Table.
        table: String,
        /// Chain.
        chain: String,
        /// Absent for a regular chain.
        base: Option<BaseChain>,
    },
    /// `add map ip TABLE NAME { type ifname : verdict ; }`.
    VerdictMap {
        /// Table.
        table: String,
        /// Map.
        map: String,
    },
    /// `add element ip TABLE MAP { "IFNAME" : jump CHAIN }`.
    JumpElement {
        /// Table.
        table: String,
        /// Map.
        map: String,
        /// Interface name, the key.
        interface: String,
        /// Chain jumped to.
        chain: String,
    },
    /// `add rule ip TABLE CHAIN …`.
    Rule {
        /// Table.
        table: String,
        /// Chain.
        chain: String,
        /// Matches and verdict, in order.
        expressions: Vec<NftExpression>,
    },
}

/// Where a base chain hooks in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseChain {
    /// `filter` or `nat`.
    pub kind: String,
    /// `prerouting`, `input`, `forward`, `output`, `postrouting`.
    pub hook: String,
    /// Priority as a number (`srcnat` is 100).
    pub priority: i32,
}

/// One part of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "expression", rename_all = "snake_case")]
pub enum NftExpression {
    /// `iifname [!=] "NAME"`.
    InInterface {
        /// Interface name.
        name: String,
        /// Equal or different.
        equal: bool,
    },
    /// `oifname [!=] "NAME"`.
    OutInterface {
        /// Interface name.
        name: String,
        /// Equal or different.
        equal: bool,
    },
    /// `ip saddr SUBNET`.
    Source {
        /// Subnet matched.
        subnet: Ipv4Network,
    },
    /// `ip protocol [!=] icmp`.
    Icmp {
        /// Equal or different.
        equal: bool,
    },
    /// `ct state established,related`.
    Established,
    /// `iifname vmap @MAP`.
    InVerdictMap {
        /// Map.
        map: String,
    },
    /// `oifname vmap @MAP`.
    OutVerdictMap {
        /// Map.
        map: String,
    },
    /// `counter`.
    Counter,
    /// `accept`.
    Accept,
    /// `drop`.
    Drop,
    /// `masquerade`.
    Masquerade,
    /// `snat to ADDRESS`.
    SourceNat {
        /// What the packet's source becomes.
        to: Ipv4Addr,
    },
}

/// Whose network namespace a container is in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxNetwork {
    /// One of its own.
    #[default]
    Own,
    /// The lab host's; its `/etc/hosts` and `/etc/resolv.conf` are copied unless `files` has others.
    Host,
    /// That of the running container of this full id, with its `/etc/hosts`, `/etc/resolv.conf` and `/etc/hostname`
    /// themselves, not copies of them.
    Container(String),
}

/// What a container's sandbox is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxSpec {
    /// Container's full id.
    pub container: String,
    /// The name under which its root file system is kept.
    pub image: String,
    /// `uname -n`.
    pub hostname: String,
    /// Program and arguments; the program is looked up in `PATH` of `env`.
    pub argv: Vec<String>,
    /// `KEY=VALUE`.
    pub env: Vec<String>,
    /// Absolute path.
    pub workdir: String,
    /// Files written before the command runs: path → content (`/etc/hosts`, `/etc/resolv.conf`, `/etc/hostname`).
    pub files: BTreeMap<String, String>,
    /// Added to Docker's default capabilities (`NET_ADMIN`).
    pub cap_add: Vec<String>,
    /// Standard input stays open and reaches the process.
    pub open_stdin: bool,
    /// A pseudo-terminal instead of pipes.
    pub tty: bool,
    /// Whose network it has.
    pub network: SandboxNetwork,
    /// Its size at first: rows, columns.
    #[serde(default)]
    pub console_size: Option<[u16; 2]>,
}
