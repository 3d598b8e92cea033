//! The visitor that turns a walk into cells.

use super::Limits;
use super::keys::{PersonalKey, ordinals};
use super::paths::{Paths, ROOT};
use super::text::decode_into;
use super::walk::{Kind, Leaf, Visit};
use crate::batch::{BETWEEN, Block, Cell, Form};
use crate::io::Names;
use std::borrow::Cow;
use std::sync::Arc;

/// Bytes of the record limit that allow one cell: a record of tiny cells must not take many times its size in memory.
const BYTES_PER_CELL: usize = 16;

/// Cells that a record may have whatever the record limit.
const FEW_CELLS: usize = 1 << 16;

/// A container that is open.
struct Frame {
    /// Its path; of an array, the path of its elements.
    path: u32,
    /// Which child of the path is expected next.
    next: u32,
    /// Where its keys begin in [`Cells::keys`].
    keys: usize,
    /// Where its personal keys begin in [`Cells::personal`].
    personal: usize,
}

/// Collects the cells of records.
pub(super) struct Cells<'a> {
    bytes: &'a [u8],
    names: &'a dyn Names,
    pub block: &'a mut Block,
    paths: Paths,
    frames: Vec<Frame>,
    /// The path of the value that comes next.
    current: u32,
    row: u32,
    /// How many cells a record may have.
    allowed: usize,
    /// How many cells the block has when the record has all it may have.
    full_at: usize,
    /// A cell of the record was left out.
    overfull: bool,
    /// Starts of the keys of all open objects.
    keys: Vec<u32>,
    personal: Vec<PersonalKey>,
    decoded: Vec<u8>,
}

/// How far a block was filled.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    cells: usize,
    side: usize,
    key_ordinals: usize,
}

impl<'a> Cells<'a> {
    pub fn new(bytes: &'a [u8], names: &'a dyn Names, limits: Limits, block: &'a mut Block) -> Self {
        Self {
            bytes,
            names,
            block,
            paths: Paths::new(),
            frames: Vec::new(),
            current: ROOT,
            row: 0,
            allowed: (limits.record_bytes / BYTES_PER_CELL).max(FEW_CELLS),
            full_at: 0,
            overfull: false,
            keys: Vec::new(),
            personal: Vec::new(),
            decoded: Vec::new(),
        }
    }

    pub fn mark(&self) -> Mark {
        Mark { cells: self.block.cells.len(), side: self.block.side.len(), key_ordinals: self.block.key_ordinals.len() }
    }

    /// Takes back the cells since the mark.
    pub fn rewind(&mut self, mark: Mark) {
        self.block.cells.truncate(mark.cells);
        self.block.side.truncate(mark.side);
        self.block.key_ordinals.truncate(mark.key_ordinals);
    }

    /// A record begins.
    pub fn begin(&mut self) {
        self.frames.clear();
        self.keys.clear();
        self.personal.clear();
        self.current = ROOT;
        self.row = self.block.records.len() as u32;
        self.full_at = self.block.cells.len() + self.allowed;
        self.overfull = false;
    }

    /// Whether the record has more cells than it may have; some are then missing.
    pub fn overfull(&self) -> bool {
        self.overfull
    }

    #[inline]
    fn push(&mut self, start: usize, end: usize, form: Form, text: (usize, usize), in_side: bool) {
        if self.block.cells.len() >= self.full_at {
            self.overfull = true;
            return;
        }
        let column = self.paths.column(self.current, &mut self.block.columns);
        self.block.cells.push(Cell {
            start: start as u32,
            end: end as u32,
            text_start: text.0 as u32,
            text_end: text.1 as u32,
            in_side,
            form,
            column,
            row: self.row,
        });
    }

    fn push_string(&mut self, start: usize, end: usize, form: Form, escaped: bool) {
        if !escaped {
            self.push(start, end, form, (start + 1, end - 1), false);
            return;
        }
        let side = &mut self.block.side;
        if !side.is_empty() {
            side.push(BETWEEN);
        }
        let from = side.len();
        decode_into(self.bytes.get(start + 1..end - 1).unwrap_or_default(), side);
        let to = side.len();
        self.push(start, end, form, (from, to), true);
    }

    /// What takes the place of the key whose path is `current`.
    fn mask_of(&self, key: &[u8]) -> Option<Arc<str>> {
        if self.paths.is_rest(self.current) {
            return masked(self.names, key).map(Arc::from);
        }
        self.paths.masked(self.current).cloned()
    }
}

fn masked(names: &dyn Names, key: &[u8]) -> Option<String> {
    names.masked(&String::from_utf8_lossy(key))
}

impl Visit for Cells<'_> {
    #[inline]
    fn open(&mut self, _at: usize, kind: Kind) {
        let path = match kind {
            Kind::Object => self.current,
            Kind::Array => self.paths.item(self.current),
        };
        self.frames.push(Frame { path, next: 0, keys: self.keys.len(), personal: self.personal.len() });
    }

    #[inline]
    fn close(&mut self, _end: usize) {
        let Some(frame) = self.frames.pop() else { return };
        if self.personal.len() > frame.personal {
            let keys = self.keys.get(frame.keys..).unwrap_or_default();
            let personal = self.personal.get(frame.personal..).unwrap_or_default();
            ordinals(self.bytes, keys, personal, &mut self.block.key_ordinals);
            self.personal.truncate(frame.personal);
        }
        self.keys.truncate(frame.keys);
    }

    #[inline]
    fn key(&mut self, start: usize, end: usize, escaped: bool) {
        let Some(frame) = self.frames.last_mut() else { return };
        let inside = self.bytes.get(start + 1..end - 1).unwrap_or_default();
        let key = if escaped {
            self.decoded.clear();
            decode_into(inside, &mut self.decoded);
            Cow::Owned(std::mem::take(&mut self.decoded))
        } else {
            Cow::Borrowed(inside)
        };
        self.current = self.paths.child(frame.path, &mut frame.next, &key, || masked(self.names, &key));
        self.keys.push(start as u32);
        if self.paths.is_odd(self.current)
            && !self.overfull
            && let Some(masked) = self.mask_of(&key)
        {
            self.personal.push(PersonalKey { start: start as u32, masked });
            self.push_string(start, end, Form::Key, escaped);
        }
        if let Cow::Owned(key) = key {
            self.decoded = key;
        }
    }

    #[inline]
    fn item(&mut self) {
        if let Some(frame) = self.frames.last() {
            self.current = frame.path;
        }
    }

    #[inline]
    fn leaf(&mut self, start: usize, end: usize, leaf: Leaf) {
        match leaf {
            Leaf::Plain => self.push(start, end, Form::Quoted, (start + 1, end - 1), false),
            Leaf::Escaped => self.push_string(start, end, Form::Quoted, true),
            Leaf::Scalar => self.push(start, end, Form::Scalar, (start, end), false),
            Leaf::Null => self.push(start, end, Form::Null, (start, start), false),
        }
    }
}
