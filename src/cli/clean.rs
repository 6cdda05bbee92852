//! `cnm clean`: what is ours on a Docker Engine, listed and removed.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use super::dispatch::{NO_BACKEND, USAGE, complain, runtime};
use super::on_docker::{reach, say, stays};
use super::{BackendChoice, Global};
use crate::console::own_shell;
use crate::docker_backend::{DockerEngine, Ours, Whose};
use crate::paths;
use crate::texts::{self, Lang};

/// Something of ours could not be removed, or nobody said yes.
const LEFT: i32 = 1;

/// `cnm clean`.
pub(super) fn clean(global: &Global, lang: Lang, yes: bool) -> i32 {
    let folder = paths::own_folder(|name| std::env::var_os(name), paths::user_id());
    own_shell::sweep(Path::new(&folder));
    let host = match &global.backend {
        BackendChoice::Docker(host) => host.as_deref(),
        BackendChoice::Auto | BackendChoice::Builtin => None,
    };
    let Some(runtime) = runtime() else { return 1 };
    runtime.block_on(async {
        match reach(host, lang).await {
            Ok(engine) => cleaned(&engine, lang, yes).await,
            Err(status) => status,
        }
    })
}

async fn cleaned(engine: &DockerEngine, lang: Lang, yes: bool) -> i32 {
    let host = engine.host().to_string();
    let ours = match Ours::find(engine.docker(), Whose::Anyones).await {
        Ok(ours) => ours,
        Err(error) => {
            complain(&error.to_string());
            return NO_BACKEND;
        }
    };
    if ours.is_empty() {
        say(&texts::fill(lang, "docker.clean_nothing", &[("host", &host)]));
        return 0;
    }
    say(&texts::fill(lang, "docker.clean_list", &[("host", &host)]));
    ours.names()
        .for_each(|(kind, name)| say(&format!("  {}", kind.named(name, lang))));
    if !yes {
        if !io::stdin().is_terminal() {
            complain(texts::get(lang, "docker.clean_yes"));
            return USAGE;
        }
        if !says_yes(lang) {
            say(texts::get(lang, "docker.clean_kept"));
            return LEFT;
        }
    }
    let staying = ours.remove(engine.docker()).await;
    for thing in &staying {
        complain(&stays(thing, lang));
    }
    if staying.is_empty() {
        say(texts::get(lang, "docker.clean_done"));
        return 0;
    }
    LEFT
}

fn says_yes(lang: Lang) -> bool {
    let mut out = io::stdout();
    let _ = write!(out, "{} ", texts::get(lang, "docker.clean_ask"));
    let _ = out.flush();
    let mut answer = String::new();
    let heard = io::stdin().lock().read_line(&mut answer);
    heard.is_ok() && ["y", "yes", "o", "oui"].contains(&answer.trim().to_lowercase().as_str())
}
