//! `uptime`: since when the machine runs, and how busy it is.

use nix::sys::sysinfo::sysinfo;

use super::super::{Call, errno, getopt, time};

/// Help.
pub const USAGE: &str = "\n\nDisplay the time since the last boot";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "s", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let info = match sysinfo() {
        Ok(info) => info,
        Err(error) => {
            call.complain(format_args!("sysinfo: {}", errno::of_code(error as i32)));
            return 1;
        }
    };
    let seconds = info.uptime().as_secs();
    if options.has('s') {
        let since = time::now().saturating_sub(i64::try_from(seconds).unwrap_or(0));
        println!("{}", time::civil(since).iso());
        return 0;
    }
    let now = time::civil(time::now());
    let (one, five, fifteen) = info.load_average();
    println!(
        " {:02}:{:02}:{:02} up {},  0 users,  load average: {}, {}, {}",
        now.hour,
        now.minute,
        now.second,
        duration(seconds),
        load(one),
        load(five),
        load(fifteen)
    );
    0
}

/// `18 min`, ` 5:07`, `2 days, 10:00`.
fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let days = match days {
        0 => String::new(),
        1 => "1 day, ".to_owned(),
        more => format!("{more} days, "),
    };
    if hours == 0 {
        format!("{days}{minutes} min")
    } else {
        format!("{days}{hours:2}:{minutes:02}")
    }
}

/// Two digits behind the point, cut and not rounded.
fn load(value: f64) -> String {
    format!("{:.2}", (value * 100.0).trunc() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_busybox() {
        assert_eq!(duration(59), "0 min");
        assert_eq!(duration(18 * 60), "18 min");
        assert_eq!(duration(5 * 3600 + 7 * 60), " 5:07");
        assert_eq!(duration(86_400 + 60), "1 day, 1 min");
        assert_eq!(duration(10 * 86_400 + 18 * 3600), "10 days, 18:00");
        assert_eq!(load(5.019), "5.01");
        assert_eq!(load(0.0), "0.00");
    }
}
