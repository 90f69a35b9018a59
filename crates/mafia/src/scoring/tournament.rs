//! The scores of all games of one tournament, kept up to date game by game.

use std::collections::{BTreeMap, BTreeSet};

use super::ci::Standing;
use super::facts::{Facts, Subject};
use super::{Row, Rules, Score, ScoreChange, Step, Why};
use crate::game::Game;

/// The most rounds that a plan may have; a larger number is taken for this one.
const PLANNED_ROUNDS_MAX: i64 = 10_000;

/// The scores of one tournament or season.
///
/// All games must be of the same tournament (or season), because compensation counts first kills
/// over its whole distance. The distance of a player, or of a team where the seats name teams, is
/// the number of its games so far; when the number of rounds is planned, at least those rounds
/// times the most games that it has had in one round.
#[derive(Debug, Clone, Default)]
pub struct TournamentScores {
    rules: Rules,
    planned_rounds: Option<i64>,
    games: BTreeMap<String, Scored>,
    tallies: BTreeMap<Subject, Tally>,
}

#[derive(Debug, Clone)]
struct Scored {
    facts: Facts,
    row: Option<Row>,
    scores: Vec<Score>,
}

/// The games of one player or team.
#[derive(Debug, Clone, Default)]
struct Tally {
    games: i64,
    /// How many of them in each round that has a number.
    by_round: BTreeMap<i64, i64>,
    /// In which of them he was killed first while red.
    killed_in: BTreeSet<String>,
}

impl TournamentScores {
    /// No games yet, under these rules.
    #[must_use]
    pub fn new(rules: Rules, planned_rounds: Option<i64>) -> Self {
        let planned_rounds = planned_rounds.and_then(planned);
        Self { rules, planned_rounds, ..Self::default() }
    }

    /// Puts a game in, or replaces the one of this id. One that is not finished or has no winner
    /// does not count; when it did before, it is taken out.
    ///
    /// Returns the seats whose score is another now, in the order of game and seat: those of other
    /// games, and those of this one when it was there before.
    pub fn put(&mut self, id: &str, game: &Game) -> Vec<ScoreChange> {
        self.change(id, Facts::of(game))
    }

    /// Takes a game out. Returns the seats of other games whose score is another now.
    pub fn remove(&mut self, id: &str) -> Vec<ScoreChange> {
        self.change(id, None)
    }

    /// Sets how many rounds are planned; none, and numbers below 1, for not known.
    pub fn set_planned_rounds(&mut self, rounds: Option<i64>) -> Vec<ScoreChange> {
        let before: Vec<_> = self.tallies.keys().map(|who| (who.clone(), self.standing(who))).collect();
        self.planned_rounds = rounds.and_then(planned);
        let mut changes = Vec::new();
        for (who, before) in before {
            self.rescore(&who, before, None, &mut changes);
        }
        in_order(changes)
    }

    /// Sets the rules.
    pub fn set_rules(&mut self, rules: Rules) -> Vec<ScoreChange> {
        self.rules = rules;
        let ids: Vec<String> = self.games.keys().cloned().collect();
        let mut changes = Vec::new();
        for id in ids {
            let Some(old) = self.games.remove(&id) else { continue };
            let new = self.scored(old.facts.clone());
            differences(&id, &old, &new, Why::Rules, &mut changes);
            self.games.insert(id, new);
        }
        in_order(changes)
    }

    /// The score of each seat of a game, in the order in which they were posted; none when the game
    /// is not there or does not count.
    #[must_use]
    pub fn scores(&self, id: &str) -> Option<Vec<(u8, Score)>> {
        let game = self.games.get(id)?;
        Some(game.facts.seats.iter().map(|seat| seat.seat).zip(game.scores.iter().copied()).collect())
    }

    fn change(&mut self, id: &str, new: Option<Facts>) -> Vec<ScoreChange> {
        let old = self.games.remove(id);
        let mut touched: BTreeSet<Subject> = BTreeSet::new();
        for facts in old.iter().map(|old| &old.facts).chain(&new) {
            touched.extend(facts.seats.iter().filter_map(|seat| seat.subject.clone()));
        }
        let before: Vec<_> = touched.into_iter().map(|who| (self.standing(&who), who)).collect();
        if let Some(old) = &old {
            self.untally(id, &old.facts);
        }
        if let Some(new) = &new {
            self.tally(id, new);
        }
        let mut changes = Vec::new();
        for (before, who) in before {
            self.rescore(&who, before, Some(id), &mut changes);
        }
        if let Some(facts) = new {
            let new = self.scored(facts);
            if let Some(old) = &old {
                differences(id, old, &new, Why::Correction, &mut changes);
            }
            self.games.insert(id.to_owned(), new);
        }
        in_order(changes)
    }

    fn tally(&mut self, id: &str, facts: &Facts) {
        for who in everybody(facts) {
            let tally = self.tallies.entry(who.clone()).or_default();
            tally.games += 1;
            if let Some(round) = facts.round {
                *tally.by_round.entry(round).or_default() += 1;
            }
        }
        if let Some((_, who)) = facts.red_first_kill() {
            self.tallies.entry(who.clone()).or_default().killed_in.insert(id.to_owned());
        }
    }

    fn untally(&mut self, id: &str, facts: &Facts) {
        for who in everybody(facts) {
            let Some(tally) = self.tallies.get_mut(who) else { continue };
            tally.games -= 1;
            tally.killed_in.remove(id);
            if let Some(round) = facts.round
                && let Some(games) = tally.by_round.get_mut(&round)
            {
                *games -= 1;
                if *games == 0 {
                    tally.by_round.remove(&round);
                }
            }
            if tally.games == 0 {
                self.tallies.remove(who);
            }
        }
    }

    fn standing(&self, who: &Subject) -> Standing {
        let Some(tally) = self.tallies.get(who) else { return Standing { first_kills: 0, distance: 0 } };
        let in_a_round = tally.by_round.values().copied().max().unwrap_or(1);
        let planned = self.planned_rounds.map_or(0, |rounds| rounds.saturating_mul(in_a_round));
        Standing {
            first_kills: i64::try_from(tally.killed_in.len()).unwrap_or(i64::MAX),
            distance: tally.games.max(planned),
        }
    }

    fn scored(&self, facts: Facts) -> Scored {
        let row = self.rules.row(&facts.source, facts.season, facts.day).cloned();
        let standing = facts.red_first_kill().map(|(_, who)| self.standing(who));
        let places = 0..facts.seats.len();
        let scores = places.filter_map(|place| facts.score(place, row.as_ref(), standing)).collect();
        Scored { facts, row, scores }
    }

    /// Counts the compensation of `who` again in all games but `except`.
    fn rescore(
        &mut self,
        who: &Subject,
        before: Standing,
        except: Option<&str>,
        changes: &mut Vec<ScoreChange>,
    ) {
        let after = self.standing(who);
        if before == after {
            return;
        }
        let Some(tally) = self.tallies.get(who) else { return };
        for id in tally.killed_in.iter().filter(|id| Some(id.as_str()) != except) {
            let Some(game) = self.games.get_mut(id) else { continue };
            let Some((place, _)) = game.facts.red_first_kill() else { continue };
            let score = game.facts.score(place, game.row.as_ref(), Some(after));
            let (Some(to), Some(slot)) = (score, game.scores.get_mut(place)) else { continue };
            let from = std::mem::replace(slot, to);
            let Some(seat) = game.facts.seats.get(place).filter(|_| from != to) else { continue };
            let rule = game.row.as_ref().and_then(|row| row.ci);
            let why = Why::FirstKills {
                first_kills: Step { from: before.first_kills, to: after.first_kills },
                distance: Step { from: before.distance, to: after.distance },
                quota: rule.and_then(|rule| rule.quota(after.distance)),
            };
            changes.push(ScoreChange { game: id.clone(), seat: seat.seat, from, to, why });
        }
    }
}

fn planned(rounds: i64) -> Option<i64> {
    (rounds > 0).then(|| rounds.min(PLANNED_ROUNDS_MAX))
}

/// Everybody who sat in the game, once each: two of a team at one table have played one game.
fn everybody(facts: &Facts) -> BTreeSet<&Subject> {
    facts.seats.iter().filter_map(|seat| seat.subject.as_ref()).collect()
}

/// The seats of both whose scores differ.
fn differences(id: &str, old: &Scored, new: &Scored, why: Why, changes: &mut Vec<ScoreChange>) {
    let before: BTreeMap<u8, Score> =
        old.facts.seats.iter().map(|seat| seat.seat).zip(old.scores.iter().copied()).collect();
    for (seat, &to) in new.facts.seats.iter().zip(&new.scores) {
        if let Some(&from) = before.get(&seat.seat).filter(|&&from| from != to) {
            changes.push(ScoreChange { game: id.to_owned(), seat: seat.seat, from, to, why });
        }
    }
}

fn in_order(mut changes: Vec<ScoreChange>) -> Vec<ScoreChange> {
    changes.sort_by(|a, b| (&a.game, a.seat).cmp(&(&b.game, b.seat)));
    changes
}
