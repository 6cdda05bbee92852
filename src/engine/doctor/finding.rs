//! What was found, as data: the same for text and JSON.

use rustix::io::Errno;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Cause, Check};
use crate::engine::doctor::evidence::Evidence;

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It works.
    Ok,
    /// This kernel does not have it.
    Missing(Cause),
    /// The kernel has it and refuses it.
    Blocked(Cause),
    /// What it stands on did not work.
    NotTried,
}

/// One check and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was asked.
    pub check: Check,
    /// What came of it.
    pub status: Status,
}

impl Finding {
    /// The finding for a refusal.
    #[must_use]
    pub fn refused(check: Check, errno: Errno, evidence: &Evidence) -> Self {
        let cause = Cause::of(check, errno, evidence);
        let status = if cause == Cause::KernelLacks {
            Status::Missing(cause)
        } else {
            Status::Blocked(cause)
        };
        Self { check, status }
    }

    /// Why it does not work, where that was found.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match &self.status {
            Status::Missing(cause) | Status::Blocked(cause) => Some(cause),
            Status::Ok | Status::NotTried => None,
        }
    }

    /// It works.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }
}

impl Status {
    /// Stable name, in English.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing(_) => "missing",
            Self::Blocked(_) => "blocked",
            Self::NotTried => "not-tried",
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", self.check.id())?;
        map.serialize_entry("required", &self.check.is_required())?;
        map.serialize_entry("status", self.status.id())?;
        if let Some(cause) = self.cause() {
            map.serialize_entry("cause", cause.id())?;
            if let Some((setting, value)) = cause.setting() {
                map.serialize_entry("setting", setting)?;
                map.serialize_entry("value", &value)?;
            }
            if let Cause::ProcCovered { mounts } = cause {
                map.serialize_entry("mounts", mounts)?;
            }
            if let Cause::Unknown { errno } = cause {
                map.serialize_entry("errno", &errno.raw_os_error())?;
            }
            map.serialize_entry("remedy", &cause.remedy())?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_setting_value_and_remedy() {
        let evidence = Evidence {
            max_user_namespaces: Some("0".into()),
            ..Evidence::default()
        };
        let finding = Finding::refused(Check::UserNamespace, Errno::NOSPC, &evidence);
        let json = serde_json::to_value(&finding).unwrap();
        assert_eq!(json["status"], "blocked");
        assert_eq!(json["cause"], "limit-zero");
        assert_eq!(json["setting"], "user.max_user_namespaces");
        assert_eq!(json["value"], "0");
        assert_eq!(json["remedy"][0], "sudo sysctl -w user.max_user_namespaces=15000");
    }

    #[test]
    fn what_a_kernel_does_not_have_is_missing_and_not_blocked() {
        let finding = Finding::refused(Check::Dummy, Errno::OPNOTSUPP, &Evidence::default());
        assert_eq!(finding.status.id(), "missing");
    }
}
