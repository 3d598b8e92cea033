//! What the findings of one cell come to: edits, rows of `findings.parquet`, a row that leaves.

use super::COLUMN_RULE;
use super::embedded;
use super::tally::{Counter, PartTally};
use crate::batch::{Edit, Evidence, Finding, Form, Place, Replacement};
use crate::detect;
use crate::mask::{Numbers, Operator, Outcome, Place as At, Record, Target};
use crate::plan::{ColumnPlan, Plan};
use crate::report::{FindingBatch, Kind, Names, Occurrence};
use crate::text::reads_as_json;
use std::borrow::Cow;

/// Stands for a rule of the policy where a detector's number is asked for.
const RULE: u16 = u16::MAX;

/// A finding as it is listed.
#[derive(Clone, Copy)]
pub(super) struct Noted {
    /// The detector's number, or [`RULE`].
    pub detector: u16,
    pub start: u32,
    pub end: u32,
    pub confidence: u8,
    pub evidence: Evidence,
    pub operator: &'static str,
}

/// What was decided for one cell; scratch that is used again.
#[derive(Default)]
pub(super) struct Decision {
    /// Sorted, not overlapping; one that nulls stands alone.
    pub edits: Vec<Edit>,
    /// Tags of the values that stay: the data keeps them, a profile and a report do not hold them.
    kept: Vec<Edit>,
    pub noted: Vec<Noted>,
    /// The row goes to the quarantine.
    pub drop_row: bool,
    /// Numbers given in the record at hand, and which record that is.
    numbers: Numbers,
    record: Option<u64>,
}

/// The cell that is decided on.
pub(super) struct CellAt<'a> {
    pub form: Form,
    pub bytes: &'a [u8],
    pub place: At<'a>,
    /// Finds the text of another column's cell in the record.
    pub other: &'a dyn Fn(&str) -> Option<String>,
}

impl Decision {
    /// Forgets the last cell.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.kept.clear();
        self.noted.clear();
        self.drop_row = false;
    }

    /// The edits that make of the cell what may be told of it: those of the data, and a tag for each value that stays there.
    pub fn told(&self) -> Cow<'_, [Edit]> {
        if self.kept.is_empty() || self.edits.iter().any(|e| e.replacement == Replacement::Null) {
            return Cow::Borrowed(&self.edits);
        }
        let mut told = [self.edits.as_slice(), &self.kept].concat();
        told.sort_by_key(|e| e.span.start);
        Cow::Owned(told)
    }

    /// What an operator makes of a value in the cell; `number` says that it is a number in JSON that the cell holds.
    fn outcome(
        &mut self,
        operator: &dyn Operator,
        value: &str,
        target: Target<'_>,
        at: &CellAt<'_>,
        (start, number): (u32, bool),
    ) -> Outcome {
        if at.form == Form::Key {
            return operator.apply(value, target);
        }
        let mut place = at.place;
        place.within[1] = u64::from(start);
        let scalar = at.form == Form::Scalar;
        let mut record = Record { numbers: &mut self.numbers, other: at.other, place, typed: scalar || number };
        match operator.apply_in(value, target, &mut record) {
            // A number or a date of its own type is none any more.
            Outcome::Edit(Replacement::Text(with)) if scalar && !operator.keeps_type() && with != value => {
                Outcome::Edit(Replacement::Null)
            }
            Outcome::Instead(name, _) if scalar => Outcome::Instead(name, Replacement::Null),
            outcome => outcome,
        }
    }

    /// Decides on a cell; `findings` are those in it.
    pub fn decide(&mut self, plan: &Plan, column: &ColumnPlan, at: &CellAt<'_>, findings: &[Finding]) {
        self.clear();
        let (form, bytes) = (at.form, at.bytes);
        if self.record != Some(at.place.record) {
            self.record = Some(at.place.record);
            self.numbers.clear();
        }
        let text = simdutf8::basic::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        let of_key;
        // A key is judged as it was when reports were given its masked name: by itself, whatever its column's rule.
        let (findings, whole) = if form == Form::Key {
            of_key = plan.scan_name(&text);
            (of_key.as_slice(), None)
        } else {
            (findings, column.whole.as_ref())
        };
        if let Some(operator) = whole {
            let spared = || operator.spares_tags() && detect::is_tag(bytes);
            if bytes.is_empty() || form == Form::Null || spared() {
                return;
            }
            let target = Target { id: COLUMN_RULE, tag: "<MASKED>" };
            let outcome = self.outcome(&**operator, &text, target, at, (0, false));
            let whole = Finding { end: bytes.len() as u32, confidence: 100, detector: RULE, ..Finding::default() };
            self.take(form, &text, &whole, outcome, target, operator.name());
        } else {
            let json = reads_as_json(bytes);
            for finding in findings {
                let operator = plan.operator(finding);
                let target = plan.target(finding.detector);
                let value = text.get(finding.start as usize..finding.end as usize).unwrap_or_default();
                let value = if operator.reads_value() { plan.plain(value, finding.detector) } else { Cow::Borrowed(value) };
                let edits = self.edits.len();
                let number = json && embedded::is_bare_number(&text, &(finding.start..finding.end));
                let outcome = self.outcome(&**operator, &value, target, at, (finding.start, number));
                self.take(form, &value, finding, outcome, target, operator.name());
                if json && self.edits.len() > edits {
                    self.fit(&text, operator.keeps_type());
                }
            }
        }
        if self.edits.iter().any(|e| e.replacement == Replacement::Null) {
            self.edits.clear();
            self.edits.push(Edit { span: 0..bytes.len() as u32, replacement: Replacement::Null });
        }
    }

    /// Fits the last edit into the JSON that the cell may hold. A number that holds two values is written once.
    fn fit(&mut self, text: &str, stays: bool) {
        let Some(Edit { span, replacement: Replacement::Text(with) }) = self.edits.last_mut() else { return };
        let (fitted, text) = embedded::fitted(text, span.clone(), std::mem::take(with), stays);
        (*span, *with) = (fitted, text);
        if let [.., before, last] = self.edits.as_slice()
            && last.span.start < before.span.end
        {
            self.edits.pop();
        }
    }

    fn take(
        &mut self,
        form: Form,
        value: &str,
        finding: &Finding,
        outcome: Outcome,
        target: Target<'_>,
        mut operator: &'static str,
    ) {
        let outcome = match outcome {
            Outcome::Instead(name, with) => {
                operator = name;
                Outcome::Edit(with)
            }
            outcome => outcome,
        };
        let replacement = match outcome {
            Outcome::Keep => None,
            Outcome::DropRow => {
                self.drop_row = true;
                Some(Replacement::Text(target.tag.to_owned()))
            }
            // A key cannot be null or empty: it would be another key's namesake, or none.
            Outcome::Edit(with) if form == Form::Key && (with == Replacement::Null || is_empty(&with)) => {
                operator = "replace";
                Some(Replacement::Text(target.tag.to_owned()))
            }
            // What an operator leaves as it is is no finding: it was masked before.
            Outcome::Edit(Replacement::Text(with)) if with == value => return,
            Outcome::Edit(with) | Outcome::Instead(_, with) => Some(with),
        };
        let Finding { start, end, confidence, detector, propagated, .. } = *finding;
        let evidence = if propagated { Evidence::Propagated } else { Evidence::Own };
        match replacement {
            Some(replacement) => self.edits.push(Edit { span: start..end, replacement }),
            // A rule that keeps a whole column says that nothing in it is personal.
            None if detector == RULE => {}
            None => self.kept.push(Edit { span: start..end, replacement: Replacement::Text(target.tag.to_owned()) }),
        }
        self.noted.push(Noted { detector, start, end, confidence, evidence, operator });
    }
}

/// Where a finding stands.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub row: u32,
    /// The number of the exact name, and that of the column as reports show it.
    pub column: (u32, u32),
    pub form: Form,
    /// The cell's text, where it is at hand and no name.
    pub value: Option<&'a [u8]>,
}

/// Lists findings of one part: what many have in common is looked up once.
pub(super) struct Lister<'p> {
    plan: &'p Plan,
    file: u32,
    places: [u32; 2],
    evidences: [u32; 2],
    /// What came last, by a mix of what tells it from others.
    recent: Vec<Option<Recent>>,
}

/// What findings have in common that are listed and counted alike: column and shape, place, detector, confidence, evidence,
/// operator.
type Like = ((u32, u32), bool, u16, u8, Evidence, &'static str);

#[derive(Clone, Copy)]
struct Recent {
    like: Like,
    kind: u32,
    counter: Counter,
}

/// How many are at hand.
const RECENT: usize = 256;

impl<'p> Lister<'p> {
    pub fn new(plan: &'p Plan, file: &str, names: &mut Names) -> Self {
        let places = [names.id(Place::Value.name()), names.id(Place::Key.name())];
        let evidences = [names.id(Evidence::Own.name()), names.id(Evidence::Propagated.name())];
        Self { plan, file: names.id(file), places, evidences, recent: vec![None; RECENT] }
    }

    /// Appends a finding.
    pub fn list(&mut self, noted: &Noted, spot: &Spot<'_>, found: &mut FindingBatch, tally: &mut PartTally) {
        let Spot { row, column, form, value } = *spot;
        let counter = self.counter(noted, column, form, found, tally);
        tally.count(counter.1, Some(row));
        if let Some(value) = value.filter(|_| tally.wants_shape(counter.1)) {
            tally.shape(counter.1, value.get(noted.start as usize..noted.end as usize).unwrap_or_default());
        }
        found.add(Occurrence { row: i64::from(row), kind: counter.0, start: noted.start, end: noted.end });
    }

    /// Counts the shape of a finding in an entry of a dictionary, whose rows are listed later; `column` as in [`Spot`].
    pub fn shape(&mut self, noted: &Noted, column: (u32, u32), text: &[u8], found: &mut FindingBatch, tally: &mut PartTally) {
        let (_, counter) = self.counter(noted, column, Form::Bare, found, tally);
        tally.shape(counter, text.get(noted.start as usize..noted.end as usize).unwrap_or_default());
    }

    /// The number of a finding's kind, and where it is counted.
    fn counter(
        &mut self,
        noted: &Noted,
        at: (u32, u32),
        form: Form,
        found: &mut FindingBatch,
        tally: &mut PartTally,
    ) -> (u32, Counter) {
        let like = (at, form == Form::Key, noted.detector, noted.confidence, noted.evidence, noted.operator);
        let told = u64::from(at.0) << 24 ^ u64::from(noted.detector) << 8 ^ u64::from(noted.confidence);
        // The upper bits of the product depend on all of them: kinds of few columns do not meet in one place.
        let mixed = (told.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize;
        let known = self.recent.get(mixed % RECENT).copied().flatten().filter(|recent| alike(&recent.like, &like));
        let Recent { kind, counter, .. } = known.unwrap_or_else(|| {
            let recent = self.look_up(like, found, tally);
            if let Some(slot) = self.recent.get_mut(mixed % RECENT) {
                *slot = Some(recent);
            }
            recent
        });
        (kind, counter)
    }

    /// To be called where the batch gives the numbers of its kinds anew.
    pub fn forget(&mut self) {
        self.recent.fill(None);
    }

    fn look_up(&self, like: Like, found: &mut FindingBatch, tally: &mut PartTally) -> Recent {
        let ((column, shape), key, detector, confidence, evidence, operator) = like;
        let detector = if detector == RULE { COLUMN_RULE } else { self.plan.target(detector).id };
        let names = &mut found.names;
        let mut counter = tally.counter(names.get(shape), detector, operator);
        counter.propagated = (evidence == Evidence::Propagated).then(|| tally.propagated(detector));
        let (detector, operator) = (names.id(detector), names.id(operator));
        let [own, propagated] = self.evidences;
        let evidence = if evidence == Evidence::Own { own } else { propagated };
        let [value_place, key_place] = self.places;
        let place = if key { key_place } else { value_place };
        let kind =
            found.kind(Kind { file: self.file, column, detector, operator, place, evidence, confidence: confidence as i8 });
        Recent { like, kind, counter }
    }
}

/// Whether two are the same. One operator's name may stand at two places: it is then looked up once more.
fn alike(a: &Like, b: &Like) -> bool {
    (a.0, a.1, a.2, a.3, a.4) == (b.0, b.1, b.2, b.3, b.4) && std::ptr::eq(a.5, b.5)
}

fn is_empty(replacement: &Replacement) -> bool {
    matches!(replacement, Replacement::Text(text) if text.is_empty())
}
