//! The slow oracle: every pattern by a plain regex, cell by cell. The judgement is the scanner's; the search is not. Tests
//! compare the two, and `verify` looks at finished output with it.

use super::automaton;
use super::catalogue::Catalogue;
use super::cells::WholeCaches;
use super::column::View;
use super::context::Memo;
use super::judge::{Candidate, Judged, Rules, longest_judged};
use super::overlap;
use super::reading::{Budget, Readings};
use super::select::Selection;
use crate::batch::{Column, Finding};
use crate::error::{Error, Result};
use regex_automata::{Anchored, Input, meta};
use std::sync::Arc;

/// Finds the same values as [`super::Scanner`], by other means.
pub struct Reference {
    rules: Rules,
    regexes: Vec<meta::Regex>,
}

impl Reference {
    /// Compiles one regex a detector.
    ///
    /// # Errors
    /// As [`super::Scanner::new`].
    pub fn new(catalogue: &Arc<Catalogue>, selection: &Selection) -> Result<Self> {
        let (rules, _) = Rules::new(catalogue, selection)?;
        let compiled: std::result::Result<Vec<_>, _> = rules.searched.iter().map(|r| automaton::single(&r.bordered)).collect();
        let regexes = compiled.map_err(Error::Usage)?;
        Ok(Self { rules, regexes })
    }

    /// A column seen by its name alone.
    #[must_use]
    pub fn column(&self, column: &Column) -> View {
        self.rules.names.view(column)
    }

    /// Appends the findings in one text, taken as one cell with number 0.
    pub fn scan_text(&self, text: &[u8], view: &View, out: &mut Vec<Finding>) {
        let mut candidates: Vec<Candidate> = Vec::new();
        match Readings::of(text, &mut Budget::default()) {
            None => self.search(text, view, &mut candidates),
            Some(readings) => {
                for number in readings.searched() {
                    let found = candidates.len();
                    self.search(readings.reading(text, number), view, &mut candidates);
                    readings.settle(text, number, &mut candidates, found);
                }
            }
        }
        if view.names_cells() {
            let found = candidates.clone();
            self.rules.judge_cell(text, view, &found, &mut WholeCaches::default(), |judged| {
                if let Judged::Yes(candidate) = judged {
                    candidates.push(candidate);
                }
            });
        }
        overlap::resolve(&mut candidates, out);
    }

    /// Appends the values in one reading of a text.
    fn search(&self, text: &[u8], view: &View, candidates: &mut Vec<Candidate>) {
        for (rule, regex) in self.rules.searched.iter().zip(&self.regexes) {
            let mut from = 0;
            while from < text.len() {
                let Some(found) = regex.find(Input::new(text).range(from..)) else { break };
                let (start, mut end) = (found.start(), found.end());
                from = start + 1;
                if end - start > rule.reach {
                    let near = Input::new(text).range(start..text.len().min(start + rule.reach)).anchored(Anchored::Yes);
                    match regex.find(near) {
                        Some(found) => end = found.end(),
                        None => continue,
                    }
                }
                if !rule.may_begin(text, start) {
                    continue;
                }
                let judge = |end| self.rules.judge(rule, text, rule.value(text, start, end), view, &mut Memo::default());
                let within = |limit| regex.find(Input::new(text).range(start..limit).anchored(Anchored::Yes)).map(|m| m.end());
                match longest_judged(text, start, end, judge, within) {
                    Judged::No | Judged::Weak => {}
                    Judged::Allowed(_, end) => from = end.max(from),
                    Judged::Yes(candidate) => {
                        from = (candidate.end as usize).max(from);
                        candidates.push(candidate);
                    }
                }
            }
        }
    }
}
