//! A session's joins and leaves of topics.

use realtime_protocol::message::{Join, JoinMode, Joined, Refusal, Reply, event};
use realtime_protocol::{Frame, Position, ThrottleClass, Topic};

use super::{Empty, JoinId, Now, Output, Session, Stage, Subscription};
use crate::hub::{JoinError, Start};
use crate::limits::SESSION_TOPICS_MAX;

impl Session {
    pub(super) fn join(&mut self, now: Now, frame: &Frame<'_>) {
        let topic = match Topic::parse(&frame.topic) {
            Ok(topic) => topic,
            Err(error) => return self.refuse(now, frame, &format!("bad_topic: {error}")),
        };
        let Ok(join) = frame.payload::<Join>() else {
            return self.refuse(now, frame, "bad_payload: phx_join takes throttle_ms, position and token");
        };
        if !self.subscriptions.contains(&topic) && self.subscriptions.len() >= SESSION_TOPICS_MAX {
            self.hit("session_topics");
            let reason = format!("too_many_topics: a session has at most {SESSION_TOPICS_MAX}");
            return self.refuse(now, frame, &reason);
        }
        self.joins += 1;
        let id = JoinId(self.joins);
        let class = join.throttle_ms.map_or(ThrottleClass::DEFAULT, ThrottleClass::of_ms);
        // A client may leave join_ref out; then the join's own reference names it.
        let join_ref =
            frame.join_ref.as_ref().or(frame.reference.as_ref()).map(|text| text.as_ref().to_owned());
        let subscription = Subscription {
            join: id,
            join_ref,
            reference: frame.reference.as_ref().map(|text| text.as_ref().to_owned()),
            class,
            stage: Stage::Joining { position: join.position.clone() },
        };
        if let Some(old) = self.subscriptions.insert(topic.clone(), subscription) {
            self.end(now, &topic, &old);
        }
        self.outputs.push_back(Output::Subscribe { join: id, topic, class, position: join.position });
    }

    /// The hub's answer to [`Output::Subscribe`].
    ///
    /// Returns false when the join was superseded or left meanwhile: the driver must leave the group.
    #[must_use]
    pub fn handle_joined(
        &mut self,
        now: Now,
        join: JoinId,
        topic: &Topic,
        answer: Result<Start, JoinError>,
    ) -> bool {
        let Some(subscription) = self.subscriptions.get_mut(topic).filter(|sub| sub.join == join) else {
            return false;
        };
        let join_ref = subscription.join_ref.clone();
        let reference = subscription.reference.clone();
        let asked = match &subscription.stage {
            Stage::Joining { position } => position.clone(),
            Stage::Live { .. } | Stage::Table(_) => None,
        };
        let view = match answer {
            Ok(Start::View(view)) => view,
            Ok(Start::Table(start)) => {
                self.subscriptions.share(start.selection.topic());
                self.table_joined(now, topic, start, asked);
                return true;
            }
            Err(error) => {
                self.subscriptions.remove(topic);
                let reply: Reply<Empty> = Reply::Error(Refusal { reason: error.to_string() });
                self.send(
                    now,
                    join_ref.as_deref(),
                    reference.as_deref(),
                    topic.as_str(),
                    event::REPLY,
                    &reply,
                );
                return true;
            }
        };
        let delta = asked
            .filter(|position| position.epoch == self.epoch)
            .and_then(|position| view.since(position.offset))
            .map(|changes| changes.delta);
        let reply = Reply::Ok(Joined {
            topic: topic.as_str().to_owned(),
            throttle_ms: subscription.class.ms(),
            position: Position { epoch: self.epoch.clone(), offset: view.offset },
            hash: view.state.hash(),
            mode: if delta.is_some() { JoinMode::Resumed } else { JoinMode::Snapshot },
            state: if delta.is_some() { None } else { Some(view.state.entries().clone()) },
            delta,
        });
        let shared = view.topic.clone();
        subscription.stage = Stage::Live { cursor: view.step(), view };
        self.subscriptions.share(&shared);
        self.send(now, join_ref.as_deref(), reference.as_deref(), topic.as_str(), event::REPLY, &reply);
        true
    }

    pub(super) fn leave(&mut self, now: Now, frame: &Frame<'_>) {
        self.reply(now, frame, &frame.topic, &Reply::Ok(Empty {}));
        let Ok(topic) = Topic::parse(&frame.topic) else { return };
        if let Some(old) = self.subscriptions.remove(&topic) {
            self.end(now, &topic, &old);
        }
    }

    /// Tells that a join has ended. A join that the hub has not answered yet counts nowhere.
    fn end(&mut self, now: Now, topic: &Topic, old: &Subscription) {
        if !matches!(old.stage, Stage::Joining { .. }) {
            self.outputs.push_back(Output::Unsubscribe { topic: topic.clone(), class: old.class });
        }
        let old_ref = old.join_ref.as_deref();
        self.send(now, old_ref, old_ref, topic.as_str(), event::CLOSE, &Empty {});
    }
}
