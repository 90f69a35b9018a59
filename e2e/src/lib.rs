//! A small vocabulary for tests of the whole line: a server, its HTTP interface, a browser.

mod access;
mod browser;
mod devtools;
mod folder;
mod game;
mod http;
mod pictures;
mod process;
mod proxy;
mod server;
mod socket;
mod terminal;

pub use access::{Axe, lost_in_forced_colors, too_wide, violations};
pub use browser::{Browser, Driver};
pub use devtools::{Key, Media, Tab};
pub use folder::{ServedFolder, gallery};
pub use game::{fixture, game};
pub use http::{Answer, Http};
pub use pictures::take_pictures;
pub use process::{Finished, binary, first_line, run, run_with_key};
pub use proxy::Proxy;
pub use server::{KEY, Server};
pub use socket::Socket;
pub use terminal::Terminal;
