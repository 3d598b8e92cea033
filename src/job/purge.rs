//! The end of a retention: what was withheld and rejected is removed once its date has passed; what is known of it stays.

use super::amend::Amended;
use super::withheld::WITHHELD;
use super::{account, audit};
use crate::error::{Error, Result};
use crate::report::{Action, Decision, Manifest, Report};
use chrono::{DateTime, Utc};
use std::path::Path;

/// How a purge ended.
pub enum Purged {
    /// It is done; the report as it is now.
    Done(Box<Report>),
    /// OUT holds nothing that could be purged.
    Nothing,
}

/// Whether a path in OUT is of what a retention is about.
pub(super) fn is_kept_for_a_time(path: &str) -> bool {
    path.starts_with("quarantine/") || path.starts_with("rejected/")
}

/// Removes `quarantine/` and `rejected/` of `out`, if at `now` the date has passed until which they are kept.
///
/// # Errors
/// `Usage` where it has not, where they are kept for good, or where OUT holds no finished run; `Store` where the system fails.
/// OUT is as it was then.
pub fn purge(out: &Path, now: DateTime<Utc>) -> Result<Purged> {
    let mut amended = Amended::open(out)?;
    let due = match due(&amended.manifest, out, now) {
        Ok(Some(until)) => until,
        Ok(None) => {
            amended.discard()?;
            return Ok(Purged::Nothing);
        }
        Err(error) => return Err(amended.failed(error)),
    };
    let (mut rows, mut files) = (0, 0);
    let mut gone = Vec::new();
    for output in amended.manifest.outputs.iter_mut().filter(|o| is_kept_for_a_time(&o.path) && !o.purged) {
        rows += output.rows.unwrap_or_default();
        files += 1;
        (output.purged, output.seam) = (true, None);
        gone.push(output.path.clone());
    }
    for path in gone {
        amended.left_out(path);
    }
    amended.gone(WITHHELD);
    let decision = Decision {
        time: account::shown(now),
        by: audit::PROGRAM.to_owned(),
        action: Action::Purge,
        why: format!("kept until {due}"),
        rows,
        files,
        ..Decision::default()
    };
    amended.decided(decision, None).map(|report| Purged::Done(Box::new(report)))
}

/// The date that has passed; nothing where there is nothing to purge.
fn due(manifest: &Manifest, out: &Path, now: DateTime<Utc>) -> Result<Option<String>> {
    if !manifest.outputs.iter().any(|o| is_kept_for_a_time(&o.path) && !o.purged) {
        return Ok(None);
    }
    let shown = out.display();
    let Some(until) = &manifest.kept_until else {
        let how = "the run had no --retention, nor its policy quarantine.retention";
        return Err(Error::Usage(format!("what {shown} withholds is kept for good: {how}")));
    };
    let date = DateTime::parse_from_rfc3339(until).map_err(|_| Error::Usage(format!("{shown}: the manifest's date is none")))?;
    if now < date {
        return Err(Error::Usage(format!("what {shown} withholds is kept until {until}; purge it then")));
    }
    Ok(Some(until.clone()))
}
