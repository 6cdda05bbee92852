//! Carrying a tree out over data (Go `text/template/exec.go`).

use serde_json::Value;

use super::Fault;
use super::functions;
use super::parse::{Node, Operand, Pipeline, Place};

/// How a run of nodes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

/// Members of what is inspected that Docker's types have as maps: an entry that is not there has no value, and is no mistake.
const MAPS: &[&str] = &[
    "Annotations",
    "Containers",
    "Data",
    "DriverOpts",
    "ExposedPorts",
    "Labels",
    "Networks",
    "Options",
    "PortBindings",
    "Ports",
    "StorageOpt",
    "Sysctls",
    "Tmpfs",
    "Volumes",
];
/// Members that are pointers there: engines leave them out where they are nil, and Go prints that so.
const POINTERS: &[&str] = &["Health", "Healthcheck", "IPAMConfig", "SizeRootFs", "SizeRw"];

/// One execution.
pub(super) struct Execution<'a> {
    /// `.Label "name"` of lists: a method that takes an argument.
    pub labels: Option<&'a Value>,
    pub out: String,
    variables: Vec<(String, Value)>,
}

impl<'a> Execution<'a> {
    pub(super) fn new(data: &Value, labels: Option<&'a Value>) -> Self {
        Self {
            labels,
            out: String::new(),
            variables: vec![(String::new(), data.clone())],
        }
    }

    /// Everything, with `dot` as `.`.
    pub(super) fn run(&mut self, nodes: &[Node], dot: &Value) -> Result<(), Fault> {
        self.walk(nodes, dot).map(drop)
    }

    fn walk(&mut self, nodes: &[Node], dot: &Value) -> Result<Flow, Fault> {
        for node in nodes {
            let flow = match node {
                Node::Text(text) => {
                    self.out.push_str(text);
                    Flow::On
                }
                Node::Print(pipeline) => {
                    let value = self.pipeline(pipeline, dot)?;
                    if pipeline.variables.is_empty() {
                        if value.is_null() && ends_in_pointer(pipeline) {
                            self.out.push_str("<nil>");
                        } else {
                            self.out.push_str(&functions::shown(&value));
                        }
                    }
                    Flow::On
                }
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
                Node::If(branches, otherwise) => self.condition(branches, otherwise, dot)?,
                Node::With(over, body, otherwise) => {
                    let seen = self.variables.len();
                    let value = self.pipeline(over, dot)?;
                    let flow = if functions::truth(&value) {
                        self.walk(body, &value)?
                    } else {
                        self.walk(otherwise, dot)?
                    };
                    self.variables.truncate(seen);
                    flow
                }
                Node::Range(over, body, otherwise) => self.range(over, body, otherwise, dot)?,
            };
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn condition(
        &mut self,
        branches: &[(Pipeline, Vec<Node>)],
        otherwise: &[Node],
        dot: &Value,
    ) -> Result<Flow, Fault> {
        let seen = self.variables.len();
        let mut chosen = otherwise;
        for (condition, body) in branches {
            if functions::truth(&self.pipeline(condition, dot)?) {
                chosen = body;
                break;
            }
        }
        let flow = self.walk(chosen, dot);
        self.variables.truncate(seen);
        flow
    }

    fn range(&mut self, over: &Pipeline, body: &[Node], otherwise: &[Node], dot: &Value) -> Result<Flow, Fault> {
        let seen = self.variables.len();
        let plain = Pipeline {
            variables: Vec::new(),
            ..over.clone()
        };
        let items: Vec<(Value, Value)> = match self.pipeline(&plain, dot)? {
            Value::Array(list) => list
                .into_iter()
                .enumerate()
                .map(|(at, item)| (at.into(), item))
                .collect(),
            Value::Object(map) => {
                let mut pairs: Vec<_> = map.into_iter().collect();
                pairs.sort_by(|a, b| a.0.cmp(&b.0));
                pairs.into_iter().map(|(key, item)| (key.into(), item)).collect()
            }
            Value::Null => Vec::new(),
            other => {
                let why = format!("range can't iterate over {}", functions::shown(&other));
                return Err(Fault::run(&over.action, &over.action.source, &why));
            }
        };
        if items.is_empty() {
            let flow = self.walk(otherwise, dot);
            self.variables.truncate(seen);
            return flow;
        }
        for (key, item) in items {
            match over.variables.as_slice() {
                [one] => self.set(one, item.clone(), over.assigns),
                [first, second, ..] => {
                    self.set(first, key, over.assigns);
                    self.set(second, item.clone(), over.assigns);
                }
                [] => {}
            }
            let flow = self.walk(body, &item)?;
            self.variables.truncate(seen);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn set(&mut self, name: &str, value: Value, assigns: bool) {
        if assigns && let Some(known) = self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            known.1 = value;
        } else {
            self.variables.push((name.to_owned(), value));
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, Fault> {
        let mut last: Option<Value> = None;
        for command in &pipeline.commands {
            last = Some(self.command(command, last, dot, &pipeline.action)?);
        }
        let value = last.unwrap_or(Value::Null);
        for name in &pipeline.variables {
            self.set(name, value.clone(), pipeline.assigns);
        }
        Ok(value)
    }

    fn command(
        &mut self,
        command: &[Operand],
        last: Option<Value>,
        dot: &Value,
        place: &Place,
    ) -> Result<Value, Fault> {
        let Some((first, operands)) = command.split_first() else {
            return Ok(Value::Null);
        };
        if let Operand::Function(name) = first {
            return self.function(name, operands, last, dot, place);
        }
        if let (Operand::Field(names), Some(labels), [argument]) = (first, self.labels, operands)
            && names.as_slice() == ["Label"]
        {
            let name = self.operand(argument, dot, place)?;
            let label = name.as_str().and_then(|name| labels.get(name)).and_then(Value::as_str);
            return Ok(Value::from(label.unwrap_or_default()));
        }
        if !operands.is_empty() || last.is_some() {
            let what = written(first);
            let why = format!("can't give argument to non-function {what}");
            return Err(Fault::run(place, &what, &why));
        }
        self.operand(first, dot, place)
    }

    fn function(
        &mut self,
        name: &str,
        operands: &[Operand],
        last: Option<Value>,
        dot: &Value,
        place: &Place,
    ) -> Result<Value, Fault> {
        // These two look at an argument only where those before left it open.
        if matches!(name, "and" | "or") {
            let mut value = Value::Null;
            for operand in operands {
                value = self.operand(operand, dot, place)?;
                if functions::truth(&value) == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let mut arguments = Vec::with_capacity(operands.len() + 1);
        for operand in operands {
            arguments.push(self.operand(operand, dot, place)?);
        }
        arguments.extend(last);
        functions::call(name, &arguments).map_err(|why| Fault::run(place, &place.source, &why))
    }

    fn operand(&mut self, operand: &Operand, dot: &Value, place: &Place) -> Result<Value, Fault> {
        match operand {
            Operand::Field(names) => fields(dot, names, operand, place),
            Operand::Variable(name, names) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                let value = known.map(|(_, value)| value.clone()).unwrap_or_default();
                fields(&value, names, operand, place)
            }
            Operand::Constant(value) => Ok(value.clone()),
            Operand::Function(name) => self.function(name, &[], None, dot, place),
            Operand::Group(pipeline, names) => {
                let value = self.pipeline(pipeline, dot)?;
                fields(&value, names, operand, place)
            }
        }
    }
}

fn fields(value: &Value, names: &[String], operand: &Operand, place: &Place) -> Result<Value, Fault> {
    let (mut value, mut whose) = (value, "");
    for (at, name) in names.iter().enumerate() {
        let last = at + 1 == names.len();
        value = match value {
            Value::Null if MAPS.contains(&whose) => return Ok(Value::Null),
            Value::Object(map) if MAPS.contains(&whose) => match map.get(name) {
                Some(entry) => entry,
                None => return Ok(Value::Null),
            },
            Value::Object(map) if last && POINTERS.contains(&name.as_str()) && !map.contains_key(name) => &Value::Null,
            // Go's fields and the API's members differ in capitals only (`ID`, `Id`).
            Value::Object(map) => map.get(name).or_else(|| similar(map, name)).ok_or_else(|| {
                let why = format!("map has no entry for key \"{name}\"");
                Fault::run(place, &written(operand), &why)
            })?,
            other => {
                let kind = match other {
                    Value::Null => "nil data; no entry for key",
                    Value::String(_) => "string",
                    Value::Number(_) => "number",
                    Value::Bool(_) => "bool",
                    _ => "slice",
                };
                let why = if other.is_null() {
                    format!("{kind} \"{name}\"")
                } else {
                    format!("can't evaluate field {name} in type {kind}")
                };
                return Err(Fault::run(place, &written(operand), &why));
            }
        };
        whose = name;
    }
    Ok(value.clone())
}

/// Whether what is printed is one of [`POINTERS`], asked for by its name and nothing else.
fn ends_in_pointer(pipeline: &Pipeline) -> bool {
    let [command] = pipeline.commands.as_slice() else {
        return false;
    };
    let [Operand::Field(names) | Operand::Variable(_, names) | Operand::Group(_, names)] = command.as_slice() else {
        return false;
    };
    names.last().is_some_and(|name| POINTERS.contains(&name.as_str()))
}

fn similar<'a>(map: &'a serde_json::Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut found = map.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value)
}

fn written(operand: &Operand) -> String {
    let dotted = |names: &[String]| names.iter().map(|name| format!(".{name}")).collect::<Vec<_>>().concat();
    match operand {
        Operand::Field(names) if names.is_empty() => ".".to_owned(),
        Operand::Field(names) => dotted(names),
        Operand::Variable(name, names) => format!("${name}{}", dotted(names)),
        Operand::Function(name) => name.clone(),
        Operand::Constant(value) => value.to_string(),
        Operand::Group(_, names) => format!("(…){}", dotted(names)),
    }
}
