//! The words of an operating-system error, as the `alpine` image's C library has them.

use std::io;

use nix::errno::Errno;

/// The sentence for an error without the `(os error N)` of Rust's own.
///
/// Where musl (the C library of `alpine`) words an error differently from glibc, musl's words are used: a learner
/// comparing with a real `alpine` container reads the same sentence.
pub(crate) fn words(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(code) => of_code(code).to_owned(),
        None => error.to_string(),
    }
}

/// The same in glibc's words, for the tools of images that are built on it.
pub(crate) fn glibc_words(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::ENETUNREACH) => "Network is unreachable".to_owned(),
        Some(code) => Errno::from_raw(code).desc().to_owned(),
        None => error.to_string(),
    }
}

/// The sentence for an `errno` value.
pub(crate) fn of_code(code: i32) -> &'static str {
    let errno = Errno::from_raw(code);
    match errno {
        Errno::EADDRINUSE => "Address in use",
        Errno::EADDRNOTAVAIL => "Address not available",
        Errno::EAGAIN => "Resource temporarily unavailable",
        Errno::EBADF => "Bad file descriptor",
        Errno::EIO => "I/O error",
        Errno::ELOOP => "Symbolic link loop",
        Errno::EMSGSIZE => "Message too large",
        Errno::EMFILE => "No file descriptors available",
        Errno::ENETUNREACH => "Network unreachable",
        Errno::EHOSTUNREACH => "Host is unreachable",
        Errno::ENOMEM => "Out of memory",
        Errno::ENOPROTOOPT => "Protocol not available",
        Errno::ENOTTY => "Not a tty",
        Errno::EOPNOTSUPP => "Not supported",
        Errno::ETIMEDOUT => "Operation timed out",
        Errno::EXDEV => "Cross-device link",
        Errno::EPERM => "Operation not permitted",
        _ => errno.desc(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_carry_no_rust_suffix_and_are_musl_s() {
        assert_eq!(words(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(words(&io::Error::from_raw_os_error(101)), "Network unreachable");
        assert_eq!(words(&io::Error::other("odd")), "odd");
    }
}
