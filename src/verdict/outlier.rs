//! `outlier`: numbers far beyond the end of their column's own tail, also within a label, and values that no row of the
//! baseline has.
//!
//! Numbers are compared by size on a logarithmic scale, outwards only: small numbers and codes such as 0 or 1 stand far from
//! everything there and mean nothing. Where a column's tail ends is told by the column ([`super::own_tail`]), so that heavy
//! tails are no alarm; Bonferroni over all numbers, columns and labels. Overall counts are exact; those within a label are
//! of the profile's sample of rows. A value is new where the column has so few that the baseline counted each, and rare
//! where at most 1 % of the rows have one that is new: more is drift. Rare values come and go: of `m` rows about `m f / n`
//! bring a value that `n` rows did not have, where `f` values stood in one of these (Good 1953). So there have to be more
//! new values than that explains, by a binomial tail; none where no value of the baseline stood alone.

use super::own_tail::{Beyond, beyond};
use super::tail::ln_count_tail;
use super::{Case, Outcome, Pick, Settings, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::sketch::magnitudes::edge;
use crate::profile::{ColumnFacts, Profile, named_number, value_word};
use std::collections::{BTreeMap, HashMap};

/// The test.
pub struct Outlier;

/// Labels that are judged each on its own.
const LABELS_JUDGED: usize = 20;
/// Rows of the sample below which a label is not.
const LABEL_ROWS: u64 = 500;
/// Share of rows up to which values that are new are outliers.
const NEW: f64 = 0.01;
/// A baseline of fewer rows does not know the values there are.
const BASELINE_ROWS: u64 = 1000;
/// A column is one of numbers where so many of its texts are.
const NUMERIC: f64 = 0.95;
const NAMED: usize = 200;

/// Column and bucket of the words that are numbers.
type OfWord<'a> = HashMap<u64, (&'a str, i32)>;

/// Numbers of one sign of a column, of all rows or of those with a label.
struct Tail<'a> {
    column: &'a str,
    negative: bool,
    label: Option<u64>,
    sizes: Vec<(i32, u64)>,
    /// All that could have had a number.
    rows: u64,
}

impl Test for Outlier {
    fn id(&self) -> &'static str {
        "outlier"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let (profile, settings) = (case.profile, case.settings);
        let mut tails: Vec<Tail<'_>> = Vec::new();
        for (column, facts) in profile.columns().iter().filter(|(name, _)| !settings.is_label(name)) {
            let by_sign = |negative: bool| Tail {
                column,
                negative,
                label: None,
                sizes: sizes(facts.numbers.iter(), negative),
                rows: facts.cells,
            };
            tails.extend([false, true].map(by_sign).into_iter().filter(|t| !t.sizes.is_empty()));
        }
        let whole = tails.len();
        let of_word: OfWord<'_> = profile.sample().names().filter_map(|(word, name)| Some((word, named_number(name)?))).collect();
        tails.extend(within_labels(profile, settings, &of_word));
        let new = settings.baseline.as_deref().map(|baseline| never_seen(baseline, profile, settings)).unwrap_or_default();
        let tested: f64 = tails.iter().flat_map(|t| &t.sizes).map(|s| s.1 as f64).sum();
        if tested < 1.0 && settings.baseline.is_none() {
            return Outcome::could_not_speak("there are no columns of numbers, and no baseline was given");
        }
        let ln_alpha = settings.fdr.ln() - tested.max(1.0).ln();
        let mut ends: HashMap<(&str, bool), i32> = HashMap::new();
        let mut verdicts = Vec::new();
        for (at, tail) in tails.iter().enumerate() {
            let Some(mut beyond) = beyond(&tail.sizes, tail.rows, ln_alpha) else { continue };
            let key = (tail.column, tail.negative);
            if at < whole {
                ends.insert(key, beyond.from);
            } else if let Some(end) = ends.get(&key) {
                // Rows that stand out in the whole column are named there.
                let inside = tail.sizes.iter().filter(|(size, _)| (beyond.from..*end).contains(size));
                beyond.rows = inside.map(|s| s.1).sum();
            }
            if beyond.rows > 0 {
                let mut verdict = numbers(profile, tail, &beyond, tested);
                if !of_word.values().any(|(column, _)| *column == tail.column) {
                    verdict.pick = Pick::Nothing;
                    verdict.why += " Which rows is not told: the numbers of this column are not kept row by row.";
                }
                verdicts.push(verdict);
            }
        }
        verdicts.extend(new);
        verdicts.truncate(NAMED);
        let sampled = profile.sample().is_part() && tails.len() > whole;
        let why = if sampled { "numbers within a label are those of a sample of the rows" } else { "" };
        Outcome { verdicts, why: why.to_owned(), hypotheses: tested as u64, smallest_visible: Some(1), ..Outcome::default() }
    }
}

/// Counts of the numbers of one sign by size, the smallest first.
fn sizes(buckets: impl DoubleEndedIterator<Item = (i32, u64)>, negative: bool) -> Vec<(i32, u64)> {
    if negative {
        buckets.rev().filter(|b| b.0 < 0).map(|(b, n)| (-b, n)).collect()
    } else {
        buckets.filter(|b| b.0 > 0).collect()
    }
}

/// The tails of numbers within each label, out of the sample.
fn within_labels<'a>(profile: &'a Profile, settings: &Settings, of_word: &OfWord<'a>) -> Vec<Tail<'a>> {
    if labels::silence(profile).is_some() {
        return Vec::new();
    }
    let sample = profile.sample();
    let mut counts: BTreeMap<(&str, u64), BTreeMap<i32, u64>> = BTreeMap::new();
    let mut rows: BTreeMap<u64, u64> = BTreeMap::new();
    let mut judged: Vec<(u64, u64)> = profile.labels().iter().map(|(hash, _, n)| (hash, n)).collect();
    judged.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    judged.truncate(LABELS_JUDGED);
    for (_, row) in sample.rows() {
        let Some(label) = row.label.filter(|label| judged.iter().any(|l| l.0 == *label)) else { continue };
        *rows.entry(label).or_default() += 1;
        for (column, bucket) in row.words.iter().filter_map(|word| of_word.get(word)) {
            *counts.entry((column, label)).or_default().entry(*bucket).or_default() += 1;
        }
    }
    let mut tails = Vec::new();
    for ((column, label), buckets) in &counts {
        let Some(rows) = rows.get(label).copied().filter(|n| *n >= LABEL_ROWS && !settings.is_label(column)) else { continue };
        let of = |negative| Tail {
            column,
            negative,
            label: Some(*label),
            sizes: sizes(buckets.iter().map(|(b, n)| (*b, *n)), negative),
            rows,
        };
        tails.extend([false, true].map(of).into_iter().filter(|t| !t.sizes.is_empty()));
    }
    tails
}

fn numbers(profile: &Profile, tail: &Tail<'_>, beyond: &Beyond, tested: f64) -> Verdict {
    let number = |size: i32| {
        let number = edge(if tail.negative { -size } else { size });
        format!("{number:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let name = labels::shown(tail.column);
    let label = tail.label.map(|l| labels::name(profile, l, 0));
    let rows_of = label.as_ref().map_or_else(|| format!("{}", profile.read()), |l| format!("those labelled {l}"));
    let sampled = if tail.label.is_some() && profile.sample().is_part() { " of a sample" } else { "" };
    let why = format!(
        "column \"{name}\": {} rows{sampled} of {rows_of} hold {} or {}, beyond the end of the column's own tail (median {}, \
         39 of 40 up to {}; robust z up to {:.0}, p = {:.1e} for a row).",
        beyond.rows,
        number(beyond.from),
        if tail.negative { "less" } else { "more" },
        number(beyond.middle),
        number(beyond.high + 1),
        beyond.z,
        probability(beyond.ln_p),
    );
    let from = if tail.negative { -beyond.from } else { beyond.from };
    Verdict {
        test: Outlier.id().to_owned(),
        subject: label.map_or_else(|| name.clone(), |label| format!("{name} of {label}")),
        slice: "numbers".to_owned(),
        statistic: beyond.z,
        p_value: Some(probability(beyond.ln_p)),
        q_value: Some(probability((beyond.ln_p + tested.max(1.0).ln()).min(0.0))),
        rows: beyond.rows,
        effect: beyond.rows as f64 / profile.read().max(1) as f64,
        fate: Fate::Review,
        why,
        pick: Pick::Beyond { column: tail.column.to_owned(), from, label: tail.label },
        evidence: None,
    }
}

/// Values of few-valued columns that no row of the baseline has.
fn never_seen(baseline: &Profile, profile: &Profile, settings: &Settings) -> Vec<Verdict> {
    let seed = profile.seed().unwrap_or(settings.seed);
    if baseline.seed() != Some(seed) || baseline.read() < BASELINE_ROWS {
        return Vec::new();
    }
    let mut verdicts = Vec::new();
    for (column, now) in profile.columns().iter().filter(|(name, _)| !settings.is_label(name)) {
        // A number that nobody had before is a number like any other.
        let is_word = |f: &&ColumnFacts| (f.numbers.numbers() as f64) < NUMERIC * f.cells.saturating_sub(f.nulls) as f64;
        let before = baseline.columns().get(column).filter(is_word).and_then(|before| before.texts.listed());
        let (Some(before), Some(listed)) = (before, now.texts.listed()) else { continue };
        let mut new: Vec<(u64, &str)> = listed
            .iter()
            .filter(|(hash, _, name)| !name.trim().is_empty() && before.binary_search_by_key(hash, |b| b.0).is_err())
            .map(|(_, n, name)| (*n, *name))
            .collect();
        let rows: u64 = new.iter().fold(0, |sum, n| sum.saturating_add(n.0));
        if new.is_empty() || rows as f64 > NEW * now.cells as f64 {
            continue;
        }
        let alone = before.iter().filter(|b| b.1 == 1).count() as f64 / baseline.read() as f64;
        let ln_p = ln_count_tail(new.len() as f64, now.cells as f64, alone, 0.0);
        if ln_p > settings.fdr.ln() - (profile.columns().iter().count() as f64).ln() {
            continue;
        }
        new.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let first: Vec<String> = new.iter().take(3).map(|(n, name)| format!("\"{}\" {n} times", labels::shown(name))).collect();
        let more = new.len().saturating_sub(first.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        verdicts.push(Verdict {
            test: Outlier.id().to_owned(),
            subject: labels::shown(column),
            slice: "never seen before".to_owned(),
            statistic: new.len() as f64,
            p_value: (alone > 0.0).then(|| probability(ln_p)),
            q_value: None,
            rows,
            effect: rows as f64 / profile.read().max(1) as f64,
            fate: Fate::Review,
            why: format!(
                "column \"{}\": {rows} rows hold values that no row of the baseline has, of which it knows all {}: {}{more}.",
                labels::shown(column),
                before.len(),
                first.join(", ")
            ),
            pick: Pick::Holds {
                grams: new.iter().map(|(_, name)| vec![value_word(seed, column, name)]).collect(),
                all: false,
                label: None,
            },
            evidence: None,
        });
    }
    verdicts
}
