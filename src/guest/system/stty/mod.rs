//! `stty`: what a terminal is set to, and how it is set otherwise.

mod print;
mod words;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::termios::{OptionalActions, Termios, Winsize, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

use super::super::{Call, errno};

/// Help.
pub const USAGE: &str = "[-a|g] [-F DEVICE] [SETTING]...\n\nWithout arguments, prints baud rate, line discipline,\nand deviations from stty sane\n\n\t-F DEVICE\tOpen device instead of stdin\n\t-a\t\tPrint all current settings in human-readable form\n\t-g\t\tPrint in stty-readable form\n\t[SETTING]\tSee manpage";

/// A terminal that was asked for by name, or standard input.
struct Device {
    name: String,
    file: Option<File>,
}

impl Device {
    fn fd(&self) -> BorrowedFd<'_> {
        // Standard input is open for as long as the program runs.
        match &self.file {
            Some(file) => file.as_fd(),
            None => rustix::stdio::stdin(),
        }
    }

    fn refusal(&self, error: impl Into<io::Error>) -> String {
        format!("{}: {}", self.name, errno::words(&error.into()))
    }

    fn size(&self) -> Result<Winsize, String> {
        tcgetwinsize(self.fd()).map_err(|error| self.refusal(error))
    }
}

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Order {
    all: bool,
    readable: bool,
    device: Option<String>,
    settings: Vec<String>,
}

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    match read(&call.args).and_then(|order| obey(&order)) {
        Ok(()) => 0,
        Err(reproach) => {
            call.complain(reproach);
            1
        }
    }
}

/// Options may stand anywhere; what is no option is a setting, one with a dash in front too.
fn read(args: &[OsString]) -> Result<Order, String> {
    let mut order = Order::default();
    let mut rest = args.iter().map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-a" | "--all" => order.all = true,
            "-g" | "--save" => order.readable = true,
            "-F" => order.device = Some(rest.next().ok_or("option requires an argument -- 'F'")?),
            _ => match word.strip_prefix("-F") {
                Some(device) => order.device = Some(device.to_owned()),
                None => order.settings.push(word),
            },
        }
    }
    if order.all && order.readable {
        return Err("-a and -g are mutually exclusive".to_owned());
    }
    if !order.settings.is_empty() && (order.all || order.readable) {
        return Err("modes may not be set when -a or -g is used".to_owned());
    }
    Ok(order)
}

fn obey(order: &Order) -> Result<(), String> {
    let device = match &order.device {
        None => Device {
            name: "standard input".to_owned(),
            file: None,
        },
        Some(name) => Device {
            name: name.clone(),
            file: Some(File::open(name).map_err(|error| format!("can't open '{name}': {}", errno::words(&error)))?),
        },
    };
    // Refused before anything is changed.
    words::check(&order.settings)?;
    let mut termios = tcgetattr(device.fd()).map_err(|error| device.refusal(error))?;
    if order.settings.is_empty() {
        let size = device.size().ok();
        print!("{}", show(order, &termios, size));
        return Ok(());
    }
    let before = termios.clone();
    let mut rest = order.settings.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        match word {
            "size" => {
                let size = device.size()?;
                println!("{} {}", size.ws_row, size.ws_col);
            }
            "speed" => println!("{}", termios.output_speed()),
            "rows" | "cols" | "columns" => resize(&device, word, rest.next().unwrap_or_default())?,
            _ => words::apply(&mut termios, word, &mut rest)?,
        }
    }
    if same(&termios, &before) {
        return Ok(());
    }
    tcsetattr(device.fd(), OptionalActions::Drain, &termios).map_err(|error| device.refusal(error))?;
    let now = tcgetattr(device.fd()).map_err(|error| device.refusal(error))?;
    if same(&now, &termios) {
        Ok(())
    } else if now.control_modes != termios.control_modes {
        // What a pseudo-terminal has no wires for, the C library refuses itself.
        Err(device.refusal(rustix::io::Errno::INVAL))
    } else {
        Err(format!("{}: cannot perform all requested operations", device.name))
    }
}

fn show(order: &Order, termios: &Termios, size: Option<Winsize>) -> String {
    if order.readable {
        return print::readable(termios);
    }
    let columns = size
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
        .unwrap_or(80);
    let size = size.filter(|_| order.all);
    print::settings(termios, size, order.all, columns)
}

fn resize(device: &Device, word: &str, value: &str) -> Result<(), String> {
    let value = words::number(value)?;
    let mut size = device.size()?;
    if word == "rows" {
        size.ws_row = value;
    } else {
        size.ws_col = value;
    }
    tcsetwinsize(device.fd(), size).map_err(|error| device.refusal(error))
}

/// Whether two terminals are set alike (what this program shows of them).
fn same(one: &Termios, other: &Termios) -> bool {
    print::readable(one) == print::readable(other) && one.output_speed() == other.output_speed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(words: &[&str]) -> Result<Order, String> {
        read(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn options_and_settings_are_told_apart() {
        let read = order(&["size", "-F", "/dev/tty", "-echo"]).unwrap();
        assert_eq!(read.device.as_deref(), Some("/dev/tty"));
        assert_eq!(read.settings, ["size", "-echo"]);
        assert_eq!(order(&["-a", "-g"]).unwrap_err(), "-a and -g are mutually exclusive");
        assert_eq!(
            order(&["-a", "echo"]).unwrap_err(),
            "modes may not be set when -a or -g is used"
        );
    }
}
