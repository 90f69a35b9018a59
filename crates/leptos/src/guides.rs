//! The pages of `docs/` about this crate: their code is compiled, and what they list is complete.

#[cfg(doctest)]
#[doc = include_str!("../../../docs/live-widget.md")]
struct LiveWidget;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/errors-and-recovery.md")]
struct ErrorsAndRecovery;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/performance.md")]
struct Performance;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/theming.md")]
struct Theming;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_page_about_theming_names_every_custom_property_and_no_other() {
        let style = include_str!("../style/00-tokens.css");
        let page = include_str!("../../../docs/theming.md");
        let defined: BTreeSet<&str> = style
            .lines()
            .filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'))
            .map(|(name, _)| name)
            .collect();
        let named: BTreeSet<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `--")?.split_once('`'))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(named, defined);
        assert_eq!(defined.len(), 15);
    }
}
