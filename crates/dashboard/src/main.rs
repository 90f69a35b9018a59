//! Puts the page in place of its skeleton.

use gomafia_dashboard::browser;
use gomafia_dashboard::components::App;
use leptos::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
    let settings = browser::settings();
    let Some(root) = browser::take_root() else { return };
    mount_to(root, move || view! { <App settings /> }).forget();
}
