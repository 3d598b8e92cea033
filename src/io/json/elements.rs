//! Cuts a document that is an array between its elements, without holding more than a part.
//!
//! Each part begins with an element (the first one with the opening bracket) and ends behind the comma and the spaces that
//! follow its last. What stands behind the last element, white space before the bracket included, is the tail. Where the
//! structure between elements is damaged, all that follows is one rejected record, and there is no tail.

use super::Limits;
use super::feed::Feed;
use super::outline::Outline;
use super::shape::bom;
use super::walk::skip_space;
use crate::batch::{Load, Part, Reason};
use crate::io::Split;
use std::io::Read;

#[derive(Clone, Copy)]
enum Mode {
    /// Before the opening bracket.
    Head,
    /// At the start of an element.
    Element,
    /// Inside an element that is too large.
    Large { outline: Outline, first: bool },
    /// Behind the last element.
    Tail,
    /// Inside a rejected record that lasts to the end.
    Rest { reason: Reason, first: bool },
}

const LARGE: Mode = Mode::Large { outline: Outline::new(), first: true };

/// Why no more bytes can be had for now.
enum Stop {
    /// The source has ended.
    End,
    /// There are enough whole elements to hand out first.
    Enough,
    /// The limit is reached.
    Limit,
}

/// What follows an element.
enum Next {
    /// Another element begins here.
    Element(usize),
    /// The closing bracket comes.
    Close,
    /// Neither.
    Damage,
}

/// An array's elements.
pub(super) struct Elements<R> {
    feed: Feed<R>,
    target: usize,
    limits: Limits,
    mode: Mode,
}

impl<R: Read> Elements<R> {
    pub fn new(reader: R, target: usize, limits: Limits) -> Self {
        Self { feed: Feed::new(reader), target: target.max(1), limits, mode: Mode::Head }
    }

    /// Reads more, up to the limit counted from `base`; only where `cut`, up to which elements are whole, is 0.
    fn grow(&mut self, bytes: &mut Vec<u8>, cut: usize, base: usize) -> Result<(), Stop> {
        let len = bytes.len();
        if cut > 0 && len >= self.target {
            return Err(Stop::Enough);
        }
        if len >= self.target && len - base > self.limits.record_bytes {
            return Err(Stop::Limit);
        }
        let most = base + self.limits.record_bytes + 1;
        self.feed.fill(bytes, (len * 2).min(most).max(len + 1).max(self.target));
        if bytes.len() == len { Err(Stop::End) } else { Ok(()) }
    }

    /// The first position at or after `from` that is no white space, and the byte there.
    fn peek(&mut self, bytes: &mut Vec<u8>, from: usize, cut: usize) -> Result<(usize, u8), Stop> {
        let mut at = from;
        loop {
            at = skip_space(bytes, at);
            match bytes.get(at) {
                _ if at - from > self.limits.record_bytes => return Err(Stop::Limit),
                Some(&byte) => return Ok((at, byte)),
                None => self.grow(bytes, cut, from)?,
            }
        }
    }

    fn element_end(&mut self, bytes: &mut Vec<u8>, from: usize) -> Result<usize, Stop> {
        let mut outline = Outline::new();
        let mut at = from;
        loop {
            if let Some(end) = outline.run(bytes, at) {
                return Ok(end);
            }
            at = bytes.len();
            self.grow(bytes, from, from)?;
        }
    }

    /// Looks at what stands behind an element that ends at `end`.
    fn behind(&mut self, bytes: &mut Vec<u8>, end: usize, cut: usize) -> Result<Next, Stop> {
        match self.peek(bytes, end, cut)? {
            (_, b']') => Ok(Next::Close),
            (comma, b',') => match self.peek(bytes, comma + 1, cut)? {
                (_, b',' | b']' | b'}' | b':') => Ok(Next::Damage),
                (start, _) => Ok(Next::Element(start)),
            },
            _ => Ok(Next::Damage),
        }
    }

    fn records(&mut self, part: &mut Part, keep: usize, then: Mode) -> bool {
        self.mode = then;
        if keep == 0 {
            self.feed.give_back(&mut part.bytes, 0);
            return self.advance(part);
        }
        self.feed.hand_out(part, keep, Load::Records)
    }

    /// The source ends before the element from `cut` to `end` is known to be whole.
    fn cut_short(&mut self, part: &mut Part, cut: usize, end: usize) -> bool {
        let large = end - cut > self.limits.record_bytes;
        self.records(part, cut, if large { LARGE } else { self.damage(Reason::Truncated) })
    }

    fn damage(&self, reason: Reason) -> Mode {
        Mode::Rest { reason: self.feed.fault().unwrap_or(reason), first: true }
    }

    fn head(&mut self, part: &mut Part) -> bool {
        let bytes = &mut part.bytes;
        self.feed.fill(bytes, self.target.max(3));
        if bytes.is_empty() {
            return false;
        }
        let start = bom(bytes);
        let found = match self.peek(bytes, start, 0) {
            Ok((open, b'[')) => self.peek(bytes, open + 1, 0),
            Ok(_) => Ok((0, 0)),
            Err(stop) => Err(stop),
        };
        match found {
            Ok((0, _)) => self.records(part, 0, self.damage(Reason::InvalidJson)),
            Ok((at, b']')) => self.records(part, at, Mode::Tail),
            Ok((at, b',' | b'}' | b':')) => self.records(part, at, self.damage(Reason::InvalidJson)),
            Ok((at, _)) => self.elements(part, at),
            Err(Stop::End) => self.records(part, 0, self.damage(Reason::Truncated)),
            Err(_) => self.records(part, 0, self.damage(Reason::TooLarge)),
        }
    }

    /// Hands out whole elements; the first begins at `from`.
    fn elements(&mut self, part: &mut Part, from: usize) -> bool {
        let bytes = &mut part.bytes;
        let mut cut = from;
        loop {
            let end = match self.element_end(bytes, cut) {
                Ok(end) => end,
                Err(Stop::Enough) => return self.records(part, cut, Mode::Element),
                Err(Stop::End) => {
                    let end = bytes.len();
                    return self.cut_short(part, cut, end);
                }
                Err(Stop::Limit) => return self.records(part, cut, LARGE),
            };
            if end > self.target && cut > 0 {
                return self.records(part, cut, Mode::Element);
            }
            match self.behind(bytes, end, cut) {
                Ok(Next::Element(start)) if start >= self.target => {
                    let keep = if start > self.target && cut > 0 { cut } else { start };
                    return self.records(part, keep, Mode::Element);
                }
                Ok(Next::Element(start)) => cut = start,
                Ok(Next::Close) => return self.records(part, end, Mode::Tail),
                Ok(Next::Damage) => return self.records(part, end, self.damage(Reason::InvalidJson)),
                Err(Stop::Enough) => return self.records(part, cut, Mode::Element),
                // A last number could go on, and a last comma has something behind it: what is cut short is rejected.
                Err(Stop::End) => {
                    if skip_space(bytes, end) == bytes.len() {
                        return self.cut_short(part, cut, end);
                    }
                    return self.records(part, end, self.damage(Reason::Truncated));
                }
                Err(Stop::Limit) => return self.records(part, end, self.damage(Reason::TooLarge)),
            }
        }
    }

    fn large(&mut self, part: &mut Part, mut outline: Outline, first: bool) -> bool {
        let reason = Reason::TooLarge;
        let bytes = &mut part.bytes;
        self.feed.fill(bytes, self.target + 1);
        let piece = bytes.get(..self.target.min(bytes.len())).unwrap_or_default();
        // A number ends where the next byte is none of its own: that byte may be the one behind the piece.
        let behind = bytes.get(piece.len()..).unwrap_or_default();
        let ended = outline.run(piece, 0).or_else(|| {
            let mut ahead = outline;
            (ahead.run(behind, 0) == Some(0)).then_some(piece.len())
        });
        let Some(end) = ended else {
            let (keep, last) = (piece.len(), bytes.len() <= self.target);
            self.mode = Mode::Large { outline, first: false };
            return self.feed.hand_out(part, keep, Load::Oversize { reason, first, last });
        };
        let (keep, then) = match self.behind(bytes, end, 0) {
            Ok(Next::Element(start)) => (start, Mode::Element),
            Ok(Next::Close) => (end, Mode::Tail),
            Ok(Next::Damage) => (end, self.damage(Reason::InvalidJson)),
            Err(Stop::End) => (bytes.len(), Mode::Element),
            Err(_) => (end, self.damage(Reason::TooLarge)),
        };
        self.mode = then;
        self.feed.hand_out(part, keep, Load::Oversize { reason, first, last: true })
    }

    fn tail(&mut self, part: &mut Part) -> bool {
        let close = match self.peek(&mut part.bytes, 0, 0) {
            Ok((close, _)) => close,
            Err(_) => 0,
        };
        let reason = match self.peek(&mut part.bytes, close + 1, 0) {
            Ok(_) => Reason::InvalidJson,
            Err(Stop::End) if self.feed.fault().is_none() => {
                let keep = part.bytes.len();
                return self.feed.hand_out(part, keep, Load::Tail);
            }
            Err(Stop::End) => Reason::Unreadable,
            Err(_) => Reason::TooLarge,
        };
        self.records(part, 0, self.damage(reason))
    }

    fn advance(&mut self, part: &mut Part) -> bool {
        part.bytes.clear();
        if self.feed.is_done() {
            return false;
        }
        match self.mode {
            Mode::Head => self.head(part),
            Mode::Element => {
                self.feed.fill(&mut part.bytes, self.target);
                if part.bytes.is_empty() {
                    return false;
                }
                self.elements(part, 0)
            }
            Mode::Large { outline, first } => self.large(part, outline, first),
            Mode::Tail => self.tail(part),
            Mode::Rest { reason, first } => {
                self.mode = Mode::Rest { reason, first: false };
                self.feed.piece_of_rest(part, self.target, reason, first)
            }
        }
    }
}

impl<R: Read + Send> Split for Elements<R> {
    fn next(&mut self, part: &mut Part) -> bool {
        self.advance(part)
    }

    fn fault(&self) -> Option<Reason> {
        self.feed.fault()
    }
}
