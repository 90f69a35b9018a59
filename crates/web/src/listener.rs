//! A listener of a page event, removed when dropped.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Event, EventTarget};

use crate::host::HostError;

#[derive(Debug)]
pub(crate) struct Listener {
    target: EventTarget,
    name: &'static str,
    callback: Closure<dyn Fn(Event)>,
}

impl Listener {
    pub(crate) fn new(
        target: &EventTarget,
        name: &'static str,
        callback: impl Fn(Event) + 'static,
    ) -> Result<Self, HostError> {
        let callback: Closure<dyn Fn(Event)> = Closure::new(callback);
        target
            .add_event_listener_with_callback(name, callback.as_ref().unchecked_ref())
            .map_err(|_| HostError::Listener)?;
        Ok(Self { target: target.clone(), name, callback })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A listener that is gone already needs no removal.
        drop(
            self.target
                .remove_event_listener_with_callback(self.name, self.callback.as_ref().unchecked_ref()),
        );
    }
}
