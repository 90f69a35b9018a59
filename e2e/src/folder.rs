//! Files of a folder over HTTP, as a browser wants them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower_http::services::ServeDir;

/// A folder that is served on a free port of this machine until this is dropped.
#[derive(Debug)]
pub struct ServedFolder {
    address: SocketAddr,
    task: JoinSet<std::io::Result<()>>,
}

impl ServedFolder {
    /// Begins to serve; a folder's own address gives its `index.html`.
    ///
    /// # Errors
    /// When there is no such page or no free port.
    pub async fn start(folder: &Path) -> Result<Self> {
        ensure!(folder.join("index.html").is_file(), "there is no page in {}", folder.display());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let files = Router::new().fallback_service(ServeDir::new(folder));
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, files).await });
        Ok(Self { address, task })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until serving ends, which it does by an error only.
    ///
    /// # Errors
    /// That error.
    pub async fn ended(mut self) -> Result<()> {
        while let Some(ended) = self.task.join_next().await {
            ended??;
        }
        Ok(())
    }
}

/// The gallery's files: `GOMAFIA_GALLERY_DIR`, else those that were built beside this test.
///
/// # Errors
/// When there are none.
pub fn gallery() -> Result<PathBuf> {
    let folder = match std::env::var_os("GOMAFIA_GALLERY_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => {
            let test = std::env::current_exe()?;
            // target/debug/deps/test → target/gallery/page-dev
            test.ancestors().nth(3).context("the test has no target folder")?.join("gallery/page-dev")
        }
    };
    ensure!(
        folder.join("index.html").is_file(),
        "there is no gallery in {}: `cargo xtask gallery --build` makes it",
        folder.display()
    );
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Http;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_is_served_with_kinds_that_a_browser_runs() -> Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("index.html"), "<p>here</p>")?;
        std::fs::write(folder.path().join("app.wasm"), "")?;
        std::fs::write(folder.path().join("app.js"), "1;")?;
        let served = ServedFolder::start(folder.path()).await?;
        let http = Http::new(&served.url(), None);
        let page = http.get("/?page=a")?;
        assert_eq!((page.status, page.body.as_str()), (200, Some("<p>here</p>")));
        let kind = |path| Ok::<_, anyhow::Error>(http.get(path)?.headers["content-type"].clone());
        assert_eq!(kind("/app.wasm")?, "application/wasm");
        assert_eq!(kind("/app.js")?, "text/javascript");
        assert_eq!(http.get("/none.js")?.status, 404);
        Ok(())
    }

    #[tokio::test]
    async fn a_folder_without_a_page_is_refused() -> Result<()> {
        let folder = tempfile::tempdir()?;
        assert!(ServedFolder::start(folder.path()).await.is_err());
        Ok(())
    }
}
