//! Shows the page that the address asks for, or the list of all.

use leptos::prelude::*;

mod address;
mod facts;
mod pages;
mod show;
mod world;

fn main() {
    console_error_panic_hook::set_once();
    let query = window().location().search().unwrap_or_default();
    let settings = gomafia_dashboard::browser::settings();
    let Some(root) = gomafia_dashboard::browser::take_root() else { return };
    let wish = address::Wish::of(&query);
    mount_to(root, move || show::show(&wish, settings)).forget();
    show::press(wish.shown.map_or(&[], |(page, state)| (page.pressed)(state)));
}
