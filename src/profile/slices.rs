//! Labels by slice (file, source), for as many slices as memory allows.

use super::wire::{Broken, In, Out};
use std::collections::BTreeMap;

/// More labels than this are folded into as many classes by their hash.
pub const CLASSES: usize = 256;
/// What a table may cost: 4 for a slice and 1 for each folded class in it. 10,000 slices of two labels, 250 of 256.
const COST: u64 = 1 << 16;

/// The class of a label once labels are folded into `classes` (a power of two).
pub fn fold(label: u64, classes: usize) -> u64 {
    label & (classes as u64 - 1)
}

/// Adds sorted (class, rows) pairs to sorted ones.
pub(crate) fn add_counts(mine: &mut Vec<(u64, u64)>, theirs: &[(u64, u64)]) {
    for &(class, rows) in theirs {
        match mine.binary_search_by_key(&class, |c| c.0) {
            Ok(at) => mine.iter_mut().skip(at).take(1).for_each(|c| c.1 = c.1.saturating_add(rows)),
            Err(at) => mine.insert(at, (class, rows)),
        }
    }
}

/// Folds the labels of sorted pairs.
pub(crate) fn fold_counts(counts: &mut Vec<(u64, u64)>, classes: usize) {
    if counts.iter().any(|c| c.0 >= classes as u64) {
        let mut folded = Vec::new();
        for &(label, rows) in counts.iter() {
            add_counts(&mut folded, &[(fold(label, classes), rows)]);
        }
        *counts = folded;
    }
}

pub(crate) fn write_counts(counts: &[(u64, u64)], out: &mut Out) {
    out.u(counts.len() as u64);
    for &(class, rows) in counts {
        out.u(class);
        out.u(rows);
    }
}

pub(crate) fn read_counts(from: &mut In<'_>) -> Result<Vec<(u64, u64)>, Broken> {
    let n = from.count(2)?;
    let mut counts: Vec<(u64, u64)> = Vec::with_capacity(n.min(CLASSES));
    for _ in 0..n.min(CLASSES + 1) {
        counts.push((from.u()?, from.u()?));
    }
    if n > CLASSES || !counts.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(Broken("label counts out of order"));
    }
    Ok(counts)
}

/// One slice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// Its name, at most 120 bytes; empty for days.
    pub name: String,
    /// Rows in it, labelled or not.
    pub rows: u64,
    /// Rows by label hash, or by class once labels are folded; sorted.
    pub counts: Vec<(u64, u64)>,
}

impl Slice {
    pub(crate) fn add(&mut self, other: &Self) {
        self.rows = self.rows.saturating_add(other.rows);
        add_counts(&mut self.counts, &other.counts);
        if self.name.is_empty() {
            self.name.clone_from(&other.name);
        }
    }

    fn cost(&self) -> u64 {
        let mut seen = [0u64; CLASSES / 64];
        for &(label, _) in &self.counts {
            let class = fold(label, CLASSES) as usize;
            if let Some(word) = seen.get_mut(class / 64) {
                *word |= 1 << (class % 64);
            }
        }
        4 + seen.iter().map(|w| u64::from(w.count_ones())).sum::<u64>()
    }
}

/// Slices by the hash of their name. Those that hash smallest are kept, with exact counts, up to a fixed cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slices {
    pub(crate) kept: BTreeMap<u64, Slice>,
    limit: Option<u64>,
}

impl Slices {
    /// Hash and facts of every slice, by hash.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Slice)> {
        self.kept.iter().map(|(hash, s)| (*hash, s))
    }

    /// The number of slices that are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there is no slice.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether there were more slices than are kept.
    pub fn is_sample(&self) -> bool {
        self.limit.is_some()
    }

    /// The name of a slice.
    pub fn name(&self, hash: u64) -> Option<&str> {
        self.kept.get(&hash).map(|s| s.name.as_str())
    }

    pub(crate) fn add(&mut self, hash: u64, name: &str, rows: u64, counts: &[(u64, u64)]) {
        if self.limit.is_none_or(|limit| hash < limit) {
            let slice = self.kept.entry(hash).or_default();
            slice.rows = slice.rows.saturating_add(rows);
            add_counts(&mut slice.counts, counts);
            if slice.name.is_empty() {
                name.clone_into(&mut slice.name);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.limit = [self.limit, other.limit].into_iter().flatten().min();
        for (hash, slice) in &other.kept {
            self.kept.entry(*hash).or_default().add(slice);
        }
    }

    /// Folds labels where there are too many, and keeps what every merge tree keeps.
    ///
    /// A slice's cost is counted as if labels were folded already: it then only grows as data comes in, so the first
    /// slice over the limit in a part of the data is over it in all of the data.
    pub(crate) fn settle(&mut self, folded: bool) {
        if folded {
            self.kept.values_mut().for_each(|s| fold_counts(&mut s.counts, CLASSES));
        }
        let at_most: u64 = self.kept.values().map(|s| 4 + s.counts.len() as u64).sum();
        if at_most > COST {
            let mut cost = 0;
            let over = self.kept.iter().find(|(_, s)| {
                cost += s.cost();
                cost > COST
            });
            self.limit = [self.limit, over.map(|(hash, _)| *hash)].into_iter().flatten().min();
        }
        if let Some(limit) = self.limit {
            self.kept.split_off(&limit);
        }
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.u(self.limit.map_or(0, |_| 1));
        out.fixed64(self.limit.unwrap_or_default());
        out.u(self.kept.len() as u64);
        for (hash, slice) in &self.kept {
            out.fixed64(*hash);
            out.text(&slice.name);
            out.u(slice.rows);
            write_counts(&slice.counts, out);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let limited = from.u()? == 1;
        let limit = from.fixed64()?;
        let mut slices = Self { limit: limited.then_some(limit), ..Self::default() };
        let n = from.count(11)?;
        if n as u64 > COST / 4 {
            return Err(Broken("more slices than a profile holds"));
        }
        for _ in 0..n {
            let hash = from.fixed64()?;
            let slice = Slice { name: from.text()?, rows: from.u()?, counts: read_counts(from)? };
            slices.kept.insert(hash, slice);
        }
        Ok(slices)
    }
}
