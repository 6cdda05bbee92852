//! A program as a tree.

use std::rc::Rc;

use super::super::pattern::Pattern;

/// Text as the program sees it: bytes that nobody changes.
pub(super) type Text = Rc<[u8]>;

/// Where a variable lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Global(usize),
    /// A parameter of the function it is in.
    Local(usize),
}

/// Operators on two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
}

/// Where `getline` reads.
#[derive(Debug)]
pub(super) enum From {
    Input,
    File(Box<Expression>),
    Command(Box<Expression>),
}

/// What has a value. Targets of assignments are [`Expression::Variable`], [`Expression::Field`] and [`Expression::Element`].
#[derive(Debug)]
pub(super) enum Expression {
    Number(f64),
    Text(Text),
    /// Alone it means whether the record matches.
    Regex(Rc<Pattern>),
    Variable(Place),
    Field(Box<Self>),
    Element(Place, Vec<Self>),
    Assign(Box<Self>, Option<Arithmetic>, Box<Self>),
    /// Adds 1 or -1; the value is that before or after.
    Step {
        target: Box<Self>,
        by: f64,
        after: bool,
    },
    Condition(Box<Self>, Box<Self>, Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    /// `+x` and `-x`, by the factor.
    Sign(f64, Box<Self>),
    In(Vec<Self>, Place),
    Match {
        text: Box<Self>,
        pattern: Box<Self>,
        denied: bool,
    },
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
    Compare(Relation, Box<Self>, Box<Self>),
    Join(Box<Self>, Box<Self>),
    Call(usize, Vec<Self>),
    Builtin(Builtin, Vec<Self>),
    GetLine(From, Option<Box<Self>>),
    /// `(a, b)`, which only `print` and `in` may follow.
    List(Vec<Self>),
}

/// Functions of the language, and those busybox adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builtin {
    And,
    Atan2,
    Close,
    Complement,
    Cos,
    Exp,
    Flush,
    Gensub,
    Gsub,
    Index,
    Int,
    Length,
    Log,
    Match,
    Or,
    Rand,
    ShiftLeft,
    ShiftRight,
    Sin,
    Split,
    Sprintf,
    Sqrt,
    Srand,
    Strftime,
    Sub,
    Substr,
    System,
    Systime,
    ToLower,
    ToUpper,
    Xor,
}

impl Builtin {
    /// The function of a name, with the fewest and most arguments it takes.
    pub(super) fn named(name: &str) -> Option<(Self, usize, usize)> {
        Some(match name {
            "and" => (Self::And, 2, 2),
            "atan2" => (Self::Atan2, 2, 2),
            "close" => (Self::Close, 1, 1),
            "compl" => (Self::Complement, 1, 1),
            "cos" => (Self::Cos, 1, 1),
            "exp" => (Self::Exp, 1, 1),
            "fflush" => (Self::Flush, 0, 1),
            "gensub" => (Self::Gensub, 3, 4),
            "gsub" => (Self::Gsub, 2, 3),
            "index" => (Self::Index, 2, 2),
            "int" => (Self::Int, 1, 1),
            "length" => (Self::Length, 0, 1),
            "log" => (Self::Log, 1, 1),
            "lshift" => (Self::ShiftLeft, 2, 2),
            "match" => (Self::Match, 2, 2),
            "or" => (Self::Or, 2, 2),
            "rand" => (Self::Rand, 0, 0),
            "rshift" => (Self::ShiftRight, 2, 2),
            "sin" => (Self::Sin, 1, 1),
            "split" => (Self::Split, 2, 3),
            "sprintf" => (Self::Sprintf, 1, usize::MAX),
            "sqrt" => (Self::Sqrt, 1, 1),
            "srand" => (Self::Srand, 0, 1),
            "strftime" => (Self::Strftime, 0, 2),
            "sub" => (Self::Sub, 2, 3),
            "substr" => (Self::Substr, 2, 3),
            "system" => (Self::System, 1, 1),
            "systime" => (Self::Systime, 0, 0),
            "tolower" => (Self::ToLower, 1, 1),
            "toupper" => (Self::ToUpper, 1, 1),
            "xor" => (Self::Xor, 2, 2),
            _ => return None,
        })
    }
}

/// Where `print` goes.
#[derive(Debug)]
pub(super) enum Target {
    Output,
    File(Expression),
    Append(Expression),
    Command(Expression),
}

/// A statement and the line it begins on.
#[derive(Debug)]
pub(super) struct Statement {
    pub line: u32,
    pub what: Action,
}

/// What a statement does.
#[derive(Debug)]
pub(super) enum Action {
    Expression(Expression),
    Print(Vec<Expression>, Target),
    Printf(Vec<Expression>, Target),
    If(Expression, Box<Statement>, Option<Box<Statement>>),
    While(Expression, Box<Statement>),
    Do(Box<Statement>, Expression),
    For {
        begin: Option<Box<Statement>>,
        condition: Option<Expression>,
        step: Option<Box<Statement>>,
        body: Box<Statement>,
    },
    Each(Expression, Place, Box<Statement>),
    Block(Vec<Statement>),
    Break,
    Continue,
    Next,
    NextFile,
    Exit(Option<Expression>),
    Return(Option<Expression>),
    Delete(Place, Option<Vec<Expression>>),
}

/// What stands before a block in braces.
#[derive(Debug)]
pub(super) enum Condition {
    Always,
    Holds(Expression),
    Range(Expression, Expression),
}

/// A pattern and what is done where it holds; nothing written means to print.
#[derive(Debug)]
pub(super) struct Rule {
    pub condition: Condition,
    pub block: Option<Vec<Statement>>,
}

/// A function of the program.
#[derive(Debug, Default)]
pub(super) struct Function {
    pub name: String,
    pub parameters: usize,
    pub body: Option<Vec<Statement>>,
    /// Where it was first called or written.
    pub line: u32,
}

/// A whole program.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub begin: Vec<Vec<Statement>>,
    pub rules: Vec<Rule>,
    pub end: Vec<Vec<Statement>>,
    pub functions: Vec<Function>,
    /// Names of the globals, the language's own first.
    pub globals: Vec<String>,
}

/// Variables the language knows, in their places among the globals.
pub(super) mod special {
    pub(in super::super) const NF: usize = 0;
    pub(in super::super) const NR: usize = 1;
    pub(in super::super) const FNR: usize = 2;
    pub(in super::super) const FS: usize = 3;
    pub(in super::super) const OFS: usize = 4;
    pub(in super::super) const RS: usize = 5;
    pub(in super::super) const ORS: usize = 6;
    pub(in super::super) const FILENAME: usize = 7;
    pub(in super::super) const SUBSEP: usize = 8;
    pub(in super::super) const ENVIRON: usize = 9;
    pub(in super::super) const ARGC: usize = 10;
    pub(in super::super) const ARGV: usize = 11;
    pub(in super::super) const CONVFMT: usize = 12;
    pub(in super::super) const OFMT: usize = 13;
    pub(in super::super) const RSTART: usize = 14;
    pub(in super::super) const RLENGTH: usize = 15;
    /// Their names.
    pub(in super::super) const NAMES: [&str; 16] = [
        "NF", "NR", "FNR", "FS", "OFS", "RS", "ORS", "FILENAME", "SUBSEP", "ENVIRON", "ARGC", "ARGV", "CONVFMT",
        "OFMT", "RSTART", "RLENGTH",
    ];
}
