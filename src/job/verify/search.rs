//! Cells gathered in batches and searched by the reference scanner on all cores.

use super::looker::Looker;
use crate::batch::{Column, Finding};
use crate::detect::View;
use crate::io::csv;
use crate::plan::SAMPLE_RECORDS;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Cells that are searched together.
const BATCH_CELLS: usize = 1 << 15;
/// Bytes that wait at most.
const BATCH_BYTES: usize = 8 << 20;
/// Columns that are told apart; as many as a table may have. Keys beyond them share one.
const COLUMNS: usize = csv::MAX_COLUMNS;
/// The column that they share.
const REST: &str = "{}";
/// Names that are remembered as searched.
const NAMES: usize = 100_000;

/// One file while it is searched.
pub(super) struct Search<'a> {
    pub looker: &'a Looker,
    columns: Vec<(Column, Option<View>)>,
    numbers: HashMap<String, u32>,
    waiting: Vec<(u32, Vec<u8>)>,
    waiting_bytes: usize,
    /// Columns met in the first batch are judged by what it holds, as the run judged them by its first look.
    looked: bool,
    names: HashSet<String>,
    /// Cells searched.
    pub cells: u64,
    /// Occurrences by column and detector, those that the operator would leave as they are apart (`true`).
    pub counts: BTreeMap<(String, u16, bool), u64>,
}

impl<'a> Search<'a> {
    pub fn new(looker: &'a Looker) -> Self {
        Self {
            looker,
            columns: Vec::new(),
            numbers: HashMap::new(),
            waiting: Vec::new(),
            waiting_bytes: 0,
            looked: false,
            names: HashSet::new(),
            cells: 0,
            counts: BTreeMap::new(),
        }
    }

    /// The number of a column; `elements` are the path's names.
    pub fn column(&mut self, name: &str, elements: &[String]) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        if self.columns.len() >= COLUMNS && name != REST {
            return self.column(REST, &[]);
        }
        let number = self.columns.len() as u32;
        self.columns.push((Column { name: name.to_owned(), elements: elements.to_vec() }, None));
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// Takes in a cell.
    pub fn cell(&mut self, column: u32, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        self.waiting_bytes += text.len();
        self.waiting.push((column, text.to_vec()));
    }

    /// Takes in a name: a header, a key, metadata.
    pub fn name(&mut self, name: &str) {
        if self.names.len() < NAMES && !self.names.insert(name.to_owned()) {
            return;
        }
        let column = self.column("", &[]);
        self.cell(column, name.as_bytes());
    }

    /// To be called between records.
    pub fn row_ends(&mut self) {
        if self.waiting.len() >= BATCH_CELLS || self.waiting_bytes >= BATCH_BYTES {
            self.flush();
        }
    }

    /// Searches what waits; the next column's first values are its sample again.
    pub fn flush_column(&mut self) {
        self.flush();
        self.looked = false;
    }

    /// Searches what waits.
    pub fn flush(&mut self) {
        let looker = self.looker;
        let mut samples: Vec<Vec<&[u8]>> = vec![Vec::new(); self.columns.len()];
        if !self.looked {
            for (column, text) in &self.waiting {
                if let Some(sample) = samples.get_mut(*column as usize).filter(|s| s.len() < SAMPLE_RECORDS) {
                    sample.push(text);
                }
            }
        }
        self.looked = true;
        for ((column, view), sample) in self.columns.iter_mut().zip(samples).filter(|((_, view), _)| view.is_none()) {
            *view = Some(if column.name.is_empty() || !looker.searches(column) {
                View::default()
            } else if sample.is_empty() {
                looker.scanner.column(column)
            } else {
                looker.scanner.look(column, &mut sample.iter().copied())
            });
        }
        let columns = &self.columns;
        let found: BTreeMap<(u32, u16, bool), u64> = self
            .waiting
            .par_chunks(256)
            .map(|cells| {
                let mut counts = BTreeMap::new();
                let mut findings: Vec<Finding> = Vec::new();
                for (number, text) in cells {
                    let Some((column, Some(view))) = columns.get(*number as usize) else { continue };
                    if !looker.searches(column) {
                        continue;
                    }
                    findings.clear();
                    looker.reference.scan_text(text, view, &mut findings);
                    if findings.is_empty() {
                        continue;
                    }
                    let text = String::from_utf8_lossy(text);
                    if looker.rule_leaves(column, &text) {
                        continue;
                    }
                    for finding in &findings {
                        let value = text.get(finding.start as usize..finding.end as usize).unwrap_or_default();
                        let left = !looker.counts(finding.detector, value);
                        *counts.entry((*number, finding.detector, left)).or_default() += 1;
                    }
                }
                counts
            })
            .reduce(BTreeMap::new, |mut a, b| {
                for (key, n) in b {
                    *a.entry(key).or_default() += n;
                }
                a
            });
        self.cells += self.waiting.len() as u64;
        for ((column, detector, left), n) in found {
            let name = self.columns.get(column as usize).map(|(c, _)| c.name.clone()).unwrap_or_default();
            *self.counts.entry((name, detector, left)).or_default() += n;
        }
        self.waiting.clear();
        self.waiting_bytes = 0;
    }
}
