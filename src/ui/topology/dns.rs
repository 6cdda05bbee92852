//! A question to a resolver on its true path: from the container to its own 127.0.0.11 and on to the engine, never along a bar; and
//! the answer back, with the network that gave it and why that one.

use super::Manner;
use super::compact::{Compact, Segment};
use super::layout::{BoxAt, Layout};
use crate::observe::{AnswerReason, Answerer, Outcome, Precedence};
use crate::scene::{Presence, Question, Scene};
use crate::texts;
use crate::ui::draw::asked;
use crate::ui::look::Role;
use crate::ui::pen::{Pen, cut, width};

/// Where every container's resolver is.
const RESOLVER: &str = "127.0.0.11";

/// What stands for it where there is no room.
pub const RESOLVER_LETTER: &str = "D";
/// Blank columns between a path and what else is written in its row.
const APART: u16 = 2;

/// Beside each box that asks: the question on its way, and what came back. True where the resolver is only a letter, which the legend,
/// if there is one, explains.
pub fn draw_beside(scene: &Scene, grid: &Layout, pen: &mut Pen<'_>, (manner, legend): (Manner, bool)) -> bool {
    let mut lettered = false;
    for question in &scene.questions {
        let asks = |boxed: &&BoxAt| {
            let mut nodes = boxed.nodes.iter().map(|node| &scene.nodes[*node]);
            !boxed.folded && nodes.any(|node| node.name == question.asker && node.presence != Presence::Ghost)
        };
        if let Some(boxed) = grid.boxes.iter().find(asks) {
            lettered |= draw_at(boxed, question, pen, (manner, legend));
        }
    }
    lettered
}

/// A text, and where.
type Written<'t> = (&'t Said, (u16, u16));

/// A way to write the same.
#[derive(Debug)]
struct Said {
    text: String,
    /// The resolver is a letter in it.
    lettered: bool,
}

fn draw_at(boxed: &BoxAt, question: &Question, pen: &mut Pen<'_>, (manner, legend): (Manner, bool)) -> bool {
    let style = manner.look.style(Role::Command);
    let mut asks = asking(question, manner);
    asks.retain(|said| legend || !said.lettered);
    let answers = answering(question, manner);
    if let Some((ask, answer)) = path(boxed, (&asks, &answers), pen) {
        for (said, (x, y)) in std::iter::once(ask).chain(answer) {
            pen.put(x, y, &said.text, style);
        }
        return ask.0.lettered;
    }
    // No room around it: on its own edge, which nobody else writes on.
    if boxed.flat {
        pen.put(boxed.rect.right().saturating_sub(2), boxed.name_y(), "?", style);
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
    false
}

/// The way that says most, question and answer, in the rows around the box: beside it, the answer below the question; below it, one
/// below the other or one behind the other. Of ways that say as much, the first.
fn path<'t>(
    boxed: &BoxAt,
    (asks, answers): (&'t [Said], &'t [Said]),
    pen: &Pen<'_>,
) -> Option<(Written<'t>, Option<Written<'t>>)> {
    let (left, right) = (boxed.rect.x, boxed.rect.right());
    let (name_y, below) = (boxed.name_y(), boxed.rect.bottom());
    // Without its answer, a question says less than any with one.
    let unanswered = asks.len() + answers.len();
    let mut best: Option<(usize, (Written<'t>, Option<Written<'t>>))> = None;
    for (place, at) in [((right, name_y), 0), ((left, below), 1), ((left, below), 2)] {
        for (ask, less) in asks.iter().zip(0..).filter(|(ask, _)| fits(ask, place, boxed, pen)) {
            let then = match at {
                2 => (place.0 + width(&ask.text) + 1, place.1),
                _ => (place.0, place.1 + 1),
            };
            // Behind the question, the answer has that beside it, not something else.
            let answer = answers.iter().zip(0..).find(|(answer, _)| match at {
                2 => is_apart(answer, then, pen),
                _ => fits(answer, then, boxed, pen),
            });
            let cost = less + answer.map_or(unanswered, |(_, less)| less);
            let written = answer.map(|(answer, _)| (answer, then));
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, ((ask, place), written)));
            }
        }
    }
    best.map(|(_, way)| way)
}

/// Blank cells to stand on, away from what is written behind them, and from what is before them unless it is the box itself.
fn fits(said: &Said, (x, y): (u16, u16), boxed: &BoxAt, pen: &Pen<'_>) -> bool {
    let own = x == boxed.rect.right() && y >= boxed.rect.y && y < boxed.rect.bottom();
    let before = own || x == 0 || pen.is_blank(x - 1, y, 1);
    before && is_apart(said, (x, y), pen)
}

fn is_apart(said: &Said, (x, y): (u16, u16), pen: &Pen<'_>) -> bool {
    let wide = width(&said.text);
    let to_edge = pen.width().saturating_sub(x);
    wide < to_edge && pen.is_blank(x, y, (wide + APART).min(to_edge))
}

/// From the longest to the shortest.
fn asking(question: &Question, manner: Manner) -> Vec<Said> {
    let name = asked::spoken(&question.name);
    let engine = manner.get("picture.engine");
    let (dash, head) = (manner.look.pick("┄", "."), manner.look.pick("▸", ">"));
    let texts = [
        format!("{dash}?{name}{dash}{head} {RESOLVER} {dash}{head} {engine}"),
        format!("{dash}?{name}{dash}{head} {RESOLVER}"),
        format!("{dash}?{name}{dash}{head}{RESOLVER_LETTER}"),
        format!("{dash}?{name}"),
    ];
    let said = |(text, at)| Said {
        text,
        lettered: at == 2,
    };
    texts.into_iter().zip(0..).map(said).collect()
}

fn answering(question: &Question, manner: Manner) -> Vec<Said> {
    let head = format!("{}{} ", manner.look.pick("◂", "<"), manner.look.pick("┄", "."));
    let texts = match &question.outcome {
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
        _ => vec![format!("{head}{}", manner.cross())],
    };
    let said = |text| Said { text, lettered: false };
    texts.into_iter().map(said).collect()
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

/// In the compact form: a mark before who asks, the path in words below the picture. True where it is drawn.
pub fn draw_on_bar(scene: &Scene, compact: &Compact, pen: &mut Pen<'_>, manner: Manner) -> bool {
    let mut drawn = false;
    for question in &scene.questions {
        let rows = compact
            .rows
            .iter()
            .flat_map(|row| row.shown.iter().map(move |s| (row.y, s)));
        let asks = |segment: &Segment| {
            let node = &scene.nodes[segment.node];
            node.name == question.asker && node.cables[segment.cable].presence.is_real()
        };
        for (y, segment) in rows.filter(|(_, segment)| asks(segment)) {
            let mark = manner.look.pick("▸", ">");
            pen.put(segment.x.saturating_sub(1), y, mark, manner.look.style(Role::Command));
            drawn = true;
        }
    }
    drawn
}
