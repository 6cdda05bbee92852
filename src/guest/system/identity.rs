//! `id` and `whoami`.

use std::fmt::Write;

use nix::unistd::{getegid, geteuid, getgid, getgroups, getuid};

use super::super::{Call, getopt, names};

/// Help of `id`.
pub const USAGE: &str = "[-ugGnr] [USER]\n\nPrint information about USER or the current user\n\n\t-u\tUser ID\n\t-g\tGroup ID\n\t-G\tSupplementary group IDs\n\t-n\tPrint names instead of numbers\n\t-r\tPrint real ID instead of effective ID";
/// Help of `whoami`.
pub const WHOAMI_USAGE: &str = "\n\nPrint the user name associated with the current effective user id";

/// Entry of `id`.
pub(crate) fn id_main(call: &Call) -> i32 {
    let options = match getopt::parse(call, "ugGnr", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (user, group, groups) = if let Some(name) = options.operands.first() {
        let name = name.to_string_lossy();
        let Some(found) = names::users().into_iter().find(|user| user.name == name) else {
            call.complain(format_args!("unknown user {name}"));
            return 1;
        };
        (found.id, found.group, vec![found.group])
    } else {
        let real = options.has('r');
        let user = if real { getuid() } else { geteuid() };
        let group = if real { getgid() } else { getegid() };
        let groups = getgroups()
            .unwrap_or_default()
            .iter()
            .map(|group| group.as_raw())
            .collect();
        (user.as_raw(), group.as_raw(), groups)
    };
    let (user_names, group_names) = (names::of_users(), names::of_groups());
    let shown = |table: &std::collections::HashMap<u32, String>, id: u32| match table.get(&id) {
        Some(name) if options.has('n') => name.clone(),
        _ => id.to_string(),
    };
    let full = |table: &std::collections::HashMap<u32, String>, id: u32| match table.get(&id) {
        Some(name) => format!("{id}({name})"),
        None => id.to_string(),
    };
    if options.has('u') {
        println!("{}", shown(&user_names, user));
    } else if options.has('g') {
        println!("{}", shown(&group_names, group));
    } else if options.has('G') {
        let mut all = vec![group];
        all.extend(groups.into_iter().filter(|other| *other != group));
        println!(
            "{}",
            all.iter()
                .map(|id| shown(&group_names, *id))
                .collect::<Vec<_>>()
                .join(" ")
        );
    } else {
        let mut line = format!("uid={} gid={}", full(&user_names, user), full(&group_names, group));
        if !groups.is_empty() {
            let list: Vec<String> = groups.iter().map(|id| full(&group_names, *id)).collect();
            let _ = write!(line, " groups={}", list.join(","));
        }
        println!("{line}");
    }
    0
}

/// Entry of `whoami`.
pub(crate) fn whoami_main(call: &Call) -> i32 {
    let id = geteuid().as_raw();
    if let Some(name) = names::of_users().get(&id) {
        println!("{name}");
        return 0;
    }
    call.complain(format_args!("unknown uid {id}"));
    1
}
