//! A question to a resolver on its true path: from the container to its own 127.0.0.11 and on to the engine, never along a bar; and
//! the answer back, with the network that gave it and why that one.

use super::Manner;
use super::compact::Compact;
use super::layout::{BoxAt, Layout};
use crate::observe::{AnswerReason, Answerer, Outcome, Precedence};
use crate::scene::{Presence, Question, Scene};
use crate::texts;
use crate::ui::draw::asked;
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// Where every container's resolver is.
const RESOLVER: &str = "127.0.0.11";

/// Beside each box that asks: the question on its way, and below it what came back.
pub fn draw_beside(scene: &Scene, grid: &Layout, pen: &mut Pen<'_>, manner: Manner) {
    for question in &scene.questions {
        let asks = |boxed: &&BoxAt| {
            let mut nodes = boxed.nodes.iter().map(|node| &scene.nodes[*node]);
            !boxed.folded && nodes.any(|node| node.name == question.asker && node.presence != Presence::Ghost)
        };
        if let Some(boxed) = grid.boxes.iter().find(asks) {
            draw_at(boxed, question, pen, manner);
        }
    }
}

fn draw_at(boxed: &BoxAt, question: &Question, pen: &mut Pen<'_>, manner: Manner) {
    let style = manner.look.style(Role::Command);
    let (ask, answer) = (asking(question, manner), answering(question, manner));
    // Beside it, the answer below the question; or below it, one behind the other.
    let (right, name_y) = (boxed.rect.right(), boxed.name_y());
    if let Some(text) = fitting(&ask, (right, name_y), pen) {
        pen.put(right, name_y, text, style);
        if let Some(text) = fitting(&answer, (right, name_y + 1), pen) {
            pen.put(right, name_y + 1, text, style);
        }
        return;
    }
    let (left, below) = (boxed.rect.x, boxed.rect.bottom());
    if let Some(text) = fitting(&ask, (left, below), pen) {
        let x = pen.put(left, below, text, style) + 1;
        if let Some(text) = fitting(&answer, (x, below), pen) {
            pen.put(x, below, text, style);
        }
        return;
    }
    // No room around it: on its own edge, which nobody else writes on.
    if boxed.flat {
        pen.put(boxed.rect.right().saturating_sub(2), name_y, "?", style);
    } else {
        let y = boxed.rect.bottom().saturating_sub(1);
        let room = boxed.rect.width / 2 - 1;
        let text = cut(
            &format!("?{}", asked::spoken(&question.name)),
            room,
            manner.words().more,
        );
        pen.put(boxed.rect.x + 1, y, &text, style);
    }
}

/// The first of these that has blank cells to stand on, and one behind it.
fn fitting<'t>(texts: &'t [String], (x, y): (u16, u16), pen: &Pen<'_>) -> Option<&'t String> {
    texts.iter().find(|text| pen.is_blank(x, y, width(text) + 1))
}

/// From the longest to the shortest.
fn asking(question: &Question, manner: Manner) -> Vec<String> {
    let name = asked::spoken(&question.name);
    let engine = manner.get("picture.engine");
    let (dash, head) = (manner.look.pick("┄", "."), manner.look.pick("▸", ">"));
    vec![
        format!("{dash}?{name}{dash}{head} {RESOLVER} {dash}{head} {engine}"),
        format!("{dash}?{name}{dash}{head} {RESOLVER}"),
        format!("{dash}?{name}{dash}{head}D"),
        format!("{dash}?{name}"),
    ]
}

fn answering(question: &Question, manner: Manner) -> Vec<String> {
    let head = format!("{}{} ", manner.look.pick("◂", "<"), manner.look.pick("┄", "."));
    match &question.outcome {
        Outcome::Addresses { addresses, by } => {
            let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let list = all.join(", ");
            let more = if all.len() > 1 {
                format!(" +{}", all.len() - 1)
            } else {
                String::new()
            };
            let first = addresses.first().map_or(0, |address| address.octets()[3]);
            vec![
                format!("{head}{list} ({})", by.network_name),
                format!("{head}{list}"),
                format!("{head}{}{more}", all.first().map_or("", String::as_str)),
                format!("{head}.{first}{more}"),
            ]
        }
        Outcome::Name { target, .. } => vec![format!("{head}{}", target.trim_end_matches('.'))],
        Outcome::Forwarded { rcode, .. } if rcode == "NOERROR" => {
            vec![format!("{head}{}", manner.get("picture.outside"))]
        }
        _ => vec![format!("{head}{}", manner.look.pick("✗", "x"))],
    }
}

/// The newest question told in words, on at most `rows` lines of so many columns: the whole path and the reason where there is room.
pub fn told(scene: &Scene, (columns, rows): (u16, u16), manner: Manner) -> Vec<String> {
    let Some(question) = scene.questions.last() else {
        return Vec::new();
    };
    let (dash, head) = (manner.look.pick("┄", "."), manner.look.pick("▸", ">"));
    let asked = asked::Question {
        container: &question.asker,
        name: &question.name,
        kind: &question.kind,
        outcome: &question.outcome,
        count: question.count,
    };
    let name = asked::spoken(&question.name);
    let engine = manner.get("picture.engine");
    let path = format!(
        "DNS {} {dash}?{name}{dash}{head} {RESOLVER} {dash}{head} {engine}",
        question.asker
    );
    let short = asked::answer(&asked, manner.lang, manner.look);
    let columns = usize::from(columns);
    let back = manner.look.pick("◂┄", "<.");
    let bare = short.trim_start_matches(manner.look.pick("→ ", "-> "));
    let (what, why) = reason(question, bare, manner);
    let indent = |lines: Vec<String>| lines.into_iter().map(|line| format!("    {line}"));
    let under = |first: String, rest: &str| -> Vec<String> {
        let rest = indent(texts::wrap(rest, columns.saturating_sub(4)));
        std::iter::once(first).chain(rest).collect()
    };
    let whole = format!("{path} {back} {what}");
    let forms = match why {
        Some(why) => [
            under(whole, &why),
            under(
                path.clone(),
                &format!("{back} {what} {} {why}", manner.look.pick("·", "-")),
            ),
        ],
        None => [vec![whole], under(path.clone(), &format!("{back} {bare}"))],
    };
    let one = vec![format!("{path} {back} {bare}")];
    let spare = vec![format!("DNS {}", asked::sentence(&asked, manner.lang, manner.look))];
    let fits = |lines: &Vec<String>| {
        lines.len() <= usize::from(rows) && lines.iter().all(|line| usize::from(width(line)) <= columns)
    };
    forms
        .into_iter()
        .chain([one])
        .find(fits)
        .unwrap_or(spare)
        .into_iter()
        .take(usize::from(rows))
        .map(|line| cut(&line, u16::try_from(columns).unwrap_or(u16::MAX), manner.words().more))
        .collect()
}

/// What came back, several answers numbered in their order; and which network gave it, and why that one.
fn reason(question: &Question, bare: &str, manner: Manner) -> (String, Option<String>) {
    let (what, by) = match &question.outcome {
        Outcome::Addresses { addresses, by } => {
            let number = |(at, address)| match addresses.len() {
                1 => format!("{address}"),
                _ => format!("{}. {address}", at + 1),
            };
            (
                addresses.iter().enumerate().map(number).collect::<Vec<_>>().join(" "),
                by,
            )
        }
        Outcome::Name { target, by } => (target.trim_end_matches('.').to_owned(), by),
        _ => return (bare.to_owned(), None),
    };
    (what, Some(why(by, question, manner)))
}

fn why(by: &Answerer, question: &Question, manner: Manner) -> String {
    let also = match &by.why {
        AnswerReason::First { also, .. } => also.join(", "),
        _ => String::new(),
    };
    let key = match &by.why {
        AnswerReason::OnlyNetwork => "picture.why_only_network",
        AnswerReason::OnlyHolder => "picture.why_only_holder",
        AnswerReason::NetworkNamed => "picture.why_named",
        AnswerReason::First { by, .. } => match by {
            Precedence::GatewayPriority => "picture.why_priority",
            Precedence::NotInternal => "picture.why_not_internal",
            Precedence::HasGateway => "picture.why_gateway",
            Precedence::NetworkName => "picture.why_order",
        },
    };
    let values = [
        ("network", &*by.network_name),
        ("also", &also),
        ("container", &question.asker),
    ];
    texts::fill(manner.lang, key, &values)
}

/// In the compact form: a mark on the asking container, the path in words below the picture.
pub fn draw_on_bar(scene: &Scene, compact: &Compact, pen: &mut Pen<'_>, manner: Manner) {
    for question in &scene.questions {
        let rows = compact
            .rows
            .iter()
            .flat_map(|row| row.shown.iter().map(move |s| (row.y, s)));
        for (y, segment) in rows.filter(|(_, s)| scene.nodes[s.node].name == question.asker) {
            pen.put(segment.x, y, "?", manner.look.style(Role::Command));
        }
    }
}
