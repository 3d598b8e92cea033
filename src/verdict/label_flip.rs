//! `label-flip`: rows whose words speak for another label than the one they have.
//!
//! Confident learning (Northcutt and others 2021) on out-of-fold probabilities of the linear model ([`super::model`]): a row
//! labelled a is doubted where a class b is the likeliest and at least as likely as it is, on average, of the rows labelled b.
//! A model errs without any flip: of the rows that it calls b so surely as many are expected to be something else as its own
//! probabilities say, labels weighing by their rows. What there is beyond that is tested by a binomial; Benjamini-Hochberg over
//! the pairs of labels; and it must be four tenths more ([`AGAIN`]). How sure a model may be is learnt from the same labels, so
//! flips in both directions look like noise and are taken in; what shows are flips in one, where words tell labels well. By
//! itself that withholds nothing: words that were planted teach the model, so that it says nothing about triggers.

use super::discovery::ln_q_values;
use super::evidence::{Evidence, Point};
use super::model::Models;
use super::tail::ln_count_tail;
use super::{Case, Outcome, Pick, Test, Verdict, labels, probability};
use crate::batch::Fate;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The test.
pub struct LabelFlip;

/// Share of a label's rows that must be doubted beyond what is expected.
const EFFECT: f64 = 0.005;
/// How many times what is expected must be doubted. Labels that are a matter of opinion have heavier tails than any model knows.
const AGAIN: f64 = 1.4;

/// A row, and how likely each class is of it: classes weighing the same, and by their rows.
struct Row {
    class: usize,
    likely: Vec<f64>,
    weighed: Vec<f64>,
}

/// Rows labelled one class and called another.
#[derive(Clone, Copy, Default)]
struct Pair {
    rows: u64,
    expected: f64,
    /// Rows called that class.
    called: u64,
}

impl Test for LabelFlip {
    fn id(&self) -> &'static str {
        "label-flip"
    }

    fn learns(&self) -> bool {
        true
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let profile = case.profile;
        if let Some(why) = labels::silence(profile) {
            return Outcome::could_not_speak(why);
        }
        let Some(models) = case.models() else {
            return Outcome::could_not_speak("there are too few rows of two labels or more to learn from");
        };
        let classes = 0..models.classes.len();
        let rows: Vec<Row> = case
            .seen()
            .par_iter()
            .map(|(class, seen)| Row {
                class: *class,
                likely: classes.clone().map(|of| models.probability(seen, of)).collect(),
                weighed: classes.clone().map(|of| models.weighed(seen, of)).collect(),
            })
            .collect();
        let least = thresholds(models, &rows);
        let pairs = pairs(&least, &rows);
        let share = profile.labels().rows as f64 / rows.len().max(1) as f64;
        let ln_p: Vec<f64> = pairs
            .values()
            .map(|pair| {
                let called = pair.called.max(1) as f64;
                ln_count_tail(pair.rows as f64, called, (pair.expected / called).min(1.0), 0.0)
            })
            .collect();
        let q = ln_q_values(&ln_p, pairs.len() as f64);
        let of = |(at, pair): (&(usize, usize), &Pair), (ln_p, ln_q): (f64, f64)| {
            let (from, to) = *at;
            let (from, to_label) = (*models.classes.get(from)?, *models.classes.get(to)?);
            let more = pair.rows as f64 - pair.expected;
            let effect = more / rows.len().max(1) as f64;
            if ln_q > case.settings.fdr.ln() || effect < EFFECT || (pair.rows as f64) < AGAIN * pair.expected {
                return None;
            }
            let name = |label| labels::name(profile, label, 0);
            Some(Verdict {
                test: self.id().to_owned(),
                subject: format!(
                    "{} for {}",
                    labels::shown(profile.labels().name(from).unwrap_or("?")),
                    labels::shown(profile.labels().name(to_label).unwrap_or("?"))
                ),
                slice: String::new(),
                statistic: pair.rows as f64 / pair.expected.max(1e-9),
                p_value: Some(probability(ln_p)),
                q_value: Some(probability(ln_q)),
                rows: (pair.rows as f64 * share) as u64,
                effect,
                fate: Fate::Review,
                why: format!(
                    "{} rows labelled {} read like {}; by its own error the model would doubt about {:.0} of right ones.",
                    pair.rows,
                    name(from),
                    name(to_label),
                    pair.expected,
                ),
                pick: Pick::Doubted {
                    from,
                    to: to_label,
                    least: (least.get(to).copied().unwrap_or(1.0) * f64::from(Pick::DOUBT)) as u32,
                },
                evidence: Some(Evidence::ranked(
                    format!("rows that read like {} and are labelled {}", name(to_label), name(from)),
                    vec![
                        Point::new("all that read so", pair.rows as f64, pair.called as f64, true)
                            .against(pair.expected, pair.called as f64),
                    ],
                )),
            })
        };
        let mut verdicts: Vec<Verdict> =
            pairs.iter().zip(ln_p.iter().copied().zip(q)).filter_map(|(pair, p)| of(pair, p)).collect();
        verdicts.sort_by(|a, b| b.effect.total_cmp(&a.effect).then_with(|| a.subject.cmp(&b.subject)));
        let expected: f64 = pairs.values().map(|pair| pair.expected).sum();
        let doubted: u64 = pairs.values().map(|pair| pair.rows).sum();
        let why = format!(
            "{doubted} rows of {} are doubted, about {expected:.0} of them expected by the model's own error; flips of single rows \
             cannot be told from that, their order is in scores.parquet (--scores)",
            rows.len()
        );
        let smallest = (EFFECT * rows.len() as f64 + 2.0 * expected.sqrt()).ceil() as u64;
        Outcome { verdicts, why, hypotheses: pairs.len() as u64, smallest_visible: Some(smallest), ..Outcome::default() }
    }
}

/// By class: how likely it is, on average, of the rows that are labelled so.
fn thresholds(models: &Models, rows: &[Row]) -> Vec<f64> {
    let mut sums = vec![(0.0, 0u64); models.classes.len()];
    for Row { class, likely, .. } in rows {
        if let (Some((sum, n)), Some(p)) = (sums.get_mut(*class), likely.get(*class)) {
            *sum += p;
            *n += 1;
        }
    }
    sums.into_iter().map(|(sum, n)| sum / n.max(1) as f64).collect()
}

fn pairs(least: &[f64], rows: &[Row]) -> BTreeMap<(usize, usize), Pair> {
    let mut pairs: BTreeMap<(usize, usize), Pair> = BTreeMap::new();
    for Row { class, likely, weighed } in rows {
        let likeliest = likely.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let Some((called, _)) = likeliest.filter(|(at, p)| least.get(*at).is_some_and(|least| p >= least)) else { continue };
        for (from, other) in weighed.iter().enumerate().filter(|(from, _)| *from != called) {
            let pair = pairs.entry((from, called)).or_default();
            pair.expected += other;
            pair.called += 1;
            pair.rows += u64::from(from == *class);
        }
    }
    pairs
}
