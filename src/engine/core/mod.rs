//! The Container Network Model as a pure state machine.
//!
//! [`decide`] takes a [`State`] and a [`Request`] and says what would follow: the next state, the [`Plan`] that makes the
//! kernel agree with it, the events, the reply. Nothing is committed here: the server runs the plan, and only when all of
//! it succeeded does the next state become the state. A plan that failed, or a start that was refused, may leave a trace
//! in the container ([`refused`]), as it does in Docker.
//!
//! What differs between Docker's versions is read from the [`Rules`] of the [`Era`] in the state, and nowhere else.
//!
//! [`Plan`]: crate::engine::plan::Plan

mod allocate;
mod attach;
mod changes;
mod connect;
mod create;
mod end;
mod endpoint;
mod entropy;
mod era;
mod error;
mod event;
mod exec;
mod files;
mod image;
mod keys;
pub mod link;
mod lookup;
mod network;
mod reference;
mod rename;
mod request;
mod resolver;
mod shared;
mod signal;
mod spec;
mod start;
mod state;
mod words;

pub use changes::apply_changes;
pub use entropy::{Entropy, Seeded};
pub use era::{Era, Rules};
pub use error::{CoreError, Status};
pub use event::{Event, Subject};
pub use exec::{Exec, ExecPhase, ExecSpec, not_running};
pub use image::{ImageRecord, ImageRemoval, inspect_refusal};
pub use keys::{DETACH_KEYS, parse_detach_keys};
pub use reference::Reference;
pub use request::{Decision, Reply, Request};
pub use signal::parse_signal;
pub use spec::{ContainerSpec, EndpointSpec, NetworkSpec, PruneSpec, is_user_defined};
pub use start::PlanFailure;
pub use state::{Container, Driver, Endpoint, Lifecycle, LiveEndpoint, Network, Phase, State, short_id};

/// What a decision needs from outside: the time and chance.
pub struct Context<'a> {
    /// Nanoseconds since the Unix epoch.
    pub now: i64,
    /// Ids, MAC addresses, names.
    pub entropy: &'a mut dyn Entropy,
}

/// What would follow from a request.
///
/// # Errors
/// Docker's status and message; nothing follows, except what [`refused`] says.
pub fn decide(state: &State, request: &Request, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    match request {
        Request::CreateNetwork(spec) => network::create(state, spec, context),
        Request::RemoveNetwork { network } => network::remove(state, network, context),
        Request::CreateContainer(spec) => create::container(state, spec, context),
        Request::StartContainer { container } => start::container(state, container, context),
        Request::Signal { container, signal } => end::signal(state, container, *signal, context),
        Request::StopSignal { container, signal } => end::stop_signal(state, container, *signal, context),
        Request::Stopped { container } => end::stopped(state, container, context),
        Request::RemoveContainer { container, force } => end::remove(state, container, *force, context),
        Request::ProcessEnded { container, code } => Ok(end::process(state, container, *code, context)),
        Request::RemoveLink { link } => link::remove(state, link),
        Request::Attach { container } => end::attach(state, container, context),
        Request::Connect {
            network,
            container,
            endpoint,
        } => connect::connect(state, network, container, endpoint, context),
        Request::Disconnect {
            network,
            container,
            force,
        } => connect::disconnect(state, network, container, *force, context),
        Request::PruneNetworks(spec) => network::prune(state, spec, context),
        Request::Rename { container, name } => rename::rename(state, container, name, context),
        Request::HoldContainer { container } => rename::hold(state, container),
        Request::Restarted { container, done } => rename::restarted(state, container, *done, context),
        Request::PruneContainers(which) => rename::prune(state, which, context),
        Request::ImportImage(record) => Ok(image::import(state, record, context)),
        Request::PullImage(wanted) => image::restore(state, wanted, context),
        Request::TagImage { image, target } => image::tag(state, image, target, context),
        Request::RemoveImage { image, force } => image::removal::remove(state, image, *force, context),
        Request::PruneImages { which, all } => Ok(image::removal::prune(state, which, *all, context)),
        Request::Detach { container } => end::detach(state, container, context),
        Request::ExecCreate { container, spec } => exec::create(state, container, spec, context),
        Request::ExecStart {
            exec,
            stdin,
            console_size,
        } => exec::start(state, exec, *stdin, *console_size, context),
        Request::ExecNotStarted { exec, code } => Ok(exec::not_started(state, exec, *code, context)),
        Request::ExecEnded { exec, code } => Ok(exec::ended(state, exec, *code, context)),
        Request::Resized { container, size } => rename::resized(state, container, *size, context),
        Request::ExecDetach { exec } => exec::detached(state, exec, context),
    }
}

/// The state of a lab at its start, with the plan that makes it: the three predefined networks on the lab's own host.
#[must_use]
pub fn birth(era: Era, images: Vec<ImageRecord>, context: &mut Context<'_>) -> (State, crate::engine::plan::Plan) {
    network::birth(era, images, context)
}

/// What a refusal leaves behind: a container that could not be started says why, and one with `--rm` is removed.
#[must_use]
pub fn refused(state: &State, error: &CoreError, context: &Context<'_>) -> Option<Decision> {
    start::refused(state, error, context)
}

/// The refusal that a failed plan amounts to.
#[must_use]
pub fn plan_failed(state: &State, request: &Request, failure: &PlanFailure) -> CoreError {
    start::plan_failed(state, request, failure)
}

/// The refusal that an exec's process which could not be made amounts to, and the exit code the exec keeps.
#[must_use]
pub fn exec_failed(state: &State, failure: &PlanFailure) -> (CoreError, i32) {
    exec::refusal(state, failure)
}

#[cfg(test)]
mod tests;
