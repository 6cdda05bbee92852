//! Each step as the `ip`, `nft` and `sysctl` lines that do the same. Lines that begin with `#` say what no such
//! program can do.

mod nft;

use super::{FileEdit, NftObject, Place, SandboxNetwork, SandboxSpec, Step};

/// The MAC address a bridge of that name gets: locally administered unicast, the same in each run, so that a lesson
/// can be told twice. Docker 20.10 draws `02:42:…` at random, Docker 28 any locally administered address.
#[must_use]
pub fn bridge_mac(name: &str) -> [u8; 6] {
    // FNV-1a, 32 bits.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let [a, b, c, d] = hash.to_be_bytes();
    [0x02, 0x42, a, b, c, d]
}

/// Below `/proc/sys`: the dots of a key become slashes, those of an interface name in it stay
/// (`net.ipv6.conf.my.br.accept_ra` → `net/ipv6/conf/my.br/accept_ra`).
#[must_use]
pub fn sysctl_path(key: &str) -> String {
    split_at_interface(key).map_or_else(
        || key.replace('.', "/"),
        |(head, interface, leaf)| format!("{}/{interface}/{leaf}", head.replace('.', "/")),
    )
}

fn split_at_interface(key: &str) -> Option<(&str, &str, &str)> {
    let head = ["net.ipv4.conf", "net.ipv6.conf", "net.ipv4.neigh", "net.ipv6.neigh"]
        .into_iter()
        .find(|head| key.strip_prefix(head).is_some_and(|rest| rest.starts_with('.')))?;
    let (interface, leaf) = key.get(head.len() + 1..)?.rsplit_once('.')?;
    Some((head, interface, leaf))
}

/// The shell lines that do what `step` does.
#[must_use]
pub fn shell(step: &Step) -> Vec<String> {
    match step {
        Step::CreateBridge { place, name, mtu } => {
            let mac = format_mac(bridge_mac(name));
            vec![format!(
                "{} link add name {name} txqueuelen 0 address {mac}{} type bridge",
                ip(place),
                mtu_words(*mtu)
            )]
        }
        Step::CreateVeth { .. } => vec![veth(step)],
        Step::IsolatePort { place, link } => {
            vec![format!(
                "{} link set dev {link} type bridge_slave isolated on",
                ip(place)
            )]
        }
        Step::SetUp { place, link, up } => {
            vec![format!(
                "{} link set {link} {}",
                ip(place),
                if *up { "up" } else { "down" }
            )]
        }
        Step::AddAddress { place, link, address } => {
            vec![format!("{} address add {address} broadcast + dev {link}", ip(place))]
        }
        Step::AddRoute {
            place,
            destination,
            via,
        } if destination.prefix() == 0 => {
            vec![format!("{} route add default via {via}", ip(place))]
        }
        Step::AddRoute {
            place,
            destination,
            via,
        } => {
            vec![format!("{} route add {destination} via {via}", ip(place))]
        }
        Step::ReplaceRoute {
            place,
            destination,
            via,
        } => {
            let to = if destination.prefix() == 0 {
                "default".to_owned()
            } else {
                destination.to_string()
            };
            vec![format!("{} route replace {to} via {via}", ip(place))]
        }
        Step::SetSysctl { place, key, value } => {
            vec![format!("{}sysctl -w {}={}", within(place), dotted(key), quote(value))]
        }
        Step::Nft { place, objects } => objects
            .iter()
            .map(|object| format!("{}nft {}", within(place), quote(&nft::add(object))))
            .collect(),
        Step::NftDelete { place, objects } => {
            // Rules go with their chain.
            let with_chain = |object: &&NftObject| match object {
                NftObject::Rule { table, chain, .. } => objects
                    .iter()
                    .any(|o| matches!(o, NftObject::Chain { table: t, chain: c, .. } if (t, c) == (table, chain))),
                _ => false,
            };
            let deleted = objects.iter().rev().filter(|object| !with_chain(object));
            deleted.map(|object| nft::delete(place, object)).collect()
        }
        Step::DeleteBridge { place, name } | Step::DeleteVeth { place, name } => {
            vec![format!("{} link delete {name}", ip(place))]
        }
        Step::CreateSandbox { spec } => sandbox(spec),
        Step::StartProcess { container } => vec![format!("# execve in {}", short(container))],
        Step::StartResolver { container } => vec![format!(
            "# in {}, the engine listens on 127.0.0.11:53 (udp, tcp) and answers names",
            short(container)
        )],
        Step::StopResolver { container } => vec![format!(
            "# the resolver on 127.0.0.11:53 in {} closes",
            short(container)
        )],
        Step::AnnounceAddress { .. } => vec![announcement(step)],
        Step::StartUpstream { address } => vec![format!(
            "# on the router, the simulated internet's name server listens on {address}:53 (udp, tcp)"
        )],
        Step::EndSandbox { container } => {
            let id = short(container);
            vec![
                format!("ip netns pids {id} | xargs -r kill -KILL"),
                format!("ip netns delete {id}"),
            ]
        }
        Step::EditFile {
            container,
            path,
            edit: change,
        } => vec![edit(container, path, change)],
        Step::DropImage { image } => vec![format!("umount --lazy /run/cnm/imported/{image}")],
    }
}

fn sandbox(spec: &SandboxSpec) -> Vec<String> {
    let waits = format!("# {} waits in namespaces of its own", comment(&spec.argv));
    match &spec.network {
        SandboxNetwork::Own => vec![
            format!("ip netns add {}", short(&spec.container)),
            format!("{waits}: net, mnt, pid, uts, ipc"),
        ],
        SandboxNetwork::Host => vec![format!("{waits}: mnt, pid, uts, ipc, and in the host's network")],
        SandboxNetwork::Container(other) => {
            vec![format!(
                "{waits}: mnt, pid, uts, ipc, and in the network of {}",
                short(other)
            )]
        }
    }
}

/// Files of a container are in its mount namespace, which has no name for `ip netns`.
fn edit(container: &str, path: &str, edit: &FileEdit) -> String {
    let path = quote(path);
    let command = match edit {
        FileEdit::Append { line } => format!("echo {} >> {path}", quote(line)),
        FileEdit::RemoveLine { line } => format!("sed -i {} {path}", quote(&format!("/^{line}$/d"))),
        FileEdit::RemoveNames { names } => {
            let names: Vec<String> = names.iter().map(|name| format!("/\t{name}$/d")).collect();
            format!("sed -i {} {path}", quote(&format!("/^$/d; {}", names.join("; "))))
        }
        FileEdit::RemoveFirstName { name } => {
            let program = format!(r"/\t{}\b/d", name.replace('.', r"\."));
            format!("sed -i {} {path}", quote(&program))
        }
        FileEdit::SetAddress { name, address } => {
            let program = format!(r"s/^\S*\t{}\b/{address}\t{name}/", name.replace('.', r"\."));
            format!("sed -i {} {path}", quote(&program))
        }
        FileEdit::Replace { to, .. } => format!("printf %s {} > {path}", quote(to)),
    };
    format!(
        "# in {}: {}",
        short(container),
        command.escape_debug().to_string().replace("\\'", "'")
    )
}

fn veth(step: &Step) -> String {
    let Step::CreateVeth {
        place,
        name,
        master,
        peer_place,
        peer_name,
        peer_mac,
        mtu,
    } = step
    else {
        return String::new();
    };
    let mtu = mtu_words(*mtu);
    let master = optional(" master ", master.as_deref());
    let mac = optional(" address ", peer_mac.as_deref());
    let elsewhere = namespace(peer_place).filter(|_| place != peer_place);
    let netns = optional(" netns ", elsewhere.as_deref());
    format!(
        "{} link add name {name} txqueuelen 0{mtu}{master} type veth peer name {peer_name} txqueuelen 0{mtu}{mac}{netns}",
        ip(place)
    )
}

/// It goes on in the background, so it is no line of those that are run one after the other.
fn announcement(step: &Step) -> String {
    let Step::AnnounceAddress {
        container,
        link,
        address,
        times,
        spacing,
        ..
    } = step
    else {
        return String::new();
    };
    let (container, seconds) = (short(container), f32::from(*spacing) / 1000.0);
    format!("# in the background: ip netns exec {container} arping -U -c {times} -i {seconds} -I {link} {address}")
}

fn optional(word: &str, value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| format!("{word}{value}"))
}

/// The name under which `ip netns` would know a place; the lab host needs none.
fn namespace(place: &Place) -> Option<String> {
    match place {
        Place::Host => None,
        Place::Router => Some("router".to_owned()),
        Place::Container(id) => Some(short(id)),
    }
}

fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

fn ip(place: &Place) -> String {
    namespace(place).map_or_else(|| "ip".to_owned(), |namespace| format!("ip -n {namespace}"))
}

fn within(place: &Place) -> String {
    namespace(place).map_or_else(String::new, |namespace| format!("ip netns exec {namespace} "))
}

fn mtu_words(mtu: Option<u32>) -> String {
    mtu.map_or_else(String::new, |mtu| format!(" mtu {mtu}"))
}

/// `aa:bb:cc:dd:ee:ff`.
#[must_use]
pub fn format_mac(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// The sysctl program writes a dot that is part of a name as a slash.
fn dotted(key: &str) -> String {
    split_at_interface(key).map_or_else(
        || key.to_owned(),
        |(head, interface, leaf)| format!("{head}.{}.{leaf}", interface.replace('.', "/")),
    )
}

/// One shell word.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@+,=%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A command inside a comment: whatever its arguments hold, it stays on one line.
fn comment(argv: &[String]) -> String {
    let words: Vec<String> = argv.iter().map(|word| quote(word)).collect();
    words
        .join(" ")
        .escape_debug()
        .to_string()
        .replace("\\'", "'")
        .replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bridge_macs_are_local_unicast_and_differ_by_name() {
        let (a, b) = (bridge_mac("docker0"), bridge_mac("br-0123456789ab"));
        assert_eq!(a, bridge_mac("docker0"));
        assert_ne!(a, b);
        assert_eq!(a[0] & 0b11, 0b10);
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        let argv = ["sh", "-c", "echo \"it's\"\nreboot"].map(String::from);
        assert_eq!(comment(&argv).lines().count(), 1);
    }

    #[test]
    fn an_interface_keeps_its_dots_in_a_sysctl_path() {
        assert_eq!(sysctl_path("net.ipv4.ip_forward"), "net/ipv4/ip_forward");
        assert_eq!(
            sysctl_path("net.ipv6.conf.my.br.accept_ra"),
            "net/ipv6/conf/my.br/accept_ra"
        );
        assert_eq!(
            sysctl_path("net.ipv4.conf.all.rp_filter"),
            "net/ipv4/conf/all/rp_filter"
        );
    }
}
