//! The address options of `docker network create`, put together as Docker's CLI does before it asks the engine.

use std::net::IpAddr;

use ipnetwork::IpNetwork;
use serde_json::{Map, Value, json};

use super::super::flag::Parsed;

/// One `IPAM.Config` entry in the making.
#[derive(Debug, Default)]
struct Pool<'a> {
    subnet: &'a str,
    range: Option<&'a str>,
    gateway: Option<&'a str>,
    reserved: Vec<(&'a str, &'a str)>,
}

/// The `IPAM.Config` list.
///
/// # Errors
/// The CLI's own refusals, which never reach the engine.
pub(super) fn config(parsed: &Parsed) -> Result<Value, String> {
    let list = |name: &'static str| -> Vec<&str> {
        parsed
            .all(name)
            .flat_map(|value| value.split(','))
            .filter(|value| !value.is_empty())
            .collect()
    };
    let (subnets, ranges, gateways) = (list("subnet"), list("ip-range"), list("gateway"));
    if subnets.len() < ranges.len() || subnets.len() < gateways.len() {
        return Err("every ip-range or gateway must have a corresponding subnet".into());
    }
    let mut pools: Vec<Pool<'_>> = Vec::new();
    for subnet in subnets {
        for pool in &pools {
            if contains(subnet, pool.subnet)? || contains(pool.subnet, subnet)? {
                return Err("multiple overlapping subnet configuration is not supported".into());
            }
        }
        pools.push(Pool {
            subnet,
            ..Pool::default()
        });
    }
    for range in ranges {
        cidr(range)?;
        let pool = pool_of(&mut pools, range)?.ok_or_else(|| format!("no matching subnet for range {range}"))?;
        if let Some(other) = pool.range {
            return Err(format!(
                "cannot configure multiple ranges ({range}, {other}) on the same subnet ({})",
                pool.subnet
            ));
        }
        pool.range = Some(range);
    }
    for gateway in gateways {
        let pool = pool_of(&mut pools, gateway)?.ok_or_else(|| format!("no matching subnet for gateway {gateway}"))?;
        if let Some(other) = pool.gateway {
            return Err(format!(
                "cannot configure multiple gateways ({gateway}, {other}) for the same subnet ({})",
                pool.subnet
            ));
        }
        pool.gateway = Some(gateway);
    }
    for (name, address) in parsed
        .all("aux-address")
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    {
        let pool =
            pool_of(&mut pools, address)?.ok_or_else(|| format!("no matching subnet for aux-address {address}"))?;
        pool.reserved.push((name, address));
    }
    Ok(pools.iter().map(entry).collect())
}

fn entry(pool: &Pool<'_>) -> Value {
    let mut entry = Map::new();
    entry.insert("Subnet".into(), json!(pool.subnet));
    if let Some(range) = pool.range {
        entry.insert("IPRange".into(), json!(range));
    }
    if let Some(gateway) = pool.gateway {
        entry.insert("Gateway".into(), json!(gateway));
    }
    if !pool.reserved.is_empty() {
        let reserved: Map<String, Value> = pool
            .reserved
            .iter()
            .map(|(name, address)| ((*name).to_owned(), json!(address)))
            .collect();
        entry.insert("AuxiliaryAddresses".into(), Value::Object(reserved));
    }
    Value::Object(entry)
}

fn pool_of<'p, 'a>(pools: &'p mut [Pool<'a>], address: &str) -> Result<Option<&'p mut Pool<'a>>, String> {
    for (at, pool) in pools.iter().enumerate() {
        if contains(pool.subnet, address)? {
            return Ok(pools.get_mut(at));
        }
    }
    Ok(None)
}

/// Whether a subnet holds an address, or the address a prefix is written with. Something that is no address at all
/// is simply not in it; a broken prefix is an error.
fn contains(subnet: &str, address: &str) -> Result<bool, String> {
    let network: IpNetwork = cidr(subnet).map_err(|reason| format!("invalid subnet: {reason}"))?;
    let address = if address.contains('/') {
        Some(cidr(address)?.ip())
    } else {
        address.parse::<IpAddr>().ok()
    };
    Ok(address.is_some_and(|address| network.contains(address)))
}

fn cidr(text: &str) -> Result<IpNetwork, String> {
    match text.parse() {
        Ok(network) if text.contains('/') => Ok(network),
        _ => Err(format!("invalid CIDR address: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{flag, network};
    use super::*;

    fn read(args: &[&str]) -> Result<String, String> {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        config(&flag::parse(network::CREATE_FLAGS, &args, true).unwrap()).map(|config| config.to_string())
    }

    #[test]
    fn options_are_put_together_by_subnet() {
        assert_eq!(read(&[]).unwrap(), "[]");
        assert_eq!(
            read(&[
                "--subnet=10.99.0.0/24",
                "--gateway=10.99.0.1",
                "--ip-range=10.99.0.128/25",
                "--aux-address=a=10.99.0.5",
                "--subnet=fd01::/64",
            ])
            .unwrap(),
            r#"[{"Subnet":"10.99.0.0/24","IPRange":"10.99.0.128/25","Gateway":"10.99.0.1","AuxiliaryAddresses":{"a":"10.99.0.5"}},{"Subnet":"fd01::/64"}]"#
        );
        assert_eq!(
            read(&["--subnet=garbage"]).unwrap(),
            r#"[{"Subnet":"garbage"}]"#,
            "the engine says what is wrong with it"
        );
    }

    #[test]
    fn refusals_are_the_cli_s() {
        for (args, sentence) in [
            (
                &["--gateway=10.78.0.1"][..],
                "every ip-range or gateway must have a corresponding subnet",
            ),
            (
                &["--subnet=10.77.0.0/24", "--gateway=10.78.0.1"],
                "no matching subnet for gateway 10.78.0.1",
            ),
            (
                &["--subnet=10.77.0.0/24", "--ip-range=10.78.0.0/25"],
                "no matching subnet for range 10.78.0.0/25",
            ),
            (
                &["--subnet=10.77.0.0/24", "--aux-address=a=10.78.0.1"],
                "no matching subnet for aux-address 10.78.0.1",
            ),
            (
                &["--subnet=10.77.0.0/24", "--aux-address=a10.78.0.1"],
                "no matching subnet for aux-address ",
            ),
            (
                &["--subnet=10.77.0.0/24", "--subnet=10.77.0.0/16"],
                "multiple overlapping subnet configuration is not supported",
            ),
            (
                &[
                    "--subnet=10.77.0.0/24,10.78.0.0/24",
                    "--gateway=10.77.0.1",
                    "--gateway=10.77.0.2",
                ],
                "cannot configure multiple gateways (10.77.0.2, 10.77.0.1) for the same subnet (10.77.0.0/24)",
            ),
            (
                &["--subnet=10.1.0.5/24", "--gateway=x"],
                "no matching subnet for gateway x",
            ),
        ] {
            assert_eq!(read(args).unwrap_err(), sentence, "{args:?}");
        }
    }
}
