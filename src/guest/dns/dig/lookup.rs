//! One question of `dig`, how it is asked and what is shown of its answer.

use std::time::Duration;

use hickory_proto::rr::{DNSClass, RecordType};

/// What is shown of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the tool")]
pub(super) struct Show {
    pub comments: bool,
    pub question: bool,
    pub answer: bool,
    pub authority: bool,
    pub additional: bool,
    pub stats: bool,
    pub ttl: bool,
    pub class: bool,
    /// The question too, before it is sent.
    pub sent: bool,
    /// Who answered, in short answers.
    pub identify: bool,
}

/// One question, and how it is asked and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the tool")]
pub(super) struct Lookup {
    pub name: String,
    pub kind: Option<RecordType>,
    pub class: Option<DNSClass>,
    pub server: Option<String>,
    pub show: Show,
    pub tcp: bool,
    /// Take a truncated answer as it is.
    pub ignore_truncation: bool,
    pub search: bool,
    pub recursion: bool,
    pub authentic: bool,
    pub unchecked: bool,
    pub authoritative: bool,
    pub edns: bool,
    pub cookie: bool,
    pub dnssec: bool,
    pub size: Option<u16>,
    /// 5 seconds over UDP and 10 over TCP where not given.
    pub wait: Option<Duration>,
    pub tries: u32,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: None,
            class: None,
            server: None,
            show: Show {
                comments: true,
                question: true,
                answer: true,
                authority: true,
                additional: true,
                stats: true,
                ttl: true,
                class: true,
                sent: false,
                identify: false,
            },
            tcp: false,
            ignore_truncation: false,
            search: false,
            recursion: true,
            authentic: true,
            unchecked: false,
            authoritative: false,
            edns: true,
            cookie: true,
            dnssec: false,
            size: None,
            wait: None,
            tries: 3,
        }
    }
}

impl Lookup {
    /// The type asked for: A where none was given.
    pub(super) fn kind(&self) -> RecordType {
        self.kind.unwrap_or(RecordType::A)
    }

    /// How long one attempt may take.
    pub(super) fn wait(&self, tcp: bool) -> Duration {
        self.wait.unwrap_or(Duration::from_secs(if tcp { 10 } else { 5 }))
    }
}
