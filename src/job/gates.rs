//! The gates of a run: what makes it end with 1.

use super::Job;
use crate::policy::{GATES, Gates};
use crate::report::{FileStatus, Gate, Report, TestFacts, TestState, VerdictFacts, counted};

/// Sets the gates that were asked for.
pub(super) fn set(job: &Job<'_>, leftover: Option<u64>, report: &mut Report) {
    let policy = &job.plan.policy.gates;
    let found = |secret: bool| -> u64 {
        report.pii.by_detector.iter().filter(|(id, _)| id.starts_with("secret.") == secret).map(|(_, d)| d.occurrences).sum()
    };
    let pointed = report.verdicts.iter().filter(|v| v.fate != crate::batch::Fate::Report).count();
    let drift: Vec<String> = report.verdicts.iter().filter(|v| v.test == "drift").map(difference).collect();
    let compared = report.tests.iter().find(|t| t.test == "drift");
    let unread = report.files.iter().filter(|f| f.status == FileStatus::Skipped).count();
    for gate in GATES.iter().filter(|g| policy.fail_on.iter().any(|f| f == **g)) {
        let (tripped, why) = match *gate {
            "secret" | "pii" if job.plan.scanner.is_none() => (false, "not looked for: --no-pii".to_owned()),
            "poison" if !job.plan.poison => (false, "not looked for: --no-poison, or poison.tests = \"none\"".to_owned()),
            "secret" => (found(true) > 0, counted(found(true), "secret found", "secrets found")),
            "pii" => (found(false) > 0, counted(found(false), "personal value found", "personal values found")),
            "poison" => (pointed > 0, counted(pointed as u64, "suspicious subject", "suspicious subjects")),
            "drift" => match compared {
                _ if !job.plan.poison => (false, "not looked for: --no-poison, or poison.tests = \"none\"".to_owned()),
                None => (false, "not looked for: poison.tests leaves drift out".to_owned()),
                Some(TestFacts { state: TestState::CouldNotSpeak, why, .. }) => {
                    (false, format!("could not speak: {}", why.as_deref().unwrap_or_default()))
                }
                Some(_) => {
                    let first = drift.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
                    let first = if first.is_empty() { first } else { format!(" ({first})") };
                    let count = counted(drift.len() as u64, "difference from the baseline", "differences from the baseline");
                    (!drift.is_empty(), count + &first)
                }
            },
            "rejected" => {
                let why = format!("{} records rejected, {unread} files not read", report.rows.rejected);
                (report.rows.rejected > 0 || unread > 0, why)
            }
            // Set below.
            "quarantined" => continue,
            // Set only where data was written; a scan with this gate is refused.
            _ => (leftover.unwrap_or(0) > 0, format!("{} values left over in the output", leftover.unwrap_or(0))),
        };
        report.gates.insert((*gate).to_owned(), Gate { tripped, why });
    }
    withheld(policy, report);
}

/// Sets the gates that count withheld rows: again where some went back.
pub(super) fn withheld(policy: &Gates, report: &mut Report) {
    let rows = report.rows;
    if policy.fail_on.iter().any(|gate| gate == "quarantined") {
        let why = format!("{} rows quarantined", rows.quarantined);
        report.gates.insert("quarantined".to_owned(), Gate { tripped: rows.quarantined > 0, why });
    }
    if let Some(most) = policy.max_quarantined {
        let share = rows.quarantined as f64 / rows.read.max(1) as f64;
        let why = format!("{} rows quarantined, at most {most} of {} allowed", rows.quarantined, rows.read);
        report.gates.insert("max_quarantined".to_owned(), Gate { tripped: share > most.0, why });
    }
}

/// What differs from the baseline, in short: `completeness of city`.
fn difference(verdict: &VerdictFacts) -> String {
    match verdict.slice.as_deref() {
        Some(slice) if slice != verdict.subject => format!("{slice} of {}", verdict.subject),
        _ => verdict.subject.clone(),
    }
}
