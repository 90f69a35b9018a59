//! One request over HTTP to the host of the socket.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{HOST, IF_NONE_MATCH};
use hyper_util::rt::TokioIo;
use realtime_manager::limits::FETCH_WAIT;
use realtime_protocol::limits::SERVER_FRAME_BYTES_MAX;
use thiserror::Error;
use tokio::net::TcpStream;

/// Why there is no answer.
#[derive(Debug, Error)]
enum FetchError {
    #[error("server could not be reached")]
    Connect(#[from] std::io::Error),
    #[error("request could not be written")]
    Request(#[from] hyper::http::Error),
    #[error("exchange failed")]
    Exchange(#[from] hyper::Error),
    #[error("body is too long or broke off: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    #[error("body is no text")]
    Text(#[from] std::string::FromUtf8Error),
    #[error("it took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

/// Status and body of what the host of the socket at `url` answers, if it does.
pub(crate) async fn get(url: &str, path: &str, etag: Option<&str>) -> Option<(u16, String)> {
    let answer = match tokio::time::timeout(FETCH_WAIT, exchange(host(url), path, etag)).await {
        Ok(answer) => answer,
        Err(elapsed) => Err(elapsed.into()),
    };
    answer.inspect_err(|error| tracing::debug!(%error, path, "no answer over HTTP")).ok()
}

async fn exchange(host: &str, path: &str, etag: Option<&str>) -> Result<(u16, String), FetchError> {
    let mut request = Request::get(path).header(HOST, host);
    if let Some(etag) = etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let request = request.body(Empty::<Bytes>::new())?;
    let stream = TcpStream::connect(address(host)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answer = async move {
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), SERVER_FRAME_BYTES_MAX);
        let bytes = body.collect().await.map_err(FetchError::Body)?.to_bytes();
        Ok((status, String::from_utf8(bytes.into())?))
    };
    // The sender goes with the answer, and then the connection ends by itself.
    let (answer, ended) = tokio::join!(answer, connection);
    if let Err(error) = ended {
        tracing::trace!(%error, "connection of a request");
    }
    answer
}

/// Host and port in the address of a socket.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

/// The host with the port of HTTP where it names none.
fn address(host: &str) -> String {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port { host.to_owned() } else { format!("{host}:80") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_to_the_host_of_the_socket() {
        assert_eq!(host("ws://a.example:4000/socket/websocket?vsn=2.0.0"), "a.example:4000");
        assert_eq!(host("ws://a.example?vsn=2.0.0"), "a.example");
        assert_eq!(address("a.example:4000"), "a.example:4000");
        assert_eq!(address("a.example"), "a.example:80");
        assert_eq!(address("[::1]:8080"), "[::1]:8080");
        assert_eq!(address("[::1]"), "[::1]:80");
    }
}
