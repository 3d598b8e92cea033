//! The part of `leak` on columns: is there one whose values tell the label?
//!
//! The rows of the sample are dealt into halves by their places; what label the rows of a value mostly have is learnt in
//! each half and asked of the other. A value that the other half does not have is asked as any value of its column, so that
//! ids tell nothing; no value at all is one, too: a date of cancellation tells who left. The measure is lambda (Goodman,
//! Kruskal 1954): the share of the errors of who always says the most frequent label that are made no more. A column is
//! named from [`LAMBDA`] on, where a binomial tail says that it is no chance. Cells of one word in columns of text are asked
//! alike, by their position among the texts of a row.
//!
//! Such columns are in clean data, too (a code beside its name): that is for people to say, and no row is to blame, so it is told
//! and no more.

use super::leak::{Asked, Part};
use super::tail::ln_count_tail;
use super::{Pick, Settings, Verdict, labels};
use crate::batch::Fate;
use crate::profile::{GAP, Profile, Sample};
use std::collections::{BTreeMap, HashMap};

/// Nineteen of twenty errors are gone.
const LAMBDA: f64 = 0.95;
/// Texts of a row that are looked at: lists of turns have many.
const TEXTS: usize = 16;
/// What stands for no value; [`GAP`] is no word.
const NONE: u64 = GAP;

/// What cells have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of<'a> {
    /// A column by its name.
    Column(&'a str),
    /// Texts of one word, by their position among the texts of a row.
    Text(usize),
}

/// Labels by half: how many rows have each.
type Counts = BTreeMap<u64, [u64; 2]>;

/// By what they have in common: values and the positions of their rows.
type Cells<'a> = BTreeMap<Of<'a>, Vec<(u64, usize)>>;

/// A labelled row.
struct Row {
    label: u64,
    half: usize,
}

/// Asks every column of the sample.
pub(super) fn ask(profile: &Profile, settings: &Settings) -> Part {
    let sample = profile.sample();
    let (rows, cells) = cells(sample, settings);
    if cells.is_empty() {
        return Part::silent("there are no columns beside the texts that could tell the label");
    }
    let mut total = Counts::new();
    for row in &rows {
        count(&mut total, row);
    }
    let most = total.values().map(|of| of.iter().sum::<u64>()).max().unwrap_or(0);
    let n = rows.len() as u64;
    let asked = cells.iter().map(|(of, cells)| {
        let right = told(cells, &rows, &total);
        let lambda = if n > most { 1.0 - (n - right) as f64 / (n - most) as f64 } else { 0.0 };
        let ln_p = ln_count_tail(right as f64, n as f64, most as f64 / n.max(1) as f64, 0.0);
        Asked { ln_p, verdict: (lambda >= LAMBDA).then(|| verdict(*of, right, most, n, lambda)) }
    });
    Part { asked: asked.collect(), ..Part::default() }
}

/// The labelled rows of the sample, and of each column which rows have which value; a row that has several, its first.
fn cells<'a>(sample: &'a Sample, settings: &Settings) -> (Vec<Row>, Cells<'a>) {
    let column_of = |(word, name): (u64, &'a str)| Some((word, name.split_once(" = ")?.0));
    let columns: HashMap<u64, &str> = sample.names().filter_map(column_of).collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut cells = Cells::new();
    for (place, row) in sample.rows() {
        let Some(label) = row.label else { continue };
        let at = rows.len();
        rows.push(Row { label, half: (place & 1) as usize });
        let mut texts = 0;
        for cell in row.words.split(|word| *word == GAP) {
            let [first, more @ ..] = cell else { continue };
            let column = columns.get(first).copied();
            let of = match column {
                Some(name) if settings.is_label(name) => continue,
                Some(name) => Of::Column(name),
                None => {
                    texts += 1;
                    Of::Text(texts)
                }
            };
            if column.is_none() && (!more.is_empty() || texts > TEXTS) {
                continue;
            }
            let known = cells.entry(of).or_default();
            if known.last().is_none_or(|last| last.1 != at) {
                known.push((*first, at));
            }
        }
    }
    (rows, cells)
}

fn count(counts: &mut Counts, row: &Row) {
    if let Some(n) = counts.entry(row.label).or_default().get_mut(row.half) {
        *n += 1;
    }
}

/// Of how many rows the other half tells the label.
fn told(cells: &[(u64, usize)], rows: &[Row], total: &Counts) -> u64 {
    let mut of_value: HashMap<u64, Counts> = HashMap::new();
    let mut of_any = Counts::new();
    for (value, row) in cells.iter().filter_map(|(value, at)| Some((*value, rows.get(*at)?))) {
        count(of_value.entry(value).or_default(), row);
        count(&mut of_any, row);
    }
    let without = total.iter().map(|(label, all)| {
        let [a, b] = of_any.get(label).copied().unwrap_or_default();
        (*label, [all[0].saturating_sub(a), all[1].saturating_sub(b)])
    });
    of_value.insert(NONE, without.collect());
    // The order of the values does not matter to a sum.
    let right = |counts: &Counts, half: usize| {
        let most = most_of(counts, 1 - half).or_else(|| most_of(&of_any, 1 - half));
        most.and_then(|label| counts.get(&label)?.get(half).copied()).unwrap_or(0)
    };
    of_value.values().flat_map(|counts| [right(counts, 0), right(counts, 1)]).sum()
}

/// The most frequent label of a half; none where it has no row.
fn most_of(counts: &Counts, half: usize) -> Option<u64> {
    let of_half = counts.iter().filter_map(|(label, n)| Some((*label, *n.get(half)?)));
    of_half.filter(|(_, n)| *n > 0).max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))).map(|(label, _)| label)
}

fn verdict(of: Of<'_>, right: u64, most: u64, n: u64, lambda: f64) -> Verdict {
    let (subject, what) = match of {
        Of::Column(name) => (labels::shown(name), format!("the values of column \"{}\"", labels::shown(name))),
        Of::Text(at) => (format!("text {at}"), format!("the single words in text {at} of the rows")),
    };
    let share = |rows: u64| labels::percent(rows as f64 / n.max(1) as f64);
    Verdict {
        test: "leak".to_owned(),
        subject,
        slice: "label".to_owned(),
        statistic: lambda,
        p_value: None,
        q_value: None,
        rows: n,
        effect: lambda,
        fate: Fate::Report,
        why: format!(
            "{what} tell the label of {} of {n} rows that they were not learnt from, where the most frequent label alone is \
             right for {}: a model learns that and nothing else; is it known when a label has to be told?",
            share(right),
            share(most),
        ),
        pick: Pick::Nothing,
        evidence: None,
    }
}
