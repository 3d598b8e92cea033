//! The facts of one part, gathered by a worker in row order.

use super::columns::ColumnFacts;
use super::days::day_of;
use super::key::{Of, TextHasher};
use super::rows::RowFacts;

/// Gathers the facts of one part. Texts are those after masking, so that no raw value enters a profile.
pub struct Facts {
    pub(crate) seed: u64,
    text: TextHasher,
    cell: TextHasher,
    pub(crate) rows: RowFacts,
    pub(crate) names: Vec<String>,
    pub(crate) columns: Vec<ColumnFacts>,
    /// The day of the last time text: neighbours often share it.
    last_time: (Vec<u8>, Option<i32>),
    /// Times that are no times we can read.
    pub(crate) unread_times: u64,
}

impl Facts {
    /// Facts of no row yet, hashed under the policy's seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            text: TextHasher::new(seed, Of::Text),
            cell: TextHasher::new(seed, Of::Column),
            rows: RowFacts::default(),
            names: Vec::new(),
            columns: Vec::new(),
            last_time: (Vec::new(), None),
            unread_times: 0,
        }
    }

    /// Facts of one rejected record.
    #[must_use]
    pub fn of_rejected(seed: u64) -> Self {
        let mut facts = Self::new(seed);
        facts.skip_row();
        facts
    }

    /// Says what the columns are called that [`Facts::cell`] counts. More may be added later, at the end.
    pub fn columns(&mut self, names: &[String]) {
        for name in names.iter().skip(self.names.len()) {
            self.names.push(name.clone());
            self.columns.push(ColumnFacts::default());
        }
    }

    /// The next row, in row order. A key of 0 is a row without content: it repeats nothing. An empty label or source is none: CSV cannot tell null from empty.
    pub fn row(&mut self, key: u128, label: Option<&[u8]>, source: Option<&[u8]>, time: Option<&[u8]>) {
        let named = |text: Option<&[u8]>| text.filter(|t| !t.is_empty()).map(|t| self.text.hash(t));
        let (label_hash, source_hash) = (named(label), named(source));
        let day = time.filter(|t| !t.is_empty()).and_then(|t| self.day(t));
        self.rows.push(key, label_hash.zip(label), source_hash.zip(source), day);
    }

    fn day(&mut self, time: &[u8]) -> Option<i32> {
        if self.last_time.0 != time {
            self.last_time.0.clear();
            self.last_time.0.extend_from_slice(time.get(..40).unwrap_or(time));
            self.last_time.1 = day_of(time);
        }
        self.unread_times += u64::from(self.last_time.1.is_none());
        self.last_time.1
    }

    /// A rejected record: it keeps its row number and has no facts.
    pub fn skip_row(&mut self) {
        self.rows.skip();
    }

    /// One cell of a column; no text is null.
    pub fn cell(&mut self, column: u32, text: Option<&[u8]>) {
        if let Some(facts) = self.columns.get_mut(column as usize) {
            facts.cell(&self.cell, text);
        }
    }

    /// Appends the columns of another part's facts to these: for parts that are met column by column.
    pub fn adopt(&mut self, other: Self) {
        self.names.extend(other.names);
        self.columns.extend(other.columns);
    }

    /// The rows, to be spilled for a second look.
    pub fn rows(&self) -> &RowFacts {
        &self.rows
    }
}
