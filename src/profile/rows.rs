//! The facts of a part's rows, column by column: small enough to be spilled for every row and looked at again.

use super::facets::{Facet, Holders};
use super::wire::{Broken, In, Out};
use super::words::Words;
use std::collections::HashMap;

const MAGIC: &[u8; 4] = b"UTR4";
const SKIPPED: u32 = u32::MAX;
/// Longest label or source name that is kept, in bytes; hashes are of the whole text.
pub const NAME_BYTES: usize = 120;

/// Texts of a part, each once: its hash and the start of it.
#[derive(Clone, Default)]
pub(crate) struct Names {
    pub(crate) entries: Vec<(u64, String)>,
    /// Which entries are numbers as a whole.
    pub(crate) numeric: Vec<bool>,
    index: HashMap<u64, u32>,
}

impl Names {
    /// The position of a text, counted from 1.
    fn place(&mut self, hash: u64, text: &[u8]) -> u32 {
        let next = self.entries.len() as u32 + 1;
        let place = *self.index.entry(hash).or_insert(next);
        if place == next {
            self.numeric.push(is_number(text));
            self.entries.push((hash, shorten(text)));
        }
        place
    }

    pub(crate) fn hash_at(&self, place: u32) -> Option<u64> {
        self.entries.get((place as usize).checked_sub(1)?).map(|e| e.0)
    }

    fn write(&self, out: &mut Out) {
        out.u(self.entries.len() as u64);
        for ((hash, name), numeric) in self.entries.iter().zip(&self.numeric) {
            out.fixed64(*hash);
            out.byte(u8::from(*numeric));
            out.text(name);
        }
    }

    fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let mut names = Self::default();
        for _ in 0..from.count(10)? {
            let hash = from.fixed64()?;
            names.numeric.push(from.byte()? == 1);
            names.entries.push((hash, from.text()?));
        }
        Ok(names)
    }
}

fn is_number(text: &[u8]) -> bool {
    text.len() < 64 && std::str::from_utf8(text).is_ok_and(|t| t.trim().parse::<f64>().is_ok())
}

/// The first [`NAME_BYTES`] bytes of a text, cut at a character, control characters taken out.
pub(crate) fn shorten(text: &[u8]) -> String {
    shorten_to(text, NAME_BYTES)
}

/// The same up to so many bytes.
pub(crate) fn shorten_to(text: &[u8], most: usize) -> String {
    let head = text.get(..most.min(text.len())).unwrap_or_default();
    let valid = head.utf8_chunks().next().map_or("", |c| c.valid());
    valid.chars().filter(|c| !c.is_control()).collect()
}

/// The mark of a row that speaks to a model.
pub const INJECTION: u8 = 16;

/// What is known of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowView {
    /// The row's key, from [`super::KeyHasher`].
    pub key: u128,
    /// Hash of its label.
    pub label: Option<u64>,
    /// Hash of its source.
    pub source: Option<u64>,
    /// Its day, counted from 1970-01-01.
    pub day: Option<i32>,
    /// What its texts hide or say to a model: bits of [`crate::text::hidden::sign`], and [`INJECTION`].
    pub marks: u8,
}

/// The facts of a part's rows in row order, rejected records included as gaps.
#[derive(Clone, Default)]
pub struct RowFacts {
    pub(crate) keys: Vec<u128>,
    /// 0: none; else position in `label_names`, from 1; `SKIPPED`: a rejected record.
    pub(crate) labels: Vec<u32>,
    pub(crate) sources: Vec<u32>,
    /// Empty until a row has a day; `i32::MIN`: none.
    pub(crate) days: Vec<i32>,
    pub(crate) label_names: Names,
    pub(crate) source_names: Names,
    /// Empty where no row has a mark.
    pub(crate) marks: Vec<u8>,
    /// Values of columns; of those that were spilled only the few that have few.
    pub(crate) facets: Vec<Facet>,
    /// Rows with personal data, by type.
    pub(crate) personal: Vec<Holders>,
    /// The words of the rows.
    pub words: Words,
}

impl RowFacts {
    /// The number of rows, rejected records included.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// `marks` are the row's; the words of the row stand open.
    pub(crate) fn push(
        &mut self,
        key: u128,
        label: Option<(u64, &[u8])>,
        source: Option<(u64, &[u8])>,
        day: Option<i32>,
        marks: u8,
    ) {
        if marks != 0 && self.marks.is_empty() {
            self.marks.resize(self.keys.len(), 0);
        }
        if marks != 0 || !self.marks.is_empty() {
            self.marks.push(marks);
        }
        self.words.row_ends(true);
        if day.is_some() && self.days.is_empty() {
            self.days.resize(self.keys.len(), i32::MIN);
        }
        if day.is_some() || !self.days.is_empty() {
            self.days.push(day.unwrap_or(i32::MIN));
        }
        self.keys.push(key);
        self.labels.push(label.map_or(0, |(hash, text)| self.label_names.place(hash, text)));
        self.sources.push(source.map_or(0, |(hash, text)| self.source_names.place(hash, text)));
    }

    pub(crate) fn skip(&mut self) {
        if !self.marks.is_empty() {
            self.marks.push(0);
        }
        self.words.row_ends(false);
        if !self.days.is_empty() {
            self.days.push(i32::MIN);
        }
        self.keys.push(0);
        self.labels.push(SKIPPED);
        self.sources.push(0);
    }

    /// The row at `at`; nothing for a rejected record.
    pub fn get(&self, at: usize) -> Option<RowView> {
        let label = *self.labels.get(at)?;
        (label != SKIPPED).then(|| RowView {
            key: self.keys.get(at).copied().unwrap_or_default(),
            label: self.label_names.hash_at(label),
            source: self.sources.get(at).and_then(|s| self.source_names.hash_at(*s)),
            day: self.days.get(at).copied().filter(|d| *d != i32::MIN),
            marks: self.marks.get(at).copied().unwrap_or(0),
        })
    }

    /// All rows in order; nothing where a record was rejected.
    pub fn iter(&self) -> impl Iterator<Item = Option<RowView>> + '_ {
        (0..self.len()).map(|at| self.get(at))
    }

    /// The facts as bytes: about 18 bytes a row where labels and sources are few.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode_into(&mut bytes);
        bytes
    }

    /// The same in the place of what is in `bytes`, whose memory is used again.
    pub fn encode_into(&self, bytes: &mut Vec<u8>) {
        bytes.clear();
        let mut out = Out::behind(std::mem::take(bytes));
        out.raw(MAGIC);
        out.u(self.len() as u64);
        self.label_names.write(&mut out);
        self.source_names.write(&mut out);
        for labels in [&self.labels, &self.sources] {
            // One more than the position, so that a rejected record is the short 0.
            for label in labels {
                out.u(u64::from(label.wrapping_add(1)));
            }
        }
        out.byte(u8::from(!self.days.is_empty()));
        self.days.iter().for_each(|d| out.i(i64::from(*d)));
        self.keys.iter().for_each(|k| out.fixed128(*k));
        out.byte(u8::from(!self.marks.is_empty()));
        out.raw(&self.marks);
        Facet::write_all(&self.facets, &mut out);
        Holders::write_all(&self.personal, &mut out);
        self.words.write(&mut out);
        *bytes = out.done();
    }

    /// Reads what [`RowFacts::encode`] wrote.
    ///
    /// # Errors
    /// Where the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, Broken> {
        let mut from = In::new(bytes);
        let mut facts = Self::read(&mut from)?;
        facts.words = Words::read(&mut from, facts.len())?;
        if from.at_end() { Ok(facts) } else { Err(Broken("bytes behind the row facts")) }
    }

    /// The same without the words of the rows, which are most of the bytes.
    ///
    /// # Errors
    /// Where what is read is anything else.
    pub fn decode_wordless(bytes: &[u8]) -> Result<Self, Broken> {
        Self::read(&mut In::new(bytes))
    }

    fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        if from.take(4)? != MAGIC {
            return Err(Broken("these are no row facts of this version"));
        }
        let n = from.count(18)?;
        let mut facts = Self { label_names: Names::read(from)?, source_names: Names::read(from)?, ..Self::default() };
        for labels in [&mut facts.labels, &mut facts.sources] {
            for _ in 0..n {
                labels.push(from.u32()?.wrapping_sub(1));
            }
        }
        let places = |labels: &[u32], names: &Names| labels.iter().all(|l| *l == SKIPPED || *l as usize <= names.entries.len());
        if !places(&facts.labels, &facts.label_names) || !places(&facts.sources, &facts.source_names) {
            return Err(Broken("a row names a label or source that is not there"));
        }
        if from.byte()? == 1 {
            for _ in 0..n {
                facts.days.push(i32::try_from(from.i()?).map_err(|_| Broken("a day is out of range"))?);
            }
        }
        for _ in 0..n {
            facts.keys.push(from.fixed128()?);
        }
        if from.byte()? == 1 {
            facts.marks = from.take(n)?.to_vec();
        }
        facts.facets = Facet::read_all(from, n)?;
        facts.personal = Holders::read_all(from)?;
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> RowFacts {
        let mut facts = RowFacts::default();
        facts.push(1, Some((11, b"yes")), None, None, 0);
        facts.skip();
        facts.push(2, Some((12, b"no")), Some((21, b"s\x1b01")), Some(19_000), 4);
        facts.push(3, None, Some((21, b"s\x1b01")), None, 0);
        facts
    }

    #[test]
    fn rows_come_back_from_bytes_as_they_were() {
        let facts = sample();
        let back = RowFacts::decode(&facts.encode()).unwrap();
        assert!(RowFacts::decode_wordless(&facts.encode()).unwrap().iter().eq(back.iter()));
        assert_eq!(back.iter().collect::<Vec<_>>(), facts.iter().collect::<Vec<_>>());
        assert_eq!(back.get(1), None, "a rejected record keeps its place");
        assert_eq!(back.get(2).map(|row| (row.day, row.marks)), Some((Some(19_000), 4)));
        assert_eq!(back.source_names.entries[0].1, "s01", "control characters are taken out");
    }

    #[test]
    fn cut_or_flipped_bytes_never_panic() {
        let bytes = sample().encode();
        for cut in 0..bytes.len() {
            assert!(RowFacts::decode(&bytes[..cut]).is_err(), "cut at {cut}");
            let mut flipped = bytes.clone();
            flipped[cut] ^= 0xff;
            let _ = RowFacts::decode(&flipped).map(|f| f.iter().count());
        }
    }

    #[test]
    fn names_are_cut_at_a_character() {
        assert_eq!(shorten("ä".repeat(100).as_bytes()).len(), NAME_BYTES);
        assert_eq!(shorten(&[b'a', 0xff, b'b']), "a", "what is no UTF-8 is left out");
    }
}
