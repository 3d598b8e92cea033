//! What the rows of a Parquet row group come to, put together from its leaves.

use super::picked::{Picked, day_text};
use crate::batch::Reason;
use crate::profile::{ColumnWords, Facts, KeyHasher, RowShare};
use std::collections::BTreeMap;

/// The rows of a row group to look at.
#[derive(Clone, Copy)]
pub(super) struct GroupShare {
    pub rows: RowShare,
    pub group: u64,
}

impl GroupShare {
    pub fn has(&self, row: u32) -> bool {
        self.rows.has(self.group << 32 | u64::from(row))
    }
}

/// A chunk's share of the facts of its row group's rows.
pub(super) struct LeafFacts {
    /// Facts of the column, without rows.
    pub column: Facts,
    /// Key parts by row, and of how many cells; empty where the column is no part of the key.
    pub sums: Vec<(u128, u32)>,
    pub label: Option<Picked>,
    pub source: Option<Picked>,
    pub time: Option<Picked>,
    /// None where the column is no part of the key.
    pub words: Option<ColumnWords>,
}

impl LeafFacts {
    /// The marks of a text as it was read.
    pub fn marks(&self, raw: &[u8]) -> u8 {
        self.words.as_ref().map_or(0, |words| words.marks(raw))
    }

    /// Takes in one value: `part` is its share of the row's key, `marks` are of it as it was read, `after` is the text that stays.
    pub fn value(&mut self, row: u32, part: Option<u128>, marks: u8, after: Option<&[u8]>) {
        self.column.cell_of(row as usize, 0, after);
        if let (Some(part), Some((sum, cells))) = (part, self.sums.get_mut(row as usize)) {
            *sum = sum.wrapping_add(part);
            *cells += 1;
        }
        if let (Some(words), Some(text)) = (&mut self.words, after) {
            words.value(row, marks, text);
        }
        if let Some(text) = after {
            for picked in [&mut self.label, &mut self.source].into_iter().flatten() {
                picked.put(row, text);
            }
            if let Some(picked) = &mut self.time {
                picked.put(row, &day_text(text));
            }
        }
    }
}

/// The facts of a row group's rows, put together from its leaves.
pub(super) struct RowParts {
    sums: Vec<(u128, u64)>,
    label: Option<(usize, Picked)>,
    source: Option<(usize, Picked)>,
    time: Option<(usize, Picked)>,
    /// By leaf.
    words: BTreeMap<usize, ColumnWords>,
}

impl RowParts {
    pub fn new(rows: usize) -> Self {
        Self { sums: vec![(0, 0); rows], label: None, source: None, time: None, words: BTreeMap::new() }
    }

    /// Takes a leaf's share in. In whatever order leaves come, the result is the same: sums add up, and of two leaves with
    /// one part in the dataset the first counts. A leaf that was looked at once more has no sums.
    pub fn take(&mut self, leaf: usize, facts: LeafFacts) {
        for ((sum, cells), (part, n)) in self.sums.iter_mut().zip(&facts.sums) {
            *sum = sum.wrapping_add(*part);
            *cells += u64::from(*n);
        }
        if let Some(mut words) = facts.words {
            words.finish(self.sums.len());
            self.words.insert(leaf, words);
        }
        let parts = [(&mut self.label, facts.label), (&mut self.source, facts.source), (&mut self.time, facts.time)];
        for (mine, theirs) in parts {
            if let Some(theirs) = theirs
                && mine.as_ref().is_none_or(|(from, _)| leaf <= *from)
            {
                *mine = Some((leaf, theirs));
            }
        }
    }

    /// Whether labels, sources or days were too many to be told apart.
    pub fn is_full(&self) -> bool {
        [&self.label, &self.source, &self.time].into_iter().flatten().any(|(_, picked)| picked.is_full())
    }

    /// Whether words of texts were too many to be held.
    pub fn has_more_words(&self) -> bool {
        self.words.values().any(|words| words.is_full)
    }

    /// Adds the rows to `facts` in order; `rejected` is sorted by row.
    pub fn rows(&self, seed: u64, facts: &mut Facts, rejected: &[(u32, Reason)], share: Option<GroupShare>) {
        let keys = KeyHasher::new(seed);
        let mut rejected = rejected.iter().map(|r| r.0 as usize).peekable();
        for (row, (sum, cells)) in self.sums.iter().enumerate() {
            let left_out = share.is_some_and(|share| !share.has(row as u32));
            if rejected.next_if_eq(&row).is_some() || left_out {
                facts.skip_row();
                continue;
            }
            let text = |picked: &Option<(usize, Picked)>| picked.as_ref().and_then(|(_, p)| p.text(row)).map(<[u8]>::to_vec);
            let (label, source, time) = (text(&self.label), text(&self.source), text(&self.time));
            for words in self.words.values() {
                let (words, marks) = words.of(row);
                facts.adopt_words(words, row, marks);
            }
            facts.row(keys.of_parts(*sum, *cells), label.as_deref(), source.as_deref(), time.as_deref());
        }
    }
}
