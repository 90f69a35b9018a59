//! The live analytics page: what it shows and how it says it.
//!
//! Everything that can be decided without a browser stands in modules of its own with tests on the
//! host; [`components`] and [`browser`] are the thin rest.

pub mod browser;
pub mod components;
pub mod entries;
pub mod figures;
pub mod format;
pub mod hooks;
pub mod i18n;
pub mod live;
pub mod moment;
pub mod settings;
