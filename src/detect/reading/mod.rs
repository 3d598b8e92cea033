//! The readings of a text: itself, and what a reader or a program makes of it. Its escapes decoded, what looks like ASCII or is
//! not seen normalised, what is encoded decoded to depth 2, what stands between the characters of a value left out.
//!
//! Every reading is searched. It knows where its bytes come from, and a finding covers the whole of each literal that it
//! touches: all of a base64 run, all of an escape, and the invisible characters beside it.

#![allow(
    clippy::many_single_char_names,
    clippy::single_range_in_vec_init,
    clippy::while_let_on_iterator,
    clippy::match_same_arms,
    clippy::needless_bitwise_bool,
    reason = "bytes beside each other are compared by arithmetic, and tables of characters stand by their blocks"
)]

mod address;
mod decode;
mod fold;
mod map;
mod mark;
mod runs;
mod spell;
mod split;

use super::escaped::Layers;
use super::judge::Candidate;
use map::Reading;
pub(super) use mark::{Reads, shape_may};
use std::borrow::Cow;
use std::ops::Range;

/// How often what is encoded is decoded.
const DEPTH: usize = 2;

/// Confidence, in percent, that a value must have whose reading is a guess.
const GUESS: u8 = 70;

/// What the readings of a cell may hold, and those of all cells of a part one after the other, in bytes.
const CELL: usize = 32 << 20;
const PART: usize = 128 << 20;

/// Cells up to this many bytes cost nothing: answers for them may be remembered, so counting them would make the limit depend
/// on what was seen before.
const FREE: usize = 64;

/// What further readings may cost.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    cell: usize,
    part: usize,
    /// Cells that were searched without them.
    pub(super) reached: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { cell: CELL, part: PART, reached: 0 }
    }
}

impl Budget {
    /// Begins a new part.
    pub(super) fn renew(&mut self) {
        self.part = PART;
    }
}

/// One reading beyond the escapes.
struct Further {
    reading: Reading,
    /// The further reading that it was made of; none where that is the text with its escapes decoded.
    of: Option<usize>,
    /// What it says is a guess.
    guess: bool,
}

/// All readings of one text that has more than itself.
pub(super) struct Readings {
    layers: Option<Layers>,
    further: Vec<Further>,
}

impl Readings {
    /// The readings of a text; nothing where it is the only one.
    pub(super) fn of(text: &[u8], budget: &mut Budget) -> Option<Self> {
        let mut readings = Self { layers: Layers::of(text), further: Vec::new() };
        let base = readings.base(text);
        if mark::maybe(base) {
            let free = text.len() <= FREE;
            let mut left = if free { usize::MAX } else { budget.cell.min(budget.part) };
            let before = left;
            // The cell itself is what a reading costs at least, and a few times more where it is all literals.
            let further = (free || text.len() <= left / 4).then(|| grow(base, &mut left)).flatten();
            match further {
                Some(further) => readings.further = further,
                None => budget.reached += 1,
            }
            if !free {
                budget.part = budget.part.saturating_sub(before.saturating_sub(left));
            }
        }
        (readings.layers.is_some() || !readings.further.is_empty()).then_some(readings)
    }

    /// The text with its escapes decoded.
    fn base<'a>(&'a self, text: &'a [u8]) -> &'a [u8] {
        self.layers.as_ref().map_or(text, |layers| layers.reading(text, *layers.searched().end()))
    }

    /// The number of the last reading by escapes.
    fn deepest(&self) -> usize {
        self.layers.as_ref().map_or(0, |layers| *layers.searched().end())
    }

    /// The numbers of the readings to be searched. The last is the one that counts what is let pass.
    pub(super) fn searched(&self) -> Range<usize> {
        let first = self.layers.as_ref().map_or(0, |layers| *layers.searched().start());
        first..self.deepest() + 1 + self.further.len()
    }

    /// Whether a reading is the last.
    pub(super) fn is_last(&self, number: usize) -> bool {
        number + 1 == self.searched().end
    }

    /// A reading; number 0 is `text` itself.
    pub(super) fn reading<'a>(&'a self, text: &'a [u8], number: usize) -> &'a [u8] {
        match number.checked_sub(self.deepest() + 1) {
            Some(further) => self.further.get(further).map_or(text, |f| &f.reading.text),
            None => self.layers.as_ref().map_or(text, |layers| layers.reading(text, number)),
        }
    }

    /// Puts the candidates from `from` on, which were found in a reading, where they stand in `text`; leaves out those that
    /// are not sure enough.
    pub(super) fn settle(&self, text: &[u8], number: usize, candidates: &mut Vec<Candidate>, from: usize) {
        let mut layer = number;
        if let Some(at) = number.checked_sub(self.deepest() + 1) {
            layer = self.deepest();
            let mut next = Some(at);
            if self.further.get(at).is_some_and(|f| f.guess) {
                let kept = candidates.split_off(from);
                candidates.extend(kept.into_iter().filter(|c| c.confidence >= GUESS));
            }
            while let Some(further) = next.and_then(|at| self.further.get(at)) {
                further.reading.settle(candidates.get_mut(from..).unwrap_or_default());
                next = further.of;
            }
        }
        let found = candidates.get_mut(from..).unwrap_or_default();
        if let Some(layers) = &self.layers {
            layers.settle(text, layer, found);
        }
        for c in found {
            let span = fold::with_unseen(text, c.start as usize..c.end as usize);
            (c.start, c.end) = (span.start as u32, span.end as u32);
        }
    }
}

/// The further readings of a text; nothing where they cost more than is `left`.
fn grow(base: &[u8], left: &mut usize) -> Option<Vec<Further>> {
    let mut all: Vec<Further> = Vec::new();
    let mut starts = vec![None];
    if let Some(reading) = reversed(base) {
        *left = left.checked_sub(reading.cost())?;
        all.push(Further { reading, of: None, guess: false });
        starts.insert(0, Some(0));
    }
    for start in starts {
        let mut of: Option<usize> = start;
        let mut step = |of: &mut Option<usize>, guess: bool, make: fn(&[u8]) -> Option<Reading>| {
            let made = make(of.and_then(|at| all.get(at)).map_or(base, |f| f.reading.text.as_slice()));
            let Some(reading) = made else { return Some(false) };
            *left = left.checked_sub(reading.cost())?;
            all.push(Further { reading, of: *of, guess });
            *of = Some(all.len() - 1);
            Some(true)
        };
        step(&mut of, false, fold::fold)?;
        for _ in 0..DEPTH {
            if !step(&mut of, false, decode::decode)? {
                break;
            }
            step(&mut of, false, fold::fold)?;
        }
        step(&mut of, false, address::addresses)?;
        step(&mut of, true, spell::joined)?;
        step(&mut of, true, split::whole)?;
        step(&mut of, true, split::worded)?;
        step(&mut of, true, spell::digits)?;
        step(&mut of, true, spell::parted)?;
    }
    Some(all)
}

/// The text as it is seen where a control turns its direction; nothing where none does.
fn reversed(text: &[u8]) -> Option<Reading> {
    let text = std::str::from_utf8(text).ok()?;
    let mut out = Reading::default();
    let mut kept = 0;
    while let Some(at) = text.get(kept..)?.find('\u{202e}').map(|at| kept + at) {
        let inside = text.get(at + '\u{202e}'.len_utf8()..)?;
        let length = inside.find(['\u{202c}', '\n', '\u{2029}']).unwrap_or(inside.len());
        let turned: String = inside.get(..length)?.chars().rev().collect();
        let end = at + '\u{202e}'.len_utf8() + length;
        out.keep(text.get(kept..at)?.as_bytes(), kept);
        out.put(turned.as_bytes(), at..end);
        kept = end;
    }
    out.keep(text.get(kept..)?.as_bytes(), kept);
    (kept > 0).then_some(out)
}

/// Takes the cells that may have readings out of `order`, which stands by the start of their text in `bytes`.
pub(super) fn take_out(order: &mut Vec<u32>, bytes: &[u8], range_of: impl Fn(u32) -> Range<usize>, out: &mut Vec<u32>) {
    let next_in = |from: usize| mark::next(bytes, from.saturating_sub(1));
    let searched: usize = order.iter().map(|cell| range_of(*cell).len()).sum();
    if searched < bytes.len() / 2 {
        // Most of what lies between is not asked about.
        return order.retain(|cell| {
            let plain = !mark::maybe(bytes.get(range_of(*cell)).unwrap_or_default());
            if !plain {
                out.push(*cell);
            }
            plain
        });
    }
    let mut next = next_in(0);
    if next == usize::MAX {
        return;
    }
    order.retain(|&cell| {
        let range = range_of(cell);
        if next < range.start {
            next = next_in(range.start);
        }
        let plain = next >= range.end || !mark::maybe(bytes.get(range).unwrap_or_default());
        if !plain {
            out.push(cell);
        }
        plain
    });
}

/// Whether a text may have readings besides itself, where its shape has said what it can.
pub(super) fn reads_of(shape: Reads, text: &[u8]) -> bool {
    match shape {
        Reads::Never => false,
        Reads::AsDigits => mark::may_be_digits(text),
        Reads::Perhaps => mark::maybe(text),
    }
}

/// The reading that a found value is meant in: the first that `is_value`, or the last.
pub(super) fn plain(value: &str, is_value: impl Fn(&[u8]) -> Option<bool>) -> Cow<'_, str> {
    let Some(readings) = Readings::of(value.as_bytes(), &mut Budget::default()) else { return Cow::Borrowed(value) };
    let mut meant = readings.searched().end - 1;
    for number in 0..readings.searched().end {
        match is_value(readings.reading(value.as_bytes(), number)) {
            Some(true) if number == 0 => return Cow::Borrowed(value),
            Some(true) => {
                meant = number;
                break;
            }
            Some(false) => {}
            None => break,
        }
    }
    let plain = String::from_utf8_lossy(readings.reading(value.as_bytes(), meant));
    Cow::Owned(plain.trim_matches(char::is_control).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_it_stands_for() {
        for (value, want, why) in [
            (r"ann\\u0040example.com", "ann@example.com", "escapes, twice"),
            (r"\nann@example.com", "ann@example.com", "the line end before it is none of it"),
            ("\nann", "\nann", "what was not written as an escape stays"),
            ("ann%2540example.com", "ann@example.com", "percent, twice"),
            ("a\u{200b}nn@example.com\u{feff}", "ann@example.com", "invisible characters"),
            ("YW5uJTQwZXhhbXBsZS5jb20=", "ann@example.com", "percent in base64"),
            ("YW5uXHUwMDQwZXhhbXBsZS5jb20=", "ann@example.com", "escapes in base64"),
            ("５-3-6-2-2-8-7-2-6", "536228726", "separators"),
        ] {
            assert_eq!(plain(value, |_| None), want, "{why}");
        }
    }

    #[test]
    fn cells_that_may_have_readings_are_told_from_others() {
        let text = r"plain|a\nb|C:\Users|x\|\\|a%40b|é";
        let cells = [0..5, 6..10, 11..19, 20..22, 23..25, 26..31, 32..34];
        let (mut order, mut out) = ((0..7).collect::<Vec<u32>>(), Vec::new());
        take_out(&mut order, text.as_bytes(), |cell| cells[cell as usize].clone(), &mut out);
        assert_eq!((order, out), (vec![0, 2, 3, 6], vec![1, 4, 5]));
    }

    #[test]
    fn a_spent_budget_is_counted_and_leaves_the_text_as_it_is() {
        let text = "ann%40example.com ".repeat(10);
        for (cell, part, reached, why) in
            [(CELL, PART, 0, "enough"), (100, PART, 1, "too large a cell"), (CELL, 100, 1, "too much in a part")]
        {
            let mut budget = Budget { cell, part, reached: 0 };
            let readings = Readings::of(text.as_bytes(), &mut budget);
            assert_eq!((readings.is_none(), budget.reached), (reached > 0, reached), "{why}");
        }
        let mut budget = Budget { cell: CELL, part: 1200, reached: 0 };
        let found = (0..4).filter(|_| Readings::of(text.as_bytes(), &mut budget).is_some()).count();
        assert!((1..4).contains(&found) && budget.reached == 4 - found as u64, "cells of a part share: {found}");
    }

    #[test]
    fn a_turned_text_is_read_from_its_end() {
        let text = "to \u{202e}gro.liam@bob\u{202c} now";
        let readings = Readings::of(text.as_bytes(), &mut Budget::default()).unwrap();
        assert!(readings.searched().any(|n| readings.reading(text.as_bytes(), n) == b"to bob@mail.org now"));
    }
}
