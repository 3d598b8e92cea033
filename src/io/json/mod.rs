//! JSON and JSONL: cut at record borders, walked once, spliced in place.
//!
//! ```text
//! head ─ decide ─ Shape ─ split ─ parts ─ walk ─┬─ records, cells, columns   parse
//!                                               ├─ members to cut            cuts
//!                                               └─ list positions            positions
//! ```
//!
//! [`decide`] says from the first bytes which [`Shape`] a file has; [`split`] and [`Json`] are then made for that shape.
//! A JSON text inside a string is not walked again: to this module it is text. The scanner reads through its escapes, and what
//! takes a value's place there is fitted by the job.

mod cells;
mod cuts;
mod elements;
mod feed;
mod keys;
mod lines;
mod outline;
mod parse;
mod paths;
mod positions;
mod rewrite;
mod shape;
mod text;
mod walk;

#[cfg(test)]
mod tests;

pub use shape::{Shape, decide};
pub use text::decode_string;
pub use walk::is_valid;

use super::{Glue, Names, Parse, Split};
use crate::batch::{Block, Cell, Edit, Part};
use std::io::Read;
use std::ops::Range;

/// What a record may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one record; a larger one is rejected in pieces. At most 1 GiB.
    pub record_bytes: usize,
    /// Containers inside each other in one record; a deeper one is rejected.
    pub nesting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record_bytes: 16 << 20, nesting: 128 }
    }
}

impl Limits {
    /// Positions in a part are 32 bits wide.
    fn bounded(self) -> Self {
        Self { record_bytes: self.record_bytes.clamp(1, 1 << 30), ..self }
    }
}

/// A splitter for a file of this shape. Parts have about `target_bytes`.
pub fn split<R: Read + Send + 'static>(reader: R, shape: Shape, target_bytes: usize, limits: Limits) -> Box<dyn Split> {
    let (target, limits) = (target_bytes.clamp(1, 1 << 30), limits.bounded());
    match shape {
        Shape::Lines | Shape::ReturnLines => Box::new(lines::Lines::new(reader, shape.line_end(), target, limits)),
        Shape::Array => Box::new(elements::Elements::new(reader, target, limits)),
        Shape::Document => Box::new(lines::Document::new(reader, target, limits)),
    }
}

/// The parser for files of one shape.
#[derive(Clone, Copy, Debug)]
pub struct Json {
    shape: Shape,
    limits: Limits,
}

impl Json {
    /// A parser for parts that [`split`] made with the same shape and limits.
    #[must_use]
    pub fn new(shape: Shape, limits: Limits) -> Self {
        Self { shape, limits: limits.bounded() }
    }
}

impl Parse for Json {
    fn parse(&self, part: &Part, names: &dyn Names, block: &mut Block) {
        parse::parse(self.shape, self.limits, part, names, block);
    }

    fn rewrite(&self, part: &[u8], block: &Block, cell: &Cell, edits: &[Edit], out: &mut Vec<u8>) {
        rewrite::rewrite(part, block, cell, edits, out);
    }

    /// A cell that is a whole record (column `value`) has no member to cut: of a string the inside goes, of a scalar all,
    /// which only lines bear. Rewrite such a cell with [`crate::batch::Replacement::Null`] instead.
    fn removals(&self, part: &[u8], block: &Block, cells: &[u32]) -> Vec<Range<u32>> {
        cuts::removals(self.limits.nesting, part, block, cells)
    }

    fn exact_names(&self, part: &[u8], block: &Block, cells: &[u32]) -> Vec<String> {
        positions::exact_names(self.limits.nesting, part, block, cells)
    }

    fn glue(&self) -> Glue {
        match self.shape {
            Shape::Array => Glue::Array,
            Shape::Lines | Shape::ReturnLines | Shape::Document => Glue::Lines,
        }
    }
}
