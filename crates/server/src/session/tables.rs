//! A session's side of tables: rows of whole commits, each exactly once and in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use realtime_protocol::close::CloseCode;
use realtime_protocol::message::Reply;
use realtime_protocol::message::{ResetReason, TableJoined, TableMode, event};
use realtime_protocol::{Position, ThrottleClass, Topic};

use super::{Empty, JoinId, Now, Output, Read, Session, Stage};
use crate::hub::{TableStart, TableView};
use crate::rows::Rows;
use crate::selection::Selection;

/// How far a viewer of a table is.
#[derive(Debug)]
pub(super) struct TableCursor {
    selection: Arc<Selection>,
    cursor: u64,
    view: TableView,
    /// The head at the join, while it is not known whether the log still holds what follows the cursor.
    unanswered: Option<u64>,
}

impl TableCursor {
    pub(super) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Whether it is answered and stands where its group's last flush led.
    pub(super) fn is_level(&self) -> bool {
        self.unanswered.is_none() && self.cursor == self.view.offset
    }

    /// Is where that flush leads.
    pub(super) fn follow(&mut self, next: &TableView) {
        self.cursor = next.offset;
        self.view = next.clone();
    }

    pub(super) fn lag(&self) -> u64 {
        self.view.offset.saturating_sub(self.cursor)
    }
}

impl Session {
    pub(super) fn table_joined(
        &mut self,
        now: Now,
        topic: &Topic,
        start: TableStart,
        asked: Option<Position>,
    ) {
        let TableStart { view, head, selection } = start;
        let Some(subscription) = self.subscriptions.get_mut(topic) else { return };
        let (mode, reason, cursor) = match asked {
            None => (TableMode::Live, None, head),
            Some(position) if position.epoch != self.epoch => {
                (TableMode::Reset, Some(ResetReason::Epoch), head)
            }
            Some(position) if position.offset > head => (TableMode::Reset, Some(ResetReason::Ahead), head),
            Some(position) => (TableMode::Resumed, None, position.offset),
        };
        // Only the log can say whether it still holds what lies before the group's last flush.
        let is_behind = cursor < view.offset;
        let unanswered = is_behind.then_some(head);
        subscription.stage = Stage::Table(TableCursor { selection, cursor, view, unanswered });
        if is_behind {
            self.next_read();
        } else {
            self.answer_table(now, topic, mode, reason, None);
        }
    }

    /// Answers the join of a table: rows after the cursor follow.
    fn answer_table(
        &mut self,
        now: Now,
        topic: &Topic,
        mode: TableMode,
        reason: Option<ResetReason>,
        missed: Option<u64>,
    ) {
        let Some(subscription) = self.subscriptions.get(topic) else { return };
        let Stage::Table(table) = &subscription.stage else { return };
        let reply = Reply::Ok(TableJoined {
            topic: topic.as_str().to_owned(),
            throttle_ms: subscription.class.ms(),
            position: Position { epoch: self.epoch.clone(), offset: table.cursor },
            mode,
            reason,
            missed,
        });
        let (join_ref, reference) = (subscription.join_ref.clone(), subscription.reference.clone());
        if let Some(reason) = reason {
            self.count_reset(reason.as_str());
        }
        self.send(now, join_ref.as_deref(), reference.as_deref(), topic.as_str(), event::REPLY, &reply);
    }

    pub(super) fn table_tick(&mut self, now: Now, class: ThrottleClass, tables: &BTreeMap<Topic, TableView>) {
        let mut moved = Vec::new();
        for (topic, subscription) in self.subscriptions.iter_mut().filter(|(_, sub)| sub.class == class) {
            if let (Stage::Table(table), Some(next)) = (&mut subscription.stage, tables.get(topic))
                && next.offset > table.view.offset
            {
                table.view = next.clone();
                moved.push(topic.clone());
            }
        }
        for topic in moved {
            self.share_rows(now, &topic);
        }
        self.next_read();
    }

    /// Sends the group's last rows to a viewer that stands where they begin.
    fn share_rows(&mut self, now: Now, topic: &Topic) {
        let Some(Stage::Table(table)) = self.subscriptions.get_mut(topic).map(|sub| &mut sub.stage) else {
            return;
        };
        let fitting = table.view.latest.as_ref().filter(|latest| latest.from == table.cursor);
        let Some(latest) = fitting.filter(|_| table.unanswered.is_none()).cloned() else { return };
        if table.cursor < table.view.offset {
            table.cursor = table.view.offset;
            for bytes in &latest.frames {
                self.send_bytes(now, bytes.clone());
            }
        }
    }

    /// Begins the next read, for the topic that is farthest behind; one at a time.
    fn next_read(&mut self) {
        if self.reading.is_some() || self.closed {
            return;
        }
        let behind = self.subscriptions.values().filter_map(|sub| match &sub.stage {
            Stage::Table(table) if table.cursor < table.view.offset => Some(Read {
                join: sub.join,
                selection: Arc::clone(&table.selection),
                from: table.cursor,
                to: table.view.offset,
            }),
            Stage::Table(_) | Stage::Joining { .. } | Stage::Live { .. } => None,
        });
        if let Some(read) = behind.min_by_key(|read| read.from) {
            self.reading = Some(read.join);
            self.outputs.push_back(Output::Read(read));
        }
    }

    /// What [`Output::Read`] asked for.
    pub fn handle_rows(&mut self, now: Now, join: JoinId, rows: Rows) {
        if self.reading == Some(join) {
            self.reading = None;
        }
        let topic =
            self.subscriptions.iter().find(|(_, sub)| sub.join == join).map(|(topic, _)| topic.clone());
        if let Some(topic) = topic {
            self.take_rows(now, &topic, rows);
        }
        self.next_read();
    }

    fn take_rows(&mut self, now: Now, topic: &Topic, rows: Rows) {
        let Some(Stage::Table(table)) = self.subscriptions.get_mut(topic).map(|sub| &mut sub.stage) else {
            return;
        };
        match (rows, table.unanswered.take()) {
            (Rows::Frames { to, frames }, unanswered) => {
                if unanswered.is_some() {
                    self.answer_table(now, topic, TableMode::Resumed, None, None);
                }
                if let Some(Stage::Table(table)) = self.subscriptions.get_mut(topic).map(|sub| &mut sub.stage)
                {
                    table.cursor = to;
                }
                for bytes in frames {
                    self.send_bytes(now, bytes);
                }
                self.share_rows(now, topic);
            }
            (Rows::Expired, Some(head)) => {
                let from = std::mem::replace(&mut table.cursor, head.max(table.view.offset));
                let missed = table.cursor - from;
                self.answer_table(now, topic, TableMode::Reset, Some(ResetReason::Expired), Some(missed));
            }
            (Rows::Expired, None) => {
                self.hit("log_retention");
                self.table_failed(now, topic);
            }
            (Rows::Failed, _) => self.close(CloseCode::OVERLOAD, "the log could not be read"),
        }
    }

    /// Ends the join of a table so that the client joins again, with its position.
    pub(super) fn table_failed(&mut self, now: Now, topic: &Topic) {
        if !self.subscriptions.get(topic).is_some_and(|sub| matches!(sub.stage, Stage::Table(_))) {
            return;
        }
        if let Some(old) = self.subscriptions.remove(topic) {
            self.outputs.push_back(Output::Unsubscribe { topic: topic.clone(), class: old.class });
            let join_ref = old.join_ref.as_deref();
            self.send(now, join_ref, None, topic.as_str(), event::ERROR, &Empty {});
        }
    }
}
