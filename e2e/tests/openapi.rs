//! The OpenAPI document is what the server does.

#[path = "openapi/client.rs"]
mod client;
#[path = "openapi/document.rs"]
mod document;
#[path = "openapi/examples.rs"]
mod examples;
#[path = "openapi/fuzz.rs"]
mod fuzz;
#[path = "openapi/rate.rs"]
mod rate;
#[path = "openapi/requests.rs"]
mod requests;
#[path = "openapi/routes.rs"]
mod routes;
