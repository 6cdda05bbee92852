//! One screenful of `top`.

use std::collections::HashMap;
use std::fmt::Write;
use std::io;

use super::sample::{Processors, Row, View};

/// Columns of the heading, which busybox never makes wider.
const HEADING: usize = 100;

/// Room for a screenful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub lines: usize,
    pub columns: usize,
}

impl Size {
    /// Where nothing has to be cut.
    pub(super) const fn endless() -> Self {
        Self {
            lines: usize::MAX,
            columns: usize::MAX,
        }
    }

    /// Standard output's; 24 lines of 79 where it is no terminal.
    pub(super) fn of_terminal() -> Self {
        rustix::termios::tcgetwinsize(io::stdout()).map_or(Self { lines: 24, columns: 79 }, |size| Self {
            lines: usize::from(size.ws_row),
            columns: usize::from(size.ws_col),
        })
    }

    /// Whether anything can be shown at all.
    pub(super) const fn is_enough(self) -> bool {
        self.lines >= 5 && self.columns >= 10
    }
}

/// The screenful; in batch mode without what moves the cursor and reverses colours.
pub(super) fn draw(view: &View, users: &HashMap<u32, String>, size: Size, batch: bool) -> String {
    let memory = |name| view.memory.of(name);
    let total = memory("MemTotal");
    let heading = [
        format!(
            "Mem: {}K used, {}K free, {}K shrd, {}K buff, {}K cached",
            total.saturating_sub(memory("MemFree")),
            memory("MemFree"),
            memory("MemShared") + memory("Shmem"),
            memory("Buffers"),
            memory("Cached")
        ),
        processors(&view.processors),
        format!("Load average: {}", view.load),
    ];
    // Its buffer holds an end mark too.
    let width = size.columns.min(HEADING) - 1;
    let mut text = if batch {
        String::new()
    } else {
        "\x1b[H\x1b[J".to_owned()
    };
    for line in heading {
        let _ = writeln!(text, "{}", cut(&line, width));
    }
    let columns = cut("  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND", size.columns);
    let (reverse, usual) = if batch { ("", "") } else { ("\x1b[7m", "\x1b[m") };
    let _ = write!(text, "{reverse}{columns}{usual}");
    let took: u64 = view.rows.iter().map(|row| row.ticks).sum();
    let shares = Shares {
        memory: total,
        // Processes that came and went between two looks were busy too.
        took: took.max(view.processors.busy()),
        busy: view.processors.busy(),
        total: view.processors.total,
    };
    for row in view.rows.iter().take(size.lines.saturating_sub(4)) {
        let line = line(row, users, &shares);
        let _ = write!(text, "\n{}", cut(&line, size.columns));
    }
    text.push(if batch { '\n' } else { '\r' });
    text
}

fn cut(line: &str, width: usize) -> String {
    line.chars().take(width).collect()
}

fn processors(time: &Processors) -> String {
    let share = |part: u64| 100 * part / time.total.max(1);
    format!(
        "CPU:{:4}% usr{:4}% sys{:4}% nic{:4}% idle{:4}% io{:4}% irq{:4}% sirq",
        share(time.user),
        share(time.system),
        share(time.nice),
        share(time.idle),
        share(time.waiting),
        share(time.interrupts),
        share(time.soft_interrupts)
    )
}

/// What a process's share is a share of.
struct Shares {
    memory: u64,
    took: u64,
    busy: u64,
    total: u64,
}

impl Shares {
    /// Hundredths, rounded.
    fn of_memory(&self, size: u64) -> u64 {
        rounded(u128::from(size) * 100, u128::from(self.memory))
    }

    fn of_time(&self, ticks: u64) -> u64 {
        rounded(
            u128::from(ticks) * 100 * u128::from(self.busy),
            u128::from(self.took) * u128::from(self.total),
        )
    }
}

fn rounded(value: u128, by: u128) -> u64 {
    let by = by.max(1);
    u64::try_from((value + by / 2) / by).unwrap_or(u64::MAX)
}

fn line(row: &Row, users: &HashMap<u32, String>, shares: &Shares) -> String {
    let process = &row.process;
    let user = users
        .get(&process.owner)
        .cloned()
        .unwrap_or_else(|| process.owner.to_string());
    format!(
        "{:>5} {:>5} {user:<8.8} {:<3} {:>6}{:4}% {:3}{:4}% {}",
        process.pid,
        process.parent,
        state(row),
        short(process.virtual_size),
        shares.of_memory(process.virtual_size),
        process.processor,
        shares.of_time(row.ticks),
        process.arguments
    )
}

/// Up to three letters: the kernel's, whether it has no memory of its own, and whether it yields or is preferred.
fn state(row: &Row) -> String {
    let process = &row.process;
    let mut letters = process.state.to_string();
    if process.virtual_size == 0 && process.state != 'Z' {
        letters.push('W');
    }
    match process.nice {
        0 => {}
        below if below < 0 => letters.push('<'),
        _ => letters.push('N'),
    }
    letters
}

/// Kibibytes in five columns at most: `99999`, ` 245m`, `92.1m`, ` 1.2g`.
fn short(kibibytes: u64) -> String {
    if kibibytes <= 99_999 {
        return kibibytes.to_string();
    }
    let (mut tenths, mut letters) = (u128::from(kibibytes) * 10, "mgtpezy".chars());
    let mut letter = ' ';
    loop {
        tenths /= 1024;
        letter = letters.next().unwrap_or(letter);
        if tenths < 100_000 {
            break;
        }
    }
    if tenths >= 1000 {
        format!("{}{letter}", tenths / 10)
    } else {
        format!("{}.{}{letter}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::memory::Memory;
    use super::super::super::table::parse;
    use super::*;

    fn view() -> View {
        let stat = "1 (sleep) S 0 7 6 0 -1 0 0 0 0 0 700 50 0 0 20 0 1 0 100 2990080 10";
        View {
            memory: Memory::read(
                "MemTotal: 1000000 kB\nMemFree: 400000 kB\nShmem: 3 kB\nBuffers: 2 kB\nCached: 1 kB\n",
            ),
            processors: Processors {
                user: 47,
                system: 40,
                idle: 13,
                total: 100,
                ..Processors::default()
            },
            load: "0.07 0.05 0.07 2/371 13".into(),
            rows: vec![Row {
                process: parse(1, 0, stat, b"sleep\x001d\0").unwrap(),
                ticks: 30,
            }],
        }
    }

    #[test]
    fn a_screenful_reads_as_in_busybox() {
        let users = HashMap::from([(0, "root".to_owned())]);
        let text = "Mem: 600000K used, 400000K free, 3K shrd, 2K buff, 1K cached\n\
                    CPU:  47% usr  40% sys   0% nic  13% idle   0% io   0% irq   0% sirq\n\
                    Load average: 0.07 0.05 0.07 2/371 13\n\
                    \x20 PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND\n\
                    \x20   1     0 root     S     2920   0%   0  30% sleep 1d\n";
        assert_eq!(draw(&view(), &users, Size::endless(), true), text);
        let small = Size { lines: 5, columns: 20 };
        assert_eq!(
            draw(&view(), &users, small, false),
            "\x1b[H\x1b[JMem: 600000K used, \nCPU:  47% usr  40% \nLoad average: 0.07 \n\
             \x1b[7m  PID  PPID USER    \x1b[m\n    1     0 root    \r"
        );
        assert!(!Size { lines: 4, columns: 80 }.is_enough());
    }

    #[test]
    fn sizes_take_five_columns() {
        for (kibibytes, text) in [
            (0, "0"),
            (99_999, "99999"),
            (100_000, "97.6m"),
            (250_880, "245m"),
            (1_300_000, "1269m"),
            (90_000_000, "85.8g"),
            (u64::MAX, "15.9z"),
        ] {
            assert_eq!(short(kibibytes), text, "{kibibytes}");
        }
    }
}
