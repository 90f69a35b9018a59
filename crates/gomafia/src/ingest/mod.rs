//! The ingest API: games and tournaments in, corrected, removed and read back.

mod gate;
mod idempotency;
mod tables;

pub(crate) use gate::Keys;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use mafia::game::{Flag, Game, Parsed, Reason, Rejection, Tournament};
use realtime_protocol::Position;
use realtime_server::{FieldError, Metrics, Problem};
use serde::{Deserialize as _, Serialize};
use serde_json::Value;
use store_sqlite::{Outcome, StoreError, Written};
use tokio::sync::watch;

use self::gate::Gate;
use self::idempotency::{Idempotency, Replay};
use crate::limits::{BODY_BYTES_MAX, IDEMPOTENCY_KEY_BYTES_MAX};
use crate::store_thread::{Closed, StoreHandle};

/// The mark of a database with simulated data.
pub(crate) const DEMO: &str = "demo";
/// The mark of a database with replayed data.
pub(crate) const REPLAY: &str = "replay";
/// How a database with neither is marked.
pub(crate) const LIVE: &str = "live";

/// What the routes share.
#[derive(Debug, Clone)]
pub(crate) struct Ingest {
    writer: StoreHandle,
    reader: StoreHandle,
    gate: Arc<Gate>,
    metrics: Metrics,
    idempotency: Arc<Mutex<Idempotency>>,
    mode: watch::Sender<&'static str>,
}

impl Ingest {
    /// Writes go to `writer`, reads to `reader`.
    pub(crate) fn new(
        writer: StoreHandle,
        reader: StoreHandle,
        keys: Keys,
        metrics: Metrics,
        mode: watch::Sender<&'static str>,
    ) -> Self {
        Self { writer, reader, gate: Arc::new(Gate::new(keys)), metrics, idempotency: Arc::default(), mode }
    }

    /// Marks the database when the request says that its data are simulated or replayed.
    async fn claim(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let (origin, mixed) = match headers.get("gomafia-origin").map(HeaderValue::as_bytes) {
            None => return Ok(()),
            Some(b"demo") => (DEMO, false),
            Some(b"demo-mixed") => (DEMO, true),
            Some(b"replay") => (REPLAY, false),
            Some(b"replay-mixed") => (REPLAY, true),
            Some(_) => {
                let detail = "gomafia-origin is demo, demo-mixed, replay or replay-mixed";
                return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
            }
        };
        let held = *self.mode.borrow();
        // Simulated games among others are the stronger warning: a replay does not take it away.
        if held == origin || (mixed && held == DEMO) {
            return Ok(());
        }
        let claimed = self.writer.call(move |store| {
            let unmarked = store.origin()?.is_none_or(|held| held == LIVE);
            let allowed = mixed || (unmarked && store.is_empty()?);
            if allowed {
                store.set_origin(origin)?;
            }
            Ok(allowed)
        });
        if !claimed.await.map_err(closed)?.map_err(|error| failed(&error))? {
            let detail = format!("the database holds other data; {origin} games go there only with --mixed");
            return Err(Problem::new(StatusCode::CONFLICT, detail).of_type("urn:gomafia:origin"));
        }
        self.mode.send_replace(origin);
        Ok(())
    }

    async fn body(&self, request: Request) -> Result<String, Problem> {
        let too_large = || {
            self.metrics.limit_hits.with_label_values(&["body_bytes"]).inc();
            let detail = format!("a body has at most {BODY_BYTES_MAX} bytes; send one game a request");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        };
        let bytes =
            axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|_| too_large())?;
        String::from_utf8(bytes.into())
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body is not UTF-8"))
    }

    fn admit(&self, headers: &HeaderMap) -> Result<(), Problem> {
        self.gate.admit(headers).inspect_err(|refusal| {
            if let gate::Refusal::Rate(_) = refusal {
                self.metrics.limit_hits.with_label_values(&["writes"]).inc();
            }
        })?;
        Ok(())
    }

    fn refused(&self, rejections: &[Rejection]) -> Problem {
        for rejection in rejections {
            self.metrics.set_aside.with_label_values(&[rejection.reason.as_str()]).inc();
        }
        let unreadable = rejections.iter().any(|rejection| rejection.reason == Reason::NotJson);
        let status = if unreadable { StatusCode::BAD_REQUEST } else { StatusCode::UNPROCESSABLE_ENTITY };
        let errors = rejections.iter();
        let errors =
            errors.map(|one| FieldError { pointer: one.pointer.clone(), detail: one.message.clone() });
        Problem::new(status, "the body was refused and nothing was written").with_errors(errors.collect())
    }
}

/// The routes of the ingest API.
pub(crate) fn routes(ingest: Ingest) -> Router {
    Router::new()
        .route("/api/v1/games", post(post_game))
        .route("/api/v1/games/{id}", get(read_game).put(put_game).delete(delete_game))
        .route("/api/v1/tournaments/{id}", get(read_tournament).put(put_tournament))
        .route("/api/v1/tables/{table}", get(tables::read_table))
        .with_state(ingest)
}

#[derive(Debug, Clone, Serialize)]
struct Accepted {
    id: String,
    position: Position,
}

fn accepted(status: StatusCode, id: String, position: Position) -> Response {
    (status, axum::Json(Accepted { id, position })).into_response()
}

fn answered(written: Written) -> Response {
    let status = match written.outcome {
        Outcome::Created => StatusCode::CREATED,
        Outcome::Changed | Outcome::Unchanged => StatusCode::OK,
    };
    accepted(status, written.id, written.position)
}

fn failed(error: &StoreError) -> Problem {
    if let StoreError::Conflict { .. } = error {
        let detail = format!("{error}; correct it with PUT /api/v1/games/{{id}}");
        return Problem::new(StatusCode::CONFLICT, detail);
    }
    tracing::error!(error = error as &dyn std::error::Error, "a write failed");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the database failed and nothing was written; try again")
}

fn closed(_: Closed) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping")
}

fn absent(what: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is no {what} with this id"))
}

async fn post_game(State(ingest): State<Ingest>, request: Request) -> Result<Response, Problem> {
    ingest.admit(request.headers())?;
    ingest.claim(request.headers()).await?;
    let key = idempotency_key(request.headers())?;
    let body = ingest.body(request).await?;
    let Parsed { id, game } = Game::parse(&body).map_err(|rejections| ingest.refused(&rejections))?;
    let digest = game.digest();
    if let Some(key) = &key {
        let known = ingest.idempotency.lock().unwrap_or_else(PoisonError::into_inner).find(key, &digest);
        match known {
            Replay::New => {}
            Replay::Same(id, position) => return Ok(accepted(StatusCode::OK, id, position)),
            Replay::Other => {
                let detail = "this Idempotency-Key was used with another body; use a new key";
                return Err(Problem::new(StatusCode::CONFLICT, detail));
            }
        }
    }
    let written =
        ingest.writer.call(move |store| store.post_game(id.as_deref(), &game)).await.map_err(closed)?;
    let written = written.map_err(|error| failed(&error))?;
    if let Some(key) = key {
        let mut idempotency = ingest.idempotency.lock().unwrap_or_else(PoisonError::into_inner);
        idempotency.remember(key, digest, written.id.clone(), written.position.clone());
    }
    Ok(answered(written))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| !key.is_empty() && key.len() <= IDEMPOTENCY_KEY_BYTES_MAX);
    let detail = format!("Idempotency-Key is ASCII text of 1 to {IDEMPOTENCY_KEY_BYTES_MAX} characters");
    key.map(|key| Some(key.to_owned())).ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, detail))
}

async fn put_game(
    State(ingest): State<Ingest>,
    Path(path_id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    ingest.admit(request.headers())?;
    ingest.claim(request.headers()).await?;
    let body = ingest.body(request).await?;
    let Parsed { id, game } = Game::parse(&body).map_err(|rejections| ingest.refused(&rejections))?;
    same_id(&path_id, id.as_deref())?;
    let written = ingest.writer.call(move |store| store.put_game(&path_id, &game)).await.map_err(closed)?;
    written.map(answered).map_err(|error| failed(&error))
}

fn same_id(path: &str, body: Option<&str>) -> Result<(), Problem> {
    let wrong = |detail: String| {
        let errors = vec![FieldError { pointer: "/id".to_owned(), detail }];
        Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "the id was refused").with_errors(errors))
    };
    if !mafia::game::is_id(path) {
        return wrong("an id consists of 1 to 64 of A-Z a-z 0-9 . _ ~ -".to_owned());
    }
    if body.is_some_and(|body| body != path) {
        return wrong(format!("the path names {path}"));
    }
    Ok(())
}

async fn delete_game(
    State(ingest): State<Ingest>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    ingest.admit(&headers)?;
    let wanted = id.clone();
    let deleted = ingest.writer.call(move |store| store.delete_game(&wanted)).await.map_err(closed)?;
    match deleted.map_err(|error| failed(&error))? {
        Some(position) => Ok(accepted(StatusCode::OK, id, position)),
        None => Err(absent("game")),
    }
}

async fn read_game(
    State(ingest): State<Ingest>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let game = ingest.reader.call(move |store| store.game(&id)).await.map_err(closed)?;
    let mut game = game.map_err(|error| failed(&error))?.ok_or_else(|| absent("game"))?;
    if game.get("status").and_then(Value::as_str) == Some("running") && !ingest.gate.knows(&headers) {
        withhold(&mut game);
    }
    Ok(axum::Json(game).into_response())
}

/// Leaves of a running game what a viewer may know before its end. All else goes, also fields that nobody
/// here knows: they may tell the roles.
fn withhold(game: &mut Value) {
    const OF_GAME: [&str; 17] = [
        "id",
        "identity",
        "source",
        "tournament",
        "tournament_id",
        "season",
        "round",
        "game_no",
        "table",
        "date",
        "time",
        "referee",
        "status",
        "first_killed_night",
        "first_killed_day",
        "flags",
        "players",
    ];
    const OF_SEAT: [&str; 4] = ["seat", "name", "player_id", "fouls"];
    if let Some(fields) = game.as_object_mut() {
        fields.retain(|field, _| OF_GAME.contains(&field.as_str()));
    }
    let reveals = |flag: &Value| Flag::deserialize(flag).map_or(true, Flag::reveals_roles);
    if let Some(flags) = game.get_mut("flags").and_then(Value::as_array_mut) {
        flags.retain(|flag| !reveals(flag));
    }
    for seat in game.get_mut("players").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(fields) = seat.as_object_mut() {
            fields.retain(|field, _| OF_SEAT.contains(&field.as_str()));
        }
    }
}

async fn put_tournament(
    State(ingest): State<Ingest>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    ingest.admit(request.headers())?;
    ingest.claim(request.headers()).await?;
    let body = ingest.body(request).await?;
    let tournament = Tournament::parse(&id, &body).map_err(|rejections| ingest.refused(&rejections))?;
    let written = ingest.writer.call(move |store| store.put_tournament(&tournament)).await.map_err(closed)?;
    written.map(answered).map_err(|error| failed(&error))
}

async fn read_tournament(State(ingest): State<Ingest>, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = ingest.reader.call(move |store| store.tournament(&id)).await.map_err(closed)?;
    let found = found.map_err(|error| failed(&error))?.ok_or_else(|| absent("tournament"))?;
    Ok(axum::Json(found).into_response())
}
