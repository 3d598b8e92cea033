//! The facts of one part, gathered by a worker in row order.

use super::columns::ColumnFacts;
use super::days::day_of;
use super::facets::{Facet, Holders};
use super::key::{Of, TextHasher, column_hash, text_hash};
use super::rows::{INJECTION, RowFacts};
use super::words::{Reading, WordReader, Words};
use crate::text::{hidden, injection};

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
    reader: WordReader,
    /// Of the row at work.
    marks: u8,
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
            reader: WordReader::new(seed),
            marks: 0,
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
            self.rows.facets.push(Facet::new(column_hash(self.seed, name)));
            self.columns.push(ColumnFacts::default());
        }
    }

    /// The next row, in row order. A key of 0 is a row without content: it repeats nothing. An empty label or source is none: CSV cannot tell null from empty.
    pub fn row(&mut self, key: u128, label: Option<&[u8]>, source: Option<&[u8]>, time: Option<&[u8]>) {
        let named = |text: Option<&[u8]>| text.filter(|t| !t.is_empty()).map(|t| self.text.hash(t));
        let (label_hash, source_hash) = (named(label), named(source));
        let day = time.filter(|t| !t.is_empty()).and_then(|t| self.day(t));
        self.rows.push(key, label_hash.zip(label), source_hash.zip(source), day, std::mem::take(&mut self.marks));
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

    /// What a cell of the next row says: `raw` as it was read, for its marks, `after` as it stays, for its words.
    pub fn words(&mut self, column: &str, raw: &[u8], after: &[u8], how: Reading) {
        if how == Reading::Prose {
            self.marks |= marks(raw);
        }
        self.rows.words.cell(&mut self.reader, column, after, how);
    }

    /// The words and marks of the next row as another part's facts have them.
    pub fn adopt_words(&mut self, words: &Words, row: usize, marks: u8) {
        self.marks |= marks;
        self.rows.words.adopt(words, row);
    }

    /// A rejected record: it keeps its row number and has no facts.
    pub fn skip_row(&mut self) {
        self.marks = 0;
        self.rows.skip();
    }

    /// One cell of a column in the next row; no text is null.
    pub fn cell(&mut self, column: u32, text: Option<&[u8]>) {
        self.cell_of(self.rows.len(), column, text);
    }

    /// The same in a row by its number, for parts that are met column by column. Rows come in order.
    pub fn cell_of(&mut self, row: usize, column: u32, text: Option<&[u8]>) {
        let Some(facts) = self.columns.get_mut(column as usize) else { return };
        let hash = facts.cell(&self.cell, text);
        // CSV cannot tell null from empty: neither is a value.
        if let (Some(hash), Some(facet)) = (hash, self.rows.facets.get_mut(column as usize))
            && text.is_some_and(|text| !text.is_empty())
        {
            facet.put(row, hash);
        }
    }

    /// Does not remember which rows have which values of the columns: they count as columns of many values.
    pub fn without_facets(&mut self) {
        self.rows.facets.iter_mut().for_each(Facet::give_up);
    }

    /// The number of a type of personal data, for [`Facts::holds`].
    pub fn personal_type(&mut self, id: &str) -> usize {
        let known = self.rows.personal.iter().position(|held| held.id == id);
        known.unwrap_or_else(|| {
            self.rows.personal.push(Holders::new(text_hash(self.seed, id.as_bytes()), id));
            self.rows.personal.len() - 1
        })
    }

    /// A row, by its number, holds personal data of a type. Rows may come in any order and again.
    pub fn holds(&mut self, personal_type: usize, row: usize) {
        if let Some(held) = self.rows.personal.get_mut(personal_type) {
            held.insert(row);
        }
    }

    /// Appends the columns of another part's facts to these: for parts that are met column by column.
    pub fn adopt(&mut self, other: Self) {
        self.names.extend(other.names);
        self.columns.extend(other.columns);
        self.rows.facets.extend(other.rows.facets);
    }

    /// The rows, to be spilled for a second look.
    pub fn rows(&self) -> &RowFacts {
        &self.rows
    }
}

/// The marks of a text.
pub(crate) fn marks(text: &[u8]) -> u8 {
    let hidden = std::str::from_utf8(text).map_or(0, hidden::hidden);
    if injection::speaks_to_a_model(text) { hidden | INJECTION } else { hidden }
}

/// Words and marks of the rows of one column, for tables that are met column by column.
pub struct ColumnWords {
    reader: WordReader,
    words: Words,
    marks: Vec<u8>,
    how: Reading,
    column: String,
    /// Rows behind which words take more than may be held have none.
    pub is_full: bool,
}

/// Bytes that the words of a column of a row group may take.
const HELD: usize = 24 << 20;

impl ColumnWords {
    /// Of a column whose cells are read so.
    #[must_use]
    pub fn new(seed: u64, column: &str, how: Reading) -> Self {
        let (words, marks) = Default::default();
        Self { reader: WordReader::new(seed), words, marks, how, column: column.to_owned(), is_full: false }
    }

    /// The marks of a value as it was read.
    #[must_use]
    pub fn marks(&self, raw: &[u8]) -> u8 {
        if self.how == Reading::Prose { marks(raw) } else { 0 }
    }

    /// The next value, which stands in `row`; rows come in order, and a row may have several values.
    pub fn value(&mut self, row: u32, marks: u8, after: &[u8]) {
        self.until(row as usize);
        if self.words.bytes() > HELD {
            self.is_full = true;
            return;
        }
        if let Some(slot) = self.marks.last_mut() {
            *slot |= marks;
        }
        self.words.cell(&mut self.reader, &self.column, after, self.how);
    }

    /// Opens a row, closing those before it.
    fn until(&mut self, row: usize) {
        while self.marks.len() <= row {
            if !self.marks.is_empty() {
                self.words.row_ends(true);
            }
            self.marks.push(0);
        }
    }

    /// Closes the last of `rows` rows.
    pub fn finish(&mut self, rows: usize) {
        self.until(rows);
    }

    /// The words of the rows, and the marks of a row.
    #[must_use]
    pub fn of(&self, row: usize) -> (&Words, u8) {
        (&self.words, self.marks.get(row).copied().unwrap_or(0))
    }
}
