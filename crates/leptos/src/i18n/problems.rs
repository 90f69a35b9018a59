//! What is said of problems: what happened, what is being done, what the viewer can do.

use realtime_manager::{Action, Fault, Health, Instant, Problem, ProblemKind, Source};

use super::{Lang, attempt_of, length};

crate::texts! {
    /// Words of problems and of what was set aside.
    pub enum ProblemText {
        Problems: "What is wrong", "Что не так";
        Raw: "Exact words", "Точный текст";
        History: "Error history", "История ошибок";
        NoHistory: "Nothing went wrong so far.", "Пока всё было в порядке.";
        SetAside: "Messages set aside", "Отложенные сообщения";
        NoneSetAside: "Every message could be read.", "Все сообщения прочитаны.";
        Recovered: "works again", "снова работает";
        Dropped: "no longer wanted", "больше не нужно";
        ConnectionLost: "The connection to the server is lost", "Связь с сервером потеряна";
        Refused: "The server refuses this page", "Сервер отказал этой странице";
        Unreadable: "Messages came that could not be read", "Пришли сообщения, которые нельзя прочесть";
        MemoryFull: "More is held in memory than allowed", "В памяти больше, чем разрешено";
        Slow: "The server answers slowly", "Сервер отвечает медленно";
        SlowPage: "This page takes too long to show updates", "Страница слишком долго показывает обновления";
        FaultSize: "too large", "слишком большое";
        FaultFrame: "no message of the protocol", "не сообщение протокола";
        FaultTopic: "unknown topic", "неизвестная тема";
        FaultEvent: "unexpected event", "неожиданное событие";
        FaultPayload: "unreadable content", "нечитаемое содержимое";
        FaultContent: "impossible content", "невозможное содержимое";
        Asking: "It is asked for again.", "Данные запрошены заново.";
        SettingAside:
            "They are set aside, everything else goes on.",
            "Они отложены, всё остальное идёт дальше.";
        Off: "Nothing: automatic reconnecting is off.", "Ничего: автоматическое переподключение выключено.";
        UsedUp: "Nothing more: all attempts failed.", "Больше ничего: все попытки исчерпаны.";
        Nothing: "Nothing, until somebody asks.", "Ничего, пока никто не попросит.";
        CanWait: "Wait, or press “Try now”.", "Подождите или нажмите «Повторить сейчас».";
        CanRetry: "Press “Try now”.", "Нажмите «Повторить сейчас».";
        CanReload:
            "Reload the page. If that does not help, tell whoever runs the server.",
            "Перезагрузите страницу. Если не поможет, сообщите тому, кто ведёт сервер.";
        CanLeave: "You need not do anything.", "Делать ничего не нужно.";
        CanClose:
            "Close it in the list of subscriptions, or tell whoever runs the server.",
            "Закройте её в списке подписок или сообщите тому, кто ведёт сервер.";
        CanReport:
            "Send the report below to whoever runs the server.",
            "Отправьте отчёт ниже тому, кто ведёт сервер.";
        CanCleanUp: "Press “Clean up” below.", "Нажмите «Очистить» ниже.";
        CanCheckNetwork: "Check the network of this device.", "Проверьте сеть этого устройства.";
        CanSlowDown:
            "Choose a longer interval between updates, or close other pages.",
            "Выберите больший интервал обновлений или закройте другие страницы.";
    }
}

/// What happened, as a sentence without its full stop.
#[must_use]
pub fn happened(problem: &Problem, lang: Lang) -> String {
    let of_topic = |en: &str, ru: &str| match lang {
        Lang::En => format!("{en} {}", problem.source),
        Lang::Ru => format!("{ru} {}", problem.source),
    };
    let text = match (problem.kind, &problem.source) {
        (ProblemKind::Connection, _) if problem.recoverable => ProblemText::ConnectionLost,
        (ProblemKind::Connection, _) => ProblemText::Refused,
        (ProblemKind::Subscription, _) => {
            return of_topic("The server does not send", "Сервер не присылает");
        }
        (ProblemKind::Data, Source::Topic(_)) => {
            return of_topic("Something is wrong with the data of", "Что-то не так с данными");
        }
        (ProblemKind::Data, Source::Connection | Source::Messages | Source::Figure(_)) => {
            ProblemText::Unreadable
        }
        (ProblemKind::Performance, Source::Figure("memory")) => ProblemText::MemoryFull,
        (ProblemKind::Performance, Source::Figure("round trip")) => ProblemText::Slow,
        (ProblemKind::Performance, _) => ProblemText::SlowPage,
    };
    lang.t(text).to_owned()
}

/// What is being done about it.
#[must_use]
pub fn done_about(problem: &Problem, health: &Health, reconnects: bool, now: Instant, lang: Lang) -> String {
    let text = match problem.action {
        Action::Retry => {
            let attempt = attempt_of(health, lang);
            return match lang {
                Lang::En => format!("It is tried again: {attempt}."),
                Lang::Ru => format!("Идёт переподключение: {attempt}."),
            };
        }
        Action::LeaveAlone { until } => {
            let left = length(until.saturating_since(now), lang);
            return match lang {
                Lang::En => format!("It failed often and is left alone; asked for again in {left}."),
                Lang::Ru => format!("Слишком много неудач; следующий запрос через {left}."),
            };
        }
        Action::Ask => ProblemText::Asking,
        Action::SetAside => ProblemText::SettingAside,
        Action::Nothing => match (problem.kind, problem.recoverable) {
            (ProblemKind::Connection, true) if reconnects => ProblemText::UsedUp,
            (ProblemKind::Connection, true) => ProblemText::Off,
            (
                ProblemKind::Connection
                | ProblemKind::Subscription
                | ProblemKind::Data
                | ProblemKind::Performance,
                _,
            ) => ProblemText::Nothing,
        },
    };
    lang.t(text).to_owned()
}

/// What the viewer can do.
#[must_use]
pub fn can_do(problem: &Problem) -> ProblemText {
    match (problem.kind, problem.recoverable, &problem.source) {
        (ProblemKind::Connection, true, _) if problem.action == Action::Retry => ProblemText::CanWait,
        (ProblemKind::Connection, true, _) => ProblemText::CanRetry,
        (ProblemKind::Connection, false, _) => ProblemText::CanReload,
        (ProblemKind::Subscription, true, _) => ProblemText::CanLeave,
        (ProblemKind::Subscription, false, _) => ProblemText::CanClose,
        (ProblemKind::Data, ..) => ProblemText::CanReport,
        (ProblemKind::Performance, _, Source::Figure("memory")) => ProblemText::CanCleanUp,
        (ProblemKind::Performance, _, Source::Figure("round trip")) => ProblemText::CanCheckNetwork,
        (ProblemKind::Performance, ..) => ProblemText::CanSlowDown,
    }
}

/// Why a message was set aside.
#[must_use]
pub fn fault_text(fault: Fault) -> ProblemText {
    match fault {
        Fault::Size => ProblemText::FaultSize,
        Fault::Frame => ProblemText::FaultFrame,
        Fault::Topic => ProblemText::FaultTopic,
        Fault::Event => ProblemText::FaultEvent,
        Fault::Payload => ProblemText::FaultPayload,
        Fault::Content => ProblemText::FaultContent,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use realtime_protocol::Topic;

    use super::*;
    use crate::i18n::check_texts;

    fn lost(action: Action, recoverable: bool) -> Problem {
        Problem {
            kind: ProblemKind::Connection,
            source: Source::Connection,
            recoverable,
            since: Instant(Duration::from_secs(10)),
            last: Instant(Duration::from_secs(10)),
            count: 1,
            text: "server fell silent".to_owned(),
            action,
        }
    }

    fn all_of(problem: &Problem, reconnects: bool) -> [String; 3] {
        let health = Health {
            attempt: 2,
            max_attempts: Some(5),
            next_attempt_in: Some(Duration::from_secs(4)),
            ..Health::default()
        };
        let done = done_about(problem, &health, reconnects, Instant(Duration::from_secs(20)), Lang::En);
        [happened(problem, Lang::En), done, Lang::En.t(can_do(problem)).to_owned()]
    }

    /// Behaviour: B63 — broken by: the same words for a connection that is tried again and one that is not
    #[test]
    fn a_problem_says_what_happened_what_is_done_and_what_can_be_done() {
        let lost_words = "The connection to the server is lost";
        let tried = "It is tried again: attempt 2 of 5, next try in 4 s.";
        assert_eq!(
            all_of(&lost(Action::Retry, true), true),
            [lost_words, tried, "Wait, or press “Try now”."]
        );
        let used_up = "Nothing more: all attempts failed.";
        assert_eq!(all_of(&lost(Action::Nothing, true), true), [lost_words, used_up, "Press “Try now”."]);
        let off = "Nothing: automatic reconnecting is off.";
        assert_eq!(all_of(&lost(Action::Nothing, true), false)[1], off);
        assert_eq!(all_of(&lost(Action::Nothing, false), true)[0], "The server refuses this page");
    }

    /// Behaviour: B66 — broken by: the words of a topic that is asked again at once
    #[test]
    fn a_topic_that_is_left_alone_says_for_how_long() {
        let topic = Topic::view("metrics").unwrap();
        let until = Instant(Duration::from_secs(50));
        let problem = Problem {
            kind: ProblemKind::Subscription,
            source: Source::Topic(topic),
            ..lost(Action::LeaveAlone { until }, true)
        };
        let left = "It failed often and is left alone; asked for again in 30\u{a0}s.";
        let words = ["The server does not send view:metrics", left, "You need not do anything."];
        assert_eq!(all_of(&problem, true), words);
    }

    #[test]
    fn every_text_has_words_in_both_languages() {
        check_texts(ProblemText::ALL);
    }
}
