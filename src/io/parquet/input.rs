//! An open Parquet file: its leaves, its row groups, and the chunks that the other modules work on.

use super::chunk::{Bloom, Body, Chunk, Meter};
use super::failure::{Failure, fenced, reading};
use super::footer;
use super::leaf::{Leaf, leaves};
use super::pages::{Bounds, Frame, Shape, Walk};
use super::source::{ChunkBytes, Source};
use super::thrift::{Compact, kind};
use crate::batch::Reason;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::{ColumnChunkMetaData, KeyValue, ParquetMetaData, RowGroupMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::index_reader::{decode_column_index, decode_offset_index};
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::schema::types::ColumnDescriptor;
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

/// What one unit of work may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes that the footer and each chunk at work may take. A page may have a third of it; rewritten chunks that wait to
    /// be written share a half.
    pub memory: u64,
    /// Bytes of a cell; a row with a larger one is rejected.
    pub cell: u64,
    /// How often a codec may expand a large page.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 64 << 20, cell: 16 << 20, ratio: 1000 }
    }
}

/// An open Parquet file. Shared by all threads.
pub struct ParquetInput {
    pub(super) source: Arc<Source>,
    pub(super) metadata: ParquetMetaData,
    pub(super) limits: Limits,
    pub(super) held: Meter,
    leaves: Vec<Leaf>,
    /// Where column chunks, indexes and the footer lie: start and end, in order, merged where they overlap.
    parts: Vec<(u64, u64)>,
}

/// What the headers of a chunk's pages say together.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by itself")]
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    /// Decompressed size of the dictionary page, if there is one.
    pub dictionary: Option<usize>,
    /// Every data page holds dictionary indices.
    pub all_indexed: bool,
    pub v2: bool,
    /// Version 2 pages do not tell the truth about compression, which readers know by the writer's name.
    pub mislabelled: bool,
    /// Levels in the encoding of the oldest writers.
    pub old_levels: bool,
    /// The first encoding that is no dictionary.
    pub encoding: Option<Encoding>,
    /// The offset index names exactly these pages.
    pub index_fits: bool,
    /// Values and nulls in all data pages, as their headers say.
    pub values: u64,
    /// Those of them in pages of dictionary indices.
    pub indexed: u64,
    /// Entries of the dictionary.
    pub entries: u64,
}

impl ParquetInput {
    /// Reads the footer of `file`, which has `len` bytes.
    ///
    /// # Errors
    /// The reason why the file cannot be read at all: a broken footer, encryption, too deep, too many columns.
    pub fn open(file: File, len: u64, limits: &Limits) -> Result<Self, Reason> {
        let source = Arc::new(Source::new(file, len));
        let open = || -> Result<Self, Failure> {
            let metadata = footer::read(&source, limits.memory)?;
            let leaves = fenced(|| Ok(leaves(metadata.file_metadata().schema_descr(), &BTreeMap::new())))?;
            let held = Meter::new(limits.memory / 2);
            let mut opened = Self { source: Arc::clone(&source), metadata, limits: *limits, held, leaves, parts: Vec::new() };
            opened.parts = opened.parts()?;
            Ok(opened)
        };
        open().map_err(|failure| match failure {
            Failure::Data(Reason::Truncated) => Reason::BrokenFooter,
            Failure::Data(reason) => reason,
            Failure::Store(_) => Reason::Unreadable,
        })
    }

    fn parts(&self) -> Result<Vec<(u64, u64)>, Failure> {
        let mut parts = vec![(self.source.len() - footer::len(&self.source)?, self.source.len())];
        for (number, group) in self.metadata.row_groups().iter().enumerate() {
            for (leaf, meta) in group.columns().iter().enumerate() {
                parts.extend(self.range(number, leaf).map(|range| (range.start, range.end)));
                let indexes = [
                    (meta.offset_index_offset(), meta.offset_index_length()),
                    (meta.column_index_offset(), meta.column_index_length()),
                ];
                let place = |(at, len): (Option<i64>, Option<i32>)| {
                    let start = u64::try_from(at?).ok()?;
                    Some((start, start.saturating_add(u64::try_from(len?).ok()?)))
                };
                parts.extend(indexes.into_iter().filter_map(place));
            }
        }
        parts.sort_unstable();
        parts.dedup_by(|next, last| {
            let overlap = next.0 < last.1;
            last.1 = if overlap { last.1.max(next.1) } else { last.1 };
            overlap
        });
        Ok(parts)
    }

    /// The leaf columns in order.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The number of row groups.
    pub fn row_groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// The rows of a row group, as the footer has them; 0 where there is no such group.
    pub fn rows(&self, group: usize) -> u64 {
        self.group(group).map_or(0, |g| u64::try_from(g.num_rows()).unwrap_or(0))
    }

    /// The rows of the file, as the footer has them.
    pub fn total_rows(&self) -> u64 {
        (0..self.row_groups()).map(|g| self.rows(g)).sum()
    }

    /// The file's key-value metadata.
    pub fn key_values(&self) -> &[KeyValue] {
        self.metadata.file_metadata().key_value_metadata().map_or(&[], Vec::as_slice)
    }

    pub(super) fn group(&self, group: usize) -> Option<&RowGroupMetaData> {
        self.metadata.row_groups().get(group)
    }

    pub(super) fn meta(&self, group: usize, leaf: usize) -> Result<&ColumnChunkMetaData, Failure> {
        let meta = self.group(group).and_then(|g| g.columns().get(leaf));
        meta.ok_or(Failure::Data(Reason::BrokenFooter))
    }

    pub(super) fn leaf(&self, leaf: usize) -> Result<&Leaf, Failure> {
        self.leaves.get(leaf).ok_or(Failure::Data(Reason::BrokenFooter))
    }

    pub(super) fn range(&self, group: usize, leaf: usize) -> Result<Range<u64>, Failure> {
        let meta = self.meta(group, leaf)?;
        let data = meta.data_page_offset();
        // Old writers put 0 where there is no dictionary.
        let start = super::output::dictionary_at(meta).filter(|at| *at >= 4).unwrap_or(data);
        let bad = Failure::Data(Reason::BrokenPage);
        let (Ok(start), Ok(len)) = (u64::try_from(start), u64::try_from(meta.compressed_size())) else { return Err(bad) };
        match start.checked_add(len) {
            Some(end) if end <= self.source.len() => Ok(start..end),
            _ => Err(bad),
        }
    }

    pub(super) fn walk(&self, group: usize, leaf: usize) -> Result<Walk, Failure> {
        let chunk = ChunkBytes::open(&self.source, self.range(group, leaf)?)?;
        let descr = &self.leaf(leaf)?.descr;
        let frame = Frame {
            codec: Compression::from(self.meta(group, leaf)?.compression_codec()),
            max_def: descr.max_def_level(),
            max_rep: descr.max_rep_level(),
        };
        Ok(Walk::new(chunk, frame, self.bounds()))
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds { page: self.limits.memory / 3, ratio: self.limits.ratio, levels: self.limits.memory / 16 }
    }

    /// Looks at all page headers of a chunk.
    pub(super) fn outline(
        &self,
        descr: &ColumnDescriptor,
        walk: &Walk,
        offsets: Option<&OffsetIndexMetaData>,
    ) -> Result<Outline, Failure> {
        let mut walk = walk.clone();
        let writer = self.metadata.file_metadata().created_by().unwrap_or_default();
        let mislabelled = writer.starts_with("parquet-cpp version");
        let mut seen = Outline { all_indexed: true, index_fits: offsets.is_some(), mislabelled, ..Outline::default() };
        let mut locations = offsets.iter().flat_map(|o| o.page_locations());
        let mut first = true;
        while let Some(page) = walk.next()? {
            if page.head.is_dictionary() {
                if !first {
                    return Err(Failure::Data(Reason::BrokenPage));
                }
                seen.dictionary = Some(page.head.uncompressed);
                seen.entries = u64::from(page.head.values);
            }
            first = false;
            if !page.head.is_data() {
                continue;
            }
            seen.values += u64::from(page.head.values);
            match page.head.shape {
                // Of levels that a column does not have, writers name any encoding.
                Shape::V1 { def, rep } => {
                    seen.old_levels |= descr.max_def_level() > 0 && def != Encoding::RLE;
                    seen.old_levels |= descr.max_rep_level() > 0 && rep != Encoding::RLE;
                }
                _ => seen.v2 = true,
            }
            if page.head.is_indexed() {
                seen.indexed += u64::from(page.head.values);
            } else {
                seen.all_indexed = false;
                seen.encoding.get_or_insert(page.head.encoding);
            }
            if seen.index_fits {
                seen.index_fits = locations.next().is_some_and(|l| {
                    l.offset as u64 == page.at && l.compressed_page_size as u64 == page.len() && l.first_row_index >= 0
                });
            }
        }
        seen.all_indexed &= seen.dictionary.is_some();
        seen.index_fits &= locations.next().is_none();
        Ok(seen)
    }

    /// The chunk as it is, for a leaf that nobody wants to look at: its bytes go over unread.
    ///
    /// # Errors
    /// The chunk does not lie in the file.
    pub fn untouched(&self, group: usize, leaf: usize) -> Result<Chunk, Failure> {
        let offsets = self.offset_index(group, leaf);
        let outlined = || self.outline(&self.leaf(leaf)?.descr, &self.walk(group, leaf)?, offsets.as_ref());
        let outline = if offsets.is_some() { outlined().ok() } else { None };
        self.spliced(group, leaf, offsets, outline.as_ref())
    }

    /// The chunk as it is, with what its footer says of it set right by the `outline` of its pages.
    pub(super) fn spliced(
        &self,
        group: usize,
        leaf: usize,
        offsets: Option<OffsetIndexMetaData>,
        outline: Option<&Outline>,
    ) -> Result<Chunk, Failure> {
        let range = self.range(group, leaf)?;
        let mut metadata = self.meta(group, leaf)?.clone();
        let offset_index = offsets.filter(|_| outline.is_some_and(|outline| outline.index_fits));
        let values = outline.and_then(|outline| i64::try_from(outline.values).ok());
        if let Some(values) = values.filter(|values| *values != metadata.num_values()) {
            metadata = metadata.into_builder().set_num_values(values).build().map_err(|e| reading(&e))?;
        }
        let pages = offset_index.as_ref().map(|o| o.page_locations().len() as u64);
        let column_index = self.column_index(group, leaf).filter(|c| Some(c.num_pages()) == pages);
        Ok(Chunk {
            leaf,
            rewritten: false,
            edited: false,
            rejected: Vec::new(),
            base: range.start as i64,
            body: Body::Source(range),
            bloom: self.bloom(&metadata).map_or(Bloom::None, Bloom::Source),
            metadata,
            column_index,
            offset_index,
        })
    }

    /// A part of the file that an index claims, if it can be one.
    fn claimed(&self, at: Option<i64>, len: Option<i32>) -> Option<bytes::Bytes> {
        let (at, len) = (u64::try_from(at?).ok()?, u64::try_from(len?).ok()?);
        if len == 0 || len > self.limits.memory / 16 {
            return None;
        }
        self.source.read(at, len as usize).ok()
    }

    pub(super) fn offset_index(&self, group: usize, leaf: usize) -> Option<OffsetIndexMetaData> {
        let meta = self.meta(group, leaf).ok()?;
        let bytes = self.claimed(meta.offset_index_offset(), meta.offset_index_length())?;
        fenced(|| decode_offset_index(&bytes).map_err(|e| reading(&e))).ok()
    }

    fn column_index(&self, group: usize, leaf: usize) -> Option<ColumnIndexMetaData> {
        let meta = self.meta(group, leaf).ok()?;
        let bytes = self.claimed(meta.column_index_offset(), meta.column_index_length())?;
        fenced(|| decode_column_index(&bytes, meta.column_type()).map_err(|e| reading(&e))).ok()
    }

    /// Whether a part of the file overlaps a column chunk, an index or the footer.
    fn is_read(&self, part: &Range<u64>) -> bool {
        let behind = self.parts.partition_point(|(start, _)| *start < part.end);
        // No part begins before the one ahead of it ends, once they are merged.
        behind.checked_sub(1).and_then(|at| self.parts.get(at)).is_some_and(|(_, end)| *end > part.start)
    }

    /// Header and bitset of a chunk's bloom filter.
    fn bloom(&self, meta: &ColumnChunkMetaData) -> Option<Range<u64>> {
        let at = u64::try_from(meta.bloom_filter_offset()?).ok()?;
        let head = self.source.read(at, 64.min(self.source.len().checked_sub(at)?) as usize).ok()?;
        let mut input = Compact::new(&head);
        let mut bits = None;
        let mut last = 0;
        while let Ok(Some((id, of))) = input.field(&mut last) {
            match (id, of) {
                (1, kind::I32) => bits = input.i32().ok(),
                _ => input.skip(of).ok()?,
            }
        }
        let end = at.checked_add(input.position() as u64)?.checked_add(u64::try_from(bits?).ok()?)?;
        // Bytes that go over unread must not be what is masked elsewhere.
        (end <= self.source.len() && !self.is_read(&(at..end))).then_some(at..end)
    }
}
