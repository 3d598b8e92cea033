//! Slices that partition the rows in one way, each against the rest of them.

use super::SliceKey;
use super::spread::{Group, Spread};
use super::tail::ln_count_tail;
use crate::profile::Slice;
use std::collections::BTreeMap;

/// Expected rows from which X² is close to its distribution (Cochran 1954).
const EXPECTED: f64 = 5.0;
/// Slices of fewer rows are not judged.
const FEWEST_ROWS: f64 = 5.0;
/// Slices of a kind, large enough to learn a spread from, below which the kind is not judged.
const FEWEST_SLICES: usize = 4;
/// How many slices of the largest X² get a spread of their own, learnt without them; one of many more changes little.
const APART: usize = 16;

/// One slice.
pub(super) struct Unit {
    pub(super) key: SliceKey,
    pub(super) name: String,
    pub(super) rows: f64,
    /// (class index, rows), sorted.
    pub(super) counts: Vec<(usize, f64)>,
    pub(super) named: bool,
}

/// Slices that partition the rows in one way.
pub(super) struct Kind {
    pub(super) word: &'static str,
    pub(super) plural: &'static str,
    pub(super) units: Vec<Unit>,
    /// Learn the spread from all slices.
    pub(super) natural: bool,
    pub(super) total: Vec<f64>,
    pub(super) rows: f64,
    pub(super) spread: Spread,
}

/// What a test of one slice came to.
pub(super) struct Tested {
    pub(super) kind: usize,
    pub(super) unit: usize,
    pub(super) ln_p: f64,
    pub(super) statistic: f64,
}

impl Kind {
    pub(super) fn new<'a>(
        (word, plural): (&'static str, &'static str),
        slices: impl Iterator<Item = (SliceKey, String, &'a Slice)>,
        index: &BTreeMap<u64, usize>,
    ) -> Self {
        let units: Vec<Unit> = slices
            .map(|(key, name, slice)| {
                let mut counts: Vec<(usize, f64)> =
                    slice.counts.iter().filter_map(|(label, n)| Some((*index.get(label)?, *n as f64))).collect();
                counts.sort_by_key(|c| c.0);
                Unit { key, name, rows: counts.iter().map(|c| c.1).sum(), counts, named: false }
            })
            .filter(|u| u.rows >= FEWEST_ROWS)
            .collect();
        Self {
            word,
            plural,
            units,
            natural: false,
            total: vec![0.0; index.len()],
            rows: 0.0,
            spread: Spread { rho: 0.0, df: 1.0 },
        }
    }

    pub(super) fn can_speak(&self) -> bool {
        self.units.iter().filter(|u| u.rows >= 4.0 * EXPECTED).count() >= FEWEST_SLICES
    }

    /// Sums the slices that are not named, and learns how they differ.
    pub(super) fn learn(&mut self) {
        self.total.fill(0.0);
        self.rows = 0.0;
        for unit in self.units.iter().filter(|u| !u.named) {
            self.rows += unit.rows;
            for (class, n) in &unit.counts {
                if let Some(total) = self.total.get_mut(*class) {
                    *total += n;
                }
            }
        }
        let common = Common::new(&self.total, self.rows);
        let open = self.units.iter().filter(|u| self.natural || !u.named);
        let groups: Vec<Group> = open.filter_map(|u| common.group(u)).collect();
        self.spread = if self.natural { Spread::of_all(&groups) } else { Spread::robust(&groups) };
    }

    /// The natural spread of the open slices but one.
    pub(super) fn spread_without(&self, at: usize) -> Spread {
        let (mut total, mut rows) = (self.total.clone(), self.rows);
        for unit in self.units.iter().skip(at).take(1) {
            rows -= unit.rows;
            for (class, n) in &unit.counts {
                total.iter_mut().skip(*class).take(1).for_each(|t| *t -= n);
            }
        }
        let common = Common::new(&total, rows);
        let others = self.units.iter().enumerate().filter(|(other, u)| *other != at && !u.named);
        Spread::robust(&others.filter_map(|(_, u)| common.group(u)).collect::<Vec<_>>())
    }

    pub(super) fn test(&self, kind: usize, out: &mut Vec<Tested>) {
        let common = Common::new(&self.total, self.rows);
        let groups: Vec<Option<Group>> = self.units.iter().map(|u| common.group(u).filter(|_| !u.named)).collect();
        let mut largest: Vec<(usize, f64)> = groups.iter().enumerate().filter_map(|(at, g)| Some((at, g.as_ref()?.x2))).collect();
        largest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        largest.truncate(if self.natural { 0 } else { APART });
        for ((at, unit), group) in self.units.iter().enumerate().zip(&groups).filter(|((_, u), _)| !u.named) {
            let apart = largest.iter().any(|l| l.0 == at).then(|| self.spread_without(at));
            let large = group.map(|g| (apart.unwrap_or(self.spread).ln_p(&g), g.x2));
            let rare = common.rare(unit, self.spread.rho);
            let (ln_p, statistic) = match (large, rare) {
                (Some(a), Some(b)) => {
                    let best = if a.0 <= b.0 { a } else { b };
                    (best.0 + 2f64.ln(), best.1)
                }
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => continue,
            };
            out.push(Tested { kind, unit: at, ln_p: ln_p.min(0.0), statistic });
        }
    }
}

/// The labels of all open slices, classes by frequency.
pub(super) struct Common<'a> {
    pub(super) total: &'a [f64],
    pub(super) rows: f64,
    /// Totals, the largest first, with their running sum.
    sorted: Vec<(f64, f64)>,
}

impl<'a> Common<'a> {
    pub(super) fn new(total: &'a [f64], rows: f64) -> Self {
        let mut sorted: Vec<f64> = total.iter().copied().filter(|t| *t > 0.0).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let mut sum = 0.0;
        let sorted = sorted
            .into_iter()
            .map(|t| {
                sum += t;
                (t, sum)
            })
            .collect();
        Self { total, rows, sorted }
    }

    pub(super) fn expected(&self, unit: &Unit, class: usize) -> f64 {
        unit.rows * self.total.get(class).copied().unwrap_or(0.0) / self.rows.max(1.0)
    }

    /// X² over the classes that the slice can hold [`EXPECTED`] of, the others as one where together they can.
    pub(super) fn group(&self, unit: &Unit) -> Option<Group> {
        let least = EXPECTED * self.rows / unit.rows;
        let large = self.sorted.partition_point(|(total, _)| *total >= least);
        let covered = large.checked_sub(1).and_then(|at| self.sorted.get(at)).map_or(0.0, |s| s.1) * unit.rows / self.rows;
        let (mut x2, mut seen, mut seen_expected) = (0.0, 0.0, 0.0);
        for &(class, n) in &unit.counts {
            let expected = self.expected(unit, class);
            if expected >= EXPECTED {
                x2 += (n - expected).powi(2) / expected;
                seen += n;
                seen_expected += expected;
            }
        }
        // Large classes that the slice lacks altogether.
        x2 += (covered - seen_expected).max(0.0);
        let (rest, rest_expected) = (unit.rows - seen, unit.rows - covered);
        let mut classes = large as f64;
        if rest_expected >= EXPECTED {
            x2 += (rest - rest_expected).powi(2) / rest_expected;
            classes += 1.0;
        }
        let others = (self.rows - unit.rows) / self.rows;
        (classes >= 2.0 && others > 0.0).then(|| Group { x2: x2 / others, df: classes - 1.0, n: unit.rows })
    }

    /// Exact tail of the rare class that is most in excess.
    pub(super) fn rare(&self, unit: &Unit, rho: f64) -> Option<(f64, f64)> {
        let least = EXPECTED * self.rows / unit.rows;
        let rare = self.sorted.len() - self.sorted.partition_point(|(total, _)| *total >= least);
        let tail = |class: usize, n: f64| {
            let others = self.total.get(class).copied().unwrap_or(0.0) - n;
            // One imagined row more, so that a class found nowhere else is rare and not impossible.
            let share = (others.max(0.0) + 1.0) / (self.rows - unit.rows + 2.0);
            ln_count_tail(n, unit.rows, share, rho)
        };
        let rows = unit.counts.iter().filter(|(class, _)| self.expected(unit, *class) < EXPECTED);
        let (ln_p, n) = rows.map(|(class, n)| (tail(*class, *n), *n)).min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(((ln_p + (rare.max(1) as f64).ln()).min(0.0), n))
    }

    /// Total-variation distance of the slice from the rest, and the excess share of each class, the largest first.
    pub(super) fn shift(&self, unit: &Unit) -> (f64, Vec<(usize, f64)>) {
        let others = (self.rows - unit.rows).max(1.0);
        let mut excess: Vec<(usize, f64)> = unit
            .counts
            .iter()
            .map(|(class, n)| {
                let elsewhere = (self.total.get(*class).copied().unwrap_or(0.0) - n).max(0.0) / others;
                (*class, n / unit.rows - elsewhere)
            })
            .collect();
        excess.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        (excess.iter().map(|e| e.1.max(0.0)).sum(), excess)
    }
}
