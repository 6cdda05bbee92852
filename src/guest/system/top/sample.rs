//! What is measured: the processors' time, and what each process took of it since the last look.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs;
use std::io;

use super::super::memory::Memory;
use super::super::table::{self, Process};

/// Hundredths of a second that all processors together spent (the first line of /proc/stat, proc(5)).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Processors {
    pub user: u64,
    pub nice: u64,
    pub system: u64,
    pub idle: u64,
    pub waiting: u64,
    pub interrupts: u64,
    pub soft_interrupts: u64,
    pub total: u64,
}

impl Processors {
    fn now() -> io::Result<Self> {
        let text = fs::read_to_string("/proc/stat")?;
        Self::read(&text).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }

    fn read(text: &str) -> Option<Self> {
        let numbers: Vec<u64> = text
            .lines()
            .next()?
            .strip_prefix("cpu ")?
            .split_whitespace()
            .map_while(|number| number.parse().ok())
            .take(8)
            .collect();
        let of = |at: usize| numbers.get(at).copied().unwrap_or(0);
        (numbers.len() >= 4).then(|| Self {
            user: of(0),
            nice: of(1),
            system: of(2),
            idle: of(3),
            waiting: of(4),
            interrupts: of(5),
            soft_interrupts: of(6),
            total: numbers.iter().fold(0, |sum: u64, number| sum.saturating_add(*number)),
        })
    }

    const fn since(self, before: Self) -> Self {
        Self {
            user: self.user.saturating_sub(before.user),
            nice: self.nice.saturating_sub(before.nice),
            system: self.system.saturating_sub(before.system),
            idle: self.idle.saturating_sub(before.idle),
            waiting: self.waiting.saturating_sub(before.waiting),
            interrupts: self.interrupts.saturating_sub(before.interrupts),
            soft_interrupts: self.soft_interrupts.saturating_sub(before.soft_interrupts),
            total: self.total.saturating_sub(before.total),
        }
    }

    /// Waiting for a disk is not work.
    pub(super) const fn busy(self) -> u64 {
        self.total.saturating_sub(self.idle).saturating_sub(self.waiting)
    }
}

/// What the list is ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum By {
    #[default]
    Processor,
    Memory,
    Time,
    Number,
}

impl By {
    /// The order a key asks for.
    pub(super) const fn chosen_by(self, key: u8) -> Self {
        match key {
            b'p' => Self::Processor,
            b'm' => Self::Memory,
            b't' => Self::Time,
            b'n' => Self::Number,
            _ => self,
        }
    }
}

/// The list's order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Order {
    pub by: By,
    pub reversed: bool,
}

/// A process and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub process: Process,
    pub ticks: u64,
}

/// All that is shown at a time.
pub(super) struct View {
    pub memory: Memory,
    pub processors: Processors,
    pub load: String,
    pub rows: Vec<Row>,
}

/// Looks again and again, and remembers the last look.
pub(super) struct Sampler {
    threads: bool,
    processors: Processors,
    ticks: HashMap<u32, u64>,
}

impl Sampler {
    pub(super) fn new(threads: bool) -> Self {
        Self {
            threads,
            processors: Processors::default(),
            ticks: HashMap::new(),
        }
    }

    /// Shows threads for processes, or the other way about.
    pub(super) fn toggle_threads(&mut self) {
        self.threads = !self.threads;
        self.ticks.clear();
    }

    /// Whether there is nothing yet to compare with.
    pub(super) fn is_first(&self) -> bool {
        self.ticks.is_empty()
    }

    fn list(&self) -> Vec<Process> {
        if self.threads {
            table::threads()
        } else {
            table::processes()
        }
    }

    /// Looks without showing.
    pub(super) fn look(&mut self) -> io::Result<()> {
        self.processors = Processors::now()?;
        self.remember(&self.list());
        Ok(())
    }

    fn remember(&mut self, processes: &[Process]) {
        self.ticks = processes.iter().map(|process| (process.pid, process.ticks)).collect();
    }

    /// Looks, and compares with the last look.
    pub(super) fn view(&mut self, order: Order) -> io::Result<View> {
        let processors = Processors::now()?;
        let since = processors.since(self.processors);
        self.processors = processors;
        let processes = self.list();
        let took = |process: &Process| {
            let before = self.ticks.get(&process.pid).copied().unwrap_or(process.ticks);
            process.ticks.saturating_sub(before)
        };
        let mut rows: Vec<Row> = processes
            .iter()
            .map(|process| Row {
                ticks: took(process),
                process: process.clone(),
            })
            .collect();
        self.remember(&processes);
        sort(&mut rows, order);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Ok(View {
            memory: Memory::now()?,
            processors: since,
            load: load.lines().next().unwrap_or_default().to_owned(),
            rows,
        })
    }
}

/// Most first; of equals the one that is more in the next two respects.
fn sort(rows: &mut [Row], order: Order) {
    rows.sort_by_key(|row| {
        let (took, size, time) = (row.ticks, row.process.virtual_size, row.process.ticks);
        Reverse(match order.by {
            By::Processor => (took, size, time),
            By::Memory => (size, took, time),
            By::Time => (time, size, took),
            By::Number => (u64::from(row.process.pid), size, time),
        })
    });
    if order.reversed {
        rows.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processors_time_is_read() {
        let text = "cpu  108947 6525 31049 70402 2639 0 413 470 9 9\ncpu0 1 2 3 4\n";
        let read = Processors::read(text).unwrap();
        assert_eq!((read.user, read.idle, read.soft_interrupts), (108_947, 70_402, 413));
        assert_eq!(read.total, 108_947 + 6525 + 31_049 + 70_402 + 2639 + 413 + 470);
        assert_eq!(read.since(read), Processors::default());
        for bad in ["", "cpu 1 2", "cpu0 1 2 3 4", "intr 1"] {
            assert_eq!(Processors::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn rows_are_ordered_as_asked() {
        let row = |pid: u32, took: u64, size: u64| {
            let mut process = table::parse(pid, 0, "1 (x) S 1 7 7 0 -1 0 0 0 0 0 0 0", b"").unwrap();
            process.virtual_size = size;
            Row { process, ticks: took }
        };
        let ordered = |by, reversed| {
            let mut rows = vec![row(1, 5, 10), row(2, 5, 20), row(3, 9, 5)];
            sort(&mut rows, Order { by, reversed });
            rows.iter().map(|row| row.process.pid).collect::<Vec<_>>()
        };
        assert_eq!(ordered(By::Processor, false), [3, 2, 1]);
        assert_eq!(ordered(By::Memory, false), [2, 1, 3]);
        assert_eq!(ordered(By::Number, false), [3, 2, 1]);
        assert_eq!(ordered(By::Number, true), [1, 2, 3]);
        assert_eq!(By::Time.chosen_by(b'z'), By::Time);
    }
}
