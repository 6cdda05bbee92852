//! A container's further life: another name, another run, and the removal of all that have ended.

use super::Context;
use super::create::reserve;
use super::end;
use super::endpoint;
use super::error::CoreError;
use super::event::{Event, Subject};
use super::link;
use super::request::{Decision, Reply};
use super::spec::PruneSpec;
use super::state::{Container, State};
use crate::engine::plan::Plan;

/// `POST /containers/{id}/rename`. The names on its networks change with it.
pub(super) fn rename(state: &State, term: &str, given: &str, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    if term.is_empty() || given.is_empty() {
        return Err(CoreError::invalid("Neither old nor new names may be empty"));
    }
    let found = state.container(term)?;
    let slashed = format!("/{}", given.trim_start_matches('/'));
    if found.name == slashed[1..] {
        return Err(CoreError::invalid(
            "Renaming a container with the same name as its current name",
        ));
    }
    let name = reserve(state, &slashed).map_err(|error| CoreError {
        message: format!("Error when allocating new name: {}", error.message),
        ..error
    })?;
    let mut container = Container::clone(found);
    let old = format!("/{}", container.name);
    container.name = name;
    container.named = true;
    for index in 0..container.endpoints.len() {
        let known = &container.endpoints[index];
        if let Some(network) = state.networks.get(known.network_id.as_str())
            && !known.names.is_empty()
        {
            let names = endpoint::names(state, &container, network, &known.spec);
            container.endpoints[index].names = names;
        }
    }
    let events = vec![Event::container(context.now, &container, "rename", &[("oldName", old)])];
    let mut next = state.clone();
    let (id, name) = (container.id.clone(), container.name.clone());
    next.put_container(container);
    link::renamed(&mut next, &id, &name);
    Ok(Decision::without_plan(next, events, Reply::Done))
}

/// A restart begins: the end that it brings about removes no container that `--rm` would remove. Gives its full id.
pub(super) fn hold(state: &State, term: &str) -> Result<Decision, CoreError> {
    let mut container = Container::clone(state.container(term)?);
    let id = container.id.clone();
    container.held = true;
    let mut next = state.clone();
    next.put_container(container);
    Ok(Decision::without_plan(next, Vec::new(), Reply::Container { id }))
}

/// A restart is over; `done` is told.
pub(super) fn restarted(state: &State, id: &str, done: bool, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let mut container = Container::clone(state.container(id)?);
    container.held = false;
    let event = done.then(|| Event::container(context.now, &container, "restart", &[]));
    let mut next = state.clone();
    next.put_container(container);
    Ok(Decision::without_plan(next, event.into_iter().collect(), Reply::Done))
}

/// A container's terminal has another size, which is told.
pub(super) fn resized(
    state: &State,
    id: &str,
    [height, width]: [u16; 2],
    context: &Context<'_>,
) -> Result<Decision, CoreError> {
    let container = state.container(id)?;
    let size = [("height", height.to_string()), ("width", width.to_string())];
    let event = Event::container(context.now, container, "resize", &size);
    Ok(Decision::without_plan(state.clone(), vec![event], Reply::Done))
}

/// `POST /containers/prune`: all that do not run, oldest first.
pub(super) fn prune(state: &State, which: &PruneSpec, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let mut next = state.clone();
    let (mut steps, mut events, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for container in state.containers() {
        if container.is_running() || container.held || !which.takes(container.created, &container.spec.labels) {
            continue;
        }
        let removed = end::remove(&next, &container.id, false, context)?;
        next = removed.next;
        steps.extend(removed.plan.steps);
        events.extend(removed.events);
        ids.push(container.id.clone());
    }
    context.now += 1;
    events.push(Event::pruned(context.now, Subject::Container, 0));
    let title = "container prune".into();
    Ok(Decision {
        next,
        plan: Plan { title, steps },
        signal: None,
        events,
        reply: Reply::Pruned { names: ids },
    })
}
