//! The first depth: a mark with a word, and the button that opens the rest.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{EventTarget, Node};
use realtime_manager::{Event, Health, Link, Status, StatusChange, Theme};

use super::controls::{Depth, Interface};
use super::late::LatePanel;
use crate::i18n::{Lang, UPDATE, counted, loss, millis, sentence, use_lang, word};
use crate::parts::{drawn, pressed, shown, steady};
use crate::{
    Missing, use_page_clock, use_realtime_connection, use_realtime_event, use_realtime_preferences,
    use_realtime_problems, use_realtime_subscriptions,
};

/// Where the indicator stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StatusPosition {
    /// Where its element is; the panel opens below it.
    #[default]
    Inline,
    /// In a corner of the window.
    TopStart,
    /// In a corner of the window.
    TopEnd,
    /// In a corner of the window; the panel opens above it.
    BottomStart,
    /// In a corner of the window; the panel opens above it.
    BottomEnd,
}

impl StatusPosition {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Inline, Self::TopStart, Self::TopEnd, Self::BottomStart, Self::BottomEnd];

    /// The word in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::TopStart => "top-start",
            Self::TopEnd => "top-end",
            Self::BottomStart => "bottom-start",
            Self::BottomEnd => "bottom-end",
        }
    }
}

/// How much of it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StatusSize {
    /// The mark alone; its word is its name.
    Small,
    /// Mark, word and figures.
    #[default]
    Medium,
    /// The same in larger type.
    Large,
}

impl StatusSize {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// The word in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// The state of the connection: a mark with a word, which opens a panel, which opens settings and
/// diagnostics.
///
/// ## Usage
/// ```no_run
/// use leptos::prelude::*;
/// use realtime_leptos::{StatusIndicator, StatusPosition};
///
/// #[component]
/// fn Corner() -> impl IntoView {
///     view! { <StatusIndicator position=StatusPosition::BottomEnd show_updates=true /> }
/// }
/// ```
///
/// It stands below [`provide_realtime`](crate::provide_realtime), speaks the language of
/// [`provide_lang`](crate::provide_lang), and looks as the custom properties of `style/00-tokens.css` say.
#[component]
pub fn StatusIndicator(
    /// Where it stands.
    #[prop(optional)]
    position: StatusPosition,
    /// How much of it is seen.
    #[prop(optional)]
    size: StatusSize,
    /// Whether it shows how many updates came.
    #[prop(optional)]
    show_updates: bool,
    /// Told before the viewer's choice of language or theme is stored: for a page whose address asked
    /// for another one.
    #[prop(optional)]
    on_look: Option<Callback<()>>,
    /// The theme in force, where it need not be the one that the viewer prefers.
    #[prop(optional, into)]
    theme: Option<Signal<Theme>>,
) -> impl IntoView {
    match interface(on_look, theme) {
        Ok(interface) => indicator(interface, position, size, show_updates),
        Err(missing) => view! { <p class="status-missing">{missing.to_string()}</p> }.into_any(),
    }
}

fn interface(on_look: Option<Callback<()>>, theme: Option<Signal<Theme>>) -> Result<Interface, Missing> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let lost = RwSignal::new(None);
    use_realtime_event(move |event| {
        if let Event::Status(StatusChange { to: Status::Reconnecting | Status::Error, reason, .. }) = *event
            && reason.is_some_and(|reason| loss(reason, Lang::En).is_some())
        {
            lost.set(reason);
        }
    })?;
    Ok(Interface {
        number: NUMBER.fetch_add(1, Ordering::Relaxed),
        lang: use_lang(),
        now: use_page_clock()?,
        depth: RwSignal::new(Depth::Mark),
        connection: use_realtime_connection()?,
        subscriptions: use_realtime_subscriptions()?,
        problems: use_realtime_problems()?,
        preferences: use_realtime_preferences()?,
        loss: lost,
        on_look,
        theme,
    })
}

fn indicator(all: Interface, position: StatusPosition, size: StatusSize, show_updates: bool) -> AnyView {
    let Interface { lang, depth, connection, .. } = all;
    let (health, status, is_wanted) = (connection.health, connection.status, connection.live);
    let toggle: NodeRef<html::Button> = NodeRef::new();
    let settings: NodeRef<html::Button> = NodeRef::new();
    let root: NodeRef<html::Div> = NodeRef::new();
    let late = LatePanel::after_first_figures(all);
    let is_open = steady(move || depth.get() != Depth::Mark);
    let close = Callback::new(move |()| close_innermost(depth, toggle, settings));
    let text = steady(move || health.with(|health| sentence(health, is_wanted.get(), lang.get())));
    // What is seen is the name; where only the mark is seen, its word.
    let name = Signal::derive(move || {
        let is_small = size == StatusSize::Small;
        is_small.then(|| health.with(|health| lang.get().t(word(health, is_wanted.get()))))
    });
    let latency =
        steady(move || health.with(|health| health.latency.map(|all| millis(all.last, lang.get()))));
    let updates = Signal::derive(move || counted(all.subscriptions.total.get(), UPDATE, lang.get()));
    let status_word = Signal::derive(move || status.get().as_str());
    let shape = Signal::derive(move || shape(status.get(), is_wanted.get()));
    let flip = pressed(move || {
        depth.update(|depth| *depth = if *depth == Depth::Mark { Depth::Panel } else { Depth::Mark })
    });
    view! {
        <div
            class="status"
            data-position=position.as_str()
            data-size=size.as_str()
            data-status=status_word
            data-link=Signal::derive(move || link_word(&health.read()))
            node_ref=root
        >
            <button
                type="button"
                class="status-toggle"
                data-testid="status-toggle"
                data-status=status_word
                aria-label=name
                aria-expanded=Signal::derive(move || is_open.get().to_string())
                aria-controls=all.panel_id()
                node_ref=toggle
                on:click=flip
            >
                <svg class="status-shape" viewBox="0 0 12 12" aria-hidden="true">
                    <path d=shape />
                </svg>
                <span class="status-word">{text}</span>
                {show_updates.then(|| view! { <span class="status-updates">{updates}</span> })}
                {drawn(move || match latency.get() {
                    Some(latency) => view! { <span class="status-latency">{latency}</span> }.into_any(),
                    None => ().into_any(),
                })}
            </button>
            {shown(is_open, move || {
                leave_by_key_or_press(root, depth, close);
                late.view(all, settings)
            })}
        </div>
    }
    .into_any()
}

/// Closes what was opened last and gives the focus back to the button that opened it.
fn close_innermost(depth: RwSignal<Depth>, toggle: NodeRef<html::Button>, settings: NodeRef<html::Button>) {
    let (next, opener) = match depth.get_untracked() {
        Depth::Details => (Depth::Panel, settings),
        Depth::Panel | Depth::Mark => (Depth::Mark, toggle),
    };
    if let Some(button) = opener.get_untracked() {
        // An element that cannot take the focus leaves it where it is.
        drop(button.focus());
    }
    depth.set(next);
}

/// Escape closes the innermost; a press elsewhere closes all. Both end with the panel.
///
/// The window hears Escape, because a button that became disabled under the focus hears nothing.
fn leave_by_key_or_press(root: NodeRef<html::Div>, depth: RwSignal<Depth>, close: Callback<()>) {
    let is_inside = move |target: Option<EventTarget>| {
        let node = target.and_then(|target| target.dyn_into::<Node>().ok());
        root.get_untracked().is_some_and(|root| root.contains(node.as_ref()))
    };
    let key = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        let focus = document().active_element();
        let is_nowhere = focus.is_none_or(|focus| focus.tag_name() == "BODY");
        if event.key() == "Escape" && (is_nowhere || is_inside(event.target())) {
            close.run(());
        }
    });
    let press = window_event_listener(leptos::ev::pointerdown, move |event| {
        if !is_inside(event.target()) {
            depth.set(Depth::Mark);
        }
    });
    on_cleanup(move || {
        key.remove();
        press.remove();
    });
}

/// How the link is, where it is not good.
fn link_word(health: &Health) -> Option<&'static str> {
    health.link.filter(|link| *link != Link::Good).map(Link::as_str)
}

/// A shape of its own for each status, so that nobody needs its colour.
fn shape(status: Status, is_wanted: bool) -> &'static str {
    if !is_wanted {
        return "M2 1h3v10H2zM7 1h3v10H7z";
    }
    match status {
        Status::Connected => "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1z",
        Status::Connecting => "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1zM6 3a3 3 0 1 1 0 6A3 3 0 1 1 6 3z",
        Status::Reconnecting => "M6 1l5.5 10H.5z",
        Status::Disconnected => "M1.5 1.5h9v9h-9z",
        Status::Error => "M2.5 1L6 4.5 9.5 1 11 2.5 7.5 6 11 9.5 9.5 11 6 7.5 2.5 11 1 9.5 4.5 6 1 2.5z",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Status; 5] =
        [Status::Disconnected, Status::Connecting, Status::Connected, Status::Reconnecting, Status::Error];

    /// Behaviour: B53 — broken by: the shape of a live link for a paused one
    #[test]
    fn each_status_has_a_word_and_a_shape_of_its_own() {
        let looks = ALL.map(|status| {
            let health = Health { status, ..Health::default() };
            (word(&health, true), shape(status, true))
        });
        let paused = (word(&Health::default(), false), shape(Status::Disconnected, false));
        let looks: Vec<_> = looks.into_iter().chain([paused]).collect();
        for (index, (word, shape)) in looks.iter().enumerate() {
            for other in &looks[..index] {
                assert_ne!(*word, other.0);
                assert_ne!(*shape, other.1);
            }
        }
    }
}
