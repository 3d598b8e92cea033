//! Shapes of short texts: `0` for a digit, `a` and `A` for letters, everything else as it is. What may be found in a text hangs
//! mostly on its shape, and the cells of a table's column have few: each is studied once.

use std::sync::Arc;

use super::by_view::ByView;
use super::column::View;
use super::rank::Rank;
use super::reading::Reads;

/// Longest text whose shape is remembered, in bytes; with it a slot has 60.
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
    /// Where a match can only go to the end of the text: what it demands of the bytes besides their shape.
    pub(super) whole: Option<Demands>,
}

/// What is demanded of two bytes of a text at most.
pub(super) type Demands = [Demand; 2];

/// A byte of a text, by its place, and which of the bytes that have its shape are allowed there: by their last five bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) place: u8,
    pub(super) allowed: u32,
}

impl Demand {
    /// Allows all.
    pub(super) const NONE: Self = Self { place: 0, allowed: u32::MAX };

    #[inline]
    pub(super) fn is_met(self, text: &[u8]) -> bool {
        text.get(usize::from(self.place)).is_some_and(|b| self.allowed >> (b & 0x1F) & 1 == 1)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by a plain loop.
    fn plainly(buffer: &[u8], start: usize, len: usize) -> Option<Vec<u8>> {
        let text = buffer.get(start..start.checked_add(len)?).filter(|text| text.len() <= LONGEST)?;
        let of = |b: &u8| match b {
            b'0'..=b'9' => Some(b'0'),
            b'a'..=b'z' => Some(b'a'),
            b'A'..=b'Z' => Some(b'A'),
            b' '..=b'~' => Some(*b),
            _ => None,
        };
        text.iter().map(of).collect()
    }

    #[test]
    fn texts_have_the_shapes_they_seem_to_have() {
        let table: &[(&str, Option<&str>, &str)] = &[
            ("Ab3-xyz_09 .", Some("Aa0-aaa_00 ."), "digits and letters, the rest as it is"),
            ("azAZ09", Some("aaAA00"), "the ends of the ranges"),
            ("/:@[`{~ ", Some("/:@[`{~ "), "what stands beside the ranges, and a space at the end"),
            ("", Some(""), "nothing at all"),
            ("a\tb", None, "a control"),
            ("a\u{1f}", None, "the last of the low controls"),
            ("a\u{7f}", None, "delete"),
            ("é", None, "not ASCII"),
            ("123456789012345678901234567890123456789012345678", Some("000000000000000000000000000000000000000000000000"), "48"),
            ("1234567890123456789012345678901234567890123456789", None, "one more"),
        ];
        for (text, shape, why) in table {
            let found = Shape::of(text.as_bytes());
            assert_eq!(found.as_ref().map(Shape::text), shape.map(str::as_bytes), "{why}");
        }
        assert_eq!(size_of::<Slot>(), 60, "as is told beside the longest text");
    }

    #[test]
    fn slots_are_used_evenly() {
        let shapes = (0..SLOTS).map(|n| Shape::of(&bits(n)).unwrap().place());
        let places: std::collections::BTreeSet<usize> = shapes.collect();
        assert!(places.last() < Some(&SLOTS), "there are no more");
        // Of 512 balls in 512 boxes, 324 boxes have one.
        assert!((280..370).contains(&places.len()), "{}", places.len());
    }

    proptest! {
        #[test]
        fn a_shape_is_what_a_plain_loop_says(
            buffer in prop_oneof![
                "[ -~]{0,120}".prop_map(String::into_bytes),
                "[ -~]{0,60}[\\x00-\u{ff}][ -~]{0,60}".prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..60),
            ],
            start in 0_usize..130,
            len in 0_usize..60,
        ) {
            let shape = Shape::within(&buffer, start, len);
            prop_assert_eq!(shape.as_ref().map(|s| s.text().to_vec()), plainly(&buffer, start, len));
            // The same text with more behind it, and with none.
            let text = buffer.get(start..start.saturating_add(len)).filter(|_| shape.is_some()).unwrap_or_default();
            for more in [0, 1, LONGEST - 1, LONGEST, 200] {
                let copy = Shape::within(&[text, &vec![b'7'; more]].concat(), 0, text.len());
                let same = copy.zip(shape).is_none_or(|(a, b)| a.equals(&b) && a.place() == b.place());
                prop_assert!(same && copy.is_some(), "{} behind it", more);
            }
        }

        #[test]
        fn shapes_are_equal_where_all_of_them_is(a in "[a0 ]{0,4}|[a-c0-9 -]{0,48}", b in "[a0 ]{0,4}", at in any::<prop::sample::Index>()) {
            let (a, b) = (a.into_bytes(), b.into_bytes());
            let equal = |a: &[u8], b: &[u8]| Shape::of(a).unwrap().equals(&Shape::of(b).unwrap());
            prop_assert_eq!(equal(&a, &b), plainly(&a, 0, a.len()) == plainly(&b, 0, b.len()));
            if !a.is_empty() {
                let mut other = a.clone();
                other[at.index(a.len())] = b'#';
                prop_assert!(!equal(&a, &other) && equal(&a, &a));
            }
        }
    }

    /// A text of twelve letters and digits: a shape of its own for every number below 4096.
    fn bits(n: usize) -> Vec<u8> {
        (0..12).map(|bit| if n >> bit & 1 == 1 { b'7' } else { b'k' }).collect()
    }

    const WAY: Way = Way {
        number: 0,
        at: 0,
        most: Rank { checked: false, confidence: 0, surprise: 0 },
        anchored: false,
        weak: false,
        whole: None,
    };

    /// Shapes of two columns, with the columns' numbers.
    fn shapes() -> (Shapes, [Arc<View>; 2]) {
        let (mut shapes, views, mut numbers) = (Shapes::default(), [Arc::default(), Arc::default()], Vec::new());
        shapes.columns(&views, &mut numbers);
        assert_eq!(numbers, [Some(0), Some(1)]);
        (shapes, views)
    }

    /// Looks a text up, with so many ways told by its shape; whether its shape was studied, and what is known.
    fn look(shapes: &mut Shapes, column: u32, text: &[u8], ways: usize) -> (bool, Option<Known>) {
        let mut studied = false;
        let known = shapes.look(column, (text, 0, text.len()), |shape, _, to| {
            assert_eq!(Some(shape), plainly(text, 0, text.len()).as_deref());
            studied = true;
            to.extend((0..ways).map(|n| Way { number: n as u16, ..WAY }));
            Reads::AsDigits
        });
        (studied, known)
    }

    #[test]
    fn a_shape_is_studied_once_a_column() {
        let (mut shapes, views) = shapes();
        // Column, text, ways, whether it is studied, how many ways are known of it, and why; one row after the other.
        let table = [
            (0, "ab-12", 3, true, Some(3), "new"),
            (0, "xy-99", 9, false, Some(3), "the same shape"),
            (0, "xy-999", 0, true, Some(0), "longer"),
            (1, "ab-12", 1, true, Some(1), "another column"),
            (0, "é", 1, false, None, "no shape"),
            (0, "many", MOST_WAYS + 1, true, None, "too many ways"),
            (0, "most", 1, false, None, "that is remembered, too"),
            (0, "Many", MOST_WAYS, true, Some(MOST_WAYS), "as many as can be"),
            (0, "ab-12", 9, false, Some(3), "still known"),
            (2, "ab-12", 1, false, None, "no such column"),
        ];
        for (column, text, ways, studied, known, why) in table {
            let (was_studied, found) = look(&mut shapes, column, text.as_bytes(), ways);
            let numbers = |k: Known| shapes.ways(column, k).iter().map(|w| usize::from(w.number)).collect::<Vec<_>>();
            assert_eq!((was_studied, found.map(numbers)), (studied, known.map(|n| (0..n).collect())), "{why}");
            assert!(found.is_none_or(|k| k.reads == Reads::AsDigits && k.is_empty() == (known == Some(0))), "{why}");
        }
        assert_eq!(shapes.columns.get(0).unwrap().ways.len(), 3 + MOST_WAYS, "ways that are too many are not held");
        let mut numbers = Vec::new();
        shapes.columns(&[Arc::clone(&views[1]), Arc::clone(&views[0])], &mut numbers);
        assert_eq!(numbers, [Some(1), Some(0)], "a column keeps its shapes");
    }

    #[test]
    fn columns_of_too_many_shapes_are_given_up() {
        let (mut shapes, views) = shapes();
        for n in 0..TRIAL as usize {
            look(&mut shapes, 0, &bits(n), 1);
            look(&mut shapes, 1, &bits(n / 16), 1);
        }
        assert_eq!(look(&mut shapes, 0, b"ab-12", 1), (false, None), "every shape was new");
        assert!(look(&mut shapes, 1, b"ab-12", 1).1.is_some(), "one in sixteen was");
        let mut numbers = Vec::new();
        shapes.columns(&views, &mut numbers);
        assert_eq!(numbers, [None, Some(1)]);
    }

    #[test]
    fn ways_are_forgotten_between_blocks_before_they_are_too_many() {
        let ((mut at_once, views), (mut by_block, same)) = (shapes(), shapes());
        for n in 0..ALL_WAYS / MOST_WAYS + 2 {
            look(&mut at_once, 0, &bits(n), MOST_WAYS);
            look(&mut by_block, 0, &bits(n), MOST_WAYS);
            by_block.columns(&same, &mut Vec::new());
            let (_, known) = look(&mut by_block, 0, &bits(n), MOST_WAYS);
            assert_eq!(by_block.ways(0, known.unwrap()).len(), MOST_WAYS, "held, or studied again");
        }
        let mut numbers = Vec::new();
        at_once.columns(&views, &mut numbers);
        assert_eq!(numbers[0], None, "more than are held in one block");
        by_block.columns(&same, &mut numbers);
        assert_eq!(numbers[0], Some(0), "as many over many blocks");
    }
}
