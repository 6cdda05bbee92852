//! What `apk` and `yum` have here: programs that lie on the image's shelf, and nothing that a network would have to bring.

pub(crate) mod apk;
mod shelf;
pub(crate) mod yum;
