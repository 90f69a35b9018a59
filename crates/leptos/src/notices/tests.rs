//! The notices of events, in virtual time.

use realtime_manager::{Action, CaughtUp, Config, Reason, Status};
use realtime_protocol::close::CloseCode;
use realtime_protocol::message::ResetReason;

use super::*;

const BACK: CaughtUp = CaughtUp { commits: 3, resumed: true };

fn at(seconds: u64) -> Instant {
    Instant(Duration::from_secs(seconds))
}

fn preferred() -> Preferences {
    realtime_manager::Manager::new(Config::default(), Instant::default(), 1).preferences().clone()
}

fn notices() -> Notices {
    Notices::new(&preferred())
}

fn status(to: Status) -> Event {
    status_for(to, None)
}

fn status_for(to: Status, reason: Option<Reason>) -> Event {
    Event::Status(StatusChange { from: Status::Connected, to, attempt: 0, next_attempt_in: None, reason })
}

fn prefer(preferences: Preferences) -> Event {
    Event::Preferences(Box::new(preferences))
}

fn view(name: &str) -> Topic {
    Topic::view(name).unwrap()
}

fn shown(notices: &Notices) -> Vec<&'static str> {
    notices.shown().iter().map(|notice| notice.news.kind()).collect()
}

fn told(notices: &Notices) -> Vec<&'static str> {
    notices.history().map(|past| past.news.kind()).collect()
}

fn problem(kind: ProblemKind, source: Source) -> Problem {
    Problem {
        kind,
        source,
        recoverable: true,
        since: at(0),
        last: at(0),
        count: 1,
        text: "slow".to_owned(),
        action: Action::Nothing,
    }
}

/// Behaviour: B60, B65 — broken by: telling "restored" when the socket opens
#[test]
fn a_loss_is_one_notice_that_turns_into_the_next() {
    let mut notices = notices();
    notices.hear(at(10), &status(Status::Reconnecting));
    notices.tick(at(11));
    assert_eq!(shown(&notices), [""; 0]);
    notices.tick(at(12));
    assert_eq!(shown(&notices), ["lost"]);
    let id = notices.shown()[0].id;
    // Every further attempt, whoever hears of it, is the same loss.
    for second in 13..40 {
        notices.hear(at(second), &status(Status::Reconnecting));
        notices.tick(at(second));
    }
    notices.hear(at(41), &status(Status::Error));
    assert_eq!(notices.shown()[0].news, News::GaveUp(GaveUp::AllAttempts));
    notices.hear(at(50), &status(Status::Connecting));
    notices.hear(at(51), &status(Status::Connected));
    notices.tick(at(52));
    assert_eq!(shown(&notices), ["gave-up"]);
    notices.hear(at(53), &Event::CaughtUp(BACK));
    assert_eq!(notices.shown()[0].news, News::Restored(BACK));
    assert_eq!((notices.shown()[0].id, notices.shown().len()), (id, 1));
    assert_eq!(told(&notices), ["lost", "gave-up", "restored"]);
    notices.tick(at(63));
    assert_eq!(shown(&notices), [""; 0]);
}

/// Behaviour: B60 — broken by: a notice at once
#[test]
fn an_outage_under_two_seconds_is_not_worth_a_word() {
    let mut notices = notices();
    for start in [10, 20, 30] {
        notices.hear(at(start), &status(Status::Reconnecting));
        notices.tick(at(start + 1));
        notices.hear(at(start + 1), &status(Status::Connected));
        notices.hear(at(start + 1), &Event::CaughtUp(BACK));
        notices.tick(at(start + 9));
    }
    assert_eq!(told(&notices), [""; 0]);
}

#[test]
fn a_connection_that_has_nothing_to_catch_up_ends_its_notice_without_a_word() {
    let mut notices = notices();
    notices.hear(at(0), &status(Status::Reconnecting));
    notices.tick(at(3));
    assert_eq!(shown(&notices), ["lost"]);
    // Another database: what lies between cannot be counted, but it is told that it is another.
    notices.hear(at(5), &status(Status::Connected));
    let topic = view("metrics");
    notices.hear(at(5), &Event::Resynchronised { topic, reason: ResetReason::Epoch, missed: None });
    notices.tick(at(9));
    assert_eq!(shown(&notices), ["lost"]);
    notices.tick(at(10));
    assert_eq!(shown(&notices), ["resynchronised"]);
}

#[test]
fn a_loss_that_was_taken_away_comes_back_only_as_restored() {
    let mut notices = notices();
    notices.hear(at(0), &status(Status::Reconnecting));
    notices.tick(at(2));
    let id = notices.shown()[0].id;
    assert!(notices.dismiss(at(3), id));
    notices.hear(at(40), &status(Status::Error));
    notices.tick(at(60));
    assert_eq!(shown(&notices), [""; 0]);
    notices.hear(at(61), &Event::CaughtUp(BACK));
    assert_eq!(shown(&notices), ["restored"]);
    // The next loss is another.
    notices.hear(at(80), &status(Status::Reconnecting));
    notices.tick(at(82));
    assert_eq!(shown(&notices), ["lost"]);
}

#[test]
fn why_no_attempt_is_made_is_told_as_it_is() {
    let mut preferences = preferred();
    preferences.recovery.auto_reconnect = false;
    let gave_up = |preferences: &Preferences, reason| {
        let mut notices = Notices::new(preferences);
        notices.hear(at(0), &status_for(Status::Error, Some(reason)));
        notices.tick(at(2));
        notices.shown()[0].news.clone()
    };
    assert_eq!(gave_up(&preferences, Reason::Silent), News::GaveUp(GaveUp::SwitchedOff));
    assert_eq!(gave_up(&preferred(), Reason::Silent), News::GaveUp(GaveUp::AllAttempts));
    let refused = Reason::Refused(CloseCode::TOKEN);
    assert_eq!(gave_up(&preferences, refused), News::GaveUp(GaveUp::Refused));
}

#[test]
fn who_disconnects_himself_is_told_only_what_he_missed() {
    let mut notices = notices();
    notices.hear(at(0), &status(Status::Disconnected));
    notices.tick(at(30));
    assert_eq!(told(&notices), [""; 0]);
    notices.hear(at(31), &status(Status::Connecting));
    notices.hear(at(32), &status(Status::Connected));
    notices.hear(at(32), &Event::CaughtUp(BACK));
    assert_eq!(shown(&notices), ["restored"]);
    // A loss on the way back is told.
    notices.hear(at(50), &status(Status::Disconnected));
    notices.hear(at(60), &status(Status::Connecting));
    notices.hear(at(61), &status(Status::Reconnecting));
    notices.tick(at(63));
    assert_eq!(shown(&notices), ["lost"]);
    // Who then stops the attempts knows it.
    notices.hear(at(64), &status(Status::Disconnected));
    assert_eq!(shown(&notices), [""; 0]);
}

#[test]
fn live_updates_that_were_switched_are_told_when_it_is_true() {
    let mut notices = notices();
    let off = Preferences { live_updates: false, ..preferred() };
    notices.hear(at(0), &prefer(off.clone()));
    notices.hear(at(0), &status(Status::Disconnected));
    assert_eq!(shown(&notices), ["paused"]);
    // Another preference says nothing about it.
    notices.hear(at(1), &prefer(Preferences { display_mode: true, ..off }));
    assert_eq!(told(&notices), ["paused"]);
    notices.hear(at(2), &prefer(preferred()));
    notices.hear(at(2), &status(Status::Connecting));
    assert_eq!(shown(&notices), [""; 0]);
    notices.hear(at(3), &status(Status::Connected));
    notices.hear(at(3), &Event::CaughtUp(BACK));
    assert_eq!(notices.shown()[0].news, News::Resumed(Some(BACK)));
    assert_eq!(told(&notices), ["paused", "resumed"]);
}

#[test]
fn a_page_that_begins_paused_says_nothing_until_it_is_live() {
    let mut notices = Notices::new(&Preferences { live_updates: false, ..preferred() });
    notices.tick(at(60));
    assert_eq!(told(&notices), [""; 0]);
    notices.hear(at(61), &prefer(preferred()));
    notices.hear(at(61), &status(Status::Connecting));
    // It cannot be reached: that is a loss like any other.
    notices.hear(at(62), &status(Status::Reconnecting));
    notices.tick(at(64));
    assert_eq!(shown(&notices), ["lost"]);
    notices.hear(at(70), &status(Status::Disconnected));
    notices.hear(at(71), &status(Status::Connecting));
    notices.hear(at(71), &status(Status::Connected));
    notices.tick(at(76));
    assert_eq!(shown(&notices), [""; 0]);
}

#[test]
fn a_refusal_is_told_once_until_the_topic_works_again() {
    let mut notices = notices();
    let refused = |name: &str| Event::Refused { topic: view(name), reason: "unauthorized: no".to_owned() };
    for second in 0..5 {
        // Each connection asks again and is refused again.
        notices.hear(at(second * 20), &refused("a"));
        notices.tick(at(second * 20 + 19));
    }
    assert_eq!(told(&notices), ["refused"]);
    let over = problem(ProblemKind::Subscription, Source::Topic(view("a")));
    notices.hear(at(100), &Event::Problem(Box::new(ProblemChange::Recovered(over))));
    notices.hear(at(101), &refused("a"));
    notices.hear(at(101), &refused("b"));
    assert_eq!(notices.shown().iter().map(|notice| notice.count).collect::<Vec<_>>(), [2]);
}

#[test]
fn data_set_aside_are_told_once_a_minute_with_their_number() {
    let mut notices = notices();
    let mut said = Vec::new();
    for second in 0..150 {
        if notices.set_aside(at(second), 2 * second) {
            said.push((second, notices.shown().last().map(|notice| notice.news.clone())));
        }
        notices.tick(at(second));
    }
    let of = |messages| Some(News::SetAside { messages });
    assert_eq!(said, [(1, of(2)), (61, of(120)), (121, of(120))]);
}

#[test]
fn a_warning_turns_into_its_end() {
    let mut notices = notices();
    let slow = problem(ProblemKind::Performance, Source::Figure("memory"));
    notices.hear(at(0), &Event::Problem(Box::new(ProblemChange::Raised(slow.clone()))));
    assert_eq!(shown(&notices), ["performance"]);
    notices.hear(at(3), &Event::Problem(Box::new(ProblemChange::Recovered(slow))));
    let over = News::Slow { figure: "memory".to_owned(), wrong: None };
    assert_eq!(notices.shown().iter().map(|notice| &notice.news).collect::<Vec<_>>(), [&over]);
}

/// Behaviour: B61 — broken by: not looking whether news are muted
#[test]
fn who_wants_no_notices_gets_none() {
    let all = Notification::ALL.into_iter().collect();
    let mut notices = Notices::new(&Preferences { muted: all, ..preferred() });
    assert!(notices.is_off());
    notices.hear(at(0), &status(Status::Reconnecting));
    notices.tick(at(2));
    notices.hear(at(3), &Event::Refused { topic: view("a"), reason: "no".to_owned() });
    notices.hear(at(40), &status(Status::Error));
    notices.hear(at(50), &Event::CaughtUp(BACK));
    notices.system(at(51), "a".to_owned());
    notices.set_aside(at(52), 3);
    assert_eq!((notices.shown().len(), notices.history().count(), notices.unread()), (0, 0, 0));
    // On again, what happens from now on is told.
    notices.hear(at(60), &prefer(preferred()));
    notices.system(at(61), "b".to_owned());
    assert_eq!(shown(&notices), ["system"]);
    // Only what is muted goes.
    let muted = [Notification::Connection].into_iter().collect();
    notices.hear(at(62), &status(Status::Reconnecting));
    notices.tick(at(64));
    assert_eq!(shown(&notices), ["system", "lost"]);
    notices.hear(at(65), &prefer(Preferences { muted, ..preferred() }));
    assert_eq!(shown(&notices), ["system"]);
}
