//! Ports by their names: `/etc/services` (services(5)).

use std::fs;

/// The port that `text` is the number or the name of, for `tcp` or `udp`.
pub(crate) fn port_of(text: &str, protocol: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    in_services(&fs::read_to_string("/etc/services").ok()?, text, protocol)
}

fn in_services(table: &str, name: &str, protocol: &str) -> Option<u16> {
    table.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let own = words.next()?;
        let (port, kind) = words.next()?.split_once('/')?;
        let is_named = own == name || words.any(|alias| alias == name);
        (is_named && kind == protocol).then(|| port.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_name_alias_and_protocol() {
        let table = "# ports\ndomain 53/tcp\ndomain 53/udp\nhttp\t\t80/tcp www # web\nbroken\nbad x/tcp\n";
        assert_eq!(in_services(table, "http", "tcp"), Some(80));
        assert_eq!(in_services(table, "www", "tcp"), Some(80));
        assert_eq!(in_services(table, "domain", "udp"), Some(53));
        for (name, protocol) in [
            ("http", "udp"),
            ("broken", "tcp"),
            ("bad", "tcp"),
            ("", "tcp"),
            ("web", "tcp"),
        ] {
            assert_eq!(in_services(table, name, protocol), None, "{name}");
        }
        assert_eq!(port_of("65535", "tcp"), Some(65535));
        for text in ["65536", "", "-1", "+1"] {
            assert_eq!(port_of(text, "tcp"), None, "{text}");
        }
    }
}
