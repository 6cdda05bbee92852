//! Images taken away: by name, by id, by prune (moby, `daemon/images/image_delete.go`).

use super::super::Context;
use super::super::error::{CoreError, Status};
use super::super::event::{Event, Subject};
use super::super::reference::Reference;
use super::super::request::{Decision, Reply};
use super::super::spec::PruneSpec;
use super::super::state::{State, short_id};
use super::{ImageRecord, ImageRemoval, event};
use crate::engine::plan::{Plan, Step};

/// A removal in the making (moby, `daemon/images/image_delete.go`).
struct Removing<'a> {
    next: State,
    events: Vec<Event>,
    removed: Vec<ImageRemoval>,
    reclaimed: i64,
    steps: Vec<Step>,
    context: &'a mut i64,
}

/// `DELETE /images/{name}`.
pub(in super::super) fn remove(
    state: &State,
    term: &str,
    force: bool,
    context: &mut Context<'_>,
) -> Result<Decision, CoreError> {
    let mut removing = Removing::new(state, &mut context.now);
    removing.remove(term, force)?;
    Ok(removing.decision(format!("rmi {term}")))
}

/// `POST /images/prune`: each image that a plain removal would take; with `all`, those with names too.
pub(in super::super) fn prune(state: &State, which: &PruneSpec, all: bool, context: &mut Context<'_>) -> Decision {
    let mut removing = Removing::new(state, &mut context.now);
    for image in state.images.iter() {
        let wanted = (all || image.tags.is_empty())
            && which.takes(image.created, &image.labels)
            && state.using(&image.id).next().is_none();
        if wanted {
            let names = if image.tags.is_empty() {
                vec![image.hex().to_owned()]
            } else {
                image.tags.clone()
            };
            for name in names {
                // What cannot be removed stays: a prune is no removal by force.
                let _ = removing.remove(&name, false);
            }
        }
    }
    let at = removing.tick();
    removing
        .events
        .push(Event::pruned(at, Subject::Image, removing.reclaimed));
    removing.decision("image prune".into())
}

impl<'a> Removing<'a> {
    fn new(state: &State, context: &'a mut i64) -> Self {
        Self {
            next: state.clone(),
            events: Vec::new(),
            removed: Vec::new(),
            reclaimed: 0,
            steps: Vec::new(),
            context,
        }
    }

    fn tick(&mut self) -> i64 {
        *self.context += 1;
        *self.context
    }

    fn remove(&mut self, term: &str, force: bool) -> Result<(), CoreError> {
        let image = self.next.image(term)?.clone();
        let digest = term.strip_prefix("sha256:").unwrap_or(term);
        let by_id = image.hex().starts_with(digest);
        if by_id {
            if image.tags.len() <= 1 {
                self.check(&image, force, true)?;
                for name in &image.tags {
                    self.untag(&image, name);
                }
            }
            return self.delete(&image, force);
        }
        let name = Reference::parse(term, self.next.rules)
            .map_err(CoreError::invalid)?
            .tagged();
        if !force && image.tags.len() <= 1 && image.tags.contains(&name) {
            self.check_last_name(&image, term)?;
        }
        self.untag(&image, &name);
        let left = self.next.image(&image.id)?.clone();
        if !left.tags.is_empty() {
            return Ok(());
        }
        // The name is gone whatever becomes of the image.
        let _ = self.delete(&left, force);
        Ok(())
    }

    fn check_last_name(&self, image: &ImageRecord, term: &str) -> Result<(), CoreError> {
        let Some(user) = self.next.using(&image.id).next() else {
            return Ok(());
        };
        Err(CoreError::conflict(format!(
            "conflict: unable to remove repository reference \"{term}\" (must force) - container {} is using its referenced \
             image {}",
            short_id(&user.id),
            image.short()
        )))
    }

    /// `by_id`: the one name it has is no obstacle, it goes too.
    fn check(&self, image: &ImageRecord, force: bool, by_id: bool) -> Result<(), CoreError> {
        let refused = |how: &str, why: String| {
            let text = format!(
                "conflict: unable to delete {} ({how} be forced) - image is {why}",
                image.short()
            );
            Err(CoreError::new(Status::Conflict, text))
        };
        if let Some(user) = self.next.using(&image.id).find(|container| container.is_running()) {
            return refused(
                "cannot",
                format!("being used by running container {}", short_id(&user.id)),
            );
        }
        if force {
            return Ok(());
        }
        if !by_id && !image.tags.is_empty() {
            return refused("must", "referenced in multiple repositories".into());
        }
        match self.next.using(&image.id).next() {
            Some(user) => refused(
                "must",
                format!("being used by stopped container {}", short_id(&user.id)),
            ),
            None => Ok(()),
        }
    }

    fn untag(&mut self, image: &ImageRecord, name: &str) {
        self.next.free_name(name);
        self.removed.push(ImageRemoval::Untagged(name.to_owned()));
        let at = self.tick();
        self.events.push(event(at, image, "untag", &image.id));
    }

    fn delete(&mut self, image: &ImageRecord, force: bool) -> Result<(), CoreError> {
        let current = self.next.image(&image.id)?.clone();
        self.check(&current, force, false)?;
        for name in &current.tags {
            self.untag(&current, name);
        }
        let images: Vec<ImageRecord> = self
            .next
            .images
            .iter()
            .filter(|other| other.id != image.id)
            .cloned()
            .collect();
        self.next.images = images.into();
        self.removed.push(ImageRemoval::Deleted(image.id.clone()));
        let at = self.tick();
        self.events.push(event(at, image, "delete", &image.id));
        if self.next.using(&image.id).next().is_none() {
            for layer in &image.layers {
                if !self.next.images.iter().any(|other| other.layers.contains(layer)) {
                    self.removed.push(ImageRemoval::Deleted(layer.clone()));
                    self.reclaimed += image.size;
                }
            }
        }
        self.steps.extend(self.next.dropped_store(&image.store));
        Ok(())
    }

    fn decision(self, title: String) -> Decision {
        Decision {
            next: self.next,
            plan: Plan {
                title,
                steps: self.steps,
            },
            signal: None,
            events: self.events,
            reply: Reply::Images {
                removed: self.removed,
                reclaimed: self.reclaimed,
            },
        }
    }
}
