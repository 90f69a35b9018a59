//! What proves who the client is, where a server asks for it.

use std::fmt;

use realtime_protocol::Topic;
use realtime_protocol::message::{AccessToken, event};

use crate::Instant;
use crate::manager::Manager;
use crate::subscription::Join;

/// A token; its text goes to the server and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Manager {
    /// Sets the token that joins carry from now on; `None` is none.
    ///
    /// Topics that are joined are told of a new one in place and go on without a gap; those that the
    /// server refused are asked for again.
    pub fn set_token(&mut self, now: Instant, token: Option<String>) {
        let token = token.map(Token);
        if self.token == token {
            return;
        }
        self.token.clone_from(&token);
        let Some(Token(access_token)) = token else { return };
        let payload = AccessToken { access_token };
        let topics: Vec<Topic> = self.topics.keys().cloned().collect();
        for topic in topics {
            let Some(subscription) = self.topics.get_mut(&topic) else { continue };
            if let Some(reference) = subscription.reference() {
                self.transmit(Some(reference), topic.as_str(), event::ACCESS_TOKEN, &payload);
            } else if subscription.join == Join::Refused {
                subscription.join = Join::Out;
                self.fit_join(now, &topic);
            }
        }
    }
}
