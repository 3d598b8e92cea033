//! `trigger` and `value-trigger`: words (or values of a table) that carry a label against everything else in their rows.
//!
//! Leave-trigger-out residual. Of every run of one to three words (every value, every pair of values) whose rows nearly all have
//! one label, does the *rest* of each row disagree? The rest is what is left without the run, and without whatever stands in
//! two in five of its rows and is more frequent there, judged by two models that have not learnt from the row
//! ([`super::residual::Rest`]): it disagrees where both say so. A natural word of a class stands in texts of that class; a planted
//! one stands in texts of the others. How many rests disagree by nature, and how far runs differ in that, is learnt from all runs
//! that are asked here (the median, and the spread around it, [`super::spread`]); each is tested against that, in texts also
//! against one half, Benjamini-Hochberg over all of them. Rests of the same words are one observation, and the share of those that disagree must be
//! near that of rows which have another label: templates and tables whose columns follow from one another have few rests, or
//! rests that lean a little all the same way.
//! Runs that stand in the same rows are one hypothesis, under the name of the strongest.

use super::discovery::ln_q_values;
use super::evidence::{Evidence, Point};
use super::model::{Models, labelled};
use super::residual::{Candidate, FEWEST, Kind, Rows, Whose};
use super::spread::{Group, Spread};
use super::tail::ln_count_tail;
use super::{Case, Outcome, Pick, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{GAP, HashesSeen};
use std::collections::BTreeSet;

/// The tests.
pub struct Trigger;
pub struct ValueTrigger;

/// Below this share natural rows are among them: people look first.
const CLEAR: f64 = 0.98;
/// Share of rests that disagree where they say nothing.
const EVEN: f64 = 0.5;
/// Share of rests that must disagree.
const LEAST: f64 = 0.6;
/// A value of a table determines a label by nature now and then: so many times fewer false verdicts are allowed there.
const BY_NATURE: f64 = 10.0;
/// Where so many rows of a planted run could not be told from natural ones, runs differ too much to be held against each other.
const FEW: f64 = 100.0;
/// The least share that is believed to disagree by nature, and the least around which runs are said to differ.
const AT_BEST: f64 = 0.1;
const AT_ALL: f64 = 0.02;
/// How far the share must lie on the way from what is natural to what rests of rows with another label would show.
const NEARER: f64 = 0.75;
/// Rows up to which the smallest trigger is looked for that would be seen.
const MOST_TRIED: u32 = 1000;
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

    fn share(&self) -> f64 {
        f64::from(self.against) / f64::from(self.judged.max(1))
    }

    /// Whether about as many rests disagree as would if the run was planted in rows of other labels, of which the models say so
    /// of `denied`; by nature it would be `natural`.
    fn is_like_planted(&self, natural: f64, denied: f64) -> bool {
        self.share() >= (natural + NEARER * (denied - natural)).max(LEAST)
    }
}

/// How often rests disagree by nature.
struct Null {
    share: f64,
    spread: Spread,
    /// Runs differ too much here to be held against each other, so they are held against even odds, which rests of texts have at
    /// worst.
    even: bool,
}

impl Null {
    fn of(asked: &[Asked], kind: Kind) -> Self {
        let mut shares: Vec<f64> = asked.iter().map(Asked::share).collect();
        shares.sort_by(f64::total_cmp);
        let middle = shares.get(shares.len() / 2).copied().unwrap_or(EVEN);
        let mut null = Self { share: middle.clamp(AT_BEST, EVEN), spread: Spread::robust(&[]), even: false };
        // In texts how far runs differ is measured around where they are. In tables, whose columns follow from one another, it is
        // measured around what is believed, which is more careful where that is more.
        let around = Self { share: if kind == Kind::Words { middle.clamp(AT_ALL, EVEN) } else { null.share }, ..null };
        let groups = asked.iter().map(|asked| around.group(f64::from(asked.against), f64::from(asked.judged)));
        null.spread = Spread::robust(&groups.collect::<Vec<_>>());
        null
    }

    fn group(&self, against: f64, n: f64) -> Group {
        let expected = n * self.share;
        Group { x2: (against - expected).powi(2) / (expected * (1.0 - self.share)), df: 1.0, n }
    }

    /// `ln p` of so many rests of `n` that disagree.
    fn ln_p(&self, against: f64, n: f64) -> f64 {
        if self.even {
            return ln_count_tail(against, n, EVEN, 0.0);
        }
        if against <= self.share * n {
            return 0.0;
        }
        let tail = ln_count_tail(against, n, self.share, self.spread.rho);
        tail.max(self.spread.ln_p(&self.group(against, n)) - 2f64.ln())
    }
}

/// The words that are values of a table, and models of the labels that know something; or why there are none.
pub(super) fn ready<'a>(case: &'a Case<'_>, kind: Kind) -> Result<(HashesSeen, &'a Models), String> {
    if let Some(why) = labels::silence(case.profile) {
        return Err(why);
    }
    let sample = case.profile.sample();
    let values: HashesSeen = sample.names().filter(|(_, name)| name.contains(" = ")).map(|(word, _)| word).collect();
    let is_of_kind = |word: &u64| *word != GAP && values.contains(word) == (kind == Kind::Values);
    let of_kind = sample.rows().filter(|(_, row)| row.words.iter().any(is_of_kind)).count();
    if of_kind * 2 <= sample.len() {
        return Err(if kind == Kind::Values { "there is no table of values" } else { "there is no text" }.to_owned());
    }
    let models = case.models().ok_or("there are too few rows of two labels or more to learn from")?;
    if models.skill < Models::KNOWS {
        let told = labels::percent(models.skill);
        return Err(format!("words say too little of labels here: {told} are told, and half would be by chance"));
    }
    Ok((values, models))
}

fn judge(test: &dyn Test, kind: Kind, case: &Case<'_>) -> Outcome {
    let (profile, settings) = (case.profile, case.settings);
    let (values, models) = match ready(case, kind) {
        Ok(ready) => ready,
        Err(why) => return Outcome::could_not_speak(why),
    };
    let sample = profile.sample();
    let examples = labelled(sample);
    let rows = Rows::new(&examples, models, kind, &values);
    let mut asked: Vec<Asked> = Vec::new();
    let mut seen: BTreeSet<(usize, Vec<usize>)> = BTreeSet::new();
    let values_alone = (kind == Kind::Values).then(|| rows.candidates());
    let candidates = &values_alone.as_ref().unwrap_or_else(|| case.runs(&rows)).pure;
    let holders = rows.holders(candidates, Whose::OfItsClass);
    // The same rows are one hypothesis.
    let distinct = candidates.iter().cloned().zip(holders).filter(|(of, held)| seen.insert((of.class, held.clone())));
    let (candidates, holders): (Vec<Candidate>, Vec<_>) = distinct.unzip();
    let rests = rows.rests(&candidates, &holders);
    for ((candidate, held), rest) in candidates.into_iter().zip(holders).zip(rests) {
        let (n, against) = (rest.len() as u32, rest.iter().filter(|rest| rest.denied).count() as u32);
        if n >= FEWEST {
            asked.push(Asked { candidate, rows: held, judged: n, against, ln_p: 0.0 });
        }
    }
    let fdr = if kind == Kind::Values { settings.fdr / BY_NATURE } else { settings.fdr };
    let ln_limit = fdr.ln() - (asked.len().max(1) as f64).ln();
    let planted = (0..models.classes.len()).map(|class| models.denied(class)).fold(1.0, f64::min);
    let mut null = Null::of(&asked, kind);
    null.even = kind == Kind::Words && null.ln_p(planted * FEW, FEW) > ln_limit;
    for asked in &mut asked {
        asked.ln_p = null.ln_p(f64::from(asked.against), f64::from(asked.judged));
    }
    let (against, judged) = asked.iter().fold((0, 0), |sum, a| (sum.0 + u64::from(a.against), sum.1 + u64::from(a.judged)));
    let q = ln_q_values(&asked.iter().map(|a| a.ln_p).collect::<Vec<_>>(), asked.len() as f64);
    let hypotheses = asked.len() as u64;
    let mut strong: Vec<(Asked, f64)> = asked
        .into_iter()
        .zip(q)
        .filter(|(a, q)| *q <= fdr.ln() && a.is_like_planted(null.share, models.denied(a.candidate.class)))
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
        verdicts.push(verdict(test, kind, case, models, &asked, Natural { share: null.share, ln_q, against, judged }));
    }
    let is_seen = |n: u32| null.ln_p(f64::from(n) * planted, f64::from(n)) <= ln_limit;
    let smallest = (FEWEST..MOST_TRIED).find(|n| planted >= LEAST && is_seen(*n));
    let mut notes = Vec::new();
    if sample.is_part() {
        notes.push("judged on a sample of the rows; verdicts point at all rows".to_owned());
    }
    if smallest.is_none() {
        notes.push(format!(
            "what stands out by nature has rests that say otherwise so often here ({} and far more) that a trigger of fewer than \
             {MOST_TRIED} rows may not be told from it",
            labels::percent(null.share)
        ));
    }
    let note = notes.join("; ");
    Outcome { verdicts, why: note, hypotheses, smallest_visible: smallest.map(u64::from), ..Outcome::default() }
}

/// What a run is held against: the share that is natural, and the rests of all runs that were asked.
#[derive(Clone, Copy)]
struct Natural {
    share: f64,
    ln_q: f64,
    against: u64,
    judged: u64,
}

fn verdict(test: &dyn Test, kind: Kind, case: &Case<'_>, models: &Models, asked: &Asked, by: Natural) -> Verdict {
    let Natural { share: natural, ln_q, against, judged } = by;
    let profile = case.profile;
    let name = |word: &u64| labels::shown(profile.sample().name(*word).unwrap_or("?"));
    let between = if kind == Kind::Words { " " } else { ", " };
    let subject = asked.candidate.gram.iter().map(name).collect::<Vec<_>>().join(between);
    let label = models.classes.get(asked.candidate.class).copied().unwrap_or_default();
    let share = asked.share();
    let sure = asked.is_clear() && probability(ln_q) < if kind == Kind::Words { SURE } else { SURE.powi(3) };
    let grams = match kind {
        Kind::Words => vec![asked.candidate.gram.clone()],
        Kind::Values => asked.candidate.gram.iter().map(|value| vec![*value]).collect(),
    };
    let others = ((against - u64::from(asked.against)) as f64, (judged - u64::from(asked.judged)) as f64);
    let denied = models.denied_of(asked.candidate.class);
    Verdict {
        test: test.id().to_owned(),
        why: format!(
            "{} rows hold \"{subject}\" and are labelled {}; in {} of {} that were asked the rest says otherwise ({}), as it does in \
             {} for what stands out by nature here.",
            asked.candidate.rows,
            labels::name(profile, label, 0),
            asked.against,
            asked.judged,
            labels::percent(share),
            labels::percent(natural),
        ),
        subject: subject.clone(),
        slice: String::new(),
        statistic: share,
        p_value: Some(probability(asked.ln_p)),
        q_value: Some(probability(ln_q)),
        rows: u64::from(asked.candidate.rows),
        effect: share - natural,
        fate: if sure { Fate::Quarantine } else { Fate::Review },
        pick: Pick::Holds { grams, all: kind == Kind::Values, label: Some(label) },
        evidence: Some(Evidence::ranked(
            format!("rests of rows that say they are not {}", labels::name(profile, label, 0)),
            vec![
                Point::new(format!("rows with \"{subject}\""), f64::from(asked.against), f64::from(asked.judged), true),
                Point::new("rows with other words of the label", others.0, others.1, false),
                Point::new("whole rows with another label", f64::from(denied.0), f64::from(denied.1), false),
            ],
        )),
    }
}

impl Test for Trigger {
    fn id(&self) -> &'static str {
        "trigger"
    }

    fn learns(&self) -> bool {
        true
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        judge(self, Kind::Words, case)
    }
}

impl Test for ValueTrigger {
    fn id(&self) -> &'static str {
        "value-trigger"
    }

    fn learns(&self) -> bool {
        true
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        judge(self, Kind::Values, case)
    }
}
