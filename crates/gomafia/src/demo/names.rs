//! Invented nicknames: Cyrillic, Latin, with emoji, long; none of a real player.

/// The players.
pub(super) const PLAYERS: [&str; 62] = [
    "Тихий Прилив",
    "Снежный Барсук",
    "Медный Всадник",
    "Полуночный Трамвай",
    "Кашемир",
    "Фонарщик",
    "Северный Крендель",
    "Мятный Чай",
    "Барон Укроп",
    "Лунный Заяц",
    "Граф Клюквин",
    "Кедровка",
    "Пасьянс",
    "Сонный Филин",
    "Бергамот",
    "Будяк Луговой",
    "Оригами",
    "Капитан Ёж",
    "Иволга",
    "Льдинка Ю",
    "Горицвет",
    "Туманный Мыс",
    "Суховей",
    "Стеклодув",
    "Дирижёр",
    "Янтарный Кот",
    "Шестерёнка",
    "Хронометрист",
    "Можжевельник",
    "Зимородок",
    "Плющ",
    "Ветряк",
    "Сова и Тень",
    "Полярник",
    "Махаон",
    "Бумажный Тигр 🐯",
    "Фонарь 🔦",
    "Тётя Гроза ⚡",
    "Не буди меня 😴",
    "Арбуз 🍉 в законе",
    "👻 Сквозняк",
    "Председатель Клуба Любителей Полуночных Прогулок",
    "Великая Княгиня Осенних Яблок и Тумана",
    "Quiet Comet",
    "Velvet Otter",
    "Paper Lantern",
    "North Pier",
    "Dr. \"Maybe\"",
    "Saffron",
    "Kestrel 77",
    "Foxglove & Sons",
    "Juniper Sky",
    "Mistral_",
    "Copper Owl",
    "Tin Whistle",
    "Blue Marmalade",
    "Zephyr🍃",
    "o'Thistle",
    "Nightjar",
    "LateTrain",
    "Qwertown",
    "Æon Drift",
];

/// The referees.
pub(super) const REFEREES: [&str; 5] =
    ["Судья Весы", "Арбитр Метель", "Хранитель Регламента", "Мадам Секундомер", "Referee Plum"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn no_two_nicknames_are_the_same() {
        let names: BTreeSet<_> = PLAYERS.iter().chain(&REFEREES).map(|name| name.to_lowercase()).collect();
        assert_eq!(names.len(), PLAYERS.len() + REFEREES.len());
    }

    /// Every text under a key that holds nicknames.
    fn collect(value: &Value, key: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| collect(value, key, found)),
            Value::Array(items) => items.iter().for_each(|item| collect(item, key, found)),
            Value::String(text) if ["name", "login", "referee"].contains(&key) => {
                found.insert(text.trim().to_lowercase());
            }
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    #[test]
    fn no_nickname_is_a_real_one() {
        let Some(folder) = std::env::var_os("GOMAFIA_DATA_DIR") else {
            println!("skipped: GOMAFIA_DATA_DIR is not set");
            return;
        };
        let folder = Path::new(&folder);
        let mut real = BTreeSet::new();
        let files = [folder, &folder.join("gomafia_api")].map(|folder| std::fs::read_dir(folder).unwrap());
        for path in files.into_iter().flatten().map(|entry| entry.unwrap().path()) {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            match ending {
                "jsonl" => {
                    let text = std::fs::read_to_string(&path).unwrap();
                    text.lines().for_each(|line| {
                        collect(&serde_json::from_str(line).unwrap(), "", &mut real);
                    });
                }
                "json" => {
                    let text = std::fs::read_to_string(&path).unwrap();
                    collect(&serde_json::from_str(&text).unwrap(), "", &mut real);
                }
                "csv" => {
                    let text = std::fs::read_to_string(&path).unwrap();
                    // The second column; no field is quoted.
                    real.extend(text.lines().filter_map(|line| Some(line.split(',').nth(1)?.to_lowercase())));
                }
                _ => {}
            }
        }
        assert!(real.len() > 5_000, "{} real nicknames", real.len());
        for name in PLAYERS.iter().chain(&REFEREES) {
            assert!(!real.contains(&name.to_lowercase()), "{name} is a real nickname");
        }
    }
}
