//! The bounds in time of a prune and of a list.

use super::error::ApiError;
use super::filters::Filters;
use crate::engine::core::PruneSpec;
use crate::moment::{now, point, unix};

/// What a prune with those filters takes.
///
/// # Errors
/// Those of [`until`].
pub fn pruned(filters: &Filters) -> Result<PruneSpec, ApiError> {
    Ok(PruneSpec {
        until: until(filters, now())?,
        labels: filters.values("label").to_vec(),
        not_labels: filters.values("label!").to_vec(),
    })
}

/// The `until` of a prune: nanoseconds since the Unix epoch.
///
/// # Errors
/// Several, or one that names no point in time.
pub fn until(filters: &Filters, now: i64) -> Result<Option<i64>, ApiError> {
    match filters.values("until") {
        [] => Ok(None),
        [text] => {
            let moment = point(text, now)
                .and_then(|nanos| i64::try_from(nanos).ok())
                .or_else(|| unix(text))
                .ok_or_else(|| ApiError::invalid(format!("failed to parse value as time or duration: {text:?}")))?;
            Ok(Some(moment))
        }
        _ => Err(ApiError::invalid("more than one until filter specified")),
    }
}
