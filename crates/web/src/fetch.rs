//! One request over HTTP to the host that served the page.

use realtime_manager::limits::FETCH_WAIT;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response, Window};

/// Status and body of the answer to a request, which ends after [`FETCH_WAIT`] whatever happens.
pub(crate) async fn get(window: &Window, path: &str, etag: Option<&str>) -> Result<(u16, String), JsValue> {
    let init = RequestInit::new();
    let wait_ms = u32::try_from(FETCH_WAIT.as_millis()).unwrap_or(u32::MAX);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(wait_ms)));
    if let Some(etag) = etag {
        let headers = Headers::new()?;
        headers.set("If-None-Match", etag)?;
        init.set_headers(&headers);
    }
    let response: Response = JsFuture::from(window.fetch_with_str_and_init(path, &init)).await?.dyn_into()?;
    let body = JsFuture::from(response.text()?).await?;
    Ok((response.status(), body.as_string().unwrap_or_default()))
}
