//! `order-scan`: a stretch of rows in which one label is far more frequent than in the rest of its file.
//!
//! Windows of 1, 4 and 16 blocks (50, 200 and 800 rows until blocks had to be coarsened) slide over each file by a block.
//! Per window and label: squared standard score against the rest of the file, deflated by the natural spread of windows of
//! that size ([`super::spread`], learnt from windows that do not overlap): a one-sided F test, and never below the exact
//! beta-binomial tail. Corrected for all windows, sizes and labels (Bonferroni: no assumption on how windows hang
//! together). A label's share has to rise by 0.1. The window named is the stretch of blocks around it with the largest
//! likelihood ratio; it leaves the file and the rest is scanned again. Where blocks are nearly pure, the file is sorted by
//! label: said once. Where more than a fifth of a file would be named, order and label hang together: no window is named.

use super::evidence::{Evidence, IN_ORDER, Point};
use super::spread::{Group, Spread};
use super::tail::ln_count_tail;
use super::track::{FEWEST_BLOCKS, SIZES, Stretch, Track};
use super::{Case, Outcome, Pick, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{ORDER_CLASSES, Profile};
use std::collections::BTreeSet;

/// The test.
pub struct OrderScan;

/// By how much a label's share has to rise.
const EFFECT: f64 = 0.1;
/// Intraclass correlation of blocks from which a file counts as sorted by label.
const SORTED: f64 = 0.5;
const NAMED: usize = 20;
/// Suspects are at most this share of all rows.
const POINTED_AT: f64 = 0.08;

struct Found {
    track: usize,
    window: Stretch,
    ln_p: f64,
    x2: f64,
}

impl Test for OrderScan {
    fn id(&self) -> &'static str {
        "order-scan"
    }

    fn learns(&self) -> bool {
        true
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let (profile, settings) = (case.profile, case.settings);
        if let Some(why) = labels::silence(profile) {
            return Outcome::could_not_speak(why);
        }
        if profile.order().is_lost() {
            return Outcome::could_not_speak("there are too many files to keep the order of their rows");
        }
        let sequences = profile.order().align();
        let tracks = sequences.iter().filter(|s| s.blocks.len() >= FEWEST_BLOCKS).map(Track::new);
        let (sorted, mut tracks): (Vec<Track>, Vec<Track>) =
            tracks.filter(|t| t.labels.len() > 1).partition(|t| t.correlation() >= SORTED);
        let mut outcome = Outcome { verdicts: sorted_verdict(profile, &sorted), ..Outcome::default() };
        if tracks.is_empty() {
            outcome.silent = true;
            let why = if sorted.is_empty() {
                "no file is long enough, with more than one label, to have windows"
            } else {
                "rows are sorted by label: windows say nothing"
            };
            why.clone_into(&mut outcome.why);
            return outcome;
        }
        let spreads = SIZES.map(|size| {
            let mut groups = Vec::new();
            tracks.iter().filter(|t| t.windows(size) > 0).for_each(|t| t.natural(size, &mut groups));
            Spread::robust(&groups)
        });
        let count = |t: &Track| SIZES.iter().map(|s| t.windows(*s) * t.labels.len()).sum::<usize>();
        let hypotheses = tracks.iter().map(count).sum::<usize>();
        let ln_limit = settings.fdr.ln() - (hypotheses as f64).max(1.0).ln();
        let mut named: Vec<Found> = Vec::new();
        while named.len() < NAMED {
            let Some(found) = strongest(&tracks, &spreads, ln_limit) else { break };
            if let Some(track) = tracks.get_mut(found.track) {
                let length = found.window.to - found.window.from;
                track.gone.iter_mut().skip(found.window.from).take(length).for_each(|gone| *gone = true);
                track.sum();
            }
            named.push(found);
        }
        let by_nature: BTreeSet<usize> = (0..tracks.len())
            .filter(|at| tracks.get(*at).is_some_and(|t| t.gone.iter().filter(|g| **g).count() * 5 > t.blocks()))
            .collect();
        if !by_nature.is_empty() {
            outcome.why =
                format!("labels hang together with row order in {} files: no window of theirs is named", by_nature.len());
        }
        let mut points = profile.read() as f64 * POINTED_AT;
        for found in named.iter().filter(|f| !by_nature.contains(&f.track)) {
            let Some(track) = tracks.get(found.track) else { continue };
            let mut verdict = verdict(case, track, found, (hypotheses as f64).ln());
            points -= verdict.rows as f64;
            if points < 0.0 {
                verdict.pick = Pick::Nothing;
            }
            outcome.verdicts.push(verdict);
        }
        outcome.hypotheses = hypotheses as u64;
        outcome.smallest_visible = smallest_visible(&tracks, &spreads, ln_limit);
        outcome
    }
}

/// The window with the smallest p-value below the limit, widened.
fn strongest(tracks: &[Track], spreads: &[Spread; 3], ln_limit: f64) -> Option<Found> {
    let mut best: Option<Found> = None;
    for (size, spread) in SIZES.iter().zip(spreads) {
        // All windows of a size need much the same score, so that the tail is worked out for few of them.
        let least = 0.9 * spread.x2_for(ln_limit + 2f64.ln(), 1.0);
        for (at, track) in tracks.iter().enumerate() {
            for from in 0..track.windows(*size) {
                for class in 0..track.labels.len() {
                    let window = track.stretch(from, from + size, class);
                    if window.rows < 1.0 || window.rest_rows < 1.0 || window.rise() < EFFECT || window.x2() < least {
                        continue;
                    }
                    if !track.is_open(from, from + size) {
                        continue;
                    }
                    let ln_p = window_ln_p(&window, spread);
                    let stronger = |b: &Found| ln_p < b.ln_p || (ln_p == b.ln_p && window.x2() > b.x2);
                    if ln_p <= ln_limit && best.as_ref().is_none_or(stronger) {
                        best = Some(Found { track: at, window, ln_p, x2: window.x2() });
                    }
                }
            }
        }
    }
    let mut found = best?;
    found.window = tracks.get(found.track)?.widen(&found.window);
    Some(found)
}

fn window_ln_p(window: &Stretch, spread: &Spread) -> f64 {
    let robust = spread.ln_p(&Group { x2: window.x2(), df: 1.0, n: window.rows }) - 2f64.ln();
    let share = (window.rest_hits + 1.0) / (window.rest_rows + 2.0);
    robust.max(ln_count_tail(window.hits, window.rows, share, spread.rho))
}

fn file_name(profile: &Profile, file: u64) -> String {
    labels::shown(profile.files().name(file).unwrap_or(""))
}

fn verdict(case: &Case<'_>, track: &Track, found: &Found, ln_hypotheses: f64) -> Verdict {
    let profile = case.profile;
    let classes = if profile.labels().distinct() > ORDER_CLASSES { ORDER_CLASSES } else { 0 };
    let window = &found.window;
    let label = track.labels.get(window.class).copied().unwrap_or_default();
    let start = track.starts.get(window.from).copied().unwrap_or_default();
    let end = track.starts.get(window.to).copied().unwrap_or_default().saturating_sub(1);
    let why = format!(
        "rows {start} to {end}: {:.0} of {:.0} ({}) are labelled {}, against {} in the rest of the file: about {:.0} rows more \
         than expected (p = {:.1e} before, {:.1e} after correction for all windows).",
        window.hits,
        window.rows,
        labels::percent(window.hits / window.rows.max(1.0)),
        labels::name(profile, label, classes),
        labels::percent(window.rest_share()),
        window.rise() * window.rows,
        probability(found.ln_p),
        probability(found.ln_p + ln_hypotheses),
    );
    Verdict {
        test: OrderScan.id().to_owned(),
        subject: format!("rows {start}-{end}"),
        slice: file_name(profile, track.file),
        statistic: found.x2,
        p_value: Some(probability(found.ln_p)),
        q_value: Some(probability(found.ln_p + ln_hypotheses)),
        rows: window.hits as u64,
        effect: window.rise(),
        fate: Fate::Review,
        why,
        pick: Pick::Window { file: track.file, start, end, labels: vec![label], classes, doubted: case.can_doubt() },
        evidence: Some(strip(track, window, &labels::name(profile, label, classes))),
    }
}

/// The share of a label along the file.
fn strip(track: &Track, window: &Stretch, label: &str) -> Evidence {
    let step = track.blocks().div_ceil(IN_ORDER).max(1);
    let point = |from: usize| {
        let to = (from + step).min(track.blocks());
        let row = |block: usize| track.starts.get(block).copied().unwrap_or_default();
        let (hits, rows) = track.counted(from, to, window.class);
        let name = format!("rows {}-{}", row(from), row(to).saturating_sub(1));
        Point::new(name, hits, rows, from < window.to && window.from < to)
    };
    Evidence::ordered(format!("rows labelled {label}, along the file"), (0..track.blocks()).step_by(step).map(point).collect())
}

/// Files sorted by label, said once.
fn sorted_verdict(profile: &Profile, sorted: &[Track]) -> Vec<Verdict> {
    let Some(first) = sorted.first() else { return Vec::new() };
    let rows = sorted.iter().filter_map(|t| t.starts.last()).fold(0u64, |sum, n| sum.saturating_add(*n));
    let correlation = sorted.iter().map(Track::correlation).fold(1.0, f64::min);
    let files = if sorted.len() == 1 { "the file is".to_owned() } else { format!("{} files are", sorted.len()) };
    vec![Verdict {
        test: OrderScan.id().to_owned(),
        subject: "sorted by label".to_owned(),
        slice: if sorted.len() == 1 { file_name(profile, first.file) } else { String::new() },
        statistic: correlation,
        p_value: Some(1e-300),
        q_value: Some(1e-300),
        rows,
        effect: correlation,
        fate: Fate::Report,
        why: format!(
            "{files} sorted by label: neighbouring rows share theirs (intraclass correlation {correlation:.2}), so that no window \
             can stand out; shuffle before training."
        ),
        pick: Pick::Nothing,
        evidence: None,
    }]
}

/// The fewest flipped rows, next to one another, that would have been seen.
fn smallest_visible(tracks: &[Track], spreads: &[Spread; 3], ln_limit: f64) -> Option<u64> {
    let longest = tracks.iter().max_by_key(|t| t.blocks())?;
    let per_size = SIZES.iter().zip(spreads).filter(|(size, _)| longest.windows(**size) > 0).filter_map(|(size, spread)| {
        let window = longest.stretch(0, *size, 0);
        let n = longest.stretch(0, longest.blocks(), 0).rows * *size as f64 / longest.blocks() as f64;
        let share = (window.hits + window.rest_hits) / (window.rows + window.rest_rows);
        let x2 = spread.x2_for(ln_limit + 2f64.ln(), n);
        let rise = (x2 * share * (1.0 - share) / n).sqrt().max(EFFECT);
        (rise <= share.max(1.0 - share)).then(|| (rise * n).ceil() as u64)
    });
    per_size.min()
}
