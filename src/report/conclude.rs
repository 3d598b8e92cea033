//! The verdict on the whole run, from its numbers.

use super::sections::{FileStatus, TestFacts, TestState};
use super::shown::{count, counted, percent};
use super::{Action, Outcome, Report};
use crate::batch::Fate;

impl Report {
    /// Sets `verdict` and `reasons` from everything else.
    ///
    /// `fail` where a gate tripped or the ledger does not add up. `review` where a person should look: input not read, rows
    /// rejected or withheld, alarms for review. Else `pass`.
    pub fn conclude(&mut self) {
        let mut failures: Vec<String> = self
            .gates
            .iter()
            .filter(|(_, gate)| gate.tripped)
            .map(|(name, gate)| format!("gate {name} tripped: {}", gate.why))
            .collect();
        if !self.balances() {
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
        if let Some(sampled) = self.sampled {
            looks.push(format!("a sample alone was looked at, {} of {}", count(sampled), counted(self.rows.read, "row", "rows")));
        }
        if self.rows.rejected > 0 {
            looks.push(format!("{} could not be parsed", counted(self.rows.rejected, "record", "records")));
        }
        if self.rows.quarantined > 0 {
            let share = percent(self.rows.quarantined, self.rows.read);
            looks.push(if self.is_purged() {
                let rows = counted(self.rows.quarantined, "row was", "rows were");
                format!("{rows} withheld ({share} of all); the quarantine was purged")
            } else {
                let rows = counted(self.rows.quarantined, "row is", "rows are");
                format!("{rows} withheld in the quarantine ({share} of all)")
            });
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
        let drift = self.verdicts.iter().filter(|v| v.test == "drift").count() as u64;
        if drift > 0 {
            looks.push(counted(drift, "difference from the baseline", "differences from the baseline"));
        }
        self.verdict = match (failures.is_empty(), looks.is_empty()) {
            (false, _) => Outcome::Fail,
            (true, false) => Outcome::Review,
            (true, true) => Outcome::Pass,
        };
        self.reasons = failures;
        self.reasons.append(&mut looks);
        if self.reasons.is_empty() {
            self.reasons.push(self.all_is_well());
        }
    }

    /// Whether what was withheld is gone for good.
    pub(super) fn is_purged(&self) -> bool {
        self.decisions.iter().any(|d| d.action == Action::Purge)
    }

    /// The tests that somebody asked for: without a baseline that is none who compares with one.
    pub(super) fn tests_asked(&self) -> impl Iterator<Item = &TestFacts> {
        self.tests.iter().filter(|t| t.test != "drift" || self.policy.baseline.is_some())
    }

    /// What is true where nothing asks for a person: silence of tests that were off or could not speak is none of it.
    fn all_is_well(&self) -> String {
        let read = match self.rows.read {
            0 => "no row was there to read".to_owned(),
            1 => "the one row was read".to_owned(),
            n => format!("all {} rows were read", count(n)),
        };
        let tests = self.tests_asked().count();
        let mute = self.tests_asked().filter(|t| t.state == TestState::CouldNotSpeak).count();
        match mute {
            _ if !self.policy.poison => format!("{read}; poisoning was not looked for"),
            0 => format!("{read} and none is suspicious"),
            n if n == tests => format!("{read}; no poisoning test could speak"),
            n => format!("{read} and none is suspicious; {n} of {tests} poisoning tests could not speak"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{FileFacts, FileStatus, Gate, Outcome, PolicySummary, Report, Rows, TestFacts, TestState};

    #[test]
    fn the_worst_fact_decides() {
        let gate = |tripped| ("secret".to_owned(), Gate { tripped, why: "2 occurrences".to_owned() });
        let rejected = Rows { read: 2, clean: 1, rejected: 1, ..Rows::default() };
        let lost = Rows { read: 2, clean: 1, ..Rows::default() };
        let skipped = FileFacts { status: FileStatus::Skipped, ..FileFacts::default() };
        let poison = |states: &[TestState], read| Report {
            rows: Rows { read, clean: read, ..Rows::default() },
            policy: PolicySummary { poison: true, ..PolicySummary::default() },
            tests: states.iter().map(|&state| TestFacts { state, ..TestFacts::default() }).collect(),
            ..Report::default()
        };
        let (ran, mute) = (TestState::Ran, TestState::CouldNotSpeak);
        for (report, wanted, first) in [
            (Report::default(), Outcome::Pass, "no row was there to read; poisoning was not looked for"),
            (poison(&[ran, ran], 7), Outcome::Pass, "all 7 rows were read and none is suspicious"),
            (poison(&[mute], 1), Outcome::Pass, "the one row was read; no poisoning test could speak"),
            (
                Report { gates: [gate(false)].into(), ..poison(&[ran, mute], 2000) },
                Outcome::Pass,
                "all 2,000 rows were read and none is suspicious; 1 of 2 poisoning tests could not speak",
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
