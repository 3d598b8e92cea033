//! `slice-shift`: a source, file or stretch of time whose labels differ from the rest by more than slices differ here.
//!
//! Pearson's X² of a slice against the rest of its kind, over the classes it can hold 5 of, deflated by the natural spread
//! of that kind ([`super::spread`]): an F test. Rarer classes: exact beta-binomial tail of the one most in excess,
//! Bonferroni over them. Benjamini-Hochberg over the slices of all kinds; total-variation distance at least 0.05.
//! The spread is learnt without the slice that is tested, which may be large enough to make all others look odd.
//! Stepwise: the strongest slice leaves the rest, then the others are tested again. Where more than a fifth of a kind would
//! be named, differing is its nature: the spread is then learnt from all of its slices and the kind is judged again.

use super::discovery::ln_q_values;
use super::evidence::{Evidence, Point};
use super::slice_kind::{Common, Kind, Tested, Unit};
use super::{Case, Outcome, Pick, Settings, SliceKey, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{CLASSES, Profile};
use std::collections::BTreeMap;

/// The test.
pub struct SliceShift;

/// Total-variation distance below which a difference does not matter.
const EFFECT: f64 = 0.05;
const NAMED: usize = 100;
/// Suspects are at most this share of all rows.
const POINTED_AT: f64 = 0.25;
/// More days than this are judged by month.
const DAYS: usize = 92;

impl Test for SliceShift {
    fn id(&self) -> &'static str {
        "slice-shift"
    }

    fn learns(&self) -> bool {
        true
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let (profile, settings) = (case.profile, case.settings);
        if let Some(why) = labels::silence(profile) {
            return Outcome::could_not_speak(why);
        }
        let classes = if profile.labels().distinct() > CLASSES { CLASSES } else { 0 };
        let index = class_index(profile, classes);
        let label_of: Vec<u64> = index.keys().copied().collect();
        let mut times = profile.times().clone();
        if times.iter().count() > DAYS {
            times.lengthen();
        }
        let span = times.span();
        let mut kinds = vec![
            Kind::new(
                ("source", "sources"),
                profile.sources().iter().map(|(h, s)| (SliceKey::Source(h), s.name.clone(), s)),
                &index,
            ),
            Kind::new(("file", "files"), profile.files().iter().map(|(h, s)| (SliceKey::File(h), s.name.clone(), s)), &index),
            Kind::new(
                ("time", "stretches of time"),
                times.iter().map(|(at, s)| (SliceKey::Time(span, at), span.name(at), s)),
                &index,
            ),
        ];
        kinds.retain(Kind::can_speak);
        if kinds.is_empty() {
            return Outcome::could_not_speak("there are fewer than four sources, files or stretches of time to compare");
        }
        let judged = JudgedKinds { profile, settings, classes, label_of: &label_of, doubted: case.can_doubt() };
        let mut verdicts = judged.stepwise(&mut kinds);
        // A kind of which many slices stand out is judged again by its own measure.
        let mut again = Vec::new();
        for (at, kind) in kinds.iter_mut().enumerate() {
            let named = kind.units.iter().filter(|u| u.named).count();
            if named > (kind.units.len() / 5).max(1) {
                kind.natural = true;
                again.push(at);
            }
        }
        let mut notes = Vec::new();
        if !again.is_empty() {
            kinds.iter_mut().flat_map(|k| &mut k.units).for_each(|u| u.named = false);
            verdicts = judged.stepwise(&mut kinds);
            let words: Vec<&str> = kinds.iter().filter(|k| k.natural).map(|k| k.word).collect();
            notes.push(format!(
                "labels differ widely by {} here, so that only what goes beyond that is named",
                words.join(" and by ")
            ));
        }
        for (word, sample) in [("sources", profile.sources().is_sample()), ("files", profile.files().is_sample())] {
            if sample {
                notes.push(format!("there are more {word} than can be held; a random part of them was judged"));
            }
        }
        let hypotheses: usize = kinds.iter().map(|k| k.units.len()).sum();
        let smallest = kinds.iter().filter_map(|k| smallest_visible(k, settings.fdr, hypotheses as f64)).min();
        Outcome {
            verdicts,
            why: notes.join("; "),
            hypotheses: hypotheses as u64,
            smallest_visible: smallest,
            ..Outcome::default()
        }
    }
}

/// Every label or class that stands in a table, with its position.
fn class_index(profile: &Profile, classes: usize) -> BTreeMap<u64, usize> {
    let labels: std::collections::BTreeSet<u64> =
        if classes == 0 { profile.labels().iter().map(|l| l.0).collect() } else { (0..classes as u64).collect() };
    labels.into_iter().enumerate().map(|(at, label)| (label, at)).collect()
}

struct JudgedKinds<'a> {
    profile: &'a Profile,
    settings: &'a Settings,
    classes: usize,
    label_of: &'a [u64],
    doubted: bool,
}

impl JudgedKinds<'_> {
    fn stepwise(&self, kinds: &mut [Kind]) -> Vec<Verdict> {
        let hypotheses: usize = kinds.iter().map(|k| k.units.len()).sum();
        let mut verdicts: Vec<Verdict> = Vec::new();
        let mut points = self.profile.read() as f64 * POINTED_AT;
        kinds.iter_mut().for_each(Kind::learn);
        while verdicts.len() < NAMED {
            let mut tested = Vec::new();
            kinds.iter().enumerate().for_each(|(at, kind)| kind.test(at, &mut tested));
            let q = ln_q_values(&tested.iter().map(|t| t.ln_p).collect::<Vec<_>>(), hypotheses as f64);
            let mut order: Vec<(&Tested, f64)> = tested.iter().zip(q).filter(|(_, q)| *q <= self.settings.fdr.ln()).collect();
            // Beyond 1e-300 the statistic still tells which slice is the strongest.
            order.sort_by(|a, b| a.0.ln_p.total_cmp(&b.0.ln_p).then(b.0.statistic.total_cmp(&a.0.statistic)));
            let next = order.into_iter().find_map(|(tested, ln_q)| {
                let kind = kinds.get(tested.kind)?;
                let unit = kind.units.get(tested.unit)?;
                let (effect, excess) = Common::new(&kind.total, kind.rows).shift(unit);
                (effect >= EFFECT).then(|| (tested.kind, tested.unit, self.verdict(kind, unit, tested, ln_q, effect, &excess)))
            });
            let Some((kind, unit, mut verdict)) = next else { break };
            if let Some(kind) = kinds.get_mut(kind) {
                kind.units.iter_mut().skip(unit).take(1).for_each(|u| u.named = true);
                kind.learn();
            }
            points -= verdict.rows as f64;
            if points < 0.0 {
                verdict.pick = Pick::Nothing;
            }
            verdicts.push(verdict);
        }
        verdicts
    }

    fn verdict(&self, kind: &Kind, unit: &Unit, tested: &Tested, ln_q: f64, effect: f64, excess: &[(usize, f64)]) -> Verdict {
        let most = excess.first().map_or(0.0, |e| e.1);
        let over: Vec<usize> = excess.iter().filter(|e| e.1 > 0.0 && e.1 >= most / 2.0).map(|e| e.0).collect();
        let labels: Vec<u64> = over.iter().filter_map(|class| self.label_of.get(*class).copied()).collect();
        let rows_of = |class: usize| unit.counts.iter().find(|c| c.0 == class).map_or(0.0, |c| c.1);
        let rows: f64 = over.iter().map(|class| rows_of(*class)).sum();
        let first = over.first().copied().unwrap_or_default();
        let (inside, here) = (rows_of(first), rows_of(first) / unit.rows);
        let why = format!(
            "{} \"{}\": {:.0} of {:.0} rows ({}) are labelled {}, against {} elsewhere: about {:.0} rows more than expected, \
             and more than {} differ by nature here (p = {:.1e}).",
            kind.word,
            labels::shown(&unit.name),
            inside,
            unit.rows,
            labels::percent(here),
            self.label_of.get(first).map_or_else(String::new, |l| labels::name(self.profile, *l, self.classes)),
            labels::percent((here - most).max(0.0)),
            most * unit.rows,
            kind.plural,
            probability(tested.ln_p),
        );
        Verdict {
            test: SliceShift.id().to_owned(),
            subject: labels::shown(&unit.name),
            slice: kind.word.to_owned(),
            statistic: tested.statistic,
            p_value: Some(probability(tested.ln_p)),
            q_value: Some(probability(ln_q)),
            rows: rows as u64,
            effect,
            fate: Fate::Review,
            why,
            pick: Pick::Slice { of: unit.key, labels, classes: self.classes, doubted: self.doubted },
            evidence: Some(self.evidence(kind, unit, first)),
        }
    }

    /// The share of a label in every slice of the kind.
    fn evidence(&self, kind: &Kind, unit: &Unit, class: usize) -> Evidence {
        let label = self.label_of.get(class).map_or_else(String::new, |l| labels::name(self.profile, *l, self.classes));
        let point = |of: &Unit| {
            let rows = of.counts.iter().find(|c| c.0 == class).map_or(0.0, |c| c.1);
            Point::new(labels::shown(&of.name), rows, of.rows, of.key == unit.key)
        };
        Evidence::ranked(format!("rows labelled {label}, by {}", kind.word), kind.units.iter().map(point).collect())
    }
}

/// The fewest flipped rows that would have been seen in the slice of median size.
fn smallest_visible(kind: &Kind, fdr: f64, hypotheses: f64) -> Option<u64> {
    let mut sizes: Vec<f64> = kind.units.iter().map(|u| u.rows).collect();
    sizes.sort_by(f64::total_cmp);
    let n = *sizes.get(sizes.len() / 2)?;
    let share = kind.total.iter().copied().fold(0.0, f64::max) / kind.rows.max(1.0);
    let x2 = kind.spread.x2_for(fdr.ln() - hypotheses.ln(), n);
    let shift = (x2 * share * (1.0 - share) / n).sqrt().max(EFFECT);
    (shift <= 1.0 - share.min(0.5)).then(|| (shift * n).ceil() as u64)
}
