//! What the user asked for: plain data, every default documented. Read from `untaint.toml`, overridden by flags.

pub mod packs;
mod units;

use crate::error::{Error, Result};
use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use units::{Days, Percent, Size};

/// A whole policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Which columns play which part.
    pub dataset: Dataset,
    /// What is looked for and how it is masked.
    pub pii: Pii,
    /// Rules for single columns, by name (`messages[].content` for nested ones).
    pub columns: BTreeMap<String, ColumnRule>,
    /// Values that may stay.
    pub allow: Allow,
    /// Where the key of keyed operators comes from; never the key itself.
    pub key: KeySource,
    /// The poisoning tests.
    pub poison: Poison,
    /// What is withheld.
    pub quarantine: Quarantine,
    /// What makes a finished run exit with 1.
    pub gates: Gates,
    /// Bounds on memory, sizes and depth.
    pub limits: Limits,
}

/// Which columns play which part. A nested field is a path: `messages[].content`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dataset {
    /// The label; a column named `label` where nothing is said.
    pub label: Option<String>,
    /// The text columns; they make the key by which duplicates are known.
    pub text: Vec<String>,
    /// The record's id; no part of the duplicate key.
    pub id: Option<String>,
    /// Where the record comes from.
    pub source: Option<String>,
    /// When it was made.
    pub time: Option<String>,
    /// The profile of an earlier delivery, from `untaint baseline`, that the data is compared with.
    pub baseline: Option<PathBuf>,
    /// A holdout that people vouch for: data of the same columns, or a profile of it.
    pub trusted: Option<PathBuf>,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pii {
    /// `recommended` (default), `all` or `none`.
    pub profile: Profile,
    /// `+id` adds to the profile, `-id` takes away; `*` stands for anything.
    pub detectors: Vec<String>,
    /// Findings below are none, in percent; 50.
    pub min_confidence: u8,
    /// The operator where no other is named; `replace`.
    pub default: OperatorSpec,
    /// Operators by detector id.
    pub operators: BTreeMap<String, OperatorSpec>,
    /// Where else a value is found that its column or the words beside it told: `record` (default), `dataset` or `off`.
    pub propagate: Propagate,
}

/// How far the second sweep goes: where else a value is looked for that was told by its column or by words beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Propagate {
    /// Nowhere.
    Off,
    /// In the free text of its record.
    #[default]
    Record,
    /// In the free text of the dataset; it is read twice for that.
    Dataset,
}

impl Default for Pii {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            detectors: Vec::new(),
            min_confidence: 50,
            default: OperatorSpec::default(),
            operators: BTreeMap::new(),
            propagate: Propagate::default(),
        }
    }
}

/// A choice of detectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Low noise.
    #[default]
    Recommended,
    /// Every detector.
    All,
    /// None but those added by name.
    None,
}

/// An operator and its settings: `"mask"` or `{ operator = "mask", keep_last = 4 }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorSpec {
    /// The operator's name.
    pub operator: String,
    /// `constant`: the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// `mask`: the character, `*`.
    #[serde(rename = "char", skip_serializing_if = "Option::is_none")]
    pub mask_char: Option<char>,
    /// `mask`: so many letters and digits stay at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_first: Option<u32>,
    /// `mask`: so many letters and digits stay at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_last: Option<u32>,
    /// `shift-date`: the most days that a date moves, 180.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// `shift-date`: the column whose value tells whose dates move together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// `round`: the step (`100`, `0.01`); `generalise`: what to make of a value (`year`, `month`, `age`, `zip`, `ip`, `coordinates`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// `bucket`: how many whole numbers share a bucket, 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// `fpe`: what passed a check digit passes it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_digit: Option<bool>,
    /// `surrogate`: the kind of value where the detector does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

impl OperatorSpec {
    /// An operator without settings.
    pub fn named(operator: impl Into<String>) -> Self {
        Self {
            operator: operator.into(),
            value: None,
            mask_char: None,
            keep_first: None,
            keep_last: None,
            days: None,
            by: None,
            to: None,
            width: None,
            check_digit: None,
            kind: None,
        }
    }
}

impl Default for OperatorSpec {
    fn default() -> Self {
        Self::named("replace")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperatorTable {
    operator: String,
    value: Option<String>,
    #[serde(rename = "char")]
    mask_char: Option<char>,
    keep_first: Option<u32>,
    keep_last: Option<u32>,
    days: Option<u32>,
    by: Option<String>,
    to: Option<WordOrNumber>,
    width: Option<u32>,
    check_digit: Option<bool>,
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WordOrNumber {
    Word(String),
    Whole(i64),
    Fraction(f64),
}

impl<'de> Deserialize<'de> for OperatorSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = OperatorSpec;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an operator's name or a table { operator = NAME, … }")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> std::result::Result<OperatorSpec, E> {
                Ok(OperatorSpec::named(name))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<OperatorSpec, A::Error> {
                let t = OperatorTable::deserialize(MapAccessDeserializer::new(map))?;
                Ok(OperatorSpec {
                    operator: t.operator,
                    value: t.value,
                    mask_char: t.mask_char,
                    keep_first: t.keep_first,
                    keep_last: t.keep_last,
                    days: t.days,
                    by: t.by,
                    to: t.to.map(|to| match to {
                        WordOrNumber::Word(word) => word,
                        WordOrNumber::Whole(n) => n.to_string(),
                        WordOrNumber::Fraction(n) => n.to_string(),
                    }),
                    width: t.width,
                    check_digit: t.check_digit,
                    kind: t.kind,
                })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A rule for one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ColumnRule {
    /// Whether the column is scanned.
    pub pii: ColumnScan,
    /// An operator for the whole cell, whatever it holds.
    pub operator: Option<OperatorSpec>,
}

/// Whether a column is scanned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnScan {
    /// Scanned.
    #[default]
    Scan,
    /// Left alone; the report says so.
    Skip,
}

/// Values that may stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allow {
    /// Whole values, without regard to case.
    pub values: Vec<String>,
    /// Regular expressions.
    pub patterns: Vec<String>,
    /// Files with one value a line.
    pub files: Vec<PathBuf>,
}

/// Where the key comes from: at least 32 bytes, never on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySource {
    /// The environment variable that holds it.
    pub env: Option<String>,
    /// The file that holds it.
    pub file: Option<PathBuf>,
}

/// The poisoning tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Poison {
    /// `"all"`, `"none"` or a list of test ids.
    pub tests: Tests,
    /// The false-discovery rate of each family of tests; 0.05.
    pub fdr: f64,
    /// What happens to the rows of a test's verdicts.
    pub fate: BTreeMap<String, crate::batch::Fate>,
}

impl Default for Poison {
    fn default() -> Self {
        Self { tests: Tests::default(), fdr: 0.05, fate: BTreeMap::new() }
    }
}

/// A choice of tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Tests {
    /// `all` or `none`.
    Word(String),
    /// These.
    Named(Vec<String>),
}

impl Default for Tests {
    fn default() -> Self {
        Self::Word("all".into())
    }
}

/// What is withheld.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quarantine {
    /// How long `quarantine/` and `rejected/` are kept: `"90d"`; for good where nothing is said. `untaint purge` removes them
    /// once that time has passed.
    pub retention: Option<Days>,
}

/// What makes a finished run exit with 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gates {
    /// Of [`GATES`].
    pub fail_on: Vec<String>,
    /// The largest share of rows that may be quarantined: `"1%"`.
    pub max_quarantined: Option<Percent>,
}

/// The gates there are.
pub const GATES: &[&str] = &["secret", "pii", "poison", "drift", "rejected", "quarantined", "leftover"];

/// Bounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Resident bytes; 256 MiB and 64 MiB a job where nothing is said.
    pub memory: Option<Size>,
    /// The largest cell; 16 MiB. A larger one rejects its record.
    pub cell: Size,
    /// The deepest JSON; 128. Deeper records are rejected.
    pub nesting: u32,
    /// The largest ratio of decompressed to compressed bytes; 1000.
    pub ratio: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: None, cell: Size(16 << 20), nesting: 128, ratio: 1000 }
    }
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// `Policy` with the line and the nearest known word for an unknown key or value; `Usage` where the file is missing.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| Error::Usage(format!("cannot read the policy {shown}: {e}")))?;
        Self::parse(&shown, &text)
    }

    /// Parses a policy; `file` is for messages.
    ///
    /// # Errors
    /// As [`Policy::read`].
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let wrong = |message: String| Error::Policy { file: file.to_owned(), message };
        let policy: Self = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(0, |s| text.get(..s.start).unwrap_or(text).matches('\n').count() + 1);
            wrong(format!("line {line}: {}", with_nearest(e.message())))
        })?;
        policy.check().map_err(wrong)?;
        Ok(policy)
    }

    /// Checks what types cannot say.
    ///
    /// # Errors
    /// A sentence about the first thing that is wrong, with the nearest known word.
    pub fn check(&self) -> std::result::Result<(), String> {
        let operators = self.pii.operators.values().chain([&self.pii.default]);
        let in_columns = self.columns.values().filter_map(|c| c.operator.as_ref());
        for spec in operators.chain(in_columns) {
            crate::mask::check(spec)?;
        }
        for gate in &self.gates.fail_on {
            known("gate", gate, GATES.iter().copied())?;
        }
        if let Tests::Word(word) = &self.poison.tests {
            known("choice of tests", word, ["all", "none"].into_iter())?;
        }
        if !(0.0..1.0).contains(&self.poison.fdr) || self.poison.fdr == 0.0 {
            return Err("poison.fdr must lie between 0 and 1".into());
        }
        if self.pii.min_confidence > 100 {
            return Err("pii.min_confidence is a percentage, 0 to 100".into());
        }
        if self.limits.nesting == 0 || self.limits.nesting > 10_000 {
            return Err("limits.nesting must lie between 1 and 10000".into());
        }
        if self.limits.cell.0 < 1 << 10 || self.limits.cell.0 > 1 << 30 {
            return Err("limits.cell must lie between 1KiB and 1GiB".into());
        }
        if self.limits.ratio == 0 {
            return Err("limits.ratio must be at least 1".into());
        }
        Ok(())
    }
}

/// Checks that `word` is one of `words`; the error names the nearest.
///
/// # Errors
/// A sentence with the nearest word.
pub fn known<'a>(what: &str, word: &str, words: impl Iterator<Item = &'a str> + Clone) -> std::result::Result<(), String> {
    if words.clone().any(|w| w == word) {
        return Ok(());
    }
    let shown: String = word.chars().filter(|c| !c.is_control()).take(60).collect();
    match nearest(word, words.clone()) {
        Some(near) => Err(format!("unknown {what} `{shown}`; did you mean `{near}`?")),
        None => Err(format!("unknown {what} `{shown}`; there are {}", words.collect::<Vec<_>>().join(", "))),
    }
}

/// The word most like `word`, if any is like it at all.
pub fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    words
        .map(|w| (strsim::jaro_winkler(word, w), w))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, w)| w)
}

/// Adds the nearest of the expected names to serde's «unknown field» and «unknown variant» messages.
fn with_nearest(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    match quoted.next() {
        Some(unknown) if message.starts_with("unknown") => match nearest(unknown, quoted) {
            Some(near) => {
                let what = message
                    .split('`')
                    .next()
                    .unwrap_or("unknown key ")
                    .trim()
                    .replace("field", "key")
                    .replace("variant", "value");
                format!("{what} `{unknown}`; did you mean `{near}`?")
            }
            None => message.replace("field", "key").replace("variant", "value"),
        },
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
