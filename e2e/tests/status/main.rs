//! The page's word on its connection, in a browser, over a link that does what links do.

mod access;
mod burst;
mod counted;
mod figures;
mod focus;
mod late;
mod latency;
mod loss;
mod page;
mod pictures;
mod preferences;
mod reload;
mod retry;
mod settings;
mod subscriptions;
mod system;
