//! What only this page says, in English and Russian; the rest is said by `realtime-leptos`.

use realtime_leptos::i18n::{Lang, Noun, Plural, counted, plural};

realtime_leptos::texts! {
    /// A sentence or word without figures in it.
    pub enum Text {
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
        Activity: "Activity", "События";
        ActivityEmpty:
            "No events yet. Games appear here as they are entered or corrected.",
            "Событий пока нет. Игры появятся здесь, когда их внесут или исправят.";
        MarkSeen: "Mark as seen", "Отметить просмотренным";
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
        Demo: "Demo: simulated season", "Демо: смоделированный сезон";
        Replay: "Replay of recorded games", "Повтор записанных игр";
        CannotStart: "The page cannot start in this browser", "Страница не запускается в этом браузере";
    }
}

/// What is played.
pub const GAME: Noun = Noun { en: ["game", "games"], ru: ["игра", "игры", "игр"] };
/// Who plays.
pub const PLAYER: Noun =
    Noun { en: ["player", "players"], ru: ["игрок", "игрока", "игроков"] };

/// What nobody has looked at yet.
pub const NEW: Noun = Noun { en: ["new", "new"], ru: ["новое", "новых", "новых"] };

/// `mean of 120 players`.
#[must_use]
pub fn mean_of(n: u64, lang: Lang) -> String {
    match (lang, plural(n, lang)) {
        (Lang::En, _) => format!("mean of {}", counted(n, PLAYER, lang)),
        (Lang::Ru, Plural::One) => format!("среднее по {n}\u{a0}игроку"),
        (Lang::Ru, Plural::Few | Plural::Many) => format!("среднее по {n}\u{a0}игрокам"),
    }
}

#[cfg(test)]
mod tests {
    use realtime_leptos::i18n::Words;

    use super::*;

    #[test]
    fn a_mean_says_of_how_many() {
        assert_eq!(mean_of(1, Lang::En), "mean of 1\u{a0}player");
        assert_eq!(mean_of(21, Lang::Ru), "среднее по 21\u{a0}игроку");
        assert_eq!(mean_of(22, Lang::Ru), "среднее по 22\u{a0}игрокам");
    }

    #[test]
    fn every_text_has_words_in_both_languages() {
        // A name, and a switch that speaks the language it leads to.
        let same = [Text::Title, Text::RatingElo, Text::SwitchLanguage];
        for text in Text::ALL {
            let (en, ru) = text.both();
            assert!(!en.trim().is_empty() && !ru.trim().is_empty(), "{text:?}");
            let is_russian = ru.chars().any(|c| ('а'..='я').contains(&c));
            assert!(is_russian || same.contains(text), "{text:?}: {ru}");
        }
    }
}
