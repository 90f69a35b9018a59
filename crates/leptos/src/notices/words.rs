//! What a notice says.

use realtime_manager::CaughtUp;

use super::announcer::Summary;
use super::news::{GaveUp, News};
use crate::i18n::{Lang, Noun, caught_up, counted};

crate::texts! {
    /// Words of notices and their history.
    pub enum NoticeText {
        Lost: "Connection lost. Figures stay as they were.", "Связь потеряна. Показаны последние данные.";
        GaveUp:
            "No connection after all attempts. Press “Retry now”.",
            "Все попытки исчерпаны. Нажмите «Повторить сейчас».";
        SwitchedOff:
            "Connection lost. Automatic reconnecting is off.",
            "Связь потеряна. Автоматическое переподключение выключено.";
        Turned:
            "The server refuses this page. Retrying does not help.",
            "Сервер отказал этой странице. Повтор не поможет.";
        Resynchronised: "Figures were loaded anew.", "Данные загружены заново.";
        Paused: "Live updates are paused.", "Обновления приостановлены.";
        Resumed: "Live updates are on again.", "Обновления снова включены.";
        Restored: "Connected again.", "Связь восстановлена.";
        NothingMissed: "Nothing was missed.", "Ничего не пропущено.";
        Refused: "The server does not send", "Сервер не присылает";
        Recovered: "is well again", "снова в норме";
        Memory: "Memory", "Память";
        RoundTrip: "Round trip", "Задержка связи";
        Batch: "Drawing of updates", "Показ обновлений";
        MemoryHigh:
            "More is held than the budget allows.",
            "Занято больше памяти, чем отведено.";
        RoundTripHigh:
            "Answers of the server take longer than two seconds.",
            "Сервер отвечает дольше двух секунд.";
        BatchHigh:
            "Updates take longer to show than they may.",
            "Обновления показываются слишком медленно.";
        NotDrawn: "could not be drawn", "не удалось показать";
        Dismiss: "Dismiss", "Скрыть";
        History: "Notifications", "Уведомления";
        Empty: "No notifications yet.", "Уведомлений пока нет.";
        Off:
            "Notifications are off. Errors still stand in the connection panel.",
            "Уведомления выключены. Ошибки видны в панели соединения.";
        Clear: "Clear", "Очистить";
    }
}

const NOTIFICATION: Noun = Noun {
    en: ["notification", "notifications"],
    ru: ["уведомление", "уведомления", "уведомлений"],
};
const MESSAGE: Noun = Noun {
    en: ["message", "messages"], ru: ["сообщение", "сообщения", "сообщений"]
};
const TOPIC: Noun = Noun { en: ["topic", "topics"], ru: ["тема", "темы", "тем"] };
const UNREAD: Noun = Noun { en: ["new", "new"], ru: ["новое", "новых", "новых"] };
const MISSED: Noun = Noun {
    en: ["change went by unseen", "changes went by unseen"],
    ru: ["изменение пропущено", "изменения пропущено", "изменений пропущено"],
};

/// The words of a notice that happened `count` times.
#[must_use]
pub fn sentence(news: &News, count: u64, lang: Lang) -> String {
    let t = |text: NoticeText| lang.t(text).to_owned();
    let text = match news {
        News::Lost => t(NoticeText::Lost),
        News::GaveUp(GaveUp::AllAttempts) => t(NoticeText::GaveUp),
        News::GaveUp(GaveUp::SwitchedOff) => t(NoticeText::SwitchedOff),
        News::GaveUp(GaveUp::Refused) => t(NoticeText::Turned),
        News::Restored(caught) => back(NoticeText::Restored, *caught, lang),
        News::Paused => t(NoticeText::Paused),
        News::Resumed(None) => t(NoticeText::Resumed),
        News::Resumed(Some(caught)) => back(NoticeText::Resumed, *caught, lang),
        News::Resynchronised { missed } => {
            let missed = missed.filter(|missed| *missed > 0);
            let missed = missed.map(|missed| format!("{}.", counted(missed, MISSED, lang)));
            [Some(t(NoticeText::Resynchronised)), missed].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        News::Refused { topic, reason } => {
            let what = if count > 1 { counted(count, TOPIC, lang) } else { topic.to_string() };
            return format!("{} {what}: {reason}", lang.t(NoticeText::Refused));
        }
        News::SetAside { messages } => set_aside(*messages, lang),
        News::Slow { figure, wrong } => slow(figure, wrong.as_deref(), lang),
        News::NotDrawn { part } => format!("{part}: {}.", lang.t(NoticeText::NotDrawn)),
        News::System(text) => text.clone(),
    };
    if count > 1 { format!("{text} (×{count})") } else { text }
}

/// What is said of notices that were not announced one by one.
#[must_use]
pub fn summary(summary: &Summary, lang: Lang) -> String {
    match summary.count {
        0 | 1 => sentence(&summary.newest, 1, lang),
        count => counted(count, NOTIFICATION, lang),
    }
}

/// The name of the bell: `Notifications, 3 new`.
#[must_use]
pub fn bell(unread: usize, lang: Lang) -> String {
    let history = lang.t(NoticeText::History);
    match u64::try_from(unread).unwrap_or(u64::MAX) {
        0 => history.to_owned(),
        unread => format!("{history}, {}", counted(unread, UNREAD, lang)),
    }
}

fn back(how: NoticeText, caught: CaughtUp, lang: Lang) -> String {
    let how = lang.t(how);
    match caught {
        CaughtUp { commits: 0, resumed: true } => format!("{how} {}", lang.t(NoticeText::NothingMissed)),
        CaughtUp { commits: 0, resumed: false } => format!("{how} {}", lang.t(NoticeText::Resynchronised)),
        CaughtUp { .. } => format!("{how} {}.", caught_up(caught, lang)),
    }
}

fn set_aside(messages: u64, lang: Lang) -> String {
    let messages = counted(messages, MESSAGE, lang);
    match lang {
        Lang::En => format!("{messages} could not be read and were set aside. The stream goes on."),
        Lang::Ru => format!("Не удалось прочитать: {messages}. Отложено, поток продолжается."),
    }
}

/// Figures that are not known here keep the manager's words.
fn slow(figure: &str, wrong: Option<&str>, lang: Lang) -> String {
    let known = match figure {
        "memory" => Some((NoticeText::Memory, NoticeText::MemoryHigh)),
        "round trip" => Some((NoticeText::RoundTrip, NoticeText::RoundTripHigh)),
        "batch" => Some((NoticeText::Batch, NoticeText::BatchHigh)),
        _ => None,
    };
    let name = known.map_or(figure, |(name, _)| lang.t(name));
    match (wrong, known) {
        (None, _) => format!("{name}: {}.", lang.t(NoticeText::Recovered)),
        (Some(_), Some((_, high))) => lang.t(high).to_owned(),
        (Some(wrong), None) => format!("{name}: {wrong}"),
    }
}

#[cfg(test)]
mod tests {
    use realtime_protocol::Topic;

    use super::*;
    use crate::i18n::Words;

    fn plain(news: &News, count: u64, lang: Lang) -> String {
        sentence(news, count, lang).replace('\u{a0}', " ")
    }

    #[test]
    fn who_switched_reconnecting_off_is_not_told_of_attempts() {
        let off = News::GaveUp(GaveUp::SwitchedOff);
        assert_eq!(plain(&off, 1, Lang::En), "Connection lost. Automatic reconnecting is off.");
        let all = News::GaveUp(GaveUp::AllAttempts);
        assert_eq!(plain(&all, 1, Lang::En), "No connection after all attempts. Press “Retry now”.");
    }

    #[test]
    fn what_was_caught_up_or_missed_is_told_in_numbers() {
        let caught = CaughtUp { commits: 3, resumed: true };
        assert_eq!(plain(&News::Restored(caught), 1, Lang::En), "Connected again. Caught up: 3 changes.");
        let nothing = CaughtUp { commits: 0, resumed: true };
        assert_eq!(plain(&News::Restored(nothing), 1, Lang::Ru), "Связь восстановлена. Ничего не пропущено.");
        let resumed = News::Resumed(Some(caught));
        assert_eq!(plain(&resumed, 1, Lang::Ru), "Обновления снова включены. Данные догнаны: 3 изменения.");
        let missed = News::Resynchronised { missed: Some(1) };
        assert_eq!(plain(&missed, 2, Lang::En), "Figures were loaded anew. 1 change went by unseen. (×2)");
        let aside = News::SetAside { messages: 5 };
        assert_eq!(
            plain(&aside, 1, Lang::Ru),
            "Не удалось прочитать: 5 сообщений. Отложено, поток продолжается."
        );
    }

    #[test]
    fn several_refusals_are_counted_and_one_is_named() {
        let refused =
            News::Refused { topic: Topic::view("secret").unwrap(), reason: "unauthorized: no".to_owned() };
        assert_eq!(plain(&refused, 1, Lang::En), "The server does not send view:secret: unauthorized: no");
        assert_eq!(plain(&refused, 3, Lang::Ru), "Сервер не присылает 3 темы: unauthorized: no");
    }

    #[test]
    fn one_notice_is_summed_up_by_its_words_and_more_by_their_number() {
        let of = |count| Summary { count, newest: News::Paused, turn: 1 };
        assert_eq!(summary(&of(1), Lang::En), "Live updates are paused.");
        assert_eq!(summary(&of(3), Lang::Ru), "3\u{a0}уведомления");
        assert_eq!(bell(0, Lang::En), "Notifications");
        assert_eq!(bell(21, Lang::Ru), "Уведомления, 21\u{a0}новое");
    }

    /// Behaviour: B59 — broken by: leaving the Russian of one text in English
    #[test]
    fn every_text_has_words_in_both_languages() {
        for text in NoticeText::ALL {
            let (en, ru) = text.both();
            assert!(en.is_ascii() || en.contains(['“', '’', '·']), "{text:?}: {en}");
            assert!(!en.trim().is_empty() && ru.chars().any(|c| ('а'..='я').contains(&c)), "{text:?}: {ru}");
        }
    }
}
