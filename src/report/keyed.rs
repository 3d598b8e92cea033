//! A side file whose columns are handed over a row group at a time; those of few values as numbers into a dictionary, which
//! go to the file as they are: the library would look every row's value up again.

use super::side::{LEVEL, fault, properties, schema};
use crate::error::{Error, Result};
use arrow::datatypes::DataType as Kind;
use bytes::Bytes;
use parquet::arrow::ArrowSchemaConverter;
use parquet::basic::{Compression, Encoding, EncodingMask, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use std::io::Write;
use std::sync::Arc;

/// A Parquet file under way. All columns are required ones.
pub(super) struct KeyedSink<W: Write + Send> {
    writer: SerializedFileWriter<W>,
}

impl<W: Write + Send> KeyedSink<W> {
    /// Begins a file with these columns (name, type, nullable), of which none is nullable.
    pub(super) fn new(out: W, columns: &[(&str, Kind, bool)]) -> Result<Self> {
        let descr = ArrowSchemaConverter::new().convert(&schema(columns)).map_err(|e| fault(&e))?;
        let properties = Arc::new(properties(columns)?);
        let writer = SerializedFileWriter::new(out, descr.root_schema_ptr(), properties).map_err(|e| fault(&e))?;
        Ok(Self { writer })
    }

    /// Begins a row group; its columns come in order.
    pub(super) fn group(&mut self) -> Result<Group<'_, W>> {
        let descr = self.writer.schema_descr().columns().to_vec();
        Ok(Group { columns: descr.into_iter(), group: self.writer.next_row_group().map_err(|e| fault(&e))? })
    }

    /// Writes the footer and gives the output back.
    pub(super) fn finish(self) -> Result<W> {
        self.writer.into_inner().map_err(|e| fault(&e))
    }
}

/// A row group under way.
pub(super) struct Group<'a, W: Write + Send> {
    columns: std::vec::IntoIter<ColumnDescPtr>,
    group: SerializedRowGroupWriter<'a, W>,
}

impl<W: Write + Send> Group<'_, W> {
    /// The next column, by value.
    pub(super) fn numbers<T: DataType>(&mut self, values: &[T::T]) -> Result<()> {
        self.columns.next();
        let column = self.group.next_column().map_err(|e| fault(&e))?;
        let mut column = column.ok_or_else(|| Error::Bug("a side file has more columns than its schema".to_owned()))?;
        column.typed::<T>().write_batch(values, None, None).map_err(|e| fault(&e))?;
        column.close().map_err(|e| fault(&e))
    }

    /// The next column, as places in a dictionary: its `entries` encoded plainly, and how many there are. Each row is of a
    /// kind, and `keys` has the place of each kind; all kinds are used.
    pub(super) fn keys(&mut self, kinds: &[u32], keys: &[u32], dictionary: &[u8], entries: usize) -> Result<()> {
        let descr = self.columns.next();
        let descr = descr.ok_or_else(|| Error::Bug("a side file has more columns than its schema".to_owned()))?;
        let (body, close) = chunk(descr, kinds, keys, dictionary, entries).map_err(|e| fault(&e))?;
        self.group.append_column(&Bytes::from(body), close).map_err(|e| fault(&e))
    }

    /// Ends the row group.
    pub(super) fn close(self) -> Result<()> {
        self.group.close().map(|_| ()).map_err(|e| fault(&e))
    }
}

/// A string as the dictionary holds it.
pub(super) fn push_entry(dictionary: &mut Vec<u8>, text: &str) {
    dictionary.extend_from_slice(&(text.len() as u32).to_le_bytes());
    dictionary.extend_from_slice(text.as_bytes());
}

/// A column chunk of a dictionary page and a page of keys.
fn chunk(
    descr: ColumnDescPtr,
    kinds: &[u32],
    keys: &[u32],
    dictionary: &[u8],
    entries: usize,
) -> std::result::Result<(Vec<u8>, ColumnCloseResult), ParquetError> {
    let packed = packed(kinds, keys, entries);
    let mut body = TrackedWrite::new(Vec::new());
    let mut out = SerializedPageWriter::new(&mut body);
    let mut put = |page: Page, size: usize| -> std::result::Result<PageWriteSpec, ParquetError> {
        out.write_page(CompressedPage::new(page, size))
    };
    let (num_values, encoding) = (entries as u32, Encoding::PLAIN);
    let page = Page::DictionaryPage { buf: compressed(dictionary)?, num_values, encoding, is_sorted: false };
    let first = put(page, dictionary.len())?;
    let page = Page::DataPage {
        buf: compressed(&packed)?,
        num_values: kinds.len() as u32,
        encoding: Encoding::RLE_DICTIONARY,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    };
    let second = put(page, packed.len())?;
    let encodings = [Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY];
    let stats = |page_type, encoding| PageEncodingStats { page_type, encoding, count: 1 };
    let metadata = ColumnChunkMetaData::builder(descr)
        .set_compression_codec(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?).into())
        .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
        .set_num_values(kinds.len() as i64)
        .set_total_compressed_size((first.compressed_size + second.compressed_size) as i64)
        .set_total_uncompressed_size((first.uncompressed_size + second.uncompressed_size) as i64)
        .set_dictionary_page_offset(Some(first.offset as i64))
        .set_data_page_offset(second.offset as i64)
        .set_page_encoding_stats(vec![
            stats(PageType::DICTIONARY_PAGE, Encoding::PLAIN),
            stats(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY),
        ])
        .build()?;
    let body = body.into_inner()?;
    let close = ColumnCloseResult {
        bytes_written: body.len() as u64,
        rows_written: kinds.len() as u64,
        metadata,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok((body, close))
}

fn compressed(plain: &[u8]) -> std::result::Result<Bytes, ParquetError> {
    zstd::bulk::compress(plain, LEVEL).map(Bytes::from).map_err(|e| ParquetError::General(e.to_string()))
}

/// The keys of rows of these kinds, which are below `entries`, as Parquet's hybrid of runs: their width in bits, then one run
/// where all are equal, else one of packed bits.
fn packed(kinds: &[u32], keys: &[u32], entries: usize) -> Vec<u8> {
    let most = u32::try_from(entries.saturating_sub(1)).unwrap_or(u32::MAX);
    let width = (u32::BITS - most.leading_zeros()).max(1);
    let mut out = Vec::with_capacity(16 + kinds.len() * width as usize / 8);
    out.push(width as u8);
    if let Some(first) = keys.first().filter(|first| keys.iter().all(|key| key == *first)) {
        head(&mut out, (kinds.len() as u64) << 1);
        out.extend(first.to_le_bytes().iter().take(width.div_ceil(8) as usize));
        return out;
    }
    // Whole groups of eight: the last one is filled up with zeros, which no reader asks for.
    let groups = kinds.len().div_ceil(8);
    head(&mut out, (groups as u64) << 1 | 1);
    let (mut word, mut bits) = (0_u64, 0);
    for kind in kinds {
        word |= u64::from(keys.get(*kind as usize).copied().unwrap_or(0)) << bits;
        bits += width;
        if bits >= 32 {
            out.extend_from_slice(&(word as u32).to_le_bytes());
            word >>= 32;
            bits -= 32;
        }
    }
    let end = 1 + length(groups) + groups * width as usize;
    out.extend_from_slice(&word.to_le_bytes());
    out.resize(end, 0);
    out
}

/// Bytes of the head of so many packed groups.
fn length(groups: usize) -> usize {
    let mut bytes = Vec::new();
    head(&mut bytes, (groups as u64) << 1 | 1);
    bytes.len()
}

fn head(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(keys in proptest::collection::vec(0_u32..300, 1..200), most in 1_u32..300) {
            let keys: Vec<u32> = keys.iter().map(|key| key % most).collect();
            let kinds: Vec<u32> = (0..keys.len() as u32).chain((0..keys.len() as u32).rev()).collect();
            let mut sink = KeyedSink::new(Vec::new(), &[("name", Kind::Utf8, false), ("at", Kind::Int64, false)]).unwrap();
            let mut dictionary = Vec::new();
            (0..most).for_each(|entry| push_entry(&mut dictionary, &format!("n{entry}")));
            for _ in 0..2 {
                let mut group = sink.group().unwrap();
                group.keys(&kinds, &keys, &dictionary, most as usize).unwrap();
                let at: Vec<i64> = (0..kinds.len() as i64).collect();
                group.numbers::<parquet::data_type::Int64Type>(&at).unwrap();
                group.close().unwrap();
            }
            let reader = SerializedFileReader::new(Bytes::from(sink.finish().unwrap())).unwrap();
            let mut read = reader.get_row_iter(None).unwrap().map(|row| row.unwrap());
            for _ in 0..2 {
                for (at, key) in keys.iter().chain(keys.iter().rev()).enumerate() {
                    let row = read.next().unwrap();
                    prop_assert_eq!(row.get_string(0).unwrap(), &format!("n{key}"));
                    prop_assert_eq!(row.get_long(1).unwrap(), at as i64);
                }
            }
            prop_assert!(read.next().is_none());
        }
    }
}
