use super::*;
use crate::engine::core::exec::UNSTARTED;

fn spec(words: &[&str]) -> Box<ExecSpec> {
    Box::new(ExecSpec {
        cmd: words.iter().map(|word| (*word).to_owned()).collect(),
        attach: [true; 3],
        ..ExecSpec::default()
    })
}

impl Lab {
    fn exec(&mut self, container: &str, spec: Box<ExecSpec>) -> Result<String, CoreError> {
        let container = container.to_owned();
        match self.try_do(Request::ExecCreate { container, spec })? {
            Reply::Created { id, .. } => Ok(id),
            other => panic!("{other:?}"),
        }
    }

    fn start_exec(&mut self, exec: &str) -> Result<ProcessSpec, CoreError> {
        let start = Request::ExecStart {
            exec: exec.to_owned(),
            stdin: true,
            console_size: None,
        };
        match self.try_do(start)? {
            Reply::Exec { process } => Ok(*process),
            other => panic!("{other:?}"),
        }
    }

    fn end_exec(&mut self, exec: &str, code: i32) {
        let exec = exec.to_owned();
        self.try_do(Request::ExecEnded { exec, code }).unwrap();
    }

    fn phase(&self, exec: &str) -> ExecPhase {
        self.state.exec(exec).unwrap().phase
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, CoreError>) -> (Status, String) {
    let error = result.unwrap_err();
    (error.status, error.message)
}

#[test]
fn an_exec_is_created_started_once_and_ends() {
    for (era, again) in [(Era::E28, "error: exec command"), (Era::E20_10, "Error: Exec command")] {
        let mut lab = Lab::new(era);
        lab.run("c1", "none");
        lab.told();
        let id = lab.exec("c1", spec(&["sh", "-c", "ls /"])).unwrap();
        let container = lab.state.container("c1").unwrap().id.clone();
        assert_eq!(lab.state.execs_of(&container).collect::<Vec<_>>(), [&id]);
        let process = lab.start_exec(&id).unwrap();
        assert_eq!((process.container, process.workdir.as_str()), (container.clone(), "/"));
        assert_eq!(
            refused(lab.start_exec(&id)),
            (Status::Conflict, format!("{again} {id} is already running"))
        );
        lab.end_exec(&id, 3);
        assert!(matches!(lab.phase(&id), ExecPhase::Ended { code: 3, .. }));
        assert_eq!(lab.state.execs_of(&container).count(), 0);
        assert_eq!(
            refused(lab.start_exec(&id)),
            (Status::Conflict, format!("{again} {id} has already run"))
        );
        lab.end_exec(&id, 4);
        assert!(
            matches!(lab.phase(&id), ExecPhase::Ended { code: 3, .. }),
            "it ends once"
        );
        let told = lab.events.last().unwrap();
        assert_eq!(
            (&told.attributes["execID"], told.attributes["exitCode"].as_str()),
            (&id, "3")
        );
        assert_eq!(
            lab.told(),
            [
                "container exec_create: sh -c ls /",
                "container exec_start: sh -c ls /",
                "container exec_die"
            ]
        );
    }
}

#[test]
fn execs_that_are_never_started_do_not_pile_up() {
    let mut lab = Lab::new(Era::E28);
    lab.run("c1", "none");
    lab.run("c2", "none");
    let first = lab.exec("c1", spec(&["true"])).unwrap();
    for _ in 1..UNSTARTED {
        lab.exec("c1", spec(&["true"])).unwrap();
    }
    let (status, sentence) = refused(lab.exec("c1", spec(&["true"])));
    assert_eq!(status, Status::Conflict);
    assert!(
        sentence
            .ends_with("has 100 exec instances that were never started: start some of them before another is created"),
        "{sentence}"
    );
    lab.exec("c2", spec(&["true"])).expect("each container has its own");
    lab.start_exec(&first).unwrap();
    lab.exec("c1", spec(&["true"])).expect("one of them was started");
    refused(lab.exec("c1", spec(&["true"])));
}

#[test]
fn what_cannot_be_run_is_refused_before_it_is_there() {
    let mut lab = Lab::new(Era::E28);
    let stopped = lab.container(on("c0", "none")).unwrap();
    lab.run("c1", "none");
    assert_eq!(
        refused(lab.exec("nope", spec(&[]))),
        (Status::Invalid, "No exec command specified".into())
    );
    assert_eq!(
        refused(lab.exec("nope", spec(&["x"]))),
        (Status::NotFound, "No such container: nope".into())
    );
    assert_eq!(
        refused(lab.exec("c0", spec(&["x"]))),
        (Status::Conflict, format!("container {stopped} is not running"))
    );
    let odd = |change: fn(&mut ExecSpec)| {
        let mut spec = spec(&["x"]);
        change(&mut spec);
        spec
    };
    assert_eq!(
        refused(lab.exec("c1", odd(|spec| spec.detach_keys = "zz".into()))),
        (Status::Internal, "Invalid escape keys (zz) provided".into())
    );
    for (change, word) in [
        (
            (|spec: &mut ExecSpec| spec.user = "nobody".into()) as fn(&mut ExecSpec),
            "--user nobody",
        ),
        (|spec| spec.privileged = true, "--privileged"),
    ] {
        let (status, message) = refused(lab.exec("c1", odd(change)));
        assert!(status == Status::Unbuilt && message.contains(word), "{message}");
    }
    assert!(lab.exec("c1", odd(|spec| spec.user = "root".into())).is_ok());
    assert_eq!(
        refused(lab.start_exec("nope")),
        (Status::NotFound, "No such exec instance: nope".into())
    );
}

#[test]
fn the_environment_is_the_containers_with_the_execs_over_it() {
    let mut lab = Lab::new(Era::E28);
    let container = ContainerSpec {
        env: vec!["A=1".into(), "B=2".into()],
        hostname: "h".into(),
        ..on("c1", "none")
    };
    lab.container(container).unwrap();
    lab.start("c1").unwrap();
    let mut asked = spec(&["env"]);
    asked.tty = true;
    asked.env = vec!["B=3".into(), "A".into(), "C=".into(), "D".into()];
    let id = lab.exec("c1", asked).unwrap();
    assert_eq!(
        lab.start_exec(&id).unwrap().env,
        [
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "HOSTNAME=h",
            "TERM=xterm",
            "B=3",
            "C="
        ]
    );
}

#[test]
fn a_containers_end_is_the_end_of_what_runs_in_it() {
    let mut lab = Lab::new(Era::E28);
    lab.run("c1", "none");
    let [running, unstarted, over] = [(); 3].map(|()| lab.exec("c1", spec(&["x"])).unwrap());
    lab.start_exec(&running).unwrap();
    lab.start_exec(&over).unwrap();
    lab.end_exec(&over, 0);
    lab.told();
    let id = lab.state.container("c1").unwrap().id.clone();
    let code = 0;
    lab.try_do(Request::ProcessEnded {
        container: id.clone(),
        code,
    })
    .unwrap();
    let told = lab.told();
    let place = |what: &str| told.iter().position(|event| event == what);
    assert!(place("container exec_die") < place("container die"), "{told:?}");
    assert!(matches!(lab.phase(&running), ExecPhase::Ended { code: 137, .. }));
    assert!(lab.state.exec(&unstarted).is_err());
    assert_eq!(
        refused(lab.start_exec(&over)),
        (Status::Conflict, format!("container {id} is not running"))
    );
    lab.end_exec(&running, 0);
    assert!(lab.told().is_empty(), "its end was told");
    lab.remove("c1", false).unwrap();
    assert!(lab.state.exec(&over).is_err());
}

#[test]
fn a_failed_start_keeps_a_code_and_tells_nothing_more() {
    for (era, code) in [(Era::E28, 127), (Era::E20_10, 126)] {
        let mut lab = Lab::new(era);
        lab.run("c1", "none");
        let id = lab.exec("c1", spec(&["nosuch"])).unwrap();
        lab.start_exec(&id).unwrap();
        lab.told();
        let failure = PlanFailure {
            message: "exec: \"nosuch\": executable file not found in $PATH".into(),
            exec: Some(127),
        };
        let (refusal, kept) = exec_failed(&lab.state, &failure);
        assert_eq!((refusal.status, kept), (Status::Invalid, code));
        assert_eq!(
            refusal.message,
            "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not \
             found in $PATH: unknown"
        );
        lab.try_do(Request::ExecNotStarted {
            exec: id.clone(),
            code: kept,
        })
        .unwrap();
        assert!(matches!(lab.phase(&id), ExecPhase::Ended { code, .. } if code == kept));
        assert!(lab.told().is_empty());
    }
}

#[test]
fn ended_execs_do_not_pile_up() {
    let mut lab = Lab::new(Era::E28);
    lab.run("c1", "none");
    let old = lab.exec("c1", spec(&["x"])).unwrap();
    lab.start_exec(&old).unwrap();
    lab.end_exec(&old, 0);
    lab.now += 4 * 60 * 1_000_000_000;
    lab.exec("c1", spec(&["x"])).unwrap();
    assert!(lab.state.exec(&old).is_ok(), "it can be asked for a while");
    lab.now += 2 * 60 * 1_000_000_000;
    lab.exec("c1", spec(&["x"])).unwrap();
    assert!(lab.state.exec(&old).is_err());
}
