//! The page's word on its connection, in a browser, over a link that does what links do.

mod latency;
mod loss;
mod page;
mod reload;
mod retry;
