//! In how many rows of a row group a detector found something: a row counts once, in however many leaves.

use super::leaf_done::LeafDone;
use super::sink::FileSink;
use super::spill::RowSet;
use crate::report::{FindingBatch, Kind};
use std::collections::BTreeMap;

/// Counts the rows of each detector.
pub(super) struct FoundRows {
    /// Detectors that found something in one leaf only, and the rows.
    alone: BTreeMap<String, u64>,
    /// Those of several leaves: which rows.
    shared: BTreeMap<String, RowSet>,
}

impl FoundRows {
    pub fn new(leaves: &[LeafDone]) -> Self {
        let (mut alone, mut shared) = (BTreeMap::new(), BTreeMap::new());
        for leaf in leaves {
            for (name, rows) in leaf.tally.rows() {
                if shared.contains_key(name) {
                    continue;
                }
                if alone.insert(name.to_owned(), rows).is_some() {
                    alone.remove(name);
                    shared.insert(name.to_owned(), RowSet::default());
                }
            }
        }
        Self { alone, shared }
    }

    pub fn take(&mut self, batch: &FindingBatch) {
        let names: Vec<&String> = self.shared.keys().collect();
        let shared = |kind: &Kind| names.binary_search_by(|name| name.as_str().cmp(batch.names.get(kind.detector))).ok();
        let of_kind: Vec<Option<usize>> = batch.kinds().iter().map(shared).collect();
        if of_kind.iter().all(Option::is_none) {
            return;
        }
        let mut rows: Vec<&mut RowSet> = self.shared.values_mut().collect();
        for at in batch.iter() {
            if let Some(rows) = of_kind.get(at.kind as usize).copied().flatten().and_then(|shared| rows.get_mut(shared)) {
                rows.insert(at.row.unsigned_abs());
            }
        }
    }

    pub fn finish(self, sink: &mut FileSink<'_>) {
        let shared = self.shared.into_iter().map(|(name, rows)| (name, rows.len()));
        for (name, rows) in self.alone.into_iter().chain(shared) {
            *sink.tally.found_rows.entry(name).or_default() += rows;
        }
    }
}
