//! Where tokens start: 64 bytes at a time, as bits.

use crate::text::lanes::{Lanes, STEP, is_digit, is_letter, within};
use wide::u8x16;

/// Bits of one step: where a match may begin, and where an anchor byte stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    /// A letter or digit behind none, or an odd byte.
    pub(super) starts: u64,
    /// A byte of the anchors.
    pub(super) anchors: u64,
    /// Letters and digits.
    pub(super) words: u64,
    pub(super) digits: u64,
}

/// Finds marks.
pub(super) struct Marker {
    odd: Held,
    anchors: Held,
}

/// A set of bytes: those that stand alone take one comparison.
struct Held {
    single: Vec<u8x16>,
    ranges: Vec<(u8x16, u8x16)>,
}

impl Held {
    fn new(all: &[Range]) -> Self {
        let (single, ranges): (Vec<Range>, Vec<Range>) = all.iter().partition(|(_, more)| *more == 0);
        let lanes = |(first, more): Range| (u8x16::splat(first), u8x16::splat(more));
        Self { single: single.into_iter().map(|r| lanes(r).0).collect(), ranges: ranges.into_iter().map(lanes).collect() }
    }

    fn plane(&self, lanes: &Lanes) -> u64 {
        lanes.plane(|b| {
            let any = self.single.iter().fold(u8x16::ZERO, |any, byte| any | b.simd_eq(*byte));
            self.ranges.iter().fold(any, |any, range| any | within(b, range))
        })
    }
}

/// The first of some bytes that follow each other, and how many follow it.
type Range = (u8, u8);

/// The bytes that a character of several begins with: no match begins within one.
const LEADS: Range = (0xC0, 0x3F);

impl Marker {
    /// `odd`: bytes besides letters and digits that begin matches, of which those beyond ASCII stand for all that begin
    /// characters; `anchors`: bytes that searches start from.
    pub(super) fn new(odd: &[u8], anchors: &[u8]) -> Self {
        let (ascii, wide): (Vec<u8>, Vec<u8>) = odd.iter().partition(|b| b.is_ascii());
        let mut odd = ranges(&ascii);
        odd.extend((!wide.is_empty()).then_some(LEADS));
        Self { odd: Held::new(&odd), anchors: Held::new(&ranges(anchors)) }
    }

    /// Marks of up to 64 bytes. `in_word` carries whether the byte before was a letter or digit, and is left for the next.
    pub(super) fn mark(&self, bytes: &[u8], in_word: &mut bool) -> Marks {
        // NUL is in no range: a match cannot begin behind the end.
        let lanes = Lanes::of(bytes, 0);
        let digits = lanes.plane(is_digit);
        let words = digits | lanes.plane(is_letter);
        let starts = words & !(words << 1 | u64::from(*in_word));
        *in_word = words >> (STEP - 1) == 1;
        Marks { starts: starts | self.odd.plane(&lanes), anchors: self.anchors.plane(&lanes), words, digits }
    }
}

/// Bytes as ranges.
fn ranges(bytes: &[u8]) -> Vec<Range> {
    let mut sorted = bytes.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut found: Vec<Range> = Vec::new();
    for byte in sorted {
        match found.last_mut() {
            Some((first, more)) if first.checked_add(*more + 1) == Some(byte) => *more += 1,
            _ => found.push((byte, 0)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn marks_are_what_a_plain_loop_says(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let marker = Marker::new("+(é".as_bytes(), b"@:;");
            let mut in_word = false;
            for (step, chunk) in bytes.chunks(STEP).enumerate() {
                let marks = marker.mark(chunk, &mut in_word);
                for (i, b) in chunk.iter().enumerate() {
                    let at = step * STEP + i;
                    let behind_word = at > 0 && bytes[at - 1].is_ascii_alphanumeric();
                    let start = b.is_ascii_alphanumeric() && !behind_word || b"+(".contains(b) || *b >= 0xC0;
                    prop_assert_eq!(marks.starts >> i & 1 == 1, start);
                    prop_assert_eq!(marks.anchors >> i & 1 == 1, b"@:;".contains(b));
                }
            }
        }
    }
}
