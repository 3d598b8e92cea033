//! How far two samples of counts lie apart: measures of the trade for how much, tests for whether it is chance.
//!
//! Population stability index: `PSI = sum (q - p) ln(q / p)`; below 0.1 no shift, from 0.25 a large one (Siddiqi, Credit Risk
//! Scorecards, 2006). Where nothing shifted it is about `(k - 1) (1/n + 1/m)` (Yurdakul 2018), which is taken off, so that
//! many classes and few rows are no shift. Jensen-Shannon divergence in bits, 0 to 1 (Lin 1991). Pearson's X² for two
//! samples over classes of which both are expected to hold 5 (Cochran 1954), the others together; Kolmogorov-Smirnov for
//! ordered ones by the first term of its limit, which errs on the side of silence for numbers in buckets.

use super::tail::ln_f_tail;

/// Expected rows below which classes are taken together.
const EXPECTED: f64 = 5.0;
/// Ordered classes are put together in about so many groups that are even in the baseline; a class that is larger than such a
/// group is one of its own, so that many zeros hide nothing.
const GROUPS: f64 = 10.0;

/// What a comparison came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Divergence {
    /// Population stability index, less what chance makes of it.
    pub psi: f64,
    /// Jensen-Shannon divergence in bits.
    pub js: f64,
    /// X², or the largest distance of the distribution functions.
    pub statistic: f64,
    /// Log of the probability of this or more by chance.
    pub ln_p: f64,
}

/// Rows of a class in the baseline and now.
pub type Pair = (f64, f64);

/// Sums of both sides.
pub fn sums(classes: &[Pair]) -> Pair {
    classes.iter().fold((0.0, 0.0), |sum, class| (sum.0 + class.0, sum.1 + class.1))
}

/// Compares classes without an order.
pub fn of_classes(classes: &[Pair]) -> Option<Divergence> {
    let (n, m) = sums(classes);
    let smaller = n.min(m) / (n + m);
    let (mut pooled, mut rest) = (Vec::new(), (0.0, 0.0));
    for class in classes {
        if (class.0 + class.1) * smaller >= EXPECTED {
            pooled.push(*class);
        } else {
            rest = (rest.0 + class.0, rest.1 + class.1);
        }
    }
    if rest.0 + rest.1 > 0.0 {
        pooled.push(rest);
    }
    if n <= 0.0 || m <= 0.0 || pooled.len() < 2 {
        return None;
    }
    let cell = |seen: f64, expected: f64| (seen - expected).powi(2) / expected;
    let x2: f64 = pooled.iter().map(|(a, b)| cell(*a, (a + b) * n / (n + m)) + cell(*b, (a + b) * m / (n + m))).sum();
    let df = pooled.len() as f64 - 1.0;
    Some(Divergence { statistic: x2, ln_p: ln_f_tail(x2 / df, df, n + m), ..how_far(&pooled, n, m) })
}

/// Compares classes that have an order.
pub fn of_ordered(classes: &[Pair]) -> Option<Divergence> {
    let (n, m) = sums(classes);
    if n <= 0.0 || m <= 0.0 {
        return None;
    }
    let (mut below, mut apart) = ((0.0, 0.0), 0.0f64);
    let large = |class: &Pair| class.0 > n / GROUPS;
    let even = classes.iter().filter(|c| !large(c)).map(|c| c.0).sum::<f64>() / GROUPS;
    let (mut groups, mut open) = (Vec::new(), (0.0, 0.0));
    for class in classes {
        below = (below.0 + class.0, below.1 + class.1);
        apart = apart.max((below.0 / n - below.1 / m).abs());
        if large(class) {
            groups.push(*class);
            continue;
        }
        open = (open.0 + class.0, open.1 + class.1);
        if open.0 >= even {
            groups.push(open);
            open = (0.0, 0.0);
        }
    }
    // What lies beyond the baseline's largest is a group, however few the baseline has there.
    if open.0 + open.1 > 0.0 {
        groups.push(open);
    }
    let ln_p = (2f64.ln() - 2.0 * apart * apart * n * m / (n + m)).min(0.0);
    Some(Divergence { statistic: apart, ln_p, ..how_far(&groups, n, m) })
}

fn how_far(classes: &[Pair], n: f64, m: f64) -> Divergence {
    let k = classes.len() as f64;
    // Half a row for each class: none is impossible.
    let shares = classes.iter().map(|(a, b)| ((a + 0.5) / (n + k / 2.0), (b + 0.5) / (m + k / 2.0)));
    let (mut psi, mut js) = (0.0, 0.0);
    for (p, q) in shares {
        psi += (q - p) * (q / p).ln();
        let middle = f64::midpoint(p, q);
        js += f64::midpoint(p * (p / middle).log2(), q * (q / middle).log2());
    }
    let chance = (k - 1.0) * (1.0 / n + 1.0 / m);
    Divergence { psi: (psi - chance).max(0.0), js: js.clamp(0.0, 1.0), ..Divergence::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_agree_with_their_formulas() {
        let shift = of_classes(&[(5000.0, 4000.0), (5000.0, 6000.0)]).unwrap();
        assert!((shift.psi - 0.2 * 1.5f64.ln() / 2.0).abs() < 1e-3, "{shift:?}");
        assert!((shift.statistic - 202.02).abs() < 0.01, "{shift:?}");
        assert!((shift.ln_p - -104.0).abs() < 4.0, "about 1e-45: {shift:?}");
        let all = of_classes(&[(5000.0, 0.0), (0.0, 5000.0)]).unwrap();
        assert!(all.js > 0.99 && all.psi > 5.0, "nothing in common: {all:?}");
    }

    #[test]
    fn what_is_the_same_is_not_apart_and_what_is_not_is() {
        let same: Vec<Pair> = (1..40).map(|i| (f64::from(i * 10), f64::from(i * 20))).collect();
        let thin: Vec<Pair> = (0..200).map(|i| (f64::from(i % 2), f64::from((i + 1) % 2))).collect();
        let moved: Vec<Pair> = (0..40).map(|i| (f64::from(40 - i) * 9.0, f64::from(i) * 9.0)).collect();
        for (classes, far, why) in [
            (&same, false, "twice as many rows"),
            (&thin, false, "single rows in many classes are chance"),
            (&moved, true, "turned round"),
        ] {
            for divergence in [of_classes(classes), of_ordered(classes)].into_iter().flatten() {
                assert_eq!(divergence.psi >= 0.1 && divergence.ln_p < -10.0, far, "{why}: {divergence:?}");
                assert!(divergence.ln_p <= 0.0 && divergence.ln_p.is_finite(), "{why}");
            }
        }
        for (classes, why) in [(vec![], "nothing"), (vec![(5.0, 0.0)], "one side"), (vec![(50.0, 60.0)], "one class")] {
            assert_eq!(of_classes(&classes), None, "{why}");
        }
    }

    #[test]
    fn numbers_beyond_the_baseline_are_a_shift() {
        let classes: Vec<Pair> = (0..100).map(|i| if i < 50 { (20.0, 0.0) } else { (0.0, 20.0) }).collect();
        let apart = of_ordered(&classes).unwrap();
        assert!(apart.statistic > 0.99 && apart.psi > 1.0 && apart.js > 0.9, "{apart:?}");
    }
}
