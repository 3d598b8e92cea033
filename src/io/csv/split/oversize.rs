//! Records that are not held whole: handed out in pieces, to be rejected.

#![expect(clippy::indexing_slicing, reason = "every index is bounded by the slice's length beside it")]

use super::{Border, STEP, Scan, Splitter};
use crate::batch::{Load, Part, Reason};
use crate::io::csv::grammar::{behind_blank_lines, behind_line_end, line_end};
use std::io::Read;

/// A record that is handed out in pieces.
pub(super) struct Oversize {
    pub(super) reason: Reason,
    pub(super) first: bool,
    pub(super) scan: Scan,
    /// The record's end, once it is known.
    pub(super) end: Option<usize>,
    /// Quotes are no longer looked at: the next line end closes the record.
    pub(super) by_line: bool,
}

impl<R: Read> Splitter<R> {
    /// The start of the record that holds the byte at `until`, read from the first pending byte.
    pub(super) fn record_start(&mut self, until: usize) -> usize {
        let mut scan = Scan::default();
        let mut start = 0;
        while let Border::At(end) = self.border(&mut scan, 0, until + 2) {
            if end > until {
                break;
            }
            start = end;
        }
        behind_blank_lines(self.pending(), start).min(until)
    }

    /// Hands out what comes before the record that holds the byte at `until`, or where there is nothing before it, begins to
    /// hand that record out in pieces.
    pub(super) fn set_apart(&mut self, part: &mut Part, until: usize, oversize: Oversize) -> bool {
        let start = self.record_start(until);
        if start > 0 {
            return self.hand_out(part, start, Load::Records);
        }
        self.oversize = Some(oversize);
        self.piece(part)
    }

    /// The record whose quote at `open` does not close.
    pub(super) fn unclosed(&mut self, open: usize) -> Oversize {
        let bytes = self.pending();
        let end = line_end(bytes, open);
        if end.is_some_and(|end| end + 1 == bytes.len() && bytes[end] == b'\r') {
            self.more();
        }
        let bytes = self.pending();
        let scan = Scan { at: open, inside: None };
        let in_time = bytes.len() - open <= self.limits.cell_bytes;
        if let (Some(reason), true) = (self.fault, in_time) {
            // The quote might have closed in what could not be read.
            return Oversize { reason, first: true, scan, end: Some(bytes.len()), by_line: true };
        }
        let end = end.filter(|&end| end - open <= self.limits.cell_bytes).map(|end| behind_line_end(bytes, end));
        let reason = if end.is_some() || in_time { Reason::UnclosedQuote } else { Reason::TooLarge };
        Oversize { reason, first: true, scan, end, by_line: true }
    }

    /// The next piece of the record in hand.
    pub(super) fn piece(&mut self, part: &mut Part) -> bool {
        let Some(mut big) = self.oversize.take() else { return false };
        // A byte is held back until it is known whether the record goes on behind it.
        while big.end.is_none() && big.scan.at <= self.target {
            if big.by_line {
                let bytes = self.pending();
                match line_end(bytes, big.scan.at) {
                    Some(at) if at + 1 < bytes.len() || self.ended => big.end = Some(behind_line_end(bytes, at)),
                    Some(at) => big.scan.at = at,
                    None => big.scan.at = bytes.len(),
                }
                if big.end.is_none() && big.scan.at <= self.target && !self.more() && self.ended {
                    let bytes = self.pending();
                    big.end = Some(line_end(bytes, big.scan.at).map_or(bytes.len(), |at| behind_line_end(bytes, at)));
                }
                continue;
            }
            let cap = self.target.max(big.scan.at) + STEP;
            match self.border(&mut big.scan, 0, cap) {
                Border::At(end) | Border::Ended(end) => big.end = Some(end),
                Border::Beyond => {}
                Border::Unclosed(open) => {
                    let (reason, first) = (big.reason, big.first);
                    big = Oversize { reason, first, ..self.unclosed(open) };
                }
            }
        }
        let count = big.end.map_or(self.target, |end| end.min(self.target));
        let last = big.end == Some(count);
        let load = Load::Oversize { reason: big.reason, first: big.first, last };
        if !last {
            big.first = false;
            big.end = big.end.map(|end| end - count);
            big.scan.at = big.scan.at.saturating_sub(count);
            big.scan.inside = big.scan.inside.map(|inside| inside.shifted(count));
            self.oversize = Some(big);
        }
        self.hand_out(part, count, load)
    }
}
