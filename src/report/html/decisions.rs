//! What people decided since the run, as rows of the page's table.

use super::view::{Caps, Cut};
use crate::report::Report;
use crate::report::shown::{count, shown_up_to};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct DecisionView {
    time: String,
    by: String,
    action: &'static str,
    why: String,
    rows: String,
    files: String,
    /// Test and rows; empty where the decision is of no test.
    tests: String,
}

/// Tests that are named for one decision.
const TESTS: usize = 8;

/// The last one first: it made the output what it is.
pub(super) fn decisions(report: &Report, caps: Caps) -> Cut<DecisionView> {
    Cut::new(report.decisions.iter().rev(), caps.rows.min(100), ("decision", "decisions"), |d| {
        let mut tests: Vec<_> =
            d.tests.iter().take(TESTS).map(|(test, n)| format!("{} {}", shown_up_to(test, 32), count(*n))).collect();
        if d.tests.len() > TESTS {
            tests.push(format!("{} more", d.tests.len() - TESTS));
        }
        DecisionView {
            time: shown_up_to(&d.time, 32),
            by: shown_up_to(&d.by, caps.name.min(80)),
            action: d.action.name(),
            why: shown_up_to(&d.why, caps.text),
            rows: count(d.rows),
            files: count(d.files),
            tests: tests.join(", "),
        }
    })
}
