//! Writes a chunk anew: same codec, dictionary, page version, statistics and indexes as the source had.

use super::chunk::{Bloom, Chunk, Spool};
use super::failure::{Failure, fenced, writing};
use super::input::{Outline, ParquetInput};
use super::plain::{self, PlainWriter};
use super::values::Work;
use parquet::basic::{Compression, Encoding};
use parquet::column::writer::{ColumnCloseResult, ColumnWriterImpl};
use parquet::data_type::DataType;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use std::sync::Arc;

/// Dictionaries are kept up to the size that writers keep by default, or the size that the source's had.
const DICTIONARY: usize = 1 << 20;

/// How to write a chunk like the source's.
pub(super) fn properties(input: &ParquetInput, meta: &ColumnChunkMetaData, outline: &Outline) -> WriterProperties {
    let statistics = match (meta.column_index_offset(), meta.statistics()) {
        (Some(_), _) => EnabledStatistics::Page,
        (None, Some(_)) => EnabledStatistics::Chunk,
        (None, None) => EnabledStatistics::None,
    };
    // The library holds a chunk's index pages until its dictionary is closed.
    let values = u64::try_from(meta.num_values()).unwrap_or(0);
    let dictionary = outline.dictionary.is_some() && values < input.limits.memory / 8;
    let most = (input.limits.memory / 16) as usize;
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::from(meta.compression_codec()))
        .set_writer_version(if outline.v2 && !outline.mislabelled {
            WriterVersion::PARQUET_2_0
        } else {
            WriterVersion::PARQUET_1_0
        })
        .set_statistics_enabled(statistics)
        .set_offset_index_disabled(meta.offset_index_offset().is_none())
        .set_dictionary_enabled(dictionary)
        .set_dictionary_page_size_limit(outline.dictionary.unwrap_or(0).min(most).max(DICTIONARY))
        .set_encoding(outline.encoding.filter(|e| is_written(*e)).unwrap_or(Encoding::PLAIN));
    if meta.bloom_filter_offset().is_some() {
        builder = builder
            .set_bloom_filter_enabled(true)
            .set_bloom_filter_for_dictionary_encoded_chunks(true)
            .set_bloom_filter_max_ndv(values.clamp(1, 1 << 20));
    }
    builder.build()
}

fn is_written(encoding: Encoding) -> bool {
    matches!(
        encoding,
        Encoding::PLAIN
            | Encoding::RLE
            | Encoding::DELTA_BINARY_PACKED
            | Encoding::DELTA_LENGTH_BYTE_ARRAY
            | Encoding::DELTA_BYTE_ARRAY
            | Encoding::BYTE_STREAM_SPLIT
    )
}

/// Takes levels and values and hands them to the library in whole records.
pub(super) struct Writer<'a, T: DataType> {
    column: ColumnWriterImpl<'a, T>,
    max_def: i16,
    max_rep: i16,
    /// Levels and values of the record that may go on in the next batch.
    defs: Vec<i16>,
    reps: Vec<i16>,
    values: Vec<T::T>,
    most: usize,
}

impl<'a, T: DataType> Writer<'a, T> {
    fn new(
        descr: &ColumnDescPtr,
        properties: WriterProperties,
        sink: &'a mut TrackedWrite<Spool<'_>>,
        most: u64,
    ) -> Result<Self, Failure> {
        let column = fenced(|| {
            let pages = SerializedPageWriter::new(sink);
            Ok(ColumnWriterImpl::new(Arc::clone(descr), Arc::new(properties), Box::new(pages)))
        })?;
        let (defs, reps, values) = Default::default();
        let (max_def, max_rep) = (descr.max_def_level(), descr.max_rep_level());
        Ok(Self { column, max_def, max_rep, defs, reps, values, most: most as usize })
    }

    /// Takes the next levels and values; a record may be cut between two calls.
    pub(super) fn write(&mut self, defs: &[i16], reps: &[i16], values: &[T::T]) -> Result<(), Failure> {
        if self.max_rep == 0 {
            return put(&mut self.column, defs, reps, values, (self.max_def, self.max_rep));
        }
        self.defs.extend_from_slice(defs);
        self.reps.extend_from_slice(reps);
        self.values.extend_from_slice(values);
        let whole = self.reps.iter().rposition(|rep| *rep == 0).unwrap_or(0);
        self.flush(whole)?;
        if self.reps.len() > self.most {
            return Err(Failure::Data(crate::batch::Reason::TooLarge));
        }
        Ok(())
    }

    fn flush(&mut self, levels: usize) -> Result<(), Failure> {
        if levels == 0 {
            return Ok(());
        }
        let (defs, reps) = (self.defs.get(..levels).unwrap_or_default(), self.reps.get(..levels).unwrap_or_default());
        // A repeated column has definition levels always.
        let count = defs.iter().filter(|def| **def == self.max_def).count();
        let values = self.values.get(..count).unwrap_or_default();
        put(&mut self.column, defs, reps, values, (self.max_def, self.max_rep))?;
        self.defs.drain(..levels);
        self.reps.drain(..levels);
        self.values.drain(..count);
        Ok(())
    }

    pub(super) fn close(mut self) -> Result<ColumnCloseResult, Failure> {
        self.flush(self.reps.len())?;
        fenced(|| self.column.close().map_err(writing))
    }
}

fn put<T: DataType>(
    column: &mut ColumnWriterImpl<'_, T>,
    defs: &[i16],
    reps: &[i16],
    values: &[T::T],
    max: (i16, i16),
) -> Result<(), Failure> {
    if defs.is_empty() && reps.is_empty() && values.is_empty() {
        return Ok(());
    }
    fenced(|| {
        let (defs, reps) = ((max.0 > 0).then_some(defs), (max.1 > 0).then_some(reps));
        column.write_batch(values, defs, reps).map(|_| ()).map_err(writing)
    })
}

/// What is known of a chunk once its last page is written.
pub(super) struct Closed {
    pub metadata: ColumnChunkMetaData,
    pub column_index: Option<ColumnIndexMetaData>,
    pub offset_index: Option<OffsetIndexMetaData>,
    pub bloom: Bloom,
}

impl From<ColumnCloseResult> for Closed {
    fn from(close: ColumnCloseResult) -> Self {
        let ColumnCloseResult { metadata, column_index, offset_index, bloom_filter, .. } = close;
        Self { metadata, column_index, offset_index, bloom: bloom_filter.map_or(Bloom::None, |b| Bloom::Built(Box::new(b))) }
    }
}

/// Writes a chunk in the way that fits it.
pub(super) enum ChunkWriter<'a, 's, T: DataType> {
    Library(Box<Writer<'s, T>>),
    Plain(Box<PlainWriter<'a, 's>>),
}

impl<'a, 's, T: DataType> ChunkWriter<'a, 's, T> {
    pub(super) fn new(work: &'a Work<'a>, sink: &'s mut TrackedWrite<Spool<'a>>) -> Result<Self, Failure> {
        if plain::is_plain(work) {
            return Ok(Self::Plain(Box::new(PlainWriter::new(work, sink))));
        }
        let properties = properties(work.input, work.meta, work.outline);
        let writer = Writer::new(&work.leaf.descr, properties, sink, work.input.bounds().levels)?;
        Ok(Self::Library(Box::new(writer)))
    }

    /// Takes the next levels and values; a record may be cut between two calls.
    pub(super) fn write(&mut self, defs: &[i16], reps: &[i16], values: &[T::T]) -> Result<(), Failure> {
        match self {
            Self::Library(writer) => writer.write(defs, reps, values),
            Self::Plain(writer) => writer.write(defs, reps, values),
        }
    }

    pub(super) fn close(self) -> Result<Closed, Failure> {
        match self {
            Self::Library(writer) => writer.close().map(Closed::from),
            Self::Plain(writer) => writer.close(),
        }
    }
}

/// The chunk that was written into `sink`.
pub(super) fn written(leaf: usize, closed: Closed, sink: TrackedWrite<Spool<'_>>) -> Result<Chunk, Failure> {
    let spool = sink.into_inner().map_err(|e| Failure::Store(std::io::Error::other(e.to_string())))?;
    let Closed { metadata, column_index, offset_index, bloom } = closed;
    let (rejected, body) = (Vec::new(), spool.finish()?);
    Ok(Chunk { leaf, rewritten: true, edited: false, rejected, body, base: 0, metadata, column_index, offset_index, bloom })
}
