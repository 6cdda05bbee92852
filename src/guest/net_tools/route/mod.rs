//! `route`: the routing table, shown and changed.

mod change;

use std::fs;

use super::super::{Call, getopt};
use super::known::Hosts;
use super::routes::{Columns, listing, listing6};

/// Help.
pub const USAGE: &str = "[-ne] [-A inet[6]] [{add|del} [-net|-host] TARGET [netmask MASK]
	[gw GATEWAY] [metric N] [reject] [IFACE]]

Show or edit kernel routing tables

	-n	Don't resolve names
	-e	Display other/more information
	-A inet[6]	Select address family (inet6: only to show)";

/// Entry.
pub(crate) fn main(call: &Call) -> i32 {
    // `-net` and `-host` stand between the operands and are no options.
    let (words, args): (Vec<_>, Vec<_>) = call
        .args
        .iter()
        .cloned()
        .partition(|word| word == "-net" || word == "-host");
    let options = match getopt::parse(
        &Call {
            applet: call.applet,
            args,
        },
        "A:ne",
        &[],
    ) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let inet6 = match options.value('A').map(|family| family.to_string_lossy().into_owned()) {
        None => false,
        Some(family) if family == "inet" => false,
        Some(family) if family == "inet6" => true,
        Some(_) => return call.usage(),
    };
    let operands: Vec<String> = options
        .operands
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let Some((verb, rest)) = operands.split_first() else {
        return show(call, &options, inet6);
    };
    let add = match verb.as_str() {
        "add" => true,
        "del" | "delete" => false,
        _ => return call.usage(),
    };
    if inet6 {
        call.complain("changing IPv6 routes is not in this lab's route");
        return 1;
    }
    let kind = words.first().map(|word| word == "-net");
    match change::run(add, kind, rest) {
        Ok(()) => 0,
        Err(change::Failure::Usage) => call.usage(),
        Err(change::Failure::Sentence(sentence)) => {
            call.complain(sentence);
            1
        }
    }
}

fn show(call: &Call, options: &getopt::Options, inet6: bool) -> i32 {
    let path = if inet6 {
        "/proc/net/ipv6_route"
    } else {
        "/proc/net/route"
    };
    let table = match fs::read_to_string(path) {
        Ok(table) => table,
        Err(error) => {
            call.complain_of(format_args!("can't open '{path}'"), &error);
            return 1;
        }
    };
    if inet6 {
        print!("{}", listing6(&table));
        return 0;
    }
    let columns = if options.has('e') {
        Columns::Window
    } else {
        Columns::Metric
    };
    print!("{}", listing(&table, columns, &mut Hosts::new(options.has('n'))));
    0
}
