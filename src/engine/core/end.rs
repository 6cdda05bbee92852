//! Signals, ends and removal of containers.

use super::era::Era;
use super::error::{CoreError, Status};
use super::event::Event;
use super::exec;
use super::request::{Decision, Reply};
use super::state::{Container, Phase, State};
use super::{Context, attach, resolver};
use crate::engine::plan::{Plan, Step};

const SIGKILL: i32 = 9;

/// `POST /containers/{id}/kill`.
pub(super) fn signal(state: &State, term: &str, signal: i32, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let found = state.container(term).and_then(|container| {
        if container.is_running() {
            return Ok(container);
        }
        let id = &container.id;
        Err(CoreError::conflict(match state.rules.era {
            Era::E28 => format!("container {id} is not running"),
            Era::E20_10 => format!("Container {id} is not running"),
        }))
    });
    let container = found.map_err(|mut error| {
        let verb = if state.rules.era == Era::E28 {
            "cannot"
        } else {
            "Cannot"
        };
        error.message = format!("{verb} kill container: {term}: {}", error.message);
        error
    })?;
    Ok(send(state, container, signal, context))
}

/// The signal that begins or enforces a stop; a container that does not run is as it should be.
pub(super) fn stop_signal(
    state: &State,
    term: &str,
    signal: Option<i32>,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    let container = state.container(term)?;
    if !container.is_running() {
        return Ok(Decision::without_plan(state.clone(), Vec::new(), Reply::Unchanged));
    }
    Ok(send(
        state,
        container,
        signal.unwrap_or_else(|| container.stop_signal()),
        context,
    ))
}

fn send(state: &State, container: &Container, signal: i32, context: &Context<'_>) -> Decision {
    let events = vec![Event::container(
        context.now,
        container,
        "kill",
        &[("signal", signal.to_string())],
    )];
    let id = container.id.clone();
    let mut decision = Decision::without_plan(state.clone(), events, Reply::Container { id: id.clone() });
    decision.signal = Some((id, signal));
    decision
}

/// The end of a stop: one event. A container removed meanwhile has none.
pub(super) fn stopped(state: &State, id: &str, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let container = state.container(id)?;
    let events = vec![Event::container(context.now, container, "stop", &[])];
    Ok(Decision::without_plan(state.clone(), events, Reply::Done))
}

/// A client attached.
pub(super) fn attach(state: &State, term: &str, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let container = state.container(term)?;
    let events = vec![Event::container(context.now, container, "attach", &[])];
    Ok(Decision::without_plan(
        state.clone(),
        events,
        Reply::Container {
            id: container.id.clone(),
        },
    ))
}

/// A client pressed the detach keys.
pub(super) fn detach(state: &State, term: &str, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let container = state.container(term)?;
    let events = vec![Event::container(context.now, container, "detach", &[])];
    Ok(Decision::without_plan(state.clone(), events, Reply::Done))
}

/// The first process ended: addresses go back, cables are unplugged, `--rm` removes.
pub(super) fn process(state: &State, id: &str, code: i32, context: &mut Context<'_>) -> Decision {
    let Some(found) = state.containers.get(id).filter(|container| container.is_running()) else {
        return Decision::without_plan(state.clone(), Vec::new(), Reply::Done);
    };
    let mut end = End::of(state, found, code, context);
    if found.spec.auto_remove && !found.held {
        end.destroy(context);
    }
    end.decision(format!("end {}", found.name))
}

/// `DELETE /containers/{id}`.
pub(super) fn remove(state: &State, term: &str, force: bool, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let found = state.container(term)?;
    if !found.is_running() {
        let mut end = End {
            next: state.clone(),
            container: Container::clone(found),
            steps: Vec::new(),
            events: Vec::new(),
        };
        end.destroy(context);
        return Ok(end.decision(format!("rm {}", found.name)));
    }
    if !force {
        return Err(CoreError::new(
            Status::Conflict,
            match state.rules.era {
                Era::E28 => format!(
                    "cannot remove container \"{term}\": container is running: stop the container before removing or force remove"
                ),
                Era::E20_10 => format!(
                    "You cannot remove a running container {}. Stop the container before attempting removal or force remove",
                    found.id
                ),
            },
        ));
    }
    let kill = Event::container(context.now, found, "kill", &[("signal", SIGKILL.to_string())]);
    let mut end = End::of(state, found, 128 + SIGKILL, context);
    end.events.insert(0, kill);
    end.destroy(context);
    Ok(end.decision(format!("rm -f {}", found.name)))
}

/// The end of a container's run, in the making.
struct End {
    next: State,
    container: Container,
    steps: Vec<Step>,
    events: Vec<Event>,
}

impl End {
    fn of(state: &State, found: &Container, code: i32, context: &mut Context<'_>) -> Self {
        let mut end = Self {
            next: state.clone(),
            container: Container::clone(found),
            steps: Vec::new(),
            events: Vec::new(),
        };
        end.steps.extend(resolver::close(&mut end.container));
        let mut disconnects = Vec::new();
        for endpoint in &mut end.container.endpoints {
            if let Some((network, step)) = attach::leave(&mut end.next, endpoint) {
                disconnects.push(network);
                end.steps.extend(step);
            }
        }
        end.steps.push(Step::EndSandbox {
            container: found.id.clone(),
        });
        if !state.rules.keeps_sandbox_id {
            end.container.sandbox_id.clear();
        }
        end.container.life.phase = Phase::Exited;
        end.container.life.exit_code = code;
        end.container.life.pid = 0;

        let mut tick = || {
            context.now += 1;
            context.now
        };
        let lasted = (tick() - found.life.started.unwrap_or_default()) / 1_000_000_000;
        let mut details = vec![("exitCode", code.to_string())];
        if state.rules.era == Era::E28 {
            details.push(("execDuration", lasted.to_string()));
        }
        end.events.extend(exec::end_all(&mut end.next, found, &mut tick));
        let early = state.rules.disconnect_before_die;
        if !early {
            end.events.push(Event::container(tick(), found, "die", &details));
        }
        for network in &disconnects {
            end.events
                .push(Event::network(tick(), network, "disconnect", Some(&found.id)));
        }
        if early {
            end.events.push(Event::container(tick(), found, "die", &details));
        }
        end.container.life.finished = Some(tick());
        end.next.put_container(end.container.clone());
        end
    }

    fn destroy(&mut self, context: &mut Context<'_>) {
        context.now += 1;
        self.next.containers.remove(self.container.id.as_str());
        exec::forget_all(&mut self.next, &self.container.id);
        self.events
            .push(Event::container(context.now, &self.container, "destroy", &[]));
        // Its image may have been removed by force before it.
        self.steps.extend(self.next.dropped_store(&self.container.image_store));
    }

    fn decision(self, title: String) -> Decision {
        let plan = Plan {
            title,
            steps: self.steps,
        };
        Decision {
            next: self.next,
            plan,
            signal: None,
            events: self.events,
            reply: Reply::Done,
        }
    }
}
