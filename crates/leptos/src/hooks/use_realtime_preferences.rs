//! What the viewer prefers.

use leptos::prelude::*;
use realtime_manager::Preferences;

use crate::provider::{Missing, Realtime};

/// What [`use_realtime_preferences`] gives.
#[derive(Debug, Clone, Copy)]
pub struct UsePreferences {
    /// What the viewer prefers, chosen here, on another page of this address, or on an earlier visit.
    pub preferences: Memo<Option<Preferences>>,
    /// Takes over and stores what the viewer prefers.
    pub set: Callback<Preferences>,
}

/// Follows what the viewer prefers.
///
/// ## Usage
/// ```no_run
/// # use leptos::prelude::*;
/// # use realtime_leptos::{Missing, use_realtime_preferences};
/// # fn display() -> Result<impl IntoView, Missing> {
/// let preferences = use_realtime_preferences()?;
/// Ok(view! {
///     <button on:click=move |_| preferences.change(|all| all.display_mode = !all.display_mode)>
///         "Display mode"
///     </button>
/// })
/// # }
/// ```
///
/// ## Clean-up
/// Nothing is started, so nothing ends with the owner.
///
/// # Errors
/// [`Missing`] outside of a provider.
pub fn use_realtime_preferences() -> Result<UsePreferences, Missing> {
    let shared = Realtime::of_context()?;
    Ok(UsePreferences {
        preferences: Memo::new(move |_| {
            shared.connection.track();
            shared.driver(realtime_web::Driver::preferences)
        }),
        set: Callback::new(move |preferences| shared.command(|driver| driver.set_preferences(preferences))),
    })
}

impl UsePreferences {
    /// Changes some of what is preferred.
    pub fn change(self, act: impl FnOnce(&mut Preferences)) {
        if let Some(mut preferences) = self.preferences.get_untracked() {
            act(&mut preferences);
            self.set.run(preferences);
        }
    }
}
