//! The budgets of the design, measured on the built-in engine and, in the same run, on the machine's Docker Engine.
//!
//! `cargo bench` prints one line per budget: what, budget, ours (p50 and p95), Docker's p50. It judges nothing.

mod crowd;
mod deeds;
mod ends;
mod family;
mod lab;
mod row;
mod screen;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bollard::Docker;
use lab::Lab;
use row::{Row, print};
use screen::Screen;

const ROUNDS: usize = 60;
/// A bar that has gone stays as an outline for a while.
const PICTURES: usize = 15;
/// The kernel takes a lab that has ended away behind everybody's back, under the lock that others need: what is measured next waits.
const REST: Duration = Duration::from_secs(3);
/// An Engine takes a hundred times as long.
const DOCKER_ROUNDS: usize = 10;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (mut ready, mut frames) = (Vec::new(), Vec::new());
    for _ in 0..15 {
        let (lab, took) = Lab::start();
        ready.push(took);
        drop(lab);
        let began = Instant::now();
        let mut screen = Screen::start();
        screen.until("CNM");
        frames.push(began.elapsed());
    }
    let mut rows = vec![
        Row::ours("cnm → first frame", "30 ms", frames),
        Row::ours("cnm lab → ready", "80 ms", ready),
        Row::ours("key → screen (p95)", "2 ms", rested(Screen::start).keys(ROUNDS)),
        Row::ours(
            "key → screen (p95), ping -f under way",
            "2 ms",
            rested(Screen::flooded).keys(ROUNDS),
        ),
        Row::ours(
            "event → picture, ping -f under way",
            "10 ms",
            rested(Screen::flooded).pictures(PICTURES),
        ),
        Row::ours("cnm check cnm --solve", "1000 ms", solved()),
    ];

    let (lab, _) = rested(Lab::start);
    let ours = runtime.block_on(async { deeds::all(&lab.client().await, "alpine", ROUNDS).await });
    drop(lab);
    let theirs = runtime.block_on(docker());
    rows.extend(
        deeds::NAMES
            .iter()
            .zip(ours)
            .zip(theirs)
            .map(|(((what, budget), ours), docker)| Row {
                what,
                budget,
                ours,
                docker,
            }),
    );
    rows.push(Row::ours("kill -9 of the front → nothing left", "2000 ms", ends::all()));
    print(&mut rows);
    for count in [100, 500, 1000] {
        let (lab, _) = rested(Lab::start);
        runtime.block_on(crowd::measure(&lab, count));
    }
}

/// Starts once nothing is left of what was measured before.
fn rested<T>(start: impl FnOnce() -> T) -> T {
    std::thread::sleep(REST);
    start()
}

/// The whole lesson graded from nothing, some times.
fn solved() -> Vec<Duration> {
    (0..5)
        .map(|_| {
            let began = Instant::now();
            let graded = Command::new(env!("CARGO_BIN_EXE_cnm"))
                .args(["check", "cnm", "--solve", "--lang", "en"])
                .output()
                .expect("cnm starts");
            let took = began.elapsed();
            assert!(graded.status.success(), "{}", String::from_utf8_lossy(&graded.stdout));
            took
        })
        .collect()
}

/// The same deeds by the machine's Docker Engine; nothing where there is none.
async fn docker() -> Vec<Vec<Duration>> {
    let image = "cnm-bench:latest";
    if !docker_image(image) {
        println!("no Docker Engine (or no busybox to make an image of): its column is empty");
        return vec![Vec::new(); deeds::NAMES.len()];
    }
    let docker = Docker::connect_with_local_defaults().expect("a client");
    let docker = docker.negotiate_version().await.expect("Docker answers");
    let times = deeds::all(&docker, image, DOCKER_ROUNDS).await;
    let _ = Command::new("docker")
        .args(["rmi", image])
        .stdout(Stdio::null())
        .status();
    times
}

/// Imports a busybox root file system under a name of ours; false where Docker or busybox is missing.
fn docker_image(image: &str) -> bool {
    if !Path::new("/bin/busybox").exists() || Command::new("docker").arg("version").output().is_err() {
        return false;
    }
    let script = format!(
        "d=$(mktemp -d) && mkdir $d/bin && cp /bin/busybox $d/bin/busybox && ln -s busybox $d/bin/sleep && ln -s busybox $d/bin/true && \
         tar -C $d -c . | docker import - {image} && rm -r $d"
    );
    Command::new("sh")
        .args(["-c", &script])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}
