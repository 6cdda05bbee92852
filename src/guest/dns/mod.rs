//! DNS as the tools of the images ask and show it: each speaks to the name servers itself, so that what it prints is what
//! came over the wire.

pub(crate) mod ask;
pub(crate) mod dig;
pub(crate) mod drill;
pub(crate) mod message;
pub(crate) mod nslookup;
mod text;
