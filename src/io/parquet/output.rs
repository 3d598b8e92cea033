//! Writes a Parquet file from chunks: bodies one after the other, then indexes and footer with every offset moved.

use super::chunk::{Bloom, Body, Chunk};
use super::failure::{Failure, fenced, writing};
use super::input::ParquetInput;
use super::orders;
use super::plan::OutputPlan;
use crate::batch::Reason;
use parquet::file::metadata::page_index::PageIndexBuilder;
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, ParquetMetaDataBuilder, ParquetMetaDataWriter, RowGroupMetaData, SortingColumn,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::writer::TrackedWrite;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes copied at once.
const COPY: usize = 1 << 20;

type Indexes = (Option<ColumnIndexMetaData>, Option<OffsetIndexMetaData>);

/// A Parquet file being written.
pub struct ParquetOutput<'i, W: Write + Send> {
    input: &'i ParquetInput,
    plan: Arc<OutputPlan>,
    out: TrackedWrite<Shared<W>>,
    state: Arc<Mutex<State<W>>>,
    groups: Vec<RowGroupMetaData>,
    indexes: Vec<Vec<Indexes>>,
    rows: u64,
}

/// The writer under the library's buffer, which loses errors when it is dropped.
struct Shared<W>(Arc<Mutex<State<W>>>);

struct State<W> {
    out: Option<W>,
    error: Option<io::Error>,
    /// The end of the file, kept back to be looked over.
    tail: Option<Vec<u8>>,
}

impl<W: Write> Write for Shared<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = &mut state.tail {
            tail.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let Some(out) = &mut state.out else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let written = out.write(bytes);
        if let Err(error) = &written
            && error.kind() != io::ErrorKind::Interrupted
        {
            state.error.get_or_insert(io::Error::new(error.kind(), error.to_string()));
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'i, W: Write + Send> ParquetOutput<'i, W> {
    /// Begins a file in `out` for row groups of `input`.
    ///
    /// # Errors
    /// The output failed.
    pub fn new(input: &'i ParquetInput, plan: &Arc<OutputPlan>, out: W) -> Result<Self, Failure> {
        let state = Arc::new(Mutex::new(State { out: Some(out), error: None, tail: None }));
        let mut out = TrackedWrite::new(Shared(Arc::clone(&state)));
        out.write_all(b"PAR1").map_err(Failure::Store)?;
        let (groups, indexes) = (Vec::new(), Vec::new());
        Ok(Self { input, plan: Arc::clone(plan), out, state, groups, indexes, rows: 0 })
    }

    /// Appends a row group of `rows` rows: the source's `group`, with one chunk for each leaf, in order. Chunks of dropped
    /// leaves are skipped. A group without rows is left out.
    ///
    /// # Errors
    /// The output failed, a temporary file failed, or the source changed while it was read.
    pub fn row_group(&mut self, group: usize, rows: u64, chunks: Vec<Chunk>) -> Result<(), Failure> {
        if rows == 0 {
            return Ok(());
        }
        let fault = Failure::Data(Reason::DecoderFault);
        let schema = Arc::clone(&self.plan.schema);
        let start = self.out.bytes_written() as u64;
        let sorting = self.sorting(group, &chunks);
        let mut columns = Vec::with_capacity(schema.num_columns());
        let mut indexes = Vec::with_capacity(schema.num_columns());
        let mut blooms = Vec::new();
        for chunk in chunks {
            let Some(Some(to)) = self.plan.to.get(chunk.leaf).copied() else { continue };
            if to != columns.len() {
                return Err(fault);
            }
            let at = self.out.bytes_written() as i64;
            self.body(chunk.body)?;
            let shift = at - chunk.base;
            columns.push(moved(&chunk.metadata, schema.column(to), shift)?);
            indexes.push((chunk.column_index, chunk.offset_index.map(|index| shifted(index, shift))));
            blooms.push(chunk.bloom);
        }
        if columns.len() != schema.num_columns() {
            return Err(fault);
        }
        for (column, bloom) in columns.iter_mut().zip(blooms) {
            self.bloom(column, bloom)?;
        }
        let bytes = columns.iter().map(ColumnChunkMetaData::uncompressed_size).fold(0i64, i64::saturating_add);
        let metadata = RowGroupMetaData::builder(schema)
            .set_column_metadata(columns)
            .set_num_rows(i64::try_from(rows).unwrap_or(i64::MAX))
            .set_total_byte_size(bytes)
            .set_sorting_columns(sorting)
            .set_ordinal(i32::try_from(self.groups.len()).unwrap_or(i32::MAX))
            .set_file_offset(start as i64);
        self.groups.push(metadata.build().map_err(writing)?);
        self.indexes.push(indexes);
        self.rows += rows;
        Ok(())
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The order of the source's rows, as far as the columns it names were not edited.
    fn sorting(&self, group: usize, chunks: &[Chunk]) -> Option<Vec<SortingColumn>> {
        let sorting = self.input.group(group)?.sorting_columns()?;
        let mut kept = Vec::new();
        for by in sorting {
            let leaf = usize::try_from(by.column_idx).ok()?;
            let edited = chunks.iter().any(|c| c.leaf == leaf && c.edited);
            let to = self.plan.to.get(leaf).copied().flatten().filter(|_| !edited);
            // Rows that are sorted by a, then b, are sorted by a; without a they are in no order.
            let Some(to) = to.and_then(|to| i32::try_from(to).ok()) else { break };
            kept.push(SortingColumn { column_idx: to, ..*by });
        }
        (!kept.is_empty()).then_some(kept)
    }

    fn body(&mut self, body: Body) -> Result<(), Failure> {
        match body {
            Body::Source(range) => self.copy(range),
            Body::Held(held) => self.out.write_all(held.bytes()).map_err(Failure::Store),
            Body::Spilled(mut file, len) => {
                let mut buffer = vec![0; COPY];
                let mut left = len;
                while left > 0 {
                    let most = left.min(COPY as u64) as usize;
                    let part = buffer.get_mut(..most).unwrap_or_default();
                    file.read_exact(part).map_err(Failure::Store)?;
                    self.out.write_all(part).map_err(Failure::Store)?;
                    left -= most as u64;
                }
                Ok(())
            }
        }
    }

    fn copy(&mut self, range: Range<u64>) -> Result<(), Failure> {
        let mut at = range.start;
        while at < range.end {
            let len = (range.end - at).min(COPY as u64);
            let bytes = self.input.source.read(at, len as usize)?;
            self.out.write_all(&bytes).map_err(Failure::Store)?;
            at += len;
        }
        Ok(())
    }

    fn bloom(&mut self, column: &mut ColumnChunkMetaData, bloom: Bloom) -> Result<(), Failure> {
        let start = self.out.bytes_written();
        match bloom {
            Bloom::None => return Ok(()),
            Bloom::Source(range) => self.copy(range)?,
            Bloom::Built(filter) => filter.write(&mut self.out).map_err(writing)?,
        }
        let len = i32::try_from(self.out.bytes_written() - start).ok();
        let builder = column.clone().into_builder().set_bloom_filter_offset(Some(start as i64));
        *column = builder.set_bloom_filter_length(len).build().map_err(writing)?;
        Ok(())
    }

    /// Writes indexes and footer and gives the writer back.
    ///
    /// # Errors
    /// The output failed.
    pub fn finish(mut self) -> Result<W, Failure> {
        self.out.flush().map_err(Failure::Store)?;
        if let Ok(mut state) = self.state.lock() {
            state.tail = Some(Vec::new());
        }
        let plan = &self.plan;
        let columns = plan.schema.num_columns();
        let mut index = PageIndexBuilder::new(self.groups.len(), columns);
        for (group, indexes) in self.indexes.into_iter().enumerate() {
            for (column, (values, offsets)) in indexes.into_iter().enumerate() {
                if let Some(values) = values {
                    index.put_column_index(values, group, column);
                }
                if let Some(offsets) = offsets {
                    index.put_offset_index(offsets, group, column);
                }
            }
        }
        let created_by = plan.created_by.clone().or_else(|| Some("untaint".to_owned()));
        let rows = i64::try_from(self.rows).unwrap_or(i64::MAX);
        let file = FileMetaData::new(plan.version, rows, created_by, plan.key_values.clone(), plan.schema.clone(), None);
        let metadata =
            ParquetMetaDataBuilder::new(file).set_row_groups(self.groups).set_page_index(Some(Arc::new(index.build()))).build();
        let out = self.out;
        fenced(|| {
            let writer = ParquetMetaDataWriter::new_with_tracked(out, &metadata);
            writer.with_preserve_page_index_locations(false).finish().map_err(writing)
        })?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let tail = state.tail.take().unwrap_or_default();
        if let Some(error) = state.error.take() {
            return Err(Failure::Store(error));
        }
        let tail = orders::kept(self.input, plan, &tail)?;
        let mut out = state.out.take().ok_or(Failure::Data(Reason::DecoderFault))?;
        out.write_all(&tail).and_then(|()| out.flush()).map_err(Failure::Store)?;
        Ok(out)
    }
}

/// Where a chunk's dictionary page lies, if the metadata can be right: before the data pages, unless there are none.
pub(super) fn dictionary_at(meta: &ColumnChunkMetaData) -> Option<i64> {
    let data = meta.data_page_offset();
    // A chunk that was written just now counts from 0.
    meta.dictionary_page_offset().filter(|at| *at < data || (data == 0 && meta.num_values() == 0))
}

/// The chunk's metadata for another place and under another name. Page index places are set when they are written.
fn moved(
    from: &ColumnChunkMetaData,
    descr: parquet::schema::types::ColumnDescPtr,
    shift: i64,
) -> Result<ColumnChunkMetaData, Failure> {
    let data = from.data_page_offset();
    let dictionary = dictionary_at(from);
    let mut builder = ColumnChunkMetaData::builder(descr)
        .set_compression_codec(from.compression_codec())
        .set_encodings_mask(*from.encodings_mask())
        .set_num_values(from.num_values())
        .set_total_compressed_size(from.compressed_size())
        .set_total_uncompressed_size(from.uncompressed_size())
        .set_data_page_offset(if data == 0 && from.num_values() == 0 { 0 } else { data.saturating_add(shift) })
        .set_dictionary_page_offset(dictionary.map(|at| at.saturating_add(shift)))
        .set_unencoded_byte_array_data_bytes(from.unencoded_byte_array_data_bytes())
        .set_repetition_level_histogram(from.repetition_level_histogram().cloned())
        .set_definition_level_histogram(from.definition_level_histogram().cloned());
    if let Some(statistics) = from.statistics() {
        builder = builder.set_statistics(statistics.clone());
    }
    if let Some(statistics) = from.geo_statistics() {
        builder = builder.set_geo_statistics(Box::new(statistics.clone()));
    }
    if let Some(statistics) = from.page_encoding_stats() {
        builder = builder.set_page_encoding_stats(statistics.clone());
    }
    builder.build().map_err(writing)
}

fn shifted(mut index: OffsetIndexMetaData, shift: i64) -> OffsetIndexMetaData {
    for location in &mut index.page_locations {
        location.offset = location.offset.saturating_add(shift);
    }
    index
}
