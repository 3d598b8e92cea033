//! Occurrences as workers hand them over: millions of them share few kinds, so that each takes four or five bytes.

use super::findings::FindingRow;
use super::names::Names;
use std::collections::HashMap;

/// What many occurrences have in common; texts are numbers in the batch's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The file's relative path.
    pub file: u32,
    /// The exact name of the column.
    pub column: u32,
    /// The detector's id.
    pub detector: u32,
    /// The operator that was used.
    pub operator: u32,
    /// [`crate::batch::Place::name`].
    pub place: u32,
    /// [`crate::batch::Evidence::name`].
    pub evidence: u32,
    /// Confidence in percent.
    pub confidence: i8,
}

/// One occurrence of a [`FindingBatch`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occurrence {
    /// Record number in the file from 0; -1 for header, metadata and path.
    pub row: i64,
    /// The number of its kind in the batch.
    pub kind: u32,
    /// Start in the cell's decoded text, in bytes.
    pub start: u32,
    /// End (exclusive).
    pub end: u32,
}

/// Occurrences that a worker gathers for a part and hands over whole.
#[derive(Default)]
pub struct FindingBatch {
    /// The strings that kinds refer to.
    pub names: Names,
    kinds: Vec<Kind>,
    numbers: HashMap<Kind, u32>,
    /// The occurrences in the order of the file: step from the last row, kind, start and length, each a variable-length number.
    packed: Vec<u8>,
    count: u64,
    /// The last row, counted from `base`.
    last: i64,
    /// What rows are counted from.
    base: i64,
}

impl FindingBatch {
    /// The number of a kind, which is added where it is new.
    pub fn kind(&mut self, kind: Kind) -> u32 {
        let next = self.kinds.len() as u32;
        let number = *self.numbers.entry(kind).or_insert(next);
        if number == next {
            self.kinds.push(kind);
        }
        number
    }

    /// Appends an occurrence of a kind that was given its number by this batch.
    pub fn add(&mut self, at: Occurrence) {
        let step = at.row.wrapping_sub(self.last);
        self.last = at.row;
        self.count += 1;
        let step = (step << 1 ^ step >> 63) as u64;
        let numbers = [step, u64::from(at.kind), u64::from(at.start), u64::from(at.end.saturating_sub(at.start))];
        if numbers.iter().all(|n| *n < 0x80) {
            self.packed.extend_from_slice(&numbers.map(|n| n as u8));
        } else {
            for number in numbers {
                put(&mut self.packed, number);
            }
        }
    }

    /// Appends an occurrence by its texts. A hot loop remembers the numbers of kinds and calls [`FindingBatch::add`].
    pub fn push(&mut self, row: &FindingRow<'_>) {
        let kind = Kind {
            file: self.names.id(row.file),
            column: self.names.id(row.column),
            detector: self.names.id(row.detector),
            operator: self.names.id(row.operator),
            place: self.names.id(row.place),
            evidence: self.names.id(row.evidence),
            confidence: row.confidence,
        };
        let kind = self.kind(kind);
        self.add(Occurrence { row: row.row, kind, start: row.start.unsigned_abs(), end: row.end.unsigned_abs() });
    }

    /// Counts the rows from `rows` further on.
    pub fn shift(&mut self, rows: i64) {
        self.base += rows;
    }

    /// How many occurrences there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// About how many bytes the batch takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // A kind is held twice, as a number and as a key; so is a name.
        self.packed.len() + self.kinds.len() * 3 * size_of::<Kind>() + self.names.bytes() + self.names.len() * 64
    }

    /// Forgets the occurrences. Names and kinds keep their numbers.
    pub fn clear_occurrences(&mut self) {
        self.packed.clear();
        self.count = 0;
        self.last = 0;
    }

    /// Forgets the occurrences, all kinds, and all but the first `names` names; the numbers of what is gone are given again.
    pub fn truncate(&mut self, names: usize) {
        self.clear_occurrences();
        self.kinds.clear();
        self.numbers.clear();
        self.names.truncate(names);
    }

    /// The kinds in the order of their numbers.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The occurrences in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = Occurrence> {
        let (mut rest, mut last) = (self.packed.as_slice(), 0);
        std::iter::from_fn(move || {
            let numbers = match rest.split_first_chunk::<4>() {
                Some((four, behind)) if four.iter().all(|b| *b < 0x80) => {
                    rest = behind;
                    four.map(u64::from)
                }
                _ => [take(&mut rest)?, take(&mut rest)?, take(&mut rest)?, take(&mut rest)?],
            };
            let [step, kind, start, length] = numbers;
            last = i64::wrapping_add(last, (step >> 1) as i64 ^ -((step & 1) as i64));
            let start = start as u32;
            Some(Occurrence {
                row: self.base.wrapping_add(last),
                kind: kind as u32,
                start,
                end: start.saturating_add(length as u32),
            })
        })
    }

    /// The batch as bytes, for [`FindingBatch::from_bytes`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.names.bytes() + self.kinds.len() * 12 + self.packed.len());
        put(&mut out, self.names.len() as u64);
        for name in self.names.iter() {
            put(&mut out, name.len() as u64);
            out.extend_from_slice(name.as_bytes());
        }
        put(&mut out, self.kinds.len() as u64);
        for k in &self.kinds {
            let numbers = [k.file, k.column, k.detector, k.operator, k.place, k.evidence, u32::from(k.confidence.unsigned_abs())];
            for number in numbers {
                put(&mut out, u64::from(number));
            }
        }
        put(&mut out, self.count);
        out.extend_from_slice(&self.base.to_le_bytes());
        out.extend_from_slice(&self.packed);
        out
    }

    /// The batch of some bytes; none where they are not one.
    #[must_use]
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let from = &mut bytes;
        let mut batch = Self::default();
        for _ in 0..take(from)? {
            let length = usize::try_from(take(from)?).ok()?;
            let (name, rest) = from.split_at_checked(length)?;
            *from = rest;
            batch.names.id(std::str::from_utf8(name).ok()?);
        }
        for _ in 0..take(from)? {
            let mut number = || u32::try_from(take(from)?).ok();
            let (file, column, detector, operator, place) = (number()?, number()?, number()?, number()?, number()?);
            let evidence = number()?;
            let confidence = i8::try_from(number()?).ok()?;
            batch.kind(Kind { file, column, detector, operator, place, evidence, confidence });
        }
        batch.count = take(from)?;
        let (base, packed) = from.split_first_chunk::<8>()?;
        batch.base = i64::from_le_bytes(*base);
        packed.clone_into(&mut batch.packed);
        Some(batch)
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(from: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_added_is_handed_out(
            added in prop::collection::vec((-1i64..1 << 40, 0u32..200, 0u32..300, 0u32..300, any::<bool>()), 0..40),
            base in 0i64..1 << 40,
        ) {
            let mut batch = FindingBatch::default();
            let file = batch.names.id("a.csv");
            let kinds: Vec<u32> = (0..200).map(|column| batch.kind(Kind { file, column, ..Kind::default() })).collect();
            let mut expected = Vec::new();
            for (row, kind, start, length, far) in added {
                let start = if far { start << 20 } else { start };
                let at = Occurrence { row, kind: kinds[kind as usize], start, end: start + length };
                batch.add(at);
                expected.push(Occurrence { row: row + base, ..at });
            }
            batch.shift(base);
            let back = FindingBatch::from_bytes(&batch.to_bytes()).unwrap();
            for batch in [&batch, &back] {
                prop_assert_eq!(batch.len(), expected.len() as u64);
                prop_assert_eq!(batch.iter().collect::<Vec<_>>(), expected.clone());
                prop_assert_eq!(batch.kinds().len(), 200);
                prop_assert_eq!(batch.names.get(file), "a.csv");
            }
        }

        #[test]
        fn foreign_bytes_are_no_batch_or_end(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(batch) = FindingBatch::from_bytes(&bytes) {
                prop_assert!(batch.iter().count() <= bytes.len());
            }
        }
    }

    #[test]
    fn a_kind_keeps_its_number_when_occurrences_are_forgotten() {
        let mut batch = FindingBatch::default();
        let (a, b) = (Kind::default(), Kind { confidence: 9, ..Kind::default() });
        assert_eq!((batch.kind(a), batch.kind(b), batch.kind(a)), (0, 1, 0));
        batch.add(Occurrence { row: 7, kind: 1, start: 0, end: 3 });
        batch.clear_occurrences();
        assert!(batch.is_empty() && batch.kind(b) == 1);
        batch.add(Occurrence { row: 9, kind: 0, start: 0, end: 3 });
        assert_eq!(batch.iter().next().unwrap().row, 9);
        batch.truncate(0);
        assert!(batch.is_empty() && batch.kind(b) == 0 && batch.bytes() < 200);
    }
}
