//! False-discovery control. Benjamini, Hochberg (1995).

/// q-values of log p-values among `hypotheses` (at least as many as there are p-values; the others count as 1), as logs,
/// in the order given.
pub fn ln_q_values(ln_p: &[f64], hypotheses: f64) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = ln_p.iter().copied().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut least = 0.0f64;
    let mut q: Vec<(usize, f64)> = order
        .iter()
        .enumerate()
        .map(|(worse, (at, ln))| {
            least = least.min(ln + hypotheses.max(1.0).ln() - ((ln_p.len() - worse) as f64).ln());
            (*at, least)
        })
        .collect();
    q.sort_by_key(|(at, _)| *at);
    q.into_iter().map(|(_, q)| q).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_values_follow_the_step_up_rule() {
        let p = [0.01f64, 0.04, 0.03, 0.005, 0.55];
        let q: Vec<f64> = ln_q_values(&p.map(f64::ln), 5.0).into_iter().map(f64::exp).collect();
        for (got, want) in q.iter().zip([0.025, 0.05, 0.05, 0.025, 0.55]) {
            assert!((got - want).abs() < 1e-9, "{q:?}");
        }
        assert!((ln_q_values(&[0.01f64.ln()], 100.0)[0]).abs() < 1e-9, "one of a hundred is nothing");
    }
}
