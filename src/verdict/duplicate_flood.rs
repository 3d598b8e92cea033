//! `duplicate-flood`: exact copies of a row, more than repetition in this data explains; near copies are judged in
//! [`near_flood`].
//!
//! Natural repetition is heavy-tailed, so the null is no Poisson but a Pareto tail with the exponent of this very data:
//! `P(size >= s | size >= 2) = ((s - 0.5) / 1.5)^-alpha`. `alpha` is the maximum-likelihood estimate over clusters of 2 to
//! 10 rows (a truncated discrete Pareto), so that floods do not hide one another; one imagined cluster with exponent 1.5
//! stands for data without repetition, and no tail is taken to be thinner than exponent 3. Where more than 1 % of the
//! distinct rows stand above 10 times, being many is their nature: `alpha` is then learnt from all clusters (Hill 1975).
//! Benjamini-Hochberg over all clusters.
//! Copies with different labels are quarantined but for the first in origin order; copies that agree, and those whose
//! q-value is above a fifth of the allowed rate, are for review: rows leave the data on stronger evidence only.

use super::discovery::ln_q_values;
use super::evidence::{Evidence, Point};
use super::near_flood::Near;
use super::{Case, Outcome, Pick, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{CLUSTER_LABELS, Cluster, Profile, Question, half};

/// The test.
pub struct DuplicateFlood;

const PRIOR_EXPONENT: f64 = 1.5;
const THINNEST: f64 = 3.0;
/// Clusters up to this size tell how rows repeat by nature.
const SMALL: u64 = 10;
/// Share of distinct rows in larger clusters from which those are natural, too.
const MANY_LARGE: f64 = 0.01;
/// A flood is at least this large, whatever the tail says.
pub(super) const SMALLEST: u64 = 5;
/// Rows are withheld at this share of the allowed rate of false discoveries.
pub(super) const WITHHELD: f64 = 0.2;
const ASKED: usize = 4096;
const SHOWN: usize = 500;

fn ln_size(rows: u64) -> f64 {
    ((rows as f64 - 0.5) / 1.5).ln()
}

/// How large clusters of copies are in this data.
pub(super) struct Tail {
    alpha: f64,
    /// Clusters that follow the tail, in all of the data, and one more.
    clusters: f64,
}

impl Tail {
    /// Of the sizes of clusters; those of 1 say nothing. `distinct` things were told apart, which are `share` of all.
    pub(super) fn of(sizes: impl Iterator<Item = u64>, distinct: usize, share: f64) -> Self {
        let mut small = [0u64; SMALL as usize + 1];
        let (mut large, mut large_ln) = (0u64, 0.0);
        for rows in sizes.filter(|rows| *rows >= 2) {
            if let Some(count) = small.get_mut(rows as usize) {
                *count += 1;
            } else {
                large += 1;
                large_ln += (rows as f64 / 1.5).ln();
            }
        }
        let pairs_and_more = small.iter().sum::<u64>() as f64;
        if large as f64 > MANY_LARGE * distinct as f64 {
            let small_ln: f64 = small.iter().zip(0u32..).skip(2).map(|(n, size)| *n as f64 * (f64::from(size) / 1.5).ln()).sum();
            let clusters = pairs_and_more + large as f64;
            let alpha = (clusters + 1.0) / (small_ln + large_ln + 1.0 / PRIOR_EXPONENT);
            return Self { alpha: alpha.min(THINNEST), clusters: (clusters + 1.0) / share };
        }
        Self { alpha: truncated_exponent(&small), clusters: pairs_and_more / share + 1.0 }
    }

    /// How many clusters follow it.
    pub(super) fn clusters(&self) -> f64 {
        self.clusters
    }

    /// `ln P(size >= rows)`.
    pub(super) fn ln_p(&self, rows: u64) -> f64 {
        -self.alpha * ln_size(rows)
    }

    fn smallest_visible(&self, fdr: f64) -> u64 {
        let needed = (self.clusters.ln() - fdr.ln()) / self.alpha;
        ((1.5 * needed.exp() + 0.5).ceil() as u64).max(SMALLEST)
    }
}

/// The exponent under which the sizes from 2 up are most likely, given that they end at [`SMALL`].
fn truncated_exponent(small: &[u64]) -> f64 {
    let share = |alpha: f64, size: u64| (-alpha * ln_size(size)).exp() - (-alpha * ln_size(size + 1)).exp();
    let whole = |alpha: f64| 1.0 - (-alpha * ln_size(SMALL + 1)).exp();
    let weight = |size: u64, n: u64| n as f64 + share(PRIOR_EXPONENT, size) / whole(PRIOR_EXPONENT);
    let likelihood = |alpha: f64| {
        let sizes = small.iter().zip(0u64..).skip(2);
        sizes.map(|(n, size)| weight(size, *n) * (share(alpha, size) / whole(alpha)).ln()).sum::<f64>()
    };
    let (mut low, mut high) = (0.05, THINNEST);
    for _ in 0..60 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if likelihood(a) < likelihood(b) {
            low = a;
        } else {
            high = b;
        }
    }
    f64::midpoint(low, high)
}

impl Test for DuplicateFlood {
    fn id(&self) -> &'static str {
        "duplicate-flood"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let (profile, settings) = (case.profile, case.settings);
        // Looked for beside the other tests, whether or not there is a question.
        let near = case.near();
        let repeats = profile.repeats();
        let sizes = repeats.kept().iter().map(|r| u64::from(r.rows));
        let tail = Tail::of(sizes, repeats.kept().len(), repeats.share());
        let mut visible = tail.smallest_visible(settings.fdr);
        let mut sizes: Vec<_> = repeats.kept().iter().filter(|r| u64::from(r.rows) >= SMALLEST).collect();
        sizes.sort_by(|a, b| b.rows.cmp(&a.rows).then(a.key.cmp(&b.key)));
        let ln_p: Vec<f64> = sizes.iter().map(|r| tail.ln_p(u64::from(r.rows))).collect();
        let q = ln_q_values(&ln_p, tail.clusters);
        let floods = sizes.iter().zip(&q).filter(|(_, q)| **q <= settings.fdr.ln()).map(|(r, _)| r.key);
        let mut keys: Vec<u64> = floods.take(ASKED).collect();
        keys.sort_unstable();
        // Keys that were not kept: those that a bound lifts out of the noise of all others.
        let heavy = repeats.bounds().map(|bounds| {
            let noise = bounds.noise(0.5);
            visible = visible.max((6.0 * f64::from(noise).sqrt()).ceil() as u64);
            Box::new(bounds.heavy(noise.saturating_add(u32::try_from(visible / 2).unwrap_or(u32::MAX))))
        });
        let mut outcome = Outcome { hypotheses: tail.clusters as u64, smallest_visible: Some(visible), ..Outcome::default() };
        if keys.is_empty() && heavy.is_none() {
            return with_near(outcome, near);
        }
        let question = Question::Clusters { keys, heavy };
        let Some(answer) = profile.answers().to(&question, profile.rows()) else {
            "copies were not counted row by row yet".clone_into(&mut outcome.why);
            outcome.silent = true;
            outcome.questions.push(question);
            return outcome;
        };
        let mut clusters: Vec<(u128, &Cluster)> = answer.clusters().filter(|(_, c)| c.rows >= SMALLEST).collect();
        clusters.sort_by(|a, b| b.1.rows.cmp(&a.1.rows).then(half(a.0).cmp(&half(b.0))));
        let ln_p: Vec<f64> = clusters.iter().map(|(_, c)| tail.ln_p(c.rows)).collect();
        let q = ln_q_values(&ln_p, tail.clusters);
        let named = clusters.iter().zip(ln_p.iter().zip(&q)).filter(|(_, (_, q))| **q <= settings.fdr.ln());
        outcome.verdicts =
            named.take(SHOWN).map(|((key, c), (p, q))| verdict(profile, settings.fdr.ln(), *key, c, (*p, *q))).collect();
        let by_size = by_size(repeats.kept().iter().map(|r| u64::from(r.rows)));
        for (verdict, (_, cluster)) in outcome.verdicts.iter_mut().zip(&clusters) {
            verdict.evidence = Some(sizes_around(&by_size, cluster.rows));
        }
        with_near(outcome, near)
    }
}

/// Adds the floods of near copies, once no question is left.
fn with_near(mut outcome: Outcome, near: &Near) -> Outcome {
    outcome.verdicts.extend(near.floods.iter().cloned());
    outcome.hypotheses += near.groups;
    outcome
}

/// Rows in groups of copies, by the size of the group from 2 up: each size a doubling of the one before.
fn by_size(sizes: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut rows = Vec::new();
    for size in sizes.filter(|size| *size >= 2) {
        let at = size.ilog2() as usize - 1;
        rows.resize(rows.len().max(at + 1), 0);
        if let Some(slot) = rows.get_mut(at) {
            *slot += size;
        }
    }
    rows
}

/// How many of the rows that have copies are in groups of which size.
fn sizes_around(by_size: &[u64], size: u64) -> Evidence {
    let all: u64 = by_size.iter().sum();
    let class = size.max(2).ilog2() as usize - 1;
    let point = |at: usize| {
        let (from, to) = (2u64 << at, (4u64 << at) - 1);
        Point::new(format!("{from} to {to} copies"), by_size.get(at).copied().unwrap_or(0) as f64, all as f64, at == class)
    };
    Evidence::ordered("rows that have copies, by how many", (0..by_size.len().max(class + 1)).map(point).collect())
}

fn verdict(profile: &Profile, ln_fdr: f64, key: u128, cluster: &Cluster, (ln_p, ln_q): (f64, f64)) -> Verdict {
    let conflict = cluster.counts.len() > 1;
    let mut counts = cluster.counts.clone();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let classes = if cluster.is_folded() { CLUSTER_LABELS } else { 0 };
    let spelled: Vec<String> =
        counts.iter().take(3).map(|(label, n)| format!("{n} say {}", labels::name(profile, *label, classes))).collect();
    let found = format!("{} rows are exact copies of one another", cluster.rows);
    let labelled = match (conflict, counts.first()) {
        (true, _) => format!(" and disagree about the label: {}", spelled.join(", ")),
        (false, Some((label, _))) => format!(", all labelled {}", labels::name(profile, *label, classes)),
        (false, None) => String::new(),
    };
    let expected = format!("going by how rows repeat elsewhere in this data, that happens with p = {:.1e}", probability(ln_p));
    Verdict {
        test: DuplicateFlood.id().to_owned(),
        subject: format!("copies {:012x}", half(key) >> 16),
        slice: String::new(),
        statistic: cluster.rows as f64,
        p_value: Some(probability(ln_p)),
        q_value: Some(probability(ln_q)),
        rows: cluster.rows - 1,
        effect: cluster.rows as f64 / profile.read().max(1) as f64,
        fate: if conflict && ln_q <= ln_fdr + WITHHELD.ln() { Fate::Quarantine } else { Fate::Review },
        why: format!("{found}{labelled}; {expected}; the first copy is not pointed at."),
        pick: Pick::Copies { key: format!("{key:032x}"), file: cluster.first.0.clone(), row: cluster.first.1 },
        evidence: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_of_small_clusters_is_found() {
        for (small, low, high, why) in [
            ([0; 11], 1.4, 1.6, "no repetition: the imagined cluster alone"),
            ([0, 0, 1423, 389, 160, 74, 38, 30, 12, 8, 10], 1.9, 2.4, "a table without its id column"),
            ([0, 0, 5000, 0, 0, 0, 0, 0, 0, 0, 0], 2.99, 3.0, "pairs only: no thinner than 3"),
        ] {
            let alpha = truncated_exponent(&small);
            assert!((low..=high).contains(&alpha), "{why}: {alpha}");
        }
    }
}
