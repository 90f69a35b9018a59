//! What is read over HTTP: the page, views, health and counters.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use realtime_protocol::message::Entries;
use realtime_protocol::{ParamError, Position, StateHash, Topic};
use serde::Serialize;

use crate::assets::{Encoding, Page};
use crate::follow::HubHandle;
use crate::hub::JoinError;
use crate::metrics::Metrics;
use crate::problem::{Problem, told_as_problem};
use crate::ws::{self, Sockets};

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) hub: HubHandle,
    pub(crate) metrics: Metrics,
    pub(crate) page: Arc<Page>,
    pub(crate) sockets: Sockets,
    pub(crate) sessions_max: usize,
}

/// The routes of the real-time part and the page.
pub(crate) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/assets/{name}", get(asset))
        .route("/healthz", get(health))
        .route("/metrics", get(counters))
        .route("/api/v1/views/{name}", get(view))
        .route("/socket/websocket", get(ws::upgrade))
        .with_state(shared)
}

/// What every answer has: headers that browsers heed, and one form of errors.
pub(crate) async fn secure(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let mut response = told_as_problem(next.run(request).await).await;
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn index(State(shared): State<Shared>) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    let mode = *shared.page.mode.borrow();
    (headers, shared.page.index.replace("{{mode}}", mode)).into_response()
}

async fn asset(State(shared): State<Shared>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = shared.page.assets.iter().find(|asset| asset.name == name) else {
        return Problem::new(StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (packed, name) = match Encoding::accepted(accepted) {
        Encoding::Brotli => (asset.brotli, "br"),
        Encoding::Gzip => (asset.gzip, "gzip"),
        Encoding::Plain => (None, ""),
    };
    let (body, encoding) = packed.map_or((asset.plain, None), |packed| (packed, Some(name)));
    let fixed = [
        (header::CONTENT_TYPE, asset.content_type),
        // The name changes with the content.
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    let mut response = (fixed, body).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

async fn health() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], r#"{"status":"ok"}"#).into_response()
}

async fn counters(State(shared): State<Shared>) -> Response {
    match shared.metrics.text() {
        Ok(text) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
        }
        Err(error) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[derive(Debug, Serialize)]
struct ViewAnswer<'a> {
    topic: &'a str,
    position: Position,
    hash: StateHash,
    state: &'a Entries,
}

async fn view(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let text = match query {
        Some(query) if !query.is_empty() => format!("view:{name}?{query}"),
        _ => format!("view:{name}"),
    };
    let topic = match Topic::parse(&text) {
        Ok(topic) => topic,
        Err(error) => return Problem::new(StatusCode::NOT_FOUND, error.to_string()).into_response(),
    };
    let (position, state) = match shared.hub.view(topic.clone()).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            let is_value = matches!(error, JoinError::Parameter(ParamError::Value { .. }));
            let status = if is_value { StatusCode::BAD_REQUEST } else { StatusCode::NOT_FOUND };
            return Problem::new(status, error.to_string()).into_response();
        }
        Err(stopped) => {
            return Problem::new(StatusCode::SERVICE_UNAVAILABLE, stopped.to_string()).into_response();
        }
    };
    let hash = state.hash();
    let etag = format!("\"{position}-{hash}\"");
    let matched = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let etag_header = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if matched.is_some_and(|known| known.split(',').any(|item| item.trim().trim_start_matches("W/") == etag))
    {
        return (StatusCode::NOT_MODIFIED, etag_header).into_response();
    }
    let answer = ViewAnswer { topic: topic.as_str(), position, hash, state: state.entries() };
    (etag_header, axum::Json(answer)).into_response()
}
