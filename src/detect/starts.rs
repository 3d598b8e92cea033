//! Where tokens start: 64 bytes at a time, as bits.

#![expect(clippy::indexing_slicing, reason = "chunks have 64 bytes and are indexed by constants below 64; measured hot loop")]

/// How many bytes one step covers.
pub(super) const STEP: usize = 64;

/// Bits of one step: where a match may begin, and where an anchor byte stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    /// A letter or digit behind none, or an odd byte.
    pub(super) starts: u64,
    /// A byte of the anchors.
    pub(super) anchors: u64,
}

/// Finds marks. Bytes are classified by arithmetic that compilers turn into vector code.
pub(super) struct Marker {
    odd: Vec<Range>,
    anchors: Vec<Range>,
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
        Self { odd, anchors: ranges(anchors) }
    }

    /// Marks of up to 64 bytes. `in_word` carries whether the byte before was a letter or digit, and is left for the next.
    pub(super) fn mark(&self, bytes: &[u8], in_word: &mut bool) -> Marks {
        let mut chunk = [0_u8; STEP];
        let len = bytes.len().min(STEP);
        chunk[..len].copy_from_slice(&bytes[..len]);
        let mut class = [0_u8; STEP];
        for (c, b) in class.iter_mut().zip(&chunk) {
            let digit = b.wrapping_sub(b'0') < 10;
            let letter = (b | 0x20).wrapping_sub(b'a') < 26;
            *c = u8::from(digit | letter);
        }
        let words = pack(&class);
        let starts = words & !(words << 1 | u64::from(*in_word));
        *in_word = words >> (STEP - 1) == 1;
        Marks { starts: starts | within(&chunk, &self.odd), anchors: within(&chunk, &self.anchors) }
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

/// Bits of the bytes in one of the ranges. NUL padding never is: a match cannot begin behind the end.
fn within(chunk: &[u8; STEP], ranges: &[Range]) -> u64 {
    if ranges.is_empty() {
        return 0;
    }
    let mut class = [0_u8; STEP];
    for (first, more) in ranges {
        for (c, b) in class.iter_mut().zip(chunk) {
            *c |= u8::from(b.wrapping_sub(*first) <= *more);
        }
    }
    pack(&class)
}

/// The lowest bits of 64 bytes as one word.
pub(super) fn pack(class: &[u8; STEP]) -> u64 {
    let (eights, _) = class.as_chunks::<8>();
    let mut bits = 0;
    for (i, eight) in eights.iter().enumerate() {
        // The product moves the lowest bit of byte k to bit 56 + k; no two meet.
        let packed = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= packed << (8 * i);
    }
    bits
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
