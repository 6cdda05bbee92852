//! Programs that an image may not begin with. They lie ready in a folder of the image, and its package manager, which has
//! no network here, links them into place.

use super::http::{curl, elasticsearch};
use super::{Applet, dns, packages, ping, shell};

/// The folder.
pub(crate) const FOLDER: &str = "/usr/libexec/lab";

/// Applets beside busybox's.
pub(crate) const TABLE: &[Applet] = &[
    Applet::new("/sbin/apk", packages::apk::USAGE, packages::apk::main),
    Applet::new("/usr/bin/bash", shell::USAGE, shell::main),
    Applet::new("/usr/bin/curl", "", curl::main),
    Applet::new("/usr/bin/dig", "", dns::dig::main),
    Applet::new("/usr/bin/drill", dns::drill::USAGE, dns::drill::main),
    Applet::new("/usr/share/elasticsearch/bin/elasticsearch", "", elasticsearch::main),
    Applet::new("/usr/bin/ping.iputils", "", ping::iputils::main),
    Applet::new("/usr/bin/yum", "", packages::yum::main),
];
