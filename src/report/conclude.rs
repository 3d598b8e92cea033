//! The verdict on the whole run, from its numbers.

use super::sections::FileStatus;
use super::shown::{count, counted, percent};
use super::{Outcome, Report};
use crate::batch::Fate;

impl Report {
    /// Sets `verdict` and `reasons` from everything else.
    ///
    /// `fail` where a gate tripped or the ledger does not add up. `review` where a person should look: input not read, rows rejected or withheld, alarms
    /// for review. Else `pass`.
    pub fn conclude(&mut self) {
        let mut failures: Vec<String> = self
            .gates
            .iter()
            .filter(|(_, gate)| gate.tripped)
            .map(|(name, gate)| format!("gate {name} tripped: {}", gate.why))
            .collect();
        if !self.rows.balances() {
            failures.push("the ledger does not add up; do not use this output".to_owned());
        }
        let mut looks = Vec::new();
        let files = |status| self.files.iter().filter(|f| f.status == status).count() as u64;
        let (skipped, partial) = (files(FileStatus::Skipped), files(FileStatus::Partial));
        if skipped > 0 {
            looks.push(format!("{} could not be read", counted(skipped, "file", "files")));
        }
        if partial > 0 {
            looks.push(format!("{} read in part only", counted(partial, "file was", "files were")));
        }
        if self.rows.rejected > 0 {
            looks.push(format!("{} could not be parsed", counted(self.rows.rejected, "record", "records")));
        }
        if self.rows.quarantined > 0 {
            looks.push(format!(
                "{} withheld in the quarantine ({} of all)",
                counted(self.rows.quarantined, "row is", "rows are"),
                percent(self.rows.quarantined, self.rows.read)
            ));
        }
        let alarms = |fate| self.verdicts.iter().filter(|v| v.fate == fate).count() as u64;
        let (hold, review) = (alarms(Fate::Quarantine), alarms(Fate::Review));
        if hold > 0 {
            looks.push(format!(
                "{} strong enough to withhold rows",
                counted(hold, "sign of poisoning is", "signs of poisoning are")
            ));
        }
        if review > 0 {
            looks.push(format!("{} for a person to review", counted(review, "suspicion is", "suspicions are")));
        }
        self.verdict = match (failures.is_empty(), looks.is_empty()) {
            (false, _) => Outcome::Fail,
            (true, false) => Outcome::Review,
            (true, true) => Outcome::Pass,
        };
        self.reasons = failures;
        self.reasons.append(&mut looks);
        if self.reasons.is_empty() {
            self.reasons.push(format!("all {} rows were read and none is suspicious", count(self.rows.read)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{FileFacts, FileStatus, Gate, Outcome, Report, Rows};

    #[test]
    fn the_worst_fact_decides() {
        let gate = |tripped| ("secret".to_owned(), Gate { tripped, why: "2 occurrences".to_owned() });
        let rejected = Rows { read: 2, clean: 1, rejected: 1, ..Rows::default() };
        let lost = Rows { read: 2, clean: 1, ..Rows::default() };
        let skipped = FileFacts { status: FileStatus::Skipped, ..FileFacts::default() };
        for (report, wanted, first) in [
            (Report::default(), Outcome::Pass, "all 0 rows were read and none is suspicious"),
            (
                Report { gates: [gate(false)].into(), ..Report::default() },
                Outcome::Pass,
                "all 0 rows were read and none is suspicious",
            ),
            (Report { rows: lost, ..Report::default() }, Outcome::Fail, "the ledger does not add up; do not use this output"),
            (Report { rows: rejected, ..Report::default() }, Outcome::Review, "1 record could not be parsed"),
            (Report { files: vec![skipped], ..Report::default() }, Outcome::Review, "1 file could not be read"),
            (
                Report { rows: rejected, gates: [gate(true)].into(), ..Report::default() },
                Outcome::Fail,
                "gate secret tripped: 2 occurrences",
            ),
        ] {
            let mut report = report;
            report.conclude();
            assert_eq!((report.verdict, report.reasons[0].as_str()), (wanted, first));
        }
    }
}
