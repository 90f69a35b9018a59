//! What the keys of a terminal ask for.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

/// What a person can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Pause, or go on.
    Pause,
    /// Try to connect now.
    Retry,
    /// End.
    Quit,
}

/// What an event of the terminal asks for, if anything.
pub(super) fn action(event: &Event) -> Option<Action> {
    let key = event.as_key_event().filter(|key| key.kind == KeyEventKind::Press)?;
    let KeyCode::Char(letter) = key.code else { return None };
    // A raw terminal sends no signal: Ctrl-C comes as a key.
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (letter == 'c').then_some(Action::Quit);
    }
    // The second letter is the same key on a Russian keyboard.
    match letter {
        'p' | 'P' | 'з' | 'З' => Some(Action::Pause),
        'r' | 'R' | 'к' | 'К' => Some(Action::Retry),
        'q' | 'Q' | 'й' | 'Й' => Some(Action::Quit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyEvent;

    fn press(letter: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(letter), modifiers))
    }

    #[test]
    fn p_r_and_q_ask_in_either_layout() {
        for (letters, wanted) in [
            ("pPзЗ", Some(Action::Pause)),
            ("rRкК", Some(Action::Retry)),
            ("qQйЙ", Some(Action::Quit)),
            ("cx ", None),
        ] {
            for letter in letters.chars() {
                assert_eq!(action(&press(letter, KeyModifiers::NONE)), wanted, "{letter}");
            }
        }
    }

    #[test]
    fn ctrl_c_quits_and_other_control_keys_do_nothing() {
        assert_eq!(action(&press('c', KeyModifiers::CONTROL)), Some(Action::Quit));
        assert_eq!(action(&press('p', KeyModifiers::CONTROL)), None);
    }

    #[test]
    fn a_key_let_go_and_a_resized_window_ask_for_nothing() {
        let mut key = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        key.kind = KeyEventKind::Release;
        assert_eq!(action(&Event::Key(key)), None);
        assert_eq!(action(&Event::Resize(80, 24)), None);
    }
}
