//! Labels by row order: blocks of 50 rows, coarsened as data grows.
//!
//! A block belongs to (file, byte offset of its part, number in the part). Level `l` below 12 has blocks of `50 * 2^l` rows
//! within a part; from 12 on a block is all parts that begin within `2^(16 + l - 12)` bytes. Every level's blocks are whole
//! blocks of the level before, and the level is the smallest at which all blocks fit, so that it depends on the data and
//! not on the merge tree. Row numbers are found at the end, when all parts are there.

use super::slices::{add_counts, fold_counts, read_counts, write_counts};
use super::wire::{Broken, In, Out};
use std::collections::BTreeMap;

/// Rows of the smallest block.
pub const BLOCK_ROWS: u64 = 50;
/// More labels than this are folded into as many classes by their hash.
pub const ORDER_CLASSES: usize = 16;
const BLOCKS: usize = 8192;
const WHOLE_PARTS: u8 = 12;
/// At this level a file is one block.
const LAST: u8 = 60;

/// Where a block stands: hash of the file, byte offset (its high bits from level 12 on), number in the part.
type Place = (u64, u64, u32);

/// Rows that follow one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Rows, rejected records included.
    pub rows: u64,
    /// Rows by label hash, or by class once labels are folded; sorted.
    pub counts: Vec<(u64, u64)>,
}

/// The blocks of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    level: u8,
    blocks: BTreeMap<Place, Block>,
    /// More files than blocks: nothing is known.
    lost: bool,
}

/// One file's blocks with row numbers.
pub struct Sequence<'a> {
    /// Hash of the file.
    pub file: u64,
    /// First row and block, in row order.
    pub blocks: Vec<(u64, &'a Block)>,
}

fn coarser((file, offset, block): Place, level: u8) -> Place {
    if level < WHOLE_PARTS {
        (file, offset, block / 2)
    } else {
        let shift = u32::from(level - WHOLE_PARTS) + 16;
        (file, offset.checked_shr(if level == WHOLE_PARTS { shift } else { 1 }).unwrap_or(0), 0)
    }
}

impl Order {
    /// Rows of a whole block; nothing where a block is made of whole parts.
    pub fn block_rows(&self) -> Option<u64> {
        (self.level < WHOLE_PARTS).then(|| BLOCK_ROWS << self.level)
    }

    /// Whether there were too many files to keep any order.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// Takes in a part: `labels` are class or nothing, row by row.
    pub(crate) fn take(&mut self, file: u64, offset: u64, labels: impl Iterator<Item = Option<u64>>) {
        if self.lost {
            return;
        }
        let at = match self.level {
            l if l < WHOLE_PARTS => offset,
            l => offset.checked_shr(u32::from(l - WHOLE_PARTS) + 16).unwrap_or(0),
        };
        let rows = self.block_rows().unwrap_or(u64::MAX);
        let (mut number, mut block) = (0u32, Block::default());
        for label in labels {
            if block.rows == rows {
                self.add((file, at, number), std::mem::take(&mut block));
                number = number.saturating_add(1);
            }
            block.rows += 1;
            if let Some(label) = label {
                match block.counts.iter_mut().find(|c| c.0 == label) {
                    Some(count) => count.1 += 1,
                    None => block.counts.push((label, 1)),
                }
                if block.counts.len() > 4 * ORDER_CLASSES {
                    block.counts.sort_unstable();
                    fold_counts(&mut block.counts, ORDER_CLASSES);
                }
            }
        }
        if block.rows > 0 {
            self.add((file, at, number), block);
        }
    }

    fn add(&mut self, place: Place, mut block: Block) {
        block.counts.sort_unstable();
        let mine = self.blocks.entry(place).or_default();
        mine.rows = mine.rows.saturating_add(block.rows);
        add_counts(&mut mine.counts, &block.counts);
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        self.lost |= other.lost;
        while self.level < other.level {
            self.coarsen();
        }
        while other.level < self.level {
            other.coarsen();
        }
        for (place, block) in other.blocks {
            self.add(place, block);
        }
    }

    fn coarsen(&mut self) {
        self.level += 1;
        for (place, block) in std::mem::take(&mut self.blocks) {
            self.add(coarser(place, self.level), block);
        }
    }

    /// Folds labels where there are too many, and coarsens to the level that every merge tree comes to.
    pub(crate) fn settle(&mut self, folded: bool) {
        if folded {
            self.blocks.values_mut().for_each(|b| fold_counts(&mut b.counts, ORDER_CLASSES));
        }
        while self.blocks.len() > BLOCKS && self.level < LAST {
            self.coarsen();
        }
        if self.lost || self.blocks.len() > BLOCKS {
            *self = Self { lost: true, level: LAST, ..Self::default() };
        }
    }

    /// Every file's blocks with row numbers, files by hash.
    pub fn align(&self) -> Vec<Sequence<'_>> {
        let mut files: Vec<Sequence<'_>> = Vec::new();
        let mut row = 0u64;
        for ((file, _, _), block) in &self.blocks {
            if files.last().is_none_or(|f| f.file != *file) {
                files.push(Sequence { file: *file, blocks: Vec::new() });
                row = 0;
            }
            if let Some(sequence) = files.last_mut() {
                sequence.blocks.push((row, block));
            }
            row = row.saturating_add(block.rows);
        }
        files
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.byte(self.level);
        out.byte(u8::from(self.lost));
        out.u(self.blocks.len() as u64);
        let mut last = 0;
        for ((file, offset, number), block) in &self.blocks {
            out.byte(u8::from(*file != last));
            if *file != last {
                out.fixed64(*file);
            }
            last = *file;
            out.u(*offset);
            out.u(u64::from(*number));
            out.u(block.rows);
            write_counts(&block.counts, out);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let mut order = Self { level: from.byte()?, lost: from.byte()? == 1, ..Self::default() };
        let n = from.count(5)?;
        if n > BLOCKS || order.level > LAST {
            return Err(Broken("more blocks than a profile holds"));
        }
        let mut file = 0;
        for _ in 0..n {
            if from.byte()? == 1 {
                file = from.fixed64()?;
            }
            let place = (file, from.u()?, from.u32()?);
            order.blocks.insert(place, Block { rows: from.u()?, counts: read_counts(from)? });
        }
        Ok(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(order: &mut Order, offset: u64, rows: usize) {
        order.take(1, offset, (0..rows).map(|i| Some((i / 100 % 2) as u64)));
    }

    #[test]
    fn rows_are_numbered_over_parts_that_come_in_any_order() {
        let (mut a, mut b) = (Order::default(), Order::default());
        for (order, offsets) in [(&mut a, [0u64, 900, 5000]), (&mut b, [5000, 0, 900])] {
            for offset in offsets {
                part(order, offset, 130);
            }
        }
        a.settle(false);
        b.settle(false);
        assert_eq!(a, b);
        let starts: Vec<u64> = a.align()[0].blocks.iter().map(|b| b.0).collect();
        assert_eq!(starts, [0, 50, 100, 130, 180, 230, 260, 310, 360]);
    }

    #[test]
    fn the_level_depends_on_the_data_alone_even_over_many_small_parts() {
        let (mut one, mut left, mut right) = (Order::default(), Order::default(), Order::default());
        for i in 0..20_000u64 {
            part(&mut one, i << 15, 60);
            part(if i % 3 == 0 { &mut left } else { &mut right }, i << 15, 60);
            if i % 1000 == 0 {
                one.settle(false);
            }
        }
        for order in [&mut one, &mut left, &mut right] {
            order.settle(false);
        }
        right.merge(left);
        right.settle(false);
        assert_eq!(one, right);
        assert!(one.blocks.len() <= BLOCKS && one.block_rows().is_none());
        assert_eq!(one.align()[0].blocks.iter().map(|b| b.1.rows).sum::<u64>(), 1_200_000);
    }
}
