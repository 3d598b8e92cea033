//! Cuts a stream into parts at record borders.
//!
//! Up to the part's target only quotes are looked at, from one to the next; behind it the first line end outside quotes ends
//! the part. Only where a record or a quote turns out to be too long is the part read a second time, to find where that
//! record began. That cannot repeat over the same bytes: where a quote found no closing one, every run of quotes is even,
//! and an even run opens nothing when the bytes are read again as lines.

#![expect(clippy::indexing_slicing, reason = "hot loops; every index is bounded by the slice's length beside it")]

mod oversize;

use super::grammar::{Grammar, Inside, behind_blank_lines, behind_line_end};
use super::{Dialect, Limits};
use crate::batch::{Load, Part, Reason};
use crate::io::Split;
use memchr::{memchr, memchr_iter, memchr3};
use oversize::Oversize;
use std::io::Read;

/// The least that is asked of the reader at once, in bytes.
const STEP: usize = 64 << 10;

/// Largest part, record or cell, so that positions fit 32 bits with room.
const MOST: usize = 1 << 30;

/// Cuts one delimited file into parts. Holds at most target, record limit and cell limit together.
pub struct Splitter<R> {
    reader: R,
    grammar: Grammar,
    limits: Limits,
    target: usize,
    fault_of: fn(&std::io::Error) -> Reason,
    /// Bytes read; those before `start` are handed out.
    held: Vec<u8>,
    start: usize,
    ended: bool,
    fault: Option<Reason>,
    offset: u64,
    index: u64,
    oversize: Option<Oversize>,
}

/// How far the pending bytes are read.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    at: usize,
    inside: Option<Inside>,
}

/// What the search for a record's end came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Border {
    /// It ends here.
    At(usize),
    /// Not up to the cap; no quote is open where the scan stands.
    Beyond,
    /// The quote opened here does not close within the cell limit, or not at all.
    Unclosed(usize),
    /// The stream ends here, no quote being open.
    Ended(usize),
}

impl<R: Read> Splitter<R> {
    /// A splitter over `reader` for parts of about `target` bytes. `held` was already read from it. `fault_of` says what a
    /// read error means.
    pub(super) fn new(
        reader: R,
        held: Vec<u8>,
        dialect: Dialect,
        limits: Limits,
        target: usize,
        fault_of: fn(&std::io::Error) -> Reason,
    ) -> Self {
        let limits = Limits { cell_bytes: limits.cell_bytes.clamp(1, MOST), record_bytes: limits.record_bytes.clamp(1, MOST) };
        Self {
            reader,
            grammar: Grammar::new(dialect),
            limits,
            target: target.clamp(1, MOST),
            fault_of,
            held,
            start: 0,
            ended: false,
            fault: None,
            offset: 0,
            index: 0,
            oversize: None,
        }
    }

    /// The memory that is held, in bytes.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.held.capacity()
    }

    fn pending(&self) -> &[u8] {
        &self.held[self.start..]
    }

    /// Reads until `want` bytes are pending or the stream ends.
    fn fill(&mut self, want: usize) {
        while !self.ended && self.pending().len() < want {
            let pending = self.pending().len();
            if self.start > pending {
                self.held.drain(..self.start);
                self.start = 0;
            }
            let step = STEP.max(want - pending).max(pending / 4);
            self.held.reserve_exact(step);
            match (&mut self.reader).take(step as u64).read_to_end(&mut self.held) {
                Ok(read) => self.ended = read < step,
                Err(error) => {
                    self.ended = true;
                    self.fault = Some((self.fault_of)(&error));
                }
            }
        }
    }

    /// Reads on. False where the stream has nothing more.
    fn more(&mut self) -> bool {
        let before = self.pending().len();
        self.fill(before + 1);
        self.pending().len() > before
    }

    /// Jumps from quote to quote up to `until`, which is pending.
    fn jump(&self, scan: &mut Scan, until: usize) -> Option<Border> {
        let Some(quote) = self.grammar.quote else {
            scan.at = scan.at.max(until);
            return None;
        };
        let bytes = self.pending();
        if !self.grammar.backslash {
            return self.hop(scan, until, quote);
        }
        while scan.at < until {
            let Some(mut inside) = scan.inside else {
                let Some(at) = memchr(quote, &bytes[scan.at..until]).map(|i| i + scan.at) else {
                    scan.at = until;
                    return None;
                };
                scan.at = at + 1;
                if self.grammar.opens(bytes, at) {
                    scan.inside = Some(Inside::new(at));
                }
                continue;
            };
            let close = self.grammar.close(bytes, &mut inside, !self.ended);
            scan.inside = Some(inside);
            match close {
                Some(close) if close - inside.open > self.limits.cell_bytes => return Some(Border::Unclosed(inside.open)),
                Some(close) => *scan = Scan { at: close + 1, inside: None },
                None => return None,
            }
        }
        None
    }

    /// [`Self::jump`] where quotes are doubled, from a scan that is outside quotes: one search for all quotes.
    fn hop(&self, scan: &mut Scan, until: usize, quote: u8) -> Option<Border> {
        let bytes = self.pending();
        let from = scan.at;
        let mut open = None;
        let mut next = from;
        for at in memchr_iter(quote, &bytes[from..until]).map(|i| i + from) {
            match open {
                // The second of two.
                _ if at < next => {}
                None if self.grammar.opens(bytes, at) => open = Some(at),
                None => {}
                Some(opened) => match bytes.get(at + 1) {
                    Some(&behind) if behind == quote => next = at + 2,
                    None if !self.ended => break,
                    _ if at - opened > self.limits.cell_bytes => return Some(Border::Unclosed(opened)),
                    _ => open = None,
                },
            }
        }
        // A search inside quotes that was left here goes on behind the last pair.
        *scan = Scan { at: until, inside: open.map(|open| Inside::resumed(open, next, until)) };
        None
    }

    /// The end of the record at `scan`, not before `from` and not behind `cap`. Reads on as needed.
    fn border(&mut self, scan: &mut Scan, from: usize, cap: usize) -> Border {
        loop {
            if let Some(mut inside) = scan.inside {
                let close = self.grammar.close(self.pending(), &mut inside, !self.ended);
                scan.inside = Some(inside);
                let seen = close.unwrap_or(self.pending().len());
                if seen - inside.open > self.limits.cell_bytes {
                    return Border::Unclosed(inside.open);
                }
                match close {
                    Some(close) => *scan = Scan { at: close + 1, inside: None },
                    None if self.more() => {}
                    // A quote in the very last place was held back while more could come.
                    None if self.grammar.close(self.pending(), &mut inside, false).is_some() => scan.inside = Some(inside),
                    None => return Border::Unclosed(inside.open),
                }
                continue;
            }
            if scan.at > cap {
                return Border::Beyond;
            }
            let bytes = self.pending();
            let quote = self.grammar.quote.unwrap_or(b'\n');
            let Some(at) = bytes.get(scan.at..).and_then(|b| memchr3(b'\n', b'\r', quote, b)).map(|i| i + scan.at) else {
                scan.at = bytes.len();
                if scan.at <= cap && !self.more() {
                    return Border::Ended(self.pending().len());
                }
                continue;
            };
            if at >= cap {
                scan.at = at;
                return Border::Beyond;
            }
            if bytes[at] == quote && quote != b'\n' {
                scan.at = at + 1;
                if self.grammar.opens(bytes, at) {
                    scan.inside = Some(Inside::new(at));
                }
                continue;
            }
            if at + 1 == bytes.len() && bytes[at] == b'\r' && self.more() {
                continue;
            }
            let end = behind_line_end(self.pending(), at);
            if end > cap {
                scan.at = at;
                return Border::Beyond;
            }
            scan.at = end;
            if end >= from {
                return Border::At(end);
            }
        }
    }

    /// Hands out the first `count` pending bytes.
    fn hand_out(&mut self, part: &mut Part, count: usize, load: Load) -> bool {
        let rest = self.pending().len() - count;
        part.bytes.clear();
        if rest > count {
            part.bytes.extend_from_slice(&self.held[self.start..self.start + count]);
            self.start += count;
        } else {
            part.bytes.extend_from_slice(&self.held[self.start + count..]);
            self.held.truncate(self.start + count);
            self.held.drain(..self.start);
            std::mem::swap(&mut self.held, &mut part.bytes);
            self.start = 0;
            let enough = 2 * self.target.max(STEP);
            if self.held.capacity() > 2 * enough {
                self.held.shrink_to(enough);
            }
        }
        part.index = self.index;
        part.offset = self.offset;
        part.load = load;
        self.index += 1;
        self.offset += count as u64;
        true
    }

    /// Takes the blank lines and the first record. Nothing is taken where that record is not whole or is too large.
    pub(super) fn take_record(&mut self) -> Option<Vec<u8>> {
        let mut blank = behind_blank_lines(self.pending(), 0);
        while blank == self.pending().len() && blank <= self.limits.record_bytes && self.more() {
            blank = behind_blank_lines(self.pending(), blank);
        }
        let mut scan = Scan { at: blank, inside: None };
        match self.border(&mut scan, 0, blank + self.limits.record_bytes) {
            Border::At(end) => self.take(end),
            Border::Ended(end) if end > blank && self.fault.is_none() => self.take(end),
            _ => None,
        }
    }

    /// Takes the first `count` pending bytes, where there are as many.
    pub(super) fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        self.fill(count);
        let head = self.pending().get(..count)?.to_vec();
        self.start += count;
        self.offset += count as u64;
        Some(head)
    }

    /// Puts what was just taken back in front.
    pub(super) fn put_back(&mut self, taken: &[u8]) {
        self.held.splice(..self.start, taken.iter().copied());
        self.start = 0;
        self.offset -= taken.len() as u64;
    }
}

impl<R: Read + Send> Split for Splitter<R> {
    fn next(&mut self, part: &mut Part) -> bool {
        if self.oversize.is_some() {
            return self.piece(part);
        }
        self.fill(self.target.saturating_add(STEP));
        if self.pending().is_empty() {
            part.bytes.clear();
            return false;
        }
        let mut scan = Scan::default();
        let until = self.target.min(self.pending().len());
        let cap = self.target + self.limits.record_bytes;
        let jumped = self.jump(&mut scan, until);
        match jumped.unwrap_or_else(|| self.border(&mut scan, self.target, cap)) {
            Border::At(end) => self.hand_out(part, end, Load::Records),
            Border::Ended(end) => {
                let Some(reason) = self.fault else { return self.hand_out(part, end, Load::Records) };
                let start = self.record_start(end);
                if start > 0 {
                    return self.hand_out(part, start, Load::Records);
                }
                self.oversize = Some(Oversize { reason, first: true, scan: Scan::default(), end: Some(end), by_line: true });
                self.piece(part)
            }
            Border::Beyond => {
                let oversize = Oversize { reason: Reason::TooLarge, first: true, scan, end: None, by_line: false };
                self.set_apart(part, self.target, oversize)
            }
            Border::Unclosed(open) => {
                let oversize = self.unclosed(open);
                self.set_apart(part, open, oversize)
            }
        }
    }

    fn fault(&self) -> Option<Reason> {
        self.fault
    }
}
