//! `hostname`: the name of this container, or a new one where the capability allows it.

use std::fs;
use std::io;
use std::path::Path;

use super::super::{Call, errno, getopt};

/// Help.
pub const USAGE: &str = "[-sidf] [HOSTNAME | -F FILE]\n\nShow or set hostname or DNS domain name\n\n\t-s\tShort\n\t-i\tAddresses for the hostname\n\t-d\tDNS domain name\n\t-f\tFully qualified domain name\n\t-F FILE\tUse FILE's content as hostname";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "sidfF:", &[("file", 'F')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let wanted = match options.value('F') {
        Some(path) => match fs::read_to_string(Path::new(path)) {
            Ok(text) => text
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty() && !line.starts_with('#'))
                .map(str::to_owned),
            Err(error) => {
                call.complain(format_args!(
                    "can't open '{}': {}",
                    path.display(),
                    errno::words(&error)
                ));
                return 1;
            }
        },
        None => options.operands.first().map(|name| name.to_string_lossy().into_owned()),
    };
    if let Some(name) = wanted {
        return match nix::unistd::sethostname(&name) {
            Ok(()) => 0,
            Err(error) => {
                call.complain_of("sethostname", &io::Error::from(error));
                1
            }
        };
    }
    let name = match nix::unistd::gethostname() {
        Ok(name) => name.to_string_lossy().into_owned(),
        Err(error) => {
            call.complain_of("gethostname", &io::Error::from(error));
            return 1;
        }
    };
    let (short, domain) = name.split_once('.').unwrap_or((&name, ""));
    if options.has('i') {
        let table = fs::read_to_string("/etc/hosts").unwrap_or_default();
        println!("{}", addresses_of(&table, &name).join(" "));
    } else if options.has('s') {
        println!("{short}");
    } else if options.has('d') {
        println!("{domain}");
    } else {
        println!("{name}");
    }
    0
}

/// Addresses that a hosts file (`hosts(5)`) gives for a name, in the file's order.
fn addresses_of(table: &str, name: &str) -> Vec<String> {
    table
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('#').next()?.split_whitespace();
            let address = fields.next()?;
            fields.any(|field| field == name).then(|| address.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_file_lines_are_read_without_comments() {
        let table = "127.0.0.1\tlocalhost\n172.18.0.2\tab12 es # ab13\n172.19.0.2 ab12\n";
        assert_eq!(addresses_of(table, "ab12"), ["172.18.0.2", "172.19.0.2"]);
        assert!(addresses_of(table, "ab13").is_empty());
    }
}
