//! What the Parquet side files share: writer settings that make bytes depend on the rows alone, and text columns that
//! encode a number instead of a string.

use super::names::{Names, bounded};
use crate::error::{Error, Result};
use arrow::array::{ArrayRef, DictionaryArray, PrimitiveArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use std::io::Write;
use std::sync::Arc;

/// Rows of a row group. Fixed, so that the way rows arrive leaves no trace in the bytes.
pub const GROUP_ROWS: usize = 1 << 18;
/// Effort of the compression.
pub(super) const LEVEL: i32 = 1;
/// Rows that are gathered before they are encoded; divides [`GROUP_ROWS`].
const BATCH_ROWS: usize = 1 << 15;
/// Bytes of distinct names after which a batch is encoded although it is not full.
const BATCH_NAME_BYTES: usize = 4 << 20;

/// A Parquet file under way.
pub(super) struct Sink<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: SchemaRef,
}

impl<W: Write + Send> Sink<W> {
    /// Begins a file with these columns (name, type, nullable). [`DataType::Utf8`] columns take [`Text`] arrays.
    pub(super) fn new(out: W, columns: &[(&str, DataType, bool)]) -> Result<Self> {
        let schema = Arc::new(schema(columns));
        let properties = properties(columns)?;
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(out, Arc::clone(&schema), options).map_err(|e| fault(&e))?;
        Ok(Self { writer, schema })
    }

    /// Encodes a batch.
    pub(super) fn write(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|e| Error::Bug(e.to_string()))?;
        self.writer.write(&batch).map_err(|e| fault(&e))
    }

    /// Writes the footer and gives the output back.
    pub(super) fn finish(mut self) -> Result<W> {
        self.writer.flush().map_err(|e| fault(&e))?;
        // What is left is the footer; the crate tells of a failing output in words only.
        self.writer.into_inner().map_err(|e| match fault(&e) {
            Error::Bug(words) => store(std::io::Error::other(words)),
            other => other,
        })
    }
}

/// The columns as the encoder knows them.
pub(super) fn schema(columns: &[(&str, DataType, bool)]) -> Schema {
    let field = |(name, kind, nullable): &(&str, DataType, bool)| {
        // Handed over as a dictionary, stored as a plain string: the Arrow schema is left out of the file.
        let kind = match kind {
            DataType::Utf8 => DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8)),
            other => other.clone(),
        };
        Field::new(*name, kind, *nullable)
    };
    Schema::new(columns.iter().map(field).collect::<Vec<_>>())
}

/// How files of these columns are written.
pub(super) fn properties(columns: &[(&str, DataType, bool)]) -> Result<WriterProperties> {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by("untaint".to_owned())
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL).map_err(|e| fault(&e))?))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true);
    for (name, kind, _) in columns {
        if matches!(kind, DataType::Int64 | DataType::Int32) {
            // Rows ascend and offsets are small: deltas are short, and nothing is hashed. A reader that wants some rows finds
            // their row groups by the statistics.
            let path = ColumnPath::from(*name);
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED);
            if matches!(kind, DataType::Int64) {
                properties = properties.set_column_statistics_enabled(path, EnabledStatistics::Chunk);
            }
        }
    }
    Ok(properties.build())
}

/// Whether a batch with so many rows and bytes of names is to be encoded now. A function of the rows alone.
pub(super) fn is_full(rows: usize, name_bytes: usize) -> bool {
    rows >= BATCH_ROWS || name_bytes >= BATCH_NAME_BYTES
}

/// Whether a row group that is encoded at once is full. A function of the rows alone.
pub(super) fn is_group_full(rows: usize, name_bytes: usize) -> bool {
    rows >= GROUP_ROWS || name_bytes >= BATCH_NAME_BYTES
}

/// A text column under way.
#[derive(Default)]
pub(super) struct Text {
    keys: Vec<u32>,
    names: Names,
}

impl Text {
    /// The number of a string in this batch.
    pub(super) fn id(&mut self, text: &str) -> u32 {
        self.names.id(&bounded(text))
    }

    /// Appends a row.
    pub(super) fn push(&mut self, text: &str) {
        // Neighbours are mostly equal.
        let last = self.keys.last().copied().filter(|&id| self.names.get(id) == text);
        let id = last.unwrap_or_else(|| self.id(text));
        self.keys.push(id);
    }

    /// Bytes of distinct names.
    pub(super) fn name_bytes(&self) -> usize {
        self.names.bytes()
    }

    /// The column, emptied.
    pub(super) fn take(&mut self) -> Result<ArrayRef> {
        let values = StringArray::from_iter_values(self.names.iter());
        self.names.clear();
        let keys: PrimitiveArray<UInt32Type> = std::mem::take(&mut self.keys).into();
        let column = DictionaryArray::try_new(keys, Arc::new(values)).map_err(|e| Error::Bug(e.to_string()))?;
        Ok(Arc::new(column))
    }
}

/// Tells a failing output from a failing encoder.
pub(super) fn fault(error: &ParquetError) -> Error {
    match error {
        ParquetError::External(source) => match source.downcast_ref::<std::io::Error>() {
            Some(io) => store(std::io::Error::new(io.kind(), io.to_string())),
            None => Error::Bug(error.to_string()),
        },
        other => Error::Bug(other.to_string()),
    }
}

fn store(source: std::io::Error) -> Error {
    Error::store("side file", "cannot write")(source)
}
