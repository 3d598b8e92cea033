//! Names that are personal themselves: headers, keys, metadata, paths.

use crate::batch::{Edit, Finding, Replacement};
use crate::detect::{self, Scratch, View};
use crate::mask::Outcome;
use crate::plan::Plan;
use std::cell::Cell;
use std::collections::HashMap;

/// What a scan of a single name or text gave: the masked text and the findings in it.
pub(super) struct Masked {
    pub text: String,
    /// Detector, start, end, confidence, operator.
    pub found: Vec<(u16, u32, u32, u8, &'static str)>,
}

/// What is personal in a text that stands in no column.
pub(super) fn scan(plan: &Plan, text: &str) -> Vec<Finding> {
    thread_local! {
        /// Names come by the thousand where keys are data; the scanner's automata are built once a thread.
        static SCRATCH: Cell<Scratch> = Cell::default();
    }
    let mut findings = Vec::new();
    if let Some(scanner) = &plan.scanner {
        let mut scratch = SCRATCH.take();
        scanner.scan_text(text.as_bytes(), &View::default(), &mut scratch, &mut findings);
        SCRATCH.set(scratch);
    }
    findings
}

/// Scans one text outside any column and masks what is found; none where nothing is.
pub(super) fn scan_text(plan: &Plan, text: &str) -> Option<Masked> {
    let findings = scan(plan, text);
    let mut edits = Vec::new();
    let mut found = Vec::new();
    for finding in &findings {
        let operator = plan.operator(finding);
        let target = plan.target(finding.detector);
        let value = detect::plain(text.get(finding.start as usize..finding.end as usize).unwrap_or_default());
        let replacement = match operator.apply(&value, target) {
            Outcome::Keep => {
                found.push((finding.detector, finding.start, finding.end, finding.confidence, "keep"));
                continue;
            }
            // A name cannot be null or empty, and a row cannot be dropped for it.
            Outcome::Edit(Replacement::Text(t)) if !t.is_empty() => (t, operator.name()),
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

/// The masked name, or nothing where the name may stay.
pub(super) fn masked(plan: &Plan, name: &str) -> Option<String> {
    // The shortest thing that any detector finds is longer than most keys.
    if name.len() < 6 {
        return None;
    }
    scan_text(plan, name).filter(|m| m.text != name).map(|m| m.text)
}

/// Names that are taken, each with the number its next namesake gets.
pub(super) struct Taken(HashMap<String, u32>);

impl Taken {
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self(names.map(|n| (n.to_owned(), 2)).collect())
    }

    /// `name`, or `name_2`, `name_3` … where it is taken; taken from then on.
    pub fn unique(&mut self, name: &str) -> String {
        let mut number = match self.0.get(name) {
            None => {
                self.0.insert(name.to_owned(), 2);
                return name.to_owned();
            }
            Some(next) => *next,
        };
        loop {
            let made = format!("{name}_{number}");
            number += 1;
            if !self.0.contains_key(&made) {
                self.0.insert(made.clone(), 2);
                self.0.insert(name.to_owned(), number);
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
