//! Parquet read back: rows as the library's own footer reader counts them, and every value, name and metadata text.

use super::search::Search;
use crate::error::{Error, Result};
use crate::io::parquet::{Answer, Batch, Limits, Mode, ParquetInput, Visitor, Wish};
use crate::job::Stop;
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescriptor;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

/// Searches a file and gives its rows.
pub(super) fn read(path: &Path, stop: &Stop, search: &mut Search<'_>) -> Result<u64> {
    let broken = |what: &str| Error::Data { file: path.display().to_string(), message: what.to_owned() };
    let open = || File::open(path).map_err(Error::store(path, "cannot open"));
    let footer = std::panic::catch_unwind(|| -> Result<(i64, Vec<Vec<String>>)> {
        let reader = SerializedFileReader::new(open()?).map_err(|_| broken("the footer cannot be read"))?;
        Ok((reader.metadata().file_metadata().num_rows(), extremes(reader.metadata())))
    });
    let (rows, extremes) = footer.map_err(|_| broken("the footer cannot be read"))??;
    let len = std::fs::metadata(path).map_err(Error::store(path, "cannot read"))?.len();
    let limits = &search.looker.policy.limits;
    let limits = Limits { memory: 64 << 20, cell: limits.cell.0.saturating_mul(2), ratio: u64::from(u32::MAX) };
    let input = ParquetInput::open(open()?, len, &limits).map_err(|reason| broken(reason.name()))?;
    for pair in input.key_values() {
        search.name(&pair.key);
        if let Some(value) = &pair.value {
            search.name(value);
        }
    }
    let spill = || Err(std::io::ErrorKind::Unsupported.into());
    for (number, leaf) in input.leaves().iter().enumerate() {
        leaf.column.elements.iter().for_each(|e| search.name(e));
        let column = search.column(&leaf.column.name, &leaf.column.elements);
        // Statistics that tell a value of the column tell nothing more.
        let mut told: BTreeSet<&[u8]> = extremes.get(number).into_iter().flatten().map(String::as_bytes).collect();
        for group in 0..input.row_groups() {
            stop.check()?;
            let mut each = Each { search: &mut *search, column, told: &mut told };
            input.examine(group, number, &mut each, Mode::Scan, &spill).map_err(|e| broken(&e.to_string()))?;
        }
        for value in told {
            search.cell(column, value);
        }
        search.flush_column();
    }
    Ok(rows.unsigned_abs())
}

/// By leaf: the smallest and largest values of its chunks, which statistics keep outside of the pages.
fn extremes(metadata: &ParquetMetaData) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new(); metadata.file_metadata().schema_descr().num_columns()];
    for group in metadata.row_groups() {
        for (values, chunk) in found.iter_mut().zip(group.columns()) {
            let Some(statistics) = chunk.statistics().filter(|_| !is_scaled(chunk.column_descr())) else { continue };
            let ends = [statistics.min_bytes_opt(), statistics.max_bytes_opt()];
            values.extend(ends.into_iter().flatten().filter_map(|bytes| shown(statistics, bytes)));
        }
    }
    found
}

/// Its integers are times or decimals, which say nothing as they lie there.
fn is_scaled(leaf: &ColumnDescriptor) -> bool {
    let integer = matches!(leaf.physical_type(), Type::INT32 | Type::INT64);
    let plain = matches!(leaf.logical_type_ref(), None | Some(LogicalType::Integer(_)));
    integer && !(plain && (leaf.converted_type() == ConvertedType::NONE || leaf.logical_type_ref().is_some()))
}

/// A value of the statistics as text.
fn shown(statistics: &Statistics, bytes: &[u8]) -> Option<String> {
    match statistics {
        Statistics::ByteArray(_) | Statistics::FixedLenByteArray(_) => String::from_utf8(bytes.to_vec()).ok(),
        Statistics::Int32(_) => Some(i32::from_le_bytes(bytes.try_into().ok()?).to_string()),
        Statistics::Int64(_) => Some(i64::from_le_bytes(bytes.try_into().ok()?).to_string()),
        _ => None,
    }
}

/// Passes every value, or dictionary entry, on to the search.
struct Each<'a, 'b, 't> {
    search: &'a mut Search<'b>,
    column: u32,
    /// Texts of the statistics that no value was met for.
    told: &'a mut BTreeSet<&'t [u8]>,
}

impl Visitor for Each<'_, '_, '_> {
    fn wish(&self) -> Wish {
        Wish { by_entry: true, ..Wish::default() }
    }

    fn values(&mut self, batch: &Batch<'_>) -> Answer {
        for cell in batch.block.cells.iter().filter(|cell| !batch.is_nothing(cell)) {
            let text = batch.block.text(batch.bytes, cell);
            self.told.remove(text);
            self.search.cell(self.column, text);
        }
        self.search.row_ends();
        Answer::default()
    }
}
