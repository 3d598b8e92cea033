//! The part of `duplicate-flood` on near copies: one text many times over with some words changed, more than repetition in
//! this data explains.
//!
//! Rows of the sample are grouped by the likeness of their words and pairs of words ([`super::shingle`]: Broder 1997); exact
//! copies count once. What more than half of a group share is its signature; who is alike to that by a half is a near copy.
//! The null is that of exact copies ([`Tail`]): the sizes of such groups are heavy-tailed, with the exponent of this data.
//! Templates are no floods, however large: filled in, they differ at the same places, while copies that were changed at
//! random differ anywhere. Of `M` words that copies lack, spread evenly over the `c` words of the signature, `c (1 - (1 -
//! 1/c)^M)` different ones are expected (occupancy; Feller 1950); a flood reaches three quarters of that.
//! Near copies are quarantined where nearly all carry one label that is not so frequent elsewhere (binomial) and a near copy
//! says otherwise, on stronger evidence than an alarm needs; all others are for review.

use super::discovery::ln_q_values;
use super::duplicate_flood::{SMALLEST, Tail, WITHHELD};
use super::evidence::{Evidence, Point};
use super::shingle::{alike, common, groups, has_shingles, shingles};
use super::tail::ln_count_tail;
use super::{Pick, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{Profile, Sample};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A likeness to the signature from which a row is a near copy.
pub(super) const NEAR: (usize, usize) = (1, 2);
/// Members of a group that its signature is made of.
const HEARD: usize = 512;
/// Share of the words that would be lacking somewhere if changes were spread evenly.
const SCATTERED: f64 = 0.75;
/// Share of near copies that carry one label where the label was planted with them.
const ONE_LABEL: f64 = 0.9;
const SHOWN: usize = 50;

/// Distinct texts of the sample.
struct Texts<'a> {
    words: Vec<&'a [u64]>,
    shingles: Vec<Vec<u64>>,
    /// Labels that copies of the text carry.
    labels: Vec<BTreeSet<u64>>,
}

impl<'a> Texts<'a> {
    fn new(sample: &'a Sample) -> Self {
        let mut known: HashMap<&[u64], usize> = HashMap::new();
        let mut texts = Self { words: Vec::new(), shingles: Vec::new(), labels: Vec::new() };
        for (_, row) in sample.rows().filter(|(_, row)| has_shingles(&row.words)) {
            let at = *known.entry(&row.words).or_insert(texts.words.len());
            if at == texts.words.len() {
                texts.words.push(&row.words);
                texts.labels.push(BTreeSet::new());
            }
            if let Some((labels, label)) = texts.labels.get_mut(at).zip(row.label) {
                labels.insert(label);
            }
        }
        let set = |words: &&[u64]| {
            let mut set = Vec::new();
            shingles(words, &mut set);
            set
        };
        texts.shingles = texts.words.par_iter().map(set).collect();
        texts
    }

    fn labels(&self, of: impl Iterator<Item = usize>) -> BTreeMap<u64, u64> {
        let mut counts = BTreeMap::new();
        for label in of.filter_map(|at| self.labels.get(at)).flatten() {
            *counts.entry(*label).or_default() += 1;
        }
        counts
    }
}

/// Near copies of one text.
struct Cluster {
    signature: Vec<u64>,
    members: Vec<usize>,
}

impl Cluster {
    /// The near copies among a group; none where it only hangs together by a chain.
    fn of(group: &[usize], texts: &Texts<'_>) -> Option<Self> {
        let mut cluster = Self { signature: Vec::new(), members: group.to_vec() };
        // Twice: strangers at the end of a chain blur what the first round hears.
        for _ in 0..2 {
            cluster.signature = common(cluster.members.iter().take(HEARD).filter_map(|at| texts.shingles.get(*at)));
            let near = |at: &usize| texts.shingles.get(*at).is_some_and(|set| alike(set, &cluster.signature, NEAR));
            cluster.members = group.iter().copied().filter(near).collect();
        }
        (cluster.members.len() > 1).then_some(cluster)
    }

    /// Whether copies differ all over the text and not only where a template has its gaps.
    fn is_scattered(&self, texts: &Texts<'_>) -> bool {
        let mut lacking: BTreeMap<u64, u64> = BTreeMap::new();
        let mut words: BTreeSet<u64> = BTreeSet::new();
        let of = |at: &usize| texts.words.get(*at).copied().unwrap_or_default().iter().copied().collect::<BTreeSet<u64>>();
        let held: Vec<BTreeSet<u64>> = self.members.iter().take(HEARD).map(of).collect();
        words.extend(held.iter().flatten().filter(|word| self.signature.binary_search(word).is_ok()));
        for copy in &held {
            for word in words.difference(copy) {
                *lacking.entry(*word).or_default() += 1;
            }
        }
        let (changes, places) = (lacking.values().sum::<u64>() as f64, words.len() as f64);
        let expected = places * (1.0 - (1.0 - 1.0 / places.max(1.0)).powf(changes));
        // A change in every other copy at least: the others are what is exact.
        changes * 2.0 >= held.len() as f64 && lacking.len() as f64 >= SCATTERED * expected
    }
}

/// Floods of near copies.
#[derive(Clone)]
pub(super) struct Near {
    pub floods: Vec<Verdict>,
    /// Groups that were looked at.
    pub groups: u64,
}

pub(super) fn judge(profile: &Profile, fdr: f64) -> Near {
    let texts = Texts::new(profile.sample());
    let mut clusters: Vec<Cluster> =
        groups(&texts.shingles).into_par_iter().filter_map(|group| Cluster::of(&group, &texts)).collect();
    clusters.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then(a.signature.cmp(&b.signature)));
    let tail = Tail::of(clusters.iter().map(|c| c.members.len() as u64), texts.words.len(), 1.0);
    clusters.retain(|c| c.members.len() as u64 >= SMALLEST);
    let ln_p: Vec<f64> = clusters.iter().map(|c| tail.ln_p(c.members.len() as u64)).collect();
    let q = ln_q_values(&ln_p, tail.clusters());
    let overall = texts.labels(0..texts.words.len());
    let strange = clusters.iter().zip(ln_p.iter().zip(&q)).filter(|(_, (_, q))| **q <= fdr.ln());
    let floods = strange.filter(|(cluster, _)| cluster.is_scattered(&texts)).take(SHOWN);
    let verdicts = floods.map(|(cluster, (p, q))| {
        let inside = texts.labels(cluster.members.iter().copied());
        let planted = planted(&inside, &overall, fdr).filter(|_| *q <= fdr.ln() + WITHHELD.ln());
        verdict(profile, cluster, (&inside, &overall), planted, (*p, *q))
    });
    Near { floods: verdicts.collect(), groups: tail.clusters() as u64 }
}

/// The label of nearly all near copies, where another near copy says otherwise and chance does not explain it.
fn planted(inside: &BTreeMap<u64, u64>, overall: &BTreeMap<u64, u64>, fdr: f64) -> Option<u64> {
    let (label, n) = inside.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))?;
    let all = inside.values().sum::<u64>();
    let elsewhere = |of: &BTreeMap<u64, u64>| of.get(label).copied().unwrap_or(0) as f64 - *n as f64;
    let others = overall.values().sum::<u64>() as f64 - all as f64;
    let share = (elsewhere(overall) + 1.0) / (others + 2.0);
    let pure = *n as f64 >= ONE_LABEL * all as f64;
    let by_chance = ln_count_tail(*n as f64, all as f64, share.clamp(0.0, 1.0), 0.0);
    (*n < all && pure && by_chance <= fdr.ln() + WITHHELD.ln()).then_some(*label)
}

fn verdict(
    profile: &Profile,
    cluster: &Cluster,
    (inside, overall): (&BTreeMap<u64, u64>, &BTreeMap<u64, u64>),
    planted: Option<u64>,
    (ln_p, ln_q): (f64, f64),
) -> Verdict {
    let rows = cluster.members.len() as u64;
    let mut counts: Vec<(&u64, &u64)> = inside.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let spelled: Vec<String> =
        counts.iter().take(3).map(|(label, n)| format!("{n} say {}", labels::name(profile, **label, 0))).collect();
    let labelled = match spelled.len() {
        0 => String::new(),
        1 => format!(" and agree about the label: {}", spelled.join("")),
        _ => format!(" and disagree about the label: {}", spelled.join(", ")),
    };
    let where_ = if profile.sample().is_part() { " of the sample" } else { "" };
    let found = format!("{rows} different texts{where_} are one text with words changed all over it{labelled}");
    let expected = format!("going by how rows resemble others in this data, that happens with p = {:.1e}", probability(ln_p));
    let name = cluster.signature.iter().fold(0, |name, word| super::shingle::pair(name, *word));
    Verdict {
        test: "duplicate-flood".to_owned(),
        subject: format!("near copies {:012x}", name >> 16),
        slice: String::new(),
        statistic: rows as f64,
        p_value: Some(probability(ln_p)),
        q_value: Some(probability(ln_q)),
        rows: planted.and_then(|label| inside.get(&label)).copied().unwrap_or(rows),
        effect: rows as f64 / profile.sample().len().max(1) as f64,
        fate: if planted.is_some() { Fate::Quarantine } else { Fate::Review },
        why: format!("{found}; {expected}."),
        pick: Pick::Near { signature: cluster.signature.clone(), label: planted },
        evidence: Some(Evidence::ranked(
            "near copies, by label, beside all texts",
            inside
                .iter()
                .map(|(label, n)| {
                    let (here, everywhere) = (inside.values().sum::<u64>(), overall.values().sum::<u64>());
                    let name = labels::name(profile, *label, 0);
                    let elsewhere = overall.get(label).copied().unwrap_or(0);
                    Point::new(name, *n as f64, here as f64, Some(*label) == planted).against(elsewhere as f64, everywhere as f64)
                })
                .collect(),
        ))
        .filter(|evidence| !evidence.points.is_empty()),
    }
}
