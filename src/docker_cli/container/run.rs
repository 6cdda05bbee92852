//! `docker run`.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Method, Response};
use serde_json::Value;

use super::super::attached::{self, End, Wiring, terminal};
use super::super::client::Client;
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::super::{complain, log, say};
use super::create::{self, Request};

/// How long the removal of a container that did not start is waited for.
const REMOVAL: Duration = Duration::from_secs(2);

/// `docker run`.
pub(in crate::docker_cli) async fn run(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let request = Request::read(parsed).map_err(|sentence| refusal(&sentence, 125))?;
    if parsed.on("detach") {
        if parsed.last("attach").is_some() {
            return Err(Failure::said(
                "conflicting options: cannot specify both --attach and --detach",
            ));
        }
    } else {
        terminal::check(request.attach.input, request.tty).map_err(Failure::said)?;
    }
    let container = create::create(client, parsed, &request)
        .await
        .map_err(|error| told(&error))?;
    let signals = match parsed.last("sig-proxy") {
        Some(_) if !parsed.on("sig-proxy") => attached::withhold(),
        _ => attached::proxy(client, &container),
    };
    let _signals = signals.map_err(CallError::from)?;
    if parsed.on("detach") {
        say(&format!("{container}\n"));
        start(client, &container).await.map_err(|error| told(&error.into()))?;
        return Ok(0);
    }
    attend(client, parsed, &request, &container).await
}

/// Attached and waited for before it starts: nothing it prints and no end of it can be missed.
async fn attend(client: &Client, parsed: &Parsed, request: &Request, container: &str) -> Result<i32, Failure> {
    let attach = &request.attach;
    let path = attach_path(container, *attach, parsed.last("detach-keys").unwrap_or_default());
    let stream = client.hijack(&path, None).await?;
    let wait = wait(client, container, parsed.on("rm")).await;
    if let Err(error) = start(client, container).await {
        if let (Ok(ended), true) = (wait, parsed.on("rm")) {
            let _ = tokio::time::timeout(REMOVAL, ended.into_body().collect()).await;
        }
        return Err(told(&error.into()));
    }
    if request.tty && is_terminal() {
        terminal::keep_size(client, &format!("/containers/{container}"));
    }
    let wiring = Wiring {
        tty: request.tty,
        input: attach.input,
        output: attach.output || attach.errors,
        detach_keys: parsed.last("detach-keys").unwrap_or_default().to_owned(),
    };
    match attached::carry(stream, &wiring).await? {
        End::Detached => Ok(0),
        End::Output => Ok(exit_status(wait).await),
    }
}

/// Whether output goes to a terminal.
pub(super) fn is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stdout())
}

/// Which streams are attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::docker_cli) struct Streams {
    /// Standard input.
    pub input: bool,
    /// Standard output.
    pub output: bool,
    /// Standard error.
    pub errors: bool,
}

/// The path that attaches to a container.
pub(super) fn attach_path(container: &str, streams: Streams, detach_keys: &str) -> String {
    use super::super::client::query;
    let set = |on: bool| on.then(|| "1".to_owned());
    let options = query(&[
        ("detachKeys", (!detach_keys.is_empty()).then(|| detach_keys.to_owned())),
        ("stderr", set(streams.errors)),
        ("stdin", set(streams.input)),
        ("stdout", set(streams.output)),
        ("stream", Some("1".to_owned())),
    ]);
    format!("/containers/{container}/attach{options}")
}

/// Asks to be told the container's end; the answer begins at once and ends with it.
pub(super) async fn wait(client: &Client, container: &str, removed: bool) -> Result<Response<Incoming>, CallError> {
    let condition = if removed { "removed" } else { "next-exit" };
    let path = format!("/containers/{container}/wait?condition={condition}");
    client.call(Method::POST, &path, None).await
}

/// Starts a container.
pub(super) async fn start(client: &Client, container: &str) -> Result<(), CallError> {
    client
        .post(&format!("/containers/{container}/start"), None)
        .await
        .map(drop)
}

/// `docker: SENTENCE`, and where help is.
fn refusal(sentence: &str, code: i32) -> Failure {
    Failure::Said(
        format!("docker: {sentence}\n\nRun 'docker run --help' for more information"),
        code,
    )
}

/// A failure to create or start, with the shell's status for it.
fn told(error: &Failure) -> Failure {
    let sentence = error.to_string();
    refusal(&sentence, start_code(&sentence))
}

/// The shell's statuses for a command that is not there (127) or may not be executed (126), told by the engine's words.
fn start_code(sentence: &str) -> i32 {
    let says = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
    if says(&[
        "executable file not found",
        "no such file or directory",
        "system cannot find the file specified",
    ]) {
        127
    } else if says(&["permission denied", "is a directory"]) {
        126
    } else {
        125
    }
}

/// The container's exit status, once it has ended; 125 where it cannot be known, which is said.
pub(super) async fn exit_status(wait: Result<Response<Incoming>, CallError>) -> i32 {
    let answer = async {
        let answer = wait?.into_body().collect().await?.to_bytes();
        Ok::<Value, CallError>(serde_json::from_slice(&answer)?)
    };
    match answer.await {
        Ok(answer) => {
            if let Some(message) = answer["Error"]["Message"].as_str().filter(|text| !text.is_empty()) {
                log("error", &format!("Error waiting for container: {message}"));
                return 125;
            }
            status_code(&answer)
        }
        Err(error) => {
            log("error", &format!("error waiting for container: {error}"));
            125
        }
    }
}

/// `StatusCode` of an answer about an end.
pub(super) fn status_code(answer: &Value) -> i32 {
    answer["StatusCode"]
        .as_i64()
        .and_then(|code| i32::try_from(code).ok())
        .unwrap_or(125)
}

/// Warnings of an answer, on standard error.
pub(super) fn warnings(answer: &Value) {
    for warning in answer["Warnings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        complain(&format!("WARNING: {warning}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_follow_the_engine_s_words() {
        assert_eq!(
            start_code("exec: \"x\": executable file not found in $PATH: unknown"),
            127
        );
        assert_eq!(start_code("exec: \"/etc\": permission denied: unknown"), 126);
        assert_eq!(start_code("network nope not found"), 125);
    }
}
