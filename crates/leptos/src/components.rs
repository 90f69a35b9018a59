//! Components that any page can take: each is fed by hooks and speaks the language that was provided.

#![expect(unreachable_pub, reason = "the component macro emits a public twin of each component")]

mod component_status;
mod live_frame;
mod notification_bell;
mod toasts;
mod words;

pub use component_status::ComponentStatus;
pub use live_frame::{LiveFrame, use_draw_failures};
pub use notification_bell::NotificationBell;
pub use toasts::Toasts;
pub use words::ComponentText;
