//! Columns of few values against labels: which value each row has, and how many rows have each pair of value and label.
//!
//! A column with too many values or pairs is none of these, in whatever order its rows came: pairs of the whole are those of
//! all parts, so what is too much in a part is too much in the whole.

use super::rows::RowFacts;
use super::wire::{Broken, In, Out};
use std::collections::BTreeMap;

/// Distinct values up to which a column is one of few; ISO 3166 regions, months, states of the USA are fewer.
pub const FACET_VALUES: usize = 64;
/// Pairs of value and label that are counted of a column.
pub const FACET_PAIRS: usize = 1024;
const SLOTS: usize = 256;

/// Which of its few values a column has in each row of a part.
#[derive(Clone)]
pub(crate) struct Facet {
    /// Hash of the column's name.
    pub(crate) column: u64,
    /// Hashes of the values.
    values: Vec<u64>,
    /// By the upper bits of a value's hash, or behind: its position in `values`, from 1.
    slots: [u8; SLOTS],
    /// By row: 0 is none, else the position of the value from 1. May end before the last rows.
    places: Vec<u8>,
    /// There were too many values.
    over: bool,
}

impl Facet {
    pub(crate) fn new(column: u64) -> Self {
        Self { column, values: Vec::new(), slots: [0; SLOTS], places: Vec::new(), over: false }
    }

    /// A row has this value. Rows come in order; of several values of a row the first counts.
    pub(crate) fn put(&mut self, row: usize, value: u64) {
        if self.over || self.places.len() > row {
            return;
        }
        match self.place(value) {
            Some(place) => {
                self.places.resize(row, 0);
                self.places.push(place);
            }
            None => self.give_up(),
        }
    }

    /// Counts as a column of too many values.
    pub(crate) fn give_up(&mut self) {
        self.over = true;
        (self.values, self.places) = Default::default();
    }

    /// The position of a value from 1; nothing where there are too many.
    fn place(&mut self, value: u64) -> Option<u8> {
        let first = (value >> 56) as usize;
        for slot in (0..SLOTS).map(|step| (first + step) % SLOTS) {
            let place = self.slots.get_mut(slot)?;
            if *place == 0 {
                if self.values.len() >= FACET_VALUES {
                    return None;
                }
                self.values.push(value);
                *place = self.values.len() as u8;
                return Some(*place);
            }
            if self.values.get(usize::from(*place) - 1) == Some(&value) {
                return Some(*place);
            }
        }
        None
    }

    /// By row, as far as rows have values: 0 is none, else the position in [`Facet::values`] from 1.
    pub(crate) fn places(&self) -> &[u8] {
        &self.places
    }

    /// Hashes of the values.
    pub(crate) fn values(&self) -> &[u64] {
        &self.values
    }

    /// The rows of a part by value and label; `labels` is how many positions labels have.
    pub(crate) fn against(&self, rows: &RowFacts, labels: usize) -> Cross {
        if self.over {
            return Cross { pairs: None };
        }
        let pairs = self.places.iter().map(|place| u32::from(*place)).zip(rows.labels.iter().copied());
        let joint = super::joint_counts(pairs, self.values.len() + 1, labels);
        let mut cross = Cross::default();
        for (place, label, n) in joint {
            let value = (place as usize).checked_sub(1).and_then(|at| self.values.get(at));
            if let (Some(value), Some(pairs)) = (value, &mut cross.pairs) {
                pairs.insert((*value, rows.label_names.hash_at(label).unwrap_or(0)), n);
            }
        }
        cross.settle();
        cross
    }

    /// Whether there is anything to write.
    fn is_told(&self) -> bool {
        !self.over && !self.values.is_empty()
    }

    pub(crate) fn write_all(facets: &[Self], out: &mut Out) {
        out.u(facets.iter().filter(|f| f.is_told()).count() as u64);
        for facet in facets.iter().filter(|f| f.is_told()) {
            out.fixed64(facet.column);
            out.u(facet.values.len() as u64);
            facet.values.iter().for_each(|value| out.fixed64(*value));
            out.u(facet.places.len() as u64);
            out.raw(&facet.places);
        }
    }

    pub(crate) fn read_all(from: &mut In<'_>, rows: usize) -> Result<Vec<Self>, Broken> {
        let mut facets = Vec::new();
        for _ in 0..from.count(10)? {
            let mut facet = Self::new(from.fixed64()?);
            let values = from.count(8)?;
            for _ in 0..values {
                facet.values.push(from.fixed64()?);
            }
            let n = from.count(1)?;
            facet.places = from.take(n)?.to_vec();
            if values > FACET_VALUES || n > rows || facet.places.iter().any(|place| usize::from(*place) > values) {
                return Err(Broken("a row names a value that is not there"));
            }
            facets.push(facet);
        }
        Ok(facets)
    }
}

/// Rows by value of a column and label, while there are few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cross {
    /// By the hashes of value and label, 0 for rows without a label; none: there were too many.
    pairs: Option<BTreeMap<(u64, u64), u64>>,
}

impl Default for Cross {
    fn default() -> Self {
        Self { pairs: Some(BTreeMap::new()) }
    }
}

impl Cross {
    /// Hash of the value, hash of the label (0: none) and rows, sorted; nothing where there are too many of them.
    #[must_use]
    pub fn pairs(&self) -> Option<impl Iterator<Item = (u64, u64, u64)>> {
        Some(self.pairs.as_ref()?.iter().map(|((value, label), n)| (*value, *label, *n)))
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        match (&mut self.pairs, &other.pairs) {
            (Some(mine), Some(theirs)) => {
                for (pair, n) in theirs {
                    let sum = mine.entry(*pair).or_default();
                    *sum = sum.saturating_add(*n);
                }
                if !theirs.is_empty() {
                    self.settle();
                }
            }
            _ => self.pairs = None,
        }
    }

    fn settle(&mut self) {
        let Some(pairs) = &self.pairs else { return };
        let values = || {
            let mut last = None;
            pairs.keys().filter(|(value, _)| last.replace(*value) != Some(*value)).count()
        };
        if pairs.len() > FACET_PAIRS || (pairs.len() > FACET_VALUES && values() > FACET_VALUES) {
            self.pairs = None;
        }
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.u(self.pairs.as_ref().map_or(0, |pairs| pairs.len() as u64 + 1));
        for ((value, label), n) in self.pairs.iter().flatten() {
            out.fixed64(*value);
            out.fixed64(*label);
            out.u(*n);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let Some(n) = from.size()?.checked_sub(1) else { return Ok(Self { pairs: None }) };
        if n > FACET_PAIRS {
            return Err(Broken("more values and labels of a column than a profile holds"));
        }
        let mut pairs = BTreeMap::new();
        for _ in 0..n {
            pairs.insert((from.fixed64()?, from.fixed64()?), from.u()?);
        }
        let mut cross = Self { pairs: Some(pairs) };
        cross.settle();
        Ok(cross)
    }
}

/// The rows of a part that hold personal data of one type.
#[derive(Clone)]
pub(crate) struct Holders {
    /// Hash of the type's id.
    pub(crate) hash: u64,
    /// The id; empty once it was spilled.
    pub(crate) id: String,
    /// A bit for each row, as far as one is set.
    bits: Vec<u64>,
}

impl Holders {
    pub(crate) fn new(hash: u64, id: &str) -> Self {
        Self { hash, id: id.to_owned(), bits: Vec::new() }
    }

    /// A row holds such data. Rows come in any order, as often as they like.
    pub(crate) fn insert(&mut self, row: usize) {
        if self.bits.len() <= row / 64 {
            self.bits.resize(row / 64 + 1, 0);
        }
        if let Some(word) = self.bits.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// The rows, ascending.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        let set = |word: u64| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.wrapping_sub(1);
                (bit < 64).then_some(bit as usize)
            })
        };
        self.bits.iter().enumerate().flat_map(move |(at, word)| set(*word).map(move |bit| at * 64 + bit))
    }

    pub(crate) fn write_all(all: &[Self], out: &mut Out) {
        out.u(all.len() as u64);
        for held in all {
            out.fixed64(held.hash);
            out.u(held.bits.len() as u64);
            held.bits.iter().for_each(|word| out.fixed64(*word));
        }
    }

    pub(crate) fn read_all(from: &mut In<'_>) -> Result<Vec<Self>, Broken> {
        let mut all = Vec::new();
        for _ in 0..from.count(9)? {
            let mut held = Self::new(from.fixed64()?, "");
            for _ in 0..from.count(8)? {
                held.bits.push(from.fixed64()?);
            }
            all.push(held);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cross(pairs: impl Iterator<Item = (u64, u64)>) -> Cross {
        let mut whole = Cross::default();
        for pair in pairs {
            whole.merge(&Cross { pairs: Some([(pair, 1)].into()) });
        }
        whole
    }

    #[test]
    fn few_pairs_are_counted_and_many_are_not_whatever_the_order() {
        let square = |values: u64, labels: u64| (0..values * labels).map(move |n| (n / labels, n % labels));
        for (left, right, there, why) in [
            (cross(square(0, 1)), cross(square(0, 1)), Some(0), "nothing"),
            (cross(square(4, 2)), cross(square(5, 2)), Some(10), "a union"),
            (cross(square(64, 1)), cross(square(63, 2)), Some(127), "as many values as are counted"),
            (cross(square(64, 1)), cross([(64, 0)].into_iter()), None, "a value more"),
            (cross(square(1, 1024)), cross(square(1, 9)), Some(1024), "as many pairs as are counted"),
            (cross(square(1, 1024)), cross([(0, 1024)].into_iter()), None, "a pair more"),
            (cross(square(65, 1)), cross(square(1, 1)), None, "too many before"),
        ] {
            let (mut ab, mut ba) = (left.clone(), right.clone());
            ab.merge(&right);
            ba.merge(&left);
            assert_eq!(ab, ba, "{why}");
            assert_eq!(ab.pairs().map(Iterator::count), there, "{why}");
            let mut out = Out::default();
            ab.write(&mut out);
            assert_eq!(Cross::read(&mut In::new(&out.done())), Ok(ab), "{why}");
        }
    }

    #[test]
    fn values_have_their_rows_and_the_first_of_a_row_counts() {
        let mut facet = Facet::new(1);
        // Hashes that meet in one slot.
        for (row, value) in [(1, 5 << 56), (1, 6 << 56), (3, 5 << 56 | 1), (4, 5 << 56)] {
            facet.put(row, value);
        }
        assert_eq!(facet.places(), [0, 1, 0, 2, 1]);
        let mut out = Out::default();
        Facet::write_all(&[facet.clone()], &mut out);
        let bytes = out.done();
        let back = Facet::read_all(&mut In::new(&bytes), 5).unwrap();
        assert_eq!((back[0].column, back[0].places(), back[0].values()), (1, facet.places(), facet.values()));
        assert!(Facet::read_all(&mut In::new(&bytes), 4).is_err(), "more rows than there are");
        (0..=FACET_VALUES).for_each(|n| facet.put(5 + n, (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        assert!(facet.places().is_empty() && !facet.is_told(), "too many values");
    }

    #[test]
    fn rows_that_hold_something_come_back_in_order() {
        let mut held = Holders::new(7, "contact.email");
        for row in [200, 0, 63, 64, 0, 200] {
            held.insert(row);
        }
        let mut out = Out::default();
        Holders::write_all(&[held], &mut out);
        let back = Holders::read_all(&mut In::new(&out.done())).unwrap();
        assert_eq!(back[0].rows().collect::<Vec<_>>(), [0, 63, 64, 200]);
    }
}
