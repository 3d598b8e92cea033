//! Statistics and indexes of a chunk of byte strings whose pages were written by hand.

use super::failure::{Failure, writing};
use super::values::Work;
use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Encoding};
use parquet::column::page::PageWriteSpec;
use parquet::data_type::ByteArray;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::{Statistics, ValueStatistics};

/// The most bytes of a bound in statistics and indexes, as other writers have it.
const BOUND: usize = 64;

/// Adds up what a chunk's metadata say.
pub(super) struct Summary<'a> {
    work: &'a Work<'a>,
    page: OnePage,
    pages: Vec<OnePage>,
    places: Vec<(u64, usize)>,
    compressed: u64,
    uncompressed: u64,
    /// A page that begins inside a record cannot be found by rows.
    whole_records: bool,
    has_dictionary: bool,
}

#[derive(Clone, Default)]
struct OnePage {
    rows: u32,
    values: u32,
    nulls: u32,
    /// Lowest and highest value.
    span: Option<(Bytes, Bytes)>,
}

impl<'a> Summary<'a> {
    pub(super) fn new(work: &'a Work<'a>) -> Self {
        let (page, pages, places) = Default::default();
        Self { work, page, pages, places, compressed: 0, uncompressed: 0, whole_records: true, has_dictionary: false }
    }

    pub(super) fn begin(&mut self) {
        self.page = OnePage::default();
    }

    /// Rows of the page at work.
    pub(super) fn rows(&self) -> u32 {
        self.page.rows
    }

    /// Values and nulls of the page at work.
    pub(super) fn levels(&self) -> u32 {
        self.page.values
    }

    pub(super) fn nulls(&self) -> u32 {
        self.page.nulls
    }

    /// Counts so many values of the page at work, or nulls, that have the same repetition level.
    #[inline]
    pub(super) fn count(&mut self, rep: u32, null: bool, len: u32) {
        let page = &mut self.page;
        if rep == 0 {
            page.rows += len;
        } else if page.values == 0 {
            self.whole_records = false;
        }
        page.values += len;
        page.nulls += if null { len } else { 0 };
    }

    fn add(&mut self, spec: &PageWriteSpec) {
        self.compressed += spec.compressed_size as u64;
        self.uncompressed += spec.uncompressed_size as u64;
    }

    pub(super) fn dictionary(&mut self, spec: &PageWriteSpec) {
        self.add(spec);
        self.has_dictionary = true;
    }

    /// The page at work was written; `span` are its lowest and highest value.
    pub(super) fn page(&mut self, spec: &PageWriteSpec, span: Option<(Bytes, Bytes)>) {
        self.add(spec);
        self.places.push((spec.offset, spec.compressed_size));
        self.pages.push(OnePage { span, ..std::mem::take(&mut self.page) });
    }

    /// The chunk's metadata and indexes.
    pub(super) fn finish(
        self,
        like: &WriterProperties,
    ) -> Result<(ColumnChunkMetaData, Option<ColumnIndexMetaData>, Option<OffsetIndexMetaData>), Failure> {
        let meta = self.work.meta;
        let mut builder = ColumnChunkMetaData::builder(self.work.leaf.descr.clone())
            .set_compression_codec(meta.compression_codec())
            .set_num_values(self.total())
            .set_total_compressed_size(self.compressed as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_data_page_offset(self.places.first().map_or(0, |(at, _)| *at as i64))
            .set_dictionary_page_offset(self.has_dictionary.then_some(0));
        builder = if self.has_dictionary {
            builder.set_encodings_mask(*meta.encodings_mask())
        } else {
            builder.set_encodings([Encoding::PLAIN, Encoding::RLE].to_vec())
        };
        // The same pages in the same encodings, unless some were left out.
        if let Some(stats) = meta.page_encoding_stats().filter(|_| self.has_dictionary && meta.num_values() == self.total()) {
            builder = builder.set_page_encoding_stats(stats.clone());
        }
        let path = self.work.leaf.descr.path();
        let level = like.statistics_enabled(path);
        if level != EnabledStatistics::None {
            builder = builder.set_statistics(self.statistics());
        }
        let metadata = builder.build().map_err(writing)?;
        let indexed = self.whole_records && !like.offset_index_disabled();
        let offset_index = indexed.then(|| self.offset_index());
        let column_index = if indexed && level == EnabledStatistics::Page { self.column_index()? } else { None };
        Ok((metadata, column_index, offset_index))
    }

    fn total(&self) -> i64 {
        self.pages.iter().map(|p| i64::from(p.values)).sum()
    }

    fn statistics(&self) -> Statistics {
        let spans = || self.pages.iter().filter_map(|p| p.span.as_ref());
        let nulls = self.pages.iter().map(|p| u64::from(p.nulls)).sum();
        let low = spans().map(|(low, _)| low).min();
        let high = spans().map(|(_, high)| high).max();
        let bounds = low.zip(high).and_then(|(low, high)| Some((lower(low), upper(high)?, low.len(), high.len())));
        let of = |bytes: &[u8]| ByteArray::from(bytes.to_vec());
        let values = match &bounds {
            Some((min, max, min_len, max_len)) => ValueStatistics::new(Some(of(min)), Some(of(max)), None, Some(nulls), false)
                .with_min_is_exact(min.len() == *min_len)
                .with_max_is_exact(*max_len <= BOUND),
            None => ValueStatistics::new(None, None, None, Some(nulls), false),
        };
        Statistics::ByteArray(values)
    }

    fn offset_index(&self) -> OffsetIndexMetaData {
        let mut builder = OffsetIndexBuilder::new();
        for (page, (at, len)) in self.pages.iter().zip(&self.places) {
            builder.append_row_count(i64::from(page.rows));
            builder.append_offset_and_size(*at as i64, *len as i32);
        }
        builder.build()
    }

    fn column_index(&self) -> Result<Option<ColumnIndexMetaData>, Failure> {
        let mut builder = ColumnIndexBuilder::new(self.work.leaf.descr.physical_type());
        for page in &self.pages {
            let nulls = i64::from(page.nulls);
            match &page.span {
                None => builder.append(true, Vec::new(), Vec::new(), nulls, None),
                Some((low, high)) => {
                    let Some(max) = upper(high) else { return Ok(None) };
                    builder.append(false, lower(low).to_vec(), max, nulls, None);
                }
            }
        }
        let known = || self.pages.iter().filter_map(|p| p.span.as_ref());
        let spans = || known().zip(known().skip(1));
        let order = if spans().all(|(a, b)| a.0 <= b.0 && a.1 <= b.1) {
            BoundaryOrder::ASCENDING
        } else if spans().all(|(a, b)| a.0 >= b.0 && a.1 >= b.1) {
            BoundaryOrder::DESCENDING
        } else {
            BoundaryOrder::UNORDERED
        };
        builder.set_boundary_order(order);
        builder.build().map(Some).map_err(writing)
    }
}

/// A prefix that is not above the value; whole characters where it is UTF-8.
fn lower(value: &[u8]) -> &[u8] {
    let Some(cut) = value.get(..BOUND) else { return value };
    match value.utf8_chunks().next() {
        Some(chunk) if chunk.valid().len() >= BOUND => {
            let whole = (0..=BOUND).rev().find(|at| chunk.valid().is_char_boundary(*at)).unwrap_or(0);
            cut.get(..whole).unwrap_or_default()
        }
        _ => cut,
    }
}

/// A short value that is not below this one; nothing where none is easily found.
fn upper(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() <= BOUND {
        return Some(value.to_vec());
    }
    // The last plain character that has a next one; what follows it is cut off.
    let cut = value.get(..BOUND)?;
    let at = cut.iter().rposition(|b| (0x20..0x7e).contains(b))?;
    let mut bound = cut.get(..=at)?.to_vec();
    *bound.last_mut()? += 1;
    Some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_short_and_hold_the_value() {
        let rows = ["a".repeat(70), "ä".repeat(70), "x".repeat(60) + &"ä".repeat(9), "short".into(), "~".repeat(63) + "aa"];
        for value in rows {
            let low = lower(value.as_bytes());
            assert!(low <= value.as_bytes() && low.len() <= BOUND && std::str::from_utf8(low).is_ok(), "{value}");
            if let Some(high) = upper(value.as_bytes()) {
                assert!(&high[..] >= value.as_bytes() && high.len() <= BOUND, "{value}");
                assert!(std::str::from_utf8(&high).is_ok(), "{value}");
            }
        }
    }
}
