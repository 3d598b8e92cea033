//! The side line's end: the merged profile judged, questions answered from the spilled row facts, suspects listed, rows
//! that go to the quarantine named.

use super::file::Record;
use super::look;
use super::release::DROP_ROW;
use super::spill::{self, RowSet, SpillReader};
use super::withheld::{LabelNotes, Withheld};
use super::{Job, Mode, Run};
use crate::batch::Fate;
use crate::error::{Error, Result};
use crate::policy;
use crate::profile::{Answer, Profile, RowFacts};
use crate::report::{
    ColumnFacts, Duplicates, FileStatus, RejectedRow, RejectedWriter, ScoreRow, ScoresWriter, SuspectRow, SuspectsWriter,
    TestFacts, TestState, VerdictFacts,
};
use crate::verdict::{self, Bias, Judgement, Matcher};
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::sync::{Arc, PoisonError};

/// Sources that a report lists at most: more are no list that anybody reads, and a part of them could not be compared.
const SOURCES: usize = 1000;

/// What the side line came to, in the report's types.
#[derive(Default)]
pub(super) struct Judged {
    pub tests: Vec<TestFacts>,
    pub verdicts: Vec<VerdictFacts>,
    pub duplicates: Option<Duplicates>,
    pub columns: Vec<ColumnFacts>,
    /// Label, rows before, rows after.
    pub labels: Vec<(String, u64, u64)>,
    /// Source and rows.
    pub sources: Vec<(String, u64)>,
    /// How evenly labels are spread; nothing where poisoning was not looked for.
    pub bias: Option<Bias>,
    /// What there was more of than a profile keeps, and how many it keeps.
    pub samples: Vec<(&'static str, usize)>,
}

/// Refuses a run whose label was named but is in no input, before anything is written; says so where a default is used.
///
/// # Errors
/// `Usage` with the columns there are.
pub(super) fn label_is_there(job: &Job<'_>) -> Result<()> {
    let named = job.options.label_named;
    let (Some(label), true) = (&job.plan.roles.label, job.plan.poison || named) else { return Ok(()) };
    let mut columns: Vec<String> = Vec::new();
    for input in job.inputs.iter().filter(|i| i.ignored.is_none()) {
        // Standard input is read once; what it lacks shows in the end.
        if input.path().is_none() {
            return Ok(());
        }
        let names = look::columns(job.plan, input, job.options.hints)?;
        if super::names::has(job.plan, &names, label) {
            if !named {
                job.observer.phase("using the column label as the label");
            }
            return Ok(());
        }
        for name in names {
            if columns.len() < 40 && !columns.contains(&name) {
                columns.push(name);
            }
        }
        // Only a label that was asked for is worth a look at every input.
        if !named {
            return Ok(());
        }
    }
    if !named || columns.is_empty() {
        return Ok(());
    }
    Err(no_label(label, &columns))
}

/// Refuses a run whose label was named but was in no input that could not be looked at beforehand.
///
/// # Errors
/// `Usage` with the columns there are.
pub(super) fn label_was_there(job: &Job<'_>, files: &[Record]) -> Result<()> {
    let label =
        job.plan.roles.label.as_ref().filter(|_| job.options.label_named && job.inputs.iter().any(|i| i.path().is_none()));
    let Some(label) = label else { return Ok(()) };
    let columns: Vec<String> = files.iter().flat_map(|f| &f.columns).take(40).cloned().collect();
    if columns.is_empty() || files.iter().any(|f| super::names::has(job.plan, &f.columns, label)) {
        return Ok(());
    }
    Err(no_label(label, &columns))
}

fn no_label(label: &str, columns: &[String]) -> Error {
    let shown: Vec<String> = columns.iter().map(|c| crate::report::shown_up_to(c, 60)).collect();
    let near = policy::nearest(label, shown.iter().map(String::as_str)).map(|n| format!("; did you mean `{n}`?"));
    let label = crate::report::shown_up_to(label, 60);
    Error::Usage(format!("no input has the label column `{label}`{} (columns: {})", near.unwrap_or_default(), shown.join(", ")))
}

/// The tests' settings as the policy has them.
#[must_use]
pub fn settings(policy: &policy::Policy, seed: u64) -> verdict::Settings {
    let tests = match &policy.poison.tests {
        policy::Tests::Word(_) => verdict::Tests::All,
        policy::Tests::Named(ids) => verdict::Tests::List(ids.clone()),
    };
    let d = &policy.dataset;
    verdict::Settings {
        seed,
        fdr: policy.poison.fdr,
        fates: policy.poison.fate.clone(),
        tests,
        baseline: None,
        trusted: None,
        scores: false,
        source: d.source.clone(),
        label: d.label.clone().unwrap_or_else(|| "label".to_owned()),
        names_rows: [&d.id, &d.time].into_iter().flatten().cloned().collect(),
    }
}

/// The tests of a judgement in the report's type.
pub(super) fn test_facts(judgement: &Judgement) -> Vec<TestFacts> {
    let facts = |t: &verdict::TestState| TestFacts {
        test: t.test.clone(),
        state: if t.state == verdict::State::Ran { TestState::Ran } else { TestState::CouldNotSpeak },
        why: (!t.why.is_empty()).then(|| t.why.clone()),
        hypotheses: t.hypotheses,
        smallest_visible: t.smallest_visible,
    };
    judgement.tests.iter().map(facts).collect()
}

impl Run<'_> {
    /// Judges the profile, lists suspects and moves rows.
    pub(super) fn judge(&mut self, files: &mut [Record]) -> Result<Judged> {
        let mut judged = Judged::default();
        let mut judgement = None;
        if self.job.plan.poison {
            self.job.observer.phase("judging");
            // Nothing is scanned any more: the judge has the room.
            self.scratches.lock().unwrap_or_else(PoisonError::into_inner).clear();
            self.profile.finish();
            let mut settings = settings(&self.job.plan.policy, self.job.plan.seed);
            settings.scores = self.job.options.scores;
            settings.baseline = self.job.options.baseline.as_ref().map(|b| Arc::clone(&b.profile));
            settings.trusted.clone_from(&self.trusted);
            let mut first = self.pool.install(|| verdict::judge(&self.profile, &settings));
            if !first.questions.is_empty() {
                self.answer(&first, files)?;
                first = self.pool.install(|| verdict::judge_again(&self.profile, &settings, &first));
            }
            judged.tests = test_facts(&first);
            judged.duplicates = duplicates(&self.profile);
            judged.columns = columns(&self.profile, files);
            let (labels, columns) = (self.profile.labels(), self.profile.columns());
            let sampled =
                [(labels.is_sample(), "labels", labels.distinct()), (columns.is_sample(), "columns", judged.columns.len())];
            judged.samples = sampled.iter().filter(|s| s.0).map(|s| (s.1, s.2)).collect();
            judgement = Some(first);
        }
        let Pointed { rows: pointed, left, going } = self.point(judgement.as_ref(), files)?;
        if let Some(judgement) = &mut judgement {
            self.rebalance(judgement, &going)?;
            judged.bias = Some(judgement.bias.clone());
            judged.verdicts = verdicts(judgement, &pointed);
            let after = |hash: u64, n: u64| n.saturating_sub(left.get(&hash).copied().unwrap_or(0));
            let labels = self.profile.labels();
            judged.labels = labels.iter().map(|(hash, name, n)| (name.to_owned(), n, after(hash, n))).collect();
            let sources = Some(self.profile.sources()).filter(|all| all.len() <= SOURCES && !all.is_sample());
            judged.sources = sources.into_iter().flat_map(|all| all.iter().map(|(_, of)| (of.name.clone(), of.rows))).collect();
        }
        Ok(judged)
    }

    /// Answers a judgement's questions from the row facts.
    fn answer(&mut self, judgement: &Judgement, files: &[Record]) -> Result<()> {
        for question in &judgement.questions {
            let mut answer = Answer::default();
            for (number, file) in files.iter().enumerate() {
                self.each_part(number, false, |_, first, rows| {
                    answer.take(question, &file.facts.file, first, rows);
                    Ok(())
                })?;
            }
            self.profile.answer(question, answer);
        }
        Ok(())
    }

    /// Goes through the spilled row facts of an input: the number of each part, of its first row, and its facts, with the words
    /// of its rows only where they are asked for.
    pub(super) fn each_part(
        &self,
        number: usize,
        words: bool,
        mut each: impl FnMut(u64, u64, &RowFacts) -> Result<()>,
    ) -> Result<()> {
        let decode = if words { RowFacts::decode } else { RowFacts::decode_wordless };
        let path = self.work_file(number, "facts");
        if !path.exists() {
            return Ok(());
        }
        let (mut spill, mut chunk) = (SpillReader::open(&path)?, Vec::new());
        let (mut part, mut first) = (0, 0);
        while spill.next(&mut chunk)? {
            self.job.stop.check()?;
            if let Some(rows) = spill::decode_gap(&chunk) {
                part += 1;
                first += rows;
                continue;
            }
            let rows = decode(&chunk).map_err(|_| Error::Bug("a spill of row facts is broken".into()))?;
            each(part, first, &rows)?;
            part += 1;
            first += rows.len() as u64;
        }
        Ok(())
    }

    /// Applies verdicts and drop-row operators to every row: writes `suspects.parquet`, moves rows.
    fn point(&self, judgement: Option<&Judgement>, files: &mut [Record]) -> Result<Pointed> {
        let mut matcher = judgement.map(Judgement::matcher);
        let mut pointed = vec![0; judgement.map_or(0, |j| j.verdicts.len())];
        let (mut left, mut gone): (BTreeMap<u64, u64>, Vec<RowSet>) = Default::default();
        let mut suspects = match self.out.as_ref().filter(|_| self.job.options.mode != Mode::Restore) {
            Some(out) => {
                let path = out.join("suspects.parquet");
                let file = std::fs::File::create(&path).map_err(Error::store(path, "cannot create"))?;
                Some(SuspectsWriter::new(BufWriter::new(file))?)
            }
            None => None,
        };
        let mut scores = match self.out.as_ref().filter(|_| judgement.is_some() && self.job.options.scores) {
            Some(out) => {
                let path = out.join("scores.parquet");
                let file = std::fs::File::create(&path).map_err(Error::store(path, "cannot create"))?;
                Some(ScoresWriter::new(BufWriter::new(file))?)
            }
            None => None,
        };
        let mut withheld = self.out.as_ref().map(|out| Withheld::new(out));
        for (number, record) in files.iter_mut().enumerate() {
            let dropped = std::fs::read(self.work_file(number, "dropped")).map(|b| RowSet::from_bytes(&b)).unwrap_or_default();
            let mut going = dropped.clone();
            if let (Some(judgement), Some(matcher)) = (judgement, matcher.as_mut()) {
                let file = record.facts.file.clone();
                let (suspects, scores) = (suspects.as_mut(), scores.as_mut());
                let mut labels = self.label_notes(number)?;
                let (file, dropped) = (&file, &dropped);
                let mut one = Pointing { judgement, matcher, suspects, scores, file, dropped, labels: &mut labels };
                let idle = one.matcher.is_empty() && dropped.is_empty() && one.scores.is_none();
                if !idle {
                    let words = one.wants_words();
                    self.each_part(number, words, |_, first, rows| one.part(first, rows, &mut pointed, &mut going, &mut left))?;
                }
                labels.finish()?;
            } else if let Some(suspects) = suspects.as_mut() {
                for row in dropped.iter() {
                    suspects.push(&dropped_row(&record.facts.file, row))?;
                }
            }
            self.quarantine(number, record, &going, withheld.as_mut())?;
            gone.push(going);
        }
        withheld.map_or(Ok(false), Withheld::finish)?;
        if let Some(suspects) = suspects {
            suspects.finish()?.flush().map_err(Error::store("suspects.parquet", "cannot write"))?;
        }
        if let Some(scores) = scores {
            scores.finish()?.flush().map_err(Error::store("scores.parquet", "cannot write"))?;
        }
        Ok(Pointed { rows: pointed, left, going: gone })
    }

    /// Writes `rejected.parquet` from what each input noted.
    pub(super) fn rejected_table(&self, files: &[Record]) -> Result<()> {
        let Some(out) = &self.out else { return Ok(()) };
        if files.iter().all(|f| f.tally.rows.rejected == 0) {
            return Ok(());
        }
        let path = out.join("rejected.parquet");
        let file = std::fs::File::create(&path).map_err(Error::store(&path, "cannot create"))?;
        let mut writer = RejectedWriter::new(BufWriter::new(file))?;
        for (number, record) in files.iter().enumerate().filter(|(_, f)| f.facts.status == FileStatus::Partial) {
            let spilled = self.work_file(number, "rejects");
            if !spilled.exists() {
                continue;
            }
            let (mut spill, mut chunk) = (SpillReader::open(&spilled)?, Vec::new());
            while spill.next(&mut chunk)? {
                let mut numbers = spill::Numbers(&chunk);
                let (Some(row), Some(offset)) = (numbers.u64(), numbers.u64()) else { continue };
                let reason = std::str::from_utf8(numbers.0).unwrap_or_default();
                let file = record.facts.file.as_str();
                writer.push(&RejectedRow { file, row: row as i64, byte_offset: offset as i64, reason })?;
            }
        }
        writer.finish()?.flush().map_err(Error::store(path, "cannot write"))
    }
}

/// What applying verdicts came to.
struct Pointed {
    /// By verdict: the rows it points at.
    rows: Vec<u64>,
    /// By label: how many rows left.
    left: BTreeMap<u64, u64>,
    /// By input: the rows that leave.
    going: Vec<RowSet>,
}

fn dropped_row(file: &str, row: u64) -> SuspectRow<'_> {
    SuspectRow { file, row: row as i64, test: DROP_ROW, score: 1.0, p_value: None, subject: "policy", fate: Fate::Quarantine }
}

/// One input while verdicts are applied to its rows.
struct Pointing<'a, W: Write + Send> {
    judgement: &'a Judgement,
    matcher: &'a mut Matcher,
    suspects: Option<&'a mut SuspectsWriter<W>>,
    scores: Option<&'a mut ScoresWriter<W>>,
    file: &'a str,
    dropped: &'a RowSet,
    labels: &'a mut LabelNotes,
}

impl<W: Write + Send> Pointing<'_, W> {
    fn wants_words(&self) -> bool {
        self.matcher.wants_words() || self.scores.is_some()
    }

    fn part(
        &mut self,
        first: u64,
        rows: &RowFacts,
        pointed: &mut [u64],
        going: &mut RowSet,
        left: &mut BTreeMap<u64, u64>,
    ) -> Result<()> {
        let (mut hits, mut words) = (Vec::new(), Vec::new());
        let wants_words = self.wants_words();
        self.matcher.part(&rows.words);
        for (row, facts) in (first..).zip(rows.iter()) {
            // A row that no facts were gathered of is dropped all the same.
            if self.dropped.contains(row)
                && let Some(suspects) = self.suspects.as_deref_mut()
            {
                suspects.push(&dropped_row(self.file, row))?;
            }
            let Some(facts) = facts else { continue };
            hits.clear();
            if wants_words {
                words.clear();
                words.extend(rows.words.of((row - first) as usize));
            }
            self.matcher.row(self.file, row, &facts, &words, &mut hits);
            if let Some(scores) = self.scores.as_deref_mut()
                && let Some(doubt) = self.matcher.doubt(&facts, &words)
            {
                scores.push(&ScoreRow { file: self.file, row: row as i64, test: "label-flip", score: doubt })?;
            }
            for hit in &hits {
                let Some(verdict) = self.judgement.verdicts.get(hit.verdict) else { continue };
                if let Some(n) = pointed.get_mut(hit.verdict) {
                    *n += 1;
                }
                if hit.fate == Fate::Quarantine {
                    going.insert(row);
                }
                if let Some(suspects) = self.suspects.as_deref_mut() {
                    suspects.push(&SuspectRow {
                        file: self.file,
                        row: row as i64,
                        test: &verdict.test,
                        score: hit.score,
                        p_value: hit.p_value,
                        subject: &verdict.subject,
                        fate: hit.fate,
                    })?;
                }
            }
            if let Some(label) = facts.label
                && going.contains(row)
            {
                self.labels.push(row, label)?;
                *left.entry(label).or_default() += 1;
            }
        }
        Ok(())
    }
}

/// Verdicts in the report's type, with the rows they really point at.
pub(super) fn verdicts(judgement: &Judgement, pointed: &[u64]) -> Vec<VerdictFacts> {
    let facts = |(v, rows): (&verdict::Verdict, Option<&u64>)| VerdictFacts {
        test: v.test.clone(),
        subject: v.subject.clone(),
        slice: (!v.slice.is_empty()).then(|| v.slice.clone()),
        statistic: Some(v.statistic),
        p_value: v.p_value,
        q_value: v.q_value,
        rows: rows.copied().filter(|n| *n > 0).unwrap_or(v.rows),
        effect: Some(v.effect),
        fate: v.fate,
        why: v.why.clone(),
        evidence: v.evidence.clone(),
    };
    let counted = pointed.iter().map(Some).chain(std::iter::repeat(None));
    judgement.verdicts.iter().zip(counted).map(facts).collect()
}

fn duplicates(profile: &Profile) -> Option<Duplicates> {
    let repeats = profile.repeats();
    // Beyond what is kept exactly, numbers would be guesses.
    if repeats.share() < 1.0 {
        return None;
    }
    let mut sums = Duplicates::default();
    for repeat in repeats.kept().iter().filter(|r| r.rows > 1) {
        sums.exact_groups += 1;
        sums.exact_rows += u64::from(repeat.rows - 1);
        if repeat.conflicts() {
            sums.conflicting_groups += 1;
            sums.conflicting_rows += u64::from(repeat.rows);
        }
    }
    Some(sums)
}

/// Facts of columns in order of their first appearance.
fn columns(profile: &Profile, files: &[Record]) -> Vec<ColumnFacts> {
    let mut known: BTreeMap<&str, &crate::profile::ColumnFacts> = profile.columns().iter().collect();
    let mut out = Vec::new();
    let mut add = |name: &str, facts: &crate::profile::ColumnFacts| {
        let lengths = facts.lengths.range();
        out.push(ColumnFacts {
            column: name.to_owned(),
            cells: facts.cells,
            nulls: facts.nulls,
            empty: facts.lengths.counts().first().copied().unwrap_or(0),
            numbers: facts.numbers.numbers(),
            // An estimate may err upwards; there are no more texts than cells that have one.
            distinct: Some(facts.distinct.estimate().min(facts.cells.saturating_sub(facts.nulls))),
            length_min: lengths.map(|l| l.0),
            length_max: lengths.map(|l| l.1),
        });
    };
    for name in files.iter().flat_map(|f| &f.columns) {
        if let Some(facts) = known.remove(name.as_str()) {
            add(name, facts);
        }
    }
    for (name, facts) in known {
        add(name, facts);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Facts;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn a_dropped_row_without_facts_is_listed() {
        let judgement = Judgement::default();
        let mut matcher = judgement.matcher();
        let mut dropped = RowSet::default();
        dropped.insert(8);
        let mut suspects = SuspectsWriter::new(Vec::new()).unwrap();
        let mut one = Pointing {
            judgement: &judgement,
            matcher: &mut matcher,
            suspects: Some(&mut suspects),
            scores: None,
            file: "a.parquet",
            dropped: &dropped,
            labels: &mut LabelNotes::none(),
        };
        let facts = Facts::of_rejected(0);
        for first in 7..10 {
            one.part(first, facts.rows(), &mut [], &mut dropped.clone(), &mut BTreeMap::new()).unwrap();
        }
        let written = bytes::Bytes::from(suspects.finish().unwrap());
        assert_eq!(SerializedFileReader::new(written).unwrap().metadata().file_metadata().num_rows(), 1);
    }
}
