//! `gibberish`: rows with a cell that is noise by this data's own measure. Two kinds:
//!
//! - *order*: known words in no known order. Of the neighbours in a cell that both occur in other rows (a sign, a number or
//!   an unknown word parts neighbours), which share stands beside each other in no other row? Text in a language that only
//!   a few rows have, code and lists do not have so many known neighbours, or keep some order. For quarantine.
//! - *words*: words that no other row has, each once. A language that one row alone is written in looks like that, too, but
//!   repeats its small words; lists of names need not. For review.
//!
//! "Other rows" are those of the other half of the sample ([`super::seen`]). The null of a count is a beta-binomial with the
//! median share of all cells and the intraclass correlation under which the cells above the median have the squares that
//! chi-square predicts at 80 % and at 95 % (the larger of the two: natural tails are heavy; up to 2.5 % of the cells may be
//! noise). Benjamini-Hochberg over all cells that are long enough, and an effect of at least [`SHARE`]: what a language model
//! calls noise is new all through. Then the cell is its own null: order that is no better than between words of the cell that
//! stand apart, words that do not come again ([`super::noise`]).

use super::discovery::ln_q_values;
use super::noise::{Count, Noise, NoiseKind};
use super::seen::{Seen, What};
use super::tail::ln_count_tail;
use super::{Outcome, Pick, Settings, Test, Verdict, probability};
use crate::batch::Fate;
use crate::profile::{GAP, Profile, Sample};

/// The test.
pub struct Gibberish;

/// Share of a cell that is new to the other rows.
const SHARE: f64 = 0.9;
/// Fewer cells say nothing about what is natural.
const FEWEST_CELLS: usize = 200;
/// Sizes of cells that have a threshold of their own.
const SIZES: usize = 256;
/// Quantiles of chi-square with one degree of freedom, at which the tail is fitted.
const FITTED: [(f64, f64); 2] = [(0.8, 1.642), (0.95, 3.841)];

/// How much is new in a cell by nature.
struct Nature {
    share: f64,
    rho: f64,
}

impl Nature {
    fn of(counts: &[Count]) -> Self {
        let rate = |count: &Count| count.new as f64 / count.of.max(1) as f64;
        let mut rates: Vec<f64> = counts.iter().map(rate).collect();
        rates.sort_by(f64::total_cmp);
        // No data is so even that one in two hundred is a surprise.
        let share = rates.get(rates.len() / 2).copied().unwrap_or(0.5).clamp(0.005, 0.995);
        let square = |count: &Count, rho: f64| {
            let n = count.of as f64;
            (count.new as f64 - n * share).powi(2) / (n * share * (1.0 - share) * (1.0 + (n - 1.0) * rho))
        };
        let above: Vec<&Count> = counts.iter().filter(|count| rate(count) > share).collect();
        let quantile = |rho: f64, at: f64| {
            let mut squares: Vec<f64> = above.iter().map(|count| square(count, rho)).collect();
            squares.sort_by(f64::total_cmp);
            squares.get((squares.len() as f64 * at) as usize).copied().unwrap_or(0.0)
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

/// What was found of a kind, how many cells were judged, and how many rows of noise would have been seen.
fn find(profile: &Profile, kind: NoiseKind, fdr: f64) -> (Option<Verdict>, usize, Option<u64>) {
    let seen = Seen::of(profile.sample(), if kind == NoiseKind::Order { What::Pairs } else { What::Words });
    let cells = cells(profile.sample(), kind, &seen);
    if cells.len() < FEWEST_CELLS {
        return (None, 0, None);
    }
    let nature = Nature::of(&cells.iter().map(|cell| cell.count).collect::<Vec<_>>());
    let all = cells.len() as f64;
    let fewest = kind.fewest();
    let smallest = (nature.ln_p(Count { of: fewest, new: fewest }) + all.ln() - fdr.ln()).exp().ceil().clamp(1.0, all) as u64;
    // All others are no candidates; their p-values are the larger ones, or of cells that are not new enough to matter.
    let share = |count: Count| count.new as f64 >= SHARE * count.of as f64;
    let mut likely: Vec<(f64, &Judged<'_>)> = cells
        .iter()
        .filter(|judged| share(judged.count) && kind.is_drawn(judged.cell, judged.count, seen.for_row(judged.row)))
        .map(|judged| (nature.ln_p(judged.count), judged))
        .collect();
    likely.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ln_p: Vec<f64> = likely.iter().map(|l| l.0).collect();
    let q = ln_q_values(&ln_p, all);
    let found = q.iter().filter(|q| **q <= fdr.ln()).count();
    let Some(at) = found.checked_sub(1) else { return (None, cells.len(), Some(smallest)) };
    let (Some(cut), Some(q)) = (ln_p.get(at), q.get(at)) else { return (None, cells.len(), Some(smallest)) };
    // As Benjamini and Hochberg do: a row is named below the p-value up to which so many were found.
    let cut = cut.max(fdr.ln() + (found as f64).ln() - all.ln());
    let least = (fewest..fewest + SIZES).map(|of| {
        let first = (SHARE * of as f64).ceil() as usize;
        (first..=of).find(|new| nature.ln_p(Count { of, new: *new }) <= cut).unwrap_or(of + 1) as u32
    });
    let noise = Noise { kind, least: least.collect(), seen };
    let rows = likely.iter().filter(|(_, judged)| noise.is_new(judged.count)).count() as u64;
    let verdict = verdict(profile, &noise, &nature, rows, (ln_p.first().copied().unwrap_or(0.0), *q));
    (Some(verdict), cells.len(), Some(smallest))
}

fn verdict(profile: &Profile, noise: &Noise, nature: &Nature, rows: u64, (ln_p, ln_q): (f64, f64)) -> Verdict {
    let of = if profile.sample().is_part() { " of the sample" } else { "" };
    let usual = super::labels::percent(nature.share);
    let (subject, fate, what) = match noise.kind {
        NoiseKind::Order => (
            "words in no order",
            Fate::Quarantine,
            format!(
                "hold a text of known words in no order: more than nine of ten neighbours stand beside each other in no other \
                 row, where {usual} are usual here, and no more than words of that text that stand apart"
            ),
        ),
        NoiseKind::Words => (
            "unknown words",
            Fate::Review,
            format!(
                "hold a text of words that no other row has, more than nine of ten, where {usual} are usual here, and hardly \
                 one of them comes twice: noise, a list, or a language of its own"
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
    }
}

impl Test for Gibberish {
    fn id(&self) -> &'static str {
        "gibberish"
    }

    fn judge(&self, profile: &Profile, settings: &Settings) -> Outcome {
        let mut outcome = Outcome::default();
        for kind in [NoiseKind::Order, NoiseKind::Words] {
            let (verdict, cells, smallest) = find(profile, kind, settings.fdr);
            outcome.verdicts.extend(verdict);
            outcome.hypotheses += cells as u64;
            outcome.smallest_visible = [outcome.smallest_visible, smallest].into_iter().flatten().min();
        }
        if outcome.hypotheses == 0 {
            return Outcome::could_not_speak(format!("fewer than {FEWEST_CELLS} texts are long enough"));
        }
        outcome
    }
}
