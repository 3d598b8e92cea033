//! Where the tail of a column of numbers ends, going by the column itself.
//!
//! On a logarithmic scale the upper half of most columns falls off like an exponential (incomes, counts, gains: Pareto) or
//! faster (ages, sizes). So the excess over the median at depth `ln(0.5 / S)`, where `S` is the share of numbers above, is
//! read at the upper quarter, tenth, twentieth and fortieth, which plants in one row of a hundred do not move, and carried
//! on to the depth that chance reaches in all rows of all columns: along the steepest of the four slopes where they do not
//! fall, else along the power of the depth that they fall by (a Weibull tail; a square root, which is a normal one, at
//! least). What four points of few numbers may err by is allowed for: two standard errors of an exponential's quantile are
//! added to each (a part of the half of the numbers that lie above the median). A carried line may be off, so a number also has to stand further behind the upper fortieth than that stands
//! behind the upper tenth, twice over, and twice as large as it.
//!
//! Where plants are more than one in forty of the numbers of a sign (few rows have any but zero), the points lie among them.
//! What is left is the gap: at most a hundredth of the rows and a tenth of the numbers, behind an empty stretch three times
//! as long as all that lies between the median and that stretch. The largest of `n` numbers of an exponential tail has such
//! a stretch before it with probability `(n / 2)^-3`.

use crate::profile::sketch::magnitudes::OCTAVE;

/// Numbers of a sign below which nothing is known of their tail.
const FEWEST: f64 = 200.0;
/// Shares above the points that the tail is read at.
const ABOVE: [f64; 4] = [0.25, 0.1, 0.05, 0.025];
/// Slopes below half a bucket are those of rounding.
const ROUNDING: f64 = 0.5;
/// A gap longer than the spread before it by this factor is none of the tail.
const GAP: f64 = 3.0;
/// Standard errors that are allowed for.
const ERRORS: f64 = 2.0;
/// Depth of the upper quarter, in deviations of a normal distribution: what makes of quartiles what MAD makes of them.
const QUARTER: f64 = 0.6745;

/// What lies beyond a tail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beyond {
    /// Size from which numbers lie beyond, as a bucket.
    pub from: i32,
    /// How many do.
    pub rows: u64,
    /// The median, as a bucket.
    pub middle: i32,
    /// The upper fortieth, as a bucket.
    pub high: i32,
    /// Robust z of the largest, on the logarithmic scale.
    pub z: f64,
    /// Log of the probability that one row lies as far out as the nearest of them.
    pub ln_p: f64,
}

/// What lies beyond the tail of numbers of one sign, given by size, smallest first, of `rows` that could have had one.
/// `ln_alpha` is the log of the probability with which a single number may be taken for one by mistake.
pub fn beyond(sizes: &[(i32, u64)], rows: u64, ln_alpha: f64) -> Option<Beyond> {
    let n: f64 = sizes.iter().map(|s| s.1 as f64).sum();
    if n < FEWEST {
        return None;
    }
    let at = |above: f64| {
        let mut left = n * (1.0 - above);
        for (bucket, count) in sizes {
            let count = *count as f64;
            if left <= count {
                return f64::from(*bucket) + left / count;
            }
            left -= count;
        }
        0.0
    };
    let middle = at(0.5);
    let points = ABOVE.map(|above| (f64::ln(0.5 / above), at(above) - middle));
    let error = |depth: f64| {
        let share = (-depth).exp();
        1.0 + ERRORS * ((1.0 - share) / (share * n / 2.0)).sqrt() / depth
    };
    let [_, tenth, _, last] = points;
    let most = (last.0, last.1 * error(last.0));
    let floor = |(depth, excess): (f64, f64)| (excess / depth).max(ROUNDING);
    let steepest = points.into_iter().map(|p| floor(p) * error(p.0)).fold(0.0, f64::max);
    let falls = points.windows(2).all(|pair| matches!(pair, [a, b] if floor(*b) <= floor(*a))) && tenth.1 > 1.0;
    let power = if falls { ((most.1 / tenth.1).ln() / (most.0 / tenth.0).ln()).clamp(0.5, 1.0) } else { 1.0 };
    let (depth, excess) = if falls { (most.0, most.1.max(ROUNDING * most.0)) } else { (1.0, steepest) };
    let reach = excess * ((0.5f64.ln() - ln_alpha).max(0.0) / depth).powf(power);
    let gap = (2.0 * (last.1 - tenth.1)).max(f64::from(OCTAVE));
    let mut from = (middle + reach.max(last.1 + gap)).ceil() as i32;
    let behind = behind_a_gap(sizes, middle, n, rows as f64).filter(|gap| gap.0 < from);
    if let Some((first, _)) = behind {
        from = first;
    }
    let outside: Vec<&(i32, u64)> = sizes.iter().filter(|(bucket, _)| *bucket >= from).collect();
    let (nearest, farthest) = (outside.first()?, outside.last()?);
    let deep = |bucket: i32| ((f64::from(bucket) - middle) / excess).powf(1.0 / power) * depth;
    let deviation = (points.first()?.1 / QUARTER).max(ROUNDING);
    Some(Beyond {
        from,
        rows: outside.iter().fold(0, |sum, (_, n)| sum.saturating_add(*n)),
        middle: middle.floor() as i32,
        high: at(0.025).floor() as i32,
        z: (f64::from(farthest.0) - middle) / deviation,
        ln_p: behind.map_or((0.5f64.ln() - deep(nearest.0)).min(0.0), |gap| gap.1),
    })
}

/// The nearest bucket behind a gap that is longer than the tail's own spread, and the log of the probability of the gap.
fn behind_a_gap(sizes: &[(i32, u64)], middle: f64, n: f64, rows: f64) -> Option<(i32, f64)> {
    let mut outside = n;
    sizes.windows(2).find_map(|pair| {
        let [(near, count), (far, _)] = pair else { return None };
        outside -= *count as f64;
        let spread = (f64::from(*near) + 1.0 - middle).max(f64::from(OCTAVE) / 2.0);
        let gap = f64::from(far - near - 1) / spread;
        let few = outside <= (0.01 * rows).min(0.1 * n);
        (f64::from(*near) >= middle.floor() && few && gap >= GAP).then(|| (*far, -gap * (n / 2.0).ln()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::sketch::magnitudes::bucket;
    use std::collections::BTreeMap;

    fn sizes(numbers: impl Iterator<Item = f64>) -> Vec<(i32, u64)> {
        let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
        numbers.filter_map(|n| bucket(format!("{n:.3}").as_bytes())).for_each(|b| *counts.entry(b).or_default() += 1);
        counts.into_iter().collect()
    }

    /// Evenly spread shares below one, none of them 0 or 1.
    fn even(n: u32) -> impl Iterator<Item = f64> {
        (0..n).map(move |i| (f64::from(i) + 0.5) / f64::from(n))
    }

    #[test]
    fn tails_of_nature_end_nowhere_and_plants_lie_beyond() {
        let pareto = |alpha: f64| even(20_000).map(move |u| 100.0 * u.powf(-1.0 / alpha));
        let logistic = |scale: f64| even(20_000).map(move |u| (3.0 + scale * (u / (1.0 - u)).ln()).exp());
        let ages = || even(20_000).map(|u| (17.0 + 73.0 * u).floor());
        let capped = || even(20_000).map(|u| if u < 0.06 { 99_999.0 } else { 2000.0 + 13_000.0 * u });
        let constant = || even(20_000).map(|u| if u < 0.01 { 41.0 } else { 40.0 });
        let plants = |n: usize, size: f64| std::iter::repeat_n(size, n);
        for (numbers, found, why) in [
            (sizes(pareto(1.0)), 0, "a Pareto tail without a mean"),
            (sizes(pareto(3.0)), 0, "a Pareto tail"),
            (sizes(logistic(0.5)), 0, "heavier than log-normal"),
            (sizes(ages()), 0, "ages"),
            (sizes(capped()), 0, "a code that many rows have"),
            (sizes(constant()), 0, "one value and its neighbour"),
            (sizes(even(150)), 0, "too few to know a tail"),
            (sizes(ages().chain(plants(100, 1_000_900.0))), 100, "ages of a million"),
            (sizes(constant().chain(plants(3, 4000.0))), 3, "a hundred times the only value"),
            (sizes(logistic(0.2).chain(plants(50, 1e6))), 50, "far beyond a tail"),
            (sizes(pareto(1.0).chain(plants(50, 1e6))), 0, "not beyond a tail that reaches there"),
            (sizes(even(1500).map(|u| 1500.0 + 1000.0 * u).chain(plants(100, 1e6))), 100, "behind a gap, more than one in forty"),
            (sizes(even(1500).map(|u| 1500.0 + 1000.0 * u).chain(plants(300, 1e6))), 0, "a sixth of them: that is how they are"),
        ] {
            let beyond = beyond(&numbers, 20_000, (0.05f64 / 2e5).ln());
            assert_eq!(beyond.map_or(0, |b| b.rows), found, "{why}: {beyond:?}");
            assert!(beyond.is_none_or(|b| b.z > 3.0 && b.ln_p < -10.0), "{why}: {beyond:?}");
        }
    }
}
