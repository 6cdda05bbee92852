//! Which lines of one text are also in another, in the same order, with the fewest changes (Myers, "An O(ND) Difference
//! Algorithm and Its Variations", 1986).

use std::ops::Range;

/// Most changes that are looked for; texts that differ in more lines differ in all of them, which is no less true.
const MOST: usize = 3000;

/// Lines of one text that stand for lines of another. One of the ranges may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// The changes from one text to another, in order, with equal lines between them.
pub(super) fn changes<T: PartialEq>(old: &[T], new: &[T]) -> Vec<Change> {
    let before = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let (old_rest, new_rest) = (&old[before..], &new[before..]);
    let after = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let old_middle = &old_rest[..old_rest.len() - after];
    let new_middle = &new_rest[..new_rest.len() - after];
    let mut changes: Vec<Change> = Vec::new();
    let mut at = (0, 0);
    let equal = equal_lines(old_middle, new_middle);
    for (x, y) in equal.into_iter().chain([(old_middle.len(), new_middle.len())]) {
        if at != (x, y) {
            changes.push(Change {
                old: before + at.0..before + x,
                new: before + at.1..before + y,
            });
        }
        at = (x + 1, y + 1);
    }
    changes
}

/// Places of equal lines, in both texts.
fn equal_lines<T: PartialEq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let most = (old.len() + new.len()).min(MOST);
    let offset = most + 1;
    // How far each diagonal was followed, and what that was before each further change.
    let mut reached = vec![0_usize; 2 * offset + 1];
    let mut earlier: Vec<Vec<usize>> = Vec::new();
    for changed in 0..=most {
        earlier.push(reached[offset - changed..=offset + changed].to_vec());
        for diagonal in (offset - changed..=offset + changed).step_by(2) {
            let down = diagonal == offset - changed
                || diagonal != offset + changed && reached[diagonal - 1] < reached[diagonal + 1];
            let mut x = if down {
                reached[diagonal + 1]
            } else {
                reached[diagonal - 1] + 1
            };
            let Some(mut y) = (x + offset).checked_sub(diagonal) else {
                continue;
            };
            while x < old.len() && y < new.len() && old[x] == new[y] {
                x += 1;
                y += 1;
            }
            reached[diagonal] = x;
            if x >= old.len() && y >= new.len() {
                return walked_back(&earlier, (old.len(), new.len()), changed);
            }
        }
    }
    Vec::new()
}

/// The equal lines on the path that was found, from its end back to its beginning.
fn walked_back(earlier: &[Vec<usize>], end: (usize, usize), changed: usize) -> Vec<(usize, usize)> {
    let (mut x, mut y) = end;
    let mut equal = Vec::new();
    for step in (1..=changed).rev() {
        let reached = &earlier[step];
        // In what was kept for this step, diagonal d lies at d + step.
        let at = |diagonal: isize| {
            let place = diagonal + isize::try_from(step).unwrap_or(0);
            usize::try_from(place)
                .ok()
                .and_then(|place| reached.get(place))
                .copied()
                .unwrap_or(0)
        };
        let signed = |number: usize| isize::try_from(number).unwrap_or(0);
        let diagonal = signed(x) - signed(y);
        let bound = signed(step);
        let down = diagonal == -bound || diagonal != bound && at(diagonal - 1) < at(diagonal + 1);
        let from = if down { diagonal + 1 } else { diagonal - 1 };
        let from_x = at(from);
        let from_y = usize::try_from(signed(from_x) - from).unwrap_or(0);
        let start = if down {
            (from_x, from_y + 1)
        } else {
            (from_x + 1, from_y)
        };
        while x > start.0 && y > start.1 {
            x -= 1;
            y -= 1;
            equal.push((x, y));
        }
        (x, y) = (from_x, from_y);
    }
    while x > 0 && y > 0 {
        x -= 1;
        y -= 1;
        equal.push((x, y));
    }
    equal.reverse();
    equal
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second text, made of the first and the changes.
    fn applied(old: &[u8], new: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        for change in changes(old, new) {
            out.extend_from_slice(&old[at..change.old.start]);
            out.extend_from_slice(&new[change.new.clone()]);
            at = change.old.end;
        }
        out.extend_from_slice(&old[at..]);
        out
    }

    #[test]
    fn changes_lead_from_one_text_to_the_other() {
        let texts: [&[u8]; 7] = [b"", b"a", b"abcabba", b"cbabac", b"xxxx", b"abcdefg", b"wabxyze"];
        for one in texts {
            for other in texts {
                assert_eq!(applied(one, other), other);
            }
        }
        let long: Vec<u32> = (0..9000).collect();
        let other: Vec<u32> = (10_000..19_000).collect();
        assert_eq!(changes(&long, &other).len(), 1);
    }

    #[test]
    fn changes_are_few() {
        assert_eq!(
            changes(b"abcd", b"acxd"),
            [Change { old: 1..2, new: 1..1 }, Change { old: 3..3, new: 2..3 }]
        );
        assert_eq!(changes(b"same", b"same"), []);
    }
}
