//! Taking links away in two halves: detached at once, where everybody sees it and where it can still be taken back;
//! deleted by the reaper once the whole Plan is done.
//!
//! A detached link keeps its name until somebody needs it: a network made again under the same explicit bridge name, a
//! container connected again whose end is `eth1` once more. Then it gets another at once ([`free_name`]), without waiting
//! for its deletion; a change of name costs a grace period, which most that are taken away need not wait for.

use super::error::StepError;
use super::sockets::Sockets;
use crate::engine::netlink::request::{self, LinkRef};
use crate::engine::netlink::{DETACHED, DYING, Link, NetlinkError, Request, Route};
use crate::engine::plan::{Detached, Place};
use crate::engine::reaper::{self, Dying, FarEnd, Kind};

/// What was detached, and what the reaper is to be told.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) links: Vec<Detached>,
    pub(super) dying: Dying,
}

/// Detaches a bridge. `None` where somebody has deleted it by hand: Docker, too, lets its network go then.
pub(super) fn bridge(sockets: &mut Sockets, place: &Place, name: &str) -> Result<Option<Parked>, StepError> {
    let route = sockets.route(place)?;
    let link = match route.link(name) {
        Err(error) if error.is_absent() => return Ok(None),
        other => other?,
    };
    let detached = detach(route, place, &link)?;
    let dying = Dying {
        place: place.clone(),
        index: link.index,
        name: name.to_owned(),
        kind: Kind::Bridge,
        far: None,
    };
    Ok(Some(Parked {
        links: vec![detached],
        dying,
    }))
}

/// Detaches a veth pair; the far end too, where its place is known and goes on living.
///
/// `None` where the pair is gone already: its container's namespace ended.
pub(super) fn veth(
    sockets: &mut Sockets,
    place: &Place,
    name: &str,
    far: Option<&Place>,
) -> Result<Option<Parked>, StepError> {
    let route = sockets.route(place)?;
    let link = match route.link(name) {
        Err(error) if error.is_absent() => return Ok(None),
        other => other?,
    };
    let mut links = vec![detach(route, place, &link)?];
    if let (Some(far), Some(index)) = (far, link.peer) {
        match far_end(sockets, far, index) {
            Ok(detached) => links.extend(detached),
            Err(error) => {
                let cleanup = reattach(sockets, &links);
                if let Err(error) = cleanup {
                    tracing::warn!(%error, link = name, "could not put a half detached link back");
                }
                return Err(error);
            }
        }
    }
    let dying = Dying {
        place: place.clone(),
        index: link.index,
        name: name.to_owned(),
        kind: Kind::Veth,
        far: links.get(1).map(|far| FarEnd {
            place: far.place.clone(),
            name: far.name.clone(),
        }),
    };
    Ok(Some(Parked { links, dying }))
}

/// Takes its name from a detached link, if one has it still.
pub(super) fn free_name(sockets: &mut Sockets, place: &Place, name: &str) -> Result<(), StepError> {
    let route = sockets.route(place)?;
    let link = match route.link(name) {
        Err(error) if error.is_absent() => return Ok(()),
        other => other?,
    };
    if !matches!(link.group, DETACHED | DYING) {
        return Ok(());
    }
    Ok(reaper::free_name(route, link.index, name)?)
}

/// The far end, unless its namespace or the end itself is gone.
fn far_end(sockets: &mut Sockets, place: &Place, index: u32) -> Result<Option<Detached>, StepError> {
    let Ok(route) = sockets.route(place) else {
        return Ok(None);
    };
    match route.link_at(index) {
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error.into()),
        Ok(link) => Ok(Some(detach(route, place, &link)?)),
    }
}

fn detach(route: &mut Route, place: &Place, link: &Link) -> Result<Detached, StepError> {
    let addresses = route.addresses(Some(link.index))?;
    let routes = if link.up {
        route.routes(Some(link.index))?
    } else {
        Vec::new()
    };
    let detached = Detached {
        place: place.clone(),
        index: link.index,
        name: link.name.clone(),
        group: link.group,
        up: link.up,
        master: link.master,
        isolated: link.isolated,
        addresses: addresses.iter().map(|address| address.address).collect(),
        routes: routes
            .iter()
            .filter(|r| !r.by_kernel)
            .map(|r| (r.destination, r.via))
            .collect(),
    };
    let mut requests = vec![request::set_aside(link.index, link.master.is_some(), &link.name)];
    requests.extend(
        detached
            .addresses
            .iter()
            .map(|a| request::delete_address(link.index, *a, &link.name)),
    );
    match first_refusal(route, &requests) {
        Ok(()) => Ok(detached),
        Err(error) => {
            if let Err(error) = put_back(route, &detached) {
                tracing::warn!(%error, link = %detached.name, "could not put a half detached link back");
            }
            Err(error.into())
        }
    }
}

fn first_refusal(route: &mut Route, requests: &[Request]) -> Result<(), NetlinkError> {
    // Removing a subnet's first address takes the others of that subnet with it.
    let fine = |error: &NetlinkError| error.errno == libc::EADDRNOTAVAIL;
    let refused = route
        .batch(requests)?
        .into_iter()
        .filter_map(Result::err)
        .find(|error| !fine(error));
    refused.map_or(Ok(()), Err)
}

/// Puts detached links back as they were, near end first.
pub(super) fn reattach(sockets: &mut Sockets, links: &[Detached]) -> Result<(), StepError> {
    let mut outcome = Ok(());
    for detached in links {
        let one = sockets
            .route(&detached.place)
            .and_then(|route| Ok(put_back(route, detached)?));
        outcome = outcome.and(one);
    }
    outcome
}

fn put_back(route: &mut Route, detached: &Detached) -> Result<(), NetlinkError> {
    let Detached { index, name, .. } = detached;
    let mut requests = Vec::new();
    if route.link_at(*index)?.name != *name {
        // The name was needed meanwhile.
        requests.push(request::set_down(*index, name));
        requests.push(request::rename(*index, name, name));
    }
    requests.extend(
        detached
            .master
            .map(|bridge| request::set_master(LinkRef::Index(*index), Some(bridge), name)),
    );
    requests.extend(detached.isolated.then(|| request::isolate_port(name)));
    requests.extend(
        detached
            .addresses
            .iter()
            .map(|address| request::add_address(*index, *address, name)),
    );
    if detached.up {
        requests.push(request::set_up(name, true));
    }
    requests.extend(
        detached
            .routes
            .iter()
            .map(|(to, via)| request::add_route(*to, *via, Some(*index))),
    );
    requests.push(request::set_group(LinkRef::Index(*index), detached.group, name));
    let there = |error: &NetlinkError| error.errno == libc::EEXIST;
    let refused = route
        .batch(&requests)?
        .into_iter()
        .filter_map(Result::err)
        .find(|error| !there(error));
    refused.map_or(Ok(()), Err)
}
