//! Seeds of the whole simulation.

use std::collections::BTreeMap;

use simulation::simulate;

#[test]
fn whatever_goes_wrong_every_rule_holds_and_everybody_reaches_the_head() {
    let failed: Vec<String> = (1..=40)
        .map(|seed| (seed, simulate(seed)))
        .filter(|(_, outcome)| outcome.broken.is_some())
        .map(|(seed, outcome)| format!("seed {seed} {outcome}"))
        .collect();
    assert_eq!(failed, Vec::<String>::new());
}

#[test]
fn the_same_seed_is_the_same_story_and_another_seed_another() {
    for seed in 100..105 {
        assert_eq!(simulate(seed), simulate(seed));
        assert_ne!(simulate(seed).trace, simulate(seed + 1).trace);
    }
}

#[test]
fn the_seeds_come_through_every_kind_of_trouble() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for (kind, times) in (1..=40).flat_map(|seed| simulate(seed).kinds) {
        *seen.entry(kind).or_default() += times;
    }
    let kinds = [
        "snapshot",
        "resumed",
        "delta",
        "connected",
        "reconnecting",
        "error",
        "disconnected",
        "server stops",
        "server up",
        "restored",
        "blocked",
        "stuck",
        "half open",
        "closed",
        "hung up",
        "timeout",
        "session ended",
        "rows",
        "rows kept",
        "rows read",
        "rows expired",
        "rows restarted",
        "reset",
        "stalled",
        "passed over",
        "observed",
    ];
    let missing: Vec<&str> = kinds.into_iter().filter(|kind| !seen.contains_key(kind)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "{seen:?}");
}
