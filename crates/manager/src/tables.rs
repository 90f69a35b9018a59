//! Table topics: their joins and their rows.

use realtime_protocol::message::{Reply, ResetReason, Row, RowsPush, TableJoined, TableMode};
use realtime_protocol::{Frame, Topic};

use crate::aside::{BadInput, Fault};
use crate::manager::Manager;
use crate::receive::UNREADABLE;
use crate::rows::Taken;
use crate::subscription::{Join, Trouble};
use crate::{Event, Instant, RowsUpdate};

impl Manager {
    pub(crate) fn receive_table_reply(
        &mut self,
        now: Instant,
        topic: &Topic,
        reference: u64,
        frame: &Frame<'_>,
    ) -> Result<(), BadInput> {
        match frame.payload::<Reply<TableJoined>>() {
            Ok(Reply::Ok(joined)) => self.receive_table_joined(now, topic, reference, joined),
            Ok(Reply::Error(refusal)) => self.refuse(now, topic, refusal.reason),
            Err(error) => {
                self.refuse(now, topic, UNREADABLE.to_owned());
                return Err(BadInput::payload(&error));
            }
        }
        Ok(())
    }

    fn receive_table_joined(&mut self, now: Instant, topic: &Topic, reference: u64, joined: TableJoined) {
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        let TableJoined { throttle_ms, position, mode, reason, missed, .. } = joined;
        // A continuation must begin where the rows end that are here; anything else is a hole.
        let is_right = match mode {
            TableMode::Live => subscription.position().is_none(),
            TableMode::Resumed => subscription.position() == Some(&position),
            TableMode::Reset => true,
        };
        if !is_right {
            return self.heal(now, topic, Trouble::Gap);
        }
        subscription.table_joined(throttle_ms, position.clone());
        subscription.join = Join::In { reference };
        subscription.breaker.succeeded();
        let before = subscription.before.take();
        if let (Some(before), Some(returning)) = (before, &mut self.returning) {
            returning.rejoined(&before, &position, mode == TableMode::Resumed);
        }
        self.moved_to(&position);
        if mode == TableMode::Reset {
            self.stats.resets += 1;
            self.started_anew(now, topic, reason.unwrap_or(ResetReason::Expired), missed);
        } else {
            self.topic_works(now, topic);
        }
        self.finish_return();
    }

    pub(crate) fn receive_rows(
        &mut self,
        now: Instant,
        topic: &Topic,
        push: RowsPush,
    ) -> Result<(), BadInput> {
        let Some(subscription) = self.topics.get_mut(topic) else { return Ok(()) };
        // While a join is under way, rows belong to what it replaces; its answer continues from the position.
        if !subscription.is_joined() {
            self.stats.stale_frames += 1;
            return Ok(());
        }
        let told = u64::try_from(push.rows.len()).unwrap_or(u64::MAX);
        match subscription.rows(push) {
            Ok(Taken::Piece) => {}
            Ok(Taken::Duplicate) => self.stats.rows_duplicate += told,
            Ok(Taken::Whole { rows, duplicates, .. }) => {
                self.stats.rows_duplicate += duplicates;
                self.tell_rows(now, topic, rows);
            }
            Err(trouble) => {
                self.heal(now, topic, trouble);
                if trouble == Trouble::Shape {
                    return Err(BadInput::new(Fault::Content, "rows of other commits than announced"));
                }
            }
        }
        Ok(())
    }

    fn tell_rows(&mut self, now: Instant, topic: &Topic, rows: Vec<Row>) {
        let Some(subscription) = self.topics.get_mut(topic) else { return };
        let Some(position) = subscription.position().cloned() else { return };
        self.moved_to(&position);
        if rows.is_empty() {
            return;
        }
        self.last_data = Some(now);
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        self.stats.rows += count;
        self.count(now, topic, count);
        self.emit(Event::Rows(RowsUpdate { topic: topic.clone(), position, rows }));
    }
}
