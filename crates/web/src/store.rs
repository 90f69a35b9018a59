//! Where the browser keeps the viewer's preferences, for all pages of this address.

use web_sys::StorageEvent;

use crate::host::{Host, HostError};
use crate::listener::Listener;
use wasm_bindgen::JsCast as _;

/// The key in the browser's store.
const KEY: &str = "realtime.preferences";

/// What is stored, if anything is and the browser allows to read it.
pub(crate) fn read(host: &Host) -> Option<String> {
    host.window.local_storage().ok()??.get_item(KEY).ok()?
}

/// Stores a text.
pub(crate) fn write(host: &Host, text: &str) {
    if let Ok(Some(store)) = host.window.local_storage() {
        // A full or forbidden store costs the choice after a reload only, not the page.
        drop(store.set_item(KEY, text));
    }
}

/// Tells `changed` of every text that another page stores, until the listener is dropped.
pub(crate) fn watch(host: &Host, changed: impl Fn(&str) + 'static) -> Result<Listener, HostError> {
    Listener::new(host.window.as_ref(), "storage", move |event| {
        let Some(event) = event.dyn_ref::<StorageEvent>() else { return };
        // A key that was removed says nothing about what the viewer prefers.
        if event.key().as_deref() == Some(KEY)
            && let Some(text) = event.new_value()
        {
            changed(&text);
        }
    })
}
