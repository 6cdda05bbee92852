//! Carrying out an [`Undo`].

use super::detach;
use super::error::StepError;
use super::sockets::Sockets;
use crate::engine::netlink::NetlinkError;
use crate::engine::netlink::request::{self, LinkRef};
use crate::engine::plan::{Place, Undo};
use crate::engine::sandbox::SandboxError;

/// Takes one step back. What is gone already needs nothing.
pub(super) fn apply(sockets: &mut Sockets, undo: &Undo) -> Result<(), StepError> {
    match undo {
        Undo::Nothing => Ok(()),
        Undo::DeleteLink { place, name } => {
            let request = request::delete(LinkRef::Name(name), name);
            unless_absent(sockets.route(place)?.execute(&request))
        }
        Undo::SetUp { place, link, up } => unless_absent(sockets.route(place)?.execute(&request::set_up(link, *up))),
        Undo::DeleteAddress { place, link, address } => {
            let route = sockets.route(place)?;
            let removed = route
                .index(link)
                .and_then(|index| route.execute(&request::delete_address(index, *address, link)));
            unless_absent(removed)
        }
        Undo::DeleteRoute {
            place,
            destination,
            via,
        } => unless_absent(
            sockets
                .route(place)?
                .execute(&request::delete_route(*destination, Some(*via))),
        ),
        Undo::ReplaceRoute {
            place,
            destination,
            via,
        } => Ok(sockets
            .route(place)?
            .execute(&request::replace_route(*destination, *via))?),
        Undo::EditFile { container, path, edit } => match sockets.places.edit_file(container, path, edit) {
            Ok(_) | Err(SandboxError::Unknown(_)) => Ok(()),
            Err(error) => Err(error.into()),
        },
        Undo::SetSysctl { place, key, value } => sockets.sysctl(place, key, value).map(|_| ()),
        Undo::DeleteNft { place, objects } => {
            sockets.nft(place)?.delete(objects)?;
            Ok(())
        }
        Undo::RestoreNft { place, deletion } => Ok(sockets.nft(place)?.restore(deletion)?),
        Undo::Reattach(links) => detach::reattach(sockets, links),
        Undo::StartResolver { container } => sockets.open_resolver(container),
        Undo::StopResolver { container } => {
            sockets.close_resolver(container);
            Ok(())
        }
        Undo::StopUpstream => {
            sockets.close_upstream();
            Ok(())
        }
        Undo::EndSandbox { container } => {
            sockets.forget(&Place::Container(container.clone()));
            match sockets.places.end(container) {
                // Taking back the start has ended it already.
                Err(SandboxError::Unknown(_)) => Ok(()),
                other => Ok(other?),
            }
        }
    }
}

fn unless_absent(outcome: Result<(), NetlinkError>) -> Result<(), StepError> {
    match outcome {
        Err(error) if error.is_absent() => Ok(()),
        other => Ok(other?),
    }
}
