//! `cnm learn` on a Docker Engine that is not ours.

use std::sync::Arc;

use super::dispatch::{NO_BACKEND, complain};
#[cfg(target_os = "linux")]
use super::keeper::Keeper;
use super::on_docker::{interrupted, leave, reach, say, way_is_free};
use super::show::{self, show};
use super::{BackendChoice, Global, learn, on_docker};
use crate::console::own_shell::OwnShells;
use crate::docker_backend::{DockerEngine, Inventory, Names};
use crate::lab::Lab;
use crate::texts::{self, Lang};
use crate::ui::{Kept, LabReady, UiParts};
use crate::workshop::{self, Resume};

/// What the workshop is asked.
pub(super) struct Asked<'a> {
    pub global: &'a Global,
    pub lang: Lang,
    pub lesson: Option<&'a str>,
    pub step: Option<&'a str>,
}

/// The workshop on the Engine that `--backend docker` names.
pub(super) fn learn(asked: &Asked<'_>) -> i32 {
    let host = match &asked.global.backend {
        BackendChoice::Docker(host) => host.as_deref(),
        BackendChoice::Auto | BackendChoice::Builtin => None,
    };
    on_engine(asked, async || reach(host, asked.lang).await)
}

/// The same, in the place of the built-in engine, whose refusal has been told.
pub(super) fn learn_instead(asked: &Asked<'_>) -> i32 {
    on_engine(asked, async || on_docker::instead(asked.lang).await.ok_or(NO_BACKEND))
}

fn on_engine(asked: &Asked<'_>, engine: impl AsyncFnOnce() -> Result<DockerEngine, i32>) -> i32 {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&error.to_string());
            return 1;
        }
    };
    let status = runtime.block_on(async {
        match engine().await {
            Ok(engine) => workshop_on(asked, &engine).await.unwrap_or_else(|status| status),
            Err(status) => status,
        }
    });
    runtime.shutdown_background();
    status
}

async fn workshop_on(asked: &Asked<'_>, engine: &DockerEngine) -> Result<i32, i32> {
    let lang = asked.lang;
    let (mut session, store, notice) = learn::open(lang, asked.lesson, asked.step)?;
    let names = Names::of(session.lesson());
    way_is_free(engine, &names, lang).await?;
    let failed = |error: String| {
        complain(&error);
        NO_BACKEND
    };
    let before = Inventory::take(engine.docker())
        .await
        .map_err(|error| failed(error.to_string()))?;
    session.begin_beside(before.names());
    let shells = OwnShells::prepare(engine.host().to_string()).map_err(|error| failed(error.to_string()))?;
    let shells = Arc::new(shells);
    #[cfg(target_os = "linux")]
    let keeper = Keeper::start(engine).ok();
    #[cfg(target_os = "linux")]
    let guard = keeper.as_ref().and_then(|keeper| keeper.guard().ok());
    #[cfg(not(target_os = "linux"))]
    let guard = None;
    let (lesson, place) = (session.lesson().clone(), store.clone());
    let resume = session.plan_resume().cloned();
    let resumed = resume.as_ref().map(|resume| resume.not_kept.clone());
    let parts = UiParts {
        lab: Box::pin(ready(engine.clone(), names, Arc::clone(&shells), lang, resume)),
        guide: Box::new(Kept::new(session, store)),
        guard,
        notice,
        resumed,
    };
    let ended = show(asked.global, lang, parts).await;
    // For a person who does not wait the keeper goes on.
    tokio::select! {
        () = take_leave(engine, &before, lang) => {}
        status = interrupted() => return Err(status),
    }
    drop(shells);
    #[cfg(target_os = "linux")]
    if let Some(keeper) = keeper {
        keeper.dismiss();
    }
    let shown = ended?;
    show::take_leave(shown, &lesson, &place);
    Ok(i32::from(shown.outcome.status()))
}

/// Removes what is ours, and tells what else came to be there.
async fn take_leave(engine: &DockerEngine, before: &Inventory, lang: Lang) {
    leave(engine, lang).await;
    let Ok(after) = Inventory::take(engine.docker()).await else {
        return;
    };
    let left = after.since(before);
    if !left.is_empty() {
        say(&texts::fill(
            lang,
            "docker.left",
            &[("host", &engine.host().to_string())],
        ));
        left.commands().iter().for_each(|command| say(&format!("  {command}")));
    }
}

/// Brings the images, follows the Engine, and puts it back to where the learner was.
async fn ready(
    engine: DockerEngine,
    names: Names,
    shells: Arc<OwnShells>,
    lang: Lang,
    resume: Option<Resume>,
) -> Result<LabReady, String> {
    let provided = engine.provide(&names.images()).await;
    provided.map_err(|refusal| refusal.explain(lang))?;
    let lab = Lab::connect(engine.backend())
        .await
        .map_err(|error| error.to_string())?;
    if let Some(resume) = resume {
        let replayed = workshop::replay(&resume.goal, &lab).await;
        replayed.map_err(|error| texts::fill(lang, "cli.replay_failed", &[("reason", &error.to_string())]))?;
    }
    Ok(LabReady::on_docker(shells, lab))
}
