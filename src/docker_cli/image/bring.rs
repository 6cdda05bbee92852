//! `docker import`: an archive of a root file system becomes an image.

use std::fs::File;
use std::io::{self, Read};

use hyper::body::Bytes;
use tokio::sync::mpsc;

use super::super::client::{Client, query};
use super::super::failure::{CallError, Failure};
use super::super::flag::Parsed;
use super::super::say;
use super::pull::display;
use super::reference::Reference;

/// How much of the archive is read at once, and how many such pieces wait to be sent.
const PIECE: usize = 64 * 1024;
const WAITING: usize = 8;

/// `docker import`.
pub(in crate::docker_cli) async fn import(client: &Client, parsed: &Parsed) -> Result<i32, Failure> {
    let source = parsed.operands.first().map(String::as_str).unwrap_or_default();
    let name = parsed.operands.get(1).map(String::as_str).unwrap_or_default();
    let remote = source.starts_with("http://") || source.starts_with("https://");
    let archive: Box<dyn Read + Send> = match source {
        "-" => Box::new(io::stdin()),
        _ if remote => Box::new(io::empty()),
        path => Box::new(File::open(path).map_err(|error| Failure::said(go_open(path, &error)))?),
    };
    if !name.is_empty() {
        Reference::read(name).map_err(Failure::said)?;
    }
    let changes = parsed.all("change").map(|change| ("changes", Some(change.to_owned())));
    let mut options: Vec<(&str, Option<String>)> = changes.collect();
    let text = |flag: &str| parsed.last(flag).filter(|text| !text.is_empty()).map(str::to_owned);
    options.extend([
        ("fromSrc", Some(if remote { source } else { "-" }.to_owned())),
        ("message", text("message")),
        ("platform", text("platform").map(|platform| platform.to_lowercase())),
        ("repo", (!name.is_empty()).then(|| name.to_owned())),
    ]);
    let progress = client
        .upload(&format!("/images/create{}", query(&options)), pieces(archive))
        .await?;
    display(progress, |line| say(&format!("{line}\n"))).await?;
    Ok(0)
}

/// What Go says of a file that cannot be opened.
fn go_open(path: &str, error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => CallError::words(error),
    };
    format!("open {path}: {reason}")
}

/// Reads on a thread of its own; a reader that fails ends the upload with its error.
fn pieces(mut archive: Box<dyn Read + Send>) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        let mut buffer = vec![0; PIECE];
        loop {
            let piece = match archive.read(&mut buffer) {
                Ok(0) => return,
                Ok(length) => Ok(Bytes::copy_from_slice(&buffer[..length])),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let failed = piece.is_err();
            if sender.blocking_send(piece).is_err() || failed {
                return;
            }
        }
    });
    receiver
}
