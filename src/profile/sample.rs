//! A sample of rows with their words: those whose places hash smallest, within a bound of rows and of words. Whatever the
//! sharding, the sample is the same.

use super::key::{Of, TextHasher};
use super::rows::RowFacts;
use super::wire::{Broken, In, Out};
use super::words::{ByHash, HashesSeen};
use std::collections::BTreeMap;

/// Rows and words that a sample holds at most.
pub const SAMPLE_ROWS: usize = 1 << 16;
pub const SAMPLE_WORDS: usize = 2 << 20;

/// A row of the sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleRow {
    /// Half of its key: copies of a row share it.
    pub key: u64,
    /// Hash of its label.
    pub label: Option<u64>,
    /// Hash of its source.
    pub source: Option<u64>,
    /// Hash of its file.
    pub file: u64,
    /// Hashes of its words in order, [`super::GAP`] behind each cell.
    pub words: Vec<u64>,
}

/// The sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// By the hash of the place.
    rows: BTreeMap<u64, SampleRow>,
    words: usize,
    limit: Option<u64>,
    names: BTreeMap<u64, String>,
}

impl Sample {
    /// The rows in the order of their hashes, which is no order of the data.
    pub fn rows(&self) -> impl Iterator<Item = (u64, &SampleRow)> {
        self.rows.iter().map(|(hash, row)| (*hash, row))
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether there are more rows than it holds.
    pub fn is_part(&self) -> bool {
        self.limit.is_some()
    }

    /// A word's name.
    pub fn name(&self, word: u64) -> Option<&str> {
        self.names.get(&word).map(String::as_str)
    }

    /// Hash and name of each word that a row has, by hash.
    pub fn names(&self) -> impl Iterator<Item = (u64, &str)> {
        self.names.iter().map(|(word, name)| (*word, name.as_str()))
    }

    pub(crate) fn take(&mut self, seed: u64, file: u64, offset: u64, rows: &RowFacts) {
        if rows.words.is_empty() {
            return;
        }
        let hasher = TextHasher::new(seed, Of::Place);
        let mut named = HashesSeen::default();
        for (at, row) in rows.iter().enumerate() {
            let Some(row) = row else { continue };
            let mut place = [0; 24];
            for (slot, n) in place.chunks_exact_mut(8).zip([file, offset, at as u64]) {
                slot.copy_from_slice(&n.to_le_bytes());
            }
            let hash = hasher.hash(&place);
            if self.limit.is_some_and(|limit| hash >= limit) {
                continue;
            }
            let words: Vec<u64> = rows.words.of(at).collect();
            for (word, name) in rows.words.named(at) {
                if named.insert(word) && !self.names.contains_key(&word) {
                    self.names.insert(word, name.to_owned());
                }
            }
            self.insert(hash, SampleRow { key: super::half(row.key), label: row.label, source: row.source, file, words });
            self.shrink();
        }
    }

    fn insert(&mut self, hash: u64, row: SampleRow) {
        self.words += row.words.len();
        // Two places of one hash: chance, or the same part twice. The first in order stays, whichever came first.
        if let Some(other) = self.rows.insert(hash, row) {
            self.words -= other.words.len();
        }
    }

    /// Keeps the rows of the smallest hashes that fit, and forgets names of words that no row has.
    fn shrink(&mut self) {
        let before = self.rows.len();
        while self.rows.len() > SAMPLE_ROWS || self.words > SAMPLE_WORDS {
            let Some((hash, row)) = self.rows.pop_last() else { break };
            self.words -= row.words.len();
            self.limit = Some(self.limit.map_or(hash, |limit| limit.min(hash)));
        }
        if self.rows.len() < before && self.names.len() > self.words {
            self.settle();
        }
    }

    /// Forgets the names of words that no row has.
    pub(crate) fn settle(&mut self) {
        let mut used = HashesSeen::default();
        for word in self.rows.values().flat_map(|row| &row.words) {
            used.insert(*word);
        }
        self.names.retain(|word, _| used.contains(word));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.limit = [self.limit, other.limit].into_iter().flatten().min();
        self.names.extend(other.names);
        for (hash, row) in other.rows {
            self.insert(hash, row);
        }
        if let Some(limit) = self.limit {
            let beyond = self.rows.split_off(&limit);
            self.words -= beyond.values().map(|row| row.words.len()).sum::<usize>();
        }
        self.shrink();
        self.settle();
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.byte(u8::from(self.limit.is_some()));
        out.fixed64(self.limit.unwrap_or_default());
        out.u(self.names.len() as u64);
        let mut places: ByHash<u64> = ByHash::default();
        for (place, (word, name)) in (1..).zip(&self.names) {
            places.insert(*word, place);
            out.fixed64(*word);
            out.text(name);
        }
        out.u(self.rows.len() as u64);
        for (hash, row) in &self.rows {
            out.fixed64(*hash);
            for n in [row.label, row.source] {
                out.byte(u8::from(n.is_some()));
                out.fixed64(n.unwrap_or_default());
            }
            out.fixed64(row.key);
            out.fixed64(row.file);
            out.u(row.words.len() as u64);
            // A word that has no name is a gap.
            row.words.iter().for_each(|word| out.u(places.get(word).copied().unwrap_or(0)));
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let limited = from.byte()? == 1;
        let limit = from.fixed64()?;
        let mut sample = Self { limit: limited.then_some(limit), ..Self::default() };
        let mut words = vec![super::GAP];
        for _ in 0..from.count(9)? {
            let word = from.fixed64()?;
            words.push(word);
            sample.names.insert(word, from.text()?);
        }
        for _ in 0..from.count(43)? {
            let hash = from.fixed64()?;
            let mut known = || -> Result<Option<u64>, Broken> {
                let there = from.byte()? == 1;
                let n = from.fixed64()?;
                Ok(there.then_some(n))
            };
            let (label, source) = (known()?, known()?);
            let (key, file) = (from.fixed64()?, from.fixed64()?);
            let mut row = SampleRow { key, label, source, file, words: Vec::new() };
            for _ in 0..from.count(1)? {
                let word = words.get(from.size()?).ok_or(Broken("a row names a word that is not there"))?;
                row.words.push(*word);
            }
            sample.insert(hash, row);
        }
        if sample.rows.len() > SAMPLE_ROWS || sample.words > SAMPLE_WORDS {
            return Err(Broken("more rows than a sample holds"));
        }
        Ok(sample)
    }
}
