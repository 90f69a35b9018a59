//! The pages: a component is one file here and one line in the table.

mod controls;
mod palette;

use leptos::prelude::AnyView;

/// A component with the states that it is shown in.
#[derive(Debug)]
pub(crate) struct Page {
    /// As it stands in the address.
    pub(crate) name: &'static str,
    /// Never empty; the first is shown when the address names none.
    pub(crate) states: &'static [&'static str],
    /// Draws one of the states.
    pub(crate) view: fn(&'static str) -> AnyView,
}

/// All pages, in the order of the list.
pub(crate) const PAGES: &[Page] = &[
    Page { name: "palette", states: &["colours"], view: palette::view },
    Page { name: "controls", states: &["enabled", "disabled"], view: controls::view },
];
