//! An engine over a kernel that only remembers, for the tests of the rooms above.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;

use super::imports::Shelf;
use super::kernel::Told;
use super::{Engine, EngineOptions, Kernel, Owner, Seen, StdioHub, World};
use crate::engine::core::{PlanFailure, Seeded, State};
use crate::engine::images;
use crate::engine::plan::{Plan, ProcessSpec, SandboxSpec, Step};
use crate::engine::sandbox::{Exit, Stdio};

/// A lab without a kernel. `echo WORDS` prints them and ends with 0, `exit N` ends with N, `cat` copies its input,
/// `nosuch` cannot be executed, an exec of `held` is not for as long as a test holds it; anything else runs until it is killed.
pub(crate) struct Pretended {
    exits: Sender<Exit>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
pub(crate) struct Shared {
    pub plans: Vec<Plan>,
    /// What containers' resolvers would answer from.
    pub shown: Option<Arc<State>>,
    waiting: HashMap<String, (Box<SandboxSpec>, Stdio)>,
    running: HashMap<String, Stdio>,
    fault: Option<(String, usize)>,
    /// Execs of `held`, which have not executed it.
    pub held: Vec<(Stdio, Told)>,
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
        World {
            kernel: Box::new(kernel),
            entropy: Box::new(Seeded(7)),
            seen: Seen::default(),
        },
        inbox,
        &Handle::current(),
    )
    .unwrap();
    (engine, shared)
}

impl Pretended {
    fn execute(
        &self,
        (container, exec): (String, Option<String>),
        argv: &[String],
        mut stdio: Stdio,
    ) -> Result<(), PlanFailure> {
        let key = exec.clone().unwrap_or_else(|| container.clone());
        let exit = move |code| Exit { container, exec, code };
        let argument = |index: usize| argv.get(index).map_or("", String::as_str);
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
                // One write, as the real program does: what reads it makes a frame of each.
                out.write_all(format!("{}\n", argv[1..].join(" ")).as_bytes()).unwrap();
                drop((out, stdio.stdin, stdio.stderr));
                self.exits.send(exit(0)).unwrap();
            }
            "exit" => {
                drop(stdio);
                self.exits.send(exit(argument(1).parse().unwrap())).unwrap();
            }
            "cat" => {
                let exits = self.exits.clone();
                std::thread::spawn(move || {
                    std::io::copy(&mut File::from(stdio.stdin), &mut File::from(stdio.stdout)).unwrap();
                    drop(stdio.stderr);
                    exits.send(exit(0)).unwrap();
                });
            }
            _ => {
                stdio.stdin = File::open("/dev/null").unwrap().into();
                self.shared.lock().unwrap().running.insert(key, stdio);
            }
        }
        Ok(())
    }
}

/// Images in a folder of this test.
struct Folder(tempfile::TempDir);

impl Shelf for Folder {
    fn unpack(&self, image: &str, _size: u64, archive: OwnedFd, outcome: OwnedFd) -> io::Result<()> {
        let folder = self.0.path().join(image);
        std::fs::create_dir(&folder)?;
        let root = File::open(folder)?.into();
        std::thread::spawn(move || {
            let result = images::unpack(File::from(archive), &root);
            serde_json::to_writer(File::from(outcome), &result).unwrap();
        });
        Ok(())
    }

    fn seal(&self, image: &str) -> io::Result<()> {
        std::fs::metadata(self.0.path().join(image)).map(drop)
    }

    fn remove(&self, image: &str) -> io::Result<()> {
        std::fs::remove_dir_all(self.0.path().join(image))
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
                    let streams = stdio
                        .open(Owner::Container(&spec.container), spec.open_stdin, spec.tty)
                        .unwrap();
                    self.shared
                        .lock()
                        .unwrap()
                        .waiting
                        .insert(spec.container.clone(), (spec.clone(), streams));
                }
                Step::StartProcess { container } => {
                    let (spec, stdio) = self.shared.lock().unwrap().waiting.remove(container).unwrap();
                    self.execute((spec.container.clone(), None), &spec.argv, stdio)?;
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

    fn show(&mut self, state: &Arc<State>) {
        self.shared.lock().unwrap().shown = Some(Arc::clone(state));
    }

    fn signal(&mut self, container: &str, signal: i32) -> Result<(), String> {
        let found = self.shared.lock().unwrap().running.remove(container);
        found.ok_or("no such process")?;
        self.exits
            .send(Exit {
                container: container.to_owned(),
                exec: None,
                code: 128 + signal,
            })
            .unwrap();
        Ok(())
    }

    fn exec(&mut self, process: &ProcessSpec, stdio: &StdioHub, told: Told) {
        let streams = stdio
            .open(Owner::Exec(&process.exec), process.open_stdin, process.tty)
            .unwrap();
        if process.argv == ["held"] {
            self.shared.lock().unwrap().held.push((streams, told));
            return;
        }
        let who = (process.container.clone(), Some(process.exec.clone()));
        told(self.execute(who, &process.argv, streams).map(|()| 43));
    }

    fn answered(&mut self) {}

    fn pid(&self, _container: &str) -> Option<u32> {
        Some(42)
    }

    fn gone(&mut self, _container: &str) {}

    fn fail_next(&mut self, title_prefix: &str, step: usize) {
        self.shared.lock().unwrap().fault = Some((title_prefix.to_owned(), step));
    }

    fn shelf(&self) -> Arc<dyn Shelf> {
        Arc::new(Folder(tempfile::tempdir().unwrap()))
    }
}
