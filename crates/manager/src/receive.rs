//! What a message of the server means.

use realtime_protocol::limits::SERVER_FRAME_BYTES_MAX;
use realtime_protocol::message::{
    Beat, DeltaPush, Entries, HeartbeatReply, JoinMode, Joined, Mode, PHOENIX, Reply, ResetPush, RowsPush,
    event,
};
use realtime_protocol::{Frame, Topic, TopicKind};
use serde::Deserialize;
use serde_json::Value;

use crate::aside::{BadInput, Fault};
use crate::manager::Manager;
use crate::subscription::{Join, Subscription, Trouble, break_between};
use crate::{Action, Event, Instant};

/// What is said of a topic whose join was answered by what cannot be read.
pub(crate) const UNREADABLE: &str = "unreadable: answer to the join could not be read";

impl Manager {
    pub(crate) fn receive(&mut self, now: Instant, text: &str) {
        self.stats.frames += 1;
        self.stats.bytes += u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.keepalive.heard(now);
        match self.take_in(now, text) {
            Ok(()) => self.message_read(now),
            Err(bad) => self.set_aside_message(now, text, bad),
        }
    }

    fn take_in(&mut self, now: Instant, text: &str) -> Result<(), BadInput> {
        if text.len() > SERVER_FRAME_BYTES_MAX {
            return Err(BadInput::too_large());
        }
        let frame = Frame::decode(text).map_err(|error| BadInput::frame(&error))?;
        if frame.topic == PHOENIX {
            return self.receive_own(now, &frame);
        }
        let topic =
            Topic::parse(&frame.topic).map_err(|error| BadInput::new(Fault::Topic, error.to_string()))?;
        self.receive_of_topic(now, &topic, &frame)
    }

    fn receive_own(&mut self, now: Instant, frame: &Frame<'_>) -> Result<(), BadInput> {
        match &*frame.event {
            event::REPLY => match frame.payload::<Reply<HeartbeatReply>>() {
                Ok(Reply::Ok(reply)) => {
                    self.heartbeat_answered(now, frame, Some(reply.time_ms));
                    self.marked(reply.mode);
                }
                Ok(Reply::Error(_)) => {}
                // A server of the same protocol without our clock still answers.
                Err(_) => {
                    payload::<Reply<Value>>(frame)?;
                    self.heartbeat_answered(now, frame, None);
                }
            },
            event::BEAT => {
                let beat = payload::<Beat>(frame)?;
                self.clock.told(now, beat.time_ms);
            }
            event::MODE => self.marked(Some(payload::<Mode>(frame)?.mode)),
            _ => return Err(BadInput::event(frame)),
        }
        Ok(())
    }

    fn marked(&mut self, mode: Option<String>) {
        if let Some(mode) = mode.filter(|mode| self.mode.as_ref() != Some(mode)) {
            self.mode = Some(mode.clone());
            self.emit(Event::Mode(mode));
        }
    }

    fn heartbeat_answered(&mut self, now: Instant, frame: &Frame<'_>, time_ms: Option<u64>) {
        let reference = frame.reference.as_deref().unwrap_or_default();
        let Some(trip) = self.keepalive.answered(now, reference) else { return };
        if let Some(time_ms) = time_ms {
            let trip_ms = u64::try_from(trip.as_millis()).unwrap_or(u64::MAX);
            self.clock.measured(now, trip_ms, time_ms);
        }
        self.answered(now);
    }

    fn receive_of_topic(&mut self, now: Instant, topic: &Topic, frame: &Frame<'_>) -> Result<(), BadInput> {
        let expected = self.topics.get(topic).and_then(Subscription::reference);
        // Deltas are the same bytes for every client, so they name no join.
        let is_current = expected.is_some_and(|expected| {
            frame.join_ref.as_deref().is_none_or(|join_ref| join_ref == expected.to_string())
        });
        if !is_current {
            self.stale(now, frame);
            return Ok(());
        }
        let is_table = topic.kind() == TopicKind::Table;
        match &*frame.event {
            event::REPLY => self.receive_reply(now, topic, frame),
            event::ROWS if is_table => self.receive_rows(now, topic, payload::<RowsPush>(frame)?),
            event::DELTA | event::RESET if is_table => Err(BadInput::event(frame)),
            event::DELTA => self.receive_delta(now, topic, payload::<DeltaPush>(frame)?),
            event::RESET => self.receive_reset(now, topic, payload::<ResetPush>(frame)?),
            event::ERROR => {
                self.subscription_problem(now, topic, "server ended the join by an error", Action::Ask);
                self.join_later(now, topic);
                Ok(())
            }
            event::CLOSE => {
                self.refuse(now, topic, "closed: server ended the subscription".to_owned());
                Ok(())
            }
            _ => Err(BadInput::event(frame)),
        }
    }

    fn receive_delta(&mut self, now: Instant, topic: &Topic, push: DeltaPush) -> Result<(), BadInput> {
        let checked = holdable(&push.delta.put);
        let is_last = push.last;
        // While a join or a reset is under way, deltas belong to what it replaces.
        let is_joined = self.topics.get(topic).is_some_and(Subscription::is_joined);
        if !is_joined {
            self.stats.stale_frames += 1;
        }
        let is_full = is_joined && self.tick.push(now, topic.clone(), push);
        if is_last || is_full {
            self.flush_tick(now);
        }
        checked
    }

    /// A frame of a join that is over; only the end of its tick still means something.
    fn stale(&mut self, now: Instant, frame: &Frame<'_>) {
        // The answer to leaving comes when nobody waits for it any more, which is as it should be.
        if frame.event != event::REPLY {
            self.stats.stale_frames += 1;
        }
        if frame.event == event::DELTA && frame.payload::<DeltaPush>().is_ok_and(|push| push.last) {
            self.flush_tick(now);
        }
    }

    fn receive_reply(&mut self, now: Instant, topic: &Topic, frame: &Frame<'_>) -> Result<(), BadInput> {
        let Some(subscription) = self.topics.get(topic) else { return Ok(()) };
        let Join::Asked { reference, .. } = subscription.join else { return Ok(()) };
        if frame.reference.as_deref() != Some(&*reference.to_string()) {
            return Ok(());
        }
        if topic.kind() == TopicKind::Table {
            return self.receive_table_reply(now, topic, reference, frame);
        }
        match frame.payload::<Reply<Joined>>() {
            Ok(Reply::Ok(joined)) => self.receive_joined(now, topic, reference, joined),
            Ok(Reply::Error(refusal)) => {
                self.refuse(now, topic, refusal.reason);
                Ok(())
            }
            Err(error) => {
                self.refuse(now, topic, UNREADABLE.to_owned());
                Err(BadInput::payload(&error))
            }
        }
    }

    fn receive_joined(
        &mut self,
        now: Instant,
        topic: &Topic,
        reference: u64,
        joined: Joined,
    ) -> Result<(), BadInput> {
        let Some(subscription) = self.topics.get_mut(topic) else { return Ok(()) };
        let put = joined.state.as_ref().or_else(|| joined.delta.as_ref().map(|delta| &delta.put));
        let checked = put.map_or(Ok(()), holdable);
        let is_resumed = joined.mode == JoinMode::Resumed;
        let after = joined.position.clone();
        match subscription.joined(joined) {
            Ok(update) => {
                subscription.join = Join::In { reference };
                subscription.breaker.succeeded();
                let before = subscription.before.take();
                if is_resumed {
                    self.stats.deltas += 1;
                }
                self.tell(now, vec![update]);
                if let Some(before) = before {
                    if let Some(returning) = &mut self.returning {
                        returning.rejoined(&before, &after, is_resumed);
                    }
                    if let Some((reason, missed)) = break_between(&before, &after).filter(|_| !is_resumed) {
                        self.started_anew(now, topic, reason, missed);
                    }
                }
                self.topic_works(now, topic);
                self.finish_return();
                checked
            }
            Err(trouble) => {
                self.heal(now, topic, trouble);
                if trouble == Trouble::Shape {
                    return Err(BadInput::new(Fault::Content, "answer lacks what it announces"));
                }
                checked
            }
        }
    }

    fn receive_reset(&mut self, now: Instant, topic: &Topic, push: ResetPush) -> Result<(), BadInput> {
        let checked = holdable(&push.state);
        // A reset can take the place of the tick's last delta, so what came before it must not wait for one.
        self.flush_tick(now);
        let Some(subscription) = self.topics.get_mut(topic) else { return checked };
        // While a join is asked for, its answer continues from the position that was sent with it; what still
        // comes belongs to the join before.
        if matches!(subscription.join, Join::Asked { .. }) {
            self.stats.stale_frames += 1;
            return checked;
        }
        let Some(reference) = subscription.reference() else { return checked };
        let (reason, missed) = (push.reason, push.missed);
        let after = push.position.clone();
        match subscription.reset(push) {
            Ok(update) => {
                subscription.join = Join::In { reference };
                subscription.breaker.succeeded();
                let before = subscription.before.take();
                self.stats.resets += 1;
                if let Some(returning) = &mut self.returning {
                    match before {
                        Some(before) => returning.rejoined(&before, &after, false),
                        None => returning.broken(),
                    }
                }
                self.tell(now, vec![update]);
                self.started_anew(now, topic, reason, missed);
                self.finish_return();
            }
            Err(_) => {
                self.stats.hash_mismatches += 1;
                subscription.forget_position();
                self.data_problem(now, topic, Trouble::Hash);
                self.join_later(now, topic);
            }
        }
        checked
    }

    pub(crate) fn refuse(&mut self, now: Instant, topic: &Topic, reason: String) {
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        subscription.join = Join::Refused;
        self.stats.refusals += 1;
        self.subscription_problem(now, topic, &*reason, Action::Nothing);
        self.emit(Event::Refused { topic: topic.clone(), reason });
        self.finish_return();
    }
}

fn payload<'a, P: Deserialize<'a>>(frame: &'a Frame<'_>) -> Result<P, BadInput> {
    frame.payload().map_err(|error| BadInput::payload(&error))
}

/// Whether a state can hold these values. One that cannot never proves itself, so it heals or fails like
/// any other; this says what the reason was.
fn holdable(entries: &Entries) -> Result<(), BadInput> {
    match entries.iter().find(|(_, value)| has_fraction(value)) {
        Some((key, _)) => {
            Err(BadInput::new(Fault::Content, format!("{key} has a number that is no integer of 64 bits")))
        }
        None => Ok(()),
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => false,
        Value::Number(number) => !(number.is_i64() || number.is_u64()),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(fields) => fields.values().any(has_fraction),
    }
}
