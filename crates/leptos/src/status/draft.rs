//! How a lost connection is won back, as it stands in a form: texts that may be wrong.

use std::time::Duration;

use realtime_manager::Recovery;

use crate::i18n::SettingsText;

/// The bounds of a delay and of a factor, in thousandths, and the largest number of retries.
const DELAY_MS: std::ops::RangeInclusive<u64> = 100..=3_600_000;
const FACTOR: std::ops::RangeInclusive<u64> = 1_000..=10_000;
const RETRIES_MAX: u32 = 1000;

/// The form's contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) unlimited: bool,
    pub(crate) jitter: bool,
    /// The texts, by [`Field`].
    texts: [String; 5],
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Retries,
    FirstDelay,
    Factor,
    MaxDelay,
    ResetAfter,
}

impl Field {
    pub(crate) const ALL: [Self; 5] =
        [Self::Retries, Self::FirstDelay, Self::Factor, Self::MaxDelay, Self::ResetAfter];

    pub(crate) fn label(self) -> SettingsText {
        match self {
            Self::Retries => SettingsText::Retries,
            Self::FirstDelay => SettingsText::FirstDelay,
            Self::Factor => SettingsText::Factor,
            Self::MaxDelay => SettingsText::MaxDelay,
            Self::ResetAfter => SettingsText::ResetAfter,
        }
    }
}

/// What is wrong in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) field: Field,
    pub(crate) text: SettingsText,
}

impl Draft {
    pub(crate) fn of(recovery: &Recovery) -> Self {
        let Recovery { max_retries, first_delay, factor, max_delay, jitter, reset_after, auto_reconnect: _ } =
            recovery;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a conversion of floats saturates, and a factor is between 1 and 10"
        )]
        let factor = (factor * 1000.0).round() as u64;
        Self {
            unlimited: max_retries.is_none(),
            jitter: *jitter,
            texts: [
                max_retries.or(Recovery::default().max_retries).unwrap_or_default().to_string(),
                decimal(millis(*first_delay)),
                decimal(factor),
                decimal(millis(*max_delay)),
                decimal(millis(*reset_after)),
            ],
        }
    }

    pub(crate) fn text(&self, field: Field) -> &str {
        let [retries, first_delay, factor, max_delay, reset_after] = &self.texts;
        match field {
            Field::Retries => retries,
            Field::FirstDelay => first_delay,
            Field::Factor => factor,
            Field::MaxDelay => max_delay,
            Field::ResetAfter => reset_after,
        }
    }

    pub(crate) fn set_text(&mut self, field: Field, text: String) {
        let [retries, first_delay, factor, max_delay, reset_after] = &mut self.texts;
        *match field {
            Field::Retries => retries,
            Field::FirstDelay => first_delay,
            Field::Factor => factor,
            Field::MaxDelay => max_delay,
            Field::ResetAfter => reset_after,
        } = text;
    }

    /// What the form says; nothing of it while anything is wrong.
    pub(crate) fn read(&self, auto_reconnect: bool) -> Result<Recovery, Wrong> {
        let wrong = |field, text| Wrong { field, text };
        let delay = |field| {
            thousandths(self.text(field))
                .filter(|ms| DELAY_MS.contains(ms))
                .map(Duration::from_millis)
                .ok_or_else(|| wrong(field, SettingsText::BadDelay))
        };
        let retries = self.text(Field::Retries).trim().parse().ok().filter(|retries| *retries <= RETRIES_MAX);
        let max_retries = match (self.unlimited, retries) {
            (true, _) => None,
            (false, Some(retries)) => Some(retries),
            (false, None) => return Err(wrong(Field::Retries, SettingsText::BadRetries)),
        };
        let first_delay = delay(Field::FirstDelay)?;
        let factor = thousandths(self.text(Field::Factor))
            .filter(|factor| FACTOR.contains(factor))
            .and_then(|factor| u32::try_from(factor).ok())
            .ok_or_else(|| wrong(Field::Factor, SettingsText::BadFactor))?;
        let max_delay = delay(Field::MaxDelay)?;
        if max_delay < first_delay {
            return Err(wrong(Field::MaxDelay, SettingsText::BadOrder));
        }
        Ok(Recovery {
            auto_reconnect,
            max_retries,
            first_delay,
            factor: f64::from(factor) / 1000.0,
            max_delay,
            jitter: self.jitter,
            reset_after: delay(Field::ResetAfter)?,
        })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Thousandths as a decimal number without needless zeros.
fn decimal(value: u64) -> String {
    let (whole, rest) = (value / 1000, value % 1000);
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A decimal number in thousandths, with a point or a comma and at most three digits after it.
fn thousandths(text: &str) -> Option<u64> {
    let text = text.trim();
    let (whole, rest) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || rest.len() > 3 || !is_number(whole) || !is_number(rest) {
        return None;
    }
    format!("{whole}{rest:0<3}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(field: Field, text: &str) -> Result<Recovery, Wrong> {
        let mut draft = Draft::of(&Recovery::default());
        draft.set_text(field, text.to_owned());
        draft.read(true)
    }

    /// Behaviour: B7 — broken by: a factor that is read as a whole number
    #[test]
    fn what_the_form_shows_is_what_it_reads() {
        let odd = Recovery {
            auto_reconnect: false,
            max_retries: Some(12),
            first_delay: Duration::from_millis(250),
            factor: 1.5,
            max_delay: Duration::from_secs(90),
            jitter: false,
            reset_after: Duration::from_millis(4_020),
        };
        let endless = Recovery { max_retries: None, ..Recovery::default() };
        for recovery in [Recovery::default(), odd, endless] {
            assert_eq!(Draft::of(&recovery).read(recovery.auto_reconnect), Ok(recovery));
        }
        assert_eq!(Draft::of(&Recovery::default()).text(Field::Factor), "2");
    }

    #[test]
    fn a_number_may_have_a_comma() {
        assert_eq!(with(Field::FirstDelay, " 0,5 ").map(|all| all.first_delay.as_millis()), Ok(500));
        assert_eq!(with(Field::Factor, "1.25").map(|all| all.factor), Ok(1.25));
    }

    /// Behaviour: B7 — broken by: no upper bound for the number of attempts
    #[test]
    fn a_wrong_field_is_named_and_nothing_is_taken() {
        let cases = [
            (Field::Retries, "-1", SettingsText::BadRetries),
            (Field::Retries, "1001", SettingsText::BadRetries),
            (Field::Retries, "", SettingsText::BadRetries),
            (Field::FirstDelay, "0", SettingsText::BadDelay),
            (Field::FirstDelay, "a", SettingsText::BadDelay),
            (Field::FirstDelay, "1e3", SettingsText::BadDelay),
            (Field::MaxDelay, "3600.001", SettingsText::BadDelay),
            (Field::MaxDelay, "0.9", SettingsText::BadOrder),
            (Field::Factor, "0.5", SettingsText::BadFactor),
            (Field::Factor, "NaN", SettingsText::BadFactor),
            (Field::ResetAfter, "0.05", SettingsText::BadDelay),
        ];
        for (field, text, said) in cases {
            assert_eq!(with(field, text), Err(Wrong { field, text: said }), "{field:?} {text}");
        }
    }

    #[test]
    fn without_end_the_number_of_attempts_does_not_matter() {
        let mut draft = Draft::of(&Recovery::default());
        draft.set_text(Field::Retries, String::new());
        draft.unlimited = true;
        assert_eq!(draft.read(true).map(|recovery| recovery.max_retries), Ok(None));
    }
}
