//! The commands of a sed script.

use std::rc::Rc;

use super::super::pattern::Pattern;
use super::replacement::Part;

/// Which lines a command is for.
#[derive(Debug, Clone)]
pub(super) enum Address {
    Line(u64),
    Last,
    /// None is the pattern last used.
    Matching(Option<Rc<Pattern>>),
    /// So many lines after the first of a range.
    Further(u64),
}

/// One command with its addresses.
#[derive(Debug)]
pub(super) struct Command {
    pub first: Option<Address>,
    pub second: Option<Address>,
    pub inverted: bool,
    pub action: Action,
}

/// What a command does.
#[derive(Debug)]
pub(super) enum Action {
    /// Where the command after the block's end is, if it has one.
    Begin(Option<usize>),
    /// The end of a block, or a label: nothing to do.
    Nothing,
    Number,
    Append(String),
    Insert(String),
    Change(String),
    /// Index of the command to go on with.
    Branch(usize),
    BranchIfChanged(usize),
    BranchUnlessChanged(usize),
    Delete,
    DeleteFirst,
    Copy,
    CopyAppend,
    Hold,
    HoldAppend,
    Exchange,
    Next,
    NextAppend,
    Print,
    PrintFirst,
    Quit,
    Read(String),
    Write(String),
    Substitute(Box<Substitution>),
    Translate(Vec<(char, char)>),
}

/// The command `s`.
#[derive(Debug)]
pub(super) struct Substitution {
    pub pattern: Option<Rc<Pattern>>,
    pub replacement: Vec<Part>,
    pub everywhere: bool,
    /// Which match is the first replaced, from 1.
    pub from: usize,
    pub print: bool,
    pub write: Option<String>,
}
