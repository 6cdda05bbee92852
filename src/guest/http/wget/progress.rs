//! The bar that busybox draws while a file comes: once a second where more was waited for, and when all is there.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use rustix::termios::tcgetwinsize;

/// Width where there is no terminal to ask.
const COLUMNS: usize = 80;
/// Columns beside the bar itself.
const AROUND: usize = 48;
/// How long nothing may come before that is said.
const STALLED: Duration = Duration::from_secs(5);

/// A transfer as it is seen.
pub(super) struct Progress {
    name: String,
    shown: bool,
    terminal: bool,
    begin: Instant,
    /// Bytes of the whole file, where the server told.
    total: Option<u64>,
    /// Bytes a file held before.
    offset: u64,
    received: u64,
    /// Second of the transfer that was drawn last.
    last_drawn: u64,
    /// Whether the file itself is on its way.
    begun: bool,
    last_heard: Instant,
}

impl Progress {
    /// Of a file called `name`; nothing is drawn where not `shown`.
    pub(super) fn new(name: &str, shown: bool) -> Self {
        let now = Instant::now();
        Self {
            name: name.to_owned(),
            shown,
            terminal: io::stderr().is_terminal(),
            begin: now,
            total: None,
            offset: 0,
            received: 0,
            last_drawn: 0,
            begun: false,
            last_heard: now,
        }
    }

    /// Bytes that are to come, behind `offset` that are there.
    pub(super) fn expect(&mut self, coming: Option<u64>, offset: u64) {
        self.total = coming.map(|coming| coming.saturating_add(offset));
        self.offset = offset;
        self.begin = Instant::now();
        self.last_heard = self.begin;
        self.begun = true;
    }

    /// Bytes that came.
    pub(super) fn receive(&mut self, length: usize) {
        self.received += length as u64;
        self.last_heard = Instant::now();
    }

    /// More was waited for: draws, where this second has not been drawn.
    pub(super) fn wait(&mut self) {
        let second = self.begin.elapsed().as_secs();
        if self.shown && self.begun && self.last_drawn != second {
            self.last_drawn = second;
            self.draw("");
        }
    }

    /// The last figures; none where nothing came.
    pub(super) fn end(&mut self) {
        if self.shown && self.received > 0 {
            self.total = Some(self.offset + self.received);
            self.draw("\n");
        }
    }

    /// On a terminal each line is written over the one before.
    fn draw(&self, last: &str) {
        let columns = tcgetwinsize(rustix::stdio::stderr()).map_or(COLUMNS, |size| usize::from(size.ws_col));
        let done = self.offset + self.received;
        let end = match self.total {
            _ if self.last_heard.elapsed() >= STALLED => "  - stalled -".to_owned(),
            None => " --:--:-- ETA".to_owned(),
            Some(_) if self.received == 0 => " --:--:-- ETA".to_owned(),
            Some(total) => {
                let seconds = self.begin.elapsed().as_secs();
                let left = total.saturating_sub(done);
                time_left(left.saturating_mul(seconds) / self.received)
            }
        };
        let (begin, last) = if self.terminal { ("\r", last) } else { ("", "\n") };
        let columns = if columns == 0 { COLUMNS } else { columns };
        let line = line(&self.name, (done, self.total), &end, columns);
        let _ = io::stderr().write_all(format!("{begin}{line}{last}").as_bytes());
    }
}

fn time_left(seconds: u64) -> String {
    let seconds = seconds.min(99 * 3600);
    format!(" {:2}:{:02}:{:02} ETA", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn line(name: &str, (done, total): (u64, Option<u64>), end: &str, columns: usize) -> String {
    let name: String = name.chars().take(20).collect();
    let mut line = format!("{name:<20}");
    if let Some(total) = total {
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100).min(100);
        let _ = write!(line, "{percent:4}%");
        let width = columns.saturating_sub(AROUND);
        // busybox draws no bar of two stars or fewer.
        if width > 2 {
            let stars = u64::try_from(width).unwrap_or(0).saturating_mul(done.min(total)) / total.max(1);
            let stars = usize::try_from(stars).unwrap_or(width).min(width);
            let _ = write!(line, " |{:<width$}|", "*".repeat(stars));
        }
    }
    line + " " + &five(done) + end
}

/// A number in five columns: bytes, or with one of the letters `k`, `M`, `G`, `T`.
fn five(bytes: u64) -> String {
    if bytes < 100_000 {
        return format!("{bytes:5}");
    }
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut units = "kMGT".chars();
    let mut unit = units.next();
    while tenths >= 100_000
        && let Some(next) = units.next()
    {
        tenths /= 1024;
        unit = Some(next);
    }
    let unit = unit.unwrap_or('k');
    if tenths < 1000 {
        format!("{:2}.{}{unit}", tenths / 10, tenths % 10)
    } else {
        format!("{:4}{unit}", tenths / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_busybox_s() {
        // Recorded from busybox on terminals of different widths.
        let left = |seconds| time_left(seconds);
        assert_eq!(
            line("slow", (100_000, Some(500_000)), &left(4), 80),
            "slow                  20% |******                          | 97.6k  0:00:04 ETA"
        );
        assert_eq!(
            line("slow", (100_000, None), " --:--:-- ETA", 80),
            "slow                 97.6k --:--:-- ETA"
        );
        assert_eq!(
            line(
                "a-very-long-name-for-a-file",
                (2_500_000, Some(2_500_000)),
                &left(0),
                80
            ),
            "a-very-long-name-for 100% |********************************| 2441k  0:00:00 ETA"
        );
        assert_eq!(
            line("close", (10, Some(10)), &left(0), 60),
            "close                100% |************|    10  0:00:00 ETA"
        );
        assert_eq!(
            line("close", (10, Some(10)), &left(0), 50),
            "close                100%    10  0:00:00 ETA"
        );
        assert_eq!(
            line("more than was promised", (11, Some(0)), "", 52),
            "more than was promis 100% |    |    11"
        );
    }

    #[test]
    fn sizes_take_five_columns() {
        for (bytes, text) in [
            (0, "    0"),
            (99_999, "99999"),
            (100_000, "97.6k"),
            (102_400, " 100k"),
            (10_238_976, "9999k"),
            (10_240_000, " 9.7M"),
            (99_999_999, "95.3M"),
            (123_456_789, " 117M"),
            (u64::MAX, "16777215T"),
        ] {
            assert_eq!(five(bytes), text, "{bytes}");
        }
    }
}
