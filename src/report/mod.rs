//! Numbers in, text out: the report of a run in every format, and the side files that go with it.
//!
//! [`Report`] is plain data that the run fills; a [`Renderer`] turns it into a file. A new format is one file here and one
//! row in [`RENDERERS`].

mod audit;
mod changes;
mod conclude;
mod digits;
pub mod export;
mod findings;
mod found;
mod html;
mod json;
mod keyed;
mod manifest;
mod names;
mod ranked;
mod rejected;
mod risk;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod schema;
mod scores;
mod sections;
mod share;
mod shown;
mod side;
mod side_table;
mod summary;
mod suspects;
mod withheld;

pub use audit::{Action, Anchor, Decision, Entry};
pub use changes::{Changes, Figure, Listed, Moved, Share, Turnover};
pub use findings::{FindingRow, FindingsWriter};
pub use found::{FindingBatch, Kind, Occurrence};
pub use json::{for_terminals, summary_json};
pub use manifest::{InputFile, Manifest, OutputFile, PackDigest, Restored, Tokens};
pub use names::{NAME_BYTES, Names, bounded};
pub use rejected::{RejectedRow, RejectedWriter};
pub use risk::{Exposed, Exposure, Risk};
pub use scores::{ScoreRow, ScoresWriter};
pub use sections::{
    Bytes, ColumnFacts, DetectorFacts, Duplicates, FileFacts, FileStatus, Gate, Inputs, LabelFacts, LimitReached, Memory,
    NotLookedAt, Pii, Planted, PolicySummary, Recall, Rows, TestFacts, TestState, Timing, VerdictFacts,
};
pub use shown::{NAME_CHARS, count, counted, is_invisible, shown, shown_up_to};
pub use side_table::read_columns;
pub use summary::{Colour, summary};
pub use suspects::{SuspectRow, SuspectsWriter, fate_name};
pub use withheld::{Lost, Seam, WithheldRow, WithheldWriter};

use crate::error::Result;
use crate::verdict::Bias;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of `report.json` that this program writes and reads.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON Schema of `report.json` (draft 2020-12).
pub const SCHEMA: &str = include_str!("report.schema.json");

/// The verdict on the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing asks for a person.
    #[default]
    Pass,
    /// A person should look: rows withheld or rejected, alarms, input not read.
    Review,
    /// A gate tripped.
    Fail,
}

impl Outcome {
    /// The word in `report.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Review => "review",
            Self::Fail => "fail",
        }
    }
}

/// Everything a run found out: `report.json`, field by field.
///
/// Everything but `timing` and `memory` depends on input, policy and key alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Name and version of the program that wrote it.
    pub program: String,
    /// The verb (`clean`, `scan`).
    pub command: String,
    /// The verdict on the run.
    pub verdict: Outcome,
    /// Why, most important first.
    pub reasons: Vec<String>,
    /// The ledger over all files.
    pub rows: Rows,
    /// The inputs in short.
    pub inputs: Inputs,
    /// Sizes.
    pub bytes: Bytes,
    /// Every file, in order of its path's bytes.
    pub files: Vec<FileFacts>,
    /// Lists of columns in order of appearance; files that have the same share one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<Vec<String>>,
    /// What was found and masked.
    pub pii: Pii,
    /// What could be read of people, and what is left; nothing where it was not looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Operator to occurrences it was used on; for a scan, would be used on.
    pub operators: BTreeMap<String, u64>,
    /// Detector id to occurrences that the allow list let through.
    pub allowed: BTreeMap<String, u64>,
    /// The poisoning tests.
    pub tests: Vec<TestFacts>,
    /// The alarms that survived error control.
    pub verdicts: Vec<VerdictFacts>,
    /// Label to rows before and after.
    pub labels: BTreeMap<String, LabelFacts>,
    /// Source to rows read; nothing where no source is named or there are very many.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, u64>,
    /// How evenly labels are spread over values of columns and over rows with personal data, before and after.
    pub bias: Bias,
    /// Data quality by column, in order of first appearance.
    pub columns: Vec<ColumnFacts>,
    /// Repeated rows; nothing where they were not counted.
    pub duplicates: Option<Duplicates>,
    /// The gates that were asked for.
    pub gates: BTreeMap<String, Gate>,
    /// Limits that input ran into.
    pub limits_reached: Vec<LimitReached>,
    /// What was not looked at.
    pub not_looked_at: Vec<NotLookedAt>,
    /// Rows that were looked at where only a share was to be; all were otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<u64>,
    /// What people decided on the output since, in order; none right after a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// What the run was asked to do.
    pub policy: PolicySummary,
    /// What differs from run to run.
    pub timing: Timing,
    /// Memory used and allowed.
    pub memory: Memory,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            program: concat!("untaint ", env!("CARGO_PKG_VERSION")).to_owned(),
            command: "clean".to_owned(),
            verdict: Outcome::default(),
            reasons: Vec::new(),
            rows: Rows::default(),
            inputs: Inputs::default(),
            bytes: Bytes::default(),
            files: Vec::new(),
            schemas: Vec::new(),
            pii: Pii::default(),
            risk: None,
            operators: BTreeMap::new(),
            allowed: BTreeMap::new(),
            tests: Vec::new(),
            verdicts: Vec::new(),
            labels: BTreeMap::new(),
            sources: BTreeMap::new(),
            bias: Bias::default(),
            columns: Vec::new(),
            duplicates: None,
            gates: BTreeMap::new(),
            limits_reached: Vec::new(),
            not_looked_at: Vec::new(),
            sampled: None,
            decisions: Vec::new(),
            policy: PolicySummary::default(),
            timing: Timing::default(),
            memory: Memory::default(),
        }
    }
}

impl Report {
    /// Whether no row is lost, in any file and in sum.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.rows.balances() && self.files.iter().all(|f| f.rows.balances())
    }

    /// Whether any detector was on: a profile of `none` may have some added by name.
    #[must_use]
    pub fn looked_for_pii(&self) -> bool {
        self.policy.detectors > 0
    }
}

/// A format that a report can be written in.
pub trait Renderer: Sync {
    /// The file's name in OUT.
    fn file_name(&self) -> &'static str;

    /// The whole file. The same report gives the same bytes.
    ///
    /// # Errors
    /// [`crate::error::Error::Bug`] only: a report always has a rendering.
    fn render(&self, report: &Report) -> Result<String>;
}

/// Every format, in the order they are written.
pub static RENDERERS: &[&dyn Renderer] = &[&json::Json, &html::Html];
