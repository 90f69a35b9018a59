//! `GET /api/v1/tables/{table}`: rows as they stand, filtered and page by page.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use realtime_protocol::Position;
use realtime_server::Problem;
use serde::Serialize;
use serde_json::{Map, Value};
use store_sqlite::{QueryError, TablePage, TableQuery};

use super::{Ingest, closed, failed};

/// One page; `next` is what to give as `after`, and absent on the last page.
#[derive(Debug, Serialize)]
struct Answer {
    position: Position,
    rows: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

pub(super) async fn read_table(
    State(ingest): State<Ingest>,
    Path(table): Path<String>,
    pairs: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(pairs) =
        pairs.map_err(|rejection| Problem::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let query = TableQuery::parse(&table, pairs).map_err(|error| refused(&error))?;
    let page = ingest.reader.call(move |store| store.rows(&query)).await.map_err(closed)?;
    let TablePage { position, rows, next } = page.map_err(|error| failed(&error))?;
    Ok(axum::Json(Answer { position, rows, next }).into_response())
}

fn refused(error: &QueryError) -> Problem {
    let status = match error {
        QueryError::NoTable { .. } => StatusCode::NOT_FOUND,
        QueryError::Filter(_) | QueryError::Regex(_) => StatusCode::BAD_REQUEST,
    };
    Problem::new(status, error.to_string())
}
