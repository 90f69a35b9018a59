//! What the address asks for.

use std::fmt::Write as _;

use crate::pages::{PAGES, Page};

/// One page in one state, or none for the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) shown: Option<(&'static Page, &'static str)>,
    pub(crate) is_reduced: bool,
}

impl Wish {
    /// A page that there is not is the list; a state that there is not is the page's first.
    pub(crate) fn of(query: &str) -> Self {
        let param = |name: &str| {
            let pairs =
                query.trim_start_matches(['/', '?']).split('&').filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
        };
        let page = PAGES.iter().find(|page| Some(page.name) == param("page"));
        let shown = page.and_then(|page| {
            let wanted = page.states.iter().find(|state| Some(**state) == param("state"));
            Some((page, *wanted.or_else(|| page.states.first())?))
        });
        Self { shown, is_reduced: param("motion") == Some("reduced") }
    }
}

/// The address of a page in a state, with the settings of the address at hand.
pub(crate) fn link(page: &Page, state: &str, lang: &str, theme: &str) -> String {
    let mut link = String::new();
    // Writing into a text cannot fail.
    write!(link, "/?page={}&state={state}&lang={lang}&theme={theme}", page.name).ok();
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(query: &str) -> Option<(&'static str, &'static str)> {
        Wish::of(query).shown.map(|(page, state)| (page.name, state))
    }

    #[test]
    fn a_page_is_found_by_name_and_state() {
        assert_eq!(name("?page=controls&state=disabled"), Some(("controls", "disabled")));
        assert_eq!(name("?lang=ru&page=controls"), Some(("controls", "enabled")));
        assert_eq!(name("?page=controls&state=none"), Some(("controls", "enabled")));
        assert_eq!(name("?page=none"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn a_link_leads_to_its_page() {
        for page in PAGES {
            for state in page.states {
                assert_eq!(name(&link(page, state, "ru", "light")), Some((page.name, *state)));
            }
        }
    }

    #[test]
    fn motion_is_reduced_on_request() {
        assert!(Wish::of("?motion=reduced").is_reduced);
        assert!(!Wish::of("?motion=full").is_reduced);
    }
}
