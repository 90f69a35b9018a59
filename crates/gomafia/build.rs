//! Embeds the page that `cargo xtask build` has made, or a page that says how to make it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=GOMAFIA_PAGE_DIR");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("page.rs");
    let code = match env::var_os("GOMAFIA_PAGE_DIR").map(PathBuf::from) {
        Some(folder) => embed(&folder)?,
        None => absent(),
    };
    fs::write(out, code)
}

fn absent() -> String {
    "pub(crate) const INDEX: &str = \"<!doctype html><title>GoMafia Live</title><p>This binary was built without \
     its page. Build both with <code>cargo xtask build --release</code>.\";\n\
     pub(crate) const ASSETS: &[realtime_server::assets::Asset] = &[];\n"
        .to_owned()
}

fn embed(folder: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let index = folder.join("index.html");
    println!("cargo::rerun-if-changed={}", index.display());
    let mut code = format!("pub(crate) const INDEX: &str = include_str!({:?});\n", fs::canonicalize(index)?);
    code.push_str("pub(crate) const ASSETS: &[realtime_server::assets::Asset] = &[\n");
    let mut files: Vec<_> = fs::read_dir(folder.join("assets"))?.collect::<io::Result<Vec<_>>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    for file in files {
        let path = fs::canonicalize(file.path())?;
        let Some(content_type) = content_type(&path) else { continue };
        let compressed = |extension: &str| {
            let mut name = path.clone().into_os_string();
            name.push(extension);
            let twin = PathBuf::from(name);
            if twin.exists() { format!("Some(include_bytes!({twin:?}))") } else { "None".to_owned() }
        };
        let name = file.file_name();
        writeln!(
            code,
            "realtime_server::assets::Asset {{ name: {name:?}, content_type: {content_type:?}, plain: include_bytes!({path:?}), \
             brotli: {}, gzip: {} }},",
            compressed(".br"),
            compressed(".gz"),
        )
        .map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    Ok(code)
}

/// The media type of a file of the page; nothing for its compressed forms.
fn content_type(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "woff2" => Some("font/woff2"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}
