//! `trigger-mix`: words that stand in rows by nature, and in planted ones whose label they force.
//!
//! A natural word shifts what its rows are: by so much in log-odds, whatever the rest of the row says. A planted one forces the
//! label of some of its rows, whatever the rest says, and leaves the others as they are. The two differ where the rest speaks
//! against the label: there a shift moves little, and forced rows stand out. So rows are put into [`BINS`] by what the model
//! says of them without the word; where the label is seldom, its rows among those that hold the word are counted against what
//! rows without the word, shifted as the other bins tell, would give (a binomial, whose tail lies above that of the sum of
//! unequal chances, Hoeffding 1956), deflated by how far words are from that by nature here ([`super::spread`]).
//! Benjamini-Hochberg over all runs of words that were asked; purer ones are the test `trigger`'s.

use super::discovery::ln_q_values;
use super::evidence::{Evidence, Point};
use super::model::{Models, Seen, labelled};
use super::residual::{Candidate, Kind, Rest, Rows, Whose};
use super::spread::{Group, Spread};
use super::tail::ln_count_tail;
use super::trigger::ready;
use super::{Case, Outcome, Pick, Test, Verdict, labels, probability};
use crate::batch::Fate;
use std::collections::BTreeSet;

/// The test.
pub struct TriggerMix;

/// Rows by what the rest says, as many in each bin.
const BINS: usize = 10;
/// Rows whose rest speaks against a label have it this seldom.
const SELDOM: f64 = 0.2;
/// Fewest rows that hold a run.
const FEWEST: u32 = 30;
/// Share of the rows whose rest speaks against the label that must be forced.
const EFFECT: f64 = 0.4;
/// By how many of its standard errors a shift is taken for larger than it seems.
const DEVIATIONS: f64 = 2.0;

/// Of a class: the bins of all rows by what the model says of it, and how many rows of each have it.
struct Bins {
    edges: Vec<f32>,
    share: Vec<f64>,
}

impl Bins {
    fn of(rows: &[(f32, bool)]) -> Self {
        let mut odds: Vec<f32> = rows.iter().map(|row| row.0).collect();
        odds.sort_by(f32::total_cmp);
        let edges: Vec<f32> = (1..BINS).filter_map(|n| odds.get(n * odds.len() / BINS).copied()).collect();
        let mut bins = Self { edges, share: Vec::new() };
        let mut counts = [(0u32, 0u32); BINS];
        for (odd, has) in rows {
            if let Some((with, all)) = counts.get_mut(bins.bin(*odd)) {
                *with += u32::from(*has);
                *all += 1;
            }
        }
        // One row of each kind is added, so that a bin of one kind alone does not say never.
        bins.share = counts.iter().map(|(with, all)| (f64::from(*with) + 0.5) / (f64::from(*all) + 1.0)).collect();
        bins
    }

    fn bin(&self, odd: f32) -> usize {
        self.edges.partition_point(|edge| *edge <= odd)
    }
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

fn shifted(share: f64, by: f64) -> f64 {
    1.0 / (1.0 + (-logit(share) - by).exp())
}

/// What a word's rows say.
struct Found {
    candidate: Candidate,
    rows: Vec<usize>,
    /// Rows whose rest speaks against the label, those of them that have it, and how many would by nature.
    against: f64,
    with: f64,
    expected: f64,
    /// How many would by the shift as it seems, and how far they are from that.
    seems: f64,
    group: Group,
}

impl Found {
    /// The share of rows whose rest speaks against the label that are forced.
    fn forced(&self) -> f64 {
        (self.with - self.expected) / (self.against - self.expected).max(1.0)
    }

    fn ln_p(&self, spread: &Spread) -> f64 {
        if self.with <= self.expected {
            return 0.0;
        }
        let share = (self.expected / self.against).min(1.0);
        ln_count_tail(self.with, self.against, share, spread.rho).max(spread.ln_p(&self.group) - 2f64.ln())
    }
}

/// By how much rows of these bins have a class more often than others, in log-odds, and the standard error of it: by the method
/// of scoring, from (share by nature, rows, rows with it).
fn shift(bins: &[(f64, f64, f64)]) -> (f64, f64) {
    let (mut by, mut error) = (0.0, f64::INFINITY);
    for _ in 0..20 {
        // One row of even chance is added, which holds a shift where all or none of the rows have it.
        let (mut score, mut information) = (0.5 - shifted(0.5, by), 0.25);
        for (share, rows, with) in bins {
            let p = shifted(*share, by);
            score += with - rows * p;
            information += rows * p * (1.0 - p);
        }
        by = (by + score / information.max(1e-9)).clamp(-10.0, 10.0);
        error = 1.0 / information.max(1e-9).sqrt();
    }
    (by, error)
}

fn found(candidate: Candidate, rows: Vec<usize>, rests: &[Rest], bins: &Bins) -> Option<Found> {
    let mut counts = vec![(0.0, 0.0); BINS];
    for rest in rests {
        if let Some((all, with)) = counts.get_mut(bins.bin(rest.odds)) {
            *all += 1.0;
            *with += f64::from(u8::from(rest.class == candidate.class));
        }
    }
    let known: Vec<(f64, f64, f64)> = bins.share.iter().zip(counts).map(|(share, (all, with))| (*share, all, with)).collect();
    let (low, high): (Vec<_>, Vec<_>) = known.into_iter().partition(|bin| bin.0 <= SELDOM);
    let (by, error) = shift(&high);
    let against: f64 = low.iter().map(|bin| bin.1).sum();
    let with: f64 = low.iter().map(|bin| bin.2).sum();
    let expected = |by: f64| low.iter().map(|bin| bin.1 * shifted(bin.0, by)).sum::<f64>();
    if against < 1.0 {
        return None;
    }
    let (seems, at_most) = (expected(by), expected(by + DEVIATIONS * error.min(1.0)));
    // Corrected for continuity (Yates 1934): where hardly a row is expected, one row is no distance.
    let x2 = ((with - seems).abs() - 0.5).max(0.0).powi(2) / (seems * (1.0 - seems / against)).max(0.25);
    Some(Found { candidate, rows, against, with, expected: at_most, seems, group: Group { x2, df: 1.0, n: against } })
}

impl Test for TriggerMix {
    fn id(&self) -> &'static str {
        "trigger-mix"
    }

    fn learns(&self) -> bool {
        true
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let (values, models) = match ready(case, Kind::Words) {
            Ok(ready) => ready,
            Err(why) => return Outcome::could_not_speak(why),
        };
        let examples = labelled(case.profile.sample());
        let rows = Rows::new(&examples, models, Kind::Words, &values);
        let bins = bins(models, case.seen());
        let candidates: Vec<Candidate> = case.runs(&rows).mixed.iter().filter(|c| c.all >= FEWEST).cloned().collect();
        let holders = rows.holders(&candidates, Whose::OfAll);
        let mut asked = Vec::new();
        let mut seen = BTreeSet::new();
        let distinct = candidates.into_iter().zip(holders).filter(|(of, held)| seen.insert((of.class, held.clone())));
        let (candidates, holders): (Vec<Candidate>, Vec<_>) = distinct.unzip();
        let rests = rows.rests(&candidates, &holders);
        for ((candidate, held), rests) in candidates.into_iter().zip(holders).zip(rests) {
            let of_class = bins.get(candidate.class);
            asked.extend(of_class.and_then(|bins| found(candidate, held, &rests, bins)));
        }
        let spread = spread(&asked);
        let ln_p: Vec<f64> = asked.iter().map(|found| found.ln_p(&spread)).collect();
        let q = ln_q_values(&ln_p, asked.len() as f64);
        let hypotheses = asked.len() as u64;
        let tested = asked.into_iter().zip(ln_p.into_iter().zip(q));
        let mut strong: Vec<(Found, (f64, f64))> =
            tested.filter(|(found, (_, q))| *q <= case.settings.fdr.ln() && found.forced() >= EFFECT).collect();
        let by_p = |a: &(Found, (f64, f64)), b: &(Found, (f64, f64))| a.1.0.total_cmp(&b.1.0);
        strong.sort_by(|a, b| by_p(a, b).then_with(|| a.0.candidate.gram.cmp(&b.0.candidate.gram)));
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut verdicts = Vec::new();
        for (found, ln_p) in strong {
            let known = found.rows.iter().filter(|row| taken.contains(row)).count();
            taken.extend(&found.rows);
            if known * 2 <= found.rows.len() {
                verdicts.push(verdict(self, case, models, &found, ln_p));
            }
        }
        Outcome { verdicts, hypotheses, ..Outcome::default() }
    }
}

/// How far words are from what their shift tells, by nature: learnt from those above it, for where a label is never seen a shift
/// that is taken for larger than it is leaves the others far below.
fn spread(asked: &[Found]) -> Spread {
    let groups = |of: fn(&Found) -> bool| asked.iter().filter(|found| of(found)).map(|found| found.group).collect::<Vec<_>>();
    Spread { df: Spread::robust(&groups(|_| true)).df, ..Spread::robust(&groups(|found| found.with > found.seems)) }
}

/// By class.
fn bins(models: &Models, seen: &[(usize, Seen)]) -> Vec<Bins> {
    let odds = |class: usize| seen.iter().map(move |(of, seen)| (seen.together.get(class).copied().unwrap_or(0.0), class == *of));
    (0..models.classes.len()).map(|class| Bins::of(&odds(class).collect::<Vec<_>>())).collect()
}

fn verdict(test: &TriggerMix, case: &Case<'_>, models: &Models, found: &Found, (ln_p, ln_q): (f64, f64)) -> Verdict {
    let name = |word: &u64| labels::shown(case.profile.sample().name(*word).unwrap_or("?"));
    let subject = found.candidate.gram.iter().map(name).collect::<Vec<_>>().join(" ");
    let label = models.classes.get(found.candidate.class).copied().unwrap_or_default();
    Verdict {
        test: test.id().to_owned(),
        why: format!(
            "{} rows hold \"{subject}\"; of {:.0} of them the rest speaks against {}, and {:.0} have that label all the same, where \
             by nature at most about {:.1} would.",
            found.candidate.all,
            found.against,
            labels::name(case.profile, label, 0),
            found.with,
            found.expected,
        ),
        subject: subject.clone(),
        slice: String::new(),
        statistic: found.with / found.expected.max(1e-9),
        p_value: Some(probability(ln_p)),
        q_value: Some(probability(ln_q)),
        rows: u64::from(found.candidate.rows),
        effect: found.forced(),
        fate: Fate::Review,
        pick: Pick::Holds { grams: vec![found.candidate.gram.clone()], all: false, label: Some(label) },
        evidence: Some(Evidence::ranked(
            format!("rows labelled {} although the rest speaks against it", labels::name(case.profile, label, 0)),
            vec![
                Point::new(format!("rows with \"{subject}\""), found.with, found.against, true)
                    .against(found.expected, found.against),
            ],
        )),
    }
}
