//! `audit.jsonl`: what was done to an OUT, an entry a line, each bound to the one before it.

use super::sections::Rows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The run that made OUT.
    #[default]
    Run,
    /// The page was laid out anew.
    Report,
    /// Withheld rows went back into the cleaned data.
    Release,
    /// What was withheld and rejected was removed, its date having passed.
    Purge,
}

impl Action {
    /// The word in `audit.jsonl` and `report.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Report => "report",
            Self::Release => "release",
            Self::Purge => "purge",
        }
    }
}

/// Who did what, when and why. Names and reasons are kept as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Who: the steward's name, or the program's where nobody was asked.
    pub by: String,
    /// What.
    pub action: Action,
    /// Why; empty for a run.
    pub why: String,
    /// How many rows it touched.
    pub rows: u64,
    /// In how many files.
    pub files: u64,
    /// Of which tests those rows were: test id to rows. A row may be of several.
    pub tests: BTreeMap<String, u64>,
}

/// A line of `audit.jsonl`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The line's number, from 0.
    pub seq: u64,
    /// What was done.
    #[serde(flatten)]
    pub decision: Decision,
    /// The ledger afterwards.
    pub ledger: Rows,
    /// SHA-256 of the rows that were named, sorted, each once, as lines `{"file":"a.csv","row":7}`; nothing where none were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_sha256: Option<String>,
    /// SHA-256 of the manifest before, as in `manifest_sha256`; nothing for a run.
    pub before_sha256: Option<String>,
    /// SHA-256 of the manifest afterwards without its key `audit`, as JSON with sorted keys and no spaces.
    pub manifest_sha256: String,
    /// SHA-256 of the line before this one, without its line feed; nothing for the first.
    pub prev: Option<String>,
}

impl Entry {
    /// The file's name in OUT.
    pub const FILE_NAME: &'static str = "audit.jsonl";
}

/// The end of `audit.jsonl`, as the manifest knows it: lines that are cut off show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Anchor {
    /// How many entries there are.
    pub entries: u64,
    /// SHA-256 of the last line, without its line feed.
    pub head: String,
}
