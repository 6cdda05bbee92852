//! `docker run`.

use std::io::{self, Read};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Method, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::client::{Client, encode, query};
use super::failure::{CallError, Failure};
use super::flag::Parsed;
use super::reference::Reference;
use super::stream::Demultiplexer;
use super::{complain, create, say};

/// How long the removal of a container that did not start is waited for.
const REMOVAL: Duration = Duration::from_secs(2);

/// `docker run`.
pub(super) async fn run(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let attached = !parsed.on("detach");
    if attached && parsed.on("tty") {
        return Err(refusal(
            "-t (a pseudo-terminal) is not built yet in cnm's docker: it comes next; without -t, or with the real docker CLI, this works",
            125,
        ));
    }
    let container = create_container(client, parsed).await?;
    if !attached {
        start(client, &container).await?;
        say(&format!("{container}\n"));
        return Ok(0);
    }
    // Attached and waited for before it starts: nothing it prints and no end of it can be missed.
    let path = attach_path(&container, parsed.on("interactive"));
    let stream = client
        .hijack(&path)
        .await
        .map_err(|error| refusal(&error.to_string(), 125))?;
    let condition = if parsed.on("rm") { "removed" } else { "next-exit" };
    let path = format!("/containers/{container}/wait?condition={condition}");
    let ended = client
        .call(Method::POST, &path, None)
        .await
        .map_err(|error| refusal(&error.to_string(), 125))?;
    if let Err(failure) = start(client, &container).await {
        if parsed.on("rm") {
            let _ = tokio::time::timeout(REMOVAL, ended.into_body().collect()).await;
        }
        return Err(failure);
    }
    let proxied = parsed.last("sig-proxy").is_none() || parsed.on("sig-proxy");
    let session = Session {
        client,
        container: &container,
        interactive: parsed.on("interactive"),
        proxied,
    };
    session.carry(TokioIo::new(stream)).await?;
    exit_status(ended).await
}

/// `docker: SENTENCE`, and where help is.
fn refusal(sentence: &str, code: i32) -> Failure {
    Failure::Said(
        format!("docker: {sentence}\n\nRun 'docker run --help' for more information"),
        code,
    )
}

fn attach_path(container: &str, interactive: bool) -> String {
    let stdin = if interactive { "&stdin=1" } else { "" };
    format!("/containers/{container}/attach?stderr=1{stdin}&stdout=1&stream=1")
}

async fn create_container(client: &Client, parsed: &Parsed) -> Result<String, Failure> {
    let body = create::body(parsed).map_err(|sentence| refusal(&sentence, 125))?;
    let image = parsed.operands.first().map(String::as_str).unwrap_or_default();
    let reference = Reference::read(image).map_err(|sentence| refusal(&sentence, 125))?;
    let pull = parsed.last("pull").unwrap_or("missing");
    if !matches!(pull, "always" | "missing" | "never" | "") {
        let sentence = format!("invalid pull option: '{pull}': must be one of \"always\", \"missing\" or \"never\"");
        return Err(refusal(&sentence, 125));
    }
    if let Some(reference) = reference.as_ref().filter(|_| pull == "always") {
        fetch(client, reference).await?;
    }
    let name = parsed.last("name").filter(|name| !name.is_empty()).map(str::to_owned);
    let path = format!("/containers/create{}", query(&[("name", name)]));
    let mut answer = client.post(&path, Some(&body)).await;
    if let (Err(error), Some(reference)) = (&answer, &reference)
        && error.status() == Some(404)
        && pull != "never"
    {
        complain(&format!("Unable to find image '{}' locally", reference.shown()));
        fetch(client, reference).await?;
        answer = client.post(&path, Some(&body)).await;
    }
    let answer = answer.map_err(|error| refusal(&error.to_string(), 125))?;
    let answer: Value = serde_json::from_slice(&answer).map_err(CallError::from)?;
    for warning in answer["Warnings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        complain(&format!("WARNING: {warning}"));
    }
    Ok(answer["Id"].as_str().unwrap_or_default().to_owned())
}

/// Asks the engine to pull an image, and tells its progress.
async fn fetch(client: &Client, reference: &Reference) -> Result<(), Failure> {
    let path = format!(
        "/images/create?fromImage={}&tag={}",
        encode(&reference.canonical),
        encode(reference.tag_or_digest())
    );
    let answer = client
        .post(&path, None)
        .await
        .map_err(|error| refusal(&error.to_string(), 125))?;
    for step in serde_json::Deserializer::from_slice(&answer)
        .into_iter::<Value>()
        .flatten()
    {
        if let Some(error) = step["error"].as_str() {
            return Err(refusal(error, 125));
        }
        if let Some(status) = step["status"].as_str() {
            match step["id"].as_str().filter(|id| !id.is_empty()) {
                Some(id) => complain(&format!("{id}: {status}")),
                None => complain(status),
            }
        }
    }
    Ok(())
}

async fn start(client: &Client, container: &str) -> Result<(), Failure> {
    let result = client.post(&format!("/containers/{container}/start"), None).await;
    result.map(drop).map_err(|error| {
        let sentence = error.to_string();
        let code = start_code(&sentence);
        refusal(&sentence, code)
    })
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

/// The container's exit status, once it has ended.
async fn exit_status(ended: Response<Incoming>) -> Result<i32, Failure> {
    let answer = ended.into_body().collect().await.map_err(CallError::from)?.to_bytes();
    let answer: Value = serde_json::from_slice(&answer).map_err(CallError::from)?;
    if let Some(message) = answer["Error"]["Message"]
        .as_str()
        .filter(|message| !message.is_empty())
    {
        complain(message);
        return Ok(125);
    }
    Ok(answer["StatusCode"]
        .as_i64()
        .and_then(|code| i32::try_from(code).ok())
        .unwrap_or(125))
}

/// An attached container's streams.
struct Session<'a> {
    client: &'a Client,
    container: &'a str,
    interactive: bool,
    proxied: bool,
}

impl Session<'_> {
    /// Carries output, errors, input and signals until the container's output ends.
    async fn carry(&self, stream: TokioIo<hyper::upgrade::Upgraded>) -> Result<(), Failure> {
        let (mut from, mut to) = tokio::io::split(stream);
        let mut input = if self.interactive { Some(read_input()) } else { None };
        let mut signals = Signals::listen(self.proxied).map_err(CallError::from)?;
        let mut demultiplexer = Demultiplexer::default();
        let mut buffer = vec![0; 32 * 1024];
        loop {
            tokio::select! {
                read = from.read(&mut buffer) => {
                    let length = read.map_err(CallError::from)?;
                    if length == 0 {
                        return Ok(());
                    }
                    let written = demultiplexer.feed(&buffer[..length], &mut io::stdout(), &mut io::stderr());
                    match written {
                        // Whoever read our output has gone; the container is still waited for.
                        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                        other => other.map_err(CallError::from)?,
                    }
                }
                bytes = next_input(&mut input) => {
                    let open = match bytes {
                        // The container may have closed its input; what it prints is still of interest.
                        Some(bytes) => to.write_all(&bytes).await.is_ok(),
                        None => to.shutdown().await.is_ok_and(|()| false),
                    };
                    if !open {
                        input = None;
                    }
                }
                number = signals.next() => {
                    let path = format!("/containers/{}/kill?signal={number}", self.container);
                    // It may just have ended.
                    let _ = self.client.post(&path, None).await;
                }
            }
        }
    }
}

type Input = mpsc::Receiver<Vec<u8>>;

/// Standard input, read on a thread of its own: nothing else could interrupt it when the container ends first.
fn read_input() -> Input {
    let (sender, receiver) = mpsc::channel(4);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = io::stdin().lock().read(&mut buffer) {
            if sender.blocking_send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The next piece of input, nothing at its end; waits for ever where there is no input.
async fn next_input(input: &mut Option<Input>) -> Option<Vec<u8>> {
    match input {
        Some(input) => input.recv().await,
        None => std::future::pending().await,
    }
}

/// Signals that are passed on to the container.
struct Signals(Vec<(i32, Signal)>);

impl Signals {
    fn listen(proxied: bool) -> io::Result<Self> {
        let kinds = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
            SignalKind::quit(),
            SignalKind::user_defined1(),
            SignalKind::user_defined2(),
        ];
        let kinds = if proxied { &kinds[..] } else { &[] };
        kinds
            .iter()
            .map(|kind| Ok((kind.as_raw_value(), signal(*kind)?)))
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// The next signal's number.
    async fn next(&mut self) -> i32 {
        std::future::poll_fn(|context| {
            for (number, signal) in &mut self.0 {
                if let std::task::Poll::Ready(Some(())) = signal.poll_recv(context) {
                    return std::task::Poll::Ready(*number);
                }
            }
            std::task::Poll::Pending
        })
        .await
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
