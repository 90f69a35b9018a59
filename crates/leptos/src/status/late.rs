//! The panel as a module of its own, which comes after the first figures.
//!
//! Without the feature `split` it is part of the page, and there at once.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use realtime_manager::Status;

use self::module::{fetch, panel_of_module};
use super::controls::{Interface, button};
use crate::i18n::StatusText;
use crate::parts::{drawn, paragraph};

#[cfg(feature = "split")]
mod module {
    use leptos::html;
    use leptos::prelude::*;
    use leptos::wasm_split::{SplitLoaderError, wasm_split};

    use crate::status::controls::Interface;
    use crate::status::panel::panel;

    #[wasm_split(status_panel, wasm_split_path = leptos::wasm_split, fallible, preload(fetch))]
    pub(super) fn panel_of_module(
        all: Interface,
        settings: NodeRef<html::Button>,
    ) -> Result<AnyView, SplitLoaderError> {
        Ok(panel(all, settings))
    }
}

#[cfg(not(feature = "split"))]
mod module {
    use std::convert::Infallible;
    use std::future::{Ready, ready};

    use leptos::html;
    use leptos::prelude::*;

    use crate::status::controls::Interface;
    use crate::status::panel::panel;

    pub(super) fn fetch() -> Ready<Result<(), Infallible>> {
        ready(Ok(()))
    }

    pub(super) fn panel_of_module(
        all: Interface,
        settings: NodeRef<html::Button>,
    ) -> Ready<Result<AnyView, Infallible>> {
        ready(Ok(panel(all, settings)))
    }
}

/// How far the panel's module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loading {
    Unasked,
    Coming,
    There,
    Failed,
}

/// The panel's module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LatePanel(RwSignal<Loading>);

impl LatePanel {
    /// Loads it after the first figures, or once there is no hope of them soon: the panel is wanted most
    /// when the server is away, and then it must be there.
    pub(crate) fn after_first_figures(all: Interface) -> Self {
        let late = Self(RwSignal::new(Loading::Unasked));
        let Interface { connection, subscriptions, .. } = all;
        Effect::new(move |_| {
            let is_opening = matches!(connection.status.get(), Status::Connecting | Status::Connected);
            if subscriptions.total.get() > 0 || !is_opening {
                late.load();
            }
        });
        late
    }

    /// Loads it unless it is there or on its way; also after a failure.
    fn load(self) {
        match self.0.get_untracked() {
            Loading::Coming | Loading::There => return,
            Loading::Unasked | Loading::Failed => self.0.set(Loading::Coming),
        }
        spawn_local(async move {
            let is_there = fetch().await.is_ok();
            // Nobody is told when the indicator has gone meanwhile.
            self.0.try_set(if is_there { Loading::There } else { Loading::Failed });
        });
    }

    /// The panel, or what stands in its place until it is there.
    pub(crate) fn view(self, all: Interface, settings: NodeRef<html::Button>) -> AnyView {
        self.load();
        drawn(move || match self.0.get() {
            Loading::Unasked | Loading::Coming => stand_in(all, StatusText::PanelComing, None),
            Loading::There => made(all, settings).unwrap_or_else(|| self.failed(all)),
            Loading::Failed => self.failed(all),
        })
    }

    fn failed(self, all: Interface) -> AnyView {
        let again = Callback::new(move |()| self.load());
        let again = button(Some("panel-again"), all.t(StatusText::Again), Signal::stored(true), again);
        stand_in(all, StatusText::PanelFailed, Some(again))
    }
}

/// The panel, made at once and under the present owner: with the module there, nothing is waited for.
fn made(all: Interface, settings: NodeRef<html::Button>) -> Option<AnyView> {
    match pin!(panel_of_module(all, settings)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(view) => view.ok(),
        Poll::Pending => None,
    }
}

fn stand_in(all: Interface, text: StatusText, action: Option<AnyView>) -> AnyView {
    let text = Signal::derive(move || Some(all.lang.get().t(text).to_owned()));
    view! {
        <div
            class="status-panel"
            id=all.panel_id()
            role="dialog"
            aria-label=all.t(StatusText::Connection)
            data-testid="status-panel-wait"
            tabindex="-1"
        >
            <div class="status-facts">{paragraph("status-why", text)} {action}</div>
        </div>
    }
    .into_any()
}
