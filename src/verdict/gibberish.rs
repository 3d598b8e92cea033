//! `gibberish`: rows with a cell that is noise by this data's own measure. Three kinds:
//!
//! - *order*: known words in no known order. Of the neighbours in a cell that both occur in other rows (a sign, a number or
//!   an unknown word parts neighbours), which share stands beside each other in no other row? For quarantine.
//! - *list*: the same, but hardly a word is frequent, as in a list of names without signs between them. For review.
//! - *words*: words that no other row has, each once. A language that one row alone is written in looks like that, too, but
//!   repeats its small words. For review.
//!
//! "Other rows" are those of the other half of the sample ([`super::seen`]). The null of a count is a beta-binomial. Its mean
//! is that of all cells but the 2.5 % of which most is new; its intraclass correlation is the one under which the upper half
//! of the cells has the squares that chi-square predicts at 80 % and at 95 %, the larger of the two: natural tails are heavy.
//! Cells that others know nearly by heart are copies and tell nothing of the order of new text; they are left out where
//! enough others remain. Benjamini-Hochberg over all cells that are long enough, and an effect of at least [`SHARE`]: noise
//! is new all through. Then the cell is its own null: order that is no better than between words of it that stand apart,
//! words that do not come again ([`super::noise`]).

use super::discovery::ln_q_values;
use super::noise::{Count, Noise, NoiseKind};
use super::seen::{Seen, What};
use super::tail::ln_count_tail;
use super::{Case, Outcome, Pick, Test, Verdict, probability};
use crate::batch::Fate;
use crate::profile::{GAP, Profile, Sample};

/// The test.
pub struct Gibberish;

/// Share of a cell that is new to the other rows.
const SHARE: f64 = 0.9;
/// Fewer cells say nothing about what is natural.
const FEWEST_CELLS: usize = 200;
/// A cell of which others know all but this share is a copy.
const COPIED: f64 = 0.1;
/// Sizes of cells that have a threshold of their own.
const SIZES: usize = 256;
/// One of so many cells, those of which most is new, may be noise, and does not count in the mean.
const TRIMMED: usize = 40;
/// Quantiles of chi-square with one degree of freedom, at which the tail is fitted.
const FITTED: [(f64, f64); 2] = [(0.8, 1.642), (0.95, 3.841)];

/// How much is new in a cell by nature.
struct Nature {
    share: f64,
    rho: f64,
}

impl Nature {
    fn of(mut counts: Vec<Count>, kind: NoiseKind) -> Self {
        let is_new = |count: &Count| count.new as f64 > COPIED * count.of as f64;
        let new = counts.iter().filter(|count| is_new(count)).count();
        if kind != NoiseKind::Words && new >= FEWEST_CELLS.max(counts.len() / 10) {
            counts.retain(is_new);
        }
        let rate = |count: &Count| count.new as f64 / count.of.max(1) as f64;
        let mut ranked: Vec<(f64, Count)> = counts.iter().map(|count| (rate(count), *count)).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let upper = ranked.get(ranked.len() / 2..).unwrap_or_default();
        let kept = ranked.get(..ranked.len() - ranked.len() / TRIMMED).unwrap_or_default();
        // No data is so even that one in two hundred is a surprise.
        let share = (kept.iter().map(|cell| cell.0).sum::<f64>() / kept.len().max(1) as f64).clamp(0.005, 0.995);
        let square = |count: &Count, rho: f64| {
            let n = count.of as f64;
            (count.new as f64 - n * share).max(0.0).powi(2) / (n * share * (1.0 - share) * (1.0 + (n - 1.0) * rho))
        };
        let quantile = |rho: f64, at: f64| {
            let mut squares: Vec<f64> = upper.iter().map(|(_, count)| square(count, rho)).collect();
            let nth = (squares.len() as f64 * at) as usize;
            if nth < squares.len() { *squares.select_nth_unstable_by(nth, f64::total_cmp).1 } else { 0.0 }
        };
        let fit = |(at, wanted): (f64, f64)| {
            let (mut low, mut high) = (0.0, 0.9);
            for _ in 0..24 {
                let middle = f64::midpoint(low, high);
                if quantile(middle, at) > wanted {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            high
        };
        Self { share, rho: FITTED.into_iter().map(fit).fold(0.0, f64::max) }
    }

    fn ln_p(&self, count: Count) -> f64 {
        ln_count_tail(count.new as f64, count.of as f64, self.share, self.rho)
    }
}

/// A cell of the sample that is long enough.
struct Judged<'a> {
    row: &'a [u64],
    cell: &'a [u64],
    count: Count,
}

fn cells<'a>(sample: &'a Sample, kind: NoiseKind, seen: &Seen) -> Vec<Judged<'a>> {
    let mut judged = Vec::new();
    for (_, row) in sample.rows() {
        let cells = row.words.split(|word| *word == GAP).filter(|cell| cell.len() >= kind.fewest());
        let mut cells = cells.peekable();
        if cells.peek().is_none() {
            continue;
        }
        let others = seen.for_row(&row.words);
        let judge = |cell: &'a [u64]| Judged { row: &row.words, cell, count: kind.count(cell, others) };
        judged.extend(cells.map(judge).filter(|judged| judged.count.of >= kind.fewest()));
    }
    judged
}

/// What the sample says about counts of one sort.
struct Ground<'a> {
    seen: Seen,
    cells: Vec<Judged<'a>>,
    nature: Nature,
}

impl<'a> Ground<'a> {
    /// Nothing where too few cells are long enough.
    fn of(sample: &'a Sample, kind: NoiseKind) -> Option<Self> {
        let seen = Seen::of(sample, if kind == NoiseKind::Words { What::Words } else { What::Pairs });
        let cells = cells(sample, kind, &seen);
        let nature = Nature::of(cells.iter().map(|cell| cell.count).collect(), kind);
        (cells.len() >= FEWEST_CELLS).then_some(Self { seen, cells, nature })
    }

    /// How many rows of noise would be seen, if they are as short as may be and new all through.
    fn smallest_visible(&self, kind: NoiseKind, fdr: f64) -> u64 {
        let all = self.cells.len() as f64;
        let ln_p = self.nature.ln_p(Count { of: kind.fewest(), new: kind.fewest() });
        (ln_p + all.ln() - fdr.ln()).exp().ceil().clamp(1.0, all) as u64
    }

    fn find(&self, profile: &Profile, kind: NoiseKind, fdr: f64) -> Option<Verdict> {
        let all = self.cells.len() as f64;
        // The p-values of the others are larger, or of cells that are not new enough to matter.
        let mut ln_p: Vec<f64> =
            self.cells.iter().filter(|judged| self.is_likely(judged, kind)).map(|j| self.nature.ln_p(j.count)).collect();
        ln_p.sort_by(f64::total_cmp);
        let q = ln_q_values(&ln_p, all);
        let found = q.iter().filter(|q| **q <= fdr.ln()).count();
        let at = found.checked_sub(1)?;
        let (strongest, weakest, q) = (ln_p.first()?, ln_p.get(at)?, q.get(at)?);
        // As Benjamini and Hochberg do: a row is named below the p-value up to which so many were found.
        let cut = weakest.max(fdr.ln() + (found as f64).ln() - all.ln());
        let fewest = kind.fewest();
        let least = (fewest..fewest + SIZES).map(|of| {
            let first = (SHARE * of as f64).ceil() as usize;
            (first..=of).find(|new| self.nature.ln_p(Count { of, new: *new }) <= cut).unwrap_or(of + 1) as u32
        });
        let noise = Noise { kind, least: least.collect(), seen: self.seen.clone() };
        Some(verdict(profile, &noise, &self.nature, found as u64, (*strongest, *q)))
    }

    fn is_likely(&self, judged: &Judged<'_>, kind: NoiseKind) -> bool {
        let Count { of, new } = judged.count;
        new as f64 >= SHARE * of as f64 && kind.is_drawn(judged.cell, judged.count, self.seen.for_row(judged.row))
    }
}

fn verdict(profile: &Profile, noise: &Noise, nature: &Nature, rows: u64, (ln_p, ln_q): (f64, f64)) -> Verdict {
    let of = if profile.sample().is_part() { " of the sample" } else { "" };
    let usual = super::labels::percent(nature.share);
    let order = format!(
        "hold a text of known words in no order: nine of ten neighbours and more stand beside each other in no other row, where \
         {usual} are usual here, as if they were drawn"
    );
    let (subject, fate, what) = match noise.kind {
        NoiseKind::Order => ("words in no order", Fate::Quarantine, order),
        NoiseKind::List => ("rare words in no order", Fate::Review, format!("{order}; it may be a list")),
        NoiseKind::Words => (
            "unknown words",
            Fate::Review,
            format!(
                "hold a text of words that no other row has, nine of ten and more, where {usual} are usual here, and hardly one \
                 of them comes twice: noise, a list, or a language of its own"
            ),
        ),
    };
    Verdict {
        test: Gibberish.id().to_owned(),
        subject: subject.to_owned(),
        slice: String::new(),
        statistic: rows as f64,
        p_value: Some(probability(ln_p)),
        q_value: Some(probability(ln_q)),
        rows,
        effect: rows as f64 / profile.sample().len().max(1) as f64,
        fate,
        why: format!("{rows} rows{of} {what}."),
        pick: Pick::Noise { kind: noise.kind, seen: noise.seen.to_text(), least: noise.least.clone() },
        evidence: None,
    }
}

impl Test for Gibberish {
    fn id(&self) -> &'static str {
        "gibberish"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let (profile, settings) = (case.profile, case.settings);
        let mut outcome = Outcome::default();
        let of_pairs = || Ground::of(profile.sample(), NoiseKind::Order);
        let of_words = || Ground::of(profile.sample(), NoiseKind::Words);
        let (of_pairs, of_words) = rayon::join(of_pairs, of_words);
        for (kinds, ground) in [(&[NoiseKind::Order, NoiseKind::List][..], of_pairs), (&[NoiseKind::Words], of_words)] {
            let Some(ground) = ground else { continue };
            outcome.hypotheses += ground.cells.len() as u64;
            for kind in kinds {
                let smallest = ground.smallest_visible(*kind, settings.fdr);
                outcome.smallest_visible = Some(outcome.smallest_visible.map_or(smallest, |other| other.min(smallest)));
                outcome.verdicts.extend(ground.find(profile, *kind, settings.fdr));
            }
        }
        if outcome.hypotheses == 0 {
            return Outcome::could_not_speak(format!("fewer than {FEWEST_CELLS} texts are long enough"));
        }
        outcome
    }
}
