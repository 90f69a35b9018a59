//! The socket of one attempt, with the callbacks that belong to it.

use realtime_manager::Attempt;
use realtime_protocol::close::CloseCode;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

/// What a socket reports, as the manager takes it.
#[derive(Debug)]
pub(crate) enum Report {
    Opened,
    Received(String),
    /// With the code, if there was one, and the text.
    Closed(Option<CloseCode>, String),
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) attempt: Attempt,
    socket: WebSocket,
    _on_open: Closure<dyn Fn(Event)>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_close: Closure<dyn Fn(CloseEvent)>,
}

impl Link {
    pub(crate) fn open(
        url: &str,
        attempt: Attempt,
        report: impl Fn(Attempt, Report) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let socket = WebSocket::new(url)?;
        let opened = report.clone();
        let on_open: Closure<dyn Fn(Event)> = Closure::new(move |_| opened(attempt, Report::Opened));
        let received = report.clone();
        let on_message: Closure<dyn Fn(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            // A binary message is no frame; as an empty text the manager judges it like any other.
            received(attempt, Report::Received(event.data().as_string().unwrap_or_default()));
        });
        let on_close: Closure<dyn Fn(CloseEvent)> = Closure::new(move |event: CloseEvent| {
            report(attempt, Report::Closed(seen_code(event.code()), event.reason()));
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self { attempt, socket, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }

    pub(crate) fn send(&self, text: &str) -> Result<(), JsValue> {
        self.socket.send_with_str(text)
    }

    /// Closes with `code` where the browser lets a page use it.
    pub(crate) fn close(self, code: CloseCode) {
        if is_allowed(code) {
            // When it fails the socket is closed without a code, by the drop.
            drop(self.socket.close_with_code(code.0));
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closing a socket that is closed already does nothing.
        drop(self.socket.close());
    }
}

/// 1006 says that no close frame was seen, so there is no code.
fn seen_code(code: u16) -> Option<CloseCode> {
    let code = CloseCode(code);
    (code != CloseCode::ABNORMAL).then_some(code)
}

/// A page may close with 1000 and with 3000 to 4999 only.
fn is_allowed(code: CloseCode) -> bool {
    code == CloseCode::NORMAL || (3000..5000).contains(&code.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_closes_only_with_codes_that_browsers_allow() {
        assert!(is_allowed(CloseCode::NORMAL));
        assert!(is_allowed(CloseCode::TOKEN));
        assert!(!is_allowed(CloseCode::PROTOCOL));
        assert!(!is_allowed(CloseCode::TOO_LARGE));
    }

    #[test]
    fn a_link_that_broke_has_no_close_code() {
        assert_eq!(seen_code(1006), None);
        assert_eq!(seen_code(1012), Some(CloseCode::DRAIN));
    }
}
