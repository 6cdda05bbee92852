//! Asking a kernel whether it knows a kind of link, a queueing discipline, a packet filter: by making one, in a scratch
//! network namespace.

use rustix::io::Result;
use rustix::net::netlink;

use crate::engine::sandbox::message::{ACKNOWLEDGE, CREATE, Message, RTM_NEWLINK, ask, attribute, link_header};

/// Attributes and message types of `linux/if_link.h`, `linux/rtnetlink.h` and `linux/pkt_sched.h`.
const IFLA_IFNAME: u16 = 3;
const IFLA_LINK: u16 = 5;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const IFLA_VLAN_ID: u16 = 1;
const IFLA_VXLAN_ID: u16 = 1;
const RTM_NEWQDISC: u16 = 36;
const TCA_KIND: u16 = 1;
const TCA_OPTIONS: u16 = 2;
const TC_H_ROOT: u32 = 0xffff_ffff;

/// Of `linux/netfilter/nfnetlink.h` and `linux/netfilter/nf_tables.h`.
const NFNL_SUBSYS_NFTABLES: u16 = 10;
const NFNL_MSG_BATCH_BEGIN: u16 = 16;
const NFNL_MSG_BATCH_END: u16 = 17;
const NFT_MSG_NEWTABLE: u16 = 0;
const NFTA_TABLE_NAME: u16 = 1;
const NFPROTO_IPV4: u8 = 2;

/// Index that the veth pair's end gets, so that others can stand on it.
const BASE: u32 = 100;

pub(super) fn bridge() -> Result<()> {
    link(0, "cnm-bridge", "bridge", &[], None)
}

/// Leaves a pair, on which the kinds that need a link below them stand.
pub(super) fn veth() -> Result<()> {
    link(BASE, "cnm-veth", "veth", &[], None)
}

pub(super) fn macvlan() -> Result<()> {
    link(0, "cnm-macvlan", "macvlan", &[], Some(BASE))
}

pub(super) fn ipvlan() -> Result<()> {
    link(0, "cnm-ipvlan", "ipvlan", &[], Some(BASE))
}

pub(super) fn vlan() -> Result<()> {
    link(
        0,
        "cnm-vlan",
        "vlan",
        &attribute(IFLA_VLAN_ID, &5u16.to_ne_bytes()),
        Some(BASE),
    )
}

pub(super) fn vxlan() -> Result<()> {
    link(
        0,
        "cnm-vxlan",
        "vxlan",
        &attribute(IFLA_VXLAN_ID, &42u32.to_ne_bytes()),
        None,
    )
}

pub(super) fn dummy() -> Result<()> {
    link(0, "cnm-dummy", "dummy", &[], None)
}

/// `struct tcmsg`, then `struct tc_netem_qopt` with a queue of 1,000 packets and no delay.
pub(super) fn netem() -> Result<()> {
    let mut header = [0; 20];
    header[4..8].copy_from_slice(&BASE.to_ne_bytes());
    header[12..16].copy_from_slice(&TC_H_ROOT.to_ne_bytes());
    let mut options = [0; 24];
    options[4..8].copy_from_slice(&1000u32.to_ne_bytes());
    let message = Message::new(RTM_NEWQDISC, ACKNOWLEDGE | CREATE, &header)
        .with(TCA_KIND, b"netem\0")
        .with(TCA_OPTIONS, &options);
    ask(None, &message.bytes())
}

pub(super) fn nftables() -> Result<()> {
    let header = |family: u8, resource: u16| {
        let [high, low] = resource.to_be_bytes();
        [family, 0, high, low]
    };
    let batch = |kind| Message::new(kind, 0, &header(0, NFNL_SUBSYS_NFTABLES)).bytes();
    let table = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWTABLE;
    let table = Message::new(table, ACKNOWLEDGE | CREATE, &header(NFPROTO_IPV4, 0)).with(NFTA_TABLE_NAME, b"cnm\0");
    let messages = [batch(NFNL_MSG_BATCH_BEGIN), table.bytes(), batch(NFNL_MSG_BATCH_END)].concat();
    ask(Some(netlink::NETFILTER), &messages)
}

fn link(index: u32, name: &str, kind: &str, data: &[u8], below: Option<u32>) -> Result<()> {
    let mut info = attribute(IFLA_INFO_KIND, kind.as_bytes());
    info.extend(attribute(IFLA_INFO_DATA, data));
    let mut message = Message::new(RTM_NEWLINK, ACKNOWLEDGE | CREATE, &link_header(index, 0, 0))
        .with(IFLA_IFNAME, &[name.as_bytes(), b"\0"].concat())
        .with(IFLA_LINKINFO, &info);
    if let Some(below) = below {
        message = message.with(IFLA_LINK, &below.to_ne_bytes());
    }
    ask(None, &message.bytes())
}
