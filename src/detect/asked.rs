//! Which cells of a block are searched, and which are answered from what was found in equal ones before.

use super::column::View;
use super::overlap;
use super::reading::Reads;
use super::recall::{self, Recall};
use super::scan::Scratch;
use super::shape::{self, Known, Shapes, Way};
use crate::batch::{Block, Finding, Form};
use std::sync::Arc;

/// The cells of a block by how they are answered. Memory that is used again from block to block.
#[derive(Default)]
pub(super) struct Asked {
    recall: Recall,
    shapes: Shapes,
    /// By column: its number in `recall` and in `shapes`.
    memories: Vec<Option<u32>>,
    shaped_columns: Vec<Option<u32>>,
    /// Cells of which their shape tells what may be found: with the number of the column's shapes, and what they tell.
    pub(super) shaped: Vec<(u32, u32, Known)>,
    /// Cells to be searched, those whose text lies in the part and those whose text lies aside.
    pub(super) in_part: Vec<u32>,
    pub(super) in_side: Vec<u32>,
    /// Those of them that are to be remembered, ascending, with their column's memory.
    new: Vec<(u32, u32)>,
    /// Findings of cells that were seen before, sorted by cell.
    known: Vec<Finding>,
    /// Findings of cells that were searched.
    fresh: Vec<Finding>,
}

impl Asked {
    /// Tells cells that are searched from those that are known. `study` tells of a new shape what may be found in it, and
    /// `reads` whether a text has readings besides itself.
    pub(super) fn sort_out(
        &mut self,
        part: &[u8],
        block: &Block,
        views: &[Arc<View>],
        mut study: impl FnMut(&[u8], &View, &mut Vec<Way>) -> Reads,
        reads: impl Fn(Reads, &[u8]) -> bool,
        mut passed: impl FnMut(u16),
    ) {
        self.in_part.clear();
        self.in_side.clear();
        self.shaped.clear();
        self.new.clear();
        self.known.clear();
        self.recall.columns(views, &mut self.memories);
        self.shapes.columns(views, &mut self.shaped_columns);
        for (i, cell) in (0_u32..).zip(&block.cells) {
            if cell.form == Form::Null || cell.text_start >= cell.text_end {
                continue;
            }
            let column = cell.column as usize;
            let view = views.get(column);
            if view.is_some_and(|v| v.is_unseen()) {
                continue;
            }
            let short = (cell.text_end - cell.text_start) as usize <= shape::LONGEST;
            let text = if short { block.text(part, cell) } else { &[] };
            let named = view.is_some_and(|v| v.names_cells());
            let mut shape = || {
                let number = self.shaped_columns.get(column).copied().flatten().filter(|_| short)?;
                let buffer = if cell.in_side { block.side.as_slice() } else { part };
                let known = self.shapes.look(number, (buffer, cell.text_start as usize, text.len()), &mut study)?;
                (!reads(known.reads, text)).then_some((number, known))
            };
            // A column's name makes values of cells that have no other sign of one.
            let told = if named { None } else { Some(shape()) };
            if told.flatten().is_some_and(|(_, known)| known.is_empty()) {
                continue;
            }
            if let Some(memory) = self.memories.get(column).copied().flatten().filter(|_| short) {
                match self.recall.look(memory, text, i, &mut self.known, &mut passed) {
                    recall::Known::Same => continue,
                    recall::Known::New => self.new.push((i, memory)),
                    recall::Known::Untold => {}
                }
            }
            match told.unwrap_or_else(shape) {
                Some((number, known)) => self.shaped.push((i, number, known)),
                None if cell.in_side => self.in_side.push(i),
                None => self.in_part.push(i),
            }
        }
    }

    /// The ways of a cell's shape.
    pub(super) fn ways(&self, column: u32, known: Known) -> &[Way] {
        self.shapes.ways(column, known)
    }

    /// Appends all findings to `out` in order: the candidates of the cells that were searched, freed of overlaps, and what
    /// was known; remembers what is new.
    pub(super) fn answer(&mut self, part: &[u8], block: &Block, scratch: &mut Scratch, out: &mut Vec<Finding>) {
        self.fresh.clear();
        overlap::resolve(&mut scratch.candidates, &mut self.fresh);
        scratch.passed.sort_unstable();
        let mut passed = scratch.passed.as_slice();
        let mut rest = self.fresh.as_slice();
        for (i, memory) in &self.new {
            let here = of_cell(&mut rest, *i, |f| f.cell);
            let let_pass = of_cell(&mut passed, *i, |p| p.0);
            if let Some(cell) = block.cells.get(*i as usize) {
                self.recall.keep(*memory, block.text(part, cell), here, let_pass);
            }
        }
        if self.known.is_empty() {
            out.append(&mut self.fresh);
            return;
        }
        let mut known = self.known.iter().copied().peekable();
        for finding in &self.fresh {
            while let Some(before) = known.next_if(|k| k.cell < finding.cell) {
                out.push(before);
            }
            out.push(*finding);
        }
        out.extend(known);
    }
}

/// Cuts the items of `cell` out of `rest`, which is sorted by cell, and leaves what is behind them.
fn of_cell<'a, T>(rest: &mut &'a [T], cell: u32, cell_of: impl Fn(&T) -> u32) -> &'a [T] {
    let (_, from) = rest.split_at(rest.iter().take_while(|item| cell_of(item) < cell).count());
    let (here, behind) = from.split_at(from.iter().take_while(|item| cell_of(item) == cell).count());
    *rest = behind;
    here
}
