//! What a page goes through: seen and hidden, left and restored, frozen and resumed, with a network and without.

use realtime_manager::Input;
use wasm_bindgen::JsCast as _;
use web_sys::{Event, EventTarget, PageTransitionEvent};

use crate::host::{Host, HostError};
use crate::listener::Listener;

/// What the browser told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The page may have become visible or hidden.
    Visibility,
    /// The page is left: for good, or into the back/forward cache.
    Left,
    /// The page is there for the first time.
    Loaded,
    /// The page came back from the back/forward cache.
    Restored,
    /// The page will stand still.
    Frozen,
    /// The page runs again.
    Resumed,
    /// The system found a network, or lost it.
    Network { online: bool },
}

impl Sign {
    /// What the manager is told, in this order; `hidden` is what the document says now.
    pub(crate) fn inputs(self, hidden: bool) -> Vec<Input<'static>> {
        match self {
            Self::Visibility | Self::Loaded => vec![Input::Visibility { hidden }],
            // Nobody sees a page that stands still, whatever the document says.
            Self::Left | Self::Frozen => vec![Input::Visibility { hidden: true }],
            Self::Restored | Self::Resumed => vec![Input::Resumed, Input::Visibility { hidden }],
            Self::Network { online } => vec![Input::Network { online }],
        }
    }
}

type Read = fn(&Event) -> Sign;

/// Tells `seen` of every sign, until the listeners are dropped.
pub(crate) fn watch(host: &Host, seen: impl Fn(Sign) + Clone + 'static) -> Result<Vec<Listener>, HostError> {
    let (window, document): (&EventTarget, &EventTarget) = (host.window.as_ref(), host.document.as_ref());
    let signs: [(&EventTarget, &'static str, Read); 7] = [
        (document, "visibilitychange", |_| Sign::Visibility),
        (document, "freeze", |_| Sign::Frozen),
        (document, "resume", |_| Sign::Resumed),
        (window, "pagehide", |_| Sign::Left),
        (window, "pageshow", shown),
        (window, "online", |_| Sign::Network { online: true }),
        (window, "offline", |_| Sign::Network { online: false }),
    ];
    signs
        .into_iter()
        .map(|(target, name, sign)| {
            let seen = seen.clone();
            Listener::new(target, name, move |event| seen(sign(&event)))
        })
        .collect()
}

fn shown(event: &Event) -> Sign {
    let persisted = event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted);
    if persisted { Sign::Restored } else { Sign::Loaded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_stands_still_is_seen_by_nobody() {
        for sign in [Sign::Left, Sign::Frozen] {
            assert_eq!(sign.inputs(false), [Input::Visibility { hidden: true }]);
        }
    }

    #[test]
    fn a_page_that_runs_again_says_so_and_whether_it_is_seen() {
        for sign in [Sign::Restored, Sign::Resumed] {
            for hidden in [false, true] {
                assert_eq!(sign.inputs(hidden), [Input::Resumed, Input::Visibility { hidden }]);
            }
        }
    }

    #[test]
    fn the_first_showing_of_a_page_is_no_return() {
        assert_eq!(Sign::Loaded.inputs(false), [Input::Visibility { hidden: false }]);
    }
}
