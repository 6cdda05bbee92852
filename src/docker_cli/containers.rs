//! `docker rm`, `stop` and `kill`.

use super::client::{Client, encode, query};
use super::failure::{CallError, Failure};
use super::flag::Parsed;
use super::{complain, say};

/// `docker rm`.
pub(super) async fn remove(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let set = |flag: &str| parsed.on(flag).then(|| "1".to_owned());
    let options = query(&[("force", set("force")), ("link", set("link")), ("v", set("volumes"))]);
    let mut failed = false;
    for name in &parsed.operands {
        let bare = name.trim_matches('/');
        if bare.is_empty() {
            complain("container name cannot be empty");
            failed = true;
            continue;
        }
        let result = client.delete(&format!("/containers/{}{options}", encode(bare))).await;
        // With --force a container that does not exist is told, and is no failure.
        failed |= !tell(name, result.map(drop), parsed.on("force"));
    }
    Ok(i32::from(failed))
}

/// `docker stop`.
pub(super) async fn stop(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let text = |flag: &str| parsed.last(flag).map(str::to_owned);
    let options = query(&[("signal", text("signal")), ("t", text("timeout"))]);
    post_each(client, parsed, &format!("stop{options}")).await
}

/// `docker kill`.
pub(super) async fn kill(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let options = query(&[("signal", parsed.last("signal").map(str::to_owned))]);
    post_each(client, parsed, &format!("kill{options}")).await
}

async fn post_each(client: &Client, parsed: &Parsed, action: &str) -> Result<i32, Failure> {
    let mut failed = false;
    for name in &parsed.operands {
        let result = client
            .post(&format!("/containers/{}/{action}", encode(name)), None)
            .await;
        failed |= !tell(name, result.map(drop), false);
    }
    Ok(i32::from(failed))
}

/// Prints the name or the error; whether that counts as success.
fn tell(name: &str, result: Result<(), CallError>, missing_is_fine: bool) -> bool {
    match result {
        Ok(()) => {
            say(&format!("{name}\n"));
            true
        }
        Err(error) => {
            complain(&error.to_string());
            missing_is_fine && error.status() == Some(404)
        }
    }
}
