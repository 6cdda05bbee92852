//! The network options of `docker run`.

use serde_json::{Map, Value, json};

use super::super::flag::Parsed;

/// `NetworkMode` and `NetworkingConfig` of a create request.
#[derive(Debug, PartialEq)]
pub(super) struct Networking {
    /// `HostConfig.NetworkMode`.
    pub mode: String,
    /// `NetworkingConfig.EndpointsConfig`.
    pub endpoints: Map<String, Value>,
}

/// One `--network`.
#[derive(Debug, Default)]
struct Attachment {
    target: String,
    aliases: Vec<String>,
    ipv4: Option<String>,
    ipv6: Option<String>,
    mac: Option<String>,
    priority: i64,
    options: Map<String, Value>,
    link_local: Vec<String>,
    links: Vec<String>,
}

impl Attachment {
    /// Reads `NAME`, or `name=NAME,alias=…,ip=…`.
    fn read(text: &str) -> Result<Self, String> {
        let mut attachment = Self::default();
        if !text.contains('=') {
            text.clone_into(&mut attachment.target);
        }
        for field in text.split(',').filter(|_| text.contains('=')) {
            let (key, value) = field.split_once('=').ok_or_else(|| format!("invalid field {field}"))?;
            let (key, value) = (key.trim().to_lowercase(), value.trim().to_owned());
            match key.as_str() {
                "name" => attachment.target = value,
                "alias" => attachment.aliases.push(value),
                "ip" => attachment.ipv4 = Some(value),
                "ip6" => attachment.ipv6 = Some(value),
                "mac-address" => attachment.mac = Some(value),
                "link-local-ip" => attachment.link_local.push(value),
                "gw-priority" => {
                    attachment.priority = value
                        .parse()
                        .map_err(|_| format!("invalid gw-priority ({value}): invalid syntax"))?;
                }
                "driver-opt" => {
                    let (key, value) = value
                        .split_once('=')
                        .ok_or("invalid key value pair format in driver options")?;
                    attachment.options.insert(key.to_lowercase(), json!(value));
                }
                _ => return Err(format!("invalid field key {key}")),
            }
        }
        if attachment.target.is_empty() {
            return Err("no name set for network".into());
        }
        Ok(attachment)
    }

    /// Whether it is a network one made, not `bridge`, `host`, `none` or another container's.
    fn is_user_defined(&self) -> bool {
        !matches!(self.target.as_str(), "default" | "bridge" | "host" | "none")
            && !self.target.starts_with("container:")
    }

    /// Whether nothing but the network was asked for.
    fn is_plain(&self) -> bool {
        self.aliases.is_empty()
            && self.ipv4.is_none()
            && self.ipv6.is_none()
            && self.mac.is_none()
            && self.priority == 0
            && self.options.is_empty()
            && self.link_local.is_empty()
            && self.links.is_empty()
    }

    fn endpoint(&self) -> Value {
        let mut ipam = Map::new();
        for (field, address) in [("IPv4Address", &self.ipv4), ("IPv6Address", &self.ipv6)] {
            if let Some(address) = address {
                ipam.insert(field.into(), json!(address));
            }
        }
        if !self.link_local.is_empty() {
            ipam.insert("LinkLocalIPs".into(), json!(self.link_local));
        }
        let or_null = |empty: bool, value: Value| if empty { Value::Null } else { value };
        json!({
            "IPAMConfig": or_null(ipam.is_empty(), Value::Object(ipam)),
            "Links": or_null(self.links.is_empty(), json!(self.links)),
            "Aliases": or_null(self.aliases.is_empty(), json!(self.aliases)),
            "MacAddress": self.mac.as_deref().unwrap_or(""),
            "DriverOpts": or_null(self.options.is_empty(), Value::Object(self.options.clone())),
            "GwPriority": self.priority,
        })
    }
}

/// Puts `--network`, `--network-alias`, `--ip`, `--ip6` and `--mac-address` together; the last four mean the first network.
///
/// # Errors
/// The CLI's own refusals.
pub(super) fn read(parsed: &Parsed) -> Result<Networking, String> {
    let mut attachments = parsed
        .all("network")
        .map(Attachment::read)
        .collect::<Result<Vec<_>, _>>()?;
    let chosen = !attachments.is_empty();
    if !chosen {
        attachments.push(Attachment {
            target: "default".into(),
            ..Attachment::default()
        });
    }
    if let Some(first) = attachments.first_mut() {
        first.aliases.extend(parsed.all("network-alias").map(str::to_owned));
        // On a network of one's own a link is a name of the endpoint's.
        if first.is_user_defined() {
            first.links.extend(parsed.all("link").map(str::to_owned));
        }
        for (flag, field) in [
            ("ip", &mut first.ipv4),
            ("ip6", &mut first.ipv6),
            ("mac-address", &mut first.mac),
        ] {
            if let Some(value) = parsed.last(flag) {
                if field.is_some() {
                    return Err(format!(
                        "conflicting options: cannot specify both --{flag} and per-network {flag}"
                    ));
                }
                *field = Some(value.to_owned());
            }
        }
    }
    if let Some(mac) = parsed.last("mac-address").filter(|mac| !is_mac(mac)) {
        return Err(format!("{mac} is not a valid mac address"));
    }
    if attachments
        .iter()
        .any(|attachment| !attachment.aliases.is_empty() && !attachment.is_user_defined())
    {
        return Err("network-scoped aliases are only supported for user-defined networks".into());
    }
    if attachments.iter().any(Attachment::is_user_defined) && !attachments.iter().all(Attachment::is_user_defined) {
        return Err("conflicting options: cannot attach both user-defined and non-user-defined network-modes".into());
    }
    let mut endpoints = Map::new();
    for attachment in &attachments {
        if endpoints.contains_key(&attachment.target) {
            return Err(format!("network \"{}\" is specified multiple times", attachment.target));
        }
        // A single network without options is left for the engine to complete, as engines before 1.44 expect.
        if !(chosen && attachments.len() == 1 && attachment.is_plain()) {
            endpoints.insert(attachment.target.clone(), attachment.endpoint());
        }
    }
    let mode = attachments
        .first()
        .map(|attachment| attachment.target.clone())
        .unwrap_or_default();
    Ok(Networking { mode, endpoints })
}

/// Refuses a name server that is no address.
pub(super) fn check_address(text: &str) -> Result<(), String> {
    match text.parse::<std::net::IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("IP address is not correctly formatted: {text}")),
    }
}

fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    parts.len() == 6
        && parts
            .iter()
            .all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::super::super::flag;
    use super::super::flags;
    use super::*;

    fn networking(args: &[&str]) -> Result<Networking, String> {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        read(&flag::parse(flags::FLAGS, &args, false).unwrap())
    }

    #[test]
    fn endpoints_are_the_cli_s() {
        let plain = networking(&[]).unwrap();
        assert_eq!(plain.mode, "default");
        assert_eq!(plain.endpoints["default"]["IPAMConfig"], Value::Null);
        let named = networking(&["--net", "dev"]).unwrap();
        assert_eq!((named.mode.as_str(), named.endpoints.len()), ("dev", 0));
        let full = networking(&["--network=dev", "--net-alias", "s", "--ip", "1.2.3.4"]).unwrap();
        assert_eq!(full.endpoints["dev"]["Aliases"], json!(["s"]));
        assert_eq!(full.endpoints["dev"]["IPAMConfig"], json!({"IPv4Address": "1.2.3.4"}));
        let long = networking(&["--network", "name=dev,alias=a,alias=b,ip=10.0.0.9", "--network", "lab"]).unwrap();
        assert_eq!(long.endpoints["dev"]["Aliases"], json!(["a", "b"]));
        assert!(long.endpoints.contains_key("lab"));
    }

    #[test]
    fn refusals_are_the_cli_s() {
        for (args, sentence) in [
            (
                &["--net-alias", "x"][..],
                "network-scoped aliases are only supported for user-defined networks",
            ),
            (
                &["--net", "none", "--net-alias", "x"],
                "network-scoped aliases are only supported for user-defined networks",
            ),
            (&["--network", ""], "no name set for network"),
            (&["--mac-address", "zz"], "zz is not a valid mac address"),
            (
                &["--net", "a", "--net", "a"],
                "network \"a\" is specified multiple times",
            ),
            (
                &["--net", "a", "--net", "host"],
                "conflicting options: cannot attach both user-defined and non-user-defined network-modes",
            ),
        ] {
            assert_eq!(networking(args).unwrap_err(), sentence, "{args:?}");
        }
    }
}
