//! An engine over a kernel that only remembers, for the tests of the rooms above.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;

use super::{Engine, EngineOptions, Kernel, Seen, StdioHub};
use crate::engine::core::{PlanFailure, Seeded};
use crate::engine::plan::{Plan, SandboxSpec, Step};
use crate::engine::sandbox::{Exit, Stdio};

/// A lab without a kernel. `echo WORDS` prints them and ends with 0, `exit N` ends with N, `cat` copies its input,
/// `nosuch` cannot be executed; anything else runs until it is killed.
pub(crate) struct Pretended {
    exits: Sender<Exit>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
pub(crate) struct Shared {
    pub plans: Vec<Plan>,
    waiting: HashMap<String, (Box<SandboxSpec>, Stdio)>,
    running: HashMap<String, Stdio>,
    fault: Option<(String, usize)>,
}

/// Starts one.
pub(crate) fn engine(options: EngineOptions) -> (Engine, Arc<Mutex<Shared>>) {
    let (exits, inbox) = mpsc::channel();
    let shared = Arc::new(Mutex::new(Shared::default()));
    let kernel = Pretended {
        exits,
        shared: Arc::clone(&shared),
    };
    let engine = super::start(
        options,
        Box::new(kernel),
        Box::new(Seeded(7)),
        Seen::default(),
        inbox,
        &Handle::current(),
    )
    .unwrap();
    (engine, shared)
}

impl Pretended {
    fn execute(&self, spec: &SandboxSpec, mut stdio: Stdio) -> Result<(), PlanFailure> {
        let end = |code| {
            let container = spec.container.clone();
            self.exits.send(Exit { container, code }).unwrap();
        };
        let argument = |index: usize| spec.argv.get(index).map_or("", String::as_str);
        match argument(0) {
            "nosuch" => {
                let message = "exec: \"nosuch\": executable file not found in $PATH".into();
                return Err(PlanFailure {
                    message,
                    exec: Some(127),
                });
            }
            "echo" => {
                let mut out = File::from(stdio.stdout);
                writeln!(out, "{}", spec.argv[1..].join(" ")).unwrap();
                drop((out, stdio.stdin, stdio.stderr));
                end(0);
            }
            "exit" => {
                drop(stdio);
                end(argument(1).parse().unwrap());
            }
            "cat" => {
                let (exits, container) = (self.exits.clone(), spec.container.clone());
                std::thread::spawn(move || {
                    std::io::copy(&mut File::from(stdio.stdin), &mut File::from(stdio.stdout)).unwrap();
                    drop(stdio.stderr);
                    exits.send(Exit { container, code: 0 }).unwrap();
                });
            }
            _ => {
                stdio.stdin = File::open("/dev/null").unwrap().into();
                self.shared
                    .lock()
                    .unwrap()
                    .running
                    .insert(spec.container.clone(), stdio);
            }
        }
        Ok(())
    }
}

impl Kernel for Pretended {
    fn run(&mut self, plan: &Plan, stdio: &StdioHub) -> Result<(), PlanFailure> {
        let fault = self
            .shared
            .lock()
            .unwrap()
            .fault
            .take_if(|(title, _)| plan.title.starts_with(title.as_str()));
        for (index, step) in plan.steps.iter().enumerate() {
            if fault.as_ref().is_some_and(|(_, step)| *step == index) {
                return Err(PlanFailure {
                    message: format!("step {index}: refused as asked"),
                    exec: None,
                });
            }
            match step {
                Step::CreateSandbox { spec } => {
                    let streams = stdio.open(&spec.container, spec.open_stdin, spec.tty).unwrap();
                    self.shared
                        .lock()
                        .unwrap()
                        .waiting
                        .insert(spec.container.clone(), (spec.clone(), streams));
                }
                Step::StartProcess { container } => {
                    let (spec, stdio) = self.shared.lock().unwrap().waiting.remove(container).unwrap();
                    self.execute(&spec, stdio)?;
                }
                Step::EndSandbox { container } => {
                    self.shared.lock().unwrap().running.remove(container);
                }
                _ => {}
            }
        }
        self.shared.lock().unwrap().plans.push(plan.clone());
        Ok(())
    }

    fn signal(&mut self, container: &str, signal: i32) -> Result<(), String> {
        let found = self.shared.lock().unwrap().running.remove(container);
        found.ok_or("no such process")?;
        self.exits
            .send(Exit {
                container: container.to_owned(),
                code: 128 + signal,
            })
            .unwrap();
        Ok(())
    }

    fn pid(&self, _container: &str) -> Option<u32> {
        Some(42)
    }

    fn gone(&mut self, _container: &str) {}

    fn fail_next(&mut self, title_prefix: &str, step: usize) {
        self.shared.lock().unwrap().fault = Some((title_prefix.to_owned(), step));
    }
}
