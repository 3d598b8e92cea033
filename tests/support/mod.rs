//! What tests of the finished program share: the binary, and files of the repository that a generator makes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the binary in `folder` and waits for it.
pub fn untaint(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_untaint")).args(args).current_dir(folder).output().unwrap()
}

/// Demands that a file of the repository holds these bytes; `UNTAINT_BLESS=1` writes them.
pub fn holds(path: &str, bytes: &[u8]) {
    let full = root().join(path);
    if std::env::var_os("UNTAINT_BLESS").is_some_and(|v| v == "1") {
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(&full, bytes).unwrap();
    }
    let found = std::fs::read(&full).unwrap_or_default();
    assert!(found == bytes, "{path} is not what its generator makes; UNTAINT_BLESS=1 writes it anew");
}

/// A run's report.
pub fn report(out: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap()
}

/// A folder of its own for a test, gone afterwards.
pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}
