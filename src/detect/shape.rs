//! Shapes of short texts: `0` for a digit, `a` and `A` for letters, everything else as it is. What may be found in a text hangs
//! mostly on its shape, and the cells of a table's column have few: each is studied once.

use std::sync::Arc;

use super::by_view::ByView;
use super::column::View;
use super::rank::Rank;
use super::reading::Reads;

/// Longest text whose shape is remembered, in bytes; makes a slot 64 bytes.
pub(super) const LONGEST: usize = 48;

/// Shapes that are remembered of a column. A shape has one slot; the last one in stays.
const SLOTS: usize = 512;

/// Most ways of a shape, and of all shapes of a column at once.
const MOST_WAYS: usize = 250;
const ALL_WAYS: usize = 1 << 17;

/// After so many cells, and again after so many more, a column's shapes are given up where more than one in [`NEW`] was new.
const TRIAL: u32 = 4096;

/// See [`TRIAL`].
const NEW: u32 = 8;

/// A pattern that may match in texts of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The pattern's number.
    pub(super) number: u16,
    /// Where a match begins, or where the pattern's anchor stands.
    pub(super) at: u8,
    /// The most that a match can have.
    pub(super) most: Rank,
    /// It is searched for from its anchor.
    pub(super) anchored: bool,
    /// Without a word for it in the text there is no finding.
    pub(super) weak: bool,
}

/// What is known of a text by its shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// The text may have readings besides itself.
    pub(super) reads: Reads,
    from: u32,
    count: u8,
}

impl Known {
    /// Nothing can be found in the text as it is written.
    pub(super) fn is_empty(self) -> bool {
        self.count == 0
    }
}

/// The shape of a text, filled up with spaces.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    bytes: [u8; LONGEST],
    len: u8,
}

/// The places in a shape, as vector code wants them.
const PLACES: [u8; LONGEST] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
    34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
];

impl Shape {
    /// The shape of a text that is short, and ASCII without controls; others are rarely alike.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        Self::within(text, 0, text.len())
    }

    /// The same of `len` bytes of a buffer from `start` on: where more stands behind them, no copy is made first.
    #[inline]
    pub(super) fn within(buffer: &[u8], start: usize, len: usize) -> Option<Self> {
        let rest = buffer.get(start..).filter(|rest| len <= rest.len().min(LONGEST))?;
        let mut bytes = [b' '; LONGEST];
        match rest.first_chunk::<LONGEST>() {
            Some(chunk) => {
                for ((to, from), at) in bytes.iter_mut().zip(chunk).zip(PLACES) {
                    let held = u8::from(at < len as u8).wrapping_neg();
                    *to = *from & held | b' ' & !held;
                }
            }
            None => bytes.get_mut(..len)?.copy_from_slice(rest.get(..len)?),
        }
        let mut odd = 0;
        for b in &mut bytes {
            let digit = b.wrapping_sub(b'0') < 10;
            let lower = b.wrapping_sub(b'a') < 26;
            let upper = b.wrapping_sub(b'A') < 26;
            odd |= u8::from(b.wrapping_sub(b' ') >= 0x5F);
            let kept = if digit { b'0' } else { *b };
            let kept = if lower { b'a' } else { kept };
            *b = if upper { b'A' } else { kept };
        }
        (odd == 0).then_some(Self { bytes, len: len as u8 })
    }

    /// The shape as a text.
    pub(super) fn text(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn words(&self) -> impl Iterator<Item = u64> {
        self.bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word))
    }

    fn equals(&self, other: &Self) -> bool {
        self.words().zip(other.words()).fold(u64::from(self.len ^ other.len), |differ, (a, b)| differ | a ^ b) == 0
    }

    /// Its slot.
    fn place(&self) -> usize {
        // Odd numbers without a pattern: the golden ratio's fraction and what follows from multiplying by it.
        const MIX: [u64; 6] = [
            0x9e37_79b9_7f4a_7c15,
            0xd1b5_4a32_d192_ed03,
            0xaef1_7502_108e_f2d9,
            0x8cb9_2ba7_2f3d_8dd7,
            0xdb4f_0b91_75ae_2165,
            0xbbe0_5633_0320_8a4b,
        ];
        // No product waits for another.
        let sum = self
            .words()
            .zip(MIX)
            .fold(u64::from(self.len), |sum, (word, mix)| sum.wrapping_add((word ^ word >> 29).wrapping_mul(mix)));
        ((sum ^ sum >> 32).wrapping_mul(MIX[0]) >> (u64::BITS - SLOTS.ilog2())) as usize
    }
}

#[derive(Clone, Copy)]
struct Slot {
    shape: Shape,
    known: Known,
}

const EMPTY: Slot =
    Slot { shape: Shape { bytes: [0; LONGEST], len: 0 }, known: Known { reads: Reads::Never, from: 0, count: 0 } };

/// What is remembered of one column.
#[derive(Default)]
struct Memory {
    slots: Vec<Slot>,
    ways: Vec<Way>,
    looked: u32,
    new: u32,
    /// The column has too many shapes.
    idle: bool,
}

/// Columns that are remembered at once.
const COLUMNS: usize = 128;

/// The shapes of columns.
#[derive(Default)]
pub(super) struct Shapes {
    columns: ByView<Memory, COLUMNS>,
}

impl Shapes {
    /// The memory of each of `views`, by number; none for those beyond what is held, and those that have too many shapes.
    pub(super) fn columns(&mut self, views: &[Arc<View>], numbers: &mut Vec<Option<u32>>) {
        // Ways of shapes that lost their slots are left behind.
        for memory in self.columns.all_mut().filter(|memory| memory.ways.len() > ALL_WAYS / 4) {
            memory.ways.clear();
            memory.slots.clear();
        }
        self.columns.number(views, numbers, |memory| memory.idle);
    }

    /// What the shape of so many bytes from there on says; a new one is told by `study`, which lists ways and says what readings there may be.
    /// Nothing where the text is to be searched without.
    pub(super) fn look(
        &mut self,
        column: u32,
        (buffer, start, len): (&[u8], usize, usize),
        study: impl FnOnce(&[u8], &View, &mut Vec<Way>) -> Reads,
    ) -> Option<Known> {
        let (view, memory) = self.columns.get_mut(column).filter(|c| !c.1.idle)?;
        let shape = Shape::within(buffer, start, len)?;
        if memory.slots.is_empty() {
            memory.slots = vec![EMPTY; SLOTS];
        }
        memory.looked += 1;
        let slot = memory.slots.get_mut(shape.place())?;
        if slot.shape.equals(&shape) {
            return (usize::from(slot.known.count) <= MOST_WAYS).then_some(slot.known);
        }
        memory.new += 1;
        if memory.looked >= TRIAL {
            memory.idle = memory.new > memory.looked / NEW;
            (memory.looked, memory.new) = (0, 0);
        }
        if memory.idle || memory.ways.len() > ALL_WAYS {
            *memory = Memory { idle: true, ways: std::mem::take(&mut memory.ways), ..Memory::default() };
            return None;
        }
        let from = memory.ways.len();
        let reads = study(shape.text(), view, &mut memory.ways);
        let count = memory.ways.len() - from;
        if count > MOST_WAYS {
            memory.ways.truncate(from);
            *slot = Slot { shape, known: Known { reads, from: 0, count: u8::MAX } };
            return None;
        }
        *slot = Slot { shape, known: Known { reads, from: from as u32, count: count as u8 } };
        Some(slot.known)
    }

    /// The ways that `known` stands for.
    pub(super) fn ways(&self, column: u32, known: Known) -> &[Way] {
        let ways = self.columns.get(column).and_then(|memory| memory.ways.get(known.from as usize..));
        ways.and_then(|ways| ways.get(..usize::from(known.count))).unwrap_or_default()
    }
}
