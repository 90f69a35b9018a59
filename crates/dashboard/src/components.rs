//! The components of the page; each takes values and signals, none knows the connection.

#![expect(unreachable_pub, reason = "the component macro emits a public twin of each component")]

mod app;
mod card;
mod feed;
mod header;
mod locale;
mod marks;

pub use app::App;
