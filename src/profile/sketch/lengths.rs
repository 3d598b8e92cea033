//! Lengths in fixed logarithmic buckets.

use super::super::wire::{Broken, In, Out};

/// Buckets: bucket `b` holds lengths that need `b` bits, so 0, 1, 2-3, 4-7, … ; the last holds all of 2^31 and more.
pub const BUCKETS: usize = 33;

/// How long the texts of a column are, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lengths {
    counts: [u64; BUCKETS],
    min: u64,
    max: u64,
}

impl Default for Lengths {
    fn default() -> Self {
        Self { counts: [0; BUCKETS], min: u64::MAX, max: 0 }
    }
}

impl Lengths {
    /// Takes in one length in bytes.
    pub fn insert(&mut self, length: usize) {
        let length = length as u64;
        let bucket = (64 - length.leading_zeros()) as usize;
        if let Some(count) = self.counts.get_mut(bucket.min(BUCKETS - 1)) {
            *count += 1;
        }
        self.min = self.min.min(length);
        self.max = self.max.max(length);
    }

    /// Takes in all that `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine = mine.saturating_add(*theirs);
        }
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Shortest and longest, in bytes; nothing where there was no text.
    pub fn range(&self) -> Option<(u64, u64)> {
        (self.min <= self.max).then_some((self.min, self.max))
    }

    /// How many texts fell in each bucket.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    pub(crate) fn write(&self, out: &mut Out) {
        self.counts.iter().for_each(|&c| out.u(c));
        out.u(self.min);
        out.u(self.max);
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let mut lengths = Self::default();
        for count in &mut lengths.counts {
            *count = from.u()?;
        }
        lengths.min = from.u()?;
        lengths.max = from.u()?;
        Ok(lengths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_falls_into_the_bucket_of_its_bits() {
        for (length, bucket, why) in [(0, 0, "empty"), (1, 1, "one"), (3, 2, "two bits"), (4, 3, "a power opens a bucket")] {
            let mut lengths = Lengths::default();
            lengths.insert(length);
            assert_eq!(lengths.counts()[bucket], 1, "{why}");
            assert_eq!(lengths.range(), Some((length as u64, length as u64)), "{why}");
        }
        assert_eq!(Lengths::default().range(), None, "no text has no range");
    }
}
