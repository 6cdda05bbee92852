//! Full id, then exact name, then unique prefix of an id: Docker's order, with its refusals.

use std::ops::Bound;
use std::sync::Arc;

use super::era::Era;
use super::error::CoreError;
use super::link;
use super::state::{Container, Network, State};

impl State {
    /// The container of that id, name or unique id prefix.
    ///
    /// # Errors
    /// None, or several by prefix.
    pub fn container(&self, term: &str) -> Result<&Arc<Container>, CoreError> {
        if term.is_empty() {
            return Err(CoreError::invalid("invalid name or ID supplied: \"\""));
        }
        let name = term.strip_prefix('/').unwrap_or(term);
        if let Some(container) = self.containers.get(term) {
            return Ok(container);
        }
        if let Some(container) = self.containers.values().find(|container| container.name == name) {
            return Ok(container);
        }
        if let Some(container) = link::target(self, name) {
            return Ok(container);
        }
        let mut matches = self
            .containers
            .range::<str, _>((Bound::Included(term), Bound::Unbounded))
            .map(|(_, found)| found);
        let mut next = || matches.next().filter(|container| container.id.starts_with(term));
        match (next(), next()) {
            (Some(container), None) => Ok(container),
            (Some(_), Some(_)) => Err(CoreError::invalid(match self.rules.era {
                Era::E28 => format!("multiple IDs found with provided prefix: {term}"),
                Era::E20_10 => format!("Multiple IDs found with provided prefix: {term}"),
            })),
            (None, _) => Err(CoreError::not_found(format!("No such container: {term}"))),
        }
    }

    /// The network of that id, name or unique id prefix.
    ///
    /// # Errors
    /// None, or several by name or prefix.
    pub fn network(&self, term: &str) -> Result<&Arc<Network>, CoreError> {
        if let Some(network) = self.networks.get(term) {
            return Ok(network);
        }
        let by_name: Vec<_> = self.networks.values().filter(|network| network.name == term).collect();
        let by_prefix: Vec<_> = self
            .networks
            .values()
            .filter(|network| !term.is_empty() && network.id.starts_with(term))
            .collect();
        match (by_name.as_slice(), by_prefix.as_slice()) {
            ([network], _) | ([], [network]) => Ok(network),
            ([], []) => Err(CoreError::not_found(format!("network {term} not found"))),
            ([], several) => Err(ambiguous(term, several.len(), "ID prefix")),
            (several, _) => Err(ambiguous(term, several.len(), "name")),
        }
    }

    /// The same for a container that is to be on it, where Docker says an ambiguous name with fewer words.
    ///
    /// # Errors
    /// As [`Self::network`].
    pub(super) fn attachable(&self, term: &str) -> Result<&Arc<Network>, CoreError> {
        self.network(term).map_err(|mut error| {
            error.message = error.message.replace("found based on name)", "found on name)");
            error
        })
    }
}

fn ambiguous(term: &str, count: usize, by: &str) -> CoreError {
    CoreError::invalid(format!(
        "network {term} is ambiguous ({count} matches found based on {by})"
    ))
}
