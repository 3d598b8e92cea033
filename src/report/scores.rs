//! `scores.parquet`: one row a (row, test that scores rows), whether or not a verdict points at it.

use super::side_table::{Cell, Kind, Side, SideWriter};

/// The score of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScoreRow<'a> {
    /// The file's relative path.
    pub file: &'a str,
    /// Record number in the file from 0.
    pub row: i64,
    /// The test's id.
    pub test: &'a str,
    /// Higher is worse.
    pub score: f64,
}

/// `scores.parquet`.
pub struct Scores;

/// Writes `scores.parquet`, streaming.
pub type ScoresWriter<W> = SideWriter<Scores, W>;

impl Side for Scores {
    type Row<'a> = ScoreRow<'a>;

    const COLUMNS: &'static [(&'static str, Kind)] =
        &[("file", Kind::Text), ("row", Kind::Integer), ("test", Kind::Text), ("score", Kind::Double)];

    fn cells<'a>(row: &ScoreRow<'a>, put: &mut dyn FnMut(Cell<'a>)) {
        put(Cell::Text(row.file));
        put(Cell::Integer(row.row));
        put(Cell::Text(row.test));
        put(Cell::Double(row.score));
    }
}
