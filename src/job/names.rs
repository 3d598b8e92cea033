//! Names that are personal themselves: headers, keys, metadata, paths.

use crate::batch::{Edit, Finding, Replacement};
use crate::io::Names;
use crate::mask::Outcome;
use crate::plan::Plan;
use std::collections::HashMap;

/// What a scan of a single name or text gave: the masked text and the findings in it.
pub(super) struct Masked {
    pub text: String,
    /// Detector, start, end, confidence, operator.
    pub found: Vec<(u16, u32, u32, u8, &'static str)>,
}

/// Scans one text outside any column and masks what is found; none where nothing is.
pub(super) fn scan_text(plan: &Plan, text: &str) -> Option<Masked> {
    let findings = plan.scan_name(text);
    let mut edits = Vec::new();
    let mut found = Vec::new();
    for finding in &findings {
        let operator = plan.operator(finding);
        let target = plan.target(finding.detector);
        let value = text.get(finding.start as usize..finding.end as usize).unwrap_or_default();
        let value = plan.plain(value, finding.detector);
        let replacement = match operator.apply(&value, target) {
            Outcome::Keep => {
                found.push((finding.detector, finding.start, finding.end, finding.confidence, "keep"));
                continue;
            }
            // A name cannot be null or empty, and a row cannot be dropped for it.
            Outcome::Edit(Replacement::Text(t)) if !t.is_empty() => (t, operator.name()),
            Outcome::Instead(name, Replacement::Text(t)) if !t.is_empty() => (t, name),
            _ => (target.tag.to_owned(), "replace"),
        };
        if replacement.0 == value {
            continue;
        }
        found.push((finding.detector, finding.start, finding.end, finding.confidence, replacement.1));
        edits.push(Edit { span: finding.start..finding.end, replacement: Replacement::Text(replacement.0) });
    }
    if found.is_empty() {
        return None;
    }
    let mut out = Vec::new();
    let masked = edited(text.as_bytes(), &edits, &mut out);
    Some(Masked { text: String::from_utf8_lossy(masked).into_owned(), found })
}

/// The names of a plan's run: those that are personal are masked.
pub(super) struct Personal<'a>(pub &'a Plan);

impl Names for Personal<'_> {
    fn masked(&self, name: &str) -> Option<String> {
        // A token that does not open stays, and counts.
        if self.0.restores() { scan_text(self.0, name).map(|m| m.text) } else { masked(self.0, name) }
    }
}

/// A name with what is personal in it masked; none where it stays.
fn masked(plan: &Plan, name: &str) -> Option<String> {
    scan_text(plan, name).map(|m| m.text).filter(|text| text != name)
}

/// A text of another run's report with a tag for each value that this run finds in it, whatever its operators leave: that run
/// may have been told to keep what this one finds.
pub(super) fn tagged(plan: &Plan, text: &str) -> String {
    let findings = plan.scan_name(text);
    let edit = |finding: &Finding| Edit {
        span: finding.start..finding.end,
        replacement: Replacement::Text(plan.target(finding.detector).tag.to_owned()),
    };
    let edits: Vec<Edit> = findings.iter().map(edit).collect();
    String::from_utf8_lossy(edited(text.as_bytes(), &edits, &mut Vec::new())).into_owned()
}

/// A column's name as reports show it: masked where it is personal.
pub(super) fn spoken(plan: &Plan, name: &str) -> String {
    masked(plan, name).unwrap_or_else(|| name.to_owned())
}

/// Whether a column that the call or the policy names is among `columns`, which have the names that reports show.
pub(super) fn has(plan: &Plan, columns: &[String], name: &str) -> bool {
    columns.iter().any(|c| c == name) || masked(plan, name).is_some_and(|masked| columns.contains(&masked))
}

/// Names that are taken.
#[derive(Default)]
pub(super) struct Taken {
    /// Each with the number its next namesake gets.
    names: HashMap<String, u32>,
    /// The next number to try where a name is one itself.
    number: u32,
}

impl Taken {
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self { names: names.map(|n| (n.to_owned(), 2)).collect(), number: 0 }
    }

    /// Takes a name that stays as it is.
    pub fn keep(&mut self, name: &str) {
        if !self.names.contains_key(name) {
            self.names.insert(name.to_owned(), 2);
        }
    }

    /// The smallest number from 0 that is not taken; taken from then on.
    pub fn number(&mut self) -> String {
        loop {
            let made = self.number.to_string();
            self.number += 1;
            if !self.names.contains_key(&made) {
                self.keep(&made);
                return made;
            }
        }
    }

    /// `name`, or `name_2`, `name_3` … where it is taken; taken from then on.
    pub fn unique(&mut self, name: &str) -> String {
        let mut number = match self.names.get(name) {
            None => {
                self.keep(name);
                return name.to_owned();
            }
            Some(next) => *next,
        };
        loop {
            let made = format!("{name}_{number}");
            number += 1;
            if !self.names.contains_key(&made) {
                self.keep(&made);
                self.names.insert(name.to_owned(), number);
                return made;
            }
        }
    }
}

/// `text` with `edits` applied, in `out`.
pub(super) fn edited<'a>(text: &[u8], edits: &[Edit], out: &'a mut Vec<u8>) -> &'a [u8] {
    out.clear();
    let mut at = 0;
    for edit in edits {
        out.extend_from_slice(text.get(at..edit.span.start as usize).unwrap_or_default());
        if let Replacement::Text(with) = &edit.replacement {
            out.extend_from_slice(with.as_bytes());
        }
        at = edit.span.end as usize;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    out
}
