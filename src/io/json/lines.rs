//! Cuts JSONL at line ends, and holds a document that is one record.

use super::Limits;
use super::feed::Feed;
use crate::batch::{Load, Part, Reason};
use crate::io::Split;
use std::io::Read;

/// What the splitter is in the middle of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Between records.
    Whole,
    /// Inside a line that is too large.
    Line { first: bool },
    /// Inside a record that lasts to the end.
    Rest { reason: Reason, first: bool },
}

/// JSONL: parts end at line ends.
pub(super) struct Lines<R> {
    feed: Feed<R>,
    line_end: u8,
    target: usize,
    limits: Limits,
    mode: Mode,
}

impl<R: Read> Lines<R> {
    pub fn new(reader: R, line_end: u8, target: usize, limits: Limits) -> Self {
        Self { feed: Feed::new(reader), line_end, target: target.max(1), limits, mode: Mode::Whole }
    }

    /// Whole lines up to `target`, or one longer line up to the limit.
    fn whole(&mut self, part: &mut Part) -> bool {
        let max = self.limits.record_bytes;
        let mut seen = 0;
        let mut len = self.target;
        loop {
            self.feed.fill(&mut part.bytes, len);
            if part.bytes.is_empty() {
                return false;
            }
            let new = part.bytes.get(seen..).unwrap_or_default();
            let end = self.line_end;
            let cut = if seen == 0 { memchr::memrchr(end, new) } else { memchr::memchr(end, new) };
            let line_end = cut.map(|at| seen + at + 1);
            let ended = part.bytes.len() < len;
            if let Some(end) = line_end
                && (end <= self.target || end - 1 <= max)
            {
                let all = ended && self.feed.fault().is_none() && part.bytes.len() - end <= max;
                let keep = if all && seen == 0 { part.bytes.len() } else { end };
                return self.feed.hand_out(part, keep, Load::Records);
            }
            if ended && line_end.is_none() && part.bytes.len() <= max {
                let Some(reason) = self.feed.fault() else {
                    let keep = part.bytes.len();
                    return self.feed.hand_out(part, keep, Load::Records);
                };
                self.feed.give_back(&mut part.bytes, 0);
                self.mode = Mode::Rest { reason, first: true };
                return self.feed.piece_of_rest(part, self.target, reason, true) && self.after_rest();
            }
            if line_end.is_some() || part.bytes.len() > max {
                self.feed.give_back(&mut part.bytes, 0);
                self.mode = Mode::Line { first: true };
                return self.line(part, true);
            }
            seen = part.bytes.len();
            len = (len * 2).min(max + 1).max(len + 1);
        }
    }

    fn after_rest(&mut self) -> bool {
        if let Mode::Rest { reason, .. } = self.mode {
            self.mode = Mode::Rest { reason, first: false };
        }
        true
    }

    /// A piece of a line that is too large.
    fn line(&mut self, part: &mut Part, first: bool) -> bool {
        self.feed.fill(&mut part.bytes, self.target + 1);
        let piece = part.bytes.get(..self.target.min(part.bytes.len())).unwrap_or_default();
        let (keep, last) = match memchr::memchr(self.line_end, piece) {
            Some(at) => (at + 1, true),
            None => (piece.len(), part.bytes.len() <= self.target),
        };
        self.mode = if last { Mode::Whole } else { Mode::Line { first: false } };
        self.feed.hand_out(part, keep, Load::Oversize { reason: Reason::TooLarge, first, last })
    }
}

impl<R: Read + Send> Split for Lines<R> {
    fn next(&mut self, part: &mut Part) -> bool {
        part.bytes.clear();
        if self.feed.is_done() {
            return false;
        }
        match self.mode {
            Mode::Whole => self.whole(part),
            Mode::Line { first } => self.line(part, first),
            Mode::Rest { reason, first } => self.feed.piece_of_rest(part, self.target, reason, first) && self.after_rest(),
        }
    }

    fn fault(&self) -> Option<Reason> {
        self.feed.fault()
    }
}

/// A document that is one record: one part, or pieces where it is too large or its end is missing.
pub(super) struct Document<R> {
    feed: Feed<R>,
    target: usize,
    limits: Limits,
    rest: Option<Reason>,
}

impl<R: Read> Document<R> {
    pub fn new(reader: R, target: usize, limits: Limits) -> Self {
        Self { feed: Feed::new(reader), target: target.max(1), limits, rest: None }
    }
}

impl<R: Read + Send> Split for Document<R> {
    fn next(&mut self, part: &mut Part) -> bool {
        part.bytes.clear();
        if self.feed.is_done() {
            return false;
        }
        if let Some(reason) = self.rest {
            return self.feed.piece_of_rest(part, self.target, reason, false);
        }
        let max = self.limits.record_bytes;
        self.feed.fill(&mut part.bytes, max + 1);
        if part.bytes.is_empty() {
            return false;
        }
        let reason = if part.bytes.len() > max { Some(Reason::TooLarge) } else { self.feed.fault() };
        let Some(reason) = reason else {
            let keep = part.bytes.len();
            return self.feed.hand_out(part, keep, Load::Records);
        };
        self.rest = Some(reason);
        self.feed.give_back(&mut part.bytes, 0);
        self.feed.piece_of_rest(part, self.target, reason, true)
    }

    fn fault(&self) -> Option<Reason> {
        self.feed.fault()
    }
}
