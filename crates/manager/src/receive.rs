//! What a message of the server means.

use realtime_protocol::limits::SERVER_FRAME_BYTES_MAX;
use realtime_protocol::message::{
    Beat, DeltaPush, HeartbeatReply, JoinMode, Joined, Mode, PHOENIX, Reply, ResetPush, RowsPush, event,
};
use realtime_protocol::{Frame, Topic, TopicKind};
use serde_json::Value;

use crate::manager::Manager;
use crate::subscription::{Join, Subscription, break_between};
use crate::{Event, Instant};

impl Manager {
    pub(crate) fn receive(&mut self, now: Instant, text: &str) {
        self.stats.frames += 1;
        self.stats.bytes += u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.keepalive.heard(now);
        if text.len() > SERVER_FRAME_BYTES_MAX {
            self.stats.malformed += 1;
            return;
        }
        let Ok(frame) = Frame::decode(text) else {
            self.stats.malformed += 1;
            return;
        };
        if frame.topic == PHOENIX {
            self.receive_own(now, &frame);
        } else if let Ok(topic) = Topic::parse(&frame.topic) {
            self.receive_of_topic(now, &topic, &frame);
        } else {
            self.stats.malformed += 1;
        }
    }

    fn receive_own(&mut self, now: Instant, frame: &Frame<'_>) {
        match &*frame.event {
            event::REPLY => match frame.payload::<Reply<HeartbeatReply>>() {
                Ok(Reply::Ok(reply)) => {
                    self.heartbeat_answered(now, frame, Some(reply.time_ms));
                    self.marked(reply.mode);
                }
                Ok(Reply::Error(_)) => {}
                // A server of the same protocol without our clock still answers.
                Err(_) => match frame.payload::<Reply<Value>>() {
                    Ok(_) => self.heartbeat_answered(now, frame, None),
                    Err(_) => self.stats.malformed += 1,
                },
            },
            event::BEAT => match frame.payload::<Beat>() {
                Ok(beat) => self.clock.told(now, beat.time_ms),
                Err(_) => self.stats.malformed += 1,
            },
            event::MODE => match frame.payload::<Mode>() {
                Ok(push) => self.marked(Some(push.mode)),
                Err(_) => self.stats.malformed += 1,
            },
            _ => self.stats.malformed += 1,
        }
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

    fn receive_of_topic(&mut self, now: Instant, topic: &Topic, frame: &Frame<'_>) {
        let expected = self.topics.get(topic).and_then(Subscription::reference);
        // Deltas are the same bytes for every client, so they name no join.
        let is_current = expected.is_some_and(|expected| {
            frame.join_ref.as_deref().is_none_or(|join_ref| join_ref == expected.to_string())
        });
        if !is_current {
            self.stale(now, frame);
            return;
        }
        let is_table = topic.kind() == TopicKind::Table;
        match &*frame.event {
            event::REPLY => self.receive_reply(now, topic, frame),
            event::ROWS if is_table => match frame.payload::<RowsPush>() {
                Ok(push) => self.receive_rows(now, topic, push),
                Err(_) => self.stats.malformed += 1,
            },
            event::DELTA | event::RESET if is_table => self.stats.malformed += 1,
            event::DELTA => match frame.payload::<DeltaPush>() {
                Ok(push) => self.receive_delta(now, topic, push),
                Err(_) => self.stats.malformed += 1,
            },
            event::RESET => match frame.payload::<ResetPush>() {
                Ok(push) => self.receive_reset(now, topic, push),
                Err(_) => self.stats.malformed += 1,
            },
            event::ERROR => self.join_later(now, topic),
            event::CLOSE => self.refuse(topic, "closed: server ended the subscription".to_owned()),
            _ => self.stats.malformed += 1,
        }
    }

    fn receive_delta(&mut self, now: Instant, topic: &Topic, push: DeltaPush) {
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

    fn receive_reply(&mut self, now: Instant, topic: &Topic, frame: &Frame<'_>) {
        let Some(subscription) = self.topics.get(topic) else { return };
        let Join::Asked { reference, .. } = subscription.join else { return };
        if frame.reference.as_deref() != Some(&*reference.to_string()) {
            return;
        }
        if topic.kind() == TopicKind::Table {
            return self.receive_table_reply(now, topic, reference, frame);
        }
        match frame.payload::<Reply<Joined>>() {
            Ok(Reply::Ok(joined)) => self.receive_joined(now, topic, reference, joined),
            Ok(Reply::Error(refusal)) => self.refuse(topic, refusal.reason),
            Err(_) => {
                self.stats.malformed += 1;
                self.refuse(topic, "unreadable: answer to the join could not be read".to_owned());
            }
        }
    }

    fn receive_joined(&mut self, now: Instant, topic: &Topic, reference: u64, joined: Joined) {
        let Some(subscription) = self.topics.get_mut(topic) else { return };
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
                        self.emit(Event::Resynchronised { topic: topic.clone(), reason, missed });
                    }
                }
                self.finish_return();
            }
            Err(trouble) => self.heal(now, topic, trouble),
        }
    }

    fn receive_reset(&mut self, now: Instant, topic: &Topic, push: ResetPush) {
        // A reset can take the place of the tick's last delta, so what came before it must not wait for one.
        self.flush_tick(now);
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        let Some(reference) = subscription.reference() else { return };
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
                self.emit(Event::Resynchronised { topic: topic.clone(), reason, missed });
                self.finish_return();
            }
            Err(_) => {
                self.stats.hash_mismatches += 1;
                subscription.forget_position();
                self.join_later(now, topic);
            }
        }
    }

    pub(crate) fn refuse(&mut self, topic: &Topic, reason: String) {
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        subscription.join = Join::Refused;
        self.stats.refusals += 1;
        self.emit(Event::Refused { topic: topic.clone(), reason });
        self.finish_return();
    }
}
