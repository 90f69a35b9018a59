//! What is said of the connection.

use realtime_manager::{CaughtUp, Health, Link, Reason, Status};

use super::{CHANGE, Lang, countdown_seconds, counted};

crate::texts! {
    /// Words of the connection and its interface.
    pub enum StatusText {
        Live: "Live", "В эфире";
        Connecting: "Connecting", "Подключение";
        Reconnecting: "Reconnecting", "Переподключение";
        Disconnected: "Disconnected", "Отключено";
        Failed: "No connection", "Нет связи";
        Paused: "Paused", "Пауза";
        ByHttp: "By HTTP", "По HTTP";
        Slow: "Live, slow link", "В эфире, связь медленная";
        Silent: "Live, no answer", "В эфире, сервер молчит";
        Connection: "Connection", "Соединение";
        Connect: "Connect", "Подключить";
        Disconnect: "Disconnect", "Отключить";
        Retry: "Try now", "Повторить сейчас";
        Stop: "Stop trying", "Прекратить попытки";
        LiveUpdates: "Live updates", "Живые обновления";
        Since: "In this state for", "В этом состоянии";
        Uptime: "Connected for", "На связи";
        LastConnected: "Last connected", "Было подключено";
        LastDisconnected: "Last disconnected", "Последнее отключение";
        Latency: "Round trip", "Задержка";
        Spread: "Last minute", "За минуту";
        NotMeasured: "not measured yet", "ещё не измерена";
        LastData: "Last data", "Последние данные";
        Never: "none yet", "ещё не было";
        Updates: "Updates", "Обновления";
        Subscriptions: "Subscriptions", "Подписки";
        NoSubscriptions: "Nothing is subscribed.", "Подписок нет.";
        Position: "Position", "Позиция";
        PausedWhy:
            "Live updates are off. Figures stay as they were; switched on again, they catch up.",
            "Живые обновления выключены. Показаны прежние данные; после включения они догонят.";
        ByHttpWhy:
            "No live connection opens here, so figures are read over HTTP every few seconds.",
            "Живое соединение здесь не открывается, данные запрашиваются по HTTP раз в несколько секунд.";
        GaveUp:
            "No connection after all attempts. Press “Try now”.",
            "Все попытки исчерпаны. Нажмите «Повторить сейчас».";
        MoreOpen: "Settings and diagnostics", "Настройки и диагностика";
        Close: "Close", "Закрыть";
        PanelComing: "The panel is loading.", "Панель загружается.";
        PanelFailed: "The panel could not be loaded.", "Не удалось загрузить панель.";
        Again: "Try again", "Повторить";
    }
}

/// The word of the connection, whether live updates are wanted considered.
#[must_use]
pub fn word(health: &Health, is_wanted: bool) -> StatusText {
    if !is_wanted {
        return StatusText::Paused;
    }
    match health.status {
        Status::Connecting | Status::Reconnecting | Status::Error if health.by_http => StatusText::ByHttp,
        Status::Disconnected => StatusText::Disconnected,
        Status::Connecting => StatusText::Connecting,
        Status::Connected => match health.link {
            None | Some(Link::Good) => StatusText::Live,
            Some(Link::Slow) => StatusText::Slow,
            Some(Link::Silent) => StatusText::Silent,
        },
        Status::Reconnecting => StatusText::Reconnecting,
        Status::Error => StatusText::Failed,
    }
}

/// The word with the attempt and the time until the next one, while there is one.
#[must_use]
pub fn sentence(health: &Health, is_wanted: bool, lang: Lang) -> String {
    let word = lang.t(word(health, is_wanted));
    if !is_wanted || health.status != Status::Reconnecting {
        return word.to_owned();
    }
    format!("{word}, {}", attempt_of(health, lang))
}

/// `attempt 2 of 5, next try in 4 s`.
#[must_use]
pub fn attempt_of(health: &Health, lang: Lang) -> String {
    let attempt = attempt(health.attempt, health.max_attempts, lang);
    match health.next_attempt_in {
        Some(left) => format!("{attempt}, {}", next_try(countdown_seconds(left), lang)),
        None => attempt,
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
    use std::time::Duration;

    use realtime_protocol::close::CloseCode;

    use super::*;
    use crate::i18n::check_texts;

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

    fn reconnecting() -> Health {
        Health {
            status: Status::Reconnecting,
            attempt: 2,
            max_attempts: Some(5),
            next_attempt_in: Some(Duration::from_millis(3_400)),
            ..Health::default()
        }
    }

    /// Behaviour: B6 — broken by: a countdown that is rounded down
    #[test]
    fn a_reconnect_says_which_attempt_and_when_the_next_is() {
        let waiting = reconnecting();
        assert_eq!(sentence(&waiting, true, Lang::En), "Reconnecting, attempt 2 of 5, next try in 4 s");
        let ru = "Переподключение, попытка 2 из 5, следующая через 4 с";
        assert_eq!(sentence(&waiting, true, Lang::Ru), ru);
        let trying = Health { next_attempt_in: None, ..waiting };
        assert_eq!(sentence(&trying, true, Lang::En), "Reconnecting, attempt 2 of 5");
    }

    /// Behaviour: B57 — broken by: asking the status before the wish
    #[test]
    fn without_live_updates_everything_is_paused_whatever_the_link_does() {
        assert_eq!(sentence(&reconnecting(), false, Lang::En), "Paused");
        assert_eq!(sentence(&Health::default(), false, Lang::Ru), "Пауза");
    }

    #[test]
    fn a_link_that_is_slow_silent_or_replaced_by_http_is_not_just_live() {
        let connected = Health { status: Status::Connected, ..Health::default() };
        let with = |link| sentence(&Health { link: Some(link), ..connected.clone() }, true, Lang::En);
        let words = [Link::Good, Link::Slow, Link::Silent].map(with);
        assert_eq!(words, ["Live", "Live, slow link", "Live, no answer"]);
        let by_http = Health { by_http: true, ..reconnecting() };
        assert_eq!(sentence(&by_http, true, Lang::En), "By HTTP, attempt 2 of 5, next try in 4 s");
        assert_eq!(sentence(&Health { by_http: true, ..connected }, true, Lang::En), "Live");
    }

    /// Behaviour: B59 — broken by: leaving the Russian of one text in English
    #[test]
    fn every_text_has_words_in_both_languages() {
        check_texts(StatusText::ALL);
    }
}
