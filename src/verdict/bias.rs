//! How evenly labels are spread over facets: the pre-training measures of bias of Amazon `SageMaker` Clarify.
//!
//! A facet is a value of a column of few values, or that a row holds personal data of a type. The rows with it are side *d*,
//! the labelled rows with another value (for personal data: without) are side *a*; with `n` rows and shares `P(y)` of label
//! `y` on each side, and one label taken for the positive outcome, of which the sides have the shares `q`:
//!
//! | measure | formula | range |
//! |---|---|---|
//! | CI, class imbalance | `(n_a - n_d) / (n_a + n_d)` | -1 to 1 |
//! | DPL, difference in proportions of labels | `q_a - q_d` | -1 to 1 |
//! | KL, Kullback-Leibler divergence | `sum P_a ln(P_a / P_d)` | from 0 |
//! | JS, Jensen-Shannon divergence | `(KL(P_a, P) + KL(P_d, P)) / 2`, `P = (P_a + P_d) / 2` | 0 to ln 2 |
//! | Lp, here of p = 2 | `sqrt(sum (P_a - P_d)^2)` | 0 to sqrt 2 |
//! | TVD, total-variation distance | `sum abs(P_a - P_d) / 2` | 0 to 1 |
//! | KS, Kolmogorov-Smirnov | `max abs(P_a - P_d)` | 0 to 1 |
//! | CDDL, conditional demographic disparity | `sum n_i DD_i / n` over groups, `DD = n_d(0) / n(0) - n_d(1) / n(1)` | -1 to 1 |
//!
//! Source: Amazon `SageMaker` AI Developer Guide, Pre-training Bias Metrics; Hardt et al., Amazon `SageMaker` Clarify (KDD 2021);
//! for CDDL Wachter, Mittelstadt, Russell (2021). As there, logarithms are natural, KS is of shares and not of cumulated ones
//! (labels have no order), and a share of nothing is 0. KL has no value where side d lacks a label that side a has.

use super::{Settings, labels, six_digits};
use crate::profile::{CLASSES, Profile, column_hash};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Facets of fewer labelled rows, on either side, are not measured.
const FEWEST: u64 = 30;
/// Facets that are kept.
const KEPT: usize = 20;

/// The measures of one facet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Labelled rows with the facet.
    pub rows: u64,
    /// Labelled rows it is compared with.
    pub others: u64,
    /// Class imbalance.
    pub ci: f64,
    /// Difference in proportions of labels.
    pub dpl: f64,
    /// Kullback-Leibler divergence; none where it is infinite.
    pub kl: Option<f64>,
    /// Jensen-Shannon divergence.
    pub js: f64,
    /// Euclidean distance.
    pub lp: f64,
    /// Total-variation distance.
    pub tvd: f64,
    /// Kolmogorov-Smirnov distance.
    pub ks: f64,
    /// Conditional demographic disparity in labels; none where there is nothing to group by, or rows were not looked at again.
    pub cddl: Option<f64>,
}

/// What a facet is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FacetKind {
    /// A value of a column.
    #[default]
    Column,
    /// That the row holds personal data of a type.
    Personal,
}

/// A facet and its measures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FacetBias {
    /// What it is of.
    pub kind: FacetKind,
    /// The column, or the detector's id.
    pub facet: String,
    /// The value after masking; `yes` for personal data.
    pub value: String,
    /// The column that CDDL groups by.
    pub group: Option<String>,
    /// In all rows.
    pub before: Measures,
    /// In the rows that stay; none where nobody looked, or too little stays.
    pub after: Option<Measures>,
    #[serde(skip)]
    pub(super) key: FacetKey,
}

/// A facet by hashes, with its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FacetKey {
    /// Of the column's name, or of the detector's id.
    pub of: u64,
    /// Of the value; 0 for personal data.
    pub value: u64,
    pub sides: Sides,
}

/// Rows on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pair {
    pub a: u64,
    pub d: u64,
}

impl Pair {
    /// Those that stay where others go.
    pub fn less(self, gone: Self) -> Self {
        Self { a: self.a.saturating_sub(gone.a), d: self.d.saturating_sub(gone.d) }
    }
}

/// Rows by label hash.
pub(super) type Sides = BTreeMap<u64, Pair>;

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bias {
    /// The label that is taken for the positive outcome: the most frequent one.
    pub positive: Option<String>,
    /// Why nothing was measured.
    pub why: Option<String>,
    /// Facets that could be measured; the list may be shorter.
    pub measured: u64,
    /// Those of the largest total-variation distance, less what chance makes of it; of each column and type one at first.
    pub facets: Vec<FacetBias>,
    #[serde(skip)]
    pub(super) plan: Plan,
}

/// What a second look at the rows needs to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// The positive label.
    pub positive: u64,
    /// Columns to group by, the first best: hash and name.
    pub groups: Vec<(u64, String)>,
}

/// Shares of labels on both sides.
struct Shares {
    of: Vec<(f64, f64)>,
    a: f64,
    d: f64,
}

impl Shares {
    /// Nothing where a side is empty.
    fn new(sides: &Sides) -> Option<Self> {
        let (a, d) = sides.values().fold((0, 0), |(a, d), n| (u64::saturating_add(a, n.a), u64::saturating_add(d, n.d)));
        let (a, d) = (a as f64, d as f64);
        let of = || sides.values().map(|n| (n.a as f64 / a, n.d as f64 / d)).collect();
        (a > 0.0 && d > 0.0).then(|| Self { of: of(), a, d })
    }

    fn sum(&self, term: impl Fn(f64, f64) -> f64) -> f64 {
        self.of.iter().map(|(p, q)| term(*p, *q)).sum()
    }
}

/// Measures a facet; nothing where a side is empty.
pub(super) fn measure(sides: &Sides, positive: u64, cddl: Option<f64>) -> Option<Measures> {
    let shares = Shares::new(sides)?;
    let (a, d) = (shares.a, shares.d);
    let part = |p: f64, q: f64| if p > 0.0 { p * (p / q).ln() } else { 0.0 };
    let kl = shares.sum(part);
    let accepted = sides.get(&positive).copied().unwrap_or_default();
    Some(Measures {
        rows: d as u64,
        others: a as u64,
        ci: six_digits((a - d) / (a + d)),
        dpl: six_digits(accepted.a as f64 / a - accepted.d as f64 / d),
        kl: kl.is_finite().then(|| six_digits(kl.max(0.0))),
        js: six_digits(shares.sum(|p, q| part(p, f64::midpoint(p, q)) + part(q, f64::midpoint(p, q))).max(0.0) / 2.0),
        lp: six_digits(shares.sum(|p, q| (p - q).powi(2)).sqrt()),
        tvd: six_digits(shares.sum(|p, q| (p - q).abs()) / 2.0),
        ks: six_digits(shares.of.iter().map(|(p, q)| (p - q).abs()).fold(0.0, f64::max)),
        cddl: cddl.map(six_digits),
    })
}

/// The total-variation distance beyond what chance makes of it on average.
fn beyond_chance(sides: &Sides) -> f64 {
    let Some(shares) = Shares::new(sides) else { return 0.0 };
    let (a, d) = (shares.a, shares.d);
    let chance = |p: f64, q: f64| {
        let both = (p * a + q * d) / (a + d);
        (2.0 / std::f64::consts::PI * both * (1.0 - both) * (1.0 / a + 1.0 / d)).sqrt()
    };
    shares.sum(|p, q| (p - q).abs() - chance(p, q)) / 2.0
}

/// Rows of a group by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Group {
    /// With another label than the positive one.
    pub rejected: Pair,
    /// With the positive label.
    pub accepted: Pair,
}

impl Group {
    /// Those that stay where others go.
    pub fn less(self, gone: Self) -> Self {
        Self { rejected: self.rejected.less(gone.rejected), accepted: self.accepted.less(gone.accepted) }
    }
}

/// Conditional demographic disparity over groups; nothing where they hold no row.
pub(super) fn cddl(groups: impl Iterator<Item = Group>) -> Option<f64> {
    let (mut sum, mut rows) = (0.0, 0.0);
    for group in groups {
        let of = |Pair { a, d }| (d as f64, a as f64 + d as f64);
        let ((rejected_d, rejected), (accepted_d, accepted)) = (of(group.rejected), of(group.accepted));
        let share = |d: f64, of: f64| if of > 0.0 { d / of } else { 0.0 };
        sum += (rejected + accepted) * (share(rejected_d, rejected) - share(accepted_d, accepted));
        rows += rejected + accepted;
    }
    (rows > 0.0).then(|| sum / rows)
}

/// Measures the facets of a profile.
pub(super) fn of_profile(profile: &Profile, settings: &Settings) -> Bias {
    let silent = |why: String| Bias { why: Some(why), ..Bias::default() };
    if profile.is_mixed() {
        return silent("profiles made with different seeds were put together".to_owned());
    }
    if let Some(why) = labels::silence(profile) {
        return silent(why);
    }
    if profile.labels().distinct() > CLASSES {
        return silent(format!("there are more than {CLASSES} labels"));
    }
    let frequent = profile.labels().iter().max_by(|a, b| a.2.cmp(&b.2).then(b.1.cmp(a.1)));
    let Some((positive, name, _)) = frequent else { return silent("no row has a label".to_owned()) };
    let columns = columns(profile, settings);
    let mut facets: Vec<FacetBias> = columns.iter().flat_map(Column::facets).chain(personal(profile)).collect();
    for facet in &mut facets {
        facet.before = measure(&facet.key.sides, positive, None).unwrap_or_default();
    }
    facets.retain(|f| f.before.rows >= FEWEST && f.before.others >= FEWEST);
    let measured = facets.len() as u64;
    let facets = most_uneven(facets);
    let groups = super::recount::groups(&columns, settings.source.as_deref());
    let positive_name = Some(labels::shown(name));
    Bias { positive: positive_name, why: None, measured, facets, plan: Plan { positive, groups } }
}

/// The facets to keep, the most uneven first: of each column and type one, then others, so that a column of many values leaves
/// room for the rest.
fn most_uneven(mut facets: Vec<FacetBias>) -> Vec<FacetBias> {
    facets.sort_by_cached_key(|f| {
        let rank = (beyond_chance(&f.key.sides) * 1e6).round() as i64;
        (Reverse(rank), f.facet.clone(), f.value.clone(), f.key.of, f.key.value)
    });
    let mut met = BTreeSet::new();
    let mut ranked: Vec<(bool, usize, FacetBias)> =
        facets.into_iter().enumerate().map(|(rank, f)| (!met.insert((f.kind, f.key.of)), rank, f)).collect();
    ranked.sort_by_key(|(is_further, rank, _)| (*is_further, *rank));
    ranked.truncate(KEPT);
    ranked.sort_by_key(|(_, rank, _)| *rank);
    ranked.into_iter().map(|(_, _, facet)| facet).collect()
}

/// A column of few values.
pub(super) struct Column<'a> {
    pub name: &'a str,
    pub hash: u64,
    /// Rows by value and label.
    pub rows: BTreeMap<u64, BTreeMap<u64, u64>>,
    names: BTreeMap<u64, &'a str>,
}

fn columns<'a>(profile: &'a Profile, settings: &Settings) -> Vec<Column<'a>> {
    let seed = profile.seed().unwrap_or(settings.seed);
    let of_use = |name: &str| !settings.names_rows.iter().any(|n| n == name);
    let column = |(name, facts): (&'a str, &'a crate::profile::ColumnFacts)| {
        let names: BTreeMap<u64, &str> = facts.texts.listed()?.into_iter().map(|(hash, _, name)| (hash, name)).collect();
        let mut rows: BTreeMap<u64, BTreeMap<u64, u64>> = BTreeMap::new();
        for (value, label, n) in facts.cross.pairs()?.filter(|(_, label, _)| *label != 0) {
            rows.entry(value).or_default().insert(label, n);
        }
        Some(Column { name, hash: column_hash(seed, name), rows, names })
    };
    profile
        .columns()
        .iter()
        .filter(|(name, _)| of_use(name))
        .filter_map(column)
        .filter(|c| c.rows.len() > 1 && !c.is_label(profile))
        .collect()
}

impl Column<'_> {
    /// It holds the label, under whatever name: each value stands with the label of its name alone.
    fn is_label(&self, profile: &Profile) -> bool {
        let is_named = |label: &u64, name: &str| profile.labels().name(*label).is_some_and(|label| label.starts_with(name));
        let is_own = |(value, counts): (&u64, &BTreeMap<u64, u64>)| {
            counts.len() == 1 && self.names.get(value).is_some_and(|name| counts.keys().all(|label| is_named(label, name)))
        };
        self.rows.iter().all(is_own)
    }

    /// Its values against each other; of two only the rarer, since the other says the same with another sign.
    fn facets(&self) -> impl Iterator<Item = FacetBias> + '_ {
        let mut total: BTreeMap<u64, u64> = BTreeMap::new();
        for (label, n) in self.rows.values().flatten() {
            let sum: &mut u64 = total.entry(*label).or_default();
            *sum = sum.saturating_add(*n);
        }
        let rows_of = |counts: &BTreeMap<u64, u64>| counts.values().fold(0, |sum: u64, n| sum.saturating_add(*n));
        let named = |value: &u64| self.names.get(value).map_or_else(|| "?".to_owned(), |name| labels::shown(name));
        let rarer = self.rows.iter().min_by_key(|(value, counts)| (rows_of(counts), named(value))).map(|(value, _)| *value);
        let pair = self.rows.len() == 2;
        self.rows.iter().filter(move |(value, _)| !pair || rarer == Some(**value)).map(move |(value, counts)| {
            let of = |label: &u64| counts.get(label).copied().unwrap_or(0);
            let sides = total.iter().map(|(label, n)| (*label, Pair { a: n.saturating_sub(of(label)), d: of(label) })).collect();
            FacetBias {
                facet: labels::shown(self.name),
                value: named(value),
                key: FacetKey { of: self.hash, value: *value, sides },
                ..FacetBias::default()
            }
        })
    }
}

/// Personal data by type, against the rows without it.
fn personal(profile: &Profile) -> impl Iterator<Item = FacetBias> {
    profile.personal().iter().map(|(hash, slice)| {
        let of = |label: u64| slice.counts.binary_search_by_key(&label, |c| c.0).ok().and_then(|at| slice.counts.get(at));
        let with = |label: u64| of(label).map_or(0, |c| c.1);
        let pair = |label: u64, n: u64| Pair { a: n.saturating_sub(with(label)), d: with(label) };
        let sides = profile.labels().iter().map(|(label, _, n)| (label, pair(label, n))).collect();
        FacetBias {
            kind: FacetKind::Personal,
            facet: labels::shown(&slice.name),
            value: "yes".to_owned(),
            key: FacetKey { of: hash, value: 0, sides },
            ..FacetBias::default()
        }
    })
}
