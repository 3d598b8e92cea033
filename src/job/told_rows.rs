//! What a leaf of a row group tells of its rows, kept until the leaves of free text are read: the second sweep over a table.

use crate::batch::Finding;
use crate::detect::{Needles, Scanner, Spread, Told};
use crate::io::parquet::Batch;

/// Values by row, packed: a row group has a million rows.
#[derive(Default)]
pub(super) struct ToldRows {
    bytes: Vec<u8>,
    values: Vec<Packed>,
    /// Row and number of the value, in order of rows.
    rows: Vec<(u32, u32)>,
    most: usize,
    /// Not all could be kept.
    pub full: bool,
}

#[derive(Clone, Copy)]
struct Packed {
    at: u32,
    len: u16,
    detector: u16,
    confidence: u8,
    spread: Spread,
}

impl ToldRows {
    /// Room for about so many bytes.
    pub fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn has_room(&mut self) -> bool {
        let held = self.bytes.len() + self.values.len() * size_of::<Packed>() + self.rows.len() * size_of::<(u32, u32)>();
        self.full |= held >= self.most;
        held < self.most
    }

    /// Keeps a value and gives its number; nothing where there is no more room.
    pub fn keep(&mut self, told: Told<'_>) -> Option<u32> {
        let (at, len) = (u32::try_from(self.bytes.len()).ok()?, u16::try_from(told.value.len()).ok()?);
        if !self.has_room() {
            return None;
        }
        self.bytes.extend_from_slice(told.value);
        self.values.push(Packed { at, len, detector: told.detector, confidence: told.confidence, spread: told.spread });
        Some(self.values.len() as u32 - 1)
    }

    /// A value stands in a row. Rows ascend.
    pub fn stands(&mut self, row: u32, value: u32) {
        if self.has_room() {
            self.rows.push((row, value));
        }
    }

    fn get(&self, value: u32) -> Option<Told<'_>> {
        let Packed { at, len, detector, confidence, spread } = *self.values.get(value as usize)?;
        let value = self.bytes.get(at as usize..at as usize + usize::from(len))?;
        Some(Told { spread, detector, confidence, value })
    }
}

/// Goes through what was told, row by row.
struct Cursor<'a> {
    told: &'a ToldRows,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// What was told of a row; rows are asked for in order, each as often as it likes.
    fn of_row(&mut self, row: u32) -> impl Iterator<Item = Told<'a>> {
        let told = self.told;
        let rows = |from: usize| told.rows.get(from..).unwrap_or_default();
        self.at += rows(self.at).iter().take_while(|(r, _)| *r < row).count();
        rows(self.at).iter().take_while(move |(r, _)| *r == row).filter_map(|(_, value)| told.get(*value))
    }
}

/// The second sweep of one leaf.
pub(super) struct Sweep<'a> {
    /// What it tells.
    pub told: ToldRows,
    /// Which of that the cell at hand tells: the first, and behind the last.
    pub tells: (u32, u32),
    /// What other leaves told.
    cursors: Vec<Cursor<'a>>,
    repeated: bool,
    /// The last row of the last batch.
    last_row: Option<u32>,
    /// A row of a list was read in pieces.
    pub torn: bool,
}

impl<'a> Sweep<'a> {
    /// `room` is for what the leaf tells, `told` what others told.
    pub fn new(repeated: bool, room: usize, told: &[&'a ToldRows]) -> Self {
        let cursors = told.iter().map(|told| Cursor { told, at: 0 }).collect();
        Self { told: ToldRows::new(room), tells: (0, 0), cursors, repeated, last_row: None, torn: false }
    }

    /// Keeps what a cell tells of its row, or of the rows of the entry that it is.
    pub fn tell(&mut self, scanner: &Scanner, findings: &[Finding], text: &[u8], row: Option<u32>) {
        for told in findings.iter().filter_map(|finding| scanner.told(finding, text)) {
            let Some(value) = self.told.keep(told) else { continue };
            self.tells = (if self.tells.1 == 0 { value } else { self.tells.0 }, value + 1);
            if let Some(row) = row {
                self.told.stands(row, value);
            }
        }
    }

    /// Adds to the findings of a batch those values that were told of their row, by other leaves or in the batch. Returns of how many
    /// rows there were too many values.
    pub fn sweep(&mut self, scanner: &Scanner, batch: &Batch<'_>, in_rows: bool, findings: &mut Vec<Finding>) -> u64 {
        let cells = &batch.block.cells;
        if in_rows {
            self.torn |= self.repeated && self.last_row.is_some() && cells.first().map(|c| c.row) == self.last_row;
            self.last_row = cells.last().map(|c| c.row);
        }
        if findings.is_empty() && self.cursors.is_empty() {
            return 0;
        }
        let (mut more, mut rest, mut at, mut full) = (Vec::new(), findings.as_slice(), 0, 0);
        for of_row in cells.chunk_by(|a, b| a.row == b.row) {
            let first = at;
            at += of_row.len() as u32;
            let (mut here, behind) = rest.split_at(rest.iter().take_while(|f| f.cell < at).count());
            rest = behind;
            let mut needles = Needles::default();
            if in_rows && let Some(cell) = of_row.first() {
                self.cursors.iter_mut().flat_map(|cursor| cursor.of_row(cell.row)).for_each(|told| needles.add(told));
            }
            for finding in here {
                let cell = cells.get(finding.cell as usize).copied().unwrap_or_default();
                let text = batch.block.text(batch.bytes, &cell);
                scanner.told(finding, text).into_iter().for_each(|told| needles.add(told));
            }
            if needles.is_empty() {
                continue;
            }
            full += u64::from(needles.is_full());
            for (number, cell) in (first..).zip(of_row) {
                let (taken, behind) = here.split_at(here.iter().take_while(|f| f.cell == number).count());
                here = behind;
                scanner.find_again(&needles, batch.block.text(batch.bytes, cell), taken, number, &mut more);
            }
        }
        if !more.is_empty() {
            findings.append(&mut more);
            // Two runs, each in order: what the stable sort is quick at.
            findings.sort_by_key(|f| (f.cell, f.start));
        }
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_give_back_what_was_told_of_them() {
        let told = |value: &'static [u8]| Told { spread: Spread::Name, detector: 3, confidence: 85, value };
        let mut rows = ToldRows::new(1000);
        let (ann, bob) = (rows.keep(told(b"Ann")).unwrap(), rows.keep(told(b"Bob")).unwrap());
        for (row, value) in [(0, ann), (2, bob), (2, ann), (7, bob)] {
            rows.stands(row, value);
        }
        let mut cursor = Cursor { told: &rows, at: 0 };
        let mut of = |row| cursor.of_row(row).map(|t| t.value.escape_ascii().to_string()).collect::<Vec<_>>();
        assert_eq!(of(0), ["Ann"]);
        assert!(of(1).is_empty(), "nothing was told");
        assert_eq!((of(2), of(2)), (vec!["Bob".into(), "Ann".into()], vec!["Bob".into(), "Ann".into()]), "asked twice");
        assert_eq!(of(9).len(), 0, "the last row was passed");
        assert!(!rows.full);
        let mut small = ToldRows::new(10);
        assert!(small.keep(told(b"Ann Larsson")).is_some() && small.keep(told(b"Bob")).is_none() && small.full);
    }
}
