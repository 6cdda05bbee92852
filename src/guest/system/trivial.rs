//! `true` and `false`.

use super::super::Call;

/// Success, whatever the arguments.
pub(crate) fn true_main(_: &Call) -> i32 {
    0
}

/// Failure, whatever the arguments.
pub(crate) fn false_main(_: &Call) -> i32 {
    1
}
