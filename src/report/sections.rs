//! The tables of a report, as plain data. Names are shown names: personal parts are masked before they come here.

use super::changes::Changes;
use super::digits;
use crate::batch::Fate;
use crate::verdict::Evidence;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The ledger: `read = clean + quarantined + rejected`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rows {
    /// Records that were met, rejected ones included.
    pub read: u64,
    /// Records in `clean/`; for a scan, those that would be.
    pub clean: u64,
    /// Records withheld.
    pub quarantined: u64,
    /// Records that could not be parsed.
    pub rejected: u64,
}

impl Rows {
    /// Whether nothing is lost.
    #[must_use]
    pub fn balances(self) -> bool {
        self.clean.checked_add(self.quarantined).and_then(|n| n.checked_add(self.rejected)) == Some(self.read)
    }

    /// Adds another file's ledger.
    pub fn add(&mut self, other: Self) {
        self.read = self.read.saturating_add(other.read);
        self.clean = self.clean.saturating_add(other.clean);
        self.quarantined = self.quarantined.saturating_add(other.quarantined);
        self.rejected = self.rejected.saturating_add(other.rejected);
    }
}

/// What became of a file, worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileStatus {
    /// Not read at all, though it was to be.
    Skipped,
    /// Read in part: a record was rejected or the end is missing.
    Partial,
    /// Read whole.
    #[default]
    Complete,
    /// Not meant as data (`README.md`, `_SUCCESS`).
    Ignored,
}

impl FileStatus {
    /// The word in `report.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Partial => "partial",
            Self::Skipped => "skipped",
            Self::Complete => "complete",
            Self::Ignored => "ignored",
        }
    }
}

/// One input file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileFacts {
    /// Relative path.
    pub file: String,
    /// What became of it.
    pub status: FileStatus,
    /// Why it is not complete; [`crate::batch::Reason::name`] or a sentence.
    pub reason: Option<String>,
    /// Format and compression (`csv`, `jsonl+gz`, `parquet`); nothing where none was found.
    pub format: Option<String>,
    /// Size as it is stored, in bytes.
    pub bytes: u64,
    /// SHA-256 of it as it is stored; nothing where it was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its ledger.
    pub rows: Rows,
    /// The number of its columns' list in [`super::Report::schemas`]; nothing where it has none, or the list is too long to keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<u64>,
}

/// All inputs together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inputs {
    /// Files found, ignored ones included.
    pub files: u64,
    /// Files by format and compression.
    pub formats: BTreeMap<String, u64>,
}

/// What was found and masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pii {
    /// By detector id.
    pub by_detector: BTreeMap<String, DetectorFacts>,
    /// By column, then detector id: occurrences.
    pub by_column: BTreeMap<String, BTreeMap<String, u64>>,
    /// By column, then detector id: what the first values look like in each part of a file, and how many looked so; `9` stands for
    /// a digit, `A` and `a` for letters.
    pub shapes: BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>>,
    /// By detector id: occurrences that nothing told where they stand, but the same value elsewhere in the record.
    pub propagated: BTreeMap<String, u64>,
    /// How much is missed; nothing where it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<Recall>,
}

/// Values that were planted in copies of the data's cells, in memory, and how many of them were found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recall {
    /// All of them.
    pub all: Planted,
    /// By detector id.
    pub by_detector: BTreeMap<String, Planted>,
    /// By column; of very many the first by name.
    pub by_column: BTreeMap<String, Planted>,
}

/// Values planted, and found again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Planted {
    /// Values that were planted.
    pub planted: u64,
    /// Those that would have been masked whole.
    pub found: u64,
}

impl Planted {
    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.planted = self.planted.saturating_add(other.planted);
        self.found = self.found.saturating_add(other.found);
    }
}

/// What one detector found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DetectorFacts {
    /// The detector's name in words.
    pub name: String,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// Occurrences.
    pub occurrences: u64,
    /// Rows with at least one.
    pub rows: u64,
    /// Operator to occurrences it was used on; for a scan, would be used on.
    pub operators: BTreeMap<String, u64>,
    /// Catalogue (`macie`, `gcp`) to its names there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub elsewhere: BTreeMap<String, Vec<String>>,
}

/// Whether a test had enough to say something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TestState {
    /// It ran; that it is not among the verdicts means something.
    #[default]
    #[serde(rename = "ran")]
    Ran,
    /// It lacked a label, a text, rows or a baseline; its silence means nothing.
    #[serde(rename = "could not speak")]
    CouldNotSpeak,
}

impl TestState {
    /// The words in `report.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::CouldNotSpeak => "could not speak",
        }
    }
}

/// One poisoning test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TestFacts {
    /// The test's id.
    pub test: String,
    /// Whether it ran.
    pub state: TestState,
    /// Why it could not speak, or what limits what it said.
    pub why: Option<String>,
    /// Hypotheses that the error control corrected for.
    pub hypotheses: u64,
    /// The smallest poison that this dataset's size allows it to see, in rows.
    pub smallest_visible: Option<u64>,
}

/// One alarm that survived error control.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VerdictFacts {
    /// The test's id.
    pub test: String,
    /// The bare name of what is suspicious (`cf`, `s09`, `rows 4100-4300`), masked.
    pub subject: String,
    /// The part of the data it was found in, where that is not all of it.
    pub slice: Option<String>,
    /// The test's statistic.
    #[serde(with = "digits::optional")]
    pub statistic: Option<f64>,
    /// Its p-value.
    #[serde(with = "digits::optional")]
    pub p_value: Option<f64>,
    /// The p-value after false-discovery control.
    #[serde(with = "digits::optional")]
    pub q_value: Option<f64>,
    /// Rows it points at.
    pub rows: u64,
    /// Effect size; `why` says of what.
    #[serde(with = "digits::optional")]
    pub effect: Option<f64>,
    /// What happens to those rows.
    pub fate: Fate,
    /// A sentence for the steward, with numbers.
    pub why: String,
    /// The numbers behind it, where there is something to draw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// Rows of a label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LabelFacts {
    /// Rows read.
    pub before: u64,
    /// Rows in the clean output.
    pub after: u64,
}

/// Data quality of a column, after masking: a shortest or longest value would else say something of what was masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnFacts {
    /// The column's name.
    pub column: String,
    /// Cells, null ones included.
    pub cells: u64,
    /// Null or missing cells.
    pub nulls: u64,
    /// Cells with a text that are empty: CSV cannot tell them from null ones.
    pub empty: u64,
    /// Cells that are numbers.
    pub numbers: u64,
    /// Distinct values, estimated; nothing where they were not counted.
    pub distinct: Option<u64>,
    /// Shortest text, in bytes; nothing where all cells are null.
    pub length_min: Option<u64>,
    /// Longest text, in bytes.
    pub length_max: Option<u64>,
}

/// Rows that stand in the data more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Duplicates {
    /// Groups of rows that are equal after masking, in their text columns or, where none are named, in all but their ids.
    pub exact_groups: u64,
    /// Rows in them beyond the first of each.
    pub exact_rows: u64,
    /// Groups whose rows carry different labels.
    pub conflicting_groups: u64,
    /// Rows in those.
    pub conflicting_rows: u64,
}

/// A gate that the policy or `--fail-on` names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gate {
    /// Whether it makes the run fail.
    pub tripped: bool,
    /// The numbers behind it.
    pub why: String,
}

/// A limit of the policy that input ran into.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitReached {
    /// The setting's name (`cell`, `nesting`, `ratio`, `memory`).
    pub limit: String,
    /// What it is set to, as it would be written in the policy.
    pub value: String,
    /// How often it was reached.
    pub times: u64,
    /// What happened then.
    pub effect: String,
}

/// Something that was not looked at, so that silence is not taken for a clean bill.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct NotLookedAt {
    /// What: a detector, a column, poisoning, rows outside the sample.
    pub what: String,
    /// Why: a flag, a setting, a lack.
    pub why: String,
}

/// What the run was asked to do. Never holds the key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicySummary {
    /// The policy file's name without its folder; nothing for the built-in defaults.
    pub file: Option<String>,
    /// The label column.
    pub label: Option<String>,
    /// The text columns.
    pub text: Vec<String>,
    /// The id column.
    pub id: Option<String>,
    /// The source column.
    pub source: Option<String>,
    /// The time column.
    pub time: Option<String>,
    /// The trusted set's file name without its folder.
    pub trusted: Option<String>,
    /// The baseline's file name without its folder.
    pub baseline: Option<String>,
    /// The detector profile in force (`recommended`, `all`, `none`); `none` under `--no-pii` too.
    pub profile: String,
    /// How many detectors were on; 0 where nothing was looked for.
    pub detectors: u64,
    /// Packs beside the shipped ones: file name to SHA-256.
    pub packs: BTreeMap<String, String>,
    /// Findings below it are dropped, in percent.
    pub min_confidence: u8,
    /// The operator where no other is named.
    pub default_operator: String,
    /// Detector id or `column NAME` to operator, where the policy names one.
    pub operators: BTreeMap<String, String>,
    /// Whether poisoning was looked for; false under `--no-poison`.
    pub poison: bool,
    /// The false-discovery rate.
    #[serde(with = "digits::plain")]
    pub fdr: f64,
    /// Test id to the fate that the policy sets.
    pub fates: BTreeMap<String, Fate>,
    /// The gates that fail the run.
    pub fail_on: Vec<String>,
    /// A short digest that names the key; nothing where no key was used.
    pub key_id: Option<String>,
    /// The seed.
    pub seed: u64,
}

/// Sizes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bytes {
    /// Inputs as they are stored.
    pub stored: u64,
    /// Inputs after decompression; Parquet as it is stored.
    pub read: u64,
    /// Output under `clean/`.
    pub clean: u64,
    /// Output under `quarantine/`.
    pub quarantined: u64,
    /// Output under `rejected/`.
    pub rejected: u64,
}

/// What differs from run to run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timing {
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// Wall clock, in seconds.
    #[serde(with = "digits::plain")]
    pub seconds: f64,
    /// Decompressed input a second, in 10^6 bytes.
    #[serde(with = "digits::plain")]
    pub mb_per_second: f64,
    /// Workers.
    pub jobs: u64,
    /// Whether it went on from an interrupted run.
    pub resumed: bool,
    /// Of the seconds, those of a first read for values that are found again; nothing where there was none.
    #[serde(with = "digits::optional")]
    pub first_read_seconds: Option<f64>,
    /// Decompressed bytes of that read.
    pub first_read_bytes: Option<u64>,
    /// Until when what is withheld and rejected is kept, RFC 3339 in UTC; for good where nothing stands here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<String>,
    /// OUT as it was named; nothing for a scan without one.
    pub out: Option<String>,
    /// What changed since an earlier run that this one is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The process's peak resident size.
    pub peak_bytes: u64,
    /// The cap in force.
    pub cap_bytes: u64,
}
