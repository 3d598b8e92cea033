//! The words of a part's rows: each distinct word once, and for every row which they are, in order.

use super::key::{Of, TextHasher};
use super::wire::{Broken, In, Out};
use crate::text::tokens;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

/// Words of a row that are kept: of a longer text the first.
pub const ROW_WORDS: usize = 4096;
/// Longest name of a word, in bytes; hashes are of the whole.
const NAME: usize = 40;
/// A name this long may be cut: what it says of a cell may be less than the cell.
pub const CUT_NAME: usize = 2 * NAME - 3;
/// Ends a cell: words on both sides of it are no neighbours.
pub const GAP: u64 = 0;

/// How the words of a column are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Not at all.
    #[default]
    None,
    /// Word by word.
    Prose,
    /// The cell as one word, under the column's name.
    Value,
}

impl Reading {
    /// Word by word, or each cell as one.
    #[must_use]
    pub fn of(by_word: bool) -> Self {
        if by_word { Self::Prose } else { Self::Value }
    }
}

/// Hashes are keyed already.
#[derive(Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

pub(crate) type ByHash<V> = HashMap<u64, V, BuildHasherDefault<AsItIs>>;
pub(crate) type HashesSeen = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// The words of rows, in row order.
#[derive(Clone, Default)]
pub struct Words {
    /// Hash and name of each word.
    names: Vec<(u64, String)>,
    index: ByHash<u32>,
    /// Positions in `names`, from 1; 0 ends a cell.
    tokens: Vec<u32>,
    /// By row: where its tokens end.
    ends: Vec<u32>,
    /// Short words of letters and signs of ASCII that were met lately, and their positions: most words are one of these.
    lately: Vec<(u128, u32)>,
}

/// Short words that are remembered at once.
const LATELY: usize = 1 << 12;

/// A word of up to 15 bytes of ASCII in small letters, with its length.
fn packed(text: &[u8], token: &Range<usize>) -> Option<u128> {
    let length = token.len();
    if length > 15 {
        return None;
    }
    let behind = text.get(token.start..)?;
    let chunk = behind.first_chunk::<16>().copied().unwrap_or_else(|| {
        let mut chunk = [0; 16];
        chunk.iter_mut().zip(behind).for_each(|(to, from)| *to = *from);
        chunk
    });
    // What stands behind the word is cut off: the last byte is the length's.
    let bytes = u128::from_le_bytes(chunk) & ((1 << (8 * length)) - 1);
    (bytes & TOP == 0).then(|| small(bytes) | (length as u128) << 120)
}

/// One in each byte, and its highest bit.
const EACH: u128 = u128::MAX / 255;
const TOP: u128 = EACH << 7;

/// Bytes of ASCII with small letters for capitals: what is at least `A` and no more than `Z` has its bit 0x20 set.
fn small(bytes: u128) -> u128 {
    let from_a = bytes + EACH * u128::from(0x80 - b'A');
    let behind_z = bytes + EACH * u128::from(0x80 - b'Z' - 1);
    bytes | (from_a & !behind_z & TOP) >> 2
}

/// Where a short word is remembered.
fn slot(packed: u128) -> usize {
    let mixed = (packed as u64 ^ (packed >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (u64::BITS - LATELY.trailing_zeros())) as usize
}

impl Words {
    fn open(&self) -> usize {
        self.ends.last().map_or(0, |end| *end as usize)
    }

    fn add(&mut self, hash: u64, name: impl FnOnce() -> String) -> u32 {
        let next = self.names.len() as u32 + 1;
        let place = *self.index.entry(hash).or_insert(next);
        if place == next {
            self.names.push((hash, name()));
        }
        self.tokens.push(place);
        place
    }

    /// A word of a text, by its place.
    fn word(&mut self, reader: &mut WordReader, text: &str, token: Range<usize>) {
        let packed = packed(text.as_bytes(), &token);
        let slot = packed.map_or(0, slot);
        if let Some((_, place)) = self.lately.get(slot).filter(|known| Some(known.0) == packed) {
            self.tokens.push(*place);
            return;
        }
        let hash = reader.word(text.get(token).unwrap_or_default());
        let place = self.add(hash, || super::rows::shorten_to(reader.folded.as_bytes(), NAME));
        if let Some(packed) = packed {
            if self.lately.is_empty() {
                self.lately = vec![(0, 0); LATELY];
            }
            self.lately.iter_mut().skip(slot).take(1).for_each(|known| *known = (packed, place));
        }
    }

    fn has_room(&self) -> bool {
        self.tokens.len() - self.open() < ROW_WORDS
    }

    /// A cell of the row at work.
    pub(crate) fn cell(&mut self, reader: &mut WordReader, column: &str, text: &[u8], how: Reading) {
        let Ok(text) = std::str::from_utf8(text) else { return };
        match how {
            Reading::None => return,
            Reading::Prose => tokens::tokens(text, |token| {
                if self.has_room() {
                    self.word(reader, text, token);
                }
            }),
            Reading::Value => {
                let text = text.trim();
                if text.is_empty() || !self.has_room() {
                    return;
                }
                let hash = reader.value(column, text);
                let name = || super::rows::shorten_to(format!("{column} = {text}").as_bytes(), 2 * NAME);
                self.add(hash, name);
            }
        }
        if self.has_room() {
            self.tokens.push(0);
        }
    }

    /// Ends the row at work; without a row nothing of it stays.
    pub(crate) fn row_ends(&mut self, kept: bool) {
        if !kept {
            self.tokens.truncate(self.open());
        }
        self.ends.push(self.tokens.len() as u32);
    }

    /// Ends the row at work with the words that another part knows row `row` by.
    pub(crate) fn adopt(&mut self, other: &Self, row: usize) {
        for token in other.tokens_of(row) {
            match (*token as usize).checked_sub(1).and_then(|at| other.names.get(at)) {
                None if self.has_room() => self.tokens.push(0),
                Some((hash, name)) if self.has_room() => _ = self.add(*hash, || name.clone()),
                _ => {}
            }
        }
    }

    fn tokens_of(&self, row: usize) -> &[u32] {
        let end = self.ends.get(row).map_or(0, |end| *end as usize);
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.tokens.get(start..end).unwrap_or_default()
    }

    /// Hashes of the words of a row, [`GAP`] behind each cell.
    pub fn of(&self, row: usize) -> impl Iterator<Item = u64> + '_ {
        let hash = |token: &u32| (*token as usize).checked_sub(1).and_then(|at| self.names.get(at)).map_or(GAP, |n| n.0);
        self.tokens_of(row).iter().map(hash)
    }

    /// Hash and name of the words of a row.
    pub(crate) fn named(&self, row: usize) -> impl Iterator<Item = (u64, &str)> + '_ {
        let name = |token: &u32| (*token as usize).checked_sub(1).and_then(|at| self.names.get(at));
        self.tokens_of(row).iter().filter_map(name).map(|(hash, name)| (*hash, name.as_str()))
    }

    /// Hash and name of each distinct word, in the order of their first appearance.
    pub fn names(&self) -> impl Iterator<Item = (u64, &str)> {
        self.names.iter().map(|(hash, name)| (*hash, name.as_str()))
    }

    /// Whether no row has a word.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.tokens.len() * 4 + self.names.len() * 72 + self.ends.len() * 4
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.byte(u8::from(!self.is_empty()));
        if self.is_empty() {
            return;
        }
        out.u(self.names.len() as u64);
        for (hash, name) in &self.names {
            out.fixed64(*hash);
            out.text(name);
        }
        let mut start = 0;
        for end in &self.ends {
            out.u(u64::from(end - start));
            start = *end;
        }
        out.narrow(&self.tokens, self.names.len());
    }

    pub(crate) fn read(from: &mut In<'_>, rows: usize) -> Result<Self, Broken> {
        let mut words = Self::default();
        if from.byte()? == 0 {
            return Ok(words);
        }
        for _ in 0..from.count(9)? {
            words.names.push((from.fixed64()?, from.text()?));
        }
        let mut end = 0u32;
        for _ in 0..rows {
            end = end.checked_add(from.u32()?).ok_or(Broken("a row has too many words"))?;
            words.ends.push(end);
        }
        words.tokens = from.narrow(end as usize, words.names.len())?;
        Ok(words)
    }
}

/// The word that a cell of a table is, where cells are read as values ([`Reading::Value`]).
#[must_use]
pub fn value_word(seed: u64, column: &str, text: &str) -> u64 {
    WordReader::new(seed).value(column, text.trim())
}

/// The column and the bucket ([`super::sketch::magnitudes::bucket`]) of a cell that is a number, told by its word's name.
#[must_use]
pub fn named_number(name: &str) -> Option<(&str, i32)> {
    let (column, text) = name.rsplit_once('=').filter(|_| name.len() < CUT_NAME)?;
    Some((column.strip_suffix(' ')?, super::sketch::magnitudes::bucket(text.strip_prefix(' ')?.as_bytes())?))
}

/// Hashes words; keeps the memory that they are folded in.
pub(crate) struct WordReader {
    hasher: TextHasher,
    folded: String,
}

impl WordReader {
    pub(crate) fn new(seed: u64) -> Self {
        Self { hasher: TextHasher::new(seed, Of::Word), folded: String::new() }
    }

    fn word(&mut self, token: &str) -> u64 {
        self.folded.clear();
        if token.is_ascii() {
            self.folded.push_str(token);
            self.folded.make_ascii_lowercase();
        } else {
            self.folded.extend(token.chars().flat_map(char::to_lowercase));
        }
        self.hasher.hash(self.folded.as_bytes()).max(1)
    }

    fn value(&mut self, column: &str, text: &str) -> u64 {
        self.folded.clear();
        self.folded.push_str(column);
        self.folded.push('\0');
        self.folded.push_str(text);
        self.hasher.hash(self.folded.as_bytes()).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(rows: &[&[(&str, Reading)]]) -> Words {
        let (mut words, mut reader) = (Words::default(), WordReader::new(1));
        for row in rows {
            for (text, how) in *row {
                words.cell(&mut reader, "c", text.as_bytes(), *how);
            }
            words.row_ends(true);
        }
        words
    }

    #[test]
    fn rows_keep_their_words_through_bytes_and_adoption() {
        let mut words = words(&[&[("One two one", Reading::Prose), ("7", Reading::Value)], &[], &[("two", Reading::Prose)]]);
        words.cell(&mut WordReader::new(1), "c", b"lost", Reading::Prose);
        words.row_ends(false);
        let names = |words: &Words, row| words.named(row).map(|(_, name)| name.to_owned()).collect::<Vec<_>>();
        let want = [vec!["one", "two", "one", "c = 7"], vec![], vec!["two"], vec![]];
        let mut out = Out::default();
        words.write(&mut out);
        let bytes = out.done();
        let back = Words::read(&mut In::new(&bytes), 4).unwrap();
        let mut adopted = Words::default();
        for row in 0..4 {
            adopted.adopt(&words, row);
            adopted.row_ends(true);
        }
        for of in [&words, &back, &adopted] {
            assert_eq!([0, 1, 2, 3].map(|row| names(of, row)), want);
            assert_eq!(of.of(0).filter(|hash| *hash == GAP).count(), 2, "a gap behind each cell");
        }
        for cut in 0..bytes.len() {
            assert!(Words::read(&mut In::new(&bytes[..cut]), 4).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn words_that_were_met_lately_are_the_words_that_they_are() {
        // More words than are remembered, of one slot now and then; the same in capitals, longer ones, ones that begin alike.
        let mut texts: Vec<String> = (0..3 * LATELY).map(|n| format!("w{n}")).collect();
        texts.extend(
            ["W7", "abcdefghijklmno", "abcdefghijklmnoa", "abcdefghijklmnoq", "é", "e", "@", "`", "[", "{", "Z", "z", "A"]
                .map(str::to_owned),
        );
        let (mut words, mut reader) = (Words::default(), WordReader::new(1));
        let rows: Vec<&[String]> = texts.chunks(ROW_WORDS / 2).chain(texts.chunks(ROW_WORDS / 2)).collect();
        for row in &rows {
            words.cell(&mut reader, "c", row.join(" ").as_bytes(), Reading::Prose);
            words.row_ends(true);
        }
        for (at, row) in rows.iter().enumerate() {
            let want = row.iter().map(|text| text.to_lowercase());
            assert!(words.named(at).map(|(_, name)| name.to_owned()).eq(want), "row {at}");
        }
    }

    #[test]
    fn a_long_text_has_its_first_words() {
        let words = words(&[&[(&"a b ".repeat(ROW_WORDS), Reading::Prose)]]);
        assert_eq!(words.of(0).count(), ROW_WORDS);
    }
}
