//! What the kernel refused, in its own words.

use std::fmt;
use std::io;

/// A netlink request that failed.
///
/// Reads `create bridge br-x: File exists (kernel: …)`.
#[derive(Debug)]
pub struct NetlinkError {
    /// What was asked: `create bridge`.
    pub op: &'static str,
    /// Of what: `br-x`.
    pub subject: String,
    /// Positive errno, 0 where the answer could not be understood.
    pub errno: i32,
    /// The kernel's own sentence (`NLMSGERR_ATTR_MSG`), where it gave one.
    pub kernel: Option<String>,
    /// Byte offset, from the start of the request, of the attribute it objected to (`NLMSGERR_ATTR_OFFS`).
    pub offset: Option<u32>,
    /// Type number of that attribute, where the offset falls on one.
    pub attribute: Option<u16>,
    source: io::Error,
}

impl NetlinkError {
    /// An error of errno `errno` without the kernel's words.
    #[must_use]
    pub fn new(op: &'static str, subject: impl Into<String>, errno: i32) -> Self {
        Self {
            op,
            subject: subject.into(),
            errno,
            kernel: None,
            offset: None,
            attribute: None,
            source: io::Error::from_raw_os_error(errno),
        }
    }

    /// The socket itself failed.
    #[must_use]
    pub fn io(op: &'static str, subject: impl Into<String>, source: io::Error) -> Self {
        let errno = source.raw_os_error().unwrap_or(0);
        Self {
            source,
            ..Self::new(op, subject, errno)
        }
    }

    /// The kernel's answer does not have the shape its headers promise.
    #[must_use]
    pub fn malformed(op: &'static str, subject: impl Into<String>, what: &str) -> Self {
        Self::io(op, subject, io::Error::new(io::ErrorKind::InvalidData, what.to_owned()))
    }

    /// The object is not there (any more).
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(
            self.errno,
            libc::ENODEV | libc::ENOENT | libc::ESRCH | libc::EADDRNOTAVAIL
        )
    }

    /// What a person can do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self.errno {
            libc::EXFULL => Some(Hint::BridgeFull),
            libc::EEXIST => Some(Hint::NameTaken),
            libc::ENODEV | libc::ENOENT | libc::ESRCH => Some(Hint::Vanished),
            libc::EPERM | libc::EACCES => Some(Hint::NotPermitted),
            libc::EOPNOTSUPP | libc::EAFNOSUPPORT | libc::EPROTONOSUPPORT => Some(Hint::KernelLacks),
            libc::ENOBUFS | libc::EMSGSIZE => Some(Hint::TooMuchAtOnce),
            libc::ENETUNREACH | libc::EHOSTUNREACH => Some(Hint::GatewayNotOnLink),
            _ => None,
        }
    }
}

impl fmt::Display for NetlinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.op)?;
        if !self.subject.is_empty() {
            write!(f, " {}", self.subject)?;
        }
        if self.errno == 0 {
            write!(f, ": {}", self.source)?;
        } else {
            write!(f, ": {}", nix::errno::Errno::from_raw(self.errno).desc())?;
        }
        if let Some(words) = &self.kernel {
            write!(f, " (kernel: {words})")?;
        }
        Ok(())
    }
}

impl std::error::Error for NetlinkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// What stands behind an errno, as a value that a catalogue can put into words. Its `Display` is for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hint {
    /// A bridge takes 1,023 ports (`BR_MAX_PORTS` in net/bridge).
    BridgeFull,
    /// Something of that name exists already.
    NameTaken,
    /// Somebody removed it, or it was never there.
    Vanished,
    /// The lab lacks the right in its user namespace.
    NotPermitted,
    /// This kernel was built without the feature.
    KernelLacks,
    /// More than one message to the kernel can hold.
    TooMuchAtOnce,
    /// The next hop is in no subnet of an interface that is up.
    GatewayNotOnLink,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BridgeFull => "a bridge takes 1,023 ports: use a second network",
            Self::NameTaken => "something of that name exists already: remove it or choose another name",
            Self::Vanished => "it is not there (any more): somebody removed it by hand, or it was never made",
            Self::NotPermitted => "the lab lacks the right in its user namespace: `cnm doctor` names the setting",
            Self::KernelLacks => "this kernel was built without the feature: `cnm doctor` lists what it has",
            Self::TooMuchAtOnce => "the request was larger than the kernel's buffer: do it in smaller parts",
            Self::GatewayNotOnLink => "the next hop is in no subnet of an interface that is up",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn reads_as_one_sentence_with_the_kernels_words() {
        let mut error = NetlinkError::new("create bridge", "br-x", libc::EEXIST);
        assert_eq!(error.to_string(), "create bridge br-x: File exists");
        error.kernel = Some("Device exists".into());
        assert_eq!(
            error.to_string(),
            "create bridge br-x: File exists (kernel: Device exists)"
        );
        assert_eq!(error.hint(), Some(Hint::NameTaken));
        assert!(error.source().is_some());
    }

    #[test]
    fn a_malformed_answer_has_no_errno_and_says_what_is_wrong() {
        let error = NetlinkError::malformed("list links", "", "short header");
        assert_eq!(error.to_string(), "list links: short header");
        assert_eq!(error.hint(), None);
    }
}
