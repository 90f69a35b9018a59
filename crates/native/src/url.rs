//! Addresses of a server's socket.

use thiserror::Error;

/// Why a text is no address of a server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// It does not begin with `ws://`.
    #[error("address must begin with ws://")]
    Scheme,
    /// It asks for an encrypted connection.
    #[error("encrypted connections (wss://) are not built in")]
    Encrypted,
    /// No host is named.
    #[error("address names no host")]
    Host,
    /// It has a space or a fragment.
    #[error("address must not contain spaces or #")]
    Character,
}

/// The address of the socket of the server at `base`.
///
/// `base` is `ws://HOST:PORT` (`http://` is read as the same); the path `/socket/websocket` and the
/// protocol version `vsn=2.0.0` are added where they are missing.
///
/// # Errors
/// [`UrlError`] when `base` is no such address.
pub fn websocket_url(base: &str) -> Result<String, UrlError> {
    if base.chars().any(|character| character.is_whitespace() || character == '#') {
        return Err(UrlError::Character);
    }
    let (scheme, rest) = base.split_once("://").ok_or(UrlError::Scheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "ws" | "http" => {}
        "wss" | "https" => return Err(UrlError::Encrypted),
        _ => return Err(UrlError::Scheme),
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    if host.is_empty() || host.starts_with(':') {
        return Err(UrlError::Host);
    }
    let path = if path.is_empty() { "socket/websocket" } else { path };
    let has_version = query.split('&').any(|param| param.starts_with("vsn="));
    let mut params: Vec<&str> = query.split('&').filter(|param| !param.is_empty()).collect();
    if !has_version {
        params.push("vsn=2.0.0");
    }
    Ok(format!("ws://{host}/{path}?{}", params.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_version_are_added_where_they_are_missing() {
        for (base, url) in [
            ("ws://localhost:4000", "ws://localhost:4000/socket/websocket?vsn=2.0.0"),
            ("ws://localhost:4000/", "ws://localhost:4000/socket/websocket?vsn=2.0.0"),
            ("http://[::1]:4000", "ws://[::1]:4000/socket/websocket?vsn=2.0.0"),
            ("ws://h/live/socket", "ws://h/live/socket?vsn=2.0.0"),
            ("ws://h?token=x", "ws://h/socket/websocket?token=x&vsn=2.0.0"),
            ("ws://h/socket/websocket?vsn=2.0.0", "ws://h/socket/websocket?vsn=2.0.0"),
        ] {
            assert_eq!(websocket_url(base).as_deref(), Ok(url), "{base}");
        }
    }

    #[test]
    fn what_is_no_address_is_an_error() {
        for (base, error) in [
            ("localhost:4000", UrlError::Scheme),
            ("ftp://h", UrlError::Scheme),
            ("wss://h", UrlError::Encrypted),
            ("ws://", UrlError::Host),
            ("ws://:4000", UrlError::Host),
            ("ws:///socket", UrlError::Host),
            ("ws://h /x", UrlError::Character),
            ("ws://h#x", UrlError::Character),
        ] {
            assert_eq!(websocket_url(base), Err(error), "{base}");
        }
    }
}
