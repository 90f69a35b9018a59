//! What the browser gives: clock, randomness and address.

use std::time::Duration;

use realtime_manager::Instant;
use wasm_bindgen::JsValue;
use web_sys::{Document, Performance, Window};

/// Path and version of the socket on the page's own host.
const SOCKET_PATH: &str = "/socket/websocket?vsn=2.0.0";

/// Something the driver needs is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostError {
    /// There is no window, so this is no page.
    Window,
    /// The window has no document.
    Document,
    /// The window has no monotonic clock.
    Clock,
    /// The page's address cannot be read.
    Address,
    /// The browser refused to add a listener.
    Listener,
    /// The browser refused to start a timer.
    Timer,
}

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Window => "no window",
            Self::Document => "no document",
            Self::Clock => "no monotonic clock",
            Self::Address => "address of the page cannot be read",
            Self::Listener => "listener was refused",
            Self::Timer => "timer was refused",
        })
    }
}

impl std::error::Error for HostError {}

impl From<HostError> for JsValue {
    fn from(error: HostError) -> Self {
        Self::from_str(&error.to_string())
    }
}

/// The parts of the page that the driver uses.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) window: Window,
    pub(crate) document: Document,
    performance: Performance,
}

impl Host {
    pub(crate) fn of_page() -> Result<Self, HostError> {
        let window = web_sys::window().ok_or(HostError::Window)?;
        let document = window.document().ok_or(HostError::Document)?;
        let performance = window.performance().ok_or(HostError::Clock)?;
        Ok(Self { window, document, performance })
    }

    pub(crate) fn now(&self) -> Instant {
        Instant(from_millis(self.performance.now()))
    }

    /// A seed for the jitter of retries; the wall clock stands in where there is no randomness.
    pub(crate) fn seed(&self) -> u64 {
        let mut bytes = [0_u8; 8];
        let drawn =
            self.window.crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
        match drawn {
            Ok(_) => u64::from_le_bytes(bytes),
            Err(_) => js_sys::Date::now().to_bits(),
        }
    }

    pub(crate) fn hidden(&self) -> bool {
        self.document.hidden()
    }

    pub(crate) fn socket_url(&self) -> Result<String, HostError> {
        let location = self.window.location();
        let protocol = location.protocol().map_err(|_| HostError::Address)?;
        let host = location.host().map_err(|_| HostError::Address)?;
        Ok(socket_url(&protocol, &host))
    }
}

/// The socket's address on the host that served the page.
///
/// `protocol` is the page's own, with its colon: a page over TLS asks for a socket over TLS.
#[must_use]
pub fn socket_url(protocol: &str, host: &str) -> String {
    let scheme = if protocol == "https:" { "wss" } else { "ws" };
    format!("{scheme}://{host}{SOCKET_PATH}")
}

/// Milliseconds of the browser as a duration; what is no time counts as zero.
fn from_millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or_default()
}

/// A duration as the whole milliseconds of a timer, rounded up so that it never fires early.
pub(crate) fn timer_millis(wait: Duration) -> i32 {
    i32::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secure_page_asks_for_a_secure_socket() {
        assert_eq!(socket_url("https:", "live.example"), "wss://live.example/socket/websocket?vsn=2.0.0");
        assert_eq!(socket_url("http:", "127.0.0.1:7878"), "ws://127.0.0.1:7878/socket/websocket?vsn=2.0.0");
    }

    #[test]
    fn a_timer_never_fires_early_and_never_overflows() {
        assert_eq!(timer_millis(Duration::ZERO), 0);
        assert_eq!(timer_millis(Duration::from_micros(1)), 1);
        assert_eq!(timer_millis(Duration::from_millis(250)), 250);
        assert_eq!(timer_millis(Duration::from_secs(u64::MAX)), i32::MAX);
    }

    #[test]
    fn a_time_that_is_none_counts_as_zero() {
        assert_eq!(from_millis(1500.0), Duration::from_millis(1500));
        assert_eq!(from_millis(-1.0), Duration::ZERO);
        assert_eq!(from_millis(f64::NAN), Duration::ZERO);
    }
}
