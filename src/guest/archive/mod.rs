//! Files packed together and made smaller: `tar` and `gzip`.

pub mod gzip;
pub mod tar;
