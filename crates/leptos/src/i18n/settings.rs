//! What is said in the settings and the diagnostics of the connection.

use realtime_manager::Notification;

crate::texts! {
    /// Words of settings and diagnostics.
    pub enum SettingsText {
        Settings: "Settings", "Настройки";
        Recovery: "When the connection is lost", "Если связь потеряна";
        AutoReconnect: "Reconnect automatically", "Переподключаться автоматически";
        Unlimited: "Try without end", "Пробовать без конца";
        Retries: "Attempts", "Число попыток";
        FirstDelay: "First wait, s", "Первое ожидание, с";
        Factor: "Each next wait longer by", "Каждое следующее дольше в";
        MaxDelay: "Longest wait, s", "Самое долгое ожидание, с";
        ResetAfter: "Counts as stable after, s", "Считается устойчивой через, с";
        Jitter: "Spread the waits at random", "Случайный разброс ожидания";
        Apply: "Apply", "Применить";
        Defaults: "Defaults", "По умолчанию";
        Applied: "Applied.", "Применено.";
        BadRetries: "Attempts: a whole number from 0 to 1000.", "Число попыток: целое от 0 до 1000.";
        BadDelay: "Waits: 0.1 to 3600 seconds.", "Ожидание: от 0,1 до 3600 секунд.";
        BadFactor: "Longer by: 1 to 10.", "Дольше в: от 1 до 10 раз.";
        BadOrder:
            "The longest wait is shorter than the first.",
            "Самое долгое ожидание короче первого.";
        Notifications: "Notifications", "Уведомления";
        NotifyConnection: "Connection", "Соединение";
        NotifySubscription: "Subscriptions", "Подписки";
        NotifyData: "Data", "Данные";
        NotifyPerformance: "Performance", "Производительность";
        NotifyActivity: "New entries", "Новые записи";
        Interval: "Least time between updates", "Наименьший интервал обновлений";
        ByComponent: "As each part asks", "Как нужно каждой части";
        AtOnce: "At once", "Сразу";
        Look: "Look", "Вид";
        Display: "Display mode", "Режим табло";
        DisplayHelp:
            "Large type for a screen in a hall; it never gives up reconnecting.",
            "Крупный текст для экрана в зале; переподключение без конца.";
        Motion: "Less motion", "Меньше движения";
        Language: "Language", "Язык";
        Theme: "Theme", "Тема";
        Dark: "Dark", "Тёмная";
        Light: "Light", "Светлая";
        Filter: "Filter", "Фильтр";
        NoFilter: "none", "нет";
        Subscribers: "Used by", "Используют";
        FollowedFor: "Followed for", "Подписка длится";
        LastUpdate: "Last update", "Последнее обновление";
        Throttle: "Interval", "Интервал";
        Circuit: "State", "Состояние";
        Joined: "sent by the server", "сервер присылает";
        Waiting: "not sent now", "сейчас не присылает";
        LeftAlone: "left alone after failures", "отложена после неудач";
        Probing: "asked once, the answer decides", "пробный запрос, решит ответ";
        CloseOne: "Close", "Закрыть";
        CloseAll: "Close all", "Закрыть все";
        Reopen: "Open again", "Открыть снова";
        ClosedByYou: "closed by you", "закрыта вами";
        Performance: "Performance", "Производительность";
        RoundTrips: "Round trips, 5 min", "Задержка, 5 мин";
        DataAge: "Age of data, 5 min", "Возраст данных, 5 мин";
        Rate: "Updates a second", "Обновлений в секунду";
        MessageRate: "Messages a second", "Сообщений в секунду";
        ByteRate: "Traffic, KB/s", "Трафик, КБ/с";
        Percentiles: "Round trip, p50 · p95", "Задержка, p50 · p95";
        EndToEnd: "Event to page, p50 · p99", "От события до страницы, p50 · p99";
        Events: "Updates received", "Получено обновлений";
        Messages: "Messages received", "Получено сообщений";
        Ratio: "Updates a message", "Обновлений на сообщение";
        Reconnects: "Reconnects", "Переподключений";
        Memory: "Memory", "Память";
        DrawFailures: "Parts that could not be drawn", "Части, которые не удалось показать";
        CleanUp: "Clean up", "Очистить";
        Limits: "Limits", "Ограничения";
        Report: "Report", "Отчёт";
        CopyReport: "Copy report", "Скопировать отчёт";
        Copied: "Copied.", "Скопировано.";
        NotCopied: "Select the text and copy it.", "Выделите текст и скопируйте его.";
    }
}

/// The word of a kind of notification.
#[must_use]
pub fn notification_text(kind: Notification) -> SettingsText {
    match kind {
        Notification::Connection => SettingsText::NotifyConnection,
        Notification::Subscription => SettingsText::NotifySubscription,
        Notification::Data => SettingsText::NotifyData,
        Notification::Performance => SettingsText::NotifyPerformance,
        Notification::Activity => SettingsText::NotifyActivity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_texts;

    #[test]
    fn every_text_has_words_in_both_languages() {
        check_texts(SettingsText::ALL);
    }
}
