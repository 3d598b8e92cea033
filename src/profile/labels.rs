//! Labels overall: how often each stands, for up to 4,096 of them.

use super::rows::Names;
use super::wire::{Broken, In, Out};
use std::collections::BTreeMap;

/// Labels that are kept: those that hash smallest, so that every merge tree keeps the same, each with its exact count.
pub const LABELS: usize = 4096;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Label {
    name: String,
    rows: u64,
    numeric: bool,
}

/// The labels of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    kept: BTreeMap<u64, Label>,
    limit: Option<u64>,
    /// Rows that have a label.
    pub rows: u64,
    /// Rows that have none.
    pub nulls: u64,
    /// Rows whose label is a number.
    pub numeric: u64,
}

impl Labels {
    /// How many distinct labels are kept; [`LABELS`] where there are as many or more.
    pub fn distinct(&self) -> usize {
        self.kept.len()
    }

    /// Whether there were more labels than are kept.
    pub fn is_sample(&self) -> bool {
        self.limit.is_some()
    }

    /// The largest hash among the kept labels.
    pub fn largest_hash(&self) -> Option<u64> {
        self.kept.last_key_value().map(|(hash, _)| *hash)
    }

    /// Labels and their rows, the most frequent first, equals by name.
    pub fn counts(&self) -> Vec<(&str, u64)> {
        let mut counts: Vec<_> = self.kept.values().map(|l| (l.name.as_str(), l.rows)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        counts
    }

    /// Hash, name and rows of every kept label, by hash.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &str, u64)> {
        self.kept.iter().map(|(hash, l)| (*hash, l.name.as_str(), l.rows))
    }

    /// The name of a label.
    pub fn name(&self, hash: u64) -> Option<&str> {
        self.kept.get(&hash).map(|l| l.name.as_str())
    }

    pub(crate) fn take(&mut self, names: &Names, counts: &[u64], nulls: u64) {
        self.nulls = self.nulls.saturating_add(nulls);
        for (((hash, name), &numeric), &rows) in names.entries.iter().zip(&names.numeric).zip(counts) {
            self.rows = self.rows.saturating_add(rows);
            self.numeric = self.numeric.saturating_add(if numeric { rows } else { 0 });
            if rows > 0 && self.limit.is_none_or(|limit| *hash < limit) {
                let label = self.kept.entry(*hash).or_insert_with(|| Label { name: name.clone(), rows: 0, numeric });
                label.rows = label.rows.saturating_add(rows);
            }
        }
        self.settle();
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.nulls = self.nulls.saturating_add(other.nulls);
        self.numeric = self.numeric.saturating_add(other.numeric);
        self.limit = [self.limit, other.limit].into_iter().flatten().min();
        for (hash, theirs) in other.kept {
            let mine = self.kept.entry(hash).or_insert_with(|| Label { rows: 0, ..theirs.clone() });
            mine.rows = mine.rows.saturating_add(theirs.rows);
        }
        self.settle();
    }

    fn settle(&mut self) {
        let over = self.kept.keys().nth(LABELS).copied();
        self.limit = [self.limit, over].into_iter().flatten().min();
        if let Some(limit) = self.limit {
            self.kept.split_off(&limit);
        }
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.u(self.limit.map_or(0, |_| 1));
        out.fixed64(self.limit.unwrap_or_default());
        for n in [self.rows, self.nulls, self.numeric, self.kept.len() as u64] {
            out.u(n);
        }
        for (hash, label) in &self.kept {
            out.fixed64(*hash);
            out.u(label.rows << 1 | u64::from(label.numeric));
            out.text(&label.name);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let limited = from.u()? == 1;
        let limit = from.fixed64()?;
        let mut labels =
            Self { limit: limited.then_some(limit), rows: from.u()?, nulls: from.u()?, numeric: from.u()?, ..Self::default() };
        let n = from.count(10)?;
        if n > LABELS {
            return Err(Broken("more labels than a profile holds"));
        }
        for _ in 0..n {
            let (hash, rows) = (from.fixed64()?, from.u()?);
            labels.kept.insert(hash, Label { name: from.text()?, rows: rows >> 1, numeric: rows & 1 == 1 });
        }
        Ok(labels)
    }
}
