//! Containers that have a name for another one on the default bridge: `--link` (moby `daemon/links.go`, `links/links.go`).
//!
//! A link is a line in `/etc/hosts` and variables that say the other's address. On a user-defined network `--link` is a
//! further name of the embedded resolver instead, and stands in [`EndpointSpec::links`](super::spec::EndpointSpec).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::error::{CoreError, Status};
use super::request::{Decision, Reply};
use super::spec::{ContainerSpec, is_user_defined};
use super::state::{Container, State};
use crate::engine::plan::{FileEdit, Plan, Step};

const DEFAULT: &str = "bridge";
pub(super) const HOSTS: &str = "/etc/hosts";

/// A name that its holder has for another container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The name.
    pub alias: String,
    /// Full id of who is meant; may be gone.
    pub target: String,
    /// Name of who is meant, or the last one it had.
    pub target_name: String,
}

/// `db:database` as name and alias; `db` alone is both.
#[must_use]
pub fn parse(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some((name, "")) => (name, name),
        Some(parts) => parts,
        None => (text, text),
    }
}

/// The links of a new container. One whose alias is taken is left out without a word, as Docker does.
pub(super) fn register(state: &State, spec: &ContainerSpec) -> Result<Vec<Link>, CoreError> {
    let mut links: Vec<Link> = Vec::new();
    if is_user_defined(&spec.network_mode) {
        return Ok(links);
    }
    for text in &spec.links {
        let (name, alias) = parse(text);
        let target = followed(state, name)?;
        if target.spec.network_mode == "host" {
            return Err(CoreError::invalid(
                "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
            ));
        }
        if !links.iter().any(|link| link.alias == alias) {
            links.push(Link {
                alias: alias.to_owned(),
                target: target.id.clone(),
                target_name: target.name.clone(),
            });
        }
    }
    Ok(links)
}

/// The container of that name, or the one whose network it shares.
fn followed<'a>(state: &'a State, name: &str) -> Result<&'a Container, CoreError> {
    let missing = |error: CoreError| CoreError {
        // Not "not found": clients would believe that the image is missing.
        status: match error.status {
            Status::NotFound => Status::Invalid,
            other => other,
        },
        message: format!("could not get container for {name}: {}", error.message),
        ..error
    };
    let mut target = state.container(name).map_err(missing)?;
    // As many steps as there are containers: a ring of them ends too.
    for _ in 0..state.containers.len() {
        let Some(other) = target.spec.network_mode.strip_prefix("container:") else {
            break;
        };
        target = state.container(other).map_err(missing)?;
    }
    Ok(target)
}

/// `HostConfig.Links`: `/db:/web/database`, sorted. (Docker's own order is random.)
#[must_use]
pub fn shown(container: &Container) -> Vec<String> {
    let one = |link: &Link| format!("/{}:/{}/{}", link.target_name, container.name, link.alias);
    let mut all: Vec<String> = container.links.iter().map(one).collect();
    all.sort_unstable();
    all
}

/// Names a container has, with a leading slash and sorted: its own, and those that others link to it by.
#[must_use]
pub fn names(state: &State, container: &Container) -> Vec<String> {
    let holders = linkers(state, &container.id);
    let mut all: Vec<String> = holders
        .map(|(holder, link)| format!("/{}/{}", holder.name, link.alias))
        .collect();
    all.push(format!("/{}", container.name));
    all.sort_unstable();
    all
}

/// Every container that has a link to this one, with the link.
fn linkers<'a>(state: &'a State, target: &'a str) -> impl Iterator<Item = (&'a Arc<Container>, &'a Link)> {
    state.containers.values().flat_map(move |holder| {
        let here = holder.links.iter().filter(move |link| link.target == target);
        here.map(move |link| (holder, link))
    })
}

/// Who is meant by `web/database`.
pub(super) fn target<'a>(state: &'a State, path: &str) -> Option<&'a Arc<Container>> {
    let (holder, alias) = path.split_once('/')?;
    let holder = state.containers.values().find(|container| container.name == holder)?;
    let link = holder.links.iter().find(|link| link.alias == alias)?;
    state.containers.get(link.target.as_str())
}

/// Address on the default bridge, while it runs.
fn address(container: &Container) -> Option<Ipv4Addr> {
    let endpoint = container
        .endpoints
        .iter()
        .find(|endpoint| endpoint.network == DEFAULT)?;
    Some(endpoint.live.as_ref()?.address?.ip())
}

fn is_on_default(container: &Container) -> bool {
    container.endpoints.iter().any(|endpoint| endpoint.network == DEFAULT)
}

/// Refuses a start whose links lead to a container off the default bridge.
pub(super) fn check(state: &State, container: &Container) -> Result<(), CoreError> {
    let targets = container
        .links
        .iter()
        .filter_map(|link| state.containers.get(link.target.as_str()));
    for target in targets {
        if !is_on_default(target) {
            return Err(CoreError::internal(format!(
                "Cannot link to /{}, as it does not belong to the default network",
                target.name
            )));
        }
    }
    Ok(())
}

/// Lines for `/etc/hosts`: the alias, the other's host name, its name.
pub(super) fn hosts_lines(state: &State, container: &Container) -> Vec<String> {
    if !is_on_default(container) {
        return Vec::new();
    }
    container
        .links
        .iter()
        .filter_map(|link| hosts_line(state, link))
        .collect()
}

fn hosts_line(state: &State, link: &Link) -> Option<String> {
    let target = state.containers.get(link.target.as_str())?;
    let mut text = format!("{}\t{} {}", address(target)?, link.alias, target.spec.hostname);
    if link.alias != target.name {
        text.push(' ');
        text.push_str(&target.name);
    }
    Some(text)
}

/// Variables for a process of this container, link by link.
///
/// # Errors
/// A container that is linked to does not run.
pub(super) fn environment(state: &State, container: &Container) -> Result<Vec<String>, CoreError> {
    let mut all = Vec::new();
    if !is_on_default(container) {
        return Ok(all);
    }
    for link in &container.links {
        let path = format!("/{}/{}", container.name, link.alias);
        let found = state.containers.get(link.target.as_str());
        let Some(target) = found.filter(|target| target.is_running()) else {
            return Err(CoreError::internal(format!(
                "Cannot link to a non running container: /{} AS {path}",
                link.target_name
            )));
        };
        let Some(address) = address(target) else {
            return Err(CoreError::internal(format!(
                "container {} not attached to default bridge network",
                target.id
            )));
        };
        all.extend(variables(&path, &link.alias, address, &target.spec));
    }
    Ok(all)
}

/// What the variables of one link say (moby `links/links.go`, `ToEnv`).
fn variables(path: &str, alias: &str, address: Ipv4Addr, target: &ContainerSpec) -> Vec<String> {
    let prefix = alias.to_uppercase().replace('-', "_");
    let ports = ports(&target.exposed_ports);
    let mut all = Vec::new();
    if let Some((number, protocol)) = ports.first() {
        all.push(format!("{prefix}_PORT={protocol}://{address}:{number}"));
    }
    for run in ports.chunk_by(|(a, kind), (b, other)| kind == other && a.checked_add(1) == Some(*b)) {
        if let ([first, .., last], true) = (run, run.len() > 1) {
            let (from, to) = (first.0, last.0);
            let (protocol, upper) = (&first.1, first.1.to_uppercase());
            all.extend([
                format!("{prefix}_PORT_{from}_{upper}_START={protocol}://{address}:{from}"),
                format!("{prefix}_PORT_{from}_{upper}_ADDR={address}"),
                format!("{prefix}_PORT_{from}_{upper}_PROTO={protocol}"),
                format!("{prefix}_PORT_{from}_{upper}_PORT_START={from}"),
                format!("{prefix}_PORT_{from}_{upper}_END={protocol}://{address}:{to}"),
                format!("{prefix}_PORT_{from}_{upper}_PORT_END={to}"),
            ]);
        }
    }
    for (number, protocol) in &ports {
        let upper = protocol.to_uppercase();
        all.extend([
            format!("{prefix}_PORT_{number}_{upper}={protocol}://{address}:{number}"),
            format!("{prefix}_PORT_{number}_{upper}_ADDR={address}"),
            format!("{prefix}_PORT_{number}_{upper}_PORT={number}"),
            format!("{prefix}_PORT_{number}_{upper}_PROTO={protocol}"),
        ]);
    }
    all.push(format!("{prefix}_NAME={path}"));
    let own = target.env.iter().filter_map(|entry| entry.split_once('='));
    all.extend(
        own.filter(|(name, _)| !matches!(*name, "HOME" | "PATH"))
            .map(|(name, value)| format!("{prefix}_ENV_{name}={value}")),
    );
    all
}

/// Number and protocol, by number, TCP first.
fn ports(exposed: &[String]) -> Vec<(u16, String)> {
    let mut ports: Vec<(u16, String)> = exposed
        .iter()
        .filter_map(|text| {
            let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
            Some((number.parse().ok()?, protocol.to_owned()))
        })
        .collect();
    ports.sort_by_key(|(number, protocol)| (*number, protocol != "tcp", protocol.clone()));
    ports
}

/// A container has (another) address on the default bridge: the files of those that link to it say so.
pub(super) fn announce(state: &State, container: &Container) -> Vec<Step> {
    let Some(address) = address(container) else {
        return Vec::new();
    };
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (holder, link) in linkers(state, &container.id) {
        if holder.is_running() && holder.id != container.id {
            names.entry(&holder.id).or_default().push(&link.alias);
        }
    }
    let edit = |holder: &str, name: &str| Step::EditFile {
        container: holder.to_owned(),
        path: HOSTS.into(),
        edit: FileEdit::SetAddress {
            name: name.to_owned(),
            address: address.to_string(),
        },
    };
    names
        .iter()
        .flat_map(|(holder, names)| names.iter().map(|name| edit(holder, name)))
        .collect()
}

/// A container has another name: the links that lead to it keep it.
pub(super) fn renamed(state: &mut State, target: &str, name: &str) {
    let holders: Vec<Arc<Container>> = linkers(state, target).map(|(holder, _)| holder.clone()).collect();
    for holder in holders {
        let mut holder = Container::clone(&holder);
        for link in holder.links.iter_mut().filter(|link| link.target == target) {
            name.clone_into(&mut link.target_name);
        }
        state.put_container(holder);
    }
}

/// `DELETE /containers/{holder/alias}?link=1` (moby `daemon/delete.go`, `rmLink`).
pub(super) fn remove(state: &State, term: &str) -> Result<Decision, CoreError> {
    state.container(term)?;
    let path = term.strip_prefix('/').unwrap_or(term);
    let Some((holder, alias)) = path.rsplit_once('/') else {
        return Err(CoreError::internal(
            "Conflict, cannot remove the default link name of the container",
        ));
    };
    let mut container = match state.container(holder) {
        Ok(found) => Container::clone(found),
        Err(_) => {
            return Err(CoreError::internal(format!(
                "Cannot get parent /{holder} for link name /{path}"
            )));
        }
    };
    let (gone, kept): (Vec<Link>, Vec<Link>) = std::mem::take(&mut container.links)
        .into_iter()
        .partition(|link| link.alias == alias);
    container.links = kept;
    let gone = gone.into_iter().filter(|_| container.is_running());
    let steps = gone
        .map(|link| Step::EditFile {
            container: container.id.clone(),
            path: HOSTS.into(),
            edit: FileEdit::RemoveFirstName { name: link.alias },
        })
        .collect();
    let mut next = state.clone();
    next.put_container(container);
    Ok(Decision {
        next,
        plan: Plan {
            title: format!("rm --link {path}"),
            steps,
        },
        signal: None,
        events: Vec::new(),
        reply: Reply::Done,
    })
}
