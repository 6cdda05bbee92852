//! HTTP/1.1 as the tools of the images speak it, and the services that answer.

mod base64;
pub(crate) mod curl;
pub(crate) mod elasticsearch;
mod exchange;
pub(crate) mod httpd;
mod url;
pub(crate) mod wget;
