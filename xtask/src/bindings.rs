//! The WebAssembly of a page with its bindings; what is loaded later is cut off from it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use walrus::ModuleConfig;
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

use crate::assets::hashed_name;
use crate::build::Kind;
use crate::workspace::Workspace;

/// The name under which the cut module imports what loads the rest.
const LOADER: &str = "split.js";

/// What is loaded at once, and what later.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) script: String,
    pub(crate) wasm: Vec<u8>,
    pub(crate) late: Vec<Late>,
}

/// A module that the script loads when the page asks for it.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) hashed: String,
    pub(crate) wasm: Vec<u8>,
}

/// Cuts `module` and makes its bindings; `scratch` is a folder that is gone afterwards.
pub(crate) fn bind(workspace: &Workspace, module: &Path, scratch: &Path, kind: Kind) -> Result<Bound> {
    let locked = workspace.locked("wasm-bindgen")?;
    let ours = workspace.locked("wasm-bindgen-cli-support")?;
    if locked != ours {
        bail!(
            "wasm-bindgen is {locked} and wasm-bindgen-cli-support {ours} in Cargo.lock; \
             `cargo update -p wasm-bindgen-cli-support --precise {locked}` makes them equal"
        );
    }
    let Cut { main, mut loader, pieces } = cut(module, scratch)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes("app", main).out_name("app").typescript(false).omit_default_module_path(true);
    // A module that comes later is linked to the tables and the memory of the first.
    bindgen.keep_lld_exports(true);
    bindgen.web(true)?;
    if kind == Kind::Release {
        bindgen.remove_name_section(true).remove_producers_section(true);
    }
    let mut output =
        bindgen.generate_output().with_context(|| format!("bindings of {}", module.display()))?;
    // The binary embeds one flat folder, and no crate of the page brings a script of its own.
    if !(output.local_modules().is_empty() && output.snippets().values().all(Vec::is_empty)) {
        bail!("a crate of the page brings scripts of its own, which the page does not embed");
    }
    let mut late = Vec::new();
    for (stem, wasm) in pieces {
        let wasm = compact(&wasm, kind).with_context(|| format!("the module {stem}"))?;
        let hashed = hashed_name(&stem, "wasm", &wasm);
        loader = loader.replace(&format!("\"./{stem}.wasm\""), &format!("\"./{hashed}\""));
        late.push(Late { hashed, wasm });
    }
    let script = if late.is_empty() { output.js().to_owned() } else { with_loader(output.js(), &loader)? };
    Ok(Bound { script, wasm: output.wasm_mut().emit_wasm(), late })
}

struct Cut {
    main: Vec<u8>,
    loader: String,
    /// Each with the name that the loader gives it.
    pieces: Vec<(String, Vec<u8>)>,
}

fn cut(module: &Path, scratch: &Path) -> Result<Cut> {
    let whole = fs::read(module).with_context(|| format!("could not read {}", module.display()))?;
    let main = scratch.join("main.wasm");
    let mut options = Options::new(&whole);
    options.output_dir = scratch;
    options.main_out_path = &main;
    options.link_name = LOADER;
    let parts =
        transform(options).map_err(|error| anyhow!("could not cut {}: {error:#}", module.display()))?;
    let mut pieces = Vec::new();
    for path in &parts.split_modules {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).context("a module without a name")?;
        pieces.push((stem.to_owned(), fs::read(path)?));
    }
    pieces.sort();
    let cut = Cut { main: fs::read(&main)?, loader: fs::read_to_string(scratch.join(LOADER))?, pieces };
    fs::remove_dir_all(scratch).with_context(|| format!("could not remove {}", scratch.display()))?;
    Ok(cut)
}

/// The module without the room that the linker leaves in it, and as it ships without names.
fn compact(wasm: &[u8], kind: Kind) -> Result<Vec<u8>> {
    let mut config = ModuleConfig::new();
    config.generate_name_section(kind == Kind::Dev).generate_producers_section(false);
    Ok(config.parse(wasm).map_err(|error| anyhow!("{error:#}"))?.emit_wasm())
}

/// The script with the loader in it instead of an import: one request less before the first figures, and
/// no two files that name each other by their hashes.
fn with_loader(script: &str, loader: &str) -> Result<String> {
    let import = format!(" from \"{LOADER}\"");
    let (line, rest) = script.split_once('\n').context("the bindings are empty")?;
    let name = line
        .strip_prefix("import * as ")
        .and_then(|line| line.trim_end_matches(';').strip_suffix(&import))
        .with_context(|| format!("the bindings do not begin with an import{import}"))?;
    let (first, body) = loader.split_once('\n').context("the loader is empty")?;
    if !first.starts_with("import { initSync }") {
        bail!("the loader does not begin with an import of the bindings");
    }
    let loads: Vec<_> =
        body.lines().filter_map(|line| line.strip_prefix("export const ")?.split(' ').next()).collect();
    let body = body.replace("export const ", "const ");
    Ok(format!("{body}const {name} = {{ {} }};\n{rest}", loads.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_takes_the_place_of_its_import() {
        let script = "import * as import1 from \"split.js\"\nuse(import1);\n";
        let loader = "import { initSync } from \"./main.js\";\nfunction f() {}\nexport const load_a = f();\n";
        assert_eq!(
            with_loader(script, loader).unwrap(),
            "function f() {}\nconst load_a = f();\nconst import1 = { load_a };\nuse(import1);\n"
        );
    }

    #[test]
    fn bindings_or_a_loader_of_another_form_are_refused() {
        let import = "import * as import1 from \"split.js\";\n";
        assert!(with_loader("use();\n", "import { initSync } from \"./main.js\";\n").is_err());
        assert!(with_loader(import, "function f() {}\n").is_err());
    }
}
