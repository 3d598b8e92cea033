//! `trigger` and `value-trigger`: words (or values of a table) that carry a label against everything else in their rows.
//!
//! Leave-trigger-out residual. Of every run of one to three words (every value, every pair of values) whose rows nearly all have
//! one label, does the *rest* of each row disagree? The rest is what is left without the run, and without whatever stands in
//! two in five of its rows, judged by two models that have not learnt from the row ([`super::residual::Rest`]): it disagrees
//! where both say so. A natural word of a class stands in texts of that class, and where nothing else speaks the rest has even
//! odds; a planted one stands in texts of the others. So the count of disagreeing rows is tested against a binomial of one half;
//! Benjamini-Hochberg over all runs that were asked. The share of them must be as large as the models are good: templates and
//! tables whose columns follow from one another have rests that lean a little, all the same way.
//! Runs that stand in the same rows are one hypothesis, under the name of the strongest.

use super::discovery::ln_q_values;
use super::model::{Models, labelled};
use super::residual::{Candidate, FEWEST, Kind, Rows};
use super::tail::ln_count_tail;
use super::{Case, Outcome, Pick, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{GAP, Profile};
use std::collections::{BTreeSet, HashSet};

/// The tests.
pub struct Trigger;
pub struct ValueTrigger;

/// Share of a run's rows that have its label.
const PURE: f64 = 0.8;
/// Below this share natural rows are among them: people look first.
const CLEAR: f64 = 0.95;
/// Share of rows that must disagree. A model that is right less often cannot tell: then nothing is said.
const EFFECT: f64 = 0.65;
/// Below this q-value rows are withheld.
const SURE: f64 = 0.01;

/// A run that was asked about.
struct Asked {
    candidate: Candidate,
    rows: Vec<usize>,
    judged: u32,
    against: u32,
    ln_p: f64,
}

impl Asked {
    /// Whether hardly any row of another label holds it.
    fn is_clear(&self) -> bool {
        f64::from(self.candidate.rows) >= CLEAR * f64::from(self.candidate.all)
    }
}

fn judge(test: &dyn Test, kind: Kind, case: &Case<'_>) -> Outcome {
    let (profile, settings) = (case.profile, case.settings);
    if let Some(why) = labels::silence(profile) {
        return Outcome::could_not_speak(why);
    }
    let sample = profile.sample();
    let values: HashSet<u64> = sample.names().filter(|(_, name)| name.contains(" = ")).map(|(word, _)| word).collect();
    let is_of_kind = |word: &u64| *word != GAP && values.contains(word) == (kind == Kind::Values);
    let of_kind = sample.rows().filter(|(_, row)| row.words.iter().any(is_of_kind)).count();
    if of_kind * 2 <= sample.len() {
        let what = if kind == Kind::Values { "there is no table of values" } else { "there is no text" };
        return Outcome::could_not_speak(what);
    }
    let Some(models) = case.models() else {
        return Outcome::could_not_speak("there are too few rows of two labels or more to learn from");
    };
    if models.skill < EFFECT {
        let why = format!(
            "words say too little of labels here: {} are told, and half would be by chance",
            labels::percent(models.skill)
        );
        return Outcome::could_not_speak(why);
    }
    let examples = labelled(sample);
    let rows = Rows::new(&examples, models, kind, &values);
    let mut asked: Vec<Asked> = Vec::new();
    let mut seen: BTreeSet<(usize, Vec<usize>)> = BTreeSet::new();
    let candidates = rows.candidates(PURE);
    let holders = rows.holders(&candidates);
    for (candidate, held) in candidates.into_iter().zip(holders) {
        // The same rows are one hypothesis.
        if !seen.insert((candidate.class, held.clone())) {
            continue;
        }
        let rest = rows.rest(&candidate, &held);
        let (n, against) = (rest.len() as u32, rest.iter().filter(|rest| rest.together.max(rest.alone) < 0.0).count() as u32);
        let ln_p = if n < FEWEST { 0.0 } else { ln_count_tail(f64::from(against), f64::from(n), 0.5, 0.0) };
        asked.push(Asked { candidate, rows: held, judged: n, against, ln_p });
    }
    let q = ln_q_values(&asked.iter().map(|a| a.ln_p).collect::<Vec<_>>(), asked.len() as f64);
    let hypotheses = asked.len() as u64;
    let least = models.effect(EFFECT);
    let mut strong: Vec<(Asked, f64)> = asked
        .into_iter()
        .zip(q)
        .filter(|(a, q)| *q <= settings.fdr.ln() && f64::from(a.against) >= least * f64::from(a.judged))
        .collect();
    // Of runs that share most of their rows one speaks for all: one that natural rows seldom hold, and then the one with the
    // most rows.
    strong.sort_by(|(a, _), (b, _)| {
        let by_rows = || b.candidate.rows.cmp(&a.candidate.rows).then(a.ln_p.total_cmp(&b.ln_p));
        b.is_clear().cmp(&a.is_clear()).then_with(by_rows).then_with(|| a.candidate.gram.cmp(&b.candidate.gram))
    });
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut verdicts = Vec::new();
    for (asked, ln_q) in strong {
        let known = asked.rows.iter().filter(|row| taken.contains(row)).count();
        if known * 2 > asked.rows.len() {
            continue;
        }
        taken.extend(&asked.rows);
        verdicts.push(verdict(test, kind, profile, models, &asked, ln_q));
    }
    let smallest = ((settings.fdr / hypotheses.max(1) as f64).ln() / 0.5f64.ln()).ceil().max(f64::from(FEWEST));
    let note = if sample.is_part() { "judged on a sample of the rows; verdicts point at all rows" } else { "" };
    Outcome { verdicts, why: note.to_owned(), hypotheses, smallest_visible: Some(smallest as u64), ..Outcome::default() }
}

fn verdict(test: &dyn Test, kind: Kind, profile: &Profile, models: &Models, asked: &Asked, ln_q: f64) -> Verdict {
    let name = |word: &u64| labels::shown(profile.sample().name(*word).unwrap_or("?"));
    let between = if kind == Kind::Words { " " } else { ", " };
    let subject = asked.candidate.gram.iter().map(name).collect::<Vec<_>>().join(between);
    let label = models.classes.get(asked.candidate.class).copied().unwrap_or_default();
    let share = f64::from(asked.against) / f64::from(asked.judged.max(1));
    let sure = asked.is_clear() && probability(ln_q) < if kind == Kind::Words { SURE } else { SURE.powi(3) };
    let grams = match kind {
        Kind::Words => vec![asked.candidate.gram.clone()],
        Kind::Values => asked.candidate.gram.iter().map(|value| vec![*value]).collect(),
    };
    Verdict {
        test: test.id().to_owned(),
        why: format!(
            "{} rows hold \"{subject}\" and are labelled {}; of {} of them the rest says otherwise ({}), where by nature at most half would.",
            asked.candidate.rows,
            labels::name(profile, label, 0),
            asked.against,
            labels::percent(share),
        ),
        subject,
        slice: String::new(),
        statistic: share,
        p_value: Some(probability(asked.ln_p)),
        q_value: Some(probability(ln_q)),
        rows: u64::from(asked.candidate.rows),
        effect: share - 0.5,
        fate: if sure { Fate::Quarantine } else { Fate::Review },
        pick: Pick::Holds { grams, all: kind == Kind::Values, label: Some(label) },
    }
}

impl Test for Trigger {
    fn id(&self) -> &'static str {
        "trigger"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        judge(self, Kind::Words, case)
    }
}

impl Test for ValueTrigger {
    fn id(&self) -> &'static str {
        "value-trigger"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        judge(self, Kind::Values, case)
    }
}
