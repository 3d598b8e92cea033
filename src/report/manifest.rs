//! `manifest.json`: what went in, what came out, and with what; it alone makes a run count.

use super::audit::Anchor;
use super::withheld::Seam;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

/// The version of `manifest.json` that this program writes and reads.
pub const MANIFEST_VERSION: u32 = 1;

/// A manifest of a million files is a few hundred megabytes; more is none.
const LONGEST_BYTES: u64 = 1 << 30;

/// An input as it was when it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputFile {
    /// Relative path.
    pub file: String,
    /// Size as it is stored, in bytes.
    pub bytes: u64,
    /// Records met.
    pub rows: u64,
    /// SHA-256 of the stored bytes, 64 hex digits.
    pub sha256: String,
    /// When it was last modified, RFC 3339 in UTC; nothing for a stream.
    pub modified: Option<String>,
    /// The store's tag of this version; nothing for local files.
    pub etag: Option<String>,
    /// How it is written (its dialect), as it was read; nothing for what was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<serde_json::Value>,
}

/// A file of OUT.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutputFile {
    /// Path in OUT, with `/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Records; nothing for what has none (`report.html`).
    pub rows: Option<u64>,
    /// SHA-256, 64 hex digits.
    pub sha256: String,
    /// How a data file is written (its dialect), so that it can be read back without guessing; nothing for side files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<serde_json::Value>,
    /// The encoding of a data file where it is UTF-16 or UTF-32 (`utf-16le`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Of a file of the quarantine: how it fits its cleaned file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seam: Option<Seam>,
    /// It was removed since; what is said of it is how it was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub purged: bool,
}

/// A detector pack beside the shipped ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackDigest {
    /// Its file name without the folder.
    pub file: String,
    /// SHA-256, 64 hex digits.
    pub sha256: String,
}

/// The whole of `manifest.json`. Times and tags apart, it depends on input, policy and key alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// The version of the manifest that this program writes.
    pub version: u32,
    /// Name and version of the program that wrote it.
    pub program: String,
    /// When the run finished, RFC 3339 in UTC.
    pub finished: String,
    /// What was read.
    pub inputs: Vec<InputFile>,
    /// What was written, this file apart.
    pub outputs: Vec<OutputFile>,
    /// The policy as it was in force, never with a key.
    pub policy: serde_json::Value,
    /// The packs beside the shipped ones.
    pub packs: Vec<PackDigest>,
    /// The profile that the data was compared with; nothing where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<PackDigest>,
    /// The holdout that people vouch for; nothing where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted: Option<PackDigest>,
    /// A short digest that names the key; nothing where no key was used.
    pub key_id: Option<String>,
    /// The seed.
    pub seed: u64,
    /// What was turned back, of a run of `restore`; nothing for all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<Restored>,
    /// Until when what is withheld and rejected is kept, RFC 3339 in UTC; for good where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<String>,
    /// The end of `audit.jsonl`; nothing for a run of `restore`, which has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Anchor>,
}

/// Tokens that a run of `restore` met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tokens {
    /// Turned back into values.
    pub restored: u64,
    /// Left as they are: of another key or detector, or not what was written.
    pub unopened: u64,
}

impl Tokens {
    /// Takes others in.
    pub fn add(&mut self, others: Self) {
        self.restored += others.restored;
        self.unopened += others.unopened;
    }
}

/// What a run of `restore` did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Restored {
    /// All tokens.
    pub tokens: Tokens,
    /// By input, those that had some.
    pub by_file: BTreeMap<String, Tokens>,
    /// By the id of the detector that made them; of one that may have where they do not open.
    pub by_type: BTreeMap<String, Tokens>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            version: MANIFEST_VERSION,
            program: concat!("untaint ", env!("CARGO_PKG_VERSION")).to_owned(),
            finished: String::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            policy: serde_json::Value::Null,
            packs: Vec::new(),
            baseline: None,
            trusted: None,
            key_id: None,
            seed: 0,
            restored: None,
            kept_until: None,
            audit: None,
        }
    }
}

impl Manifest {
    /// The file's name in OUT.
    pub const FILE_NAME: &'static str = "manifest.json";

    /// Puts inputs, outputs and packs in order of their paths' bytes.
    pub fn sort(&mut self) {
        self.inputs.sort_by(|a, b| a.file.cmp(&b.file));
        self.outputs.sort_by(|a, b| a.path.cmp(&b.path));
        self.packs.sort_by(|a, b| (&a.file, &a.sha256).cmp(&(&b.file, &b.sha256)));
    }

    /// The whole file: indented JSON, inputs, outputs and packs in order of their paths' bytes.
    ///
    /// # Errors
    /// [`Error::Bug`] only.
    pub fn render(&mut self) -> Result<String> {
        self.sort();
        let mut text = serde_json::to_string_pretty(self).map_err(|e| Error::Bug(format!("manifest.json: {e}")))?;
        text.push('\n');
        Ok(text)
    }

    /// Lists a file, in the place of one of the same path.
    pub fn list(&mut self, file: OutputFile) {
        match self.outputs.iter_mut().find(|o| o.path == file.path) {
            Some(listed) => *listed = file,
            None => self.outputs.push(file),
        }
    }

    /// Reads a `manifest.json`.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is none, it is none, or another version wrote it; [`Error::Store`] where reading fails.
    pub fn read(path: &Path) -> Result<Self> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(Error::Usage(format!("{}: no manifest, so no finished run", path.display())));
            }
            Err(e) => return Err(Error::store(path, "cannot open")(e)),
        };
        let broken = |e: serde_json::Error| match e.io_error_kind() {
            Some(kind) => Error::store(path, "cannot read")(kind.into()),
            None => Error::Usage(format!("{}: not a manifest (line {})", path.display(), e.line())),
        };
        let manifest: Self = serde_json::from_reader(BufReader::new(file.take(LONGEST_BYTES))).map_err(broken)?;
        if manifest.version != MANIFEST_VERSION {
            return Err(Error::Usage(format!(
                "{}: version {}, but this program reads {MANIFEST_VERSION}; use the version that wrote it",
                path.display(),
                manifest.version
            )));
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Manifest {
        let input = |file: &str| InputFile { file: file.to_owned(), bytes: 10, sha256: "00".repeat(32), ..InputFile::default() };
        Manifest {
            finished: "2026-11-20T16:00:00Z".to_owned(),
            inputs: vec![input("b.csv"), input("a.csv")],
            outputs: vec![OutputFile { path: "clean/a.csv".to_owned(), rows: Some(3), ..OutputFile::default() }],
            policy: serde_json::json!({"pii": {"profile": "recommended"}}),
            packs: vec![PackDigest { file: "own.toml".to_owned(), sha256: "11".repeat(32) }],
            key_id: Some("k-4f2a".to_owned()),
            seed: 7,
            ..Manifest::default()
        }
    }

    #[test]
    fn it_comes_back_as_it_was_written_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(Manifest::FILE_NAME);
        let mut manifest = made();
        let text = manifest.render().unwrap();
        std::fs::write(&path, &text).unwrap();
        let mut read = Manifest::read(&path).unwrap();
        assert_eq!(read, manifest);
        assert_eq!(read.inputs[0].file, "a.csv");
        assert_eq!(read.render().unwrap(), text);
    }

    #[test]
    fn a_file_is_listed_once() {
        let mut manifest = made();
        for bytes in [1, 2] {
            let output = |path: &str| OutputFile { path: path.to_owned(), bytes, ..OutputFile::default() };
            manifest.list(output("clean/a.csv"));
            manifest.list(output("exports/junit.xml"));
        }
        assert_eq!(manifest.outputs.iter().map(|o| o.bytes).collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn a_folder_without_one_is_no_finished_run() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::read(&folder.path().join(Manifest::FILE_NAME)).unwrap_err().exit_code(), 2);
    }
}
