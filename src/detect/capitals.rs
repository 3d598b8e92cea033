//! Numbers with letters that somebody typed small. A cell in which nothing was found is read in capitals once more, by the
//! detectors whose word is in the column's name: `passport_no` makes `c01x00t47` a passport's number, a sentence does not.

use super::column::View;
use super::context::Memo;
use super::judge::{Candidate, Judged, Rules};
use regex_automata::{Anchored, Input};

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
