//! `withheld.parquet`: one row a row in the quarantine, with where in its cleaned file it belongs.

use super::side_table::{Cell, Kind, Side, SideWriter};
use serde::{Deserialize, Serialize};

/// One row in the quarantine.
///
/// Places are those in the whole file, as it would be cleaned with no row withheld, decompressed and in UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WithheldRow<'a> {
    /// The file's relative path.
    pub file: &'a str,
    /// Record number in the file from 0.
    pub row: i64,
    /// Its label as the report counts it; empty where it has none.
    pub label: &'a str,
    /// Where the record begins in the whole file, in bytes; of Parquet its number among the rows of the whole file.
    pub offset: i64,
    /// The record's bytes; 0 for Parquet.
    pub bytes: i64,
    /// Bytes behind it that go with it (blank lines, a comma); 0 for Parquet.
    pub gap: i64,
}

/// Where a quarantined file and its cleaned file were one: what no row of `withheld.parquet` can say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seam {
    /// Bytes that open both files: mark and header; of an array all before its first record.
    pub head: u64,
    /// Of an array: the comma and spaces that stand in neither file, since the last record of each has none behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
    /// Of Parquet: rows of each row group of the whole file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<u64>,
}

/// Text that parted two records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lost {
    /// Where in the whole file.
    pub at: u64,
    /// The text.
    pub text: String,
}

/// `withheld.parquet`.
pub struct WithheldRows;

/// Writes `withheld.parquet`, streaming.
pub type WithheldWriter<W> = SideWriter<WithheldRows, W>;

impl Side for WithheldRows {
    type Row<'a> = WithheldRow<'a>;

    const COLUMNS: &'static [(&'static str, Kind)] = &[
        ("file", Kind::Text),
        ("row", Kind::Integer),
        ("label", Kind::Text),
        ("offset", Kind::Integer),
        ("bytes", Kind::Integer),
        ("gap", Kind::Integer),
    ];

    fn cells<'a>(row: &WithheldRow<'a>, put: &mut dyn FnMut(Cell<'a>)) {
        put(Cell::Text(row.file));
        put(Cell::Integer(row.row));
        put(Cell::Text(row.label));
        put(Cell::Integer(row.offset));
        put(Cell::Integer(row.bytes));
        put(Cell::Integer(row.gap));
    }
}
