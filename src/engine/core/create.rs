//! `POST /containers/create`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::era::Era;
use super::error::CoreError;
use super::event::Event;
use super::image::ImageRecord;
use super::request::{Decision, Reply};
use super::spec::{ContainerSpec, is_user_defined};
use super::state::{Container, Lifecycle, Phase, State, short_id};
use super::{Context, endpoint, entropy, link, parse_signal};
use crate::engine::drivers::host::HOSTNAME;

/// Capabilities every container has under Docker: adding one of them changes nothing.
const DEFAULT_CAPABILITIES: [&str; 14] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FSETID",
    "FOWNER",
    "MKNOD",
    "NET_RAW",
    "SETGID",
    "SETUID",
    "SETFCAP",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "SYS_CHROOT",
    "KILL",
    "AUDIT_WRITE",
];

/// How often a generated name is tried before the short id is taken.
const NAME_ATTEMPTS: usize = 6;

/// The checks in Docker's order, then the container. Nothing is asked of the kernel before its start.
pub(super) fn container(state: &State, spec: &ContainerSpec, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    check_config(spec, state.rules.era)?;
    check_capabilities(spec)?;
    check_user(&spec.user)?;
    let image = state.image(&spec.image)?;
    endpoint::check_all(state, spec)?;
    let mut spec = complete(spec, image, state.rules.era)?;
    check_user(&spec.user)?;
    let id = entropy::id(context.entropy);
    let named = spec.name.as_ref().is_some_and(|name| !name.is_empty());
    let name = match spec.name.as_deref().filter(|name| !name.is_empty()) {
        Some(given) => reserve(state, given)?,
        None => generate(state, &id, context),
    };
    if spec.hostname.is_empty() {
        let own = if spec.network_mode == "host" {
            HOSTNAME
        } else {
            short_id(&id)
        };
        own.clone_into(&mut spec.hostname);
    }
    spec.network_mode = network_mode(state, &spec.network_mode);
    let links = link::register(state, &spec)?;
    let container = Container {
        endpoints: endpoint::endpoints(state, &spec),
        links,
        name,
        named,
        created: context.now,
        image_id: image.id.clone(),
        image_store: image.store.clone(),
        sandbox_id: String::new(),
        interfaces: BTreeMap::new(),
        resolver: false,
        held: false,
        life: Lifecycle {
            phase: Phase::Created,
            exit_code: 0,
            error: String::new(),
            pid: 0,
            started: None,
            finished: None,
        },
        spec: Arc::new(spec),
        id: id.clone(),
    };
    let events = vec![Event::container(context.now, &container, "create", &[])];
    let mut next = state.clone();
    next.put_container(container);
    Ok(Decision::without_plan(
        next,
        events,
        Reply::Created {
            id,
            warnings: Vec::new(),
        },
    ))
}

/// `NAME:ADDRESS` (moby, `opts/hosts.go`, `ValidateExtraHost`).
fn check_extra_host(entry: &str) -> Result<(), CoreError> {
    let Some((_, address)) = entry.split_once(':').filter(|(name, _)| !name.is_empty()) else {
        return Err(CoreError::invalid(format!("bad format for add-host: {entry:?}")));
    };
    if address == "host-gateway" || address.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    Err(CoreError::invalid(format!(
        "invalid IP address in add-host: {address:?}"
    )))
}

fn check_config(spec: &ContainerSpec, era: Era) -> Result<(), CoreError> {
    if !spec.workdir.is_empty() && !spec.workdir.starts_with('/') {
        let text = format!(
            "the working directory '{}' is invalid, it needs to be an absolute path",
            spec.workdir
        );
        return Err(CoreError::invalid(text));
    }
    if !spec.stop_signal.is_empty() && parse_signal(&spec.stop_signal).is_none() {
        return Err(invalid_signal(&spec.stop_signal, era));
    }
    spec.extra_hosts.iter().try_for_each(|entry| check_extra_host(entry))?;
    if let Some(bad) = spec.env.iter().find(|entry| entry.is_empty() || entry.starts_with('=')) {
        return Err(CoreError::invalid(format!("invalid environment variable: {bad}")));
    }
    Ok(())
}

pub(super) fn invalid_signal(text: &str, era: Era) -> CoreError {
    CoreError::invalid(match era {
        Era::E28 => format!("invalid signal: {text}"),
        Era::E20_10 => format!("Invalid signal: {text}"),
    })
}

/// What Docker does and this engine does not, said plainly.
fn check_capabilities(spec: &ContainerSpec) -> Result<(), CoreError> {
    let refused = spec.cap_add.iter().find(|capability| {
        let name = capability_name(capability);
        name != "NET_ADMIN" && !DEFAULT_CAPABILITIES.contains(&name.as_str())
    });
    refused.map_or(Ok(()), |capability| {
        Err(CoreError::unbuilt(format!(
            "this engine can add only the capability NET_ADMIN: --cap-add {capability} is not possible"
        )))
    })
}

/// A lab has one user. `user` is what was asked for, or else what the image says.
pub(super) fn check_user(user: &str) -> Result<(), CoreError> {
    if matches!(user, "" | "0" | "root" | "0:0" | "root:root" | "0:root" | "root:0") {
        return Ok(());
    }
    Err(CoreError::unbuilt(format!(
        "this engine runs containers as root of its own user namespace only: --user {user} is not possible"
    )))
}

fn capability_name(text: &str) -> String {
    let upper = text.to_ascii_uppercase();
    upper.strip_prefix("CAP_").map_or_else(|| upper.clone(), str::to_owned)
}

/// What the person left out, from the image (`daemon/commit.go` merge).
fn complete(spec: &ContainerSpec, image: &ImageRecord, era: Era) -> Result<ContainerSpec, CoreError> {
    let mut full = spec.clone();
    let given_entrypoint = spec.entrypoint.as_ref().is_some_and(|parts| !parts.is_empty());
    if !given_entrypoint {
        if spec.cmd.as_ref().is_none_or(Vec::is_empty) {
            full.cmd = some_unless_empty(&image.cmd);
        }
        if spec.entrypoint.is_none() {
            full.entrypoint = some_unless_empty(&image.entrypoint);
        }
    }
    // `--entrypoint ""`: neither one's own nor the image's (moby, `daemon/create.go`, `mergeAndVerifyConfig`).
    if full.entrypoint.as_deref().is_some_and(|parts| parts == [""]) {
        full.entrypoint = None;
    }
    let has = |key: &str| spec.env.iter().any(|entry| entry.split('=').next() == Some(key));
    full.env.extend(
        image
            .env
            .iter()
            .filter(|entry| !has(entry.split('=').next().unwrap_or_default()))
            .cloned(),
    );
    if full.workdir.is_empty() {
        full.workdir.clone_from(&image.workdir);
    }
    if full.user.is_empty() {
        full.user.clone_from(&image.user);
    }
    for (name, value) in &image.labels {
        full.labels.entry(name.clone()).or_insert_with(|| value.clone());
    }
    full.exposed_ports.extend(image.exposed_ports.iter().cloned());
    full.exposed_ports.sort_unstable();
    full.exposed_ports.dedup();
    full.cap_add = spec
        .cap_add
        .iter()
        .map(|text| format!("CAP_{}", capability_name(text)))
        .collect();
    let words = [&full.entrypoint, &full.cmd].into_iter().flatten().flatten().count();
    if words == 0 {
        return Err(CoreError::invalid(match era {
            Era::E28 => "no command specified",
            Era::E20_10 => "No command specified",
        }));
    }
    Ok(full)
}

fn some_unless_empty(parts: &[String]) -> Option<Vec<String>> {
    (!parts.is_empty()).then(|| parts.to_vec())
}

/// 28 stores `bridge` for `default` and completes an id to its full length; 20.10 stores what was typed. A container whose
/// network is shared is stored by its id where it is there.
fn network_mode(state: &State, mode: &str) -> String {
    if let Some(other) = mode.strip_prefix("container:") {
        let id = state.container(other).map_or(other, |other| other.id.as_str());
        return format!("container:{id}");
    }
    if !state.rules.normalizes_network_mode {
        return if mode.is_empty() { "default".into() } else { mode.into() };
    }
    if matches!(mode, "" | "default") {
        return "bridge".into();
    }
    match state.network(mode) {
        Ok(network) if is_user_defined(mode) && network.name != mode => network.id.clone(),
        _ => mode.into(),
    }
}

pub(super) fn reserve(state: &State, given: &str) -> Result<String, CoreError> {
    let name = given.strip_prefix('/').unwrap_or(given);
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let rest = bytes.len() > 0 && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    if !(first && rest) {
        let text = format!("Invalid container name ({given}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
        return Err(CoreError::invalid(text));
    }
    match holder(state, name) {
        None => Ok(name.to_owned()),
        Some(other) => Err(CoreError::conflict(format!(
            "Conflict. The container name \"/{name}\" is already in use by container \"{}\". You have to remove (or rename) \
             that container to be able to reuse that name.",
            other.id
        ))),
    }
}

fn generate(state: &State, id: &str, context: &mut Context<'_>) -> String {
    (0..NAME_ATTEMPTS)
        .map(|attempt| entropy::name(context.entropy, attempt))
        .find(|name| holder(state, name).is_none())
        .unwrap_or_else(|| short_id(id).to_owned())
}

fn holder<'a>(state: &'a State, name: &str) -> Option<&'a Container> {
    state
        .containers
        .values()
        .map(AsRef::as_ref)
        .find(|container| container.name == name)
}

/// Environment of a process: Docker's own variables, those of links, then the container's, then the exec's; later ones win, and one without
/// a value takes the variable away (moby, `container/env.go`). `HOME` is added at the end, where it is missing, by who
/// executes it, as runc does.
pub(super) fn environment(spec: &ContainerSpec, tty: bool, linked: &[String], more: &[String]) -> Vec<String> {
    let mut all = vec![
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        format!("HOSTNAME={}", spec.hostname),
    ];
    if tty {
        all.push("TERM=xterm".into());
    }
    for entry in linked.iter().chain(&spec.env).chain(more) {
        let key = entry.split('=').next().unwrap_or_default();
        let position = all.iter().position(|known| known.split('=').next() == Some(key));
        match (position, entry.contains('=')) {
            (Some(position), true) => all[position].clone_from(entry),
            (Some(position), false) => drop(all.remove(position)),
            (None, true) => all.push(entry.clone()),
            (None, false) => {}
        }
    }
    all
}
