//! Per column: cells, nulls, distinct texts, lengths, numbers.

use super::facets::Cross;
use super::key::{Of, TextHasher};
use super::sketch::hll::Hll;
use super::sketch::lengths::Lengths;
use super::sketch::magnitudes::Magnitudes;
use super::sketch::texts::Texts;
use super::wire::{Broken, In, Out};
use std::collections::BTreeMap;

/// Columns that are kept: those whose names hash smallest, so that every merge tree keeps the same. 3 KiB each and, where
/// there are numbers or few distinct texts, some 50 KiB more at most.
pub const COLUMNS: usize = 1024;
const LONGEST_NAME: usize = 400;

/// What is known of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnFacts {
    /// Cells, nulls included.
    pub cells: u64,
    /// Cells without a text.
    pub nulls: u64,
    /// Distinct texts, estimated to 2.3 %.
    pub distinct: Hll,
    /// Lengths in bytes.
    pub lengths: Lengths,
    /// The distinct texts while they are few.
    pub texts: Texts,
    /// The size of those that are numbers.
    pub numbers: Magnitudes,
    /// The distinct texts against the labels, while both are few.
    pub cross: Cross,
}

impl ColumnFacts {
    /// Takes in a cell; gives the hash of its text.
    pub(crate) fn cell(&mut self, hasher: &TextHasher, text: Option<&[u8]>) -> Option<u64> {
        self.cells += 1;
        let Some(text) = text else {
            self.nulls += 1;
            return None;
        };
        let hash = hasher.hash(text);
        self.distinct.insert(hash);
        self.texts.insert(hash, text);
        self.numbers.insert(text);
        self.lengths.insert(text.len());
        Some(hash)
    }

    /// Cells that are null or empty: CSV cannot tell them apart.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.nulls.saturating_add(self.lengths.counts().first().copied().unwrap_or(0)).min(self.cells)
    }

    /// Cells that hold something.
    #[must_use]
    pub fn filled(&self) -> u64 {
        self.cells.saturating_sub(self.missing())
    }

    fn merge(&mut self, other: &Self) {
        self.cells = self.cells.saturating_add(other.cells);
        self.nulls = self.nulls.saturating_add(other.nulls);
        self.distinct.merge(&other.distinct);
        self.lengths.merge(&other.lengths);
        self.texts.merge(&other.texts);
        self.numbers.merge(&other.numbers);
        self.cross.merge(&other.cross);
    }
}

/// The name that a column is kept under.
pub(crate) fn known_as(name: &str) -> &str {
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.get(..end).unwrap_or_default()
}

/// The columns of a profile by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    kept: BTreeMap<String, ColumnFacts>,
    /// Smallest name hash that was dropped.
    limit: Option<u64>,
}

impl Columns {
    /// Names and facts, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ColumnFacts)> {
        self.kept.iter().map(|(name, facts)| (name.as_str(), facts))
    }

    /// A column's facts.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ColumnFacts> {
        self.kept.get(name)
    }

    /// Whether there were more columns than are kept.
    pub fn is_sample(&self) -> bool {
        self.limit.is_some()
    }

    pub(crate) fn take(&mut self, names: &[String], facts: &[ColumnFacts]) {
        for (name, facts) in names.iter().zip(facts).filter(|(_, f)| f.cells > 0) {
            let name = known_as(name);
            if let Some(column) = self.kept.get_mut(name) {
                column.merge(facts);
            } else {
                self.kept.insert(name.to_owned(), facts.clone());
            }
        }
    }

    /// Takes in the values of a part's column against its labels; the column was taken in before.
    pub(crate) fn take_cross(&mut self, name: &str, cross: &Cross) {
        if let Some(column) = self.kept.get_mut(known_as(name)) {
            column.cross.merge(cross);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (name, facts) in other.kept {
            self.kept.entry(name).or_default().merge(&facts);
        }
        self.limit = [self.limit, other.limit].into_iter().flatten().min();
    }

    /// Keeps what every merge tree keeps.
    pub(crate) fn settle(&mut self, seed: u64) {
        if self.kept.len() <= COLUMNS && self.limit.is_none() {
            return;
        }
        let hasher = TextHasher::new(seed, Of::Column);
        let mut hashes: Vec<u64> = self.kept.keys().map(|name| hasher.hash(name.as_bytes())).collect();
        hashes.sort_unstable();
        self.limit = [self.limit, hashes.get(COLUMNS).copied()].into_iter().flatten().min();
        if let Some(limit) = self.limit {
            self.kept.retain(|name, _| hasher.hash(name.as_bytes()) < limit);
        }
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.u(self.limit.map_or(0, |_| 1));
        out.fixed64(self.limit.unwrap_or_default());
        out.u(self.kept.len() as u64);
        for (name, facts) in &self.kept {
            out.text(name);
            out.u(facts.cells);
            out.u(facts.nulls);
            facts.distinct.write(out);
            facts.lengths.write(out);
            facts.texts.write(out);
            facts.numbers.write(out);
            facts.cross.write(out);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let limited = from.u()? == 1;
        let limit = from.fixed64()?;
        let mut columns = Self { limit: limited.then_some(limit), ..Self::default() };
        let n = from.count(72)?;
        if n > COLUMNS {
            return Err(Broken("more columns than a profile holds"));
        }
        for _ in 0..n {
            let name = from.text()?;
            let facts = ColumnFacts {
                cells: from.u()?,
                nulls: from.u()?,
                distinct: Hll::read(from)?,
                lengths: Lengths::read(from)?,
                texts: Texts::read(from)?,
                numbers: Magnitudes::read(from)?,
                cross: Cross::read(from)?,
            };
            columns.kept.insert(name, facts);
        }
        Ok(columns)
    }
}
