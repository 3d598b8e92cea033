//! What an operator may know of the record that a value stands in.

use std::collections::HashMap;

/// Highest number that is given: tags with longer ones are not known as ours.
const MOST: u32 = 9999;

/// Where a value stands. Equal for two values of one run only where an operator cannot tell them apart.
#[derive(Clone, Copy, Default)]
pub struct Place<'a> {
    /// The file.
    pub file: &'a str,
    /// The column.
    pub column: &'a str,
    /// The record: its offset in the source, or its number.
    pub record: u64,
    /// The cell in the record and the value in the cell.
    pub within: [u64; 2],
    /// How its column writes dates in numbers, where that is known: the day before the month.
    pub day_first: Option<bool>,
}

/// The record that a value stands in, as far as it is known.
pub struct Record<'a> {
    /// Numbers that were given in this record.
    pub numbers: &'a mut Numbers,
    /// Finds the text of another column's cell in the record.
    pub other: &'a dyn Fn(&str) -> Option<String>,
    /// Where the value stands.
    pub place: Place<'a>,
    /// The cell has a type: what takes a number's place must be one.
    pub typed: bool,
}

/// Numbers of values, by tag and in the order in which they appear.
#[derive(Default)]
pub struct Numbers {
    of: HashMap<String, HashMap<String, u32>>,
}

impl Numbers {
    /// Begins a new record.
    pub fn clear(&mut self) {
        self.of.clear();
    }

    /// The number of a value under its tag; none once too many were given.
    pub fn number(&mut self, tag: &str, value: &str) -> Option<u32> {
        if !self.of.contains_key(tag) {
            self.of.insert(tag.to_owned(), HashMap::new());
        }
        let values = self.of.get_mut(tag)?;
        if let Some(number) = values.get(value) {
            return Some(*number);
        }
        let next = values.len() as u32 + 1;
        if next > MOST {
            return None;
        }
        values.insert(value.to_owned(), next);
        Some(next)
    }
}
