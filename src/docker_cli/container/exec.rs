//! `docker exec`.

use serde_json::{Value, json};

use super::super::attached::{self, End, Wiring, terminal};
use super::super::client::{Client, encode};
use super::super::failure::Failure;
use super::super::flag::Parsed;
use super::create::environment;
use super::run::is_terminal;

/// `docker exec`.
pub(in crate::docker_cli) async fn run(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let (name, command) = parsed.operands.split_first().unwrap_or((const { &String::new() }, &[]));
    let (detached, tty) = (parsed.on("detach"), parsed.on("tty"));
    let input = !detached && parsed.on("interactive");
    let environment = environment(parsed).map_err(Failure::said)?;
    // Asked first, as Docker's CLI does: a container that is not there matters more than a terminal that is not.
    client.get_json(&format!("/containers/{}/json", encode(name))).await?;
    if !detached {
        terminal::check(input, tty).map_err(Failure::said)?;
    }
    let size = if tty { json!(console_size()) } else { Value::Null };
    let mut body = json!({
        "User": parsed.last("user").unwrap_or_default(),
        "Privileged": parsed.on("privileged"),
        "Tty": tty,
        "AttachStdin": input,
        "AttachStderr": !detached,
        "AttachStdout": !detached,
        "Detach": detached,
        "DetachKeys": parsed.last("detach-keys").unwrap_or_default(),
        "Env": if environment.is_empty() { Value::Null } else { json!(environment) },
        "WorkingDir": parsed.last("workdir").unwrap_or_default(),
        "Cmd": command,
    });
    if tty {
        body["ConsoleSize"] = size.clone();
    }
    let answer = client
        .post_json(&format!("/containers/{}/exec", encode(name)), Some(&body))
        .await?;
    let Some(id) = answer["Id"].as_str().filter(|id| !id.is_empty()) else {
        return Err(Failure::said("exec ID empty"));
    };
    let mut start = json!({ "Detach": detached, "Tty": tty });
    if tty {
        start["ConsoleSize"] = size;
    }
    if detached {
        client.post(&format!("/exec/{id}/start"), Some(&start)).await?;
        return Ok(0);
    }
    let wiring = Wiring {
        tty,
        input,
        output: true,
        detach_keys: parsed.last("detach-keys").unwrap_or_default().to_owned(),
    };
    attend(client, id, &start, &wiring).await
}

async fn attend(client: &Client, id: &str, start: &Value, wiring: &Wiring) -> Result<i32, Failure> {
    let stream = client.hijack(&format!("/exec/{id}/start"), Some(start)).await?;
    if wiring.tty && is_terminal() {
        terminal::keep_size(client, &format!("/exec/{id}"));
    }
    if attached::carry(stream, wiring).await? == End::Detached {
        return Err(Failure::said("read escape sequence"));
    }
    let ended = client.get_json(&format!("/exec/{id}/json")).await?;
    let status = ended["ExitCode"].as_i64().and_then(|code| i32::try_from(code).ok());
    Ok(status.unwrap_or(0))
}

/// Rows and columns, as the API has them.
fn console_size() -> [u16; 2] {
    let (rows, columns) = terminal::size();
    [rows, columns]
}
