//! One message on the wire.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

/// Why a text is no frame.
#[derive(Debug, Error)]
#[error("frame is not [join_ref, ref, topic, event, payload]")]
pub struct FrameError(#[from] serde_json::Error);

/// A message `[join_ref, ref, topic, event, payload]` with its payload still unread.
///
/// References are opaque texts of the client; `None` is `null`.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// Names the join that the message belongs to.
    pub join_ref: Option<Cow<'a, str>>,
    /// Names the request that a reply answers.
    pub reference: Option<Cow<'a, str>>,
    /// The topic as it was sent.
    pub topic: Cow<'a, str>,
    /// The kind of message.
    pub event: Cow<'a, str>,
    /// The payload's JSON text.
    pub payload: &'a RawValue,
}

#[derive(Deserialize)]
struct Parts<'a>(
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] &'a RawValue,
);

impl<'a> Frame<'a> {
    /// Reads a frame.
    ///
    /// # Errors
    /// [`FrameError`] when it is not an array of five with texts in the first four places.
    pub fn decode(text: &'a str) -> Result<Self, FrameError> {
        let Parts(join_ref, reference, topic, event, payload) = serde_json::from_str(text)?;
        Ok(Self { join_ref, reference, topic, event, payload })
    }

    /// The text of a frame with this payload.
    ///
    /// # Errors
    /// [`FrameError`] when the payload does not serialize.
    pub fn encode<P: Serialize>(
        join_ref: Option<&str>,
        reference: Option<&str>,
        topic: &str,
        event: &str,
        payload: &P,
    ) -> Result<String, FrameError> {
        Ok(serde_json::to_string(&(join_ref, reference, topic, event, payload))?)
    }

    /// Reads the payload as `P`.
    ///
    /// # Errors
    /// [`FrameError`] when the payload has another shape.
    pub fn payload<P: Deserialize<'a>>(&'a self) -> Result<P, FrameError> {
        Ok(serde_json::from_str(self.payload.get())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_frame_is_read_with_its_payload_untouched() {
        let text = r#"["1","2","view:metrics","phx_join",{"throttle_ms":  1000}]"#;
        let frame = Frame::decode(text).unwrap();
        assert_eq!(frame.join_ref.as_deref(), Some("1"));
        assert_eq!(frame.reference.as_deref(), Some("2"));
        assert_eq!((&*frame.topic, &*frame.event), ("view:metrics", "phx_join"));
        assert_eq!(frame.payload.get(), r#"{"throttle_ms":  1000}"#);
    }

    #[test]
    fn an_encoded_frame_is_read_back() {
        let text = Frame::encode(None, Some("7"), "phoenix", "heartbeat", &json!({})).unwrap();
        assert_eq!(text, r#"[null,"7","phoenix","heartbeat",{}]"#);
        let frame = Frame::decode(&text).unwrap();
        assert_eq!(frame.payload::<Value>().unwrap(), json!({}));
    }

    #[test]
    fn what_is_no_frame_is_an_error_and_never_a_panic() {
        for text in
            ["", "{}", "[]", "[1,2,3,4,5]", r#"[null,null,"a","b"]"#, r#"[null,null,null,"b",{}]"#, "[null"]
        {
            assert!(Frame::decode(text).is_err(), "{text}");
        }
    }
}
