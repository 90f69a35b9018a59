//! Close codes of a WebSocket, and what a client does about them.

use std::time::Duration;

/// A close code of RFC 6455, or one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The client asked for it.
    pub const NORMAL: Self = Self(1000);
    /// The peer broke the protocol.
    pub const PROTOCOL: Self = Self(1002);
    /// No close frame was seen; never sent.
    pub const ABNORMAL: Self = Self(1006);
    /// A message above the size limit.
    pub const TOO_LARGE: Self = Self(1009);
    /// The server is going down or restarting: reconnect.
    pub const DRAIN: Self = Self(1012);
    /// What the client sends is not this protocol: do not retry.
    pub const BAD_CLIENT: Self = Self(4400);
    /// A token is missing or wrong: do not retry.
    pub const TOKEN: Self = Self(4401);
    /// Not allowed: do not retry.
    pub const FORBIDDEN: Self = Self(4403);
    /// This protocol version is not spoken: do not retry.
    pub const VERSION: Self = Self(4406);
    /// Too much at the moment: retry, after `retry=ms` of the reason if it is there.
    pub const OVERLOAD: Self = Self(4503);
    /// The client sends too much: retry, after `retry=ms` of the reason.
    pub const FLOOD: Self = Self(4529);

    /// Whether retrying cannot mend it.
    #[must_use]
    pub fn is_final(self) -> bool {
        (4400..4500).contains(&self.0)
    }

    /// How long the server asks the client to stay away: `retry=MILLISECONDS` among the words of the close
    /// reason, with a code that means that the server has too much to do or is stopping.
    #[must_use]
    pub fn retry_after(self, reason: &str) -> Option<Duration> {
        if self != Self::DRAIN && !(4500..4600).contains(&self.0) {
            return None;
        }
        let wish = reason.split([' ', ',', ';']).find_map(|word| word.strip_prefix("retry="))?;
        wish.parse().ok().map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_44xx_forbids_a_retry() {
        for code in [CloseCode::TOKEN, CloseCode::FORBIDDEN, CloseCode::VERSION, CloseCode(4499)] {
            assert!(code.is_final(), "{code:?}");
        }
        for code in
            [CloseCode::NORMAL, CloseCode::DRAIN, CloseCode::OVERLOAD, CloseCode(4399), CloseCode::ABNORMAL]
        {
            assert!(!code.is_final(), "{code:?}");
        }
    }

    #[test]
    fn a_server_that_has_too_much_to_do_may_say_when_to_come_back() {
        let asked = |code: CloseCode, reason| code.retry_after(reason).map(|wait| wait.as_millis());
        assert_eq!(asked(CloseCode::OVERLOAD, "retry=1500"), Some(1500));
        assert_eq!(asked(CloseCode::DRAIN, "server stops; retry=250"), Some(250));
        assert_eq!(asked(CloseCode::OVERLOAD, "retry=soon"), None);
        assert_eq!(asked(CloseCode::OVERLOAD, "retry=-1"), None);
        assert_eq!(asked(CloseCode::OVERLOAD, "too much"), None);
        assert_eq!(asked(CloseCode::TOO_LARGE, "retry=1500"), None);
        assert_eq!(asked(CloseCode::TOKEN, "retry=1500"), None);
    }
}
