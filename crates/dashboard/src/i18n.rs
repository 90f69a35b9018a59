//! Every word of the page, in English and Russian.

use realtime_manager::{CaughtUp, Reason};

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Lang {
    /// The language of a tag such as `ru`, `ru-RU` or `en-GB`; `None` for any other.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        if primary.eq_ignore_ascii_case("ru") {
            Some(Self::Ru)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The tag of the language.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The other language, for a switch.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Ru,
            Self::Ru => Self::En,
        }
    }

    /// What `text` is in this language.
    #[must_use]
    pub fn t(self, text: Text) -> &'static str {
        let (en, ru) = text.both();
        match self {
            Self::En => en,
            Self::Ru => ru,
        }
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $en:literal, $ru:literal;)+) => {
        /// A sentence or word without figures in it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Text {
            $(#[doc = $en] $name,)+
        }

        impl Text {
            /// All texts of the page.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            fn both(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($en, $ru),)+
                }
            }
        }
    };
}

texts! {
    Title: "GoMafia Live", "GoMafia Live";
    SwitchLanguage: "Русский", "English";
    ThemeLight: "Light theme", "Светлая тема";
    ThemeDark: "Dark theme", "Тёмная тема";
    Overview: "Overview", "Обзор";
    Players: "Players", "Игроки";
    TournamentsRunning: "Tournaments in progress", "Турниры идут";
    Games: "Games played", "Сыграно игр";
    Rating: "Average rating", "Средний рейтинг";
    RatingLocal: "local rating", "местный рейтинг";
    RatingElo: "Elo", "Elo";
    NoData: "No data yet", "Данных пока нет";
    Loading: "Loading", "Загрузка";
    Activity: "Activity", "События";
    ActivityEmpty:
        "No events yet. Games appear here as they are entered or corrected.",
        "Событий пока нет. Игры появятся здесь, когда их внесут или исправят.";
    FeedCutEntries: "Only the newest 100 events are kept here.", "Здесь хранятся только последние 100 событий.";
    FeedCutAge:
        "Events that came more than a day ago are left out.",
        "События, полученные больше суток назад, не показаны.";
    TownWon: "Town won", "Победа мирных";
    MafiaWon: "Mafia won", "Победа мафии";
    Draw: "Draw", "Ничья";
    NoWinner: "No result", "Без результата";
    Game: "Game", "Игра";
    Tournament: "Tournament", "Турнир";
    Import: "Import", "Импорт";
    Corrected: "corrected", "исправлено";
    GameRunning: "In progress", "Идёт";
    GameFinished: "Finished", "Завершена";
    Upcoming: "Upcoming", "Скоро";
    Ongoing: "In progress", "Идёт";
    Finished: "Finished", "Завершён";
    Cancelled: "Cancelled", "Отменён";
    StatusUnknown: "Status unknown", "Статус неизвестен";
    NoDate: "date unknown", "дата неизвестна";
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
    Lost: "Connection lost. Figures stay as they were.", "Связь потеряна. Показаны последние данные.";
    GaveUp:
        "No connection after all attempts. Press “Retry now”.",
        "Все попытки исчерпаны. Нажмите «Повторить сейчас».";
    Dismiss: "Dismiss", "Скрыть";
    Demo: "Demo: simulated season", "Демо: смоделированный сезон";
    Replay: "Replay of recorded games", "Повтор записанных игр";
    CannotStart: "The page cannot start in this browser", "Страница не запускается в этом браузере";
}

/// Which form of a noun a number takes in Russian; English uses the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plural {
    /// 1, 21, 101.
    One,
    /// 2, 3, 4, 22.
    Few,
    /// 0, 5, 11, 12.
    Many,
}

/// The plural form of `n`.
#[must_use]
pub fn plural(n: u64, lang: Lang) -> Plural {
    match lang {
        Lang::En if n == 1 => Plural::One,
        Lang::En => Plural::Many,
        Lang::Ru => match (n % 10, n % 100) {
            (1, rest) if rest != 11 => Plural::One,
            (2..=4, rest) if !(12..=14).contains(&rest) => Plural::Few,
            _ => Plural::Many,
        },
    }
}

/// A noun that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// Game.
    Game,
    /// Player.
    Player,
    /// Change.
    Change,
    /// Update.
    Update,
}

/// `3 games`, `3 игры`.
#[must_use]
pub fn counted(n: u64, noun: Noun, lang: Lang) -> String {
    let (en, ru) = match noun {
        Noun::Game => (["game", "games"], ["игра", "игры", "игр"]),
        Noun::Player => (["player", "players"], ["игрок", "игрока", "игроков"]),
        Noun::Change => (["change", "changes"], ["изменение", "изменения", "изменений"]),
        Noun::Update => (["update", "updates"], ["обновление", "обновления", "обновлений"]),
    };
    let form = plural(n, lang);
    let word = match (lang, form) {
        (Lang::En, Plural::One) => en[0],
        (Lang::En, Plural::Few | Plural::Many) => en[1],
        (Lang::Ru, Plural::One) => ru[0],
        (Lang::Ru, Plural::Few) => ru[1],
        (Lang::Ru, Plural::Many) => ru[2],
    };
    format!("{n}\u{a0}{word}")
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
    let changes = counted(caught_up.commits, Noun::Change, lang).replace('\u{a0}', " ");
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

/// `updated 3 s ago`, from the age in words.
#[must_use]
pub fn updated(ago: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("updated {ago}"),
        Lang::Ru => format!("обновлено {ago}"),
    }
}

/// `as of 14:32`, for figures without a live link.
#[must_use]
pub fn as_of(clock: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("as of {clock}"),
        Lang::Ru => format!("на {clock}"),
    }
}

/// `mean of 120 players`.
#[must_use]
pub fn mean_of(n: u64, lang: Lang) -> String {
    match (lang, plural(n, lang)) {
        (Lang::En, _) => format!("mean of {}", counted(n, Noun::Player, lang)),
        (Lang::Ru, Plural::One) => format!("среднее по {n}\u{a0}игроку"),
        (Lang::Ru, Plural::Few | Plural::Many) => format!("среднее по {n}\u{a0}игрокам"),
    }
}

#[cfg(test)]
mod tests {
    use realtime_protocol::close::CloseCode;

    use super::*;

    #[test]
    fn plural_forms_are_right_in_both_languages() {
        let ru = [
            (0, "0 игр"),
            (1, "1 игра"),
            (2, "2 игры"),
            (5, "5 игр"),
            (11, "11 игр"),
            (14, "14 игр"),
            (21, "21 игра"),
            (111, "111 игр"),
            (122, "122 игры"),
        ];
        for (n, text) in ru {
            assert_eq!(counted(n, Noun::Game, Lang::Ru).replace('\u{a0}', " "), text);
        }
        assert_eq!(counted(1, Noun::Player, Lang::En), "1\u{a0}player");
        assert_eq!(counted(0, Noun::Player, Lang::En), "0\u{a0}players");
    }

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

    #[test]
    fn every_text_has_words_in_both_languages() {
        for text in Text::ALL {
            assert!(!Lang::En.t(*text).trim().is_empty(), "{text:?}");
            assert!(!Lang::Ru.t(*text).trim().is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_language_tag_may_carry_a_region() {
        assert_eq!(Lang::from_tag("ru-RU"), Some(Lang::Ru));
        assert_eq!(Lang::from_tag("EN"), Some(Lang::En));
        assert_eq!(Lang::from_tag("de"), None);
    }
}
