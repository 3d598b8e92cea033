//! The files that an export speaks of: what a run wrote, or for a scan what it read.

use super::Finished;
use crate::report::{FileFacts, FileStatus, OutputFile};
use serde_json::Value;
use std::collections::BTreeMap;

/// A data file.
#[derive(Clone, Copy, Debug)]
pub(super) struct DataFile<'a> {
    /// Its path in OUT; for a scan, the input's.
    pub(super) path: &'a str,
    /// Size in bytes.
    pub(super) bytes: u64,
    /// Records in it.
    pub(super) rows: u64,
    /// SHA-256, 64 hex digits.
    pub(super) sha256: &'a str,
    /// How it is written, by its kind (`{"csv": {…}}`, `{"json": "lines"}`); nothing for what was only read.
    pub(super) written: Option<&'a Value>,
    /// The input that it was made of.
    pub(super) facts: &'a FileFacts,
    /// Its columns; nothing where they are not known.
    pub(super) columns: Option<&'a [String]>,
}

/// The MIME type of a format (`jsonl+gz`); that of the compression where there is one.
pub(super) fn mime(format: &str) -> &'static str {
    match format.split_once('+') {
        Some((_, "gz")) => "application/gzip",
        Some((_, "bz2")) => "application/x-bzip2",
        Some((_, "zst")) => "application/zstd",
        _ => match format {
            "csv" => "text/csv",
            "tsv" => "text/tab-separated-values",
            "jsonl" => "application/jsonlines",
            "json" => "application/json",
            "parquet" => "application/vnd.apache.parquet",
            _ => "application/octet-stream",
        },
    }
}

impl<'a> Finished<'a> {
    /// Files of a folder of OUT: the path below it and how it is listed.
    pub(super) fn outputs(&self, folder: &'static str) -> impl Iterator<Item = (&'a str, &'a OutputFile)> + use<'a> {
        let below = move |o: &'a OutputFile| Some((o.path.strip_prefix(folder)?.strip_prefix('/')?, o));
        self.manifest.outputs.iter().filter_map(below)
    }

    /// The version in `untaint 0.1.0`.
    pub(super) fn version(&self) -> &'a str {
        self.report.program.strip_prefix("untaint ").unwrap_or(&self.report.program)
    }

    /// Whether data was written.
    pub(super) fn is_cleaned(&self) -> bool {
        self.report.command == "clean"
    }

    /// The columns of a file.
    pub(super) fn columns_of(&self, facts: &FileFacts) -> Option<&'a [String]> {
        let number = usize::try_from(facts.schema?).ok()?;
        self.report.schemas.get(number).map(Vec::as_slice)
    }

    /// The data that the run leaves, or for a scan looked at, in order of its path.
    pub(super) fn data(&self) -> Vec<DataFile<'a>> {
        let inputs: BTreeMap<_, _> = self.manifest.inputs.iter().map(|i| (i.file.as_str(), i)).collect();
        let outputs: BTreeMap<_, _> = self.outputs("clean").collect();
        let read = self.report.files.iter().filter(|f| matches!(f.status, FileStatus::Complete | FileStatus::Partial));
        let file = |facts: &'a FileFacts| {
            let columns = self.columns_of(facts);
            if self.is_cleaned() {
                let o = outputs.get(facts.file.as_str())?;
                let (path, sha256, written) = (o.path.as_str(), o.sha256.as_str(), o.written.as_ref());
                return Some(DataFile { path, bytes: o.bytes, rows: facts.rows.clean, sha256, written, facts, columns });
            }
            let i = inputs.get(facts.file.as_str())?;
            let (path, sha256) = (i.file.as_str(), i.sha256.as_str());
            Some(DataFile { path, bytes: i.bytes, rows: facts.rows.read, sha256, written: None, facts, columns })
        };
        read.filter_map(file).collect()
    }
}
