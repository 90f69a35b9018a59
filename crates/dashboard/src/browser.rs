//! The few things only the browser knows.

use leptos::prelude::document;
use leptos::prelude::window;
use realtime_leptos::Lang;
use realtime_manager::Theme;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

use crate::moment::{Day, Local};
use crate::settings::{Settings, Sources};

/// The element that the page is put into.
const ROOT: &str = "app";
/// Keys under which earlier versions kept two choices that are preferences now.
const STORED_LANG: &str = "gomafia.lang";
const STORED_THEME: &str = "gomafia.theme";

/// Reads the settings of the page.
#[must_use]
pub fn settings() -> Settings {
    let meta = document().query_selector("meta[name=gomafia-mode]").ok().flatten();
    Settings::of(&Sources {
        query: window().location().search().unwrap_or_default(),
        browser_lang: window().navigator().language(),
        mode: meta.and_then(|meta| meta.get_attribute("content")),
    })
}

/// Takes language and theme away from where earlier versions kept them.
#[must_use]
pub fn take_kept() -> (Option<Lang>, Option<Theme>) {
    let Ok(Some(storage)) = window().local_storage() else { return (None, None) };
    let take = |key| {
        let kept = storage.get_item(key).ok().flatten();
        if kept.is_some() {
            // What cannot be removed is taken again on the next visit, which does no harm.
            drop(storage.remove_item(key));
        }
        kept
    };
    let lang = take(STORED_LANG).as_deref().and_then(Lang::from_tag);
    (lang, take(STORED_THEME).as_deref().and_then(Theme::of_word))
}

/// The page's element, emptied of its skeleton.
#[must_use]
pub fn take_root() -> Option<HtmlElement> {
    let root: HtmlElement = document().get_element_by_id(ROOT)?.dyn_into().ok()?;
    root.set_text_content(None);
    Some(root)
}

/// Sets or removes an attribute of `<html>`.
pub fn mark(name: &str, value: Option<&str>) {
    if let Some(html) = document().document_element() {
        // Fails for a malformed name only, and the names are ours.
        drop(match value {
            Some(value) => html.set_attribute(name, value),
            None => html.remove_attribute(name),
        });
    }
}

/// Wall time in milliseconds since 1970.
#[must_use]
pub fn wall_ms() -> i64 {
    whole(js_sys::Date::now())
}

/// `millis` since 1970 in the viewer's zone.
#[must_use]
pub fn local(millis: i64) -> Local {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any calendar year are far below 2^53")]
    let date = js_sys::Date::new(&JsValue::from_f64(millis as f64));
    let small = |value: u32| u8::try_from(value).unwrap_or(0);
    Local {
        day: Day {
            year: i64::from(date.get_full_year()),
            month: small(date.get_month() + 1),
            day: small(date.get_date()),
        },
        hour: small(date.get_hours()),
        minute: small(date.get_minutes()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a conversion of floats saturates, and times are far from its ends"
)]
fn whole(value: f64) -> i64 {
    value as i64
}
