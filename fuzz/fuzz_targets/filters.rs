//! A filter of a table: a topic has one form, and a filter is the same however its topic is written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use realtime_protocol::Topic;
use realtime_protocol::filter::{Column, Kind, Test, conditions, in_one_case};

const COLUMNS: [Column; 5] = [
    Column { name: "id", kind: Kind::Text },
    Column { name: "n", kind: Kind::Integer },
    Column { name: "is", kind: Kind::Truth },
    Column { name: "day", kind: Kind::Day },
    Column { name: "word", kind: Kind::Word(&["a", "b"]) },
];

fuzz_target!(|query: &str| {
    let Ok(topic) = Topic::parse(&format!("table:t?{query}")) else { return };
    let again = Topic::parse(topic.as_str());
    assert_eq!(again.as_ref(), Ok(&topic), "what is canonical stays as it is");
    // Every byte encoded, whether it must be or not.
    let params = topic.params().map(|(name, value)| {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
        value.map_or_else(|| encoded(&name), |value| format!("{}={}", encoded(&name), encoded(&value)))
    });
    let encoded = Topic::parse(&format!("table:t?{}", params.collect::<Vec<_>>().join("&")));
    if let Ok(encoded) = encoded {
        assert_eq!(encoded, topic);
    }
    let read = conditions(&COLUMNS, topic.params());
    assert_eq!(conditions(&COLUMNS, topic.params()), read);
    for condition in read.into_iter().flatten() {
        if let Test::Like { pattern, any_case } = condition.test {
            // Takes at most as many steps as both lengths multiplied.
            let text = if any_case { in_one_case(query) } else { query.to_owned() };
            let _ = pattern.fits(&text);
        }
    }
});
