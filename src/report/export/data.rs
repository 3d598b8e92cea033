//! The files that an export speaks of: what a run wrote, or for a scan what it read.

use super::Finished;
use crate::report::{FileFacts, FileStatus, InputFile, OutputFile, bounded, count, counted};
use serde_json::Value;
use std::borrow::Cow;
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

/// What is known of an input that findings name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About<'a> {
    /// What the manifest says.
    pub(super) input: Option<&'a InputFile>,
    /// What the report says.
    pub(super) facts: Option<&'a FileFacts>,
}

impl<'a> About<'a> {
    /// Its size in bytes.
    pub(super) fn bytes(self) -> u64 {
        self.input.map_or(0, |i| i.bytes)
    }

    /// Its SHA-256; empty where it is not known.
    pub(super) fn sha256(self) -> &'a str {
        self.input.map_or("", |i| i.sha256.as_str())
    }

    /// Its format and compression; empty where it is not known.
    pub(super) fn format(self) -> &'a str {
        self.facts.and_then(|f| f.format.as_deref()).unwrap_or_default()
    }

    /// Whether it is a table of delimited text.
    pub(super) fn is_delimited(self) -> bool {
        self.format().starts_with("csv") || self.format().starts_with("tsv")
    }

    /// Whether delimited text has a header; nothing where that is not known.
    pub(super) fn has_header(self) -> Option<bool> {
        self.written()?.pointer("/csv/header")?.as_bool()
    }

    /// What JSON it is (`lines`, `array`, `document`); nothing where that is not known, or it is none.
    pub(super) fn json(self) -> Option<&'a str> {
        self.written()?.pointer("/json")?.as_str()
    }

    /// Whether it is Parquet.
    pub(super) fn is_parquet(self) -> bool {
        self.format().starts_with("parquet")
    }

    fn written(self) -> Option<&'a Value> {
        self.input?.written.as_ref()
    }
}

/// The MIME type of a format (`jsonl+gz`); that of the compression where there is one.
pub(super) fn mime(format: &str) -> &'static str {
    match format.split_once('+') {
        Some((_, "gz")) => "application/gzip",
        Some((_, "bz2")) => "application/x-bzip2",
        Some((_, "zst")) => "application/zstd",
        _ => match format {
            f if f.starts_with("csv+") => "text/csv",
            f if f.starts_with("tsv+") => "text/tab-separated-values",
            f if f.starts_with("jsonl+") => "application/jsonlines",
            f if f.starts_with("json+") => "application/json",
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

    /// Records that were searched, in words: `3,428 records`, of a sample `338 of 3,428 records`.
    pub(super) fn looked_at(&self) -> String {
        let read = counted(self.report.rows.read, "record", "records");
        self.report.sampled.map_or_else(|| read.clone(), |sampled| format!("{} of {read}", count(sampled)))
    }

    /// Whether a report keeps but a part of its `columns` or `labels`.
    pub(super) fn is_part(&self, of: &str) -> bool {
        self.report.not_looked_at.iter().any(|n| n.what.strip_prefix(of).is_some_and(|rest| rest.starts_with(" beyond ")))
    }

    /// Inputs under the names that findings have for them.
    pub(super) fn by_file(&self) -> BTreeMap<Cow<'a, str>, About<'a>> {
        let mut all: BTreeMap<Cow<'a, str>, About<'a>> = BTreeMap::new();
        for input in &self.manifest.inputs {
            all.entry(bounded(&input.file)).or_default().input = Some(input);
        }
        for facts in &self.report.files {
            all.entry(bounded(&facts.file)).or_default().facts = Some(facts);
        }
        all
    }

    /// Whether something that was found was changed.
    pub(super) fn is_masked(&self) -> bool {
        self.is_cleaned() && self.report.operators.keys().any(|o| !matches!(o.as_str(), "keep" | "drop-row"))
    }

    /// The columns of a file.
    pub(super) fn columns_of(&self, facts: &FileFacts) -> Option<&'a [String]> {
        let number = usize::try_from(facts.schema?).ok()?;
        self.report.schemas.get(number).map(Vec::as_slice)
    }

    /// The data that the run leaves, or for a scan looked at, in order of its path.
    pub(super) fn data(&self) -> Vec<DataFile<'a>> {
        let inputs = self.by_file();
        let outputs: BTreeMap<_, _> = self.outputs("clean").collect();
        let read = self.report.files.iter().filter(|f| matches!(f.status, FileStatus::Complete | FileStatus::Partial));
        let file = |facts: &'a FileFacts| {
            let columns = self.columns_of(facts);
            if self.is_cleaned() {
                let o = outputs.get(facts.file.as_str())?;
                let (path, sha256, written) = (o.path.as_str(), o.sha256.as_str(), o.written.as_ref());
                return Some(DataFile { path, bytes: o.bytes, rows: facts.rows.clean, sha256, written, facts, columns });
            }
            let i = inputs.get(&*bounded(&facts.file))?.input?;
            let (path, sha256, written) = (i.file.as_str(), i.sha256.as_str(), i.written.as_ref());
            Some(DataFile { path, bytes: i.bytes, rows: facts.rows.read, sha256, written, facts, columns })
        };
        read.filter_map(file).collect()
    }
}
