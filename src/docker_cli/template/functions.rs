//! The functions of Go's templates and those Docker adds (docker/cli `templates/templates.go`).

use std::cmp::Ordering;
use std::fmt::Write;

use serde_json::Value;

/// The widest that Go pads to (`fmt`, `tooLarge`), and the most spaces that `pad` puts on one side.
const WIDEST: usize = 1_000_000;

const NAMES: [&str; 23] = [
    "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "index", "len", "slice", "print", "printf", "println",
    "json", "split", "join", "title", "lower", "upper", "pad", "truncate",
];

/// Whether there is a function of that name.
pub(super) fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// What counts as true: everything but nothing, zero and what is empty.
pub(super) fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// A value as Go's `fmt` prints it with `%v`.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", list.iter().map(nested).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| key.as_str());
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(key, value)| format!("{key}:{}", nested(value)))
                .collect();
            format!("map[{}]", pairs.join(" "))
        }
    }
}

fn nested(value: &Value) -> String {
    if value.is_null() {
        "<nil>".to_owned()
    } else {
        shown(value)
    }
}

/// Calls a function.
///
/// # Errors
/// Why it cannot be called so, in Go's words where it has some.
pub(super) fn call(name: &str, arguments: &[Value]) -> Result<Value, String> {
    let text = |at: usize| arguments.get(at).and_then(Value::as_str).unwrap_or_default();
    let count = |wanted: usize| {
        if arguments.len() == wanted {
            Ok(())
        } else {
            let got = arguments.len();
            Err(format!("wrong number of args for {name}: want {wanted} got {got}"))
        }
    };
    match name {
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" => compare(name, arguments),
        "not" => count(1).map(|()| Value::Bool(!truth(&arguments[0]))),
        "index" => index(arguments),
        "len" => count(1).and_then(|()| length(&arguments[0])),
        "slice" => slice(arguments),
        "print" => Ok(Value::String(print(arguments))),
        "println" => {
            let words: Vec<_> = arguments.iter().map(nested).collect();
            Ok(Value::String(words.join(" ") + "\n"))
        }
        "printf" => printf(text(0), arguments.get(1..).unwrap_or_default()).map(Value::String),
        "json" => count(1).map(|()| Value::String(compact(&arguments[0]))),
        "split" => count(2).map(|()| text(0).split(text(1)).map(Value::from).collect()),
        "join" => {
            count(2)?;
            let parts = arguments[0].as_array().into_iter().flatten().map(shown);
            Ok(Value::String(parts.collect::<Vec<_>>().join(text(1))))
        }
        "lower" => count(1).map(|()| Value::String(text(0).to_lowercase())),
        "upper" => count(1).map(|()| Value::String(text(0).to_uppercase())),
        "title" => count(1).map(|()| Value::String(title(text(0)))),
        "pad" => {
            count(3)?;
            if text(0).is_empty() {
                return Ok(arguments[0].clone());
            }
            let spaces = |at: usize| {
                let count = arguments[at].as_u64().unwrap_or(0);
                usize::try_from(count)
                    .ok()
                    .filter(|count| *count <= WIDEST)
                    .map(|count| " ".repeat(count))
                    .ok_or_else(|| format!("error calling pad: {count} spaces are more than {WIDEST}"))
            };
            Ok(Value::String(format!("{}{}{}", spaces(1)?, text(0), spaces(2)?)))
        }
        "truncate" => {
            count(2)?;
            let most = arguments[1].as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0);
            Ok(Value::String(text(0).chars().take(most).collect()))
        }
        other => Err(format!("function \"{other}\" not defined")),
    }
}

/// JSON as Go writes it: `<`, `>` and `&` escaped.
fn compact(value: &Value) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

fn title(text: &str) -> String {
    let mut start = true;
    let up = |letter: char| {
        let letter = if start {
            letter.to_uppercase().to_string()
        } else {
            letter.to_string()
        };
        start = letter.ends_with(char::is_whitespace);
        letter
    };
    text.chars().map(up).collect()
}

/// Go's `fmt.Sprint`: a space between two neighbours of which neither is text.
fn print(arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut before: Option<&Value> = None;
    for argument in arguments {
        if before.is_some_and(|before| !before.is_string()) && !argument.is_string() {
            out.push(' ');
        }
        out.push_str(&nested(argument));
        before = Some(argument);
    }
    out
}

fn compare(name: &str, arguments: &[Value]) -> Result<Value, String> {
    let [first, others @ ..] = arguments else {
        return Err("missing argument for comparison".to_owned());
    };
    let Some(second) = others.first() else {
        return Err("missing argument for comparison".to_owned());
    };
    let same_kind = |other: &Value| std::mem::discriminant(first) == std::mem::discriminant(other);
    if let Some(other) = others
        .iter()
        .find(|other| !same_kind(other) && !first.is_null() && !other.is_null())
    {
        return Err(format!("incompatible types for comparison: {first} and {other}"));
    }
    let order = match (first, second) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (a, b) if a == b => Some(Ordering::Equal),
        _ => None,
    };
    let ordered = order.ok_or_else(|| "invalid type for comparison".to_owned());
    Ok(Value::Bool(match name {
        "eq" => others.iter().any(|other| first == other),
        "ne" => first != second,
        "lt" => ordered?.is_lt(),
        "le" => ordered?.is_le(),
        "gt" => ordered?.is_gt(),
        _ => ordered?.is_ge(),
    }))
}

fn index(arguments: &[Value]) -> Result<Value, String> {
    let [container, keys @ ..] = arguments else {
        return Err("wrong number of args for index: want at least 1 got 0".to_owned());
    };
    let mut value = container;
    for key in keys {
        value = match (value, key) {
            (Value::Object(map), Value::String(key)) => map.get(key).unwrap_or_else(|| nothing_of(map)),
            (Value::Array(list), Value::Number(at)) => {
                at.as_u64()
                    .and_then(|at| list.get(usize::try_from(at).ok()?))
                    .ok_or_else(|| format!("error calling index: index out of range: {at}"))?
            }
            (Value::Null, _) => return Err("error calling index: index of untyped nil".to_owned()),
            (Value::Object(_), key) => {
                return Err(format!("error calling index: value {key} is no key of a map"));
            }
            (other, _) => return Err(format!("error calling index: can't index item of {}", kind(other))),
        };
    }
    Ok(value.clone())
}

/// What Go's `index` gives for a key that is not there: the zero of the map's kind. Texts are known by the others.
fn nothing_of(map: &serde_json::Map<String, Value>) -> &'static Value {
    static NO_TEXT: Value = Value::String(String::new());
    if map.values().all(Value::is_string) {
        &NO_TEXT
    } else {
        &Value::Null
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "type bool",
        Value::Number(_) => "type int",
        Value::String(_) => "type string",
        Value::Array(_) => "type slice",
        Value::Object(_) => "type map",
    }
}

fn length(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) => Ok(Value::from(text.len())),
        Value::Array(list) => Ok(Value::from(list.len())),
        Value::Object(map) => Ok(Value::from(map.len())),
        other => Err(format!("error calling len: len of {}", kind(other))),
    }
}

fn slice(arguments: &[Value]) -> Result<Value, String> {
    let [item, bounds @ ..] = arguments else {
        return Err("wrong number of args for slice: want at least 1 got 0".to_owned());
    };
    let bound = |at: usize, otherwise: usize| {
        let given = bounds.get(at).and_then(Value::as_u64).and_then(|n| n.try_into().ok());
        given.unwrap_or(otherwise)
    };
    let outside = || "error calling slice: index out of range".to_owned();
    match item {
        Value::String(text) => {
            let cut = text.get(bound(0, 0)..bound(1, text.len()));
            cut.map(Value::from).ok_or_else(outside)
        }
        Value::Array(list) => {
            let cut = list.get(bound(0, 0)..bound(1, list.len()));
            cut.map(Value::from).ok_or_else(outside)
        }
        other => Err(format!("error calling slice: can't slice item of {}", kind(other))),
    }
}

/// The verbs of Go's `fmt` that templates use: v, s, d, q, t, x, f, with width, `-` and `0`.
fn printf(format: &str, arguments: &[Value]) -> Result<String, String> {
    let mut out = String::new();
    let mut given = arguments.iter();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = letters.next_if(|c| matches!(c, '-' | '0' | '+' | '#' | ' ' | '.') || c.is_ascii_digit())
        {
            flags.push(flag);
        }
        // Go reads no further after a width that is too large.
        let (Some(width), Some(verb)) = (width(&flags), letters.next()) else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = given.next() else {
            let _ = write!(out, "%!{verb}(MISSING)");
            continue;
        };
        let text = verbatim(verb, value)?;
        let padding = width.saturating_sub(text.chars().count());
        let pad = |with: char| std::iter::repeat_n(with, padding);
        if flags.contains('-') {
            out.push_str(&text);
            out.extend(pad(' '));
        } else {
            let zeros = flags.starts_with('0') && value.is_number();
            out.extend(pad(if zeros { '0' } else { ' ' }));
            out.push_str(&text);
        }
    }
    Ok(out)
}

/// The width that flags ask for; nothing where it is too large.
fn width(flags: &str) -> Option<usize> {
    let digits = flags.trim_start_matches(['-', '0', '+', '#', ' ']);
    let digits = digits.split('.').next().unwrap_or_default();
    // Flags between digits are none of Go's; they count as no width.
    if digits.is_empty() || digits.bytes().any(|byte| !byte.is_ascii_digit()) {
        return Some(0);
    }
    digits.parse().ok().filter(|width| *width <= WIDEST)
}

/// A value as a verb prints it.
fn verbatim(verb: char, value: &Value) -> Result<String, String> {
    Ok(match (verb, value) {
        ('q', Value::String(text)) => serde_json::to_string(text).map_err(|error| error.to_string())?,
        ('x', Value::String(text)) => text
            .bytes()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")),
        ('x', Value::Number(number)) => format!("{:x}", number.as_i64().unwrap_or_default()),
        ('f', Value::Number(number)) => format!("{:.6}", number.as_f64().unwrap_or_default()),
        ('d', Value::Number(_)) | ('t', Value::Bool(_)) | ('v' | 's', _) => nested(value),
        (verb, value) => format!(
            "%!{verb}({}={})",
            kind(value).trim_start_matches("type "),
            nested(value)
        ),
    })
}
