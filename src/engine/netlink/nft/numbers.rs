//! Numbers of `linux/netfilter/nf_tables.h` and `linux/netfilter/nfnetlink.h`, with the kernel's names where short.

pub const SUBSYSTEM: u16 = 10 << 8;
pub const NEWTABLE: u16 = SUBSYSTEM;
pub const GETTABLE: u16 = SUBSYSTEM | 0x1;
pub const DELTABLE: u16 = SUBSYSTEM | 0x2;
pub const NEWCHAIN: u16 = SUBSYSTEM | 0x3;
pub const GETCHAIN: u16 = SUBSYSTEM | 0x4;
pub const DELCHAIN: u16 = SUBSYSTEM | 0x5;
pub const NEWRULE: u16 = SUBSYSTEM | 0x6;
pub const GETRULE: u16 = SUBSYSTEM | 0x7;
pub const DELRULE: u16 = SUBSYSTEM | 0x8;
pub const NEWSET: u16 = SUBSYSTEM | 0x9;
pub const GETSET: u16 = SUBSYSTEM | 0xa;
pub const DELSET: u16 = SUBSYSTEM | 0xb;
pub const NEWSETELEM: u16 = SUBSYSTEM | 0xc;
pub const GETSETELEM: u16 = SUBSYSTEM | 0xd;
pub const DELSETELEM: u16 = SUBSYSTEM | 0xe;
pub const BATCH_BEGIN: u16 = 0x10;
pub const BATCH_END: u16 = 0x11;

pub const TABLE_NAME: u16 = 1;
pub const CHAIN_TABLE: u16 = 1;
pub const CHAIN_NAME: u16 = 3;
pub const CHAIN_HOOK: u16 = 4;
pub const CHAIN_POLICY: u16 = 5;
pub const CHAIN_TYPE: u16 = 7;
pub const HOOK_NUMBER: u16 = 1;
pub const HOOK_PRIORITY: u16 = 2;
pub const RULE_TABLE: u16 = 1;
pub const RULE_CHAIN: u16 = 2;
pub const RULE_HANDLE: u16 = 3;
pub const RULE_EXPRESSIONS: u16 = 4;
pub const RULE_POSITION: u16 = 6;
pub const SET_TABLE: u16 = 1;
pub const SET_NAME: u16 = 2;
pub const SET_FLAGS: u16 = 3;
pub const SET_KEY_TYPE: u16 = 4;
pub const SET_KEY_LEN: u16 = 5;
pub const SET_DATA_TYPE: u16 = 6;
pub const SET_DATA_LEN: u16 = 7;
pub const SET_ID: u16 = 10;
pub const ELEMENTS_TABLE: u16 = 1;
pub const ELEMENTS_SET: u16 = 2;
pub const ELEMENTS_LIST: u16 = 3;
pub const LIST_ELEMENT: u16 = 1;
pub const ELEMENT_KEY: u16 = 1;
pub const ELEMENT_DATA: u16 = 2;
pub const DATA_VALUE: u16 = 1;
pub const DATA_VERDICT: u16 = 2;
pub const VERDICT_CODE: u16 = 1;
pub const VERDICT_CHAIN: u16 = 2;
pub const EXPRESSION_NAME: u16 = 1;
pub const EXPRESSION_DATA: u16 = 2;

/// Interface names are matched over all 16 bytes of `IFNAMSIZ`.
pub const IFNAMSIZ: usize = 16;
/// `NFT_SET_MAP`.
pub const SET_IS_MAP: u32 = 8;
/// What the nft program calls the type `ifname` (its datatype numbering; the kernel only stores it).
pub const TYPE_IFNAME: u32 = 41;
/// `NFT_DATA_VERDICT`.
pub const TYPE_VERDICT: u32 = 0xffff_ff00;
pub const REGISTER_VERDICT: u32 = 0;
pub const REGISTER_1: u32 = 1;
pub const META_IIFNAME: u32 = 6;
pub const META_OIFNAME: u32 = 7;
pub const CMP_EQ: u32 = 0;
pub const CMP_NEQ: u32 = 1;
pub const BASE_NETWORK: u32 = 1;
/// Offset of the source address in an IPv4 header (RFC 791 §3.1).
pub const IPV4_SOURCE: u32 = 12;
/// Offset of the protocol in it.
pub const IPV4_PROTOCOL: u32 = 9;
/// The protocol's number (RFC 792).
pub const ICMP: u8 = 1;
/// `NFT_NAT_SNAT` (`enum nft_nat_types`).
pub const NAT_SOURCE: u32 = 0;
pub const CT_STATE: u32 = 0;
/// `ESTABLISHED | RELATED` as bits of `ct state`.
pub const ESTABLISHED_RELATED: u32 = 0b110;
pub const VERDICT_DROP: i32 = 0;
pub const VERDICT_ACCEPT: i32 = 1;
pub const VERDICT_JUMP: i32 = -3;
