//! The facts of a part's rows, gathered while its cells go by.

use super::COLUMN_RULE;
use super::names::edited;
use crate::batch::{Block, Cell, Edit, Form, Replacement};
use crate::plan::ColumnPlan;
use crate::profile::{ColumnKey, Facts, KeyHasher, Reading};
use crate::report::{FindingBatch, Kind};
use std::sync::Arc;

/// Facts of a part's rows while its cells go by.
pub(super) struct CellFacts {
    facts: Facts,
    hasher: KeyHasher,
    keys: Vec<Option<ColumnKey>>,
    label: Option<Vec<u8>>,
    source: Option<Vec<u8>>,
    time: Option<Vec<u8>>,
}

impl CellFacts {
    pub fn new(seed: u64, block: &Block, columns: &[Arc<ColumnPlan>]) -> Self {
        let mut facts = Facts::new(seed);
        let names: Vec<String> = block.columns.iter().map(|c| c.name.clone()).collect();
        facts.columns(&names);
        let hasher = KeyHasher::new(seed);
        let keys = names.iter().zip(columns).map(|(name, plan)| plan.key.then(|| hasher.column(name))).collect();
        Self { facts, hasher, keys, label: None, source: None, time: None }
    }

    /// `text` as it was read, `edits` as they may be told: the key is of the first, everything else of the second.
    pub fn cell(&mut self, cell: &Cell, (name, plan): (&str, &ColumnPlan), text: &[u8], edits: &[Edit], scratch: &mut Vec<u8>) {
        if cell.form == Form::Key {
            return;
        }
        let there = cell.form != Form::Null;
        if let Some(Some(key)) = self.keys.get(cell.column as usize) {
            self.hasher.cell(key, there.then_some(text));
        }
        let scalar = cell.form == Form::Scalar && !edits.is_empty();
        let null = !there || scalar || edits.iter().any(|e| e.replacement == Replacement::Null);
        let after = if edits.is_empty() { text } else { edited(text, edits, scratch) };
        self.facts.cell(cell.column, (!null).then_some(after));
        if !null && plan.key {
            self.facts.words(name, text, after, Reading::of(plan.by_word));
        }
        let keep = |slot: &mut Option<Vec<u8>>| {
            if !null && slot.is_none() {
                *slot = Some(after.to_vec());
            }
        };
        if plan.label {
            keep(&mut self.label);
        }
        if plan.source {
            keep(&mut self.source);
        }
        if plan.time {
            keep(&mut self.time);
        }
    }

    pub fn row_ends(&mut self, kept: bool) {
        let key = self.hasher.finish();
        if kept {
            self.facts.row(key, self.label.as_deref(), self.source.as_deref(), self.time.as_deref());
        } else {
            self.facts.skip_row();
        }
        self.label = None;
        self.source = None;
        self.time = None;
    }

    /// The facts of the rows, of which these findings are.
    pub fn finish(mut self, found: &FindingBatch) -> Facts {
        hold(&mut self.facts, found);
        self.facts
    }
}

/// Notes which rows hold personal data of which type; rows of the findings are counted as those of the facts.
pub(super) fn hold(facts: &mut Facts, found: &FindingBatch) {
    // That the policy has a rule for a column says nothing of what a row holds.
    let of_kind = |kind: &Kind| Some(found.names.get(kind.detector)).filter(|id| *id != COLUMN_RULE);
    let types: Vec<Option<usize>> = found.kinds().iter().map(|kind| of_kind(kind).map(|id| facts.personal_type(id))).collect();
    for at in found.iter() {
        let personal_type = types.get(at.kind as usize).copied().flatten();
        if let (Some(personal_type), Ok(row)) = (personal_type, usize::try_from(at.row)) {
            facts.holds(personal_type, row);
        }
    }
}
