//! What tests put in the place of a machine that this one is not: `CNM_FAULT_SYSCTL=<key>=<value>[,<key>=<value>]` is
//! what reading a setting gives, `-` for one that is absent. It changes what is told and nothing else. Refusals of calls are put
//! in at the sandbox's edge (`CNM_FAULT_SYSCALL`).

use std::fs;

/// A setting of the machine by its dotted name, trimmed; `None` where this kernel has no such setting.
pub(super) fn sysctl(key: &str) -> Option<String> {
    let fault = std::env::var("CNM_FAULT_SYSCTL").unwrap_or_default();
    match told(&fault, key) {
        Some("-") => None,
        Some(value) => Some(value.to_owned()),
        None => {
            let path = format!("/proc/sys/{}", key.replace('.', "/"));
            fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
        }
    }
}

fn told<'a>(fault: &'a str, key: &str) -> Option<&'a str> {
    fault
        .split(',')
        .find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_a_setting_wins() {
        let fault = "kernel.a=1,kernel.ab=-,user.c=x=y";
        assert_eq!(told(fault, "kernel.a"), Some("1"));
        assert_eq!(told(fault, "kernel.ab"), Some("-"));
        assert_eq!(told(fault, "user.c"), Some("x=y"));
        assert_eq!(told(fault, "kernel"), None);
    }

    #[test]
    fn a_setting_is_read_where_the_kernel_has_it() {
        assert_eq!(sysctl("kernel.ostype").as_deref(), Some("Linux"));
        assert_eq!(sysctl("kernel.no_such_setting"), None);
    }
}
