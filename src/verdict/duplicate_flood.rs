//! `duplicate-flood`: exact copies of a row, more than repetition in this data explains.
//!
//! Natural repetition is heavy-tailed, so the null is no Poisson but a Pareto tail with the exponent of this very data:
//! `P(size >= s | size >= 2) = ((s - 0.5) / 1.5)^-alpha`. `alpha` is the censored maximum-likelihood estimate over the
//! *other* clusters: those above 10 count as "10 or more", so that one flood does not hide another. It starts from one
//! imagined cluster of a tail with exponent 1.5, so that data without any repetition has a null, too.
//! Copies with different labels are quarantined but for the first in origin order; copies that agree are for review.

use super::discovery::ln_q_values;
use super::{Outcome, Pick, Settings, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{Cluster, Profile, Question, half};

/// The test.
pub struct DuplicateFlood;

const PRIOR_EXPONENT: f64 = 1.5;
const CENSORED_ABOVE: u64 = 10;
/// A flood is at least this large, whatever the tail says.
const SMALLEST: u64 = 5;
const ASKED: usize = 4096;
const SHOWN: usize = 500;

fn ln_size(rows: u64) -> f64 {
    ((rows as f64 - 0.5) / 1.5).ln()
}

/// How large clusters of copies are in this data.
struct Tail {
    events: f64,
    exposure: f64,
    /// Clusters of two and more, in all of the data.
    clusters: f64,
}

impl Tail {
    fn new(profile: &Profile) -> Self {
        let mut tail = Self { events: 1.0, exposure: 1.0 / PRIOR_EXPONENT, clusters: 0.0 };
        for repeat in profile.repeats().kept().iter().filter(|r| r.rows >= 2) {
            tail.count(u64::from(repeat.rows), 1.0);
            tail.clusters += 1.0;
        }
        tail.clusters = (tail.clusters / profile.repeats().share()).max(1.0);
        tail
    }

    fn count(&mut self, rows: u64, weight: f64) {
        self.events += if rows <= CENSORED_ABOVE { weight } else { 0.0 };
        // A size is a whole number: one of s lies at s in the middle of its step.
        self.exposure += weight * (rows.min(CENSORED_ABOVE + 1) as f64 / 1.5).ln();
    }

    /// `ln p` of a cluster among the others.
    fn ln_p(&self, rows: u64) -> f64 {
        let mut others = Self { ..*self };
        others.count(rows, -1.0);
        let alpha = others.events.max(1.0) / others.exposure.max(1.0 / PRIOR_EXPONENT);
        -alpha * ln_size(rows)
    }

    fn smallest_visible(&self, fdr: f64) -> u64 {
        let alpha = self.events / self.exposure;
        let needed = (self.clusters.ln() - fdr.ln()) / alpha;
        ((1.5 * needed.exp() + 0.5).ceil() as u64).max(SMALLEST)
    }
}

impl Test for DuplicateFlood {
    fn id(&self) -> &'static str {
        "duplicate-flood"
    }

    fn judge(&self, profile: &Profile, settings: &Settings) -> Outcome {
        let tail = Tail::new(profile);
        let repeats = profile.repeats();
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
            Box::new(bounds.heavy(noise.saturating_add((visible / 2) as u32)))
        });
        let mut outcome = Outcome { hypotheses: tail.clusters as u64, smallest_visible: Some(visible), ..Outcome::default() };
        if keys.is_empty() && heavy.is_none() {
            return outcome;
        }
        let question = Question::Clusters { keys, heavy };
        let Some(answer) = profile.answers().to(&question, profile.rows()) else {
            outcome.why = "copies were not counted row by row yet".to_owned();
            outcome.questions.push(question);
            return outcome;
        };
        let mut clusters: Vec<(u128, &Cluster)> = answer.clusters().filter(|(_, c)| c.rows >= SMALLEST).collect();
        clusters.sort_by(|a, b| b.1.rows.cmp(&a.1.rows).then(half(a.0).cmp(&half(b.0))));
        let ln_p: Vec<f64> = clusters.iter().map(|(_, c)| tail.ln_p(c.rows)).collect();
        let q = ln_q_values(&ln_p, tail.clusters);
        let named = clusters.iter().zip(ln_p.iter().zip(&q)).filter(|(_, (_, q))| **q <= settings.fdr.ln());
        outcome.verdicts = named.take(SHOWN).map(|((key, c), (p, q))| verdict(profile, *key, c, (*p, *q))).collect();
        outcome
    }
}

fn verdict(profile: &Profile, key: u128, cluster: &Cluster, (ln_p, ln_q): (f64, f64)) -> Verdict {
    let conflict = cluster.counts.len() > 1;
    let mut counts = cluster.counts.clone();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let spelled: Vec<String> =
        counts.iter().take(3).map(|(label, n)| format!("{n} say {}", labels::name(profile, *label, 0))).collect();
    let found = format!("{} rows are exact copies of one another", cluster.rows);
    let labelled = match (conflict, counts.first()) {
        (true, _) => format!(" and disagree about the label: {}", spelled.join(", ")),
        (false, Some((label, _))) => format!(", all labelled {}", labels::name(profile, *label, 0)),
        (false, None) => String::new(),
    };
    let expected = format!("going by how rows repeat elsewhere in this data, that happens with p = {:.1e}", probability(ln_p));
    Verdict {
        test: DuplicateFlood.id().to_owned(),
        subject: format!("copies {:012x}", half(key) >> 16),
        slice: String::new(),
        statistic: cluster.rows as f64,
        p_value: probability(ln_p),
        q_value: probability(ln_q),
        rows: cluster.rows - 1,
        effect: cluster.rows as f64 / (profile.rows() - profile.skipped()).max(1) as f64,
        fate: if conflict { Fate::Quarantine } else { Fate::Review },
        why: format!("{found}{labelled}; {expected}; the first copy is not pointed at."),
        pick: Pick::Copies { key: format!("{key:032x}"), file: cluster.first.0.clone(), row: cluster.first.1 },
    }
}
