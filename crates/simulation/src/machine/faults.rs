//! Writers, faults, and the calm after them.

use std::time::Duration;

use realtime_manager::Status;

use super::{CALM, Machine, What};
use crate::truth::Truth;
use crate::watch::{Broken, Rule, Wish};

impl Machine {
    /// A writer commits, alone or in a burst, and the server hears of it soon or late.
    pub(super) fn write(&mut self) {
        if self.is_calm {
            return;
        }
        let is_burst = self.rng.u8(..4) == 0;
        self.after_ms(if is_burst { 0..20 } else { 50..3_000 }, What::Write);
        self.commit();
    }

    /// Many commits in a short time: more than a history keeps for who is slow.
    pub(super) fn flood(&mut self, left: u32) {
        if left > 0 && !self.is_calm {
            self.commit();
            self.after_ms(5..7, What::Flood(left - 1));
        }
    }

    fn commit(&mut self) {
        let Some(truth) = self.truths.get_mut(&self.epoch) else { return };
        let mut changes = Vec::new();
        for _ in 0..self.rng.usize(1..4) {
            changes.extend(truth.change(&mut self.rng, &changes));
        }
        if self.rng.u8(..30) == 0 {
            changes.extend(Truth::import(&mut self.rng));
        }
        truth.append(u64::try_from(self.now.as_millis()).unwrap_or(u64::MAX), changes);
        self.trace.note("commit", truth.head(), &[]);
        let is_late = self.rng.u8(..20) == 0;
        self.after_ms(if is_late { 500..4_000 } else { 0..5 }, What::Tail);
    }

    /// Something breaks that belongs to nobody.
    pub(super) fn fault(&mut self) {
        if self.is_calm {
            return;
        }
        self.after_ms(500..12_000, What::Fault);
        let choice = self.rng.u8(..13);
        self.trace.note("fault", u64::from(choice), &[]);
        match choice {
            0 | 1 => self.stop(choice == 0),
            2 => self.restore(),
            3 | 4 => {
                let keep = self.rng.usize(..20);
                if let Some(truth) = self.truths.get(&self.epoch) {
                    truth.log.retain_last(keep);
                }
            }
            5 | 6 => self.freeze(),
            7 => self.wall_step_ms = self.rng.u64(..100_000_000),
            8 => self.flood(100),
            9..=10 => {
                if let Some(id) = self.any_connection() {
                    self.cut(id);
                }
            }
            _ => {
                if let Some(conn) = self.any_connection().and_then(|id| self.conns.get_mut(&id)) {
                    conn.wire.is_half_open = true;
                    self.trace.note("half open", 0, &[]);
                }
            }
        }
    }

    /// The newest connection of some viewer.
    fn any_connection(&mut self) -> Option<u64> {
        let client = self.rng.usize(..self.clients.len());
        self.conns.iter().rev().find(|(_, conn)| conn.client == client).map(|(&id, _)| id)
    }

    /// The database is brought back from a copy: what came after it is gone, and the epoch is another.
    fn restore(&mut self) {
        self.stop(false);
        let name = format!("life-{}", self.truths.len() + 1);
        let Some(truth) = self.truths.get(&self.epoch) else { return };
        let copy = truth.restored(&name, self.rng.u64(..=truth.head()));
        self.trace.note("restored", copy.head(), &[]);
        self.truths.insert(name.clone(), copy);
        self.epoch = name;
    }

    /// From here on nothing breaks, and everybody wants to see.
    pub(super) fn calm(&mut self) -> Result<(), Broken> {
        self.is_calm = true;
        for conn in self.conns.values_mut() {
            conn.wire.calm(self.clients[conn.client].reader.bytes_per_s);
        }
        self.up()?;
        self.tail()?;
        for n in 0..self.clients.len() {
            self.thaw(n)?;
            self.press_pause(n, false)?;
            self.press_subscribe(n)?;
            self.show(n, false)?;
            if matches!(self.clients[n].manager.status(), Status::Disconnected | Status::Error) {
                self.press_connect(n, false)?;
            }
        }
        Ok(())
    }

    /// Who gave up during an attempt that began in the storm needs one more word.
    pub(super) fn ask_again(&mut self) -> Result<(), Broken> {
        for n in 0..self.clients.len() {
            if self.clients[n].manager.status() == Status::Error {
                self.press_connect(n, true)?;
            }
        }
        Ok(())
    }

    /// First everybody must be at the head; then everybody goes, and nothing may be left.
    pub(super) fn end(&mut self) -> Result<(), Broken> {
        if self.clients.iter().all(|client| client.watch.wish == Wish::Gone) {
            self.is_over = true;
            return self.left_over();
        }
        for n in 0..self.clients.len() {
            let client = &mut self.clients[n];
            client.watch.at(self.now);
            client.watch.converged(&client.manager, &self.epoch, self.truths.get(&self.epoch))?;
            self.press_disconnect(n)?;
        }
        // Longer than the server bears with a client that says nothing.
        self.queue.push(self.now + CALM + Duration::from_secs(150), What::End);
        Ok(())
    }

    fn left_over(&mut self) -> Result<(), Broken> {
        self.groups()?;
        match self.sessions() {
            0 => Ok(()),
            left => Err(self.fault_of(Rule::Groups, format!("{left} sessions outlive their clients"))),
        }
    }
}
