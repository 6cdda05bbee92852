//! Asking from within: a program of a container's own, in its own namespaces, says what it can resolve and reach. The model says the
//! same from what the backend tells; the two are independent, so that either can be found wrong.

use std::net::Ipv4Addr;
use std::time::Duration;

use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, StartExecResults};
use futures_util::StreamExt;

use super::Lab;

/// How long a program may take: a resolver that asks a silent server outside takes longer, and has no answer by then.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a program's output that are looked at.
const OUTPUT: usize = 16 << 10;
/// Exit codes of a program that is not there, or cannot be started (POSIX `sh`, and Docker's `exec`).
const NO_PROGRAM: [i64; 2] = [126, 127];

/// What was asked from within a container, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The container.
    pub container: String,
    /// The program and its arguments.
    pub command: String,
    /// What it found.
    pub told: Told,
}

/// What a program in a container found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The addresses of the name, or the one that answered.
    Yes(Vec<Ipv4Addr>),
    /// No address, no answer.
    No,
    /// It could not be asked: the reason, in the backend's words.
    Unknown(String),
}

impl Lab {
    /// What `nslookup` in the container finds for a name.
    pub async fn ask_name(&self, container: &str, name: &str) -> Probe {
        let command = ["nslookup", name];
        self.probe(container, &command, addresses_of).await
    }

    /// Whether one `ping` from the container is answered within a second.
    pub async fn ask_address(&self, container: &str, address: Ipv4Addr) -> Probe {
        let text = address.to_string();
        let command = ["ping", "-c1", "-W1", text.as_str()];
        self.probe(container, &command, |_| vec![address]).await
    }

    async fn probe(&self, container: &str, command: &[&str], found: impl Fn(&str) -> Vec<Ipv4Addr>) -> Probe {
        let told = match tokio::time::timeout(PATIENCE, self.inside(container, command)).await {
            Ok(Err(error)) => Told::Unknown(error.to_string()),
            Ok(Ok((code, output))) if NO_PROGRAM.contains(&code) => Told::Unknown(output.trim().to_owned()),
            Ok(Ok((0, output))) => {
                let found = found(&output);
                if found.is_empty() { Told::No } else { Told::Yes(found) }
            }
            // Without an answer for so long there is none.
            Err(_) | Ok(Ok(_)) => Told::No,
        };
        Probe {
            container: container.to_owned(),
            command: command.join(" "),
            told,
        }
    }

    /// A program's exit code and its output.
    async fn inside(&self, container: &str, command: &[&str]) -> Result<(i64, String), Error> {
        let options = CreateExecOptions {
            cmd: Some(command.to_vec()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..Default::default()
        };
        let exec = self.docker().create_exec(container, options).await?;
        let mut said = Vec::new();
        if let StartExecResults::Attached { mut output, .. } = self.docker().start_exec(&exec.id, None).await? {
            while let Some(piece) = output.next().await {
                let piece = piece?.into_bytes();
                said.extend_from_slice(&piece[..piece.len().min(OUTPUT.saturating_sub(said.len()))]);
            }
        }
        let code = self.docker().inspect_exec(&exec.id).await?.exit_code;
        Ok((code.unwrap_or_default(), String::from_utf8_lossy(&said).into_owned()))
    }
}

/// The addresses behind the first `Name:`: those before it are the server's, and have its port.
fn addresses_of(output: &str) -> Vec<Ipv4Addr> {
    let answer = output.lines().skip_while(|line| !line.starts_with("Name:"));
    let addresses = answer.filter_map(|line| line.strip_prefix("Address"));
    let mut found: Vec<Ipv4Addr> = addresses
        .filter_map(|line| line.split_whitespace().find_map(|word| word.parse().ok()))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_address_is_not_an_answer() {
        let of = addresses_of;
        let new = "Server:\t\t127.0.0.11\nAddress:\t127.0.0.11:53\n\nNon-authoritative answer:\nName:\tes\nAddress: 172.19.0.5\n\
                   Name:\tes\nAddress: 172.19.0.4\n\nNon-authoritative answer:\n";
        assert_eq!(of(new), [Ipv4Addr::new(172, 19, 0, 4), Ipv4Addr::new(172, 19, 0, 5)]);
        let old = "Server:    127.0.0.11\nAddress 1: 127.0.0.11\n\nName:      es\nAddress 1: 172.18.0.2 es.dev\n";
        assert_eq!(of(old), [Ipv4Addr::new(172, 18, 0, 2)]);
        assert!(of("Server:\t\t127.0.0.11\nAddress:\t127.0.0.11:53\n\n** server can't find es: NXDOMAIN\n").is_empty());
    }
}
