//! What could be read of people before cleaning and what is left, as the page tells it.

use crate::report::shown::{count, counted, shown_up_to};
use crate::report::{Exposed, Exposure, Report};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct RiskView {
    before: &'static str,
    after: &'static str,
    /// What each of the two means, in a sentence.
    was: String,
    is: String,
    rows: Vec<SeverityView>,
    /// Whether it was measured how much was missed.
    measured: bool,
}

#[derive(Serialize)]
struct SeverityView {
    severity: String,
    occurrences: String,
    gone: String,
    partial: String,
    pseudonymous: String,
    readable: String,
    missed: String,
}

/// The most severe stand first.
pub(super) fn risk(report: &Report, scan: bool) -> Option<RiskView> {
    let risk = report.risk.as_ref()?;
    let mut all: Vec<(&String, &Exposed)> = risk.by_severity.iter().collect();
    all.sort_by_key(|(name, _)| std::cmp::Reverse(Exposure::of(name)));
    let sum = |of: fn(&Exposed) -> u64| all.iter().fold(0u64, |sum, (_, e)| sum.saturating_add(of(e)));
    let values = |n: u64| counted(n, "value", "values");
    let (readable, missed) = (sum(|e| e.readable), sum(|e| e.missed.unwrap_or(0)));
    let mut left = vec![match readable {
        0 if all.is_empty() => "nothing was found that could be left".to_owned(),
        0 => "none of them can be read".to_owned(),
        n => format!("{} can be read, as the policy has it", values(n)),
    }];
    let (partial, pseudonymous) = (sum(|e| e.partial), sum(|e| e.pseudonymous));
    if partial > 0 {
        left.push(format!(
            "{} coarser or masked in part",
            if partial == 1 { "1 is".into() } else { format!("{} are", count(partial)) }
        ));
    }
    if pseudonymous > 0 {
        left.push(format!(
            "{} pseudonymous",
            if pseudonymous == 1 { "1 is".into() } else { format!("{} are", count(pseudonymous)) }
        ));
    }
    if missed > 0 {
        left.push(format!("some {} more are likely to have been missed", count(missed)));
    }
    Some(RiskView {
        before: risk.before.name(),
        after: risk.after.name(),
        was: format!("{} of people or secrets could be read", values(sum(|e| e.occurrences))),
        is: format!("{}{}", if scan { "after cleaning " } else { "" }, left.join("; ")),
        measured: report.pii.recall.is_some(),
        rows: all
            .into_iter()
            .map(|(name, e)| SeverityView {
                severity: shown_up_to(name, 20),
                occurrences: count(e.occurrences),
                gone: count(e.gone),
                partial: count(e.partial),
                pseudonymous: count(e.pseudonymous),
                readable: count(e.readable),
                missed: match (e.missed, e.missed_at_most) {
                    (Some(n), Some(most)) => format!("{}, at most {}", count(n), count(most)),
                    _ => "–".to_owned(),
                },
            })
            .collect(),
    })
}
