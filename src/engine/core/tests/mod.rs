mod connect;
mod containers;
mod execs;
mod images;
mod laws;
mod networks;
mod paper;
mod refused_connections;
mod rename;
mod shared;

use super::*;
use crate::engine::plan::{Plan, ProcessSpec};

/// A lab without a kernel: every plan succeeds unless told otherwise.
pub(super) struct Lab {
    pub state: State,
    pub events: Vec<Event>,
    pub plans: Vec<Plan>,
    entropy: Seeded,
    now: i64,
}

impl Lab {
    pub fn new(era: Era) -> Self {
        let mut entropy = Seeded(42);
        let (state, plan) = birth(
            era,
            vec![alpine()],
            &mut Context {
                now: 0,
                entropy: &mut entropy,
            },
        );
        Self {
            state,
            events: Vec::new(),
            plans: vec![plan],
            entropy,
            now: 1_000_000_000,
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "requests are written where they are made")]
    pub fn try_do(&mut self, request: Request) -> Result<Reply, CoreError> {
        self.now += 1_000_000;
        let mut context = Context {
            now: self.now,
            entropy: &mut self.entropy,
        };
        match decide(&self.state, &request, &mut context) {
            Ok(decision) => {
                self.state = decision.next;
                self.events.extend(decision.events);
                self.plans.push(decision.plan);
                Ok(decision.reply)
            }
            Err(error) => {
                self.leave(&error);
                Err(error)
            }
        }
    }

    fn leave(&mut self, error: &CoreError) {
        let context = Context {
            now: self.now,
            entropy: &mut self.entropy,
        };
        if let Some(decision) = refused(&self.state, error, &context) {
            self.state = decision.next;
            self.events.extend(decision.events);
            self.plans.push(decision.plan);
        }
    }

    /// The plan of this request fails with these words.
    pub fn fail(&mut self, request: &Request, message: &str, exec: Option<i32>) -> CoreError {
        let error = plan_failed(
            &self.state,
            request,
            &PlanFailure {
                message: message.into(),
                exec,
            },
        );
        self.leave(&error);
        error
    }

    pub fn network(&mut self, spec: NetworkSpec) -> Result<String, CoreError> {
        match self.try_do(Request::CreateNetwork(Box::new(spec)))? {
            Reply::Created { id, .. } => Ok(id),
            other => panic!("{other:?}"),
        }
    }

    pub fn container(&mut self, spec: ContainerSpec) -> Result<String, CoreError> {
        match self.try_do(Request::CreateContainer(Box::new(spec)))? {
            Reply::Created { id, .. } => Ok(id),
            other => panic!("{other:?}"),
        }
    }

    pub fn start(&mut self, container: &str) -> Result<Reply, CoreError> {
        self.try_do(Request::StartContainer {
            container: container.into(),
        })
    }

    pub fn remove(&mut self, container: &str, force: bool) -> Result<Reply, CoreError> {
        self.try_do(Request::RemoveContainer {
            container: container.into(),
            force,
        })
    }

    pub fn remove_network(&mut self, network: &str) -> Result<Reply, CoreError> {
        self.try_do(Request::RemoveNetwork {
            network: network.into(),
        })
    }

    /// Runs a container and gives its first address.
    pub fn run(&mut self, name: &str, network: &str) -> String {
        let id = self.container(on(name, network)).unwrap();
        self.start(&id).unwrap();
        self.address(name)
    }

    pub fn address(&self, name: &str) -> String {
        let container = self.state.container(name).unwrap();
        let live = container.endpoints.first().and_then(|endpoint| endpoint.live.as_ref());
        live.and_then(|live| live.address)
            .map(|address| address.to_string())
            .unwrap_or_default()
    }

    /// `container die`, `network disconnect`, … since the last call.
    pub fn told(&mut self) -> Vec<String> {
        self.events
            .drain(..)
            .map(|event| format!("{} {}", event.subject.word(), event.action))
            .collect()
    }
}

pub(super) fn alpine() -> ImageRecord {
    ImageRecord {
        id: format!("sha256:{}", "a1".repeat(32)),
        tags: vec!["alpine:latest".into()],
        aliases: vec!["alpine:3".into()],
        store: "alpine:latest".into(),
        layers: vec!["sha256:layer".into()],
        cmd: vec!["/bin/sh".into()],
        env: vec!["PATH=/usr/sbin:/usr/bin:/sbin:/bin".into()],
        ..ImageRecord::default()
    }
}

pub(super) fn named(name: &str) -> NetworkSpec {
    NetworkSpec {
        name: name.into(),
        ..NetworkSpec::default()
    }
}

/// A container of that name on that network (or mode).
pub(super) fn on(name: &str, network: &str) -> ContainerSpec {
    ContainerSpec {
        name: Some(name.into()),
        image: "alpine".into(),
        cmd: Some(vec!["sleep".into(), "99".into()]),
        network_mode: network.into(),
        ..ContainerSpec::default()
    }
}
