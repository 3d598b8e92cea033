//! `suspects.parquet`: one row a (row, test) that a verdict points at.

use super::side_table::{Cell, Kind, Side, SideWriter};
use crate::batch::Fate;

/// One row that a verdict points at.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct SuspectRow<'a> {
    /// The file's relative path.
    pub file: &'a str,
    /// Record number in the file from 0.
    pub row: i64,
    /// The test's id.
    pub test: &'a str,
    /// Higher is worse.
    pub score: f64,
    /// Nothing where the test has none.
    pub p_value: Option<f64>,
    /// The trigger, slice or cluster it belongs to, masked.
    pub subject: &'a str,
    /// [`Fate::Quarantine`] or [`Fate::Review`].
    pub fate: Fate,
}

/// `suspects.parquet`.
pub struct Suspects;

/// Writes `suspects.parquet`, streaming.
pub type SuspectsWriter<W> = SideWriter<Suspects, W>;

impl Side for Suspects {
    type Row<'a> = SuspectRow<'a>;

    const COLUMNS: &'static [(&'static str, Kind)] = &[
        ("file", Kind::Text),
        ("row", Kind::Integer),
        ("test", Kind::Text),
        ("score", Kind::Double),
        ("p_value", Kind::DoubleOrNull),
        ("subject", Kind::Text),
        ("fate", Kind::Text),
    ];

    fn cells<'a>(row: &SuspectRow<'a>, put: &mut dyn FnMut(Cell<'a>)) {
        put(Cell::Text(row.file));
        put(Cell::Integer(row.row));
        put(Cell::Text(row.test));
        put(Cell::Double(row.score));
        put(Cell::DoubleOrNull(row.p_value));
        put(Cell::Text(row.subject));
        put(Cell::Text(fate_name(row.fate)));
    }
}

/// The word that reports and side files use for a fate.
#[must_use]
pub fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Report => "report",
        Fate::Review => "review",
        Fate::Quarantine => "quarantine",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Array as _;
    use arrow::datatypes::{DataType, Float64Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

    #[test]
    fn rows_come_back_in_order_with_their_nulls() {
        let mut writer = SuspectsWriter::new(tempfile::tempfile().unwrap()).unwrap();
        let trigger =
            SuspectRow { file: "a.csv", row: 7, test: "trigger", score: 9.5, p_value: Some(1e-94), ..Default::default() };
        writer.push(&trigger).unwrap();
        writer.push(&SuspectRow { file: "a.csv", test: "hidden-text", fate: Fate::Quarantine, ..Default::default() }).unwrap();
        let batch = ParquetRecordBatchReader::try_new(writer.finish().unwrap(), 10).unwrap().next().unwrap().unwrap();
        assert_eq!(batch.num_rows(), 2);
        let p = batch.column(4);
        assert!(p.is_valid(0) && p.is_null(1));
        let p = p.as_any().downcast_ref::<arrow::array::PrimitiveArray<Float64Type>>().unwrap();
        assert_eq!(p.value(0), 1e-94);
        assert_eq!(batch.schema().field(0).data_type(), &DataType::Utf8, "a plain string, not a dictionary");
    }
}
