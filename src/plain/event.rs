//! What goes into the conversation, and what comes out of it.

use std::sync::Arc;

use crate::console::Outcome;
use crate::lab::LabState;
use crate::workshop::Guide;

/// What a talk starts with.
#[derive(Debug)]
pub struct Opening {
    /// The lesson.
    pub guide: Box<dyn Guide>,
    /// What the learner must know from the start.
    pub notice: Option<String>,
    /// The steps behind the learner were done again: what they had made beside them, and was not.
    pub resumed: Option<Vec<String>>,
}

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// These bytes were typed, or stood in the script.
    Typed(Vec<u8>),
    /// Ctrl-D, or the script's end.
    End,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-\.
    Break,
    /// Ctrl-Z.
    Suspend,
    /// We were stopped, and go on.
    Continued,
    /// The lab answers; what must be known of the place.
    LabReady(String),
    /// The lab has changed.
    Lab(Arc<LabState>),
    /// The shell's terminal said this.
    Output(Vec<u8>),
    /// The shell ended.
    ShellEnded(i32),
    /// All that the last command did to the lab is known.
    Settled,
    /// A signal asks us to end.
    Terminate(i32),
}

/// Something to do outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Bytes for the shell.
    Send(Vec<u8>),
    /// Start a shell.
    StartShell,
    /// Say when all that was done to the lab is known.
    Settle,
    /// Stop, as Ctrl-Z stops any program.
    Stop,
    /// The end.
    Quit(Outcome),
    /// The shell ends as soon as it is started.
    NoShell(i32),
}
