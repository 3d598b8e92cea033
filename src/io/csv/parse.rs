//! Records and cells of a part.

#![expect(clippy::indexing_slicing, reason = "hot loop; positions come from the grammar and lie inside the part")]

use super::grammar::{Field, Grammar, Shape, behind_blank_lines, behind_line_end};
use super::{Dialect, Encoding, Limits, columns, encoding, removals, walk};
use crate::batch::{BETWEEN, Block, Cell, Column, Edit, Form, Part, Reason, Record};
use crate::io::{Glue, Names, Parse};
use std::ops::Range;
use std::sync::Arc;

/// Finds records and cells in the parts of one delimited file and writes cells back.
///
/// Beside what [`Parse`] promises: the cells that short rows lack are listed only while a part has no more of them than it has
/// bytes (or columns), so that a wide header over empty rows costs no memory.
pub struct Parser {
    pub(super) grammar: Grammar,
    pub(super) encoding: Encoding,
    limits: Limits,
    columns: Vec<Arc<Column>>,
}

impl Parser {
    /// A parser for a file with these columns.
    pub(super) fn new(dialect: Dialect, limits: Limits, columns: Vec<Arc<Column>>) -> Self {
        Self { grammar: Grammar::new(dialect), encoding: dialect.encoding, limits, columns }
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Arc<Column>] {
        &self.columns
    }

    /// Gives the columns other names to be reported by, in order; their elements stay. Names beyond the last column are
    /// ignored.
    pub fn rename(&mut self, names: Vec<String>) {
        for (column, name) in self.columns.iter_mut().zip(names) {
            let elements = column.elements.clone();
            *column = Arc::new(Column { name, elements });
        }
    }

    /// What to write for a record of which edits or removals left nothing but its line end, so that it does not become a
    /// blank line.
    pub fn empty_record(&self) -> &'static [u8] {
        match self.grammar.quote {
            Some(b'"') => b"\"\"",
            Some(b'\'') => b"''",
            _ => b" ",
        }
    }

    /// Takes up a record that begins at `start` and returns where it ends. `broken`: the part holds invalid bytes.
    fn record(&self, bytes: &[u8], start: usize, broken: bool, room: &mut usize, block: &mut Block) -> usize {
        let (cells_before, side_before) = (block.cells.len(), block.side.len());
        let row = block.records.len() as u32;
        let width = self.columns.len();
        let mut reject = None;
        let mut column = 0;
        let mut at = start;
        let text_end = loop {
            let field = self.grammar.field(bytes, at);
            if field.shape == Shape::Open {
                reject = Some(Reason::UnclosedQuote);
            } else if field.end - at > self.limits.cell_bytes {
                reject = reject.or(Some(Reason::TooLarge));
            } else if column < width {
                block.cells.push(self.cell(bytes, at, field, &mut block.side));
                if let Some(cell) = block.cells.last_mut() {
                    cell.column = column as u32;
                    cell.row = row;
                }
            } else {
                reject = reject.or(Some(Reason::TooManyFields));
            }
            if !self.grammar.goes_on(bytes, field.end) || field.shape == Shape::Open {
                break field.end;
            }
            column += 1;
            at = field.end + 1;
        };
        let end = behind_line_end(bytes, text_end);
        if end - start > self.limits.record_bytes && reject != Some(Reason::UnclosedQuote) {
            reject = Some(Reason::TooLarge);
        }
        if broken && !encoding::allowed(self.encoding, &bytes[start..end]) {
            reject = reject.or(Some(Reason::InvalidEncoding));
        }
        if reject.is_some() {
            block.cells.truncate(cells_before);
            block.side.truncate(side_before);
        } else {
            let missing = width.saturating_sub(column + 1);
            if missing <= *room {
                *room -= missing;
                let place = text_end as u32;
                let lacking = Cell { start: place, end: place, text_start: place, text_end: place, ..Cell::default() };
                block.cells.extend((column + 1..width).map(|c| Cell { form: Form::Null, column: c as u32, row, ..lacking }));
            }
        }
        block.records.push(Record { start: start as u32, end: end as u32, gap_end: end as u32, reject });
        end
    }

    /// The cell of a field; column and row are the caller's to fill.
    #[inline]
    fn cell(&self, bytes: &[u8], start: usize, field: Field, side: &mut Vec<u8>) -> Cell {
        let Field { end, shape } = field;
        let foreign = self.encoding == Encoding::Windows1252 && !bytes[start..end].is_ascii();
        let (form, text, in_place) = match shape {
            Shape::Bare => (Form::Bare, start..end, true),
            Shape::Quoted => (Form::Quoted, start + 1..end - 1, true),
            Shape::Escaped | Shape::Tailed | Shape::Open => (Form::Quoted, start..end, false),
        };
        let mut cell = Cell { start: start as u32, end: end as u32, form, ..Cell::default() };
        if in_place && !foreign {
            cell.text_start = text.start as u32;
            cell.text_end = text.end as u32;
        } else {
            cell.in_side = true;
            cell.text_start = side.len() as u32;
            walk::decode(&self.grammar, self.encoding, &bytes[start..end], shape == Shape::Bare, side);
            cell.text_end = side.len() as u32;
            side.push(BETWEEN);
        }
        cell
    }

    /// Fills `block` from `bytes`, which hold whole records.
    pub(super) fn parse_bytes(&self, bytes: &[u8], block: &mut Block) {
        block.head_end = 0;
        block.records.clear();
        block.cells.clear();
        block.side.clear();
        let same =
            block.columns.len() == self.columns.len() && block.columns.iter().zip(&self.columns).all(|(a, b)| Arc::ptr_eq(a, b));
        if !same {
            block.columns.clone_from(&self.columns);
        }
        let broken = !encoding::allowed(self.encoding, bytes);
        let mut room = bytes.len().max(self.columns.len());
        let mut at = behind_blank_lines(bytes, 0);
        block.head_end = at as u32;
        while at < bytes.len() {
            let end = self.record(bytes, at, broken, &mut room, block);
            at = behind_blank_lines(bytes, end);
            if let Some(record) = block.records.last_mut() {
                record.gap_end = at as u32;
            }
        }
    }
}

impl Parse for Parser {
    fn parse(&self, part: &Part, _names: &dyn Names, block: &mut Block) {
        self.parse_bytes(&part.bytes, block);
    }

    fn rewrite(&self, part: &[u8], block: &Block, cell: &Cell, edits: &[Edit], out: &mut Vec<u8>) {
        self.rewrite_cell(part, block, cell, edits, out);
    }

    fn removals(&self, _part: &[u8], block: &Block, cells: &[u32]) -> Vec<Range<u32>> {
        removals::ranges(block, cells)
    }

    fn empty_record(&self) -> &'static [u8] {
        Parser::empty_record(self)
    }

    fn exact_names(&self, _part: &[u8], block: &Block, cells: &[u32]) -> Vec<String> {
        let cell = |&index: &u32| block.cells.get(index as usize);
        let column = |index: &u32| cell(index).and_then(|c| block.columns.get(c.column as usize));
        cells.iter().map(|index| column(index).map(|c| c.name.clone()).unwrap_or_default()).collect()
    }

    fn glue(&self) -> Glue {
        Glue::Lines
    }
}

/// The number of cells of each record in `bytes`, up to `most` records.
pub(super) fn widths(grammar: &Grammar, bytes: &[u8], most: usize) -> Vec<usize> {
    let mut widths = Vec::new();
    let mut at = behind_blank_lines(bytes, 0);
    while at < bytes.len() && widths.len() < most {
        let mut width = 1;
        let mut field = grammar.field(bytes, at);
        while field.shape != Shape::Open && grammar.goes_on(bytes, field.end) {
            width += 1;
            field = grammar.field(bytes, field.end + 1);
        }
        if field.shape != Shape::Open {
            widths.push(width);
        }
        at = behind_blank_lines(bytes, behind_line_end(bytes, field.end));
    }
    widths
}

/// A parser for a file without a header, as wide as most records of `sample`.
pub(super) fn without_header(dialect: Dialect, limits: Limits, sample: &[u8], most_columns: usize) -> Parser {
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    for width in widths(&Grammar::new(dialect), sample, 10_000) {
        *counts.entry(width).or_default() += 1;
    }
    let width = counts.iter().max_by_key(|&(width, count)| (count, width)).map_or(1, |(&width, _)| width);
    Parser::new(dialect, limits, columns::numbered(width.min(most_columns)))
}
