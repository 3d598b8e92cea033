//! What was found in short cells, remembered by column: a table has columns of few texts, and what a cell holds depends on
//! its text and its column's view alone.

use super::by_view::ByView;
use super::column::View;
use crate::batch::Finding;
use std::sync::Arc;

/// Longest text that is remembered, in bytes; makes a slot 64 bytes.
const LONGEST: usize = 46;

/// Texts that are remembered of a column. A text has one slot; the last one in stays.
const SLOTS: usize = 1024;

/// Columns that are remembered at once.
const COLUMNS: usize = 64;

/// Most findings, and most values that the allow list lets pass, of a text that is remembered.
const MOST: usize = 2;

/// After so many cells, and again after so many more, a column is forgotten that repeats less than one in [`WORTH`].
const TRIAL: u32 = 4096;

/// See [`TRIAL`].
const WORTH: u32 = 5;

#[derive(Clone, Copy, Default)]
struct Short {
    detector: u16,
    start: u8,
    end: u8,
    confidence: u8,
}

#[derive(Clone, Copy)]
struct Slot {
    text: [u8; LONGEST],
    /// 0 where nothing is remembered: no empty text is.
    len: u8,
    count: u8,
    found: [Short; MOST],
    /// Detectors of values that the allow list let pass; [`NONE`] behind the last.
    passed: [u16; MOST],
}

/// Stands for no detector.
const NONE: u16 = u16::MAX;

const EMPTY: Slot = Slot {
    text: [0; LONGEST],
    len: 0,
    count: 0,
    found: [Short { detector: 0, start: 0, end: 0, confidence: 0 }; MOST],
    passed: [NONE; MOST],
};

/// What is remembered of one column.
#[derive(Default)]
struct Memory {
    slots: Vec<Slot>,
    looked: u32,
    hits: u32,
    /// The column repeats too little.
    idle: bool,
}

/// Earlier findings by column and text. Exact: texts are compared, never their hashes.
#[derive(Default)]
pub(super) struct Recall {
    memories: ByView<Memory, COLUMNS>,
}

impl Recall {
    /// The memory of each of `views`, by number; none for those beyond what is held.
    pub(super) fn columns(&mut self, views: &[Arc<View>], numbers: &mut Vec<Option<u32>>) {
        self.memories.number(views, numbers, |memory| memory.idle);
    }

    /// Appends what was found in an equal cell before, as findings of `cell`, and calls `passed` with the detectors whose
    /// values the allow list let pass; [`Known::New`] where none was seen and this one is worth to be kept.
    pub(super) fn look(
        &mut self,
        memory: u32,
        text: &[u8],
        cell: u32,
        out: &mut Vec<Finding>,
        mut passed: impl FnMut(u16),
    ) -> Known {
        let Some((_, memory)) = self.memories.get_mut(memory).filter(|m| !m.1.idle && text.len() <= LONGEST) else {
            return Known::Untold;
        };
        if memory.looked == TRIAL {
            if memory.hits < TRIAL / WORTH {
                memory.idle = true;
                memory.slots = Vec::new();
                return Known::Untold;
            }
            (memory.looked, memory.hits) = (0, 0);
        }
        memory.looked += 1;
        let Some(slot) = memory.slots.get(place(text)) else { return Known::New };
        if usize::from(slot.len) != text.len() || slot.text.get(..text.len()) != Some(text) {
            return Known::New;
        }
        memory.hits += 1;
        for short in slot.found.iter().take(usize::from(slot.count)) {
            let Short { detector, start, end, confidence } = *short;
            let (start, end) = (u32::from(start), u32::from(end));
            out.push(Finding { cell, start, end, detector, confidence, propagated: false });
        }
        slot.passed.iter().filter(|d| **d != NONE).for_each(|d| passed(*d));
        Known::Same
    }

    /// Keeps what was found in a text that [`Recall::look`] did not know, and what was let pass: cell and detector of each.
    pub(super) fn keep(&mut self, memory: u32, text: &[u8], findings: &[Finding], passed: &[(u32, u16)]) {
        let Some((_, memory)) = self.memories.get_mut(memory).filter(|m| !m.1.idle) else { return };
        if memory.slots.is_empty() {
            memory.slots = vec![EMPTY; SLOTS];
        }
        let Some(slot) = memory.slots.get_mut(place(text)) else { return };
        if findings.len() > MOST || passed.len() > MOST {
            return;
        }
        let Some(kept) = slot.text.get_mut(..text.len()) else { return };
        kept.copy_from_slice(text);
        slot.passed = [NONE; MOST];
        slot.passed.iter_mut().zip(passed).for_each(|(slot, (_, detector))| *slot = *detector);
        (slot.len, slot.count) = (text.len() as u8, findings.len() as u8);
        for (short, f) in slot.found.iter_mut().zip(findings) {
            *short = Short { detector: f.detector, start: f.start as u8, end: f.end as u8, confidence: f.confidence };
        }
    }
}

/// What is known of a cell's text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// An equal cell was seen.
    Same,
    /// It is to be kept.
    New,
    /// It is not kept.
    Untold,
}

/// The slot of a text.
fn place(text: &[u8]) -> usize {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = text.as_chunks::<8>();
    let mut sum = text.len() as u64;
    for word in words {
        sum = (sum ^ u64::from_le_bytes(*word)).wrapping_mul(MIX);
        sum ^= sum >> 29;
    }
    let last = rest.iter().fold(0, |last, byte| last << 8 | u64::from(*byte));
    ((sum ^ last).wrapping_mul(MIX) >> (u64::BITS - SLOTS.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(cell: u32, end: u32) -> Finding {
        Finding { cell, start: 1, end, detector: 700, confidence: 90, propagated: false }
    }

    #[test]
    fn only_an_equal_text_of_the_same_column_is_known() {
        let views = [Arc::new(View::default()), Arc::new(View::default())];
        let (mut recall, mut numbers, mut out) = (Recall::default(), Vec::new(), Vec::new());
        recall.columns(&views, &mut numbers);
        let (a, b) = (numbers[0].unwrap(), numbers[1].unwrap());
        assert!(recall.look(a, b"Boston", 0, &mut out, |_| ()) == Known::New, "nothing is known at first");
        recall.keep(a, b"Boston", &[finding(0, 6)], &[]);
        assert!(recall.look(a, b"Boston", 7, &mut out, |_| ()) == Known::Same, "seen before");
        assert!(recall.look(a, b"Boston ", 8, &mut out, |_| ()) == Known::New, "longer");
        assert!(recall.look(b, b"Boston", 9, &mut out, |_| ()) == Known::New, "another column");
        assert!(recall.look(a, &[b'x'; LONGEST + 1], 9, &mut out, |_| ()) == Known::Untold, "too long");
        assert_eq!(out, [finding(7, 6)]);
        recall.columns(&views, &mut numbers);
        assert_eq!(numbers, [Some(a), Some(b)], "a column keeps its memory");
    }

    #[test]
    fn columns_that_do_not_repeat_and_columns_in_excess_are_not_remembered() {
        let views: Vec<_> = (0..100).map(|_| Arc::new(View::default())).collect();
        let (mut recall, mut numbers, mut out) = (Recall::default(), Vec::new(), Vec::new());
        recall.columns(&views, &mut numbers);
        assert_eq!(numbers.iter().flatten().count(), COLUMNS);
        for i in 0..TRIAL {
            recall.look(0, i.to_string().as_bytes(), i, &mut out, |_| ());
            recall.keep(0, i.to_string().as_bytes(), &[], &[]);
            recall.look(1, b"same", i, &mut out, |_| ());
            recall.keep(1, b"same", &[], &[]);
        }
        assert!(recall.look(0, b"1", 0, &mut out, |_| ()) == Known::Untold, "no text came twice");
        assert!(recall.look(1, b"same", 0, &mut out, |_| ()) == Known::Same, "every text was the same");
    }
}
