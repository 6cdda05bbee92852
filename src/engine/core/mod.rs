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
mod create;
mod end;
mod endpoint;
mod entropy;
mod era;
mod error;
mod event;
mod files;
mod lookup;
mod network;
mod request;
mod signal;
mod spec;
mod start;
mod state;
mod words;

pub use entropy::{Entropy, Seeded};
pub use era::{Era, Rules};
pub use error::{CoreError, Status};
pub use event::{Event, Subject};
pub use request::{Decision, Reply, Request};
pub use signal::parse_signal;
pub use spec::{ContainerSpec, EndpointSpec, NetworkSpec, is_user_defined};
pub use start::PlanFailure;
pub use state::{Container, Driver, Endpoint, ImageRecord, Lifecycle, LiveEndpoint, Network, Phase, State, short_id};

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
        Request::Attach { container } => end::attach(state, container, context),
    }
}

/// The state of a lab at its start, with the plan that makes it: the three predefined networks on the lab's own host.
#[must_use]
pub fn birth(era: Era, images: Vec<ImageRecord>, context: &mut Context<'_>) -> (State, crate::engine::plan::Plan) {
    network::birth(era, images, context)
}

/// What a refusal leaves behind: a container that could not be started says why, and one with `--rm` is removed.
#[must_use]
pub fn refused(state: &State, error: &CoreError, context: &Context<'_>) -> Option<(State, Vec<Event>)> {
    start::refused(state, error, context)
}

/// The refusal that a failed plan amounts to.
#[must_use]
pub fn plan_failed(state: &State, request: &Request, failure: &PlanFailure) -> CoreError {
    start::plan_failed(state, request, failure)
}

#[cfg(test)]
mod tests;
