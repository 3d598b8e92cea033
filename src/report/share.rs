//! Shares and how sure they are: Wilson's (1927) intervals for a binomial share, at 95 %.

/// Standard deviations of an interval of 95 %.
const DEVIATIONS: f64 = 1.959_964;

/// The share that a part is of a whole, 0 to 1; 0 of nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    (part as f64 / whole.max(1) as f64).min(1.0)
}

/// The interval that holds the true share in 95 of 100 cases.
pub(super) fn interval(part: u64, whole: u64) -> (f64, f64) {
    let n = whole as f64;
    if n < 1.0 {
        return (0.0, 1.0);
    }
    let (p, z2) = (share(part, whole), DEVIATIONS * DEVIATIONS);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = DEVIATIONS / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// How much larger the second of two shares is, and the interval that holds the true difference in 95 of 100 cases
/// (Newcombe 1998, method 10), each share as a part and its whole.
pub(super) fn difference(before: (u64, u64), after: (u64, u64)) -> (f64, f64, f64) {
    let (one, two) = (share(before.0, before.1), share(after.0, after.1));
    let ((one_low, one_high), (two_low, two_high)) = (interval(before.0, before.1), interval(after.0, after.1));
    let step = two - one;
    (step, step - (two - two_low).hypot(one_high - one), step + (two_high - two).hypot(one - one_low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_wilsons() {
        // Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I.
        for (part, whole, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let (l, h) = interval(part, whole);
            assert!((l - low).abs() < 1e-4 && (h - high).abs() < 1e-4, "{part} of {whole}: {l} to {h}");
        }
        assert_eq!(interval(0, 0), (0.0, 1.0), "nothing is known of nothing");
    }

    #[test]
    fn differences_are_newcombes() {
        // Newcombe (1998), "Interval estimation for the difference between independent proportions", table II, method 10.
        for (one, two, low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 10), -0.2775, 0.2775),
        ] {
            let (step, l, h) = difference(two, one);
            assert!((l - low).abs() < 1e-4 && (h - high).abs() < 1e-4, "{one:?} against {two:?}: {l} to {h}");
            assert!((l..=h).contains(&step));
        }
    }
}
