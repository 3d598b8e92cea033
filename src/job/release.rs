//! A steward's decision: withheld rows go back to where they were.

mod named;
mod rows;
mod table;
mod text;

use super::amend::{Amended, look as look_at};
use super::verify::Written;
use super::withheld::{WITHHELD, Withheld};
use super::{Stop, account, gates};
use crate::error::{Error, Result};
use crate::io::{Glue, json};
use crate::policy::Policy;
use crate::report::{
    Action, Decision, NotLookedAt, OutputFile, Report, WithheldRow, bounded, count, counted, is_invisible, shown_up_to,
};
use named::Named;
use rows::{Row, Rows, SideTable};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The test under which rows are listed that an operator of the policy withholds.
pub(super) const DROP_ROW: &str = "drop-row";

/// Who decides, and why.
#[derive(Clone, Copy, Debug)]
pub struct Steward<'a> {
    /// A name.
    pub by: &'a str,
    /// A reason.
    pub why: &'a str,
}

/// Longest name and reason, in characters.
const LONGEST: (usize, usize) = (200, 2000);

impl Steward<'_> {
    /// Refuses what says nothing, or too much.
    fn check(self) -> Result<()> {
        for (flag, text, most) in [("--by", self.by, LONGEST.0), ("--why", self.why, LONGEST.1)] {
            if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
                return Err(Error::Usage(format!("{flag} is empty: who looks at the record later needs it")));
            }
            if text.chars().count() > most {
                return Err(Error::Usage(format!("{flag} takes up to {most} characters")));
            }
        }
        Ok(())
    }
}

/// Rows that the operator `drop-row` withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyRows {
    /// Are not released: the policy withholds them, not a suspicion.
    Stay,
    /// Are released like others: the steward says so.
    Go,
}

/// How a release ended.
pub enum Released {
    /// The rows are back; the report as it is now, and the decision.
    Done(Box<Report>),
    /// Nothing changed, since some rows cannot be released.
    Refused(Refused),
}

/// What is wrong with the rows that were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Rows that were named.
    pub named: u64,
    /// Those among them that cannot be released, by file and reason.
    pub wrong: Vec<WrongRows>,
}

/// Rows of one file that cannot be released for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRows {
    /// The file as it was named.
    pub file: String,
    /// Why.
    pub why: &'static str,
    /// How many.
    pub rows: u64,
    /// The first of them.
    pub first: Vec<u64>,
}

/// Rows of a file, and lines, that are shown.
const SHOWN: (usize, usize) = (5, 20);

impl Refused {
    /// What to tell a person.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let wrong: u64 = self.wrong.iter().map(|w| w.rows).sum();
        let mut lines =
            vec![format!("nothing is released: {} of {} cannot be", count(wrong), counted(self.named, "row", "rows"))];
        for w in self.wrong.iter().take(SHOWN.1) {
            let first: Vec<_> = w.first.iter().map(u64::to_string).collect();
            let more = if w.rows > w.first.len() as u64 { " …" } else { "" };
            let rows = if w.rows == 1 { "row" } else { "rows" };
            let file = if w.file.is_empty() { "\"\"".to_owned() } else { shown_up_to(&w.file, 120) };
            lines.push(format!("{file}: {}: {} {rows}: {}{more}", w.why, count(w.rows), first.join(", ")));
        }
        if let Some(more) = self.wrong.len().checked_sub(SHOWN.1).filter(|more| *more > 0) {
            lines.push(format!("and {more} more files and reasons"));
        }
        lines
    }

    fn add(&mut self, file: &str, why: &'static str, row: u64) {
        // Rows come file by file: one that was told of before stands at the end.
        match self.wrong.iter_mut().rev().take_while(|w| w.file == file).find(|w| w.why == why) {
            Some(known) => {
                known.rows += 1;
                if known.first.len() < SHOWN.0 {
                    known.first.push(row);
                }
            }
            None => self.wrong.push(WrongRows { file: file.to_owned(), why, rows: 1, first: vec![row] }),
        }
    }
}

/// Puts the rows that `rows` names back into the cleaned data of `out`.
///
/// # Errors
/// `Usage` where OUT holds no finished run of `clean` or the rows cannot be read; `Store` where the system fails or OUT is not
/// what its manifest says; `Interrupted`. OUT is as it was then.
pub fn release(out: &Path, rows: &Path, steward: Steward<'_>, policy_rows: PolicyRows, stop: &Stop) -> Result<Released> {
    steward.check()?;
    let named = Named::read(rows)?;
    let mut amended = Amended::open(out)?;
    match decide(&mut amended, &named, policy_rows, stop) {
        Ok(Ok(decision)) => {
            let decision = Decision { by: steward.by.to_owned(), why: steward.why.to_owned(), ..decision };
            let report = amended.decided(decision, Some(named.sha256()))?;
            Ok(Released::Done(Box::new(report)))
        }
        Ok(Err(refused)) => {
            amended.discard()?;
            Ok(Released::Refused(refused))
        }
        Err(error) => Err(amended.failed(error)),
    }
}

/// Looks at what is named and moves it in the stage.
fn decide(
    amended: &mut Amended,
    named: &Named,
    policy_rows: PolicyRows,
    stop: &Stop,
) -> Result<std::result::Result<Decision, Refused>> {
    if amended.report.command != "clean" {
        return Err(Error::Usage(format!("{} holds a scan; it has no data to release rows into", amended.old.display())));
    }
    let (found, tests, dropped) = look(amended, named)?;
    let mut refused = Refused { named: named.len(), wrong: Vec::new() };
    if found.len() < refused.named {
        missing(amended, named, &found, &mut refused)?;
    }
    if policy_rows == PolicyRows::Stay {
        const WHY: &str = "withheld by the policy's operator drop-row (--policy-rows releases them all the same)";
        dropped.0.iter().for_each(|(file, rows)| rows.iter().for_each(|row| refused.add(file, WHY, row)));
    }
    if !refused.wrong.is_empty() {
        return Ok(Err(refused));
    }
    let files = put_back(amended, named, stop)?;
    let decision =
        Decision { time: account::now(), action: Action::Release, rows: refused.named, files, tests, ..Decision::default() };
    Ok(Ok(decision))
}

/// Of the rows that are named: those that are withheld, how many of each test, those that the policy withheld.
fn look(amended: &Amended, named: &Named) -> Result<(Named, BTreeMap<String, u64>, Named)> {
    let (mut found, mut dropped) = (Named::default(), Named::default());
    if let Some(path) = amended.listed(WITHHELD)? {
        SideTable::open(&path)?.each(|side| {
            let (file, row) = (side.text("file")?, side.number("row")?);
            if named.contains(file, row) {
                found.add(file, row as i64);
            }
            Ok(())
        })?;
    }
    let mut tests: BTreeMap<String, u64> = BTreeMap::new();
    // The tests that pointed at the row at hand: one may have several verdicts on it.
    let mut of_row: (String, u64, BTreeSet<String>) = Default::default();
    if let Some(path) = amended.listed("suspects.parquet")? {
        SideTable::open(&path)?.each(|side| {
            let (file, row) = (side.text("file")?, side.number("row")?);
            if side.text("fate")? != "quarantine" || !found.contains(file, row) {
                return Ok(());
            }
            if (of_row.0.as_str(), of_row.1) != (file, row) {
                of_row = (file.to_owned(), row, BTreeSet::new());
            }
            let test = side.text("test")?;
            if of_row.2.insert(test.to_owned()) {
                *tests.entry(test.to_owned()).or_default() += 1;
            }
            if test == DROP_ROW {
                dropped.add(file, row as i64);
            }
            Ok(())
        })?;
    }
    Ok((found, tests, dropped))
}

/// Says why rows are not in the quarantine.
fn missing(amended: &Amended, named: &Named, found: &Named, refused: &mut Refused) -> Result<()> {
    let mut rejected = Named::default();
    if let Some(path) = amended.listed("rejected.parquet")? {
        SideTable::open(&path)?.each(|side| {
            let (file, row) = (side.text("file")?, side.number("row")?);
            if named.contains(file, row) {
                rejected.add(file, row as i64);
            }
            Ok(())
        })?;
    }
    let purged = |file: &str| {
        let path = format!("quarantine/{file}");
        amended.manifest.outputs.iter().any(|o| o.purged && o.path == path)
    };
    let files: BTreeMap<_, _> = amended.report.files.iter().map(|f| (bounded(&f.file), f)).collect();
    for (name, rows) in &named.0 {
        let file = files.get(name.as_str());
        let purged = file.is_some_and(|file| purged(&file.file));
        for row in rows.iter().filter(|row| !found.contains(name, *row)) {
            let why = match file {
                None => "the run read no such file",
                Some(file) if row >= file.rows.read => "the file has no such row",
                Some(_) if rejected.contains(name, row) => "rejected, so there is nothing that could be clean",
                Some(_) if purged => "not in the quarantine: clean already, or withheld and purged",
                // Of a row group that was rejected whole only the first row is listed.
                Some(file) if file.rows.rejected > 0 => "not in the quarantine: clean, or rejected",
                Some(_) => "clean already",
            };
            refused.add(name, why, row);
        }
    }
    Ok(())
}

/// Moves the rows, all of which are withheld, and sets manifest and report right. Gives the number of files.
fn put_back(amended: &mut Amended, named: &Named, stop: &Stop) -> Result<u64> {
    let policy: Policy = serde_json::from_value(amended.manifest.policy.clone())
        .map_err(|_| Error::Usage("the manifest's policy is of another version".into()))?;
    let Some(path) = amended.listed(WITHHELD)? else { return Err(Error::Bug("no row is withheld".into())) };
    let mut rows = Rows::open(&path)?;
    let mut table = Withheld::new(&amended.new);
    let mut labels: BTreeMap<String, u64> = BTreeMap::new();
    let mut files = 0;
    while let Some(file) = rows.file().map(str::to_owned) {
        let back = named.0.get(&file).map_or(0, crate::job::spill::RowSet::len);
        let mut next = || -> Result<Option<(Row, bool)>> {
            let Some(row) = rows.next_of(&file)? else { return Ok(None) };
            let goes_back = named.contains(&file, row.number);
            if goes_back && !row.label.is_empty() {
                *labels.entry(row.label.clone()).or_default() += 1;
            } else if !goes_back {
                let (number, offset) = (row.number as i64, row.offset as i64);
                let (bytes, gap) = (row.bytes as i64, row.gap as i64);
                table.push(&WithheldRow { file: &file, row: number, label: &row.label, offset, bytes, gap })?;
            }
            Ok(Some((row, goes_back)))
        };
        if back == 0 {
            while next()?.is_some() {}
            continue;
        }
        let facts = amended.report.files.iter().position(|f| bounded(&f.file) == file);
        let facts = facts.ok_or_else(|| Error::Bug("a withheld row is of no file".into()))?;
        let path = amended.report.files.get(facts).map_or_else(String::new, |f| f.file.clone());
        let (clean, held) = (amended.data(&format!("clean/{path}"))?, amended.data(&format!("quarantine/{path}"))?);
        let written = clean.written.clone().and_then(|w| serde_json::from_value(w).ok());
        let (old, new) = (amended.old.as_path(), amended.new.as_path());
        let glue = match written {
            Some(Written::Json(json::Shape::Array)) => Some(Glue::Array),
            Some(Written::Csv(_) | Written::Json(_)) => Some(Glue::Lines),
            Some(Written::Parquet) => None,
            None => return Err(Error::Usage(format!("the manifest does not say how {} is written", clean.path))),
        };
        let (clean, left) = if let Some(glue) = glue {
            text::Parted { old, new, clean: &clean, held: &held, glue, back, stop }.join(&mut next)?
        } else {
            let (limits, work) = (super::table::limits_of(&policy), amended.work());
            table::Tables { old, new, work: &work, clean: &clean, held: &held, limits, stop }.join(&mut next)?
        };
        amended.replaced(clean);
        match left {
            Some(left) => amended.replaced(left),
            None => amended.gone(&held.path),
        }
        let report = &mut amended.report;
        for ledger in report.files.get_mut(facts).map(|f| &mut f.rows).into_iter().chain([&mut report.rows]) {
            ledger.clean += back;
            ledger.quarantined = ledger.quarantined.saturating_sub(back);
        }
        files += 1;
    }
    if table.finish()? {
        amended.written(WITHHELD)?;
    } else {
        amended.gone(WITHHELD);
    }
    let report = &mut amended.report;
    for (label, rows) in labels {
        report.labels.entry(label).or_default().after += rows;
    }
    note_bias(report);
    gates::withheld(&policy.gates, report);
    Ok(files)
}

/// The figures of balance need the facts of every row, which a run alone has.
fn note_bias(report: &mut Report) {
    let note = NotLookedAt {
        what: "balance of labels after the decisions".to_owned(),
        why: "its figures after cleaning are those of the run, before rows were released".to_owned(),
    };
    if !report.bias.facets.is_empty() && !report.not_looked_at.contains(&note) {
        report.not_looked_at.push(note);
    }
}

impl Amended {
    /// A file of the manifest, its bytes looked at; nothing where there is none.
    fn listed(&self, path: &str) -> Result<Option<std::path::PathBuf>> {
        let Some(listed) = self.manifest.outputs.iter().find(|o| o.path == path) else { return Ok(None) };
        look_at(&self.old, listed).map(Some)
    }

    /// A data file of the manifest, its bytes looked at.
    fn data(&self, path: &str) -> Result<OutputFile> {
        let listed = self.manifest.outputs.iter().find(|o| o.path == path).cloned();
        let listed = listed.ok_or_else(|| Error::Bug(format!("the manifest has no {path}")))?;
        look_at(&self.old, &listed)?;
        Ok(listed)
    }

    /// Ends with a decision that the report tells of.
    pub(super) fn decided(mut self, decision: Decision, rows_sha256: Option<String>) -> Result<Report> {
        let told = |amended: &mut Self| {
            amended.sizes();
            amended.report.decisions.push(decision.clone());
            amended.report.conclude();
            amended.render()
        };
        match told(&mut self) {
            Ok(()) => self.commit(decision, rows_sha256),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Sets the sizes right that the report tells.
    fn sizes(&mut self) {
        let there = || self.manifest.outputs.iter().filter(|o| !o.purged);
        let of = |folder: &str| there().filter(|o| o.path.starts_with(folder)).map(|o| o.bytes).sum();
        let (clean, quarantined, rejected) = (of("clean/"), of("quarantine/"), of("rejected/"));
        let bytes = &mut self.report.bytes;
        (bytes.clean, bytes.quarantined, bytes.rejected) = (clean, quarantined, rejected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_told_in_few_lines() {
        let mut refused = Refused { named: 90, wrong: Vec::new() };
        for file in 0..30_u64 {
            (0..=file % 3 * 6).for_each(|row| refused.add(&format!("{file}\u{1b}.csv"), "clean already", row));
        }
        let lines = refused.lines();
        assert_eq!(lines.len(), 22);
        assert_eq!(lines[0], "nothing is released: 210 of 90 rows cannot be");
        assert_eq!(lines[1], "0\\u001b.csv: clean already: 1 row: 0");
        assert_eq!(lines[2], "1\\u001b.csv: clean already: 7 rows: 0, 1, 2, 3, 4 …");
        assert_eq!(lines[21], "and 10 more files and reasons");
    }

    #[test]
    fn a_steward_has_a_name_and_a_reason() {
        let long = "x".repeat(2001);
        for (by, why, sound) in [
            ("Ann", "looked at", true),
            (" ", "x", false),
            ("\u{200b}", "x", false),
            ("Ann", "\n", false),
            (&long, "x", false),
            ("A", &long, false),
        ] {
            assert_eq!(Steward { by, why }.check().is_ok(), sound, "{by} {why}");
        }
    }
}
