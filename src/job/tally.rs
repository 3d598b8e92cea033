//! Counts of a part, a file, a run: what the report is made of. Ordered, so that it is the same however work was cut.

use super::canaries::{PlantedIn, join};
use crate::batch::Reason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Occurrences of one detector in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Findings.
    pub occurrences: u64,
    /// Findings by the operator that was used.
    pub operators: BTreeMap<String, u64>,
}

/// Values of a column, detector and operator whose shape is looked at in each part.
const SHAPED: u64 = 16;
/// Shapes of a column and detector that are kept, and columns of which they are: those that came first.
const SHAPES: usize = 12;
const WITH_SHAPES: usize = 1000;

/// By column and detector: how many of the first values of each part have a shape.
pub(super) type ShapesIn = BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>>;

/// Adds shapes of the values of a column and detector.
pub(super) fn add_shapes(all: &mut ShapesIn, column: &str, detector: &str, shapes: &BTreeMap<String, u64>) {
    if shapes.is_empty() || all.len() >= WITH_SHAPES && !all.contains_key(column) {
        return;
    }
    let sums = all.entry(column.to_owned()).or_default().entry(detector.to_owned()).or_default();
    for (shape, n) in shapes {
        if sums.len() < SHAPES || sums.contains_key(shape) {
            *sums.entry(shape.clone()).or_default() += n;
        }
    }
}

/// Counts of one part.
#[derive(Default)]
pub(super) struct PartTally {
    /// Texts that the numbers below stand for.
    names: crate::report::Names,
    /// Cells looked at.
    pub cells: u64,
    /// Findings that the allow list let pass, by detector; a detector may stand there twice.
    pub allowed: Vec<(u16, u64)>,
    /// Cells that were not decoded, since that would have cost too much.
    pub undecoded: u64,
    /// Records with more values than are looked for in the rest of them.
    pub crowded: u64,
    /// Values that were planted to see whether they are found.
    pub planted: PlantedIn,
    /// 1 where a leaf of a row group told more of its rows than is kept.
    pub untold: u64,
    counts: Vec<u64>,
    /// By column, detector and operator: the place in `counts`.
    counted: BTreeMap<(u32, u32, u32), usize>,
    /// Rows with a finding, and the last row counted.
    rows: Vec<(u64, Option<u32>)>,
    /// By detector: how many were told elsewhere in their record; the place in `counts`.
    propagated: BTreeMap<u32, usize>,
    /// By detector: the place in `rows`.
    in_rows: BTreeMap<u32, usize>,
    /// As `counts`: how many values were looked at, and the shapes that they have.
    shapes: Vec<(u64, BTreeMap<String, u64>)>,
}

/// Where a finding is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counter {
    count: usize,
    rows: usize,
    /// Where those are counted once more that were told elsewhere in their record, of which this is one.
    pub propagated: Option<usize>,
}

impl PartTally {
    /// Where findings of a detector in a column are counted that come to this operator.
    pub fn counter(&mut self, column: &str, detector: &str, operator: &str) -> Counter {
        let (column, detector, operator) = (self.names.id(column), self.names.id(detector), self.names.id(operator));
        let count = *self.counted.entry((column, detector, operator)).or_insert(self.counts.len());
        if count == self.counts.len() {
            self.counts.push(0);
            self.shapes.resize(self.counts.len(), Default::default());
        }
        let rows = *self.in_rows.entry(detector).or_insert(self.rows.len());
        if rows == self.rows.len() {
            self.rows.push((0, None));
        }
        Counter { count, rows, propagated: None }
    }

    /// Where findings of a detector are counted that were told elsewhere in their record.
    pub fn propagated(&mut self, detector: &str) -> usize {
        let detector = self.names.id(detector);
        let count = *self.propagated.entry(detector).or_insert(self.counts.len());
        if count == self.counts.len() {
            self.counts.push(0);
        }
        count
    }

    /// Counts one finding. Findings come in row order; `row` is none for those outside rows.
    pub fn count(&mut self, counter: Counter, row: Option<u32>) {
        if let Some(n) = self.counts.get_mut(counter.count) {
            *n += 1;
        }
        if let Some(n) = counter.propagated.and_then(|at| self.counts.get_mut(at)) {
            *n += 1;
        }
        let Some((rows, last)) = self.rows.get_mut(counter.rows) else { return };
        *rows += u64::from(row.is_some() && *last != row);
        *last = row;
    }

    /// Takes the shape of a value in, where few were taken of its like. `value` is a counted finding, or one that will be.
    pub fn shape(&mut self, counter: Counter, value: &[u8]) {
        let Some((seen, shapes)) = self.shapes.get_mut(counter.count).filter(|(seen, _)| *seen < SHAPED) else { return };
        *seen += 1;
        if let Some(shape) = crate::text::shape(&String::from_utf8_lossy(value)) {
            *shapes.entry(shape).or_default() += 1;
        }
    }

    /// Whether few findings of a kind were counted, so that the shape of another is wanted.
    pub fn wants_shape(&self, counter: Counter) -> bool {
        self.counts.get(counter.count).is_some_and(|n| *n <= SHAPED)
    }

    /// Detectors and the rows in which each found something.
    pub fn rows(&self) -> impl Iterator<Item = (&str, u64)> {
        self.in_rows.iter().map(|(detector, at)| (self.names.get(*detector), self.rows.get(*at).map_or(0, |r| r.0)))
    }
}

/// What became of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Records in the input.
    pub read: u64,
    /// Records in the cleaned file.
    pub clean: u64,
    /// Records withheld.
    pub quarantined: u64,
    /// Records that could not be parsed.
    pub rejected: u64,
}

/// Columns that a file's findings are counted by; hostile keys make any number of them.
const COLUMNS: usize = 10_000;
/// Under this name the findings of all further columns are counted together.
const MORE_COLUMNS: &str = "…";

/// Counts of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTally {
    /// The ledger.
    pub rows: Rows,
    /// Why rows were rejected.
    pub reasons: BTreeMap<String, u64>,
    /// Findings by column and detector.
    pub columns: BTreeMap<String, BTreeMap<String, Count>>,
    /// Rows with a finding, by detector.
    pub found_rows: BTreeMap<String, u64>,
    /// Cells looked at.
    pub cells: u64,
    /// Findings that were told elsewhere in their record, by detector.
    #[serde(default)]
    pub propagated: BTreeMap<String, u64>,
    /// Findings that the allow list let pass.
    pub allowed: BTreeMap<u16, u64>,
    /// Values that were planted to see whether they are found, by column and detector.
    #[serde(default)]
    pub planted: PlantedIn,
    /// What values look like.
    #[serde(default)]
    pub shapes: ShapesIn,
    /// Limits that were reached, and how often.
    pub limits: BTreeMap<String, u64>,
    /// Rows that were looked at where only a share was to be.
    pub sampled: u64,
}

impl FileTally {
    /// Takes a part's counts in.
    pub(super) fn take(&mut self, part: &PartTally) {
        self.take_without_rows(part);
        for (detector, rows) in part.rows() {
            *self.found_rows.entry(detector.to_owned()).or_default() += rows;
        }
    }

    /// Takes in the counts of a part that holds some columns of its rows only: which rows have a finding is not its to say.
    pub(super) fn take_without_rows(&mut self, part: &PartTally) {
        self.cells += part.cells;
        join(&mut self.planted, &part.planted);
        if part.undecoded > 0 {
            *self.limits.entry("decoder budget".to_owned()).or_default() += part.undecoded;
        }
        if part.crowded > 0 {
            *self.limits.entry("values of a record looked for again".to_owned()).or_default() += part.crowded;
        }
        if part.untold > 0 {
            *self.limits.entry("values of a row group looked for again".to_owned()).or_default() += part.untold;
        }
        for &(detector, n) in &part.allowed {
            *self.allowed.entry(detector).or_default() += n;
        }
        let name = |id: u32| part.names.get(id).to_owned();
        for (&detector, at) in &part.propagated {
            *self.propagated.entry(name(detector)).or_default() += part.counts.get(*at).copied().unwrap_or(0);
        }
        for (&(column, detector, operator), at) in &part.counted {
            let n = part.counts.get(*at).copied().unwrap_or(0);
            let mut column = name(column);
            if self.columns.len() >= COLUMNS && !self.columns.contains_key(&column) {
                MORE_COLUMNS.clone_into(&mut column);
            }
            if let Some((_, shapes)) = part.shapes.get(*at) {
                add_shapes(&mut self.shapes, &column, part.names.get(detector), shapes);
            }
            let sum = self.columns.entry(column).or_default().entry(name(detector)).or_default();
            sum.occurrences += n;
            *sum.operators.entry(name(operator)).or_default() += n;
        }
    }

    /// Counts a rejected record.
    pub(super) fn reject(&mut self, reason: Reason, rows: u64) {
        self.rows.rejected += rows;
        *self.reasons.entry(reason.name().to_owned()).or_default() += rows;
    }
}
