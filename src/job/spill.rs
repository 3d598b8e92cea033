//! What a run remembers of each part on disk, so that memory does not grow with the input: findings, row facts, where kept
//! records lie. Lives in the stage's work folder; read again by the second pass and by `--resume`.

use super::work::Span;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A file of length-prefixed chunks, written once.
pub(super) struct SpillWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl SpillWriter {
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(Error::store(path, "cannot create"))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::with_capacity(1 << 18, file) })
    }

    pub fn push(&mut self, chunk: &[u8]) -> Result<()> {
        self.file
            .write_all(&(chunk.len() as u64).to_le_bytes())
            .and_then(|()| self.file.write_all(chunk))
            .map_err(Error::store(&self.path, "cannot write"))
    }

    pub fn finish(mut self) -> Result<()> {
        self.file.flush().map_err(Error::store(&self.path, "cannot write"))
    }
}

/// Reads the chunks back in order.
pub(super) struct SpillReader {
    path: PathBuf,
    file: BufReader<File>,
}

impl SpillReader {
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::store(path, "cannot open"))?;
        Ok(Self { path: path.to_owned(), file: BufReader::with_capacity(1 << 18, file) })
    }

    /// The next chunk, in `chunk`; false at the end.
    pub fn next(&mut self, chunk: &mut Vec<u8>) -> Result<bool> {
        let mut length = [0; 8];
        match self.file.read_exact(&mut length) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(e) => return Err(Error::store(&self.path, "cannot read")(e)),
        }
        let length = u64::from_le_bytes(length);
        chunk.clear();
        let read = (&mut self.file).take(length).read_to_end(chunk).map_err(Error::store(&self.path, "cannot read"))?;
        if read as u64 == length { Ok(true) } else { Err(Error::Bug(format!("{} is cut short", self.path.display()))) }
    }
}

/// Takes numbers off the front of a chunk.
pub(super) struct Numbers<'a>(pub &'a [u8]);

impl<'a> Numbers<'a> {
    pub fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (here, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(here)
    }
    pub fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_le_bytes)
    }
    pub fn u64(&mut self) -> Option<u64> {
        self.bytes(8)?.try_into().ok().map(u64::from_le_bytes)
    }
}

/// Marks a chunk of rows without facts; facts begin otherwise.
const GAP: [u8; 4] = *b"gap ";

/// A number of rows without facts as a chunk among those with facts.
pub(super) fn encode_gap(rows: u64) -> Vec<u8> {
    [&GAP[..], &rows.to_le_bytes()].concat()
}

/// The rows of a gap; none where the chunk holds facts.
pub(super) fn decode_gap(chunk: &[u8]) -> Option<u64> {
    chunk.strip_prefix(&GAP).and_then(|rest| Numbers(rest).u64())
}

/// Where the records of a part lie in the cleaned file.
#[derive(Default)]
pub(super) struct Places {
    /// Bytes before the first record.
    pub lead: u32,
    /// For each record of the part in order: its span, or nothing where it was rejected.
    pub spans: Vec<Option<Span>>,
}

/// Marks a rejected record among spans; no kept record is as long.
const REJECTED: u32 = u32::MAX;

pub(super) fn encode_places(places: &Places) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + places.spans.len() * 8);
    out.extend_from_slice(&places.lead.to_le_bytes());
    for span in &places.spans {
        let span = span.unwrap_or(Span { record: REJECTED, gap: 0 });
        out.extend_from_slice(&span.record.to_le_bytes());
        out.extend_from_slice(&span.gap.to_le_bytes());
    }
    out
}

pub(super) fn decode_places(chunk: &[u8]) -> Option<Places> {
    let mut numbers = Numbers(chunk);
    let lead = numbers.u32()?;
    let mut spans = Vec::with_capacity(chunk.len() / 8);
    while !numbers.0.is_empty() {
        let span = Span { record: numbers.u32()?, gap: numbers.u32()? };
        spans.push((span.record != REJECTED).then_some(span));
    }
    Some(Places { lead, spans })
}

/// A set of row numbers, in blocks of [`ROWS`]: as small as its rows are few, whatever their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowSet {
    blocks: BTreeMap<u64, Box<[u64; WORDS]>>,
    count: u64,
}

const WORDS: usize = 64;
const ROWS: u64 = 64 * WORDS as u64;

impl RowSet {
    /// Puts a row in.
    pub fn insert(&mut self, row: u64) {
        let block = self.blocks.entry(row / ROWS).or_insert_with(|| Box::new([0; WORDS]));
        if let Some(word) = block.get_mut((row % ROWS / 64) as usize) {
            let bit = 1 << (row % 64);
            self.count += u64::from(*word & bit == 0);
            *word |= bit;
        }
    }

    pub fn contains(&self, row: u64) -> bool {
        let word = self.blocks.get(&(row / ROWS)).and_then(|b| b.get((row % ROWS / 64) as usize));
        word.is_some_and(|w| w & (1 << (row % 64)) != 0)
    }

    pub fn len(&self) -> u64 {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.blocks.iter().flat_map(|(block, words)| {
            let bits =
                words.iter().zip(0u64..).flat_map(|(w, at)| (0..64).filter(move |b| w & (1 << b) != 0).map(move |b| at * 64 + b));
            bits.map(move |bit| block * ROWS + bit)
        })
    }

    /// The rows of a range, ascending.
    pub fn within(&self, range: std::ops::Range<u64>) -> impl Iterator<Item = u64> {
        let blocks = self.blocks.range(range.start / ROWS..range.end.div_ceil(ROWS));
        let rows = blocks.flat_map(|(block, words)| {
            let of_word = move |(at, word): (u64, &u64)| {
                let word = *word;
                (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| block * ROWS + at * 64 + bit)
            };
            (0u64..).zip(words.iter()).flat_map(of_word)
        });
        rows.filter(move |row| range.contains(row))
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let block = |(number, words): (&u64, &[u64; WORDS])| {
            std::iter::once(*number).chain(words.iter().copied()).flat_map(u64::to_le_bytes).collect::<Vec<u8>>()
        };
        self.blocks.iter().map(|(number, words)| (number, &**words)).flat_map(block).collect()
    }

    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut set = Self::default();
        for chunk in bytes.chunks_exact(8 * (WORDS + 1)) {
            let mut numbers = Numbers(chunk);
            let Some(number) = numbers.u64() else { break };
            let mut words = Box::new([0; WORDS]);
            for word in words.iter_mut() {
                *word = numbers.u64().unwrap_or(0);
                set.count += u64::from(word.count_ones());
            }
            set.blocks.insert(number, words);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spilled_is_read_back() {
        let d = tempfile::tempdir().unwrap();
        let path = d.path().join("s");
        let mut w = SpillWriter::create(&path).unwrap();
        let places = Places { lead: 3, spans: vec![Some(Span { record: 5, gap: 1 }), None, Some(Span { record: 0, gap: 0 })] };
        w.push(&encode_places(&places)).unwrap();
        w.push(&encode_gap(u64::MAX)).unwrap();
        w.finish().unwrap();
        let (mut r, mut chunk) = (SpillReader::open(&path).unwrap(), Vec::new());
        assert!(r.next(&mut chunk).unwrap());
        let back = decode_places(&chunk).unwrap();
        assert!(back.lead == 3 && back.spans == places.spans);
        assert!(r.next(&mut chunk).unwrap());
        assert_eq!(decode_gap(&chunk), Some(u64::MAX));
        assert_eq!(decode_gap(&crate::profile::RowFacts::default().encode()), None);
        assert!(!r.next(&mut chunk).unwrap());
    }

    #[test]
    fn a_row_set_holds_what_was_put_in() {
        let mut set = RowSet::default();
        for row in [3, 1_000_000, 3, u64::MAX] {
            set.insert(row);
        }
        assert!(set.contains(3) && set.contains(1_000_000) && !set.contains(4) && set.len() == 3);
        assert_eq!(set.iter().collect::<Vec<_>>(), [3, 1_000_000, u64::MAX]);
        assert_eq!(set.within(4..1_000_001).collect::<Vec<_>>(), [1_000_000]);
        assert_eq!(set.within(0..4).chain(set.within(5..5)).collect::<Vec<_>>(), [3]);
        assert_eq!(RowSet::from_bytes(&set.to_bytes()), set);
    }
}
