//! What other columns hold in a row, for operators that ask for it.

use crate::batch::{Block, Form};
use crate::io::parquet::{Answer, Batch, Failure, Mode, ParquetInput, Visitor, Wish};
use crate::mask::entity;
use crate::plan::Plan;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Answers for a part of a byte stream, whose records are at hand. Remembers what was last asked: a record may have any number
/// of cells that ask the same.
#[derive(Default)]
pub(super) struct Asked(RefCell<Option<(u32, String, Option<String>)>>);

impl Asked {
    /// The text of a column's first cell in the record that the cell `index` is of.
    pub fn text(&self, part: &[u8], block: &Block, index: u32, column: &str) -> Option<String> {
        let row = block.cells.get(index as usize)?.row;
        if let Some((of, name, answer)) = &*self.0.borrow()
            && (*of, name.as_str()) == (row, column)
        {
            return answer.clone();
        }
        let cells = &block.cells;
        let from = cells.get(..index as usize)?.iter().rposition(|c| c.row != row).map_or(0, |at| at + 1);
        let mut of_row = cells.get(from..)?.iter().take_while(|c| c.row == row).filter(|c| c.form != Form::Key);
        let found = of_row.find(|c| block.columns.get(c.column as usize).is_some_and(|named| named.name == column));
        let text = found.map(|cell| String::from_utf8_lossy(block.text(part, cell)).into_owned());
        let answer = text.filter(|text| !text.is_empty());
        self.0.replace(Some((row, column.to_owned(), answer.clone())));
        answer
    }
}

/// Rows of a row group up to which they are gathered, and bytes of texts that are held of each column.
const ROWS: u64 = 1_250_000;
const BYTES: usize = 32 << 20;

/// Texts by column and row of one row group, whose leaves are looked at one by one.
#[derive(Default)]
pub(super) struct Others {
    columns: BTreeMap<String, Texts>,
    /// A row group or its texts are too large to be held: no text is known.
    pub is_full: bool,
}

/// The text of each row, one behind the other.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each row's text ends; rows behind the last have none.
    ends: Vec<u32>,
    is_full: bool,
}

impl Texts {
    fn get(&self, row: u32) -> Option<&str> {
        let row = row as usize;
        let end = *self.ends.get(row)? as usize;
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |at| *at as usize);
        std::str::from_utf8(self.bytes.get(start..end)?).ok().filter(|text| !text.is_empty())
    }
}

impl Visitor for Texts {
    fn wish(&self) -> Wish {
        Wish { by_entry: false, every_row: false, every_value: true }
    }

    fn values(&mut self, batch: &Batch<'_>) -> Answer {
        for cell in &batch.block.cells {
            // Of a list the first counts. Rows come in order; those without a value have an empty text.
            let row = cell.row as usize;
            if self.is_full || row < self.ends.len() {
                continue;
            }
            let text = entity(String::from_utf8_lossy(batch.block.text(batch.bytes, cell)).trim());
            self.ends.resize(row, self.bytes.len() as u32);
            self.bytes.extend_from_slice(text.as_bytes());
            self.ends.push(self.bytes.len() as u32);
            self.is_full = self.bytes.len() > BYTES;
        }
        Answer::default()
    }
}

impl Others {
    /// Reads the columns that operators of the plan ask for. One that cannot be read has no texts: its row group is rejected
    /// when it is looked at itself.
    pub fn read(plan: &Plan, input: &ParquetInput, group: usize) -> Self {
        let mut others = Self::default();
        for name in plan.others() {
            let Some(leaf) = input.leaves().iter().position(|leaf| leaf.column.name == *name) else { continue };
            if input.rows(group) > ROWS {
                others.is_full = true;
                continue;
            }
            let mut texts = Texts::default();
            let no_files = || Err(std::io::ErrorKind::Unsupported.into());
            let read: Result<_, Failure> = input.examine(group, leaf, &mut texts, Mode::Scan, &no_files);
            others.is_full |= texts.is_full;
            if read.is_ok() && !texts.is_full {
                others.columns.insert(name.clone(), texts);
            }
        }
        others
    }

    /// The text of a column in a row.
    pub fn text(&self, column: &str, row: u32) -> Option<String> {
        self.columns.get(column)?.get(row).map(str::to_owned)
    }
}
