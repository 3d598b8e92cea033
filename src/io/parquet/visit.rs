//! What a caller sees of a column chunk: batches of cells, and where a dictionary's entries stand.

use super::leaf::{Kind, Leaf};
use super::value::{Fractions, Shown, show};
use crate::batch::{BETWEEN, Block, Cell, Form, Reason, Replacement};
use std::sync::Arc;

/// What a visitor wants of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// A value has the same edits wherever it stands, so that a dictionary's entries are shown once. Otherwise every value
    /// is shown in its row.
    pub by_entry: bool,
    /// Every row is wanted: nulls are shown as cells of form `Null`, fractions as text, and every occurrence of every
    /// dictionary entry is told.
    pub every_row: bool,
    /// Every value is wanted, also one without a text: it is shown as the hexadecimal digits of its first bytes. A value that
    /// already is what a null becomes in a column without nulls is shown as a cell of form `Null`.
    pub every_value: bool,
}

/// Cells of one leaf, in order.
///
/// The texts lie in `bytes`, one [`BETWEEN`] between them. `row` of a cell is the record's number in the row group (of a
/// dictionary's entries: the entry's number). The block has no records and one column.
pub struct Batch<'a> {
    /// The texts.
    pub bytes: &'a [u8],
    /// The cells.
    pub block: &'a Block,
    positions: &'a [u32],
    leaf: &'a Leaf,
}

impl Batch<'_> {
    /// The list positions of a cell, outermost first; nothing for dictionary entries.
    pub fn positions(&self, cell: u32) -> Option<&[u32]> {
        let depth = self.leaf.pieces.len().saturating_sub(1);
        let from = cell as usize * depth;
        self.positions.get(from..from + depth)
    }

    /// Whether a cell holds what a null became in a column without nulls: zero or the epoch, which is nobody's.
    pub fn is_nothing(&self, cell: &Cell) -> bool {
        cell.form == Form::Scalar && self.leaf.nothing.as_deref() == Some(self.block.text(self.bytes, cell))
    }

    /// The exact name of a cell, with its list positions: `messages[0].content`. The column's name for dictionary entries.
    pub fn name(&self, cell: u32) -> String {
        match self.positions(cell) {
            Some(positions) => self.leaf.name_at(positions),
            None => self.leaf.column.name.clone(),
        }
    }
}

/// One place where a dictionary entry stands.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    /// The record's number in the row group.
    pub row: u32,
    /// The entry; nothing for a null (told only where every row is wanted).
    pub entry: Option<u32>,
    /// Its list positions, outermost first, for [`Leaf::name_at`].
    pub positions: &'a [u32],
}

/// A cell or entry that gets another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Index of the cell in the batch.
    pub cell: u32,
    /// The new value of the whole cell.
    pub replacement: Replacement,
}

/// What a visitor says to a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The cells to change, ascending, each once.
    pub changes: Vec<Change>,
    /// Cells whose occurrences are wanted although they do not change, ascending. Of use for dictionary entries only.
    pub marked: Vec<u32>,
}

/// Looks at the values of one column chunk.
pub trait Visitor {
    /// What it wants to see; asked before anything is shown, and always the same.
    fn wish(&self) -> Wish;

    /// The next values, in order of rows.
    fn values(&mut self, batch: &Batch<'_>) -> Answer;

    /// The next entries of the chunk's dictionary; the row of a cell is the entry's number.
    fn entries(&mut self, batch: &Batch<'_>) -> Answer {
        self.values(batch)
    }

    /// A place where an entry stands that was changed or marked, in order of rows.
    fn occurrence(&mut self, _at: Occurrence<'_>) {}
}

/// A row that must not stay, and why: a cell over the limit, or text that is not what the schema promises.
pub type Rejected = (u32, Reason);

/// Where the reader stands: the record and the position in each list around the value.
#[derive(Clone, Debug)]
pub(super) struct Place {
    started: bool,
    pub row: u32,
    pub positions: Vec<u32>,
}

impl Place {
    pub(super) fn new(max_rep: i16) -> Self {
        Self { started: false, row: 0, positions: vec![0; usize::try_from(max_rep).unwrap_or(0)] }
    }

    /// Takes the next value's repetition level.
    #[inline]
    pub(super) fn step(&mut self, rep: u32) {
        if rep == 0 {
            self.row = self.row.saturating_add(u32::from(self.started));
            self.started = true;
            // Asked first, since filling nothing is a call all the same, and most columns are no lists.
            if !self.positions.is_empty() {
                self.positions.fill(0);
            }
        } else {
            if !self.started {
                // A list that goes on before any record began: no row group has as many rows, so that it is refused.
                (self.started, self.row) = (true, u32::MAX);
            }
            let depth = rep as usize;
            if let Some(at) = self.positions.get_mut(depth - 1) {
                *at = at.saturating_add(1);
            }
            if let Some(inner) = self.positions.get_mut(depth..) {
                inner.fill(0);
            }
        }
    }

    /// Takes `len` values with the same repetition level at once.
    pub(super) fn step_by(&mut self, rep: u32, len: u32) {
        if len == 0 {
            return;
        }
        self.step(rep);
        if rep == 0 {
            self.row = self.row.saturating_add(len - 1);
        } else if let Some(at) = self.positions.get_mut(rep as usize - 1) {
            *at = at.saturating_add(len - 1);
        }
    }

    /// Records begun so far.
    pub(super) fn rows(&self) -> u64 {
        u64::from(self.row) + u64::from(self.started)
    }
}

/// Collects cells into a batch.
pub(super) struct Gather<'l> {
    leaf: &'l Leaf,
    kind: Kind,
    wish: Wish,
    cell_limit: u64,
    bytes: Vec<u8>,
    block: Block,
    positions: Vec<u32>,
    /// For each cell, the number that the caller knows its value by.
    ids: Vec<u32>,
}

/// Bytes of a value without a text that are shown.
const SHOWN: usize = 64;

fn hexadecimal(raw: &[u8], out: &mut Vec<u8>) {
    for byte in raw.iter().take(SHOWN) {
        for half in [byte >> 4, byte & 0x0f] {
            out.push(if half < 10 { b'0' + half } else { b'a' - 10 + half });
        }
    }
}

/// A batch is shown when it has this many bytes of text, or this many cells.
const BATCH_BYTES: usize = 1 << 20;
const BATCH_CELLS: usize = 1 << 16;

impl<'l> Gather<'l> {
    pub(super) fn new(leaf: &'l Leaf, wish: Wish, cell_limit: u64) -> Self {
        let block = Block { columns: vec![Arc::clone(&leaf.column)], ..Block::default() };
        let (bytes, positions, ids) = Default::default();
        Self { leaf, kind: leaf.kind, wish, cell_limit, bytes, block, positions, ids }
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= BATCH_BYTES || self.block.cells.len() >= BATCH_CELLS
    }

    /// Adds a value; a reason where its row cannot stay.
    #[inline]
    pub(super) fn add(&mut self, raw: &[u8], id: u32, row: u32, positions: &[u32]) -> Option<Reason> {
        if raw.len() as u64 > self.cell_limit {
            return Some(Reason::TooLarge);
        }
        if !self.block.cells.is_empty() {
            self.bytes.push(BETWEEN);
        }
        let start = self.bytes.len();
        if self.wish.every_value && self.leaf.is_nothing(raw) {
            self.cell(start, Form::Null, id, row, positions);
            return None;
        }
        let fractions = if self.wish.every_row || self.wish.every_value { Fractions::Shown } else { Fractions::Left };
        let shown = show(self.kind, raw, fractions, &mut self.bytes);
        if matches!(shown, Shown::Text | Shown::Partly) {
            // What is bytes around its text can only go as a whole.
            let bare = matches!(self.kind, Kind::Text { .. }) && shown == Shown::Text;
            let form = if bare { Form::Bare } else { Form::Scalar };
            self.cell(start, form, id, row, positions);
            return None;
        }
        let invalid = (shown == Shown::Invalid).then_some(Reason::InvalidEncoding);
        if self.wish.every_value && invalid.is_none() {
            hexadecimal(raw, &mut self.bytes);
            self.cell(start, Form::Scalar, id, row, positions);
        } else if self.wish.every_row && invalid.is_none() {
            self.cell(start, Form::Null, id, row, positions);
        } else {
            self.bytes.truncate(start.saturating_sub(usize::from(!self.block.cells.is_empty())));
        }
        invalid
    }

    /// Adds a null, which has no number.
    pub(super) fn add_null(&mut self, row: u32, positions: &[u32]) {
        if !self.block.cells.is_empty() {
            self.bytes.push(BETWEEN);
        }
        self.cell(self.bytes.len(), Form::Null, u32::MAX, row, positions);
    }

    fn cell(&mut self, start: usize, form: Form, id: u32, row: u32, positions: &[u32]) {
        let (start, end) = (start as u32, self.bytes.len() as u32);
        self.block.cells.push(Cell { start, end, text_start: start, text_end: end, in_side: false, form, column: 0, row });
        self.positions.extend_from_slice(positions);
        self.ids.push(id);
    }

    /// Shows what was gathered and starts anew. `each` gets the number of a value and its replacement, or nothing where it
    /// is marked only.
    pub(super) fn show(&mut self, look: impl FnOnce(&Batch<'_>) -> Answer, mut each: impl FnMut(u32, Option<&Replacement>)) {
        if self.block.cells.is_empty() {
            return;
        }
        let batch = Batch { bytes: &self.bytes, block: &self.block, positions: &self.positions, leaf: self.leaf };
        let answer = look(&batch);
        let known = |cell: u32| self.ids.get(cell as usize).copied().filter(|id| *id != u32::MAX);
        for change in &answer.changes {
            if let Some(id) = known(change.cell) {
                each(id, Some(&change.replacement));
            }
        }
        for id in answer.marked.iter().filter_map(|cell| known(*cell)) {
            each(id, None);
        }
        self.bytes.clear();
        self.block.cells.clear();
        self.positions.clear();
        self.ids.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_that_begins_inside_a_record_has_more_rows_than_any() {
        for by in [1, 3] {
            let mut place = Place::new(2);
            place.step_by(1, by);
            place.step(0);
            assert!(place.rows() > u64::from(u32::MAX));
        }
        let mut place = Place::new(2);
        for rep in [0, 1, 2, 0] {
            place.step(rep);
        }
        assert_eq!(place.rows(), 2);
    }
}
