//! When a container has an embedded resolver (moby `libnetwork/sandbox_dns_unix.go`): from its first endpoint on a
//! user-defined network to its end, also when that endpoint goes before.

use super::spec::is_user_defined;
use super::state::Container;
use crate::engine::plan::Step;

/// The step that opens a container's resolver, where one of its endpoints calls for one and none is open; notes that it is.
///
/// For every plan that puts an endpoint in place: it stands behind the endpoint's own steps and before the process is started.
pub(super) fn open_if_due(container: &mut Container) -> Option<Step> {
    let called_for = container
        .endpoints
        .iter()
        .any(|endpoint| endpoint.live.is_some() && is_user_defined(&endpoint.network));
    if container.resolver || !called_for {
        return None;
    }
    container.resolver = true;
    Some(Step::StartResolver {
        container: container.id.clone(),
    })
}

/// The step that closes it, where it is open; notes that it is closed.
pub(super) fn close(container: &mut Container) -> Option<Step> {
    std::mem::take(&mut container.resolver).then(|| Step::StopResolver {
        container: container.id.clone(),
    })
}
