//! `order-scan`: a stretch of rows in which one label is far more frequent than in the rest of its file.
//!
//! Windows of 1, 4 and 16 blocks (50, 200 and 800 rows until blocks had to be coarsened) slide over each file by a block.
//! Per window and label: squared standard score against the rest of the file, deflated by the natural spread of windows of
//! that size ([`super::spread`], learnt from windows that do not overlap): a one-sided F test, and never below the exact
//! beta-binomial tail. Corrected for all windows, sizes and labels (Bonferroni: no assumption on how windows hang
//! together). A label's share has to rise by 0.1. The window named is the stretch of blocks around it with the largest
//! likelihood ratio; it leaves the file and the rest is scanned again. Where blocks are nearly pure, the file is sorted by
//! label: said once. Where more than a fifth of a file would be named, order and label hang together: no window is named.

use super::spread::{Group, Spread};
use super::tail::ln_count_tail;
use super::{Outcome, Pick, Settings, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{ORDER_CLASSES, Profile, Sequence};
use std::collections::BTreeSet;

/// The test.
pub struct OrderScan;

const SIZES: [usize; 3] = [1, 4, 16];
/// By how much a label's share has to rise.
const EFFECT: f64 = 0.1;
const EXPECTED: f64 = 5.0;
/// Blocks below which a file has no order to speak of.
const FEWEST_BLOCKS: usize = 8;
/// Intraclass correlation of blocks from which a file counts as sorted by label.
const SORTED: f64 = 0.5;
const NAMED: usize = 20;
/// Suspects are at most this share of all rows.
const POINTED_AT: f64 = 0.08;

/// A file's blocks as running sums: `sums[c][b]` rows of class `c` before block `b`; the last class is all labelled rows.
struct Track {
    file: u64,
    /// First row of each block, and the row behind the last.
    starts: Vec<u64>,
    labels: Vec<u64>,
    counts: Vec<Vec<f64>>,
    sums: Vec<Vec<f64>>,
    gone: Vec<bool>,
}

/// Label counts of a stretch of blocks against the rest.
#[derive(Clone, Copy)]
struct Stretch {
    from: usize,
    to: usize,
    class: usize,
    hits: f64,
    rows: f64,
    rest_hits: f64,
    rest_rows: f64,
}

impl Stretch {
    fn rest_share(&self) -> f64 {
        self.rest_hits / self.rest_rows.max(1.0)
    }

    fn rise(&self) -> f64 {
        self.hits / self.rows.max(1.0) - self.rest_share()
    }

    /// X² of one class against all others, stretch against rest.
    fn x2(&self) -> f64 {
        let (n, all) = (self.rows, self.rows + self.rest_rows);
        let share = (self.hits + self.rest_hits) / all;
        let variance = n * share * (1.0 - share) * self.rest_rows / all;
        if variance > 0.0 { (self.hits - n * share).powi(2) / variance } else { 0.0 }
    }

    fn expected(&self) -> f64 {
        let share = (self.hits + self.rest_hits) / (self.rows + self.rest_rows);
        self.rows * share.min(1.0 - share)
    }

    /// Log likelihood ratio of a share of its own against the rest's.
    fn likelihood(&self) -> f64 {
        if self.rise() <= 0.0 {
            return 0.0;
        }
        let p = ((self.rest_hits + 1.0) / (self.rest_rows + 2.0)).clamp(1e-9, 1.0 - 1e-9);
        let term = |k: f64, p: f64| if k > 0.0 { k * (k / self.rows / p).ln() } else { 0.0 };
        term(self.hits, p) + term(self.rows - self.hits, 1.0 - p)
    }
}

impl Track {
    fn new(sequence: &Sequence<'_>) -> Self {
        let labels: BTreeSet<u64> = sequence.blocks.iter().flat_map(|b| b.1.counts.iter().map(|c| c.0)).collect();
        let labels: Vec<u64> = labels.into_iter().collect();
        let mut counts = vec![Vec::with_capacity(sequence.blocks.len()); labels.len() + 1];
        for (_, block) in &sequence.blocks {
            let mut all = 0.0;
            for (label, column) in labels.iter().zip(&mut counts) {
                let n =
                    block.counts.binary_search_by_key(label, |c| c.0).ok().and_then(|at| block.counts.get(at)).map_or(0, |c| c.1);
                column.push(n as f64);
                all += n as f64;
            }
            if let Some(column) = counts.last_mut() {
                column.push(all);
            }
        }
        let mut starts: Vec<u64> = sequence.blocks.iter().map(|b| b.0).collect();
        starts.push(sequence.blocks.last().map_or(0, |b| b.0.saturating_add(b.1.rows)));
        let mut track =
            Self { file: sequence.file, starts, labels, counts, sums: Vec::new(), gone: vec![false; sequence.blocks.len()] };
        track.sum();
        track
    }

    fn blocks(&self) -> usize {
        self.gone.len()
    }

    fn sum(&mut self) {
        let gone = &self.gone;
        let running = |column: &Vec<f64>| {
            let mut sum = 0.0;
            let mut sums = vec![0.0];
            sums.extend(column.iter().zip(gone).map(|(n, gone)| {
                sum += if *gone { 0.0 } else { *n };
                sum
            }));
            sums
        };
        self.sums = self.counts.iter().map(running).collect();
    }

    fn stretch(&self, from: usize, to: usize, class: usize) -> Stretch {
        let between = |column: Option<&Vec<f64>>| {
            let at = |i: usize| column.and_then(|c| c.get(i)).copied().unwrap_or(0.0);
            (at(to) - at(from), at(self.blocks()) - at(to) + at(from))
        };
        let ((hits, rest_hits), (rows, rest_rows)) = (between(self.sums.get(class)), between(self.sums.last()));
        Stretch { from, to, class, hits, rows, rest_hits, rest_rows }
    }

    /// Mean intraclass correlation of the blocks: 0 where order says nothing about labels, 1 where blocks are pure.
    fn correlation(&self) -> f64 {
        let mut groups = Vec::new();
        for block in 0..self.blocks() {
            let all: Vec<Stretch> = (0..self.labels.len()).map(|c| self.stretch(block, block + 1, c)).collect();
            let x2 = all.iter().map(|s| s.x2() * (1.0 - (s.hits + s.rest_hits) / (s.rows + s.rest_rows))).sum::<f64>();
            if let Some(s) = all.first().filter(|s| s.rows >= 10.0) {
                groups.push(Group { x2, df: self.labels.len() as f64 - 1.0, n: s.rows });
            }
        }
        if groups.len() < FEWEST_BLOCKS / 2 { 0.0 } else { Spread::of_all(&groups).rho }
    }

    /// X² of the windows of a size that do not overlap, one label of two.
    fn natural(&self, size: usize, groups: &mut Vec<Group>) {
        let classes = if self.labels.len() == 2 { 1 } else { self.labels.len() };
        for from in (0..self.blocks() + 1 - size.min(self.blocks())).step_by(size) {
            for class in 0..classes {
                let stretch = self.stretch(from, from + size, class);
                if stretch.expected() >= EXPECTED {
                    groups.push(Group { x2: stretch.x2(), df: 1.0, n: stretch.rows });
                }
            }
        }
    }

    fn windows(&self, size: usize) -> usize {
        // A window has to leave a rest to be compared with.
        if size * 4 <= self.blocks() { self.blocks() + 1 - size } else { 0 }
    }

    fn is_open(&self, from: usize, to: usize) -> bool {
        self.gone.get(from..to).is_some_and(|gone| !gone.contains(&true))
    }

    /// The stretch of blocks around a window with the largest likelihood ratio, and the block on either side where its label
    /// is in excess as well: a window seldom ends where a block does.
    fn widen(&self, window: &Stretch) -> Stretch {
        let reach = SIZES.iter().copied().max().unwrap_or(1);
        let low = (0..reach).map_while(|by| window.from.checked_sub(by)).take_while(|from| self.is_open(*from, window.to)).last();
        let high = (window.to..=(window.to + reach).min(self.blocks())).take_while(|to| self.is_open(window.from, *to)).last();
        let (low, high) = (low.unwrap_or(window.from), high.unwrap_or(window.to));
        let mut best = *window;
        for from in low..window.to {
            for to in from.max(window.from) + 1..=high {
                let stretch = self.stretch(from, to, window.class);
                if stretch.rest_rows > 0.0 && stretch.likelihood() > best.likelihood() + 1e-9 {
                    best = stretch;
                }
            }
        }
        let edge = |from: usize, to: usize| {
            let block = self.stretch(from, to, window.class);
            usize::from(self.is_open(from, to) && block.rise() > 0.0 && block.x2() > 1.0)
        };
        let from = best.from - best.from.checked_sub(1).map_or(0, |before| edge(before, best.from));
        let to = best.to + edge(best.to, best.to + 1);
        self.stretch(from, to, window.class)
    }
}

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

    fn judge(&self, profile: &Profile, settings: &Settings) -> Outcome {
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
        let mut points = (profile.rows() - profile.skipped()) as f64 * POINTED_AT;
        for found in named.iter().filter(|f| !by_nature.contains(&f.track)) {
            let Some(track) = tracks.get(found.track) else { continue };
            let mut verdict = verdict(profile, track, found, (hypotheses as f64).ln());
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

fn verdict(profile: &Profile, track: &Track, found: &Found, ln_hypotheses: f64) -> Verdict {
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
        p_value: probability(found.ln_p),
        q_value: probability(found.ln_p + ln_hypotheses),
        rows: window.hits as u64,
        effect: window.rise(),
        fate: Fate::Review,
        why,
        pick: Pick::Window { file: track.file, start, end, labels: vec![label], classes },
    }
}

/// Files sorted by label, said once.
fn sorted_verdict(profile: &Profile, sorted: &[Track]) -> Vec<Verdict> {
    let Some(first) = sorted.first() else { return Vec::new() };
    let rows: u64 = sorted.iter().filter_map(|t| t.starts.last()).sum();
    let correlation = sorted.iter().map(Track::correlation).fold(1.0, f64::min);
    let files = if sorted.len() == 1 { "the file is".to_owned() } else { format!("{} files are", sorted.len()) };
    vec![Verdict {
        test: OrderScan.id().to_owned(),
        subject: "sorted by label".to_owned(),
        slice: if sorted.len() == 1 { file_name(profile, first.file) } else { String::new() },
        statistic: correlation,
        p_value: 1e-300,
        q_value: 1e-300,
        rows,
        effect: correlation,
        fate: Fate::Report,
        why: format!(
            "{files} sorted by label: neighbouring rows share theirs (intraclass correlation {correlation:.2}), so that no window \
             can stand out; shuffle before training."
        ),
        pick: Pick::Nothing,
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
