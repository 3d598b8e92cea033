//! `release` and `purge`: what is decided on a finished OUT.

use super::args::{Release, Voice};
use super::{print, tell};
use crate::error::Result;
use crate::job::{PolicyRows, Purged, Released, Steward, Stop};
use crate::report::{Decision, Report, count, counted, shown_up_to, summary_json};
use std::path::Path;

/// `untaint release`.
pub(super) fn release(args: &Release, stop: &Stop) -> Result<u8> {
    let steward = Steward { by: &args.by, why: &args.why };
    let policy_rows = if args.policy_rows { PolicyRows::Go } else { PolicyRows::Stay };
    match crate::job::release(&args.out, &args.rows, steward, policy_rows, stop)? {
        Released::Done(report) => done(&report, &args.voice, released),
        Released::Refused(refused) => {
            for (number, line) in refused.lines().iter().enumerate() {
                tell(&format!("{}{line}", if number == 0 { "untaint: " } else { "  " }));
            }
            Ok(2)
        }
    }
}

/// `untaint purge`.
pub(super) fn purge(out: &Path, voice: &Voice) -> Result<u8> {
    match crate::job::purge(out, chrono::Utc::now())? {
        Purged::Done(report) => done(&report, voice, purged),
        Purged::Nothing => {
            if voice.json {
                print(summary_json(&Report::read(&out.join("report.json"))?)?.as_bytes())?;
            } else if !voice.quiet {
                tell("nothing is withheld or rejected here; nothing to purge");
            }
            Ok(0)
        }
    }
}

/// Tells of the last decision.
fn done(report: &Report, voice: &Voice, line: fn(&Decision) -> String) -> Result<u8> {
    if voice.json {
        return print(summary_json(report)?.as_bytes());
    }
    if let Some(decision) = report.decisions.last().filter(|_| !voice.quiet) {
        tell(&line(decision));
        tell(&format!("by        {}: {}", shown_up_to(&decision.by, 60), shown_up_to(&decision.why, 120)));
        let (rows, count) = (report.rows, |n| count(n));
        let (read, clean, held, rejected) = (count(rows.read), count(rows.clean), count(rows.quarantined), count(rows.rejected));
        tell(&format!("rows      {read} read = {clean} clean + {held} quarantined + {rejected} rejected"));
    }
    Ok(0)
}

fn released(decision: &Decision) -> String {
    let (rows, files) = (counted(decision.rows, "row", "rows"), counted(decision.files, "file", "files"));
    let tests = decision.tests.iter().map(|(test, rows)| format!("{} {}", shown_up_to(test, 32), count(*rows)));
    format!("RELEASED  {rows} of {files}, withheld by {}", tests.collect::<Vec<_>>().join(", "))
}

fn purged(decision: &Decision) -> String {
    let (rows, files) = (counted(decision.rows, "row", "rows"), counted(decision.files, "file", "files"));
    format!("PURGED    {files} with {rows}; they stay counted")
}
