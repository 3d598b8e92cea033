//! Files of a run read back.

use arrow::array::{Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fmt::Write as _;
use std::path::Path;

/// The whole text of a file; of a Parquet file, of all that its cells hold.
pub fn content(path: &Path) -> String {
    if path.extension().is_none_or(|e| e != "parquet") {
        return std::fs::read_to_string(path).unwrap();
    }
    let mut text = String::new();
    for batch in table(path) {
        for column in batch.columns() {
            let options = FormatOptions::default();
            let cells = ArrayFormatter::try_new(column.as_ref(), &options).unwrap();
            (0..batch.num_rows()).for_each(|row| writeln!(text, "{}", cells.value(row)).unwrap());
        }
    }
    text
}

/// All rows of a Parquet file.
pub fn table(path: &Path) -> Vec<RecordBatch> {
    let file = std::fs::File::open(path).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().collect::<Result<_, _>>().unwrap()
}

/// A column of texts, whatever the tables' batches.
pub fn texts(batches: &[RecordBatch], column: &str) -> Vec<String> {
    let of = |batch: &RecordBatch| {
        let array = cast(batch.column_by_name(column).unwrap(), &DataType::Utf8).unwrap();
        let array = array.as_any().downcast_ref::<StringArray>().unwrap().clone();
        (0..array.len()).map(|i| array.value(i).to_owned()).collect::<Vec<_>>()
    };
    batches.iter().flat_map(of).collect()
}

/// A column of whole numbers.
pub fn numbers(batches: &[RecordBatch], column: &str) -> Vec<i64> {
    let of = |batch: &RecordBatch| {
        let array = cast(batch.column_by_name(column).unwrap(), &DataType::Int64).unwrap();
        array.as_any().downcast_ref::<Int64Array>().unwrap().values().to_vec()
    };
    batches.iter().flat_map(of).collect()
}
