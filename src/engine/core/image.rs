//! Images: what they are called, and who may still need them.

pub(super) mod removal;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::CoreError;
use super::event::Event;
use super::reference::Reference;
use super::request::{Decision, Reply};
use super::state::{Container, State, short_id};
use super::{Context, Era};
use crate::engine::plan::Step;

/// An image, as far as the state machine cares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageRecord {
    /// `sha256:` and 64 hexadecimal characters.
    pub id: String,
    /// `alpine:latest`, …, as lists show them.
    pub tags: Vec<String>,
    /// Names it answers to as well.
    pub aliases: Vec<String>,
    /// Nanoseconds since the Unix epoch.
    pub created: i64,
    /// Last time it was tagged, nanoseconds since the Unix epoch.
    pub tagged: Option<i64>,
    /// Bytes.
    pub size: i64,
    /// Bytes that keeping it takes, where it is not shared by all labs.
    pub stored: u64,
    /// Where it comes from, in words.
    pub comment: String,
    /// Digests of its layers.
    pub layers: Vec<String>,
    /// The name under which its root file system is kept.
    pub store: String,
    /// Made by a person in this lab, and so gone for good once removed.
    pub imported: bool,
    /// Default command.
    pub cmd: Vec<String>,
    /// Default entry point.
    pub entrypoint: Vec<String>,
    /// Default environment.
    pub env: Vec<String>,
    /// Default working directory, empty for `/`.
    pub workdir: String,
    /// Default user, empty for root.
    pub user: String,
    /// `80/tcp`, …
    pub exposed_ports: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

impl ImageRecord {
    fn answers_to(&self, name: &str) -> bool {
        self.tags.iter().chain(&self.aliases).any(|tag| tag == name)
    }

    fn hex(&self) -> &str {
        self.id.trim_start_matches("sha256:")
    }

    fn short(&self) -> &str {
        short_id(self.hex())
    }
}

/// One line of the answer to a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageRemoval {
    /// A name that is gone.
    Untagged(String),
    /// An image or a layer that is gone.
    Deleted(String),
}

impl State {
    /// The image of a reference (`alpine`, `docker.io/library/alpine:latest`), an id or the beginning of exactly one.
    ///
    /// # Errors
    /// The reference is none, or there is no such image.
    pub fn image(&self, reference: &str) -> Result<&ImageRecord, CoreError> {
        let digest = reference.strip_prefix("sha256:").unwrap_or(reference);
        let is_hex = !digest.is_empty() && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let whole = |image: &&ImageRecord| image.hex() == digest;
        if is_hex && let Some(found) = self.images.iter().find(whole) {
            return Ok(found);
        }
        let not_there = |name: String| CoreError::not_found(format!("No such image: {name}"));
        let name = match Reference::parse(reference, self.rules) {
            _ if reference.starts_with("sha256:") => reference.to_owned(),
            Ok(name) => name.tagged(),
            Err(_) if is_hex && digest.len() == 64 => format!("sha256:{digest}"),
            Err(words) => return Err(CoreError::invalid(words)),
        };
        if let Some(found) = self.images.iter().find(|image| image.answers_to(&name)) {
            return Ok(found);
        }
        let mut by_prefix = self
            .images
            .iter()
            .filter(|image| is_hex && image.hex().starts_with(digest));
        match (by_prefix.next(), by_prefix.next()) {
            (Some(found), None) => Ok(found),
            _ => Err(not_there(name)),
        }
    }

    /// Containers made from an image.
    fn using<'a>(&'a self, image: &'a str) -> impl Iterator<Item = &'a Arc<Container>> {
        self.containers
            .values()
            .filter(move |container| container.image_id == image)
    }

    fn replace_image(&mut self, id: &str, change: impl FnOnce(&mut ImageRecord)) {
        let mut images = self.images.to_vec();
        if let Some(image) = images.iter_mut().find(|image| image.id == id) {
            change(image);
        }
        self.images = images.into();
    }

    /// What holds a name gives it up; an imported image without one stays, as `<none>`.
    fn free_name(&mut self, name: &str) {
        let holder = self.images.iter().find(|image| image.answers_to(name));
        if let Some(id) = holder.map(|image| image.id.clone()) {
            self.replace_image(&id, |image| {
                image.tags.retain(|tag| tag != name);
                image.aliases.retain(|tag| tag != name);
            });
        }
    }

    /// What the imported images and those that removed ones left to their containers take together, bytes.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.stores.values().sum()
    }

    /// A root file system that was kept and that neither an image nor a container needs any more: it is not kept any longer.
    pub(super) fn dropped_store(&mut self, store: &str) -> Option<Step> {
        let needed = self.images.iter().any(|image| image.store == store)
            || self.containers.values().any(|container| container.image_store == store)
            || self.built_in.iter().any(|image| image.store == store);
        if needed {
            return None;
        }
        self.stores.remove(store);
        Some(Step::DropImage {
            image: store.to_owned(),
        })
    }
}

/// The image's own event, with its labels. `None` for the name means no attributes but that one.
fn event(at: i64, image: &ImageRecord, action: &str, name: &str) -> Event {
    let labels = if action == "delete" {
        BTreeMap::new()
    } else {
        image.labels.clone()
    };
    Event::image(at, &image.id, action, labels, name)
}

/// An unpacked archive becomes an image.
pub(super) fn import(state: &State, record: &ImageRecord, context: &mut Context<'_>) -> Decision {
    let mut next = state.clone();
    let mut events = Vec::new();
    for name in &record.tags {
        next.free_name(name);
        context.now += 1;
        events.push(event(context.now, record, "tag", name));
    }
    context.now += 1;
    events.push(event(context.now, record, "import", &record.id));
    let mut record = record.clone();
    record.tagged = (!record.tags.is_empty()).then_some(context.now);
    let id = record.id.clone();
    next.stores.insert(record.store.as_str().into(), record.stored);
    next.images = state_images(&next, record);
    let warnings = Vec::new();
    Decision::without_plan(next, events, Reply::Created { id, warnings })
}

fn state_images(state: &State, record: ImageRecord) -> Arc<[ImageRecord]> {
    let mut images = state.images.to_vec();
    images.push(record);
    images.into()
}

/// `POST /images/{name}/tag`.
pub(super) fn tag(
    state: &State,
    source: &str,
    target: &Reference,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    let found = state.image(source)?.clone();
    let name = target.tagged();
    let mut next = state.clone();
    let mine = state
        .images
        .iter()
        .any(|image| image.id == found.id && image.tags.contains(&name));
    if !mine {
        next.free_name(&name);
    }
    let now = context.now;
    next.replace_image(&found.id, |image| {
        if !mine {
            image.tags.push(name.clone());
            image.tags.sort_unstable();
        }
        image.tagged = Some(now);
    });
    let events = vec![event(now, &found, "tag", &name)];
    Ok(Decision::without_plan(next, events, Reply::Done))
}

/// A built-in image that was removed comes back by its name: whether the name is one of them.
pub(super) fn restore(state: &State, wanted: &Reference, context: &mut Context<'_>) -> Result<Decision, CoreError> {
    let name = wanted.tagged();
    let built_in = state.built_in.iter().find(|image| image.answers_to(&name));
    let Some(original) = built_in else {
        let own: Vec<&str> = state
            .built_in
            .iter()
            .flat_map(|image| &image.tags)
            .map(String::as_str)
            .collect();
        return Err(CoreError::internal(format!(
            "this engine has no registry to pull {name} from; the images it has built in: {}",
            own.join(", ")
        )));
    };
    let holder = state.images.iter().find(|image| image.answers_to(&name));
    if holder.is_some_and(|image| image.id == original.id) {
        return Ok(Decision::without_plan(state.clone(), Vec::new(), Reply::Unchanged));
    }
    let mut next = state.clone();
    next.free_name(&name);
    if next.images.iter().any(|image| image.id == original.id) {
        next.replace_image(&original.id, |image| image.tags.push(name.clone()));
    } else {
        let record = ImageRecord {
            tags: vec![name.clone()],
            ..original.clone()
        };
        next.images = state_images(&next, record);
    }
    let events = vec![event(context.now, original, "pull", &name)];
    Ok(Decision::without_plan(next, events, Reply::Done))
}

/// Docker's answer to a request for an image that is not there, which 20.10 wraps where the image was to be inspected.
#[must_use]
pub fn inspect_refusal(error: CoreError, term: &str, era: Era) -> CoreError {
    match era {
        Era::E28 => error,
        Era::E20_10 => CoreError {
            message: format!("no such image: {term}: {}", error.message),
            ..error
        },
    }
}
