//! How much was missed, as the page tells it.

use super::plots::short;
use super::view::{Caps, Cut};
use crate::report::share::interval;
use crate::report::shown::{count, percent, shown_up_to};
use crate::report::{Planted, Report};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct RecallView {
    planted: String,
    share: String,
    interval: String,
    columns: Cut<RowView>,
    /// Those of which some were missed.
    types: Cut<RowView>,
    /// Types of which all were found.
    whole: String,
}

#[derive(Serialize)]
struct RowView {
    name: String,
    planted: String,
    found: String,
    share: String,
    interval: String,
}

fn between(of: Planted) -> String {
    let (low, high) = interval(of.found, of.planted);
    format!("{} to {}", short(low), short(high))
}

fn row((name, of): (&String, &Planted), caps: Caps) -> RowView {
    RowView {
        name: shown_up_to(name, caps.name),
        planted: count(of.planted),
        found: count(of.found),
        share: percent(of.found, of.planted),
        interval: between(*of),
    }
}

pub(super) fn recall(report: &Report, caps: Caps) -> Option<RecallView> {
    let recall = report.pii.recall.as_ref()?;
    // The worst first, by what they may be at best: a miss of two says less than ten of twenty.
    let worst = |of: &Planted| (interval(of.found, of.planted).1 * 1e6) as u64;
    let mut columns: Vec<(&String, &Planted)> = recall.by_column.iter().collect();
    columns.sort_by_key(|(_, of)| worst(of));
    let mut types: Vec<(&String, &Planted)> = recall.by_detector.iter().filter(|(_, of)| of.found < of.planted).collect();
    types.sort_by_key(|(_, of)| worst(of));
    Some(RecallView {
        planted: count(recall.all.planted),
        share: percent(recall.all.found, recall.all.planted),
        interval: between(recall.all),
        whole: count((recall.by_detector.len() - types.len()) as u64),
        columns: Cut::new(columns.into_iter(), caps.rows.min(40), ("column", "columns"), |of| row(of, caps)),
        types: Cut::new(types.into_iter(), caps.rows.min(40), ("type", "types"), |of| row(of, caps)),
    })
}
