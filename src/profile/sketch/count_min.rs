//! Upper bounds of counts of any number of keys in fixed memory. Cormode, Muthukrishnan (2005).

use super::super::wire::{Broken, In, Out};

/// Rows of counters.
pub const DEPTH: usize = 4;
const BITS: u32 = 17;
/// Counters in a row.
pub const WIDTH: usize = 1 << BITS;

/// Count-min over uniform 64-bit keys: 4 rows of 131,072 counters, 2 MiB. It never counts too little. Merging adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountMin {
    counts: Box<[u32]>,
}

impl Default for CountMin {
    fn default() -> Self {
        Self { counts: vec![0; DEPTH * WIDTH].into_boxed_slice() }
    }
}

/// The counter of `key` in each row. Kept keys are the smallest hashes, so the high bits are mixed in.
fn places(key: u64) -> [usize; DEPTH] {
    const ODD: [u64; DEPTH] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0xd6e8_feb8_6659_fd93];
    let mut at = [0; DEPTH];
    for (row, (place, odd)) in at.iter_mut().zip(ODD).enumerate() {
        *place = row * WIDTH + (key.wrapping_mul(odd) >> (64 - BITS)) as usize;
    }
    at
}

impl CountMin {
    /// Adds `times` to the count of `key`.
    pub fn add(&mut self, key: u64, times: u32) {
        for at in places(key) {
            if let Some(count) = self.counts.get_mut(at) {
                *count = count.saturating_add(times);
            }
        }
    }

    /// Takes in all that `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts.iter()) {
            *mine = mine.saturating_add(*theirs);
        }
    }

    /// Which counters stand at `threshold` or above.
    pub fn heavy(&self, threshold: u32) -> Heavy {
        let mut bits = vec![0u64; DEPTH * WIDTH / 64].into_boxed_slice();
        for (word, counts) in bits.iter_mut().zip(self.counts.chunks(64)) {
            *word = counts.iter().enumerate().fold(0, |w, (i, &c)| w | (u64::from(c >= threshold) << i));
        }
        Heavy { bits }
    }

    /// The `share` quantile (0 to 1) of the first row's counters: what a key of no weight stands at.
    pub fn noise(&self, share: f64) -> u32 {
        let mut row: Vec<u32> = self.counts.iter().take(WIDTH).copied().collect();
        let at = ((row.len() - 1) as f64 * share.clamp(0.0, 1.0)) as usize;
        *row.select_nth_unstable(at).1
    }

    pub(crate) fn write(&self, out: &mut Out) {
        self.counts.iter().for_each(|&c| out.u(u64::from(c)));
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let mut sketch = Self::default();
        for count in &mut sketch.counts {
            *count = from.u32()?;
        }
        Ok(sketch)
    }
}

/// One bit a counter: what a second look needs to tell which keys may be heavy. 64 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heavy {
    bits: Box<[u64]>,
}

impl Heavy {
    /// Whether `key` may have reached the threshold; a key that has is never denied.
    pub fn may_hold(&self, key: u64) -> bool {
        places(key).into_iter().all(|at| self.bits.get(at / 64).is_some_and(|w| w >> (at % 64) & 1 == 1))
    }

    pub(crate) fn write(&self, out: &mut Out) {
        let words: Vec<(usize, u64)> = self.bits.iter().copied().enumerate().filter(|(_, w)| *w != 0).collect();
        out.u(words.len() as u64);
        for (at, word) in words {
            out.u(at as u64);
            out.fixed64(word);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let mut bits = vec![0u64; DEPTH * WIDTH / 64].into_boxed_slice();
        for _ in 0..from.count(9)? {
            let at = from.size()?;
            *bits.get_mut(at).ok_or(Broken("a heavy key has no such counter"))? = from.fixed64()?;
        }
        Ok(Self { bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heavy_key_is_never_denied_and_light_ones_mostly_are() {
        let mut sketch = CountMin::default();
        let key = |i: u64| i.wrapping_mul(0xd134_2543_de82_ef95).rotate_left(23).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..200_000).for_each(|i| sketch.add(key(i), 1));
        sketch.add(key(7), 99);
        let heavy = sketch.heavy(50);
        assert!(heavy.may_hold(key(7)));
        assert!((0..2000).filter(|&i| heavy.may_hold(key(i))).count() < 5);
        assert!(sketch.noise(0.5) <= 3);
    }
}
