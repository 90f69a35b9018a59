//! A small chart of something measured over the last minutes.

use std::time::Duration;

use leptos::prelude::*;
use realtime_manager::Instant;

use crate::i18n::{Lang, length, millis};
use crate::parts::{memo, steady};

/// What is drawn, in units of the picture.
const WIDTH: u64 = 300;
const HEIGHT: u64 = 40;
/// Room for the width of the line.
const EDGE: u64 = 2;
const SPAN: Duration = Duration::from_secs(300);

/// Durations with the moments of their measurement, the oldest first.
pub(crate) type Measured = Vec<(Instant, Duration)>;

/// What the picture shows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Picture {
    /// The line, as a path.
    line: String,
    /// Where the newest value is.
    last: (u64, u64),
    least: Duration,
    most: Duration,
}

/// The picture of what was measured; none of nothing.
fn picture(measured: &[(Instant, Duration)], now: Instant) -> Option<Picture> {
    let recent = || measured.iter().filter(|(at, _)| now.saturating_since(*at) <= SPAN);
    let least = recent().map(|(_, value)| *value).min()?;
    let most = recent().map(|(_, value)| *value).max()?;
    let scale = whole_micros(most).max(1);
    let mut picture = Picture { line: String::new(), last: (0, 0), least, most };
    for (at, value) in recent() {
        let age = whole_micros(now.saturating_since(*at));
        let x = (WIDTH - EDGE).saturating_sub(age * (WIDTH - 2 * EDGE) / whole_micros(SPAN));
        let y = (HEIGHT - EDGE).saturating_sub(whole_micros(*value) * (HEIGHT - 2 * EDGE) / scale);
        let step = if picture.line.is_empty() { 'M' } else { 'L' };
        picture.line.push_str(&format!("{step}{x} {y}"));
        picture.last = (x, y);
    }
    Some(picture)
}

fn whole_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX / 1000)
}

/// `12–40 ms`, or `3–70 s` for what takes longer.
fn range(picture: &Picture, lang: Lang) -> String {
    let say = |value| {
        if picture.most < Duration::from_secs(10) { millis(value, lang) } else { length(value, lang) }
    };
    let (least, most) = (say(picture.least), say(picture.most));
    if least == most { most } else { format!("{least} – {most}") }
}

/// The chart with its name and range; only its name while nothing was measured.
pub(crate) fn chart(
    lang: Signal<Lang>,
    name: Signal<&'static str>,
    measured: Memo<Measured>,
    now: Signal<Instant>,
) -> AnyView {
    let drawn = memo(move || measured.with(|measured| picture(measured, now.get())));
    let range = steady(move || drawn.with(|drawn| drawn.as_ref().map(|drawn| range(drawn, lang.get()))));
    let part = move |part: fn(&Picture) -> String| {
        Signal::derive(move || drawn.with(|drawn| drawn.as_ref().map(part).unwrap_or_default()))
    };
    view! {
        <figure class="status-chart" class:status-chart-empty=Signal::derive(move || drawn.with(Option::is_none))>
            <figcaption>
                <span>{name}</span>
                <span>{range}</span>
            </figcaption>
            <svg viewBox="0 0 300 40" preserveAspectRatio="none" aria-hidden="true">
                <path d=part(|drawn| drawn.line.clone()) vector-effect="non-scaling-stroke" />
                <circle
                    cx=part(|drawn| drawn.last.0.to_string())
                    cy=part(|drawn| drawn.last.1.to_string())
                    r="2"
                />
            </svg>
        </figure>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn nothing_measured_draws_nothing_and_one_value_a_point() {
        assert_eq!(picture(&[], at(10)), None);
        let one = picture(&[(at(10), ms(7))], at(10)).unwrap();
        assert_eq!((one.line.as_str(), one.last), ("M298 2", (298, 2)));
        assert_eq!(range(&one, Lang::En), "7\u{a0}ms");
    }

    #[test]
    fn values_of_zero_lie_on_the_ground() {
        let flat = picture(&[(at(0), ms(0)), (at(300), ms(0))], at(300)).unwrap();
        assert_eq!(flat.line, "M2 38L298 38");
    }

    #[test]
    fn a_line_goes_from_left_to_right_and_forgets_what_is_older_than_five_minutes() {
        let measured = [(at(0), ms(900)), (at(150), ms(20)), (at(300), ms(40)), (at(450), ms(10))];
        let drawn = picture(&measured, at(450)).unwrap();
        assert_eq!(drawn.line, "M2 20L150 2L298 29");
        assert_eq!(range(&drawn, Lang::Ru), "10\u{a0}мс – 40\u{a0}мс");
    }

    #[test]
    fn long_ages_are_told_in_seconds() {
        let drawn = picture(&[(at(1), ms(3_000)), (at(2), ms(70_000))], at(2)).unwrap();
        assert_eq!(range(&drawn, Lang::En), "3\u{a0}s – 1\u{a0}min");
    }
}
