//! The second sweep: what its column or the words beside it told of a value is looked for in the free text of its record,
//! where nothing tells it.

use super::catalogue::{Catalogue, Detector, Spread};
use super::judge::WEIGHTS;
use super::known::Hearsay;
use super::needles::{Needles, Told};
use super::own;
use super::scan::Scanner;
use crate::batch::{Block, Finding, Form};

/// Cells of fewer bytes are no free text.
const PROSE_BYTES: usize = 16;

/// Whether a cell of a column's sample is free text: three words, two of which have letters.
#[must_use]
pub fn is_prose(cell: &[u8]) -> bool {
    let lettered = |word: &&[u8]| word.iter().any(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    let words = || cell.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    cell.len() >= PROSE_BYTES && words().nth(2).is_some() && words().filter(lettered).nth(1).is_some()
}

/// What is known of detectors for the second sweep.
pub(super) struct Again {
    /// By detector: how its values are looked for, and whether they are such by their context alone.
    spreads: Vec<(Spread, bool)>,
}

impl Again {
    pub(super) fn new(catalogue: &Catalogue, min_confidence: u8) -> Self {
        let least = min_confidence.min(100);
        let needs = |d: &Detector| d.context_required || d.pattern.is_none() || d.base < least || d.spread == Spread::Name;
        Self { spreads: catalogue.detectors().iter().map(|d| (d.spread, needs(d))).collect() }
    }

    /// How a value is looked for: one that tells itself wherever it stands is not, but for its digits, which may be grouped
    /// in another way there.
    fn spread(&self, finding: &Finding, value: &[u8]) -> Spread {
        let sure = i32::from(finding.confidence);
        if sure < WEIGHTS.whole || finding.propagated {
            return Spread::Never;
        }
        let (spread, needs) = self.spreads.get(usize::from(finding.detector)).copied().unwrap_or_default();
        let told = needs || sure == WEIGHTS.whole || !value.iter().any(u8::is_ascii_alphabetic);
        if told { spread } else { Spread::Never }
    }
}

impl Scanner {
    /// What a finding in `text` tells of the rest of its record.
    #[must_use]
    pub fn told<'a>(&self, finding: &Finding, text: &'a [u8]) -> Option<Told<'a>> {
        let value = text.get(finding.start as usize..finding.end as usize)?;
        let spread = self.again.spread(finding, value);
        let told = Told { spread, detector: finding.detector, confidence: finding.confidence, value };
        (spread != Spread::Never).then_some(told)
    }

    /// Looks for values in a text and appends where they stand beside the findings `taken` in it.
    pub fn find_again(&self, needles: &Needles<'_>, text: &[u8], taken: &[Finding], cell: u32, out: &mut Vec<Finding>) {
        if !needles.fits(text.len()) || taken.iter().any(|f| f.start == 0 && f.end as usize == text.len()) {
            return;
        }
        needles.find(text, taken, cell, |text, start, end| self.may_be(text, start, end), out);
    }

    /// Whether a span is no part of a tag and not allowed.
    pub(super) fn may_be(&self, text: &[u8], start: usize, end: usize) -> bool {
        let value = text.get(start..end).unwrap_or_default();
        !own::touches_tag(text, &(start..end)) && !self.rules.allowed.holds(value)
    }

    /// Adds to the findings of a block those values that stand once more in the free text of their record: in cells of the
    /// columns that are `prose`. Returns of how many records there were too many values.
    pub fn again(&self, hearsay: &Hearsay, part: &[u8], block: &Block, prose: &[bool], findings: &mut Vec<Finding>) -> u64 {
        self.hear(hearsay, part, block, findings);
        let full = self.in_records(part, block, prose, findings);
        self.find_known(hearsay, part, block, |cell| prose.get(cell.column as usize) == Some(&true), findings);
        full
    }

    fn in_records(&self, part: &[u8], block: &Block, prose: &[bool], findings: &mut Vec<Finding>) -> u64 {
        if !prose.contains(&true) {
            return 0;
        }
        let row_of = |f: &Finding| block.cells.get(f.cell as usize).map(|c| c.row);
        let (mut more, mut full) = (Vec::new(), 0);
        for of_record in findings.chunk_by(|a, b| row_of(a) == row_of(b)) {
            let mut needles = Needles::default();
            for finding in of_record {
                let Some(cell) = block.cells.get(finding.cell as usize).filter(|c| c.form != Form::Key) else { continue };
                if let Some(told) = self.told(finding, block.text(part, cell)) {
                    needles.add(told);
                }
            }
            let Some(first) = of_record.first().filter(|_| !needles.is_empty()) else { continue };
            full += u64::from(needles.is_full());
            let row = row_of(first);
            let before = block.cells.get(..first.cell as usize).unwrap_or_default();
            let from = before.iter().rposition(|c| Some(c.row) != row).map_or(0, |at| at + 1);
            let cells = (from as u32..).zip(block.cells.get(from..).unwrap_or_default()).take_while(|(_, c)| Some(c.row) == row);
            for (number, cell) in cells.filter(|(_, c)| prose.get(c.column as usize) == Some(&true)) {
                if matches!(cell.form, Form::Bare | Form::Quoted) {
                    let behind = of_record.split_at(of_record.partition_point(|f| f.cell < number)).1;
                    let taken = behind.split_at(behind.partition_point(|f| f.cell == number)).0;
                    self.find_again(&needles, block.text(part, cell), taken, number, &mut more);
                }
            }
        }
        if !more.is_empty() {
            findings.append(&mut more);
            // Two runs, each in order: what the stable sort is quick at.
            findings.sort_by_key(|f| (f.cell, f.start));
        }
        full
    }
}
