//! What the findings of one cell come to: edits, rows of `findings.parquet`, a row that leaves.

use super::COLUMN_RULE;
use crate::batch::{Edit, Finding, Form, Replacement};
use crate::detect;
use crate::mask::{Outcome, Target};
use crate::plan::{ColumnPlan, Plan};

/// A finding as it is listed.
#[derive(Clone, Copy)]
pub(super) struct Noted<'p> {
    pub detector: &'p str,
    pub start: u32,
    pub end: u32,
    pub confidence: u8,
    pub operator: &'static str,
}

/// What was decided for one cell; scratch that is used again.
#[derive(Default)]
pub(super) struct Decision<'p> {
    /// Sorted, not overlapping; one that nulls stands alone.
    pub edits: Vec<Edit>,
    pub noted: Vec<Noted<'p>>,
    /// The row goes to the quarantine.
    pub drop_row: bool,
}

impl<'p> Decision<'p> {
    /// Decides on a cell with decoded text `bytes`; `findings` are those in it.
    pub fn decide(&mut self, plan: &'p Plan, column: &ColumnPlan, form: Form, bytes: &[u8], findings: &[Finding]) {
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
            let whole = Finding { end: bytes.len() as u32, confidence: 100, ..Finding::default() };
            self.take(form, &text, &whole, outcome, target, operator.name());
        } else {
            for finding in findings {
                let operator = plan.operator(finding);
                let target = plan.target(finding.detector);
                let value = text.get(finding.start as usize..finding.end as usize).unwrap_or_default();
                self.take(form, value, finding, operator.apply(value, target), target, operator.name());
            }
        }
        if self.edits.iter().any(|e| e.replacement == Replacement::Null) {
            self.edits.clear();
            self.edits.push(Edit { span: 0..bytes.len() as u32, replacement: Replacement::Null });
        }
    }

    fn take(
        &mut self,
        form: Form,
        value: &str,
        finding: &Finding,
        outcome: Outcome,
        target: Target<'p>,
        mut operator: &'static str,
    ) {
        let replacement = match outcome {
            Outcome::Keep => None,
            Outcome::DropRow => {
                self.drop_row = true;
                Some(Replacement::Text(target.tag.to_owned()))
            }
            // A key cannot be null or empty: it would be another key's namesake, or none.
            Outcome::Edit(with) if form == Form::Key && with == Replacement::Null || is_empty(&with) && form == Form::Key => {
                operator = "replace";
                Some(Replacement::Text(target.tag.to_owned()))
            }
            // What an operator leaves as it is is no finding: it was masked before.
            Outcome::Edit(Replacement::Text(with)) if with == value => return,
            Outcome::Edit(with) => Some(with),
        };
        let Finding { start, end, confidence, .. } = *finding;
        if let Some(replacement) = replacement {
            self.edits.push(Edit { span: start..end, replacement });
        }
        self.noted.push(Noted { detector: target.id, start, end, confidence, operator });
    }
}

fn is_empty(replacement: &Replacement) -> bool {
    matches!(replacement, Replacement::Text(text) if text.is_empty())
}
