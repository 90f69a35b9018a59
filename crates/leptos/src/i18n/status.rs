//! What is said of the connection.

use realtime_manager::{CaughtUp, Reason, Status};

use super::{CHANGE, Lang, counted};

crate::texts! {
    /// Words of the connection and its interface.
    pub enum StatusText {
        Live: "Live", "В эфире";
        Connecting: "Connecting", "Подключение";
        Reconnecting: "Reconnecting", "Переподключение";
        Disconnected: "Disconnected", "Отключено";
        Failed: "No connection", "Нет связи";
        Connection: "Connection", "Соединение";
        Connect: "Connect", "Подключить";
        Disconnect: "Disconnect", "Отключить";
        Retry: "Retry now", "Повторить сейчас";
        Attempt: "Attempt", "Попытка";
        NextTry: "Next try", "Следующая попытка";
        Since: "In this state for", "В этом состоянии";
        Latency: "Round trip", "Задержка";
        NotMeasured: "not measured yet", "ещё не измерена";
        LastData: "Last data", "Последние данные";
        Never: "none yet", "ещё не было";
        Updates: "Updates", "Обновления";
        LastError: "Last error", "Последняя ошибка";
        Subscriptions: "Subscriptions", "Подписки";
        NoSubscriptions: "Nothing is subscribed.", "Подписок нет.";
        Position: "Position", "Позиция";
        GaveUp:
            "No connection after all attempts. Press “Retry now”.",
            "Все попытки исчерпаны. Нажмите «Повторить сейчас».";
    }
}

/// The word of a status.
#[must_use]
pub fn word(status: Status) -> StatusText {
    match status {
        Status::Disconnected => StatusText::Disconnected,
        Status::Connecting => StatusText::Connecting,
        Status::Connected => StatusText::Live,
        Status::Reconnecting => StatusText::Reconnecting,
        Status::Error => StatusText::Failed,
    }
}

/// `Caught up: 3 changes`, or `Resynchronised: 3 changes` when figures had to be loaded anew.
#[must_use]
pub fn caught_up(caught_up: CaughtUp, lang: Lang) -> String {
    let word = match (lang, caught_up.resumed) {
        (Lang::En, true) => "Caught up",
        (Lang::En, false) => "Resynchronised",
        (Lang::Ru, true) => "Данные догнаны",
        (Lang::Ru, false) => "Данные загружены заново",
    };
    let changes = counted(caught_up.commits, CHANGE, lang).replace('\u{a0}', " ");
    format!("{word}: {changes}")
}

/// Why the link is away, in the viewer's language; `None` for what is no loss.
#[must_use]
pub fn loss(reason: Reason, lang: Lang) -> Option<String> {
    let (en, ru) = match reason {
        Reason::Asked | Reason::Due | Reason::Answered | Reason::Online | Reason::Shown | Reason::Resumed => {
            return None;
        }
        Reason::Closed(None) => ("the connection was lost", "связь прервалась"),
        Reason::Closed(Some(_)) => ("the server closed the connection", "сервер закрыл соединение"),
        Reason::Refused(_) => {
            ("the server refuses this page; retrying does not help", "сервер отказал; повтор не поможет")
        }
        Reason::Silent => ("the server fell silent", "сервер замолчал"),
        Reason::NotOpened => {
            ("the server could not be reached in time", "до сервера не удалось достучаться вовремя")
        }
        Reason::NotAnswered => ("the server did not answer in time", "сервер не ответил вовремя"),
    };
    let words = match lang {
        Lang::En => en,
        Lang::Ru => ru,
    };
    Some(match reason {
        Reason::Closed(Some(code)) | Reason::Refused(code) => format!("{words} ({})", code.0),
        Reason::Asked
        | Reason::Due
        | Reason::Answered
        | Reason::Online
        | Reason::Shown
        | Reason::Resumed
        | Reason::Closed(None)
        | Reason::Silent
        | Reason::NotOpened
        | Reason::NotAnswered => words.to_owned(),
    })
}

/// `attempt 2 of 5`, or `attempt 2` when there is no end.
#[must_use]
pub fn attempt(attempt: u32, max: Option<u32>, lang: Lang) -> String {
    match (lang, max) {
        (Lang::En, Some(max)) => format!("attempt {attempt} of {max}"),
        (Lang::En, None) => format!("attempt {attempt}"),
        (Lang::Ru, Some(max)) => format!("попытка {attempt} из {max}"),
        (Lang::Ru, None) => format!("попытка {attempt}"),
    }
}

/// `next try in 4 s`.
#[must_use]
pub fn next_try(seconds: u64, lang: Lang) -> String {
    match lang {
        Lang::En => format!("next try in {seconds} s"),
        Lang::Ru => format!("следующая через {seconds} с"),
    }
}

#[cfg(test)]
mod tests {
    use realtime_protocol::close::CloseCode;

    use super::*;
    use crate::i18n::Words;

    #[test]
    fn the_sentence_after_a_reconnect_counts_the_changes() {
        let resumed = |commits| CaughtUp { commits, resumed: true };
        assert_eq!(caught_up(resumed(3), Lang::En), "Caught up: 3 changes");
        assert_eq!(caught_up(resumed(1), Lang::En), "Caught up: 1 change");
        assert_eq!(caught_up(resumed(3), Lang::Ru), "Данные догнаны: 3 изменения");
    }

    #[test]
    fn figures_that_were_loaded_anew_are_called_resynchronised() {
        let anew = CaughtUp { commits: 5, resumed: false };
        assert_eq!(caught_up(anew, Lang::En), "Resynchronised: 5 changes");
        assert_eq!(caught_up(anew, Lang::Ru), "Данные загружены заново: 5 изменений");
    }

    #[test]
    fn a_refusal_is_worded_differently_from_a_lost_network() {
        assert_eq!(loss(Reason::Closed(None), Lang::En).as_deref(), Some("the connection was lost"));
        assert_eq!(
            loss(Reason::Refused(CloseCode::TOKEN), Lang::En).as_deref(),
            Some("the server refuses this page; retrying does not help (4401)")
        );
        assert_eq!(loss(Reason::Silent, Lang::Ru).as_deref(), Some("сервер замолчал"));
        assert_eq!(loss(Reason::Due, Lang::En), None);
    }

    #[test]
    fn an_attempt_names_its_end_only_when_there_is_one() {
        assert_eq!(attempt(2, Some(5), Lang::En), "attempt 2 of 5");
        assert_eq!(attempt(7, None, Lang::Ru), "попытка 7");
        assert_eq!(next_try(4, Lang::Ru), "следующая через 4 с");
    }

    /// Behaviour: B59 — broken by: leaving the Russian of one text in English
    #[test]
    fn every_text_has_words_in_both_languages() {
        for text in StatusText::ALL {
            let (en, ru) = text.both();
            assert!(en.is_ascii() || en.contains(['“', '’', '·']), "{text:?}: {en}");
            assert!(!en.trim().is_empty() && ru.chars().any(|c| ('а'..='я').contains(&c)), "{text:?}: {ru}");
        }
    }
}
