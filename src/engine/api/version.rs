//! API versions: negotiated per request by the path's first segment.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

use super::error::ApiError;
use crate::engine::core::Rules;

/// Minor part of the version a request speaks (`1.N`); the engine's highest where the path says none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion(pub u16);

/// Takes `/v1.N` off a path.
///
/// # Errors
/// The version is out of range, in Docker's words.
pub fn strip(uri: &Uri, rules: &Rules) -> Result<(Uri, ApiVersion), ApiError> {
    let unversioned = || Ok((uri.clone(), ApiVersion(rules.api_max)));
    let Some(rest) = uri.path().strip_prefix("/v") else {
        return unversioned();
    };
    let (text, rest) = rest.split_once('/').unwrap_or((rest, ""));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return unversioned();
    }
    let minor = check(text, rules)?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path: PathAndQuery = format!("/{rest}{query}")
        .parse()
        .map_err(|_| ApiError::invalid("the path is not a path"))?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path);
    let uri = Uri::from_parts(parts).map_err(|_| ApiError::invalid("the path is not a path"))?;
    Ok((uri, ApiVersion(minor)))
}

/// Whether the path names a version whose refusals are plain text and not JSON: below 1.23 (`versions.go` of moby's API), which
/// only eras that speak such versions have.
#[must_use]
pub fn before_json_errors(uri: &Uri, rules: &Rules) -> bool {
    const FIRST: u32 = 23;
    let version = uri.path().strip_prefix("/v1.").and_then(|rest| rest.split('/').next());
    let minor = version.and_then(|minor| minor.parse::<u32>().ok());
    u32::from(rules.api_min) < FIRST && minor.is_some_and(|minor| minor < FIRST)
}

fn check(text: &str, rules: &Rules) -> Result<u16, ApiError> {
    let mut numbers = text.split('.').map(|part| part.parse::<u32>().unwrap_or(u32::MAX));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let (max, min) = (rules.api_max, rules.api_min);
    if (major, minor) > (1, u32::from(max)) {
        let text = format!("client version {text} is too new. Maximum supported API version is 1.{max}");
        return Err(ApiError::invalid(text));
    }
    if (major, minor) < (1, u32::from(min)) {
        let text = format!(
            "client version {text} is too old. Minimum supported API version is 1.{min}, please upgrade your client to a newer \
             version"
        );
        return Err(ApiError::invalid(text));
    }
    u16::try_from(minor).map_err(|_| ApiError::invalid(format!("client version {text} is no version")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::core::Era;

    fn stripped(path: &str) -> Result<(String, u16), String> {
        let uri: Uri = path.parse().unwrap();
        let (uri, version) = strip(&uri, Era::E28.rules()).map_err(|error| error.message)?;
        Ok((uri.to_string(), version.0))
    }

    #[test]
    fn prefixes() {
        assert_eq!(stripped("/v1.41/networks?a=%20b"), Ok(("/networks?a=%20b".into(), 41)));
        assert_eq!(stripped("/networks"), Ok(("/networks".into(), 51)));
        assert_eq!(stripped("/version"), Ok(("/version".into(), 51)));
        assert_eq!(stripped("/volumes/v1.41"), Ok(("/volumes/v1.41".into(), 51)));
        assert_eq!(stripped("/v1.24"), Ok(("/".into(), 24)));
    }

    #[test]
    fn refusals_of_old_versions_are_plain_text() {
        let plain = |path: &str, era: Era| before_json_errors(&path.parse().unwrap(), era.rules());
        assert!(plain("/v1.11/version", Era::E20_10) && plain("/v1.22/nothing", Era::E20_10));
        assert!(!plain("/v1.23/nothing", Era::E20_10) && !plain("/nothing", Era::E20_10));
        assert!(!plain("/v1.11/version", Era::E28));
    }

    #[test]
    fn out_of_range() {
        assert_eq!(
            stripped("/v9.99/info").unwrap_err(),
            "client version 9.99 is too new. Maximum supported API version is 1.51"
        );
        assert_eq!(
            stripped("/v1.11/info").unwrap_err(),
            "client version 1.11 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer \
             version"
        );
        assert!(stripped("/v1.99999999999/info").unwrap_err().contains("too new"));
    }
}
