//! Which bytes go when cells go.

use crate::batch::{Block, Cell, Form};
use std::ops::Range;

/// The ranges that take `cells` (ascending indices) out of their records, each with one delimiter: the one before it, or
/// where every cell before it goes too, the one behind it. Cells that a row lacks have nothing to cut.
pub(super) fn ranges(block: &Block, cells: &[u32]) -> Vec<Range<u32>> {
    let mut cuts: Vec<Range<u32>> = Vec::new();
    let mut rest = cells;
    while let Some(&first) = rest.first() {
        let Some(row) = block.cells.get(first as usize).map(|c| c.row) else { break };
        let here = rest.iter().take_while(|&&i| block.cells.get(i as usize).is_some_and(|c| c.row == row)).count();
        let (gone, behind) = rest.split_at_checked(here).unwrap_or((rest, &[]));
        rest = behind;
        let present = |index: u32| block.cells.get(index as usize).filter(|c| c.row == row && c.form != Form::Null);
        // Everything from the row's first cell on goes as long as nothing before it was kept.
        let mut leading = first.checked_sub(1).is_none_or(|before| present(before).is_none());
        let mut last = None;
        for &index in gone {
            if last.is_some_and(|l: u32| l + 1 != index) {
                leading = false;
            }
            last = Some(index);
            let Some(cell) = present(index) else { continue };
            let before = index.checked_sub(1).and_then(present);
            let cut = match (leading, before, present(index + 1)) {
                (true, _, Some(next)) => cell.start..next.start,
                (false, Some(Cell { end, .. }), _) => *end..cell.end,
                _ => cell.start..cell.end,
            };
            match cuts.last_mut() {
                Some(open) if open.end == cut.start => open.end = cut.end,
                _ => cuts.push(cut),
            }
        }
    }
    cuts
}
