//! Numbers in fixed logarithmic buckets, as in `HdrHistogram` (Tene 2012): sign, power of two, and its eighth.

use super::super::wire::{Broken, In, Out};

/// Buckets of a doubling: neighbours differ by 6 to 13 %.
pub const OCTAVE: i32 = 8;
/// Sizes below 2^-16 count as zero, those from 2^64 on share the last bucket.
const LOWEST: i32 = -16;
const HIGHEST: i32 = 64;
/// Buckets of one sign; bucket 0 is zero, negative numbers have negative buckets.
pub const SIDE: i32 = (HIGHEST - LOWEST) * OCTAVE;
const LONGEST: usize = 32;

/// How large the numbers of a column are. At most 10 KiB, nothing for a column without numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Magnitudes {
    counts: Vec<u64>,
    /// Numbers that are written with a point or an exponent.
    fractional: u64,
}

/// The bucket of a text that is a number as a whole, blanks around it aside.
#[must_use]
pub fn bucket(text: &[u8]) -> Option<i32> {
    let text = text.trim_ascii();
    let (first, _) = text.split_first()?;
    if text.len() > LONGEST || !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return None;
    }
    let digits = text.len() < 19 && text.iter().all(u8::is_ascii_digit);
    let number = if digits {
        text.iter().fold(0u64, |n, d| n * 10 + u64::from(d - b'0')) as f64
    } else {
        let plain = |b: &u8| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E');
        let text = text.iter().all(plain).then_some(text)?;
        std::str::from_utf8(text).ok()?.parse::<f64>().ok()?
    };
    let at = (number.abs().to_bits() >> 49) as i32 - ((1023 + LOWEST) << 3);
    let size = if at < 0 { 0 } else { at.min(SIDE - 1) + 1 };
    Some(if number < 0.0 { -size } else { size })
}

/// Where a bucket begins, in size: the least that a number in it can be, or for negative ones the largest.
#[must_use]
pub fn edge(bucket: i32) -> f64 {
    let at = bucket.abs() - 1;
    if at < 0 {
        return 0.0;
    }
    let size = (1.0 + f64::from(at % OCTAVE) / f64::from(OCTAVE)) * 2f64.powi(at / OCTAVE + LOWEST);
    if bucket < 0 { -size } else { size }
}

impl Magnitudes {
    /// Takes in a text, if it is a number.
    pub fn insert(&mut self, text: &[u8]) {
        if let Some(bucket) = bucket(text) {
            self.add(bucket, 1);
            self.fractional += u64::from(text.iter().any(|b| matches!(b, b'.' | b'e' | b'E')));
        }
    }

    fn add(&mut self, bucket: i32, n: u64) {
        if self.counts.is_empty() {
            self.counts.resize(2 * SIDE as usize + 1, 0);
        }
        if let Some(count) = usize::try_from(bucket + SIDE).ok().and_then(|at| self.counts.get_mut(at)) {
            *count = count.saturating_add(n);
        }
    }

    /// Takes in all that `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        self.fractional = self.fractional.saturating_add(other.fractional);
        if self.counts.is_empty() {
            self.counts.clone_from(&other.counts);
            return;
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine = mine.saturating_add(*theirs);
        }
    }

    /// Buckets that hold numbers and how many, the smallest number first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i32, u64)> + '_ {
        self.counts.iter().enumerate().filter(|(_, n)| **n > 0).map(|(at, n)| (at as i32 - SIDE, *n))
    }

    /// How many numbers there were.
    pub fn numbers(&self) -> u64 {
        self.counts.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Whether all numbers are written as whole ones.
    pub fn are_whole(&self) -> bool {
        self.fractional == 0
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.u(self.fractional);
        out.u(self.iter().count() as u64);
        for (bucket, n) in self.iter() {
            out.i(i64::from(bucket));
            out.u(n);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let mut magnitudes = Self { fractional: from.u()?, ..Self::default() };
        for _ in 0..from.count(2)? {
            let bucket = i32::try_from(from.i()?).ok().filter(|b| b.abs() <= SIDE);
            let bucket = bucket.ok_or(Broken("a number lies in no bucket"))?;
            magnitudes.add(bucket, from.u()?);
        }
        Ok(magnitudes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_falls_into_the_bucket_that_begins_below_it() {
        for (text, edges, why) in [
            ("0", Some((0.0, 0.0)), "zero"),
            ("-0.0", Some((0.0, 0.0)), "zero, too"),
            ("1", Some((1.0, 1.125)), "an edge opens its bucket"),
            (" 39 ", Some((36.0, 40.0)), "blanks around it"),
            ("-39", Some((-36.0, -40.0)), "negative"),
            ("1e6", Some((983_040.0, 1_048_576.0)), "an exponent"),
            ("+.5", Some((0.5, 0.5625)), "a fraction"),
            ("0.00001", Some((0.0, 0.0)), "as good as zero"),
            ("123456789012345678901", Some((115_292_150_460_684_697_600.0 / 8.0, 0.0)), "beyond the last bucket"),
            ("12 apples", None, "no number"),
            ("1,000", None, "separators are not read"),
            ("nan", None, "not a number"),
            ("-", None, "a sign alone"),
            ("", None, "nothing"),
        ] {
            let bucket = bucket(text.as_bytes());
            let Some((low, high)) = edges else {
                assert_eq!(bucket, None, "{why}");
                continue;
            };
            let bucket = bucket.unwrap_or_else(|| panic!("{why}"));
            if why.starts_with("beyond") {
                assert_eq!(bucket, SIDE, "{why}");
                continue;
            }
            assert!((edge(bucket) - low).abs() < 1e-9, "{why}: {}", edge(bucket));
            let next = if low < 0.0 { bucket - 1 } else { bucket + 1 };
            assert!(low == 0.0 || (edge(next) - high).abs() < 1e-9, "{why}: {}", edge(next));
        }
    }

    #[test]
    fn merging_and_bytes_keep_every_count() {
        let of = |texts: &[&str]| {
            let mut magnitudes = Magnitudes::default();
            for t in texts {
                magnitudes.insert(t.as_bytes());
            }
            magnitudes
        };
        let (all, mut left, right) = (of(&["1", "-7", "1", "x", "300"]), of(&["1", "x"]), of(&["300", "-7", "1"]));
        left.merge(&right);
        left.merge(&Magnitudes::default());
        assert_eq!(left, all);
        let mut none = Magnitudes::default();
        none.merge(&all);
        assert_eq!(none, all);
        assert_eq!(all.numbers(), 4);
        let mut out = Out::default();
        all.write(&mut out);
        assert_eq!(Magnitudes::read(&mut In::new(&out.done())), Ok(all));
        let mut out = Out::default();
        out.u(1);
        out.i(5000);
        out.u(1);
        assert!(Magnitudes::read(&mut In::new(&out.done())).is_err(), "a bucket that is not there");
    }
}
