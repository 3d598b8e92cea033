//! From a part to records and cells: finds each record, walks it once, and keeps its cells if all of it is JSON.

use super::cells::Cells;
use super::outline::outline_end;
use super::shape::bom;
use super::walk::{Fail, Walker, byte, is_space, skip_space};
use super::{Limits, Shape};
use crate::batch::{Block, Part, Reason, Record};
use crate::io::Names;

/// Fills `block` with what `part` holds.
pub(super) fn parse(shape: Shape, limits: Limits, part: &Part, names: &dyn Names, block: &mut Block) {
    block.clear();
    let bytes = part.bytes.as_slice();
    if bytes.len() >= u32::MAX as usize {
        block.records.push(Record { start: 0, end: u32::MAX, gap_end: u32::MAX, reject: Some(Reason::TooLarge) });
        return;
    }
    let head = if part.index == 0 { bom(bytes) } else { 0 };
    let mut records = Records {
        bytes,
        limits,
        utf8: simdutf8::basic::from_utf8(bytes).is_ok(),
        walker: Walker::new(limits.nesting),
        cells: Cells::new(bytes, names, limits, block),
    };
    match shape {
        Shape::Lines | Shape::ReturnLines => records.lines(head, shape.line_end()),
        Shape::Array => records.elements(head, part.index == 0),
        Shape::Document => records.document(head),
    }
    records.cells.block.key_ordinals.sort_unstable();
}

struct Records<'a> {
    bytes: &'a [u8],
    limits: Limits,
    /// The whole part is valid UTF-8.
    utf8: bool,
    walker: Walker,
    cells: Cells<'a>,
}

impl<'a> Records<'a> {
    fn lines(&mut self, head: usize, line_end: u8) {
        let bytes = self.bytes;
        let mut at = head;
        self.cells.block.head_end = head as u32;
        while at < bytes.len() {
            let found = memchr::memchr(line_end, bytes.get(at..).unwrap_or_default());
            let text_end = found.map_or(bytes.len(), |len| at + len);
            let end = text_end + usize::from(found.is_some());
            let text = bytes.get(..text_end).unwrap_or_default();
            let start = skip_space(text, at);
            if start == text_end {
                match self.cells.block.records.last_mut() {
                    Some(record) => record.gap_end = end as u32,
                    None => self.cells.block.head_end = end as u32,
                }
            } else {
                let too_large = text_end - at > self.limits.record_bytes;
                let reject = match self.record(text, at, start, |text, end| !too_large && ends_text(text, end)) {
                    Ok(_) => None,
                    Err(_) if too_large => Some(Reason::TooLarge),
                    Err(Fail { reason: Reason::Truncated, .. }) if found.is_some() => Some(Reason::InvalidJson),
                    Err(fail) => Some(fail.reason),
                };
                self.push(at, end, end, reject);
            }
            at = end;
        }
    }

    fn document(&mut self, head: usize) {
        let bytes = self.bytes;
        let start = skip_space(bytes, head);
        if start == bytes.len() {
            self.cells.block.head_end = start as u32;
            if head > 0 {
                // A byte-order mark announces a text, and none came.
                self.cells.block.head_end = 0;
                self.push(0, start, start, Some(Reason::Truncated));
            }
            return;
        }
        self.cells.block.head_end = start as u32;
        let result = self.record(bytes, start, start, ends_text);
        let (end, reject) = match result {
            Ok(end) => {
                let rest = bytes.get(end..).unwrap_or_default();
                (memchr::memchr(b'\n', rest).map_or(bytes.len(), |len| end + len + 1), None)
            }
            Err(fail) => (bytes.len(), Some(fail.reason)),
        };
        self.push(start, end, bytes.len(), reject);
    }

    fn elements(&mut self, head: usize, first: bool) {
        let bytes = self.bytes;
        let mut at = skip_space(bytes, head);
        if first && byte(bytes, at) == b'[' {
            at = skip_space(bytes, at + 1);
        }
        self.cells.block.head_end = at as u32;
        while at < bytes.len() {
            let mark = self.cells.mark();
            // An element's extent comes from the walk; only where that cannot go first, from quotes and brackets.
            let text = if self.utf8 { bytes } else { self.outlined(at) };
            let (mut end, mut reject) = match self.record(text, at, at, ends_element) {
                Ok(end) => (end, None),
                Err(Fail { reason: Reason::Truncated, .. }) => (self.outlined(at).len(), Some(Reason::InvalidJson)),
                Err(fail) => (self.outlined(at).len(), Some(fail.reason)),
            };
            let gap = skip_space(bytes, end);
            let comma = byte(bytes, gap) == b',';
            let mut gap_end = if comma { skip_space(bytes, gap + 1) } else { gap };
            if end - at > self.limits.record_bytes {
                self.cells.rewind(mark);
                reject = Some(Reason::TooLarge);
            }
            if !comma && gap_end < bytes.len() {
                // The splitter never puts this into one part; whoever did gets nothing past it.
                self.cells.rewind(mark);
                (end, gap_end, reject) = (bytes.len(), bytes.len(), Some(Reason::InvalidJson));
            }
            self.push(at, end, gap_end, reject);
            at = gap_end;
        }
    }

    /// The bytes up to the end of the element that begins at `at`, as quotes and brackets tell it.
    fn outlined(&self, at: usize) -> &'a [u8] {
        self.bytes.get(..outline_end(self.bytes, at)).unwrap_or_default()
    }

    /// Walks the record that begins at `from` with a value at `start`; its cells stay only if `ends` agrees with the end.
    fn record(&mut self, text: &[u8], from: usize, start: usize, ends: impl FnOnce(&[u8], usize) -> bool) -> Result<usize, Fail> {
        if !self.utf8 && simdutf8::basic::from_utf8(text.get(from..).unwrap_or_default()).is_err() {
            return Err(Fail { at: from, reason: Reason::InvalidEncoding });
        }
        let mark = self.cells.mark();
        self.cells.begin();
        let result = match self.walker.walk(text, start, &mut self.cells) {
            Ok(end) if self.cells.overfull() => Err(Fail { at: end, reason: Reason::TooLarge }),
            Ok(end) if !ends(text, end) => Err(Fail { at: end, reason: Reason::InvalidJson }),
            result => result,
        };
        if result.is_err() {
            self.cells.rewind(mark);
        }
        result
    }

    fn push(&mut self, start: usize, end: usize, gap_end: usize, reject: Option<Reason>) {
        let record = Record { start: start as u32, end: end as u32, gap_end: gap_end as u32, reject };
        self.cells.block.records.push(record);
    }
}

/// Nothing but white space follows.
fn ends_text(text: &[u8], end: usize) -> bool {
    skip_space(text, end) == text.len()
}

/// What follows parts the value from the next one.
fn ends_element(text: &[u8], end: usize) -> bool {
    end >= text.len() || is_space(byte(text, end)) || byte(text, end) == b','
}
