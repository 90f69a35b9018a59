//! Seeds of the whole simulation.

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
