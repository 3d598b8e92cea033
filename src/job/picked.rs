//! What is remembered of each row of a Parquet row group until all of its leaves were looked at: label, source, day.

use crate::profile::{date_of, day_of};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes that the texts of a row group's labels (or sources, or days) may take, with what each costs beside its own. Rows
/// whose texts come later have none.
const PICKED: usize = 24 << 20;
const PICKED_TEXT: usize = 80;

/// The first text of each row.
#[derive(Clone, Default)]
pub(super) struct Picked {
    /// By row: 0 is none, else the number of the text from 1.
    rows: Vec<u32>,
    texts: Vec<Arc<[u8]>>,
    numbers: HashMap<Arc<[u8]>, u32>,
    bytes: usize,
}

impl Picked {
    pub fn new(rows: u32) -> Self {
        Self { rows: vec![0; rows as usize], ..Self::default() }
    }

    fn number(&mut self, text: &[u8]) -> u32 {
        if let Some(n) = self.numbers.get(text) {
            return *n;
        }
        if self.is_full() {
            return 0;
        }
        self.bytes += text.len() + PICKED_TEXT;
        let text: Arc<[u8]> = text.into();
        self.texts.push(Arc::clone(&text));
        let number = self.texts.len() as u32;
        self.numbers.insert(text, number);
        number
    }

    pub fn is_full(&self) -> bool {
        self.bytes >= PICKED
    }

    pub fn put(&mut self, row: u32, text: &[u8]) {
        let number = self.number(text);
        if let Some(slot) = self.rows.get_mut(row as usize).filter(|slot| **slot == 0) {
            *slot = number;
        }
    }

    pub fn text(&self, row: usize) -> Option<&[u8]> {
        let number = *self.rows.get(row)?;
        self.texts.get((number as usize).checked_sub(1)?).map(AsRef::as_ref)
    }
}

/// The day of a time: of times only days are asked for, and there are fewer of them. What names no day stays one.
pub(super) fn day_text(time: &[u8]) -> Cow<'_, [u8]> {
    if time.is_empty() {
        return Cow::Borrowed(time);
    }
    day_of(time).map_or(Cow::Borrowed(b"?"), |day| {
        let (year, month, day) = date_of(day);
        Cow::Owned(format!("{year:04}-{month:02}-{day:02}").into_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_text_of_a_row_is_kept_and_many_long_ones_are_not() {
        let mut picked = Picked::new(3);
        picked.put(0, b"a");
        picked.put(0, b"b");
        picked.put(2, b"a");
        assert_eq!([0, 1, 2].map(|row| picked.text(row)), [Some(&b"a"[..]), None, Some(b"a")]);
        let rows = PICKED as u32 / 1000;
        let mut picked = Picked::new(rows);
        for row in 0..rows {
            picked.put(row, format!("{row:01000}").as_bytes());
        }
        assert!(picked.is_full() && picked.bytes < PICKED + 2000);
        assert!(picked.text(0).is_some() && picked.text(rows as usize - 1).is_none());
    }

    #[test]
    fn of_a_time_its_day_is_kept() {
        let rows = [
            ("2024-02-29T23:59:59Z", "2024-02-29", "a date with a time"),
            ("1709210000", "2024-02-29", "seconds"),
            ("1950-01-01", "1950-01-01", "before the epoch"),
            ("", "", "none"),
            ("yesterday", "?", "no day: counted as one that cannot be read"),
        ];
        for (time, want, why) in rows {
            assert_eq!(day_text(time.as_bytes()), want.as_bytes(), "{why}");
            assert_eq!(day_of(&day_text(time.as_bytes())), day_of(time.as_bytes()), "{why}");
        }
    }
}
