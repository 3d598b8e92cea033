//! Keyed hashes of rows and texts. `SipHash` 1-3 (Aumasson, Bernstein 2012), keyed by the policy's seed.

use siphasher::{sip, sip128};

/// What a hash is of; hashes of different things never meet.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    Text = 1,
    File = 2,
    Cell = 3,
    Row = 4,
    Column = 5,
    Check = 6,
    Share = 7,
    Word = 8,
    Place = 9,
}

fn keys(seed: u64, of: Of) -> (u64, u64) {
    (seed ^ 0x756e_7461_696e_7421, (of as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Hashes many texts of one kind.
#[derive(Clone, Copy)]
pub(crate) struct TextHasher(sip::SipHasher13);

impl TextHasher {
    pub(crate) fn new(seed: u64, of: Of) -> Self {
        let (a, b) = keys(seed, of);
        Self(sip::SipHasher13::new_with_keys(a, b))
    }

    pub(crate) fn hash(&self, bytes: &[u8]) -> u64 {
        self.0.hash(bytes)
    }
}

/// A share of a file's rows, chosen by where they stand: the same rows for any number of workers.
#[derive(Clone, Copy)]
pub struct RowShare {
    hasher: TextHasher,
    file: u64,
    below: u64,
}

impl RowShare {
    /// `percent` of the rows of the file with this relative path, 0 to 100.
    #[must_use]
    pub fn new(seed: u64, file: &str, percent: f64) -> Self {
        let hasher = TextHasher::new(seed, Of::Share);
        // 2^64 is no u64: the cast stops at the largest, which leaves nothing out that one would notice.
        Self { hasher, file: hasher.hash(file.as_bytes()), below: (percent / 100.0 * 2f64.powi(64)) as u64 }
    }

    /// Whether a row is in the share that begins at this byte of a stream, or has this number in a table.
    #[must_use]
    pub fn has(&self, at: u64) -> bool {
        self.below == u64::MAX || self.hasher.hash(&(self.file ^ at).to_le_bytes()) < self.below
    }
}

/// The identity of a file in facts: a hash of its relative path.
pub fn file_hash(seed: u64, path: &str) -> u64 {
    TextHasher::new(seed, Of::File).hash(path.as_bytes())
}

/// The identity of a column among the facets of rows: a hash of its name.
pub fn column_hash(seed: u64, name: &str) -> u64 {
    TextHasher::new(seed, Of::Column).hash(super::columns::known_as(name).as_bytes())
}

/// The identity of a label or a source in facts: a hash of its text.
pub fn text_hash(seed: u64, text: &[u8]) -> u64 {
    TextHasher::new(seed, Of::Text).hash(text)
}

/// A column as a row key knows it: made once from the column's name.
#[derive(Clone, Copy)]
pub struct ColumnKey(sip128::SipHasher13);

impl ColumnKey {
    /// What a cell that is neither null nor empty adds to its row's key.
    #[must_use]
    pub fn part(&self, text: &[u8]) -> u128 {
        self.0.hash(text).as_u128()
    }
}

/// Makes the 128-bit key of a row out of its cells, in any order, so that the same row has the same key in every format.
///
/// Cells are hashed with their column and added modulo 2^128, so that repeated cells count; the sum is hashed again. Who
/// does not know the seed cannot aim at a collision. Null and empty texts are the same as no cell, since CSV cannot tell
/// them apart.
#[derive(Clone)]
pub struct KeyHasher {
    row: sip128::SipHasher13,
    seed: u64,
    sum: u128,
    cells: u64,
}

impl KeyHasher {
    /// A hasher under the policy's seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let (a, b) = keys(seed, Of::Row);
        Self { row: sip128::SipHasher13::new_with_keys(a, b), seed, sum: 0, cells: 0 }
    }

    /// The key of a column; ask once a column, not once a cell.
    pub fn column(&self, name: &str) -> ColumnKey {
        let (a, b) = keys(self.seed, Of::Cell);
        let name = sip128::SipHasher13::new_with_keys(a, b).hash(name.as_bytes()).as_u128();
        ColumnKey(sip128::SipHasher13::new_with_keys(name as u64, (name >> 64) as u64))
    }

    /// Takes in one cell of the row.
    pub fn cell(&mut self, column: &ColumnKey, text: Option<&[u8]>) {
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            self.sum = self.sum.wrapping_add(column.part(text));
            self.cells += 1;
        }
    }

    /// The row's key, 0 where no cell held anything; the hasher is ready for the next row.
    pub fn finish(&mut self) -> u128 {
        let key = self.of_parts(self.sum, self.cells);
        (self.sum, self.cells) = (0, 0);
        key
    }

    /// The key of a row whose `cells` cells have parts that add up to `sum` modulo 2^128: for rows that are met column by
    /// column. Null and empty cells have no part.
    #[must_use]
    pub fn of_parts(&self, sum: u128, cells: u64) -> u128 {
        if cells == 0 {
            return 0;
        }
        let mut bytes = [0; 24];
        let (head, tail) = bytes.split_at_mut(16);
        head.copy_from_slice(&sum.to_le_bytes());
        tail.copy_from_slice(&cells.to_le_bytes());
        self.row.hash(&bytes).as_u128()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u64, cells: &[(&str, Option<&str>)]) -> u128 {
        let mut hasher = KeyHasher::new(seed);
        for (name, text) in cells {
            let column = hasher.column(name);
            hasher.cell(&column, text.map(str::as_bytes));
        }
        hasher.finish()
    }

    #[test]
    fn a_key_knows_cells_and_columns_but_no_order() {
        let base = key(7, &[("a", Some("x")), ("b", Some("y"))]);
        for (cells, same, why) in [
            (vec![("b", Some("y")), ("a", Some("x"))], true, "column order is the format's"),
            (vec![("a", Some("x")), ("b", Some("y")), ("c", None)], true, "null is as good as missing"),
            (vec![("a", Some("x")), ("b", Some("y")), ("c", Some(""))], true, "CSV writes null as empty"),
            (vec![("a", Some("y")), ("b", Some("x"))], false, "texts changed places"),
            (vec![("a", Some("x")), ("a", Some("x")), ("b", Some("y"))], false, "a repeated cell counts"),
            (vec![("a", Some("x"))], false, "a cell less"),
        ] {
            assert_eq!(key(7, &cells) == base, same, "{why}");
        }
        assert_ne!(key(8, &[("a", Some("x")), ("b", Some("y"))]), base, "the seed keys it");
    }

    #[test]
    fn finish_leaves_nothing_for_the_next_row() {
        let mut hasher = KeyHasher::new(1);
        let column = hasher.column("t");
        hasher.cell(&column, Some(b"x"));
        let first = hasher.finish();
        hasher.cell(&column, Some(b"x"));
        assert_eq!(hasher.finish(), first);
    }
}
