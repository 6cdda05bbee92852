//! The commands by which the lesson's texts invite learners to look for themselves: each, as they type it, shows what the text is
//! about, and the console has room for it.

use std::process::{Command, Stdio};

use cnm::lesson::{self, Step, StepTexts};
use cnm::texts::Lang;

use super::Engine;
use super::support::CNM;
use super::tries::reach;

/// Parts of what is shown.
type Parts = &'static [&'static str];

/// What a line typed in the console shows, by the step whose texts have it.
struct Look {
    step: &'static str,
    line: &'static str,
    shows: Parts,
    hides: Parts,
}

const fn look(step: &'static str, line: &'static str, shows: Parts, hides: Parts) -> Look {
    Look {
        step,
        line,
        shows,
        hides,
    }
}

const LOOKS: [Look; 20] = [
    look(
        "list-networks",
        "docker network ls",
        &["none      null", "bridge    bridge"],
        &["dev"],
    ),
    look(
        "ping-by-name",
        "docker run --rm --net dev alpine ping -c1 es",
        &["64 bytes from 172.18.0.2"],
        &[],
    ),
    look(
        "who-resolves",
        "docker exec web grep -wE 'es|nameserver' /etc/hosts /etc/resolv.conf",
        &["/etc/resolv.conf:nameserver 127.0.0.11"],
        &["/etc/hosts", "ExtServers"],
    ),
    look(
        "create-network",
        "docker network ls",
        &["dev", "bridge", "host", "none"],
        &[],
    ),
    look(
        "place-container",
        "docker network inspect dev | grep IPv4Address",
        &["172.18.0.2/16"],
        &["Enable"],
    ),
    look(
        "call-by-name",
        "docker exec web ping -c1 es",
        &["64 bytes from 172.18.0.2"],
        &[],
    ),
    look(
        "call-by-name",
        "docker exec web grep nameserver /etc/resolv.conf",
        &["nameserver 127.0.0.11"],
        &["#"],
    ),
    look(
        "default-bridge",
        "docker run --rm alpine ping -c1 test",
        &["bad address 'test'"],
        &[],
    ),
    look(
        "no-network",
        "docker exec solo ip a | grep -w inet",
        &["127.0.0.1/8", "lo"],
        &["eth0"],
    ),
    look(
        "no-network",
        "docker run --rm --net host alpine ip a | grep -w inet",
        &["192.168.1.2/24", "eth0", "docker0", "br-"],
        &[],
    ),
    look(
        "two-networks",
        "docker exec app ping -c1 es",
        &["bad address 'es'"],
        &[],
    ),
    look(
        "two-networks",
        "docker exec app ping -c1 -W1 172.18.0.2",
        &["100% packet loss"],
        &[],
    ),
    look(
        "connect",
        "docker exec web ip a | grep -w inet",
        &["172.18.0.3", "eth0", "172.19.0.3", "eth1"],
        &[],
    ),
    look(
        "connect",
        "docker exec web ping -c1 app",
        &["64 bytes from 172.19.0.2"],
        &[],
    ),
    look(
        "connect",
        "docker exec app ping -c1 -W1 172.18.0.2",
        &["100% packet loss"],
        &[],
    ),
    look(
        "aliases",
        "docker exec app nslookup es | grep 172",
        &["172.19.0.4", "172.19.0.5"],
        &[],
    ),
    look(
        "aliases",
        "docker exec web nslookup es | grep 172",
        &["172.18.0.2"],
        &["172.19."],
    ),
    look(
        "aliases",
        "docker exec web nslookup es.prod | grep 172",
        &["172.19.0.4", "172.19.0.5"],
        &["172.18."],
    ),
    look(
        "disconnect",
        "docker exec web ip a | grep -w inet",
        &["172.19.0.3"],
        &["172.18.", "eth0"],
    ),
    look(
        "disconnect",
        "docker exec web nslookup es | grep 172",
        &["172.19.0.4", "172.19.0.5"],
        &["172.18."],
    ),
];

/// The console where it is smallest, on a screen of 80×24: columns, and rows above the next prompt.
const CONSOLE: (usize, usize) = (78, 6);

/// A line as a person types it, in a shell whose `docker` is ours: all that it shows.
fn typed(engine: &Engine, line: &str) -> String {
    let home = &engine.0.home;
    let docker = home.path("home").join("docker");
    if !docker.exists() {
        std::os::unix::fs::symlink(CNM, &docker).unwrap();
    }
    let path = format!("{}:{}", home.path("home").display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    home.furnish(&mut shell);
    let output = shell
        .args(["-c", line])
        .env("PATH", path)
        .env("DOCKER_HOST", format!("unix://{}", engine.0.socket.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// The lines that a step's texts have a person look with: below its why, and below its question.
fn invited<'a>(step: &Step, said: &'a StepTexts) -> Vec<&'a str> {
    let question: &[String] = if step.question().is_some() { &said.say } else { &[] };
    let lines = said
        .why
        .iter()
        .chain(question)
        .filter_map(|line| line.strip_prefix("$ "));
    // What is typed at a prompt inside is looked at by a line of its own.
    lines.filter(|line| !line.contains(" -ti ")).collect()
}

#[tokio::test]
async fn what_the_texts_invite_to_look_at_is_there() {
    let lesson = lesson::embedded("cnm").unwrap();
    let engine = Engine::start();
    for step in &lesson.steps {
        reach(&engine, step).await;
        for said in Lang::ALL.map(|lang| lesson.texts(lang).steps.get(&step.id).unwrap()) {
            for line in invited(step, said) {
                let looked = LOOKS.iter().any(|look| look.step == step.id && look.line == line);
                assert!(looked, "{}: nobody looks at what {line} shows", step.id);
            }
        }
        for Look { line, shows, hides, .. } in LOOKS.iter().filter(|look| look.step == step.id) {
            let told = typed(&engine, line);
            for shown in *shows {
                assert!(told.contains(shown), "{}, {line}: no {shown} in {told}", step.id);
            }
            for hidden in *hides {
                assert!(!told.contains(hidden), "{}, {line}: {hidden} in {told}", step.id);
            }
            let (columns, most) = CONSOLE;
            let rows = told.lines().map(|row| row.chars().count().max(1).div_ceil(columns));
            assert!(
                rows.sum::<usize>() <= most,
                "{}, {line}: more than the console shows\n{told}",
                step.id
            );
        }
    }
}
