//! The doctor's sentences, from the catalogues.

use std::fmt::Write;

use super::{Cause, Check, Docker, Finding, Folder, Report, Status, Terminal};
use crate::texts::{self, Lang};

impl Report {
    /// The whole report, for a person.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut text = String::new();
        let mut line = |words: &str| {
            let _ = writeln!(text, "{words}");
        };
        line(&texts::fill(lang, "doctor.builtin", &[("kernel", &self.kernel)]));
        for finding in self.checks.iter().filter(|finding| finding.check.is_required()) {
            line(&finding.line(lang));
        }
        for obstacle in self.obstacles() {
            line("");
            line(obstacle.text(lang).trim_end());
        }
        let features = || self.checks.iter().filter(|finding| !finding.check.is_required());
        if features().any(|finding| finding.status != Status::NotTried) {
            line("");
            line(texts::get(lang, "doctor.features"));
            features().for_each(|finding| line(&finding.line(lang)));
        }
        line("");
        line(&self.docker.line(lang));
        line(&self.terminal.line(lang));
        for folder in &self.folders {
            line(&folder.line(lang));
        }
        line("");
        line(texts::get(lang, self.conclusion()));
        text
    }

    fn conclusion(&self) -> &'static str {
        match (self.builtin, self.docker.status == "ok") {
            (true, _) => "doctor.can_run",
            (false, true) => "doctor.only_docker",
            (false, false) => "doctor.none",
        }
    }
}

impl Finding {
    /// `  ok       name of the check`.
    fn line(&self, lang: Lang) -> String {
        let status = match self.status {
            Status::Ok => "doctor.status.ok",
            Status::Missing(_) => "doctor.status.missing",
            Status::Blocked(_) => "doctor.status.blocked",
            Status::NotTried => "doctor.status.not_tried",
        };
        row(texts::get(lang, status), texts::get(lang, self.check.text()))
    }

    /// Cause and remedy, for a person: what a refused start says too. Empty where nothing was refused.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let Some(cause) = self.cause() else {
            return String::new();
        };
        let mut text = cause.sentence(self.check, lang);
        text.push('\n');
        let remedy = cause.remedy();
        if !remedy.is_empty() {
            let _ = writeln!(text, "{}", texts::get(lang, "doctor.remedy"));
            for command in &remedy {
                // No indentation: a here-document must still end when it is pasted.
                let _ = writeln!(text, "{command}");
            }
        }
        if let Some(note) = cause.note() {
            let _ = writeln!(text, "{}", texts::get(lang, note));
        }
        text
    }
}

impl Cause {
    fn sentence(&self, check: Check, lang: Lang) -> String {
        let key = match self {
            Self::UserNamespacesOff => "doctor.cause.user_namespaces_off",
            Self::LimitZero => "doctor.cause.limit_zero",
            Self::LimitReached { .. } => "doctor.cause.limit_reached",
            Self::AppArmorRestriction { .. } => "doctor.cause.apparmor_restriction",
            Self::AppArmorProfile { .. } => "doctor.cause.apparmor_profile",
            Self::Seccomp => "doctor.cause.seccomp",
            Self::ProcCovered { .. } => "doctor.cause.proc_covered",
            Self::OnlyRoot => "doctor.cause.only_root",
            Self::KernelLacks => "doctor.cause.kernel_lacks",
            Self::Unknown { .. } => "doctor.cause.unknown",
        };
        let (setting, value) = self.setting().unwrap_or_default();
        let mut program = String::new();
        let mut errno = String::new();
        match self {
            Self::AppArmorRestriction { program: path } => program = path.display().to_string(),
            Self::Unknown { errno: code } => errno = plain(&std::io::Error::from(*code)),
            _ => {}
        }
        let what = texts::get(lang, check.text());
        let values = [
            ("setting", setting),
            ("value", &value),
            ("program", &program),
            ("errno", &errno),
            ("what", what),
        ];
        texts::fill(lang, key, &values)
    }

    /// What else there is to know before one follows the remedy.
    const fn note(&self) -> Option<&'static str> {
        match self {
            Self::AppArmorRestriction { .. } => Some("doctor.note.apparmor"),
            Self::AppArmorProfile { .. } | Self::Seccomp | Self::ProcCovered { .. } => Some("doctor.note.container"),
            Self::LimitReached { .. } => Some("doctor.note.limit_reached"),
            Self::KernelLacks => Some("doctor.note.kernel_lacks"),
            Self::OnlyRoot => Some("doctor.note.only_root"),
            Self::UserNamespacesOff | Self::LimitZero | Self::Unknown { .. } => None,
        }
    }
}

impl Docker {
    fn line(&self, lang: Lang) -> String {
        let key = match self.status {
            "ok" => "doctor.docker.ok",
            "missing" => "doctor.docker.missing",
            "blocked" => "doctor.docker.blocked",
            _ => "doctor.docker.not_tried",
        };
        let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
        let (version, api, error) = (or_none(&self.version), or_none(&self.api_version), or_none(&self.error));
        texts::fill(
            lang,
            key,
            &[
                ("host", &self.host),
                ("version", &version),
                ("api", &api),
                ("error", &error),
            ],
        )
    }
}

impl Terminal {
    fn line(&self, lang: Lang) -> String {
        let name = self.name.as_deref().unwrap_or("-");
        let charset = if self.utf8 { "UTF-8" } else { "ASCII" };
        match self.size {
            Some((columns, rows)) => {
                let size = format!("{columns}×{rows}");
                texts::fill(
                    lang,
                    "doctor.terminal.ok",
                    &[("name", name), ("size", &size), ("charset", charset)],
                )
            }
            None => texts::fill(lang, "doctor.terminal.none", &[("charset", charset)]),
        }
    }
}

impl Folder {
    fn line(&self, lang: Lang) -> String {
        let what = match self.id {
            "config" => "doctor.folder.config",
            "state" => "doctor.folder.state",
            _ => "doctor.folder.runtime",
        };
        let what = texts::get(lang, what);
        match &self.path {
            None => texts::fill(lang, "doctor.folder.none", &[("what", what)]),
            Some(path) => {
                let path = path.display().to_string();
                let key = if self.usable {
                    "doctor.folder.ok"
                } else {
                    "doctor.folder.not_writable"
                };
                texts::fill(lang, key, &[("what", what), ("path", &path)])
            }
        }
    }
}

/// An error's words without its number.
fn plain(error: &std::io::Error) -> String {
    let words = error.to_string();
    words.split(" (os error").next().unwrap_or_default().to_owned()
}

/// A status in a column of its own; the widest of both languages has nine characters.
fn row(status: &str, what: &str) -> String {
    format!("  {status:<9} {what}")
}
