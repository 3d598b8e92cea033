//! Walks the pages of a column chunk, in order, with every size checked before it is believed.

use super::codec;
use super::delta;
use super::failure::Failure;
use super::hybrid::width_of;
use super::source::ChunkBytes;
use super::thrift::{Bad, Compact, kind};
use crate::batch::Reason;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What kind of page it is, with what only that kind has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Dictionary { sorted: bool },
    V1 { def: Encoding, rep: Encoding },
    V2 { rows: u32, nulls: u32, def_bytes: u32, rep_bytes: u32, compressed: bool },
    Index,
}

/// A page header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub shape: Shape,
    /// Size of the body in the file.
    pub compressed: usize,
    /// Size of the body after decompression.
    pub uncompressed: usize,
    pub crc: Option<u32>,
    /// Values, nulls included; of a dictionary, entries.
    pub values: u32,
    pub encoding: Encoding,
}

impl Head {
    pub(super) fn is_data(&self) -> bool {
        matches!(self.shape, Shape::V1 { .. } | Shape::V2 { .. })
    }

    pub(super) fn is_dictionary(&self) -> bool {
        matches!(self.shape, Shape::Dictionary { .. })
    }

    /// The values are indices into the dictionary.
    pub(super) fn is_indexed(&self) -> bool {
        let old = Encoding::PLAIN_DICTIONARY;
        self.encoding == old || self.encoding == Encoding::RLE_DICTIONARY
    }
}

/// A header and where it and the body lie in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located {
    pub head: Head,
    pub at: u64,
    pub body_at: u64,
}

impl Located {
    /// Header and body together, in bytes.
    pub(super) fn len(&self) -> u64 {
        self.body_at - self.at + self.head.compressed as u64
    }
}

/// What bounds a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The most bytes a decompressed page may have.
    pub page: u64,
    /// The most times a codec may expand a page.
    pub ratio: u64,
    /// The most levels a page of a repeated column may have.
    pub levels: u64,
}

/// What the chunk says about all of its pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub codec: Compression,
    pub max_def: i16,
    pub max_rep: i16,
}

/// The largest header that is looked at; a header holds two statistics values.
const HEADER: usize = 16 << 20;

/// Decompressed pages of a chunk are kept up to this many bytes: most chunks are walked more than once.
const KEPT: usize = 8 << 20;

/// Decompressed pages by where their bodies lie.
#[derive(Default)]
struct Kept {
    bytes: usize,
    pages: BTreeMap<u64, Bytes>,
}

/// Pages one after the other.
#[derive(Clone)]
pub(super) struct Walk {
    chunk: ChunkBytes,
    at: u64,
    frame: Frame,
    bounds: Bounds,
    /// Shared by all walks over the chunk.
    kept: Arc<Mutex<Kept>>,
}

impl Walk {
    pub(super) fn new(chunk: ChunkBytes, frame: Frame, bounds: Bounds) -> Self {
        Self { at: chunk.start(), chunk, frame, bounds, kept: Arc::default() }
    }

    /// The next page's header; nothing at the end of the chunk.
    pub(super) fn next(&mut self) -> Result<Option<Located>, Failure> {
        if self.at >= self.chunk.end() {
            return Ok(None);
        }
        let mut size = 1024;
        let (head, len) = loop {
            let bytes = self.chunk.peek(self.at, size)?;
            match header(&bytes) {
                Ok(found) => break found,
                Err(Bad::End) if bytes.len() == size && size < HEADER => size *= 8,
                Err(_) => return Err(Failure::Data(Reason::BrokenPage)),
            }
        };
        let body_at = self.at + len as u64;
        let end = body_at + head.compressed as u64;
        if end > self.chunk.end() {
            return Err(Failure::Data(Reason::BrokenPage));
        }
        let located = Located { head, at: self.at, body_at };
        self.at = end;
        self.bound(&head)?;
        Ok(Some(located))
    }

    fn bound(&self, head: &Head) -> Result<(), Failure> {
        let (plain, packed) = (head.uncompressed as u64, head.compressed as u64);
        if plain > self.bounds.page || packed > self.bounds.page.saturating_mul(2) {
            return Err(Failure::Data(Reason::TooLarge));
        }
        // A page that fits easily is judged by its size alone: repeated text packs well for honest reasons.
        if plain > self.bounds.page / 4 && plain > packed.saturating_mul(self.bounds.ratio) {
            return Err(Failure::Data(Reason::CompressionRatio));
        }
        if self.frame.max_rep > 0 && head.is_data() && u64::from(head.values) > self.bounds.levels {
            return Err(Failure::Data(Reason::TooLarge));
        }
        Ok(())
    }

    /// The body as it lies in the file.
    pub(super) fn body(&self, page: &Located) -> Result<Bytes, Failure> {
        let body = self.chunk.read(page.body_at, page.head.compressed)?;
        if let Some(crc) = page.head.crc {
            let mut sum = flate2::Crc::new();
            sum.update(&body);
            if sum.sum() != crc {
                return Err(Failure::Data(Reason::BrokenPage));
            }
        }
        Ok(body)
    }

    /// The decompressed body: levels first, then values.
    pub(super) fn plain(&self, page: &Located) -> Result<Bytes, Failure> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plain) = kept().pages.get(&page.body_at) {
            return Ok(plain.clone());
        }
        let plain = self.decompressed(page)?;
        let mut kept = kept();
        // What an entry takes beside its bytes counts too: there may be any number of empty pages.
        let bytes = kept.bytes.saturating_add(plain.len()).saturating_add(128);
        if bytes <= KEPT {
            kept.bytes = bytes;
            kept.pages.insert(page.body_at, plain.clone());
        }
        Ok(plain)
    }

    fn decompressed(&self, page: &Located) -> Result<Bytes, Failure> {
        let body = self.body(page)?;
        let head = &page.head;
        let levels = match head.shape {
            Shape::V2 { def_bytes, rep_bytes, compressed, .. } => {
                let levels = def_bytes as usize + rep_bytes as usize;
                if levels > body.len() || levels > head.uncompressed {
                    return Err(Failure::Data(Reason::BrokenPage));
                }
                // The first writers of such pages said that compressed ones were not.
                if !compressed && body.len() == head.uncompressed {
                    return Ok(body);
                }
                levels
            }
            _ => 0,
        };
        if self.frame.codec == Compression::UNCOMPRESSED {
            return Ok(body);
        }
        let packed = body.slice(levels..);
        // Some writers store nothing at all where there are no values.
        if packed.is_empty() {
            return Ok(body);
        }
        let values = codec::decompress(self.frame.codec, &packed, head.uncompressed - levels)?;
        if levels == 0 {
            return Ok(Bytes::from(values));
        }
        let mut plain = Vec::with_capacity(head.uncompressed);
        plain.extend_from_slice(&body.slice(..levels));
        plain.extend_from_slice(&values);
        Ok(Bytes::from(plain))
    }

    /// Where the values begin in a decompressed data page.
    pub(super) fn values_start(&self, head: &Head, plain: &[u8]) -> Result<usize, Failure> {
        match head.shape {
            Shape::V1 { def, rep } => {
                let width = |max: i16| width_of(u32::try_from(max).unwrap_or(0));
                let levels = [(rep, width(self.frame.max_rep)), (def, width(self.frame.max_def))];
                delta::values_start(plain, &levels, head.values)
            }
            Shape::V2 { def_bytes, rep_bytes, .. } => Ok(def_bytes as usize + rep_bytes as usize),
            _ => Ok(0),
        }
    }

    /// Every dictionary entry has a byte at least, and costs about 40 when it is held: the library allocates by their number.
    pub(super) fn check_entries(&self, head: &Head, bytes: usize) -> Result<(), Failure> {
        if bytes < head.values as usize {
            return Err(Failure::Data(Reason::BrokenPage));
        }
        if u64::from(head.values) * 40 > self.bounds.page {
            return Err(Failure::Data(Reason::TooLarge));
        }
        Ok(())
    }

    /// The page as the library takes it.
    fn page(&self, located: &Located) -> Result<Option<Page>, Failure> {
        let head = &located.head;
        if head.shape == Shape::Index {
            return Ok(None);
        }
        let buf = self.plain(located)?;
        if head.is_data() {
            let start = self.values_start(head, &buf)?;
            delta::check(head.encoding, buf.get(start..).unwrap_or_default(), head.values, self.bounds.page)?;
        } else {
            self.check_entries(head, buf.len())?;
        }
        Ok(Some(match head.shape {
            Shape::V1 { def, rep } => Page::DataPage {
                buf,
                num_values: head.values,
                encoding: head.encoding,
                def_level_encoding: def,
                rep_level_encoding: rep,
                statistics: None,
            },
            Shape::V2 { rows, nulls, def_bytes, rep_bytes, .. } => Page::DataPageV2 {
                buf,
                num_values: head.values,
                encoding: head.encoding,
                num_nulls: nulls,
                num_rows: rows,
                def_levels_byte_len: def_bytes,
                rep_levels_byte_len: rep_bytes,
                is_compressed: false,
                statistics: None,
            },
            Shape::Dictionary { sorted } => {
                Page::DictionaryPage { buf, num_values: head.values, encoding: head.encoding, is_sorted: sorted }
            }
            Shape::Index => return Ok(None),
        }))
    }
}

fn header(bytes: &[u8]) -> Result<(Head, usize), Bad> {
    let mut input = Compact::new(bytes);
    let (mut page, mut uncompressed, mut compressed, mut crc) = (None, None, None, None);
    let (mut v1, mut v2, mut dictionary) = (None, None, None);
    let mut last = 0;
    while let Some((id, kind)) = input.field(&mut last)? {
        match (id, kind) {
            (1, kind::I32) => page = Some(input.i32()?),
            (2, kind::I32) => uncompressed = Some(input.i32()?),
            (3, kind::I32) => compressed = Some(input.i32()?),
            (4, kind::I32) => crc = Some(input.i32()? as u32),
            (5, kind::STRUCT) => v1 = Some(numbers::<4>(&mut input)?),
            (7, kind::STRUCT) => dictionary = Some(numbers::<3>(&mut input)?),
            (8, kind::STRUCT) => v2 = Some(numbers::<7>(&mut input)?),
            _ => input.skip(kind)?,
        }
    }
    let size = |n: Option<i32>| n.and_then(|n| usize::try_from(n).ok()).ok_or(Bad::Form);
    let count = |n: Option<i32>| n.and_then(|n| u32::try_from(n).ok()).ok_or(Bad::Form);
    let (shape, values, encoding) = match page {
        Some(0) => {
            let [values, encoding, def, rep] = v1.ok_or(Bad::Form)?;
            (Shape::V1 { def: named(def)?, rep: named(rep)? }, count(values)?, named(encoding)?)
        }
        Some(1) => (Shape::Index, 0, Encoding::PLAIN),
        Some(2) => {
            let [values, encoding, sorted] = dictionary.ok_or(Bad::Form)?;
            (Shape::Dictionary { sorted: sorted == Some(1) }, count(values)?, named(encoding)?)
        }
        Some(3) => {
            let [values, nulls, rows, encoding, def, rep, packed] = v2.ok_or(Bad::Form)?;
            let shape = Shape::V2 {
                rows: count(rows)?,
                nulls: count(nulls)?,
                def_bytes: count(def)?,
                rep_bytes: count(rep)?,
                compressed: packed != Some(0),
            };
            let values = count(values)?;
            if count(nulls)? > values {
                return Err(Bad::Form);
            }
            (shape, values, named(encoding)?)
        }
        _ => return Err(Bad::Form),
    };
    let head = Head { shape, compressed: size(compressed)?, uncompressed: size(uncompressed)?, crc, values, encoding };
    Ok((head, input.position()))
}

/// The integers and booleans among the first `N` fields of a structure.
fn numbers<const N: usize>(input: &mut Compact<'_>) -> Result<[Option<i32>; N], Bad> {
    let mut found = [None; N];
    let mut last = 0;
    while let Some((id, kind)) = input.field(&mut last)? {
        let value = match kind {
            kind::I32 => Some(input.i32()?),
            kind::TRUE => Some(1),
            kind::FALSE => Some(0),
            _ => {
                input.skip(kind)?;
                None
            }
        };
        if let Some(slot) = usize::try_from(i32::from(id) - 1).ok().and_then(|i| found.get_mut(i)) {
            *slot = value;
        }
    }
    Ok(found)
}

fn named(code: Option<i32>) -> Result<Encoding, Bad> {
    #[expect(deprecated, reason = "old writers use the old names")]
    Ok(match code.ok_or(Bad::Form)? {
        0 => Encoding::PLAIN,
        2 => Encoding::PLAIN_DICTIONARY,
        3 => Encoding::RLE,
        4 => Encoding::BIT_PACKED,
        5 => Encoding::DELTA_BINARY_PACKED,
        6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        7 => Encoding::DELTA_BYTE_ARRAY,
        8 => Encoding::RLE_DICTIONARY,
        9 => Encoding::BYTE_STREAM_SPLIT,
        _ => return Err(Bad::Form),
    })
}

/// Lets one data page through at a time, so that a batch never spans pages.
#[derive(Default)]
pub(super) struct Gate {
    open: AtomicBool,
    done: AtomicBool,
}

impl Gate {
    /// Lets the next data page through. False where there is none.
    pub(super) fn open(&self) -> bool {
        self.open.store(true, Ordering::Relaxed);
        !self.done.load(Ordering::Relaxed)
    }
}

/// The pages as the library reads them.
pub(super) struct Gated {
    walk: Walk,
    gate: Arc<Gate>,
}

impl Gated {
    pub(super) fn new(walk: Walk) -> (Self, Arc<Gate>) {
        let gate = Arc::new(Gate::default());
        (Self { walk, gate: Arc::clone(&gate) }, gate)
    }
}

impl Iterator for Gated {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Gated {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        if !self.gate.open.load(Ordering::Relaxed) {
            return Ok(None);
        }
        loop {
            let Some(located) = self.walk.next()? else {
                self.gate.done.store(true, Ordering::Relaxed);
                return Ok(None);
            };
            if let Some(page) = self.walk.page(&located)? {
                if page.is_data_page() {
                    self.gate.open.store(false, Ordering::Relaxed);
                }
                return Ok(Some(page));
            }
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        Err(ParquetError::General("pages are read in order".into()))
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        Err(ParquetError::General("pages are read in order".into()))
    }

    // Records are counted from repetition levels by the caller, so whether a page ends one does not matter here.
    fn at_record_boundary(&mut self) -> Result<bool, ParquetError> {
        Ok(false)
    }
}
