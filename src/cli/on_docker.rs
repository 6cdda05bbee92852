//! What the commands on a Docker Engine share: reaching it, making sure that the lesson's names are free, and leaving it as it was.

use std::io::{self, Write};

use super::dispatch::{NO_BACKEND, complain, variable};
use crate::docker_backend::{DockerEngine, Host, Names, Refusal, Stays};
use crate::texts::{self, Lang};

/// The Engine that was named, else that of the environment; or the status to end with, its reason told.
pub(super) async fn reach(host: Option<&str>, lang: Lang) -> Result<DockerEngine, i32> {
    find(host).await.map_err(|refusal| refused(&refusal, lang))
}

/// The Engine that takes the built-in one's place, whose own refusal has been told; said, or its refusal told too.
pub(super) async fn instead(lang: Lang) -> Option<DockerEngine> {
    let engine = reach(None, lang).await.ok()?;
    complain(&texts::fill(
        lang,
        "docker.instead",
        &[("host", &engine.host().to_string())],
    ));
    Some(engine)
}

async fn find(host: Option<&str>) -> Result<DockerEngine, Refusal> {
    DockerEngine::reach(Host::choose(host, variable)?).await
}

fn refused(refusal: &Refusal, lang: Lang) -> i32 {
    complain(&refusal.explain(lang));
    NO_BACKEND
}

/// Nothing there may have a name of the lesson; or the status to end with, what stands in the way told.
pub(super) async fn way_is_free(engine: &DockerEngine, names: &Names, lang: Lang) -> Result<(), i32> {
    let standing = engine.in_the_way(names).await.map_err(|error| {
        complain(&error.to_string());
        NO_BACKEND
    })?;
    standing.map_or(Ok(()), |standing| {
        standing.explain(engine, lang).iter().for_each(|line| complain(line));
        Err(NO_BACKEND)
    })
}

/// The images that the lesson needs; or the status to end with. What was pulled stays, and is told.
pub(super) async fn provide(engine: &DockerEngine, names: &Names, lang: Lang) -> Result<(), i32> {
    let pulled = engine
        .provide(&names.images())
        .await
        .map_err(|refusal| refused(&refusal, lang))?;
    if !pulled.is_empty() {
        complain(&texts::fill(lang, "docker.pulled", &[("images", &pulled.join(" "))]));
    }
    Ok(())
}

/// Takes away everything that this run made; what could not be is told.
pub(super) async fn leave(engine: &DockerEngine, lang: Lang) {
    match engine.leave().await {
        Ok(staying) => staying.iter().for_each(|thing| complain(&stays(thing, lang))),
        Err(error) => complain(&texts::fill(lang, "docker.not_left", &[("reason", &error.to_string())])),
    }
}

/// One thing of ours that could not be removed, with the Engine's reason.
pub(super) fn stays(thing: &Stays, lang: Lang) -> String {
    let values = [
        ("thing", &*thing.kind.named(&thing.name, lang)),
        ("reason", &*thing.reason),
    ];
    texts::fill(lang, "docker.stays", &values)
}

/// Resolves at the first signal that ends a program.
pub(super) async fn interrupted() -> i32 {
    use tokio::signal::unix::{SignalKind, signal};
    let ends = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let waits = ends.into_iter().filter_map(|kind| {
        let mut signal = signal(kind).ok()?;
        Some(Box::pin(async move {
            signal.recv().await;
            128 + kind.as_raw_value()
        }))
    });
    futures_util::future::select_all(waits).await.0
}

/// One line on standard output.
pub(super) fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
