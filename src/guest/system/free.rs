//! `free`: the machine's memory.

use super::super::Call;
use super::memory::Memory;

/// Help.
pub const USAGE: &str = "[-bkmgh]\n\nDisplay free and used memory";

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes(u64),
    /// Whichever makes it shortest, with its letter.
    Human,
}

/// Entry. busybox reads the first word alone, and of that two letters.
pub(crate) fn main(call: &Call) -> i32 {
    let first = call.args.first().map(|word| word.to_string_lossy().into_owned());
    let unit = match first.as_deref().and_then(|word| word.strip_prefix('-')) {
        None => Unit::Bytes(1 << 10),
        Some(word) => match word.chars().next() {
            Some('b') => Unit::Bytes(1),
            Some('k') => Unit::Bytes(1 << 10),
            Some('m') => Unit::Bytes(1 << 20),
            Some('g') => Unit::Bytes(1 << 30),
            Some('h') => Unit::Human,
            _ => return call.usage(),
        },
    };
    match Memory::now() {
        Ok(memory) => {
            print!("{}", table(&memory, unit));
            0
        }
        Err(error) => {
            call.complain_of("can't open '/proc/meminfo'", &error);
            1
        }
    }
}

fn table(memory: &Memory, unit: Unit) -> String {
    let of = |name| memory.of(name);
    let cache = of("Buffers") + of("Cached") + of("SReclaimable");
    let used = of("MemTotal").saturating_sub(cache + of("MemFree"));
    let row = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>12}")).collect();
        cells.concat()
    };
    let heading = row(&["total", "used", "free", "shared", "buff/cache", "available"].map(str::to_owned));
    let main = row(&[
        of("MemTotal"),
        used,
        of("MemFree"),
        of("Shmem"),
        cache,
        of("MemAvailable"),
    ]
    .map(|kibibytes| scaled(kibibytes, unit)));
    let swap = row(&[
        of("SwapTotal"),
        of("SwapTotal").saturating_sub(of("SwapFree")),
        of("SwapFree"),
    ]
    .map(|kibibytes| scaled(kibibytes, unit)));
    format!("       {heading}\nMem:   {main}\nSwap:  {swap}\n")
}

/// In units, rounded; or with one digit behind the point and a letter.
fn scaled(kibibytes: u64, unit: Unit) -> String {
    let mut value = u128::from(kibibytes) * 1024;
    match unit {
        Unit::Bytes(unit) => ((value + u128::from(unit) / 2) / u128::from(unit)).to_string(),
        Unit::Human if value < 1024 => value.to_string(),
        Unit::Human => {
            let (mut tenths, mut letters) = (0, "KMGTPE".chars());
            let mut letter = ' ';
            while value >= 1024 {
                letter = letters.next().unwrap_or('Z');
                tenths = ((value % 1024) * 10 + 512) / 1024;
                value /= 1024;
            }
            if tenths >= 10 {
                (value, tenths) = (value + 1, 0);
            }
            format!("{value}.{tenths}{letter}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "\
MemTotal:       24684096 kB
MemFree:        12710188 kB
MemAvailable:   23148356 kB
Buffers:          144164 kB
Cached:         10621632 kB
Shmem:            431444 kB
SReclaimable:     484880 kB
SwapTotal:             0 kB
SwapFree:              0 kB
rubbish
HugePages_Total:
";

    #[test]
    fn memory_reads_as_in_busybox() {
        let memory = Memory::read(MEMINFO);
        let heading = "              total        used        free      shared  buff/cache   available\n";
        for (unit, rows) in [
            (
                Unit::Bytes(1024),
                "Mem:       24684096      723232    12710188      431444    11250676    23148356\n\
                 Swap:             0           0           0\n",
            ),
            (
                Unit::Bytes(1 << 30),
                "Mem:             24           1          12           0          11          22\n\
                 Swap:             0           0           0\n",
            ),
            (
                Unit::Human,
                "Mem:          23.5G      706.3M       12.1G      421.3M       10.7G       22.1G\n\
                 Swap:             0           0           0\n",
            ),
        ] {
            assert_eq!(table(&memory, unit), format!("{heading}{rows}"), "{unit:?}");
        }
    }
}
