//! Environment variables of console programs.

use std::ffi::{OsStr, OsString};
use std::fs;

use crate::engine::sandbox::hostroot::{API_SOCKET, PROGRAMS};
use crate::shells::LEADING_ELSEWHERE;
pub(super) use crate::shells::Variables;

/// Variables that say how we were started.
const HOW_STARTED: [&str; 4] = ["SUDO_UID", "SUDO_GID", "SUDO_USER", "SUDO_COMMAND"];

/// What a sandbox takes over from the person: how to write on their terminal, and in which language.
const OF_TERMINAL: [&str; 7] = ["TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_MESSAGES", "TZ"];

/// The person's variables with the lab's, and `added` (`KEY=VALUE`) on top.
pub(super) fn real(added: &[String]) -> Variables {
    let mut variables: Variables = std::env::vars_os().collect();
    if let Some(person) = std::env::var("SUDO_UID").ok().and_then(|uid| Person::of(&uid)) {
        for (name, value) in [
            ("HOME", &person.home),
            ("SHELL", &person.shell),
            ("USER", &person.name),
            ("LOGNAME", &person.name),
        ] {
            variables.insert(name.into(), value.into());
        }
    }
    for name in LEADING_ELSEWHERE.into_iter().chain(HOW_STARTED) {
        variables.remove(OsStr::new(name));
    }
    let path = variables.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    variables.insert("PATH".into(), with_ours(&path));
    finish(variables, added)
}

/// The variables of a container, with the person's terminal.
pub(super) fn sandbox(added: &[String]) -> Variables {
    let mut variables: Variables = OF_TERMINAL
        .into_iter()
        .filter_map(|name| Some((name.into(), std::env::var_os(name)?)))
        .collect();
    for (name, value) in [
        ("PATH", USUAL_PATH),
        ("HOME", "/root"),
        ("SHELL", "/bin/sh"),
        ("USER", "root"),
        ("LOGNAME", "root"),
    ] {
        variables.insert(name.into(), value.into());
    }
    finish(variables, added)
}

fn finish(mut variables: Variables, added: &[String]) -> Variables {
    for variable in added {
        if let Some((name, value)) = variable.split_once('=') {
            variables.insert(name.into(), value.into());
        }
    }
    variables.insert("DOCKER_HOST".into(), format!("unix://{API_SOCKET}").into());
    variables
}

/// Where programs are where nobody has said it.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// `PATH` with our programs first.
fn with_ours(path: &OsStr) -> OsString {
    let theirs = if path.is_empty() { OsStr::new(USUAL_PATH) } else { path };
    let mut ours = OsString::from(PROGRAMS);
    ours.push(":");
    ours.push(theirs);
    ours
}

/// Someone's line of passwd(5).
#[derive(Debug, PartialEq, Eq)]
struct Person {
    name: String,
    home: String,
    shell: String,
}

impl Person {
    fn of(uid: &str) -> Option<Self> {
        Self::among(&fs::read_to_string("/etc/passwd").ok()?, uid)
    }

    fn among(passwd: &str, uid: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            match fields[..] {
                [name, _, id, _, _, home, shell] if id == uid => Some(Self {
                    name: name.into(),
                    home: home.into(),
                    shell: shell.into(),
                }),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_docker_client_is_led_to_the_lab_whatever_is_asked() {
        for variables in [
            real(&["DOCKER_HOST=tcp://elsewhere:2375".into()]),
            sandbox(&["DOCKER_HOST=tcp://elsewhere:2375".into()]),
        ] {
            assert_eq!(variables[OsStr::new("DOCKER_HOST")], "unix:///run/docker.sock");
            assert!(!variables.contains_key(OsStr::new("DOCKER_CONTEXT")));
        }
    }

    #[test]
    fn our_programs_come_first() {
        assert_eq!(with_ours(OsStr::new("/bin")), "/run/cnm/bin:/bin");
        assert_eq!(
            with_ours(OsStr::new("")),
            "/run/cnm/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        );
    }

    #[test]
    fn the_person_behind_sudo_is_found_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/zsh\n";
        assert_eq!(
            Person::among(passwd, "1000").map(|person| (person.home, person.shell)),
            Some(("/home/ada".into(), "/bin/zsh".into()))
        );
        assert_eq!(Person::among(passwd, "7"), None);
    }
}
