//! Timeouts and intervals of the browser, cleared when dropped.

use std::time::Duration;

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Window;

use crate::host::timer_millis;

#[derive(Debug)]
pub(crate) struct Timer {
    window: Window,
    id: i32,
    _callback: Closure<dyn Fn()>,
}

impl Timer {
    pub(crate) fn after(
        window: &Window,
        wait: Duration,
        callback: impl Fn() + 'static,
    ) -> Result<Self, JsValue> {
        let callback: Closure<dyn Fn()> = Closure::new(callback);
        let id = window.set_timeout_with_callback_and_timeout_and_arguments_0(
            callback.as_ref().unchecked_ref(),
            timer_millis(wait),
        )?;
        Ok(Self { window: window.clone(), id, _callback: callback })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.window.clear_timeout_with_handle(self.id);
    }
}

#[derive(Debug)]
pub(crate) struct Interval {
    window: Window,
    id: i32,
    _callback: Closure<dyn Fn()>,
}

impl Interval {
    pub(crate) fn every(
        window: &Window,
        period: Duration,
        callback: impl Fn() + 'static,
    ) -> Result<Self, JsValue> {
        let callback: Closure<dyn Fn()> = Closure::new(callback);
        let id = window.set_interval_with_callback_and_timeout_and_arguments_0(
            callback.as_ref().unchecked_ref(),
            timer_millis(period),
        )?;
        Ok(Self { window: window.clone(), id, _callback: callback })
    }
}

impl Drop for Interval {
    fn drop(&mut self) {
        self.window.clear_interval_with_handle(self.id);
    }
}
