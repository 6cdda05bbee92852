//! `--expose` and `--publish`, as Docker's CLI reads them (docker/go-connections `nat`, short form only).

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::super::flag::Parsed;

/// `ExposedPorts` and `PortBindings` of a create request.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Ports {
    /// `8080/tcp` and so on.
    pub exposed: Map<String, Value>,
    /// What of these is to be reached from outside.
    pub bindings: Map<String, Value>,
}

/// A first and a last port.
type Range = (u16, u16);

/// Reads both options; what is published is exposed too.
///
/// # Errors
/// The CLI's own refusals.
pub(super) fn read(parsed: &Parsed) -> Result<Ports, String> {
    let mut ports = Ports::default();
    for text in parsed.all("publish") {
        publish(&mut ports, text)?;
    }
    for text in parsed.all("expose") {
        expose(&mut ports, text)?;
    }
    Ok(ports)
}

fn expose(ports: &mut Ports, text: &str) -> Result<(), String> {
    if text.contains(':') {
        return Err(format!("invalid port format for --expose: {text}"));
    }
    let (numbers, protocol) = split_protocol(text);
    let (first, last) =
        range(numbers).map_err(|reason| format!("invalid range format for --expose: {text}, error: {reason}"))?;
    for number in first..=last {
        ports.exposed.insert(format!("{number}/{protocol}"), json!({}));
    }
    Ok(())
}

/// `[[address:]host port:]port[/protocol]`, ports as numbers or ranges.
fn publish(ports: &mut Ports, text: &str) -> Result<(), String> {
    let (rest, protocol) = split_protocol(text);
    let protocol = protocol.to_lowercase();
    let (rest, container) = rest.rsplit_once(':').map_or(("", rest), |(rest, port)| (rest, port));
    let (address, host) = rest
        .rsplit_once(':')
        .map_or(("", rest), |(address, port)| (address, port));
    let address = address.trim_start_matches('[').trim_end_matches(']');
    if container.is_empty() {
        return Err(format!("no port specified: {text}<empty>"));
    }
    if !address.is_empty() && address.parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address: {address}"));
    }
    let inside = range(container).map_err(|_| format!("invalid containerPort: {container}"))?;
    let outside = match host {
        "" => None,
        _ => Some(range(host).map_err(|_| format!("invalid hostPort: {host}"))?),
    };
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("invalid proto: {protocol}"));
    }
    let width = |(first, last): Range| last - first;
    // Several ports outside for one inside: the engine takes one that is free.
    let chosen_there = width(inside) == 0;
    if outside.is_some_and(|outside| !chosen_there && width(outside) != width(inside)) {
        return Err(format!(
            "invalid ranges specified for container and host Ports: {container} and {host}"
        ));
    }
    for offset in 0..=width(inside) {
        let port = match outside {
            None => String::new(),
            Some(_) if chosen_there => host.to_owned(),
            Some((first, _)) => (first + offset).to_string(),
        };
        let name = format!("{}/{protocol}", inside.0 + offset);
        ports.exposed.insert(name.clone(), json!({}));
        let bindings = ports.bindings.entry(name).or_insert_with(|| json!([]));
        if let Some(bindings) = bindings.as_array_mut() {
            bindings.push(json!({ "HostIp": address, "HostPort": port }));
        }
    }
    Ok(())
}

fn split_protocol(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((port, protocol)) if !protocol.is_empty() => (port, protocol),
        Some((port, _)) => (port, "tcp"),
        None => (text, "tcp"),
    }
}

/// `80` or `8000-8003`.
fn range(text: &str) -> Result<Range, String> {
    if text.is_empty() {
        return Err("empty string specified for ports".into());
    }
    let number = |text: &str| {
        text.parse::<u16>().map_err(|error| {
            let why = match error.kind() {
                std::num::IntErrorKind::PosOverflow => "value out of range",
                _ => "invalid syntax",
            };
            format!("strconv.ParseUint: parsing \"{text}\": {why}")
        })
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    if last < first {
        return Err(format!("invalid range specified for port: {text}"));
    }
    Ok((first, last))
}

#[cfg(test)]
mod tests {
    use super::super::super::flag;
    use super::super::flags;
    use super::*;

    fn ports(args: &[&str]) -> Result<Ports, String> {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        read(&flag::parse(flags::FLAGS, &args, false).expect("flags"))
    }

    #[test]
    fn what_is_exposed_is_a_port_or_a_range_of_one_protocol() {
        let found = ports(&["--expose", "80", "--expose", "53/udp", "--expose", "8000-8002"]).expect("ports");
        let names: Vec<&String> = found.exposed.keys().collect();
        assert_eq!(names, ["80/tcp", "53/udp", "8000/tcp", "8001/tcp", "8002/tcp"]);
        assert!(found.bindings.is_empty());
    }

    #[test]
    fn what_is_published_has_a_place_outside() {
        let found = ports(&[
            "-p",
            "8080:80",
            "-p",
            "127.0.0.1::53/udp",
            "-p",
            "[::1]:7000-7001:70-71",
        ])
        .expect("ports");
        let expected = json!({
            "80/tcp": [{ "HostIp": "", "HostPort": "8080" }],
            "53/udp": [{ "HostIp": "127.0.0.1", "HostPort": "" }],
            "70/tcp": [{ "HostIp": "::1", "HostPort": "7000" }],
            "71/tcp": [{ "HostIp": "::1", "HostPort": "7001" }],
        });
        assert_eq!(Value::Object(found.bindings), expected);
        assert!(found.exposed.contains_key("80/tcp"));
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        for (args, sentence) in [
            (["--expose", "1:2"], "invalid port format for --expose: 1:2"),
            (
                ["--expose", "x"],
                "invalid range format for --expose: x, error: strconv.ParseUint: parsing \"x\": invalid syntax",
            ),
            (["-p", "80:"], "no port specified: 80:<empty>"),
            (["-p", "x:80"], "invalid hostPort: x"),
            (["-p", "80:99999"], "invalid containerPort: 99999"),
            (["-p", "nohost:1:2"], "invalid IP address: nohost"),
            (["-p", "80:80/x"], "invalid proto: x"),
            (
                ["-p", "80-81:80-82"],
                "invalid ranges specified for container and host Ports: 80-82 and 80-81",
            ),
        ] {
            assert_eq!(ports(&args).expect_err("a refusal"), sentence);
        }
    }
}
