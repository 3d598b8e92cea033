//! 64 bytes at a time, as a bit for each of them.

#![expect(clippy::indexing_slicing, reason = "chunks have 64 bytes and are indexed by constants below 64; measured hot loop")]

use wide::u8x16;

/// How many bytes one step covers.
pub(crate) const STEP: usize = 64;

/// 64 bytes that are looked at together.
pub(crate) struct Lanes([u8x16; 4]);

impl Lanes {
    /// The first bytes, filled up with `rest`.
    #[inline]
    pub(crate) fn of(bytes: &[u8], rest: u8) -> Self {
        let mut chunk = [rest; STEP];
        match bytes.first_chunk::<STEP>() {
            Some(whole) => chunk = *whole,
            None => chunk[..bytes.len()].copy_from_slice(bytes),
        }
        let (parts, _) = chunk.as_chunks::<16>();
        Self(std::array::from_fn(|at| u8x16::from(parts[at])))
    }

    /// A bit for each byte of which `is` says yes, as all bits of the byte.
    #[inline]
    pub(crate) fn plane(&self, is: impl Fn(u8x16) -> u8x16) -> u64 {
        let bits = |at: usize| u64::from(is(self.0[at]).to_bitmask());
        bits(0) | bits(1) << 16 | bits(2) << 32 | bits(3) << 48
    }
}

/// A byte of a range.
#[inline]
pub(crate) fn within(b: u8x16, (first, more): &(u8x16, u8x16)) -> u8x16 {
    let behind = b - *first;
    behind.min(*more).simd_eq(behind)
}

/// The byte `first` and so many `more` behind it.
#[inline]
pub(crate) fn between(b: u8x16, first: u8, more: u8) -> u8x16 {
    within(b, &(u8x16::splat(first), u8x16::splat(more)))
}

#[inline]
pub(crate) fn is(b: u8x16, byte: u8) -> u8x16 {
    b.simd_eq(u8x16::splat(byte))
}

#[inline]
pub(crate) fn is_digit(b: u8x16) -> u8x16 {
    between(b, b'0', 9)
}

/// An ASCII letter.
#[inline]
pub(crate) fn is_letter(b: u8x16) -> u8x16 {
    between(b | u8x16::splat(0x20), b'a', 25)
}
