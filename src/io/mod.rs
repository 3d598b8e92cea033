//! Bytes in, bytes out: the only files and the only network.
//!
//! A byte-stream format (CSV, JSON) is a [`Split`] that cuts a stream into parts at record borders, one after the other,
//! and a [`Parse`] that any number of workers use at once to find records and cells in a part and to splice edits back.
//! Parquet has a shape of its own ([`parquet`]): its parts are row groups and column chunks.

pub mod commit;
pub mod compress;
pub mod csv;
pub mod json;
pub mod parquet;
pub mod settle;
pub mod sniff;
pub mod store;
pub mod wide;

use crate::batch::{Block, Cell, Edit, Part, Reason};
use std::ops::Range;

/// Cuts a byte stream into parts. Owns its reader; sequential; cheap beside parsing.
pub trait Split: Send {
    /// Fills `part` (its buffer is used again) with whole records, about `target` bytes of them, and returns true; false at
    /// the end of the stream.
    ///
    /// Where the cut falls depends on the bytes and `target` alone. A record over the limit comes as pieces
    /// ([`crate::batch::Load::Oversize`]) of at most `target` bytes. A read error ends the stream like its end does: whole
    /// records are handed out, a record cut short comes as an oversize piece with the reason, and [`Split::fault`] tells.
    fn next(&mut self, part: &mut Part) -> bool;

    /// Why the stream ended early, if it did.
    fn fault(&self) -> Option<Reason>;
}

/// Says whether a name (a JSON key) is personal itself, and what takes its place.
pub trait Names {
    /// The masked name, or nothing where the name may stay.
    fn masked(&self, name: &str) -> Option<String>;
}

/// A [`Names`] for which no name is personal.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNames;

impl Names for NoNames {
    fn masked(&self, _name: &str) -> Option<String> {
        None
    }
}

/// Finds records and cells in a part, and writes cells back. Immutable, shared by all workers.
pub trait Parse: Send + Sync {
    /// Fills `block` with what `part` (whole records) holds. Never fails: what it does not understand is a rejected record.
    fn parse(&self, part: &Part, names: &dyn Names, block: &mut Block);

    /// Appends the literal of `cell` with `edits` applied. Everything else in the literal keeps its bytes: quotes, escapes,
    /// spaces. Text that needs quotes or escapes in this format gets them.
    fn rewrite(&self, part: &[u8], block: &Block, cell: &Cell, edits: &[Edit], out: &mut Vec<u8>);

    /// The byte ranges to cut so that `cells` (indices into `block.cells`, ascending) are gone with their separators or
    /// keys and the rest is still well formed. Ascending, not overlapping.
    fn removals(&self, part: &[u8], block: &Block, cells: &[u32]) -> Vec<Range<u32>>;

    /// What is written for a record of which removals left nothing but its line end, where a blank line would be no record.
    fn empty_record(&self) -> &'static [u8] {
        b""
    }

    /// The exact names of `cells` (indices, ascending): as the column's name, with list positions (`messages[0].content`).
    fn exact_names(&self, part: &[u8], block: &Block, cells: &[u32]) -> Vec<String>;

    /// How records stand together in a file.
    fn glue(&self) -> Glue;
}

/// How a file is put together again from records when some of them are taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glue {
    /// Records carry their line ends; gaps are blank lines and stay where they are.
    Lines,
    /// The gap behind a record parts it from the next one (a comma); the last record kept has none.
    Array,
}
