//! What an applet is, and how one speaks to its caller.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};

use super::errno;

/// One applet: its place in the image, its help and its entry.
pub(crate) struct Applet {
    /// Path of its link in the `alpine` image.
    pub path: &'static str,
    /// `[-abc] [FILE]...`, a blank line, and what it does; empty where there are no options to explain.
    pub usage: &'static str,
    /// Entry; returns the exit status.
    pub run: fn(&Call) -> i32,
}

impl Applet {
    /// An applet of the table.
    pub const fn new(path: &'static str, usage: &'static str, run: fn(&Call) -> i32) -> Self {
        Self { path, usage, run }
    }

    /// The last part of [`Applet::path`].
    pub const fn name(&self) -> &'static str {
        let bytes = self.path.as_bytes();
        let mut start = bytes.len();
        while start > 0 && bytes[start - 1] != b'/' {
            start -= 1;
        }
        self.path.split_at(start).1
    }
}

/// One invocation of an applet.
pub(crate) struct Call<'a> {
    /// The applet that runs.
    pub applet: &'a Applet,
    /// What followed its name.
    pub args: Vec<OsString>,
}

impl Call<'_> {
    /// The applet's name, with which its messages begin.
    pub const fn name(&self) -> &'static str {
        self.applet.name()
    }

    /// What followed its name, as text; what is none becomes U+FFFD.
    pub fn words(&self) -> Vec<String> {
        self.args
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    /// Says `name: message` on standard error, after what was already printed.
    pub fn complain(&self, message: impl Display) {
        let _ = io::stdout().flush();
        let _ = writeln!(io::stderr(), "{}: {message}", self.name());
    }

    /// Says `name: what: the error's words` on standard error.
    pub fn complain_of(&self, what: impl Display, error: &io::Error) {
        self.complain(format_args!("{what}: {}", errno::words(error)));
    }

    /// Prints the usage as an answer (standard output, success).
    pub fn help(&self) -> i32 {
        let _ = writeln!(io::stdout(), "Usage: {} {}", self.name(), self.applet.usage);
        0
    }

    /// Prints the usage as a reproach (standard error); busybox's status for it.
    pub fn usage(&self) -> i32 {
        let _ = io::stdout().flush();
        let _ = writeln!(io::stderr(), "Usage: {} {}", self.name(), self.applet.usage);
        1
    }
}
