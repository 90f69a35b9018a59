//! Parts of views that have one type each, however many places use them.
//!
//! The compiler makes code of its own for each type of view and of memo, and each closure is a type: on a
//! page with a hundred of them that is most of what is sent. What is made with these parts shares its code;
//! attributes and texts do the same as a [`Signal`] of a word.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// A child that is drawn again whenever what it reads changes.
pub fn drawn(draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let draw: Box<dyn Fn() -> AnyView + Send> = Box::new(draw);
    draw.into_any()
}

/// A child that is there while `is_shown`; as [`Show`].
pub fn shown(is_shown: Signal<bool>, draw: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let is_shown = steady(move || is_shown.get());
    drawn(move || if is_shown.get() { draw() } else { ().into_any() })
}

/// A paragraph that is there while it has a text.
pub fn paragraph(class: &'static str, text: Signal<Option<String>>) -> AnyView {
    drawn(move || match text.get() {
        Some(text) => view! { <p class=class>{text}</p> }.into_any(),
        None => ().into_any(),
    })
}

/// A list in which an item keeps its row as long as it has the same key; as [`For`].
pub fn rows<T: Send + 'static, K: Hash + 'static>(
    items: impl Fn() -> Vec<T> + Send + 'static,
    key: fn(&T) -> K,
    row: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let row = Arc::new(row);
    drawn_rows(Box::new(move || {
        let row_of = |item| {
            let row = row.clone();
            Row { key: hash(&key(&item)), draw: Box::new(move || row(item)) }
        };
        items().into_iter().map(row_of).collect()
    }))
}

struct Row {
    /// The hash of its key: one type for the keys of all lists.
    key: u64,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

fn drawn_rows(each: Box<dyn Fn() -> Vec<Row> + Send>) -> AnyView {
    view! { <For each key=|row| row.key let(row)>{(row.draw)()}</For> }.into_any()
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// A memo that does not look at its value before.
pub fn memo<T: PartialEq + Send + Sync + 'static>(of: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    let of: Box<dyn Fn() -> T + Send + Sync> = Box::new(of);
    Memo::new(move |_| of())
}

/// A signal that runs its readers only when its value changes.
pub fn steady<T: PartialEq + Send + Sync + 'static>(of: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    memo(of).into()
}

/// What a button does, for its `on:click`.
pub fn pressed(act: impl Fn() + 'static) -> Box<dyn FnMut(MouseEvent)> {
    Box::new(move |_| act())
}
