//! One writer of the state, readers of its snapshots. The API stands in front and knows this room; this room does not know it.
//!
//! ```text
//! clients ──► api (tokio, one thread) ──requests──► writer (one thread): decide → plan → kernel → commit → events
//!                   ▲                                  │
//!                   └────── snapshots, events ◄────────┘
//! ```

pub mod backlog;
mod bulletin;
mod engine;
mod host_facts;
mod imports;
mod kernel;
mod log_ring;
pub mod processes;
mod real;
mod stdio;
#[cfg(test)]
pub(crate) mod testing;
mod writer;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

pub use bulletin::Bulletin;
pub use engine::Engine;
pub use host_facts::HostFacts;
pub use imports::{ImportError, Imports, Shelf};
pub use kernel::{Kernel, Told};
pub use log_ring::{Line, Stream};
pub use stdio::{Chunk, Owner, Run, StdioHub, Streams};
pub use writer::{Ended, WaitCondition};

use crate::engine::core::{self, Context, Entropy, Era, ImageRecord, Request};
use crate::engine::executor::History;
use crate::engine::images::catalogue;
use crate::engine::reaper::ReaperHandle;
use crate::engine::sandbox::{Exit, SandboxClient};
use crate::moment;
use crate::observe::Log;
use real::Real;
use writer::Writer;

/// How this lab's engine behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct EngineOptions {
    /// Which Docker Engine it imitates.
    pub era: Era,
    /// `CNM_FAULTS=1`: `POST /lab/faults` is served. For tests.
    pub faults: bool,
    /// `CNM_FAULT_START=N`, beside `CNM_FAULTS=1`: the plan of the lab's own start is refused at that step (from 0), which no
    /// request could ask for in time. For tests.
    pub fail_start: Option<usize>,
}

/// Makes the lab's host in the real kernel and starts the writer. Starts threads: call it in the engine process only.
///
/// # Errors
/// The lab's host could not be made, or there is no thread or descriptor left.
pub fn begin(
    options: EngineOptions,
    sandboxes: Arc<SandboxClient>,
    exits: Receiver<Exit>,
    runtime: &Handle,
) -> io::Result<Engine> {
    let kernel = Real::new(sandboxes)?;
    let seen = Seen {
        observations: kernel.executor().log(),
        plans: kernel.executor().history(),
        reaper: kernel.executor().reaper(),
    };
    let world = World {
        kernel: Box::new(kernel),
        entropy: Box::new(Urandom::open()?),
        seen,
    };
    start(options, world, exits, runtime)
}

/// What is kept of the kernel's reports and of the plans that were run, for readers.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Observations.
    pub observations: Log,
    /// Executed plans.
    pub plans: History,
    /// Deletions under way.
    pub reaper: ReaperHandle,
}

/// What a lab's writer acts on.
pub struct World {
    /// The kernel.
    pub kernel: Box<dyn Kernel>,
    /// Randomness, for ids.
    pub entropy: Box<dyn Entropy + Send>,
    /// What is kept of it for readers.
    pub seen: Seen,
}

/// Makes the lab's host and starts the writer.
///
/// # Errors
/// The plan of the lab's start failed, or there is no thread left.
pub fn start(options: EngineOptions, world: World, exits: Receiver<Exit>, runtime: &Handle) -> io::Result<Engine> {
    let World {
        mut kernel,
        mut entropy,
        seen,
    } = world;
    let stdio = StdioHub::new(runtime.clone());
    let mut context = Context {
        now: stdio::now(),
        entropy: &mut *entropy,
    };
    let (state, plan) = core::birth(options.era, images(), &mut context);
    if let Some(step) = options.fail_start {
        kernel.fail_next(&plan.title, step);
    }
    let state = Arc::new(state);
    kernel.show(&state);
    kernel
        .run(&plan, &stdio)
        .map_err(|failure| io::Error::other(failure.message))?;
    let snapshot = Arc::new(ArcSwap::new(state));
    let bulletin = Arc::new(Bulletin::default());
    let imports = Arc::new(Imports::new(kernel.shelf()));
    let (commands, inbox) = mpsc::channel();
    let writer = Writer::new(
        kernel,
        entropy,
        Arc::clone(&snapshot),
        Arc::clone(&bulletin),
        stdio.clone(),
    );
    let own = commands.clone();
    thread::Builder::new()
        .name("writer".into())
        .spawn(move || writer.serve(&inbox, &own))?;
    let engine = Engine {
        commands,
        snapshot,
        bulletin,
        stdio,
        options,
        seen,
        facts: Arc::new(HostFacts::read()),
        imports,
    };
    let reporting = engine.clone();
    let runtime = runtime.clone();
    thread::Builder::new()
        .name("exits".into())
        .spawn(move || report_ends(&exits, &reporting, &runtime))?;
    Ok(engine)
}

/// Brings ends to the writer, each once its process's output was read, a container's after those of what ran in it.
fn report_ends(exits: &Receiver<Exit>, engine: &Engine, runtime: &Handle) {
    let mut execs: HashMap<String, Vec<JoinHandle<()>>> = HashMap::new();
    while let Ok(Exit { container, exec, code }) = exits.recv() {
        let engine = engine.clone();
        if let Some(exec) = exec {
            let ends = execs.entry(container).or_default();
            ends.retain(|end| !end.is_finished());
            ends.push(runtime.spawn(async move { exec_ended(&engine, exec, code).await }));
        } else {
            let before = execs.remove(&container).unwrap_or_default();
            runtime.spawn(async move {
                for end in before {
                    let _ = end.await;
                }
                container_ended(&engine, container, code).await;
            });
        }
    }
}

/// Attached clients see the end only when the state tells of it: what they ask next is answered right.
async fn container_ended(engine: &Engine, container: String, code: i32) {
    let streams = engine.stdio().find(&container);
    let run = streams.as_ref().map(|streams| streams.run());
    if let Some(run) = &run {
        stdio::settled(run).await;
    }
    let _ = engine.request(Request::ProcessEnded { container, code }).await;
    if let (Some(streams), Some(run)) = (streams, run) {
        streams.end(&run);
    }
}

async fn exec_ended(engine: &Engine, exec: String, code: i32) {
    let streams = engine.stdio().find(&exec);
    let run = streams.as_ref().map(|streams| streams.run());
    if let Some(run) = &run {
        stdio::settled(run).await;
    }
    let id = exec.clone();
    let _ = engine.request(Request::ExecEnded { exec, code }).await;
    if let (Some(streams), Some(run)) = (streams, run) {
        streams.end(&run);
    }
    engine.stdio().forget(&id);
}

/// The built-in images as the state machine knows them.
fn images() -> Vec<ImageRecord> {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    catalogue::all()
        .iter()
        .map(|image| ImageRecord {
            id: image.id.clone(),
            tags: vec![image.reference()],
            aliases: image
                .tags
                .iter()
                .skip(1)
                .map(|tag| format!("{}:{tag}", image.repository))
                .collect(),
            created: moment::stamp(image.created).unwrap_or_default(),
            size: i64::try_from(image.size).unwrap_or(i64::MAX),
            comment: "built into cnm".into(),
            layers: vec![format!("sha256:{:x}", Sha256::digest(&image.id))],
            store: image.id.clone(),
            cmd: owned(image.cmd),
            entrypoint: owned(image.entrypoint),
            env: owned(image.env),
            workdir: image.workdir.to_owned(),
            exposed_ports: owned(image.exposed_ports),
            ..ImageRecord::default()
        })
        .collect()
}

/// Randomness of the kernel, read from its device: the engine opens it before anything can be over-mounted.
struct Urandom(File);

impl Urandom {
    fn open() -> io::Result<Self> {
        File::open("/dev/urandom").map(Self)
    }
}

impl Entropy for Urandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        // random(4): reads of up to 256 bytes are never interrupted nor short once the pool is initialised.
        if let Err(error) = self.0.read_exact(bytes) {
            tracing::error!(%error, "no randomness");
        }
    }
}
