//! How much groups differ by nature, learnt from the groups themselves.
//!
//! Counts of real slices vary more than chance: X² of a group of n rows is inflated by `1 + (n - 1) rho`, with `rho` the
//! intraclass correlation (Williams 1982; Rao, Scott 1992). `rho` is set so that the *median* group is unremarkable: up to
//! half of the groups may be bad without moving it much. What the estimate itself may err by goes into the test as the
//! denominator's degrees of freedom of an F distribution: a median of n squares knows as much as 0.37 n of them.

use super::tail::ln_f_tail;

/// A group's X², its degrees of freedom, its rows.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Pearson's X² against the rest.
    pub x2: f64,
    /// Classes less one.
    pub df: f64,
    /// Rows.
    pub n: f64,
}

/// Natural variation between groups.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Intraclass correlation, 0 to 1.
    pub rho: f64,
    /// Degrees of freedom of the estimate.
    pub df: f64,
}

/// What share of a full sample's knowledge a median of squares has.
const MEDIAN_EFFICIENCY: f64 = 0.37;

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let (half, even) = (values.len() / 2, values.len().is_multiple_of(2));
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let lower = below.iter().copied().max_by(f64::total_cmp).filter(|_| even);
    f64::midpoint(lower.unwrap_or(*upper), *upper)
}

/// The median of a chi-square distribution (Wilson, Hilferty 1931; exact where it matters, at 1).
fn chi2_median(df: f64) -> f64 {
    if df <= 1.0 { 0.454_936 } else { df * (1.0 - 2.0 / (9.0 * df)).powi(3) }
}

fn solve(excess: impl Fn(f64) -> f64) -> f64 {
    if excess(0.0) <= 0.0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if excess(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

impl Spread {
    /// Learnt from the median group: for groups of which a few may be bad.
    pub fn robust(groups: &[Group]) -> Self {
        let rho = solve(|rho| median(groups.iter().map(|g| g.x2 / g.inflation(rho) / chi2_median(g.df)).collect()) - 1.0);
        Self { rho, df: ((groups.iter().map(|g| g.df).sum::<f64>() - 1.0) * MEDIAN_EFFICIENCY).max(1.0) }
    }

    /// Learnt from all groups alike: for groups of which many stand out, so that standing out is their nature.
    pub fn of_all(groups: &[Group]) -> Self {
        let rho = solve(|rho| groups.iter().map(|g| g.x2 / g.inflation(rho) - g.df).sum());
        Self { rho, df: (groups.iter().map(|g| g.df).sum::<f64>() - 1.0).max(1.0) }
    }

    /// `ln p` of a group under this spread.
    pub fn ln_p(&self, group: &Group) -> f64 {
        ln_f_tail(group.x2 / group.inflation(self.rho) / group.df, group.df, self.df)
    }

    /// The X² that a group of `n` rows and one degree of freedom needs for `ln_p`.
    pub fn x2_for(&self, ln_p: f64, n: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        while high < 1e12 && ln_f_tail(high, 1.0, self.df) > ln_p {
            high *= 2.0;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if ln_f_tail(middle, 1.0, self.df) > ln_p {
                low = middle;
            } else {
                high = middle;
            }
        }
        high * Group { x2: 0.0, df: 1.0, n }.inflation(self.rho)
    }
}

impl Group {
    fn inflation(&self, rho: f64) -> f64 {
        1.0 + (self.n - 1.0).max(0.0) * rho
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_bad_groups_do_not_widen_the_spread_and_natural_variation_does() {
        let quiet: Vec<Group> = (0..20).map(|i| Group { x2: 0.05 * f64::from(i), df: 1.0, n: 500.0 }).collect();
        let mut bad = quiet.clone();
        bad[3].x2 = 900.0;
        bad[4].x2 = 900.0;
        let wide: Vec<Group> = quiet.iter().map(|g| Group { x2: g.x2 * 60.0, ..*g }).collect();
        assert!(Spread::robust(&quiet).rho < 1e-3);
        assert!(Spread::robust(&bad).rho < 2e-3);
        assert!(Spread::robust(&wide).rho > 0.05);
        assert!(Spread::of_all(&bad).rho > Spread::robust(&bad).rho * 5.0);
    }

    #[test]
    fn a_median_is_the_middle_or_between_the_middle_two() {
        for (values, want) in [(vec![], 0.0), (vec![3.0], 3.0), (vec![9.0, 1.0], 5.0), (vec![7.0, 1.0, 2.0], 2.0)] {
            assert_eq!(median(values.clone()), want, "{values:?}");
        }
    }

    #[test]
    fn few_groups_need_more_evidence() {
        let group = Group { x2: 40.0, df: 1.0, n: 500.0 };
        let of = |n: usize| Spread::robust(&vec![Group { x2: 0.4, df: 1.0, n: 500.0 }; n]).ln_p(&group);
        assert!(of(4) > of(20) && of(20) > of(200));
    }
}
