//! The exact names of cells: column names with their list positions, one walk a record.

use super::paths::with_positions;
use super::walk::{Kind, Leaf, Visit, Walker};
use crate::batch::{Block, Cell};

/// Counts elements of open arrays; stops to note them at the wanted literals.
struct Positions<'a> {
    block: &'a Block,
    /// The wanted cells of the record, in order.
    wanted: std::iter::Peekable<std::slice::Iter<'a, u32>>,
    /// The kinds of the open containers.
    open: Vec<Kind>,
    /// The next element's position in each open array.
    next: Vec<usize>,
    names: &'a mut Vec<String>,
}

impl Positions<'_> {
    fn at(&mut self, start: usize) {
        let block = self.block;
        let cell_of = |&index: &u32| block.cells.get(index as usize);
        while let Some(cell) = self.wanted.next_if(|&i| cell_of(i).is_none_or(|c| c.start as usize <= start)).map(cell_of) {
            let name = cell.map(|cell| column_name(block, cell)).unwrap_or_default();
            let positions: Vec<usize> = self.next.iter().map(|next| next.saturating_sub(1)).collect();
            self.names.push(with_positions(name, &positions));
        }
    }
}

impl Visit for Positions<'_> {
    fn open(&mut self, _at: usize, kind: Kind) {
        self.open.push(kind);
        if kind == Kind::Array {
            self.next.push(0);
        }
    }

    fn close(&mut self, _end: usize) {
        if self.open.pop() == Some(Kind::Array) {
            self.next.pop();
        }
    }

    fn key(&mut self, start: usize, _end: usize, _escaped: bool) {
        self.at(start);
    }

    fn item(&mut self) {
        if let Some(next) = self.next.last_mut() {
            *next += 1;
        }
    }

    fn leaf(&mut self, start: usize, _end: usize, _leaf: Leaf) {
        self.at(start);
    }
}

fn column_name<'a>(block: &'a Block, cell: &Cell) -> &'a str {
    block.columns.get(cell.column as usize).map_or("", |column| &column.name)
}

/// The wanted cells grouped by record, with the record's bytes up to its end and where its value begins.
pub(super) fn by_record<'a>(
    part: &'a [u8],
    block: &'a Block,
    cells: &'a [u32],
) -> impl Iterator<Item = (&'a [u8], usize, &'a [u32])> {
    let row = |&index: &u32| block.cells.get(index as usize).map(|cell| cell.row);
    cells.chunk_by(move |a, b| row(a) == row(b)).map(move |group| {
        let record = group.first().and_then(row).and_then(|row| block.records.get(row as usize));
        let (start, end) = record.map_or((0, 0), |r| (r.start as usize, r.end as usize));
        let text = part.get(..end).unwrap_or_default();
        (text, super::walk::skip_space(text, start), group)
    })
}

/// The names of `cells` with list positions.
pub(super) fn exact_names(nesting: usize, part: &[u8], block: &Block, cells: &[u32]) -> Vec<String> {
    let mut names = Vec::with_capacity(cells.len());
    let mut walker = Walker::new(nesting);
    let mut wanted_so_far = 0;
    for (text, start, group) in by_record(part, block, cells) {
        wanted_so_far += group.len();
        // Most cells lie in no list: their column's name is exact.
        let flat = |&index: &u32| block.cells.get(index as usize).is_none_or(|c| !column_name(block, c).contains("[]"));
        if !group.iter().all(flat) {
            let mut visit =
                Positions { block, wanted: group.iter().peekable(), open: Vec::new(), next: Vec::new(), names: &mut names };
            let _ = walker.walk(text, start, &mut visit);
        }
        for &index in group.iter().skip(group.len() - wanted_so_far.saturating_sub(names.len()).min(group.len())) {
            let name = block.cells.get(index as usize).map_or("", |cell| column_name(block, cell));
            names.push(name.to_owned());
        }
    }
    names
}
