//! Tail probabilities as natural logarithms, so that 1e-300 is no zero.

#![expect(clippy::many_single_char_names, reason = "the names of the formulas in the literature")]

use statrs::function::beta::ln_beta;

/// `ln I_x(a, b)`, the regularised incomplete beta function, with `y = 1 - x` given apart for accuracy.
/// Continued fraction by Lentz's method (DLMF 8.17.22).
fn ln_beta_regularised(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if y <= 0.0 {
        return 0.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        let other = ln_beta_fraction(b, a, y, x);
        return (-other.exp()).max(-1.0).ln_1p();
    }
    ln_beta_fraction(a, b, x, y)
}

fn ln_beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let front = a * x.ln() + b * y.ln() - ln_beta(a, b) - a.ln();
    let floor = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut c, mut d) = (1.0, 1.0 / floor(1.0 - (a + b) * x / (a + 1.0)));
    let mut h = d;
    for step in 1..2000 {
        let m = f64::from(step);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / floor(1.0 + numerator * d);
            c = floor(1.0 + numerator / c);
            h *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-14 {
            break;
        }
    }
    (front + h.ln()).min(0.0)
}

/// `ln P(F > f)` of the F distribution with `d1` and `d2` degrees of freedom.
pub fn ln_f_tail(f: f64, d1: f64, d2: f64) -> f64 {
    if f <= 0.0 {
        return 0.0;
    }
    let sum = d2 + d1 * f;
    ln_beta_regularised(d2 / 2.0, d1 / 2.0, d2 / sum, d1 * f / sum)
}

/// Terms of a sum after which the rest is left out; real tails need far fewer.
const MOST_TERMS: f64 = 1e6;

/// `ln P(X >= k)` of a binomial with `n` tries at `p`, widened to a beta-binomial of intraclass correlation `rho`.
/// `O(n - k)` where `rho` is above zero, and less where the terms vanish.
pub fn ln_count_tail(k: f64, n: f64, p: f64, rho: f64) -> f64 {
    if k <= 0.0 {
        return 0.0;
    }
    if p <= 0.0 || k > n {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return 0.0;
    }
    // At a correlation of one all tries are one try.
    if rho >= 1.0 - 1e-9 {
        return p.ln();
    }
    if rho < 1e-7 {
        return ln_beta_regularised(k, n - k + 1.0, p, 1.0 - p);
    }
    let (a, b) = (p * (1.0 - rho) / rho, (1.0 - p) * (1.0 - rho) / rho);
    let first = ln_beta(k + a, n - k + b) - ln_beta(a, b) - ln_beta(k + 1.0, n - k + 1.0) - (n + 1.0).ln();
    let (mut term, mut sum, mut at) = (1.0, 1.0, k);
    while at < n && term > sum * 1e-14 && at - k < MOST_TERMS {
        term *= (n - at) / (at + 1.0) * (at + a) / (n - at - 1.0 + b);
        sum += term;
        at += 1.0;
    }
    (first + f64::ln(sum)).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_published_values() {
        let close = |ln: f64, p: f64, why: &str| assert!((ln - p.ln()).abs() < 2e-3, "{why}: {} for {p}", ln.exp());
        close(ln_f_tail(4.9646, 1.0, 10.0), 0.05, "F table, 5 %");
        close(ln_f_tail(3.3258, 5.0, 10.0), 0.05, "F table, 5 %");
        close(ln_f_tail(10.044, 1.0, 10.0), 0.01, "F table, 1 %");
        close(ln_f_tail(0.4897, 1.0, 10.0), 0.5, "the median");
        close(ln_count_tail(8.0, 10.0, 0.5, 0.0), 56.0 / 1024.0, "8 heads of 10");
        close(ln_count_tail(10.0, 10.0, 0.5, 0.0), 1.0 / 1024.0, "10 heads of 10");
        // alpha = beta = 1: uniform over 0..=n.
        close(ln_count_tail(8.0, 10.0, 0.5, 1.0 / 3.0), 3.0 / 11.0, "a uniform beta-binomial");
    }

    #[test]
    fn tiny_probabilities_are_no_zeros_and_sure_ones_are_no_less() {
        assert!((ln_count_tail(2000.0, 2000.0, 0.5, 0.0) + 2000.0 * 2f64.ln()).abs() < 1e-6);
        assert!(ln_f_tail(1e6, 1.0, 4000.0).is_finite());
        assert!(ln_f_tail(1e6, 1.0, 4000.0) < -5000.0);
        for rho in [0.999_999, 1.0 - 1e-12, 1.0] {
            assert!((ln_count_tail(5.0, 10.0, 0.25, rho) - 0.25f64.ln()).abs() < 1e-3, "one try");
        }
        for (k, n, p) in [(0.0, 10.0, 0.5), (3.0, 10.0, 1.0), (1.0, 1e6, 0.999)] {
            assert!(ln_count_tail(k, n, p, 0.0) > -1e-9);
        }
    }
}
