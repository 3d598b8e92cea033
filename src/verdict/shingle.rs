//! Texts as sets of words and pairs of neighbours, which of them are alike, and what those have in common.
//!
//! Likeness is Jaccard's: what both have by what either has. `MinHash` (Broder 1997) estimates it: the smallest value of a
//! random function over each set is the same with the probability of the likeness. A function for each value would cost as many
//! looks at each element; here the few [`FUNCTIONS`] throw the elements into as many bins as there are values, and a
//! bin's smallest is its value (one permutation hashing: Li, Owen, Zhang 2012; an empty bin borrows from the next: Shrivastava,
//! Li 2014). Of [`BANDS`] bands of [`IN_BAND`] values
//! one agrees with probability `1 - (1 - s^3)^15`: .75 at a likeness of .45, which two copies of a text have where an
//! eighth of the words of each was replaced, and .01 at .1.

use crate::profile::GAP;
use rayon::prelude::*;

const BANDS: usize = 15;
const IN_BAND: usize = 3;
const VALUES: usize = BANDS * IN_BAND;
/// Cells with fewer words say too little: values of tables, names, classes.
const CELL_WORDS: usize = 6;
/// Words of a text that are looked at.
const MOST_WORDS: usize = 1024;
/// A likeness from which two texts are near copies; below that of two copies that were changed independently.
const LINKED: (usize, usize) = (1, 3);

/// Equal values from which two sets are compared in full: a standard error below what [`LINKED`] sets have, so that one pair in
/// seven at the limit is missed, and of two copies changed as above one in two hundred.
const SEEMING: usize = 12;

/// A bijection of numbers that spreads them (Steele, Lea, Flood 2014, the finaliser of `SplitMix64`).
pub(super) const fn spread(n: u64) -> u64 {
    let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ n >> 31
}

/// What bins are filled by.
const FUNCTIONS: [(u64, u64); 8] =
    [function(1), function(2), function(3), function(4), function(5), function(6), function(7), function(8)];

const fn function(number: u64) -> (u64, u64) {
    (spread(number), spread(number << 32) | 1)
}

/// The hash of a pair of words that follow each other.
pub(super) fn pair(one: u64, two: u64) -> u64 {
    spread(one.rotate_left(21) ^ two.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The words of cells that hold more than a few, and the pairs of neighbours in them: sorted, each once.
pub(super) fn shingles(words: &[u64], out: &mut Vec<u64>) {
    out.clear();
    let mut left = MOST_WORDS;
    for cell in words.split(|word| *word == GAP).filter(|cell| cell.len() >= CELL_WORDS) {
        let cell = cell.get(..left.min(cell.len())).unwrap_or_default();
        left -= cell.len();
        out.extend_from_slice(cell);
        out.extend(cell.iter().zip(cell.iter().skip(1)).map(|(one, two)| pair(*one, *two)));
    }
    out.sort_unstable();
    out.dedup();
}

/// Whether a row has a cell that holds more than a few words.
pub(super) fn has_shingles(words: &[u64]) -> bool {
    words.split(|word| *word == GAP).any(|cell| cell.len() >= CELL_WORDS)
}

/// How many elements two sorted sets share. Without a branch that hangs on the elements: which is smaller nobody can foretell.
pub(super) fn shared(one: &[u64], two: &[u64]) -> usize {
    let (mut at, mut other, mut both) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(at), two.get(other)) {
        both += usize::from(a == b);
        at += usize::from(a <= b);
        other += usize::from(b <= a);
    }
    both
}

/// Whether two sorted sets are at least so alike: `least` is a numerator and a denominator.
pub(super) fn alike(one: &[u64], two: &[u64], least: (usize, usize)) -> bool {
    let sizes = one.len() + two.len();
    // The smaller set bounds what both have.
    let may = |both: usize| both * least.1 >= least.0 * (sizes - both);
    sizes > 0 && may(one.len().min(two.len())) && may(shared(one, two))
}

/// The smallest values of a set.
fn smallest(set: &[u64]) -> [u32; VALUES] {
    let mut values = [u32::MAX; VALUES];
    for element in set {
        for (by, times) in FUNCTIONS {
            let hash = (element ^ by).wrapping_mul(times);
            let bin = ((hash >> 32) * VALUES as u64) >> 32;
            if let Some(value) = values.get_mut(bin as usize) {
                *value = (*value).min(hash as u32);
            }
        }
    }
    let mut behind = values.iter().copied().find(|value| *value != u32::MAX).unwrap_or(u32::MAX);
    for value in values.iter_mut().rev() {
        if *value == u32::MAX {
            *value = behind;
        }
        behind = *value;
    }
    values
}

/// Sets that are linked by likeness, each group in ascending order; groups of one are left out.
pub(super) fn groups<S: AsRef<[u64]> + Sync>(sets: &[S]) -> Vec<Vec<usize>> {
    let smallest: Vec<[u32; VALUES]> = sets.par_iter().map(|set| smallest(set.as_ref())).collect();
    let mut forest = Forest((0..sets.len()).collect());
    let mut keys: Vec<(u64, usize)> = Vec::with_capacity(sets.len());
    for band in 0..BANDS {
        keys.clear();
        keys.extend(smallest.iter().enumerate().map(|(at, values)| {
            let values = values.iter().skip(band * IN_BAND).take(IN_BAND);
            (values.fold(0, |key, value| pair(key, u64::from(*value))), at)
        }));
        keys.sort_unstable();
        for bucket in keys.chunk_by(|a, b| a.0 == b.0) {
            let first = bucket.first().map(|b| b.1);
            for (before, here) in bucket.iter().zip(bucket.iter().skip(1)) {
                // The one before, and the first: a stranger between copies does not part them.
                for other in [Some(before.1), first].into_iter().flatten() {
                    let linked = |(a, b): (&S, &S)| alike(a.as_ref(), b.as_ref(), LINKED);
                    let seem =
                        |(a, b): (&[u32; VALUES], &[u32; VALUES])| a.iter().zip(b).filter(|(a, b)| a == b).count() >= SEEMING;
                    forest.link_if(here.1, other, |a, b| {
                        smallest.get(a).zip(smallest.get(b)).is_some_and(seem) && sets.get(a).zip(sets.get(b)).is_some_and(linked)
                    });
                }
            }
        }
    }
    let mut by_root: Vec<(usize, usize)> = (0..sets.len()).map(|at| (forest.root(at), at)).collect();
    by_root.sort_unstable();
    let group = |same: &[(usize, usize)]| same.iter().map(|s| s.1).collect();
    by_root.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1).map(group).collect()
}

/// Trees of linked things, by the parent of each.
struct Forest(Vec<usize>);

impl Forest {
    fn root(&mut self, mut at: usize) -> usize {
        while let Some(parent) = self.0.get(at).copied().filter(|parent| *parent != at) {
            let above = self.0.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.0.get_mut(at) {
                *slot = above;
            }
            at = above;
        }
        at
    }

    fn link_if(&mut self, one: usize, two: usize, linked: impl Fn(usize, usize) -> bool) {
        let (a, b) = (self.root(one), self.root(two));
        if a != b
            && linked(one, two)
            && let Some(parent) = self.0.get_mut(a.max(b))
        {
            *parent = a.min(b);
        }
    }
}

/// Elements that more than half of some sets have, sorted.
pub(super) fn common<'a>(sets: impl Iterator<Item = &'a Vec<u64>>) -> Vec<u64> {
    let (mut all, mut count) = (Vec::new(), 0);
    for set in sets {
        all.extend_from_slice(set);
        count += 1;
    }
    all.sort_unstable();
    all.chunk_by(|a, b| a == b).filter(|same| same.len() * 2 > count).filter_map(|same| same.first().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_cells_have_no_shingles_and_words_on_both_sides_of_a_gap_are_no_pair() {
        let of = |words: &[u64]| {
            let mut out = Vec::new();
            shingles(words, &mut out);
            out.len()
        };
        for (words, want, why) in [
            (&[1, GAP, 2, GAP, 3, GAP, 4, GAP, 5, GAP, 6, GAP][..], 0, "a table's values"),
            (&[1, 2, 3, 4, 5, 6, GAP], 11, "six words, five pairs"),
            (&[1, 2, 3, 4, 5, 6, GAP, 7, 8, 9, 10, 11, 12, GAP], 22, "two cells have no pair between them"),
            (&[1, 1, 1, 1, 1, 1, GAP], 2, "each once"),
        ] {
            assert_eq!(of(words), want, "{why}");
        }
    }

    #[test]
    fn small_sets_fill_every_bin_and_strangers_share_hardly_one() {
        for size in [1, 5, 11, 40] {
            let of = |from: u64| smallest(&(from..from + size).map(spread).collect::<Vec<_>>());
            let (one, two) = (of(0), of(1000));
            assert!(one.iter().chain(&two).all(|value| *value != u32::MAX), "{size}");
            assert!(one.iter().zip(&two).filter(|(a, b)| a == b).count() < 3, "{size}");
        }
        assert_eq!(smallest(&[]), [u32::MAX; VALUES]);
    }

    #[test]
    fn likeness_is_counted_exactly() {
        for (one, two, least, want) in [
            (vec![1, 2, 3, 4], vec![3, 4, 5, 6], (1, 3), true),
            (vec![1, 2, 3, 4], vec![3, 4, 5, 6], (1, 2), false),
            (vec![1, 2], vec![1, 2], (1, 1), true),
            (vec![1], (1..9).collect(), (1, 2), false),
            (vec![], vec![], (1, 3), false),
        ] {
            assert_eq!(alike(&one, &two, least), want, "{one:?} {two:?}");
        }
    }

    #[test]
    fn changed_copies_are_grouped_and_strangers_are_not() {
        let text = |n: u64, changed: u64| {
            let mut words: Vec<u64> = (0..24).map(|at| spread(n << 32 | at)).collect();
            for at in 0..3 {
                words[(spread(changed << 8 | at) % 24) as usize] = spread(!(changed << 8 | at));
            }
            let mut out = Vec::new();
            shingles(&words, &mut out);
            out
        };
        let sets: Vec<Vec<u64>> = (0..400).map(|i| if i % 10 == 0 { text(9999, i) } else { text(i, i) }).collect();
        let groups = groups(&sets);
        assert_eq!(groups.len(), 1);
        assert!(groups[0].len() >= 39 && groups[0].iter().all(|at| at % 10 == 0), "{groups:?}");
        let common = common(groups[0].iter().map(|at| &sets[*at]));
        assert!(alike(&common, &text(9999, 77), (1, 2)) && !alike(&common, &text(5, 5), (1, 2)));
    }
}
