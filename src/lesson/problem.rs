use std::net::Ipv4Addr;

use ipnetwork::Ipv4Network;

use crate::texts::Lang;

use super::AddressProblem;

/// What keeps files from being a lesson.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Another version of the format.
    #[error("this is schema {found}; this program reads schema {known}")]
    Schema {
        /// Version in the file.
        found: u32,
        /// Version of this program.
        known: u32,
    },
    /// Nothing to do.
    #[error("a lesson needs at least one step")]
    NoSteps,
    /// Nothing would turn green.
    #[error("step `{step}` has no checks")]
    NoChecks {
        /// The step.
        step: String,
    },
    /// An id is a word that files, commands and links can have.
    #[error("{}: {ID_RULE}", if id.is_empty() { "this id is empty".to_owned() } else { format!("`{id}` is no id") })]
    NotAnId {
        /// What stands there.
        id: String,
    },
    /// A text with a sign that is a command to the terminal, or turns its lines.
    #[error("{}", unprintable(*sign))]
    Unprintable {
        /// The first one.
        sign: char,
    },
    /// Ids are unique in a lesson.
    #[error("`{id}` is the id of another step or check already")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// A check needs one that its step does not have.
    #[error("check `{check}` needs `{need}`, which step `{step}` does not have")]
    UnknownNeed {
        /// The step.
        step: String,
        /// The check.
        check: String,
        /// What it needs.
        need: String,
    },
    /// Checks that wait for each other.
    #[error("these checks need each other in a circle: {}", checks.join(", "))]
    NeedsCircle {
        /// Their ids.
        checks: Vec<String>,
    },
    /// A check lacks a field of its kind.
    #[error("check `{check}`: `{field}` is missing")]
    FieldMissing {
        /// The check.
        check: String,
        /// The field.
        field: &'static str,
    },
    /// A check has a field that its kind does not have.
    #[error("check `{check}`: this kind has no `{field}`")]
    FieldOfNoKind {
        /// The check.
        check: String,
        /// The field.
        field: &'static str,
    },
    /// A container of a goal is on, or off, a network that is neither in the goal nor the default one.
    #[error("the goal speaks of `{container}` and `{network}`, which is not a network of the goal")]
    UnknownNetwork {
        /// The container.
        container: String,
        /// The network.
        network: String,
    },
    /// A network that a goal has no containers on.
    #[error("a goal has no container on `{network}`; one without `networks` has no cable, as with `--net none`")]
    NotInGoals {
        /// The network.
        network: String,
    },
    /// A goal that wants a container both on a network and off it.
    #[error("the goal puts `{container}` both on `{network}` and off it")]
    OnAndOff {
        /// The container.
        container: String,
        /// The network.
        network: String,
    },
    /// A subnet or an address that cannot be had.
    #[error(transparent)]
    Address(AddressProblem),
    /// A network that every Docker has.
    #[error("`{network}` is there from the start: a goal neither makes it nor gives it a subnet")]
    Predefined {
        /// The network.
        network: String,
    },
    /// A network of a goal before, and not the same.
    #[error("an earlier goal has `{network}` with other properties: a network stays as it was made")]
    Redefined {
        /// The network.
        network: String,
    },
    /// Two networks that cannot be there together.
    #[error("the subnet of `{network}`, {subnet}, overlaps that of `{other}`, {taken}")]
    Overlap {
        /// The network.
        network: String,
        /// Its subnet.
        subnet: Ipv4Network,
        /// The other one.
        other: String,
        /// Its subnet.
        taken: Ipv4Network,
    },
    /// Something that only networks of one's own have.
    #[error("`bridge`, the default network, has no {what}")]
    NotOnBridge {
        /// Aliases or addresses.
        what: &'static str,
    },
    /// An address on a network that has not said which it has.
    #[error("`{container}` asks for {ip} on `{network}`, which has no `subnet` here: Docker wants one for that")]
    IpWithoutSubnet {
        /// The container.
        container: String,
        /// The address.
        ip: Ipv4Addr,
        /// The network.
        network: String,
    },
    /// An address of elsewhere.
    #[error("{ip} is not in the subnet of `{network}`, {subnet}")]
    IpOutside {
        /// The address.
        ip: Ipv4Addr,
        /// The network.
        network: String,
        /// Its subnet.
        subnet: Ipv4Network,
    },
    /// An address that is no container's.
    #[error("{ip} is the {what} of `{network}`, not for a container")]
    IpReserved {
        /// The address.
        ip: Ipv4Addr,
        /// What it is.
        what: &'static str,
        /// The network.
        network: String,
    },
    /// An address asked for twice.
    #[error("`{other}` has {ip} on `{network}` already")]
    IpTaken {
        /// The address.
        ip: Ipv4Addr,
        /// The network.
        network: String,
        /// Who has it.
        other: String,
    },
    /// A text is not there.
    #[error("the text of {what} is missing")]
    MissingText {
        /// Of which step or check.
        what: String,
    },
    /// A sentence for what the kind of a check never finds, or nothing does.
    #[error("a check of kind `{kind}` never finds `{id}`; possible here: {}", possible.join(", "))]
    NeverFound {
        /// Its kind.
        kind: &'static str,
        /// What stands there.
        id: String,
        /// What it can find.
        possible: Vec<&'static str>,
    },
    /// A sentence for a finding that only one language has.
    #[error("check `{check}` has a sentence for `{found}` in {other}.yaml, and none here")]
    SeenInOneLanguage {
        /// The check.
        check: String,
        /// What it finds.
        found: String,
        /// The language that has it.
        other: Lang,
    },
    /// A text for something that the lesson does not have.
    #[error("there is no {what} `{id}`")]
    UnknownId {
        /// What it would be.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// A step asks one question at most.
    #[error("step `{step}` asks more than one question")]
    SecondQuestion {
        /// The step.
        step: String,
    },
    /// A question has a number of choices that the screen can show, and so that there is something to choose.
    #[error("step `{step}` asks a question and has {count} choices; it takes 2 to {most}")]
    Choices {
        /// The step.
        step: String,
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// Choices without a question.
    #[error("step `{step}` has choices, but no check of kind `answer`")]
    ChoicesOfNoQuestion {
        /// The step.
        step: String,
    },
    /// The same number would mean another answer in another language.
    #[error("step `{step}` has {here} choices here and {there} in {other}.yaml: `right` would mean another one")]
    ChoicesDiffer {
        /// The step.
        step: String,
        /// How many there are here.
        here: usize,
        /// How many there are there.
        there: usize,
        /// The other language.
        other: Lang,
    },
    /// Two choices that a learner cannot tell apart.
    #[error("choice {second} of step `{step}` is the same as choice {first}: “{text}”")]
    SameChoice {
        /// The step.
        step: String,
        /// The earlier one, from 1.
        first: usize,
        /// The later one, from 1.
        second: usize,
        /// What both say.
        text: String,
    },
    /// The right choice is not there.
    #[error("`right` is {right}, but there are {count} choices")]
    RightOfNoChoice {
        /// The right one, from 1.
        right: usize,
        /// How many choices there are.
        count: usize,
    },
    /// Hints come in three rungs: nudge, pointer, shape of the command.
    #[error("step `{step}` has {count} hints instead of 3")]
    Hints {
        /// The step.
        step: String,
        /// How many there are.
        count: usize,
    },
}

const ID_RULE: &str = "an id is made of small letters (a to z), digits and hyphens, and begins with a letter";

fn unprintable(sign: char) -> String {
    match sign {
        '\n' => "a text has a line break: write it on one line, or fold it with `>-`".to_owned(),
        sign => format!(
            "a text has the control character U+{:04X}, which has no place on a screen",
            u32::from(sign)
        ),
    }
}
