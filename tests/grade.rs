//! `cnm check` as a person or a script meets it: what is printed where, and how it ends.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod fake_engine;

use std::path::Path;
use std::time::Duration;

use cnm::grade::{CheckOptions, Exit, Format, check};
use cnm::texts::Lang;
use fake_engine::FakeEngine;

struct Told {
    exit: Exit,
    out: String,
    err: String,
}

async fn told(options: &CheckOptions, env: &[(&str, &str)]) -> Told {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let lookup = |name: &str| {
        env.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    };
    let exit = check(options, lookup, &mut out, &mut err).await.unwrap();
    Told {
        exit,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

fn on(socket: &Path, target: &str, lang: Lang) -> CheckOptions {
    CheckOptions {
        targets: vec![target.into()],
        lab: Some(socket.to_owned()),
        lang,
        ..CheckOptions::default()
    }
}

/// The two steps that the engine of these tests can be brought through by hand.
fn first_steps(engine: &FakeEngine, lang: Lang) -> CheckOptions {
    CheckOptions {
        targets: vec!["cnm/create-network".into(), "cnm/place-container".into()],
        ..on(&engine.socket, "", lang)
    }
}

/// The report without its times.
fn timeless(out: &str) -> String {
    let lines = out.lines().map(|line| {
        let line = line.trim_end();
        let end = line.rfind("  ").unwrap_or(line.len());
        let is_time = line.ends_with(" ms") || line.ends_with(" s") || line.ends_with("\u{a0}s");
        if is_time {
            line[..end].trim_end().to_owned()
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_untouched_lab_is_red() {
    let engine = FakeEngine::builtin();
    let told = told(&first_steps(&engine, Lang::Fr), &[]).await;
    assert_eq!(told.exit, Exit::Fail);
    assert_eq!(told.exit.code(), 1);
    assert_eq!(told.err, "");
    insta::assert_snapshot!("untouched_fr", timeless(&told.out));
}

#[tokio::test]
async fn the_straight_way_is_green() {
    let engine = FakeEngine::builtin();
    engine.create_network("dev");
    engine.run("es", "dev");
    let told = told(&first_steps(&engine, Lang::En), &[]).await;
    assert_eq!((told.exit, told.err.as_str()), (Exit::Pass, ""));
    insta::assert_snapshot!("straight_en", timeless(&told.out));
}

#[tokio::test]
async fn connecting_afterwards_is_green_too() {
    let engine = FakeEngine::builtin();
    engine.run("es", "bridge");
    engine.create_network("dev");
    engine.connect("dev", "es");
    assert_eq!(told(&first_steps(&engine, Lang::En), &[]).await.exit, Exit::Pass);
}

#[tokio::test]
async fn plausible_wrong_tries_are_red_with_their_reason() {
    type Try = fn(&FakeEngine);
    let tries: [(Try, &str); 6] = [
        (
            |e| e.run("es", "bridge"),
            "es is on bridge (172.17.0.2), the default network",
        ),
        (
            |e| {
                e.create_network("prod");
                e.run("es", "prod");
            },
            "es is elsewhere: prod (172.21.0.2)",
        ),
        (
            |e| {
                e.run("es", "dev");
                e.ends("es", 0);
            },
            "es has stopped (exit code 0)",
        ),
        (
            |e| e.create_container("es", "dev"),
            "es is created but has not been started",
        ),
        (|e| e.run("ES", "dev"), "es does not exist"),
        (
            |e| {
                e.run("es", "dev");
                e.remove_container("es");
            },
            "es does not exist",
        ),
    ];
    for (attempt, reason) in tries {
        let engine = FakeEngine::builtin();
        engine.create_network("dev");
        attempt(&engine);
        let told = told(&on(&engine.socket, "cnm/place-container", Lang::En), &[]).await;
        assert_eq!(told.exit, Exit::Fail, "{reason}");
        assert!(told.out.contains(reason), "{reason}: {}", told.out);
        assert!(!told.out.contains("dev-exists"), "only the step that was asked for");
    }
}

#[tokio::test]
async fn solutions_are_told_when_asked_for() {
    let engine = FakeEngine::builtin();
    let options = CheckOptions {
        solutions: true,
        ..on(&engine.socket, "cnm/create-network", Lang::Fr)
    };
    let told = told(&options, &[]).await;
    assert!(told.out.contains("$ docker network create dev"), "{}", told.out);
}

#[tokio::test]
async fn json_is_one_object_with_stable_keys() {
    let engine = FakeEngine::builtin();
    engine.create_network("dev");
    let options = CheckOptions {
        format: Format::Json,
        ..first_steps(&engine, Lang::Fr)
    };
    let told = told(&options, &[]).await;
    let mut report: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    for check in report["checks"].as_array_mut().unwrap() {
        assert!(check["ms"].take().is_u64());
    }
    insta::assert_snapshot!("json", format!("{report:#}"));
}

#[tokio::test]
async fn waiting_ends_when_all_is_green() {
    let engine = FakeEngine::builtin();
    let options = CheckOptions {
        wait: Some(Duration::from_secs(30)),
        ..on(&engine.socket, "cnm/create-network", Lang::En)
    };
    let waiting = told(&options, &[]);
    let doing = async {
        tokio::task::yield_now().await;
        engine.create_network("dev");
    };
    let (told, ()) = tokio::join!(waiting, doing);
    assert_eq!((told.exit, told.err.as_str()), (Exit::Pass, ""));
}

#[tokio::test]
async fn a_target_named_twice_is_graded_once_and_the_time_told_is_from_the_start() {
    let engine = FakeEngine::builtin();
    let options = CheckOptions {
        targets: vec!["cnm/create-network".into(), "cnm/create-network".into()],
        wait: Some(Duration::from_millis(1200)),
        ..on(&engine.socket, "", Lang::En)
    };
    let told = told(&options, &[]).await;
    assert_eq!(told.out.matches("dev-exists").count(), 1, "{}", told.out);
    assert!(!told.out.contains("0.0 s"), "{}", told.out);
}

#[tokio::test]
async fn waiting_in_vain_reports_and_ends_with_5() {
    let engine = FakeEngine::builtin();
    let options = CheckOptions {
        wait: Some(Duration::from_secs(1)),
        ..on(&engine.socket, "cnm", Lang::En)
    };
    let told = told(&options, &[]).await;
    assert_eq!((told.exit, told.exit.code()), (Exit::TimedOut, 5));
    assert!(told.out.contains("dev does not exist"), "{}", told.out);
    assert!(told.err.contains("time-out"), "{}", told.err);
}

#[tokio::test]
async fn a_lab_that_takes_connections_and_answers_nothing_is_not_waited_for_longer_than_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("frozen.sock");
    let _frozen = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let options = |wait| CheckOptions {
        wait,
        ..on(&socket, "cnm", Lang::En)
    };
    let waited = told(&options(Some(Duration::from_millis(50))), &[]).await;
    assert_eq!((waited.exit, waited.out.as_str()), (Exit::TimedOut, ""));
    assert!(
        waited.err.contains("frozen.sock is there, but nothing answered within"),
        "{}",
        waited.err
    );
    let patient = told(&options(None), &[]).await;
    assert_eq!(patient.exit, Exit::NoBackend);
    assert!(patient.err.contains("within 10.0 s"), "{}", patient.err);
}

#[tokio::test]
async fn without_a_lab_it_ends_with_4_and_says_what_to_do() {
    let engine = FakeEngine::builtin();
    let nowhere = fake_engine::nowhere(&engine);
    for (lang, hint) in [(Lang::Fr, "Lancez-en un avec"), (Lang::En, "Start one with")] {
        let told = told(&on(&nowhere, "cnm", lang), &[]).await;
        assert_eq!(
            (told.exit, told.exit.code(), told.out.as_str()),
            (Exit::NoBackend, 4, "")
        );
        assert!(
            told.err.contains("nowhere.sock") && told.err.contains(hint),
            "{}",
            told.err
        );
    }
}

#[tokio::test]
async fn docker_host_is_looked_at_when_one_of_ours_answers_there() {
    let engine = FakeEngine::builtin();
    engine.create_network("dev");
    let host = format!("unix://{}", engine.socket.display());
    let options = CheckOptions {
        targets: vec!["cnm/create-network".into()],
        ..CheckOptions::default()
    };
    assert_eq!(told(&options, &[("DOCKER_HOST", &host)]).await.exit, Exit::Pass);
}

#[tokio::test]
async fn the_default_socket_is_in_the_runtime_directory() {
    let engine = FakeEngine::builtin();
    engine.create_network("dev");
    let runtime = tempfile::tempdir().unwrap();
    std::fs::create_dir(runtime.path().join("cnm")).unwrap();
    std::os::unix::fs::symlink(&engine.socket, runtime.path().join("cnm/lab.sock")).unwrap();
    let options = CheckOptions {
        targets: vec!["cnm/create-network".into()],
        ..CheckOptions::default()
    };
    let env = [("XDG_RUNTIME_DIR", runtime.path().to_str().unwrap())];
    assert_eq!(told(&options, &env).await.exit, Exit::Pass);
}

#[tokio::test]
async fn a_real_engine_is_only_touched_when_that_is_said() {
    let engine = FakeEngine::docker();
    engine.create_network("dev");
    let options = on(&engine.socket, "cnm/create-network", Lang::En);
    let refused = told(&options, &[]).await;
    assert_eq!(refused.exit, Exit::NoBackend);
    assert!(refused.err.contains("--backend docker"), "{}", refused.err);
    let allowed = told(
        &CheckOptions {
            real_engine: true,
            ..options
        },
        &[],
    )
    .await;
    assert_eq!(allowed.exit, Exit::Pass);
    assert!(allowed.out.contains("Docker 20.10.24"), "{}", allowed.out);
}

#[tokio::test]
async fn targets_that_make_no_sense_end_with_2_and_bad_lessons_with_3() {
    let engine = FakeEngine::builtin();
    let cases = [
        ("cni", Exit::Usage, "No lesson is called “cni”. There is: cnm"),
        (
            "cnm/first",
            Exit::Usage,
            "no step “first”. It has: objectives, list-networks, what-a-network-is",
        ),
        ("absent.yaml", Exit::LessonInvalid, "absent.yaml"),
        (
            "/nowhere/mine/first",
            Exit::Usage,
            "No lesson is called “/nowhere/mine/first”. There is: cnm; one of your own goes by its folder.",
        ),
        ("tests/data", Exit::LessonInvalid, "tests/data/lesson.yaml"),
    ];
    for (target, exit, reason) in cases {
        let told = told(&on(&engine.socket, target, Lang::En), &[]).await;
        assert_eq!(told.exit, exit, "{target}");
        assert!(told.err.contains(reason), "{}", told.err);
    }
    let told = told(
        &CheckOptions {
            targets: Vec::new(),
            ..on(&engine.socket, "", Lang::En)
        },
        &[],
    )
    .await;
    assert_eq!((told.exit, told.exit.code()), (Exit::Usage, 2));
}

#[tokio::test]
async fn a_lesson_on_disk_is_graded() {
    let engine = FakeEngine::builtin();
    engine.create_network("dev");
    engine.run("es", "dev");
    let file = fake_engine::lessons().join("cnm/lesson.yaml");
    let [from_disk, inside] = [file.to_str().unwrap(), "cnm"].map(|target| on(&engine.socket, target, Lang::Fr));
    let (from_disk, inside) = (told(&from_disk, &[]).await, told(&inside, &[]).await);
    assert_eq!(
        (from_disk.exit, timeless(&from_disk.out)),
        (inside.exit, timeless(&inside.out))
    );
    assert!(
        inside.out.contains("✓ es-on-dev") && inside.out.contains("✗ web-running"),
        "{}",
        inside.out
    );
    let folder = fake_engine::lessons().join("cnm");
    let step = |step: &str| on(&engine.socket, &format!("{}/{step}", folder.display()), Lang::En);
    let of_one = told(&step("place-container"), &[]).await;
    assert_eq!(of_one.exit, Exit::Pass, "{}", of_one.out);
    assert!(!of_one.out.contains("web-running"), "{}", of_one.out);
    let none = told(&step("first"), &[]).await;
    assert_eq!(none.exit, Exit::Usage);
    assert!(
        none.err.contains("has no step “first”. It has: objectives,"),
        "{}",
        none.err
    );
}
