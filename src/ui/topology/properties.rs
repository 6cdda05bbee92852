//! What holds of the picture of any lab, at any size.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::any_lab::{Change, any_case, any_size};
use super::compact::Compact;
use super::content::address;
use super::layout::{Layout, loose};
use super::*;
use crate::observe::Outcome;
use crate::scene::{Place, Question};
use crate::ui::fixtures::PLAIN;

const MANNER: Manner = Manner {
    look: PLAIN,
    lang: Lang::Fr,
};

fn overlaps(a: Rect, b: Rect) -> bool {
    a.intersection(b).area() > 0
}

fn run(cable: &layout::CableAt) -> Rect {
    Rect::new(cable.x, cable.from, 1, cable.to - cable.from)
}

fn boxes_are_apart(grid: &Layout, screen: Rect) -> Result<(), TestCaseError> {
    for (at, one) in grid.boxes.iter().enumerate() {
        prop_assert_eq!(one.rect.intersection(screen), one.rect);
        let bar_here = |y: &&u16| overlaps(one.rect, Rect::new(0, **y, screen.width, 1));
        prop_assert!(grid.bars.iter().find(bar_here).is_none(), "{one:?}");
        for two in &grid.boxes[at + 1..] {
            prop_assert!(!overlaps(one.rect, two.rect), "{one:?} {two:?}");
        }
    }
    Ok(())
}

fn cables_are_apart(scene: &Scene, grid: &Layout, screen: Rect) -> Result<(), TestCaseError> {
    for cable in &grid.cables {
        let label = width(&address(&scene.nodes[cable.node].cables[cable.cable]));
        let label = Rect::new(cable.x + 1, cable.label_y(), label + 1, 1);
        prop_assert_eq!(label.intersection(screen), label, "an address is cut");
        for area in [run(cable), label] {
            let hit = grid.boxes.iter().find(|boxed| overlaps(area, boxed.rect));
            prop_assert!(hit.is_none(), "{cable:?} {hit:?}");
        }
        for other in grid.cables.iter().filter(|other| other.node != cable.node) {
            prop_assert!(!overlaps(run(cable), run(other)), "{cable:?} {other:?}");
            prop_assert!(!overlaps(label, run(other)), "{cable:?} {other:?}");
            prop_assert!(
                (cable.x, cable.bar_y) != (other.x, other.bar_y),
                "one joint for two cables"
            );
        }
    }
    Ok(())
}

/// Each container is in one box, or on a line below; what is written in a box is there in the end.
fn all_is_drawn(scene: &Scene, grid: &Layout, drawn: &Buffer, top: u16) -> Result<(), TestCaseError> {
    let boxed = grid.boxes.iter().flat_map(|boxed| boxed.nodes.clone());
    let mut all: Vec<usize> = boxed.chain(loose(scene)).collect();
    all.sort_unstable();
    prop_assert_eq!(all, (0..scene.nodes.len()).collect::<Vec<_>>());
    for boxed in &grid.boxes {
        let first = boxed.name_y() + top;
        for (line, y) in boxed.lines.iter().zip(first..) {
            let cells = (0..width(line)).map(|x| drawn[(boxed.rect.x + 2 + x, y)].symbol());
            prop_assert_eq!(&cells.collect::<String>(), line);
        }
        if boxed.folded {
            prop_assert!(boxed.lines[0].contains(&boxed.nodes.len().to_string()), "{boxed:?}");
        }
    }
    Ok(())
}

/// Each cable of a bar that is shown is on it once, or its container is counted at its end.
fn rows_are_whole(scene: &Scene, compact: &Compact, screen: Rect) -> Result<(), TestCaseError> {
    prop_assert_eq!(compact.rows.len() + compact.more, scene.bars.len());
    for (index, row) in compact.rows.iter().enumerate() {
        let mut end = compact.label + 1;
        for segment in &row.shown {
            prop_assert!(segment.x >= end, "{row:?}");
            end = segment.x + width(&segment.text);
        }
        let limit = compact.end.min(screen.width);
        prop_assert!(
            row.shown.is_empty() || end + width(&row.count) <= limit,
            "{row:?} {compact:?}"
        );
        let count: usize = row
            .count
            .trim()
            .rsplit(['×', '+'])
            .next()
            .unwrap_or("")
            .parse()
            .unwrap_or(0);
        prop_assert_eq!(count, row.hidden.len());
        for (at, node) in scene.nodes.iter().enumerate() {
            let on = node.cables.iter().filter(|cable| cable.bar == index).count();
            let shown = row.shown.iter().filter(|segment| segment.node == at).count();
            let hidden = row.hidden.iter().filter(|hidden| **hidden == at).count();
            let stands = on > 0 || fold::home(scene, at).is_some();
            let is_whole = match on {
                0 => shown == 0 && (stands || hidden == 0),
                on => shown + hidden == on,
            };
            prop_assert!(is_whole, "{} on {}: {:?}", scene.nodes[at].name, index, row);
        }
    }
    Ok(())
}

/// Names of the boxes of each bar, or of each row, from left to right; without what was changed.
fn order(scene: &Scene, form: &Form, changed: &str) -> Vec<(String, Vec<String>)> {
    let names = |nodes: Vec<usize>| -> Vec<String> {
        let names = nodes.into_iter().map(|node| scene.nodes[node].name.clone());
        names.filter(|name| name != changed).collect()
    };
    let bar = |index: usize| scene.bars[index].name.clone();
    match form {
        Form::Full(grid) => (0..grid.bars.len())
            .map(|index| {
                let here = |boxed: &&layout::BoxAt| boxed.rect.y == grid.bars[index] + 2 && !boxed.folded;
                let stays =
                    |boxed: &&layout::BoxAt| !matches!(scene.nodes[boxed.nodes[0]].place, Place::Crossing { .. });
                let mut boxes: Vec<_> = grid.boxes.iter().filter(here).filter(stays).collect();
                boxes.sort_by_key(|boxed| boxed.rect.x);
                (bar(index), names(boxes.iter().map(|boxed| boxed.nodes[0]).collect()))
            })
            .collect(),
        Form::Compact(compact) => (0..compact.rows.len())
            .map(|index| {
                let shown = compact.rows[index].shown.iter().map(|segment| segment.node);
                (
                    bar(index),
                    names(shown.filter(|node| scene.nodes[*node].cables.len() < 2).collect()),
                )
            })
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn each_thing_is_drawn_once_and_nothing_lies_on_another(case in any_case(), size in any_size()) {
        let (before, fading, _) = case.scenes();
        for scene in [before, fading] {
            let plan = plan(&scene, size, MANNER);
            let screen = Rect::new(0, 0, size.0, plan.body);
            let area = Rect::new(0, 0, size.0, size.1);
            let mut buffer = Buffer::empty(area);
            draw(&scene, area, &mut buffer, MANNER, None);
            match &plan.form {
                Form::Full(grid) => {
                    prop_assert!(grid.height <= plan.body);
                    boxes_are_apart(grid, screen)?;
                    cables_are_apart(&scene, grid, screen)?;
                    all_is_drawn(&scene, grid, &buffer, plan.top)?;
                }
                Form::Compact(compact) => rows_are_whole(&scene, compact, screen)?,
            }
        }
    }

    #[test]
    fn nothing_is_written_outside_the_panel(case in any_case(), size in any_size()) {
        let (_, scene, _) = case.scenes();
        let area = Rect::new(3, 2, size.0, size.1);
        let mut buffer = Buffer::empty(Rect::new(0, 0, size.0 + 6, size.1 + 4));
        draw(&scene, area, &mut buffer, MANNER, None);
        for position in buffer.area.positions().filter(|position| !area.contains(*position)) {
            prop_assert_eq!(buffer[position].symbol(), " ", "{:?}", position);
        }
    }

    #[test]
    fn those_on_no_bar_are_named_or_counted(case in any_case(), size in any_size()) {
        let (_, scene, _) = case.scenes();
        let lines = plan(&scene, size, MANNER).loose;
        let all = loose(&scene).len();
        let mut told = 0;
        for part in lines.iter().flat_map(|line| line.split(" · ")) {
            let Some((_, list)) = part.split_once("\u{a0}: ") else {
                told = part.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
                break;
            };
            let (named, more) = match list.rsplit_once('+') {
                Some((named, more)) => (named.trim(), more.parse().unwrap_or(0)),
                None => (list, 0),
            };
            told += more + named.split(", ").filter(|name| !name.is_empty()).count();
        }
        prop_assert!(lines.iter().all(|line| width(line) <= size.0));
        prop_assert!(told == all || size.0 < 30, "{told} of {all}: {lines:?}");
    }

    #[test]
    fn one_change_moves_nothing_else_out_of_its_order(case in any_case(), size in any_size()) {
        let (before, fading, changed) = case.scenes();
        let bars = |scene: &Scene| -> Vec<String> {
            scene.bars.iter().map(|bar| bar.name.clone()).filter(|name| *name != changed).collect()
        };
        prop_assert_eq!(bars(&before), bars(&fading));
        if !matches!(case.change, Change::AddNetwork) {
            let all = |scene: &Scene| scene.bars.iter().map(|bar| bar.name.clone()).collect::<Vec<_>>();
            prop_assert_eq!(all(&before), all(&fading), "what fades keeps its place");
        }
        let old = order(&before, &plan(&before, size, MANNER).form, &changed);
        let new = order(&fading, &plan(&fading, size, MANNER).form, &changed);
        for (bar, names) in &old {
            let Some((_, after)) = new.iter().find(|(other, _)| other == bar) else { continue };
            let stayed: Vec<&String> = names.iter().filter(|name| after.contains(name)).collect();
            let kept: Vec<&String> = after.iter().filter(|name| names.contains(name)).collect();
            prop_assert_eq!(stayed, kept);
        }
    }

    #[test]
    fn a_question_is_told_and_moves_nothing(case in any_case(), size in any_size(), who in 0usize..30) {
        let (scene, ..) = case.scenes();
        prop_assume!(size.0 >= 40 && size.1 >= 6 && !scene.nodes.is_empty());
        let asker = scene.nodes[who % scene.nodes.len()].clone();
        prop_assume!(asker.presence.is_real());
        let area = Rect::new(0, 0, size.0, size.1);
        let picture = |scene: &Scene| {
            let mut buffer = Buffer::empty(area);
            draw(scene, area, &mut buffer, MANNER, None);
            buffer
        };
        let quiet = picture(&scene);
        let asked = Scene {
            questions: vec![Question {
                id: String::new(),
                asker: asker.name.clone(),
                name: "es".into(),
                kind: "A".into(),
                outcome: Outcome::SingleLabel,
                count: 1,
            }],
            ..scene.clone()
        };
        let plan = plan(&scene, size, MANNER);
        let edge = |x: u16, y: u16| match &plan.form {
            Form::Full(grid) => grid.boxes.iter().any(|boxed| {
                let rect = boxed.rect;
                let row = if boxed.flat { boxed.name_y() } else { rect.bottom() - 1 };
                x >= rect.x && x < rect.right() && y == plan.top + row
            }),
            Form::Compact(compact) => compact.rows.iter().any(|row| row.y + plan.top == y),
        };
        let loud = picture(&asked);
        prop_assert!(quiet != loud);
        for position in area.positions().filter(|position| quiet[*position].symbol() != loud[*position].symbol()) {
            let free = quiet[position].symbol() == " " || position.y + 1 == area.height;
            prop_assert!(free || edge(position.x, position.y), "{position:?} {:?}", quiet[position].symbol());
        }
    }
}
