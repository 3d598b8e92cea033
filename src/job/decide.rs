//! What the findings of one cell come to: edits, rows of `findings.parquet`, a row that leaves.

use super::COLUMN_RULE;
use super::embedded;
use super::tally::PartTally;
use crate::batch::{Edit, Finding, Form, Place, Replacement};
use crate::detect;
use crate::mask::{Outcome, Target};
use crate::plan::{ColumnPlan, Plan};
use crate::report::{FindingBatch, FindingIds, Names};
use crate::text::reads_as_json;

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
    pub operator: &'static str,
}

/// What was decided for one cell; scratch that is used again.
#[derive(Default)]
pub(super) struct Decision {
    /// Sorted, not overlapping; one that nulls stands alone.
    pub edits: Vec<Edit>,
    pub noted: Vec<Noted>,
    /// The row goes to the quarantine.
    pub drop_row: bool,
}

impl Decision {
    /// Decides on a cell with decoded text `bytes`; `findings` are those in it.
    pub fn decide(&mut self, plan: &Plan, column: &ColumnPlan, form: Form, bytes: &[u8], findings: &[Finding]) {
        self.edits.clear();
        self.noted.clear();
        self.drop_row = false;
        let text = String::from_utf8_lossy(bytes);
        let of_key;
        // A key is judged as it was when reports were given its masked name: by itself, whatever its column's rule.
        let (findings, whole) = if form == Form::Key {
            of_key = super::names::scan(plan, &text);
            (of_key.as_slice(), None)
        } else {
            (findings, column.whole.as_ref())
        };
        if let Some(operator) = whole {
            // Only a token would be made anew of what was masked before; every other operator leaves its own work as it is.
            let token = || operator.name() == "hmac" && detect::is_tag(bytes);
            if bytes.is_empty() || form == Form::Null || token() {
                return;
            }
            let target = Target { id: COLUMN_RULE, tag: "<MASKED>" };
            let outcome = operator.apply(&text, target);
            let whole = Finding { end: bytes.len() as u32, confidence: 100, detector: RULE, ..Finding::default() };
            self.take(form, &text, &whole, outcome, target, operator.name());
        } else {
            let json = reads_as_json(bytes);
            for finding in findings {
                let operator = plan.operator(finding);
                let target = plan.target(finding.detector);
                let value = text.get(finding.start as usize..finding.end as usize).unwrap_or_default();
                let value = detect::plain(value);
                let edits = self.edits.len();
                self.take(form, &value, finding, operator.apply(&value, target), target, operator.name());
                if json && self.edits.len() > edits {
                    self.fit(&text);
                }
            }
        }
        if self.edits.iter().any(|e| e.replacement == Replacement::Null) {
            self.edits.clear();
            self.edits.push(Edit { span: 0..bytes.len() as u32, replacement: Replacement::Null });
        }
    }

    /// Fits the last edit into the JSON that the cell may hold. A number that holds two values is written once.
    fn fit(&mut self, text: &str) {
        let Some(Edit { span, replacement: Replacement::Text(with) }) = self.edits.last_mut() else { return };
        let (fitted, text) = embedded::fitted(text, span.clone(), std::mem::take(with));
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
            Outcome::Edit(with) => Some(with),
        };
        let Finding { start, end, confidence, detector, .. } = *finding;
        if let Some(replacement) = replacement {
            self.edits.push(Edit { span: start..end, replacement });
        }
        self.noted.push(Noted { detector, start, end, confidence, operator });
    }
}

/// Lists findings of one part: every name is looked up once, however often it stands.
pub(super) struct Lister<'p> {
    plan: &'p Plan,
    file: u32,
    places: [u32; 2],
    /// By detector: its number among the names.
    detectors: Vec<Option<u32>>,
    rule: Option<u32>,
    operators: Vec<(&'static str, u32)>,
}

impl<'p> Lister<'p> {
    pub fn new(plan: &'p Plan, file: &str, names: &mut Names) -> Self {
        let places = [names.id(Place::Value.name()), names.id(Place::Key.name())];
        let detectors = vec![None; plan.catalogue.detectors().len()];
        Self { plan, file: names.id(file), places, detectors, rule: None, operators: Vec::new() }
    }

    /// Appends a finding in `row`; `column` is the exact name's number, `shape` that of the column as reports show it.
    pub fn list(&mut self, noted: &Noted, row: u32, at: (u32, u32), form: Form, found: &mut FindingBatch, tally: &mut PartTally) {
        let names = &mut found.names;
        let slot = self.detectors.get_mut(noted.detector as usize).unwrap_or(&mut self.rule);
        let detector = *slot.get_or_insert_with(|| {
            names.id(if noted.detector == RULE { COLUMN_RULE } else { self.plan.target(noted.detector).id })
        });
        let known = self.operators.iter().find(|(name, _)| std::ptr::eq(*name, noted.operator));
        let operator = known.map_or_else(|| names.id(noted.operator), |(_, id)| *id);
        if known.is_none() {
            self.operators.push((noted.operator, operator));
        }
        let [value, key] = self.places;
        let (column, shape) = at;
        tally.finding(shape, detector, operator, Some(row));
        found.rows.push(FindingIds {
            row: i64::from(row),
            file: self.file,
            column,
            start: noted.start as i32,
            end: noted.end as i32,
            detector,
            operator,
            place: if form == Form::Key { key } else { value },
            confidence: noted.confidence as i8,
        });
    }
}

fn is_empty(replacement: &Replacement) -> bool {
    matches!(replacement, Replacement::Text(text) if text.is_empty())
}
