//! `drift`: the data against the profile of an earlier delivery.
//!
//! Columns that are new or gone are named as they are. Of every other column: is it as complete, are as many of its texts
//! numbers, are its values spread the same (each value where they are few, fixed logarithmic buckets of numbers, lengths and
//! classes of hashes of texts), are there as many distinct ones; and of the labels, their shares. Measures and tests are
//! those of [`super::divergence`]; Benjamini-Hochberg over all comparisons. A large table makes any difference certain, so
//! what is named has to matter: a stability index of 0.1, or 5 % of the rows for labels, completeness and kind.
//! Distinct values grow no faster than rows and never shrink: outside of these bounds by half is a difference, without a p.

use super::discovery::ln_q_values;
use super::divergence::{Divergence, Pair, of_classes, of_ordered};
use super::evidence::{Evidence, IN_ORDER, Point};
use super::{Case, Outcome, Pick, Settings, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::sketch::magnitudes::edge;
use crate::profile::{ColumnFacts, LABELS, Profile, Slices};
use std::collections::BTreeMap;

/// The test.
pub struct Drift;

/// Rows below which a profile is compared with nothing.
const FEWEST: u64 = 100;
/// Index of a shift that matters, and of a large one.
const SHIFT: f64 = 0.1;
const LARGE: f64 = 0.25;
/// Share of rows from which a change in completeness or kind matters.
const SHARE: f64 = 0.05;
/// A column is one of numbers where so many of its texts are.
const NUMERIC: f64 = 0.95;
/// Beyond the bounds of distinct values by this factor, and at least so many.
const DISTINCT: f64 = 1.5;
const DISTINCT_FEWEST: f64 = 50.0;
const NAMED: usize = 500;

/// One comparison.
struct Compared {
    subject: String,
    slice: &'static str,
    statistic: f64,
    /// None: a fact, not an inference.
    ln_p: Option<f64>,
    effect: f64,
    matters: bool,
    why: String,
    evidence: Option<Evidence>,
}

impl Test for Drift {
    fn id(&self) -> &'static str {
        "drift"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let (profile, settings) = (case.profile, case.settings);
        let Some(baseline) = settings.baseline.as_deref() else {
            return Outcome::could_not_speak("no baseline was given");
        };
        if baseline.is_mixed() || baseline.seed() != profile.seed() {
            return Outcome::could_not_speak("the baseline was made with another seed");
        }
        for (which, rows) in [("the baseline has", baseline.read()), ("there are", profile.read())] {
            if rows < FEWEST {
                return Outcome::could_not_speak(format!("{which} only {rows} rows"));
            }
        }
        let compared = compared(baseline, profile, settings);
        let ln_p: Vec<f64> = compared.iter().filter_map(|c| c.ln_p).collect();
        let mut q = ln_q_values(&ln_p, ln_p.len() as f64).into_iter();
        let hypotheses = compared.len() as u64;
        let judged = compared.into_iter().map(|c| (c.ln_p.and_then(|_| q.next()), c)).collect::<Vec<_>>();
        let named = judged.into_iter().filter(|(q, c)| c.matters && q.is_none_or(|q| q <= settings.fdr.ln()));
        let verdict = |(ln_q, c): (Option<f64>, Compared)| Verdict {
            test: self.id().to_owned(),
            subject: c.subject,
            slice: c.slice.to_owned(),
            statistic: c.statistic,
            p_value: c.ln_p.map(probability),
            q_value: ln_q.map(probability),
            rows: profile.read(),
            effect: c.effect,
            fate: Fate::Report,
            why: c.why,
            pick: Pick::Nothing,
            evidence: c.evidence,
        };
        let smallest = (SHARE * profile.read() as f64).ceil() as u64;
        Outcome {
            verdicts: named.take(NAMED).map(verdict).collect(),
            why: notes(baseline, profile),
            hypotheses,
            smallest_visible: Some(smallest),
            ..Outcome::default()
        }
    }
}

/// What is worth knowing and no alarm: new files and sources are what a delivery brings.
fn notes(baseline: &Profile, profile: &Profile) -> String {
    let mut notes = Vec::new();
    let mut moved = |word: &str, before: &Slices, now: &Slices| {
        if before.is_sample() || now.is_sample() {
            return;
        }
        let outside = |of: &Slices, other: &Slices| of.iter().filter(|(key, _)| !other.iter().any(|(k, _)| k == *key)).count();
        let (new, gone) = (outside(now, before), outside(before, now));
        if new + gone > 0 {
            notes.push(format!("{new} {word} new, {gone} gone"));
        }
    };
    moved("sources", baseline.sources(), profile.sources());
    moved("files", baseline.files(), profile.files());
    if baseline.columns().is_sample() || profile.columns().is_sample() {
        notes.push("there are more columns than can be held; a random part of them was compared".to_owned());
    }
    notes.push(format!("{} rows against {} of the baseline", profile.read(), baseline.read()));
    notes.join("; ")
}

fn compared(baseline: &Profile, profile: &Profile, settings: &Settings) -> Vec<Compared> {
    let mut all = Vec::new();
    all.extend(label_shares(baseline, profile));
    let whole = !baseline.columns().is_sample() && !profile.columns().is_sample();
    let presence = |name: &str, slice, why: &str| Compared {
        subject: labels::shown(name),
        slice,
        statistic: 1.0,
        ln_p: None,
        effect: 1.0,
        matters: true,
        why: format!("column \"{}\" {why}.", labels::shown(name)),
        evidence: None,
    };
    for (name, _) in baseline.columns().iter().filter(|(name, _)| whole && profile.columns().get(name).is_none()) {
        all.push(presence(name, "absence", "of the baseline is missing"));
    }
    for (name, now) in profile.columns().iter() {
        let Some(before) = baseline.columns().get(name) else {
            if whole {
                all.push(presence(name, "presence", "is new: the baseline does not have it"));
            }
            continue;
        };
        let column = Column { name: labels::shown(name), before, now };
        all.push(column.completeness());
        // What names rows or times moves with every delivery; labels were compared before.
        if settings.is_label(name) || settings.names_rows.iter().any(|n| n == name) {
            continue;
        }
        all.extend(column.values());
    }
    all
}

/// Labels by share; where there are more than are kept, by class.
fn label_shares(baseline: &Profile, profile: &Profile) -> Option<Compared> {
    let mut shares: BTreeMap<u64, Pair> = BTreeMap::new();
    let (before, now) = (baseline.labels(), profile.labels());
    if before.rows < FEWEST || now.rows < FEWEST || before.distinct() >= LABELS || now.distinct() >= LABELS {
        return None;
    }
    before.iter().for_each(|(hash, _, n)| shares.entry(hash).or_default().0 = n as f64);
    now.iter().for_each(|(hash, _, n)| shares.entry(hash).or_default().1 = n as f64);
    let name = |hash: &u64| now.name(*hash).or(before.name(*hash)).unwrap_or("?").to_owned();
    let pairs: Vec<Pair> = shares.values().copied().collect();
    let divergence = of_classes(&pairs)?;
    let named = shares.iter().map(|(hash, pair)| (name(hash), *pair));
    let classes: Vec<(String, Pair)> = named.collect();
    let most = most_moved(classes.iter().cloned());
    let mut compared = Compared::shift("labels".to_owned(), "labels", "the shares of the labels", divergence, &most);
    compared.evidence = Some(self::shares("rows, by label, against the baseline".to_owned(), false, classes));
    // Labels are what a model learns: a shift of theirs matters as it does between slices.
    compared.matters |= apart(&pairs) >= SHARE;
    Some(compared)
}

/// Total-variation distance: the share of rows that would have to change.
fn apart(classes: &[Pair]) -> f64 {
    let (n, m) = super::divergence::sums(classes);
    classes.iter().map(|(a, b)| (a / n.max(1.0) - b / m.max(1.0)).abs()).sum::<f64>() / 2.0
}

impl Compared {
    fn shift(subject: String, slice: &'static str, what: &str, of: Divergence, most: &str) -> Self {
        let size = if of.psi >= LARGE {
            "a large shift"
        } else if of.psi >= SHIFT {
            "a shift"
        } else {
            "a small shift"
        };
        let why = format!(
            "{what} differ from the baseline: {most}; stability index {:.2}, {size}, Jensen-Shannon {:.3} (p = {:.1e}).",
            of.psi,
            of.js,
            probability(of.ln_p)
        );
        let matters = of.psi >= SHIFT;
        Self { subject, slice, statistic: of.statistic, ln_p: Some(of.ln_p), effect: of.psi, matters, why, evidence: None }
    }
}

/// The class whose share moved most, in words.
fn most_moved(classes: impl Iterator<Item = (String, Pair)>) -> String {
    let classes: Vec<(String, Pair)> = classes.collect();
    let pairs: Vec<Pair> = classes.iter().map(|c| c.1).collect();
    let (n, m) = super::divergence::sums(&pairs);
    let share = |pair: &Pair| (pair.0 / n.max(1.0), pair.1 / m.max(1.0));
    let moved = |pair: &Pair| (share(pair).0 - share(pair).1).abs();
    // Of equals the first, whatever the order of hashes: names decide.
    let most = classes.iter().max_by(|a, b| moved(&a.1).total_cmp(&moved(&b.1)).then(b.0.cmp(&a.0)));
    most.map_or_else(String::new, |(name, pair)| {
        let (before, now) = share(pair);
        format!("\"{}\" {} against {}", labels::shown(name), labels::percent(now), labels::percent(before))
    })
}

/// A column of both.
struct Column<'a> {
    name: String,
    before: &'a ColumnFacts,
    now: &'a ColumnFacts,
}

impl Column<'_> {
    /// Two shares, in percent of the cells.
    fn share(&self, slice: &'static str, what: &str, (before, now): (Pair, Pair)) -> Compared {
        let share = |(part, all): Pair| part / all.max(1.0);
        let rest = |(part, all): Pair| (all - part).max(0.0);
        let divergence = of_classes(&[(before.0, now.0), (rest(before), rest(now))]).unwrap_or_default();
        let effect = (share(before) - share(now)).abs();
        let why = format!(
            "column \"{}\": {} of the cells {what}, against {} in the baseline (p = {:.1e}).",
            self.name,
            labels::percent(share(now)),
            labels::percent(share(before)),
            probability(divergence.ln_p)
        );
        let subject = self.name.clone();
        let matters = effect >= SHARE;
        let point = Point::new(what, now.0, now.1, true).against(before.0, before.1);
        let evidence = Some(Evidence::ranked(format!("cells of \"{}\"", self.name), vec![point]));
        Compared { subject, slice, statistic: divergence.statistic, ln_p: Some(divergence.ln_p), effect, matters, why, evidence }
    }

    fn completeness(&self) -> Compared {
        let empty = |f: &ColumnFacts| (f.missing() as f64, f.cells as f64);
        self.share("completeness", "are empty", (empty(self.before), empty(self.now)))
    }

    fn values(&self) -> Vec<Compared> {
        let (before, now) = (self.before.filled() as f64, self.now.filled() as f64);
        if before < FEWEST as f64 || now < FEWEST as f64 {
            return Vec::new();
        }
        let numeric = |f: &ColumnFacts| (f.numbers.numbers() as f64, f.filled() as f64);
        let (was, is) = (numeric(self.before), numeric(self.now));
        let mut all = Vec::new();
        if was.0 + is.0 > 0.0 {
            all.push(self.share("kind of values", "are numbers", (was, is)));
        }
        let numbers = |(n, of): Pair| n >= NUMERIC * of;
        let shift = |slice, what: &str, of: Divergence, most: &str| {
            Compared::shift(self.name.clone(), slice, &format!("column \"{}\": {what}", self.name), of, most)
        };
        let drawn = |what: &str, ordered, classes| {
            Some(shares(format!("cells of \"{}\", by {what}, against the baseline", self.name), ordered, classes))
        };
        if let (Some(before), Some(now)) = (self.before.texts.listed(), self.now.texts.listed()) {
            let mut shares: BTreeMap<u64, (&str, Pair)> = BTreeMap::new();
            before.iter().filter(|e| !e.2.is_empty()).for_each(|(hash, n, name)| {
                shares.entry(*hash).or_insert((name, (0.0, 0.0))).1.0 = *n as f64;
            });
            now.iter().filter(|e| !e.2.is_empty()).for_each(|(hash, n, name)| {
                shares.entry(*hash).or_insert((name, (0.0, 0.0))).1.1 = *n as f64;
            });
            let pairs: Vec<Pair> = shares.values().map(|s| s.1).collect();
            let most = most_moved(shares.values().map(|(name, pair)| ((*name).to_owned(), *pair)));
            let classes = || shares.values().map(|(name, pair)| ((*name).to_owned(), *pair)).collect();
            all.extend(of_classes(&pairs).map(|of| Compared {
                evidence: drawn("value", false, classes()),
                ..shift("shares of values", "the shares of its values", of, &most)
            }));
        } else if numbers(was) && numbers(is) {
            let pairs = joined(self.before.numbers.iter(), self.now.numbers.iter());
            let most = format!("the median is about {} against {}", median(self.now), median(self.before));
            let number = |bucket| format!("{:.4}", edge(bucket)).trim_end_matches('0').trim_end_matches('.').to_owned();
            let buckets = || in_buckets(self.before.numbers.iter(), self.now.numbers.iter(), number);
            all.extend(of_ordered(&pairs).map(|of| Compared {
                evidence: drawn("number", true, buckets()),
                ..shift("distribution", "its numbers", of, &most)
            }));
            all.push(self.distinct());
        } else {
            let lengths = |f: &ColumnFacts| (0i32..).zip(f.lengths.counts().to_vec()).skip(1).collect::<Vec<_>>();
            let pairs = joined(lengths(self.before).into_iter(), lengths(self.now).into_iter());
            let longest = |f: &ColumnFacts| f.lengths.range().map_or(0, |r| r.1);
            let most = format!("the longest has {} bytes against {}", longest(self.now), longest(self.before));
            let bytes = |bucket: i32| format!("{} bytes", 1u64 << (bucket - 1).clamp(0, 62));
            let buckets = || in_buckets(lengths(self.before).into_iter(), lengths(self.now).into_iter(), bytes);
            all.extend(of_ordered(&pairs).map(|of| Compared {
                evidence: drawn("length", true, buckets()),
                ..shift("lengths", "the lengths of its texts", of, &most)
            }));
            let classes = self.before.texts.classes().iter().zip(self.now.texts.classes());
            let pairs: Vec<Pair> = classes.map(|(b, n)| (*b as f64, *n as f64)).collect();
            all.extend(of_classes(&pairs).map(|of| shift("shares of values", "its values", of, "in classes by hash")));
            all.push(self.distinct());
        }
        all
    }

    fn distinct(&self) -> Compared {
        let of = |f: &ColumnFacts| f.distinct.estimate() as f64;
        let (before, now) = (of(self.before), of(self.now));
        let growth = self.now.filled() as f64 / (self.before.filled() as f64).max(1.0);
        let (low, high) = (before * growth.min(1.0), before * growth.max(1.0));
        let beyond = (low / now.max(1.0)).max(now / high.max(1.0));
        Compared {
            subject: self.name.clone(),
            slice: "distinct values",
            statistic: now,
            ln_p: None,
            effect: beyond,
            matters: beyond >= DISTINCT && before.max(now) >= DISTINCT_FEWEST,
            why: format!(
                "column \"{}\" has about {now:.0} distinct values in {:.0} cells, against {before:.0} in {:.0} of the baseline.",
                self.name,
                self.now.filled(),
                self.before.filled()
            ),
            evidence: None,
        }
    }
}

/// Shares now, each against that of the baseline.
fn shares(of: String, ordered: bool, classes: Vec<(String, Pair)>) -> Evidence {
    let (before, now) = super::divergence::sums(&classes.iter().map(|c| c.1).collect::<Vec<_>>());
    let point = |(name, (was, is)): (String, Pair)| Point::new(labels::shown(&name), is, now, false).against(was, before);
    let points = classes.into_iter().map(point).collect();
    if ordered { Evidence::ordered(of, points) } else { Evidence::ranked(of, points) }
}

/// The buckets of numbers or lengths of both, neighbours put together where they are many.
fn in_buckets(
    before: impl Iterator<Item = (i32, u64)>,
    now: impl Iterator<Item = (i32, u64)>,
    edge: impl Fn(i32) -> String,
) -> Vec<(String, Pair)> {
    let mut buckets: BTreeMap<i32, Pair> = BTreeMap::new();
    before.for_each(|(bucket, n)| buckets.entry(bucket).or_default().0 += n as f64);
    now.for_each(|(bucket, n)| buckets.entry(bucket).or_default().1 += n as f64);
    let all: Vec<(i32, Pair)> = buckets.into_iter().collect();
    let together = |some: &[(i32, Pair)]| {
        let first = some.first().map_or(0, |b| b.0);
        (format!("from {}", edge(first)), some.iter().fold((0.0, 0.0), |sum, (_, pair)| (sum.0 + pair.0, sum.1 + pair.1)))
    };
    all.chunks(all.len().div_ceil(IN_ORDER).max(1)).map(together).collect()
}

/// Two sorted lists of buckets side by side.
fn joined(before: impl Iterator<Item = (i32, u64)>, now: impl Iterator<Item = (i32, u64)>) -> Vec<Pair> {
    let mut buckets: BTreeMap<i32, Pair> = BTreeMap::new();
    before.for_each(|(bucket, n)| buckets.entry(bucket).or_default().0 += n as f64);
    now.for_each(|(bucket, n)| buckets.entry(bucket).or_default().1 += n as f64);
    buckets.into_values().collect()
}

/// Where the bucket of the middle number begins, in words.
fn median(facts: &ColumnFacts) -> String {
    let mut left = facts.numbers.numbers() / 2;
    for (bucket, n) in facts.numbers.iter() {
        if left < n {
            return format!("{:.4}", edge(bucket)).trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        left -= n;
    }
    "0".to_owned()
}
