//! Lists `detectors/**/*.toml`, sorted, into one embedded table (`$OUT_DIR/packs.rs`); nothing else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn packs(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            packs(&path, found);
        } else if path.extension().is_some_and(|e| e == "toml") {
            found.push(path);
        }
    }
}

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("detectors");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut found = Vec::new();
    packs(&folder, &mut found);
    found.sort();
    let mut table = String::from(
        "/// Every shipped pack: its path under `detectors/` and its text, sorted by path.\npub static PACKS: &[(&str, &str)] = &[\n",
    );
    for path in &found {
        let name = path.strip_prefix(&folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let _ = writeln!(table, "    ({name:?}, include_str!({:?})),", path.display());
    }
    table.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("packs.rs");
    if let Err(e) = std::fs::write(&out, table) {
        println!("cargo::error=cannot write {}: {e}", out.display());
    }
}
