//! Cells as a whole: what the search of their patterns needs, what is left of them beside values, numbers written as floats,
//! and numbers with letters that somebody typed small. A cell in which nothing was found is read in capitals once more, by the
//! detectors whose word is in the column's name: `passport_no` makes `c01x00t47` a passport's number, a sentence does not.

use super::column::View;
use super::context::Memo;
use super::judge::{Candidate, Judged, Rules};
use crate::text;
use regex_automata::{Anchored, Input, meta};
use std::ops::Range;

/// What the searches of a scanner's whole-cell patterns need, made as they are asked for. Regexes share a pool of such caches
/// otherwise, and taking turns costs as much as searching a short cell.
#[derive(Default)]
pub(super) struct WholeCaches(Vec<Option<meta::Cache>>);

impl WholeCaches {
    /// Whether the pattern numbered `at` matches.
    pub(super) fn is_match(&mut self, at: usize, regex: &meta::Regex, value: &[u8]) -> bool {
        if self.0.len() <= at {
            self.0.resize_with(at + 1, || None);
        }
        let Some(slot) = self.0.get_mut(at) else { return false };
        let cache = slot.get_or_insert_with(|| regex.create_cache());
        regex.search_half_with(cache, &Input::new(value).earliest(true)).is_some()
    }
}

/// What is left of a cell without the candidates in it and the angle brackets around them; nothing where there are none, or no letter or digit is left.
pub(super) fn without(text: &[u8], cell: &Range<usize>, found: &[Candidate]) -> Option<Vec<u8>> {
    if found.is_empty() {
        return None;
    }
    let mut at = cell.start;
    let mut rest = Vec::new();
    let mut spans: Vec<(usize, usize)> = found.iter().map(|c| (c.start as usize, c.end as usize)).collect();
    spans.sort_unstable();
    for (start, end) in spans {
        rest.extend_from_slice(text.get(at..start.max(at).min(cell.end)).unwrap_or_default());
        at = at.max(end);
        if rest.last() == Some(&b'<') && text.get(at) == Some(&b'>') {
            rest.pop();
            at += 1;
        }
    }
    rest.extend_from_slice(text.get(at..cell.end).unwrap_or_default());
    let rest = rest.get(text::trimmed(&rest)).unwrap_or_default();
    rest.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80).then(|| rest.to_vec())
}

/// A number without the `.0` that makes it a float; any other text as it is.
pub(super) fn without_fraction(cell: &[u8]) -> &[u8] {
    let zeros = cell.iter().rev().take_while(|b| **b == b'0').count();
    match cell.get(..cell.len() - zeros) {
        Some([digits @ .., b'.']) if zeros > 0 && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => digits,
        _ => cell,
    }
}

/// Longer cells are texts; the longest number with letters that people type, an IBAN in groups, has 42.
const LONGEST: usize = 48;

impl Rules {
    /// Judges all of a cell, whose text without blanks around begins at `start`, as if its letters were capitals.
    pub(super) fn judge_capitals(&self, value: &[u8], start: usize, view: &View, mut each: impl FnMut(Judged)) {
        let small = value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_digit);
        if !small || value.len() > LONGEST || !value.is_ascii() {
            return;
        }
        let text = value.to_ascii_uppercase();
        let memo = &mut Memo::default();
        for detector in view.capitals() {
            let Ok(at) = self.searched.binary_search_by_key(&detector, |rule| rule.detector) else { continue };
            let Some((rule, regex)) = self.searched.get(at).and_then(|rule| Some((rule, rule.alone()?))) else { continue };
            let all = regex.find(Input::new(&text).anchored(Anchored::Yes)).filter(|found| found.end() == text.len());
            let Some(found) = all.filter(|found| found.end() <= rule.reach) else { continue };
            match self.judge(rule, &text, rule.value(&text, 0, found.end()), view, memo) {
                Judged::Yes(c) if c.start == 0 && c.end as usize == text.len() => {
                    each(Judged::Yes(Candidate { start: c.start + start as u32, end: c.end + start as u32, ..c }));
                }
                Judged::Allowed(detector, end) => each(Judged::Allowed(detector, end + start)),
                _ => {}
            }
        }
    }
}
