//! What to cut out of records so that members or elements are gone and the rest is JSON.
//!
//! Of a container, a removed member takes its comma with it: the one before, if a member before it stays, else the one
//! behind. So it does not matter how many go, or all.

use super::positions::by_record;
use super::walk::{Kind, Leaf, Visit, Walker};
use crate::batch::Block;
use std::ops::Range;

#[derive(Default)]
struct Frame {
    array: bool,
    /// A member before the current one stays.
    kept: bool,
    /// End of the member before, or of the last one that was.
    end: usize,
    /// Start of the current member: its key, or the element.
    start: usize,
    /// Start of a removed member that no kept one stands before; it goes with what parts it from the next.
    open_cut: Option<usize>,
    /// The current member is to go.
    goes: bool,
}

struct Cuts<'a> {
    block: &'a Block,
    wanted: std::iter::Peekable<std::slice::Iter<'a, u32>>,
    frames: Vec<Frame>,
    ranges: Vec<Range<u32>>,
}

impl Cuts<'_> {
    /// Whether the literal at `start` is a wanted cell's.
    fn is_wanted(&mut self, start: usize) -> bool {
        let block = self.block;
        let cell_start = |&index: &u32| block.cells.get(index as usize).map_or(0, |cell| cell.start as usize);
        while self.wanted.next_if(|&i| cell_start(i) < start).is_some() {}
        self.wanted.next_if(|&i| cell_start(i) == start).is_some()
    }

    fn cut(&mut self, start: usize, end: usize) {
        self.ranges.push(start as u32..end as u32);
    }

    fn begin_member(&mut self, start: usize) {
        let Some(frame) = self.frames.last_mut() else { return };
        (frame.start, frame.goes) = (start, false);
        if let Some(from) = frame.open_cut.take() {
            self.cut(from, start);
        }
    }

    fn begin_value(&mut self, start: usize) {
        if self.frames.last().is_some_and(|frame| frame.array) {
            self.begin_member(start);
        }
    }

    fn end_value(&mut self, end: usize) {
        let Some(frame) = self.frames.last_mut() else { return };
        let before = std::mem::replace(&mut frame.end, end);
        match (frame.goes, frame.kept) {
            (false, _) => frame.kept = true,
            (true, true) => self.cut(before, end),
            (true, false) => frame.open_cut = Some(frame.start),
        }
    }
}

impl Visit for Cuts<'_> {
    fn open(&mut self, at: usize, kind: Kind) {
        self.begin_value(at);
        self.frames.push(Frame { array: kind == Kind::Array, ..Frame::default() });
    }

    fn close(&mut self, end: usize) {
        if let Some(Frame { open_cut: Some(from), end, .. }) = self.frames.pop() {
            self.cut(from, end);
        }
        self.end_value(end);
    }

    fn key(&mut self, start: usize, _end: usize, _escaped: bool) {
        self.begin_member(start);
        let goes = self.is_wanted(start);
        if let Some(frame) = self.frames.last_mut() {
            frame.goes = goes;
        }
    }

    fn item(&mut self) {}

    fn leaf(&mut self, start: usize, end: usize, leaf: Leaf) {
        self.begin_value(start);
        if self.is_wanted(start) {
            match self.frames.last_mut() {
                Some(frame) => frame.goes = true,
                None if matches!(leaf, Leaf::Plain | Leaf::Escaped) => self.cut(start + 1, end - 1),
                None => self.cut(start, end),
            }
        }
        self.end_value(end);
    }
}

/// The ranges to cut, ascending and apart.
pub(super) fn removals(nesting: usize, part: &[u8], block: &Block, cells: &[u32]) -> Vec<Range<u32>> {
    let mut walker = Walker::new(nesting);
    let mut ranges = Vec::new();
    for (text, start, group) in by_record(part, block, cells) {
        let mut visit = Cuts { block, wanted: group.iter().peekable(), frames: Vec::new(), ranges: Vec::new() };
        let _ = walker.walk(text, start, &mut visit);
        ranges.append(&mut visit.ranges);
    }
    // A member that goes whole covers the cuts inside it.
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<u32>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ if range.is_empty() => {}
            _ => merged.push(range),
        }
    }
    merged
}
