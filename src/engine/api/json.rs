//! JSON in and out, as Go's encoder and Docker's decoder do it.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::error::ApiError;
use super::go_json;
use crate::engine::core::Era;
use crate::engine::server::Engine;

/// Bodies larger than this are refused: no request that this engine serves needs a hundredth of it.
pub(super) const LARGEST_BODY: usize = 4 << 20;

/// An answer in JSON, with the newline Go's encoder ends it with.
#[derive(Debug)]
pub struct Answer<T>(pub StatusCode, pub T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut text = match serde_json::to_vec(&self.1) {
            Ok(text) => text,
            Err(error) => {
                return ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
            }
        };
        text.push(b'\n');
        (self.0, [(CONTENT_TYPE, "application/json")], text).into_response()
    }
}

/// 200 and an object.
pub fn ok<T>(value: T) -> Answer<T> {
    Answer(StatusCode::OK, value)
}

/// A request body in JSON; an empty body is the type's default where one is allowed.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Engine> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, engine: &Engine) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let era = engine.options().era;
        let declared = parts
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let text = to_bytes(body, LARGEST_BODY).await.map_err(|_| too_large())?;
        check_type(&parts.headers, declared.unwrap_or(text.len() as u64), era)?;
        decode(&text, era).map(Self)
    }
}

fn too_large() -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("request body is larger than {LARGEST_BODY} bytes"),
    )
}

fn check_type(headers: &HeaderMap, length: u64, era: Era) -> Result<(), ApiError> {
    let given = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if given.is_empty() && length == 0 {
        return Ok(());
    }
    let kind = given.split(';').next().unwrap_or_default().trim();
    if kind.is_empty() {
        return Err(ApiError::invalid(format!(
            "malformed Content-Type header ({given}): mime: no media type"
        )));
    }
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(ApiError::invalid(match era {
        Era::E28 => format!("unsupported Content-Type header ({given}): must be 'application/json'"),
        Era::E20_10 => format!("Content-Type specified ({given}) must be 'application/json'"),
    }))
}

fn decode<T: DeserializeOwned>(text: &Bytes, era: Era) -> Result<T, ApiError> {
    serde_json::from_slice(text).map_err(|error| {
        let words = go_json::words(text, &error);
        ApiError::invalid(match era {
            Era::E28 => format!("invalid JSON: {words}"),
            Era::E20_10 => words,
        })
    })
}

/// `null` is the default: clients send it for any member.
pub fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
