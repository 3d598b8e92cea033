//! Which cells of a block are searched, and which are answered from what was found in equal ones before.

use super::column::View;
use super::overlap;
use super::recall::{Known, Recall};
use super::scan::Scratch;
use crate::batch::{Block, Finding, Form};
use std::sync::Arc;

/// The cells of a block by how they are answered. Memory that is used again from block to block.
#[derive(Default)]
pub(super) struct Asked {
    recall: Recall,
    /// By column: its number in `recall`.
    memories: Vec<Option<u32>>,
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
    /// Tells cells that are searched from those that are known.
    pub(super) fn sort_out(&mut self, part: &[u8], block: &Block, views: &[Arc<View>], mut passed: impl FnMut(u16)) {
        self.in_part.clear();
        self.in_side.clear();
        self.new.clear();
        self.known.clear();
        self.recall.columns(views, &mut self.memories);
        for (i, cell) in (0_u32..).zip(&block.cells) {
            if cell.form == Form::Null || cell.text_start >= cell.text_end {
                continue;
            }
            let memory = match self.memories.get(cell.column as usize) {
                Some(Some(memory)) => Some(*memory),
                Some(None) if views.get(cell.column as usize).is_some_and(|v| v.is_unseen()) => continue,
                _ => None,
            };
            if let Some(memory) = memory {
                match self.recall.look(memory, block.text(part, cell), i, &mut self.known, &mut passed) {
                    Known::Same => continue,
                    Known::New => self.new.push((i, memory)),
                    Known::Untold => {}
                }
            }
            if cell.in_side { &mut self.in_side } else { &mut self.in_part }.push(i);
        }
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
